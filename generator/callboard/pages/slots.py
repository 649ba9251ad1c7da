"""Slots: named places in pages, what plugins and the site put into them, and what the site changes of that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from callboard.model.lookup import lookup
from callboard.model.manifest import Plugin
from callboard.model.page import Card
from callboard.model.predicate import compiled, conditions, paths_of
from callboard.model.problem import Problem, Severity, dotted
from callboard.model.shown import CHANGEABLE, CardSpec, SlotSpec
from callboard.model.site import Site
from callboard.pages.neighbourhood import neighbourhood
from callboard.pages.records import Records, ref_of
from callboard.pages.stage import Stage, linked
from callboard.pages.views import Viewer

REST = "*"
"""The relation of a card that shows all relations that no other card of its slot shows."""


class Filling:
    """One thing that one plugin (or the site) puts into one slot."""

    def __init__(self, plugin: Plugin, slot: str, spec: SlotSpec, records: Records) -> None:
        self.plugin, self.slot, self.spec, self.records = plugin, slot, spec, records
        self.title = spec.title or plugin.title
        self.template = f"views/{spec.view}.html" if spec.view else f"{plugin.name}/{spec.template}"
        self.id = f"{plugin.name}.{spec.id}" if spec.id else ""
        parts = conditions(spec.when)
        # Most pages are ruled out by their kind alone, before anybody looks at them or gathers their relations.
        self.of_kind = compiled({"$all": [part for part in parts if paths_of(part) == {"kind"}]})
        others = [part for part in parts if paths_of(part) != {"kind"}]
        self._plain = [part for part in others if "relations" not in repr(part)]
        self._holds = compiled({"$all": self._plain})
        self._related = [part for part in others if "relations" in repr(part)]
        self._when = compiled({"$all": self._related})
        self._kinds = frozenset(kind.lower() for kind in spec.kinds)

    @property
    def alone(self) -> bool:
        """Whether it shows nothing but the page's entity and what links to related ones show: no records of its own."""
        return not (self.spec.data or self.spec.shared or self.spec.links or self.spec.hops)

    def beside(self, record: Any) -> str | None:
        """A text that differs whenever what it shows beside the page's entity does: "" for nothing, None if that is not had cheaply."""
        if self.alone:
            return ""
        spec = self.spec
        if not spec.match or spec.view or spec.links or spec.hops:
            return None
        named = spec.data if isinstance(spec.data, Mapping) else {"": spec.data}
        return f"{self._constant}{[self._of(expression, record) for expression in named.values()]!r}"

    @cached_property
    def _constant(self) -> str:
        """A digest of what it shows on every page."""
        said = [self.id, self.records.values(self.spec.shared), self.records.provenance(self.spec.data), self.records.error]
        return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()

    def applies(self, record: Any, stage: Stage) -> bool:
        """Whether the page of ``record`` (None for a page without one) gets it."""
        return self.of_kind(record or {}) and self.holds(record, stage)

    def holds(self, record: Any, stage: Stage) -> bool:
        """As ``applies``, for a record of a kind that it is for."""
        spec = self.spec
        if self._plain and not self._holds(record or {}):
            return False
        if self._related and not self._when(_answered(record, stage)):
            return False
        if spec.relation and spec.relation != REST and not self.targets(ref_of(record), stage):
            return False
        if spec.filled and not self.matched(record):
            return False
        return not spec.related or bool(stage.graph.relations.get(ref_of(record)))

    def targets(self, ref: str, stage: Stage) -> list[str]:
        """The references that a card of a relation is about."""
        kinds = self._kinds
        found = stage.by_type(ref).get(self.spec.relation, [])
        return [target for target in found if target.partition(":")[0] in kinds] if kinds else found

    def rest(self, ref: str, here: str, stage: Stage, shown: Iterable[Filling]) -> list[dict[str, Any]]:
        """The relations that none of ``shown`` is about, by type and kind of target.

        Each group has ``type``, ``title``, ``kind`` (in the plural), ``total`` and ``targets``.
        """
        groups: dict[tuple[str, str], list[str]] = {}
        for relation in stage.graph.relations.get(ref, ()):
            groups.setdefault((relation.type, relation.target.partition(":")[0]), []).append(relation.target)
        about = [(filling.spec.relation, filling._kinds) for filling in shown if filling.spec.relation]
        return [
            {
                "type": name,
                "title": stage.graph.titles.get(name, name),
                "kind": stage.graph.kinds[kind].plural if kind in stage.graph.kinds else kind,
                "total": len(found),
                "targets": [stage.links.target(target, here) for target in found[: self.spec.limit]],
            }
            for (name, kind), found in groups.items()
            if name not in self.spec.besides and not any(name == one and (not kinds or kind in kinds) for one, kinds in about)
        ]

    def matched(self, record: Any) -> Any:
        """The records that a view shows: those that belong to ``record``, at most ``limit``; without ``data``, the record."""
        data = self.spec.data
        if not data and self.spec.view:
            return record
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
        whole = self.spec.view == "ci.builds"  # it compares its rows with all that there are
        return value[: self.spec.limit] if isinstance(value, list) and not whole else value

    def values(self, record: Any) -> dict[str, Any]:
        """What its template sees as ``data``."""
        shared = self.records.values(self.spec.shared)
        if isinstance(self.spec.data, Mapping):
            return shared | {name: self._of(expression, record) for name, expression in self.spec.data.items()}
        if not self.spec.data:
            return shared
        value = self.matched(record)
        named = {self.spec.data: value} if self.spec.data.isidentifier() else {}
        return {**shared, **named, "items_": value}

    def card(self, record: Any, here: str, stage: Stage, page: Mapping[str, Any]) -> Card:
        """The card, with all that it shows. ``page`` is what the page itself was given of its entity."""
        values: Mapping[str, Any] = {}
        if not self.spec.view:
            own = {**self.values(record), **self.around(record, here, stage)}
            own |= linked(self.spec.links, own, here, stage)
            values = {**page, **own} if own else page
        return Card(
            self.title,
            self.plugin.id,
            self.template,
            values,
            self.viewer(stage).view(self.spec, self.matched(record), here) if self.spec.view else None,
            self.records.provenance(self.spec.data) if self.spec.data else (),
            self.records.error if self.spec.data else "",
            self.spec.type,
            self.spec.id,
        )

    def viewer(self, stage: Stage) -> Viewer:
        """Views with its mount's links."""
        return Viewer(stage.links, self.plugin.path, stage.rows)

    def around(self, record: Any, here: str, stage: Stage) -> dict[str, Any]:
        """``targets`` and ``total`` of its relation, and ``graph``, as far as it asks for them."""
        found: dict[str, Any] = {}
        ref = ref_of(record)
        if self.spec.relation and self.spec.relation != REST:
            targets = self.targets(ref, stage)
            found |= {
                "targets": [stage.links.target(target, here) for target in targets[: self.spec.limit]],
                "total": len(targets),
            }
        if self.spec.hops:
            found["graph"] = neighbourhood(ref, here, self.spec.hops, stage)
        return found


def _answered(record: Any, stage: Stage) -> Any:
    """The record as a catalog answers it: with its relations."""
    if not isinstance(record, dict) or "relations" in record:
        return record or {}
    found = stage.graph.relations.get(ref_of(record), ())
    return {**record, "relations": [{"type": relation.type, "targetRef": relation.target} for relation in found]}


class Slots:
    """All fillings of a site, by slot, in their order."""

    def __init__(self, fillings: Iterable[Filling]) -> None:
        self._fillings: dict[str, list[Filling]] = {}
        for filling in sorted(fillings, key=lambda f: f.spec.order):
            self._fillings.setdefault(filling.slot, []).append(filling)
        self._candidates: dict[tuple[str, Any], list[Filling]] = {}

    def named(self, slot: str) -> Sequence[Filling]:
        """The fillings of one slot."""
        return self._fillings.get(slot, ())

    def applying(self, slot: str, record: Any, stage: Stage) -> list[Filling]:
        """The fillings that the page of ``record`` gets."""
        return [filling for filling in self.candidates(slot, record) if filling.holds(record, stage)]

    def beside(self, slots: Iterable[str], record: Any, stage: Stage) -> str | None:
        """What the record's cards show beside their entity, as a text; None if that is not had cheaply."""
        found = []
        for slot in slots:
            for filling in self.candidates(slot, record):
                if not filling.alone and filling.holds(record, stage):
                    text = filling.beside(record)
                    if text is None:
                        return None
                    found.append(text)
        return "\n".join(found)

    def filled(self, slots: Iterable[str], record: Any, stage: Stage) -> str:
        """Which of the fillings that come and go with their records a page has."""
        fillings = (filling for slot in slots for filling in self.candidates(slot, record) if filling.spec.filled)
        return " ".join(f"{filling.slot} {filling.id}" for filling in fillings if filling.holds(record, stage))

    def candidates(self, slot: str, record: Any) -> Sequence[Filling]:
        """The fillings for records of that kind."""
        kind = record.get("kind") if isinstance(record, dict) else None
        if not isinstance(kind, str):
            return [filling for filling in self.named(slot) if filling.of_kind(record or {})]
        found = self._candidates.get((slot, kind))
        if found is None:
            found = self._candidates[slot, kind] = [one for one in self.named(slot) if one.of_kind({"kind": kind})]
        return found

    def cards(
        self, slots: Iterable[str], record: Any, here: str, stage: Stage, page: Mapping[str, Any] | None = None
    ) -> dict[str, tuple[Card, ...]]:
        """The cards of a page, by slot. ``page`` is what the page itself was given of its entity."""
        return {
            slot: tuple(self._cards(self.applying(slot, record, stage), record, here, stage, page or {}))
            for slot in slots
            if not slot.endswith(".tabs")
        }

    def _cards(
        self, applying: Sequence[Filling], record: Any, here: str, stage: Stage, page: Mapping[str, Any]
    ) -> Iterator[Card]:
        for filling in applying:
            if filling.spec.relation != REST:
                yield filling.card(record, here, stage, page)
            elif groups := filling.rest(ref_of(record), here, stage, applying):
                yield filling.card(record, here, stage, {**page, "groups": groups})


def fillings(site: Site, plugins: Iterable[Plugin], records: Mapping[str, Records]) -> tuple[list[Filling], list[Problem]]:
    """What all mounts and kinds put into slots, as the site wants it; and what it names that is not there."""
    found = [
        Filling(plugin, slot, spec, records[plugin.id])
        for plugin in plugins
        for slot, specs in _slots(plugin).items()
        for spec in specs
    ]
    shown, problems = _changed(site, found)
    return [filling for filling in shown if not filling.records.unset], problems


def _slots(plugin: Plugin) -> dict[str, list[SlotSpec]]:
    """A plugin's slots: those of its manifest, and the cards of its kinds."""
    slots = {slot: list(specs) if isinstance(specs, list) else [specs] for slot, specs in plugin.manifest.slots.items()}
    for kind in plugin.kinds:
        of_kind = {"kind": kind.name}
        cards = [spec.model_copy(update={"when": _both(of_kind, spec)}) for spec in kind.cards]
        slots.setdefault("entity.cards", []).extend(cards)
    return slots


def _both(condition: dict[str, Any], spec: SlotSpec) -> dict[str, Any]:
    return {"$all": [condition, *conditions(spec.when)]}


def _changed(site: Site, found: list[Filling]) -> tuple[list[Filling], list[Problem]]:
    """The fillings with what ``slots:`` of the site says of each."""
    problems = []
    for slot, cards in site.spec.slots.items():
        for index, card in enumerate(cards):
            if not card.card:
                continue
            concerned = [filling for filling in found if filling.id == card.card and filling.slot == slot]
            if not concerned:
                problems.append(_unknown(site, ("slots", slot, index, "card"), card, slot, found))
            for filling in concerned:
                found[found.index(filling)] = _with(filling, card)
    return [filling for filling in found if not getattr(filling.spec, "hide", False)], problems


def _with(filling: Filling, card: CardSpec) -> Filling:
    said = {name: getattr(card, name) for name in CHANGEABLE if name in card.model_fields_set}
    changed = {**filling.spec.model_dump(), **filling.spec.__dict__, **said, "card": card.card, "hide": card.hide}
    return Filling(filling.plugin, filling.slot, CardSpec.model_construct(**changed), filling.records)


def _unknown(site: Site, key: tuple[str | int, ...], card: CardSpec, slot: str, found: Iterable[Filling]) -> Problem:
    from difflib import get_close_matches

    known = sorted({filling.id for filling in found if filling.id and filling.slot == slot})
    slots = sorted({filling.slot for filling in found})
    word, among = (card.card, known) if slot in slots else (slot, slots)
    close = get_close_matches(word, among, 1)
    mend = f'Did you mean "{close[0]}"?' if close else f"Known are {', '.join(among) or 'none'}."
    what = f'nothing called "{card.card}" is in the slot {slot}.' if slot in slots else f'nothing fills a slot "{slot}".'
    return Problem("unknown-card", what, site.marks.at(key), dotted(key), mend, Severity.WARNING)
