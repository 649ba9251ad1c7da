"""Where the site is published, and which places are refused."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from callboard.model.names import MARKER
from callboard.model.problem import Place, Problem

_OURS = ("content", "plugins", "themes", ".git")
"""Folders of a site that hold its sources: never an output, nor anything inside them."""


class Refused(Exception):
    """The output folder cannot be published to; ``problem`` says why and how to mend it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Output:
    """The published folder, and the hidden folder beside it that holds the lock, the journal, the stage and what is to be deleted."""

    path: Path
    """Absolute; its parents are no links."""

    @property
    def beside(self) -> Path:
        """``.public.callboard`` for ``public``."""
        return self.path.parent / f".{self.path.name}.callboard"

    @property
    def marker(self) -> Path:
        """The file that says that Callboard made the folder."""
        return self.path / MARKER

    @property
    def ours(self) -> bool:
        """True for a folder that Callboard made; a marker that a power cut damaged counts."""
        return self.marker.is_file() and not self.marker.is_symlink()

    @property
    def published(self) -> str:
        """The id of the published site; "" if none is known."""
        try:
            marker = json.loads(self.marker.read_bytes())
        except (OSError, ValueError, RecursionError):
            return ""
        known = isinstance(marker, dict) and marker.get("callboard") and isinstance(marker.get("id"), str)
        return str(marker["id"]) if known else ""


def marker_of(identity: str) -> bytes:
    """The content of the marker file."""
    return json.dumps({"callboard": 1, "id": identity}).encode() + b"\n"


def located(output: Path) -> Output:
    """The output folder with every link above it followed."""
    path = Path(os.path.abspath(output))  # noqa: PTH100 - resolve() would follow the folder itself, which must be no link
    return Output(path.parent.resolve() / path.name)


def shown(output: Path, root: Path) -> str:
    """The output folder as people know it: ``public/``, from the site's root if it lies there."""
    path = os.path.relpath(output, root) if output.is_relative_to(root) else str(output)
    return f"{path}/"


def check(output: Output, *, root: Path, state: Path) -> None:
    """Raises Refused for an output that is a link or a file, holds the site's sources, lies among them, or was made by somebody else."""
    path, name = output.path, shown(output.path, root)
    if fault := _bad_place(path, root=root, state=state):
        raise Refused(_problem("bad-output", f'The output folder "{name}" {fault}.', root, path))
    if path.is_dir() and not output.ours and next(path.iterdir(), None):
        what = f'"{name}" holds files that Callboard did not make.'
        mend = "Choose another output folder, or empty this one if nothing in it is needed."
        raise Refused(_problem("foreign-output", what, root, path, mend))


def _bad_place(path: Path, *, root: Path, state: Path) -> str:
    if path.is_symlink():
        return f"is a link, to {path.readlink()}"
    if path.exists() and not path.is_dir():
        return "is a file"
    if any(path == folder or _same(path, folder) for folder in (root, *root.parents)):
        return "holds the site's own sources"
    if state.is_relative_to(path) or path.is_relative_to(state / "outputs"):
        return "is where Callboard keeps its cache"
    for folder in (root / ours for ours in _OURS):
        if path.is_relative_to(folder) or any(_same(parent, folder) for parent in (path, *path.parents)):
            return f'lies in "{folder.name}/", among the site\'s sources'
    return "is a mount point, which cannot be swapped: mount the folder above it" if _mounted(path) else ""


def _mounted(path: Path) -> bool:
    """``is_mount`` sees no folder that is mounted from the same disk (``docker run -v``); Linux lists all."""
    if path.is_mount():
        return True
    try:
        return f" {path} " in Path("/proc/self/mountinfo").read_text(errors="replace")
    except OSError:
        return False


def _same(first: Path, second: Path) -> bool:
    """True for one folder under two spellings, as where capitals do not count."""
    try:
        return first.samefile(second)
    except OSError:
        return False


def _problem(code: str, what: str, root: Path, path: Path, mend: str = "") -> Problem:
    return Problem(
        code,
        what,
        Place(shown(path, root).rstrip("/")),
        mend=mend or "Choose a folder of its own for it, such as: output: public",
    )
