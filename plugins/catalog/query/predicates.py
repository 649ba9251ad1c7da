"""Predicates of the REST API over columns, as released Backstage's database answers them: ``{kind: component, spec.type: {$in: […]}}``.

The grammar is that of ``callboard.plugin.matches``; what differs is that values are compared with flat rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .columns import EMPTY, Column
from .rows import BadQuery, text_of

Found = frozenset[int] | set[int]
DEEPEST = 40


class Chooser:
    """Which of ``size`` entities, whose rows are in ``columns``, satisfy a predicate."""

    def __init__(self, columns: Mapping[str, Column], size: int) -> None:
        self._columns = columns
        self._all = frozenset(range(size))

    def choose(self, predicate: Any, *, depth: int = 0) -> Found:
        """The numbers of the entities. Raises BadQuery with a sentence if it is no predicate."""
        if depth > DEEPEST:
            raise BadQuery(f"Invalid query: it is nested more than {DEEPEST} levels deep")
        if not isinstance(predicate, Mapping):
            raise BadQuery(
                "Invalid filter predicate: top-level primitive values are not supported. Wrap the value in a field expression, "
                f'e.g. {{ "kind": {_json(predicate)} }}'
            )
        if any(str(key).startswith("$") for key in predicate):
            return self._joined(predicate, depth + 1)
        return _every(self._all, (self._field(str(key).lower(), value) for key, value in predicate.items()))

    def _joined(self, predicate: Mapping[str, Any], depth: int) -> Found:
        [(operator, operand), *more] = predicate.items()
        if not more and operator == "$not":
            return self._all - self.choose(operand, depth=depth)
        if not more and operator in ("$all", "$any") and isinstance(operand, list):
            each = (self.choose(item, depth=depth) for item in operand)
            return _every(self._all, each) if operator == "$all" else EMPTY.union(*each)
        raise BadQuery(
            "Invalid filter predicate: operators must be a single $all or $any with an array, or $not, "
            f"but got {_json(predicate)}"
        )

    def _field(self, key: str, value: Any) -> Found:
        column = self._columns.get(key, _NOTHING)
        if _primitive(value):
            return column.holding(_text(value))
        if isinstance(value, Mapping) and len(value) == 1:
            [(operator, operand)] = value.items()
            if operator == "$contains" and key == "relations" and isinstance(operand, Mapping):
                return self._related(operand)
            test = _OPERATORS.get(operator)
            found = test(column, operand) if test else None
            if found is not None:
                return self._all - column.present if operator == "$exists" and not operand else found
        raise BadQuery(
            f'Invalid filter predicate value for field "{key}": expected a primitive value, $exists, $in, $hasPrefix, '
            f"or $contains operator, but got {_json(value)}"
        )

    def _related(self, wanted: Mapping[str, Any]) -> Found:
        """``relations: {$contains: {type: ownedBy, targetRef: group:default/a}}``; without ``targetRef``, any such relation."""
        said = {str(key).lower(): value for key, value in wanted.items()}
        kind, target = said.get("type"), said.get("targetref")
        if not isinstance(kind, str) or not kind or len(said) != len(wanted) or said.keys() - {"type", "targetref"}:
            raise BadQuery(
                'The $contains operator for "relations" requires a "type" string property, and supports only "targetRef" beside it'
            )
        column = self._columns.get(f"relations.{kind.lower()}", _NOTHING)
        if target is None:
            return column.present
        targets = target.get("$in") if isinstance(target, Mapping) and len(target) == 1 else [target]
        if not isinstance(targets, list) or not targets or not all(isinstance(one, str) for one in targets):
            raise BadQuery(
                'Unsupported value in $contains for "relations": expected a string or { "$in": [strings] }, '
                f"but got {_json(target)}"
            )
        return EMPTY.union(*(column.holding(one.lower()) for one in targets))


def _exists(column: Column, operand: Any) -> Found | None:
    return column.present if isinstance(operand, bool) else None


def _in(column: Column, operand: Any) -> Found | None:
    if not isinstance(operand, list) or not all(map(_primitive, operand)):
        return None
    return EMPTY.union(*(column.holding(_text(item)) for item in operand))


def _has_prefix(column: Column, operand: Any) -> Found | None:
    return column.beginning(operand.lower()) if isinstance(operand, str) else None


def _contains(column: Column, operand: Any) -> Found | None:
    return column.holding(_text(operand)) if _primitive(operand) else None


_OPERATORS: Mapping[str, Callable[[Column, Any], Found | None]] = {
    "$exists": _exists,
    "$in": _in,
    "$hasPrefix": _has_prefix,
    "$contains": _contains,
}
_NOTHING = Column()


def _every(everything: frozenset[int], sets: Iterable[Found]) -> Found:
    found: Found = everything
    for one in sets:
        found = found & one
    return found


def _primitive(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool))


def _text(value: Any) -> str:
    return (text_of(value) or "").lower()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:200]
