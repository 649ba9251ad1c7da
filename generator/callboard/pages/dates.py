"""When something changed, as its data says: never the clock of a build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from callboard.pages.makers import EachPage, Planned, Planner

_MONTH = re.compile(r"[0-9]{4}(-[0-9]{2})?")


def updated(pages: Iterable[Planned], makers: Sequence[Planner]) -> dict[str, str]:
    """The pages whose record says when it was ``updated`` (documents from a repository do), by path: RFC 3339 in UTC."""
    found = {}
    for planned in pages:
        maker = makers[planned.maker]
        if isinstance(maker, EachPage):
            record = maker.items[planned.argument]
            said = record.get("updated") if isinstance(record, Mapping) else None
            at = moment(said) if said else ""
            if at:
                found[planned.path] = at
    return found


def moment(value: Any) -> str:
    """A date or moment (ISO 8601), or seconds since 1970, as RFC 3339 in UTC; "" if it is none."""
    if isinstance(value, bool) or value in (None, ""):
        return ""
    try:
        if isinstance(value, (int, float)):
            at = datetime.fromtimestamp(int(value), UTC)
        else:
            said = str(value).strip()
            at = datetime.fromisoformat(f"{said}-01-01"[:10] if _MONTH.fullmatch(said) else said)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at.year >= 1000 else ""
