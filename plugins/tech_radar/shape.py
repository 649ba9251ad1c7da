"""Reads a radar, whichever of the known shapes it has: Backstage's, Zalando's, or the plain one of the README."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from .faults import Faults, Key, suggestion

MOST = 8
"""Quadrants or rings: more are no longer told apart on a drawing."""
MOST_ENTRIES = 1000
DEFAULT_RINGS = ("Adopt", "Trial", "Assess", "Hold")
_DATE = re.compile(r"(\d{4})(?:[-.](\d{2})(?:[-.](\d{2})(?:[T ].*)?)?)?")
_SCHEMES = ("http://", "https://", "mailto:")
_UNSAID = object()


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one shape calls the parts of an entry."""

    name: str
    history: str
    ring: str
    """The ring of one step of the history."""
    note: str
    url: str


BACKSTAGE = Dialect("title", "timeline", "ringId", "description", "url")
ZALANDO = Dialect("label", "history", "ring", "note", "link")
PLAIN = Dialect("name", "history", "ring", "note", "url")
PLAIN_KEYS = ["id", "name", "quadrant", "ring", "moved", "description", "url", "links", "history", "active"]


@dataclass(frozen=True, slots=True)
class Part:
    """A quadrant or a ring."""

    id: str
    name: str
    description: str = ""
    alias: str = ""
    """What entries may call it too: its id as the file writes it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an entry's history. ``moved`` is what the file says of it; None if it says nothing."""

    date: str
    ring: int
    note: str = ""
    moved: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; quadrant and ring are positions in the radar's lists, the history has its newest step first."""

    id: str
    name: str
    quadrant: int
    ring: int
    moved: int | None
    description: str
    url: str
    links: tuple[tuple[str, str], ...]
    """Title and address of each."""
    history: tuple[Step, ...]
    active: bool
    key: Key


@dataclass(frozen=True, slots=True)
class Radar:
    """A radar as read. ``date`` and ``since`` are as written; ``named`` is False if nobody named its quadrants."""

    title: str
    date: str
    since: str
    quadrants: tuple[Part, ...]
    rings: tuple[Part, ...]
    entries: tuple[Entry, ...]
    rejected: int
    named: bool


def is_radar(value: Any) -> bool:
    """Whether a document has the one thing that all shapes share: a list of entries."""
    return isinstance(value, Mapping) and isinstance(value.get("entries"), list)


def read(value: Mapping[str, Any], faults: Faults, *, quadrants: Sequence[str] = (), rings: Sequence[str] = ()) -> Radar:
    """The radar in a document that ``is_radar``; what cannot be used is noted in ``faults`` and left out.

    ``quadrants`` and ``rings`` are names that win over the file's own, by position.
    """
    raw = value["entries"][:MOST_ENTRIES]
    if len(value["entries"]) > MOST_ENTRIES:
        faults.add(("entries", MOST_ENTRIES), f"A radar holds at most {MOST_ENTRIES} entries; the rest is left out.")
    said = [entry for entry in raw if isinstance(entry, Mapping)]
    sectors = _parts("quadrants", value, faults, names=quadrants, used=[entry.get("quadrant") for entry in said])
    circles = _parts("rings", value, faults, names=rings or ("rings" not in value and DEFAULT_RINGS) or (), used=[])
    reader = _Reader(faults, sectors, circles)
    found = [entry for index, item in enumerate(raw) if (entry := reader.entry(item, ("entries", index)))]
    entries = _unique(found, faults)
    return Radar(
        title=_text(value.get("title")),
        date=_text(value.get("date")),
        since=_text(value.get("since")),
        quadrants=sectors,
        rings=circles,
        entries=entries,
        rejected=len(value["entries"]) - len(entries),
        named=bool(quadrants)
        or bool(value.get("quadrants"))
        or not any(isinstance(entry.get("quadrant"), int) for entry in said),
    )


def day(value: Any) -> str | None:
    """``2026``, ``2026-05`` or ``2026-05-31`` of a date as people and programs write it; None if it is none."""
    match = _DATE.fullmatch(_text(value).strip())
    if not match:
        return None
    year, month, number = match.groups()
    try:
        date(int(year), int(month or 1), int(number or 1))
    except ValueError:
        return None
    return "-".join(part for part in (year, month, number) if part)


def slug(text: str) -> str:
    """A name for an address: ``C++`` is ``c-plus-plus``, ``C#`` is ``c-sharp``, ``Node.js`` is ``node-js``."""
    spelled = text.casefold().replace("+", "-plus-").replace("#", "-sharp-")
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80]
    return words or "entry-" + hashlib.sha256(text.encode()).hexdigest()[:8]


def _parts(
    field: str, value: Mapping[str, Any], faults: Faults, *, names: Sequence[str], used: Sequence[Any]
) -> tuple[Part, ...]:
    """The quadrants or rings: the file's, renamed by the options; else the options'; else what the entries use."""
    listed = value.get(field)
    items = listed if isinstance(listed, list) else []
    if listed is not None and not isinstance(listed, list):
        faults.add((field,), f"{field} is no list.", f"Write: {field}: [first, second].", code="bad-value")
    parts = [part for index, item in enumerate(items) if (part := _part(item, (field, index), faults))]
    parts = parts or [_named(word) for word in _used(used) if not names]
    renamed = [_renamed(old, new) for old, new in zip(parts, names, strict=False)]
    extra = [_named(name) for name in names[len(parts) :]] if not items else []
    return tuple([*renamed, *parts[len(renamed) :], *extra][:MOST])


def _used(values: Sequence[Any]) -> list[str]:
    """What entries call their quadrants: texts in the order of their first use, or numbers (four at least)."""
    numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    if numbers:
        return [f"Quadrant {number + 1}" for number in range(min(max(4, max(numbers) + 1), MOST))]
    return list(dict.fromkeys(value for value in values if isinstance(value, str) and value))


def _part(item: Any, key: Key, faults: Faults) -> Part | None:
    if isinstance(item, Mapping):
        name = _text(item.get("name") or item.get("title") or item.get("id"))
        alias, description = _text(item.get("id")), _text(item.get("description"))
    else:
        name, alias, description = _text(item), "", ""
    if not name:
        faults.add(key, "This has no name.", "Write a name, or a mapping with name and description.", code="bad-value")
        return None
    return Part(slug(alias or name), name, description, alias)


def _named(name: str) -> Part:
    return Part(slug(name), name, alias=name)


def _renamed(old: Part, name: str) -> Part:
    return Part(old.id, name, old.description, old.alias or old.name)


class _Reader:
    """Reads entries against one radar's quadrants and rings."""

    def __init__(self, faults: Faults, quadrants: Sequence[Part], rings: Sequence[Part]) -> None:
        self._faults, self._quadrants, self._rings = faults, quadrants, rings

    def entry(self, item: Any, key: Key) -> Entry | None:
        """One entry, or None with a fault noted."""
        if not isinstance(item, Mapping):
            self._faults.add(
                key, "This is no mapping, so it is left out.", "Write: {name: Python, quadrant: Languages, ring: Adopt}."
            )
            return None
        dialect = _dialect(item)
        name = _text(item.get(dialect.name)).strip()
        if not name:
            self._faults.add(key, f"The entry has no {dialect.name}, so it is left out.", f"Give it a {dialect.name}.")
            return None
        if dialect is PLAIN:
            self._unknown(item, key)
        quadrant = self._index(item.get("quadrant", _UNSAID), self._quadrants, "quadrant", (*key, "quadrant"), name)
        history = self._history(item, dialect, key)
        ring = self._ring(item, dialect, history, key=key, name=name)
        if quadrant is None or ring is None:
            return None
        links = self._links(item, dialect, key)
        return Entry(
            id=slug(_text(item.get("id") or item.get("key") or name)),
            name=name,
            quadrant=quadrant,
            ring=ring,
            moved=self._moved(item.get("moved"), (*key, "moved")),
            description=_text(item.get("description")),
            url=links[0][1] if links and not links[0][0] else "",
            links=tuple((title or "Website", url) for title, url in links),
            history=history,
            active=item.get("active") is not False,
            key=key,
        )

    def _unknown(self, item: Mapping[str, Any], key: Key) -> None:
        for word in item:
            if word not in (*PLAIN_KEYS, "key"):
                self._faults.add(
                    (*key, word), f'The key "{word}" is not known.', suggestion(str(word), PLAIN_KEYS), code="unknown-key"
                )

    def _ring(self, item: Mapping[str, Any], dialect: Dialect, history: Sequence[Step], *, key: Key, name: str) -> int | None:
        """The newest step of the history decides; without a history, the entry's own ``ring``."""
        own = item.get("ring", _UNSAID)
        if not history:
            missing = "ring" if dialect is not BACKSTAGE else dialect.history
            return self._index(own, self._rings, "ring", (*key, "ring") if "ring" in item else key, name, missing=missing)
        if own is not _UNSAID and self._find(own, self._rings) != history[0].ring:
            what = f'The ring is "{_text(own)}", but the newest step of the history says "{self._rings[history[0].ring].name}".'
            self._faults.add(
                (*key, "ring"), what, "The history is used. Make the two agree, or leave ring out.", code="bad-value"
            )
        return history[0].ring

    def _index(self, value: Any, parts: Sequence[Part], word: str, key: Key, name: str, *, missing: str = "") -> int | None:
        found = self._find(value, parts)
        if found is None:
            known = [part.name for part in parts]
            if value is _UNSAID:
                what, mend = f'"{name}" has no {missing or word}, so it is left out.', suggestion("", known)
            else:
                what, mend = f'There is no {word} "{_text(value)}", so "{name}" is left out.', suggestion(_text(value), known)
            self._faults.add(key, what, mend if known else f"Name the {word}s of the radar.")
        return found

    @staticmethod
    def _find(value: Any, parts: Sequence[Part]) -> int | None:
        """By number from 0, by id, or by name without regard to case."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value if 0 <= value < len(parts) else None
        word = _text(value).casefold()
        for names in ([part.alias for part in parts], [part.name for part in parts], [part.id for part in parts]):
            folded = [name.casefold() for name in names]
            if word and word in folded:
                return folded.index(word)
        return None

    def _history(self, item: Mapping[str, Any], dialect: Dialect, key: Key) -> tuple[Step, ...]:
        steps = item.get(dialect.history)
        if steps is None:
            return ()
        at = (*key, dialect.history)
        if not isinstance(steps, list):
            self._faults.add(
                at, f"{dialect.history} is no list.", "Write a list of steps, each with date and ring.", code="bad-value"
            )
            return ()
        read = [step for index, raw in enumerate(steps) if (step := self._step(raw, dialect, (*at, index)))]
        return tuple(sorted(read, key=lambda step: step.date, reverse=True))

    def _step(self, raw: Any, dialect: Dialect, key: Key) -> Step | None:
        if not isinstance(raw, Mapping):
            self._faults.add(key, "This step is no mapping, so it is left out.", "Write: {date: 2026-05-31, ring: Trial}.")
            return None
        when = day(raw.get("date"))
        ring = self._find(raw.get(dialect.ring, _UNSAID), self._rings)
        if when is None:
            what = f'"{_text(raw.get("date"))}" is no date, so this step is left out.'
            self._faults.add((*key, "date"), what, "Write it as in date: 2026-05-31.")
            return None
        if ring is None:
            what = f'There is no ring "{_text(raw.get(dialect.ring))}", so this step is left out.'
            self._faults.add(
                (*key, dialect.ring), what, suggestion(_text(raw.get(dialect.ring)), [part.name for part in self._rings])
            )
            return None
        return Step(when, ring, _text(raw.get(dialect.note)), self._moved(raw.get("moved"), (*key, "moved")))

    def _moved(self, value: Any, key: Key) -> int | None:
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and -1 <= value <= 2):
            return value
        mend = "Write -1 (moved out), 0 (no change), 1 (moved in) or 2 (new)."
        self._faults.add(key, f'"{_text(value)}" is no movement; it is taken as unsaid.', mend, code="bad-value")
        return None

    def _links(self, item: Mapping[str, Any], dialect: Dialect, key: Key) -> list[tuple[str, str]]:
        """The entry's own address first (its title is ""), then its links; an address of another kind is left out."""
        listed = item.get("links")
        pairs: list[tuple[str, Any, Key]] = [("", item.get(dialect.url), (*key, dialect.url))]
        for index, link in enumerate(listed if isinstance(listed, list) else []):
            at = (*key, "links", index)
            pairs.append(
                ("", None, at) if not isinstance(link, Mapping) else (_text(link.get("title")) or "Link", link.get("url"), at)
            )
        found: dict[str, tuple[str, str]] = {}
        for title, url, at in pairs:
            if url and url != "#" and self._address(url, at) and (url not in found):
                found[url] = (title, url)
        return list(found.values())

    def _address(self, url: Any, key: Key) -> bool:
        text = _text(url)
        if text.lower().startswith(_SCHEMES) or (text.startswith("/") and not text.startswith(("//", "/\\"))):
            return True
        what = f'"{text[:80]}" is no address that readers can open; the link is left out.'
        self._faults.add(key, what, "Write https://… or a path of this site such as /docs/.", code="bad-value")
        return False


def _dialect(item: Mapping[str, Any]) -> Dialect:
    if "timeline" in item or ("title" in item and "name" not in item):
        return BACKSTAGE
    return ZALANDO if "label" in item else PLAIN


def _unique(entries: Sequence[Entry], faults: Faults) -> tuple[Entry, ...]:
    """Each id once. The same name in the same quadrant is one entry too many; another name with the same slug is numbered."""
    kept: dict[str, Entry] = {}
    for entry in entries:
        same = kept.get(entry.id)
        if same and (same.name.casefold(), same.quadrant) == (entry.name.casefold(), entry.quadrant):
            faults.add(entry.key, f'"{entry.name}" is there twice; the second is left out.', "Remove one of them.")
            continue
        name = next(text for number in range(1, len(entries) + 2) if (text := _numbered(entry.id, number)) not in kept)
        kept[name] = replace(entry, id=name)
    return tuple(kept.values())


def _numbered(text: str, number: int) -> str:
    return text if number == 1 else f"{text}-{number}"


def _text(value: Any) -> str:
    """Plain text of a scalar; "" for what is none."""
    if value is None or value is _UNSAID or isinstance(value, (Mapping, list)):
        return ""
    return str(value)
