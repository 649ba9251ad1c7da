"""Options of templates: how one starts them."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import AfterValidator, ConfigDict, with_config
from typing_extensions import TypedDict  # pydantic wants this one below Python 3.12

from .start import PLACEHOLDERS, unknown

_STRICT = ConfigDict(extra="forbid", frozen=True)


def _known(template: str) -> str:
    wrong = unknown(template)
    if wrong:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValueError(
            f'nothing fills "{{{wrong[0]}}}". Write one of {known}, or {{entity.metadata.name}} for any field of it.'
        )
    return template


def _address(template: str) -> str:
    if not template.startswith(("https://", "http://", "{source")):
        raise ValueError(
            f'wanted an address, got "{template}". Write for example: '
            "https://backstage.example.com/create/templates/{ref.namespace}/{ref.name}"
        )
    return _known(template)


@with_config(_STRICT)
class StartSpec(TypedDict):
    """How one starts a template; `{placeholders}` are filled in from its entity."""

    command: NotRequired[Annotated[str, AfterValidator(_known)]]
    link: NotRequired[Annotated[str, AfterValidator(_address)]]
    title: NotRequired[str]
    parameter: NotRequired[str]


@with_config(_STRICT)
class TemplatesSpec(TypedDict):
    """What pages of templates offer."""

    start: NotRequired[StartSpec]
