"""Pictures of relations: what stands where, what is said when there is more, and that nobody's text becomes markup."""

import re
import time
from xml.etree import ElementTree

import pytest

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def draw(code):
    return code.picture.relations_svg


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # our own text


def node(name: str, hop: int, kind: str = "Component", href: str = "/x/") -> tuple[str, str, str, str, str, int]:
    return (f"{kind}:default/{name}".lower(), name, href, kind, "service" if kind else "", hop)


def places(svg: str) -> dict[str, tuple[int, int]]:
    """The left upper corner of each box, by its title."""
    found = {}
    for element in parsed(svg).iter():
        names = [text for text in element.findall(f"{SVG}text") if text.get("class") is None][:1]
        if names and (at := re.match(r"translate\((-?\d+) (-?\d+)\)", element.get("transform", ""))):
            found[names[0].text] = (int(at[1]), int(at[2]))
    return found


CHAIN = {
    "nodes": [node("me", 0), node("need", 1), node("user", 1), node("deep", 2), node("far", 2)],
    "edges": [(0, 1, "dependsOn"), (2, 0, "dependsOn"), (1, 3, "partOf"), (4, 2, "consumesApi")],
    "hidden": {},
}


def test_layers(draw):
    """What refers to the entity stands left of it, what it refers to right of it, each a column further out."""
    at = places(draw(CHAIN))
    columns = sorted({x for x, _ in at.values()})
    assert [next(name for name in at if at[name][0] == x) for x in columns] == ["far", "user", "me", "need", "deep"]


def test_edges_are_named(draw):
    """Each group of edges has the words of its relation; one between boxes that hang on others has them as its title."""
    svg = draw({**CHAIN, "edges": [*CHAIN["edges"], (0, 1, "consumesApi"), (2, 1, "derivedFrom")]})
    said = [text.text for group in parsed(svg).iter(f"{SVG}g") if group.get("class") == "relation" for text in group]
    assert sorted(said) == ["consumes API", "depends on", "depends on, consumes API", "part of"]
    assert [title.text for title in parsed(svg).iter(f"{SVG}title")] == ["user: derived from need"]
    [drawn] = [group for group in parsed(svg).iter(f"{SVG}g") if group.get("class") == "edges"]
    assert len(drawn) == 4, "two relations between the same two are one line"


def test_what_is_left_out_is_counted(draw):
    """A count on its own side, as a link to the lists."""
    svg = draw({**CHAIN, "hidden": {0: {"out": 12, "in": 0}, 2: {"out": 0, "in": 3}}}, "#lists")
    assert svg.count('href="#lists"') == 2
    assert "+12 more" in svg
    assert "+3 more" in svg


def test_boxes_do_not_overlap(draw):
    """Forty boxes, none on another."""
    nodes = [node("me", 0)]
    edges = []
    for side in range(12):
        nodes.append(node(f"n{side}", 1))
        edges.append((0, len(nodes) - 1, "dependsOn") if side < 6 else (len(nodes) - 1, 0, "dependsOn"))
    for parent in range(1, 13):
        for child in range(2):
            nodes.append(node(f"n{parent}.{child}", 2))
            edges.append((parent, len(nodes) - 1, "partOf") if parent <= 6 else (len(nodes) - 1, parent, "partOf"))
    at = places(draw({"nodes": nodes, "edges": edges, "hidden": {3: {"out": 4, "in": 0}}}))
    assert len(at) == 37
    for name, (x, y) in at.items():
        assert not [other for other, (a, b) in at.items() if other != name and a == x and abs(b - y) < 40]
        assert y >= 0


def test_missing_and_own_are_no_links(draw):
    """The entity itself and what does not exist are boxes, everything else a link."""
    svg = draw(
        {"nodes": [node("me", 0), node("gone", 1, "", ""), node("there", 1)], "edges": [(0, 1, "a"), (0, 2, "a")], "hidden": {}}
    )
    assert len(list(parsed(svg).iter(f"{SVG}a"))) == 1
    assert ">missing<" in svg


def test_text_stays_text(draw):
    """Titles with markup, quotes and enormous length; the whole title is there for those who point at it."""
    evil = '<script>"&' + "w" * 200
    svg = draw({"nodes": [node("me", 0), node(evil, 1, "K<", '/x"/')], "edges": [(0, 1, "<b>")], "hidden": {}})
    assert "<script" not in svg
    assert evil in [title.text for title in parsed(svg).iter(f"{SVG}title")]
    assert max(len(text.text or "") for text in parsed(svg).iter(f"{SVG}text")) < 40


def test_no_style_and_the_same_again(draw):
    """Nothing that a strict content policy refuses; the same graph gives the same bytes; none without relations."""
    svg = draw(CHAIN)
    assert "style" not in svg
    assert svg == draw(CHAIN)
    assert draw({"nodes": [node("me", 0)], "edges": [], "hidden": {}}) == ""


def test_icons_are_drawn_once(draw):
    """A kind's icon is a symbol that each box uses; a kind without one has its letter."""
    svg = draw(
        CHAIN | {"nodes": [*CHAIN["nodes"], node("odd", 1, "Dataset")], "edges": [*CHAIN["edges"], (0, 5, "b")]}, "", icon_of
    )
    assert svg.count("<symbol") == 1
    assert svg.count('<use href="#kind-component"') == 5
    assert re.search(r'class="glyph"[^>]*>D<', svg)


def icon_of(kind: str) -> str:
    return '<svg class="icon"><path d="M0 0"/></svg>' if kind == "component" else ""


def test_nearby_shares_its_room(code):
    """One step around an entity from the relations of its page: each relation is seen, the rest counted on its side."""
    targets = [(f"t{n}", "/x/", f"component:default/t{n}", "Component", "", "") for n in range(20)]
    relations = [
        {"type": "ownedBy", "total": 1, "targets": [("pay", "/g/", "group:default/pay", "Group", "", "")], "reverse": ""},
        {"type": "dependsOn", "total": 30, "targets": targets, "reverse": ""},
        {
            "type": "dependencyOf",
            "total": 2,
            "targets": [("web", "/w/", "component:default/web", "Component", "", "")] * 2,
            "reverse": "dependsOn",
        },
    ]
    svg = code.nearby.nearby_svg(relations, {"kind": "Component", "spec": {"type": "x"}}, "me", "relations/")
    at = places(svg)
    assert at["pay"][0] > at["me"][0] > at["web"][0]
    assert [name for name in at if name.startswith("t")] == ["t0", "t1", "t2", "t3", "t4"]
    assert "+25 more" in svg


def test_a_picture_is_quick(draw):
    """Forty entities in far less than the rest of a page takes."""
    nodes = [node("me", 0), *(node(f"name of entity {n}", 1) for n in range(39))]
    graph = {"nodes": nodes, "edges": [(0, n, "dependsOn") for n in range(1, 40)], "hidden": {}}
    draw(graph)
    started = time.process_time()
    for _ in range(20):
        draw(graph)
    assert (time.process_time() - started) / 20 < 0.005


@pytest.mark.parametrize(
    ("text", "kind", "ending"),
    [
        ("openapi: 3.1.0", "openapi", "yaml"),
        (' {"openapi": "3.1.0"}', "openapi", "json"),
        ("asyncapi: 3.0.0", "AsyncAPI", "yaml"),
        ("type Query { a: Int }", "graphql", "graphql"),
        ('syntax = "proto3";', "grpc", "proto"),
        ("whatever", "trpc", "txt"),
        ("whatever", None, "txt"),
    ],
)
def test_endings(code, text: str, kind: object, ending: str):
    """A file is called what it is."""
    assert code.definitions.definition_ending(text, kind) == ending


@pytest.mark.parametrize("kind", ["openapi", "graphql", "grpc", "trpc"])
def test_definitions_stay_text(code, kind: str):
    """Whatever is written, the text comes out as it went in, and nothing of it is markup."""
    text = '# <b>\n"<i>": \'x\'\n"""<u>"""\n// </code>\nkey: &a "q" # c\n- a: {b: 1}\nmessage A { }\n'
    html = code.definitions.definition_html(text, kind)
    bare = re.sub(r'</?span(?: class="\w+")?>', "", html)
    assert bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text
    assert "<" not in bare
