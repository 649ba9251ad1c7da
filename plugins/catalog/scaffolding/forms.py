"""JSON Schema forms → rows that say plainly what is asked for: nested, conditional and alternative fields included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from callboard.plugin import mapping

from .plain import items, text, written

_DEPTH = 16
_SCHEMAS = 2000
_ROWS = 300
_CHOICES = 30
_TYPES = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "yes or no",
    "object": "mapping",
    "array": "list",
    "null": "nothing",
}
_LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "pattern": "matches {}",
}

Row = dict[str, Any]


def forms(parameters: Any) -> list[dict[str, Any]]:
    """``[{title, description, fields: [row], cut}]``, one for each step of ``spec.parameters``; ``cut`` tells that rows are left out.

    A row has ``name``, ``title``, ``type``, ``required``, ``default`` ("" for none), ``description``, ``choices`` (texts), ``others``
    (choices left out), ``hints`` (texts), ``level`` (0 for the form's own fields) and ``when`` (under which condition it is asked for).
    """
    found = []
    for schema in parameters if isinstance(parameters, list) else [parameters]:
        if not isinstance(schema, Mapping):
            continue
        walk = _Walk(schema)
        rows: list[Row] = []
        for row in walk.object(schema, 0, ""):
            if len(rows) == _ROWS:
                break
            rows.append(row)
        form = {"title": text(schema.get("title")), "description": text(schema.get("description")), "fields": rows}
        found.append({**form, "cut": len(rows) == _ROWS})
    return found


@dataclass
class _Walk:
    root: Mapping[str, Any]
    depth: int = 0
    left: int = _SCHEMAS
    """Schemas that may still be looked at: those that refer to themselves would never end."""

    def object(self, schema: Any, level: int, when: str, *, known: frozenset[str] = frozenset()) -> Iterator[Row]:
        """The rows of an object's schema; ``known`` are fields that the condition itself names, which have their row already."""
        schema = self.resolved(schema)
        if self.depth == _DEPTH or not self.left:
            return
        self.depth += 1
        self.left -= 1
        required = {name for name in items(schema.get("required")) if isinstance(name, str)}
        for name, one in mapping(schema.get("properties")).items():
            if str(name) not in known:
                yield from self._field(str(name), self.resolved(one), level, when, name in required)
        yield from self._dependent(schema, level, when)
        yield from self._conditional(schema, level, when)
        yield from self._alternatives(schema, level, when)
        self.depth -= 1

    def resolved(self, schema: Any) -> Mapping[str, Any]:
        """What a ``$ref`` into the form itself leads to; anything else as it is."""
        found = mapping(schema)
        reference = found.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return found
        target: Any = self.root
        for step in reference[2:].split("/"):
            target = mapping(target).get(step.replace("~1", "/").replace("~0", "~"))
        return {**mapping(target), **{key: value for key, value in found.items() if key != "$ref"}}

    def _field(self, name: str, schema: Mapping[str, Any], level: int, when: str, required: bool) -> Iterator[Row]:
        choices = _choices(schema) or (_choices(self.resolved(schema.get("items"))) if schema.get("type") == "array" else [])
        yield {
            "name": name,
            "title": text(schema.get("title")),
            "type": self._type(schema),
            "required": required,
            "default": written(schema["default"]) if "default" in schema else "",
            "description": text(schema.get("description"))
            or text(schema.get("ui:help"))
            or text(mapping(schema.get("ui:options")).get("help")),
            "choices": choices[:_CHOICES],
            "others": max(0, len(choices) - _CHOICES),
            "hints": _hints(schema),
            "level": level,
            "when": when,
        }
        below = self.resolved(schema.get("items")) if schema.get("type") == "array" else schema
        if below.get("type") == "object" or "properties" in below:
            yield from self.object(below, level + 1, "")

    def _type(self, schema: Mapping[str, Any]) -> str:
        said = schema.get("type")
        names = [_TYPES.get(str(one), str(one)) for one in (said if isinstance(said, list) else [said] if said else [])]
        if said == "array":
            of = self.resolved(schema.get("items"))
            inner = "choices" if _choices(of) else self._type(of) if of.get("type") != "array" else ""
            return f"list of {inner}" if inner else "list"
        if not names and "properties" in schema:
            return "mapping"
        if "Secret" in (schema.get("ui:field"), schema.get("ui:widget")) or schema.get("ui:widget") == "password":
            return "secret"
        return " or ".join(names)

    def _dependent(self, schema: Mapping[str, Any], level: int, when: str) -> Iterator[Row]:
        """``dependencies`` and its two younger names: fields that another field asks for."""
        for keyword in ("dependencies", "dependentSchemas", "dependentRequired"):
            for name, one in mapping(schema.get(keyword)).items():
                given = _joined(when, f"{name} is given")
                if isinstance(one, list):
                    yield from (_wanted(str(other), level, given) for other in one)
                    continue
                dependent = self.resolved(one)
                alternatives = items(dependent.get("oneOf")) or items(dependent.get("anyOf"))
                yield from self.object({**dependent, "oneOf": None, "anyOf": None}, level, given)
                for alternative in map(self.resolved, alternatives):
                    said = _said(mapping(alternative.get("properties")).get(name))
                    condition = _joined(when, f"{name} {said}") if said else given
                    yield from self.object(alternative, level, condition, known=frozenset([str(name)]))

    def _conditional(self, schema: Mapping[str, Any], level: int, when: str) -> Iterator[Row]:
        """``allOf`` and ``if``: more fields, some only under a condition."""
        for one in (schema, *map(self.resolved, items(schema.get("allOf")))):
            condition = mapping(one.get("if"))
            said = _condition(condition)
            names = frozenset(str(name) for name in mapping(condition.get("properties")))
            if condition and "then" in one:
                yield from self.object(one["then"], level, _joined(when, said), known=names)
            if condition and "else" in one:
                yield from self.object(one["else"], level, _joined(when, f"not ({said})"), known=names)
            if one is not schema:
                yield from self.object(
                    {key: value for key, value in one.items() if key not in ("if", "then", "else")}, level, when
                )

    def _alternatives(self, schema: Mapping[str, Any], level: int, when: str) -> Iterator[Row]:
        """``oneOf`` and ``anyOf`` of whole objects: the fields of each way to answer."""
        for keyword in ("oneOf", "anyOf"):
            for number, one in enumerate(map(self.resolved, items(schema.get(keyword))), 1):
                if "properties" in one:
                    name = text(one.get("title")) or f"{number} of {len(schema[keyword])}"
                    yield from self.object(one, level, _joined(when, f"choosing {name}"))


def _wanted(name: str, level: int, when: str) -> Row:
    empty: Row = {"title": "", "type": "", "default": "", "description": "", "choices": [], "others": 0, "hints": []}
    return {**empty, "name": name, "required": True, "level": level, "when": when}


def _joined(first: str, second: str) -> str:
    return f"{first} and {second}" if first else second


def _said(schema: Any) -> str:
    """What a condition says of one field: ``is "github"``."""
    found = mapping(schema)
    if "const" in found:
        return f"is {written(found['const'])}"
    values = items(found.get("enum"))
    if values:
        return "is " + " or ".join(written(value) for value in values[:5]) + (" or another" if len(values) > 5 else "")
    if "pattern" in found:
        return f"matches {written(found['pattern'])}"
    if "not" in found:
        inner = _said(found["not"])
        return f"is not {inner.removeprefix('is ')}" if inner.startswith("is ") else ""
    return ""


def _condition(schema: Mapping[str, Any]) -> str:
    parts = [f"{name} {_said(one) or 'is given'}" for name, one in mapping(schema.get("properties")).items()]
    parts += [f"{name} is given" for name in items(schema.get("required")) if name not in mapping(schema.get("properties"))]
    return " and ".join(parts) or "a condition holds"


def _choices(schema: Mapping[str, Any]) -> list[str]:
    """The values that may be chosen; where they have names, ``value (name)``."""
    values = items(schema.get("enum"))
    if values:
        names = items(schema.get("enumNames")) or items(mapping(schema.get("ui:options")).get("enumNames"))
        return [_named(value, names[number] if number < len(names) else "") for number, value in enumerate(values)]
    for keyword in ("oneOf", "anyOf"):
        options = [mapping(one) for one in items(schema.get(keyword))]
        if options and all("const" in one for one in options):
            return [_named(one["const"], one.get("title")) for one in options]
    return [written(schema["const"])] if "const" in schema else []


def _named(value: Any, name: Any) -> str:
    shown = written(value)
    return f"{shown} ({name})" if isinstance(name, str) and name and name.lower() != shown.lower() else shown


def _hints(schema: Mapping[str, Any]) -> list[str]:
    found = [words.format(written(schema[key])) for key, words in _LIMITS.items() if key in schema]
    if schema.get("uniqueItems") is True:
        found.append("each once")
    if text(schema.get("format")):
        found.append(f"format {schema['format']}")
    picker = text(schema.get("ui:field"))
    return [*found, f"picked with {picker}"] if picker and picker != "Secret" else found
