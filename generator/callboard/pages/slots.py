"""Slots: named places in pages, and what plugins put into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from callboard.model.lookup import lookup
from callboard.model.manifest import Plugin, SlotSpec
from callboard.model.page import Card
from callboard.model.predicate import matches
from callboard.pages.records import Records
from callboard.pages.stage import Stage, overflows
from callboard.pages.views import Viewer, ref_of


class Filling:
    """One thing that one plugin puts into one slot."""

    def __init__(self, plugin: Plugin, slot: str, spec: SlotSpec, records: Records) -> None:
        self.plugin, self.slot, self.spec, self.records = plugin, slot, spec, records
        self.title = spec.title or plugin.title
        self.template = f"views/{spec.view}.html" if spec.view else f"{plugin.name}/{spec.template}"

    def applies(self, record: Any, stage: Stage, limit: int = 20) -> bool:
        """Whether the page of ``record`` (None for a page without one) gets it."""
        if self.spec.when and not matches(self.spec.when, record or {}):
            return False
        return not self.spec.overflow or overflows(ref_of(record), limit, stage.graph)

    def matched(self, record: Any) -> Any:
        """The records that a view shows: those that belong to ``record``, at most ``limit``."""
        data = self.spec.data
        return self._of(data if isinstance(data, str) else next(iter(data.values()), ""), record)

    def _of(self, expression: str, record: Any) -> Any:
        if not expression:
            return None
        if not self.spec.match:
            value = self.records.evaluate(expression)
        else:
            (ours, theirs), *more = self.spec.match.items()
            value = self.records.matching(expression, ours, ref_of(record) if theirs == "@" else lookup(record, theirs))
            for path, other in more:
                value = [item for item in value if lookup(item, path) == lookup(record, other)]
        return value[: self.spec.limit] if isinstance(value, list) else value

    def values(self, record: Any) -> dict[str, Any]:
        """What its template sees as ``data``."""
        if isinstance(self.spec.data, Mapping):
            return {name: self._of(expression, record) for name, expression in self.spec.data.items()}
        value = self.matched(record)
        named = {self.spec.data: value} if self.spec.data.isidentifier() else {}
        return {**named, "items_": value} if self.spec.data else {}

    def card(self, record: Any, here: str, stage: Stage) -> Card:
        """The card, with all that it shows."""
        values = self.values(record)
        if not self.spec.view and ref_of(record):
            values = {**values, "entity": record, "ref": ref_of(record)}
        return Card(
            self.title,
            self.plugin.id,
            self.template,
            {} if self.spec.view else values,
            Viewer(stage.links, self.plugin.path).view(self.spec, self.matched(record), here),
            self.records.provenance(self.spec.data),
            self.records.error,
        )


class Slots:
    """All fillings of a site, by slot, in their order."""

    def __init__(self, fillings: Iterable[Filling]) -> None:
        self._fillings: dict[str, list[Filling]] = {}
        for filling in sorted(fillings, key=lambda f: f.spec.order):
            self._fillings.setdefault(filling.slot, []).append(filling)

    def named(self, slot: str) -> Sequence[Filling]:
        """The fillings of one slot."""
        return self._fillings.get(slot, ())

    def applying(self, slot: str, record: Any, stage: Stage, limit: int = 20) -> list[Filling]:
        """The fillings that the page of ``record`` gets; ``limit`` is how many relations of a type the page itself is given."""
        return [filling for filling in self.named(slot) if filling.applies(record, stage, limit)]

    def cards(self, slots: Iterable[str], record: Any, here: str, stage: Stage) -> dict[str, tuple[Card, ...]]:
        """The cards of a page, by slot."""
        return {
            slot: tuple(filling.card(record, here, stage) for filling in self.applying(slot, record, stage))
            for slot in slots
            if not slot.endswith(".tabs")
        }


def fillings(plugins: Iterable[Plugin], records: Mapping[str, Records]) -> list[Filling]:
    """What all mounts put into slots."""
    return [
        Filling(plugin, slot, spec, records[plugin.id])
        for plugin in plugins
        for slot, specs in plugin.manifest.slots.items()
        for spec in (specs if isinstance(specs, list) else [specs])
    ]
