"""Relations of chosen types among entities, for who needs a few of them before there is a Graph: providers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from callboard.model.entity import Entity, EntityRef, Kind, RelationField
from callboard.model.lookup import lookup

Targets = Mapping[str, tuple[str, ...]]
"""Canonical references, sorted, by the canonical reference of their source."""


def related(entities: Iterable[Entity], kinds: Mapping[str, Kind], *types: str) -> Mapping[str, Targets]:
    """``related(entities, kinds, "hasMember")["hasMember"]["group:default/team"]``: who is related to whom.

    ``kinds`` (by lower-cased name) say which fields make which relations, from both sides; relations that a running catalog answered
    with count too. What is no reference is passed over: the Graph reports it. Targets need not exist.
    """
    found: dict[str, dict[str, set[str]]] = {name: {} for name in types}
    fields = {name: _wanted(kind, found) for name, kind in kinds.items()}
    parsed: dict[tuple[str, str | None, str], str] = {}
    for entity in entities:
        mine = fields.get(entity.ref.kind.lower())
        if not mine and "relations" not in entity.data:
            continue
        source = str(entity.ref)
        for spec in mine or ():
            for target in _targets(entity, spec, parsed):
                if spec.type in found:
                    found[spec.type].setdefault(source, set()).add(target)
                if spec.reverse in found:
                    found[spec.reverse].setdefault(target, set()).add(source)
        for name, target in _answered(entity):
            if name in found:
                found[name].setdefault(source, set()).add(target)
    return {name: {ref: tuple(sorted(edges[ref])) for ref in sorted(edges)} for name, edges in found.items()}


def _wanted(kind: Kind, types: Mapping[str, Any]) -> tuple[RelationField, ...]:
    return tuple(field for field in kind.relations if field.type in types or field.reverse in types)


def _targets(entity: Entity, spec: RelationField, parsed: dict[tuple[str, str | None, str], str]) -> Iterator[str]:
    value = lookup(entity.data, spec.field)
    for text in value if isinstance(value, (list, tuple)) else (value,):
        if not isinstance(text, str):
            continue
        key = (text, spec.kind, entity.ref.namespace)
        if key not in parsed:
            try:
                parsed[key] = str(EntityRef.parse(text, kind=spec.kind, namespace=entity.ref.namespace))
            except ValueError:
                parsed[key] = ""
        if parsed[key]:
            yield parsed[key]


def _answered(entity: Entity) -> Iterator[tuple[str, str]]:
    value = entity.data.get("relations")
    for item in value if isinstance(value, list) else ():
        name, target = (item.get("type"), item.get("targetRef")) if isinstance(item, Mapping) else (None, None)
        if isinstance(name, str) and isinstance(target, str):
            yield name, target.lower()
