"""What the index shows before any script runs: facets with counts, and the first rows of the first kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from callboard.plugin import Entity, EntityRef, Kind, lookup, path_words, related, words

from .faceted import FACETS, OWNED, PART, Facet, canonical, of_facet, path_of, plain, value_path

ROWS = 50
"""Rows of a page of the index, with and without a script."""


def facets(entities: Sequence[Entity], kinds: Mapping[str, Kind]) -> list[dict[str, Any]]:
    """One record a facet that has values: all of them with their counts, most frequent first."""
    titles = {str(entity.ref): entity.title for entity in entities}
    relations = related(entities, kinds, OWNED, PART)
    found = []
    for facet in FACETS:
        targets = relations.get(facet.relation, {})
        rows = (
            (of_facet(refs, facet) for refs in targets.values()) if facet.relation else (plain(e, facet.name) for e in entities)
        )
        counts, said = _counted(rows)
        values = [_value(facet, key, said[key], count, titles, kinds) for key, count in counts.items()]
        values.sort(key=lambda value: (-value["count"], value["title"].casefold(), value["value"]))
        if len(values) > (facet.name == "namespace"):
            found.append({"name": facet.name, "title": facet.title, "folder": facet.folder, "values": values})
    return found


def _counted(rows: Iterable[Iterable[str]]) -> tuple[Counter[str], dict[str, str]]:
    """How many rows have each value (compared without case), and how each is written where it comes first."""
    counts: Counter[str] = Counter()
    said: dict[str, str] = {}
    for row in rows:
        counts.update({said.setdefault(value.casefold(), value).casefold() for value in row})
    return counts, said


def _value(facet: Facet, key: str, said: str, count: int, titles: Mapping[str, str], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    title = said
    if facet.relation:
        title = titles.get(key) or EntityRef.parse(key).short(kind="system" if facet.name == "systems" else "group")
    elif facet.name == "kind":
        kind = kinds.get(key)
        title = kind.plural if kind else said
    value = key if facet.relation or facet.name == "kind" else said
    return {"value": value, "title": title, "count": count, "path": value_path(facet, said)}


def first_rows(entities: Sequence[Entity], kinds: Mapping[str, Kind]) -> list[dict[str, Any]]:
    """The kind that the index begins with (the first that has entities): its head and its first rows, as its own page has them."""
    present = {entity.ref.kind.lower() for entity in entities}
    kind = next((kind for name, kind in kinds.items() if name.lower() in present), None)
    if kind is None:
        return []
    mine = [entity for entity in entities if entity.ref.kind.lower() == kind.name.lower()]
    mine.sort(key=by_title)
    by_ref = {str(entity.ref): entity for entity in entities}
    return [
        {
            "kind": kind.name.lower(),
            "plural": kind.plural,
            "total": len(mine),
            "headings": [{"field": c.field, "title": c.title or path_words(c.field), "type": c.type} for c in kind.columns],
            "rows": [
                {"ref": str(entity.ref), "cells": [_cell(column, entity, by_ref) for column in kind.columns]}
                for entity in mine[:ROWS]
            ],
        }
    ]


def by_title(entity: Entity) -> tuple[str, str]:
    """The order of every list."""
    return entity.title.casefold(), str(entity.ref)


def _cell(column: Any, entity: Entity, by_ref: Mapping[str, Entity]) -> dict[str, Any]:
    """What one cell shows: parts with a text, a path below the catalog ("" for none), and whether they are missing."""
    if column.field in ("", "@"):
        return {"type": "entity", "parts": [_part(entity.title, path_of(entity.ref))]}
    value = lookup(entity.data, column.field)
    found = [one for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]
    if column.type == "entity":
        return {"type": "entity", "parts": [_target(column.kind, one, entity, by_ref) for one in found]}
    if column.type == "tags":
        return {"type": "tags", "parts": [_part(words(one)) for one in found]}
    return {"type": column.type, "parts": [_part(words(value))] if found else []}


def _target(kind: str, said: Any, entity: Entity, by_ref: Mapping[str, Entity]) -> dict[str, Any]:
    ref = canonical(said, kind, entity.ref.namespace)
    target = by_ref.get(ref)
    if target is not None:
        return _part(target.title, path_of(target.ref))
    return _part(EntityRef.parse(ref).short(kind=kind) if ref else words(said), missing=True)


def _part(text: str, path: str = "", *, missing: bool = False) -> dict[str, Any]:
    return {"text": text, "path": path, "missing": missing}
