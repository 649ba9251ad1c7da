"""Placeholders: ``{$text: ./openapi.yaml}`` becomes what the file says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from callboard.plugin import Malformed, documents

from ..checking.faults import Fault, Key

RESOLVERS = ("$text", "$json", "$yaml", "$openapi", "$asyncapi")
_ANY = re.compile(r"\$(?:text|json|yaml|openapi|asyncapi)\b")
_DEEPEST = 100

Read = Callable[[str], str]
"""The text behind a path or address. Raises Unreadable."""


class Unreadable(Exception):  # read as a sentence: except Unreadable
    """A target that cannot be read; its text is a sentence."""


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
        return _parsed(name, read(target))
    except Unreadable as reason:
        faults.append(Fault((*key, name), f'"{target}" cannot be read: {reason}'))
    return value


def _parsed(name: str, text: str) -> Any:
    if name == "$json":
        return _json(text)
    return _yaml(text) if name == "$yaml" else text


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is no JSON: {error}.") from None


def _constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON value")


def _yaml(text: str) -> Any:
    found = documents(text)
    if len(found) != 1:
        raise Unreadable(f"it holds {len(found)} documents; exactly one is wanted.")
    only = found[0]
    if isinstance(only, Malformed):
        raise Unreadable(f"it is no YAML (line {only.line}): {only.what}")
    return only.value
