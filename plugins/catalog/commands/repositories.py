"""The repositories that descriptor files lie in: what placeholders may read, and who owns what by CODEOWNERS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from callboard.plugin import File, Kind, Refused, find_files, read_file

from ..reading.owners import Owners

_LIMIT = 2_000_000


class Repositories:
    """Finds the repository of each file. ``kinds`` are those that CODEOWNERS gives owners to; empty for none."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds
        self._owners: dict[Path, Owners] = {}
        self._known: dict[Path, Path] = {}

    def of(self, file: Path) -> Path:
        """The folder that a descriptor's placeholders may not leave: its repository; without one, this folder or its own."""
        folder = file.parent
        if folder not in self._known:
            above = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
            here = Path.cwd()
            self._known[folder] = above or (here if folder.is_relative_to(here) else folder)
        return self._known[folder]

    def own(self, value: Any, file: Path) -> None:
        """Give an entity without an owner the one of its file."""
        if not self._kinds:
            return
        root = self.of(file)
        if root not in self._owners:
            self._owners[root] = Owners(self._kinds, lambda pattern: _files(root, pattern), None, site="")
        if self._owners[root].wanted(value):
            self._owners[root].fill(value, file.relative_to(root).as_posix(), ".")


def _files(root: Path, pattern: str) -> Iterator[File]:
    base, found = find_files(root, pattern)
    for path in found:
        try:
            yield File(path.name, read_file(base, path, limit=_LIMIT), "")
        except (FileNotFoundError, Refused):
            continue  # a file that is not read owns nothing, as in a build
