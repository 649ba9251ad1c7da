"""A site whose numbers change from day to day, with its history on SQLite or on PostgreSQL."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callboard import build as pipeline
from callboard.model.report import BuildReport

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NUMBERS = """\
callboard: 1
title: Numbers
sources:
  runs: {file: runs.json, optional: true}
pages:
  - {path: /, view: table, data: runs}
metrics:
  failed: {value: "length(runs[?state=='failed'])", title: Failed runs, better: lower}
  score: {each: "runs[?score]", key: id, value: score, title: Score, unit: "%", better: higher}
"""


class Portal:
    """A site; ``build`` says on which day."""

    def __init__(self, folder: Path, database: str = "", options: str = "{}") -> None:
        self.folder, self.on_server = folder, "pg" in database
        (folder / "plugins" / "numbers").mkdir(parents=True)
        (folder / "plugins" / "numbers" / "plugin.yaml").write_text(NUMBERS, encoding="utf-8")
        self.say(database, options)

    def say(self, database: str = "", options: str = "{}", more: str = "") -> None:
        """Write ``site.yaml``."""
        plugins = f"  - plugin: numbers\n  - {{plugin: history, options: {options}}}\n{more}"
        text = f"site: {{title: Portal}}\ncontent: false\nplugins:\n{plugins}{database}"
        (self.folder / "site.yaml").write_text(text, encoding="utf-8")

    def runs(self, failed: int, **scores: float) -> None:
        """What the numbers are from now on."""
        rows = [{"id": f"run-{number}", "state": "failed"} for number in range(failed)]
        rows += [{"id": name.replace("__", ":default/"), "state": "ok", "score": score} for name, score in scores.items()]
        (self.folder / "runs.json").write_text(json.dumps(rows), encoding="utf-8")

    def build(self, day: float = 0, **settings: object) -> BuildReport:
        """One build, so many days later."""
        effects = replace(pipeline.effects(environ={}), clock=lambda: NOW + timedelta(days=day))
        return pipeline.build(self.folder, pipeline.Settings(jobs=1, **settings), effects)  # type: ignore[arg-type]

    def page(self, path: str = "/history/") -> str:
        """The HTML of a page."""
        return (self.folder / "public" / path.strip("/") / "index.html").read_text(encoding="utf-8")

    def has(self, path: str) -> bool:
        """Whether there is such a page."""
        return (self.folder / "public" / path.strip("/") / "index.html").is_file()


@pytest.fixture
def portal(tmp_path: Path, database: str) -> Portal:
    """The site, nothing built yet."""
    portal = Portal(tmp_path, database)
    portal.runs(3, home=90)
    return portal
