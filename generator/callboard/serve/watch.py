"""Notices that files of a site changed: by looking at sizes and times, so on every system and network disk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

Mark = tuple[int, int, int]
"""Modification time (ns), size and inode of a file."""
_LEFT_OUT: Final = frozenset({"node_modules", "__pycache__"})


class Watch:
    """The site's folder, without hidden files and what was generated, and every other file that the last build read."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._left_out: frozenset[str] = frozenset()
        self._tree: dict[str, Mark] = {}
        self._others: dict[str, Mark | None] = {}

    def look_at(self, files: Iterable[str], *, but: Iterable[str] = ()) -> None:
        """From now on look at these files too, and not into these folders (both relative to the site's folder)."""
        self._left_out = frozenset(os.path.normpath(self._root / name) for name in but)
        below = tuple(f"{folder}{os.sep}" for folder in self._left_out)
        self._tree = {path: mark for path, mark in self._tree.items() if not path.startswith(below)}
        paths = {os.path.normpath(self._root / name) for name in files}
        paths |= {str(Path(path).parent) for path in paths if not path.startswith(f"{self._root}{os.sep}")}
        self._others = {path: self._others.get(path) or _mark(path) for path in sorted(paths)}

    def changed(self) -> bool:
        """Whether anything changed since this was asked last."""
        tree = dict(self._walk(str(self._root)))
        others = {path: _mark(path) for path in self._others}
        changed = tree != self._tree or others != self._others
        self._tree, self._others = tree, others
        return changed

    def _walk(self, folder: str) -> Iterator[tuple[str, Mark]]:
        try:
            with os.scandir(folder) as listed:
                entries = list(listed)
        except OSError:
            return  # gone, or not ours to read: then it is no part of the site either
        if any(entry.name == "pyvenv.cfg" for entry in entries):
            return
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith("~") or entry.name in _LEFT_OUT or entry.path in self._left_out:
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(entry.path)
            elif (mark := _mark(entry.path)) is not None:
                yield entry.path, mark


def _mark(path: str) -> Mark | None:
    try:
        found = os.stat(path)  # noqa: PTH116  # a Path for each of thousands of files, several times a second
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
