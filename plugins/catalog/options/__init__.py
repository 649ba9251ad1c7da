"""Options of the catalog, named as Backstage's ``catalog:`` section.

Nested mappings are TypedDicts: they stay plain data, so that the core finds the addresses (and so the hosts) that they name.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, with_config
from typing_extensions import TypedDict  # pydantic wants this one below Python 3.12

from callboard.plugin import hosting

from ..scaffolding.starting import TemplatesSpec
from ..values import allowed_host, is_web, source_folder
from .integrations import completed
from .providers import Providers, supported_providers


def _one_of(value: dict[str, Any]) -> dict[str, Any]:
    if "exact" in value and "pattern" in value:
        raise ValueError("a rule's location has either exact or pattern, not both. Remove one of them.")
    return value


KindMatch = TypedDict("KindMatch", {"kind": str, "spec.type": NotRequired[str]})
KindMatch.__doc__ = "Entities of one kind, or of one kind and type."
with_config(hosting.STRICT)(KindMatch)


@with_config(hosting.STRICT)
class LocationMatch(TypedDict):
    """Locations that a rule is about."""

    type: NotRequired[Literal["file", "url"]]
    exact: NotRequired[str]
    pattern: NotRequired[str]


def _kind(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


@with_config(hosting.STRICT)
class Rule(TypedDict):
    """Which kinds may come from where."""

    allow: list[Annotated[KindMatch, BeforeValidator(_kind, json_schema_input_type=str | dict[str, str])]]
    locations: NotRequired[list[Annotated[LocationMatch, AfterValidator(_one_of)]]]


@with_config(hosting.STRICT)
class LocationSpec(TypedDict):
    """Descriptor files: one path or glob, or one address."""

    type: Literal["file", "url"]
    target: Annotated[str, Field(min_length=1)]
    rules: NotRequired[list[Rule]]


def _at_its_address(value: LocationSpec) -> LocationSpec:
    target = value["target"]
    if value["type"] == "url" and not is_web(target):
        raise ValueError(f'wanted an http or https address, got "{target}". Write type: file for a path.')
    if value["type"] == "file" and is_web(target):
        raise ValueError(f'"{target}" is an address. Write type: url for it.')
    return value


@with_config(hosting.STRICT)
class AllowedHost(TypedDict):
    """A host that descriptor files may be read from."""

    host: str
    paths: NotRequired[list[Annotated[str, Field(pattern="^/")]]]
    address: NotRequired[str]


@with_config(hosting.STRICT)
class Reading(TypedDict):
    """What may be read over the network, beside the addresses that these options name."""

    allow: list[Annotated[AllowedHost, BeforeValidator(allowed_host)]]


class Options(BaseModel):
    """Where entities come from, and which kinds are allowed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    locations: list[Annotated[LocationSpec, AfterValidator(_at_its_address)]] = Field(
        default_factory=list,
        description="Descriptor files: `{type: file, target: ./services/**/catalog-info.yaml}`; a path, a glob or an address.",
    )
    rules: list[Rule] | None = Field(
        default=None,
        description="Which kinds are allowed, and from where: `[{allow: [Component, Group]}]`; without rules, "
        "Component, API and Location, as in Backstage.",
    )
    providers: Annotated[Providers, BeforeValidator(supported_providers)] = Field(
        default_factory=Providers,
        description="Services: a running Backstage, repositories and people of GitHub, projects of GitLab: "
        "`github: {main: {organization: example}}`.",
    )
    reading: Reading = Field(
        default_factory=lambda: Reading(allow=[]),
        description="Hosts that Location entities and placeholders may read from: `allow: [{host: github.com}]`, also "
        "`{host: '*.example.org', paths: [/api/]}`.",
    )
    integrations: Annotated[hosting.Integrations, BeforeValidator(hosting.supported_integrations)] = Field(
        default_factory=hosting.Integrations,
        validate_default=True,
        description="GitHubs and GitLabs that repositories are read from, with their tokens: "
        "`github: [{host: github.com, token: ${GITHUB_TOKEN}}]`.",
    )

    source: Annotated[str, AfterValidator(source_folder)] = Field(
        default="",
        description="The address of the folder of `site.yaml` in its repository: `https://github.com/example/portal/blob/main/`. "
        "Entities of files get their addresses for viewing and editing from it.",
    )
    codeowners: bool = Field(
        default=False, description="Whether entities that name no owner get the one that `CODEOWNERS` gives their file."
    )
    templates: TemplatesSpec = Field(
        default_factory=TemplatesSpec,
        description="How one starts a template: `start: {command: ..., link: ...}` with placeholders such as `{ref.name}` and `{source}`.",
    )

    @field_validator("integrations")
    @classmethod
    def _completed(cls, value: hosting.Integrations, said: ValidationInfo) -> hosting.Integrations:
        addresses = [location["target"] for location in said.data.get("locations", ()) if location["type"] == "url"]
        addresses += [entry["address"] for entry in said.data.get("reading", {"allow": ()})["allow"] if "address" in entry]
        return completed(value, addresses, said.data.get("providers", Providers()))
