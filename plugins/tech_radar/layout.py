"""Where blips stand: each segment (quadrant and ring) has fixed slots, and each blip takes the free slot that its id prefers."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

CENTRE = 500.0
RADIUS = 488.0
SPACING = 42.0
"""Between the centres of two neighbours: a triangle's corner (21 units out) just reaches the next one's."""
MARGIN = 25.0
"""From a slot to the rings around its segment, so that shapes stay inside."""
AXIS_MARGIN = 30.0
"""From a slot to the lines between quadrants: ring names stand there."""
_SPREAD = 24
"""How many slots a blip looks at for one without neighbours before it takes any free one."""
_WIDENING = 0.66
"""Rings grow like ``part ** 0.66``: a wide inner ring, since most radars hold most blips there."""


class Spot(NamedTuple):
    """A blip's centre in units of the drawing, and its size: 1, or less in a segment that is fuller than its slots."""

    x: float
    y: float
    size: float


class Blip(NamedTuple):
    """What the layout must know of an entry: quadrants are counted clockwise from the lower right, rings from the inside."""

    id: str
    quadrant: int
    ring: int


def radii(rings: int) -> tuple[float, ...]:
    """The outer radius of each ring, inner first."""
    return tuple(round(RADIUS * (part / rings) ** _WIDENING, 1) for part in range(1, rings + 1))


def spots(blips: Iterable[Blip], *, quadrants: int, rings: int) -> dict[str, Spot]:
    """A spot for each id. No two overlap. Earlier blips choose first: one that is added at the end moves none of the others."""
    segments: dict[tuple[int, int], list[str]] = {}
    for blip in blips:
        segments.setdefault((blip.quadrant, blip.ring), []).append(blip.id)
    bounds = (0.0, *radii(rings))
    placed: dict[str, Spot] = {}
    for (quadrant, ring), ids in segments.items():
        start, end = (2 * math.pi * (quadrant + step) / quadrants for step in (0, 1))
        placed |= _segment(ids, inner=bounds[ring], outer=bounds[ring + 1], start=start, end=end)
    return placed


def _segment(ids: Sequence[str], *, inner: float, outer: float, start: float, end: float) -> dict[str, Spot]:
    size = 1.0
    while len(slots := _slots(inner, outer, end - start, size)) < len(ids):
        size *= 0.9
    taken: set[int] = set()
    placed = {}
    for name in ids:
        index = _choice(name, taken, len(slots))
        taken.add(index)
        radius, angle = slots[index]
        x, y = CENTRE + radius * math.cos(start + angle), CENTRE + radius * math.sin(start + angle)
        placed[name] = Spot(round(x, 1), round(y, 1), round(size, 3))
    return placed


def _slots(inner: float, outer: float, width: float, size: float) -> list[tuple[float, float]]:
    """Radius and angle of each slot of a segment that is ``width`` radians wide: staggered rows of arcs."""
    spacing, margin, axis = SPACING * size, MARGIN * size, AXIS_MARGIN * size
    tip = axis / math.sin(min(width, math.pi) / 2)
    lowest, highest = max(inner + margin, tip), outer - margin
    if highest < lowest:
        lowest = highest = (inner + outer) / 2
    rows = int((highest - lowest) // spacing)
    gap = (highest - lowest) / rows if rows else 0.0
    return [slot for row in range(rows + 1) for slot in _row(highest - row * gap, width, spacing, axis, staggered=row % 2 == 1)]


def _row(radius: float, width: float, spacing: float, axis: float, *, staggered: bool) -> list[tuple[float, float]]:
    edge = math.asin(min(1.0, axis / radius))
    room = width - 2 * edge
    if room < -1e-9:
        return []
    if spacing >= 2 * radius:
        return [(radius, width / 2)]
    count = int(room // (2 * math.asin(spacing / (2 * radius))))
    if not count:
        return [(radius, width / 2)]
    shift = 0.5 if staggered else 0.0
    return [(radius, edge + room * (step + shift) / count) for step in range(count if staggered else count + 1)]


def _choice(name: str, taken: set[int], count: int) -> int:
    """The slot for ``name``: it walks over all of them from a start and with a step of its own (double hashing)."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    start, step = number % count, 1 + (number // count) % max(count - 1, 1)
    while math.gcd(step, count) != 1:
        step += 1
    order = ((start + turn * step) % count for turn in range(count))
    first = -1
    for turn, index in enumerate(order):
        if index in taken:
            continue
        if turn >= _SPREAD:
            return first if first >= 0 else index
        if index - 1 not in taken and index + 1 not in taken:
            return index
        first = index if first < 0 else first
    return first
