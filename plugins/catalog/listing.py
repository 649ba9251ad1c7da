"""Small lists about the catalog as a whole: its kinds, counted, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from callboard.plugin import Entity, EntityRef, Kind, Problem, lookup

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
    """How many entities name no owner though their kind has one, and how many references lead to what is not among them.

    What is no reference at all is counted by nobody here: the graph reports it.
    """
    refs = {str(entity.ref) for entity in entities}
    there: dict[tuple[str, str | None, str], bool] = {}
    unowned = dangling = 0
    for entity in entities:
        kind = known.get(entity.ref.kind.lower())
        for field in kind.relations if kind else ():
            value = lookup(entity.data, field.field)
            unowned += field.type == "ownedBy" and not value
            for text in value if isinstance(value, list) else (value,):
                if not isinstance(text, str):
                    continue
                key = (text, field.kind, entity.ref.namespace)
                if key not in there:
                    there[key] = _leads(key, refs)
                dangling += not there[key]
    return {"unowned": unowned, "dangling": dangling}


def _leads(key: tuple[str, str | None, str], refs: Collection[str]) -> bool:
    text, kind, namespace = key
    try:
        return str(EntityRef.parse(text, kind=kind, namespace=namespace)) in refs
    except ValueError:
        return True


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
