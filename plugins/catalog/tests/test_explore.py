"""The data of the index page and the graph explorer: what is said there is what the catalog says, whatever the catalog holds."""

import hashlib
import json
import zlib

import pytest

from callboard.data import graph as graphs
from callboard.plugin import Entity, EntityRef, Graph, Kind, Place, RelationField


class Portal:
    """A portal as functions of ``files:`` see it: each entity's page lies where the catalog puts it, unless ``odd`` says another."""

    def __init__(self, kinds, entities, **odd):
        self.graph, _ = graphs.build(entities, kinds)
        self.odd = odd

    def path(self, ref: str) -> str:
        """The page of an entity."""
        found = self.graph.entities[ref].ref
        usual = f"/portal/catalog/{found.namespace.lower()}/{found.kind.lower()}/{found.name}/"
        return self.odd.get(found.name, usual)


def entity(kind: str, name: str, spec: dict, namespace: str = "default", **metadata) -> Entity:
    data = {"kind": kind, "metadata": {"name": name, "namespace": namespace, **metadata}, "spec": spec}
    return Entity(EntityRef(kind, namespace, name), data, Place("c.yaml", 1, 1))


@pytest.fixture
def few(kinds) -> list[Entity]:
    service = {"type": "service", "lifecycle": "live", "owner": "Team", "system": "shop"}
    return [
        entity("Component", "web-shop", service, title="Web Shop", tags=["java", "pci"], description="Sells\nthings."),
        entity("Component", "gone", {**service, "owner": "nobody"}, annotations={"backstage.io/orphan": "true"}),
        entity("Group", "Team", {"type": "team", "children": []}),
        entity("User", "ann", {"memberOf": ["Team"], "profile": {"displayName": "Ann Other"}}, title="Hidden"),
        entity("System", "shop", {"owner": "Team", "domain": "all"}),
        entity("Location", "files", {"targets": ["./a.yaml", "./b.yaml"]}, "Other"),
    ]


def decoded(file: dict, number: int) -> list[list[str]]:
    """The values of each row, as the page's script reads them."""
    array = file["data"][number]
    sets = array.get("sets") or [[at] for at in range(len(array["values"]))]
    return [[array["values"][at] for at in sets[code - 1]] if code else [] for code in array["rows"]]


def test_the_index_says_what_the_catalog_says(code, kinds, few):
    """Rows by title; facets, columns, members and what a text finds, row by row."""
    file = json.loads(code.index.index(Portal(kinds, few, ann="/people/ann/", files="")))
    assert file["names"] == ["ann", "files", "gone", "shop", "Team", "web-shop"]
    assert file["titles"] == ["Ann Other", 0, 0, 0, 0, 1], "0 is the name, 1 its words with capitals"
    assert (file["base"], file["paths"]) == ("/portal/catalog/", {"0": "../../people/ann/", "1": ""})
    facets = {facet["name"]: decoded(file, facet["data"]) for facet in file["facets"]}
    assert facets["owners"][2:] == [["group:default/nobody"], ["group:default/team"], [], ["group:default/team"]]
    assert facets["systems"][5] == ["system:default/shop"]
    assert facets["tags"][5] == ["java", "pci"]
    assert facets["status"] == [[], [], ["orphan", "dangling"], ["dangling"], [], []]
    assert [kind["name"] for kind in file["kinds"]] == ["component", "system", "group", "user", "location"]
    titles = dict(enumerate(file["columns"]))
    user = next(kind for kind in file["kinds"] if kind["name"] == "user")
    member = next(titles[at] for at in user["columns"] if titles[at]["field"] == "spec.memberOf")
    assert decoded(file, member["data"])[0] == ["group:default/team"]
    assert decoded(file, file["members"])[0] == ["group:default/team"]
    assert file["descriptions"][5] == "Sells things."
    assert file["also"] == {"0": "Hidden", "1": "./a.yaml\n./b.yaml"}
    assert json.loads(code.index.descriptions(Portal(kinds, few)))[5] == "Sells\nthings."


def test_descriptions_get_shorter_before_they_go(code, kinds, monkeypatch):
    """A file that gets too heavy has its descriptions cut by half, and by half again; only then are they left out."""
    texts = [" ".join(hashlib.sha256(f"{n} {m}".encode()).hexdigest()[:9] for m in range(30)) for n in range(60)]
    portal = Portal(kinds, [entity("System", f"s{n}", {}, description=text) for n, text in enumerate(texts)])

    def longest(most: int) -> int:
        monkeypatch.setattr(code.index, "_HEAVY", 0)
        monkeypatch.setattr(code.index, "_MOST", most)
        return max(len(text) for text in json.loads(code.index.index(portal))["descriptions"] if text is not None)

    assert 80 < longest(1_000_000) <= 162
    assert 40 < longest(4_500) <= 82
    assert longest(1) == 0


def test_members_of_a_kind_of_ones_own(code, kinds, few):
    """Who can be "me" is said by the relation ``memberOf``, not by the name of Backstage's kind; a group in a group is nobody."""
    member = RelationField("spec.crew", "memberOf", "hasMember", "Group")
    own = {**kinds, "robot": Kind("Robot", "Robots", relations=(member,))}
    file = json.loads(code.index.index(Portal(own, [*few, entity("Robot", "r2", {"crew": "Team"})])))
    of = dict(zip(file["names"], decoded(file, file["members"]), strict=True))
    assert of["r2"] == of["ann"] == ["group:default/team"]
    assert of["Team"] == []


def test_facets_of_the_static_page_are_those_of_the_index(code, kinds, few):
    """Without a script the counts are the same, and each value leads to its page."""
    file = json.loads(code.index.index(Portal(kinds, few)))
    counts = {facet["name"]: {} for facet in file["facets"]}
    for facet in file["facets"]:
        for row in decoded(file, facet["data"]):
            for value in row:
                counts[facet["name"]][value.lower()] = counts[facet["name"]].get(value.lower(), 0) + 1
    static = {facet["name"]: facet["values"] for facet in code.facets.facets(few, kinds)}
    for name, values in static.items():
        assert {value["value"].lower(): value["count"] for value in values} == counts[name], name
    assert {value["path"] for value in static["owners"]} == {"owner/default/group/team/", "owner/default/group/nobody/"}
    assert static["owners"][0]["title"] == "Team"


def test_the_first_rows(code, kinds, few):
    """The kind that is declared first, with its own columns: links of what there is, words of what is missing."""
    [first] = code.facets.first_rows(few, kinds)
    assert (first["kind"], first["total"]) == ("component", 2)
    columns = [heading["field"] for heading in first["headings"]]
    owners = [row["cells"][columns.index("spec.owner")]["parts"][0] for row in first["rows"]]
    assert owners == [
        {"text": "nobody", "path": "", "missing": True},
        {"text": "Team", "path": "default/group/Team/", "missing": False},
    ]
    assert code.facets.first_rows([], kinds) == []


def test_long_descriptions_are_cut_until_the_index_is_light(code, kinds):
    """However much people write, the index stays within its weight, and says that whole texts are elsewhere."""
    many = [
        entity("Component", f"c{n:05}", {"type": "x"}, description="".join(chr(33 + (n * p * p + p) % 90) for p in range(200)))
        for n in range(6000)
    ]
    content = code.index.index(Portal(kinds, many))
    file = json.loads(content)
    assert file["cut"] is True
    assert len(zlib.compress(content.encode(), 6)) <= 300_000


def test_a_relation_that_is_its_own_reverse(code, kinds):
    """Peers are peers of one another: both ways are drawn, since neither of them leads."""
    peers = RelationField("spec.peers", "peerOf", "peerOf", "Robot", "Peers", "Peers")
    own = {**kinds, "robot": Kind("Robot", "Robots", relations=(peers,))}
    portal = Portal(own, [entity("Robot", "r1", {"peers": ["r2"]}), entity("Robot", "r2", {})])
    [found] = json.loads(code.edges.graph(portal))["relations"]
    assert (found["type"], found["reverse"], found["from"], found["to"]) == ("peerOf", "peerOf", [0, 1], [1, 0])


def test_the_graph_has_each_relation_once(code, kinds, few):
    """Forwards only; sources as steps; what does not exist is numbered behind the rows."""
    file = json.loads(code.edges.graph(Portal(kinds, few)))
    edges = set()
    nodes = [*file["names"], *file["missing"]]
    for relation in file["relations"]:
        source = 0
        for step, target in zip(relation["from"], relation["to"], strict=True):
            source += step
            edges.add((nodes[source], relation["type"], nodes[target]))
    assert edges == {
        ("web-shop", "ownedBy", "Team"),
        ("gone", "ownedBy", "group:default/nobody"),
        ("shop", "ownedBy", "Team"),
        ("web-shop", "partOf", "shop"),
        ("gone", "partOf", "shop"),
        ("shop", "partOf", "domain:default/all"),
        ("Team", "hasMember", "ann"),
    }
    owned = next(relation for relation in file["relations"] if relation["type"] == "ownedBy")
    assert (owned["reverse"], owned["title"], owned["reverseTitle"]) == ("ownerOf", "Owner", "Owns")


def test_nothing_at_all(code, kinds):
    """An empty catalog has an empty index and an empty graph."""
    portal = Portal(kinds, [])
    assert isinstance(portal.graph, Graph)
    assert json.loads(code.index.index(portal))["names"] == []
    assert json.loads(code.edges.graph(portal))["relations"] == []
