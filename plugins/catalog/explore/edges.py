"""``/catalog/graph.json``: every entity and every relation once, for the graph explorer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callboard.plugin import Graph, Kind, Portal

from .entries import Row, compact, identities, kinds_of, rows_of


def graph(portal: Portal) -> str:
    """The file: rows as in the index; each relation type with the rows that it leads from (as steps) and to.

    Of a relation that is there from both sides, only the side that kinds declare is kept. Targets that do not exist are
    numbered behind the last row.
    """
    found: Graph = portal.graph
    rows = rows_of(found)
    kinds = kinds_of(rows, found.kinds)
    codes = {name: number for number, name in enumerate(kinds)}
    namespaces: dict[str, int] = {}
    edges, missing = _edges(rows, _reverses(found.kinds))
    return compact(
        {
            **identities(rows, portal.path),
            "kinds": [
                {"name": name, "title": kind.name, "plural": kind.plural, "icon": kind.icon} for name, kind in kinds.items()
            ],
            "kind": [codes[row.kind] for row in rows],
            "namespace": [namespaces.setdefault(row.entity.ref.namespace, len(namespaces)) for row in rows],
            "namespaces": list(namespaces),
            "missing": missing,
            "relations": [
                {
                    "type": forward,
                    "reverse": backward,
                    "title": found.titles.get(forward, forward),
                    "reverseTitle": found.titles.get(backward, backward),
                    "from": edges[forward][0],
                    "to": edges[forward][1],
                }
                for forward, backward in _ordered(edges, found)
            ],
        }
    )


def _reverses(kinds: Mapping[str, Kind]) -> dict[str, str]:
    """The relation back of each relation, both ways; the first kind that declares a pair says which of them leads."""
    leads: dict[str, str] = {}
    for kind in kinds.values():
        for field in kind.relations:
            if field.reverse not in leads:
                leads.setdefault(field.type, field.reverse)
    return leads


def _edges(rows: Sequence[Row], leads: Mapping[str, str]) -> tuple[dict[str, tuple[list[int], list[int]]], list[str]]:
    """By type the steps from one source to the next, and the targets; and the references that lead nowhere."""
    numbers = {row.ref: number for number, row in enumerate(rows)}
    followers = set(leads.values())
    edges: dict[str, tuple[list[int], list[int]]] = {}
    last: dict[str, int] = {}
    missing: list[str] = []
    for number, row in enumerate(rows):
        for relation in row.relations:
            kind = relation.type
            if kind in followers and relation.target in numbers and kind not in leads:
                continue  # it is here from its other side
            if relation.target not in numbers:
                numbers[relation.target] = len(rows) + len(missing)
                missing.append(relation.target)
            sources, targets = edges.setdefault(kind, ([], []))
            sources.append(number - last.get(kind, 0))
            last[kind] = number
            targets.append(numbers[relation.target])
    return edges, missing


def _ordered(edges: Mapping[str, Any], graph: Graph) -> list[tuple[str, str]]:
    """The types in the order in which pages show them, each with the one back."""
    leads = _reverses(graph.kinds)
    back = leads | {backward: forward for forward, backward in leads.items() if backward not in leads}
    order = {name: number for number, name in enumerate(graph.order)}
    return [(name, back.get(name, "")) for name in sorted(edges, key=lambda name: (order.get(name, len(order)), name))]
