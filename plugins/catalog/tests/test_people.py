"""People: who is in which group, directly and through the groups below, and who owns what."""

import re
import time
from pathlib import Path

import pytest

from callboard.plugin import Entity, EntityRef, Place
from callboard.testing import Built, Given, build_plugin

PLUGIN = Path(__file__).parents[1]

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


def test_a_person_in_a_group_and_in_one_above_it(provide):
    """A group that they are in themselves is not told again as one above."""
    both = "---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: bea}\nspec: {memberOf: [shops, team-a]}\n"
    [bea] = [one for one in provide({"org.yaml": ACME + both}, locations=FILE).dataset["people"] if one["title"] == "bea"]
    assert (titles(bea["groups"]), titles(bea["above"])) == (["Shops", "Team A"], ["Acme"])


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


def test_the_order_of_people(provide):
    """As people look for them: whatever the case and the accents are, numbers by their value; what has no letter comes first."""
    names = ["Zoe", "Élise", "emil", "Team 10", "Team 9", "42"]
    text = "---\n".join(
        f"apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {{name: u{n}}}\n"
        f"spec: {{memberOf: [], profile: {{displayName: '{name}'}}}}\n"
        for n, name in enumerate(names)
    )
    dataset = provide({"org.yaml": text}, locations=FILE).dataset
    assert titles(dataset["people"]) == ["42", "Élise", "emil", "Team 9", "Team 10", "Zoe"]
    assert [at["letter"] for at in dataset["organisation"][0]["letters"]] == ["#", "E", "T", "Z"]


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
    start = time.process_time()
    lists = code.organisation.lists(entities, kinds)
    assert time.process_time() - start < 2, "0.2 s on a quiet machine"
    root = next(record for record in lists["groups"] if record["title"] == "g0")
    assert (root["everyone_total"], root["owns_all"]["total"], root["members_total"]) == (1000, 8600, 3)
    assert len(lists["organisation"][0]["tree"]) == 150


@pytest.fixture(scope="module")
def built() -> Built:
    """A site with Acme, and somebody whose profile has pictures and more."""
    rita = """
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: rita}
spec:
  memberOf: []
  profile: {displayName: "Rita <b>", picture: "https://faces.example.com/rita.png", slack: "#rita", email: "rita@example.com"}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: sam}
spec: {memberOf: [], profile: {picture: "data:image/png;base64,iVBORw0KGgo="}}
"""
    options = {"locations": FILE, "rules": [{"allow": ["Component", "Resource", "Group", "User"]}]}
    return build_plugin(PLUGIN, Given(options=options, files={"org.yaml": ACME + rita}))


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2].partition("</main>")[0]))


def test_the_organisation_page(built: Built):
    """Groups as a nested list with figures, all people beside them; it stands in the navigation."""
    page = built.page("/catalog/people/")
    tree = page.partition('class="people-tree">')[2].partition("</section>")[0]
    nested = re.sub(r"<(?!/?[uo]l|/?li)[^>]+>", "", tree)
    assert re.sub(r"\s+", "", nested) == (
        "<ul><li>Acmeorganization0direct,3people0direct,2owned"
        "<ul><li>Shopsdepartment1direct,3people0direct,2owned"
        "<ul><li>TeamAteam2people1owned</li><li>TeamBteam1person1owned</li></ul></li></ul></li></ul>"
    )
    assert 'href="/catalog/default/user/ada/">Ada Lovelace</a>' in page
    assert '<a href="/catalog/people/" aria-current="page">' in page
    assert "In no group 2" in text_of(page)


def test_everybody(built: Built):
    """A row each: groups, e-mail, what they own; each letter has its anchor."""
    page = built.page("/catalog/people/all/")
    assert re.findall(r'<tr id="(\w)"', page) == ["a", "l", "r", "s"]
    assert 'href="mailto:ada@example.com"' in page
    assert 'href="/catalog/owner/default/user/lin/">1</a>' in page


def test_a_group_page(built: Built):
    """Who is in it and who is below it; what it owns by kind, each count leading to its list; the groups above and below."""
    page, text = built.page("/catalog/default/group/shops/"), text_of(built.page("/catalog/default/group/shops/"))
    assert "With all groups below: 3 people" in text
    assert "With all groups below: 2 entities" in text
    assert 'href="/catalog/owner/default/group/team-a/"' in page
    assert re.search(r"Belongs to\s+Acme", text)
    members = text_of(built.page("/catalog/default/group/shops/members/"))
    assert "1 in the group itself, 3 with all groups below" in re.sub(r" ,", ",", members)
    assert "/catalog/default/user/ada/members/" not in built.pages
    assert "All 1 entity" in text_of(built.page("/catalog/default/group/team-a/"))


def test_pictures(built: Built):
    """Of profiles only what the site itself holds is loaded; everything else is a link. Nothing in a name becomes markup."""
    rita = built.page("/catalog/default/user/rita/").partition("<main")[2]
    assert "<img" not in rita
    assert 'href="https://faces.example.com/rita.png" rel="noopener"' in rita
    assert "Rita &lt;b&gt;" in rita
    assert "#rita" in text_of("<main" + rita)
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in built.page("/catalog/default/user/sam/")


def test_an_organisation_of_many():
    """More people than fit are reached by letters, a hundred on each numbered page; more groups than fit by their table."""
    people = [f"kind: User\nmetadata: {{name: {'abc'[n % 3]}{n}}}\nspec: {{memberOf: [g{n}]}}\n" for n in range(320)]
    groups = [f"kind: Group\nmetadata: {{name: g{n}}}\nspec: {{type: team, children: []}}\n" for n in range(320)]
    text = "---\n".join(f"apiVersion: backstage.io/v1alpha1\n{one}" for one in (*people, *groups))
    options = {"locations": FILE, "rules": [{"allow": ["Group", "User"]}]}
    built = build_plugin(PLUGIN, Given(options=options, files={"org.yaml": text}))
    page = built.page("/catalog/people/")
    assert 'href="/catalog/people/all/page-2/#b"' in page
    assert "170 groups are not listed here" in text_of(page)
    assert "/catalog/people/all/page-4/" in built.pages
    assert 'id="b"' in built.page("/catalog/people/all/page-2/")
    assert len(page) < 150_000
