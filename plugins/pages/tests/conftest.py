"""A site made of Markdown files."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard import build as pipeline
from callboard.model.effects import Silent
from callboard.model.report import BuildReport


class Told(Silent):
    """Keeps what a build notes."""

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes

    def note(self, message: str) -> None:
        """One line."""
        self._notes.append(message)


class Site:
    """A folder with a site; ``write`` its files, ``build`` it, read its ``page``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.notes = folder, list[str]()
        self.write("site.yaml", "site: {title: Portal}\n")

    def write(self, name: str, text: str) -> None:
        """One file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def build(self, *, drafts: bool = False) -> BuildReport:
        """One build; what it notes is in ``notes``."""
        told = Told(self.notes)
        return pipeline.build(self.folder, pipeline.Settings(jobs=1, drafts=drafts), pipeline.effects(told, environ={}))

    def page(self, path: str) -> str:
        """The HTML of one page."""
        return (self.folder / "public" / path.strip("/") / "index.html").read_text(encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty site."""
    return Site(tmp_path)
