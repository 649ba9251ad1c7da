"""What an import makes: the site, comments for its file, and a note about every key that was read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from callboard.plugin import Place, dotted

from .equivalents import State, equivalent
from .reading import Config, FromFile, Key

_DEFAULTED = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*:-([^}]*)\}")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Note(NamedTuple):
    """What became of one key, and where it was said."""

    state: State
    key: str
    place: Place
    what: str
    """A sentence, or for what was converted where it is now."""


@dataclass(slots=True)
class Conversion:
    """A site that grows, out of a configuration."""

    config: Config
    folder: Path
    """Where the site.yaml will lie, absolute."""
    site: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    comments: dict[Key, str] = field(default_factory=dict)
    """Said above a key of the site."""
    numbers: dict[Key, list[int]] = field(default_factory=dict)
    """For lists of options that lack some items of the configuration's: the number that each item has there."""
    proposals: list[str] = field(default_factory=list)
    """Lines that stand as comments below the plugins."""

    def note(self, state: State, key: Key, what: str) -> None:
        """Say what became of a key."""
        self.notes.append(Note(state, dotted(key), self.config.place(key), what))

    def converted(self, key: Key, where: str) -> None:
        """Say that a key is in the site, and where."""
        self.note(State.CONVERTED, key, where)

    def left_out(self, key: Key) -> None:
        """Say why a key is not in the site, from what is known of it."""
        self.note(*_ordered(equivalent(".".join(map(str, key))), key))

    def rest(self, key: Key, value: Any, *, but: Iterable[str]) -> None:
        """Say why the other keys of a mapping are not in the site."""
        for name in value if isinstance(value, dict) else ():
            if name not in but:
                self.left_out((*key, name))

    def text(self, key: Key, value: Any) -> str:
        """A text of the configuration as the site may hold it; "" with a note if it cannot."""
        if isinstance(value, FromFile):
            near = os.path.relpath(Path(value).absolute(), self.folder)
            if near.startswith(".."):
                self.note(State.TODO, key, "it is read from a file outside the site's folder: say it by a variable.")
                return ""
            if not Path(value).is_file():
                self.note(State.TODO, key, f'there is no file "{near}", from which it is read.')
                return ""
            return f"${{file:{near.replace(os.sep, '/')}}}"
        if isinstance(value, str):
            return value
        self.note(State.TODO, key, "wanted a text.")
        return ""

    def address(self, key: Key, value: Any) -> str:
        """An http, https or mailto address without a password; "" with a note if it is none."""
        text = self.text(key, value)
        known = _DEFAULTED.sub(r"\1", text)
        if not known or "${" in known:
            return text
        try:
            parts = urlsplit(known)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme == "mailto" or (parts.scheme in ("http", "https") and parts.hostname and parts.username is None):
            return text
        self.note(State.TODO, key, "wanted an http, https or mailto address without a user name.")
        return ""


def optional(text: str) -> str:
    """A text whose variables may be unset, as in Backstage: nothing stands for one that is."""
    return _VARIABLE.sub(r"${\1:-}", text)


def _ordered(found: tuple[State, str], key: Key) -> tuple[State, Key, str]:
    return found[0], key, found[1]
