"""What readers see of CircleCI's pipelines, whatever its API answers."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from callboard.model.effects import Request, Response
from callboard.plugin import Answer, FetchError, LiveCall, Origin
from callboard.testing import NOW, Given, build_plugin, replay, run_provider, standard_tests
from callboard.testing.sites import discovered, rebuild

PLUGIN = Path(__file__).parents[1]
API = "https://circleci.com/api/v2"
SITE = f"{API}/project/gh%2Facme%2Fsite"


def pipeline(number: int, /, **more: Any) -> dict[str, Any]:
    """A pipeline as the API lists it, hours before the build."""
    return {
        "id": f"p{number}",
        "number": number,
        "state": "created",
        "project_slug": "gh/acme/site",
        "created_at": (NOW - timedelta(hours=200 - number)).isoformat().replace("+00:00", "Z"),
        "updated_at": "2026-01-14T00:00:00Z",
        "errors": [],
        "trigger": {"type": "webhook", "actor": {"login": "ada", "avatar_url": None}},
        "vcs": {
            "provider_name": "GitHub",
            "target_repository_url": "https://github.com/acme/site",
            "revision": f"{number:040x}",
            "branch": "main",
            "commit": {"subject": f"Change {number}", "body": None},
        },
        **more,
    }


def workflow(number: int, status: str = "success", *, name: str = "build", again: int = 0, minutes: int = 3) -> dict[str, Any]:
    """A workflow of a pipeline; with ``again``, a later one of the same name."""
    start = NOW - timedelta(hours=200 - number) + timedelta(minutes=30 * again)
    done = status not in ("running", "on_hold", "failing")
    return {
        "id": f"w{number}-{name}-{again}",
        "name": name,
        "status": status,
        "created_at": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "stopped_at": (start + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ") if done else None,
    }


def job(name: str, status: str = "success", **more: Any) -> dict[str, Any]:
    """A job of a workflow."""
    times = {"started_at": "2026-01-14T08:00:00Z", "stopped_at": "2026-01-14T08:02:00Z"}
    return {"id": f"j-{name}", "name": name, "type": "build", "job_number": 7, "status": status, **times, **more}


def answers(
    runs: dict[int, tuple[dict[str, Any], list[dict[str, Any]]]], jobs: dict[str, list[dict[str, Any]]] | None = None
) -> Any:
    """All answers about one project."""
    listed = [one for one, _ in sorted(runs.values(), key=lambda pair: pair[0]["created_at"], reverse=True)]
    known: dict[str, Any] = {
        SITE: {"slug": "gh/acme/site", "name": "site", "organization_name": "acme", "vcs_info": {"default_branch": "main"}},
        f"{SITE}/pipeline": {"items": listed, "next_page_token": None},
    }
    for number, (_, workflows) in runs.items():
        known[f"{API}/pipeline/p{number}/workflow"] = {"items": workflows, "next_page_token": None}
        for one in workflows:
            found = (jobs or {}).get(one["id"], [job("test", one["status"])])
            known[f"{API}/workflow/{one['id']}/job"] = {"items": found, "next_page_token": None}
    return known


RUNS = {n: (pipeline(n), [workflow(n, "failed" if n == 3 else "success", minutes=n)]) for n in range(1, 7)}
GIVEN = Given(options={"projects": ["gh/acme/site"]}, http=answers(RUNS))
NOTHING = Given(options={"projects": ["gh/acme/site"]}, http=answers({}))
TestStandard = standard_tests(PLUGIN, data=GIVEN, nothing=NOTHING)


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


def builds(known: Any, **options: Any) -> list[dict[str, Any]]:
    """The records that the provider gives, newest first."""
    given = Given(options={"projects": ["gh/acme/site"], **options}, http=known)
    return run_provider(PLUGIN, given)["builds"]


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (["success", "success"], "success"),
        (["success", "not_run"], "success"),
        (["not_run"], "not_run"),
        (["success", "failed"], "failed"),
        (["running", "failed"], "failed"),
        (["failing"], "failing"),
        (["running", "on_hold"], "running"),
        (["success", "on_hold"], "on_hold"),
        (["success", "canceled"], "canceled"),
        (["error", "failed"], "error"),
        (["unauthorized", "success"], "unauthorized"),
        (["something new"], "something new"),
    ],
)
def test_a_pipelines_state_is_that_of_its_workflows(statuses: list[str], state: str) -> None:
    """A pipeline has no success or failure of its own: the workflow that says most decides."""
    workflows = [workflow(1, status, name=f"w{index}") for index, status in enumerate(statuses)]
    [one] = builds(answers({1: (pipeline(1), workflows)}))
    assert one["state"] == state


@pytest.mark.parametrize(
    ("changes", "workflows", "state"),
    [
        ({"state": "errored", "errors": [{"type": "config", "message": "no such job"}]}, [], "errored"),
        ({"state": "setup-pending"}, [], "setup-pending"),
        ({"state": "pending"}, [], "pending"),
        ({"state": "created"}, [], "skipped"),
        ({"state": "created", "created_at": "2026-01-15T07:59:00Z"}, [], "created"),
        ({"state": "setup"}, [workflow(1, "success", name="setup")], "setup"),
        ({"state": "created"}, [workflow(1, "success", name="setup"), workflow(1, "running")], "running"),
    ],
)
def test_pipelines_that_are_set_up_or_have_no_workflows(changes: dict[str, Any], workflows: list[Any], state: str) -> None:
    """A setup pipeline goes on after its setup workflow; one without workflows is waiting, wrong, or has none to run."""
    [one] = builds(answers({1: (pipeline(1, **changes), workflows)}))
    assert one["state"] == state


def test_a_workflow_that_was_run_again_counts_by_its_newest() -> None:
    """The newest workflow of a name decides, and the pipeline shows as flaky at its second attempt."""
    known = answers({1: (pipeline(1), [workflow(1, "failed"), workflow(1, "success", again=1)])})
    [one] = builds(known)
    assert (one["state"], one["attempt"], len(one["workflows"])) == ("success", 2, 1)
    page = build_plugin(PLUGIN, Given(options={"projects": ["gh/acme/site"]}, http=known)).page("/circleci/gh/acme/site/1/")
    assert "It passed at attempt 2 of the same commit." in page


def test_approvals_have_no_number_and_no_log() -> None:
    """An approval job waits for a person: no log, no time, and its pipeline needs approval."""
    jobs = {
        "w1-build-0": [
            job("test"),
            job("hold", "on_hold", type="approval", job_number=None, stopped_at=None),
            job("ship", "blocked"),
        ]
    }
    known = answers({1: (pipeline(1), [workflow(1, "on_hold")])}, jobs)
    page = build_plugin(PLUGIN, Given(options={"projects": ["gh/acme/site"]}, http=known)).page("/circleci/gh/acme/site/1/")
    assert "needs approval" in page
    assert "waits for an approval" in page
    assert "waits for other jobs" in page
    assert page.count("Log<span") == 2
    assert "https://app.circleci.com/pipelines/github/acme/site/1/workflows/w1-build-0/jobs/7/artifacts" in page


def test_missing_values_are_left_out() -> None:
    """No vcs, no commit, no actor, no number, and a tag in place of a branch: the record says what it can."""
    runs = {
        1: (pipeline(1, vcs=None, trigger=None, number=None), [workflow(1)]),
        2: (pipeline(2, vcs={"tag": "v2", "commit": None, "revision": "abc"}), [workflow(2)]),
    }
    second, first = builds(answers(runs))
    assert (first["branch"], first["number"], first["author"], first["path"]) == ("", "", "", "gh/acme/site/p1")
    assert (second["branch"], second["title"], second["commit_url"]) == ("v2", "", "")


@pytest.mark.parametrize("made_up", ["25", -9007199254740991, 0, None, True, "x", 1e300, [1]])
def test_numbers_that_a_mock_makes_up(made_up: Any) -> None:
    """Whatever stands for a number, a page is made for the pipeline and for its job."""
    jobs = {"w1-build-0": [job("test", job_number=made_up)]}
    known = answers({1: (pipeline(1, number=made_up), [workflow(1)])}, jobs)
    built = build_plugin(PLUGIN, Given(options={"projects": ["gh/acme/site"]}, http=known))
    assert built.report.errors == ()
    assert f"/circleci/gh/acme/site/{'25' if made_up == '25' else 'p1'}/" in built.pages


def test_page_tokens_that_never_end() -> None:
    """A token that leads to the same page again is followed once."""
    known = answers(RUNS)
    known[f"{SITE}/pipeline"]["next_page_token"] = "string"
    known[f"{SITE}/pipeline?page-token=string"] = known[f"{SITE}/pipeline"]
    counted = Counted(known)
    assert len(builds(counted)) == 6
    assert [url for url, _ in counted.asked if "page-token" in url] == [f"{SITE}/pipeline?page-token=string"]


def test_the_second_page_is_asked_for() -> None:
    """A list goes on behind its token, until there are as many as `limit` says."""
    known = answers(RUNS)
    items = known[f"{SITE}/pipeline"]["items"]
    known[f"{SITE}/pipeline"] = {"items": items[:3], "next_page_token": "a+b/c="}
    known[f"{SITE}/pipeline?page-token=a%2Bb%2Fc%3D"] = {"items": items[3:], "next_page_token": None}
    assert [one["number"] for one in builds(known)] == ["6", "5", "4", "3", "2", "1"]
    assert [one["number"] for one in builds(known, limit=2)] == ["6", "5"]


@pytest.mark.parametrize("slug", ["github/acme/site", "gh/acme/site", " gh/acme/site "])
def test_a_slug_as_annotations_write_it(slug: str) -> None:
    """Backstage's annotation holds `github/…` or `gh/…`: both ask for the same project, and the entity's tab shows it."""
    entity = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": "site", "annotations": {"circleci.com/project-slug": slug}},
        "spec": {"type": "website", "lifecycle": "production", "owner": "team"},
    }
    mounts = [{"plugin": "catalog", "options": {"locations": [{"type": "file", "target": "catalog-info.yaml"}]}}]
    given = Given(http=answers(RUNS), mounts=mounts, files={"catalog-info.yaml": json.dumps(entity)})
    built = build_plugin(PLUGIN, given)
    tab = built.page("/catalog/default/component/site/builds/")
    assert "Last 6 runs on main: 5 passed, 1 failed" in tab
    assert "83% passed" in built.page("/catalog/default/component/site/")


def test_no_project_and_unknown_projects() -> None:
    """What is no slug, and what CircleCI does not know, is said once each; the other projects are shown."""
    known = {**answers(RUNS), f"{API}/project/bb%2Facme%2Fgone/pipeline": (404, {"message": "Project not found"})}
    given = Given(options={"projects": ["gh/acme/site", "acme/site", "bitbucket/acme/gone"]}, http=known)
    built = build_plugin(PLUGIN, given)
    assert "/circleci/gh/acme/site/6/" in built.pages
    assert sorted(problem.code for problem in built.report.problems) == ["circleci/no-slug", "circleci/unknown-project"]


def test_without_a_token_the_mend_is_said() -> None:
    """401 for all projects fails the provider, with what to do."""
    known = {f"{SITE}/pipeline": (401, {"message": "You must log in first."})}
    page = build_plugin(PLUGIN, Given(options={"projects": ["gh/acme/site"]}, http=known)).page("/circleci/")
    assert "401" in page
    assert "CIRCLECI_TOKEN" in page


def test_the_token_is_sent_as_circle_token_and_published_nowhere() -> None:
    """The personal token is in one header of every request, and in no file."""
    counted = Counted(answers(RUNS))
    given = Given(options={"projects": ["gh/acme/site"], "token": "cci_secretsecret"}, http=counted)
    built = build_plugin(PLUGIN, given)
    assert {headers.get("circle-token") for _, headers in counted.asked} == {"cci_secretsecret"}
    assert not any(b"cci_secretsecret" in path.read_bytes() for path in built.output.rglob("*") if path.is_file())


def test_what_is_final_is_asked_for_once() -> None:
    """A second build a day later asks for the list, and for pipelines that went on; not for those that had ended."""
    runs = {**RUNS, 7: (pipeline(7), [workflow(7, "running")])}
    built = build_plugin(PLUGIN, Given(options={"projects": ["gh/acme/site"]}, http=answers(runs)))
    done = {**runs, 7: (pipeline(7, updated_at="2026-01-16T00:00:00Z"), [workflow(7)])}
    counted = Counted(answers(done))
    later = rebuild(built, http=counted, now=NOW + timedelta(days=2))
    assert sorted(url.removeprefix(API) for url, _ in counted.asked) == [
        "/pipeline/p7/workflow",
        "/project/gh%2Facme%2Fsite",
        "/project/gh%2Facme%2Fsite/pipeline",
        "/workflow/w7-build-0/job",
    ]
    assert "6 passed" in later.page("/circleci/gh/acme/site/")


def test_requests_are_counted() -> None:
    """A build asks as often as `requests` says; the next one asks for what was left."""
    counted = Counted(answers(RUNS))
    given = Given(options={"projects": ["gh/acme/site"], "requests": 8, "jobs": 0}, http=counted)
    built = build_plugin(PLUGIN, given)
    assert len(counted.asked) == 8
    assert built.report.errors == ()
    first = len(built.pages)
    later = rebuild(built, http=Counted(answers(RUNS)), now=NOW + timedelta(minutes=20))
    assert len(later.pages) > first


@pytest.mark.parametrize("org", ["gh/acme", "github/acme"])
def test_projects_of_an_organisation(org: str) -> None:
    """With `org`, every project that ran lately is shown."""
    known = {**answers(RUNS), f"{API}/pipeline?org-slug=gh%2Facme": {"items": [pipeline(6)], "next_page_token": None}}
    built = build_plugin(PLUGIN, Given(options={"org": org}, http=known))
    assert "/circleci/gh/acme/site/" in built.pages


class Watched(Counted):
    """Recorded answers of a slow service, and how many it was asked for at once."""

    def __init__(self, known: Any) -> None:
        super().__init__(known)
        self.most, self._now, self._lock = 0, 0, threading.Lock()

    def send(self, request: Request) -> Response:
        """The recorded answer, a little later."""
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.01)
        with self._lock:
            self._now -= 1
        return super().send(request)


def test_four_at_once() -> None:
    """However many pipelines there are, four requests run at one time."""
    watched = Watched(answers({n: (pipeline(n), [workflow(n)]) for n in range(1, 25)}))
    assert len(builds(watched)) == 24
    assert watched.most == 4


def test_live_addresses_stand_where_the_site_has_a_proxy() -> None:
    """With `proxy: {live: true}` the state of a project has its live answer's address; without, nothing asks."""
    text = "site: {title: Test}\nplugins: [{plugin: circleci, options: {projects: [gh/acme/site]}}]\ncontent: false\n"
    address = 'data-live="/api/live/circleci/latest/gh/acme/site"'
    for more, there in (("proxy: {live: true}\n", True), ("", False)):
        built = build_plugin(PLUGIN, Given(http=answers(RUNS), files={"site.yaml": text + more}))
        for path in ("/circleci/", "/circleci/gh/acme/site/"):
            assert (address in built.page(path), "data-live-time" in built.page(path)) == (there, there)


def test_flaky_tests_of_insights() -> None:
    """With `insights`, flaky tests have a page; a token that may not see them costs nothing else."""
    found = {
        "flaky-tests": [{"test-name": "adds up", "file": "sum_test.py", "job-name": "test", "times-flaked": 3}],
        "total-flaky-tests": 1,
    }
    known = {**answers(RUNS), f"{API}/insights/gh%2Facme%2Fsite/flaky-tests": found}
    options = {"projects": ["gh/acme/site"], "insights": True}
    assert "adds up" in build_plugin(PLUGIN, Given(options=options, http=known)).page("/circleci/flaky-tests/")
    refused = {**answers(RUNS), f"{API}/insights/gh%2Facme%2Fsite/flaky-tests": (403, {"message": "Permission denied"})}
    built = build_plugin(PLUGIN, Given(options=options, http=refused))
    assert (built.report.errors, "/circleci/gh/acme/site/6/" in built.pages) == ((), True)


def test_hostile_texts() -> None:
    """Branches, commits and people with markup, control characters and great length are texts on one line."""
    vcs = {
        "branch": '<img src=x onerror=alert(1)>"\u202e\x07' + "x" * 5000,
        "revision": "../../etc",
        "commit": {"subject": "<script>\u202e"},
    }
    known = answers({1: (pipeline(1, vcs=vcs, trigger={"actor": {"login": "</td><b>"}}), [workflow(1)])})
    built = build_plugin(PLUGIN, Given(options={"projects": ["gh/acme/site"]}, http=known))
    for path in ("/circleci/gh/acme/site/", "/circleci/gh/acme/site/1/", "/circleci/"):
        page = built.page(path)
        assert "<img src=x" not in page
        assert "<script>" not in page.replace('<script>"', "")
        assert "\u202e" not in page
        assert len(page) < 30_000


def test_the_live_answer_is_the_newest_pipeline_of_the_main_branch() -> None:
    """Open pages are told state, number and start of the newest pipeline on the main branch."""
    known = answers({1: (pipeline(1), [workflow(1, "running")])})
    known[f"{SITE}/pipeline?branch=main"] = known[f"{SITE}/pipeline"]
    latest = _loaded("live:latest")
    call = LiveCall({"vcs": "github", "org": "acme", "repo": "site"}, {}, _options(), _Asking(known))
    assert latest(call) == {"state": "running", "number": 1, "started": known[f"{SITE}/pipeline"]["items"][0]["created_at"]}
    with pytest.raises(FetchError, match="no such project"):
        latest(call._replace(parameters={"vcs": "ftp", "org": "..", "repo": "x"}))


RECORDED = PLUGIN.parents[1].parent / "shared" / "data" / "services" / "circleci" / "spec-examples"


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not here")
def test_recorded_shapes() -> None:
    """What a mock of CircleCI's own description answers, with its placeholders, is shown as a pipeline."""
    said = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in RECORDED.glob("*.json")}
    base = f"{API}/project/gh%2FCircleCI-Public%2Fapi-preview-docs"
    one, two = said["pipelines"]["items"][0], said["pipeline-workflows"]["items"][0]
    known: dict[str, Any] = {
        base: said["project"],
        f"{base}/pipeline": said["pipelines"],
        f"{base}/pipeline?page-token=string": said["pipelines"],
        f"{API}/insights/gh%2FCircleCI-Public%2Fapi-preview-docs/flaky-tests": said["flaky"],
    }
    for address, answer in (
        (f"{API}/pipeline/{one['id']}/workflow", "pipeline-workflows"),
        (f"{API}/workflow/{two['id']}/job", "workflow-jobs"),
    ):
        known |= {address: said[answer], f"{address}?page-token=string": said[answer]}
    options = {"projects": ["github/CircleCI-Public/api-preview-docs"], "insights": True}
    built = build_plugin(PLUGIN, Given(options=options, http=known), now=datetime(2026, 1, 15, tzinfo=UTC))
    assert built.problems == ()
    page = built.page("/circleci/gh/circleci-public/api-preview-docs/25/")
    assert "feature/design-new-api" in page
    assert "9007199254740991" not in page
    assert "string" in built.page("/circleci/flaky-tests/")


class _Asking:
    """The client of a live call, over recorded answers."""

    def __init__(self, known: Any) -> None:
        self._known = known

    def json(self, url: str, *, accept: Any = None, **_: Any) -> Any:
        return Answer(accept(self._known[url]), Origin("live", "http", "circleci.com"), {})


def _options() -> Any:
    return SimpleNamespace(api=API, token=None, branch=None)


def _loaded(reference: str) -> Any:
    """A function of the plugin's code, loaded as a mount loads it."""
    plugins, _ = discovered(PLUGIN, GIVEN)
    return next(plugin for plugin in plugins if plugin.name == "circleci").load(reference)
