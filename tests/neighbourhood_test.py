"""An entity's neighbourhood: what of it is drawn where there is too much, and that the rest is counted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from callboard.data import graph
from callboard.model.entity import Entity, EntityRef, Kind, RelationField
from callboard.model.problem import Place
from callboard.pages.neighbourhood import neighbourhood

NEEDS = RelationField("spec.needs", "dependsOn", "dependencyOf", "Thing")
TRACKS = RelationField("spec.tracks", "tracks", "trackedBy", "Thing")
KINDS = {"thing": Kind("Thing", "Things", relations=(NEEDS, TRACKS))}


def around(things: dict[str, dict[str, list[str]]], hops: int = 2) -> Any:
    """The neighbourhood of the thing ``root``, among things by name with their specs."""
    entities = [
        Entity(
            EntityRef("Thing", "default", name),
            {"kind": "Thing", "metadata": {"name": name}, "spec": spec},
            Place("a.yaml", 1, 1),
        )
        for name, spec in things.items()
    ]
    built, _ = graph.build(entities, KINDS)

    def target(ref: str, _here: str) -> SimpleNamespace:
        return SimpleNamespace(ref=ref, title=ref.rpartition("/")[2], href="", kind="Thing", type="")

    stage: Any = SimpleNamespace(graph=built, links=SimpleNamespace(target=target))
    return neighbourhood("thing:default/root", "/", hops, stage)


def test_a_picture_has_an_end() -> None:
    """Six neighbours a side, three behind each, forty in all; what is not drawn is counted where it is missing."""
    below = {f"b{n}": [f"b{n}-{m}" for m in range(4)] for n in range(7)}
    above = {f"a{n}": [f"a{n}-{m}" for m in range(4)] for n in range(7)}
    things = {"root": {"needs": list(below)}, **{name: {"needs": found} for name, found in below.items()}}
    things |= {name: {"needs": ["root"]} for name in above} | {m: {"needs": [name]} for name, ms in above.items() for m in ms}
    things |= {name: {} for found in below.values() for name in found}
    found = around(things)
    assert len(found["nodes"]) == 40
    assert [sum(node[5] == hop for node in found["nodes"]) for hop in (0, 1, 2)] == [1, 12, 27]
    assert found["hidden"][0] == {"out": 1, "in": 1}
    assert found["left_out"] == 2 + 9 * 1 + 3 * 4, "one a side, one behind each of nine, and all behind the last three"


def test_the_second_step_goes_on_as_the_first_began() -> None:
    """Behind what something tracks, what that tracks comes before what it needs."""
    found = around(
        {"root": {"tracks": ["m"]}, "m": {"needs": ["n1", "n2", "n3"], "tracks": ["o"]}, "n1": {}, "n2": {}, "n3": {}, "o": {}}
    )
    assert [node[1] for node in found["nodes"]] == ["root", "m", "o", "n1", "n2"]
    assert found["hidden"] == {1: {"out": 1, "in": 0}}
