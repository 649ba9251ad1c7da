"""Organisations of a GitHub → users and groups, as Backstage's provider makes them of people and teams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from callboard.plugin import Answer, Entity, FetchError, Problem, scm

from ..checking.checker import Checker, reference
from ..options.providers import GithubOrgSpec
from ..reading.annotations import LOCATION, ORIGIN
from .answered import Answered, Asking

_USER = "login name email bio avatarUrl"
_TEAM = "slug combinedSlug name description avatarUrl editTeamUrl parentTeam { slug }"
_MEMBERS = "pageInfo { hasNextPage endCursor } nodes { login }"
_USERS_QUERY = f"""
query users($org: String!, $cursor: String, $size: Int!) {{
  organization(login: $org) {{
    membersWithRole(first: $size, after: $cursor) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {_USER} }}
    }}
  }}
}}"""
_TEAMS_QUERY = f"""
query teams($org: String!, $cursor: String, $size: Int!, $members: Int!) {{
  organization(login: $org) {{
    teams(first: $size, after: $cursor) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {_TEAM} members(first: $members, membership: IMMEDIATE) {{ {_MEMBERS} }} }}
    }}
  }}
}}"""
_MEMBERS_QUERY = f"""
query members($org: String!, $team: String!, $cursor: String, $size: Int!) {{
  organization(login: $org) {{
    team(slug: $team) {{ members(first: $size, after: $cursor, membership: IMMEDIATE) {{ {_MEMBERS} }} }}
  }}
}}"""


def read(spec: GithubOrgSpec, asking: Asking, at: scm.Integration, checker: Checker, *, alone: bool) -> Answered:
    """All people and teams of the organisations. Raises FetchError: half of them is worse than none.

    ``alone`` if the site names one organisation in all: then its groups are in the default namespace, else in one named after it.
    """
    if at.token is None:
        raise FetchError(f"{at.host} tells people and teams only to a token; write one under integrations: github.")
    asked = _Questions(asking, at, spec)
    users: dict[str, dict[str, Any]] = {}
    groups: list[dict[str, Any]] = []
    for organisation in spec["orgs"]:
        for user in asked.users(organisation):
            users.setdefault(user["login"].lower(), _user(user, at))
        teams = [_team(team, organisation, at, alone=alone) for team in asked.teams(organisation)]
        _joined(teams, users)
        groups += teams
    entities, problems = _checked([*users.values(), *groups], asking, checker)
    return Answered(asking.joined([answer.origin for answer in asked.answers]), entities, problems=problems)


class _Questions:
    """Asks one GitHub for all pages. ``answers`` are those so far."""

    def __init__(self, asking: Asking, at: scm.Integration, spec: GithubOrgSpec) -> None:
        self.answers: list[Answer] = []
        self._asking, self._sizes = asking, spec.get("pageSizes", {})
        self._suspended = spec.get("excludeSuspendedUsers", False)
        # GitHub Enterprise has it beside the folder of its other API.
        self._url = f"{at.api.removesuffix('/v3') if at.api.endswith('/api/v3') else at.api}/graphql"

    def users(self, organisation: str) -> Iterator[dict[str, Any]]:
        """The members of an organisation."""
        query = _USERS_QUERY.replace(_USER, f"{_USER} suspendedAt") if self._suspended else _USERS_QUERY
        variables = {"org": organisation, "size": self._sizes.get("organizationMembers", 50)}
        for user in self._nodes(query, variables, "login", "membersWithRole"):
            if not user.get("suspendedAt"):
                yield user

    def teams(self, organisation: str) -> Iterator[dict[str, Any]]:
        """Its teams, each with the logins of all direct members as ``members``."""
        size = self._sizes.get("teamMembers", 50)
        variables = {"org": organisation, "size": self._sizes.get("teams", 25), "members": size}
        for team in self._nodes(_TEAMS_QUERY, variables, "slug", "teams"):
            nodes, following = _connection(team, "login", "members")
            if following:
                more = {"org": organisation, "team": team["slug"], "size": size, "cursor": following}
                nodes = [*nodes, *self._nodes(_MEMBERS_QUERY, more, "login", "team", "members")]
            yield {**team, "members": [member["login"] for member in nodes]}

    def _nodes(self, query: str, variables: dict[str, Any], key: str, *path: str) -> Iterator[dict[str, Any]]:
        """All nodes of the connection at ``path`` of an organisation; each has a text as ``key``."""
        cursor, seen = variables.get("cursor"), set[str]()
        while True:
            body = {"query": query, "variables": {**variables, "cursor": cursor}}
            answer = self._asking.http.json(
                self._url,
                body=body,
                headers=self._asking.headers,
                name=self._asking.name,
                ttl=self._asking.ttl,
                accept=_accepting(key, path),
            )
            self.answers.append(answer)
            nodes, following = answer.value
            yield from nodes
            if not following:
                return
            cursor = self._asking.unseen(following, seen)


def _accepting(key: str, path: tuple[str, ...]) -> Callable[[Any], tuple[list[dict[str, Any]], str]]:
    def accept(value: Any) -> tuple[list[dict[str, Any]], str]:
        if not isinstance(value, dict):
            raise ValueError("it is no answer to a question")
        if errors := value.get("errors"):
            first = errors[0] if isinstance(errors, list) and errors else {}
            raise ValueError(f"it says: {str(first.get('message', 'an error') if isinstance(first, dict) else first)[:300]}")
        data = value.get("data")
        return _connection(data if isinstance(data, dict) else {}, key, "organization", *path)

    return accept


def _connection(value: dict[str, Any], key: str, *path: str) -> tuple[list[dict[str, Any]], str]:
    """The nodes of a connection, and the cursor of its next page ("" on the last). Raises ValueError for another shape."""
    found: Any = value
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    nodes, page = (found.get("nodes"), found.get("pageInfo")) if isinstance(found, dict) else (None, None)
    if not isinstance(nodes, list) or not isinstance(page, dict):
        raise ValueError(f"it has no {path[-1]}")
    if not all(isinstance(node, dict) and isinstance(node.get(key), str) for node in nodes):
        raise ValueError(f"one of its {path[-1]} has no {key}")
    return nodes, str(page.get("endCursor") or "") if page.get("hasNextPage") else ""


# Entities


def _user(user: dict[str, Any], at: scm.Integration) -> dict[str, Any]:
    login = user["login"]
    where = f"url:{at.base}/{login}"
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "User",
        "metadata": {
            "name": login,
            **_texts(user, description="bio"),
            "annotations": {LOCATION: where, ORIGIN: where, "github.com/user-login": login},
        },
        "spec": {"profile": _texts(user, displayName="name", email="email", picture="avatarUrl"), "memberOf": []},
    }


def _team(team: dict[str, Any], organisation: str, at: scm.Integration, *, alone: bool) -> dict[str, Any]:
    where = f"url:{at.base}/orgs/{organisation}/teams/{team['slug']}"
    slug = team.get("combinedSlug") or f"{organisation}/{team['slug']}"
    parent = team.get("parentTeam")
    spec: dict[str, Any] = {
        "type": "team",
        "profile": _texts(team, displayName="name", picture="avatarUrl"),
        "children": [],
        # A group's members are in its own namespace unless they say another; users are in the default one.
        "members": [f"default/{login}" for login in team["members"]],
    }
    if isinstance(parent, dict) and isinstance(parent.get("slug"), str):
        spec["parent"] = parent["slug"]
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Group",
        "metadata": {
            "name": team["slug"],
            "namespace": "default" if alone else organisation.lower(),
            **_texts(team, description="description"),
            "annotations": {
                LOCATION: where,
                ORIGIN: where,
                "github.com/team-slug": slug,
                **({"backstage.io/edit-url": team["editTeamUrl"]} if isinstance(team.get("editTeamUrl"), str) else {}),
            },
        },
        "spec": spec,
    }


def _texts(value: dict[str, Any], **names: str) -> dict[str, str]:
    """What is said, by our names."""
    return {ours: value[theirs] for ours, theirs in names.items() if isinstance(value.get(theirs), str) and value[theirs]}


def _joined(teams: list[dict[str, Any]], users: dict[str, dict[str, Any]]) -> None:
    """Say both ways who is whose child and member."""
    by_name = {team["metadata"]["name"]: team for team in teams}
    for team in teams:
        name, namespace = team["metadata"]["name"], team["metadata"]["namespace"]
        parent = by_name.get(team["spec"].get("parent", ""))
        if parent is not None:
            parent["spec"]["children"].append(name)
        for member in team["spec"]["members"]:
            user = users.get(member.removeprefix("default/").lower())
            if user is not None:
                user["spec"]["memberOf"].append(name if namespace == "default" else f"{namespace}/{name}")


def _checked(values: list[dict[str, Any]], asking: Asking, checker: Checker) -> tuple[tuple[Entity, ...], tuple[Problem, ...]]:
    entities, problems = [], []
    for index, value in enumerate(values):
        verdict = checker.check(value)
        if verdict is None:
            entities.append(asking.entity(value, index))
        else:
            problems.append(asking.warning(verdict.code, f"{reference(value)} is left out: {verdict.faults[0].what}"))
    return tuple(entities), tuple(problems)
