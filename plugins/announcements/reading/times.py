"""Days and moments, as people write them in front matter. A moment without an offset is one of UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}:?\d{2}))?")


def begin(text: str) -> datetime:
    """A moment, or the first one of a day (UTC). Raises ValueError for what is neither."""
    text = text.strip()
    if not _DAY.fullmatch(text) and not _MOMENT.fullmatch(text):
        raise ValueError(text)
    found = datetime.fromisoformat(text.replace(" Z", "Z").replace(" +", "+").replace(" -", "-"))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def end(text: str) -> datetime:
    """A moment, or the first one behind a day: what expires on a day is current all through it."""
    return begin(text) + timedelta(days=1) if _DAY.fullmatch(text.strip()) else begin(text)


def iso(moment: datetime) -> str:
    """As ``2026-01-31T08:00:00Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(text: str) -> str:
    """What readers see of what was written: the day, or the moment in UTC."""
    return text.strip() if _DAY.fullmatch(text.strip()) else iso(begin(text))
