"""A published folder that somebody meddled with."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard import build
from callboard.build import Settings


@pytest.mark.parametrize("name", ["index.html", "_/stamp.js", "-/build/index.html", "-/build/report.json", "robots.txt"])
@pytest.mark.parametrize("how", ["edited", "removed", "linked"])
def test_what_somebody_did_to_a_published_file_is_mended(tmp_path: Path, name: str, how: str) -> None:
    """A published file that was edited, removed or made a link is written again; the build after has nothing to do."""
    (tmp_path / "site.yaml").write_text("site: {title: Mended}\ncontent: false\n")
    settings, effects = Settings(jobs=1), build.effects(environ={})
    assert build.build(tmp_path, settings, effects).written
    file = tmp_path / "public" / name
    before = file.read_bytes()
    file.unlink() if how != "edited" else file.write_text("x")
    if how == "linked":
        file.symlink_to("/etc/hostname")
    report = build.build(tmp_path, settings, effects)
    assert report.written, [problem.text for problem in report.problems]
    assert not file.is_symlink()
    assert file.is_file()
    assert file.read_bytes() == before or name in ("_/stamp.js", "-/build/index.html", "-/build/report.json")
    assert build.build(tmp_path, settings, effects).rendered == 0
