"""The view ci.builds: what it computes of a list of runs, and how a site shows them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from callboard.model.builds import Runs
from callboard.model.shown import BuildsSpec
from callboard.plugin import build_figures, spent
from callboard.testing import Built, build_site
from callboard.testing.sites import rebuild

PLUGIN = """\
callboard: 1
title: Builds
sources:
  runs: {{file: runs.json}}
pages:
  - {{path: /, view: ci.builds, data: runs, builds: {{show: {show}, href: "/{{path}}/"}}}}
  - {{path: "/{{run.path}}/", each: runs, as: run, title: "Run {{run.number}}", view: ci.builds}}
"""


def run(number: int, state: str = "passed", **more: Any) -> dict[str, Any]:
    """A standard record; later numbers started later."""
    started = f"2026-01-{1 + number // 24:02}T{number % 24:02}:00:00Z"
    return {
        "project": "shop",
        "number": number,
        "path": str(number),
        "state": state,
        "branch": "main",
        "started": started,
        **more,
    }


def runs(records: list[Any], **spec: Any) -> Runs:
    """Records as the view takes them."""
    return Runs(records, BuildsSpec(**spec))


def site(folder: Path, records: list[Any], show: str = "branches") -> Built:
    """A site of one YAML plugin over one JSON file."""
    (folder / "plugins/ci").mkdir(parents=True)
    (folder / "plugins/ci/plugin.yaml").write_text(PLUGIN.format(show=show), encoding="utf-8")
    (folder / "runs.json").write_text(json.dumps(records), encoding="utf-8")
    (folder / "site.yaml").write_text("site: {title: Portal}\nplugins: [{plugin: ci}]\ncontent: false\n", encoding="utf-8")
    return build_site(folder)


@pytest.mark.parametrize(
    ("records", "flaky"),
    [
        ([run(1, "failed", commit="a"), run(2, "passed", commit="a")], True),
        ([run(1, "timed_out", commit="a"), run(2, "success", commit="a", branch="other")], True),
        ([run(1, "passed", commit="a", attempt=2)], True),
        ([run(1, "failed", commit="a", attempt=3)], False),
        ([run(1, "failed", commit="a"), run(2, "passed", commit="b")], False),
        ([run(1, "failed", commit="a"), run(2, "failed", commit="a")], False),
        ([run(1, "canceled", commit="a"), run(2, "passed", commit="a")], False),
        ([run(1, "failed", commit="a", workflow="lint"), run(2, "passed", commit="a", workflow="test")], False),
        ([run(1, "failed", commit="a", project="ledger"), run(2, "passed", commit="a")], False),
        ([run(1, "failed"), run(2, "passed")], False),
    ],
)
def test_a_commit_is_flaky_if_the_same_workflow_failed_and_passed_on_it(records: list[Any], flaky: bool) -> None:
    """A run is flaky by its commit and workflow, or by a pass at a later attempt; other commits, workflows and states do not count."""
    found = runs(records)
    assert any(found.flaky(one) for one in found.all) is flaky


def test_a_median_is_that_of_passed_runs_of_the_same_workflow() -> None:
    """Three passed runs make a median, over all branches; failed ones, other workflows and runs long ago do not change it."""
    records = [run(n, seconds=100 + n, branch="main" if n % 2 else "other") for n in range(1, 4)]
    records += [run(4, "failed", seconds=1), run(5, seconds=9000, workflow="nightly")]
    found = runs(records)
    assert {found.median(one) for one in found.all if not one.workflow} == {102}
    assert found.median(next(one for one in found.all if one.workflow)) is None
    older = [run(n, seconds=10) for n in range(40)] + [run(n, seconds=50) for n in range(40, 70)]
    assert runs(older).median(runs(older).all[0]) == 50


@pytest.mark.parametrize(
    ("branches", "said", "main"),
    [
        (["x", "x", "main"], "", "main"),
        (["x", "x", "master"], "", "master"),
        (["x", "x", "trunk", "main"], "trunk", "trunk"),
        (["x", "main"], "gone", "main"),
        (["x", "x", "y"], "", "x"),
        (["", ""], "", ""),
    ],
)
def test_the_main_branch(branches: list[str], said: str, main: str) -> None:
    """It is the one that the records say, if it ran; else one with a usual name; else the one that ran most."""
    [project] = runs([run(n, branch=branch, default_branch=said) for n, branch in enumerate(branches)]).projects
    assert project.main == main


def test_figures_of_a_project() -> None:
    """Of the last 30 on the main branch: what passed among what passed or failed, and what fails now."""
    records = [run(n, "failed" if n in (38, 39) else "canceled" if n == 20 else "passed", seconds=60) for n in range(40)]
    [figures] = build_figures([*records, run(50, "failed", branch="other")])
    assert (figures["runs"], figures["passed"], figures["failed"], figures["failing"]) == (30, 27, 2, 1)
    assert (figures["success"], figures["median"], figures["state"], figures["number"]) == (93.1, 60, "failed", "39")
    assert build_figures([]) == []
    [waiting] = build_figures([run(1, "queued")])
    assert (waiting["success"], waiting["median"], waiting["state"]) == (None, None, "queued")


def test_of_several_workflows_the_one_that_fails_stands_for_the_project() -> None:
    """A deployment that failed yesterday is not hidden by tests that pass today."""
    [figures] = build_figures([run(1, "failed", workflow="deploy"), run(2, workflow="test"), run(3, workflow="test")])
    assert (figures["state"], figures["failing"]) == ("failed", 1)


@pytest.mark.parametrize(
    ("record", "seconds"),
    [
        ({"seconds": 90}, 90),
        ({"seconds": "90.5"}, 90.5),
        ({"finished": "2026-01-01T01:02:00Z"}, 120),
        ({"finished": "2026-01-01T03:02:00+02:00"}, 120),
        ({"started": 1767229200, "finished": 1767229260000}, 60),
        ({"seconds": -9007199254740991}, None),
        ({"seconds": 1e300}, None),
        ({"seconds": True}, None),
        ({"seconds": "25 minutes", "finished": "soon"}, None),
        ({"finished": "2025-12-31T00:00:00Z"}, None),
        ({"finished": {"at": 1}}, None),
    ],
)
def test_times_that_people_and_mocks_write(record: dict[str, Any], seconds: float | None) -> None:
    """A time is said or counted from start to end, in any zone and as seconds since 1970; what no clock shows is none."""
    [found] = runs([run(1) | record]).all
    assert found.seconds == seconds


def test_units() -> None:
    """Milliseconds and minutes are seconds here."""
    assert [runs([run(1, seconds=90)], unit=unit).all[0].seconds for unit in ("ms", "s", "min")] == [0.09, 90, 5400]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min"), (192, "3 min 12 s"), (3600, "1 h"), (3900, "1 h 5 min"), (90061, "25 h 1 min")],
)
def test_times_in_words(seconds: float, text: str) -> None:
    """Two units at most."""
    assert spent(seconds) == text


@pytest.mark.parametrize(
    "records", [[None], ["text"], [[]], [{}], [{"state": {"a": 1}, "number": [1], "workflows": [1, {"jobs": "x"}], "jobs": {}}]]
)
def test_records_of_any_shape(tmp_path: Path, records: list[Any]) -> None:
    """Whatever a file holds, the page is made."""
    built = site(tmp_path, records)
    assert built.report.errors == ()
    assert "<h1>Builds</h1>" in built.page("/ci/")


def test_many_branches_are_numbered_and_each_page_is_small(tmp_path: Path) -> None:
    """A hundred branches are three pages below 1,500 elements and 120 KB; the strip and its figures are on each."""
    records = [
        run(n, branch=f"branch-{n}", commit=f"{n:040x}", author="ada", seconds=60 + n, title="Change", workflow="ci")
        for n in range(100)
    ]
    built = site(tmp_path, [*records, *(run(200 + n, title="x", author="ada", commit="a" * 40, seconds=5) for n in range(40))])
    pages = [built.page(path) for path in ("/ci/", "/ci/page-2/", "/ci/page-3/")]
    for page in pages:
        assert len(re.findall(r"<[a-z]", page)) < 1_500
        assert len(page) < 120_000
        assert page.count('class="state ok" href=') == 30
    assert [page.count('<th scope="row"') for page in pages] == [40, 40, 21]
    assert built.page("/ci/").index(">main<") < built.page("/ci/").index("branch-99")


def test_squares_are_links_with_words(tmp_path: Path) -> None:
    """Each run of the strip can be reached and read: number, state, time; its glyph is that of the state."""
    page = site(tmp_path, [run(1, "failed", seconds=62), run(2)]).page("/ci/")
    assert (
        '<a class="state bad" href="/ci/1/" title="#1 failed, 1 min 2 s, 2026-01-01 01:00" aria-label="#1 failed, 1 min 2 s'
        in page
    )
    assert (
        'aria-label="Last 2 runs on main: 1 failed, 1 passed, oldest first"' in page or "1 passed, 1 failed, oldest first" in page
    )


def test_what_fails(tmp_path: Path) -> None:
    """`failing` lists main branches whose last finished run failed, since when and how often in a row; running ones do not hide it."""
    records = [
        run(1),
        run(2, "failed"),
        run(3, "errored"),
        run(4, "running"),
        run(5, "failed", branch="feature"),
        run(6, project="ledger"),
    ]
    page = site(tmp_path, records, "failing").page("/ci/")
    main = page[page.index("<main") : page.index("</main")]
    assert "2 runs in a row" in main
    assert "2026-01-01T02:00:00Z" in main
    assert "ledger" not in main
    assert "feature" not in main


def test_that_nothing_fails_is_no_lack_of_builds(tmp_path: Path) -> None:
    """A list of failures without one says so; only where nothing ran does it say that there are no builds."""
    assert "No main branch fails." in site(tmp_path / "passed", [run(1)], "failing").page("/ci/")
    assert "No builds yet." in site(tmp_path / "none", [], "failing").page("/ci/")


def test_projects_show_a_strip_in_words(tmp_path: Path) -> None:
    """The strip of a project is one picture whose name counts its runs; bars differ in height, not in colour alone."""
    page = site(tmp_path, [run(1, "failed"), run(2), run(3)], "projects").page("/ci/")
    assert 'role="img" aria-label="Last 3 runs on main: 2 passed, 1 failed"' in page
    assert '<path class="bad" d="M0 0h6v20h-6z"/>' in page
    assert '<path class="ok" d="M8 8h6v12h-6zM16 8h6v12h-6z"/>' in page


def test_a_run_is_compared_with_all_of_its_list(tmp_path: Path) -> None:
    """The page of a single run knows the median and whether its commit is flaky."""
    records = [*(run(n, seconds=60) for n in range(1, 4)), run(4, "failed", seconds=150, commit="abc"), run(5, commit="abc")]
    page = site(tmp_path, records).page("/ci/4/")
    assert "2.5 times the median of 1 min" in page
    assert "Runs of this commit both passed and failed." in page


def test_addresses_that_lead_nowhere_good_are_no_links(tmp_path: Path) -> None:
    """Only http and https are followed from runs, commits, jobs and artifacts."""
    bad = "javascript:alert(1)"
    jobs = [{"name": "test", "state": "passed", "url": bad, "artifacts": bad}]
    page = site(tmp_path, [run(1, url=bad, commit="a", commit_url=bad, jobs=jobs, workflows=[])]).page("/ci/1/")
    assert bad not in page
    assert "test" in page


def test_an_unchanged_list_is_not_made_again(tmp_path: Path) -> None:
    """A second build renders nothing; one more run renders the pages that it changes, not those of other runs."""
    records = [run(n, commit=str(n)) for n in range(8)]
    built = site(tmp_path, records)
    again = rebuild(built)
    assert again.page("/ci/") == built.page("/ci/")
    (built.folder / "runs.json").write_text(json.dumps([*records, run(8, "failed", commit="8")]), encoding="utf-8")
    later = rebuild(built)
    assert later.page("/ci/") != built.page("/ci/")
    assert later.page("/ci/3/") == built.page("/ci/3/")


@pytest.mark.parametrize("bad", ["builds: {shw: runs}", "builds: {show: rows}", "builds: {last: 1000}"])
def test_a_wrong_key_is_a_problem_at_its_place(tmp_path: Path, bad: str) -> None:
    """What `builds` does not know is said with its line."""
    (tmp_path / "plugins/ci").mkdir(parents=True)
    text = (
        PLUGIN.split("pages:", maxsplit=1)[0].format() + f"pages:\n  - path: /\n    view: ci.builds\n    data: runs\n    {bad}\n"
    )
    (tmp_path / "plugins/ci/plugin.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "runs.json").write_text("[]", encoding="utf-8")
    (tmp_path / "site.yaml").write_text("site: {title: Portal}\nplugins: [{plugin: ci}]\n", encoding="utf-8")
    [problem] = build_site(tmp_path).problems
    assert "plugins/ci/plugin.yaml:9:" in problem
