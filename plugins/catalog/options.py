"""Options of the catalog, named as Backstage's ``catalog:`` section.

Nested mappings are TypedDicts: they stay plain data, so that the core finds the addresses (and so the hosts) that they name.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, with_config
from typing_extensions import TypedDict  # pydantic wants this one below Python 3.12

from callboard.plugin import Secret

_STRICT = ConfigDict(extra="forbid", frozen=True)


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f'wanted an http or https address, got "{text}". Write for example: https://backstage.example.com')
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("an address here holds no user, query or fragment. Write for example: https://backstage.example.com")
    return text.rstrip("/")


def _secret(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, str) and value:
        return Secret(value)
    raise ValueError("wanted a text for this secret. Write for example: token: ${BACKSTAGE_TOKEN}")


def _texts(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _host(value: Any) -> Any:
    """Keep the host as an address too, which is how the core hears of it."""
    if isinstance(value, dict) and isinstance(value.get("host"), str) and "address" not in value:
        host = value["host"]
        if "*" in host or "/" in host or not urlsplit(f"https://{host}").hostname:
            raise ValueError(f'wanted a host without wildcards, got "{host}". Write for example: raw.githubusercontent.com')
        return {**value, "address": f"https://{host}"}
    return value


def _supported(value: Any) -> Any:
    for name in value if isinstance(value, dict) else ():
        if name != "backstage":
            raise ValueError(
                f'the provider "{name}" is not supported; supported is backstage. Read its files through locations instead.'
            )
    return value


def _one_of(value: dict[str, Any]) -> dict[str, Any]:
    if "exact" in value and "pattern" in value:
        raise ValueError("a rule's location has either exact or pattern, not both. Remove one of them.")
    return value


KindMatch = TypedDict("KindMatch", {"kind": str, "spec.type": NotRequired[str]})
KindMatch.__doc__ = "Entities of one kind, or of one kind and type."
with_config(_STRICT)(KindMatch)


@with_config(_STRICT)
class LocationMatch(TypedDict):
    """Locations that a rule is about."""

    type: NotRequired[Literal["file", "url"]]
    exact: NotRequired[str]
    pattern: NotRequired[str]


def _kind(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


@with_config(_STRICT)
class Rule(TypedDict):
    """Which kinds may come from where."""

    allow: list[Annotated[KindMatch, BeforeValidator(_kind, json_schema_input_type=str | dict[str, str])]]
    locations: NotRequired[list[Annotated[LocationMatch, AfterValidator(_one_of)]]]


@with_config(_STRICT)
class LocationSpec(TypedDict):
    """Descriptor files: one path or glob, or one address."""

    type: Literal["file", "url"]
    target: Annotated[str, Field(min_length=1)]
    rules: NotRequired[list[Rule]]


@with_config(_STRICT)
class BackstageSpec(TypedDict):
    """A running Backstage."""

    baseUrl: Annotated[str, AfterValidator(_address)]
    token: NotRequired[Annotated[Any, BeforeValidator(_secret), WithJsonSchema({"type": "string"})]]
    filter: NotRequired[Annotated[list[str], BeforeValidator(_texts, json_schema_input_type=str | list[str])]]


@with_config(_STRICT)
class Providers(TypedDict):
    """Services that entities are read from."""

    backstage: NotRequired[dict[str, BackstageSpec]]


@with_config(_STRICT)
class AllowedHost(TypedDict):
    """A host that descriptor files may be read from."""

    host: str
    address: NotRequired[str]


@with_config(_STRICT)
class Reading(TypedDict):
    """What may be read over the network, beside the addresses that these options name."""

    allow: list[Annotated[AllowedHost, BeforeValidator(_host)]]


class Options(BaseModel):
    """Where entities come from, and which kinds are allowed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    locations: list[LocationSpec] = Field(
        default_factory=list,
        description="Descriptor files: `{type: file, target: ./services/**/catalog-info.yaml}`; a path, a glob or an address.",
    )
    rules: list[Rule] | None = Field(
        default=None,
        description="Which kinds are allowed, and from where: `[{allow: [Component, API]}]`; without rules, all known kinds.",
    )
    providers: Annotated[Providers, BeforeValidator(_supported)] = Field(
        default_factory=Providers,
        description="Running Backstages: `backstage: {main: {baseUrl: https://backstage.example.com}}`.",
    )
    reading: Reading = Field(
        default_factory=lambda: Reading(allow=[]),
        description="Hosts that Location entities and placeholders may read from: `allow: [{host: raw.githubusercontent.com}]`.",
    )
