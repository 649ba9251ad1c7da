"""What lies behind a target: its text, or why it cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from callboard.plugin import Malformed, documents

Read = Callable[[str], str]
"""The text behind a path or address. Raises Unreadable."""


class Unreadable(Exception):  # read as a sentence: except Unreadable
    """A target that cannot be read; its text is a sentence. ``missing`` if there is nothing at it at all."""

    def __init__(self, text: str, *, missing: bool = False) -> None:
        super().__init__(text)
        self.missing = missing


class Unasked(Unreadable):
    """A target that nobody wants read now (``callboard check`` asks no service): no fault of whoever names it."""


def only_document(text: str) -> Any:
    """The value of a YAML (or JSON) text that is exactly one document. Raises Unreadable."""
    found = documents(text)
    if len(found) != 1:
        raise Unreadable(f"it holds {len(found)} documents; exactly one is wanted.")
    only = found[0]
    if isinstance(only, Malformed):
        raise Unreadable(f"it is no YAML (line {only.line}): {only.what}")
    return only.value
