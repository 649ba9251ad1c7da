"""New sites and new plugins: the files of ``scaffolds/`` with a few names filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from callboard import __version__
from callboard.paths import Refused

SCHEMA: Final = "site.schema.json"
"""The JSON Schema beside a new ``site.yaml``, which its first line names to editors."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST: Final = 60
_MARK: Final = re.compile(r"__([A-Z]+)__")


def init(folder: Path, *, schema: str) -> tuple[Path, ...]:
    """Write a small working site into ``folder``, which is new or empty, and ``schema`` (JSON) beside its ``site.yaml``.

    Returns the files, sorted. Raises Refused if the folder holds anything, or OSError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        kind = "is not empty" if folder.is_dir() else "is a file"
        raise Refused(f'"{folder}" {kind}; a new site wants a folder of its own.', "Name a folder that does not exist yet.")
    files = dict(_filled("site", {"VERSION": __version__}))
    return _written(folder, {**files, SCHEMA: schema if schema.endswith("\n") else f"{schema}\n"})


def new_plugin(folder: Path, name: str) -> tuple[Path, ...]:
    """Write a plugin with a table, example data, README and tests into ``plugins/<name>/`` of the site in ``folder``.

    Returns the files, sorted. Raises Refused for a name that cannot be a plugin's or is taken, or OSError.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        what = f'a plugin cannot be called "{name}": small letters, digits and _ make its name, and it begins with a letter.'
        raise Refused(what, f"Write for example: callboard new plugin {_near(name)}")
    target = folder / "plugins" / name
    if target.exists():
        raise Refused(f'"{target}" exists already.', "Choose another name, or remove it first.")
    words = {"NAME": name, "TITLE": name.replace("_", " ").capitalize(), "PATH": name.replace("_", "-")}
    return _written(target, dict(_filled("plugin", words)))


def _near(name: str) -> str:
    """A name that can be one, close to what was asked for."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:_LONGEST] or "on_call"


def _filled(what: str, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each file of a scaffold: its path (``dot.`` begins a hidden name, ``.in`` ends one that tools should not take for ours), its text."""
    root = Path(__file__).parent / "scaffolds" / what

    def word(match: re.Match[str]) -> str:
        return words[match[1]]

    for path in sorted(root.rglob("*")):
        if path.is_file():
            name = re.sub(r"(^|/)dot\.", r"\1.", path.relative_to(root).as_posix()).removesuffix(".in")
            yield _MARK.sub(word, name), _MARK.sub(word, path.read_text(encoding="utf-8"))


def _written(folder: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    made = []
    for name, text in sorted(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        made.append(path)
    return tuple(made)
