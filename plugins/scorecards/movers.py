"""What moved: series of history compared with where they were a month ago."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any

LATELY = timedelta(days=30)
_MOST = 6


def movers_html(series: Sequence[Mapping[str, Any]], names: Sequence[Mapping[str, str]], base: str) -> str:
    """Those that moved most within 30 days as a list, the largest change first; "" if none did.

    ``names`` has ``key``, ``title`` and ``path`` (below ``base``, the address of the mount) of each series that may be named.
    """
    known = {name["key"]: name for name in names}
    changes = [(change, known[one["key"]]) for one in series if one["key"] in known and (change := _change(one["points"]))]
    changes.sort(key=lambda pair: (-abs(pair[0]), pair[1]["title"].casefold()))
    lines = "".join(_line(change, name, base) for change, name in changes[:_MOST])
    return f'<ul class="scorecards-todo">{lines}</ul>' if lines else ""


def _change(points: Sequence[Mapping[str, Any]]) -> int:
    """By how much the last point differs from the one of 30 days before it, or from the first since then."""
    if len(points) < 2:
        return 0
    border = (date.fromisoformat(points[-1]["at"][:10]) - LATELY).isoformat()
    before = [point for point in points if point["at"][:10] <= border] or points[:1]
    return round(float(points[-1]["value"]) - float(before[-1]["value"]))


def _line(change: int, name: Mapping[str, str], base: str) -> str:
    word, state = ("up", "ok") if change > 0 else ("down", "bad")
    href = f"{base}{name['path'].rstrip('/')}/"
    points = "point" if abs(change) == 1 else "points"
    return (
        f'<li><a href="{escape(href)}">{escape(name["title"])}</a> '
        f'<span class="state {state}">{word} {abs(change)} {points}</span></li>'
    )
