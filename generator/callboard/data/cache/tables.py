"""The tables of a cache in SQLite, and how they came to be."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from callboard.data import sqlitefile

SCHEMA: Final = 2
"""``PRAGMA user_version``: what this code reads and writes."""
BUSY: Final = 5.0
"""Seconds to wait for another build that is writing."""


class NewerError(Exception):
    """The file was written by a newer Callboard."""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables, or bring them up to date. Raises NewerError, sqlite3.Error."""
    db.execute("PRAGMA synchronous = NORMAL")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA:
        raise NewerError(f"it was written by a newer Callboard, format {version}")
    if version < SCHEMA:
        _migrate(db)


def write(db: sqlite3.Connection, statement: str, rows: list[tuple[Any, ...]]) -> int:
    """Run a statement for each row in one short transaction; how many rows it changed."""
    db.execute("BEGIN IMMEDIATE")
    try:
        count = db.executemany(statement, rows).rowcount
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return count


def _migrate(db: sqlite3.Connection) -> None:
    """Bring the schema up to date; of several builds that begin at once, the first one does it."""
    import sqlite_utils

    if not db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    sqlitefile.switch_to_wal(db, BUSY)
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


_TEXT, _NUMBER = "TEXT NOT NULL", "INTEGER NOT NULL"
# bodies stand last: SQLite reads the columns before them without their pages
_ANSWERS: Final = (
    f"namespace {_TEXT}, key {_TEXT}, url {_TEXT}, status {_NUMBER}, headers {_TEXT}, etag {_TEXT},"
    f" last_modified {_TEXT}, fetched_at {_NUMBER}, stored_at {_NUMBER}"
)
_END: Final = "body BLOB NOT NULL, PRIMARY KEY (namespace, key)"


def _migrations() -> Any:
    from sqlite_utils import Database, Migrations

    migrations = Migrations("callboard.cache")

    @migrations()
    def answers_and_blobs(db: Database) -> None:
        db.execute(f"CREATE TABLE answers ({_ANSWERS}, {_END})")
        db.execute(
            f"CREATE TABLE blobs (namespace {_TEXT}, key {_TEXT}, used_at {_NUMBER}, content BLOB NOT NULL,"
            " PRIMARY KEY (namespace, key))"
        )

    @migrations()
    def terms(db: Database) -> None:
        """Who asked, for how long the answer was fresh, and with which headers."""
        added = f"name {_TEXT} DEFAULT '', ttl REAL NOT NULL DEFAULT 0, asked {_TEXT} DEFAULT '{{}}'"
        columns = "namespace, key, url, status, headers, etag, last_modified, fetched_at, stored_at, body"
        db.execute("ALTER TABLE answers RENAME TO older")
        db.execute(f"CREATE TABLE answers ({_ANSWERS}, {added}, {_END})")
        db.execute(f"INSERT INTO answers ({columns}) SELECT {columns} FROM older")  # noqa: S608  # constant names
        db.execute("DROP TABLE older")

    return migrations
