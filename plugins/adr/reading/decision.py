"""One file → one Decision, with what is wrong with it at its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from callboard.plugin import File, FrontMatter, Malformed, Place, Problem, Severity, front_matter

from . import header, names, words
from .header import Item

_NUMBERED = re.compile(r"(?:(?:ADR|decision)[- ]*)?#?\d+\s*(?:[.:)]\s+|[\u2013\u2014-]+\s+|\s[\u2013\u2014-]\s+)", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]*)\]\(\s*<?([^()<>\s]*)>?[^()]*\)")
_MENTION = re.compile(r"(?:ADR[- ]?|#)0*(\d{1,6})\b|\b0*(\d{1,6})\b(?![-/.]\d)", re.IGNORECASE)
_BY = re.compile(r"\bby\b", re.IGNORECASE)
_RELATIONS = ("supersedes", "superseded by", "amends", "amended by")
_PEOPLE = ("deciders", "consulted", "informed")


class Mention(NamedTuple):
    """Another decision that one names: ``key`` is how (``superseded by``), by address or by number."""

    key: str
    label: str
    href: str
    number: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision, as its file says it."""

    file: str
    name: names.Name
    title: str
    summary: str
    status: str
    """One of ours, the author's own word, or ""."""
    known: bool
    status_place: Place
    day: str
    """YYYY-MM-DD, or ""."""
    people: dict[str, list[str]]
    tags: list[str]
    mentions: tuple[Mention, ...]
    text: str
    line: int
    problems: tuple[Problem, ...] = field(default=())


def read(file: File) -> Decision | Problem | None:
    """The decision in a file; what makes it unreadable; None for a template."""
    name = names.read(file.name.rpartition("/")[2])
    try:
        matter = front_matter(file.text, file.name)
    except UnicodeDecodeError as error:
        what = f"The file is no UTF-8 text (byte {error.start})."
        return Problem("adr/unreadable", what, Place(file.name), mend="Save it as UTF-8.")
    except Malformed as fault:
        if name.template or _placeholders(file.text):
            return None
        return Problem("adr/unreadable", fault.what, Place(file.name, fault.line, fault.column), mend=fault.mend)
    found = header.read(matter.text, matter.line, matter.title)
    items = _items(matter, file.name, found)
    if name.template or _template(matter, items):
        return None
    return _decision(file, name, matter, found, items)


def _placeholders(text: str) -> bool:
    """Whether front matter that YAML refuses is a template's."""
    return any(line.startswith("status:") and words.template_status(line[7:]) for line in text.split("\n")[:20])


def _template(matter: FrontMatter, items: Iterable[tuple[Item, Place, Any]]) -> bool:
    statuses = any(item.key == "status" and words.template_status(value) for item, _, value in items)
    title = matter.title.lower()
    return statuses or "[title]" in title or title.startswith(("[short title", "{short title", "# [short", "<short title"))


def _items(matter: FrontMatter, file: str, found: header.Header) -> list[tuple[Item, Place, Any]]:
    """All that it says of itself, the front matter first: the item, its place, and the value as it was written."""
    items: list[tuple[Item, Place, Any]] = []
    for key, value in matter.values.items():
        ours = header.key_of(str(key))
        if ours and value not in (None, "", []):
            place = matter.marks.at((key,))
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            items.append((Item(ours, text, place.line), place, value))
    items += [(item, Place(file, item.line, 1), item.text) for item in found.items]
    return items


def _decision(
    file: File, name: names.Name, matter: FrontMatter, found: header.Header, items: list[tuple[Item, Place, Any]]
) -> Decision:
    problems: list[Problem] = []
    status, known, status_place = _status(items, file.name, problems)
    people = {key: [one for item, _, value in items if item.key == key for one in words.people(value)] for key in _PEOPLE}
    tags = [one for item, _, value in items if item.key == "tags" for one in words.people(value)]
    title = _NUMBERED.sub("", words.plain(matter.title), count=1) or name.words
    said = matter.values.get("summary") or matter.values.get("description")
    return Decision(
        file.name,
        name,
        title,
        words.plain(str(said)) if said else "",
        status,
        known,
        status_place,
        _day(items, name, problems),
        people,
        tags,
        tuple(mention for item, place, _ in items for mention in _mentions(item, place)),
        found.text,
        matter.line,
        tuple(problems),
    )


def _status(items: list[tuple[Item, Place, Any]], file: str, problems: list[Problem]) -> tuple[str, bool, Place]:
    """Its status, whether that is one of ours, and where it says so. What replaces it later in a file wins."""
    said = [(words.status(item.text), item, place) for item, place, _ in items if item.key == "status"]
    if not said:
        replaced = next((place for item, place, _ in items if item.key == "superseded by"), None)
        return ("superseded", True, replaced) if replaced else ("", True, Place(file, 1, 1))
    chosen = next((one for one in said if one[0] == "superseded"), said[0])
    status, item, place = chosen
    if status:
        return status, True, place
    text = words.plain(item.text)
    known = ", ".join(words.STATUSES)
    what = f'the status "{text[:60]}" is none that is known; it is shown as it stands.'
    problems.append(Problem("adr/unknown-status", what, place, mend=f"Write one of {known}.", severity=Severity.WARNING))
    return text[:60].lower(), False, place


def _day(items: list[tuple[Item, Place, Any]], name: names.Name, problems: list[Problem]) -> str:
    for item, place, _ in items:
        if item.key != "date":
            continue
        try:
            return words.day(item.text)
        except ValueError:
            what = f'"{item.text[:60]}" is no date that can be read.'
            problems.append(Problem("adr/bad-date", what, place, mend="Write it as 2026-01-31.", severity=Severity.WARNING))
    return name.day


def _mentions(item: Item, place: Place) -> Iterator[Mention]:
    """The decisions that an item names. ``Superseded by …`` of a status counts as well."""
    key, text = item.key, item.text
    if key == "status" and words.status(text) == "superseded":
        by = _BY.search(text)
        key, text = "superseded by", text[by.end() :] if by else ""
    if key not in _RELATIONS:
        return
    links = list(_LINK.finditer(text))
    for link in links:
        yield Mention(key, words.plain(link[1]), link[2], _number(link[1]), place)
    for found in () if links else _MENTION.finditer(text):
        yield Mention(key, found[0], "", int(found[1] or found[2]), place)


def _number(text: str) -> int | None:
    found = _MENTION.search(text)
    return int(found[1] or found[2]) if found else None
