"""Charts of scorecards as SVG: how entities stand at the levels, and how that went. Colours are classes of scorecards.css."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from callboard.plugin import days_apart, line_svg, plot_svg, polyline

_HIGH: Final = 140
"""Units of a plot from its foot to its top."""


def stacked_svg(levels: Sequence[Mapping[str, Any]]) -> str:
    """One bar, divided as entities are among the levels, the highest first; "" for none. ``levels`` have title, rank and count."""
    total = sum(level["count"] for level in levels)
    if not total:
        return ""
    words = ", ".join(f"{level['title']} {level['count']}" for level in reversed(levels) if level["count"])
    parts, left = [], 0.0
    for level in reversed(levels):
        width = 100 * level["count"] / total
        if width:
            shade = tone(level["rank"], len(levels) - 1)
            title = f"<title>{escape(level['title'])}: {level['count']}</title>"
            parts.append(f'<rect class="{shade}" x="{left:.2f}%" width="{width:.2f}%" height="14">{title}</rect>')
        left += width
    return f'<svg class="scorecards-bar" role="img" aria-label="{escape(words)}" width="100%" height="14">{"".join(parts)}</svg>'


def tone(rank: int, height: int) -> str:
    """The class of a level's colour: one hue, stronger with each level; ``scorecards-t0`` is no level."""
    return f"scorecards-t{0 if rank <= 0 else max(1, round(5 * rank / max(1, height)))}"


def trend_svg(series: Sequence[Mapping[str, Any]], levels: Sequence[Mapping[str, Any]], board: str) -> str:
    """Counts of levels as areas upon each other, the highest level below; "" for fewer than two days, and while all stood still.

    ``series`` are those of history, with the key ``<scorecard>/<level>``.
    """
    lines = {level["rank"]: _line(series, f"{board}/{level['id']}") for level in levels}
    days = sorted({day for line in lines.values() for day in line})
    if not any(len(set(line.values())) > 1 for line in lines.values()):
        return ""
    xs = days_apart(days)
    base = [0.0] * len(days)
    totals = [sum(_at(line, day) for line in lines.values()) for day in days]
    most = max(totals) or 1
    parts = []
    for level in reversed(levels):
        top = [below + _at(lines[level["rank"]], day) for below, day in zip(base, days, strict=True)]
        shade = tone(level["rank"], len(levels) - 1)
        above, under = ([(x, _HIGH * (1 - value / most)) for x, value in zip(xs, values, strict=True)] for values in (top, base))
        parts.append(f'<polygon class="{shade}" points="{polyline([*above, *reversed(under)])}"/>')
        base = top
    return plot_svg("".join(parts), name="scorecards-trend")


def share_svg(series: Sequence[Mapping[str, Any]], key: str) -> str:
    """One value in per cent over its days; "" for fewer than two."""
    return next((line_svg(one["points"], 0, 100) for one in series if one["key"] == key), "")


def _line(series: Sequence[Mapping[str, Any]], key: str) -> dict[str, float]:
    """The values of one series by day."""
    return {point["at"][:10]: float(point["value"]) for one in series if one["key"] == key for point in one["points"]}


def _at(line: Mapping[str, float], day: str) -> float:
    """The value of a day: the last that was noted until then."""
    before = [noted for noted in line if noted <= day]
    return line[max(before)] if before else 0.0
