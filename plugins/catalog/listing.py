"""What the index shows: entities counted by kind, type and owner. Small lists, however large the catalog is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from callboard.plugin import Entity, EntityRef, Kind, Problem, lookup

from .reading.descriptors import LeftOut

_TYPES = 6
_OWNERS = 12


def kinds(entities: Iterable[Entity], known: Mapping[str, Kind]) -> list[dict[str, Any]]:
    """One record a kind that has entities, in the order in which plugins declare them."""
    counts: dict[str, Counter[str]] = {}
    for entity in entities:
        found = entity.spec.get("type")
        counts.setdefault(entity.ref.kind, Counter())[found if isinstance(found, str) else ""] += 1
    return [
        {
            "name": kind.name,
            "plural": kind.plural,
            "icon": kind.icon,
            "path": f"kind/{kind.name.lower()}/",
            "count": counts[kind.name].total(),
            "types": [{"name": name, "count": count} for name, count in _most(counts[kind.name], _TYPES)],
        }
        for kind in known.values()
        if kind.name in counts
    ]


def owners(entities: Iterable[Entity], known: Mapping[str, Kind]) -> list[dict[str, Any]]:
    """Who owns most, and how many each."""
    fields = {
        kind.name: [(relation.field, relation.kind) for relation in kind.relations if relation.type == "ownedBy"]
        for kind in known.values()
    }
    counts: Counter[str] = Counter()
    titles: dict[str, Entity] = {}
    for entity in entities:
        titles.setdefault(str(entity.ref), entity)
        for path, kind in fields.get(entity.ref.kind, ()):
            value = lookup(entity.data, path)
            try:
                counts[str(EntityRef.parse(value, kind=kind, namespace=entity.ref.namespace))] += isinstance(value, str)
            except (ValueError, AttributeError):
                continue  # the graph reports it, at its line
    return [_owner(ref, count, titles[ref]) for ref, count in _most(counts, _OWNERS, titles)]


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


def _owner(ref: str, count: int, entity: Entity) -> dict[str, Any]:
    path = f"{entity.ref.namespace}/{entity.ref.kind}".lower() + f"/{entity.ref.name}/"
    return {"ref": ref, "title": entity.title, "path": path, "count": count}


def _most(counts: Mapping[str, int], limit: int, among: Iterable[str] | None = None) -> list[tuple[str, int]]:
    """The largest counts, named ones only; equal ones by name."""
    allowed = None if among is None else set(among)
    named = [(name, count) for name, count in counts.items() if name and (allowed is None or name in allowed)]
    return sorted(named, key=lambda pair: (-pair[1], pair[0]))[:limit]
