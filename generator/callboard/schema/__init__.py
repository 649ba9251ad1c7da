"""A pydantic model's errors as Problems: our words, the place, and the mend; and the part of a value that is valid all the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from callboard.model.problem import Key, Marks, Problem, ordered
from callboard.schema.faults import Fault, faults_of
from callboard.schema.forms import allowed
from callboard.schema.wording import PATTERNS, close_to, problem, show, show_text

__all__ = ["PATTERNS", "Checked", "allowed", "check", "json_schema", "show", "show_text", "validated"]

M = TypeVar("M", bound=BaseModel)
_ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class Checked(Generic[M]):
    """A value held against a model. ``model`` is made of its valid parts; ``marks`` fit the model, where parts were left out."""

    model: M | None
    problems: tuple[Problem, ...]
    marks: Marks


def validated(model: type[M], value: Any, marks: Marks, *, at: Key = ()) -> tuple[M | None, list[Problem]]:
    """``value`` as an instance of ``model``, and what is wrong with it, each at its place.

    With problems, the instance is made of the valid parts (unknown keys, faulty list items and faulty optional values are left
    out), or None. ``at`` is where ``value`` lies in the document that ``marks`` belong to.
    """
    checked = check(model, value, marks, at=at)
    return checked.model, list(checked.problems)


def check(model: type[M], value: Any, marks: Marks, *, at: Key = (), silent: Collection[Key] = ()) -> Checked[M]:
    """As ``validated``, with marks that fit the model. Nothing is said about the keys in ``silent``: somebody has said it."""
    try:
        return Checked(model.model_validate(value), (), marks)
    except ValidationError as error:
        faults = faults_of(error, value)
    meant = {(*fault.key[:-1], close_to(fault, model)) for fault in faults if fault.type == "extra_forbidden"}
    said = (fault for fault in faults if (*at, *fault.key) not in silent and not (fault.type == "missing" and fault.key in meant))
    problems = ordered(problem(fault, model, marks, at) for fault in said)
    found, origins = _valid_part(model, value, faults)
    return Checked(found, problems, _moved(marks, origins, at))


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a model's YAML form, its attributes' docstrings as descriptions."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(mode="validation")}


def _valid_part(model: type[M], value: Any, faults: list[Fault]) -> tuple[M | None, dict[Key, Key]]:
    """A model of what is left of ``value`` without its faulty parts; and where each key of the rest was before."""
    dropped: set[Key] = set()
    origins: dict[Key, Key] = {}
    for _ in range(_ROUNDS):
        known = len(dropped)
        dropped |= {origins.get(key, key) for key in map(_culprit, faults)}
        if () in dropped or len(dropped) == known:
            break
        origins = {}
        rest = _without(value, (), (), dropped.__contains__, origins)
        try:
            return model.model_validate(rest), origins
        except ValidationError as error:
            faults = faults_of(error, rest)
    return None, {}


def _culprit(fault: Fault) -> Key:
    """What to leave out: the value at fault, or the mapping that misses a key."""
    return fault.key[:-1] if fault.type == "missing" else fault.key


def _without(value: Any, was: Key, now: Key, dropped: Callable[[Key], bool], origins: dict[Key, Key]) -> Any:
    """A copy of lists and mappings without the dropped keys; ``origins`` learns where each key of the copy was."""
    origins[now] = was
    if isinstance(value, Mapping):
        return {
            key: _without(item, (*was, key), (*now, key), dropped, origins)
            for key, item in value.items()
            if not dropped((*was, key))
        }
    if isinstance(value, list):
        kept = [(number, item) for number, item in enumerate(value) if not dropped((*was, number))]
        return [_without(item, (*was, old), (*now, new), dropped, origins) for new, (old, item) in enumerate(kept)]
    return value


def _moved(marks: Marks, origins: Mapping[Key, Key], at: Key) -> Marks:
    """Marks for a value of which parts were left out."""
    if not origins:
        return marks
    places = dict(marks.items())
    outside = {key: place for key, place in places.items() if key[: len(at)] != at}
    inside = {(*at, *now): places[(*at, *was)] for now, was in origins.items() if (*at, *was) in places}
    hidden = {(*at, *now) for now, was in origins.items() if (*at, *was) in marks.hidden}
    kept = {key for key in marks.hidden if key[: len(at)] != at}
    return Marks({**outside, **inside}, marks.default, hidden=hidden | kept)
