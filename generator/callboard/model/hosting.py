"""Hosts of repositories as options name them: single values, and Backstage's ``integrations``.

Entries are TypedDicts, so that they stay plain data: the addresses (and so the hosts) that they name are found in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NotRequired
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, with_config
from typing_extensions import TypedDict  # pydantic wants this one below Python 3.12

from callboard.model import scm
from callboard.model.secret import Secret

STRICT = ConfigDict(extra="forbid", frozen=True)
REFUSED_APPS = "GitHub Apps are not supported. Write a token instead: token: ${GITHUB_TOKEN}"


def address(text: str) -> str:
    """An http or https address without user, query and fragment; a slash at its end is dropped. Raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f'wanted an http or https address, got "{text}". Write for example: https://backstage.example.com')
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("an address here holds no user, query or fragment. Write for example: https://backstage.example.com")
    return text.rstrip("/")


def host(text: str) -> str:
    """A host, with its port if it needs one; in small letters. Raises ValueError."""
    if not re.fullmatch(r"[^\s/?#@*\\]+", text) or not hostname(text):
        raise ValueError(f'wanted a host, got "{text}". Write for example: github.com')
    return text.lower()


def secret(value: Any) -> Secret:
    """A text as a Secret. Raises ValueError, which does not show it."""
    if isinstance(value, Secret):
        return value
    if isinstance(value, str) and value:
        return Secret(value)
    raise ValueError("wanted a text for this secret. Write for example: token: ${BACKSTAGE_TOKEN}")


def hostname(text: str) -> str:
    """The name in a host with or without a port; "" for what is no host."""
    try:
        parts = urlsplit(f"https://{text}")
        return (parts.hostname or "") if parts.port != 0 else ""
    except ValueError:
        return ""


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return f"{', '.join(names[:-1])} and {names[-1]}"


Address = Annotated[str, AfterValidator(address)]
Host = Annotated[str, AfterValidator(host)]
Text = Annotated[str, Field(min_length=1)]
Token = Annotated[Any, BeforeValidator(secret), WithJsonSchema({"type": "string"})]


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


def completed(said: Mapping[str, Any], hosts: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The integrations that were said, and the public ones whose hosts are used; with all addresses that are asked for their files.

    A host that nothing uses is not asked, so it is not here.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    told = {str(entry["host"]): dict(entry) for entries in said.values() for entry in entries}
    used = frozenset(hosts)
    for name, one in scm.known(said).items():
        if name in told or name in used:
            # Without a token raw files are asked for, with one the API.
            raw = {"rawBaseUrl": one.raw} if one.raw and one.token is None else {}
            found.setdefault(one.type, []).append({"host": name, "apiBaseUrl": one.api, **raw, **told.get(name, {})})
    return found
