"""Tabs: pages of their own below the pages of records."""

from __future__ import annotations

from collections.abc import Iterator

from callboard.model.link import Link
from callboard.model.page import PageData
from callboard.model.problem import Problem
from callboard.pages.makers import EachPage, Maker, Planned
from callboard.pages.slots import Filling
from callboard.pages.stage import breadcrumb, entity_values, linked


class TabPage(Maker):
    """A slot filling with a path: a page of its own below each page that it applies to."""

    def __init__(self, parent: EachPage, filling: Filling) -> None:
        self.parent, self.filling = parent, filling
        self.plugin = filling.plugin
        self.slots = tuple(filling.spec.slots)
        self.template = "view_page.html" if filling.spec.view else f"{filling.plugin.name}/{filling.spec.template}"

    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """One tab for each record that it applies to."""
        for index, record in enumerate(self.parent.items):
            if not self.filling.applies(record, self.stage):
                continue
            try:
                path = f"{self.parent.path(record)}{self.filling.spec.path}/"
            except (KeyError, ValueError):
                continue
            title = f"{self.parent.record_title(record)}: {self.filling.title}"
            yield Planned(path, title, self.parent.plugin.id, number, index, place=self.plugin.mount_place)

    def summed(self, planned: Planned) -> str | None:
        """For a tab that shows its entity, those around it, and records that are its own."""
        record = self.parent.items[planned.argument]
        entity = self.parent.entity(record)
        if entity is None or not entity.digest or self.filling.spec.view:
            return None
        near = self.stage.graph.relations.get(str(entity.ref), ()) if self.filling.spec.hops > 1 else ()
        own = self.filling.beside(record) if self.filling.spec.data or self.filling.spec.shared or self.filling.spec.links else ""
        cards = self.fillings.beside(self.slots, record, self.stage)
        if own is None or cards is None:
            return None
        related = (self.stage.related(relation.target, described=False) for relation in near)
        return "\n".join((self.parent.mark(planned, entity, described=not near), *related, own, cards))

    def data(self, planned: Planned) -> PageData:
        """The record of the page above, and the filling's own data."""
        here, parent = planned.path, self.parent
        record = parent.items[planned.argument]
        entity = parent.entity(record)
        base = here[: -len(self.filling.spec.path) - 1]
        values = {parent.name: record, **self.filling.values(record)}
        own = entity_values(entity, here, self.filling.spec.relations, self.stage) if entity is not None else {}
        values |= own
        values |= self.filling.around(record, here, self.stage)
        values |= linked(self.filling.spec.links, values, here, self.stage)
        title = parent.record_title(record)
        above = breadcrumb(base, title, self.stage, here, parent.parent(record))
        return PageData(
            planned.title,
            here,
            parent.summary(record),
            values,
            (
                *(link._replace(current=False) for link in above),
                Link(self.filling.title, self.stage.links.href(here, here), True),
            ),
            self.filling.records.provenance(self.filling.spec.data) if self.filling.spec.data else parent.provenance(entity),
            tabs=parent.tabs(record, here, base),
            error=self.filling.records.error,
            slots=self.fillings.cards(self.slots, record, here, self.stage, own),
            view=self.filling.viewer(self.stage).view(self.filling.spec, self.filling.matched(record), here),
        )
