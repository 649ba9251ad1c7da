"""Looking up words in the published files: the lists of documents that they name."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callboard.pages.search.document import RANKED
from callboard.pages.search.query import Word
from callboard.pages.search.shards import Content, Row, decode

_ENDINGS = [
    "ment",
    "ments",
    "ing",
    "ings",
    "ed",
    "edly",
    "ation",
    "ations",
    "ate",
    "ates",
    "ator",
    "ators",
    "able",
    "ness",
    "ly",
    "er",
    "ers",
    "ies",
    "ied",
    "es",
    "ity",
    "ities",
    "al",
    "ally",
    "ion",
    "ions",
    "ive",
    "ize",
    "izes",
    "ized",
    "izing",
    "ful",
]
_LAST = "\U0010ffff"


@dataclass(slots=True)
class Listed:
    """The documents of one word, by id, with its worth in each."""

    places: dict[str, int] = field(default_factory=dict)
    count: int = 0
    complete: bool = True

    def add(self, content: Content, term: str, *, less: bool = False) -> None:
        """What a file says of a term."""
        for entry in content.terms[term]:
            worth = RANKED - int(entry[:3])
            worth = worth * 4 // 5 if less else worth
            if self.places.get(entry[3:], -1) < worth:
                self.places[entry[3:]] = worth

    def merge(self, other: Listed) -> None:
        """The documents of either."""
        for place, worth in other.places.items():
            if self.places.get(place, -1) < worth:
                self.places[place] = worth
        self.complete = self.complete and other.complete
        self.count = max(self.count, other.count, len(self.places))


class Lists:
    """The index as published. ``read`` gives a file of it by its place below the site; KeyError or ValueError for a broken one."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._known: dict[str, Any] = {}
        self.index: Mapping[str, Any] = json.loads(read("_/search.json"))
        if self.index["v"] != 1:
            raise ValueError(f"search index of version {self.index['v']}")
        self._starts = [start for start, _ in self.index["routes"]]

    @property
    def english(self) -> bool:
        """Whether its terms are stems."""
        return bool(self.index["stem"] == "en")

    def documents(self, block: str) -> list[list[Any]]:
        """The documents of a block."""
        return list(self._file(block, json.loads))

    def _file(self, name: str, parse: Callable[[bytes], Any]) -> Any:
        if name not in self._known:
            self._known[name] = parse(self._read(f"_/search/{name}.json"))
        return self._known[name]

    def _content(self, name: str) -> Content:
        found: Content = self._file(name, lambda text: decode(text.decode("utf-8", "surrogatepass")))
        return found

    def _routes(self, term: str) -> Sequence[list[str]]:
        at = bisect_right(self._starts, term) - 1
        if at < 0:
            return ([], [], [], [])
        table = self.index["routes"][at][1]
        found: Sequence[list[str]] = self._file(table, json.loads) if isinstance(table, str) else table
        return found

    def _shard(self, term: str) -> Content:
        starts, names, *_ = self._routes(term)
        at = bisect_right(starts, term) - 1
        return self._content(names[at]) if at >= 0 else Content()

    def lookup(self, term: str, rows: dict[str, Row]) -> Listed:
        """The documents of a term; ``rows`` learns what is known of them."""
        content, listed = self._shard(term), Listed()
        if term in content.terms:
            rows.update(content.rows)
            listed.add(content, term)
            listed.count = content.counts[term]
            listed.complete = listed.count <= len(content.terms[term])
        return listed

    def begun(self, word: Word, rows: dict[str, Row]) -> Listed:
        """The documents of all terms that begin as the word does."""
        listed = self.lookup(word.term, rows)
        if word.term != word.plain:
            listed.merge(self.lookup(word.plain, rows))
        _, _, prefixes, names = self._routes(word.plain)
        if word.plain in prefixes:
            content = self._content(names[prefixes.index(word.plain)])
            rows.update(content.rows)
            listed.add(content, word.plain, less=True)
            listed.complete, listed.count = False, max(listed.count, len(listed.places))
            return listed
        content = self._shard(word.plain + _LAST)
        rows.update(content.rows)
        for term, entries in content.terms.items():
            if term in (word.term, word.plain) or ":" in term or not term.startswith(word.plain):
                continue
            listed.add(content, term, less=True)
            listed.complete = listed.complete and content.counts[term] <= len(entries)
            listed.count = max(listed.count, content.counts[term], len(listed.places))
        if not listed.places:
            self._shorter(word, listed, rows)
        return listed

    def _shorter(self, word: Word, listed: Listed, rows: dict[str, Row]) -> None:
        """``deploym``: the stem is shorter than what is typed."""
        for end in range(len(word.plain) - 1, 3, -1):
            rest = word.plain[end:]
            if not any(ending.startswith(rest) for ending in _ENDINGS):
                continue
            found = self.lookup(word.plain[:end], rows)
            if found.places:
                listed.merge(found)
                word.term = word.plain[:end]
                return
