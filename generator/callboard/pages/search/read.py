"""Answers a question from the published files, as ``search/engine.js`` of the theme does in the browser."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from callboard.model.page import Section
from callboard.pages.search.lists import Listed, Lists
from callboard.pages.search.query import Asked, Filter, parse
from callboard.pages.search.shards import NAME, Row
from callboard.pages.search.words import UNSPACED, Speller, plain

_LONGEST = 200
"""Characters of a question."""


class Result(NamedTuple):
    """One thing found."""

    type: str
    title: str
    href: str
    """Its path below the site, with the part of the page."""
    text: str
    above: tuple[str, ...]
    kind: str
    owner: str
    more: Mapping[str, Any]
    page: str
    """The title of the whole page."""
    score: float


class _Item(NamedTuple):
    place: str
    row: Row
    score: float
    unsure: int


class Answer(NamedTuple):
    """What was found, best first."""

    results: tuple[Result, ...]
    total: int
    """Of all; an estimate if ``about``."""
    about: bool
    asked: Asked


class Index:
    """A published index; ``read`` gives a file by its place below the site. Raises KeyError where there is none."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._lists = Lists(read)
        self._speller = Speller(english=self._lists.english)

    @property
    def english(self) -> bool:
        """Whether words are compared by their stems."""
        return self._lists.english

    def query(
        self, text: str, *, types: Sequence[str] = (), filters: Sequence[Filter] = (), first: int = 0, limit: int = 25
    ) -> Answer:
        """The results from number ``first`` on. ``types`` are alternatives, ``filters`` are added to those in the text."""
        asked = parse(text[:_LONGEST], self._speller)
        asked.filters += [*filters, *(Filter("type", value) for value in types)]
        if not asked.words and not [one for one in asked.filters if not one.no]:
            return Answer((), 0, about=False, asked=asked)
        items, cut, count = self._items(asked)
        sure = not asked.phrases and not any(item.unsure for item in items[: first + limit])
        results: list[Result] = []
        gone = 0
        for item in items[first:] if sure else items:
            if len(results) == limit + (0 if sure else first):
                break
            document = self._lists.documents(item.place[:NAME])[int(item.place[NAME:])]
            if self._holds(asked, item, document):
                results.append(self._result(asked, item, document))
            else:
                gone += 1
        shown = results if sure else results[first:]
        shown.sort(key=lambda one: _tier(asked, one.title))
        return Answer(tuple(shown), max(count, len(items) - gone), cut, asked)

    def _items(self, asked: Asked) -> tuple[list[_Item], bool, int]:
        """Every document that may be what is asked for, best first; whether there may be others; of a single list, how many it has."""
        rows: dict[str, Row] = {}
        lists = [self._lists.begun(w, rows) if w.prefix else self._lists.lookup(w.term, rows) for w in asked.words]
        wholes = [self._lists.lookup(term, rows) for term in asked.wholes[:2]]
        said = {one: self._lists.lookup(f"{one.name}:{one.value}", rows) for one in asked.filters}
        without = [self._lists.lookup(word.term, rows) for word in asked.without]
        narrow = [*lists, *_alternatives(said)]
        base = lists or narrow
        found = []
        for place in _places(narrow):
            row = rows[place]
            fits = _admitted(said, place, row)
            if fits is False or any(place in listed.places for listed in without):
                continue
            score = sum(listed.places.get(place, 0) * self._weight(listed) for listed in [*lists, *wholes])
            unsure = (fits is None) + sum(place not in listed.places for listed in lists)
            found.append(_Item(place, row, math.floor(score * 1000 + 0.5) / 1000, unsure))
        found.sort(key=lambda item: (item.unsure, -item.score, item.place))
        alone = len(base) == 1 and len(said) == (0 if lists else 1) and not asked.without and not asked.phrases
        return found, any(not listed.complete for listed in base), base[0].count if alone else 0

    def _weight(self, listed: Listed) -> float:
        documents = max(2, self._lists.index["documents"])
        return 0.3 + math.log(1 + documents / max(1, listed.count)) / math.log(1 + documents)

    def _holds(self, asked: Asked, item: _Item, document: Sequence[Any]) -> bool:
        """Whether a document has all that the lists could not tell."""
        texts = _texts(document)
        if asked.phrases:
            whole = "\n".join(f" {plain(text)} " for text in texts)
            if not all(f" {one} " in whole or (UNSPACED.match(one) and one in whole) for one in asked.phrases):
                return False
        if not item.unsure:
            return True
        words = self._speller.words("\n".join(texts))
        pairs = [pair for word in words for pair in zip(word.parts, word.plain, strict=True)]
        return _filtered(asked, document) and all(any(word.fits(*pair) for pair in pairs) for word in asked.words)

    def _worth(self, asked: Asked, text: str) -> int:
        pairs = [pair for word in self._speller.words(text) for pair in zip(word.parts, word.plain, strict=True)]
        return sum(any(word.fits(*pair) for pair in pairs) for word in asked.words)

    def _result(self, asked: Asked, item: _Item, document: Sequence[Any]) -> Result:
        type_, page, href, text, kind, owner, above, _, more, sections = _whole(document)
        title, best, most = page, None, -1
        for section in (Section(*one) for one in sections):
            worth = 3 * self._worth(asked, section.title) + self._worth(asked, section.text)
            if asked.phrases:
                worth += 9 * sum(one in plain(f"{section.title}\n{section.text}") for one in asked.phrases)
            if worth > most:
                best, most = section, worth
        if best is not None:
            text = best.text
            href += f"#{best.id}" if best.id else ""
            if best.title and best.title != page:
                above, title = [*above, page], best.title
        return Result(type_, title, href, text, tuple(above), kind, owner, more, page, item.score)


def _tier(asked: Asked, title: str) -> int:
    """Of what is shown together, titles that are the question come first, then those that begin with it."""
    flat = plain(title)
    return 0 if flat == asked.plain else 1 if asked.plain and flat.startswith(asked.plain) else 2


def _whole(document: Sequence[Any]) -> list[Any]:
    """A document with what is left out at its end."""
    empty: list[Any] = ["", "", "", "", "", "", [], [], {}, []]
    return [*document, *empty[len(document) :]]


def _texts(document: Sequence[Any]) -> list[str]:
    _, title, _, text, _, owner, above, aliases, _, sections = _whole(document)
    return [title, *above, *aliases, text, owner.rpartition("/")[2], *(words for section in sections for words in section[1:])]


def _alternatives(said: Mapping[Filter, Listed]) -> list[Listed]:
    """What the filters of each name let in, of which any will do."""
    names: dict[str, Listed] = {}
    for one, listed in said.items():
        if not one.no:
            names.setdefault(one.name, Listed()).merge(listed)
    return list(names.values())


def _places(base: Sequence[Listed]) -> list[str]:
    """What is in all lists that are complete; if none is, what is in any."""
    whole = sorted((listed for listed in base if listed.complete), key=lambda listed: len(listed.places))
    if not whole:
        return list({place: None for listed in base for place in listed.places})
    return [place for place in whole[0].places if all(place in listed.places for listed in whole)]


def _admits(one: Filter, listed: Listed, place: str, row: Row) -> bool | None:
    """Whether a filter lets a document in; None if only the document can tell."""
    type_, _, kind = row.sort.partition("/")
    if one.name == "kind":
        return kind == one.value
    if one.name == "owner":
        return one.value in (row.owner, row.owner.rpartition("/")[2])
    if (one.name == "type" and type_ == one.value) or place in listed.places:
        return True
    return False if listed.complete else None


def _admitted(said: Mapping[Filter, Listed], place: str, row: Row) -> bool | None:
    unsure = False
    if any(one.no and _admits(one, listed, place, row) for one, listed in said.items()):
        return False
    for name in {one.name for one in said if not one.no}:
        found = [_admits(one, listed, place, row) for one, listed in said.items() if one.name == name and not one.no]
        if True in found:
            continue
        if None not in found:
            return False
        unsure = True
    return None if unsure else True


def _filtered(asked: Asked, document: Sequence[Any]) -> bool:
    more = {**_whole(document)[8]}
    more["type"] = [document[0], more.get("type", "")]
    for one in asked.filters:
        if one.name in ("kind", "owner"):
            continue
        values = more.get(one.name, [])
        said = [str(value).lower() for value in (values if isinstance(values, list) else [values])]
        fits = any(one.value in (value, value.rpartition("/")[2]) for value in said)
        others = any(other.name == one.name and other != one and not other.no for other in asked.filters)
        if fits if one.no else not (fits or others):
            return False
    return True
