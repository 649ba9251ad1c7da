"""Projects of a GitLab group, played by a real service on this machine: all pages, filters, branches, tokens."""

from pathlib import Path

import pytest

from callboard.model.dataset import State

LIST = "/api/v4/groups/acme/projects?per_page=100&order_by=path&sort=asc&include_subgroups=true&archived=false"


def component(name: str) -> str:
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n"
        "spec: {type: service, lifecycle: production, owner: team}\n"
    )


def file(slug: str, branch: str = "main", name: str = "catalog-info.yaml") -> str:
    return f"/api/v4/projects/{slug.replace('/', '%2F')}/repository/files/{name}/raw?ref={branch}"


def lab(service, token: str = "", **spec) -> dict:
    """Options that read the group acme from a GitLab which is the service."""
    integration = {"host": service.host, "apiBaseUrl": f"{service.url}/api/v4"} | ({"token": token} if token else {})
    return {
        "integrations": {"gitlab": [integration]},
        "providers": {"gitlab": {"main": {"host": service.host, "group": "acme", **spec}}},
    }


@pytest.fixture
def acme(service):
    """Six projects on two pages; five have a descriptor."""
    for more in ("&simple=true", ""):
        first, second = f"{LIST}{more}", f"/api/v4/groups/acme/projects?page=2{more}"
        service.on(first, Path("gitlab/projects.1.json"), link=f'<{{url}}{second}>; rel="next", <{{url}}{first}>; rel="first"')
        service.on(second, Path("gitlab/projects.2.json"), link=f'<{{url}}{first}>; rel="first"', x_next_page="")
    service.on(file("acme/billing"), component("billing"))
    service.on(file("acme/edge/proxy", "master"), component("proxy"))
    service.on(file("acme/tool"), component("tool"))
    service.on(file("acme/sandbox/play"), component("play"))
    service.on(file("shared/thing"), component("thing"))
    return service


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ({}, "billing play proxy tool"),
        ({"skipForkedRepos": True}, "billing play proxy"),
        ({"excludeRepos": ["acme/billing"]}, "play proxy tool"),
        ({"excludeGroups": ["acme/sandbox", "acme/edge"]}, "billing tool"),
        ({"projectPattern": "edge/"}, "proxy"),
        ({"branch": "next"}, ""),
        ({"fallbackBranch": "trunk"}, "billing play tool"),
        ({"entityFilename": "portal.yaml"}, ""),
    ],
)
def test_projects(acme, online, spec: dict, names: str):
    """All pages and subgroups; not what another group shares; a project without a descriptor is no problem."""
    found = online(lab(acme, **spec))
    assert (found.refs, found.texts) == ([f"component:default/{name}" for name in names.split()], [])


def test_where_it_came_from(acme, online):
    """Entities lead to the project's own pages, and the provider says how old its answers are."""
    found = online(lab(acme))
    annotations = found.entities["component:default/proxy"].data["metadata"]["annotations"]
    page = f"https://{acme.host}/acme/edge/proxy/-/blob/master/catalog-info.yaml"
    assert annotations["backstage.io/managed-by-location"] == f"url:{page}"
    assert annotations["backstage.io/edit-url"] == page.replace("/blob/", "/edit/")
    assert annotations["gitlab.com/project-slug"] == "acme/edge/proxy"
    [origin] = found.dataset.origins
    assert (origin.name, origin.label, origin.href, origin.state) == (
        "gitlab.main",
        acme.host,
        f"https://{acme.host}/acme",
        State.OK,
    )


def test_pages_by_number(acme, online):
    """A GitLab that names no next page says its number."""
    acme.on(f"{LIST}&simple=true", Path("gitlab/projects.1.json"), x_next_page="2")
    acme.on(f"{LIST}&simple=true&page=2", Path("gitlab/projects.2.json"), x_next_page="")
    assert len(online(lab(acme)).refs) == 4


def test_what_is_asked_for(acme, online):
    """Archived projects, topics and membership are GitLab's to filter; the token is shown to it alone, under its own name."""
    acme.on("/api/v4/groups/acme/projects", [])
    spec = {"includeArchivedRepos": True, "topics": ["portal", "live"], "membership": True, "skipForkedRepos": True}
    online(lab(acme, token="s3cret-token", **spec))
    [asked] = acme.asked
    assert asked.path == (
        "/api/v4/groups/acme/projects?per_page=100&order_by=path&sort=asc&include_subgroups=true&membership=true&topic=portal%2Clive"
    )
    assert (asked.headers["private-token"], "authorization" in asked.headers) == ("s3cret-token", False)


def test_groups_by_a_pattern(acme, online):
    """The groups whose paths fit are listed, and each project is read once."""
    acme.on("/api/v4/groups?per_page=100", Path("gitlab/groups.json"))
    acme.on(f"{LIST.replace('/acme/', '/acme%2Fedge/')}&simple=true", Path("gitlab/projects.1.json"))
    found = online(lab(acme, group="", groupPattern=["^acme"]))
    assert found.refs == [f"component:default/{name}" for name in ("billing", "play", "proxy", "thing", "tool")]
    assert [path for path in acme.paths() if "billing" in path] == [file("acme/billing")]


def test_a_whole_gitlab(acme, online):
    """Without a group all projects that may be seen are listed."""
    acme.on("/api/v4/projects?per_page=100&order_by=path&sort=asc&archived=false&simple=true", Path("gitlab/projects.2.json"))
    found = online(lab(acme, group=""))
    assert found.refs == [f"component:default/{name}" for name in ("play", "thing", "tool")]


def test_unchanged_answers_cost_nothing(acme, online):
    """The second build is told 304."""
    online(lab(acme))
    acme.paths()
    assert len(online(lab(acme)).refs) == 4
    assert [asked.status for asked in acme.asked if "empty" not in asked.path] == [304] * 6


def test_half_a_list_is_none(acme, online):
    """A second page that fails costs the provider, unless there is an old one."""
    local = {"locations": [{"type": "file", "target": "c.yaml"}]}
    second = "/api/v4/groups/acme/projects?page=2&simple=true"
    whole = acme.answers[second]
    acme.on(second, 500)
    found = online(lab(acme) | local, files={"c.yaml": component("local")})
    assert found.refs == ["component:default/local"]
    assert "what gitlab.main gives is missing" in found.texts[0]
    acme.answers[second] = whole
    online(lab(acme) | local)
    acme.on(second, 500)
    found = online(lab(acme) | local)
    assert len(found.refs) == 5
    assert [origin.state for origin in found.dataset.origins] == [State.OK, State.STALE]


def test_what_has_no_effect_is_said(acme, online):
    """Keys about users mean nothing here; names of projects that make strange addresses are not asked for."""
    acme.on("/api/v4/groups/acme/projects", [{"id": 1, "path_with_namespace": f"acme/{name}"} for name in ("../x", "a b", "..")])
    found = online(lab(acme, orgEnabled=False, userPattern="^a", useSearch=True))
    assert found.log == ["providers.gitlab.main: no effect on a build has: orgEnabled, useSearch, userPattern."]
    acme.paths()
    acme.answers = {path: acme.answers[path] for path in ("/api/v4/groups/acme/projects",)}
    assert online(lab(acme)).refs == []
    assert len(acme.paths()) == 1
