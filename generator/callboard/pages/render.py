"""Planned page + data + theme → bytes: what makes one page."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import TemplateError, TemplateSyntaxError

from callboard.model.link import Link
from callboard.model.manifest import Plugin
from callboard.model.page import PageData, Section, Theme, View
from callboard.model.problem import Problems
from callboard.model.site import Site
from callboard.pages.assets import THEME, Assets
from callboard.pages.calls import Calls
from callboard.pages.cards import Cards
from callboard.pages.diagrams import Diagrams
from callboard.pages.drawing import Drawing
from callboard.pages.fingerprints import Fingerprints
from callboard.pages.given import Given
from callboard.pages.head import Head
from callboard.pages.hrefs import Hrefs
from callboard.pages.machine import MACHINES
from callboard.pages.makers import Maker, Planned
from callboard.pages.published import Publisher
from callboard.pages.resolve import Noted, Resolver
from callboard.pages.routes import Table
from callboard.pages.shells import Shell, Shells
from callboard.pages.templates import Templates, fault_of
from callboard.pages.twins import Twins

_APART = {
    "prose.css": (' class="text',),
    "prose.js": (' class="code', ' class="toc', " data-old="),
    "live.js": (' data-live="',),
    "diagrams.js": (' data-diagram="',),
}
"""Files of the theme that a page loads only if its main part has one of these."""


class Rendered(NamedTuple):
    """One page or file made: its bytes (None if it is unchanged), fingerprint and note; without a name if there is no such file."""

    file: str
    fingerprint: str
    note: str
    content: bytes | None
    beside: tuple[tuple[str, bytes], ...] = ()
    """Files made of the same page (its twin for machines), with its fingerprint; ``Renderer.beside`` names them beforehand."""
    sections: tuple[Section, ...] | None = None
    """What the search finds in its text; None for a page without one, and for one that is unchanged."""


class Renderer:
    """Makes the pages of one site, one at a time. Not for threads: the functions of templates know the page being made."""

    def __init__(
        self,
        site: Site,
        theme: Theme,
        plugins: Sequence[Plugin],
        table: Table,
        assets: Assets,
        kept: Collection[str] = (),
        *,
        gathering: bool = False,
    ) -> None:
        self.diagrams = Diagrams(site.spec.diagrams, kept)
        self._site, self._table, self._assets = site, table, assets
        self.resolver = Resolver(
            site.root,
            table.stage.links,
            table.paths,
            table.documents,
            table.absent,
            published=lambda: {planned.path for planned in table.pages} | MACHINES,
            moved={one.source: one.target for one in table.redirects},
        )
        self._hrefs = Hrefs(table, self.resolver, site.spec.site.url, gathering=gathering)
        self._head, self._twins = Head(site), Twins(site, table)
        self._drawn = Drawing()
        self._given = Given(site, plugins)
        calls = Calls(self._drawn, table, assets, self._given, self.resolver, self.diagrams)
        self.templates = Templates(theme, plugins, calls.functions())
        cards = Cards(self._drawn, self._given, self.templates)
        self.templates.environment.globals["slot"] = cards.slot
        self._shells = Shells(table, assets, self.templates, self._given, cards)
        self._fingerprints = Fingerprints(self.templates, assets, self._given)

    def make(self, planned: Planned, known: tuple[str, str] | None = None) -> Rendered:
        """The page; without bytes if its fingerprint is that of ``known`` (fingerprint, note) and what it points to is as it was."""
        maker = self._table.makers[planned.maker]
        if isinstance(maker, Publisher):
            return _publish(maker, planned, known)
        assert isinstance(maker, Maker)  # what makes no pages publishes files
        shell = self._shells.of(planned, maker)
        file = planned.file_name
        summed = maker.summed(planned)
        data = maker.data(planned) if summed is None else None
        fingerprint = self._fingerprints.of(planned, maker, summed if data is None else data, shell)
        if known is not None and known[0] == fingerprint and self._holds(Noted.decode(known[1])):
            return Rendered(file, fingerprint, known[1], None)
        data = maker.data(planned) if data is None else data
        self._open(planned, maker, data)
        if self._site.spec.search and maker.sought(planned):
            self._drawn.searched, self._drawn.sections = self._drawn.owner, ()
        try:
            main = self._main(maker.template, data)
        except TemplateSyntaxError:
            raise
        except (TemplateError, TypeError, ValueError, LookupError, AttributeError) as error:
            # What a template of a plugin does with one record costs that page, not the site.
            what, template, line = fault_of(error)
            self._drawn.noted = Noted(fault=(what, self._shown(template), line))
            main = self._main("view_page.html", _failed(data, f"{what} ({self._shown(template)}:{line})"))
        self._hrefs.check(main, planned.path, self._drawn.noted)
        return Rendered(
            file,
            fingerprint,
            self._drawn.noted.encode(),
            self._document(shell, data, main),
            self._beside(planned, data, main),
            self._drawn.sections,
        )

    def _holds(self, noted: Noted) -> bool:
        return self.resolver.holds(noted) and self.diagrams.holds(noted)

    def beside(self, planned: Planned) -> tuple[str, ...]:
        """The names of the files that are made beside a page."""
        return () if isinstance(self._table.makers[planned.maker], Publisher) else self._twins.names(planned)

    def _beside(self, planned: Planned, data: PageData, main: str) -> tuple[tuple[str, bytes], ...]:
        return tuple((name, self._twins.of(data, main, self._drawn.hrefs)) for name in self._twins.names(planned))

    def report(self, title: str, path: str, values: Mapping[str, Any]) -> Rendered:
        """A page of the core's own that is made last: the build report."""
        planned = Planned(path, title, "callboard", -1, None)
        links = self._table.stage.links
        crumbs = (Link("Home", links.href("/", path)), Link(title, links.href(path, path), True))
        data = PageData(title, path, "", values, crumbs)
        shell = self._shells.of(planned, None)
        self._open(planned, None, data)
        main = self._main("report.html", data)
        content = self._document(shell, data, main)
        return Rendered(path.lstrip("/") + "index.html", hashlib.sha256(content).hexdigest()[:32], "", content)

    def _document(self, shell: Shell, data: PageData, main: str) -> bytes:
        site = self._site.spec.site
        title = site.title if data.path == "/" else f"{data.title} · {site.title}"
        current = self._table.stage.links.href(data.path, data.path)
        tree = self._shells.tree(shell, data.path)
        text = shell.around(title, data.summary or site.description or site.title, main, current, tree)
        apart = [self._apart(name, data.path) for name, marks in _APART.items() if any(mark in main for mark in marks)]
        extra = self._head.of(data) + "".join(apart)
        if extra:
            text = text.replace("</head>", f"{extra}</head>", 1)
        return text.encode("utf-8", "replace")

    def _apart(self, name: str, here: str) -> str:
        """The element that loads one of the theme's files that only some pages load; "" if the theme has none such."""
        asset = self._assets.files.get((THEME, name))
        href = self._table.stage.links.href(f"/{asset.file}", here) if asset else ""
        if not href:
            return ""
        if name.endswith(".css"):
            return f'<link rel="stylesheet" href="{href}">\n'
        mermaid = self._assets.files.get((THEME, "mermaid/mermaid.min.js")) if name == "diagrams.js" else None
        more = f' data-mermaid="{self._table.stage.links.href(f"/{mermaid.file}", here)}"' if mermaid else ""
        return f'<script src="{href}"{more} defer></script>\n'

    def _open(self, planned: Planned, maker: Maker | None, data: PageData) -> None:
        owner = maker.plugin.id if maker is not None and hasattr(maker, "plugin") else ""
        self._drawn.open(planned.path, owner, planned.file, data)

    def _main(self, template: str, data: PageData) -> str:
        owner = self._drawn.owner
        values = {
            "page": data,
            "data": data.values,
            "view": data.view,
            "site": self._given.site,
            "mount": self._given.mount(owner),
        }
        return self.templates.draw(template, {**self._given.functions(owner), **values})

    def _shown(self, template: str) -> str:
        """A template's file as people know it: below the site, or with the folder that it came with."""
        return shown_template(self._site, template)


def _publish(publisher: Publisher, planned: Planned, known: tuple[str, str] | None) -> Rendered:
    """A file of a plugin. What its function does wrong costs this file, not the site."""
    fingerprint = publisher.fingerprint(planned)
    if known is not None and known[0] == fingerprint:
        return Rendered(planned.file_name, fingerprint, "", None)
    try:
        content = publisher.content(planned)
    except Problems as stopped:
        what = " ".join(problem.what.rstrip(".") for problem in stopped.items)
    except Exception as error:  # foreign code: whatever it raises is a fault of this file alone
        what = f"{type(error).__name__}: {error}".rstrip(". ")
    else:
        return Rendered(planned.file_name if content is not None else "", fingerprint, "", content)
    mend = "Mend the function; the site is published without this file."
    noted = Noted(problems=[("file-failed", f"{planned.path} could not be made: {what}.", mend, 0)])
    return Rendered("", "", noted.encode(), None)


def shown_template(site: Site, file: str) -> str:
    """A template's file relative to the site's root; one of a bundled plugin or theme by its last folders."""
    path = Path(file)
    if path.is_relative_to(site.root):
        return path.relative_to(site.root).as_posix()
    parts = path.parts
    start = max((index for index, part in enumerate(parts) if part in ("plugins", "themes")), default=max(0, len(parts) - 1))
    return "/".join(parts[start:])


def _failed(data: PageData, fault: str) -> PageData:
    text = "This page could not be made. The build report says what to mend."
    return data._replace(view=View("markdown", text, text=text), values={}, error=fault, slots={})
