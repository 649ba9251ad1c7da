"""A site made of Markdown files."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard import build as pipeline
from callboard.model.report import BuildReport


class Site:
    """A folder with a site; ``write`` its files, ``build`` it, read its ``page``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("site.yaml", "site: {title: Portal}\n")

    def write(self, name: str, text: str) -> None:
        """One file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def build(self) -> BuildReport:
        """One build."""
        return pipeline.build(self.folder, pipeline.Settings(jobs=1), pipeline.effects(environ={}))

    def page(self, path: str) -> str:
        """The HTML of one page."""
        return (self.folder / "public" / path.strip("/") / "index.html").read_text(encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty site."""
    return Site(tmp_path)
