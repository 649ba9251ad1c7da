"""What the records of a source must have: a check that stands before the cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from callboard.model.source import FieldType

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "mapping": (dict,),
    "any": (object,),
}
_NOTHING: Final = object()


def fault(records: Iterable[Any], fields: Mapping[str, FieldType]) -> str:
    """What the first record that does not fit lacks, a sentence without its end; "" if all have every field in its type.

    A type with ``?`` may be missing or null.
    """
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            return f"its record {number} is no mapping"
        for path, wanted in fields.items():
            if words := _amiss(_at(record, path), path, wanted):
                return f"its record {number} {words}"
    return ""


def _amiss(value: Any, path: str, wanted: str) -> str:
    kind = wanted.removesuffix("?")
    if value is None or value is _NOTHING:
        return "" if kind != wanted else f'has no "{path}"'
    fits = isinstance(value, _TYPES[kind]) and (kind in ("boolean", "any") or not isinstance(value, bool))
    return "" if fits else f'has a "{path}" that is no {kind}'


def _at(record: Mapping[str, Any], path: str) -> Any:
    """A name that has dots itself wins."""
    if path in record:
        return record[path]
    first, dot, rest = path.partition(".")
    inner = record.get(first, _NOTHING)
    return _at(inner, rest) if dot and isinstance(inner, dict) else _NOTHING
