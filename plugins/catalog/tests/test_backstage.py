"""A running Backstage, played by a real service on this machine: all pages, its filter and token, and what it does wrong."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from callboard.data.asking.client import Client
from callboard.data.cache import MemoryCache
from callboard.data.http.transport import HttpxTransport
from callboard.model.dataset import State
from callboard.plugin import FetchError

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def entity(name: str, **more: object) -> dict:
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Group",
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}"},
        "spec": {"type": "team", "children": []},
        "relations": [{"type": "ownerOf", "targetRef": "component:default/x"}],
        "status": {"items": []},
        **more,
    }


class Service:
    """Answers each page of ``pages`` in turn; ``asked`` are the queries and tokens that arrived."""

    def __init__(self, pages: list) -> None:
        self.pages, self.asked, self.url = pages, [], ""

    def answer(self, path: str, headers) -> tuple[int, bytes]:
        """Status and body for one request."""
        query = parse_qs(urlsplit(path).query)
        self.asked.append((urlsplit(path).path, query, headers.get("Authorization")))
        number = int(query["cursor"][0][1:]) if "cursor" in query else 0
        page = self.pages[number]
        if isinstance(page, (int, bytes)):
            return (page, b"{}") if isinstance(page, int) else (200, page)
        more = {"nextCursor": f"c{number + 1}"} if number + 1 < len(self.pages) else {}
        return 200, json.dumps({"items": page, "totalItems": 9, "pageInfo": more}).encode()


@contextmanager
def serving(pages: list) -> Iterator[Service]:
    service = Service(pages)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = service.answer(self.path, self.headers)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        service.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def client():
    transport = HttpxTransport()

    def made(service: Service, cache: MemoryCache | None = None, now: datetime = NOW) -> Client:
        return Client(
            transport,
            cache or MemoryCache(),
            namespace="catalog",
            mount="catalog",
            hosts=frozenset([urlsplit(service.url).netloc]),
            now=now,
            ttl=60,
            stale=1e6,
            report=lambda run: None,
            sleep=lambda seconds: None,
        )

    yield made
    transport.close()


def options(service: Service, **more: object) -> dict:
    return {"providers": {"backstage": {"main": {"baseUrl": f"{service.url}/", **more}}}}


def test_all_pages(provide, client):
    """Three pages by cursor, the filter only on the first, the token on each; one origin for all of it."""
    with serving([[entity("b")], [entity("a"), entity("c")], [entity("d")]]) as service:
        found = provide({}, http=client(service), **options(service, token="s3cret", filter=["kind=group", "kind=user"]))
    assert found.refs == [f"group:default/{name}" for name in "abcd"]
    assert not found.texts
    assert [(path, query.get("filter"), query.get("cursor")) for path, query, _ in service.asked] == [
        ("/api/catalog/entities/by-query", ["kind=group", "kind=user"], None),
        ("/api/catalog/entities/by-query", None, ["c1"]),
        ("/api/catalog/entities/by-query", None, ["c2"]),
    ]
    assert {token for _, _, token in service.asked} == {"Bearer s3cret"}
    [origin] = found.dataset.origins
    assert (origin.name, origin.kind, origin.label, origin.state, origin.as_of) == (
        "backstage.main",
        "http",
        urlsplit(service.url).netloc,
        State.OK,
        NOW,
    )
    assert found.dataset.entities[0].data["relations"], "the graph uses them"


def test_a_service_that_fails_keeps_the_files(provide, client, tmp_path: Path):
    """Half of its entities are worse than none; those of files are shown, and the failure is said."""
    text = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: local}\nspec: {type: team, children: []}\n"
    with serving([[entity("a")], 500]) as service:
        given = {**options(service), "locations": [{"type": "file", "target": "g.yaml"}]}
        found = provide({"g.yaml": text}, http=client(service), **given)
    assert found.refs == ["group:default/local"]
    assert [(origin.state, bool(origin.error)) for origin in found.dataset.origins] == [(State.OK, False), (State.FAILED, True)]
    [told] = found.texts
    assert told.startswith("site.yaml:3:1  warning: providers.backstage.main: what backstage.main gives is missing: 127.0.0.1:")
    assert told.endswith("[catalog/service-failed]")


def test_the_last_good_answer(provide, client):
    """Asked again when it is down, the service's entities are those of before, and they say how old they are."""
    cache = MemoryCache()
    with serving([[entity("a")], [entity("b")]]) as service:
        provide({}, http=client(service, cache), **options(service))
        service.pages = [503, 503]
        later = client(service, cache, NOW.replace(day=2))
        found = provide({}, http=later, **options(service))
    assert found.refs == ["group:default/a", "group:default/b"]
    assert (found.dataset.origins[0].state, found.dataset.origins[0].as_of) == (State.STALE, NOW)


def test_what_the_other_catalog_computed_is_kept(provide, client):
    """Its relations, status, uid, etag and the annotation of orphans stay as they are; all fields are asked for."""
    orphan = entity("o")
    orphan["metadata"] |= {"etag": "e1", "annotations": {"backstage.io/orphan": "true"}}
    orphan["status"] = {"items": [{"type": "backstage.io/catalog-processing", "level": "error", "message": "no"}]}
    with serving([[orphan]]) as service:
        found = provide({}, http=client(service), **options(service))
        assert "fields" not in service.asked[0][1]
    assert found.dataset.entities[0].data == orphan


def test_a_page_of_another_shape_replaces_nothing(provide, client):
    """What is no page of entities, with a good status, is not kept: the entities of before are shown, in this build and the next."""
    cache = MemoryCache()
    with serving([[entity("a")]]) as service:
        provide({}, http=client(service, cache), **options(service))
        service.pages = [b'{"message": "be right back"}']
        for day in (2, 3):
            found = provide({}, http=client(service, cache, NOW.replace(day=day)), **options(service))
            assert found.refs == ["group:default/a"]
            assert (found.dataset.origins[0].state, found.dataset.origins[0].as_of) == (State.STALE, NOW)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (b"[]", "it is no page of entities"),
        (b'{"items": 5, "pageInfo": {}}', "it is no page of entities"),
        (b'{"items": [], "pageInfo": {"nextCursor": "c0"}}', "gives the same page again and again."),
        (b"<html>", "127.0.0.1"),
    ],
)
def test_answers_of_another_shape(provide, client, page: bytes, words: str):
    """What is no page of entities is a failure with words (of the whole mount, if it has nothing else), and never an endless loop."""
    with serving([page]) as service:
        asked = client(service)
        with pytest.raises(FetchError, match=words):
            provide({}, http=asked, **options(service))


def test_entities_that_cannot_be_shown(provide, client):
    """A name that would make a strange path and a kind that nobody declares are left out, and told; the kinds once each."""
    strange = [entity("../x"), entity("k1", kind="Robot"), entity("k2", kind="Robot"), "text", entity("ok", spec={"odd": True})]
    with serving([strange]) as service:
        found = provide({}, http=client(service), **options(service))
    assert found.refs == ["group:default/ok"]
    assert [text.rpartition("[")[2] for text in found.texts] == ["unknown-kind]", "bad-entity]", "bad-entity]"]
    assert "2 of the entities of 127.0.0.1" in found.texts[0]


def test_a_token_is_never_told(code):
    """Neither a problem of the options nor the options themselves show it."""
    given = {"providers": {"backstage": {"main": {"baseUrl": "https://b.example", "token": "s3cret"}}}}
    assert "s3cret" not in repr(code.provider.Options.model_validate(given))
    with pytest.raises(ValueError, match="wanted a text for this secret"):
        code.provider.Options.model_validate(
            {"providers": {"backstage": {"main": {"baseUrl": "https://b.example", "token": ["s3cret"]}}}}
        )


@pytest.mark.parametrize("name", ["azureDevOps", "ldapOrg"])
def test_other_providers_are_refused(code, name: str):
    """Backstage's other providers are answered with what is supported."""
    with pytest.raises(
        ValueError, match=f'the provider "{name}" is not supported; supported are backstage, github, githubOrg and gitlab'
    ):
        code.provider.Options.model_validate({"providers": {name: {}}})
