"""Trends as SVG and in words. Colours are classes that history.css knows; no picture says what the words beside it do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from callboard.plugin import days_apart, line_svg, polyline, spent

_SMALL: Final = (96, 24)
_EDGE: Final = 3
_Points = Sequence[Mapping[str, Any]]


def spark(points: _Points) -> str:
    """A small line over the days; "" for fewer than two points."""
    if len(points) < 2:
        return ""
    width, height = _SMALL
    places = _places(points)
    x, y = places[-1]
    return (
        f'<svg class="history-spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">'
        f'<polyline points="{polyline(places)}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/></svg>'
    )


def line(points: _Points, unit: str = "", label: str = "") -> str:
    """A large line with its least and most; "" for fewer than two points. The table beside it has the same numbers."""
    if len(points) < 2:
        return ""
    low, high = _range(points)
    words = f"{label}: from {number(points[0]['value'], unit)} to {number(points[-1]['value'], unit)}"
    return (
        f'<figure class="line history-line">{line_svg(points, low, high, words)}'
        f'<p class="axis"><span>{escape(points[0]["at"])}</span><span>foot {number(low, unit)}, top {number(high, unit)}</span>'
        f"<span>{escape(points[-1]['at'])}</span></p></figure>"
    )


def change(value: float | None, unit: str, better: str) -> str:
    """``▲ 3`` with its words: more or less, and whether that is better; "" if nothing is known from then."""
    if value is None:
        return ""
    if value == 0:
        return '<span class="history-same">no change</span>'
    good = {"higher": value > 0, "lower": value < 0}.get(better)
    tone, word = ("", "") if good is None else ("ok", "better") if good else ("bad", "worse")
    mark, said = ("▲", "up by ") if value > 0 else ("▼", "down by ")
    note = f' <span class="history-note">{word}</span>' if word else ""
    return (
        f'<span class="history-change {tone}"><span aria-hidden="true">{mark}</span><span class="vh">{said}</span> '
        f"{number(abs(value), unit)}{note}</span>"
    )


def number(value: float, unit: str = "") -> str:
    """A number as readers see it, escaped: whole numbers without a point, thousands apart, at most two digits behind it; a minute
    and more in seconds as builds say it, ``3 min 12 s``.
    """
    if unit == "s" and abs(value) >= 60:
        return ("\N{MINUS SIGN}" if value < 0 else "") + spent(abs(value)).replace(" ", "\N{NO-BREAK SPACE}")
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")
    space = "" if unit in ("", "%", "°") else "\N{NO-BREAK SPACE}"
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}") + space + escape(unit)


def _range(points: _Points) -> tuple[float, float]:
    """The least and the most, never less apart than a tenth of the most, so that noise does not look like mountains."""
    values = [point["value"] for point in points]
    low, high = min(values), max(values)
    room = max(abs(high), abs(low)) / 10 or 1
    if high - low < room:
        middle = (high + low) / 2
        low, high = (0.0, room) if low >= 0 and middle < room / 2 else (middle - room / 2, middle + room / 2)
    return low, high


def _places(points: _Points) -> list[tuple[float, float]]:
    """Where each point of a small line stands."""
    low, high = _range(points)
    width, height = _SMALL
    across = days_apart([point["at"] for point in points], width - 2 * _EDGE)
    up = height - 2 * _EDGE
    return [
        (_EDGE + x, _EDGE + up * (1 - (point["value"] - low) / (high - low))) for x, point in zip(across, points, strict=True)
    ]
