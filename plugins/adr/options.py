"""What a mount may say: folders of decisions that belong to no entity, and which of their files are decisions."""

from __future__ import annotations

import re
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from callboard.plugin import hosting, scm


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _inside(value: str) -> str:
    """A folder below the site's root. Raises ValueError with a sentence."""
    parts = value.strip().strip("/").split("/")
    if value.startswith("/") or ".." in parts or not value.strip():
        raise ValueError(f'"{value}" is no folder below site.yaml. Write for example: docs/decisions')
    return "/".join(part for part in parts if part != ".")


class Folder(_Form):
    """A folder of decisions that belong to no entity."""

    folder: Annotated[str, AfterValidator(_inside)]
    """The folder, relative to `site.yaml`."""
    title: str = ""
    """What readers see instead of its path."""
    owner: str = ""
    """A reference to its owner: `group:default/architects`."""
    path: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]*$")] = ""
    """Where its pages lie below the mount; without it, directly below."""


def _folder(value: Any) -> Any:
    return {"folder": value} if isinstance(value, str) else value


def _regex(value: str) -> str:
    """Raises ValueError with a sentence."""
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f'"{value}" is no regular expression: {error}. Write for example: [0-9]{{4}}-.+[.]md') from None
    return value


class Options(_Form):
    """Every option of a mount."""

    folders: list[Annotated[Folder, BeforeValidator(_folder, json_schema_input_type=str | Folder)]] = Field(default_factory=list)
    """Folders of decisions that belong to no entity, relative to `site.yaml`: `docs/decisions`, or a mapping of `folder`, `title`,
    `owner` and `path`."""
    pattern: Annotated[str, AfterValidator(_regex)] = r"(adr[-_ ]?)?[0-9]+([-_. ].*)?\.(md|markdown)"
    """Which files of a folder are decisions: a regular expression for the whole name, in small or capital letters."""
    integrations: Annotated[hosting.Integrations, BeforeValidator(hosting.supported_integrations)] = Field(
        default_factory=hosting.Integrations, validate_default=True
    )
    """Hosts that decisions of other repositories are read from, with their tokens, as the catalog's:
    `github: [{host: github.com, token: ${GITHUB_TOKEN}}]`."""

    @field_validator("integrations")
    @classmethod
    def _completed(cls, value: hosting.Integrations) -> hosting.Integrations:
        """With all public hosts: which of them entities name is not known here."""
        public = (host for host, one in scm.known({}).items())
        return cast(hosting.Integrations, hosting.completed(cast(dict[str, Any], value), public))
