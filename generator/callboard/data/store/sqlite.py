"""Stores in SQLite: one file a plugin."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from callboard.data import sqlitefile
from callboard.data.store import statements
from callboard.data.store.steps import run, unapplied
from callboard.plugin import Migrations, StoreError

T = TypeVar("T")
_BUSY: Final = 10.0
"""Seconds to wait for another build that is writing."""
_CHECKED: Final = 64_000_000
"""Bytes up to which a file is looked through whole when it is opened."""
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Damaged(Exception):
    """The file is no sound database; its text says why."""

    def __init__(self, reason: str, inode: int) -> None:
        super().__init__(reason)
        self.inode = inode


class SqliteStore:
    """A Store in one file, or in memory. Mounts of one plugin share it: a transaction keeps the others waiting."""

    def __init__(self, plugin: str, db: sqlite3.Connection) -> None:
        self._plugin, self._db = plugin, db
        self._lock = threading.RLock()
        self._depth = 0

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run one statement. How many rows it changed."""
        return max(self._run(sql, lambda: self._db.execute(sql, statements.bound(parameters)).rowcount), 0)

    def executemany(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Run one statement for each of several parameters."""
        several = [statements.bound(row) for row in rows]
        if not several:
            return 0
        with self.transaction():
            return max(self._run(sql, lambda: self._db.executemany(sql, several).rowcount), 0)

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a query."""

        def read() -> list[dict[str, Any]]:
            cursor = self._db.execute(sql, statements.bound(parameters))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor]

        return self._run(sql, read)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing."""
        with self._lock:
            begin, end, undo = ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK") if not self._depth else _savepoint(self._depth)
            self._own(begin)
            self._depth += 1
            try:
                yield
                self._own(end)
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite has undone it by itself
                    self._db.execute(undo)
                raise
            finally:
                self._depth -= 1

    def migrate(self, migrations: Migrations) -> None:
        """Run the steps that this database has not seen, each in a transaction of its own; another build waits meanwhile."""
        while waiting := unapplied(self._plugin, self._applied(), migrations):
            with self.transaction():
                if unapplied(self._plugin, self._applied(), migrations) == waiting:
                    self._apply(migrations, then=[step.name for step in waiting[1:2]])

    def close(self) -> None:
        """Let go of the file."""
        with self._lock, suppress(sqlite3.Error):
            self._db.close()

    def _apply(self, migrations: Migrations, *, then: list[str]) -> None:
        """Run the next step; sqlite-utils keeps its name in its own table. ``then`` is the step before which to stop."""
        import sqlite_utils

        steps = sqlite_utils.Migrations(self._plugin)
        for step in migrations:
            steps(name=step.name)(lambda _, step=step: run(step, self))
        steps.apply(sqlite_utils.Database(self._db, execute_plugins=False), stop_before=then)

    def _applied(self) -> list[str]:
        known = "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
        if not self.rows(known):
            return []
        rows = self.rows("SELECT name FROM _sqlite_migrations WHERE migration_set = :plugin", {"plugin": self._plugin})
        return [row["name"] for row in rows]

    def _own(self, statement: str) -> None:
        try:
            self._db.execute(statement)
        except sqlite3.Error as error:
            raise _in_words(error, statement) from error

    def _run(self, sql: str, work: Callable[[], T]) -> T:
        statements.formatted(sql)
        with self._lock:
            try:
                return work()
            except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
                raise _in_words(error, sql) from error


def _savepoint(depth: int) -> tuple[str, str, str]:
    return f"SAVEPOINT inner_{depth}", f"RELEASE inner_{depth}", f"ROLLBACK TO inner_{depth}"


def _in_words(error: Exception, sql: str) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_BUSY:
        return StoreError(f"another program has kept its database locked for {_BUSY:g} seconds. Build again when it is done.")
    if code in _DAMAGED:
        return StoreError(f"its database is damaged ({error}). The next build sets the file aside and begins a new one.")
    return statements.failed(error, sql)


def in_memory(plugin: str) -> SqliteStore:
    """A store that is forgotten when it is closed."""
    return SqliteStore(plugin, _guarded(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)))


def in_file(plugin: str, path: Path) -> SqliteStore:
    """The store in a file, made if it is not there. Raises Damaged, or StoreError: no room, no permission, locked."""
    try:
        inode = sqlitefile.begin(path)
        db = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f'its database "{path.name}" cannot be opened: {getattr(error, "strerror", None) or error}.') from error
    try:
        _prepare(db, path)
    except sqlite3.Error as error:
        db.close()
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _DAMAGED:
            raise Damaged(str(error), inode) from error
        raise _in_words(error, "PRAGMA journal_mode = WAL") from error
    return SqliteStore(plugin, _guarded(db))


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    if path.stat().st_size <= _CHECKED and (found := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise sqlite3.DatabaseError(found)
    if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        sqlitefile.switch_to_wal(db, _BUSY)
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA foreign_keys = ON")


def _guarded(db: sqlite3.Connection) -> sqlite3.Connection:
    """Without a way to other files, whatever SQL says."""

    def allowed(action: int, *_: str | None) -> int:
        return sqlite3.SQLITE_DENY if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH) else sqlite3.SQLITE_OK

    db.set_authorizer(allowed)
    return db
