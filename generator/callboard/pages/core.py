"""Pages that belong to no plugin: the default home page and the page for what is not there."""

from __future__ import annotations

from collections.abc import Iterator

from callboard.model.manifest import Plugin
from callboard.model.page import PageData
from callboard.model.problem import Place, Problem
from callboard.model.site import Site
from callboard.pages.makers import Maker, Planned

OWNER = "callboard"


class HomePage(Maker):
    """``/`` for a site that has none of its own: what is mounted, and the cards of ``home.cards``."""

    template = "home.html"
    slots = ("home.cards",)

    def __init__(self, site: Site, plugins: list[Plugin]) -> None:
        self._site, self._plugins = site, plugins

    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """The home page."""
        yield Planned("/", self._site.spec.site.title, OWNER, number, None, place=Place(self._site.file))

    def data(self, planned: Planned) -> PageData:
        """One entry for each mount that has an index page."""
        href = self.stage.links.href
        sections = [
            {
                "title": plugin.title,
                "summary": plugin.manifest.summary,
                "href": href(plugin.path, planned.path),
                "icon": plugin.manifest.nav.icon,
            }
            for plugin in self._plugins
            if plugin.path in self.stage.titles and plugin.path != "/"
        ]
        return PageData(
            planned.title,
            planned.path,
            self._site.spec.site.description,
            {"sections": sections},
            slots=self.fillings.cards(self.slots, None, planned.path, self.stage),
        )


class NotFoundPage(Maker):
    """``/404.html``, which static hosts show for what is not there."""

    template = "404.html"

    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """The page."""
        yield Planned("/404.html", "Page not found", OWNER, number, None)

    def data(self, planned: Planned) -> PageData:
        """Nothing but its title."""
        return PageData(planned.title, planned.path)
