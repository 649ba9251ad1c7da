"""Registered locations, as far as entities tell of them: each place that one of them originally came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha1
from typing import Any
from uuid import NAMESPACE_URL, uuid5

_ORIGIN = "backstage.io/managed-by-origin-location"


def known(entities: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """All locations that entities (as plain data) name as their origin, sorted by id, which stays the same in every build."""
    found = {origin.get("id"): origin for entity in entities if (origin := of(entity))}
    return [location for _, location in sorted(found.items())]


def of(entity: Mapping[str, Any]) -> dict[str, str]:
    """The location that an entity originally came from; empty if it does not say."""
    origin = (entity["metadata"].get("annotations") or {}).get(_ORIGIN)
    if not isinstance(origin, str):
        return {}
    kind, _, target = origin.partition(":")
    if not kind or not target or kind == "bootstrap":
        return {}
    return {"id": str(uuid5(NAMESPACE_URL, origin)), "type": kind, "target": target, "entityRef": _entity_ref(origin)}


def _entity_ref(origin: str) -> str:
    """The Location entity that Backstage would make of it."""
    return f"location:default/generated-{sha1(origin.encode(), usedforsecurity=False).hexdigest()}"
