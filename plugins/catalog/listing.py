"""Small lists about the catalog as a whole: its kinds, counted, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from callboard.plugin import Entity, Kind, Problem, lookup, related

from .reading.descriptors import LeftOut


def kinds(entities: Iterable[Entity], known: Mapping[str, Kind]) -> list[dict[str, Any]]:
    """One record a kind that has entities, in the order in which plugins declare them."""
    counts = Counter(entity.ref.kind for entity in entities)
    return [
        {
            "name": kind.name,
            "plural": kind.plural,
            "icon": kind.icon,
            "path": f"kind/{kind.name.lower()}/",
            "count": counts[kind.name],
        }
        for kind in known.values()
        if kind.name in counts
    ]


def health(entities: Sequence[Entity], known: Mapping[str, Kind]) -> dict[str, int]:
    """How many entities name no owner though their kind has one, and how many relations lead to what is not among them."""
    owned = {kind.name: one.field for kind in known.values() for one in kind.relations if one.type == "ownedBy"}
    types = {one.type for kind in known.values() for one in kind.relations}
    refs = {str(entity.ref) for entity in entities}
    edges = related(entities, known, *sorted(types))
    return {
        "unowned": sum(not lookup(entity.data, owned[entity.ref.kind]) for entity in entities if entity.ref.kind in owned),
        "dangling": sum(
            target not in refs for targets in edges.values() for ref, all_ in targets.items() if ref in refs for target in all_
        ),
    }


_LEFT_OUT = frozenset(("bad-entity", "bad-yaml", "duplicate-entity", "unknown-kind"))
"""Codes of problems that stand for something that is not shown."""


def left_out(found: Iterable[LeftOut], amiss: Iterable[Problem]) -> list[dict[str, Any]]:
    """One record for each reason why something is not among the entities: what descriptors said, then what ``amiss`` tells of the rest."""
    others = (
        LeftOut(one.place.file, one.place.line, _named(one.what), one.path, one.what, one.code)
        for one in amiss
        if one.code in _LEFT_OUT
    )
    return [one._asdict() for one in (*found, *others)]


def _named(what: str) -> str:
    """The reference that a sentence about one entity begins with; "" for one about many."""
    first = what.partition(" ")[0]
    return first if ":" in first else ""
