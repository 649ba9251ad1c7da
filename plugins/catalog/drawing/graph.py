"""What a picture is made of: the nodes around one entity, as the core gives them to templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Node(NamedTuple):
    """One entity. ``href`` is "" for what has no page; ``kind`` is "" for what does not exist."""

    ref: str
    title: str
    href: str
    kind: str
    type: str
    hop: int


class Edge(NamedTuple):
    """A relation in its forward direction, between two nodes by their index."""

    source: int
    target: int
    type: str


class Graph(NamedTuple):
    """The entity itself first, then those near it; ``hidden`` counts what was left out, by node and way ("out" or "in")."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    hidden: Mapping[int, Mapping[str, int]]


def graph_of(value: Mapping[str, Any]) -> Graph:
    """Plain data as a Graph; a count without a way is one of neighbours that are referred to."""
    hidden = {int(i): dict(n) if isinstance(n, Mapping) else {"out": n} for i, n in (value.get("hidden") or {}).items()}
    return Graph([Node(*node) for node in value["nodes"]], [Edge(*edge[:3]) for edge in value["edges"]], hidden)
