"""Rows of tables: a record stands in many lists (of its kind, owner, tags …), and its row is made once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from callboard.model.builds import Runs
from callboard.model.page import Cell
from callboard.model.shown import BuildsSpec, Column
from callboard.pages.numbering import natural
from callboard.pages.records import ref_of, title_of


class Rows:
    """All rows of a build. Records are told apart by identity: they live as long as the build does."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], tuple[Cell, ...]] = {}
        self._marks: dict[tuple[str, int], str] = {}
        self._names: dict[int, tuple[Sequence[Column], str]] = {}
        self._keys: dict[int, tuple[list[tuple[int, int, str]], str]] = {}
        self._runs: dict[tuple[int, int], tuple[Sequence[Any], BuildsSpec, Runs]] = {}

    def row(self, key: str, columns: Sequence[Column], record: Any, cell: Callable[[Column, Any], Cell]) -> tuple[Cell, ...]:
        """The record's row; ``key`` stands for the columns and for how ``cell`` makes them."""
        found = self._rows.get((key, id(record)))
        if found is None:
            found = self._rows[key, id(record)] = tuple([cell(column, record) for column in columns])
        return found

    def mark(self, key: str, columns: Sequence[Column], record: Any, digest: str, cell: Callable[[Column, Any], Cell]) -> str:
        """A text that differs whenever the row does: the entity's digest, and what is shown of other entities. Cells of the entity's
        own are not made for it, which is most of the work.
        """
        found = self._marks.get((key, id(record)))
        if found is None:
            others = [cell(column, record) for column in columns if column.type == "entity" and column.field not in ("", "@")]
            found = self._marks[key, id(record)] = "\1".join([digest, *(f"{one.text}\2{one.href}" for one in others)])
        return found

    def name(self, columns: Sequence[Column]) -> str:
        """The columns as a text."""
        found = self._names.get(id(columns))
        if found is None:
            found = self._names[id(columns)] = (columns, repr(columns))  # held, so that no others get their identity
        return found[1]

    def order(self, record: Any) -> tuple[list[tuple[int, int, str]], str]:
        """What a list is sorted by: the record's title, then its reference."""
        key = self._keys.get(id(record))
        if key is None:
            key = self._keys[id(record)] = (natural(title_of(record)), ref_of(record))
        return key

    def runs(self, records: Sequence[Any], spec: BuildsSpec) -> Runs:
        """The records as runs of a CI service: each of their pages asks for them."""
        key = (id(records), id(spec))
        if key not in self._runs:
            self._runs[key] = (records, spec, Runs(records, spec))  # held, so that no others get their identity
        return self._runs[key][2]
