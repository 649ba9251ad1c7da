"""One audit, wherever it came from: an item of the service's lists, a report of the service, or a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from callboard.plugin import Record

from .lhr import instant
from .scores import CATEGORIES, ordered, percent

STUCK_AFTER: Final = timedelta(days=1)
"""An audit that runs for longer has no end: the service was stopped while it ran, and leaves it so."""
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_STATES: Final = {"COMPLETED": "completed", "FAILED": "failed", "RUNNING": "running"}


@dataclass(frozen=True, slots=True)
class Audit:
    """What is known of one audit. ``report`` is the reduced report, for those that have a page."""

    id: str
    url: str
    at: str
    """When it began, in UTC; "" if nobody says."""
    state: str
    """``completed``, ``failed``, ``running``, ``stuck``, or ``error``: it ended, but Lighthouse could not read the page."""
    scores: Mapping[str, int | None] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    form: str = ""
    version: str = ""
    metrics: Mapping[str, list[Any]] = field(default_factory=dict)
    error: str = ""
    report: Record | None = None
    file: str = ""
    """The file that it was read from; "" for the service's."""

    @property
    def scored(self) -> bool:
        """Whether it has a point in the trends."""
        return self.state == "completed" and any(score is not None for score in self.scores.values())


def from_list(item: Any, now: datetime) -> Audit | None:
    """An item of ``/v1/audits`` or ``/v1/websites``; None for what is none. Times of both are read, absent values are left out."""
    if not isinstance(item, dict) or not isinstance(item.get("url"), str):
        return None
    name, at = item.get("id"), instant(item.get("timeCreated"))
    if not isinstance(name, str) or not _ID.fullmatch(name):
        return None
    state = _STATES.get(str(item.get("status")), "unknown")
    if state == "running" and at and now - datetime.fromisoformat(at) > STUCK_AFTER:
        state = "stuck"
    said = item.get("categories")
    found = {str(key): value for key, value in said.items() if isinstance(value, dict)} if isinstance(said, dict) else {}
    return Audit(
        id=name,
        url=item["url"],
        at=at,
        state=state,
        scores={key: percent(found[key].get("score")) for key in ordered(found)},
        titles={key: _title(key, found[key]) for key in found},
    )


def with_facts(audit: Audit, facts: Mapping[str, Any]) -> Audit:
    """The audit with what its report says; the service's own time and address stand."""
    return replace(
        audit,
        state="error" if facts["error"] else audit.state,
        scores=facts["scores"],
        titles=facts["titles"],
        form=facts["form"],
        version=facts["version"],
        metrics=facts["metrics"],
        error=facts["error"],
    )


def from_file(name: str, facts: Mapping[str, Any], report: Record, file: str) -> Audit:
    """The audit of a file with a Lighthouse result."""
    bare = Audit(id=name, url=facts["url"], at=facts["at"], state="completed", report=report, file=file)
    return with_facts(bare, facts)


def _title(key: str, category: Mapping[str, Any]) -> str:
    title = category.get("title")
    return title[:60] if isinstance(title, str) and title else CATEGORIES.get(key, key)
