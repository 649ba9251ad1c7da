"""The table of one failed audit, bounded: of all shapes that Lighthouse's details have had, without pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from callboard.plugin import Record

from .scores import number, shown

_ROWS: Final = 6
_COLUMNS: Final = 4
_CELL: Final = 140
"""Characters of a cell."""
_BELOW: Final = 2
"""What is listed below the first cell of a row."""
_TABLES: Final = frozenset({"table", "opportunity"})
_LISTS: Final = frozenset({"list", "list-section"})
_CHECKLIST: Final = {"headings": [{"key": "label", "label": "Check"}, {"key": "value", "label": "Passed"}]}
_CODE: Final = frozenset({"code", "node", "source-location"})
_LEFT_OUT: Final = frozenset({"thumbnail"})
_DEPTH: Final = 4


class Room:
    """How many cells the page of one audit has left: all its tables share them, so that no page grows without end."""

    def __init__(self, cells: int = 320) -> None:
        self._cells = cells

    def take(self, columns: int) -> bool:
        """Whether there is room for a row."""
        if self._cells < columns:
            return False
        self._cells -= columns
        return True


class _Column(NamedTuple):
    key: str
    type: str
    title: str
    below: Mapping[str, Any]


def table(details: Any, room: Room) -> Record | None:
    """``{headings: [{title, type}], rows: [[cell]], more}`` of an audit's details; a cell is ``{text, type, below}``. None without rows."""
    for found in _tables(details, _DEPTH):
        columns = _columns(found)
        items = [item for item in found["items"] if isinstance(item, dict)]
        rows: list[list[Record]] = []
        for item in items[:_ROWS]:
            if not columns or not room.take(len(columns)):
                break
            rows.append([_cell(item, column, first=not index) for index, column in enumerate(columns)])
        told = [index for index in range(len(columns)) if any(row[index]["text"] or row[index]["below"] for row in rows)]
        if told:
            headings = [{"title": columns[index].title, "type": _kind(columns[index].type)} for index in told]
            return {
                "headings": headings,
                "rows": [[row[index] for index in told] for row in rows],
                "more": len(items) - len(rows),
            }
    return None


def _tables(details: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The tables of details: they themselves, or inside lists."""
    if not isinstance(details, dict) or not depth:
        return
    if details.get("type") in _TABLES and isinstance(details.get("items"), list) and details["items"]:
        yield details
    elif details.get("type") == "checklist" and isinstance(details.get("items"), dict):
        yield {**_CHECKLIST, "items": [item for item in details["items"].values() if isinstance(item, dict)]}
    elif details.get("type") in _LISTS:
        value = details.get("value")
        for item in (*_list(details.get("items")), *_list(value), value):
            yield from _tables(item, depth - 1)


def _columns(details: Mapping[str, Any]) -> list[_Column]:
    """Headings as versions 3 to 9 (``itemType``, ``text``) and later ones (``valueType``, ``label``) write them."""
    found = []
    for heading in _list(details.get("headings")):
        if not isinstance(heading, dict):
            continue
        kind = str(heading.get("valueType") or heading.get("itemType") or "text")
        title = heading.get("label") or heading.get("text") or ""
        below = heading.get("subItemsHeading")
        key = heading.get("key")
        if kind not in _LEFT_OUT and isinstance(key, str) and key:
            found.append(_Column(key, kind, _short(title, 60), below if isinstance(below, dict) else {}))
    return found[:_COLUMNS]


def _cell(item: Mapping[str, Any], column: _Column, *, first: bool) -> Record:
    text, kind = _value(item.get(column.key), column.type)
    below = _below(item, column) if first else []
    return {"text": text, "type": kind, "below": below}


def _below(item: Mapping[str, Any], column: _Column) -> list[str]:
    key = column.below.get("key")
    sub = item.get("subItems")
    items = _list(sub.get("items")) if isinstance(sub, dict) else []
    kind = str(column.below.get("valueType") or column.below.get("itemType") or column.type)
    found = [_value(one.get(key), kind)[0] for one in items if isinstance(one, dict) and isinstance(key, str)]
    texts = [text for text in found if text]
    return texts[:_BELOW] + ([f"and {len(texts) - _BELOW} more"] if len(texts) > _BELOW else [])


def _value(value: Any, kind: str) -> tuple[str, str]:
    """A value as text, and how it is shown: ``text``, ``code``, ``number`` or ``url``."""
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, bool):
        return ("yes" if value else "no"), "text"
    found = number(value)
    if found is not None:
        return _figure(found, kind), "number"
    if not isinstance(value, str):
        return "", "text"
    if kind in ("url", "link"):
        return _address(value), "url"
    if value.startswith("data:"):
        return _address(value), "text"
    return _short(value), "code" if kind in _CODE else "number" if _kind(kind) == "number" else "text"


def _object(value: Mapping[str, Any]) -> tuple[str, str]:
    kind = value.get("type")
    if kind == "node":
        return _short(value.get("snippet") or value.get("nodeLabel") or value.get("selector")), "code"
    if kind == "source-location":
        line = number(value.get("line"))
        return _address(str(value.get("url") or "")) + (f":{line + 1:.0f}" if line is not None else ""), "code"
    if kind == "link":
        return _short(value.get("text") or value.get("url")), "text"
    if kind == "url":
        return _address(str(value.get("value") or "")), "url"
    if kind in ("numeric", "bytes", "ms", "timespanMs"):
        found = number(value.get("value"))
        return (_figure(found, str(kind)), "number") if found is not None else ("", "number")
    return _short(value.get("value") or value.get("text")), "code" if kind == "code" else "text"


def _figure(value: float, kind: str) -> str:
    if kind in ("ms", "timespanMs"):
        return shown(value, "ms")
    if kind == "bytes":
        return shown(value, "bytes")
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _kind(kind: str) -> str:
    """How a column is aligned: ``number`` or ``text``."""
    return "number" if kind in ("bytes", "ms", "timespanMs", "numeric") else "text"


def _address(value: str) -> str:
    """Host and path: what is behind a question mark may be long, and may be nobody's business. Embedded files are named by their type."""
    if value.startswith("data:"):
        return f"embedded {_short(value[5:].partition(',')[0].partition(';')[0], 40) or 'file'}"
    try:
        parts = urlsplit(value)
    except ValueError:
        return _short(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return _short(value.partition("?")[0])
    port = f":{parts.port}" if _has_port(value) else ""
    return _short(f"{parts.hostname}{port}{parts.path}{'?…' if parts.query else ''}")


def _has_port(value: str) -> bool:
    try:
        return urlsplit(value).port is not None
    except ValueError:
        return False


def _short(value: Any, most: int = _CELL) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if len(text) <= most else text[: most - 1] + "…"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
