"""Queries over plain entities: what Backstage's database would answer."""

import base64
import json

import pytest


def entity(name: str, kind: str = "Component", /, *, tags: tuple[str, ...] = (), owner: str = "", **metadata: object) -> dict:
    made = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "uid": f"uid-{name}".lower(), **metadata}}
    if tags:
        made["metadata"]["tags"] = list(tags)
    if owner:
        made["relations"] = [{"type": "ownedBy", "targetRef": f"group:default/{owner}"}]
    return made


SHOP = [
    entity("Web", tags=("Java", "shop"), owner="a", title="The Shop", annotations={"ci.example.com/project": "Org/Web"}),
    entity("db", "Resource", tags=("java",), owner="b", title="Store"),
    entity("cart", owner="a", namespace="shop", title="store", links=[{"url": "u", "title": "x"}, {"url": "v"}]),
    entity("a", "Group"),
]


@pytest.fixture
def engine(code):
    return code.engine.Engine(SHOP)


@pytest.fixture
def find(code, engine):
    """``find({"kind": "api"})`` or ``find("kind=api")`` → the references found."""

    def run(*asked: object) -> list[str]:
        predicate = code.filters.predicate(asked) if isinstance(asked[0], str) else asked[0]
        return [engine.refs[number] for number in sorted(engine.chosen(predicate))]

    return run


def test_rows(code):
    """Leaves only; lists twice; relations by type; what is special, special; long values null, long keys gone."""
    value = {
        "apiVersion": "v1",
        "kind": "X",
        "metadata": {"name": "N", "tags": ["Ab", "ab"], "etag": "e", "empty": {}, "none": None},
        "spec": {
            "n": 1,
            "f": 2.0,
            "tiny": 0.00001,
            "huge": 1e21,
            "b": True,
            "o": [{"p": "Q"}, {"p": "r", "s": [True, 1]}],
            "long": "x" * 201,
            "k" * 200: 1,
        },
        "relations": [{"type": "ownedBy", "targetRef": "group:default/a"}],
        "status": {"items": [{"level": "error"}]},
    }
    rows = code.rows.rows(value)
    assert [(row.key, row.original) for row in rows] == [
        ("apiversion", "v1"),
        ("kind", "X"),
        ("metadata.tags", "Ab"),
        ("metadata.tags.ab", "true"),
        ("metadata.none", None),
        ("spec.n", "1"),
        ("spec.f", "2"),
        ("spec.tiny", "0.00001"),
        ("spec.huge", "1e+21"),
        ("spec.b", "true"),
        ("spec.o.p", "Q"),
        ("spec.o.p", "r"),
        ("spec.o.s", "true"),
        ("spec.o.s", "1"),
        ("spec.long", None),
        ("metadata.name", "N"),
        ("metadata.namespace", "default"),
        ("metadata.uid", None),
        ("relations.ownedby", "group:default/a"),
    ]
    assert all(row.value == (None if row.original is None else row.original.lower()) for row in rows)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["kind=component"], ["component:default/web", "component:shop/cart"]),
        (["KIND = Component , metadata.namespace=SHOP"], ["component:shop/cart"]),
        (["kind=component,kind=group"], ["component:default/web", "component:shop/cart", "group:default/a"]),
        (["kind=group", "kind=resource"], ["group:default/a", "resource:default/db"]),
        (["metadata.tags"], ["component:default/web", "resource:default/db"]),
        (["metadata.tags=java,metadata.tags=shop"], ["component:default/web", "resource:default/db"]),
        (["metadata.tags.java,metadata.tags.shop"], ["component:default/web"]),
        (["metadata.annotations.ci.example.com/project=org/web"], ["component:default/web"]),
        (["relations.ownedby=group:default/a"], ["component:default/web", "component:shop/cart"]),
        (["metadata.annotations"], []),
        (["metadata.links.title=X"], ["component:shop/cart"]),
        (["metadata.title="], []),
        (["kind=group,,  ,"], ["group:default/a"]),
        (["", " , "], ["component:default/web", "component:shop/cart", "group:default/a", "resource:default/db"]),
    ],
)
def test_filters(find, filters, found):
    """The grammar of ``filter=``."""
    assert find(*filters) == found


def test_a_filter_without_a_key(code):
    """Is refused in Backstage's words."""
    with pytest.raises(code.rows.BadQuery, match="'=v' is not a valid statement"):
        code.filters.predicate(["kind=x,=v"])


@pytest.mark.parametrize(
    ("predicate", "found"),
    [
        ({}, 4),
        ({"$all": []}, 4),
        ({"$any": []}, 0),
        ({"Kind": "component", "metadata.namespace": "default"}, 1),
        ({"$not": {"kind": "component"}}, 2),
        ({"$any": [{"kind": "group"}, {"$all": [{"kind": "resource"}, {"metadata.tags.JAVA": True}]}]}, 2),
        ({"metadata.tags": {"$contains": "java"}}, 2),
        ({"metadata.tags": {"$exists": False}}, 2),
        ({"kind": {"$in": ["GROUP", "resource", "x"]}}, 2),
        ({"kind": {"$in": []}}, 0),
        ({"metadata.title": {"$hasPrefix": "STO"}}, 2),
        ({"relations": {"$contains": {"type": "ownedBy"}}}, 3),
        ({"relations": {"$contains": {"Type": "OWNEDBY", "targetRef": "Group:default/B"}}}, 1),
        ({"relations": {"$contains": {"type": "ownedBy", "targetRef": {"$in": ["group:default/a", "group:default/b"]}}}}, 3),
    ],
)
def test_predicates(find, predicate, found):
    """Every operator."""
    assert len(find(predicate)) == found


@pytest.mark.parametrize(
    "predicate",
    [
        7,
        ["component"],
        {"kind": None},
        {"kind": ["a"]},
        {"$any": {"kind": "a"}},
        {"$all": [], "kind": "a"},
        {"$all": [], "$any": []},
        {"$nope": []},
        {"$not": "a"},
        {"$all": ["a"]},
        {"kind": {"$exists": "yes"}},
        {"kind": {"$in": "a"}},
        {"kind": {"$in": [None]}},
        {"kind": {"$hasPrefix": 1}},
        {"kind": {"$matches": "a"}},
        {"kind": {"$exists": True, "$in": []}},
        {"kind": {}},
        {"metadata.links": {"$contains": {"title": "x"}}},
        {"relations": {"$contains": {}}},
        {"relations": {"$contains": {"type": "ownedBy", "target": "x"}}},
        {"relations": {"$contains": {"type": "ownedBy", "targetRef": {"$in": []}}}},
        {"relations": {"$contains": {"type": "ownedBy", "targetRef": 1}}},
    ],
)
def test_what_is_no_predicate(find, code, predicate):
    """Is refused with a sentence, not taken for something else."""
    with pytest.raises(code.rows.BadQuery):
        find(predicate)


def test_a_bottomless_predicate(find, code):
    """Is refused as well."""
    predicate: dict = {"kind": "a"}
    for _ in range(400):
        predicate = {"$not": predicate}
    with pytest.raises(code.rows.BadQuery, match="levels deep"):
        find(predicate)


def refs(code, page) -> list[str]:
    return [code.engine.reference(entity) for entity in page.entities]


def walked(code, engine, search, limit: int) -> tuple[list[list[str]], list[list[str]]]:
    """All pages forwards, and those that lead back from the last."""
    forwards, page = [], engine.searched(search, limit=limit)
    forwards.append(refs(code, page))
    while page.following:
        page = engine.followed(code.search.decoded(page.following.encoded()), limit=limit)
        forwards.append(refs(code, page))
    backwards = []
    while page.previous:
        page = engine.followed(code.search.decoded(page.previous.encoded()), limit=limit)
        backwards.append(refs(code, page))
    return forwards, backwards


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("descending", [False, True])
def test_pages(code, limit, descending):
    """Cursors lead to every entity once and back again, though many share a sort value; whoever lacks the field is left out."""
    many = [entity(f"e{number:02}", title=f"T{number % 3}") for number in range(10)] + [entity("untitled")]
    engine = code.engine.Engine(many)
    search = code.search.Search(None, code.search.Order("metadata.title", descending))
    expected = sorted(
        (f"component:default/e{number:02}" for number in range(10)), key=lambda r: (int(r[-2:]) % 3, r), reverse=descending
    )
    forwards, backwards = walked(code, engine, search, limit)
    assert [ref for page in forwards for ref in page] == expected
    assert backwards == forwards[-2::-1]
    assert engine.searched(search, limit=limit).total == 10


def test_pages_without_an_order(code, engine):
    """Go by reference."""
    forwards, backwards = walked(code, engine, code.search.Search(), 3)
    assert forwards == [["component:default/web", "component:shop/cart", "group:default/a"], ["resource:default/db"]]
    assert backwards == forwards[:1]


def test_a_cursor_outlives_its_entity(code):
    """The site was published again in between: nothing is shown twice, nothing is missed."""
    before = code.engine.Engine([entity(f"e{number}", title="t") for number in range(6)])
    search = code.search.Search(None, code.search.Order("metadata.title"))
    cursor = before.searched(search, limit=2).following
    after = code.engine.Engine([entity(f"e{number}", title="t") for number in (0, 2, 3, 4, 5)])
    assert refs(code, after.followed(cursor, limit=2)) == ["component:default/e2", "component:default/e3"]


def test_counting(code, engine):
    """Only on demand; a limit of 0 only counts."""
    search = code.search.Search({"kind": "component"})
    assert engine.searched(search, limit=0)[:3] == ([], 2, None)
    assert engine.searched(search, count=False).total == 0
    assert refs(code, engine.searched(search, offset=1)) == ["component:shop/cart"]


def test_cursor_of_backstages_form(code, engine):
    """Clients look for ``query`` in it; text outside of ASCII must not break them."""
    search = code.search.Search({"metadata.title": {"$hasPrefix": "ß"}}, code.search.Order("kind"))
    cursor = code.search.Cursor(search, ("a", "b"), backwards=True, first=("a", "a"), total=7)
    assert json.loads(base64.b64decode(cursor.encoded()).decode("ascii")) == {
        "query": {"metadata.title": {"$hasPrefix": "ß"}},
        "orderFields": [{"field": "kind", "order": "asc"}],
        "orderFieldValues": ["a", "b"],
        "isPrevious": True,
        "firstSortFieldValues": ["a", "a"],
        "totalItems": 7,
    }
    assert code.search.decoded(cursor.encoded()) == cursor


@pytest.mark.parametrize(
    "text",
    ["", "x", "!!!!", "bnVsbA==", "W10=", "e30=", base64.b64encode(b'{"orderFields":[{"field":"a","order":"up"}]}').decode()],
)
def test_a_made_up_cursor(code, text):
    """Is refused."""
    with pytest.raises(code.rows.BadQuery):
        code.search.decoded(text)


def test_text_search(code, engine):
    """In the named fields, else in the field of the order, else in the uid."""
    search, order = code.search.Search, code.search.Order("metadata.title")
    both = ["component:shop/cart", "resource:default/db"]
    assert refs(code, engine.searched(search(None, order, " STORE "))) == both
    assert refs(code, engine.searched(search(None, None, "shop", ("metadata.tags", "metadata.namespace")))) == [
        "component:default/web",
        "component:shop/cart",
    ]
    assert refs(code, engine.searched(search(None, None, "-db"))) == ["resource:default/db"]


def test_lists_by_several_fields(code, engine):
    """Whoever lacks a field comes last, whichever way."""
    order = code.search.Order
    orders = (order("metadata.title", descending=True), order("kind"))
    assert refs(code, engine.listed(None, orders)) == [
        "component:default/web",
        "component:shop/cart",
        "resource:default/db",
        "group:default/a",
    ]
    assert refs(code, engine.listed(None, orders, offset=1, limit=2)) == ["component:shop/cart", "resource:default/db"]


def test_facets(code, engine):
    """Values in their own case, sorted, each entity counted once."""
    assert engine.facets(["metadata.tags", "KIND", "nothing"], None) == {
        "metadata.tags": [{"value": "Java", "count": 1}, {"value": "java", "count": 1}, {"value": "shop", "count": 1}],
        "KIND": [{"value": "Component", "count": 2}, {"value": "Group", "count": 1}, {"value": "Resource", "count": 1}],
        "nothing": [],
    }
    assert engine.facets(["kind"], {"metadata.namespace": "shop"}) == {"kind": [{"value": "Component", "count": 1}]}


def test_fields(code):
    """Dotted paths, keys with dots, what is not there left out; the entity itself stays as it was."""
    value = {"kind": "X", "metadata": {"name": "n", "annotations": {"a.b/c": "1", "d": "2"}, "tags": ["x"]}, "spec": None}
    before = json.dumps(value)
    fields = code.fields.parsed(["kind, metadata.annotations.a.b/c", "metadata.tags,nope,spec.type,metadata.name.x"])
    assert code.fields.selected(value, fields) == {"kind": "X", "metadata": {"annotations": {"a.b/c": "1"}, "tags": ["x"]}}
    assert code.fields.selected(value, ("metadata.annotations", "metadata.annotations.d")) == {
        "metadata": {"annotations": {"a.b/c": "1", "d": "2"}}
    }
    assert code.fields.selected(value, ()) is value
    assert json.dumps(value) == before
    with pytest.raises(code.rows.BadQuery, match="array type fields are not supported"):
        code.fields.parsed(["metadata.tags[0]"])
