"""All rows of all entities, by key: what of it a query needs is worked out when the first one asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from .rows import Row
from .rows import rows as entity_rows

Pair = tuple[str, int]
"""A sort value and the number of its entity."""
EMPTY: frozenset[int] = frozenset()


class Column:
    """The rows of one key: which entity (by number), the value, and the value as written."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.values: list[str | None] = []
        self.originals: list[str | None] = []

    @cached_property
    def present(self) -> frozenset[int]:
        """The entities that have the key."""
        return frozenset(self.numbers)

    @cached_property
    def _holders(self) -> Mapping[str, set[int]]:
        holders: dict[str, set[int]] = {}
        for number, value in zip(self.numbers, self.values, strict=True):
            if value is not None:
                holders.setdefault(value, set()).add(number)
        return holders

    @cached_property
    def first(self) -> Mapping[int, str]:
        """What an entity is sorted by: of several values the first."""
        first: dict[int, str] = {}
        for number, value in zip(self.numbers, self.values, strict=True):
            if value is not None:
                first.setdefault(number, value)
        return first

    @cached_property
    def pairs(self) -> Sequence[Pair]:
        """One pair for each entity that has a value, sorted."""
        return sorted((value, number) for number, value in self.first.items())

    def holding(self, value: str) -> frozenset[int] | set[int]:
        """The entities with this value, which is in small letters."""
        return self._holders.get(value, EMPTY)

    def beginning(self, prefix: str) -> set[int]:
        """The entities with a value that begins so."""
        return {number for value, numbers in self._holders.items() if value.startswith(prefix) for number in numbers}

    def containing(self, text: str) -> set[int]:
        """The entities with a value in which this text occurs."""
        return {number for value, numbers in self._holders.items() if text in value for number in numbers}

    def counts(self, among: frozenset[int] | set[int] | None) -> dict[str, int]:
        """How many entities have each value as written, sorted by it."""
        counts: dict[str, int] = {}
        for number, original in zip(self.numbers, self.originals, strict=True):
            if original is not None and (among is None or number in among):
                counts[original] = counts.get(original, 0) + 1
        return dict(sorted(counts.items()))


def columns(
    records: Iterable[Mapping[str, Any]], *, rows: Callable[[Mapping[str, Any]], Iterable[Row]] = entity_rows
) -> dict[str, Column]:
    """The columns of records, which are numbered in their order."""
    found: dict[str, Column] = {}
    for number, record in enumerate(records):
        for key, value, original in rows(record):
            column = found.get(key)
            if column is None:
                column = found[key] = Column()
            column.numbers.append(number)
            column.values.append(value)
            column.originals.append(original)
    return found
