"""The built-in kinds as data: their tables show at least what Backstage's show, in its order."""

import pytest

BACKSTAGE = {
    "component": ["@", "spec.system", "spec.owner", "spec.type", "spec.lifecycle", "metadata.description", "metadata.tags"],
    "api": ["@", "spec.system", "spec.owner", "spec.type", "spec.lifecycle", "metadata.description", "metadata.tags"],
    "resource": ["@", "spec.system", "spec.owner", "spec.type", "spec.lifecycle", "metadata.description", "metadata.tags"],
    "airesource": ["@", "spec.system", "spec.owner", "spec.type", "spec.lifecycle", "metadata.description", "metadata.tags"],
    "user": ["@", "metadata.description", "metadata.tags"],
    "domain": ["@", "spec.owner", "metadata.description", "metadata.tags"],
    "system": ["@", "spec.owner", "metadata.description", "metadata.tags"],
    "group": ["@", "spec.type", "metadata.description", "metadata.tags"],
    "template": ["@", "spec.type", "metadata.description", "metadata.tags"],
    "location": ["@", "spec.type", "spec.targets"],
}


@pytest.mark.parametrize("name", BACKSTAGE)
def test_columns(kinds, name):
    """Backstage's default columns of each kind; some of ours stand between them."""
    fields = [column.field for column in kinds[name].columns]
    assert [field for field in fields if field in BACKSTAGE[name]] == BACKSTAGE[name]


def test_every_kind_is_looked_at(kinds):
    """No kind of the catalog is without expected columns."""
    assert set(kinds) == set(BACKSTAGE)


def test_references_in_columns_are_relations(kinds):
    """A column of references resolves them as the relation of the same field does."""
    for kind in kinds.values():
        said = {relation.field: relation.kind for relation in kind.relations}
        columns = {column.field: column.kind for column in kind.columns if column.type == "entity" and column.field != "@"}
        assert columns.items() <= said.items(), kind.name


def test_relations_have_two_names(kinds):
    """Each relation has words for both sides, and the other side's reverse is the first."""
    pairs = {(relation.type, relation.reverse) for kind in kinds.values() for relation in kind.relations}
    assert all(relation.title and relation.reverse_title for kind in kinds.values() for relation in kind.relations)
    names = [name for pair in pairs for name in pair]
    assert set(names) == {
        "ownedBy", "ownerOf", "partOf", "hasPart", "providesApi", "apiProvidedBy", "consumesApi", "apiConsumedBy",
        "dependsOn", "dependencyOf", "parentOf", "childOf", "memberOf", "hasMember",
    }  # fmt: skip
