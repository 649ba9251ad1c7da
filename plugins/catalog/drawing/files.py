"""Definitions as files beside their page, so that they can be downloaded as what they are."""

from __future__ import annotations

from callboard.plugin import Entity

from .definitions import definition_ending


def _file(entity: Entity, ending: str) -> str | None:
    text, kind = entity.spec.get("definition"), entity.spec.get("type")
    return text if isinstance(text, str) and text and definition_ending(text, kind) == ending else None


def as_yaml(entity: Entity, _portal: object) -> str | None:
    """The definition if it is YAML, else None."""
    return _file(entity, "yaml")


def as_json(entity: Entity, _portal: object) -> str | None:
    """The definition if it is JSON, else None."""
    return _file(entity, "json")


def as_graphql(entity: Entity, _portal: object) -> str | None:
    """The definition if it is GraphQL, else None."""
    return _file(entity, "graphql")


def as_proto(entity: Entity, _portal: object) -> str | None:
    """The definition if it is a protocol buffer, else None."""
    return _file(entity, "proto")


def as_txt(entity: Entity, _portal: object) -> str | None:
    """The definition if it is any other text, else None."""
    return _file(entity, "txt")
