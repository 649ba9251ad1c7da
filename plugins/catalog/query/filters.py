"""Backstage's ``filter=`` texts as predicates: ``kind=user,spec.type`` is ``{$all: [{kind: user}, {spec.type: {$exists: true}}]}``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .rows import BadQuery


def predicate(filters: Iterable[str]) -> dict[str, Any] | None:
    """The predicate that filters ask for together: one of them must hold. None if they ask for nothing. Raises BadQuery."""
    sets = [found for text in filters if (found := _conditions(text))]
    joined = [conditions[0] if len(conditions) == 1 else {"$all": conditions} for conditions in sets]
    if not joined:
        return None
    return joined[0] if len(joined) == 1 else {"$any": joined}


def _conditions(text: str) -> list[dict[str, Any]]:
    """One filter: all of its conditions must hold; a key said several times takes any of its values."""
    values: dict[str, list[str]] = {}
    for statement in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = statement.partition("=")
        key = key.strip()
        if not key:
            raise BadQuery(
                f"Invalid filter, '{statement}' is not a valid statement (expected a string on the form a=b or a= or a)"
            )
        said = values.setdefault(key, [])
        if equals:
            said.append(value.strip())
    return [{key: _wanted(said)} for key, said in values.items()]


def _wanted(values: list[str]) -> Any:
    if not values:
        return {"$exists": True}
    return values[0] if len(values) == 1 else {"$in": values}
