"""A cache in one SQLite file: the default."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from callboard.data import sqlitefile
from callboard.data.cache.store import Entry, StoredAnswer
from callboard.data.cache.tables import BUSY, NewerError, prepare, write
from callboard.model.problem import Place, Problem, Severity

T = TypeVar("T")

_DAY: Final = 86400.0
_HEAD: Final = ("url", "status", "headers", "etag", "last_modified", "fetched_at", "stored_at", "name", "ttl", "asked")
_COLUMNS: Final = ("namespace", "key", *_HEAD, "body")


class SqliteCache:
    """A cache in one SQLite file, opened on first use; several threads and several builds may share it.

    A damaged file, or one of a newer Callboard, is set aside (``cache.db.broken-1``) with a warning and a new one is begun. One that
    cannot be used, or that another process holds for longer than ``patience`` seconds, is not tried again until it is opened anew.
    """

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time, patience: float = BUSY) -> None:
        self.path = path
        self._now, self._patience = now, patience
        self._given_up = False
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._inherited: sqlite3.Connection | None = None
        self._owner = 0
        self._inode = 0
        self._used: set[tuple[str, str]] = set()
        self._problems: list[Problem] = []

    def answer(self, namespace: str, key: str) -> StoredAnswer | None:
        """The answer kept under ``key``."""
        query = f"SELECT {', '.join(_HEAD)}, body FROM answers WHERE namespace = ? AND key = ?"  # noqa: S608  # constant names

        def found(db: sqlite3.Connection) -> StoredAnswer | None:
            row = db.execute(query, (namespace, key)).fetchone()
            return _stored(row[:-1], row[-1]) if row else None

        return self._run(found)

    def keep(self, namespace: str, key: str, answer: StoredAnswer) -> bool:
        """Keep an answer, instead of an older one."""
        statement = f"INSERT OR REPLACE INTO answers ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
        row = (namespace, key, *_told(answer), answer.body)
        return self._run(lambda db: write(db, statement, [row])) is not None

    def freshen(self, namespace: str, key: str, answer: StoredAnswer) -> None:
        """The kept body stays, unless another build has brought a new one; all else is new."""
        changes = ", ".join(f"{name} = ?" for name in _HEAD)
        statement = f"UPDATE answers SET {changes} WHERE namespace = ? AND key = ? AND stored_at = ? AND etag = ?"  # noqa: S608
        row = (*_told(answer), namespace, key, answer.stored_at, answer.etag)
        self._run(lambda db: write(db, statement, [row]))

    def forget(self, namespace: str, key: str) -> None:
        """Keep this answer no longer."""
        self._run(lambda db: write(db, "DELETE FROM answers WHERE namespace = ? AND key = ?", [(namespace, key)]))

    def entries(self) -> Iterator[Entry]:
        """Every answer; none, and no new file, where there is no file."""
        query = f"SELECT namespace, key, length(body), {', '.join(_HEAD)} FROM answers ORDER BY namespace, url, key"  # noqa: S608

        def found(db: sqlite3.Connection) -> list[Entry]:
            return [Entry(row[0], row[1], _stored(row[3:]), row[2]) for row in db.execute(query)]

        return iter((self._run(found) if self.path.exists() else None) or [])

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
        self._run(lambda db: write(db, "INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?)", [row]))

    def clear(self) -> None:
        """Forget all answers and blobs, and give the disk their room back."""

        def empty(db: sqlite3.Connection) -> None:
            for statement in ("DELETE FROM answers", "DELETE FROM blobs"):
                write(db, statement, [()])
            db.execute("PRAGMA incremental_vacuum").fetchall()

        if self.path.exists():
            self._run(empty)

    def prune(self, max_age: float) -> int:
        """Forget answers not confirmed, and blobs not used, for ``max_age`` seconds. Returns how many."""
        before = int(self._now() - max_age)
        self._note_use()

        def forget(db: sqlite3.Connection) -> int:
            count = write(db, "DELETE FROM answers WHERE fetched_at < ?", [(before,)])
            count += write(db, "DELETE FROM blobs WHERE used_at < ?", [(before,)])
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
            self._given_up = False

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What went wrong with the store itself (warnings)."""
        return tuple(self._problems)

    def _note_use(self) -> None:
        with self._lock:
            rows = [(int(self._now()), *used) for used in sorted(self._used)]
            self._used.clear()
        if rows:
            self._run(lambda db: write(db, "UPDATE blobs SET used_at = ? WHERE namespace = ? AND key = ?", rows))

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do ``work``; with a new file if this one proves damaged. None if the cache cannot be used."""
        with self._lock:
            for _ in range(0 if self._given_up else 2):
                try:
                    return work(self._open())
                except (sqlite3.DatabaseError, NewerError, ValueError) as error:
                    if not _damaged(error):
                        self._give_up(error)
                        return None
                    self._set_aside(str(error))
                except OSError as error:
                    self._give_up(error)
                    return None
            return None

    def _give_up(self, error: Exception) -> None:
        self._given_up = True  # a hundred answers would wait a hundred times
        self._warn("cache-unusable", f"the cache cannot be used: {error}.", "Check the folder's space and permissions.")

    def _open(self) -> sqlite3.Connection:
        if self._db is not None and self._owner == os.getpid():
            return self._db
        self._inherited = self._db  # of the process that forked this one: closing it here would disturb that one
        self._inode = sqlitefile.begin(self.path)
        left_open = _size(Path(f"{self.path}-wal")) > 0  # another build, or one that was killed
        self._owner = os.getpid()
        self._db = sqlite3.connect(
            self.path, timeout=self._patience, isolation_level=None, check_same_thread=False, cached_statements=16
        )
        prepare(self._db)
        if left_open and (found := self._db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(found)
        return self._db

    def _let_go(self) -> None:
        if self._db is not None and self._owner == os.getpid():
            with suppress(sqlite3.Error):  # a damaged file may not close well; it is not used again
                self._db.close()
        self._db = None

    def _set_aside(self, reason: str) -> None:
        self._let_go()
        aside = sqlitefile.set_aside(self.path, self._inode)
        if aside is not None:
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


def _told(answer: StoredAnswer) -> tuple[Any, ...]:
    """An answer as columns, without its body."""
    values = {name: getattr(answer, name) for name in _HEAD}
    values |= {"headers": json.dumps(dict(answer.headers)), "asked": json.dumps(dict(answer.asked))}
    return tuple(values[name] for name in _HEAD)


def _stored(row: tuple[Any, ...], body: bytes = b"") -> StoredAnswer:
    values = dict(zip(_HEAD, row, strict=True))
    values |= {"headers": json.loads(values["headers"]), "asked": json.loads(values["asked"])}
    return StoredAnswer(**values, body=body)
