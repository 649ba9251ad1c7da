"""``/catalog/index.json``: all that the index page's script filters, sorts and shows, column by column and coded by dictionaries."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from callboard.plugin import Graph, Kind, Portal, lookup, path_words, words

from ..people.faces import roles
from .entries import Row, compact, identities, kinds_of, rows_of
from .faceted import FACETS, STATUSES, Facet, canonical, has_error, is_orphan, of_facet, plain, texts

_DESCRIPTIONS = 450_000
"""Characters of all descriptions together: the larger the catalog, the earlier each is cut."""
_SHORTEST, _LONGEST = 24, 160
_HEAVY, _MOST = 900_000, 300_000
"""Characters from which on the file is weighed, and the most bytes of it that are sent, compressed."""


def index(portal: Portal) -> str:
    """The file. Rows are sorted by title, so that a row's number is its place; code 0 is nothing, n the n-th value or set."""
    rows = rows_of(portal.graph)
    limit = min(_LONGEST, max(_SHORTEST, _DESCRIPTIONS // max(1, len(rows))))
    file = _index(portal, rows)
    said = [_line(row.entity.metadata.get("description")) for row in rows]
    while True:
        written = compact(
            {**file, "descriptions": [_cut(text, limit) for text in said], "cut": any(len(t) > limit for t in said)}
        )
        if limit == 0 or len(written) < _HEAVY or len(zlib.compress(written.encode(), 6)) <= _MOST:
            return written
        limit = limit // 2 if limit > _SHORTEST else 0


def descriptions(portal: Portal) -> str:
    """``/catalog/descriptions.json``: whole descriptions in the rows' order, for exports of an index that has them cut."""
    return compact([row.entity.metadata.get("description") or "" for row in rows_of(portal.graph)])


def _index(portal: Portal, rows: Sequence[Row]) -> dict[str, Any]:
    graph: Graph = portal.graph
    kinds = kinds_of(rows, graph.kinds)
    data = _Arrays()
    columns = _Columns(data, rows, kinds)
    _, people = roles(graph.kinds)
    return {
        **identities(rows, portal.path),
        "also": {str(number): text for number, row in enumerate(rows) if (text := _also(row))},
        "kinds": [
            {"name": name, "said": kind.name, "title": kind.plural, "columns": columns.of(kind)} for name, kind in kinds.items()
        ],
        "columns": columns.found,
        "facets": [
            {"name": facet.name, "title": facet.title, "folder": facet.folder, "data": data.add(found)}
            for facet, found in _facets(rows, graph)
        ],
        "statuses": STATUSES,
        "members": data.add([row.targets("memberOf") if row.kind in people else () for row in rows]),
        "data": data.coded,
    }


class _Arrays:
    """Coded arrays, each once: columns and facets that say the same share one."""

    def __init__(self) -> None:
        self.coded: list[dict[str, Any]] = []
        self._known: dict[tuple[tuple[str, ...], ...], int] = {}

    def add(self, rows: Sequence[tuple[str, ...]]) -> int:
        """The number of the array that says this."""
        key = tuple(rows)
        if key not in self._known:
            self._known[key] = len(self.coded)
            self.coded.append(_coded(rows))
        return self._known[key]


def _coded(rows: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    """Values by number; where a row has several, sets of numbers too."""
    values: dict[str, int] = {}
    if all(len(row) < 2 for row in rows):
        codes = [values.setdefault(row[0], len(values) + 1) if row else 0 for row in rows]
        return {"values": list(values), "rows": codes}
    sets: dict[tuple[int, ...], int] = {}
    codes = []
    for row in rows:
        numbers = tuple(values.setdefault(one, len(values)) for one in row)
        codes.append(sets.setdefault(numbers, len(sets) + 1) if numbers else 0)
    return {"values": list(values), "sets": [list(numbers) for numbers in sets], "rows": codes}


class _Columns:
    """The columns of all kinds, each once."""

    def __init__(self, data: _Arrays, rows: Sequence[Row], kinds: Mapping[str, Kind]) -> None:
        self._data, self._rows = data, rows
        self._shown: dict[tuple[str, str, str], set[str]] = {}
        for name, kind in kinds.items():
            for column in kind.columns:
                self._shown.setdefault((column.field, column.type, column.kind), set()).add(name)
        self._numbers: dict[tuple[str, str, str, str], int] = {}
        self.found: list[dict[str, Any]] = []

    def of(self, kind: Kind) -> list[int]:
        """The numbers of a kind's columns."""
        return [self._number(column) for column in kind.columns]

    def _number(self, column: Any) -> int:
        key = (column.field, column.title, column.type, column.kind)
        if key not in self._numbers:
            self._numbers[key] = len(self.found)
            made = {"field": column.field, "title": column.title or path_words(column.field), "type": column.type}
            if column.field not in ("", "@", "metadata.description"):
                made["data"] = self._data.add(self._values(column))
            self.found.append(made)
        return self._numbers[key]

    def _values(self, column: Any) -> list[tuple[str, ...]]:
        """Its values in the rows of those kinds that show it; nothing in all others."""
        shown = self._shown[column.field, column.type, column.kind]
        read, path = _reader(column), column.field
        return [read(row, lookup(row.entity.data, path)) if row.kind in shown else () for row in self._rows]


def _reader(column: Any) -> Callable[[Row, Any], tuple[str, ...]]:
    if column.type == "entity":
        known: dict[tuple[str, str], str] = {}

        def ref(said: str, namespace: str) -> str:
            key = (said, namespace)
            if key not in known:
                known[key] = canonical(said, column.kind, namespace) or said
            return known[key]

        return lambda row, value: tuple([ref(one, row.entity.ref.namespace) for one in texts(value)])
    if column.type == "tags":
        return lambda _, value: tuple(texts(value))
    return lambda _, value: (words(value),) if value not in (None, "", []) else ()


def _facets(rows: Sequence[Row], graph: Graph) -> Iterable[tuple[Facet, list[tuple[str, ...]]]]:
    for facet in FACETS:
        if facet.relation:
            yield facet, [tuple(of_facet(row.targets(facet.relation), facet)) for row in rows]
        elif facet.name == "status":
            missing = {relation.target for row in rows for relation in row.relations} - graph.entities.keys()
            yield facet, [_statuses(row, missing) for row in rows]
        elif facet.name == "kind":
            yield facet, [(row.kind,) for row in rows]
        else:
            yield facet, [tuple(plain(row.entity, facet.name)) for row in rows]


def _statuses(row: Row, missing: set[str]) -> tuple[str, ...]:
    dangling = bool(missing) and any(relation.target in missing for relation in row.relations)
    said = {"orphan": is_orphan(row.entity), "error": has_error(row.entity), "dangling": dangling}
    return tuple([name for name, holds in said.items() if holds])


def _also(row: Row) -> str:
    """What else a text search finds it by: a title that its display name hides, and a Location's targets."""
    hidden, spec = row.entity.metadata.get("title"), row.entity.spec
    found = [text for name in ("target", "targets") if name in spec for text in texts(spec[name])]
    if isinstance(hidden, str) and hidden != row.title:
        found.append(hidden)
    return "\n".join(found)


def _line(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    if not limit:
        return ""
    return text[:limit].rsplit(" ", 1)[0].rstrip(" ,.;:") + " …"
