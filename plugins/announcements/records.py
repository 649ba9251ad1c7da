"""Announcements → the records that pages show, and which of them are current, upcoming or past."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from .reading import times
from .reading.announcement import Announcement

Record = dict[str, Any]

_TONES = {"info": "info", "warning": "warn", "maintenance": "warn"}
_PRIORITY = ("warning", "maintenance", "info")
_SHORT = 200
"""Characters of the line below a title."""
_NO_PROSE = re.compile(r"\s*([#>|!\[<`~:*+-]|\d+[.)]\s|$)")
_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])?")


def records(found: Iterable[Announcement], *, now: datetime, active: float) -> list[Record]:
    """The newest first; those that are drafts, or that are to be published later, are left out."""
    shown = [one for one in found if not one.off and not (one.published and one.published > now)]
    shown.sort(key=lambda one: (one.published.timestamp() if one.published else 0.0, one.path), reverse=True)
    unique: dict[str, Announcement] = {}
    for one in shown:
        unique.setdefault(one.path, one)
    return [_record(one, now, active) for one in unique.values()]


def _record(one: Announcement, now: datetime, active: float) -> Record:
    begins = one.starts or one.published
    until = one.until or (begins + timedelta(seconds=active) if begins else None)
    state = _state(begins, until, now)
    wanted = one.banner if one.banner is not None else one.kind != "info"
    mark = hashlib.sha256(f"{one.title}\n{one.text}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return {
        "id": one.id,
        "path": one.path,
        "title": one.title,
        "kind": one.kind,
        "tone": _TONES[one.kind],
        "category": one.category,
        "date": one.date,
        "starts": times.iso(one.starts) if one.starts else "",
        "from": times.iso(begins) if begins else "",
        "until": times.iso(until) if until else "",
        "expires": one.expires,
        "state": state,
        "pinned": one.pinned and state != "past",
        "banner": wanted and state != "past",
        "key": f"{one.path}-{mark}",
        "said_by": one.author,
        "tags": list(one.tags),
        "entities": list(one.entities),
        "summary": one.summary or _first(one.text),
        "text": one.text,
        "text_line": one.line,
        "file": one.file,
        "origin": "announcements" if one.file else "service",
        "nav": False,
    }


def _state(begins: datetime | None, until: datetime | None, now: datetime) -> str:
    if until is None or until <= now:
        return "past"
    return "upcoming" if begins and begins > now else "current"


def _first(text: str) -> str:
    """The first lines of prose of a Markdown text, as one plain line."""
    lines: list[str] = []
    for line in text.split("\n"):
        if not _NO_PROSE.match(line) or (lines and line.strip()):
            lines.append(line.strip())
        elif lines:
            break
    plain = _LINK.sub(r"\1", " ".join(lines)).replace("**", "").replace("`", "")
    return plain if len(plain) <= _SHORT else plain[:_SHORT].rsplit(" ", 1)[0] + " …"


def current(found: Iterable[Record]) -> list[Record]:
    """Those that are current or upcoming: pinned ones first, then warnings; each newest first."""
    return sorted(
        (one for one in found if one["state"] != "past"), key=lambda one: (not one["pinned"], _PRIORITY.index(one["kind"]) > 1)
    )


def concerns(found: Iterable[Record], parts: Mapping[str, Sequence[str]]) -> list[Record]:
    """Those that are not past, once for each entity that they concern: a system's concern its parts too."""
    shown = (
        "path",
        "title",
        "kind",
        "tone",
        "date",
        "expires",
        "state",
        "pinned",
        "summary",
        "starts",
        "until",
        "said_by",
        "category",
    )
    return [
        {"ref": ref, **{name: one[name] for name in shown}}
        for one in current(found)
        for ref in dict.fromkeys(_whole(one["entities"], parts))
    ]


def _whole(refs: Iterable[str], parts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Entities, and all that is part of them."""
    pending, seen = list(refs), set(refs)
    while pending:
        ref = pending.pop(0)
        yield ref
        for part in parts.get(ref, ()):
            if part not in seen:
                seen.add(part)
                pending.append(part)
