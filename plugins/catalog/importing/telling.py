"""What an import says: where every key went, what is left to do, and which variables the site reads."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from callboard.plugin import safe, unordered

from .conversion import Conversion, Note
from .equivalents import State
from .reading import variables

_HEADINGS: Final = {
    State.CONVERTED: "Converted",
    State.TODO: "To do",
    State.LATER: "Not yet",
    State.NEEDLESS: "Not needed",
    State.NONE: "Without an equivalent",
}


def told(made: Conversion, target: Path, form: str) -> Iterator[str]:
    """The lines to print, as text or json."""
    notes = [note for state in _HEADINGS for note in made.notes if note.state is state]
    named = variables(made.site)
    if form == "json":
        yield json.dumps({"file": str(target), "variables": named, "notes": [_plain(note) for note in notes]}, indent=2)
        return
    for line in _text(made, notes, named, target):
        yield unordered(safe(line))


def _text(made: Conversion, notes: list[Note], named: dict[str, bool], target: Path) -> Iterator[str]:
    for state, heading in _HEADINGS.items():
        listed = [note for note in notes if note.state is state]
        if listed:
            yield f"{heading}:"
        for note in listed:
            yield f"  {note.place}  {note.key}{' → ' if state is State.CONVERTED else ': '}{note.what}"
    if named:
        yield "Variables that the site reads:"
    for name, is_needed in named.items():
        yield f"  {name}{'' if name in os.environ else ': not set here'}{'' if is_needed else ', and may be left so'}"
    where = shlex.quote(str(target.parent))
    counts = ", ".join(f"{sum(note.state is state for note in made.notes)} {state}" for state in _HEADINGS)
    yield f"Wrote {target}. {counts}."
    yield f"Next: callboard check {where}"


def _plain(note: Note) -> dict[str, Any]:
    return {
        "state": str(note.state),
        "key": note.key,
        "file": note.place.file,
        "line": note.place.line,
        "message": note.what,
    }
