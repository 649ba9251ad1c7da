"""What pydantic says, as Faults: each at a key of the value, one branch of each union, and what is wanted instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from callboard.model.problem import Key
from callboard.schema.forms import Step

_Error = dict[str, Any]

WANTED: Final = (
    ("string_", "text", "…"),
    ("int_", "a whole number", "1"),
    ("finite_number", "a number", "1.5"),
    ("float_", "a number", "1.5"),
    ("decimal_", "a number", "1.5"),
    ("bool_", "true or false", "true"),
    ("list_", "a list", ""),
    ("tuple_", "a list", ""),
    ("set_", "a list", ""),
    ("frozen_set_", "a list", ""),
    ("iterable_", "a list", ""),
    ("dict_", "a mapping", ""),
    ("mapping_", "a mapping", ""),
    ("model_", "a mapping", ""),
    ("dataclass_", "a mapping", ""),
    ("none_required", "nothing", ""),
    ("datetime_", "a date and time", "2026-11-24T08:15:00Z"),
    ("date_", "a date", "2026-11-24"),
    ("timezone_", "a date and time", "2026-11-24T08:15:00Z"),
    ("time_delta_", "a duration", "PT15M"),
    ("time_", "a time", '"09:30"'),
    ("url_", "an address", "https://example.com"),
    ("uuid_", "a UUID", "123e4567-e89b-42d3-a456-426614174000"),
    ("path_", "a path", "content/file.yaml"),
    ("bytes_", "text", "…"),
)
"""The beginning of an error's type → what is wanted, and an example of it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One error, at a key of the value; ``steps`` is its way, union branches included."""

    type: str
    steps: tuple[Step, ...]
    value: Any
    words: str = ""
    bounds: Mapping[str, Any] | None = None
    wanted: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """Where it is, in the value."""
        return tuple(part for is_key, part in self.steps if is_key)

    @property
    def is_mismatch(self) -> bool:
        """Whether the value has another type, rather than a wrong value of the right type."""
        return self.type.endswith(("_type", "_parsing")) or self.type in ("literal_error", "enum", "none_required", "union")


def faults_of(error: ValidationError, value: Any) -> list[Fault]:
    """What is wrong with ``value``, the input of ``error``."""
    return _chosen([_fault(dict(item), value) for item in error.errors(include_url=False)])


def _fault(error: _Error, value: Any) -> Fault:
    bounds = error.get("ctx") or {}
    words = str(bounds["error"]) if "error" in bounds else error["msg"]
    return Fault(error["type"], _steps(error["loc"], value, error["type"]), error["input"], words, bounds)


def _steps(location: tuple[str | int, ...], value: Any, kind: str) -> tuple[Step, ...]:
    """An error's location with the names of union branches told from keys: a key is one that the value has."""
    steps: list[Step] = []
    for number, part in enumerate(location):
        missing = kind == "missing" and number == len(location) - 1
        if _has(value, part):
            value = value[part]
            steps.append((True, part))
        else:
            steps.append((missing, part))
    return tuple(steps)


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, Mapping):
        return part in value
    return isinstance(value, (list, tuple)) and isinstance(part, int) and part < len(value)


def _chosen(faults: Iterable[Fault], depth: int = 0) -> list[Fault]:
    """One branch's faults for each union. ``depth`` steps are behind us."""
    found: list[Fault] = []
    unions: dict[tuple[Step, ...], dict[str | int, list[Fault]]] = {}
    for fault in faults:
        branch = next((number for number, (is_key, _) in enumerate(fault.steps) if not is_key and number >= depth), None)
        if branch is None:
            found.append(fault)
        else:
            unions.setdefault(fault.steps[:branch], {}).setdefault(fault.steps[branch][1], []).append(fault)
    for steps, branches in unions.items():
        found += _best([_chosen(branch, len(steps) + 1) for branch in branches.values()], len(steps) + 1)
    return found


def _best(branches: list[list[Fault]], depth: int) -> list[Fault]:
    """The branch that the value came nearest to; if it fits none by type, one fault that names what all of them want."""

    def rank(branch: list[Fault]) -> tuple[int, int]:
        inside = any(len(fault.steps) > depth for fault in branch)
        return (2 if inside else 0 if all(fault.is_mismatch for fault in branch) else 1, -len(branch))

    nearest = max(branches, key=rank)
    if len(branches) == 1 or rank(nearest)[0] > 0:
        return nearest
    first = branches[0][0]
    words = tuple(dict.fromkeys(word for branch in branches for fault in branch for word in wanted_of(fault)))
    return [Fault("union", first.steps, first.value, wanted=words)]


def wanted_of(fault: Fault) -> tuple[str, ...]:
    """What the value of a fault should be, in words: ``a list``, or each of the choices."""
    if fault.wanted:
        return fault.wanted
    if fault.type in ("literal_error", "enum"):
        return tuple(choices(fault))
    return tuple(wanted for start, wanted, _ in WANTED if fault.type.startswith(start))[:1]


def choices(fault: Fault) -> list[str]:
    """The values of a literal as YAML writes them."""
    words = {"False": "false", "True": "true", "None": ""}
    found = re.findall(r"'([^']*)'|([A-Za-z0-9_.+-]+)", str((fault.bounds or {}).get("expected", "")).replace(" or ", " , "))
    return [word for text, bare in found if (word := text or words.get(bare, bare))]
