"""What a build leaves for the next one's search index: a SQLite file. Without it, or if it is busy, all is made anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

VERSION = 1
"""Of what is kept, and of how documents become terms: another one is thrown away."""
_TABLES = """
create table meta (name text primary key, value text not null) without rowid;
create table units (key text primary key, digest text not null, source text not null, names text not null, body text not null);
create table rows (place text primary key, sort text not null, owner text not null) without rowid;
create table shards (start text primary key, last text not null, name text not null, body text not null, rest text not null,
  top text not null);
create table nodes (prefix text primary key, parts text not null, name text not null, body text not null, top text not null);
"""


class SearchState:
    """The kept state, open for one build; ``path`` None keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._opened(self._path)
        except sqlite3.OperationalError:  # another build has it: this one remembers nothing
            self._connection = self._opened(None)
        except sqlite3.DatabaseError:  # no database, or a broken one
            assert self._path is not None
            self._path.unlink(missing_ok=True)
            self._connection = self._opened(self._path)
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def _opened(self, path: Path | None) -> sqlite3.Connection:
        connection = sqlite3.connect(path or ":memory:", timeout=0.2, isolation_level=None)
        connection.execute("pragma synchronous = off")  # losing it costs time only
        connection.execute("pragma journal_mode = memory")
        connection.execute("begin immediate")
        [version] = connection.execute("pragma user_version").fetchone()
        if version != VERSION:
            names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
            for name in names:
                connection.execute(f'drop table "{name}"')
            for statement in _TABLES.split(";")[:-1]:
                connection.execute(statement)
            connection.execute(f"pragma user_version = {VERSION}")
        return connection

    @property
    def _open(self) -> sqlite3.Connection:
        assert self._connection is not None
        return self._connection

    def commit(self) -> None:
        """Keeps what was put."""
        self._open.execute("commit")

    def value(self, name: str) -> str:
        """One noted value, or ""."""
        found = self._open.execute("select value from meta where name = ?", (name,)).fetchone()
        return str(found[0]) if found else ""

    def note(self, name: str, value: str) -> None:
        """Notes one value."""
        self._open.execute("insert or replace into meta values (?, ?)", (name, value))

    def units(self) -> dict[str, tuple[str, str, str]]:
        """Key → digest, source and the names of its blocks."""
        return {row[0]: row[1:] for row in self._open.execute("select key, digest, source, names from units")}

    def unit(self, key: str) -> str:
        """A unit's body."""
        return str(self._open.execute("select body from units where key = ?", (key,)).fetchone()[0])

    def put_units(self, rows: Iterable[tuple[str, str, str, str, str]]) -> None:
        """Units: key, digest, source, names, body."""
        self._open.executemany("insert or replace into units values (?, ?, ?, ?, ?)", rows)

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """All documents: id, type and kind, owner."""
        return self._open.execute("select place, sort, owner from rows")

    def put_rows(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Documents: id, type and kind, owner."""
        self._open.executemany("insert or replace into rows values (?, ?, ?)", rows)

    def drop(self, table: str, column: str, keys: Iterable[str]) -> None:
        """Rows that are no more."""
        self._open.executemany(f"delete from {table} where {column} = ?", ((key,) for key in keys))  # noqa: S608  # our own names

    def shards(self) -> dict[str, tuple[str, str]]:
        """The first term of each file → the last one, and the file's name."""
        return {row[0]: row[1:] for row in self._open.execute("select start, last, name from shards")}

    def shard(self, start: str) -> tuple[str, str, str]:
        """A file's content, what was cut of its terms, and its best documents."""
        row = self._open.execute("select body, rest, top from shards where start = ?", (start,)).fetchone()
        return (row[0], row[1], row[2])

    def put_shards(self, rows: Iterable[tuple[str, str, str, str, str, str]]) -> None:
        """Files: start, last, name, body, rest, top."""
        self._open.executemany("insert or replace into shards values (?, ?, ?, ?, ?, ?)", rows)

    def nodes(self) -> dict[str, tuple[str, str]]:
        """Beginning → its parts, and the name of its file."""
        return {row[0]: row[1:] for row in self._open.execute("select prefix, parts, name from nodes")}

    def node(self, prefix: str) -> tuple[str, str]:
        """The content of a beginning's file, and its best documents."""
        row = self._open.execute("select body, top from nodes where prefix = ?", (prefix,)).fetchone()
        return (row[0], row[1])

    def put_nodes(self, rows: Iterable[tuple[str, str, str, str, str]]) -> None:
        """Beginnings: prefix, parts, name, body, top."""
        self._open.executemany("insert or replace into nodes values (?, ?, ?, ?, ?)", rows)


def known(units: Mapping[str, tuple[str, str, str]], key: str, digest: str) -> bool:
    """Whether a unit is kept as it is now."""
    return key in units and units[key][0] == digest
