"""One step around an entity, from the relations that its page has anyway."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .graph import Edge, Graph, Node
from .picture import drawn

_MOST = 6
"""Entities on each side; the rest is counted."""


def nearby_svg(
    relations: Sequence[Mapping[str, Any]],
    entity: Mapping[str, Any],
    title: str,
    more: str = "",
    icon: Callable[[str], str] | None = None,
) -> str:
    """The entity and its direct neighbours; "" for an entity without relations.

    Each of ``relations`` has ``type``, ``total``, ``targets`` (title, href, ref, kind, type, …) and ``reverse``: the type that it is the
    other side of, "" for one that leads away from the entity.
    """
    kind_of = (entity.get("spec") or {}).get("type")
    nodes = [Node("", title, "", str(entity["kind"]), kind_of if isinstance(kind_of, str) else "", 0)]
    edges: list[Edge] = []
    hidden = {"out": 0, "in": 0}
    for way in ("out", "in"):
        mine = [relation for relation in relations if bool(relation.get("reverse")) is (way == "in")]
        hidden[way] = _side(mine, way == "in", nodes, edges)
    return drawn(Graph(nodes, edges, {0: hidden} if any(hidden.values()) else {}), more=more, icon=icon)


def _side(relations: Sequence[Mapping[str, Any]], inward: bool, nodes: list[Node], edges: list[Edge]) -> int:
    """Adds the neighbours of one side, each relation getting a fair share of the room; how many were left out."""
    shares = _shares([min(relation["total"], len(relation["targets"])) for relation in relations])
    index = {node.ref: number for number, node in enumerate(nodes) if number}
    left_out = 0
    for relation, share in zip(relations, shares, strict=True):
        for target in relation["targets"][:share]:
            name, href, ref, kind, type_ = target[:5]
            number = index.setdefault(ref, len(nodes))
            if number == len(nodes):
                nodes.append(Node(ref, name, href, kind, type_, 1))
            said = str(relation.get("reverse") or relation["type"])
            edges.append(Edge(number, 0, said) if inward else Edge(0, number, said))
        left_out += relation["total"] - share
    return left_out


def _shares(counts: Sequence[int]) -> list[int]:
    """How many of each are shown: one of each in turn until there is no more room."""
    shares = [0] * len(counts)
    room = max(_MOST, len(counts))
    while room and any(share < count for share, count in zip(shares, counts, strict=True)):
        for place, count in enumerate(counts):
            if room and shares[place] < count:
                shares[place] += 1
                room -= 1
    return shares
