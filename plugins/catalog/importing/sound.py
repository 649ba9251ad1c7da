"""Options as the catalog itself takes them: what it does not take is left out and noted, with its own words."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import ValidationError

from ..options import Options
from .conversion import Conversion
from .equivalents import State
from .reading import Key

_HOME: dict[str, Key] = {
    "locations": ("catalog",),
    "rules": ("catalog",),
    "providers": ("catalog",),
    "integrations": (),
    "reading": ("backend",),
}
"""Where Backstage's configuration says what the catalog has as options."""
_WHOLE = {"locations": 2, "rules": 2, "providers": 3, "integrations": 3, "reading": 3}
"""How deep one entry of each lies: ``providers.github.main``. An entry with a fault is left out as a whole."""
_MOST = 200


def sound(made: Conversion, options: dict[str, Any]) -> dict[str, Any]:
    """``options`` without what is not valid."""
    found: Any = copy.deepcopy(options)
    for _ in range(_MOST):
        faults = _faults(found)
        dropped = [_drop(made, found, key, what, unknown=unknown) for key, unknown, what in faults]
        if not any(dropped):
            break
    filled: dict[str, Any] = _filled(found)
    return filled


def _faults(options: dict[str, Any]) -> list[tuple[Key, bool, str]]:
    """The keys at fault, whether a key is only not known, and why. What a variable stands for is not judged."""
    try:
        Options.model_validate(options)
    except ValidationError as error:
        return [
            (fault["loc"], fault["type"] == "extra_forbidden", _words(fault))
            for fault in error.errors(include_url=False)
            if not (isinstance(fault["input"], str) and "${" in fault["input"]) or fault["type"].endswith("_type")
        ]
    return []


def _words(fault: Any) -> str:
    if fault["type"] == "missing":
        return f'it has no "{fault["loc"][-1]}".'
    if fault["type"] == "extra_forbidden":
        return "the catalog has no such option."
    return f"{str(fault['msg']).removeprefix('Value error, ').rstrip('.')}."


def _drop(made: Conversion, options: dict[str, Any], loc: Key, what: str, *, unknown: bool) -> bool:
    """Take out the entry that a fault lies in, or the one unknown key; whether there was something to take out."""
    key = loc if unknown else loc[: _WHOLE.get(str(loc[0]), 1)]
    holder: Any = options
    for depth, part in enumerate(key):
        try:
            below = holder[part]
        except (LookupError, TypeError):  # the model gave it another form first: its nearest parent goes
            key = key[:depth]
            break
        holder = below
    if not key:
        return False
    holder = options
    for part in key[:-1]:
        holder = holder[part]
    if isinstance(holder, dict):
        del holder[key[-1]]
    else:
        holder[key[-1]] = None  # of a list: the others keep their numbers until all is said
    said = [
        dict(enumerate(made.numbers.get(key[:depth], ()))).get(part, part) if isinstance(part, int) else part
        for depth, part in enumerate(key)
    ]
    made.note(State.NONE if unknown else State.TODO, (*_HOME[str(key[0])], *said), what)
    return True


def _filled(value: Any) -> Any:
    """Without entries that were taken out, and what they left empty."""
    if isinstance(value, dict):
        below = {name: _filled(item) for name, item in value.items()}
        return {name: item for name, item in below.items() if item not in ({}, []) or value[name] in ({}, [])}
    return [_filled(item) for item in value if item is not None] if isinstance(value, list) else value
