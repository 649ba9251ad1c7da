"""Backstage's entity predicates, as plain data: ``{kind: Component, metadata.annotations.ci/project: {$exists: true}}``.

Released behaviour of Backstage's filter predicates: strings compare without case, numbers as strings, null equals nothing;
``$all``, ``$any`` and ``$not`` stand alone in their mapping; ``$all: []`` holds, ``$any: []`` does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from callboard.model import expression
from callboard.model.lookup import MISSING, lookup

_VALUE_OPERATORS = ("$exists", "$in", "$hasPrefix", "$contains")
_JOINING_OPERATORS = ("$all", "$any", "$not")


def compiled(when: Mapping[str, Any] | str) -> Callable[[Any], bool]:
    """One test for what YAML says under ``when``: a predicate, or Backstage's text form of one. Raises ValueError for the latter."""
    predicate = expression.parse(when) if isinstance(when, str) else when
    return _compiled(predicate) if predicate else lambda _record: True


def conditions(when: Mapping[str, Any] | str) -> list[Any]:
    """The predicates that must all hold for a ``when``; one that never does if it has ``condition_faults``."""
    if condition_faults(when):
        return [{"$any": []}]
    predicate = expression.parse(when) if isinstance(when, str) else when
    if not predicate:
        return []
    if list(predicate) == ["$all"]:
        return list(predicate["$all"])
    return [{path: value} for path, value in predicate.items()]


def paths_of(predicate: Any) -> set[str]:
    """The paths that a predicate looks at."""
    found: set[str] = set()
    for key, value in predicate.items() if isinstance(predicate, Mapping) else ():
        if key in ("$all", "$any"):
            found |= {path for item in value for path in paths_of(item)}
        elif key == "$not":
            found |= paths_of(value)
        else:
            found.add(str(key))
    return found


def condition_faults(when: Mapping[str, Any] | str) -> list[str]:
    """What is wrong with a ``when``, a sentence each."""
    if not isinstance(when, str):
        return faults(when) if when else []
    try:
        expression.parse(when)
    except ValueError as error:
        return [str(error)]
    return []


def faults(predicate: Any) -> list[str]:
    """What is wrong with the form of ``predicate``, a sentence each; empty if it is sound."""
    if not isinstance(predicate, Mapping):
        return [] if _primitive(predicate) else [f"a predicate is a mapping, got {predicate!r}."]
    found: list[str] = []
    for key, value in predicate.items():
        if key in ("$all", "$any"):
            items = value if isinstance(value, list) else None
            found += [f"{key} wants a list."] if items is None else [f for item in items for f in faults(item)]
        elif key == "$not":
            found += faults(value)
        elif str(key).startswith("$"):
            found.append(f"unknown operator {key}; known are {', '.join(_JOINING_OPERATORS + _VALUE_OPERATORS)}.")
        else:
            found += _value_faults(str(key), value)
    if len(predicate) > 1 and any(key in _JOINING_OPERATORS for key in predicate):
        found.append("$all, $any and $not stand alone in their mapping.")
    return found


def _value_faults(path: str, value: Any) -> list[str]:
    if not isinstance(value, Mapping):
        return [] if _primitive(value) else [f"{path} wants one value or an operator, got {value!r}."]
    if len(value) != 1:
        return [f"{path} wants exactly one operator."]
    [(operator, operand)] = value.items()
    if operator not in _VALUE_OPERATORS:
        return [f"unknown operator {operator} at {path}; known are {', '.join(_VALUE_OPERATORS)}."]
    if operator == "$exists" and not isinstance(operand, bool):
        return [f"{path}.$exists wants true or false."]
    if operator == "$in" and not (isinstance(operand, list) and all(map(_primitive, operand))):
        return [f"{path}.$in wants a list of values."]
    if operator == "$hasPrefix" and not isinstance(operand, str):
        return [f"{path}.$hasPrefix wants a text."]
    return faults(operand) if operator == "$contains" else []


def matches(predicate: Any, record: Any) -> bool:
    """Whether ``record`` (plain data) satisfies ``predicate``; a predicate with ``faults`` never does."""
    if not isinstance(predicate, Mapping):
        return _same(predicate, record)
    for key, value in predicate.items():
        if key == "$all":
            held = all(matches(item, record) for item in value)
        elif key == "$any":
            held = any(matches(item, record) for item in value)
        elif key == "$not":
            held = not matches(value, record)
        else:
            held = _holds(value, lookup(record, str(key), MISSING))
        if not held:
            return False
    return True


def _holds(wanted: Any, found: Any) -> bool:
    if not isinstance(wanted, Mapping):
        return found is not MISSING and _same(wanted, found)
    [(operator, operand)] = wanted.items()
    if operator == "$exists":
        return bool(operand) == (found is not MISSING)  # null is there, though it equals nothing
    if found is MISSING:
        return False
    if operator == "$filled":
        return bool(found) == bool(operand)
    if operator == "$in":
        return any(_same(item, found) for item in operand)
    if operator == "$hasPrefix":
        return isinstance(found, str) and found.lower().startswith(operand.lower())
    return operator == "$contains" and isinstance(found, (list, tuple)) and any(matches(operand, item) for item in found)


_Test = Callable[[Any], bool]


def _compiled(predicate: Any) -> _Test:
    """As ``matches``, looked through once: a catalog asks the same of 10,000 entities."""
    if not isinstance(predicate, Mapping):
        return _equal(predicate)
    parts = [_part(str(key), value) for key, value in predicate.items()]
    return parts[0] if len(parts) == 1 else lambda record: all(part(record) for part in parts)


def _part(key: str, value: Any) -> _Test:
    if key in ("$all", "$any"):
        tests = [_compiled(item) for item in value]
        return lambda record: all(test(record) for test in tests) if key == "$all" else any(test(record) for test in tests)
    if key == "$not":
        unwanted = _compiled(value)
        return lambda record: not unwanted(record)
    test, steps = _valued(value), key.split(".")
    if key in ("", "@"):
        return test

    def held(record: Any) -> bool:
        found = record
        for step in steps:
            if type(found) is not dict or step not in found:
                return test(lookup(record, key, MISSING))
            found = found[step]
        return test(found)

    return held


def _valued(wanted: Any) -> _Test:
    """The test of the value at a path, which may be MISSING."""
    if not isinstance(wanted, Mapping):
        return _equal(wanted)
    [(operator, operand)] = wanted.items()
    if operator == "$exists":
        return lambda found: bool(operand) == (found is not MISSING)
    if operator == "$filled":
        return lambda found: found is not MISSING and bool(found) == bool(operand)
    if operator == "$in":
        tests = [_equal(item) for item in operand]
        return lambda found: any(test(found) for test in tests)
    if operator == "$hasPrefix":
        start = operand.lower()
        return lambda found: isinstance(found, str) and found.lower().startswith(start)
    inner = _compiled(operand) if operator == "$contains" else _equal(None)
    return lambda found: isinstance(found, (list, tuple)) and any(inner(item) for item in found)


def _equal(wanted: Any) -> _Test:
    if not _primitive(wanted) or isinstance(wanted, bool):
        return lambda found: wanted is found and isinstance(wanted, bool)
    text = _text(wanted)
    return lambda found: found.lower() == text if type(found) is str else _same(wanted, found)


def _primitive(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool))


def _same(wanted: Any, found: Any) -> bool:
    """Texts without case; a number as it is written; a boolean only with itself."""
    if not _primitive(wanted) or not _primitive(found):
        return False
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    return _text(wanted) == _text(found)


def _text(value: str | float) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value).lower()
