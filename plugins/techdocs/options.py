"""Options: folders that belong to no entity, hosts of repositories, and what else may be read."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, with_config
from typing_extensions import TypedDict  # pydantic wants this one below Python 3.12

from callboard.plugin import hosting, scm


def _below(text: str) -> str:
    if text.startswith("/") or ".." in text.split("/") or "\\" in text:
        raise ValueError(f'"{text}" is no folder below site.yaml. Write for example: handbook')
    return text.strip("/") or "."


def _said(value: Any) -> Any:
    return {"folder": value} if isinstance(value, str) else value


@with_config(hosting.STRICT)
class Folder(TypedDict):
    """Documentation that belongs to no entity."""

    folder: Annotated[str, AfterValidator(_below)]
    """The folder that holds `mkdocs.yml` or `docs/`, relative to `site.yaml`."""
    title: NotRequired[hosting.Text]
    """What it is called; without it, its `site_name`."""
    path: NotRequired[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9][A-Za-z0-9._~-]*)*$")]]
    """Where it lies below this mount; without it, the folder's name."""
    owner: NotRequired[hosting.Text]
    """A reference to who owns it."""
    source: NotRequired[hosting.Address]
    """The address of the folder in its repository: `https://github.com/acme/portal/tree/main/handbook`."""


class Options(BaseModel):
    """What is read beside the annotations of entities."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    docs: list[Annotated[Folder, BeforeValidator(_said, json_schema_input_type=str | Folder)]] = Field(
        default_factory=list,
        description="Folders of documents that belong to no entity, relative to `site.yaml`: `[{title: Handbook, folder: handbook}]`.",
    )
    integrations: Annotated[hosting.Integrations, BeforeValidator(hosting.supported_integrations)] = Field(
        default_factory=hosting.Integrations,
        validate_default=True,
        description="Hosts that repositories are read from, with their tokens, as the catalog's: "
        "`github: [{host: github.com, token: ${GITHUB_TOKEN}}]`.",
    )
    allow: list[hosting.Address] = Field(
        default_factory=list,
        description="Beginnings of addresses whose repositories any entity may show with our token: `[https://github.com/acme/]`. "
        "Without it, an entity that was read from a repository shows documents of that one only.",
    )
    drafts: bool = Field(default=False, description="Whether documents that say they are drafts get pages.")
    old_after: Annotated[int, Field(ge=0, le=10000)] = Field(
        default=0, description="Days after which a page says that it has not been changed for long; 0 for never."
    )

    @field_validator("integrations")
    @classmethod
    def _completed(cls, value: hosting.Integrations) -> hosting.Integrations:
        """With all public hosts: which of them entities name is not known here."""
        public = (host for host, one in scm.known({}).items())
        return cast(hosting.Integrations, hosting.completed(cast(dict[str, Any], value), public))
