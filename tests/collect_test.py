"""Providers: isolated, in order, and run again only when what they read has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.build import Settings, build, effects
from callboard.data import encoding
from callboard.model.dataset import Dataset, InputFile, Origin, State
from callboard.model.entity import Entity, EntityRef
from callboard.model.problem import Place, Problem
from callboard.model.secret import Secret
from callboard.testing import NOW

COUNTING = """
from pathlib import Path
from callboard.plugin import Dataset, Provider


class Counting(Provider):
    def provide(self, options, context):
        runs = Path(__file__).parent / "runs"
        runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
        files = [f.text for f in context.files("data/*.txt")]
        now = str(context.now) if "clock" in files else ""
        return Dataset(rows=[{"name": text.strip(), "now": now} for text in files])
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with a provider that notes each of its runs outside of its own folder's digest."""
    plugin = tmp_path / "plugins" / "counting"
    plugin.mkdir(parents=True)
    (plugin / "plugin.yaml").write_text(
        "callboard: 1\ntitle: Counting\nprovider: provider:Counting\npages: [{path: /, view: table, data: rows, columns: [name]}]\n"
    )
    (plugin / "provider.py").write_text(COUNTING.replace("Path(__file__).parent", f"Path({str(tmp_path)!r})"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("first")
    (tmp_path / "site.yaml").write_text("site: {title: T}\nplugins: [{plugin: counting, path: /c}]\n")
    return tmp_path


def _built(site: Path) -> str:
    report = build(site, Settings(), effects())
    assert report.written
    return (site / "public" / "c" / "index.html").read_text()


def _runs(site: Path) -> int:
    return len((site / "runs").read_text())


def test_a_provider_runs_again_only_when_what_it_read_changed(site: Path) -> None:
    """Its dataset is kept by the files that it read, new ones included."""
    for _ in range(2):
        assert "first" in _built(site)
    assert _runs(site) == 1
    (site / "data" / "b.txt").write_text("second")
    assert "second" in _built(site)
    assert _runs(site) == 2


def test_a_provider_that_asks_the_clock_runs_in_every_build(site: Path) -> None:
    """What depends on the time is not kept."""
    (site / "data" / "a.txt").write_text("clock")
    for _ in range(2):
        _built(site)
    assert _runs(site) == 2


def test_changed_code_runs_again(site: Path) -> None:
    """A dataset belongs to the code that made it."""
    _built(site)
    provider = site / "plugins" / "counting" / "provider.py"
    provider.write_text(provider.read_text() + "\n# changed\n")
    _built(site)
    assert _runs(site) == 2


def test_a_dataset_survives_being_kept() -> None:
    """Entities, lists, origins, problems and files come back as they were."""
    entity = Entity(
        EntityRef("Component", "default", "a"), {"kind": "Component", "metadata": {"name": "a"}}, Place("c.yaml", 3, 1), "o", 2
    )
    origin = Origin(
        "o", "http", "example.com", State.STALE, NOW, "https://example.com", Place("site.yaml", 1, 2), "503", 60.0, "ab"
    )
    given = Dataset(
        rows=[{"a": [1, None, "ü"]}],
        entities=[entity],
        origins=[origin],
        problems=[Problem("broken-link", "gone.", Place("a.md", 1, 1))],
        files=[InputFile("c.yaml", 1, 2)],
    )
    kept = encoding.decode(encoding.encode(given), encoding.decode_meta(encoding.encode_meta(given)))
    assert (kept.entities, kept.lists, kept.origins) == (given.entities, given.lists, given.origins)
    assert (kept.problems, kept.files) == (given.problems, given.files)


@pytest.mark.parametrize("value", [{1, 2}, object(), Secret("x"), float("nan")])
def test_what_is_no_plain_data_is_refused(value: object) -> None:
    """A record that could not be kept, or that would leak a secret, fails its provider and nothing else."""
    with pytest.raises((TypeError, ValueError)):
        encoding.encode(Dataset(rows=[{"v": value}]))
