"""A pydantic model's errors as Problems: our words, the place, and the mend; and the part of a value that is valid all the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from callboard.model.problem import Key, Marks, Problem, dotted, ordered

M = TypeVar("M", bound=BaseModel)
_Step = tuple[bool, str | int]
"""One part of an error's location: a key of the value (True), or the name of a union's branch."""
_Error = dict[str, Any]

_ROUNDS: Final = 20
_HIDDEN: Final = '"***"'
_WANTED: Final = (
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
PATTERNS: Final[Mapping[str, tuple[str, str]]] = {
    r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$": ("a language tag", "en"),
    r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$": ("a colour", '"#0b4fae"'),
    r"^[a-z][a-z0-9_]*$": ("a name of small letters, digits and _", "tech_radar"),
    r"^[a-z][a-z0-9_-]*$": ("a name of small letters, digits, _ and -", "callboard"),
    r"^[A-Za-z][A-Za-z0-9]*$": ("a name of letters and digits", "Component"),
}
"""Patterns of our models → what they want, and an example."""
_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("gt", "a number above {}"),
    "greater_than_equal": ("ge", "at least {}"),
    "less_than": ("lt", "a number below {}"),
    "less_than_equal": ("le", "at most {}"),
    "multiple_of": ("multiple_of", "a multiple of {}"),
    "string_too_short": ("min_length", "at least {} characters"),
    "string_too_long": ("max_length", "at most {} characters"),
    "too_short": ("min_length", "at least {} items"),
    "too_long": ("max_length", "at most {} items"),
}


@dataclass(frozen=True, slots=True)
class Checked(Generic[M]):
    """A value held against a model. ``model`` is made of its valid parts; ``marks`` fit the model, where parts were left out."""

    model: M | None
    problems: tuple[Problem, ...]
    marks: Marks


@dataclass(frozen=True, slots=True)
class _Fault:
    """One error, at a key of the value; ``steps`` is its way, union branches included."""

    type: str
    steps: tuple[_Step, ...]
    value: Any
    words: str = ""
    bounds: Mapping[str, Any] | None = None
    wanted: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return tuple(part for is_key, part in self.steps if is_key)

    @property
    def is_mismatch(self) -> bool:
        """Whether the value has another type, rather than a wrong value of the right type."""
        return self.type.endswith(("_type", "_parsing")) or self.type in ("literal_error", "enum", "none_required", "union")


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
        faults = _faults(error, value)
    meant = {(*fault.key[:-1], _close(fault, model)) for fault in faults if fault.type == "extra_forbidden"}
    said = (fault for fault in faults if (*at, *fault.key) not in silent and not (fault.type == "missing" and fault.key in meant))
    problems = ordered(_problem(fault, model, marks, at) for fault in said)
    found, origins = _valid_part(model, value, faults)
    return Checked(found, problems, _moved(marks, origins, at))


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a model's YAML form, its attributes' docstrings as descriptions."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(mode="validation")}


def _faults(error: ValidationError, value: Any) -> list[_Fault]:
    return _chosen([_fault(dict(item), value) for item in error.errors(include_url=False)])


def _fault(error: _Error, value: Any) -> _Fault:
    bounds = error.get("ctx") or {}
    words = str(bounds["error"]) if "error" in bounds else error["msg"]
    return _Fault(error["type"], _steps(error["loc"], value, error["type"]), error["input"], words, bounds)


def _steps(location: tuple[str | int, ...], value: Any, kind: str) -> tuple[_Step, ...]:
    """An error's location with the names of union branches told from keys: a key is one that the value has."""
    steps: list[_Step] = []
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


def _chosen(faults: Iterable[_Fault], depth: int = 0) -> list[_Fault]:
    """One branch's faults for each union. ``depth`` steps are behind us."""
    found: list[_Fault] = []
    unions: dict[tuple[_Step, ...], dict[str | int, list[_Fault]]] = {}
    for fault in faults:
        branch = next((number for number, (is_key, _) in enumerate(fault.steps) if not is_key and number >= depth), None)
        if branch is None:
            found.append(fault)
        else:
            unions.setdefault(fault.steps[:branch], {}).setdefault(fault.steps[branch][1], []).append(fault)
    for steps, branches in unions.items():
        found += _best([_chosen(branch, len(steps) + 1) for branch in branches.values()], len(steps) + 1)
    return found


def _best(branches: list[list[_Fault]], depth: int) -> list[_Fault]:
    """The branch that the value came nearest to; if it fits none by type, one fault that names what all of them want."""

    def rank(branch: list[_Fault]) -> tuple[int, int]:
        inside = any(len(fault.steps) > depth for fault in branch)
        return (2 if inside else 0 if all(fault.is_mismatch for fault in branch) else 1, -len(branch))

    nearest = max(branches, key=rank)
    if len(branches) == 1 or rank(nearest)[0] > 0:
        return nearest
    first = branches[0][0]
    wanted = tuple(dict.fromkeys(word for branch in branches for fault in branch for word in _wanted(fault)))
    return [_Fault("union", first.steps, first.value, wanted=wanted)]


def _wanted(fault: _Fault) -> tuple[str, ...]:
    if fault.wanted:
        return fault.wanted
    if fault.type in ("literal_error", "enum"):
        return tuple(_choices(fault))
    return tuple(wanted for start, wanted, _ in _WANTED if fault.type.startswith(start))[:1]


def _choices(fault: _Fault) -> list[str]:
    """The values of a literal as YAML writes them."""
    words = {"False": "false", "True": "true", "None": ""}
    found = re.findall(r"'([^']*)'|([A-Za-z0-9_.+-]+)", str((fault.bounds or {}).get("expected", "")).replace(" or ", " , "))
    return [word for text, bare in found if (word := text or words.get(bare, bare))]


def _problem(fault: _Fault, model: type[BaseModel], marks: Marks, at: Key) -> Problem:
    key = (*at, *fault.key)
    if fault.type == "extra_forbidden":
        close, known = _close(fault, model), allowed(model, fault.steps[:-1])
        what = f'unknown key "{fault.key[-1]}"' + (f'; did you mean "{close}"?' if close else ".")
        mend = f"Known are: {', '.join(known)}." if known and not close else ""
        return Problem("unknown-key", what, marks.at(key), dotted(key[:-1]), mend)
    if fault.type == "missing":
        name = fault.key[-1]
        mend = f"Add: {name}: {_example(model, fault.steps)}"
        return Problem("missing-key", f'"{name}" is missing.', marks.at(key[:-1]), dotted(key[:-1]), mend)
    what, mend = _words(fault, model, hidden=key in marks.hidden)
    return Problem("wrong-value", what, marks.at(key), dotted(key), mend)


def _example(model: type[BaseModel], steps: Iterable[_Step]) -> str:
    """What a missing key may hold: ``…``, or the first key that must be in it."""
    fields = [item for form in _forms(model, steps) if _is_model(form) for item in form.model_fields.items()]
    return next((f"{{{field.alias or name}: …}}" for name, field in fields if field.is_required()), "…")


def _close(fault: _Fault, model: type[BaseModel]) -> str:
    """The key that an unknown key was meant to be, or nothing."""
    return next(iter(get_close_matches(str(fault.key[-1]), allowed(model, fault.steps[:-1]), n=1, cutoff=0.6)), "")


def _words(fault: _Fault, model: type[BaseModel], *, hidden: bool) -> tuple[str, str]:
    """What and mend of a wrong value; a hidden one is not shown."""
    got = _HIDDEN if hidden else show(fault.value)
    if fault.type in ("value_error", "assertion_error"):
        return _own_words(fault, hidden=hidden)
    if fault.type == "string_pattern_mismatch" and fault.bounds:
        pattern = str(fault.bounds["pattern"])
        wanted, example = PATTERNS.get(pattern, (f"a text that fits {pattern}", ""))
        return f"wanted {wanted}, got {got}.", _for_example(fault.key, example)
    if fault.type in _BOUNDS and fault.bounds:
        return _bound_words(fault, got)
    if fault.type in ("literal_error", "enum"):
        return _choice_words(fault, got, hidden=hidden)
    wanted_words = _wanted(fault)
    if not wanted_words:
        text = re.sub(r"^Input should be ", "wanted ", fault.words)
        return ("this value is not what is wanted here." if hidden else f"{text[:1].lower()}{text[1:]}, got {got}."), ""
    return f"wanted {_listed(wanted_words)}, got {got}.", _mend(fault, wanted_words[0], model, got)


def _own_words(fault: _Fault, *, hidden: bool) -> tuple[str, str]:
    """The words of a validator: a sentence, perhaps with its mend ("… Write for example: …")."""
    what, found, mend = fault.words.partition(" Write for example: ")
    if hidden and str(fault.value):
        what, mend = (text.replace(str(fault.value), "***") for text in (what, mend))
    return what if what.endswith((".", "?", "!")) else f"{what}.", f"{found.lstrip()}{mend}"


def _bound_words(fault: _Fault, got: str) -> tuple[str, str]:
    name, words = _BOUNDS[fault.type]
    bound = (fault.bounds or {})[name]
    if fault.value == "" and name == "min_length":
        return "the text is empty.", _for_example(fault.key, "…")
    words = words.format(bound)
    if bound == 1:
        words = words.removesuffix("s")
    got = (
        str((fault.bounds or {}).get("actual_length", got))
        if name.endswith("_length") and not isinstance(fault.value, str)
        else got
    )
    example = str(bound) if fault.type.endswith("_equal") or fault.type == "multiple_of" else ""
    return f"wanted {words}, got {got}.", _for_example(fault.key, example)


def _choice_words(fault: _Fault, got: str, *, hidden: bool) -> tuple[str, str]:
    choices = _choices(fault)
    close = [] if hidden else get_close_matches(str(fault.value), choices, n=1, cutoff=0.6)
    what = f"wanted {_listed(choices)}, got {got}."
    return what, f'Did you mean "{close[0]}"?' if close else _for_example(fault.key, choices[0] if choices else "")


def _mend(fault: _Fault, wanted: str, model: type[BaseModel], got: str) -> str:
    if fault.value is None and fault.key and wanted != "a mapping":
        return "Write a value, or remove the key."
    if wanted == "text" and isinstance(fault.value, (bool, int)):
        return f"Put it in quotes: {_line(fault.key, show_text(fault.value))}"
    if wanted == "text" and isinstance(fault.value, float):
        return "Put it in quotes, so that it is text."
    if wanted == "a mapping":
        return _mapping_example(fault, model, got)
    if wanted == "a list":
        return _for_example(fault.key, f"[{got}]" if isinstance(fault.value, str) and got != _HIDDEN else "[…]")
    return _for_example(fault.key, next((example for _, words, example in _WANTED if words == wanted), ""))


def _mapping_example(fault: _Fault, model: type[BaseModel], got: str) -> str:
    """The key that must be in the mapping, with the text that stands in its place; or all keys."""
    known = allowed(model, fault.steps)
    for name in known:
        steps = (*fault.steps, (True, name))
        if any(field.is_required() for form in _forms(model, fault.steps) if _is_model(form) for field in _named(form, name)):
            text = fault.value if str in _forms(model, steps) and isinstance(fault.value, str) and got != _HIDDEN else ""
            example = f"{name}: {text or _example(model, steps)}"
            return _for_example(fault.key, f"{{{example}}}" if fault.key else example)
    return f"Its keys are: {', '.join(known[:8])}{', …' if len(known) > 8 else '.'}" if known else ""


def _for_example(key: Key, example: str) -> str:
    return f"Write for example: {_line(key, example)}" if example else ""


def _line(key: Key, value: str) -> str:
    return f"{key[-1]}: {value}" if key and isinstance(key[-1], str) else f"- {value}" if key else value


def _listed(words: Collection[str]) -> str:
    """``a, b or c``; what is a choice itself comes last: ``a, or true or false``."""
    *first, last = sorted(words, key=lambda word: " or " in word)
    if first and " or " in last:
        return f"{', '.join(first)}, or {last}"
    return f"{', '.join(first)} or {last}" if first else last


def show(value: Any) -> str:
    """A value as messages show it: text in double quotes on one line, at most 60 characters; lists and mappings by name only."""
    if value is None:
        return "nothing"
    if isinstance(value, (bool, int, float)):
        return str(value).lower()
    if isinstance(value, str):
        return show_text(value)
    return "a mapping" if isinstance(value, Mapping) else "a list" if isinstance(value, (list, tuple)) else "something else"


def show_text(value: Any) -> str:
    """A value in double quotes."""
    line = " ".join(str(value).split()) if isinstance(value, str) else show(value)
    return f'"{line if len(line) <= 60 else line[:57] + "…"}"'


def allowed(model: type[BaseModel], steps: Iterable[_Step]) -> list[str]:
    """The keys that the mapping at ``steps`` of a model may have; empty if they are not fixed."""
    forms = filter(_is_model, _forms(model, steps))
    return list(dict.fromkeys(field.alias or name for form in forms for name, field in form.model_fields.items()))


def _forms(model: type[BaseModel], steps: Iterable[_Step]) -> list[Any]:
    """The types that may stand at ``steps`` of a model."""
    found: list[Any] = [model]
    for is_key, part in steps:
        if is_key:
            found = [inner for form in found for inner in _inside(form, part)]
        else:
            found = [form for form in found if getattr(form, "__name__", "") == part] or found
    return found


def _inside(form: Any, part: str | int) -> list[Any]:
    """The types that may stand at one key of a type."""
    if _is_model(form):
        return [inner for field in _named(form, part) for inner in _alternatives(field.annotation)]
    return _alternatives(get_args(form)[-1]) if get_args(form) else []


def _named(form: type[BaseModel], name: str | int) -> list[FieldInfo]:
    return [field for attribute, field in form.model_fields.items() if name in (attribute, field.alias)]


def _alternatives(form: Any) -> list[Any]:
    """A union's branches, or the type itself; Annotated is taken off."""
    if hasattr(form, "__metadata__"):
        return _alternatives(form.__origin__)
    if getattr(form, "__origin__", None) in (list, dict) or not get_args(form):
        return [form]
    return [inner for branch in get_args(form) for inner in _alternatives(branch)]


def _is_model(form: Any) -> bool:
    return isinstance(form, type) and issubclass(form, BaseModel)


def _valid_part(model: type[M], value: Any, faults: list[_Fault]) -> tuple[M | None, dict[Key, Key]]:
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
            faults = _faults(error, rest)
    return None, {}


def _culprit(fault: _Fault) -> Key:
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
