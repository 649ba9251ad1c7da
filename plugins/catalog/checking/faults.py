"""What is wrong with a value, in words: the same keywords as in ``schemas``, looked at only where the fast answer was no."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .schemas import Schema, compiled, pattern_of, same

Key = tuple[str | int, ...]
_TYPE_WORDS = {
    "string": "a text",
    "object": "a mapping",
    "array": "a list",
    "boolean": "true or false",
    "null": "nothing",
    "number": "a number",
    "integer": "a whole number",
}


class Fault(NamedTuple):
    """One thing wrong with a value: where in it, and a sentence."""

    key: Key
    what: str


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
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else "nothing"


def _named(wanted: str | Sequence[str]) -> str:
    return _TYPE_WORDS[wanted] if isinstance(wanted, str) else " or ".join(_TYPE_WORDS[name] for name in wanted)


def _quote_it(wanted: str | Sequence[str], value: Any) -> str:
    """YAML reads 1.0 and true as something else than text: the commonest slip of all."""
    return " Put it in quotes." if wanted == "string" and isinstance(value, (bool, int, float)) else ""


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
    if not any(same(value, choice) for choice in choices):
        words = " or ".join(f'"{choice}"' for choice in choices)
        yield Fault(key, f"wanted {words}, got {shown(value)}.")


def _tell_const(wanted: Any, value: Any, key: Key, schema: Any) -> _Told:
    return _tell_enum([wanted], value, key, schema)


def _tell_pattern(text: Any, value: Any, key: Key, _schema: Any) -> _Told:
    if isinstance(value, str) and not pattern_of(text).search(value):
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
