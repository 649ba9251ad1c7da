"""Shells: a section's document around a page's main part, drawn once for all of its pages."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from markupsafe import Markup, escape

from callboard.pages.assets import THEME, Asset, Assets
from callboard.pages.drawing import Drawing
from callboard.pages.given import Given
from callboard.pages.makers import Maker, Planned
from callboard.pages.routes import Table
from callboard.pages.templates import Templates

_APART = re.compile(r"/(?:theme|live)\.[0-9a-f]{8}\.js\Z")
"""Scripts of a theme that not every page loads as it does the others: one before its first paint, one where values are live."""
_MARKS = {"slot_title": "\x00title\x00", "slot_description": "\x00description\x00", "slot_main": "\x00main\x00"}


@dataclass(frozen=True, slots=True)
class Shell:
    """A section's document around a page's main part, and a digest of it."""

    parts: tuple[str, ...]
    order: tuple[str, ...]
    digest: str

    def around(self, title: str, description: str, main: str, current: str) -> str:
        """The whole document; the rail's link to ``current`` (a href) is marked as the page itself."""
        values = {"slot_title": str(escape(title)), "slot_description": str(escape(description)), "slot_main": main}
        pieces = [self.parts[0]]
        for name, part in zip(self.order, self.parts[1:], strict=True):
            pieces += [values[name], part]
        link = f'<li><a href="{escape(current)}"'
        if any(link in part for part in self.parts):
            here = f'{link} aria-current="page">'
            for open_ in (f'{link} aria-current="true">', f"{link}>"):
                pieces = [piece if piece is main else piece.replace(open_, here) for piece in pieces]
        return "".join(pieces)


class Shells:
    """The shells of one site."""

    def __init__(self, table: Table, assets: Assets, templates: Templates, given: Given, drawing: Drawing) -> None:
        self._table, self._assets, self._templates, self._given, self._drawing = table, assets, templates, given, drawing
        self._shells: dict[tuple[str, str, str], Shell] = {}

    def of(self, planned: Planned, maker: Maker | None) -> Shell:
        """The shell of a page; ``maker`` is None for a page of the core's own."""
        section = planned.path if maker is None else self._table.rail.section(planned.path, _mount_path(maker, planned))
        links = self._table.stage.links
        # In portable builds hrefs depend on where the page lies, so a shell serves the pages of one folder.
        where = planned.path if links.portable else ""
        owner = maker.plugin.name if maker is not None and hasattr(maker, "plugin") else ""
        key = (section, f"{owner}/{planned.maker}", where)
        if key not in self._shells:
            if links.portable and len(self._shells) > 500:
                self._shells.clear()
            self._shells[key] = self._draw(section, planned.path, owner, maker)
        return self._shells[key]

    def _draw(self, section: str, here: str, owner: str, maker: Maker | None) -> Shell:
        self._drawing.at(here)
        owners = (
            [owner, *(f.plugin.name for slot in maker.slots for f in maker.fillings.named(slot))] if maker is not None else []
        )
        mine = [THEME, *dict.fromkeys(name for name in owners if name)]
        whole = (THEME, owner)
        styles = [a for name in mine for a in (self._assets.of(name, ".css") if name in whole else self._assets.beside(name))]
        scripts = [a for name in mine for a in self._assets.of(name, ".js") if not (name == THEME and _APART.search(a.file))]
        href = self._table.stage.links.href
        logo = self._assets.files.get(("site", "logo"))
        text = self._templates.environment.get_template("shell.html").render(
            site={**self._given.site, "logo": href(f"/{logo.file}", here) if logo else ""},
            nav=self._table.rail.entries(section),
            section=section,
            styles=[href(f"/{asset.file}", here) for asset in _ordered(styles)],
            scripts=[href("/_/stamp.js", here), *(href(f"/{asset.file}", here) for asset in scripts)],
            **{name: Markup(mark) for name, mark in _MARKS.items()},  # noqa: S704  # marks, replaced below
        )
        order = tuple(sorted(_MARKS, key=lambda name: text.index(_MARKS[name])))
        parts = []
        for name in order:
            before, _, text = text.partition(_MARKS[name])
            parts.append(before)
        parts.append(text)
        return Shell(tuple(parts), order, hashlib.sha256("\0".join([*parts, *order]).encode()).hexdigest())


def _mount_path(maker: Maker, planned: Planned) -> str:
    """The path of the mount that a page belongs to; for the core's pages the one that they lie below, or their own."""
    return maker.plugin.path if hasattr(maker, "plugin") else maker.base or planned.path


def _ordered(styles: list[Asset]) -> list[Asset]:
    """The site's own accent last, so that it wins."""
    return sorted(styles, key=lambda asset: asset.file.startswith("_/theme/site."))
