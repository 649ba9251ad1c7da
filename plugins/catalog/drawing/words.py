"""Words of a picture: what a relation is called on an edge, and how much of a title fits into a box."""

from __future__ import annotations

import functools
import re

_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_NARROW = frozenset("iljtfrI.,:;'|!()[]-/ ")
_WIDE = frozenset("mwMW@%")


@functools.cache
def relation_words(kind: str) -> str:
    """``dependsOn`` → "depends on", ``providesApi`` → "provides API"."""
    return re.sub(r"\bapi\b", "API", _CAPITAL.sub(r" \1", kind).lower())


def fitted(text: str, width: float, size: float) -> str:
    """The beginning of ``text`` that fits into ``width`` at a font size, in pixels: a guess on the safe side, as no font is at hand."""
    if len(text) * size <= width:
        return text
    room = width
    for index, letter in enumerate(text):
        room -= size * _share(letter)
        if room < 0:
            return f"{text[: max(1, index - 1)].rstrip()}…"
    return text


def _share(letter: str) -> float:
    """The width of a letter as a part of the font size, in a wide font."""
    if letter in _NARROW:
        return 0.36
    if letter in _WIDE:
        return 0.95
    if ord(letter) > 0x2E80:
        return 1.0
    return 0.72 if letter.isupper() else 0.62
