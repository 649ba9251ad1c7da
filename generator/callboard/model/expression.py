"""Backstage's text form of entity filters: ``kind:component,api type:service has:labels not:is:orphan`` → a predicate.

A space joins with AND, a comma with OR; ``not:`` turns one term round. Compared without case, as in Backstage's card filters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final

_ORPHAN: Final = "metadata.annotations.backstage.io/orphan"
_PATHS: Final = {"kind": "kind", "type": "spec.type", "lifecycle": "spec.lifecycle", "namespace": "metadata.namespace"}


def parse(text: str) -> dict[str, Any]:
    """The predicate that ``text`` says. Raises ValueError with a sentence (and its mend behind "Write for example: ")."""
    terms = [_term(word) for word in text.split()]
    if not terms:
        raise ValueError("the expression is empty. Write for example: kind:component has:labels")
    return terms[0] if len(terms) == 1 else {"$all": terms}


def _term(word: str) -> dict[str, Any]:
    if word.startswith("not:"):
        return {"$not": _term(word[4:])}
    key, colon, values = word.partition(":")
    named = [value for value in values.split(",") if value]
    if not colon or not named:
        raise ValueError(f'"{word}" is no term of an expression. Write for example: kind:component has:labels')
    made = _TERMS.get(key)
    if made is None:
        close = get_close_matches(key, _TERMS, 1)
        known = f'did you mean "{close[0]}"?' if close else f"known are {', '.join(_TERMS)}."
        raise ValueError(f'there is no term "{key}:"; {known} Write for example: kind:component has:labels')
    return made(named)


def _field(path: str) -> Callable[[list[str]], dict[str, Any]]:
    return lambda values: {path: {"$in": values}}


def _is(values: list[str]) -> dict[str, Any]:
    for value in values:
        if value.lower() != "orphan":
            raise ValueError(f'an entity cannot be asked whether it is "{value}"; known is orphan. Write for example: is:orphan')
    return {_ORPHAN: "true"}


def _has(values: list[str]) -> dict[str, Any]:
    found: list[Mapping[str, Any]] = [{f"metadata.{value}": {"$filled": True}} for value in values]
    return dict(found[0]) if len(found) == 1 else {"$any": found}


_TERMS: Final[Mapping[str, Callable[[list[str]], dict[str, Any]]]] = {
    **{key: _field(path) for key, path in _PATHS.items()},
    "is": _is,
    "has": _has,
}
