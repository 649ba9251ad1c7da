"""An entity's neighbourhood in the Graph, up to two hops, capped: what relation graphs draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from callboard.model.entity import Graph
from callboard.pages.stage import Stage

FAN_OUT = (6, 3)
"""The most neighbours of one entity that are drawn in each direction, at the first and at the second hop; the rest is counted."""
NODES = 40
"""The most entities of one drawing."""


@dataclass(slots=True)
class _Walk:
    """A walk outwards from one entity: nodes in the order in which they were reached."""

    graph: Graph
    nodes: dict[str, int] = field(default_factory=dict)
    """Reference → hop."""
    edges: dict[tuple[str, str, str], None] = field(default_factory=dict)
    """(source, target, type), each relation once, in the direction in which a kind's field says it."""
    hidden: dict[str, dict[str, int]] = field(default_factory=dict)
    """Reference → how many of its neighbours are left out, by direction."""

    def step(self, ref: str, hop: int, *, forward: bool, like: str = "") -> list[tuple[str, str]]:
        """Draw the neighbours of ``ref`` in one direction, those of the relation ``like`` first; the new ones with their relation."""
        edges = list(_edges(self.graph, ref, forward=forward))
        if like:
            edges.sort(key=lambda edge: edge[2] != like)
        new: list[tuple[str, str]] = []
        for source, target, name in edges:
            other = target if source == ref else source
            if other not in self.nodes:
                if len(new) >= FAN_OUT[hop - 1] or len(self.nodes) >= NODES:
                    missed = self.hidden.setdefault(ref, {"out": 0, "in": 0})
                    missed["out" if forward else "in"] += 1
                    continue
                self.nodes[other] = hop
                new.append((other, name))
            self.edges[source, target, name] = None
        return new

    def reach(self, ref: str, hops: int) -> None:
        """Draw all, one hop after the other."""
        first = {forward: self.step(ref, 1, forward=forward) for forward in (True, False)}
        if hops > 1:
            for forward, found in first.items():
                for other, name in found:
                    self.step(other, 2, forward=forward, like=name)


def _edges(graph: Graph, ref: str, *, forward: bool) -> Iterator[tuple[str, str, str]]:
    """The relations of an entity that lead away from it (``forward``), or those that lead to it, turned round."""
    for relation in graph.relations.get(ref, ()):
        reverse = graph.reverses.get(relation.type, "")
        if forward and not reverse:
            yield ref, relation.target, relation.type
        elif not forward and reverse:
            yield relation.target, ref, reverse


def neighbourhood(ref: str, here: str, hops: int, stage: Stage) -> Mapping[str, Any]:
    """``nodes``: (ref, title, href, kind, type, hop), the entity itself first; ``edges``: (source index, target index, type, title);
    ``hidden``: index → {"out": n, "in": n}, how many neighbours are not drawn; ``left_out``: how many that are in all. The second hop goes
    on as the first began, to what something refers to or to what refers to it: the siblings of everything else would hide both.
    """
    walk = _Walk(stage.graph, {ref: 0})
    walk.reach(ref, hops)
    index = {one: number for number, one in enumerate(walk.nodes)}
    targets = [stage.links.target(one, here) for one in walk.nodes]
    return {
        "nodes": [(t.ref, t.title, t.href, t.kind, t.type, hop) for t, hop in zip(targets, walk.nodes.values(), strict=True)],
        "edges": [(index[s], index[t], name, stage.graph.titles.get(name, name)) for s, t, name in walk.edges],
        "hidden": {index[one]: count for one, count in walk.hidden.items()},
        "left_out": sum(sum(ways.values()) for ways in walk.hidden.values()),
    }
