"""Faults in our words: what is wrong, where, and the mend."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel

from callboard.model.problem import Key, Marks, Problem, dotted
from callboard.schema.faults import WANTED, Fault, choices, wanted_of
from callboard.schema.forms import Step, allowed, forms_at, slots

HIDDEN: Final = '"***"'
PATTERNS: Final[Mapping[str, tuple[str, str]]] = {
    r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$": ("a language tag", "en"),
    r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$": ("a colour", '"#0b4fae"'),
    r"^([a-z][a-z0-9_]*\??|\*)$": ("the name of a plugin, with ? if it may be missing, or *", "catalog"),
    r"^[a-z][a-z0-9-]*$": ("a name of small letters, digits and hyphens", "techdocs"),
    r"^[a-z][a-z0-9_]*$": ("a name of small letters, digits and _", "tech_radar"),
    r"^[a-z][a-z0-9_-]*$": ("a name of small letters, digits, _ and -", "callboard"),
    r"^[A-Za-z0-9_.-]{1,60}$": ("at most 60 letters, digits, _, . and -", "portal"),
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


def problem(fault: Fault, model: type[BaseModel], marks: Marks, at: Key) -> Problem:
    """The Problem of a fault. ``at`` is where the value lies in the document that ``marks`` belong to."""
    key = (*at, *fault.key)
    if fault.type == "extra_forbidden":
        close, known = close_to(fault, model), allowed(model, fault.steps[:-1])
        what = f'unknown key "{fault.key[-1]}"' + (f'; did you mean "{close}"?' if close else ".")
        mend = f"Known are: {', '.join(known)}." if known and not close else ""
        return Problem("unknown-key", what, marks.at(key), dotted(key[:-1]), mend)
    if fault.type == "missing":
        name = fault.key[-1]
        mend = f"Add: {name}: {_example(model, fault.steps)}"
        return Problem("missing-key", f'"{name}" is missing.', marks.at(key[:-1]), dotted(key[:-1]), mend)
    what, mend = _words(fault, model, hidden=key in marks.hidden)
    return Problem("wrong-value", what, marks.at(key), dotted(key), mend)


def _example(model: type[BaseModel], steps: Iterable[Step]) -> str:
    """What a missing key may hold: ``…``, or the first key that must be in it."""
    keys = [item for form in forms_at(model, steps) for item in slots(form).items()]
    return next((f"{{{name}: …}}" for name, slot in keys if slot.required), "…")


def close_to(fault: Fault, model: type[BaseModel]) -> str:
    """The key that an unknown key was meant to be, or nothing."""
    return next(iter(get_close_matches(str(fault.key[-1]), allowed(model, fault.steps[:-1]), n=1, cutoff=0.6)), "")


def _words(fault: Fault, model: type[BaseModel], *, hidden: bool) -> tuple[str, str]:
    """What and mend of a wrong value; a hidden one is not shown."""
    got = HIDDEN if hidden else show(fault.value)
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
    wanted_words = wanted_of(fault)
    if not wanted_words:
        text = re.sub(r"^Input should be ", "wanted ", fault.words)
        return ("this value is not what is wanted here." if hidden else f"{text[:1].lower()}{text[1:]}, got {got}."), ""
    return f"wanted {_listed(wanted_words)}, got {got}.", _mend(fault, wanted_words[0], model, got)


def _own_words(fault: Fault, *, hidden: bool) -> tuple[str, str]:
    """The words of a validator: a sentence, perhaps with its mend ("… Write for example: …")."""
    what, found, mend = fault.words.partition(" Write for example: ")
    if hidden and str(fault.value):
        what, mend = (text.replace(str(fault.value), "***") for text in (what, mend))
    return what if what.endswith((".", "?", "!")) else f"{what}.", f"{found.lstrip()}{mend}"


def _bound_words(fault: Fault, got: str) -> tuple[str, str]:
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


def _choice_words(fault: Fault, got: str, *, hidden: bool) -> tuple[str, str]:
    known = choices(fault)
    close = [] if hidden else get_close_matches(str(fault.value), known, n=1, cutoff=0.6)
    what = f"wanted {_listed(known)}, got {got}."
    return what, f'Did you mean "{close[0]}"?' if close else _for_example(fault.key, known[0] if known else "")


def _mend(fault: Fault, wanted: str, model: type[BaseModel], got: str) -> str:
    if fault.value is None and fault.key and wanted != "a mapping":
        return "Write a value, or remove the key."
    if wanted == "text" and isinstance(fault.value, (bool, int)):
        return f"Put it in quotes: {_line(fault.key, show_text(fault.value))}"
    if wanted == "text" and isinstance(fault.value, float):
        return "Put it in quotes, so that it is text."
    if wanted == "a mapping":
        return _mapping_example(fault, model, got)
    if wanted == "a list":
        return _for_example(fault.key, f"[{got}]" if isinstance(fault.value, str) and got != HIDDEN else "[…]")
    return _for_example(fault.key, next((example for _, words, example in WANTED if words == wanted), ""))


def _mapping_example(fault: Fault, model: type[BaseModel], got: str) -> str:
    """The key that must be in the mapping, with the text that stands in its place; or all keys."""
    known = allowed(model, fault.steps)
    for name in known:
        steps = (*fault.steps, (True, name))
        if any(slots(form)[name].required for form in forms_at(model, fault.steps) if name in slots(form)):
            text = fault.value if str in forms_at(model, steps) and isinstance(fault.value, str) and got != HIDDEN else ""
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
