"""Relations of chosen types, for providers: the same as the Graph finds, in both directions."""

from __future__ import annotations

from callboard.data import graph
from callboard.model.entity import Entity, EntityRef, Kind, RelationField
from callboard.model.problem import Place
from callboard.plugin import related

TEAM = Kind("Team", "Teams", relations=(RelationField("spec.parent", "childOf", "parentOf", "Team"),))
THING = Kind(
    "Thing",
    "Things",
    relations=(
        RelationField("spec.owner", "ownedBy", "ownerOf", "Team"),
        RelationField("spec.needs", "dependsOn", "dependencyOf"),
        RelationField("metadata.annotations.acme.com/watcher", "watchedBy", "watches", "Team"),
    ),
)
KINDS = {"team": TEAM, "thing": THING}


def entity(kind: str, name: str, namespace: str = "default", **more: object) -> Entity:
    """One entity; ``more`` are keys of its envelope."""
    data = {"kind": kind, "metadata": {"name": name, "namespace": namespace, **dict(more.pop("metadata", {}))}, **more}  # type: ignore[call-overload]
    return Entity(EntityRef(kind, namespace, name), data, Place("all.yaml", 1, 1))


ENTITIES = [
    entity("Team", "a"),
    entity("Team", "B", spec={"parent": "A"}),
    entity("Thing", "x", "web", spec={"owner": "default/b", "needs": ["thing:y", "thing:web/y", 7, "no kind", ":"]}),
    entity("Thing", "y", "web", metadata={"annotations": {"acme.com/watcher": "team:default/a"}}),
    entity("Thing", "z", spec=None, relations=[{"type": "ownedBy", "targetRef": "team:default/A"}, {"type": 3}, 5]),
]


def test_both_directions() -> None:
    """Fields make relations from both sides, each once, sorted; what is no reference is passed over."""
    found = related(ENTITIES, KINDS, "ownerOf", "dependsOn", "childOf")
    assert found["ownerOf"] == {"team:default/b": ("thing:web/x",)}
    assert found["dependsOn"] == {"thing:web/x": ("thing:web/y",)}
    assert found["childOf"] == {"team:default/b": ("team:default/a",)}


def test_answered_relations_count() -> None:
    """What a running catalog says of an entity is known without fields."""
    assert related(ENTITIES, KINDS, "ownedBy")["ownedBy"] == {
        "thing:default/z": ("team:default/a",),
        "thing:web/x": ("team:default/b",),
    }


def test_the_same_as_the_graph() -> None:
    """Every type, as the Graph has it."""
    whole, _ = graph.build(ENTITIES, KINDS)
    types = sorted({relation.type for edges in whole.relations.values() for relation in edges})
    found = related(ENTITIES, KINDS, *types)
    for name in types:
        wanted = {
            ref: tuple(relation.target for relation in edges if relation.type == name)
            for ref, edges in whole.relations.items()
            if any(relation.type == name for relation in edges)
        }
        assert found[name] == wanted, name


def test_other_types_cost_nothing() -> None:
    """A type that nobody uses gives an empty mapping."""
    assert related(ENTITIES, KINDS, "hasMember") == {"hasMember": {}}
