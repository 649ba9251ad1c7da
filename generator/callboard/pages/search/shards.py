"""Terms of all documents → files of a few kilobytes each, cut where words begin alike; the same terms give the same files."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from callboard.pages.search.document import RANKED, as_json

MOST = 200
"""Documents that one term names; of more it names the best, and of each kind some."""
_BEST, _EACH, _SEEN = 120, 30, 600
_LIMIT = 4_000
"""What one file may cost, as ``cost`` counts it: about as many bytes, compressed."""
_TOP, _TOP_OF_TERM = 80, 24
"""Documents that the beginning of a word names where the words that begin so fill several files; how many each word gives."""
NAME = 9
"""Letters of a block's name in a document's id."""


class Row(NamedTuple):
    """What is known of a document without reading it."""

    sort: str
    """Type and kind: ``software-catalog/api``."""
    owner: str


@dataclass(slots=True)
class Content:
    """What is found in one file: the entries of its terms, best first (some, if there are too many), and their documents."""

    terms: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    """Term → how many documents have it."""
    rows: Mapping[str, Row] = field(default_factory=dict)
    """At least those of the entries."""


class Span(NamedTuple):
    """The terms of one file: from one to before another, as numbers of the sorted terms."""

    first: int
    end: int


class Node(NamedTuple):
    """A beginning of words that fill several files: ``parts`` are those files (Span) and longer beginnings (str)."""

    prefix: str
    parts: tuple[Any, ...]


def cost(term: str, count: int) -> int:
    """About the compressed bytes of a term with so many documents."""
    return 8 + len(term) + 10 * min(count, MOST)


class Split:
    """Sorted terms cut into files. One term more or less changes only what begins as it does."""

    def __init__(self, terms: Sequence[str], counts: Mapping[str, int]) -> None:
        self._terms = terms
        self._sums = [0]
        for term in terms:
            self._sums.append(self._sums[-1] + cost(term, counts[term]))
        self.spans: list[Span] = []
        self.nodes: dict[str, Node] = {}
        """Longer beginnings before shorter ones."""
        if terms:
            self._visit("", Span(0, len(terms)))

    def _cost(self, span: Span) -> int:
        return self._sums[span.end] - self._sums[span.first]

    def _visit(self, prefix: str, whole: Span) -> Span | str:
        if self._cost(whole) <= _LIMIT or whole.end - whole.first == 1:
            self.spans.append(whole)
            return whole
        parts: list[Span | str] = []
        open_: Span | None = None
        for beginning, part in self._parts(prefix, whole):
            if open_ is not None and self._cost(Span(open_.first, part.end)) > _LIMIT:
                self.spans.append(open_)
                parts.append(open_)
                open_ = None
            if self._cost(part) > _LIMIT:
                parts.append(self._visit(beginning, part))
            else:
                open_ = part if open_ is None else Span(open_.first, part.end)
        if open_ is not None:
            self.spans.append(open_)
            parts.append(open_)
        self.nodes[prefix] = Node(prefix, tuple(parts))
        return prefix

    def _parts(self, prefix: str, whole: Span) -> Iterable[tuple[str, Span]]:
        """The term that is ``prefix`` itself, then those that have the same letter after it."""
        first = whole.first
        while first < whole.end:
            beginning = self._terms[first][: len(prefix) + 1]
            end = first + 1 if beginning == prefix else bisect_left(self._terms, f"{beginning}\U0010ffff", first, whole.end)
            yield beginning, Span(first, max(end, first + 1))
            first = max(end, first + 1)


def cut(entries: Iterable[str], rows: Mapping[str, Row]) -> list[str]:
    """The entries of one term, best first: all of them, or the best and some of each type and kind."""
    ranked = sorted(entries)
    if len(ranked) <= MOST:
        return ranked
    kept, seen = ranked[:_BEST], dict[str, int]()
    for entry in kept:
        sort = rows[entry[3:]].sort
        seen[sort] = seen.get(sort, 0) + 1
    for entry in ranked[_BEST:_SEEN]:
        sort = rows[entry[3:]].sort
        seen[sort] = seen.get(sort, 0) + 1
        if seen[sort] <= _EACH:
            kept.append(entry)
            if len(kept) == MOST:
                break
    return kept


def encode(content: Content) -> str:
    """A file: names of blocks, types and kinds, owners; of each document block, number, type and kind, owner; and the terms."""
    places = sorted({entry[3:] for entries in content.terms.values() for entry in entries})
    blocks, block_of = _numbered(place[:NAME] for place in places)
    sorts, sort_of = _numbered(content.rows[place].sort for place in places)
    owners, owner_of = _numbered(content.rows[place].owner for place in places)
    rows: list[int] = []
    for place in places:
        row = content.rows[place]
        rows += (block_of[place[:NAME]], int(place[NAME:]), sort_of[row.sort], owner_of[row.owner])
    number = {place: index for index, place in enumerate(places)}
    terms = {}
    for term, entries in content.terms.items():
        values = [content.counts[term]]
        for entry in entries:
            values += (number[entry[3:]], RANKED - int(entry[:3]))
        terms[term] = values
    return as_json([blocks, sorts, owners, rows, terms])


def _numbered(values: Iterable[str]) -> tuple[list[str], dict[str, int]]:
    found = sorted(set(values))
    return found, {value: index for index, value in enumerate(found)}


def decode(text: str) -> Content:
    """What ``encode`` wrote."""
    blocks, sorts, owners, rows, terms = json.loads(text)
    content, known = Content(), dict[str, Row]()
    content.rows = known
    places = []
    for at in range(0, len(rows), 4):
        place = f"{blocks[rows[at]]}{rows[at + 1]}"
        places.append(place)
        known[place] = Row(sorts[rows[at + 2]], owners[rows[at + 3]])
    for term, values in terms.items():
        content.counts[term] = values[0]
        content.terms[term] = [f"{RANKED - values[at + 1]}{places[values[at]]}" for at in range(1, len(values), 2)]
    return content


class Best(NamedTuple):
    """The best documents of some terms, each once."""

    entries: tuple[str, ...] = ()
    rows: Mapping[str, Row] = {}

    def kept(self) -> str:
        """For the next build."""
        return as_json([[entry, *self.rows[entry[3:]]] for entry in self.entries])

    @classmethod
    def read(cls, text: str) -> Best:
        """What ``kept`` wrote."""
        found = json.loads(text)
        return cls(tuple(entry for entry, _, _ in found), {entry[3:]: Row(sort, owner) for entry, sort, owner in found})


def best_of(content: Content) -> Best:
    """The best of a file's terms, for the beginnings that they share with those of other files; filters are no words."""
    return _best((entries[:_TOP_OF_TERM] for term, entries in content.terms.items() if ":" not in term), content.rows)


def joined(parts: Sequence[Best]) -> Best:
    """The best of several."""
    return _best((part.entries for part in parts), {place: row for part in parts for place, row in part.rows.items()})


def _best(lists: Iterable[Sequence[str]], rows: Mapping[str, Row]) -> Best:
    best: dict[str, str] = {}
    for entries in lists:
        for entry in entries:
            place = entry[3:]
            if place not in best or entry < best[place]:
                best[place] = entry
    entries = tuple(sorted(best.values())[:_TOP])
    return Best(entries, {entry[3:]: rows[entry[3:]] for entry in entries})
