"""Scores as SVG: sparklines, the trend of one site, and a metric between its thresholds. Colours are classes that lighthouse.css knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

_HIGH: Final = 100
"""Units between the most and the least of a sparkline."""
LANE: Final = 76
"""Height of one category of the trend, in pixels; the labels beside it are as high."""
_SPACE: Final = 1000
_EDGE: Final = 6
"""What stays free beside the first and the last mark, so that their dots are whole."""
_ABOVE: Final = 18
_BELOW: Final = 8
"""What a lane keeps free: on narrow screens its name stands above."""


def sparkline(values: Sequence[float | None], limit: float | None = None, top: float | None = None) -> str:
    """The values, oldest first, between their least and their most (at most ``top``), with a budget as a dashed line if it is near;
    "" for fewer than two. It may be drawn in any width.
    """
    found = [value for value in values if value is not None]
    if len(found) < 2:
        return ""
    low, high = _range(found, top)
    heights = [None if value is None else round(_HIGH * (high - value) / (high - low)) for value in values]
    end = max(index for index, value in enumerate(values) if value is not None)
    width = len(values)
    budget = ""
    if limit is not None and low <= limit <= high:
        budget = f'<path class="lh-budget" d="M-.5 {round(_HIGH * (high - limit) / (high - low))}h{width}"/>'
    return (
        f'<svg class="lh-spark" viewBox="-.5 -15 {width} {_HIGH + 30}" width="96" height="24" preserveAspectRatio="none" '
        f'aria-hidden="true">{budget}<path d="{_steps(heights)}"/><path class="lh-end" d="M{end} {heights[end]}h0"/></svg>'
    )


def _steps(heights: Sequence[int | None]) -> str:
    """A path of steps of 1 to the right, with a gap wherever there is no value: an index page holds 150 of them, so it is short."""
    parts: list[str] = []
    before: int | None = None
    for index, height in enumerate(heights):
        if height is not None:
            parts.append(f"M{index} {height}" if before is None else f"l1{' ' if height >= before else ''}{height - before}")
        before = height
    return "".join(parts)


def _range(values: Sequence[float], top: float | None) -> tuple[float, float]:
    """The least and the most that a sparkline shows: a fifth of the most at least, so that noise does not look like mountains."""
    least, most = min(values), max(values)
    wanted = max(abs(top if top is not None else most) / 5, most - least, 1e-9)
    low = max(0.0, (least + most - wanted) / 2)
    high = low + wanted
    return (max(0.0, top - wanted), top) if top is not None and high > top else (low, high)


def trend(form: Mapping[str, Any], url: Callable[[str], str], base: str) -> str:
    """All categories of one form factor, a lane each, over the same audits; each audit is one mark through all lanes, and a link to
    its page below ``base`` (the mount's path) if it has one. The table of audits has the same content.
    """
    categories, marks = form["categories"], form["marks"]
    height = LANE * len(categories)
    xs = [_x(index, len(marks)) for index in range(len(marks))]
    parts = [
        f'<svg class="lh-trend-picture" viewBox="0 0 {_SPACE} {height}" width="100%" height="{height}" preserveAspectRatio="none" '
        f'role="group" aria-label="{escape(_label(form))}">',
        *(_lane(category, lane, xs) for lane, category in enumerate(categories)),
    ]
    for index, mark in enumerate(marks):
        href = url(f"{base}audits/{mark['id']}/") if mark["id"] else ""
        parts.append(_mark(categories, _said(categories, mark, index), index, xs, href))
    return "".join([*parts, "</svg>"])


def gauge(metric: Mapping[str, Any]) -> str:
    """A metric between what is good and what is poor: two thresholds and where the value stands; "" without thresholds."""
    good, poor, value = metric["good"], metric["poor"], metric["value"]
    if good is None or poor is None:
        return ""
    whole = poor * 1.5
    at, first, second = (4 + min(160.0, 160 * part / whole) for part in (value, good, poor))
    track = f"M4 8H{first - 1.5:.1f}M{first + 1.5:.1f} 8H{second - 1.5:.1f}M{second + 1.5:.1f} 8H164"
    return (
        '<svg class="lh-gauge" viewBox="0 0 168 16" width="168" height="16" aria-hidden="true">'
        f'<path class="lh-track" d="{track}"/><path class="lh-needle" d="M{at:.1f} 1V15"/></svg>'
    )


def _lane(category: Mapping[str, Any], lane: int, xs: Sequence[float]) -> str:
    points = [None if v is None else (x, _score_y(category, v, lane)) for x, v in zip(xs, category["values"], strict=True)]
    grid = "".join(f"M0 {_score_y(category, value, lane):.1f}H{_SPACE}" for value in (100, 90, 50))
    budget = category["budget"]
    said = f'<path class="lh-budget" d="M0 {_score_y(category, budget, lane):.1f}H{_SPACE}"/>' if budget is not None else ""
    return f'<path class="lh-grid" d="{grid}"/>{said}<path class="lh-line" d="{_line(points)}"/>'


def _mark(categories: Sequence[Mapping[str, Any]], said: str, index: int, xs: Sequence[float], href: str) -> str:
    x, height = xs[index], LANE * len(categories)
    dots = "".join(
        f"M{x:.1f} {_score_y(category, category['values'][index], lane):.1f}h0"
        for lane, category in enumerate(categories)
        if category["values"][index] is not None
    )
    wide = _SPACE / len(xs) * 0.96
    inside = (
        f'<title>{said}</title><path class="lh-hit" stroke-width="{wide:.1f}" d="M{x:.1f} 0V{height}"/>'
        f'<path class="lh-dots" d="{dots}"/>'
    )
    return f'<a class="lh-mark" href="{escape(href)}" aria-label="{said}">{inside}</a>' if href else f"<g>{inside}</g>"


def _said(categories: Sequence[Mapping[str, Any]], mark: Mapping[str, Any], index: int) -> str:
    """What a mark is called, escaped."""
    at = f"{mark['at'][:10]} {mark['at'][11:16]} UTC" if mark["at"] else "Time unknown"
    return escape(f"{at}: {', '.join(_scored(categories, index))}")


def _scored(categories: Sequence[Mapping[str, Any]], index: int) -> Iterator[str]:
    for category in categories:
        value = category["values"][index]
        yield f"{category['title']} {'N/A' if value is None else value}"


def _label(form: Mapping[str, Any]) -> str:
    return f"Scores of the last {len(form['marks'])} audits, {form['title'].lower()}, oldest first"


def _line(points: Sequence[tuple[float, float] | None]) -> str:
    """A path with a gap wherever there is no value."""
    parts, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        parts.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "L"
    return "".join(parts)


def _x(index: int, count: int) -> float:
    """Marks stand at equal distances, the first and the last at the edges; one alone in the middle."""
    return _SPACE / 2 if count < 2 else _EDGE + (_SPACE - 2 * _EDGE) * index / (count - 1)


def _score_y(category: Mapping[str, Any], score: float, lane: int) -> float:
    """Where a score stands in its lane, which reaches from 100 down to 50, or to the ten below its least score or budget."""
    found = [value for value in (*category["values"], category["budget"]) if value is not None]
    low = min(50, min(found, default=50) // 10 * 10)
    return _y((score - low) / (100 - low) if low < 100 else 1.0, lane * LANE + _ABOVE, LANE - _ABOVE - _BELOW)


def _y(share: float, start: float, room: float) -> float:
    return start + room * (1 - max(0.0, min(1.0, share)))
