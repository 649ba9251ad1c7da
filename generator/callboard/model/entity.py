"""Entity, EntityRef, Relation, Kind and Graph, as in Backstage's catalog model; kinds are data, none is known by name here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callboard.model.lookup import mapping
from callboard.model.problem import Place

DEFAULT_NAMESPACE = "default"
_UIDS = "6c4ff1c7-6a53-5c39-9f0e-0d2bbd2a0b7d"
"""The namespace of entities that came without a uid."""


@dataclass(frozen=True, slots=True, order=True)
class EntityRef:
    """``kind:namespace/name``. ``str`` gives the canonical, lower-cased form; the parts keep their case."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.namespace}/{self.name}".lower()

    def short(self, *, kind: str = "", namespace: str = DEFAULT_NAMESPACE) -> str:
        """For people, as Backstage's ``humanizeEntityRef``: the kind is dropped if it is ``kind``, a default namespace too."""
        text = self.name if self.namespace.lower() == namespace.lower() else f"{self.namespace}/{self.name}"
        return text if self.kind.lower() == kind.lower() else f"{self.kind.lower()}:{text}"

    @classmethod
    def parse(cls, text: str, *, kind: str | None = None, namespace: str = DEFAULT_NAMESPACE) -> EntityRef:
        """``[<kind>:][<namespace>/]<name>``; the kind ends at the first ``:`` unless a ``/`` comes before it, the name is the rest.

        Raises ValueError with a sentence if a part is empty, or if the kind is missing and ``kind`` gives none.
        """
        rest = text
        colon, slash = text.find(":"), text.find("/")
        found_kind = kind
        if colon >= 0 and (slash < 0 or colon < slash):
            found_kind, rest = text[:colon], text[colon + 1 :]
            slash = rest.find("/")
        found_namespace = namespace
        if slash >= 0:
            found_namespace, rest = rest[:slash], rest[slash + 1 :]
        if found_kind is None:
            raise ValueError(f'the reference "{text}" has no kind, and none is implied here. Write kind:namespace/name.')
        if not found_kind or not found_namespace or not rest:
            raise ValueError(f'the reference "{text}" has an empty part. Write kind:namespace/name.')
        return cls(found_kind, found_namespace, rest)


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity: its envelope as plain data, and where it was read."""

    ref: EntityRef
    data: Mapping[str, Any]
    place: Place
    origin: str = ""
    """The name of the Origin (in the same Dataset) that it came from."""
    document: int = 0
    """Which document of a multi-document file, from 0: lets a problem find the exact line later."""
    digest: str = field(default="", compare=False)
    """A digest of all of this, filled in once the dataset is complete."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """``metadata`` of the envelope."""
        return self.data["metadata"]  # type: ignore[no-any-return]  # validated on entry

    @property
    def spec(self) -> Mapping[str, Any]:
        """``spec`` of the envelope; empty if there is none."""
        return self.data.get("spec") or {}

    def annotation(self, name: str) -> str:
        """The text of an annotation as it is written; "" if there is none, or only space."""
        found = mapping(self.metadata.get("annotations")).get(name)
        return found if isinstance(found, str) and found.strip() else ""

    @property
    def uid(self) -> str:
        """``metadata.uid``, or a UUID (version 5) made from the reference: the same in every build."""
        given = self.metadata.get("uid")
        if isinstance(given, str) and given:
            return given
        from uuid import UUID, uuid5

        return str(uuid5(UUID(_UIDS), str(self.ref)))

    @property
    def title(self) -> str:
        """What people call it: ``spec.profile.displayName``, then ``metadata.title``, then the name (Backstage's presentation order)."""
        profile = self.spec.get("profile")
        shown = profile.get("displayName") if isinstance(profile, (dict, Mapping)) else None
        return str(shown or self.metadata.get("title") or self.ref.name)


@dataclass(frozen=True, slots=True)
class Relation:
    """``type`` from one entity to another; ``place`` is the line that says so (of whichever side wrote it)."""

    type: str
    target: str
    """The canonical reference of the target."""
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RelationField:
    """Which field of a kind makes which relation: ``spec.owner`` → ownedBy/ownerOf, a Group if the reference names no kind."""

    field: str
    type: str
    reverse: str
    kind: str | None = None
    """The kind of a reference that names none; None refuses such a reference."""
    title: str = ""
    reverse_title: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """An entity kind as data (``kinds/*.yaml`` of a plugin)."""

    name: str
    plural: str
    icon: str = ""
    api_versions: tuple[str, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict)
    """A JSON Schema (the subset that plugins/catalog/README.md names) of the whole entity."""
    relations: tuple[RelationField, ...] = ()
    columns: tuple[Any, ...] = ()
    """Column specs (``model.shown.Column``) of this kind's table."""
    cards: tuple[Any, ...] = ()
    """Slot specs (``model.shown.SlotSpec``) of its entities' pages."""
    place: Place = Place("")


@dataclass(frozen=True, slots=True)
class Graph:
    """All entities and relations of a build. Keys are canonical references."""

    entities: Mapping[str, Entity] = field(default_factory=dict)
    relations: Mapping[str, tuple[Relation, ...]] = field(default_factory=dict)
    """By source, sorted by type and target; each relation is here from both of its sides."""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    """By lower-cased name."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Words for each relation type: ``ownedBy`` → ``Owner``."""
    order: Sequence[str] = ()
    """Relation types in the order in which pages show them."""
    reverses: Mapping[str, str] = field(default_factory=dict)
    """A relation type that is the other side of one that kinds declare → that one: ``ownerOf`` → ``ownedBy``."""
