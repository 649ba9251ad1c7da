"""What readers filter by, of one entity: its type, lifecycle, tags, owners, systems and what is amiss with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from callboard.plugin import Entity, EntityRef, lookup, segment

OWNED, PART = "ownedBy", "partOf"
_SYSTEM = "system:"
STATUSES = {"orphan": "Is orphan", "error": "Has error", "dangling": "Refers to something missing"}
"""What may be amiss: nothing leads to it any more, its processing failed, something that it refers to does not exist."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing to filter by: its name in addresses of the index, what people call it, and the folder of its static pages."""

    name: str
    title: str
    folder: str
    relation: str = ""
    """The relation whose targets are its values; "" for plain words."""


FACETS = (
    Facet("kind", "Kind", "kind"),
    Facet("type", "Type", "type"),
    Facet("owners", "Owner", "owner", OWNED),
    Facet("systems", "System", "system", PART),
    Facet("lifecycles", "Lifecycle", "lifecycle"),
    Facet("tags", "Tag", "tag"),
    Facet("namespace", "Namespace", ""),
    Facet("status", "Status", ""),
)
"""In the order in which pages show them. Names are those of released Backstage where it has the filter."""


def plain(entity: Entity, name: str) -> list[str]:
    """The words of a facet that is no relation."""
    match name:
        case "kind":
            return [entity.ref.kind]
        case "namespace":
            return [entity.ref.namespace]
        case "tags":
            return texts(entity.metadata.get("tags"))
        case "type" | "lifecycles":
            return texts(entity.spec.get(name.removesuffix("s")))
    return []


def texts(value: Any) -> list[str]:
    """A text or a list of texts as a list; anything else is nothing."""
    if isinstance(value, str):
        return [value] if value else []
    return [one for one in value if isinstance(one, str) and one] if isinstance(value, list) else []


def of_facet(targets: Iterable[str], facet: Facet) -> list[str]:
    """Those targets of a relation that are the facet's values: a System is a part's whole, and so is a Component or Domain."""
    return [ref for ref in targets if facet.relation != PART or ref.startswith(_SYSTEM)]


def is_orphan(entity: Entity) -> bool:
    """Whether what led to it is gone, as Backstage notes it."""
    return (entity.metadata.get("annotations") or {}).get("backstage.io/orphan") == "true"


def has_error(entity: Entity) -> bool:
    """Whether a running catalog could not process it."""
    return "status" in entity.data and bool(lookup(entity.data, "status.items"))


def canonical(text: Any, kind: str | None, namespace: str) -> str:
    """The canonical form of a reference as somebody wrote it; "" for what is none."""
    try:
        return str(EntityRef.parse(text, kind=kind or None, namespace=namespace)) if isinstance(text, str) else ""
    except ValueError:
        return ""


def path_of(ref: EntityRef) -> str:
    """Where an entity's page lies below the catalog."""
    return f"{segment(ref.namespace.lower())}/{segment(ref.kind.lower())}/{segment(ref.name)}/"


def value_path(facet: Facet, value: str) -> str:
    """Where the static page of a facet's value lies below the catalog; "" if it has none."""
    if not facet.folder:
        return ""
    if facet.relation:
        kind, _, rest = value.partition(":")
        namespace, _, name = rest.partition("/")
        return f"{facet.folder}/{segment(namespace)}/{segment(kind)}/{segment(name)}/"
    found = segment(value.lower())
    return f"{facet.folder}/{found}/" if found else ""
