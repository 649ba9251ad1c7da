"""One run of a CI service, as a record says it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from callboard.model.lines import safe
from callboard.model.lookup import lookup, words
from callboard.model.states import state_said, state_word

if TYPE_CHECKING:
    from callboard.model.shown import BuildsSpec

_LONGEST: Final = 30 * 86400.0
_UNITS: Final = {"ms": 0.001, "s": 1.0, "min": 60.0}
_NAME, _LINE = 200, 300
"""Characters of a branch or person, and of a title."""


class Part(NamedTuple):
    """A workflow or a job of a run; ``parts`` are a workflow's jobs. ``seconds`` is None where nobody says."""

    name: str
    state: str
    url: str
    seconds: float | None
    started: str
    note: str = ""
    """What it waits for, or why it was left out."""
    artifacts: str = ""
    """The address of what it left behind."""
    parts: tuple[Any, ...] = ()


class Run(NamedTuple):
    """One run. Texts are single lines without control characters; ``started`` is ISO 8601 in UTC or ""."""

    record: Any
    project: str
    number: str
    title: str
    workflow: str
    state: str
    """As readers see it: ``passed``, ``timed out``."""
    branch: str
    commit: str
    commit_url: str
    author: str
    started: str
    seconds: float | None
    url: str
    attempt: int
    parts: tuple[Part, ...]
    main: str
    """The main branch of its project, if the record says it."""

    @property
    def outcome(self) -> bool | None:
        """Whether it passed; None for one that neither passed nor failed (running, canceled, skipped …)."""
        return {"ok": True, "bad": False}.get(state_word(self.state))


def run_of(record: Mapping[str, Any], spec: BuildsSpec) -> Run:
    """A record as a Run."""

    def text(path: str, most: int = _NAME) -> str:
        return _line(lookup(record, path), most) if path else ""

    started, seconds = _spent(record, spec.started, spec.finished, spec.seconds, _UNITS[spec.unit])
    attempt = _number(lookup(record, spec.attempt))
    return Run(
        record,
        text(spec.project),
        text(spec.number),
        text(spec.title, _LINE),
        text(spec.workflow),
        _state(lookup(record, spec.state), spec),
        text(spec.branch),
        text(spec.commit),
        words(lookup(record, spec.commit_url)),
        text(spec.author),
        started,
        seconds,
        words(lookup(record, spec.url)),
        int(attempt) if attempt and 1 <= attempt < 10_000 else 1,
        _parts(record, spec),
        text(spec.main),
    )


def _parts(record: Mapping[str, Any], spec: BuildsSpec) -> tuple[Part, ...]:
    workflows = _mappings(lookup(record, spec.workflows))
    if workflows:
        return tuple(
            _part(one, spec)._replace(parts=tuple(_part(job, spec) for job in _mappings(one.get("jobs")))) for one in workflows
        )
    jobs = _mappings(lookup(record, spec.jobs))
    return (Part("", "", "", None, "", parts=tuple(_part(job, spec) for job in jobs)),) if jobs else ()


def _part(value: Mapping[str, Any], spec: BuildsSpec) -> Part:
    started, seconds = _spent(value, "started", "finished", "seconds", _UNITS[spec.unit])
    url, note, artifacts = words(value.get("url")), _line(value.get("note"), _LINE), words(value.get("artifacts"))
    name = _line(value.get("name"), _NAME) or "unnamed"
    return Part(name, _state(value.get("state"), spec), url, seconds, started, note, artifacts)


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _state(value: Any, spec: BuildsSpec) -> str:
    text = _line(value, 60)
    return state_said(spec.words.get(text, text)) or "unknown"


def _spent(value: Mapping[str, Any], started: str, finished: str, seconds: str, unit: float) -> tuple[str, float | None]:
    """When it began and how many seconds it took: as it says, or from its beginning to its end."""
    begin, end = _time(lookup(value, started)), _time(lookup(value, finished))
    said = _number(lookup(value, seconds))
    spent = said * unit if said is not None else (end - begin).total_seconds() if begin and end else None
    text = begin.strftime("%Y-%m-%dT%H:%M:%SZ") if begin else ""
    return text, spent if spent is not None and 0 <= spent <= _LONGEST else None


def _time(value: Any) -> datetime | None:
    """ISO 8601, or seconds or milliseconds since 1970; None for anything else."""
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if found is None else found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _number(value: Any) -> float | None:
    """A number, or a text that is one; None for anything else, and for what no clock shows."""
    try:
        found = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return found if found is not None and math.isfinite(found) else None


def _line(value: Any, most: int) -> str:
    """A value on one line, without control characters."""
    text = safe(words(value)[: 4 * most]).strip()
    return text if len(text) <= most else f"{text[: most - 1]}…"
