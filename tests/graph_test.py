"""The graph of all entities: relations from both sides, and what is wrong with references, at its line."""

from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from callboard.data import graph
from callboard.model.entity import Entity, EntityRef, Kind, RelationField
from callboard.model.problem import Place
from callboard.yamlfile import Document, documents

OWNER = RelationField("spec.owner", "ownedBy", "ownerOf", "Group", "Owner", "Owns")
KINDS = {
    "component": Kind(
        "Component",
        "Components",
        relations=(
            OWNER,
            RelationField("spec.system", "partOf", "hasPart", "System"),
            RelationField("spec.dependsOn", "dependsOn", "dependencyOf"),
            RelationField("metadata.annotations.example.com/twin", "twinOf", "twinOf", "Component"),
        ),
    ),
    "system": Kind("System", "Systems", relations=(OWNER,)),
    "group": Kind("Group", "Groups"),
}


def read(text: str, file: str = "catalog.yaml") -> list[Entity]:
    found = []
    for document in documents(text):
        assert isinstance(document, Document)
        value = document.value
        ref = EntityRef(value["kind"], value["metadata"].get("namespace", "default"), value["metadata"]["name"])
        found.append(Entity(ref, value, Place(file, document.line, 1), "", document.index))
    return found


def entity(ref: str, place: str = "a.yaml", line: int = 1, **data: Any) -> Entity:
    kind, _, rest = ref.partition(":")
    namespace, _, name = rest.partition("/")
    return Entity(EntityRef(kind, namespace, name), {"kind": kind, "metadata": {"name": name}, **data}, Place(place, line, 1))


def edges(made: graph.Graph) -> set[tuple[str, str, str]]:
    return {(source, relation.type, relation.target) for source, found in made.relations.items() for relation in found}


def test_fields_make_relations_on_both_sides() -> None:
    """Default kinds and the entity's own namespace fill in a short reference; the reverse stands on the other side."""
    made, problems = graph.build(
        [
            entity(
                "Component:shop/Web",
                spec={"owner": "Team", "system": "system:default/Store", "dependsOn": ["component:shop/api"]},
            ),
            entity("Component:shop/api"),
            entity("Group:shop/team"),
            entity("System:default/store"),
        ],
        KINDS,
    )
    assert not problems
    assert edges(made) == {
        ("component:shop/web", "ownedBy", "group:shop/team"),
        ("group:shop/team", "ownerOf", "component:shop/web"),
        ("component:shop/web", "partOf", "system:default/store"),
        ("system:default/store", "hasPart", "component:shop/web"),
        ("component:shop/web", "dependsOn", "component:shop/api"),
        ("component:shop/api", "dependencyOf", "component:shop/web"),
    }


def test_both_sides_saying_it_is_one_relation() -> None:
    """Two entities that name each other have one relation each way, and a cycle is no problem."""
    both = [entity(f"Component:default/{n}", spec={"dependsOn": [f"component:default/{m}"]}) for n, m in (("a", "b"), ("b", "a"))]
    made, problems = graph.build(both, KINDS)
    assert not problems
    assert [relation.type for relation in made.relations["component:default/a"]] == ["dependencyOf", "dependsOn"]


def test_answered_relations_are_used_once() -> None:
    """What a running catalog computed is taken as well, also of kinds that nobody declares, and not twice."""
    listed = [
        {"type": "ownedBy", "targetRef": "group:default/team"},
        {"type": "madeBy", "targetRef": "Group:default/Team"},
        {"type": 1},
    ]
    made, problems = graph.build(
        [entity("Component:default/a", spec={"owner": "team"}, relations=listed), entity("Group:default/team")], KINDS
    )
    assert not problems
    assert [(r.type, r.target) for r in made.relations["component:default/a"]] == [
        ("madeBy", "group:default/team"),
        ("ownedBy", "group:default/team"),
    ]
    assert made.titles["madeBy"] == "Made by"


DANGLING = """\
# the shop
apiVersion: v1
kind: Component
metadata:
  name: web
  annotations:
    example.com/twin: mirror
spec:
  owner: nobody
  dependsOn:
    - component:default/api
    - component:default/gone
---
apiVersion: v1
kind: Component
metadata: {name: api}
spec:
  owner: "group:"
  dependsOn: [web, 7]
"""


def test_dangling_and_broken_references_stand_at_their_line() -> None:
    """Line and column of the very item, in a file of several documents, also behind keys that hold dots."""
    made, problems = graph.build(read(DANGLING), KINDS, read={"catalog.yaml": DANGLING}.get)
    assert [(p.code, p.place.line, p.place.column, p.path) for p in problems] == [
        ("dangling-reference", 7, 5, "metadata.annotations.example.com/twin"),
        ("dangling-reference", 9, 3, "spec.owner"),
        ("dangling-reference", 12, 7, "spec.dependsOn[1]"),
        ("bad-reference", 18, 3, "spec.owner"),
        ("bad-reference", 19, 15, "spec.dependsOn[0]"),
        ("bad-reference", 19, 20, "spec.dependsOn[1]"),
    ]
    assert "component:default/gone, which is not in the catalog" in problems[2].what
    assert ("component:default/web", "dependsOn", "component:default/gone") in edges(made), "readers see it, marked as missing"


def test_a_wrong_kind_or_namespace_is_suggested() -> None:
    """Only the kind or the namespace is wrong: the mend names the entity that was meant."""
    _, problems = graph.build([entity("Component:default/a", spec={"owner": "core"}), entity("Group:teams/core")], KINDS)
    assert problems[0].mend == "Did you mean group:teams/core?"


def test_without_the_file_the_entity_is_named() -> None:
    """A file that cannot be read again costs the exact line, never the problem."""
    _, problems = graph.build([entity("Component:default/a", "gone.yaml", 4, spec={"owner": "x"})], KINDS, read=lambda _: None)
    assert str(problems[0].place) == "gone.yaml:4:1"


def test_a_service_that_gave_a_part_is_one_warning() -> None:
    """Entities of a filtered answer refer to what was not asked for: one warning for the service, not thousands."""
    many = [
        entity(f"Component:default/c{n}", "backstage.example.com", 0, spec={"owner": f"g{n}"}, relations=[]) for n in range(50)
    ]
    _, problems = graph.build(many, KINDS)
    assert [problem.what for problem in problems] == [
        "50 entities that entities of backstage.example.com refer to are not in the catalog, for example group:default/g0."
    ]


def test_the_first_of_two_is_shown() -> None:
    """The same entity from two mounts: the first wins, and both places are named."""
    made, problems = graph.build([entity("Group:default/Team", "a.yaml"), entity("group:default/team", "b.yaml", 9)], KINDS)
    assert made.entities["group:default/team"].place.file == "a.yaml"
    assert [(p.code, str(p.place), "a.yaml:1:1" in p.what) for p in problems] == [("duplicate-entity", "b.yaml:9:1", True)]


def test_titles_and_order_come_from_the_kinds() -> None:
    """Words for relation types, in the order in which kinds name them."""
    made, _ = graph.build([], KINDS)
    assert made.order[:4] == ("ownedBy", "ownerOf", "partOf", "hasPart")
    assert (made.titles["ownerOf"], made.titles["dependencyOf"]) == ("Owns", "Dependency of")


def test_order_of_entities_changes_nothing() -> None:
    """The same entities in another order make the same graph and the same problems."""
    found = read(DANGLING)
    one, other = (graph.build(order, KINDS) for order in (found, found[::-1]))
    assert (list(one[0].entities), one[0].relations, one[1]) == (list(other[0].entities), other[0].relations, other[1])


@pytest.mark.parametrize("count", [10_000])
def test_ten_thousand_entities_take_no_second(count: int) -> None:
    """Six relations each: a budget of 0.25 s on a quiet machine, four times that here."""
    refs = [f"component:default/c{n}" for n in range(count)]
    many = [
        entity(f"Component:default/c{n}", spec={"owner": f"g{n % 99}", "dependsOn": [refs[n - 1], refs[n // 2]]})
        for n in range(count)
    ]
    groups = [entity(f"Group:default/g{n}") for n in range(99)]
    started = perf_counter()
    made, problems = graph.build([*many, *groups], KINDS)
    assert perf_counter() - started < 1
    assert not problems
    assert sum(map(len, made.relations.values())) > 5 * count


def test_the_column_points_at_the_reference(tmp_path: Path) -> None:
    """The line that a problem names really holds the reference."""
    file = tmp_path / "catalog.yaml"
    file.write_text(DANGLING, encoding="utf-8")
    _, problems = graph.build(read(DANGLING), KINDS, read=lambda name: (tmp_path / name).read_text(encoding="utf-8"))
    lines = DANGLING.split("\n")
    said = [lines[p.place.line - 1][p.place.column - 1 :] for p in problems]
    assert [text.split()[0] for text in said] == ["example.com/twin:", "owner:", "component:default/gone", "owner:", "web,", "7]"]
