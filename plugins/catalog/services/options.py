"""Options of the services that entities are read from, named as Backstage's ``catalog.providers`` and ``integrations``.

They are TypedDicts, so that they stay plain data: the core finds the addresses (and so the hosts) that they name. What an
integration leaves out is filled in here, for that reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, with_config
from typing_extensions import TypedDict  # pydantic wants this one below Python 3.12

from callboard.plugin import seconds

from ..reading import scm
from ..values import STRICT, address, host, pattern, secret, texts

Address = Annotated[str, AfterValidator(address)]
Host = Annotated[str, AfterValidator(host)]
Pattern = Annotated[str, AfterValidator(pattern)]
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[list[Text], BeforeValidator(texts, json_schema_input_type=str | list[str])]
Token = Annotated[Any, BeforeValidator(secret), WithJsonSchema({"type": "string"})]
Size = Annotated[int, Field(ge=1, le=100)]

_SUPPORTED = ("backstage", "github", "githubOrg", "gitlab")
_REFUSED_APPS = "GitHub Apps are not supported. Write a token instead: token: ${GITHUB_TOKEN}"


# Integrations


@with_config(STRICT)
class GithubIntegration(TypedDict):
    """A GitHub: where its API and its raw files are, and the token for it."""

    host: Host
    apiBaseUrl: NotRequired[Address]
    rawBaseUrl: NotRequired[Address]
    token: NotRequired[Token]


@with_config(STRICT)
class Integration(TypedDict):
    """A host of repositories of another make."""

    host: Host
    apiBaseUrl: NotRequired[Address]
    baseUrl: NotRequired[Address]
    username: NotRequired[Text]
    token: NotRequired[Token]


def _without_apps(value: Any) -> Any:
    if isinstance(value, dict) and value.get("apps"):
        raise ValueError(_REFUSED_APPS)
    return value


def _bare(value: Any) -> Any:
    """An empty token, of a variable that is not set, is no token: as in Backstage."""
    return {name: said for name, said in value.items() if (name, said) != ("token", "")} if isinstance(value, dict) else value


def _hosted(host_: str) -> BeforeValidator:
    """Entries of a service that is at one host, as Backstage writes them: without it."""
    return BeforeValidator(lambda value: {"host": host_, **value} if isinstance(value, dict) else value)


_Github = Annotated[GithubIntegration, BeforeValidator(_without_apps), BeforeValidator(_bare)]
_Other = Annotated[Integration, BeforeValidator(_bare)]


@with_config(STRICT)
class Integrations(TypedDict):
    """Where repositories are read from, beside the public hosts."""

    github: NotRequired[list[_Github]]
    gitlab: NotRequired[list[_Other]]
    azure: NotRequired[list[Annotated[_Other, _hosted("dev.azure.com")]]]
    bitbucketCloud: NotRequired[list[Annotated[_Other, _hosted("bitbucket.org")]]]
    bitbucketServer: NotRequired[list[_Other]]
    gitea: NotRequired[list[_Other]]


def supported_integrations(value: Any) -> Any:
    """Refuse the integrations that nothing here can use. Raises ValueError."""
    known = Integrations.__annotations__
    for name in value if isinstance(value, dict) else ():
        if name not in known:
            raise ValueError(
                f'the integration "{name}" is not supported; supported are {_listed(tuple(known))}. '
                "Remove it, and read its files through locations."
            )
    return value


def completed(said: Integrations, addresses: Iterable[str], providers: Providers) -> Integrations:
    """The integrations that were said, and the public ones that an address of ``addresses`` or a provider uses; with all addresses
    that are asked for their files.

    A host that nothing uses is not asked, so it is not here. Raises ValueError for a provider that its integration does not suit.
    """
    known = scm.known(cast(Mapping[str, Any], said))
    hosts = _github_hosts(providers) | _gitlab_hosts(providers)
    _suits(known, providers)
    used = {urlsplit(text).netloc.lower() for text in addresses} | hosts
    found: dict[str, list[dict[str, Any]]] = {}
    told = {str(entry["host"]): dict(entry) for entries in said.values() for entry in cast(list[Mapping[str, Any]], entries)}
    for name, one in known.items():
        if name in told or name in used:
            # Without a token raw files are asked for, with one the API.
            raw = {"rawBaseUrl": one.raw} if one.raw and one.token is None else {}
            found.setdefault(one.type, []).append({"host": name, "apiBaseUrl": one.api, **raw, **told.get(name, {})})
    return cast(Integrations, found)


def _suits(known: Mapping[str, scm.Integration], providers: Providers) -> None:
    for kind, hosts in (("github", _github_hosts(providers)), ("gitlab", _gitlab_hosts(providers))):
        for name in sorted(hosts):
            if name not in known or known[name].type != kind:
                raise ValueError(
                    f'no integration describes the host "{name}" of a provider. '
                    f"Add: integrations: {{{kind}: [{{host: {name}, token: ...}}]}}"
                )


def _github_hosts(providers: Providers) -> set[str]:
    repositories = {one["host"] for one in providers.get("github", {}).values() if "host" in one}
    return repositories | {_host_of(one) for one in providers.get("githubOrg", {}).values()}


def _gitlab_hosts(providers: Providers) -> set[str]:
    return {one["host"] for one in providers.get("gitlab", {}).values()}


def _host_of(org: GithubOrgSpec) -> str:
    return urlsplit(org["githubUrl"]).netloc.lower()


# Providers


@with_config(STRICT)
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


@with_config(STRICT)
class BackstageSpec(TypedDict):
    """A running Backstage."""

    baseUrl: Address
    token: NotRequired[Token]
    filter: NotRequired[Texts]


@with_config(STRICT)
class Topics(TypedDict):
    """Topics of which a repository has one, and those of which it has none."""

    include: NotRequired[Texts]
    exclude: NotRequired[Texts]


def _topic(value: Any) -> Any:
    return {"include": [value]} if isinstance(value, str) else value


@with_config(STRICT)
class GithubFilters(TypedDict):
    """Which repositories of an organisation are looked at."""

    branch: NotRequired[Text]
    repository: NotRequired[Pattern]
    topic: NotRequired[Annotated[Topics, BeforeValidator(_topic, json_schema_input_type=str | Topics)]]
    visibility: NotRequired[list[Literal["private", "internal", "public"]]]
    allowArchived: NotRequired[bool]
    allowForks: NotRequired[bool]


@with_config(STRICT)
class PageSizes(TypedDict):
    """How many are asked for at once."""

    repositories: NotRequired[Size]
    teams: NotRequired[Size]
    teamMembers: NotRequired[Size]
    organizationMembers: NotRequired[Size]


@with_config(STRICT)
class GithubSpec(TypedDict):
    """The descriptor files of an organisation's (or a user's) repositories."""

    organization: Text
    host: NotRequired[Host]
    catalogPath: NotRequired[Text]
    filters: NotRequired[GithubFilters]
    validateLocationsExist: NotRequired[bool]
    pageSizes: NotRequired[PageSizes]
    schedule: NotRequired[Scheduled]


@with_config(STRICT)
class GithubOrgSpec(TypedDict):
    """The people and teams of organisations."""

    id: NotRequired[Text]
    githubUrl: Address
    orgs: Annotated[Texts, Field(min_length=1)]
    excludeSuspendedUsers: NotRequired[bool]
    pageSizes: NotRequired[PageSizes]
    schedule: NotRequired[Scheduled]


@with_config(STRICT)
class GitlabSpec(TypedDict):
    """The descriptor files of a group's projects, or of all projects of a GitLab."""

    host: Host
    group: NotRequired[str]
    groupPattern: NotRequired[Annotated[list[Pattern], BeforeValidator(texts, json_schema_input_type=str | list[str])]]
    branch: NotRequired[Text]
    fallbackBranch: NotRequired[Text]
    entityFilename: NotRequired[Text]
    projectPattern: NotRequired[Pattern]
    topics: NotRequired[Texts]
    membership: NotRequired[bool]
    skipForkedRepos: NotRequired[bool]
    includeArchivedRepos: NotRequired[bool]
    excludeRepos: NotRequired[Texts]
    excludeGroups: NotRequired[Texts]
    schedule: NotRequired[Scheduled]


def _github_spec(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "app" in value:
        raise ValueError(f"{_REFUSED_APPS}, and name the organization.")
    path = value.get("catalogPath")
    if value.get("validateLocationsExist") is True and isinstance(path, str) and "*" in path:
        raise ValueError(f'"{path}" holds a wildcard, so validateLocationsExist must be false, as in Backstage. Remove it.')
    return {"host": "github.com", **value}


def _gitlab_spec(value: Any) -> Any:
    if isinstance(value, dict) and value.get("orgEnabled"):
        raise ValueError("users and groups of GitLab are not supported. Remove orgEnabled, and describe them in files.")
    return {name: said for name, said in value.items() if name != "orgEnabled"} if isinstance(value, dict) else value


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


@with_config(STRICT)
class Providers(TypedDict):
    """Services that entities are read from."""

    backstage: NotRequired[dict[str, BackstageSpec]]
    github: NotRequired[Annotated[dict[str, Annotated[GithubSpec, BeforeValidator(_github_spec)]], BeforeValidator(_by_id)]]
    githubOrg: NotRequired[Annotated[dict[str, GithubOrgSpec], BeforeValidator(_orgs_by_id)]]
    gitlab: NotRequired[dict[str, Annotated[GitlabSpec, BeforeValidator(_gitlab_spec)]]]


def supported_providers(value: Any) -> Any:
    """Refuse the providers that are not here. Raises ValueError."""
    for name in value if isinstance(value, dict) else ():
        if name not in _SUPPORTED:
            raise ValueError(
                f'the provider "{name}" is not supported; supported are {_listed(_SUPPORTED)}. Read its files through locations instead.'
            )
    return value


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
