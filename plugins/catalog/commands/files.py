"""The files that a command line names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import click

from callboard.plugin import Refused, find_files

_MAGIC = re.compile(r"[*?\[{]")
_SEARCHED = "**/catalog-info.{yaml,yml}"


class Named(NamedTuple):
    """A file to check: what people call it, and where it lies."""

    name: str
    path: Path


def found(paths: Iterable[str], here: Path) -> list[Named]:
    """The files that PATHs name, each once, in their order. Raises UsageError for a PATH that names none."""
    files: dict[Path, Named] = {}
    for path in paths:
        for file in _of(path, here):
            files.setdefault(Path(os.path.normpath(file)), Named(_shown(file, here), file))
    return list(files.values())


def _of(path: str, here: Path) -> list[Path]:
    place = here / path
    if place.is_dir():
        return _searched(path, place, _SEARCHED, f'there is no catalog-info.yaml below "{path}". Name the files themselves.')
    if os.path.lexists(place):
        return [place]
    if _MAGIC.search(path):
        return _searched(path, here, path, f'no file fits the pattern "{path}".')
    raise click.UsageError(f'There is no file "{path}".')


def _searched(path: str, base: Path, pattern: str, nothing: str) -> list[Path]:
    try:
        files = find_files(base, pattern)[1]
    except Refused as refused:
        raise click.UsageError(f'"{path}": {refused}') from None
    if not files:
        raise click.UsageError(nothing[:1].upper() + nothing[1:])
    return files


def _shown(file: Path, here: Path) -> str:
    """Relative to ``here`` if it lies there, with ``/``."""
    name = os.path.normpath(file)
    near = os.path.relpath(name, here)
    return (name if near.startswith("..") else near).replace(os.sep, "/")
