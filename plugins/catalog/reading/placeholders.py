"""Placeholders: ``{$text: ./openapi.yaml}`` becomes what the file says."""

from __future__ import annotations

import json
import re
from typing import Any

from ..checking.faults import Fault, Key
from .bundling import bundled
from .sources import Read, Unasked, Unreadable, only_document

__all__ = ["RESOLVERS", "Read", "Unasked", "Unreadable", "resolved", "worth_a_look"]

RESOLVERS = ("$text", "$json", "$yaml", "$openapi", "$asyncapi")
_ANY = re.compile(r"\$(?:text|json|yaml|openapi|asyncapi)\b")
_DEEPEST = 100


def worth_a_look(text: str) -> bool:
    """Whether a file's text can hold placeholders at all: most do not, and are spared the walk."""
    return _ANY.search(text) is not None


def resolved(value: Any, read: Read) -> tuple[Any, list[Fault]]:
    """``value`` with its placeholders replaced, and what could not be."""
    faults: list[Fault] = []
    return _walk(value, (), read, faults), faults


def _walk(value: Any, key: Key, read: Read, faults: list[Fault]) -> Any:
    if isinstance(value, list):
        return [_walk(item, (*key, index), read, faults) for index, item in enumerate(value)]
    if not isinstance(value, dict) or len(key) > _DEEPEST:
        return value
    if not any(name.startswith("$") for name in value):
        return {name: _walk(item, (*key, name), read, faults) for name, item in value.items()}
    [(name, target), *others] = value.items()
    if others or name not in RESOLVERS or not isinstance(target, str):
        return value  # as Backstage: whatever this is, it is no placeholder
    try:
        return _parsed(name, target, read)
    except Unasked:
        return target  # stands for what is not known
    except Unreadable as reason:
        faults.append(Fault((*key, name), f'"{target}" cannot be read: {reason}'))
    return value


def _parsed(name: str, target: str, read: Read) -> Any:
    text = read(target)
    if name == "$json":
        return _json(text)
    if name == "$yaml":
        return only_document(text)
    return text if name == "$text" else bundled(text, target, read)


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is no JSON: {error}.") from None


def _constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON value")
