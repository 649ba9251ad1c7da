"""Words of decisions: statuses, days, people, and the placeholders of templates that nobody filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

STATUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "proposed": ("proposed", "proposal", "draft", "pending", "open", "rfc", "in review", "under review", "in discussion", "wip"),
    "accepted": ("accepted", "approved", "agreed", "decided", "adopted", "implemented", "active", "done"),
    "rejected": ("rejected", "declined", "withdrawn", "abandoned"),
    "deprecated": ("deprecated", "obsolete", "retired"),
    "superseded": ("superseded", "superceded", "superseeded", "replaced", "obsoleted"),
}
"""Our word for a status, and the words that people write for it."""

_KNOWN: Final = {word: status for status, words in STATUSES.items() for word in words}
_FIRST = re.compile("(" + "|".join(sorted(_KNOWN, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])?")
_TAG = re.compile(r"<[^<>]{0,300}>")
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_PLACEHOLDER = re.compile(r"[\[{<].*[\]}>]", re.DOTALL)
_SPLIT = re.compile(r"\s*[,;]\s*|\s+(?:and|&)\s+")
_SHAPES: Final = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y")


def plain(text: str) -> str:
    """A line of Markdown as plain text."""
    text = _LINK.sub(r"\1", _TAG.sub("", text))
    return " ".join(text.replace("**", "").replace("`", "").replace("~~", "").strip("*_ \t").split())


def status(text: str) -> str:
    """Our word for a status; "" for one that is not known."""
    found = _FIRST.match(re.sub(r"^[^\w]+", "", plain(text)))
    return _KNOWN[found[1].lower()] if found else ""


def unfilled(value: Any) -> bool:
    """Whether a value is the placeholder of a template: ``[proposed | accepted]``, ``{YYYY-MM-DD when …}``."""
    if isinstance(value, Mapping):
        return True  # what YAML makes of {proposed | accepted}
    return isinstance(value, str) and _PLACEHOLDER.fullmatch(value.strip()) is not None and "](" not in value


def template_status(value: Any) -> bool:
    """Whether a status is the choice that a template offers."""
    return unfilled(value) or (isinstance(value, str) and "|" in value and status(value) != "")


def day(text: str) -> str:
    """A day as YYYY-MM-DD. Raises ValueError for what is none."""
    text = plain(text)
    iso = _ISO.match(text)
    if iso:
        return date(int(iso[1]), int(iso[3]), int(iso[4])).isoformat()
    words = " ".join(re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", text).replace(",", " ").split()[:3])
    for shape in _SHAPES:
        try:
            return datetime.strptime(words, shape).date().isoformat()
        except ValueError:
            continue
    raise ValueError(text)


def people(value: Any) -> list[str]:
    """Names from a list or a line: ``Ann, [Bo](https://…) and Cy``."""
    said: Iterable[Any] = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(_names(said)))


def _names(said: Iterable[Any]) -> Iterator[str]:
    for one in said:
        if isinstance(one, str) and not unfilled(one):
            yield from (name for name in _SPLIT.split(plain(one)) if name)
