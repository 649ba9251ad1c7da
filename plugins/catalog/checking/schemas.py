"""The subset of JSON Schema that kinds are written in, compiled to one fast function: yes or no."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Holds = Callable[[Any], bool]
Schema = Mapping[str, Any] | bool

_TYPES: Mapping[str, Holds] = {
    "string": lambda value: isinstance(value, str),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())
    ),
}
_NOTES = ("$comment", "$id", "$schema", "default", "deprecated", "description", "examples", "format", "title")
"""Keywords that say something to readers and check nothing."""


def unsupported(schema: Any, at: str = "schema") -> Iterator[str]:
    """Sentences about what in ``schema`` cannot be used; without them, ``compiled`` and ``explain`` take it."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield f"{at} is no schema: a mapping is wanted."
        return
    for word, value in schema.items():
        if word not in _RULES and word not in ("then", "else") and word not in _NOTES:
            yield f'{at} uses "{word}", which is not supported.'
        elif not _sound(word, value):
            yield f'{at}.{word} has a value that makes no sense: "{value}".'
        else:
            for name, below in _below(word, value):
                yield from unsupported(below, f"{at}.{name}")


def compiled(schema: Schema) -> Holds:
    """Whether a value satisfies ``schema``, as one function."""
    if isinstance(schema, bool):
        return lambda _value: schema
    tests = [_RULES[word](value, schema) for word, value in schema.items() if word in _RULES]
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda value: first(value) and second(value)
    return _all(tests)


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: true is no 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def pattern_of(text: str) -> re.Pattern[str]:
    """A pattern as JavaScript has it, where ``$`` is the very end and not also before a last line break."""
    return re.compile(re.sub(r"(?<!\\)\$(?=\Z|\)|\|)", r"\\Z", text))


# One function a keyword: its value and the whole schema → a test.


def _type(wanted: Any, _schema: Any) -> Holds:
    if isinstance(wanted, str):
        return _TYPES[wanted]
    tests = [_TYPES[name] for name in wanted]
    return lambda value: any(test(value) for test in tests)


def _all(tests: list[Holds]) -> Holds:
    def holds(value: Any) -> bool:
        for test in tests:  # noqa: SIM110  # a generator costs more than all the tests
            if not test(value):
                return False
        return True

    return holds


def _required(names: Any, _schema: Any) -> Holds:
    needed = frozenset(names)
    return lambda value: not isinstance(value, dict) or value.keys() >= needed


def _properties(properties: Any, _schema: Any) -> Holds:
    tests = {name: compiled(below) for name, below in properties.items()}

    def holds(value: Any) -> bool:
        if isinstance(value, dict):
            for name, item in value.items():
                test = tests.get(name)
                if test is not None and not test(item):
                    return False
        return True

    return holds


def _additional(rule: Any, schema: Any) -> Holds:
    known = frozenset(schema.get("properties", ()))
    if rule is False:
        return lambda value: not isinstance(value, dict) or value.keys() <= known
    test = compiled(rule)
    return lambda value: not isinstance(value, dict) or all(test(item) for name, item in value.items() if name not in known)


def _items(rule: Any, _schema: Any) -> Holds:
    test = compiled(rule)
    return lambda value: not isinstance(value, list) or all(map(test, value))


def _min_items(least: Any, _schema: Any) -> Holds:
    return lambda value: not isinstance(value, list) or len(value) >= least


def _min_length(least: Any, _schema: Any) -> Holds:
    return lambda value: not isinstance(value, str) or len(value) >= least


def _max_length(most: Any, _schema: Any) -> Holds:
    return lambda value: not isinstance(value, str) or len(value) <= most


def _enum(choices: Any, _schema: Any) -> Holds:
    if all(isinstance(choice, str) for choice in choices):
        known = frozenset(choices)
        return lambda value: isinstance(value, str) and value in known
    return lambda value: any(same(value, choice) for choice in choices)


def _const(wanted: Any, _schema: Any) -> Holds:
    return lambda value: same(value, wanted)


def _matching(text: Any, _schema: Any) -> Holds:
    search = pattern_of(text).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _any_of(schemas: Any, _schema: Any) -> Holds:
    tests = [compiled(one) for one in schemas]
    return lambda value: any(test(value) for test in tests)


def _all_of(schemas: Any, _schema: Any) -> Holds:
    return _all([compiled(one) for one in schemas])


def _if(condition: Any, schema: Any) -> Holds:
    test, then, otherwise = compiled(condition), compiled(schema.get("then", True)), compiled(schema.get("else", True))
    return lambda value: then(value) if test(value) else otherwise(value)


_RULES: Mapping[str, Callable[[Any, Any], Holds]] = {
    "type": _type,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "minItems": _min_items,
    "minLength": _min_length,
    "maxLength": _max_length,
    "enum": _enum,
    "const": _const,
    "pattern": _matching,
    "anyOf": _any_of,
    "allOf": _all_of,
    "if": _if,
}


def _sound(word: str, value: Any) -> bool:
    """Whether a keyword's own value has the form that JSON Schema wants."""
    if word == "type":
        names = value if isinstance(value, list) else [value]
        return bool(names) and all(isinstance(name, str) and name in _TYPES for name in names)
    if word == "pattern":
        return isinstance(value, str) and _readable(value)
    if word in ("minItems", "minLength", "maxLength"):
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if word == "properties":
        return isinstance(value, Mapping)
    if word == "required":
        return isinstance(value, list) and all(isinstance(name, str) for name in value)
    return isinstance(value, list) and bool(value) if word in ("enum", "anyOf", "allOf") else True


def _readable(pattern: str) -> bool:
    try:
        pattern_of(pattern)
    except re.error:
        return False
    return True


def _below(word: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The schemas inside a keyword's value."""
    if word == "properties":
        yield from ((f"properties.{name}", below) for name, below in value.items())
    elif word in ("anyOf", "allOf"):
        yield from ((f"{word}[{index}]", below) for index, below in enumerate(value))
    elif word in ("additionalProperties", "items", "if", "then", "else"):
        yield word, value
