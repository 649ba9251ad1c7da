"""Which of the packages that change what pages look like are installed."""

from __future__ import annotations

import functools
from importlib.metadata import PackageNotFoundError, version
from typing import Final

_PACKAGES: Final = ("markdown", "pymdown-extensions", "latex2mathml")


@functools.cache
def installed() -> tuple[tuple[str, str], ...]:
    """Each with its version: pages are made anew when one comes, goes or changes."""
    return tuple((name, _version(name)) for name in _PACKAGES)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
