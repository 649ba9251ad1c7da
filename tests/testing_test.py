"""testing: what plugin authors test with, and that its standard tests find the faults that they are for."""

from __future__ import annotations

import gc
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from callboard import testing
from callboard.model.effects import Request
from callboard.model.problem import Problems
from callboard.testing import Given, build_plugin, build_site, replay, run_provider, standard_tests

MANIFEST = """callboard: 1
title: Shifts
options:
  file: {type: path, default: content/shifts.csv}
sources:
  shifts: {file: "{file}", optional: true}
pages:
  - {path: /, view: table, data: shifts, empty: No shifts yet.}
"""
SERVICE = """callboard: 1
title: Runs
options:
  api: {type: url, default: "https://ci.example.com"}
sources:
  runs: {http: "{api}/runs"}
provider: provider:Runs
pages:
  - {path: /, view: table, data: runs}
"""
PROVIDER = """
from callboard.plugin import Dataset, Provider

class Runs(Provider):
    def provide(self, options, context):
        if not context.sources["runs"]:
            raise LookupError("nothing ran")
        return Dataset(runs=[{**run, "at": context.now.year} for run in context.sources["runs"]])
"""


def _plugin(root: Path, name: str, **files: str) -> Path:
    for file, text in files.items():
        path = root / "plugins" / name / file.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root / "plugins" / name


@pytest.fixture
def shifts(tmp_path: Path) -> Path:
    """A sound plugin in YAML alone."""
    return _plugin(tmp_path, "shifts", plugin_yaml=MANIFEST, README_md="# Shifts\n\n`file` is the CSV file.\n")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A plugin that asks a service."""
    return _plugin(tmp_path, "runs", plugin_yaml=SERVICE, provider_py=PROVIDER)


def test_build_plugin(shifts: Path) -> None:
    """The smallest site with the plugin: its page shows the rows, and the plugin's own folder stays as it was."""
    before = sorted(shifts.rglob("*"))
    built = build_plugin(shifts, Given(files={"content/shifts.csv": "who\nFirst\n"}))
    assert built.problems == ()
    assert "First" in built.page("/shifts/")
    assert list(built.pages) == ["/", "/search/a-z/", "/search/", "/shifts/"]
    assert sorted(shifts.rglob("*")) == before


def test_missing_page_names_the_others(shifts: Path) -> None:
    """A typo in a test's path is told with the pages that there are."""
    with pytest.raises(FileNotFoundError, match=r"no page /shift/; there are /, /search/a-z/, /search/, /shifts/"):
        build_plugin(shifts).page("/shift/")


def test_problems_of_a_site_are_values(shifts: Path) -> None:
    """A faulty site builds nothing and raises nothing: its problems are there to compare."""
    built = build_plugin(shifts, Given(options={"fiel": "x.csv"}))
    assert (built.report.written, built.pages) == (False, {})
    assert ['unknown key "fiel"; did you mean "file"?' in problem for problem in built.problems] == [True]


def test_build_site_leaves_the_site_alone(tmp_path: Path, shifts: Path) -> None:
    """A copy is built: no output and no cache appear beside the site; what was built is removed with the value."""
    (tmp_path / "site.yaml").write_text("site: {title: '${PORTAL}'}\nplugins: [{plugin: shifts}]\n", encoding="utf-8")
    built = build_site(tmp_path, environ={"PORTAL": "From the environment"})
    folder = built.folder
    assert built.problems == ()
    assert "From the environment" in built.page("/")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plugins", "site.yaml"]
    assert "PORTAL" not in os.environ
    del built
    gc.collect()
    assert not folder.exists()


def test_needs_are_mounted(tmp_path: Path, shifts: Path) -> None:
    """What a plugin needs comes from beside it, or is bundled."""
    teams = _plugin(tmp_path, "teams", plugin_yaml=MANIFEST.replace("title: Shifts", "title: Teams\nneeds: [shifts, catalog]"))
    built = build_plugin(teams)
    assert [text for text in built.problems if "error" in text] == []
    assert {"/shifts/", "/teams/", "/catalog/"} <= built.pages.keys()


def test_recorded_answers(runs: Path) -> None:
    """A service answers what was recorded; the page is as of the test's time."""
    http = {"https://ci.example.com/runs": [{"name": "nightly"}]}
    built = build_plugin(runs, Given(http=http), now=datetime(2026, 3, 4, 5, 6, tzinfo=UTC))
    assert built.problems == ()
    assert "nightly" in built.page("/runs/")
    assert "2026-03-04T05:06:00Z" in built.page("/runs/")


def test_no_network(runs: Path) -> None:
    """What was not recorded fails as a service that is down would, with the address that was asked."""
    built = build_plugin(runs)
    assert built.report.errors == ()
    assert "no answer is recorded for GET https://ci.example.com/runs" in " ".join(built.problems)


@pytest.mark.parametrize(
    ("answer", "status", "content", "media"),
    [
        ([1], 200, b"[1]", "application/json"),
        ("a,b", 200, b"a,b", "text/plain; charset=utf-8"),
        (b"\xff", 200, b"\xff", "application/octet-stream"),
        ((404, {"message": "Not Found"}), 404, b'{"message": "Not Found"}', "application/json"),
        ((200, "a: 1", {"Content-Type": "application/yaml"}), 200, b"a: 1", "application/yaml"),
    ],
)
def test_forms_of_answers(answer: Any, status: int, content: bytes, media: str) -> None:
    """Values, texts, bytes, statuses and headers can all be recorded."""
    response = replay({"GET https://x.example.com/": answer}).send(Request("GET", "https://x.example.com/", {}, 1))
    assert (response.status, b"".join(response.chunks), response.headers["content-type"]) == (status, content, media)


def test_recorded_failure() -> None:
    """An OSError that was recorded is raised."""
    with pytest.raises(TimeoutError):
        replay({"https://x.example.com/": TimeoutError("too slow")}).send(Request("GET", "https://x.example.com/", {}, 1))


def test_folder_of_answers(tmp_path: Path) -> None:
    """answers.yaml names a file for each address."""
    said = "https://x.example.com/a: a.json\nhttps://x.example.com/b: {file: b.txt, status: 503, headers: {Retry-After: '9'}}\n"
    for name, text in {"answers.yaml": said, "a.json": "[1]", "b.txt": "down"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    transport = replay(tmp_path)
    first = transport.send(Request("GET", "https://x.example.com/a", {}, 1))
    second = transport.send(Request("GET", "https://x.example.com/b", {}, 1))
    assert (first.status, b"".join(first.chunks), first.headers["content-type"]) == (200, b"[1]", "application/json")
    assert (second.status, b"".join(second.chunks), second.headers["retry-after"]) == (503, b"down", "9")


def test_run_provider(runs: Path) -> None:
    """The dataset of a provider, with its sources loaded."""
    dataset = run_provider(runs, Given(http={"https://ci.example.com/runs": [{"name": "nightly"}]}))
    assert dataset["runs"] == [{"name": "nightly", "at": testing.NOW.year}]


def test_run_provider_that_fails(runs: Path) -> None:
    """Its exception reaches the test in the report's words, and wrong options as Problems."""
    with pytest.raises(RuntimeError, match=r"LookupError: nothing ran \(provider.py:7\)"):
        run_provider(runs, Given(http={"https://ci.example.com/runs": []}))
    with pytest.raises(Problems, match=r"wanted an http or https address"):
        run_provider(runs, Given(options={"api": "ci.example.com"}))


def _outcome(plugin: Path, **given: Given) -> list[str]:
    """The standard tests that fail."""
    tests = standard_tests(plugin, **given)()
    failed = []
    for name in dir(tests):
        if name.startswith("test_"):
            try:
                getattr(tests, name)()
            except (AssertionError, OSError):
                failed.append(name)
    return failed


def test_standard_tests_pass(shifts: Path) -> None:
    """A sound plugin passes all of them, with its data and without."""
    assert _outcome(shifts, data=Given(files={"content/shifts.csv": "who\nFirst\n"})) == []


@pytest.mark.parametrize(
    ("file", "text", "failed"),
    [
        ("plugin_yaml", MANIFEST + "tempate: x\n", ["test_data", "test_manifest", "test_nothing_yet"]),
        ("README_md", "# Shifts\n", ["test_readme"]),
        ("templates__x_html", '{% extends "page.html" %}{% block content %}<h1>Again</h1>{% endblock %}', ["test_headings"]),
        ("templates__x_html", '{% extends "page.html" %}{% block content %}<p onclick="x()">{% endblock %}', ["test_scripts"]),
        ("templates__x_html", '{% extends "page.html" %}{% block content %}<script>x()</script>{% endblock %}', ["test_scripts"]),
    ],
)
def test_standard_tests_find_faults(tmp_path: Path, shifts: Path, file: str, text: str, failed: list[str]) -> None:
    """Each fault fails the test that is for it."""
    if file.startswith("templates"):
        (shifts / "plugin.yaml").write_text(MANIFEST.replace("view: table", "template: x.html"), encoding="utf-8")
    _plugin(tmp_path, "shifts", **{file: text})
    found = _outcome(shifts)
    assert set(failed) <= set(found)
    assert file == "plugin_yaml" or found == failed


def test_standard_tests_want_provenance(tmp_path: Path) -> None:
    """A page whose records come from nowhere is found: readers could not tell where they are from."""
    invented = "from callboard.plugin import Dataset, Provider\n\nclass Runs(Provider):\n"
    invented += "    def provide(self, options, context):\n        return Dataset(runs=[{'name': 'made up'}])\n"
    manifest = "callboard: 1\ntitle: Runs\nprovider: provider:Runs\npages:\n  - {path: /, view: table, data: runs}\n"
    assert _outcome(_plugin(tmp_path, "runs", plugin_yaml=manifest, provider_py=invented, README_md="# Runs\n")) == [
        "test_provenance"
    ]


def test_a_site_of_json_is_yaml(shifts: Path) -> None:
    """Options of any shape reach the site as they are."""
    built = build_plugin(shifts, Given(options={"file": "a: b#c.csv"}))
    assert built.problems == ()
    assert json.loads((built.folder / "site.yaml").read_text(encoding="utf-8"))["plugins"][0]["options"] == {"file": "a: b#c.csv"}
