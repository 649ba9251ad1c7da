"""Long lists: how many records a page holds, the paths and links of numbered pages, and the order of titles."""

from __future__ import annotations

import re
from collections.abc import Callable

from callboard.model.link import Link

PAGE_SIZE = 100
BUILDS_SIZE = 40
"""Of ``ci.builds``, whose rows hold more: a page stays below 1,500 elements."""
_NUMBER = re.compile(r"([0-9]+)")


def page_path(base: str, number: int) -> str:
    """The path of a numbered page: the first is the list itself."""
    return base if number == 1 else f"{base}page-{number}/"


def pager(pages: int, current: int, href: Callable[[int], str]) -> tuple[Link, ...]:
    """Numbered links: the first, the last and two on each side of the current one; a gap is "…" without a href."""
    near = sorted({1, pages, *range(max(1, current - 2), min(pages, current + 2) + 1)})
    links: list[Link] = []
    for previous, number in zip([0, *near], near, strict=False):
        if number - previous > 1:
            links.append(Link("…", ""))
        links.append(Link(str(number), href(number), number == current))
    return tuple(links)


def natural(text: str) -> list[tuple[int, int, str]]:
    """A sort key in which Part 2 comes before Part 10, whatever the letters' case; figures come before letters."""
    parts = _NUMBER.split(text.casefold())
    return [(0, int(part), "") if part.isdecimal() and len(part) < 19 else (1, 0, part) for part in parts if part]
