"""Secret: a value that never shows itself in a message, a log, a cache key or the site."""

from __future__ import annotations

import hashlib


class Secret:
    """A credential. ``str``, ``repr`` and formatting give ``***``; only ``reveal()`` gives the value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself: for a request's header, nothing else."""
        return self._value

    @property
    def digest(self) -> str:
        """A one-way mark of the value, so that a changed credential is noticed without keeping it."""
        return hashlib.sha256(b"callboard secret\0" + self._value.encode()).hexdigest()[:12]

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret(***)"

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        raise TypeError("a secret is never written anywhere")
