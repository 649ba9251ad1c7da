"""People: who is in which group, directly and through the groups below, and who owns what."""

import time

import pytest

from callboard.plugin import Entity, EntityRef, Place

ACME = """
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: acme, title: Acme}
spec: {type: organization, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: shops, title: Shops}
spec: {type: department, parent: acme, children: [team-b]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team-a, title: Team A}
spec: {type: team, parent: shops, children: [], members: [ada, gone]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team-b, title: Team B}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ada}
spec: {memberOf: [team-b], profile: {displayName: Ada Lovelace, email: ada@example.com}}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: lin}
spec: {memberOf: [shops]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: web}
spec: {type: website, lifecycle: production, owner: team-a}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: cart}
spec: {type: service, lifecycle: production, owner: "group:default/TEAM-B"}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: db}
spec: {type: database, owner: user:lin}
"""
FILE = [{"type": "file", "target": "org.yaml"}]


@pytest.fixture
def acme(provide):
    return provide({"org.yaml": ACME}, locations=FILE).dataset


def group(dataset, name):
    return next(record for record in dataset["groups"] if record["ref"] == f"group:default/{name}")


def titles(faces):
    return [face["title"] for face in faces]


def test_members_direct_and_aggregated(acme):
    """A group's own members, and those of all groups below it, each once, with the groups that they are in."""
    shops = group(acme, "shops")
    assert titles(shops["members"]) == ["lin"]
    assert [(face["title"], titles(face["via"])) for face in shops["everyone"]] == [
        ("Ada Lovelace", ["Team A", "Team B"]),
        ("gone", ["Team A"]),
        ("lin", ["Shops"]),
    ]
    assert (shops["members_total"], shops["everyone_total"]) == (1, 3)
    assert group(acme, "team-b")["everyone"] == [], "nobody but its own"
    assert [face["path"] for face in group(acme, "team-a")["members"]] == ["default/user/ada/", ""], (
        "who is not described has no page"
    )


def test_the_hierarchy_from_both_sides(acme):
    """Parents name children or children parents: it is the same; chains go up, lists go down with figures."""
    assert titles(group(acme, "team-b")["chain"]) == ["Acme", "Shops"]
    below = group(acme, "shops")["below"]
    assert [(face["title"], face["everyone_total"], face["owned_total"]) for face in below] == [
        ("Team A", 2, 1),
        ("Team B", 1, 1),
    ]


def test_what_is_owned(acme):
    """Counted by kind and type: of the group itself, and with all groups below it, who of them owns how much."""
    assert group(acme, "shops")["owns"] == {"total": 0, "kinds": [], "path": ""}
    owned = group(acme, "shops")["owns_all"]
    assert [(kind["name"], kind["count"], kind["types"]) for kind in owned["kinds"]] == [
        ("Component", 2, [{"name": "service", "count": 1}, {"name": "website", "count": 1}])
    ]
    assert [(one["title"], one["path"]) for one in owned["owners"]] == [
        ("Team A", "owner/default/group/team-a/"),
        ("Team B", "owner/default/group/team-b/"),
    ]
    assert group(acme, "team-a")["owns_all"] is None, "nothing but its own"


def test_a_person(acme):
    """Groups, the groups above them, and what the person owns alone and through groups."""
    ada, lin = acme["people"]
    assert (ada["title"], ada["email"], titles(ada["groups"]), titles(ada["above"])) == (
        "Ada Lovelace",
        "ada@example.com",
        ["Team A", "Team B"],
        ["Acme", "Shops"],
    )
    assert (ada["owns"]["total"], ada["owns_all"]["total"]) == (0, 2)
    assert lin["owns"]["path"] == "owner/default/user/lin/"


def test_the_organisation(acme):
    """The tree in reading order, and where each letter begins."""
    [organisation] = acme["organisation"]
    assert [(row["title"], row["level"]) for row in organisation["tree"]] == [
        ("Acme", 0),
        ("Shops", 1),
        ("Team A", 2),
        ("Team B", 2),
    ]
    assert (organisation["groups"], organisation["people"], organisation["left_out"]) == (4, 2, 0)
    assert organisation["letters"] == [{"letter": "A", "page": 1, "count": 1}, {"letter": "L", "page": 1, "count": 1}]


def test_circles_end(provide):
    """Groups that are each other's parents, and one that is its own, are shown once; their sets are the same."""
    head = "apiVersion: backstage.io/v1alpha1\nkind: Group\n"
    text = "---\n".join(
        f"{head}metadata: {{name: {name}}}\nspec: {{type: team, children: [], parent: {parent}, members: [{member}]}}\n"
        for name, parent, member in (("a", "c", "x"), ("b", "a", "y"), ("c", "b", "z"), ("d", "d", "x"))
    )
    dataset = provide({"org.yaml": text}, locations=FILE).dataset
    assert [(row["title"], row["level"]) for row in dataset["organisation"][0]["tree"]] == [
        ("d", 0),
        ("a", 0),
        ("b", 1),
        ("c", 2),
    ]
    assert [titles(group(dataset, name)["everyone"]) for name in "abc"] == [["x", "y", "z"]] * 3
    assert titles(group(dataset, "a")["chain"]) == ["b", "c"]
    assert group(dataset, "d")["chain"] == []


def test_a_site_without_people(provide):
    """No organisation where there is neither a group nor a person."""
    text = "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: s}\nspec: {owner: nobody}\n"
    assert provide({"org.yaml": text}, locations=FILE).dataset["organisation"] == []


def many(chain: bool) -> list[Entity]:
    def entity(kind: str, name: str, **spec) -> Entity:
        data = {"kind": kind, "metadata": {"name": name, "namespace": "default"}, "spec": spec}
        return Entity(EntityRef(kind, "default", name), data, Place("all.yaml", 1, 1))

    groups = [
        entity("Group", f"g{n}", type="team", children=[], **({"parent": f"g{n - 1 if chain else (n - 1) // 4}"} if n else {}))
        for n in range(400)
    ]
    users = [entity("User", f"u{n}", memberOf=[f"g{n % 400}"]) for n in range(1000)]
    return [*groups, *users, *(entity("Component", f"c{n}", type="service", owner=f"g{n % 400}") for n in range(8600))]


@pytest.mark.parametrize("chain", [False, True])
def test_ten_thousand(code, kinds, chain):
    """10,000 entities with 400 groups take a fraction of a second, even where each group is below another."""
    entities = many(chain)
    start = time.perf_counter()
    lists = code.organisation.lists(entities, kinds)
    assert time.perf_counter() - start < 2, "0.2 s on a quiet machine"
    root = next(record for record in lists["groups"] if record["title"] == "g0")
    assert (root["everyone_total"], root["owns_all"]["total"], root["members_total"]) == (1000, 8600, 3)
    assert len(lists["organisation"][0]["tree"]) == 300
