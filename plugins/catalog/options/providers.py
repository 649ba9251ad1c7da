"""Options of the providers that entities are read from, named as Backstage's ``catalog.providers``.

They are TypedDicts, so that they stay plain data: the core finds the addresses (and so the hosts) that they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, with_config
from typing_extensions import TypedDict  # pydantic wants this one below Python 3.12

from callboard.plugin import hosting, seconds

from ..values import Pattern, Size, Texts, texts

_SUPPORTED = ("backstage", "github", "githubOrg", "gitlab")


@with_config(hosting.STRICT)
class Schedule(TypedDict):
    """Backstage's schedule. ``frequency`` says how long an answer counts as fresh; the rest has no meaning for a build."""

    frequency: NotRequired[Any]
    timeout: NotRequired[Any]
    initialDelay: NotRequired[Any]
    scope: NotRequired[Literal["global", "local"]]


def _schedule(value: Schedule) -> Schedule:
    said = value.get("frequency")
    if said is not None and not unscheduled(said):
        seconds(said)
    return value


def unscheduled(frequency: Any) -> bool:
    """Whether a frequency is no time between two runs: ``{cron: …}``, ``{trigger: manual}``, ``manual``."""
    return frequency == "manual" or (isinstance(frequency, Mapping) and ("cron" in frequency or "trigger" in frequency))


Scheduled = Annotated[Schedule, AfterValidator(_schedule)]


@with_config(hosting.STRICT)
class BackstageSpec(TypedDict):
    """A running Backstage."""

    baseUrl: hosting.Address
    token: NotRequired[hosting.Token]
    filter: NotRequired[Texts]


@with_config(hosting.STRICT)
class Topics(TypedDict):
    """Topics of which a repository has one, and those of which it has none."""

    include: NotRequired[Texts]
    exclude: NotRequired[Texts]


def _topic(value: Any) -> Any:
    return {"include": [value]} if isinstance(value, str) else value


@with_config(hosting.STRICT)
class GithubFilters(TypedDict):
    """Which repositories of an organisation are looked at."""

    branch: NotRequired[hosting.Text]
    repository: NotRequired[Pattern]
    topic: NotRequired[Annotated[Topics, BeforeValidator(_topic, json_schema_input_type=str | Topics)]]
    visibility: NotRequired[list[Literal["private", "internal", "public"]]]
    allowArchived: NotRequired[bool]
    allowForks: NotRequired[bool]


@with_config(hosting.STRICT)
class PageSizes(TypedDict):
    """How many are asked for at once."""

    repositories: NotRequired[Size]
    teams: NotRequired[Size]
    teamMembers: NotRequired[Size]
    organizationMembers: NotRequired[Size]


@with_config(hosting.STRICT)
class GithubSpec(TypedDict):
    """The descriptor files of an organisation's (or a user's) repositories."""

    organization: hosting.Text
    host: NotRequired[hosting.Host]
    catalogPath: NotRequired[hosting.Text]
    filters: NotRequired[GithubFilters]
    validateLocationsExist: NotRequired[bool]
    pageSizes: NotRequired[PageSizes]
    schedule: NotRequired[Scheduled]


def _host_of(text: str) -> str:
    return urlsplit(text).netloc.lower()


@with_config(hosting.STRICT)
class GithubOrgSpec(TypedDict):
    """The people and teams of organisations."""

    id: NotRequired[hosting.Text]
    githubUrl: Annotated[str, AfterValidator(hosting.address), AfterValidator(_host_of)]
    """Its host: what is asked is the API of the integration."""
    orgs: Annotated[Texts, Field(min_length=1)]
    excludeSuspendedUsers: NotRequired[bool]
    pageSizes: NotRequired[PageSizes]
    schedule: NotRequired[Scheduled]


def _no_people(value: bool) -> bool:
    if value:
        raise ValueError("users and groups of GitLab are not supported. Remove it, and describe them in files.")
    return value


@with_config(hosting.STRICT)
class GitlabSpec(TypedDict):
    """The descriptor files of a group's projects, or of all projects of a GitLab."""

    host: hosting.Host
    group: NotRequired[str]
    groupPattern: NotRequired[Annotated[list[Pattern], BeforeValidator(texts, json_schema_input_type=str | list[str])]]
    branch: NotRequired[hosting.Text]
    fallbackBranch: NotRequired[hosting.Text]
    entityFilename: NotRequired[hosting.Text]
    projectPattern: NotRequired[Pattern]
    topics: NotRequired[Texts]
    membership: NotRequired[bool]
    skipForkedRepos: NotRequired[bool]
    includeArchivedRepos: NotRequired[bool]
    excludeRepos: NotRequired[Texts]
    excludeGroups: NotRequired[Texts]
    schedule: NotRequired[Scheduled]
    orgEnabled: NotRequired[Annotated[bool, AfterValidator(_no_people)]]
    useSearch: NotRequired[bool]
    userPattern: NotRequired[str]
    restrictUsersToGroup: NotRequired[bool]
    relations: NotRequired[list[str]]
    allowInherited: NotRequired[bool]
    includeUsersWithoutSeat: NotRequired[bool]


def _github_spec(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "app" in value:
        raise ValueError(f"{hosting.REFUSED_APPS}, and name the organization.")
    path = value.get("catalogPath")
    if value.get("validateLocationsExist") is True and isinstance(path, str) and "*" in path:
        raise ValueError(f'"{path}" holds a wildcard, so validateLocationsExist must be false, as in Backstage. Remove it.')
    return {"host": "github.com", **value}


def _by_id(value: Any) -> Any:
    """Backstage's short form: a single provider without an id of its own."""
    single = isinstance(value, dict) and any(isinstance(value.get(name), str) for name in ("organization", "app"))
    return {"default": value} if single else value


def _orgs_by_id(value: Any) -> Any:
    """Backstage's forms, a mapping or a list of them, each with an ``id``: by that id."""
    if isinstance(value, dict) and "githubUrl" in value:
        value = [value]
    if not isinstance(value, list):
        return value
    found: dict[str, Any] = {}
    for one in value:
        name = one.get("id") if isinstance(one, dict) else None
        if not isinstance(name, str) or not name:
            raise ValueError("each provider of githubOrg needs an id. Write for example: id: production")
        if name in found:
            raise ValueError(f'the id "{name}" is there twice. Give each provider of githubOrg an id of its own.')
        found[name] = one
    return found


_OrgForms = GithubOrgSpec | list[GithubOrgSpec] | dict[str, GithubOrgSpec]


@with_config(hosting.STRICT)
class Providers(TypedDict):
    """Services that entities are read from."""

    backstage: NotRequired[dict[str, BackstageSpec]]
    github: NotRequired[
        Annotated[
            dict[str, Annotated[GithubSpec, BeforeValidator(_github_spec)]],
            BeforeValidator(_by_id, json_schema_input_type=GithubSpec | dict[str, GithubSpec]),
        ]
    ]
    githubOrg: NotRequired[Annotated[dict[str, GithubOrgSpec], BeforeValidator(_orgs_by_id, json_schema_input_type=_OrgForms)]]
    gitlab: NotRequired[dict[str, GitlabSpec]]


def supported_providers(value: Any) -> Any:
    """Refuse the providers that are not here. Raises ValueError."""
    for name in value if isinstance(value, dict) else ():
        if name not in _SUPPORTED:
            raise ValueError(
                f'the provider "{name}" is not supported; supported are {hosting.listed(_SUPPORTED)}. '
                "Read its files through locations instead."
            )
    return value
