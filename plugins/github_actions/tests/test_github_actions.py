"""What readers see of GitHub's workflow runs, whatever its API answers."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from callboard.model.effects import Request, Response
from callboard.plugin import Answer, FetchError, LiveCall, Origin
from callboard.testing import NOW, Given, build_plugin, replay, run_provider, standard_tests
from callboard.testing.sites import discovered, rebuild

PLUGIN = Path(__file__).parents[1]
API = "https://api.github.com"
SITE = f"{API}/repos/acme/site"
RUNS_AT = f"{SITE}/actions/runs?per_page=60"


def run(number: int, conclusion: str | None = "success", **more: Any) -> dict[str, Any]:
    """A run as the API lists it, hours before the build."""
    start = NOW - timedelta(hours=200 - number)
    return {
        "id": 1000 + number,
        "name": "Build",
        "display_title": f"Change {number}",
        "run_number": number,
        "run_attempt": 1,
        "event": "push",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "head_branch": "main",
        "head_sha": f"{number:040x}",
        "html_url": f"https://github.com/acme/site/actions/runs/{1000 + number}",
        "run_started_at": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_at": (start + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "actor": {"login": "ada"},
        "repository": {"full_name": "acme/site", "html_url": "https://github.com/acme/site"},
        "head_repository": {"full_name": "acme/site", "owner": {"login": "acme"}},
        **more,
    }


def job(name: str, conclusion: str | None = "success", **more: Any) -> dict[str, Any]:
    """A job of a run."""
    return {
        "name": name,
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "html_url": f"https://github.com/acme/site/runs/{name}",
        "started_at": "2026-01-14T08:00:00Z",
        "completed_at": "2026-01-14T08:02:00Z",
        "steps": [{"name": "Set up"}, {"name": "Run tests", "conclusion": conclusion}],
        **more,
    }


def answers(runs: list[dict[str, Any]], jobs: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """All answers about one repository."""
    known: dict[str, Any] = {SITE: {"default_branch": "main"}, RUNS_AT: {"total_count": len(runs), "workflow_runs": runs}}
    for one in runs:
        found = [job("test", one["conclusion"])] if jobs is None else jobs
        known[f"{SITE}/actions/runs/{one['id']}/jobs?per_page=100"] = {"total_count": len(found), "jobs": found}
    return known


RUNS = [run(n, "failure" if n == 3 else "success") for n in range(6, 0, -1)]
OPTIONS = {"repos": ["acme/site"]}
GIVEN = Given(options=OPTIONS, http=answers(RUNS))
TestStandard = standard_tests(PLUGIN, data=GIVEN, nothing=Given(options=OPTIONS, http=answers([])))


class Counted:
    """Recorded answers, and what was asked."""

    def __init__(self, known: Any) -> None:
        self._replay, self.asked = replay(known), []

    def send(self, request: Request) -> Response:
        """The recorded answer."""
        self.asked.append((request.url, dict(request.headers)))
        return self._replay.send(request)

    def close(self) -> None:
        """Nothing was open."""


def test_pages() -> None:
    """The index, the repository and a run say branch, state, median, jobs, the failed step and where to run it again."""
    built = build_plugin(PLUGIN, GIVEN)
    assert "Last 6 runs on main: 5 passed, 1 failed" in built.page("/github-actions/")
    page = built.page("/github-actions/acme/site/1003/")
    assert "failed at Run tests" in page
    assert "median 4 min" in page
    assert "Logs and re-run on github.com" in page
    assert "https://github.com/acme/site/actions/runs/1003#artifacts" in page
    assert "https://github.com/acme/site/runs/test" in page


@pytest.mark.parametrize(
    "conclusion", ["neutral", "skipped", "cancelled", "stale", "action_required", "timed_out", "startup_failure"]
)
def test_each_conclusion(conclusion: str) -> None:
    """Runs that neither passed nor failed count for neither; those that ran out of time or never began have failed."""
    given = Given(options=OPTIONS, http=answers([run(7, conclusion), *RUNS]))
    [figures] = run_provider(PLUGIN, given)["projects"]
    assert (figures["passed"], figures["failed"]) == (5, 2 if conclusion in ("timed_out", "startup_failure") else 1)


def test_a_second_attempt_is_flaky() -> None:
    """A run that passed at its second attempt is marked."""
    page = build_plugin(PLUGIN, Given(options=OPTIONS, http=answers([run(1, run_attempt=2)]))).page(
        "/github-actions/acme/site/1001/"
    )
    assert "It passed at attempt 2 of the same commit." in page


def test_workflows_are_compared_with_their_like() -> None:
    """Each workflow of a branch has a row of its own; the project fails if any of them does on its main branch."""
    nightly = [run(n, "failure" if n == 20 else "success", name="Nightly") for n in range(20, 16, -1)]
    built = build_plugin(PLUGIN, Given(options=OPTIONS, http=answers([*nightly, *RUNS])))
    page = built.page("/github-actions/acme/site/")
    assert page.count('<th scope="row"') == 2
    assert "Nightly" in page
    assert "failed" in built.page("/")
    [figures] = run_provider(PLUGIN, Given(options=OPTIONS, http=answers([*RUNS[:4], *nightly])))["projects"]
    assert (figures["state"], figures["failing"]) == ("failed", 1)


def test_a_forks_main_is_not_ours() -> None:
    """The branch of a fork is written with its owner."""
    fork = run(9, "failure", head_repository={"full_name": "eve/site", "owner": {"login": "eve"}})
    given = Given(options=OPTIONS, http=answers([fork, *RUNS]))
    assert run_provider(PLUGIN, given)["builds"][0]["branch"] == "eve:main"
    assert "Last 6 runs on main: 5 passed, 1 failed" in build_plugin(PLUGIN, given).page("/github-actions/acme/site/")


def test_annotations() -> None:
    """Entities with the annotation get a card and a tab, however the repository is written; others get none."""
    entities = [
        {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Component",
            "metadata": {"name": name, "annotations": {"github.com/project-slug": slug} if slug else {}},
            "spec": {"type": "website", "lifecycle": "production", "owner": "team"},
        }
        for name, slug in (("site", "acme/site"), ("other", ""), ("wrong", "https://github.com/acme/site"))
    ]
    mounts = [{"plugin": "catalog", "options": {"locations": [{"type": "file", "target": "catalog-info.yaml"}]}}]
    files = {"catalog-info.yaml": "\n---\n".join(json.dumps(entity) for entity in entities)}
    built = build_plugin(PLUGIN, Given(http=answers(RUNS), mounts=mounts, files=files))
    assert "83% passed" in built.page("/catalog/default/component/site/")
    assert "Last 6 runs on main" in built.page("/catalog/default/component/site/actions/")
    assert "/catalog/default/component/other/actions/" not in built.pages
    assert "github_actions/no-slug" in {problem.code for problem in built.report.problems}


def test_jobs_are_asked_for_where_they_matter() -> None:
    """Jobs of the newest runs and of those that failed are asked for, each once when the run is over."""
    counted = Counted(answers(RUNS))
    built = build_plugin(PLUGIN, Given(options={**OPTIONS, "jobs": 1}, http=counted))
    asked = [url for url, _ in counted.asked if "/jobs" in url]
    assert sorted(url.split("/")[-2] for url in asked) == ["1003", "1006"]
    later = Counted(answers([run(7, None), *RUNS]))
    rebuild(built, http=later, now=NOW + timedelta(days=2))
    assert [url.split("/")[-2] for url, _ in later.asked if "/jobs" in url] == ["1007"]


def test_an_unchanged_answer_is_asked_for_by_its_etag() -> None:
    """Later builds send If-None-Match, and 304 leaves what is known."""
    known = answers(RUNS)
    known[RUNS_AT] = (200, known[RUNS_AT], {"etag": '"abc"'})
    built = build_plugin(PLUGIN, Given(options=OPTIONS, http=known))
    counted = Counted({**known, RUNS_AT: (304, b"", {"etag": '"abc"'})})
    later = rebuild(built, http=counted, now=NOW + timedelta(days=2))
    [headers] = [headers for url, headers in counted.asked if url == RUNS_AT]
    assert headers["if-none-match"] == '"abc"'
    assert "Last 6 runs on main" in later.page("/github-actions/")


def test_a_rate_limit_leaves_what_was_known() -> None:
    """403 with no requests left: the runs stay, marked stale; with nothing kept, the mend is said."""
    built = build_plugin(PLUGIN, GIVEN)
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int((NOW + timedelta(hours=49)).timestamp()))}
    limited = {RUNS_AT: (403, {"message": "API rate limit exceeded"}, headers), SITE: (403, {"message": "no"}, headers)}
    later = rebuild(built, http=limited, now=NOW + timedelta(days=2)).page("/github-actions/")
    assert "Last 6 runs on main" in later
    assert "stale" in later
    assert "GITHUB_TOKEN" in build_plugin(PLUGIN, Given(options=OPTIONS, http=limited)).page("/github-actions/")


def test_enterprise_and_token() -> None:
    """An Enterprise server is asked at its own address, with the token as a bearer, which is published nowhere."""
    counted = Counted({url.replace(API, "https://git.acme.example/api/v3"): answer for url, answer in answers(RUNS).items()})
    options = {**OPTIONS, "api": "https://git.acme.example/api/v3/", "token": "ghp_secretsecret"}
    built = build_plugin(PLUGIN, Given(options=options, http=counted))
    assert "/github-actions/acme/site/" in built.pages
    assert {headers.get("authorization") for _, headers in counted.asked} == {"Bearer ghp_secretsecret"}
    assert not any(b"ghp_secretsecret" in path.read_bytes() for path in built.output.rglob("*") if path.is_file())


def test_a_repository_that_is_not_there() -> None:
    """A wrong name costs its own runs only, and is said."""
    known = {**answers(RUNS), f"{API}/repos/acme/stie/actions/runs?per_page=60": (404, {"message": "Not Found"})}
    built = build_plugin(PLUGIN, Given(options={"repos": ["acme/site", "acme/stie"]}, http=known))
    assert [problem.code for problem in built.report.problems] == ["github_actions/unknown-repository"]
    assert "/github-actions/acme/site/" in built.pages


@pytest.mark.parametrize("wrong", [[], {"message": "hello"}, {"workflow_runs": {}}, "<html>"])
def test_answers_of_another_shape_are_not_kept(wrong: Any) -> None:
    """An answer without runs is unusable: the last good one stands."""
    built = build_plugin(PLUGIN, GIVEN)
    later = rebuild(built, http={**answers(RUNS), RUNS_AT: wrong}, now=NOW + timedelta(days=2)).page("/github-actions/")
    assert "Last 6 runs on main" in later
    assert "stale" in later


def test_hostile_texts_and_missing_values() -> None:
    """Markup, control characters, great length and missing values make texts on one line, and no page fails."""
    hostile = run(
        2,
        name="<script>x",
        display_title="a\u202eb\x07" + "x" * 5000,
        head_branch='"><b>',
        actor=None,
        html_url="javascript:alert(1)",
    )
    bare = {"id": 5, "status": "completed", "conclusion": None}
    known = answers([hostile])
    known[RUNS_AT]["workflow_runs"].append(bare)
    known[f"{SITE}/actions/runs/5/jobs?per_page=100"] = {"jobs": [{}]}
    built = build_plugin(PLUGIN, Given(options=OPTIONS, http=known))
    assert built.report.errors == ()
    for path in (
        "/github-actions/",
        "/github-actions/acme/site/",
        "/github-actions/acme/site/1002/",
        "/github-actions/acme/site/5/",
    ):
        page = built.page(path)
        assert "<script>x" not in page
        assert "javascript:" not in page
        assert "\u202e" not in page


def test_the_live_answer() -> None:
    """Open pages are told the state of the main branch; a workflow that fails there says more than one that passed."""
    known = answers([])
    runs = [run(9), run(8, "failure", name="Nightly"), run(7, None, name="Deploy")]
    known[f"{SITE}/actions/runs?per_page=30&branch=main"] = {"workflow_runs": runs}
    plugins, _ = discovered(PLUGIN, GIVEN)
    latest = next(plugin for plugin in plugins if plugin.name == "github_actions").load("live:latest")
    options = SimpleNamespace(api=API, token=None, branch=None)
    call = LiveCall({"owner": "acme", "repo": "site"}, {}, options, _Asking(known))
    assert latest(call) == {"state": "failed", "number": "8", "started": runs[1]["run_started_at"]}
    with pytest.raises(FetchError, match="no such repository"):
        latest(call._replace(parameters={"owner": "..", "repo": "x"}))


class _Asking:
    """The client of a live call, over recorded answers."""

    def __init__(self, known: Any) -> None:
        self._known = known

    def json(self, url: str, *, accept: Any = None, **_: Any) -> Any:
        value = self._known[url]
        return Answer(accept(value) if accept else value, Origin("live", "http", "api.github.com"), {})


RECORDED = PLUGIN.parents[1].parent / "shared" / "data" / "services" / "github" / "actions"


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not here")
def test_recorded_shapes() -> None:
    """GitHub's own recorded answers give a run with its jobs."""
    runs, jobs = (
        json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
        for name in ("list-workflow-runs", "list-jobs-for-workflow-run")
    )
    at = f"{API}/repos/octo-org/octo-repo"
    known = {
        at: {"default_branch": "master"},
        f"{at}/actions/runs?per_page=60": runs,
        f"{at}/actions/runs/{runs['workflow_runs'][0]['id']}/jobs?per_page=100": jobs,
    }
    built = build_plugin(PLUGIN, Given(options={"repos": ["octo-org/octo-repo"]}, http=known))
    assert built.problems == ()
    page = built.page(f"/github-actions/octo-org/octo-repo/{runs['workflow_runs'][0]['id']}/")
    assert "queued" in page
    assert "acb5820c" in page
    assert jobs["jobs"][0]["html_url"] in page
