"""The subset of JSON Schema that kinds are written in: compiled to a fast yes or no, and explained only where it is no."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Key = tuple[str | int, ...]
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
_TYPE_WORDS = {
    "string": "a text",
    "object": "a mapping",
    "array": "a list",
    "boolean": "true or false",
    "null": "nothing",
    "number": "a number",
    "integer": "a whole number",
}
_NOTES = ("$comment", "$id", "$schema", "default", "deprecated", "description", "examples", "format", "title")
"""Keywords that say something to readers and check nothing."""


class Fault(NamedTuple):
    """One thing wrong with a value: where in it, and a sentence."""

    key: Key
    what: str


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
    return lambda value: all([test(value) for test in tests])


def explain(schema: Schema, value: Any, key: Key = ()) -> list[Fault]:
    """What is wrong with ``value``; empty if nothing is. Faults of one place stand in the order of the schema."""
    if isinstance(schema, bool):
        return [] if schema else [Fault(key, "nothing may stand here.")]
    wanted = schema.get("type")
    if wanted is not None and not compiled({"type": wanted})(value):
        return [Fault(key, f"wanted {_named(wanted)}, got {shown(value)}.{_quote_it(wanted, value)}")]
    return [fault for word, rule in schema.items() if word in _EXPLAIN for fault in _EXPLAIN[word](rule, value, key, schema)]


def shown(value: Any) -> str:
    """A value in a message, short: ``"abc"``, ``the number 5``, ``a list``."""
    if isinstance(value, str):
        text = value if len(value) <= 60 else f"{value[:57]}…"
        return f'"{text}"'
    if isinstance(value, bool):
        return f'the word "{str(value).lower()}"'
    if isinstance(value, (int, float)):
        return f"the number {str(value)[:40]}"
    return {dict: "a mapping", list: "a list"}.get(type(value), "nothing")


def _named(wanted: str | Sequence[str]) -> str:
    return _TYPE_WORDS[wanted] if isinstance(wanted, str) else " or ".join(_TYPE_WORDS[name] for name in wanted)


def _quote_it(wanted: str | Sequence[str], value: Any) -> str:
    """YAML reads 1.0 and true as something else than text: the commonest slip of all."""
    return " Put it in quotes." if wanted == "string" and isinstance(value, (bool, int, float)) else ""


def _same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: true is no 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern as JavaScript has it, where ``$`` is the very end and not also before a last line break."""
    return re.compile(re.sub(r"(?<!\\)\$(?=\Z|\)|\|)", r"\\Z", text))


# One function a keyword: its value and the whole schema → a test.


def _type(wanted: Any, _schema: Any) -> Holds:
    if isinstance(wanted, str):
        return _TYPES[wanted]
    tests = [_TYPES[name] for name in wanted]
    return lambda value: any(test(value) for test in tests)


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
    return lambda value: not isinstance(value, dict) or all([test(item) for name, item in value.items() if name not in known])


def _items(rule: Any, _schema: Any) -> Holds:
    test = compiled(rule)
    return lambda value: not isinstance(value, list) or all([test(item) for item in value])


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
    return lambda value: any(_same(value, choice) for choice in choices)


def _const(wanted: Any, _schema: Any) -> Holds:
    return lambda value: _same(value, wanted)


def _matching(text: Any, _schema: Any) -> Holds:
    search = _pattern(text).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _any_of(schemas: Any, _schema: Any) -> Holds:
    tests = [compiled(one) for one in schemas]
    return lambda value: any(test(value) for test in tests)


def _all_of(schemas: Any, _schema: Any) -> Holds:
    tests = [compiled(one) for one in schemas]
    return lambda value: all(test(value) for test in tests)


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
        _pattern(pattern)
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


# The same keywords, in words: their value, the value looked at, its key and the whole schema → faults.

_Told = Iterator[Fault]


def _tell_required(names: Any, value: Any, key: Key, _schema: Any) -> _Told:
    if isinstance(value, dict):
        yield from (Fault((*key, name), "is missing.") for name in names if name not in value)


def _tell_properties(properties: Any, value: Any, key: Key, _schema: Any) -> _Told:
    if isinstance(value, dict):
        for name, below in properties.items():
            if name in value:
                yield from explain(below, value[name], (*key, name))


def _tell_additional(rule: Any, value: Any, key: Key, schema: Any) -> _Told:
    for name in value if isinstance(value, dict) else ():
        if name in schema.get("properties", ()):
            continue
        if rule is False:
            yield Fault((*key, name), "is an unknown field.")
        else:
            yield from explain(rule, value[name], (*key, name))


def _tell_items(rule: Any, value: Any, key: Key, _schema: Any) -> _Told:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from explain(rule, item, (*key, index))


def _tell_min_items(least: Any, value: Any, key: Key, _schema: Any) -> _Told:
    if isinstance(value, list) and len(value) < least:
        yield Fault(key, f"wanted at least {least} item{'s' if least > 1 else ''}, got {len(value) or 'none'}.")


def _tell_length(rule: Any, value: Any, key: Key, schema: Any) -> _Told:
    del rule
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield Fault(
                key, "may not be empty." if not value else f"wanted at least {schema['minLength']} characters, got {len(value)}."
            )
        elif len(value) > schema.get("maxLength", len(value)):
            yield Fault(key, f"wanted at most {schema['maxLength']} characters, got {len(value)}.")


def _tell_enum(choices: Any, value: Any, key: Key, _schema: Any) -> _Told:
    if not any(_same(value, choice) for choice in choices):
        words = " or ".join(f'"{choice}"' for choice in choices)
        yield Fault(key, f"wanted {words}, got {shown(value)}.")


def _tell_const(wanted: Any, value: Any, key: Key, schema: Any) -> _Told:
    return _tell_enum([wanted], value, key, schema)


def _tell_pattern(text: Any, value: Any, key: Key, _schema: Any) -> _Told:
    if isinstance(value, str) and not _pattern(text).search(value):
        yield Fault(key, f"{shown(value)} does not fit the pattern {text}")


def _tell_any_of(schemas: Any, value: Any, key: Key, _schema: Any) -> _Told:
    found = [explain(one, value, key) for one in schemas]
    if all(found):
        yield from min(found, key=len)


def _tell_all_of(schemas: Any, value: Any, key: Key, _schema: Any) -> _Told:
    for one in schemas:
        yield from explain(one, value, key)


def _tell_if(condition: Any, value: Any, key: Key, schema: Any) -> _Told:
    yield from explain(schema.get("else" if explain(condition, value, key) else "then", True), value, key)


_EXPLAIN: Mapping[str, Callable[[Any, Any, Key, Any], _Told]] = {
    "required": _tell_required,
    "properties": _tell_properties,
    "additionalProperties": _tell_additional,
    "items": _tell_items,
    "minItems": _tell_min_items,
    "minLength": _tell_length,
    "maxLength": lambda rule, value, key, schema: iter(()) if "minLength" in schema else _tell_length(rule, value, key, schema),
    "enum": _tell_enum,
    "const": _tell_const,
    "pattern": _tell_pattern,
    "anyOf": _tell_any_of,
    "allOf": _tell_all_of,
    "if": _tell_if,
}
