"""Shells: a section's document around a page's main part, drawn once for all of its pages."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

from jinja2 import TemplateError, TemplateSyntaxError
from markupsafe import Markup, escape

from callboard.model.page import PageData
from callboard.pages.assets import THEME, Asset, Assets
from callboard.pages.cards import Cards
from callboard.pages.given import Given
from callboard.pages.makers import Maker, Planned
from callboard.pages.routes import Table
from callboard.pages.templates import Templates, fault_of
from callboard.pages.trees import Branch

_APART = re.compile(r"/(?:theme\.[0-9a-f]{8}\.js|(?:live|prose|diagrams)\.[0-9a-f]{8}\.(?:js|css))\Z")
"""Assets of a theme that not every page loads as it does the others: before its first paint, where values are live, where a text is."""
BANNER = "site.banner"
"""The slot above every page."""
_MARKS = {f"slot_{name}": f"\x00{name}\x00" for name in ("title", "description", "main", "tree")}
_SPLIT = re.compile("\x00(title|description|main|tree)\x00")
_DRAWN = 50
"""The most trees whose HTML is kept: pages of one section come one behind the other."""
_PORTABLE = 500
"""The same for shells of portable builds, where each page has its own."""


@dataclass(frozen=True, slots=True)
class Shell:
    """A section's document around a page's main part, and a digest of it."""

    parts: tuple[str, ...]
    order: tuple[str, ...]
    digest: str
    branch: Branch | None = None
    """What of a tree of documents stands in the rail."""

    def around(self, title: str, description: str, main: str, current: str, tree: str = "") -> str:
        """The whole document; the links of the rail and of the tree to ``current`` (a href) are marked as the page itself."""
        tree = tree.replace(f'<a href="{escape(current)}">', f'<a href="{escape(current)}" aria-current="page">')
        values = {"title": str(escape(title)), "description": str(escape(description)), "main": main, "tree": tree}
        pieces = [self.parts[0]]
        for name, part in zip(self.order, self.parts[1:], strict=True):
            pieces += [values[name], part]
        link = f'<li><a href="{escape(current)}"'
        if self.branch is None and any(link in part for part in self.parts):
            here = f'{link} aria-current="page">'
            for open_ in (f'{link} aria-current="true">', f"{link}>"):
                pieces = [piece if piece is main else piece.replace(open_, here) for piece in pieces]
        return "".join(pieces)


class Shells:
    """The shells of one site."""

    def __init__(self, table: Table, assets: Assets, templates: Templates, given: Given, cards: Cards) -> None:
        self._table, self._assets, self._templates, self._given, self._cards = table, assets, templates, given, cards
        self._drawing = cards.drawing
        self._shells: dict[tuple[str, str, str, bool], Shell] = {}
        self._trees: dict[tuple[str, str], str] = {}

    def of(self, planned: Planned, maker: Maker | None) -> Shell:
        """The shell of a page; ``maker`` is None for a page of the core's own."""
        section = planned.path if maker is None else self._table.rail.section(planned.path, _mount_path(maker, planned))
        links = self._table.stage.links
        # In portable builds hrefs depend on where the page lies, so a shell serves the pages of one folder.
        where = planned.path if links.portable else ""
        owner = maker.plugin.name if maker is not None and hasattr(maker, "plugin") else ""
        found = self._table.trees.branch(planned.path)
        key = (section, f"{owner}/{planned.maker}", where, found is not None)
        if key not in self._shells:
            if links.portable and len(self._shells) > _PORTABLE:
                self._shells.clear()
            self._shells[key] = self._draw(section, planned.path, owner, maker, tree=found is not None)
        shell = self._shells[key]
        if found is None:
            return shell
        branch, digest = found
        return replace(shell, branch=branch, digest=f"{shell.digest} {digest} {self._templates.digest(('tree.html',))}")

    def tree(self, shell: Shell, here: str) -> str:
        """The HTML of the shell's tree, as it stands in the rail and in the menu of small screens; "" without one."""
        if shell.branch is None:
            return ""
        key = (shell.digest, here if self._table.stage.links.portable else "")
        if key not in self._trees:
            if len(self._trees) >= _DRAWN:
                self._trees.clear()
            entity = shell.branch.entity
            target = self._table.stage.links.resolve(entity, here, kind="component") if entity else None
            values = {"branch": shell.branch, "entity": target}
            self._trees[key] = self._templates.draw("tree.html", values).strip()
        return self._trees[key]

    def _draw(self, section: str, here: str, owner: str, maker: Maker | None, *, tree: bool) -> Shell:
        banners = self._banners(here)
        self._drawing.at(here)
        mount = maker.plugin.id if maker is not None and hasattr(maker, "plugin") else ""
        owners = (
            [owner, *(f.plugin.name for slot in maker.slots for f in maker.fillings.named(slot))] if maker is not None else []
        )
        mine = [THEME, *dict.fromkeys(name for name in owners if name)]
        whole = (THEME, owner)
        styles = [a for name in mine for a in (self._assets.of(name, ".css") if name in whole else self._assets.beside(name))]
        scripts = [a for name in mine for a in self._assets.of(name, ".js")]
        href = self._table.stage.links.href
        logo = self._assets.files.get(("site", "logo"))
        text = self._templates.environment.get_template("shell.html").render(
            site={**self._given.site, "logo": href(f"/{logo.file}", here) if logo else ""},
            nav=self._table.rail.entries(section),
            section=section,
            tree=tree,
            banners=banners,
            feeds=[(title, href(path, here)) for title, path in self._table.feeds.get(mount, ())],
            twin=self._table.twins and maker is not None and here.endswith("/") and not here.startswith("/-/"),
            styles=[href(f"/{asset.file}", here) for asset in _ordered(styles)],
            scripts=[href("/_/stamp.js", here), *(href(f"/{asset.file}", here) for asset in scripts if not _apart(asset))],
            **{name: Markup(mark) for name, mark in _MARKS.items()},  # noqa: S704  # marks, replaced below
        )
        pieces = _SPLIT.split(text)
        parts, order = tuple(pieces[::2]), tuple(pieces[1::2])
        return Shell(parts, order, hashlib.sha256("\0".join([*parts, *order]).encode()).hexdigest())

    def _banners(self, here: str) -> Markup:
        """What stands above every page. A template that fails there would cost every page, so that it ends the build at its line."""
        cards = self._table.makers[0].fillings.cards((BANNER,), None, here, self._table.stage)
        self._drawing.open(here, "", "", PageData("", here, slots=cards))
        try:
            return self._cards.slot(BANNER, framed=False)
        except TemplateSyntaxError:
            raise
        except (TemplateError, TypeError, ValueError, LookupError, AttributeError) as error:
            what, template, line = fault_of(error)
            raise TemplateSyntaxError(what, line, template, template) from None


def _mount_path(maker: Maker, planned: Planned) -> str:
    """The path of the mount that a page belongs to; for the core's pages the one that they lie below, or their own."""
    return maker.plugin.path if hasattr(maker, "plugin") else maker.base or planned.path


def _ordered(styles: list[Asset]) -> list[Asset]:
    """The site's own accent last, so that it wins."""
    return sorted((asset for asset in styles if not _apart(asset)), key=lambda asset: asset.file.startswith("_/theme/site."))


def _apart(asset: Asset) -> bool:
    return asset.file.startswith(f"_/{THEME}/") and _APART.search(asset.file) is not None
