"""The option ``integrations``, named as Backstage's section: where repositories are read from, and with which token.

Its entries are TypedDicts, so that they stay plain data: the core finds the addresses (and so the hosts) that they name. What an
entry leaves out is filled in here, for that reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NotRequired, cast
from urllib.parse import urlsplit

from pydantic import BeforeValidator, with_config
from typing_extensions import TypedDict  # pydantic wants this one below Python 3.12

from callboard.plugin import scm

from ..values import STRICT, Address, Host, Text, Token, listed
from .providers import REFUSED_APPS, Providers


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
        raise ValueError(REFUSED_APPS)
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
                f'the integration "{name}" is not supported; supported are {listed(tuple(known))}. '
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
    return repositories | {one["githubUrl"] for one in providers.get("githubOrg", {}).values()}


def _gitlab_hosts(providers: Providers) -> set[str]:
    return {one["host"] for one in providers.get("gitlab", {}).values()}
