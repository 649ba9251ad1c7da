"""Pages for each value of a path, or for each target of a relation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from callboard.model.entity import EntityRef, Kind
from callboard.model.lookup import fill, lookup, segment, words
from callboard.model.page import PageData, View
from callboard.model.problem import Problem
from callboard.model.shown import Column
from callboard.pages.makers import Planned, SpecMaker
from callboard.pages.records import ref_of
from callboard.pages.stage import breadcrumb


class GroupPage(SpecMaker):
    """A page spec with ``group``: numbered pages for each value of a path."""

    def _groups(self) -> dict[str, list[Any]]:
        groups: dict[str, list[Any]] = {}
        expression = self.spec.data if isinstance(self.spec.data, str) else ""
        for record in self.records.evaluate(expression) or []:
            for one in self._values_of(record):
                groups.setdefault(one, []).append(record)
        return {name: sorted(groups[name], key=self.stage.rows.order) for name in sorted(groups)}

    @cached_property
    def _relation(self) -> str:
        """The relation whose targets are the groups; "" for a path."""
        return self.spec.group.removeprefix("relations.") if self.spec.group.startswith("relations.") else ""

    def _values_of(self, record: Any) -> list[str]:
        """The groups that a record belongs to; words are compared without case, since paths are."""
        if self._relation:
            relations = self.stage.graph.relations.get(ref_of(record), ())
            return [relation.target for relation in relations if relation.type == self._relation]
        value = lookup(record, self.spec.group)
        found = value if isinstance(value, list) else [] if value is None else [value]
        return list(dict.fromkeys(self._first.setdefault(word.casefold(), word) for word in map(words, found) if word))

    @cached_property
    def _first(self) -> dict[str, str]:
        """How a word was written where it came first."""
        return {}

    def _path(self, group: str) -> str:
        """The path of a group. Raises KeyError or ValueError if it has none."""
        scope: dict[str, Any] = {"group": group.lower()}
        if self._relation:
            ref = EntityRef.parse(group)
            scope["ref"] = {"kind": ref.kind, "namespace": ref.namespace, "name": ref.name}
        path = self.plugin.path + fill(self.spec.path.lstrip("/"), scope, segment)
        if "//" in path:
            raise ValueError(path)
        return path

    def _kind(self, group: str) -> Kind | None:
        return self.stage.graph.kinds.get(group.lower()) if self.spec.group == "kind" else None

    def _scope(self, group: str) -> dict[str, Any]:
        kind = self._kind(group)
        return {
            "group": group,
            "target": self.stage.links.title(group) if self._relation else group,
            "kind": {"name": kind.name, "plural": kind.plural, "icon": kind.icon} if kind else {"plural": group},
        }

    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """The numbered pages of each group."""
        self._found = self._groups()
        for group, records in self._found.items():
            try:
                base = self._path(group)
            except (KeyError, ValueError):
                continue  # a word without a letter or digit names no folder; its records are on the other lists
            count = self.viewer().count(self.spec, records)
            yield from self.plan_numbered(number, base, fill(self.title, self._scope(group)), count, (group, base))

    def data(self, planned: Planned) -> PageData:
        """One part of one group."""
        (group, base), page = planned.argument
        here = planned.path
        records = self._found[group]
        return PageData(
            planned.title,
            here,
            self.spec.summary,
            {} if self.spec.view else {"items_": records[self.part(page)], "group": group},
            breadcrumb(here, planned.title, self.stage),
            self.records.provenance(self.spec.data),
            error=self.records.error,
            view=self._view(group, page, here),
            slots=self.fillings.cards(self.slots, None, here, self.stage),
            **self.numbered(records, base, here, page),
        )

    def _view(self, group: str, page: int, here: str) -> View | None:
        """The list's view; in a table, the column that the list is about says the same on every row and is not shown."""
        view = self.numbered_view(self._found[group], page, here, columns=self._columns(group))
        if view is None or len(view.rows) < 2:
            return view
        about = self.stage.links.title(group) if self._relation else group
        for number, column in enumerate(self.spec.columns[1:], 2):
            if (column.field == self.spec.group or (self._relation and column.type == "entity")) and all(
                row[number - 1].text.casefold() == about.casefold() for row in view.rows
            ):
                return view._replace(same=number)
        return view

    def _columns(self, group: str) -> Sequence[Column]:
        kind = self._kind(group)
        return kind.columns if kind else ()

    def summed(self, planned: Planned) -> str | None:
        """For a table of entities: marks of its rows, and what stands around them."""
        if self.spec.view != "table" or self.slots or self.stage.links.portable:
            return None
        (group, base), page = planned.argument
        records, here = self._found[group], planned.path
        columns = self.spec.columns or self._columns(group)
        part = records[self.part(page)]
        digests = self.records.digests
        if not columns or not all(digests.get(id(record)) for record in part):
            return None
        rows = self.viewer().marks(columns, part, here, digests)
        around = [planned.title, here, base, len(records), page, breadcrumb(here, planned.title, self.stage)]
        return "\n".join((repr(around), self.stage.rows.name(columns), self._same, *rows))

    @cached_property
    def _same(self) -> str:
        """What is the same for all pages of this spec."""
        return repr([self.spec, self.records.error, self.records.provenance(self.spec.data), self.stage.links.base])
