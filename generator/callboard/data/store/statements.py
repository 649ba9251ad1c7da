"""SQL that a plugin writes once for both databases: what it may say, and how its parameters are bound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from callboard.plugin import StoreError

_TOKEN: Final = re.compile(
    r"""(?P<kept> '(?:[^']|'')*' | "(?:[^"]|"")*" | (?P<mark>\$(?:[A-Za-z_]\w*)?\$).*?(?P=mark) | :: )
    | (?P<comment> --[^\n]* | /\*.*?\*/ )
    | :(?P<name>[A-Za-z_]\w*)
    | (?P<end>;)""",
    re.VERBOSE | re.DOTALL,
)
_WORDS: Final = re.compile(r"\s*([A-Za-z]+)(?:\s+([A-Za-z]+))?")
_TRANSACTIONS: Final = frozenset(
    {"ABORT", "BEGIN", "COMMIT", "END", "LOCK", "PREPARE", "RELEASE", "ROLLBACK", "SAVEPOINT", "START"}
)
_BESIDES: Final = frozenset(
    {"ATTACH", "CALL", "COPY", "DETACH", "DISCARD", "DO", "GRANT", "LOAD", "PRAGMA", "RESET", "REVOKE", "SET", "VACUUM"}
)
_WHOLE: Final = frozenset({"DATABASE", "EXTENSION", "ROLE", "SCHEMA", "USER"})
"""What a plugin may not create, alter or drop."""
_SHOWN: Final = 120


@lru_cache(maxsize=256)
def formatted(sql: str) -> str:
    """The one statement that ``sql`` is, with ``%(name)s`` for ``:name``, as psycopg wants it.

    Raises StoreError: several statements, or one that would reach out of the plugin's own database.
    """
    pieces = [(kind, text) for kind, text in _pieces(sql) if kind != "comment" and text.strip()]
    while pieces and pieces[-1][0] == "end":
        pieces.pop()
    if any(kind == "end" for kind, _ in pieces):
        raise StoreError(f"one statement at a time is wanted, and this is several: {shown(sql)}.")
    words = _WORDS.match(pieces[0][1]) if pieces else None
    if words:
        _allow(words[1].upper(), (words[2] or "").upper(), sql)
    return "".join(
        f"%({text})s" if kind == "name" else text.replace("%", "%%") for kind, text in _pieces(sql) if kind != "comment"
    )


def _pieces(sql: str) -> Iterator[tuple[str, str]]:
    """``text``, ``kept`` (quoted), ``comment``, ``name`` (of a parameter) and ``end`` (a semicolon), in order."""
    end = 0
    for token in _TOKEN.finditer(sql):
        yield "text", sql[end : token.start()]
        end = token.end()
        kind = "kept" if token["kept"] else str(token.lastgroup)
        yield kind, token["name"] if kind == "name" else " " if kind == "comment" else token[0]
    yield "text", sql[end:]


def _allow(word: str, what: str, sql: str) -> None:
    if word in _TRANSACTIONS:
        raise StoreError(f"transactions are written `with db.transaction():`, not as a statement: {shown(sql)}.")
    if word in _BESIDES or (word in ("ALTER", "CREATE", "DROP") and what in _WHOLE):
        raise StoreError(f"{word} is no statement for a plugin's own database: {shown(sql)}.")


def bound(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Parameters as both databases take them. Raises StoreError for what is no plain value."""
    return {name: _value(name, value) for name, value in (parameters or {}).items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, (str, int, float, bytes)):
        return value
    mend = "Give its text, str() or isoformat()." if isinstance(value, (date, time, UUID)) else "Give json.dumps() of it."
    raise StoreError(f'the parameter "{name}" is a {type(value).__name__}, and only plain values are kept. {mend}')


def plain(value: Any) -> Any:
    """A value of a row as plain data, the same from both databases."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and int(value.as_tuple().exponent) >= 0 else float(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, bool):
        return int(value)
    return str(value) if isinstance(value, UUID) else value


def shown(sql: str) -> str:
    """A statement as messages show it, on one line."""
    text = " ".join(sql.split())
    return f'"{text if len(text) <= _SHOWN else text[:_SHOWN] + "…"}"'


def failed(error: Exception, sql: str) -> StoreError:
    """A statement's failure in words: the first line of what the database says."""
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return StoreError(f"the database says: {reason[0].rstrip('.')}; in the statement {shown(sql)}.")
