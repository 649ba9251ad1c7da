"""Bytes → plain data: YAML, JSON, CSV, TOML, and Markdown with front matter; every fault has a line."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from callboard.matter import heading, matter_end
from callboard.yamlfile import Document, documents

DEPTH: Final = 100
_MOST_DIGITS: Final = 30
_LONG_NUMBER = re.compile(rb"[0-9]{%d,}" % (_MOST_DIGITS + 1))
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_TOML_PLACE = re.compile(r"\s*\(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)")
ENDINGS: Final = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".toml": "toml",
    ".md": "markdown",
    ".markdown": "markdown",
}
MEDIA_TYPES: Final = {
    "application/json": "json",
    "text/json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
    "text/vnd.yaml": "yaml",
    "text/csv": "csv",
    "application/csv": "csv",
    "application/toml": "toml",
}
_JSON_WORDS: Final = {
    "Expecting property name enclosed in double quotes": (
        "a key in double quotes is wanted here",
        "Write one, or remove the comma before it.",
    ),
    "Expecting value": ("a value is wanted here", "Write one, or remove the comma before it; text stands in double quotes."),
    "Illegal trailing comma before end of object": ("a comma has nothing behind it", "Remove it."),
    "Illegal trailing comma before end of array": ("a comma has nothing behind it", "Remove it."),
    "Expecting ',' delimiter": ("a comma or a closing bracket is missing here", "Write it."),
    "Expecting ':' delimiter": ("a colon is missing behind a key", "Write it."),
    "Unterminated string starting at": ("the text that begins here is never closed", "Close it with a double quote."),
    "Invalid control character at": ("a text goes on over the end of its line", "Close it with a double quote, or write \\n."),
    "Extra data": ("something stands behind its end", "Remove it, or put all of it into one list."),
}
"""What the JSON reader says, as what and mend; newer Pythons find more."""
_TOML_WORDS: Final = {"illegal character '\\n'": ("the line ends inside of a text", "Close it with a quote.")}
RESERVED: Final = ("text", "text_line", "path", "file")


class Unreadable(ValueError):
    """Content that is not what its format says: ``what`` and ``mend`` are sentences, line and column count from 1."""

    def __init__(self, what: str, mend: str = "", line: int = 1, column: int = 1) -> None:
        super().__init__(what)
        self.what, self.mend, self.line, self.column = what, mend, line, column


@dataclass(frozen=True, slots=True)
class Parsed:
    """The documents of a file, each as plain data, and the faults of those left out."""

    documents: tuple[Document, ...]
    faults: tuple[Unreadable, ...] = ()


def parse(content: bytes, form: str) -> Parsed:
    """What ``content`` holds; ``form`` is yaml, json, csv, toml or lines. Never raises for what is inside."""
    try:
        if form == "yaml":
            return _yaml(content)
        value = {"json": strict_json, "csv": table, "toml": _toml, "lines": _lines}[form](content)
    except Unreadable as fault:
        return Parsed((), (fault,))
    return Parsed((Document(value, 1, 0),))


def strict_json(content: bytes) -> Any:
    """The value of a JSON text (RFC 8259), UTF-8 with or without a byte order mark.

    Raises Unreadable, a ValueError: syntax, a key said twice, NaN or Infinity, a number beyond a double or of more than 30 digits,
    lone surrogates, more than 100 levels, bad UTF-8.
    """
    text = decoded(content)
    if not text.strip():
        raise Unreadable("it is empty.", "Write JSON into it.")
    hooks: dict[str, Any] = {"parse_int": _integer} if _LONG_NUMBER.search(content) else {}
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, **hooks)
    except json.JSONDecodeError as error:
        what, mend = _JSON_WORDS.get(error.msg, (error.msg.lower(), "Mend it there."))
        raise Unreadable(f"it is not JSON: {what}.", mend, error.lineno, error.colno) from None
    except RecursionError:
        raise _too_deep() from None
    if content.count(b"[") + content.count(b"{") > DEPTH:
        check_depth(value)
    if _SURROGATE.search(content):
        _check_surrogates(value)
    return value


def decoded(content: bytes) -> str:
    """``content`` as UTF-8, a byte order mark dropped. Raises Unreadable."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable("it is not UTF-8.", "Save it as UTF-8.", line) from None


def check_depth(value: Any) -> None:
    """Raises Unreadable if lists and mappings lie in each other more than 100 levels deep."""
    level = [value]
    for _ in range(DEPTH):
        level = [item for part in level for item in _inside(part) if isinstance(item, (dict, list))]
        if not level:
            return
    raise _too_deep()


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _too_deep() -> Unreadable:
    return Unreadable(f"it is nested more than {DEPTH} levels deep.", "Make it flatter.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise Unreadable(f'it says the key "{twice[:60]}" twice in one object.', "Keep one of them.")
    return made


def _constant(name: str) -> Any:
    raise Unreadable(f"it holds {name}, which is no JSON.", "Write null instead.")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Unreadable("it holds a number that is too large.", "Write it as text.")
    return value


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > _MOST_DIGITS:
        raise Unreadable(f"it holds a number of {len(text.lstrip('-')):,} digits.", "Write it as text.")
    return int(text)


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Unreadable("it holds half of a surrogate pair, which is no text.", "Write the whole character.") from None


def _yaml(content: bytes) -> Parsed:
    found = documents(decoded(content))
    good = tuple(part for part in found if isinstance(part, Document))
    return Parsed(good, tuple(Unreadable(p.what, p.mend, p.line, p.column) for p in found if not isinstance(p, Document)))


def _lines(content: bytes) -> Any:
    return [{"line": line} for line in decoded(content).splitlines() if line.strip()]


def _toml(content: bytes) -> Any:
    import tomllib

    try:
        value = tomllib.loads(decoded(content))
    except RecursionError:
        raise _too_deep() from None
    except (tomllib.TOMLDecodeError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        place = _TOML_PLACE.search(str(error))
        said = _TOML_PLACE.sub("", str(error)).rstrip(".")
        what, mend = _TOML_WORDS.get(said.lower(), (f"{said[:1].lower()}{said[1:]}", "Mend it there."))
        line, column = (int(place[1]), int(place[2])) if place and place[1] else (1, 1)
        raise Unreadable(f"it is not TOML: {what}.", mend, line, column) from None
    check_depth(value)
    return _plain(value)


def _plain(value: Any) -> Any:
    """Dates and times as ISO text, since records are JSON data; what is not finite as text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def table(content: bytes) -> list[dict[str, Any]]:
    """The rows of a CSV text (comma, semicolon or tab; a header row) as mappings. Raises Unreadable.

    A column is made of numbers if every cell of it that is not empty is one and would be written the same again: ``1.10`` and
    ``007`` stay text. An empty cell is None in such a column, else "".
    """
    text = decoded(content)
    first = text.lstrip("\r\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(first), strict=True)
    rows: list[list[str]] = []
    header: list[str] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                header = _header(row, reader.line_num)
            elif len(row) > len(header):
                what = f"the row has {len(row)} cells, the header has {len(header)}."
                raise Unreadable(what, "Put a cell that holds the delimiter in double quotes.", reader.line_num)
            else:
                rows.append(row + [""] * (len(header) - len(row)))
    except csv.Error as error:
        raise Unreadable(
            f"it is not CSV: {error}.", 'Check the double quotes; "" stands for one inside a cell.', reader.line_num
        ) from None
    columns = [_column([row[index] for row in rows]) for index in range(len(header))]
    return [dict(zip(header, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _delimiter(line: str) -> str:
    outside = re.sub(r'"[^"]*"', "", line)
    return max((",", ";", "\t"), key=outside.count)


def _header(row: list[str], line: int) -> list[str]:
    seen: set[str] = set()
    for number, cell in enumerate(row, 1):
        name = cell.strip()
        if not name:
            raise Unreadable(f"column {number} has no name in the header row.", "Name it, or remove the column.", line)
        if name in seen:
            raise Unreadable(f'the header row names "{name[:60]}" twice.', "Rename one of the columns.", line)
        seen.add(name)
    return [cell.strip() for cell in row]


def _column(cells: list[str]) -> list[Any]:
    said = [cell.strip() for cell in cells if cell.strip()]
    if not said or not all(map(_number, said)):
        return cells
    return [(int if _INTEGER.fullmatch(cell.strip()) else float)(cell) if cell.strip() else None for cell in cells]


def _number(cell: str) -> bool:
    return bool(_INTEGER.fullmatch(cell) or (_DECIMAL.fullmatch(cell) and repr(float(cell)) == cell)) and cell != "-0"


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown file: its front matter, and its text with the line where that begins."""

    matter: dict[str, Any]
    text: str
    line: int
    title: str
    """Its first first-level heading, "" without one."""


def page(content: bytes) -> Page:
    """A Markdown file in its parts. Raises Unreadable for front matter that cannot be read, is no mapping or says reserved names."""
    lines = decoded(content).replace("\r\n", "\n").split("\n")
    end = matter_end(lines)
    matter: dict[str, Any] = {}
    if end:
        matter = _matter("\n".join(lines[1:end]))
    rest = lines[end + 1 if end else 0 :]
    return Page(matter, "\n".join(rest), len(lines) - len(rest) + 1, "" if matter.get("title") else heading(rest))


def _matter(text: str) -> dict[str, Any]:
    found = documents(text)
    if not found:
        return {}
    for part in found:
        if not isinstance(part, Document):
            raise Unreadable(part.what, part.mend, part.line + 1, part.column)
    value = found[0].value if isinstance(found[0], Document) else None
    if not isinstance(value, dict):
        raise Unreadable("the front matter is no mapping.", "Write for example: title: Getting started", 2)
    for name in RESERVED:
        if name in value:
            from callboard.yamlfile import locate

            line, column = locate(text, 0, (name,))
            raise Unreadable(
                f'the front matter says "{name}", which Callboard fills in itself.', "Use another name.", line + 1, column
            )
    return value
