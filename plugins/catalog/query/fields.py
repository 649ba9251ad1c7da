"""Only some fields of an entity: ``fields=kind,metadata.annotations.backstage.io/orphan``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .rows import BadQuery

Fields = tuple[str, ...]


def parsed(texts: Iterable[str]) -> Fields:
    """The fields that texts with commas name, each once. Raises BadQuery for one that reaches into a list."""
    named = dict.fromkeys(field for text in texts for part in text.split(",") if (field := part.strip()))
    for field in named:
        if "[" in field:
            raise BadQuery(f'Invalid field "{field}", array type fields are not supported')
    return tuple(named)


def selected(entity: Mapping[str, Any], fields: Fields) -> Mapping[str, Any]:
    """The entity with nothing but those fields, in their order; as it is if none are named."""
    if not fields:
        return entity
    output: dict[str, Any] = {}
    for field in fields:
        path, value = _found(entity, field)
        if path:
            _put(output, path, value)
    return output


def _found(value: Any, field: str) -> tuple[list[str], Any]:
    """The keys that lead to a field, which may hold dots themselves; no keys if it is not there."""
    path: list[str] = []
    key = ""
    for part in field.split("."):
        key = f"{key}.{part}" if key else part
        if isinstance(value, Mapping) and key in value:
            path.append(key)
            value, key = value[key], ""
    return ([], None) if key else (path, value)


def _put(output: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        inner = output.get(key)
        # What an earlier field gave whole is the entity's own: it is copied before anything is put into it.
        output[key] = dict(inner) if isinstance(inner, Mapping) else {}
        output = output[key]
    output[path[-1]] = value
