"""Numbers and days from the names of files: ``0005-use-x.md``, ``adr005-use-x.md``, ``20240131-use-x.md``."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[-_. ](.*))?")
_NUMBER = re.compile(r"(?:adr[-_ ]?)?0*(\d{1,6})(?:[-_. ](.*))?", re.IGNORECASE)
_TEMPLATE = re.compile(r"(?:\A|[^a-z])template(?:[^a-z]|\Z)", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:md|markdown)\Z", re.IGNORECASE)


class Name(NamedTuple):
    """What a file's name says."""

    stem: str
    number: int | None
    day: str
    """YYYY-MM-DD, or ""."""
    words: str
    """The rest, as words: the title of a decision that says none."""
    template: bool
    """It calls itself a template."""


def read(name: str) -> Name:
    """A file's name (without folders) in its parts."""
    stem = _ENDING.sub("", name)
    day, rest = _day(stem)
    number = None
    if not day and (found := _NUMBER.fullmatch(stem)):
        number, rest = int(found[1]), found[2] or ""
    words = " ".join(re.split(r"[-_. ]+", rest)).strip()
    return Name(stem, number, day, words[:1].upper() + words[1:] or stem, bool(_TEMPLATE.search(stem)))


def _day(stem: str) -> tuple[str, str]:
    found = _DAY.fullmatch(stem)
    if not found:
        return "", stem
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat(), found[4] or ""
    except ValueError:
        return "", stem
