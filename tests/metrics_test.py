"""Metrics: numbers that manifests declare, evaluated over what their mounts gave, for plugins that need them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from callboard.testing import NOW, build_site

SITE = """\
site: {title: Portal}
content: false
plugins:
  - plugin: runs
  - plugin: seen
"""
SEEN = """\
from callboard.plugin import Dataset, Provider


class Seen(Provider):
    def provide(self, options, context):
        return Dataset(seen=[{"text": "|".join(map(str, metric))} for metric in context.metrics])
"""
WATCH = {
    "callboard": 1,
    "title": "Seen",
    "needs": ["*"],
    "provider": "provider:Seen",
    "pages": [{"path": "/", "view": "list", "data": "seen", "item": {"title": "text"}}],
}
RUNS = [{"id": "a", "state": "failed", "score": 90}, {"id": "b", "state": "ok", "score": 0.5}, {"id": "c", "state": "failed"}]


@pytest.fixture
def site(tmp_path):
    """``site(metrics)`` is a site with a plugin that declares them, and one that sees them."""

    def made(metrics, runs=RUNS, sources=None) -> Path:
        manifest = {"callboard": 1, "title": "Runs", "sources": sources or {"runs": {"file": "runs.json"}}, "metrics": metrics}
        files = {
            "site.yaml": SITE,
            "runs.json": json.dumps(runs),
            "plugins/runs/plugin.yaml": yaml.safe_dump(manifest, sort_keys=False),
            "plugins/seen/plugin.yaml": yaml.safe_dump(WATCH),
            "plugins/seen/provider.py": SEEN,
        }
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return made


def test_numbers_and_series(site):
    """A text is one number; with ``each`` every record has one, by its key; records without it have none."""
    metrics = {
        "failed": "length(runs[?state=='failed'])",
        "score": {"each": "runs[*]", "key": "id", "value": "score", "title": "Score", "unit": "%", "better": "higher"},
    }
    built = build_site(site(metrics))
    page = built.page("/seen/")
    assert built.problems == ()
    assert "runs|runs|failed|Failed||2.0||" in page
    assert "runs|runs|score|Score|a|90.0|%|higher" in page
    assert "runs|runs|score|Score|b|0.5|%|higher" in page
    assert "|c|" not in page


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({"x": "runs[0].state"}, 'x.value: "runs[0].state" gives "failed", which is no number. Write for example: length('),
        ({"x": "length(run)"}, 'x.value: "length(run)" does not fit the data: '),
        ({"x": "run"}, 'x.value: "run" finds nothing in the data. Correct the expression.'),
        ({"x": {"each": "runs[0]", "key": "id", "value": "score"}}, 'x.each: "runs[0]" gives no list.'),
        ({"x": {"each": "runs", "key": "state", "value": "score"}}, "[wrong-metric]"),
        ({"x": {"each": "runs", "key": "'same'", "value": "score"}}, 'x.key: several records have the key "same"; the first'),
        ({"x": {"each": "runs", "key": "id", "value": "id"}}, 'x.value: "id" gives "a", which is no number.'),
    ],
)
def test_what_does_not_fit(site, metrics, words):
    """A faulty metric is a warning at its line in the manifest; the build goes on and the others are kept."""
    built = build_site(site({**metrics, "sound": "length(runs)"}, runs=[*RUNS, RUNS[0] | {"id": "d"}]))
    [problem] = built.problems
    assert problem.startswith("plugins/runs/plugin.yaml:")
    assert "warning: metrics." in problem
    assert words in problem
    assert "|sound|Sound||4.0" in built.page("/seen/")


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({"x": "length(runs"}, 'metrics.x.value: "length(runs" is no JMESPath expression'),
        ({"x": {"each": "runs[", "key": "id", "value": "score"}}, 'metrics.x.each: "runs[" is no JMESPath expression'),
        (
            {"x": {"each": "runs", "value": "score"}},
            "metrics.x: several series are told apart by a key. Add for example: key: name",
        ),
        ({"x": {"key": "id", "value": "score"}}, "metrics.x.key: a single number needs no key."),
        ({"x y": "score"}, 'a metric cannot be called "x y".'),
        ({"x": {"value": "score", "better": "more"}}, "metrics.x.better: "),
    ],
)
def test_what_the_manifest_says_wrong(site, metrics, words):
    """Mistakes that can be seen without data are errors of the manifest."""
    built = build_site(site(metrics))
    assert any(words in problem and problem.startswith("plugins/runs/plugin.yaml:") for problem in built.problems), built.problems


def test_nothing_of_what_failed(site):
    """Where no source answered there is no number, where one of several did there are no counts of all: those would be no news."""
    metrics = {"runs": "length(runs)", "score": {"each": "runs", "key": "id", "value": "score"}}
    both = {name: {"http": f"https://ci.example.com/{name}"} for name in ("runs", "jobs")}
    folder = site(metrics, sources=both)
    page = build_site(folder, http={}, now=NOW).page("/seen/")
    assert "runs|" not in page
    page = build_site(folder, http={"https://ci.example.com/runs": RUNS}, now=NOW).page("/seen/")
    assert "|runs|" not in page.replace("runs|runs|score", "")
    assert "|score|Score|a|90.0" in page
    answers = {f"https://ci.example.com/{name}": RUNS for name in both}
    assert "runs|runs|runs|Runs||3.0" in build_site(folder, http=answers, now=NOW).page("/seen/")


def test_empty_data_is_no_fault(site):
    """Before there is any data, nothing is said of expressions that find none."""
    built = build_site(site({"x": "max(runs[*].score)", "runs": "length(runs)"}, runs=[]))
    assert built.problems == ()
    assert "|runs|Runs||0.0" in built.page("/seen/")
