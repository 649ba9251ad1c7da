"""Small lists about the catalog as a whole: its kinds, counted, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from callboard.plugin import Entity, Kind, Problem

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
