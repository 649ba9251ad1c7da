"""People and teams of a GitHub organisation, played by a real service on this machine: all pages, both ways of membership."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from callboard.model.dataset import State

LOCAL = {"locations": [{"type": "file", "target": "c.yaml"}]}
COMPONENT = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: c}\nspec: {type: x, lifecycle: x, owner: x}\n"


def hub(service, token: str = "s3cret-token", **spec) -> dict:
    """Options that read the people of acme from a GitHub Enterprise which is the service."""
    integration = {"host": service.host, "apiBaseUrl": f"{service.url}/api/v3", "token": token}
    provider = {"id": "main", "githubUrl": f"http://{service.host}", "orgs": ["acme"], **spec}
    return {"integrations": {"github": [integration]}, "providers": {"githubOrg": provider}}


@pytest.fixture
def acme(service):
    """Four people and three teams on two pages each; one team has a second page of members."""

    def answer(body: dict):
        variables, first = body["variables"], body["variables"]["cursor"] is None
        if "membersWithRole" in body["query"]:
            return Path(f"github/users.{1 if first else 2}.json")
        if "teams(first" in body["query"]:
            return Path(f"github/teams.{1 if first else 2}.json")
        assert (variables["team"], variables["cursor"]) == ("payments", "m2")
        return Path("github/members.2.json")

    service.questions = answer
    return service


def test_people_and_teams(acme, online):
    """All pages: users with their profile, groups with parent, children and members of every page; what has no valid name is told."""
    found = online(hub(acme))
    assert found.refs == [
        *(f"group:default/{name}" for name in ("engineering", "payments", "platform")),
        *(f"user:default/{name}" for name in ("alice", "bob", "carol-c")),
    ]
    alice, payments = found.entities["user:default/alice"].data, found.entities["group:default/payments"].data
    page = f"https://{acme.host}"
    assert alice["metadata"] == {
        "name": "Alice",
        "namespace": "default",
        "description": "Pays bills",
        "annotations": {
            "backstage.io/managed-by-location": f"url:{page}/Alice",
            "backstage.io/managed-by-origin-location": f"url:{page}/Alice",
            "github.com/user-login": "Alice",
        },
    }
    picture = "https://avatars.githubusercontent.com/u/5?v=4"
    profile = {"displayName": "Alice Example", "email": "alice@example.com", "picture": picture}
    assert alice["spec"] == {"profile": profile, "memberOf": ["payments"]}
    assert payments["metadata"]["annotations"] == {
        "backstage.io/managed-by-location": f"url:{page}/orgs/acme/teams/payments",
        "backstage.io/managed-by-origin-location": f"url:{page}/orgs/acme/teams/payments",
        "backstage.io/edit-url": "https://github.com/orgs/acme/teams/payments/edit",
        "github.com/team-slug": "acme/payments",
    }
    assert (payments["spec"]["type"], payments["spec"]["parent"]) == ("team", "engineering")
    assert payments["spec"]["members"] == ["default/Alice", "default/bob", "default/carol-c"]
    assert found.entities["group:default/engineering"].data["spec"]["children"] == ["payments", "platform"]
    assert found.entities["user:default/carol-c"].data["spec"]["memberOf"] == ["payments", "platform"]
    assert found.entities["user:default/bob"].data["spec"]["profile"] == {
        "picture": "https://avatars.githubusercontent.com/u/3?v=4"
    }
    [told] = found.texts
    assert "user:default/ends- is left out" in told
    [origin] = found.dataset.origins
    assert (origin.name, origin.state, origin.as_of) == ("githubOrg.main", State.OK, datetime(2026, 1, 1, tzinfo=UTC))


def test_the_questions(acme, online):
    """They are posted to the API's own address with the token, each page once; while answers are fresh, nothing is asked."""
    options = hub(acme, pageSizes={"teams": 5, "teamMembers": 6, "organizationMembers": 7}, schedule={"frequency": "PT3H"})
    online(options)
    assert {(asked.method, asked.path, asked.headers["authorization"]) for asked in acme.asked} == {
        ("POST", "/api/graphql", "token s3cret-token")
    }
    sizes = [{name: n for name, n in asked.body["variables"].items() if isinstance(n, int)} for asked in acme.asked]
    assert sizes == [{"size": 7}, {"size": 7}, {"size": 5, "members": 6}, {"size": 6}, {"size": 5, "members": 6}]
    acme.asked.clear()
    assert len(online(options).refs) == 6
    assert acme.asked == []
    assert "s3cret" not in repr(vars(online.cache))


def test_several_organisations(acme, online):
    """Groups of each are in a namespace of its own; a person in both is one user, and a member of groups of both."""
    found = online(hub(acme, orgs=["Acme", "other"]))
    groups = [ref for ref in found.refs if ref.startswith("group:")]
    assert groups == [f"group:{org}/{name}" for org in ("acme", "other") for name in ("engineering", "payments", "platform")]
    assert found.entities["user:default/alice"].data["spec"]["memberOf"] == ["acme/payments", "other/payments"]


def test_an_error_replaces_nothing(acme, online):
    """GitHub says with status 200 that its limit is used up: the people of before are shown, as stale."""
    online(hub(acme))
    acme.questions = lambda body: Path("github/limited.json")
    found = online(hub(acme))
    assert len(found.refs) == 6
    [origin] = found.dataset.origins
    assert (origin.state, origin.error) == (State.STALE, "unusable answer: it says: API rate limit exceeded for user ID 1")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Path("github/limited.json"), "it says: API rate limit exceeded for user ID 1."),
        ({"data": {"organization": None}}, "it has no membersWithRole."),
        (
            {"data": {"organization": {"membersWithRole": {"nodes": [{}], "pageInfo": {}}}}},
            "one of its membersWithRole has no login.",
        ),
        ([], "it is no answer to a question."),
        (401, "answered 401 Unauthorized"),
    ],
)
def test_half_of_the_people_are_none(acme, online, answer, words: str):
    """Without an old answer the provider is missing as a whole, and says why; entities of files are shown."""
    acme.questions = lambda body: answer
    found = online(hub(acme) | LOCAL, files={"c.yaml": COMPONENT})
    assert found.refs == ["component:default/c"]
    [told] = found.texts
    assert "what githubOrg.main gives is missing" in told
    assert words.rstrip(".") in told


def test_a_page_that_leads_to_itself(acme, online):
    """It ends."""
    acme.questions = lambda body: Path("github/users.1.json")
    found = online(hub(acme) | LOCAL, files={"c.yaml": COMPONENT})
    assert "gives the same page again and again" in found.texts[0]
    assert len(acme.asked) < 5


def test_without_a_token(acme, online):
    """Nothing is asked, and what is missing is said: also where a variable is not set."""
    found = online(hub(acme, token="") | LOCAL, files={"c.yaml": COMPONENT})
    assert acme.asked == []
    assert f"{acme.host} tells people and teams only to a token; write one under integrations: github." in found.texts[0]


def test_people_who_are_suspended(acme, online):
    """GitHub Enterprise says who is; they are left out if that is wished, and only then asked for."""
    everybody = acme.questions

    def answer(body: dict):
        if "suspendedAt" not in body["query"]:
            return everybody(body)
        nodes = [{"login": "alice", "suspendedAt": None}, {"login": "bob", "suspendedAt": "2025-01-01T00:00:00Z"}]
        return {"data": {"organization": {"membersWithRole": {"pageInfo": {"hasNextPage": False}, "nodes": nodes}}}}

    acme.questions = answer
    assert "user:default/bob" in online(hub(acme)).refs
    found = online(hub(acme, excludeSuspendedUsers=True))
    assert [ref for ref in found.refs if ref.startswith("user")] == ["user:default/alice"]
    assert not any("suspendedAt" in asked.body["query"] for asked in acme.asked[:5])


def test_check_asks_nothing(acme, online):
    """``callboard check`` reports nothing as missing."""
    found = online(hub(acme), asks=False)
    assert (found.refs, found.texts, acme.asked) == ([], [], [])
