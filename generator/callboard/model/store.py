"""Store: a plugin's own database; Migrations: the steps that build it up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol, overload


class StoreError(Exception):
    """A plugin's database cannot be used, or a statement failed. Its text is a sentence without secrets."""


class Store(Protocol):
    """The database of one plugin, in SQLite or PostgreSQL: write SQL that both understand, with ``:named`` parameters.

    Parameters are texts, whole numbers, numbers, bytes and None; true and false are kept as 1 and 0. Every method raises StoreError.
    """

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run one statement. How many rows it inserted, changed or deleted."""

    def executemany(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Run one statement for each of several parameters, all or none of them. How many rows that changed."""

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a query, each by column name, as plain data: dates are texts, decimals are numbers."""

    def transaction(self) -> AbstractContextManager[None]:
        """``with db.transaction():`` all of it or, if it raises, nothing. Inside of another one it is a part of that."""


Step = Callable[[Store], None]


class Migration(NamedTuple):
    """One step: it runs once in each database, and its name is kept there."""

    name: str
    run: Step


class Migrations:
    """The steps that build up a plugin's database, in order; each runs once, whole or not at all.

    migrations = Migrations()

    @migrations
    def create_runs(db: Store) -> None:
        db.execute("CREATE TABLE runs (id TEXT PRIMARY KEY, seconds DOUBLE PRECISION)")

    Steps that were released are never changed, renamed or removed: what comes later is a step of its own.
    """

    def __init__(self) -> None:
        self._steps: list[Migration] = []

    @overload
    def __call__(self, step: Step, /) -> Step: ...
    @overload
    def __call__(self, /, *, name: str) -> Callable[[Step], Step]: ...
    def __call__(self, step: Step | None = None, /, *, name: str = "") -> Step | Callable[[Step], Step]:
        """Add a step, under its function's name or another. Raises ValueError if there is one of that name."""

        def add(function: Step) -> Step:
            called = name or str(getattr(function, "__name__", ""))
            if any(known.name == called for known in self._steps):
                raise ValueError(f'there are two migrations called "{called}". Give one of them another name.')
            self._steps.append(Migration(called, function))
            return function

        return add if step is None else add(step)

    def __iter__(self) -> Iterator[Migration]:
        return iter(self._steps)
