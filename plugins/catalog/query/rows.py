"""An entity as the flat rows that Backstage searches: ``spec.type = service``, ``metadata.tags.java = true``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

LONGEST_KEY = 200
LONGEST_VALUE = 200
_APART = frozenset({"attachments", "relations", "status", "metadata.name", "metadata.namespace", "metadata.uid", "metadata.etag"})
"""Paths that the walk leaves out: they get rows of their own, or none."""
_WHOLE = 1e21
"""JavaScript writes numbers below this without an exponent."""


class BadQuery(Exception):
    """What was asked is not a query; its text is a sentence."""


class Row(NamedTuple):
    """One row: ``key`` and ``value`` in small letters, ``original`` as it was written. Both are None for null and for long texts."""

    key: str
    value: str | None
    original: str | None


def rows(entity: Mapping[str, Any]) -> list[Row]:
    """The rows of an entity, each once, as released Backstage makes them: leaves only, every text of a list also as ``path.text = true``.

    Keys that differ only in case are one key here; Backstage refuses to update such an entity.
    """
    found: dict[tuple[str, str | None], Row] = {}
    for path, value in _pairs(entity):
        key = path.lower()
        if len(key) > LONGEST_KEY:
            continue
        original = text_of(value)
        if original is not None and len(original) > LONGEST_VALUE:
            original = None
        lowered = None if original is None else original.lower()
        found.setdefault((key, lowered), Row(key, lowered, original))
    return list(found.values())


def text_of(value: Any) -> str | None:
    """A scalar as JavaScript's ``String()`` writes it; None for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    digits, exponent, power = repr(value).partition("e")
    if not exponent:
        return digits
    return format(Decimal(repr(value)), "f") if -7 < int(power) < 0 else f"{digits}e{int(power):+d}"


def _pairs(entity: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in entity.items():
        yield from _walk(name, value)
    metadata = entity["metadata"]
    yield "metadata.name", metadata.get("name")
    yield "metadata.namespace", metadata.get("namespace") or "default"
    yield "metadata.uid", metadata.get("uid")
    for relation in entity.get("relations") or ():
        yield f"relations.{relation['type']}", relation["targetRef"]


def _walk(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if path in _APART:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(f"{path}.{key}", item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _walk(path, item)
            if isinstance(item, str):
                yield f"{path}.{item}", True
    else:
        yield path, value
