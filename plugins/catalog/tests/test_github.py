"""GitHub's repositories, played by a real service on this machine with recorded answers: all pages, filters, ETags, limits, tokens."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callboard import build
from callboard.data.asking.client import Client
from callboard.data.cache import MemoryCache
from callboard.model.dataset import State
from callboard.plugin import FetchError
from callboard.testing import Given, build_plugin

HEAD = "apiVersion: backstage.io/v1alpha1\n"
GROUP = {"rules": [{"allow": ["Component", "Location", "Group", "API"]}]}


def component(name: str, more: str = "") -> str:
    return (
        f"{HEAD}kind: Component\nmetadata: {{name: {name}}}\nspec: {{type: service, lifecycle: production, owner: team{more}}}\n"
    )


def hub(service, token: str = "", **spec) -> dict:
    """Options that read the organisation acme from a GitHub which is the service."""
    said = {"host": service.host, "apiBaseUrl": f"{service.url}/api", "rawBaseUrl": f"{service.url}/raw"}
    integration = said | ({"token": token} if token else {})
    return {
        "integrations": {"github": [integration]},
        "providers": {"github": {"main": {"organization": "acme", "host": service.host, **spec}}},
    }


FIRST, SECOND = "/api/orgs/acme/repos?per_page=100&sort=full_name", "/api/organizations/7/repos?page=2"


def listed(service, pushed: str = "2017-10-10T16:00:00Z") -> None:
    """The two pages of repositories; ``pushed`` is when somebody last did something in each."""
    for number, path, link in (
        (1, FIRST, '<{url}/api/organizations/7/repos?page=2>; rel="next", <{url}/api/organizations/7/repos?page=2>; rel="last"'),
        (
            2,
            SECOND,
            '<{url}/api/organizations/7/repos?page=1>; rel="prev", <{url}/api/organizations/7/repos?page=1>; rel="first"',
        ),
    ):
        text = (Path(__file__).parent / f"recorded/github/repos.{number}.json").read_text(encoding="utf-8")
        service.on(path, [{**item, "pushed_at": pushed} for item in json.loads(text)], link=link)


@pytest.fixture
def acme(service):
    """An organisation of six repositories on two pages; four have a descriptor."""
    listed(service)
    for name in ("billing", "checkout", "legacy", "vault"):
        service.on(f"/raw/acme/{name}/main/catalog-info.yaml", component(name))
    return service


def test_all_repositories(acme, online):
    """Every page is read; archived ones are left out, and one without a descriptor is no problem. Nothing but GitHub's own is asked."""
    found = online(hub(acme))
    assert found.refs == ["component:default/billing", "component:default/checkout", "component:default/vault"]
    assert found.texts == [], "a dangling owner is the graph's to say"
    assert acme.paths() == [
        "/api/organizations/7/repos?page=2",
        "/api/orgs/acme/repos?per_page=100&sort=full_name",
        *(f"/raw/acme/{name}/main/catalog-info.yaml" for name in ("billing", "checkout", "docs-site", "upstream", "vault")),
    ]
    annotations = found.entities["component:default/billing"].data["metadata"]["annotations"]
    page = f"https://{acme.host}/acme/billing/blob/main/catalog-info.yaml"
    assert (
        annotations["backstage.io/managed-by-location"] == annotations["backstage.io/managed-by-origin-location"] == f"url:{page}"
    )
    assert annotations["backstage.io/source-location"] == f"url:https://{acme.host}/acme/billing/tree/main/"
    assert annotations["github.com/project-slug"] == "acme/billing"
    [origin] = found.dataset.origins
    assert (origin.name, origin.label, origin.href, origin.state, origin.as_of) == (
        "github.main",
        acme.host,
        f"https://{acme.host}/acme",
        State.OK,
        datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, "billing checkout vault"),
        ({"allowArchived": True}, "billing checkout legacy vault"),
        ({"repository": "c.*"}, "checkout"),
        ({"repository": "ill"}, ""),
        ({"topic": "payments"}, "billing"),
        ({"topic": {"include": ["portal"], "exclude": ["hidden"]}}, "billing checkout"),
        ({"topic": {"exclude": ["portal"]}}, ""),
        ({"visibility": ["private", "internal"]}, "checkout vault"),
        ({"visibility": ["public"]}, "billing"),
        ({"branch": "next"}, ""),
    ],
)
def test_filters(acme, online, filters: dict, names: str):
    """They are Backstage's: the whole name, topics with exclusion first, visibility, archived, branch."""
    found = online(hub(acme, filters=filters))
    assert found.refs == [f"component:default/{name}" for name in names.split()]


def test_forks(acme, online):
    """Forks are read unless they are filtered out."""
    acme.on("/raw/acme/upstream/main/catalog-info.yaml", component("upstream"))
    assert "component:default/upstream" in online(hub(acme)).refs
    assert "component:default/upstream" not in online(hub(acme, filters={"allowForks": False})).refs


def test_a_glob(acme, online):
    """A path with wildcards is looked up in each repository's tree; hidden folders are not searched, as in Backstage."""
    acme.on("/api/repos/acme/billing/git/trees/main?recursive=1", Path("github/tree.billing.json"))
    acme.on("/api/repos/acme/checkout/git/trees/main?recursive=1", 409)
    for name in ("api", "worker"):
        acme.on(f"/raw/acme/billing/main/services/{name}/catalog-info.yaml", component(f"billing-{name}"))
    found = online(hub(acme, catalogPath="/**/catalog-info.yaml"))
    assert found.refs == [f"component:default/billing{name}" for name in ("", "-api", "-worker")]
    assert found.texts == []
    assert "/raw/acme/billing/main/.github/catalog-info.yaml" not in acme.paths()
    page = found.entities["component:default/billing-api"].data["metadata"]["annotations"]["backstage.io/view-url"]
    assert page == f"https://{acme.host}/acme/billing/blob/main/services/api/catalog-info.yaml"
    acme.on("/api/repos/acme/vault/git/trees/main?recursive=1", {"tree": [], "truncated": True})
    [told] = online(hub(acme, catalogPath="/**/catalog-info.yaml"), refresh="*").texts
    assert "the files of acme/vault cannot be listed: it has so many files that GitHub lists only some of them." in told


def test_what_a_descriptor_leads_to(acme, online):
    """Relative targets, placeholders and rules work as for any address; another kind is left out until the rules allow it."""
    acme.on(
        "/raw/acme/billing/main/catalog-info.yaml",
        f"{HEAD}kind: Location\nmetadata: {{name: all}}\nspec: {{targets: [./more/api.yaml, ./org.yaml]}}\n",
    )
    acme.on(
        "/raw/acme/billing/main/more/api.yaml",
        f"{HEAD}kind: API\nmetadata: {{name: pay}}\nspec: {{type: openapi, lifecycle: x, owner: team, definition: {{$text: ./o.yaml}}}}\n",
    )
    acme.on("/raw/acme/billing/main/more/o.yaml", "openapi: 3.1.0")
    acme.on(
        "/raw/acme/billing/main/org.yaml", f"{HEAD}kind: Group\nmetadata: {{name: team}}\nspec: {{type: team, children: []}}\n"
    )
    found = online(hub(acme))
    assert found.entities["api:default/pay"].spec["definition"] == "openapi: 3.1.0"
    [told] = found.texts
    assert "providers.github.main" in told
    assert told.endswith("[catalog/not-allowed]")
    assert "group:default/team" in online(hub(acme) | GROUP).refs


def test_a_user_instead_of_an_organisation(acme, online):
    """An account that is no organisation is a user."""
    acme.on("/api/users/alice/repos?per_page=30&sort=full_name", Path("github/repos.1.json"))
    found = online(hub(acme, organization="alice", pageSizes={"repositories": 30}))
    assert found.refs == ["component:default/billing", "component:default/checkout"]


def test_unchanged_answers_cost_nothing(acme, online):
    """The second build asks whether anything changed: 304 to every question, which does not count against GitHub's limit."""
    listed(acme, "2026-01-01T00:00:00Z")
    online(hub(acme))
    acme.paths()
    again = online(hub(acme))
    assert again.refs == ["component:default/billing", "component:default/checkout", "component:default/vault"]
    assert {asked.status for asked in acme.asked if "docs-site" not in asked.path and "upstream" not in asked.path} == {304}
    assert {run.outcome for run in again.runs} == {"revalidated", "fetched"}
    acme.paths()
    online(hub(acme, schedule={"frequency": {"hours": 5}, "timeout": {"minutes": 1}}))
    assert acme.paths() == [], "the schedule's frequency is how long answers are fresh"


def test_only_what_was_pushed_is_asked_for(acme, online):
    """While GitHub's list says that nothing was pushed, no file is asked for, there or not; at the latest after a day each is."""
    online(hub(acme))
    acme.paths()
    again = online(hub(acme))
    assert (len(again.refs), acme.paths()) == (3, sorted([FIRST, SECOND]))
    assert again.dataset.origins[0].as_of == datetime(2026, 1, 1, 1, tzinfo=UTC), "the list vouches for the files"
    items = json.loads(acme.answers[FIRST][1])
    items[0]["pushed_at"] = "2026-01-01T01:30:00Z"
    acme.on(FIRST, items, link=acme.answers[FIRST][2]["link"])
    online(hub(acme))
    assert acme.paths() == sorted([FIRST, SECOND, "/raw/acme/billing/main/catalog-info.yaml"])
    online(hub(acme), now=datetime(2026, 1, 2, 2, tzinfo=UTC))
    assert len(acme.paths()) == 7
    for amiss in ("soon", 5, None):
        acme.on(FIRST, [{**item, "pushed_at": amiss} for item in items])
        assert len(online(hub(acme)).refs) == 2


def test_one_connection_is_enough(service, transport):
    """Answers whose body nobody looks at leave their connection open for the next question."""
    report, now = (lambda run: None), datetime(2026, 1, 1, tzinfo=UTC)
    said = {"hosts": frozenset({service.host}), "now": now, "ttl": 0.0, "stale": 0.0, "report": report}
    client = Client(transport, MemoryCache(), namespace="c", mount="c", **said)
    assert [client.text(f"{service.url}/{number}", absent=True).value for number in range(5)] == [None] * 5
    assert service.connections == 1


def test_what_has_no_effect_is_said(acme, online):
    """Keys of Backstage that mean nothing to a build are accepted, and a line of the log names them."""
    schedule = {"frequency": {"cron": "0 * * * *"}, "timeout": "PT3M", "initialDelay": {"seconds": 15}, "scope": "global"}
    found = online(hub(acme, schedule=schedule, validateLocationsExist=True))
    assert found.log == [
        "providers.github.main: no effect on a build has: frequency, timeout, initialDelay, scope, validateLocationsExist."
    ]


def test_the_token_goes_to_the_api_only(acme, online):
    """With a token files come from the API, and the raw host is not even asked; the token is in no answer of the cache."""
    for name in ("billing", "checkout", "vault"):
        acme.on(f"/api/repos/acme/{name}/contents/catalog-info.yaml?ref=main", component(name))
    found = online(hub(acme, token="s3cret-token"))
    assert found.refs == ["component:default/billing", "component:default/checkout", "component:default/vault"]
    assert {asked.headers.get("authorization") for asked in acme.asked} == {"token s3cret-token"}
    assert not [path for path in acme.paths() if path.startswith("/raw/")]
    assert "s3cret" not in repr(vars(online.cache)) + repr(found.dataset.problems) + repr(found.runs)


def test_the_token_of_one_host_reaches_no_other(acme, online):
    """A next page elsewhere is refused, and a location at another host is asked without the token."""
    port = acme.host.rpartition(":")[2]
    acme.on("/api/orgs/acme/repos?per_page=100&sort=full_name", [], link=f'<http://localhost:{port}/x>; rel="next"')
    acme.on("/plain.yaml", component("plain"))
    options = hub(acme, token="s3cret-token") | {"locations": [{"type": "url", "target": f"http://localhost:{port}/plain.yaml"}]}
    found = online(options)
    assert found.refs == ["component:default/plain"]
    assert [(asked.path, asked.headers.get("authorization")) for asked in acme.asked] == [
        ("/plain.yaml", None),
        ("/api/orgs/acme/repos?per_page=100&sort=full_name", "token s3cret-token"),
    ]
    [told] = found.texts
    assert "names a next page on another host" in told


def test_half_a_list_is_none(acme, online):
    """If a page of the list fails and none was kept, what the provider gives is missing as a whole, and other sources are shown."""
    acme.on("/api/organizations/7/repos?page=2", 502)
    local = {"locations": [{"type": "file", "target": "c.yaml"}]}
    found = online(hub(acme) | local, files={"c.yaml": component("local")})
    assert found.refs == ["component:default/local"]
    assert [(origin.name, origin.state) for origin in found.dataset.origins] == [
        ("c.yaml", State.OK),
        ("github.main", State.FAILED),
    ]
    [told] = found.texts
    assert told.startswith("site.yaml:3:1  warning: providers.github.main: what github.main gives is missing: 127.0.0.1")
    assert told.endswith("[catalog/service-failed]")
    with pytest.raises(FetchError, match="502 Bad Gateway"):  # nothing else to show: the mount's pages say why
        online(hub(acme))


def test_the_last_good_list(acme, online):
    """With a list of before, all of the provider is shown, and it says how old it is."""
    listed(acme, "2026-01-01T00:00:00Z")
    online(hub(acme))
    acme.on("/api/organizations/7/repos?page=2", 502)
    acme.on("/raw/acme/checkout/main/catalog-info.yaml", 500)
    found = online(hub(acme))
    assert found.refs == ["component:default/billing", "component:default/checkout", "component:default/vault"]
    [origin] = found.dataset.origins
    assert (origin.state, origin.as_of) == (State.STALE, datetime(2026, 1, 1, tzinfo=UTC))
    assert found.texts == []


def test_one_descriptor_that_fails(acme, online):
    """It costs itself: one warning for all that fail for the same reason."""
    for name in ("billing", "vault"):
        acme.on(f"/raw/acme/{name}/main/catalog-info.yaml", 403)
    found = online(hub(acme))
    assert found.refs == ["component:default/checkout"]
    [told] = found.texts
    page = f"https://{acme.host}/acme/billing/blob/main/catalog-info.yaml"
    assert f'providers.github.main: "{page}" and 1 more cannot be read: {acme.host} answered 403 Forbidden' in told
    assert told.endswith("[catalog/missing-target]")


def test_a_descriptor_that_was_deleted(acme, online):
    """It is gone at once, not after the days for which old answers are kept."""
    assert "component:default/vault" in online(hub(acme)).refs
    del acme.answers["/raw/acme/vault/main/catalog-info.yaml"]
    listed(acme, "2026-01-01T00:30:00Z")
    gone = online(hub(acme))
    assert (gone.refs, gone.texts) == (["component:default/billing", "component:default/checkout"], [])


def test_a_limit_that_is_used_up(acme, online):
    """GitHub says when its limit is reset: what was read before is shown until then, and the rest is not asked in vain."""
    online(hub(acme))
    acme.paths()
    reset = datetime(2026, 1, 1, 1, 40, tzinfo=UTC)
    limit = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(reset.timestamp()))}
    limit["date"] = "Thu, 01 Jan 2026 01:00:00 GMT"
    acme.answers = {path: (403, b"{}", {name.replace("_", "-"): text for name, text in limit.items()}) for path in acme.answers}
    found = online(hub(acme))
    assert len(found.refs) == 3
    [origin] = found.dataset.origins
    assert origin.state is State.STALE
    assert {run.origin.error for run in found.runs} - {""} == {"403 Forbidden: its limit is used up until 2026-01-01 01:40 UTC"}
    assert len(acme.paths()) == 1


def test_check_asks_nothing(acme, online):
    """``callboard check`` reports no entity as missing that only a service has."""
    found = online(hub(acme), asks=False)
    assert (found.refs, found.texts, acme.paths()) == ([], [], [])
    assert found.dataset.origins[0].state is State.SKIPPED


def test_a_site(acme, tmp_path):
    """site.yaml alone: built twice against the service, the pages are there, and the second build is told 304."""
    site = tmp_path / "site"
    site.mkdir()
    options = hub(acme, token="${HUB_TOKEN}")
    for name in ("billing", "checkout", "vault"):
        acme.on(
            f"/api/repos/acme/{name}/contents/catalog-info.yaml?ref=main", component(name, ", dependsOn: ['component:checkout']")
        )
    mounts = [{"plugin": "catalog", "options": options}]
    (site / "site.yaml").write_text(
        json.dumps({"site": {"title": "Acme"}, "plugins": mounts, "content": False}), encoding="utf-8"
    )
    effects, start = build.effects(environ={}), datetime.now(UTC)
    for hours in (0, 2):
        acme.asked.clear()
        now = start + timedelta(hours=hours)
        settings = build.Settings(output=tmp_path / "public", jobs=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HUB_TOKEN", "s3cret-token")
            report = build.build(site, settings, replace(effects, clock=lambda now=now: now))
        assert report.errors == ()
    effects.http.close()
    page = (tmp_path / "public/catalog/default/component/billing/index.html").read_text(encoding="utf-8")
    assert "checkout" in page
    assert f"https://{acme.host}/acme/billing" in page
    assert {asked.status for asked in acme.asked} == {304}
    assert [run.origin.name for run in report.sources] == ["github.main"]
    kept = b"".join(file.read_bytes() for file in (site / ".callboard").rglob("*") if file.is_file())
    assert b"s3cret" not in kept
    assert b"s3cret" not in b"".join(file.read_bytes() for file in (tmp_path / "public").rglob("*") if file.is_file())


def test_a_site_whose_service_fails(service, transport):
    """One warning says what is missing; the rest of the catalog is there, and its pages say what failed."""
    options = hub(service) | {"locations": [{"type": "file", "target": "c.yaml"}]}
    built = build_plugin(
        Path(__file__).parents[1], Given(options, {"c.yaml": component("local")}, transport), now=datetime.now(UTC)
    )
    assert [text for text in built.problems if "dangling" not in text] == [
        "site.yaml:18:5  warning: providers.github.main: what github.main gives is missing: "
        f"{service.host} answered 404 Not Found; nothing was kept from before. [catalog/service-failed]"
    ]
    assert "failed" in built.page("/catalog/")
    assert "/catalog/default/component/local/" in built.pages
    assert [(run.origin.name, run.outcome) for run in built.report.sources] == [("github.main", "failed"), ("c.yaml", "read")]
