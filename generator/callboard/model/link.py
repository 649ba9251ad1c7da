"""What leads somewhere, as templates are given it."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """Something that readers may follow. ``href`` is "" for what has no page (a dangling reference)."""

    title: str
    href: str = ""
    ref: str = ""
    kind: str = ""
    type: str = ""
    description: str = ""


class Link(NamedTuple):
    """One step of a breadcrumb, one tab, or one numbered page."""

    title: str
    href: str
    current: bool = False
