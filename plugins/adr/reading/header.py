"""What the text of a decision says about it: MADR 2's list below the title, Nygard's ``Date:`` line and his section "Status"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from . import words

_KEYS = {
    "status": "status",
    "date": "date",
    "deciders": "deciders",
    "decision makers": "deciders",
    "decision maker": "deciders",
    "consulted": "consulted",
    "informed": "informed",
    "tags": "tags",
    "supersedes": "supersedes",
    "supercedes": "supersedes",
    "replaces": "supersedes",
    "superseded by": "superseded by",
    "superceded by": "superseded by",
    "replaced by": "superseded by",
    "amends": "amends",
    "amended by": "amended by",
}
"""What people call what a decision says of itself, in small letters with spaces, and what we call it."""

_LINE = re.compile(r"\s{0,3}(?:[*+-]\s+)?[*_]{0,2}([A-Za-z][A-Za-z _-]{2,20}?)[*_]{0,2}\s*:[*_]{0,2}\s*(.*?)\s*")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*")
_RELATION = re.compile(
    r"\W*(supersedes|supercedes|replaces|superseded by|superceded by|replaced by|amends|amended by)\b", re.IGNORECASE
)


class Item(NamedTuple):
    """One thing that a decision says of itself: what we call it, the words, and the line of the file."""

    key: str
    text: str
    line: int


class Header(NamedTuple):
    """All that it says, and its text without the title and the lines that are shown above it."""

    items: tuple[Item, ...]
    text: str


def key_of(name: str) -> str:
    """What we call a key; "" for one that is not ours."""
    return _KEYS.get(" ".join(re.split(r"[-_ ]+", name.strip().lower())), "")


def read(text: str, first: int, title: str) -> Header:
    """The header of a text that begins at line ``first`` of its file. A heading that says ``title``, as the page does, is left out."""
    lines = text.split("\n")
    head, end = _bounds(lines)
    items: list[Item] = []
    shown = {head} if head >= 0 and words.plain(lines[head].lstrip(" #")) == words.plain(title) else set()
    for index in range(head + 1, end):
        found = _LINE.fullmatch(lines[index])
        key = key_of(found[1]) if found else ""
        if found and key:
            shown.add(index)
            if found[2]:
                items.append(Item(key, found[2], first + index))
    items += _section(lines, first)
    kept = ["" if index in shown else line for index, line in enumerate(lines)]
    return Header(tuple(items), "\n".join(kept))


def _bounds(lines: list[str]) -> tuple[int, int]:
    """The index of the title (-1 without one), and of the first heading below it."""
    title = -1
    for index, line in enumerate(lines):
        found = _HEADING.fullmatch(line)
        if found and len(found[1]) == 1 and title < 0:
            title = index
        elif found or line.lstrip().startswith(("```", "~~~")):
            return title, index
    return title, len(lines)


def _section(lines: list[str], first: int) -> Iterator[Item]:
    """Nygard's section: its first words are the status; lines such as "Superseded by …" say what replaced it."""
    inside = said = False
    for index, line in enumerate(lines):
        if found := _HEADING.fullmatch(line):
            if inside:
                return
            inside = words.plain(found[2]).casefold() == "status"
        elif inside and line.strip() and not line.lstrip().startswith("<!--"):
            yield from _status(line.strip(), first + index, first_words=not said)
            said = True


def _status(text: str, line: int, *, first_words: bool) -> Iterator[Item]:
    relation = _RELATION.match(text)
    if first_words and not (relation and words.status(text) == ""):
        yield Item("status", text, line)
    elif relation:
        rest = text[relation.end() :].lstrip(" :")
        yield Item(key_of(relation[1]), rest, line)
        if words.status(relation[1]):
            yield Item("status", text, line)
