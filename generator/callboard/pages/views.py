"""Records → the View that a ready-made template prints: cells, items, facts and points, all links resolved."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from callboard.model.lookup import MISSING, fill, lookup, path_words, segment, words
from callboard.model.manifest import PageSpec
from callboard.model.page import Cell, Heading, ItemData, Point, View
from callboard.model.shown import Column, Item, LiveSpec, SlotSpec
from callboard.pages.builds import STANDARD, BuildsViewer, count, empty
from callboard.pages.links import Links, safe_url
from callboard.pages.records import ref_of
from callboard.pages.rows import Rows

LISTS = ("table", "cards", "list", "ci.builds")
"""The views that are numbered when they are long."""
ALL = slice(None)


_ASKED = re.compile(r"[A-Za-z0-9._~@+:,/-]+")
Live = Mapping[str, str]
"""The name of the live value that stands at a field, or at an item's ``text`` or ``state``."""


class Viewer:
    """Makes views for one mount's pages."""

    def __init__(self, links: Links, mount_path: str, rows: Rows) -> None:
        self.links, self.mount_path, self.rows = links, mount_path, rows

    def view(
        self,
        spec: PageSpec | SlotSpec,
        value: Any,
        here: str,
        *,
        columns: Sequence[Column] = (),
        part: slice = ALL,
        among: Sequence[Any] = (),
    ) -> View | None:
        """The view that ``spec`` names, of ``value``: a list of records, or one record for ``detail`` and ``markdown``.

        ``ci.builds`` needs all records of the list to compare them: ``part`` says which rows are shown, ``among`` what the list of a
        single record is.
        """
        if spec.view is None:
            return None
        if spec.view == "ci.builds":
            return self._builds(spec, value, here, part, among)
        empty = spec.empty or "Nothing here yet."
        records = value if isinstance(value, list) else [] if value is None else [value]
        live, addresses = self._live(spec.live, records, here)
        if spec.view == "table":
            return self._table(spec.columns or columns or guessed(records), records, here, empty, live)._replace(live=addresses)
        if spec.view in ("cards", "list"):
            assert spec.item is not None  # discovery refuses a manifest without it
            items = tuple(self._item(spec.item, record, here, live) for record in records)
            return View(spec.view, empty, items=items, live=addresses)
        if spec.view == "detail":
            shown = self._detail(spec.columns or columns or guessed(records), records, here, empty, live)
            return shown._replace(live=addresses[:1])
        if spec.view == "chart":
            return self._chart(spec, records, empty)
        texts = [str(lookup(record, spec.text) or "") if isinstance(record, dict) else str(record) for record in records]
        return View("markdown", empty, text="\n\n".join(texts))

    def count(self, spec: PageSpec, records: Sequence[Any]) -> int:
        """How many rows a list has in all."""
        if spec.view != "ci.builds":
            return len(records)
        said = spec.builds or STANDARD
        return count(self.rows.runs(records, said), said)

    def _builds(self, spec: PageSpec | SlotSpec, value: Any, here: str, part: slice, among: Sequence[Any]) -> View:
        said, single = spec.builds or STANDARD, isinstance(value, Mapping)
        records = value if isinstance(value, list) else among if single and among else [value] if single else []
        runs = self.rows.runs(records, said)
        shown = BuildsViewer(runs, said, lambda template, record: self._href(template, record, here))
        limited = slice(spec.limit) if isinstance(spec, SlotSpec) else part
        said_empty = spec.empty or empty(runs, said)
        return View("ci.builds", said_empty, builds=shown.run(value) if single else shown.listed(limited))

    def _live(self, spec: LiveSpec | None, records: Sequence[Any], here: str) -> tuple[Live, tuple[str, ...]]:
        """The names of live values by where they stand, and where each record's are asked for; nothing if none has any."""
        addresses = tuple(self._address(spec.path, record, here) for record in records) if spec else ()
        return (spec.values, addresses) if spec and any(addresses) else ({}, ())

    def _address(self, path: str, record: Any, here: str) -> str:
        try:
            return self.links.live(self.mount_path, fill(path, record, _asked), here)
        except KeyError:
            return ""

    def _table(self, columns: Sequence[Column], records: list[Any], here: str, empty: str, live: Live) -> View:
        headings = tuple(Heading(heading(column), column.type) for column in columns)
        key, cell = self._key(columns, here), self._cells(here)
        if live:
            key, cell = f"{key}\0{live}", lambda column, record: self._fresh(column, record, here, live)
        rows = tuple([self.rows.row(key, columns, record, cell) for record in records])
        return View("table", empty, headings=headings, rows=rows)

    def marks(self, columns: Sequence[Column], records: Sequence[Any], here: str, digests: Mapping[int, str]) -> list[str]:
        """For each row of a table of entities, a text that differs whenever it does. ``digests`` are the entities', by identity."""
        key, cell = self._key(columns, here), self._cells(here)
        return [self.rows.mark(key, columns, record, digests[id(record)], cell) for record in records]

    def _key(self, columns: Sequence[Column], here: str) -> str:
        """What makes rows the same on all pages: only the relative links of portable builds differ from one to the other."""
        return f"{self.mount_path}\0{here if self.links.portable else ''}\0{self.rows.name(columns)}"

    def _cells(self, here: str) -> Callable[[Column, Any], Cell]:
        return lambda column, record: self.cell(column, record, here)

    def _fresh(self, column: Column, record: Any, here: str, live: Live) -> Cell:
        """A cell that knows which live value may replace it."""
        cell = self.cell(column, record, here)
        return cell._replace(live=live[column.field]) if column.field in live else cell

    def _detail(self, columns: Sequence[Column], records: list[Any], here: str, empty: str, live: Live) -> View:
        record = records[0] if records else None
        facts = [(heading(column), self._fresh(column, record, here, live)) for column in columns] if record else []
        return View("detail", empty, facts=tuple((title, cell) for title, cell in facts if cell.text or cell.live))

    def _item(self, item: Item, record: Any, here: str, live: Live) -> ItemData:
        meta = (self._fresh(column, record, here, live) for column in item.meta)
        return ItemData(
            _text(item.title, record),
            _text(item.text, record),
            self._href(item.href, record, here),
            words(lookup(record, item.state)) if item.state else "",
            tuple(cell for cell in meta if cell.text or cell.live),
            (live.get("text", ""), live.get("state", "")),
        )

    def _chart(self, spec: PageSpec | SlotSpec, records: list[Any], empty: str) -> View:
        chart = spec.chart
        assert chart is not None  # discovery refuses a manifest without it
        pairs = [(words(lookup(record, chart.label)), lookup(record, chart.value)) for record in records]
        numbers = [(label, float(value)) for label, value in pairs if isinstance(value, (int, float))]
        largest = max((abs(value) for _, value in numbers), default=0) or 1
        unit = f" {chart.unit}" if chart.unit else ""
        points = tuple(Point(label, value, f"{value:g}{unit}", round(value / largest, 4)) for label, value in numbers)
        return View("chart", empty, chart=chart.type, points=points)

    def cell(self, column: Column, record: Any, here: str) -> Cell:
        """One value, by its column's type."""
        value = lookup(record, column.field)
        if column.type == "entity":
            return self._entity_cell(column, record, value, here)
        if value is None or value in ([], ""):
            return Cell("", column.type)
        href = self._href(column.href, record, here)
        if column.type == "tags":
            parts = tuple(words(part) for part in value) if isinstance(value, list) else (words(value),)
            return Cell(", ".join(parts), "tags", parts=parts)
        if column.type == "link":
            return Cell(words(value), "link", href or safe_url(str(value)))
        if column.type == "number":
            return Cell(words(value), "number", href, words(value))
        return Cell(words(value), column.type, href)

    def _entity_cell(self, column: Column, record: Any, value: Any, here: str) -> Cell:
        if column.field in ("", "@"):
            target = self.links.target(ref_of(record), here)
            return Cell(target.title, "entity", target.href)
        if not value:
            return Cell("", "entity")
        namespace = lookup(record, "metadata.namespace") or "default"
        targets = [
            self.links.resolve(ref, here, kind=column.kind, namespace=namespace)
            for ref in (value if isinstance(value, list) else [value])
        ]
        if len(targets) == 1:
            return Cell(targets[0].title, "entity", targets[0].href)
        several = tuple(part for target in targets for part in (target.title, target.href))
        return Cell(", ".join(target.title for target in targets), "entity", parts=several)

    def _href(self, template: str, record: Any, here: str) -> str:
        if not template:
            return ""
        try:
            if template.startswith("/"):
                path = fill(template, record, segment)
                return self.links.href(self.mount_path + path[1:], here)
            return safe_url(fill(template, record))
        except KeyError:
            return ""


def heading(column: Column) -> str:
    """A column's title; without one, the last word of its path: ``spec.startedAt`` is ``Started at``."""
    return column.title or path_words(column.field)


def guessed(records: Sequence[Any]) -> list[Column]:
    """Columns for records that nobody described: the keys of the first, numbers and lists by their looks."""
    first = next((record for record in records if isinstance(record, dict)), {})
    return [Column(field=key, type=_type(value)) for key, value in first.items() if not isinstance(value, dict)]


def _type(value: Any) -> Any:
    if isinstance(value, bool):
        return "text"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, list):
        return "tags"
    return "link" if isinstance(value, str) and safe_url(value) else "text"


def _asked(text: str) -> str:
    """A value as part of the path of a live answer, a slash in it is one. KeyError for one that no path holds."""
    if not _ASKED.fullmatch(text):
        raise KeyError(text)
    return text


def _text(template: str, record: Any) -> str:
    """``{path}`` filled in; without braces, the path itself."""
    if not template:
        return ""
    if "{" not in template:
        found = lookup(record, template, MISSING)
        return words(found) if found is not MISSING else template
    try:
        return fill(template, record)
    except KeyError:
        return ""
