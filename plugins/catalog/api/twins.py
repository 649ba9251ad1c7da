"""The files of the API: what the path alone decides, where a plain static server finds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from callboard.plugin import Entity, Portal, yaml_text

from ..query.columns import columns
from . import locations as registered
from .shape import encoded, entity_text, shaped

FACETS = (
    "kind",
    "metadata.namespace",
    "metadata.tags",
    "relations.ownedBy",
    "relations.partOf",
    "spec.domain",
    "spec.lifecycle",
    "spec.owner",
    "spec.system",
    "spec.type",
)
"""Facets that can be had without a server."""
_MOST_ABOVE = 100
"""Entities in one ancestry: a chain of thousands of locations would be written out at each of them."""


def entity_json(entity: Entity, portal: Portal) -> str:
    """``by-name``, ``by-uid`` and the page's own ``index.json``."""
    return entity_text(entity, portal.graph)


def descriptor(entity: Entity, _portal: Portal) -> str:
    """The page's ``index.yaml``: the entity as its descriptor says it."""
    return yaml_text({name: value for name, value in entity.data.items() if name not in ("relations", "status")})


def all_entities(portal: Portal) -> str:
    """Every entity, one a line, by reference."""
    graph = portal.graph
    return "[\n" + ",\n".join(entity_text(entity, graph) for entity in graph.entities.values()) + "\n]\n"


def facets(portal: Portal) -> str:
    """The values of the common facets, with counts over all entities."""
    found = columns(map(_fit_for_facets, _shaped(portal)))
    counts = {name: found[name.lower()].counts(None) if name.lower() in found else {} for name in FACETS}
    listed = {name: [{"value": v, "count": n} for v, n in values.items()] for name, values in counts.items()}
    return encoded({"facets": listed})


def locations(portal: Portal) -> str:
    """Where entities come from, as ``GET /locations`` answers."""
    return encoded([{"data": location} for location in registered.known(_shaped(portal))])


def kinds(portal: Portal) -> str:
    """The kinds of this site with what their entities are checked by: ``POST /validate-entity`` reads it."""
    return encoded(
        [
            {"name": kind.name, "plural": kind.plural, "apiVersions": kind.api_versions, "schema": kind.schema}
            for kind in portal.graph.kinds.values()
        ]
    )


def ancestry(entity: Entity, portal: Portal) -> str:
    """The entity and all Location entities that led to it, as Backstage's ``…/ancestry``."""
    graph, above = portal.graph, _above(_Parents(portal.version, portal))
    root = str(entity.ref)
    items: list[str] = []
    seen, waiting = {root}, [root]
    while waiting and len(items) < _MOST_ABOVE:
        ref = waiting.pop()
        parents = [parent for parent in above.get(ref, ()) if parent in graph.entities]
        items.append(f'{{"entity":{entity_text(graph.entities[ref], graph)},"parentEntityRefs":{encoded(parents)}}}')
        waiting += [parent for parent in parents if parent not in seen]
        seen.update(parents)
    return f'{{"rootEntityRef":{encoded(root)},"items":[{",".join(items)}]}}'


@dataclass(frozen=True)
class _Parents:
    """A portal that is hashed by its version."""

    version: str
    portal: Portal = field(compare=False)


@lru_cache(maxsize=1)
def _above(wanted: _Parents) -> Mapping[str, list[str]]:
    """The parents of each entity, sorted."""
    above: dict[str, set[str]] = {}
    for dataset in wanted.portal.datasets.values():
        for record in dataset.lists.get("parents", ()):
            above.setdefault(record["ref"], set()).add(record["parent"])
    return {ref: sorted(parents) for ref, parents in above.items()}


def _shaped(portal: Portal) -> Iterator[dict[str, Any]]:
    graph = portal.graph
    return (shaped(entity, graph) for entity in graph.entities.values())


def _fit_for_facets(entity: Mapping[str, Any]) -> dict[str, Any]:
    """The entity without what none of the FACETS looks at: its rows are most of the work."""
    metadata, spec = entity["metadata"], entity.get("spec") or {}
    return {
        "kind": entity["kind"],
        "metadata": {name: metadata[name] for name in ("namespace", "tags") if name in metadata},
        "spec": {name: spec[name] for name in ("domain", "lifecycle", "owner", "system", "type") if name in spec},
        "relations": [one for one in entity["relations"] if one["type"] in ("ownedBy", "partOf")],
    }
