"""Cache stores: fetched answers and parsed files, kept between builds; they may always be deleted."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from callboard.model.problem import Place, Problem, Severity

T = TypeVar("T")

SCHEMA: Final = 1
"""``PRAGMA user_version``: what this code reads and writes."""
_DAY: Final = 86400.0
_BUSY: Final = 5.0
"""Seconds to wait for another build that is writing."""
_PAGE_OF: Final = ("url", "status", "headers", "etag", "last_modified", "fetched_at", "stored_at", "body")


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A good answer of a service. Times are seconds since 1970 (UTC)."""

    url: str
    """For people: without its query."""
    status: int
    headers: Mapping[str, str]
    body: bytes
    etag: str = ""
    last_modified: str = ""
    fetched_at: int = 0
    """When the service last said that this is its answer."""
    stored_at: int = 0
    """When this body came."""


class CacheStore(Protocol):
    """Where answers and blobs are kept; ``namespace`` is a plugin's name. Never raises: what cannot be kept is not kept."""

    def answer(self, namespace: str, key: str) -> StoredAnswer | None:
        """The answer kept under ``key``."""

    def keep(self, namespace: str, key: str, answer: StoredAnswer) -> bool:
        """Keep an answer, instead of an older one. False if that was not possible."""

    def freshen(self, namespace: str, key: str, fetched_at: int) -> None:
        """The service said that the kept answer still holds."""

    def get(self, namespace: str, key: str) -> bytes | None:
        """The blob kept under ``key``."""

    def set(self, namespace: str, key: str, content: bytes) -> None:
        """Keep a blob."""

    def prune(self, max_age: float) -> int:
        """Forget answers not confirmed, and blobs not used, for ``max_age`` seconds. Returns how many."""

    def close(self) -> None:
        """Write what is pending and let go of the file. The next use opens it again."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What went wrong with the store itself (warnings)."""


class MemoryCache:
    """A cache that ends with the process."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], StoredAnswer] = {}
        self._blobs: dict[tuple[str, str], bytes] = {}

    def answer(self, namespace: str, key: str) -> StoredAnswer | None:
        """The answer kept under ``key``."""
        return self._answers.get((namespace, key))

    def keep(self, namespace: str, key: str, answer: StoredAnswer) -> bool:
        """Keep an answer."""
        self._answers[namespace, key] = answer
        return True

    def freshen(self, namespace: str, key: str, fetched_at: int) -> None:
        """The service said that the kept answer still holds."""
        from dataclasses import replace

        if kept := self._answers.get((namespace, key)):
            self._answers[namespace, key] = replace(kept, fetched_at=fetched_at)

    def get(self, namespace: str, key: str) -> bytes | None:
        """The blob kept under ``key``."""
        return self._blobs.get((namespace, key))

    def set(self, namespace: str, key: str, content: bytes) -> None:
        """Keep a blob."""
        self._blobs[namespace, key] = content

    def prune(self, max_age: float) -> int:  # noqa: ARG002  # nothing in it is older than this build
        """Forget nothing: it ends with the process anyway."""
        return 0

    def close(self) -> None:
        """Nothing to let go of."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """None ever."""
        return ()


class SqliteCache:
    """A cache in one SQLite file, opened on first use; several threads and several builds may share it.

    A damaged file, or one of a newer Callboard, is set aside (``cache.db.broken-1``) with a warning and a new one is begun.
    """

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        self.path = path
        self._now = now
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._inherited: sqlite3.Connection | None = None
        self._owner = 0
        self._inode = 0
        self._used: set[tuple[str, str]] = set()
        self._problems: list[Problem] = []

    def answer(self, namespace: str, key: str) -> StoredAnswer | None:
        """The answer kept under ``key``."""
        query = f"SELECT {', '.join(_PAGE_OF)} FROM answers WHERE namespace = ? AND key = ?"  # noqa: S608  # constant names
        row = self._run(lambda db: db.execute(query, (namespace, key)).fetchone())
        return _stored(row) if row else None

    def keep(self, namespace: str, key: str, answer: StoredAnswer) -> bool:
        """Keep an answer, instead of an older one."""
        row = (
            namespace,
            key,
            answer.url,
            answer.status,
            json.dumps(dict(answer.headers)),
            answer.etag,
            answer.last_modified,
            answer.fetched_at,
            answer.stored_at,
            answer.body,
        )
        return (
            self._run(lambda db: _write(db, "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [row]))
            is not None
        )

    def freshen(self, namespace: str, key: str, fetched_at: int) -> None:
        """The service said that the kept answer still holds."""
        row = (fetched_at, namespace, key)
        self._run(lambda db: _write(db, "UPDATE answers SET fetched_at = ? WHERE namespace = ? AND key = ?", [row]))

    def get(self, namespace: str, key: str) -> bytes | None:
        """The blob kept under ``key``. That it was used is noted once a day, on ``close``: reading stays reading."""
        row = self._run(
            lambda db: db.execute(
                "SELECT content, used_at FROM blobs WHERE namespace = ? AND key = ?", (namespace, key)
            ).fetchone()
        )
        if row is None:
            return None
        if self._now() - row[1] > _DAY:
            with self._lock:
                self._used.add((namespace, key))
        return bytes(row[0])

    def set(self, namespace: str, key: str, content: bytes) -> None:
        """Keep a blob."""
        row = (namespace, key, int(self._now()), content)
        self._run(lambda db: _write(db, "INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?)", [row]))

    def prune(self, max_age: float) -> int:
        """Forget answers not confirmed, and blobs not used, for ``max_age`` seconds. Returns how many."""
        before = int(self._now() - max_age)
        self._note_use()

        def forget(db: sqlite3.Connection) -> int:
            count = _write(db, "DELETE FROM answers WHERE fetched_at < ?", [(before,)])
            count += _write(db, "DELETE FROM blobs WHERE used_at < ?", [(before,)])
            if count:
                db.execute("PRAGMA incremental_vacuum").fetchall()
            return count

        return self._run(forget) or 0

    def close(self) -> None:
        """Write what is pending and let go of the file. The next use opens it again."""
        with self._lock:
            if self._db is not None:
                self._note_use()
                self._let_go()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What went wrong with the store itself (warnings)."""
        return tuple(self._problems)

    def _note_use(self) -> None:
        with self._lock:
            rows = [(int(self._now()), *used) for used in sorted(self._used)]
            self._used.clear()
        if rows:
            self._run(lambda db: _write(db, "UPDATE blobs SET used_at = ? WHERE namespace = ? AND key = ?", rows))

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do ``work``; with a new file if this one proves damaged. None if the cache cannot be used."""
        with self._lock:
            for _ in range(2):
                try:
                    return work(self._open())
                except (sqlite3.DatabaseError, _NewerError, ValueError) as error:
                    if not _damaged(error):
                        self._give_up(error)
                        return None
                    self._set_aside(str(error))
                except OSError as error:
                    self._give_up(error)
                    return None
            return None

    def _give_up(self, error: Exception) -> None:
        self._warn("cache-unusable", f"the cache cannot be used: {error}.", "Check the folder's space and permissions.")

    def _open(self) -> sqlite3.Connection:
        if self._db is not None and self._owner == os.getpid():
            return self._db
        self._inherited = self._db  # of the process that forked this one: closing it here would disturb that one
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # answers got with credentials are for their owner only
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        left_open = _size(Path(f"{self.path}-wal")) > 0  # another build, or one that was killed
        self._inode = self.path.stat().st_ino
        self._owner = os.getpid()
        self._db = sqlite3.connect(self.path, timeout=_BUSY, isolation_level=None, check_same_thread=False, cached_statements=16)
        _prepare(self._db)
        if left_open and (found := self._db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(found)
        return self._db

    def _let_go(self) -> None:
        if self._db is not None and self._owner == os.getpid():
            with suppress(sqlite3.Error):  # a damaged file may not close well; it is not used again
                self._db.close()
        self._db = None

    def _set_aside(self, reason: str) -> None:
        """Rename the file, unless another build has done so already and this path is a new one."""
        self._let_go()
        with suppress(FileNotFoundError):
            if self.path.stat().st_ino != self._inode:
                return
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.broken-{number}")).exists():
            number += 1
        for ending in ("-wal", "-shm", ""):
            with suppress(OSError):
                Path(f"{self.path}{ending}").replace(f"{aside}{ending}")
        self._warn(
            "cache-set-aside",
            f'the cache could not be read ({reason}); it was set aside as "{aside.name}" and a new one was begun.',
            "Nothing to do: sources are fetched again. The file may be deleted.",
        )

    def _warn(self, code: str, what: str, mend: str) -> None:
        place = Place(f"{self.path.parent.name}/{self.path.name}")
        problem = Problem(code, what, place, mend=mend, severity=Severity.WARNING)
        if problem not in self._problems:
            self._problems.append(problem)


class _NewerError(Exception):
    """The file was written by a newer Callboard."""


def _damaged(error: Exception) -> bool:
    """Whether the file itself is at fault, and not a lock, a full disk or a read-only folder."""
    if isinstance(error, sqlite3.OperationalError):  # a plain SQLITE_ERROR is a missing table or column
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_ERROR
    return True


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA synchronous = NORMAL")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA:
        raise _NewerError(f"it was written by a newer Callboard, format {version}")
    if version < SCHEMA:
        _migrate(db)


def _migrate(db: sqlite3.Connection) -> None:
    """Bring the schema up to date; of several builds that begin at once, the first one does it."""
    import sqlite_utils

    if not db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _switch_to_wal(db)
    db.execute("BEGIN IMMEDIATE")
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] < SCHEMA:
            _migrations().apply(sqlite_utils.Database(db, execute_plugins=False))
            db.execute(f"PRAGMA user_version = {SCHEMA}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _switch_to_wal(db: sqlite3.Connection) -> None:
    """SQLite does not wait for others when the journal mode changes, so this does."""
    until = time.monotonic() + _BUSY
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _migrations() -> Any:
    from sqlite_utils import Database, Migrations

    migrations = Migrations("callboard.cache")

    @migrations()
    def answers_and_blobs(db: Database) -> None:
        # bodies stand last: SQLite reads the columns before them without their pages
        text, number = "TEXT NOT NULL", "INTEGER NOT NULL"
        db.execute(
            f"CREATE TABLE answers (namespace {text}, key {text}, url {text}, status {number}, headers {text}, etag {text},"
            f" last_modified {text}, fetched_at {number}, stored_at {number}, body BLOB NOT NULL, PRIMARY KEY (namespace, key))"
        )
        db.execute(
            f"CREATE TABLE blobs (namespace {text}, key {text}, used_at {number}, content BLOB NOT NULL,"
            " PRIMARY KEY (namespace, key))"
        )

    return migrations


def _write(db: sqlite3.Connection, statement: str, rows: list[tuple[Any, ...]]) -> int:
    db.execute("BEGIN IMMEDIATE")
    try:
        count = db.executemany(statement, rows).rowcount
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return count


def _stored(row: tuple[Any, ...]) -> StoredAnswer:
    values = dict(zip(_PAGE_OF, row, strict=True))
    return StoredAnswer(**{**values, "headers": json.loads(values["headers"])})
