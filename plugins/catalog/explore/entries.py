"""Entities in the order of every list, as the files for scripts tell of them: names, titles and where their pages lie."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from callboard.plugin import Entity, Graph, Kind, Relation

_TITLE, _SPOKEN = 0, 1
"""A title that is the name itself, and one that is the name's words with capitals."""


class Row(NamedTuple):
    """One entity with what all parts ask of it."""

    title: str
    ref: str
    entity: Entity
    kind: str
    relations: tuple[Relation, ...]

    def targets(self, relation: str) -> tuple[str, ...]:
        """Those of one type."""
        return tuple([one.target for one in self.relations if one.type == relation])


def rows_of(graph: Graph) -> list[Row]:
    """All entities, by title."""
    relations = graph.relations
    rows = [
        Row(entity.title, ref, entity, entity.ref.kind.lower(), relations.get(ref, ())) for ref, entity in graph.entities.items()
    ]
    return sorted(rows, key=lambda row: (row.title.casefold(), row.ref))


def identities(rows: Sequence[Row], path: Callable[[str], str]) -> dict[str, Any]:
    """What names every row: parts of its reference, its title, and its page if that lies where no other's does."""
    base, paths = _paths(rows, path)
    return {
        "names": [row.entity.ref.name for row in rows],
        "titles": [_title(row) for row in rows],
        "base": base,
        "paths": paths,
    }


def kinds_of(rows: Iterable[Row], declared: Mapping[str, Kind]) -> dict[str, Kind]:
    """The kinds that have entities, in the order in which plugins declare them; one that nobody declares has no columns."""
    present = {row.kind: row.entity.ref.kind for row in rows}
    known = {name: kind for name, kind in declared.items() if name in present}
    return known | {name: Kind(said, said) for name, said in sorted(present.items()) if name not in known}


def compact(value: Any) -> str:
    """JSON without a byte too many."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _title(row: Row) -> str | int:
    name, title = row.entity.ref.name, row.title
    if title == name:
        return _TITLE
    return _SPOKEN if title == spoken(name) else title


def spoken(name: str) -> str:
    """``payments-api`` as ``Payments Api``: most titles are that, and need not be sent."""
    return " ".join(word[:1].upper() + word[1:] for word in name.replace("_", "-").split("-"))


def _paths(rows: Sequence[Row], path: Callable[[str], str]) -> tuple[str, dict[str, str]]:
    """The catalog's own path, and the pages that lie elsewhere below or beside it, relative to it; "" for an entity without one."""
    found = [(path(row.ref), f"{row.entity.ref.namespace.lower()}/{row.kind}/{row.entity.ref.name}/") for row in rows]
    base = next((there.removesuffix(usual) for there, usual in found if there.endswith(usual)), "/")
    odd = {str(number): there for number, (there, usual) in enumerate(found) if there != base + usual}
    return base, {number: posixpath.relpath(there, base) + "/" if there else "" for number, there in odd.items()}
