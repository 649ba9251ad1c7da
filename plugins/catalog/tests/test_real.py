"""Real catalogs of other people: every file gives entities or a reason, and the counts stay what they are."""

from collections import Counter
from pathlib import Path

import pytest

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "catalogs"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real catalogs lie beside the project, and are not here")


@pytest.fixture
def real(provide):
    return provide({}, root=DATA, locations=[{"type": "file", "target": "**/*.{yaml,yml}"}])


def test_counts(real):
    """Entities by kind, and what was left out by reason."""
    assert Counter(entity.ref.kind for entity in real.dataset.entities) == {
        "Component": 390,
        "Location": 19,
        "Group": 17,
        "User": 15,
        "API": 7,
        "AiResource": 6,
        "System": 6,
        "Domain": 4,
        "Resource": 4,
        "Template": 2,
    }
    assert Counter(problem.code for problem in real.dataset.problems) == {
        "bad-entity": 35,
        "catalog/circle": 1,
        "catalog/missing-target": 6,
        "duplicate-entity": 3,
        "unknown-kind": 1,
    }


def test_every_file_is_accounted_for(real):
    """Each YAML file is named with its counts, and each that lost an entity has a problem with a line in it."""
    there = {path.relative_to(DATA).as_posix() for path in DATA.rglob("*.y*ml")}
    assert {file.file for file in real.dataset.files} == there
    told = {problem.place.file for problem in real.dataset.problems if problem.place.line}
    twice = {problem.place.file for problem in real.dataset.problems if problem.code == "duplicate-entity"}
    assert {file.file for file in real.dataset.files if file.rejected} <= told
    empty = {name for name in there if not (DATA / name).read_text(encoding="utf-8").strip()}
    assert {file.file for file in real.dataset.files if not file.accepted} <= told | twice | empty


@pytest.mark.parametrize(
    ("start", "counts"),
    [
        ("webgrip/catalog-info.yaml", {"Location": 4, "Component": 5, "Domain": 2, "System": 4, "Resource": 1}),
        ("one-platform/catalog-info.yaml", {"Location": 2, "Resource": 3, "System": 1, "Component": 16}),
        ("janus-idp/catalog-info.yaml", {"Location": 1, "System": 1, "Component": 77}),
    ],
)
def test_from_one_root_file(provide, start: str, counts: dict[str, int]):
    """The organisations' own root files lead to all the rest."""
    found = provide({}, root=DATA, locations=[{"type": "file", "target": start}])
    assert Counter(entity.ref.kind for entity in found.dataset.entities) == counts
