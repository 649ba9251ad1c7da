"""``:rocket:`` as the sign itself, from GitHub's table; icons of Material's themes as a sign where one says the same."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

_ICONS: Final = ("material-", "octicons-", "fontawesome-", "simple-", "lucide-", "mdi-")
_SIGNS: Final = {
    "check": "\u2713",
    "check-circle": "\u2713",
    "check-bold": "\u2713",
    "check-all": "\u2713",
    "check-circle-fill": "\u2713",
    "checkbox-marked": "\u2713",
    "close": "\u2715",
    "close-circle": "\u2715",
    "close-thick": "\u2715",
    "x": "\u2715",
    "x-circle": "\u2715",
    "xmark": "\u2715",
    "times": "\u2715",
    "minus": "\u2212",
    "plus": "+",
    "arrow-right": "\u2192",
    "arrow-left": "\u2190",
    "arrow-up": "\u2191",
    "arrow-down": "\u2193",
    "arrow-top-right": "\u2197",
    "alert": "\u26a0\ufe0e",
    "alert-circle": "\u26a0\ufe0e",
    "warning": "\u26a0\ufe0e",
    "star": "\u2605",
    "star-outline": "\u2606",
    "heart": "\u2665",
    "help-circle": "?",
    "question": "?",
    "dots-vertical": "\u22ee",
    "dots-horizontal": "\u22ef",
    "menu": "\u2630",
}
_STYLES: Final = ("-16", "-24", "-outline", "-fill")


def is_icon(name: str) -> bool:
    """Whether a name is that of a theme's icon."""
    return name.startswith(_ICONS)


def symbol(name: str) -> str | None:
    """The sign; "" for an icon that only adorns; None for a name that nobody has."""
    if not is_icon(name):
        return _table().get(name.lower())
    return _sign(name.partition("-")[2])


def words(name: str) -> str:
    """What an icon shows, in words: ``material-database-lock`` is ``database lock``."""
    return " ".join(part for part in name.split("-")[1:] if part not in ("16", "24", "solid", "regular", "brands", "outline"))


def _sign(name: str) -> str:
    for style in ("", *_STYLES):
        plain = name.removesuffix(style) if style else name
        plain = plain.removeprefix("solid-").removeprefix("regular-")
        if plain in _SIGNS:
            return _SIGNS[plain]
    return ""


@functools.cache
def _table() -> dict[str, str]:
    text = Path(__file__).with_name("emoji.txt").read_text("utf-8")
    lines = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {name: sign for sign, names in lines for name in names.split(" ")}
