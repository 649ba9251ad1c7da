"""Who may lie where: Callboard's own files, and links that lead nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.build import Settings, build, effects
from callboard.model.report import BuildReport

PLUGIN = """
callboard: 1
title: Rows
sources: {rows: {file: rows.csv}}
pages:
  - {path: "/{row.id}/", each: rows, view: detail, title: "{row.id}"}
"""


def _built(root: Path, site: str, rows: str = "id\na\n") -> BuildReport:
    folder = root / "plugins" / "rows"
    folder.mkdir(parents=True)
    (folder / "plugin.yaml").write_text(PLUGIN)
    (root / "rows.csv").write_text(rows)
    (root / "site.yaml").write_text(f"site: {{title: T}}\ncontent: false\n{site}")
    return build(root, Settings(jobs=1), effects())


@pytest.mark.parametrize("name", ["robots.txt", "sitemap.xml", "index.html", "ROBOTS.TXT", "404.html", "_/stamp.js"])
def test_a_record_never_takes_the_place_of_our_own_files(tmp_path: Path, name: str) -> None:
    """The record loses its page with a warning, whatever it is called; the site is published."""
    report = _built(tmp_path, "plugins: [{plugin: rows, path: /}]\n", f"id\n{name}\nfine\n")
    assert report.written
    assert (tmp_path / "public" / "fine" / "index.html").is_file()
    assert (tmp_path / "public" / "robots.txt").is_file()
    [problem] = report.problems
    assert problem.code in ("bad-path", "route-collision")


def test_a_navigation_entry_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    """It would be a dead link on every page."""
    report = _built(
        tmp_path, "nav:\n  - {title: Radar, path: /radr/}\n  - {title: A, path: /rows/a/}\nplugins: [{plugin: rows}]\n"
    )
    assert [p.text for p in report.problems] == [
        'site.yaml:4:20  warning: nav[0].path: the navigation entry "Radar" leads to /radr/, where no page is. '
        "Mend the path, or remove the entry. [broken-link]"
    ]


def test_refreshing_an_unknown_source_is_said(tmp_path: Path) -> None:
    """With the name that was meant."""
    _built(tmp_path, "plugins: [{plugin: rows}]\n")
    report = build(tmp_path, Settings(jobs=1, refresh="rowz"), effects())
    assert 'there is no source "rowz" to refresh. Did you mean "rows"?' in report.problems[0].text
