"""``/search/``: a form whose address holds the question; without JavaScript, the ways to find a page by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from callboard.model.page import PageData
from callboard.model.problem import Problem
from callboard.pages import alphabet
from callboard.pages.core import OWNER
from callboard.pages.groups import GroupPage
from callboard.pages.makers import Maker, Planned, Planner, SinglePage
from callboard.pages.stage import breadcrumb

PATH = "/search/"
_MOST = 40
"""The most lists of one plugin that are named."""


class SearchPage(Maker):
    """The page. It is planned after all that it leads to."""

    template = "search.html"
    makers: Sequence[Planner] = ()
    pages: Sequence[Planned] = ()
    listed: Sequence[alphabet.Entry] = ()

    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """The page, unless the site has one of its own there."""
        if PATH not in self.stage.titles:
            yield Planned(PATH, "Search", OWNER, number, None)

    def data(self, planned: Planned) -> PageData:
        """The letters that titles begin with, and the lists of each mount: its own pages, and those of each kind of entity."""
        href, here = self.stage.links.href, planned.path
        mounts: dict[str, list[dict[str, Any]]] = {}
        for page in self.pages:
            maker = self.makers[page.maker]
            if not isinstance(maker, (SinglePage, GroupPage)) or page.argument[1] != 1:
                continue
            if isinstance(maker, SinglePage) or maker.spec.group == "kind":
                found = mounts.setdefault(maker.plugin.title, [])
                if len(found) < _MOST:
                    found.append({"title": page.title, "href": href(page.path, here)})
        letters = sorted({entry.letter for entry in self.listed}, key=lambda one: (len(one) > 1, one))
        values = {
            "lists": [{"title": title, "items": items} for title, items in mounts.items()],
            "total": len(self.listed),
            "letters": len(letters),
        }
        return PageData(
            planned.title,
            here,
            "Everything in this portal: the catalog, documents, APIs and decisions.",
            values,
            breadcrumb(here, planned.title, self.stage),
        )
