"""The line of a file that says something: for problems, which name what their readers can mend."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from callboard import paths
from callboard.model.problem import Place

_LIMIT = 5_000_000
"""Bytes of a file that is looked through."""
_NEXT = re.compile(r"---\s*(?:#.*)?\Z")
_WORDS = (".yaml", ".yml")


def seek(root: Path, begin: Place, needle: str) -> Place | None:
    """The first place from ``begin`` on that says ``needle`` whole, inside its YAML document; else where a Markdown link is defined.

    None if the file does not say it, or is no file below ``root``.
    """
    lines = lines_of(root, root / begin.file) if begin.file and needle else ()
    wanted = re.compile(rf"(?<![\w/.-]){re.escape(needle)}(?![\w/-])")
    yaml = begin.file.endswith(_WORDS)
    for number in range(max(begin.line, 1) - 1, len(lines)):
        if yaml and number >= begin.line and _NEXT.match(lines[number]):
            break
        if found := wanted.search(lines[number]):
            return Place(begin.file, number + 1, found.start() + 1 if yaml else 1)
    defined = re.compile(rf"\s{{0,3}}\[[^\]]+\]:\s*<?{re.escape(needle)}(?![\w/-])")
    return next((Place(begin.file, at, 1) for at, line in enumerate(lines, 1) if defined.match(line)), None)


@functools.lru_cache(maxsize=8)
def _read(root: Path, path: Path, changed: int) -> tuple[str, ...]:  # noqa: ARG001  # a changed file is read again
    return tuple(_lines(root, path))


def lines_of(root: Path, path: Path) -> tuple[str, ...]:
    """The lines of a text file of the site, or of a plugin or theme that lies elsewhere; none if it cannot be read."""
    try:
        return _read(root, path, path.stat().st_mtime_ns)
    except OSError:
        return ()


def _lines(root: Path, path: Path) -> Iterator[str]:
    try:
        content = paths.read(root, path, limit=_LIMIT) if path.is_relative_to(root) else path.read_bytes()
    except (paths.Refused, OSError):
        return
    yield from content.decode("utf-8", "replace").splitlines()
