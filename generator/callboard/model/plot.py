"""Lines over days as SVG, as the theme draws them: in the class ``line``, stretched to the room that they are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any, Final

WIDTH: Final = 600
HEIGHT: Final = 140
"""Units of a plot's drawing."""


def days_apart(days: Sequence[str], width: float = WIDTH) -> list[float]:
    """Where each day (ISO 8601, the oldest first; a time behind it is passed over) stands on ``width``: as far apart as they were."""
    ordinals = [date.fromisoformat(day[:10]).toordinal() for day in days]
    span = (ordinals[-1] - ordinals[0]) or 1 if ordinals else 1
    return [width * (one - ordinals[0]) / span for one in ordinals]


def polyline(places: Iterable[tuple[float, float]]) -> str:
    """``points`` of a line or an area."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def plot_svg(inside: str, said: str = "", name: str = "") -> str:
    """What was drawn on ``WIDTH`` by ``HEIGHT``, over a grid; ``said`` is read for it, else the words beside it must say it all."""
    read = f'role="img" aria-label="{escape(said)}"' if said else 'aria-hidden="true"'
    grid = f'<path class="grid" d="M0 .5H{WIDTH}M0 {HEIGHT / 2}H{WIDTH}M0 {HEIGHT - 0.5}H{WIDTH}"/>'
    of = f' class="{escape(name)}"' if name else ""
    return f'<svg{of} viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" height="{HEIGHT}" preserveAspectRatio="none" {read}>{grid}{inside}</svg>'


def line_svg(points: Sequence[Mapping[str, Any]], low: float, high: float, said: str = "") -> str:
    """A line through points of history (``at`` and ``value``, the oldest first) between ``low`` and ``high``; "" for fewer than two."""
    if len(points) < 2:
        return ""
    room = (high - low) or 1
    heights = [HEIGHT * (1 - (float(point["value"]) - low) / room) for point in points]
    places = zip(days_apart([point["at"] for point in points]), heights, strict=True)
    return plot_svg(f'<polyline points="{polyline(places)}"/>', said)
