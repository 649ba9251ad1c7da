"""Live answers, asked of the function itself: what clients may send that they should not, and what is kept."""

import base64
import json
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callboard.plugin import Call, Reply

ENTITIES = [
    {
        "apiVersion": "v1",
        "kind": "Component",
        "metadata": {
            "name": "Web",
            "namespace": "default",
            "uid": "u1",
            "annotations": {"backstage.io/managed-by-origin-location": "url:https://example.com/c.yaml"},
        },
        "spec": {"type": "service"},
        "relations": [{"type": "ownedBy", "targetRef": "group:default/a"}],
    },
    {"apiVersion": "v1", "kind": "Group", "metadata": {"name": "a", "namespace": "default", "uid": "u2"}, "relations": []},
]
KINDS = [{"name": "Group", "plural": "Groups", "apiVersions": ["v1"], "schema": {"required": ["spec"]}}]


class Site:
    """A published site in memory."""

    def __init__(self, files: Mapping[str, bytes], version: str = "1") -> None:
        self.files, self.version, self.reads = files, version, []

    def read(self, path: str) -> bytes | None:
        """A file."""
        self.reads.append(path)
        return self.files.get(path)


FILES = {
    "api/catalog/entities/index.html": json.dumps(ENTITIES).encode(),
    "api/catalog/kinds.json": json.dumps(KINDS).encode(),
    "api/catalog/entities/by-name/component/default/web/ancestry": b"{}",
}


def cursor(**changed: object) -> str:
    """A cursor without an order, but for what is said."""
    form = {"orderFields": [], "orderFieldValues": ["a"], "isPrevious": False, "firstSortFieldValues": ["a"], "totalItems": 2}
    return base64.b64encode(json.dumps(form | changed).encode()).decode()


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(FILES, "answers")


@pytest.fixture
def ask(code, site):
    """``ask("GET", "/entities", limit="1")`` → the reply."""

    def run(method: str, path: str, body: object = b"", headers: Mapping[str, str] | None = None, **query: str) -> Reply | None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        call = Call(method, path, tuple(query.items()), content, headers or {}, "/portal/api/catalog")
        return code.answers.answer(call, site)

    return run


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "status", "name"),
    [
        ("GET", "/entities", b"", {"filter": "=v"}, 400, "InputError"),
        ("GET", "/entities", b"", {"limit": "0"}, 400, "InputError"),
        ("GET", "/entities", b"", {"limit": "x"}, 400, "InputError"),
        ("GET", "/entities", b"", {"offset": "-1"}, 400, "InputError"),
        ("GET", "/entities", b"", {"after": "x"}, 400, "InputError"),
        ("GET", "/entities", b"", {"after": "W10="}, 400, "InputError"),
        ("GET", "/entities", b"", {"order": "kind,asc"}, 400, "InputError"),
        ("GET", "/entities/by-query", b"", {"cursor": "x"}, 400, "InputError"),
        (
            "GET",
            "/entities/by-query",
            b"",
            {"cursor": cursor(orderFields=[{"field": "kind", "order": "asc"}])},
            400,
            "InputError",
        ),
        ("GET", "/entities/by-query", b"", {"cursor": cursor(orderFieldValues=["a", "b"])}, 400, "InputError"),
        ("GET", "/entities/by-query", b"", {"orderField": "kind,up"}, 400, "InputError"),
        ("GET", "/entities/by-query", b"", {"totalItems": "maybe"}, 400, "InputError"),
        ("GET", "/entities/by-query", b"", {"limit": "9" * 40}, 400, "InputError"),
        ("GET", "/entities/by-query", b"", {"fields": "a[0]"}, 400, "InputError"),
        ("GET", "/entity-facets", b"", {}, 400, "InputError"),
        ("GET", "/entities/by-name/component/default/no", b"", {}, 404, "NotFoundError"),
        ("GET", "/entities/by-name/group/default/a/ancestry", b"", {}, 404, "NotFoundError"),
        ("GET", "/entities/by-uid/no", b"", {}, 404, "NotFoundError"),
        ("GET", "/locations/no", b"", {}, 404, "NotFoundError"),
        ("GET", "/locations/by-entity/group/default/a", b"", {}, 404, "NotFoundError"),
        ("POST", "/entities/by-query", b"{", {}, 400, "InputError"),
        ("POST", "/entities/by-query", b"[]", {}, 400, "InputError"),
        ("POST", "/entities/by-query", b"[" * 100_000, {}, 400, "InputError"),
        ("POST", "/entities/by-query", {"query": [{"kind": "a"}]}, {}, 400, "InputError"),
        ("POST", "/entities/by-query", {"query": {"kind": {"$like": 1}}}, {}, 400, "InputError"),
        ("POST", "/entities/by-query", {"limit": True}, {}, 400, "InputError"),
        ("POST", "/entities/by-query", {"cursor": ""}, {}, 400, "InputError"),
        ("POST", "/entities/by-query", {"orderBy": ["kind"]}, {}, 400, "InputError"),
        ("POST", "/entities/by-query", {"orderBy": [{"field": "kind", "order": "up"}]}, {}, 400, "InputError"),
        ("POST", "/entities/by-query", {"fullTextFilter": {"term": 1}}, {}, 400, "InputError"),
        ("POST", "/entities/by-query", {"fields": "kind"}, {}, 400, "InputError"),
        ("POST", "/entities/by-refs", {}, {}, 400, "InputError"),
        ("POST", "/entities/by-refs", {"entityRefs": [1]}, {}, 400, "InputError"),
        ("POST", "/entity-facets", {"facets": []}, {}, 400, "InputError"),
        ("POST", "/locations/by-query", {"limit": 0}, {}, 400, "InputError"),
        ("POST", "/locations/by-query", {"cursor": "x"}, {}, 400, "InputError"),
        ("POST", "/locations", {"type": "url", "target": "x"}, {}, 403, "NotAllowedError"),
        ("POST", "/locations", {"type": "url", "target": "x"}, {"dryRun": "true"}, 501, "NotImplementedError"),
        ("POST", "/locations", {"type": "url", "target": "x"}, {"dryRun": "YES"}, 501, "NotImplementedError"),
        ("DELETE", "/locations/x", b"", {}, 403, "NotAllowedError"),
        ("DELETE", "/entities/by-uid/u1", b"", {}, 403, "NotAllowedError"),
        ("POST", "/refresh", {"entityRef": "x"}, {}, 501, "NotImplementedError"),
        ("POST", "/analyze-location", {}, {}, 501, "NotImplementedError"),
        ("DELETE", "/entities", b"", {}, 405, "MethodNotAllowedError"),
        ("GET", "/entities/by-refs", b"", {}, 405, "MethodNotAllowedError"),
    ],
)
def test_errors(ask, method, path, body, query, status, name):
    """Each has Backstage's form and says what was asked."""
    reply = ask(method, path, body, **query)
    error = json.loads(reply.content)
    assert (reply.status, error["response"]["statusCode"], error["error"]["name"]) == (status, status, name)
    assert error["error"]["message"]
    assert error["request"]["method"] == method
    assert error["request"]["url"].startswith(f"/portal/api/catalog{path}")


def test_what_is_none_of_its_paths(ask, code):
    """Is left to the files; and without published entities there is no API."""
    assert ask("GET", "/kinds.json") is None
    assert ask("GET", "/") is None
    assert ask("GET", "/entities/by-name/component/default") is None
    assert code.answers.answer(Call("GET", "/entities"), Site({}, "none")) is None


def test_names_in_any_case(ask):
    """As Backstage."""
    assert json.loads(ask("GET", "/entities/by-name/COMPONENT/default/wEB").content) == ENTITIES[0]
    assert ask("GET", "/entities/by-name/Component/default/Web/ancestry").content == b"{}"
    assert ask("GET", "/entities/").status == 200


def test_the_next_page(ask):
    """Stands in the link header, with all that was asked, below the site's own path."""
    reply = ask("GET", "/entities", limit="1", filter="kind=group,kind=component", offset="0")
    [link] = [value for name, value in reply.headers if name == "Link"]
    query = "limit=1&filter=kind%3Dgroup%2Ckind%3Dcomponent&after=eyJsaW1pdCI6MSwib2Zmc2V0IjoxfQ%3D%3D"
    assert link == f'</portal/api/catalog/entities?{query}>; rel="next"'
    last = ask("GET", "/entities", limit="1", after="eyJsaW1pdCI6MSwib2Zmc2V0IjoxfQ==")
    assert json.loads(last.content) == ENTITIES[1:]
    assert "Link" not in dict(last.headers)


def test_pages_of_locations(code):
    """A cursor goes on behind the last location of its page, and the last page has none."""
    entities = [
        {
            "kind": "API",
            "metadata": {"name": f"a{n}", "annotations": {"backstage.io/managed-by-origin-location": f"url:https://x/{n}"}},
        }
        for n in range(5)
    ]
    site = Site({"api/catalog/entities/index.html": json.dumps(entities).encode()}, "locations")
    seen, sizes, body = [], [], {"limit": 2}
    while body and len(sizes) < 9:
        reply = code.answers.answer(Call("POST", "/locations/by-query", (), json.dumps(body).encode()), site)
        page = json.loads(reply.content)
        assert page["totalItems"] == 5
        seen += [location["target"] for location in page["items"]]
        sizes.append(len(page["items"]))
        body = {"cursor": page["pageInfo"]["nextCursor"]} if page["pageInfo"] else None
    assert (sizes, sorted(seen)) == ([2, 2, 1], [f"https://x/{n}" for n in range(5)])


def test_what_a_client_has_already(ask, code):
    """An ETag lasts as long as the site; what changes nothing but is no GET has none."""
    reply = ask("GET", "/entities", fields="kind")
    tag = dict(reply.headers)["ETag"]
    assert ask("GET", "/entities", headers={"if-none-match": tag}, fields="kind").status == 304
    assert ask("GET", "/entities", headers={"if-none-match": tag}).status == 200
    call = Call("GET", "/entities", (("fields", "kind"),), b"", {"if-none-match": tag}, "/portal/api/catalog")
    assert code.answers.answer(call, Site(FILES, "answers, newer")).status == 200
    assert ask("POST", "/entities/by-refs", {"entityRefs": []}).headers == ()


def test_files_are_read_once(code):
    """For each publication."""
    site = Site(FILES, "once")
    for _ in range(3):
        code.answers.answer(Call("GET", "/entities"), site)
    assert site.reads == ["api/catalog/entities/index.html"]
    site.version, site.files = "twice", {"api/catalog/entities/index.html": b"[]"}
    assert code.answers.answer(Call("GET", "/entities"), site).content == b"[]"


def test_validation(ask):
    """By the kinds of the site."""
    group = {"apiVersion": "v1", "kind": "Group", "metadata": {"name": "g"}, "spec": {}}
    assert ask("POST", "/validate-entity", {"entity": group, "location": "url:https://x/y"})[:2] == (200, b"")
    del group["spec"]
    reply = ask("POST", "/validate-entity", {"entity": group, "location": "url:https://x/y"})
    assert reply.status == 400
    assert json.loads(reply.content)["errors"][0]["message"].startswith("spec: ")


WORDS = st.sampled_from(
    ["kind", "metadata.name", "component", "$all", "$any", "$not", "$in", "$exists", "$contains", "relations", "type", ""]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["query", "cursor", "limit", "offset", "orderBy", "fullTextFilter", "fields", "totalItems", "entityRefs", "facets"]
)
PATHS = ["/entities/by-query", "/entities/by-refs", "/entity-facets", "/locations/by-query", "/validate-entity"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PATHS), st.dictionaries(KEYS, JSON, max_size=4) | JSON)
def test_any_body_has_an_answer(ask, path, body):
    """Whatever is sent: an answer or a refusal, never a fault of ours."""
    assert ask("POST", path, body).status in (200, 400)
