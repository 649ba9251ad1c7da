"""Names of files below a location's folder: what a descriptor file names may not leave the folder that the location names."""

from __future__ import annotations

import posixpath
import re
from itertools import takewhile

_MAGIC = re.compile(r"[*?\[{]")


def root_of(pattern: str, name: str) -> str:
    """The folder that a location stays in: the part of its pattern before any wildcard.

    It is written as names of files are, relative to the site; ``name`` is a file that an absolute pattern gave.
    """
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    fixed = list(takewhile(lambda part: not _MAGIC.search(part), parts))
    if len(fixed) == len(parts):
        fixed.pop()
    if not pattern.startswith("/"):
        return posixpath.normpath("/".join(fixed) or ".")
    ups, below = _split(posixpath.normpath(name))
    common = next(n for n in range(len(fixed) + 1) if below[: len(fixed) - n] == fixed[n:])  # the longest, so the narrowest
    return posixpath.normpath("/".join([".."] * ups + fixed[common:]) or ".")


def inside(root: str, name: str) -> bool:
    """Whether a normal ``name`` lies below ``root``; links are another matter, refused where the file is opened."""
    root_ups, root_below = _split(root)
    ups, below = _split(name)
    if name.startswith("/"):
        return False
    return (ups == root_ups and below[: len(root_below)] == root_below) or (not root_below and ups < root_ups)


def joined(file: str, target: str) -> str:
    """``target`` as seen from ``file``."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), target))


def pinned(root: str, name: str, *, literal: bool) -> str:
    """A pattern for ``name`` (a glob, or ``literal``) whose fixed part is ``root``: links that leave the root are refused then."""
    ups, below = _split(name)
    root_ups, root_below = _split(root)
    depth = len(root_below) if ups == root_ups else 0
    rest = [re.sub(r"([*?\[{])", r"[\1]", part) for part in below[depth:]] if literal else below[depth:]
    if rest and not _MAGIC.search(rest[0]):
        rest[0] = re.sub(r"\w", lambda match: f"[{match[0]}]", rest[0], count=1)
    return "/".join([*([".."] * ups), *below[:depth], *rest])


def _split(name: str) -> tuple[int, list[str]]:
    """How many ``..`` a normal name begins with, and the rest."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    ups = len(list(takewhile(lambda part: part == "..", parts)))
    return ups, parts[ups:]
