"""Units → the files of the index: of what the last build kept, only files whose terms have changed are made again."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from callboard.pages.search.document import as_json, digest
from callboard.pages.search.shards import Best, Content, Node, Row, Span, Split, best_of, cut, decode, encode, joined
from callboard.pages.search.state import SearchState

FORMAT = 1
"""Of the published files."""
INDEX = "_/search.json"
"""The one file that is no content's: it names the others. It stands beside their folder, all of which may be kept for ever."""
_ROUTED = 120
"""Files that one table names."""
_COUNTED = ("type:", "kind:")


class Given(NamedTuple):
    """One unit as this build has it."""

    digest: str
    source: str
    body: str = ""
    """"" if it is as the state has it."""


class Put(NamedTuple):
    """Where files go: ``known`` are those that are published, ``put`` is told all others with their content."""

    known: Callable[[str], bool]
    put: Callable[[str, str], None]


def file_of(name: str) -> str:
    """A file's place below the output."""
    return f"_/search/{name}.json"


def merge(state: SearchState, units: Mapping[str, Given], files: Put, *, english: bool) -> list[str]:
    """All files of the index but its blocks, by name; what is not published is put. The state is what the next build starts from."""
    work = _Merge(state, files)
    work.take(units)
    names = work.files()
    index = as_json({"v": FORMAT, "stem": "en" if english else "", **work.overview(), "routes": _routes(work, files, names)})
    files.put(INDEX, f"{index}\n")
    state.commit()
    return names


class _Merge:
    """One build's work on the kept index."""

    def __init__(self, state: SearchState, files: Put) -> None:
        self._state, self._files = state, files
        kept = state.value("counts")
        terms, counts = json.loads(kept) if kept else ([], [])
        self.counts: dict[str, int] = dict(zip(terms, counts, strict=True))
        self.documents = int(state.value("documents") or 0)
        self.gone: dict[str, set[str]] = {}
        self.come: dict[str, list[str]] = {}
        self.rows: dict[str, Row] = {}
        self.shards: list[tuple[str, str]] = []
        """The first term and the name of each file, in order."""
        self.nodes: list[tuple[str, str]] = []
        self._bests: dict[str, Best] = {}
        """Of files (by first term) that were made again."""
        self._changed: set[str] = set()
        """First terms of files whose best are others than before, and beginnings."""

    def take(self, units: Mapping[str, Given]) -> None:
        """What comes and what goes, by term."""
        before = self._state.units()
        lost: list[str] = []
        fresh = {key: unit for key, unit in units.items() if unit.body}
        for key in sorted((before.keys() - units.keys()) | (before.keys() & fresh.keys())):
            _, rows, terms = json.loads(self._state.unit(key))
            self.documents -= len(rows)
            lost += [place for place, _, _ in rows]
            for term, said in terms.items():
                self.gone.setdefault(term, set()).update(said.split(" "))
        kept = []
        for key in sorted(fresh):
            unit = fresh[key]
            names, rows, terms = json.loads(unit.body)
            self.documents += len(rows)
            self.rows.update((place, Row(sort, owner)) for place, sort, owner in rows)
            for term, said in terms.items():
                self.come.setdefault(term, []).append(said)
            kept.append((key, unit.digest, unit.source, " ".join(names), unit.body))
        self._state.drop("units", "key", sorted(before.keys() - units.keys()))
        self._state.put_units(kept)
        self._state.drop("rows", "place", lost)
        self._state.put_rows((place, *row) for place, row in self.rows.items())
        self._unchanged()

    def _unchanged(self) -> None:
        """Counts terms; one whose entries go and come alike was not touched."""
        come = {term: " ".join(said).split(" ") for term, said in self.come.items()}
        self.come = come
        for term, entries in come.items():
            self.counts[term] = self.counts.get(term, 0) + len(entries)
        for term, gone in self.gone.items():
            self.counts[term] -= len(gone)
            if not self.counts[term]:
                del self.counts[term]
        for term in [term for term, gone in self.gone.items() if gone == set(come.get(term, ()))]:
            del self.gone[term], self.come[term]

    def files(self) -> list[str]:
        """The files of terms and of beginnings; those that are not published are put."""
        terms = sorted(self.counts)
        split = Split(terms, self.counts)
        before = self._state.shards()
        pool = _Pool(self._state, sorted(before), self.rows)
        touched = self.gone.keys() | self.come.keys()
        rows = []
        for span in split.spans:
            first, last = terms[span.first], terms[span.end - 1]
            kept = before.get(first)
            if kept is not None and kept[0] == last and touched.isdisjoint(terms[span.first : span.end]):
                self._keep(first, kept[1])
            else:
                rows.append(self._made(terms[span.first : span.end], pool))
        gone = before.keys() - {first for first, _ in self.shards}
        self._state.drop("shards", "start", sorted(gone))
        self._state.put_shards(rows)
        self.shards.sort()
        self._beginnings(split, terms)
        self._state.note("counts", as_json([terms, [self.counts[term] for term in terms]]))
        self._state.note("documents", str(self.documents))
        return [name for _, name in (*self.shards, *self.nodes)]

    def _keep(self, first: str, name: str) -> None:
        self.shards.append((first, name))
        if not self._files.known(file_of(name)):
            self._files.put(file_of(name), self._state.shard(first)[0])

    def _made(self, terms: Sequence[str], pool: _Pool) -> tuple[str, str, str, str, str, str]:
        content, rest = Content(rows=pool.rows), dict[str, str]()
        for term in terms:
            content.counts[term] = self.counts[term]
            if term not in self.gone and term not in self.come:
                content.terms[term], left = pool.kept(term)
                if left:
                    rest[term] = left
                continue
            entries = pool.entries(term, self.gone.get(term, frozenset()))
            entries += self.come.get(term, ())
            content.terms[term] = shown = cut(entries, pool.rows)
            if len(shown) < len(entries):
                rest[term] = " ".join(sorted(set(entries).difference(shown)))
        body = encode(content)
        name = self._put(body)
        first = terms[0]
        self.shards.append((first, name))
        best = self._bests[first] = best_of(content)
        kept = best.kept()
        if pool.best(first) != kept:
            self._changed.add(first)
        return (first, terms[-1], name, body, as_json(rest) if rest else "", kept)

    def _put(self, body: str) -> str:
        name = digest(body)
        if not self._files.known(file_of(name)):
            self._files.put(file_of(name), body)
        return name

    def _beginnings(self, split: Split, terms: Sequence[str]) -> None:
        """The files of beginnings: of each the best of its parts, longer ones first, since shorter ones are made of them."""
        before = self._state.nodes()
        rows = []
        for prefix, node in split.nodes.items():
            if not prefix:
                continue
            parts = [part if isinstance(part, str) else f"{terms[part.first]} {terms[part.end - 1]}" for part in node.parts]
            said = as_json(parts)
            starts = [part if isinstance(part, str) else terms[part.first] for part in node.parts]
            if prefix in before and before[prefix][0] == said and self._changed.isdisjoint(_marked(node, starts)):
                name = before[prefix][1]
                if not self._files.known(file_of(name)):
                    self._files.put(file_of(name), self._state.node(prefix)[0])
            else:
                best = joined([self._best(part, start) for part, start in zip(node.parts, starts, strict=True)])
                body = encode(Content({prefix: list(best.entries)}, {prefix: 0}, dict(best.rows)))
                name = self._put(body)
                if prefix not in before or self._state.node(prefix)[1] != best.kept():
                    self._changed.add(f"{prefix}*")
                self._bests[f"{prefix}*"] = best
                rows.append((prefix, said, name, body, best.kept()))
            self.nodes.append((prefix, name))
        self._state.drop("nodes", "prefix", sorted(before.keys() - split.nodes.keys()))
        self._state.put_nodes(rows)
        self.nodes.sort()

    def _best(self, part: Span | str, start: str) -> Best:
        key = f"{part}*" if isinstance(part, str) else start
        if key not in self._bests:
            text = self._state.node(part)[1] if isinstance(part, str) else self._state.shard(start)[2]
            self._bests[key] = Best.read(text)
        return self._bests[key]

    def overview(self) -> dict[str, object]:
        """What the index says of itself: how many documents it has, by type and kind."""
        counts = {term: count for term, count in sorted(self.counts.items()) if term.startswith(_COUNTED)}
        return {"documents": self.documents, "counts": counts}


def _marked(node: Node, starts: Iterable[str]) -> Iterator[str]:
    for part, start in zip(node.parts, starts, strict=True):
        yield f"{start}*" if isinstance(part, str) else start


class _Pool:
    """The entries of terms as the last build left them: each of its files is read once, when it is asked for."""

    def __init__(self, state: SearchState, starts: Sequence[str], fresh: Mapping[str, Row]) -> None:
        self._state, self._starts = state, starts
        self.rows: dict[str, Row] = dict(fresh)
        """Of all documents that entries name: an id's row is always the same."""
        self._whole = False
        self._read: dict[str, tuple[dict[str, list[str]], dict[str, str], str]] = {}

    def kept(self, term: str) -> tuple[list[str], str]:
        """The entries of a term that has not changed, and what was cut from them."""
        terms, rest, _ = self._file(term)
        return terms[term], rest.get(term, "")

    def _file(self, term: str) -> tuple[dict[str, list[str]], dict[str, str], str]:
        at = bisect_right(self._starts, term) - 1
        if at < 0:
            return {}, {}, ""
        start = self._starts[at]
        if start not in self._read:
            body, rest, best = self._state.shard(start)
            content = decode(body)
            self.rows.update(content.rows)
            self._read[start] = (content.terms, json.loads(rest) if rest else {}, best)
        return self._read[start]

    def _all_rows(self) -> None:
        """Of what is cut from a term, no file has the documents."""
        if not self._whole:
            self._whole = True
            self.rows.update((place, Row(sort, owner)) for place, sort, owner in self._state.rows())

    def entries(self, term: str, gone: Collection[str]) -> list[str]:
        """All entries of a term but those that are gone."""
        terms, rest, _ = self._file(term)
        found = terms.get(term, [])
        if term in rest:
            self._all_rows()
            found = [*found, *rest[term].split(" ")]
        return [entry for entry in found if entry not in gone] if gone else list(found)

    def best(self, start: str) -> str:
        """What was best of the file that began with ``start``, if there was one and it was read."""
        return self._read[start][2] if start in self._read else ""


def _routes(work: _Merge, files: Put, names: list[str]) -> list[list[object]]:
    """Tables of files by the terms that they begin with, each with the first; a single one stands in the index itself."""
    starts = [start for start, _ in work.shards]
    tables = []
    for first in range(0, len(starts), _ROUTED):
        part = work.shards[first : first + _ROUTED]
        begin = part[0][0] if first else ""
        end = starts[first + _ROUTED] if first + _ROUTED < len(starts) else "\U0010ffff"
        nodes = [(prefix, name) for prefix, name in work.nodes if begin <= prefix < end]
        tables.append(
            (begin, [list(column) for pairs in (part, nodes) for column in (zip(*pairs, strict=True) if pairs else ((), ()))])
        )
    if len(tables) <= 1:
        return [["", table] for _, table in tables]
    routes: list[list[object]] = []
    for begin, table in tables:
        body = as_json(table)
        name = digest(body)
        if not files.known(file_of(name)):
            files.put(file_of(name), body)
        names.append(name)
        routes.append([begin, name])
    return routes
