"""Rows of a database that is not ours: one query, read only, in a limited time, as plain data."""

from __future__ import annotations

import json
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from callboard.data.http.service import Trouble
from callboard.model.database import ServerAddress
from callboard.model.secret import Secret

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, Connection, Engine

_STEPS: Final = 10_000
"""Steps of SQLite between two looks at the clock."""
_CONNECT: Final = 10.0
"""Seconds that a server may take to let us in, at most."""
_LARGEST: Final = 10**30
"""Longer numbers are texts: JSON's readers refuse them."""
_LATE: Final = ("interrupted", "statement timeout")


class Asked(NamedTuple):
    """One query: its text, what its ``:names`` stand for, and how many rows are taken at most."""

    query: str
    parameters: Mapping[str, Any]
    most: int


class Database(ABC):
    """Where the rows are."""

    @property
    def account(self) -> str:
        """Who asks: rows may depend on it."""
        return ""

    @property
    def mark(self) -> str:
        """What changes when the rows may have changed; "" if only asking tells."""
        return ""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What is never shown."""
        return ()

    @abstractmethod
    def engine(self, seconds: float) -> Engine:
        """A way in, which opens one connection."""

    @abstractmethod
    def prepare(self, connection: Connection, until: float) -> None:
        """Nothing is written from now on, and nothing goes on after ``until`` (monotonic)."""


@dataclass(frozen=True)
class File(Database):
    """An SQLite file."""

    path: Path

    @property
    def mark(self) -> str:
        """Its size and time, and those of what is written beside it."""
        found = [path.stat() for ending in ("", "-wal") if (path := Path(f"{self.path}{ending}")).is_file()]
        return " ".join(f"{stat.st_mtime_ns}-{stat.st_size}" for stat in found) or "no file"

    def engine(self, seconds: float) -> Engine:
        """Opens the file for reading."""
        import sqlite3

        from sqlalchemy import NullPool, create_engine

        if not self.path.is_file():
            raise Trouble("gave no answer", "there is no such file")
        address = f"file:{quote(str(self.path))}?mode=ro"
        return create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(address, uri=True, timeout=min(seconds, 5.0)), poolclass=NullPool
        )

    def prepare(self, connection: Connection, until: float) -> None:
        """SQLite looks at the clock now and then."""
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA query_only = ON")
        raw.set_progress_handler(lambda: time.monotonic() > until, _STEPS)


@dataclass(frozen=True)
class Server(Database):
    """A PostgreSQL server."""

    address: ServerAddress

    @property
    def account(self) -> str:
        """The user."""
        return self.address.user

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The password, which is only a part of the option."""
        return (self.address.password,)

    def engine(self, seconds: float) -> Engine:
        """Opens one connection to the server."""
        from sqlalchemy import URL, NullPool, create_engine

        said = self.address
        url = URL.create(
            "postgresql+psycopg",
            username=said.user or None,
            password=said.password.reveal() or None,
            host=said.host,
            port=said.port,
            database=said.database or None,
            query={"application_name": "callboard", **said.parameters},
        )
        wait = max(2, math.ceil(min(seconds, _CONNECT)))
        return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": wait})

    def prepare(self, connection: Connection, until: float) -> None:
        """The server refuses to write in this transaction, and ends what takes too long."""
        left = max(1, int((until - time.monotonic()) * 1000))
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {left}")


def rows(database: Database, asked: Asked, seconds: float) -> bytes:
    """The rows of a query as JSON: ``{"rows": [{…}, …], "complete": true}``. Raises Trouble."""
    import sqlite3

    try:
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError as error:
        raise Trouble("was not asked", f"a package cannot be loaded: {error}") from None
    until = time.monotonic() + seconds
    try:
        engine = database.engine(seconds)
        with engine.connect() as connection:
            database.prepare(connection, until)
            names, found = _taken(connection, asked)
    except (SQLAlchemyError, sqlite3.Error, UnicodeError, ImportError) as error:
        raise _trouble(error, seconds) from None
    try:
        taken = [dict(zip(names, map(plain, row, names), strict=True)) for row in found[: asked.most]]
    except ValueError as error:
        raise Trouble("gave an unusable answer", str(error)) from None
    return json.dumps({"rows": taken, "complete": len(found) <= asked.most}, ensure_ascii=False).encode()


def _taken(connection: Connection, asked: Asked) -> tuple[list[str], list[Any]]:
    from sqlalchemy import bindparam, text

    lists: list[BindParameter[Any]] = [
        bindparam(name, expanding=True) for name, value in asked.parameters.items() if isinstance(value, list)
    ]
    statement = text(asked.query).bindparams(*lists)
    with connection.execution_options(stream_results=True, max_row_buffer=1000).execute(
        statement, dict(asked.parameters)
    ) as result:
        names = list(result.keys())
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Trouble("gave an unusable answer", f'two columns are called "{twice}"; name them with as')
        return names, list(result.fetchmany(asked.most + 1))


def _trouble(error: Exception, seconds: float) -> Trouble:
    """What the database says, without the statement and its values."""
    from callboard.data.store.postgres import reason

    words = reason(getattr(error, "orig", None) or error)
    if any(word in words for word in _LATE):
        return Trouble("gave no answer", f"it took longer than {seconds:g} seconds")
    return Trouble("answered", words)


def plain(value: Any, column: str = "") -> Any:
    """A value of a row as plain JSON data. Raises ValueError for bytes: half a sentence."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LARGEST else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, (datetime, date, clock_time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise ValueError(f"the column \"{column}\" holds bytes; leave it out, or write encode({column}, 'hex') or hex({column})")
    if isinstance(value, Mapping):
        return {str(key): plain(item, column) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, column) for item in value]
    return str(value)


def _number(value: Decimal) -> Any:
    """As a number where that loses nothing, else as text: 12.30 stays 12.3, but 0.1234567890123456789 would change."""
    if not value.is_finite():
        return None
    if value == value.to_integral_value():
        return plain(int(value))
    return float(value) if Decimal(repr(float(value))) == value else str(value)
