"""Where everything stands: columns by distance from the entity, what refers to it on the left, what it refers to on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .graph import Graph

HEIGHT = 40
"""Of a node."""
_GAP = 8
_HEADING = 20
_BETWEEN = 10
"""Between two groups."""
_MORE = 24


class Place(NamedTuple):
    """The left upper corner of a node."""

    column: int
    x: int
    y: int


class Heading(NamedTuple):
    """The words for the edges of one group."""

    x: int
    y: int
    types: tuple[str, ...]


class More(NamedTuple):
    """What a node has beyond those that are drawn."""

    x: int
    y: int
    left_out: int


@dataclass
class Layout:
    """All places, shifted so that nothing is left of or above 0."""

    nodes: list[Place]
    headings: list[Heading]
    more: list[More]
    types: list[tuple[str, ...]]
    """For each node the relations that the heading above it names."""
    width: int
    height: int
    node_width: int


@dataclass
class _Group:
    """Nodes of one column that the same relations join to the same node."""

    parent: int
    types: tuple[str, ...]
    nodes: list[int] = field(default_factory=list)
    more: int = 0

    @property
    def height(self) -> int:
        return (_HEADING if self.types else 0) + len(self.nodes) * (HEIGHT + _GAP) + (_MORE if self.more else 0) - _GAP


class _Family(NamedTuple):
    """Who hangs on whom: for each node its column, its parent, and the relations that join them."""

    columns: list[int]
    parents: list[int]
    types: list[tuple[str, ...]]


def place(graph: Graph) -> Layout:
    """The same graph gives the same places."""
    family = _family(graph)
    groups = _groups(graph, family)
    count = len({0, *groups})
    width, gap = (208, 72) if count <= 3 else (174, 62)
    left = min((0, *groups))
    corners: list[tuple[int, int]] = [(0, 0)] * len(graph.nodes)
    corners[0] = (-left * (width + gap), -HEIGHT // 2)
    headings: list[Heading] = []
    more: list[More] = []
    for column in sorted(groups, key=lambda one: (abs(one), one)):
        x = (column - left) * (width + gap)
        for group, top in zip(groups[column], _tops(groups[column], corners), strict=True):
            _stand(group, x, top, corners, headings, more)
    return _shifted(family, corners, headings, more, width)


def _family(graph: Graph) -> _Family:
    """By distance, the nearer end of its first edge is a node's parent."""
    joined: list[dict[int, tuple[bool, list[str]]]] = [{} for _ in graph.nodes]
    for source, target, kind in graph.edges:
        joined[target].setdefault(source, (True, []))[1].append(kind)
        joined[source].setdefault(target, (False, []))[1].append(kind)
    columns, parents, types = [0] * len(graph.nodes), [0] * len(graph.nodes), [()] * len(graph.nodes)
    found = _Family(columns, parents, list(types))
    for index, node in enumerate(graph.nodes):
        if index == 0:
            continue
        near = [one for one in joined[index] if graph.nodes[one].hop < node.hop]
        parent = near[0] if near else 0
        outward, kinds = joined[index].get(parent, (True, []))
        side = columns[parent] or (1 if outward else -1)
        columns[index] = (1 if side > 0 else -1) * max(node.hop, 1)
        parents[index] = parent
        found.types[index] = tuple(dict.fromkeys(kinds))
    return found


def _groups(graph: Graph, family: _Family) -> dict[int, list[_Group]]:
    """The groups of each column but the entity's own, in the order of their parents."""
    columns: dict[int, dict[tuple[int, tuple[str, ...]], _Group]] = {}
    for index in range(1, len(graph.nodes)):
        key = (family.parents[index], family.types[index])
        column = columns.setdefault(family.columns[index], {})
        column.setdefault(key, _Group(*key)).nodes.append(index)
    for index, ways in graph.hidden.items():
        for way, count in sorted(ways.items()):
            if count:
                _note_more(columns, family, index, 1 if way == "out" else -1, count)
    return {column: sorted(found.values(), key=lambda g: g.parent) for column, found in columns.items()}


def _note_more(
    columns: dict[int, dict[tuple[int, tuple[str, ...]], _Group]], family: _Family, index: int, side: int, count: int
) -> None:
    """Below the last group of the node; what leads back towards the entity is counted on the same side."""
    own = family.columns[index]
    column = own + ((1 if own > 0 else -1) if own else side)
    found = columns.setdefault(column, {})
    mine = [group for group in found.values() if group.parent == index]
    group = mine[-1] if mine else found.setdefault((index, ()), _Group(index, ()))
    group.more += count


def _tops(groups: Sequence[_Group], corners: Sequence[tuple[int, int]]) -> list[int]:
    """Each group beside its parent, as near as the others allow."""
    wanted = _wanted(groups, corners)
    tops: list[int] = []
    free = -(10**9)
    for group, want in zip(groups, wanted, strict=True):
        top = max(free, want)
        tops.append(top)
        free = top + group.height + _BETWEEN
    # Groups only give way downwards, so the column as a whole moves up by the mean of it.
    back = sum(top - want for top, want in zip(tops, wanted, strict=True)) // len(tops)
    return [top - back for top in tops]


def _wanted(groups: Sequence[_Group], corners: Sequence[tuple[int, int]]) -> list[int]:
    """Where the groups would stand if there were no others: those of one parent together in its middle."""
    totals: dict[int, int] = {}
    for group in groups:
        totals[group.parent] = totals.get(group.parent, -_BETWEEN) + group.height + _BETWEEN
    wanted = []
    begun: dict[int, int] = {}
    for group in groups:
        start = begun.setdefault(group.parent, corners[group.parent][1] + HEIGHT // 2 - totals[group.parent] // 2)
        wanted.append(start)
        begun[group.parent] = start + group.height + _BETWEEN
    return wanted


def _stand(group: _Group, x: int, top: int, corners: list[tuple[int, int]], headings: list[Heading], more: list[More]) -> None:
    if group.types:
        headings.append(Heading(x, top + 13, group.types))
        top += _HEADING
    for index in group.nodes:
        corners[index] = (x, top)
        top += HEIGHT + _GAP
    if group.more:
        more.append(More(x, top, group.more))


def _shifted(family: _Family, corners: list[tuple[int, int]], headings: list[Heading], more: list[More], width: int) -> Layout:
    high = min([0, *(y for _, y in corners), *(h.y - 13 for h in headings), *(m.y for m in more)])
    low = max([*(y + HEIGHT for _, y in corners), *(m.y + _MORE for m in more)])
    right = max([*(x for x, _ in corners), *(m.x for m in more)]) + width
    return Layout(
        [Place(column, x, y - high) for column, (x, y) in zip(family.columns, corners, strict=True)],
        [h._replace(y=h.y - high) for h in headings],
        [m._replace(y=m.y - high) for m in more],
        family.types,
        right,
        low - high,
        width,
    )
