"""Rows of tables: a record stands in many lists (of its kind, owner, tags …), and its row is made once for all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from callboard.model.page import Cell
from callboard.model.shown import Column
from callboard.pages.numbering import natural
from callboard.pages.records import ref_of, title_of


class Row(NamedTuple):
    """A record's cells, and a digest of them."""

    cells: tuple[Cell, ...]
    digest: str


class Rows:
    """All rows of a build. Records are told apart by identity: they live as long as the build does."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], Row] = {}
        self._keys: dict[int, tuple[list[tuple[int, int, str]], str]] = {}

    def row(self, key: str, columns: Sequence[Column], record: Any, cell: Callable[[Column, Any], Cell]) -> Row:
        """The record's row; ``key`` stands for the columns and for how ``cell`` makes them."""
        found = self._rows.get((key, id(record)))
        if found is None:
            cells = tuple([cell(column, record) for column in columns])
            said = "\0".join([f"{cell.text}\1{cell.href}" for cell in cells])  # all that the columns do not say
            digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]
            found = self._rows[key, id(record)] = Row(cells, digest)
        return found

    def order(self, record: Any) -> tuple[list[tuple[int, int, str]], str]:
        """What a list is sorted by: the record's title, then its reference."""
        key = self._keys.get(id(record))
        if key is None:
            key = self._keys[id(record)] = (natural(title_of(record)), ref_of(record))
        return key
