"""A placed graph → SVG. Colours and sizes of text are classes, which catalog.css knows; nothing here is styled inline."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from .graph import Graph, Node, graph_of
from .layout import HEIGHT, Layout, Place, place
from .words import fitted, relation_words

_MARGIN = 4


def relations_svg(graph: Mapping[str, Any], more: str = "", icon: Callable[[str], str] | None = None) -> str:
    """The entities around one, in layers: what refers to it on its left, what it refers to on its right; "" for an entity without any.

    ``graph`` has ``nodes`` (ref, title, href, kind, type, hop; the entity first), ``edges`` (source, target, relation type; indexes of
    nodes, each relation once, forwards) and ``hidden`` (index → {"out": n, "in": n}). ``more`` is where a "+n" leads; ``icon`` gives the
    icon of a kind as SVG text, "" for none.
    """
    return drawn(graph_of(graph), more=more, icon=icon)


def drawn(graph: Graph, *, more: str = "", icon: Callable[[str], str] | None = None) -> str:
    """The picture of a Graph."""
    if len(graph.nodes) < 2:
        return ""
    layout = place(graph)
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    symbols = _symbols(graph, icon) if icon else {}
    parts = [
        f'<svg class="catalog-picture" role="group" aria-label="{escape(_label(graph))}" '
        f'width="{width}" height="{height}" viewBox="{-_MARGIN} {-_MARGIN} {width} {height}">',
        '<defs><marker id="relation-end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M1 1 7 4 1 7Z"/></marker>{"".join(symbols.values())}</defs>',
        *_edges(graph, layout),
        '<g class="relation">',
        *(f'<text x="{x}" y="{y}">{escape(_joined(types))}</text>' for x, y, types in layout.headings),
        "</g>",
    ]
    for node, at in zip(graph.nodes, layout.nodes, strict=True):
        parts.append(_node(node, at, layout.node_width, node.kind.lower() in symbols))
    parts += _more(layout, more)
    parts.append("</svg>")
    return "".join(parts)


def _symbols(graph: Graph, icon: Callable[[str], str]) -> dict[str, str]:
    """The icons of all kinds that are drawn, by kind."""
    kinds = sorted({node.kind.lower() for node in graph.nodes if node.kind})
    found = {kind: _symbol(kind, str(icon(kind))) for kind in kinds}
    return {kind: symbol for kind, symbol in found.items() if symbol}


def _label(graph: Graph) -> str:
    return f"{graph.nodes[0].title} and what it is related to: {len(graph.nodes) - 1} entities"


def _joined(types: tuple[str, ...]) -> str:
    return ", ".join(relation_words(kind) for kind in types)


def _edges(graph: Graph, layout: Layout) -> Iterator[str]:
    """One line for all relations between two nodes in one direction; those that no heading names are named by their title."""
    merged: dict[tuple[int, int], list[str]] = {}
    for source, target, kind in graph.edges:
        merged.setdefault((source, target), []).append(kind)
    named, crossing = [], []
    for (source, target), kinds in merged.items():
        path = _path(layout.nodes[source], layout.nodes[target], layout.node_width)
        if _is_named(layout, source, target, kinds):
            named.append(f'<path d="{path}"/>')
        else:
            said = f"{graph.nodes[source].title}: {_joined(tuple(kinds))} {graph.nodes[target].title}"
            crossing.append(f'<path d="{path}"><title>{escape(said)}</title></path>')
    for kind, paths in (("edges", named), ("edges cross", crossing)):
        if paths:
            yield f'<g class="{kind}" marker-end="url(#relation-end)">{"".join(paths)}</g>'


def _is_named(layout: Layout, source: int, target: int, kinds: list[str]) -> bool:
    """Whether the heading above the outer of two neighbours says all that joins them."""
    columns = layout.nodes[source].column, layout.nodes[target].column
    outer = source if abs(columns[0]) > abs(columns[1]) else target
    return columns[1] - columns[0] == 1 and set(kinds) <= set(layout.types[outer])


def _path(source: Place, target: Place, width: int) -> str:
    y1, y2 = source.y + HEIGHT // 2, target.y + HEIGHT // 2
    if source.column < target.column:
        x1, x2 = source.x + width, target.x
        bend = min(36, (x2 - x1) // 2)
        return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    if source.column > target.column:
        x1, x2 = source.x, target.x + width
        return f"M{x1} {y1}C{x1 - 36} {y1} {x2 + 36} {y2} {x2} {y2}"
    x1 = source.x + width
    return f"M{x1} {y1}C{x1 + 40} {y1} {x1 + 40} {y2} {x1} {y2}"


def _node(node: Node, at: Place, width: int, has_icon: bool) -> str:
    inside = _box(node.title, node.kind, node.type, width, has_icon)
    where = f'transform="translate({at.x} {at.y})"'
    if node.hop == 0:
        return f'<g class="node own" {where}>{inside}</g>'
    if not node.href:
        return f'<g class="node gone" {where}>{inside}</g>'
    return f'<a class="node" {where} href="{escape(node.href)}">{inside}</a>'


@functools.lru_cache(maxsize=20_000)
def _box(name: str, kind: str, type_: str, width: int, has_icon: bool) -> str:
    """A node at 0, 0: the same entity is drawn in the pictures of all that it is related to."""
    room = width - 42
    title = fitted(name, room, 13)
    below = fitted(" · ".join(part for part in (kind, type_) if part) if kind else "missing", room, 11)
    whole = f"<title>{escape(name)}</title>" if title != name else ""
    if has_icon:
        glyph = f'<use href="#kind-{escape(kind.lower())}" x="10" y="12" width="16" height="16"/>'
    else:
        glyph = f'<text class="glyph" x="18" y="25">{escape((kind or "?")[:1].upper())}</text>'
    return (
        f'{whole}<rect width="{width}" height="{HEIGHT}" rx="6"/>{glyph}'
        f'<text x="34" y="17">{escape(title)}</text><text x="34" y="32">{escape(below)}</text>'
    )


def _more(layout: Layout, href: str) -> Iterator[str]:
    for x, y, count in layout.more:
        text = f'<text class="more" x="{x + 34}" y="{y + 15}">+{count} more</text>'
        yield f'<a href="{escape(href)}">{text}</a>' if href else text


@functools.lru_cache(maxsize=64)
def _symbol(kind: str, svg: str) -> str:
    """The inside of an icon, to be drawn many times."""
    inside = svg.partition(">")[2].rpartition("</svg>")[0]
    return f'<symbol id="kind-{escape(kind)}" viewBox="0 0 24 24" fill="none">{inside}</symbol>' if inside else ""
