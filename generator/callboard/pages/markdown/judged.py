"""One text on its way to HTML: what is gathered from it, and the one place that judges its addresses and ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final
from urllib.parse import unquote

from callboard.pages.markdown import rawhtml
from callboard.pages.markdown.value import Href, Include, Settings, Spot

SCHEMES: Final = frozenset(("http", "https", "mailto", "tel"))
_RESERVED: Final = ("main",)
"""Ids of the page around the text."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL = re.compile(r"[\x00-\x20\x7f]+")
ID = re.compile(r"[A-Za-z0-9][\w.-]*\Z")
_NO_SLUG = re.compile(r"[^\w\- ]")


@dataclass(slots=True)
class Text:
    """One text on its way: what its renderer knows and gathers."""

    href: Href
    first: int
    """The line of the file at which the text begins."""
    include: Include | None = None
    settings: Settings = field(default_factory=Settings)
    key: str = ""
    """What tells this text from another on its page: a digest of it."""
    at: int = 0
    """The line of the text that is being read, from 0."""
    places: Sequence[tuple[int, str]] = ()
    """(line, included file) of each line, if files are included."""
    ids: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_RESERVED, 0))
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    links: list[Spot] = field(default_factory=list)
    broken: list[Spot] = field(default_factory=list)
    unknown: list[Spot] = field(default_factory=list)
    fragments: list[Spot] = field(default_factory=list)
    open_links: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """The files that were included: name → digest."""
    diagrams: list[str] = field(default_factory=list)
    """The kinds of diagrams that the reader's browser draws."""
    formulas: int = 0
    """Characters of all formulas so far."""
    has_html: bool = False
    has_contents: bool = False
    groups: int = 0
    tabs: list[list[Any]] = field(default_factory=list)
    """The groups of tabs that are open: [name, tabs so far, which is shown first]."""

    @property
    def contents(self) -> str:
        """Stands for the table of contents until all headings are known; no author can write it, for it is a digest of the text."""
        return f"contents-{self.key}"

    def spot(self, what: str) -> Spot:
        """``what``, where the text is now."""
        if self.places:
            return Spot(what, *self.places[min(self.at, len(self.places) - 1)])
        return Spot(what, self.first + self.at)

    def slug(self, title: str) -> str:
        """A heading's id as GitHub makes it: unique, stable, readable."""
        return self.unique(_NO_SLUG.sub("", title.strip().lower()).replace(" ", "-") or "section")

    def unique(self, name: str) -> str:
        """``name``, or that with a number if it is taken; taken from now on."""
        if name not in self.ids:
            self.ids[name] = 0
            return name
        while f"{name}-{self.ids[name] + 1}" in self.ids:
            self.ids[name] += 1
        self.ids[name] += 1
        return self.unique(f"{name}-{self.ids[name]}")

    def address(self, target: str) -> tuple[str, str]:
        """(where to, how): how is ``away``, ``here``, ``missing`` (the target is not there) or ``refused`` (never linked)."""
        plain = _CONTROL.sub("", target)
        scheme = _SCHEME.match(plain)
        if scheme:
            return (plain, "away") if scheme[1].lower() in SCHEMES else ("", "refused")
        if plain[:2].replace("\\", "/") == "//" or ":" in re.split(r"[/?#]", plain, maxsplit=1)[0]:
            return "", "refused"
        if plain.startswith("#"):
            self.fragments.append(self.spot(plain))
            return plain, "here"
        found = self.href(target)
        return ("", "missing") if found is None else (found, "here")

    def open_link(self, target: str, title: str = "") -> str:
        """The opening tag of a link; what closes it is kept for ``close_link``."""
        if target == "#":  # an anchor without a target, or a link to nothing
            self.open_links.append("")
            return ""
        self.links.append(self.spot(target))
        where, how = self.address(target)
        if how in ("missing", "refused"):
            self.broken.append(self.spot(target))
            self.open_links.append(" <small>missing</small></span>" if how == "missing" else "")
            return '<span class="missing">' if how == "missing" else ""
        self.open_links.append("</a>")
        rel = ' rel="noopener"' if how == "away" and where.lower().startswith("http") else ""
        return f'<a href="{escape(where)}"{rel}{titled(title)}>'

    def close_link(self) -> str:
        """What closes the innermost link."""
        return self.open_links.pop() if self.open_links else ""

    def image(self, source: str, alternative: str, more: str = "") -> str:
        """An image of the site; one of another host is a link, so that a page asks no other host."""
        where, how = self.address(source)
        if how == "here":
            return f'<img src="{escape(where)}" alt="{escape(alternative)}"{more} loading="lazy">'
        shown = escape(alternative or where.rsplit("/", 1)[-1].split("?")[0] or "image")
        if how == "away":
            return shown if self.open_links and self.open_links[-1] else f'<a href="{escape(where)}" rel="noopener">{shown}</a>'
        self.broken.append(self.spot(source))
        return f'<span class="missing">{shown} <small>missing</small></span>' if how == "missing" else shown

    def anchor(self, name: str) -> str:
        """An id that raw HTML brings, if it is a plain word and nobody has it yet."""
        if not ID.match(name) or name in self.ids:
            return ""
        self.ids[name] = 0
        return f' id="{escape(name)}"'

    @property
    def tags(self) -> rawhtml.Tags:
        """The writer of the tags that this text brings."""
        self.has_html = True
        return rawhtml.Tags(self.open_link, self.close_link, self.image, self.anchor)


def titled(title: str) -> str:
    """The attribute of a title, with a blank before it; "" for none."""
    return f' title="{escape(title)}"' if title else ""


def fragment(target: str) -> str:
    """The id that a target such as ``#whats-new`` names."""
    return unquote(target[1:])
