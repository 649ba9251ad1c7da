"""Hierarchies that lead back to where they began: a group that is its own grandparent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from callboard.plugin import Entity, EntityRef, Kind, Problem, RelationField, Severity, lookup

_LEVELS = 20
_Edges = dict[str, dict[str, tuple[str, str]]]
"""For each entity those above it, each with the entity that says so and the field."""


def hierarchies(kinds: Mapping[str, Kind]) -> frozenset[str]:
    """The relation types that make trees: those of a field that holds one reference, to an entity of the same kind.

    ``childOf`` (the parent of a Group) and ``partOf`` (the domain above a Domain) are, ``dependsOn`` is not.
    """
    return frozenset(
        one.type
        for kind in kinds.values()
        for one in kind.relations
        if one.kind == kind.name
        and lookup(kind.schema, "properties." + one.field.replace(".", ".properties.") + ".type") == "string"
    )


def found(entities: Iterable[Entity], kinds: Mapping[str, Kind]) -> Iterator[Problem]:
    """A warning for each circle, at the first relation (by reference) of it, naming all that belong to it."""
    known = {str(entity.ref): entity for entity in entities}
    for type_ in sorted(hierarchies(kinds)):
        edges = _pruned(_edges(known, kinds, type_))
        for circle in _circles(edges):
            what = f"{circle[0]} is above itself: {' → '.join((*circle, circle[0]))}."
            mend = f"Remove one of these {type_} relations."
            writer, path = edges[circle[0]][circle[1 % len(circle)]]
            yield Problem("catalog/circle", what, known[writer].place, path, mend, Severity.WARNING)


def _edges(known: Mapping[str, Entity], kinds: Mapping[str, Kind], type_: str) -> _Edges:
    fields = {
        kind.name: found
        for kind in kinds.values()
        if (found := [one for one in kind.relations if type_ in (one.type, one.reverse)])
    }
    edges: _Edges = {}
    for ref, entity in known.items():
        for field in fields.get(entity.ref.kind, ()):
            for target in _targets(entity, field):
                if target in known:
                    below, above = (ref, target) if field.type == type_ else (target, ref)
                    edges.setdefault(below, {}).setdefault(above, (ref, field.field))
    return edges


def _pruned(edges: _Edges) -> _Edges:
    """Without most that cannot be part of a circle, since nothing is above it: what is left of a sound catalog is nothing."""
    for _ in range(_LEVELS):
        left = {below: kept for below, above in edges.items() if (kept := {ref: by for ref, by in above.items() if ref in edges})}
        if len(left) == len(edges):
            break
        edges = left
    return edges


def _targets(entity: Entity, field: RelationField) -> Iterator[str]:
    value: Any = lookup(entity.data, field.field)
    for text in value if isinstance(value, list) else () if value is None else (value,):
        try:
            yield str(EntityRef.parse(text, kind=field.kind, namespace=entity.ref.namespace))
        except (ValueError, AttributeError):
            continue  # the graph reports it, at its line


def _circles(edges: _Edges) -> Iterator[list[str]]:
    """Circles, each begun at its smallest member; every entity belongs to one at most."""
    done: set[str] = set()
    for start in sorted(edges):
        path: dict[str, None] = {}
        ways = [iter((start,))]
        while ways:
            at = next(ways[-1], None)
            if at is None:
                ways.pop()
                if path:
                    done.add(path.popitem()[0])
            elif at in path:
                walked = list(path)
                circle = walked[walked.index(at) :]
                least = circle.index(min(circle))
                if not done.intersection(circle):
                    yield circle[least:] + circle[:least]
                done.update(circle)
            elif at not in done:
                path[at] = None
                ways.append(iter(sorted(edges.get(at, ()))))
