"""``callboard proxy`` as a real process before a real service: Backstage's semantics, case by case, and what a site can say of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import callboard_tests_proxied as proxied  # conftest.py puts it there
import callboard_tests_upstream as upstreams
import pytest

from callboard.data.redact import Striking
from callboard.model.secret import Secret

if TYPE_CHECKING:
    from tests.proxied import Proxied, Said
    from tests.upstream import Seen, Upstream

SITE = """\
site: {{title: Test portal, url: https://portal.example.com/}}
proxy:
  /old: {up}/old
  endpoints:
    /plain: {up}
    /based: {up}/base/
    /slash/: {up}/slash
    /deep/er: {up}/deeper
    /deep: {up}/deep
    /own: {{target: {up}/own, headers: {{Authorization: "Bearer ${{PX_SECRET}}", X-Own: "1", Accept: application/vnd.own}}}}
    /only: {{target: {up}/only, allowedMethods: [GET]}}
    /write: {{target: {up}/write, allowedMethods: [GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS]}}
    /listed: {{target: {up}/do/raw, allowedHeaders: [X-Request-Id, Location, Set-Cookie, Access-Control-Allow-Origin]}}
    /unlisted: {{target: {up}/do/raw}}
    /packed: {{target: {up}/do/raw, allowedHeaders: [Accept-Encoding, Content-Encoding]}}
    /telling: {{target: {up}/do/raw, headers: {{X-Key: "${{PX_SECRET}}", X-Plain: "long and public"}}, allowedHeaders: [X-Echo]}}
    /forward: {{target: {up}/forward, credentials: forward}}
    /open: {{target: {up}/open, credentials: dangerously-allow-unauthenticated}}
    /rewritten: {{target: {up}, pathRewrite: {{"^/api/proxy/rewritten/(.*)/x": "/y/$1", "^/api/proxy/rewritten": /z}}}}
    /unchanged: {{target: {up}, pathRewrite: {{}}}}
    /query: {{target: {up}, pathRewrite: {{"^/api/proxy/query/(\\\\d+)": "/q?id=$1"}}}}
    /climbs: {{target: {up}, pathRewrite: {{"^/api/proxy/climbs/": "/a/../"}}}}
    /origin: {{target: {up}/origin, changeOrigin: false}}
    /named: {{target: {up}/named, headers: {{Host: other.example.com}}}}
    /basic: {{target: {up}/basic, auth: "user:${{PX_SECRET}}"}}
    /ignored: {{target: {up}/ignored, ignorePath: true}}
    /bare: {{target: {up}/bare, prependPath: false}}
    /slow: {{target: {up}/do/slow, timeout: 300}}
    /down: http://127.0.0.1:9
"""


SECRET = proxied.SECRET


@pytest.fixture(scope="module")
def up() -> Iterator[Upstream]:
    """The service."""
    with upstreams.running() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, up: Upstream) -> Iterator[Proxied]:
    """The proxy before it."""
    site = tmp_path_factory.mktemp("proxy")
    (site / "site.yaml").write_text(SITE.format(up=up.url))
    running = proxied.Proxied(site)
    yield running
    running.end()


def passed(
    server: Proxied, up: Upstream, target: str, method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[Said, Seen]:
    """The answer, and the request that the service got for it."""
    up.seen.clear()
    said = server.ask(f"/api/proxy{target}", method, body, **headers)
    assert len(up.seen) == 1, (said.raw, up.seen)
    return said, up.seen[0]


PATHS = [
    ("/plain", "/"),
    ("/plain/", "/"),
    ("/plain/a/b", "/a/b"),
    ("/plain/a/b/", "/a/b/"),
    ("/plain?x=1&y=%20", "/?x=1&y=%20"),
    ("/plain/a?", "/a"),
    ("/plain//a///b", "/a/b"),
    ("/plain/a%2Fb", "/a%2Fb"),
    ("/plain/%C3%A4", "/%C3%A4"),
    ("/plain/a:b;c=d,e@f+g~h", "/a:b;c=d,e@f+g~h"),
    ("/plain/api/proxy/plain/x", "/api/proxy/plain/x"),
    ("/based", "/base/"),
    ("/based/a", "/base/a"),
    ("/slash/a", "/slash/a"),
    ("/deep/er/a", "/deeper/a"),
    ("/deep/a", "/deep/a"),
    ("/deep/era", "/deep/era"),
    ("/old/a", "/old/a"),
    ("/rewritten/one/two/x", "/y/one/two"),
    ("/rewritten/one", "/z/one"),
    ("/unchanged/a", "/api/proxy/unchanged/a"),
    ("/query/12?b=2", "/q?id=12?b=2"),
    ("/ignored/a?b=1", "/ignored"),
    ("/bare/a", "/a"),
    ("/plain/a?u=https://x.example/y", "/a?u=https://x.example/y"),
]
"""What is asked below /api/proxy, and what the service is asked."""


@pytest.mark.parametrize(("asked", "got"), PATHS)
def test_paths_are_rewritten_as_in_backstage(server: Proxied, up: Upstream, asked: str, got: str) -> None:
    """The default rule takes the route away, a given one replaces it, and slashes are joined as http-proxy joins them."""
    said, seen = passed(server, up, asked)
    assert (said.status, seen.target) == (200, got)


REFUSED = [
    ("GET", "/plainer", 404),
    ("GET", "/plain.x", 404),
    ("GET", "/Plain", 404),
    ("GET", "/nothing", 404),
    ("GET", "", 404),
    ("GET", "/", 404),
    ("POST", "/plain", 404),
    ("DELETE", "/plain/a", 404),
    ("OPTIONS", "/plain", 404),
    ("POST", "/only", 404),
    ("HEAD", "/only", 404),
    ("GET", "/plain/../own", 400),
    ("GET", "/plain/..", 400),
    ("GET", "/plain/%2e%2e/own", 400),
    ("GET", "/plain/%2E%2E%2Fown", 400),
    ("GET", "/plain/a%5Cb", 400),
    ("GET", "/plain/%5c..%5c", 400),
    ("GET", "/plain/%", 400),
    ("GET", "/plain/%zz", 400),
    ("GET", "/plain/a%2", 400),
    ("GET", "/plain/?a=%", 400),
    ("GET", "/climbs/a", 400),
    ("TRACE", "/write", 405),
]


@pytest.mark.parametrize(("method", "target", "status"), REFUSED)
def test_what_backstage_refuses_is_refused(server: Proxied, up: Upstream, method: str, target: str, status: int) -> None:
    """A method or route that is not declared is 404, a path that climbs or is badly encoded 400; the service hears nothing."""
    up.seen.clear()
    said = server.ask(f"/api/proxy{target}", method)
    assert (said.status, up.seen) == (status, [])
    if method != "HEAD":
        assert said.json["response"] == {"statusCode": status}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_declared_methods_are_passed(server: Proxied, up: Upstream, method: str) -> None:
    """Each declared method arrives as it is, with its body where it has one."""
    body = b'{"a": 1}' if method in ("POST", "PUT", "PATCH", "DELETE") else b""
    said, seen = passed(server, up, "/write/a", method, body, content_type="application/json")
    assert (said.status, seen.method, seen.body) == (200, method, body)
    assert seen.headers.get("content-type") == "application/json"


def test_a_body_in_chunks_is_passed(server: Proxied, up: Upstream) -> None:
    """A body without a length arrives whole."""
    up.seen.clear()
    head = f"POST /api/proxy/write HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    said = server.raw(head + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
    assert (said.status, up.seen[0].body, up.seen[0].headers["transfer-encoding"]) == (200, b"hello world", "chunked")


def test_a_service_that_answers_early_is_heard(server: Proxied, up: Upstream) -> None:
    """A service need not read what it is sent."""
    said, _ = passed(server, up, "/write/early", "POST", b"x" * 3_000_000)
    assert said.status == 413


SENT = ["cache-control", "content-language", "expires", "last-modified", "pragma", "accept", "accept-language", "user-agent"]
KEPT_BACK = [
    "authorization",
    "cookie",
    "x-forwarded-for",
    "x-request-id",
    "referer",
    "origin-x",
    "accept-encoding",
    "range",
    "if-none-match",
    "te",
    "forwarded",
    "x-api-key",
]


@pytest.mark.parametrize("name", SENT)
def test_listed_request_headers_are_passed(server: Proxied, up: Upstream, name: str) -> None:
    """Backstage's list of safe headers goes on."""
    _, seen = passed(server, up, "/plain", **{name: "of-the-reader"})
    assert seen.headers[name] == "of-the-reader"


@pytest.mark.parametrize("name", KEPT_BACK)
def test_other_request_headers_are_not(server: Proxied, up: Upstream, name: str) -> None:
    """Everything else stays here."""
    _, seen = passed(server, up, "/open", **{name: "of-the-reader"})
    assert "of-the-reader" not in str(seen.headers)


def test_headers_of_an_endpoint(server: Proxied, up: Upstream) -> None:
    """Configured headers stand above the reader's; the service is told its own host, or what changeOrigin and headers say."""
    _, seen = passed(server, up, "/own", authorization="Bearer of-the-reader", x_own="2", accept="text/html")
    assert [seen.headers[name] for name in ("authorization", "x-own", "accept", "host")] == [
        f"Bearer {SECRET}",
        "1",
        "application/vnd.own",
        up.host,
    ]
    assert len(seen.names) == len(set(seen.names))
    assert passed(server, up, "/origin", host="localhost")[1].headers["host"] == "localhost"
    assert passed(server, up, "/named")[1].headers["host"] == "other.example.com"
    assert passed(server, up, "/basic")[1].headers["authorization"].startswith("Basic dXNlcjpwcm94aWVk")
    assert passed(server, up, "/forward", authorization="Bearer reader")[1].headers["authorization"] == "Bearer reader"
    assert "authorization" not in passed(server, up, "/open", authorization="Bearer reader")[1].headers
    assert passed(server, up, "/listed/" + raw("200 OK"), x_request_id="7")[1].headers["x-request-id"] == "7"


def raw(status: str, body: bytes = b"{}", *headers: str) -> str:
    """The path at which the service answers with these bytes."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return ("\r\n".join(lines).encode() + body).hex()


@pytest.mark.parametrize("name", ["cache-control", "content-language", "expires", "last-modified", "pragma"])
def test_listed_response_headers_come_back(server: Proxied, up: Upstream, name: str) -> None:
    """Backstage's list is passed back as well."""
    said, _ = passed(server, up, "/unlisted/" + raw("200 OK", b"{}", f"{name}: of-the-service"))
    assert said.headers[name] == "of-the-service"


@pytest.mark.parametrize(
    "name",
    [
        "set-cookie",
        "x-powered-by",
        "server",
        "access-control-allow-origin",
        "location",
        "www-authenticate",
        "link",
        "x-request-id",
    ],
)
def test_other_response_headers_do_not(server: Proxied, up: Upstream, name: str) -> None:
    """Cookies, CORS grants and all that is not listed are dropped."""
    said, _ = passed(server, up, "/unlisted/" + raw("200 OK", b"{}", f"{name}: of-the-service"))
    assert b"of-the-service" not in said.raw


def test_allowed_headers_come_back_but_no_cookie_and_no_grant(server: Proxied, up: Upstream) -> None:
    """What an endpoint lists comes back, apart from cookies and CORS grants, which check says."""
    lines = ["X-Request-Id: 9", "Location: /elsewhere", "Set-Cookie: a=b", "Access-Control-Allow-Origin: *"]
    said, _ = passed(server, up, "/listed/" + raw("302 Found", b"", *lines))
    assert (said.status, said.headers["x-request-id"], said.headers["location"]) == (302, "9", "/elsewhere")
    assert {"set-cookie", "access-control-allow-origin"}.isdisjoint(said.headers)
    assert 'the header "Set-Cookie" is never passed' in server.said.read_text()


def test_a_service_that_repeats_its_credential_tells_no_reader(server: Proxied, up: Upstream) -> None:
    """It is struck out of headers and bodies, to the same length, plain and in base64; what is no secret stays."""
    packed = base64.b64encode(f"user:{SECRET}".encode()).decode()
    body = f'["{SECRET}", "{packed}", "long and public", "{SECRET[:9]}"]'.encode()
    said, _ = passed(server, up, "/telling/" + raw("200 OK", body, f"X-Echo: key={SECRET}"))
    assert said.headers["x-echo"] == "key=" + "*" * len(SECRET)
    assert (len(said.body), said.headers["content-length"]) == (len(body), str(len(body)))
    assert SECRET.encode() not in said.raw
    assert packed[8:-4].encode() not in said.raw
    assert said.json[2:] == ["long and public", SECRET[:9]]


def test_a_secret_between_two_parts_of_a_body() -> None:
    """Wherever a body is cut, nothing of a secret gets through, and nothing else is changed."""
    body = f"aa{SECRET[:5]}{SECRET}bb{SECRET}"
    for size in (1, 2, 7, len(SECRET), len(body)):
        striking = Striking([Secret(SECRET)])
        parts = [striking.fed(body[at : at + size].encode()) for at in range(0, len(body), size)]
        stars = "*" * len(SECRET)
        assert b"".join([*parts, striking.rest()]).decode() == f"aa{SECRET[:5]}{stars}bb{stars}"


@pytest.mark.parametrize(
    "status", ["201 Created", "204 No Content", "301 Moved", "304 Not Modified", "404 Not Found", "418 Tea", "500 Oh", "599 X"]
)
def test_statuses_are_passed(server: Proxied, up: Upstream, status: str) -> None:
    """The service's status is the reader's; a redirect is not followed and keeps its address to itself."""
    said, _ = passed(server, up, "/unlisted/" + raw(status, b"", "Location: http://169.254.169.254/"))
    assert said.status == int(status[:3])
    assert b"169.254" not in said.raw


KINDS = [
    ("application/json", False),
    ("application/vnd.api+json; charset=utf-8", False),
    ("text/plain; charset=utf-8", False),
    ("text/csv", False),
    ("image/svg+xml", False),
    ("image/png", False),
    ("text/html", True),
    ("application/xhtml+xml", True),
    ("text/javascript", True),
    ("application/pdf", True),
    ("", True),
    ("nonsense", True),
    ("text/html\tx", True),
]


@pytest.mark.parametrize(("kind", "is_file"), KINDS)
def test_nothing_of_a_service_becomes_a_page(server: Proxied, up: Upstream, kind: str, is_file: bool) -> None:
    """The type stays, the browser may not guess another; what could run is sandboxed, and offered as a file."""
    said, _ = passed(server, up, "/unlisted/" + raw("200 OK", b"<script>", *([f"Content-Type: {kind}"] if kind else [])))
    wanted = kind if "/" in kind and "\t" not in kind else "application/octet-stream"
    assert (said.headers["content-type"], said.headers["x-content-type-options"]) == (wanted, "nosniff")
    assert "sandbox" in said.headers["content-security-policy"]
    assert (said.headers.get("content-disposition") == "attachment") is is_file


BROKEN = [
    ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 200),
    ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 502),
    ("nonsense\r\n\r\n", 502),
    ("", 502),
    ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", 502),
    ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", 502),
    ("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc", 502),
    ("HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n", 502),
]


@pytest.mark.parametrize(("answer", "status"), BROKEN)
def test_a_broken_answer_is_never_a_whole_one(server: Proxied, up: Upstream, answer: str, status: int) -> None:
    """An answer that cannot be read is 502 without a word of it; one that breaks off ends the connection."""
    up.seen.clear()
    target = f"/api/proxy/unlisted/{answer.encode().hex()}" if answer else "/api/proxy/unlisted/0d0a"
    said = server.raw(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), until_closed=status == 200)
    assert said.status == status
    if said.status == 200:
        assert not said.raw.endswith(b"0\r\n\r\n")
        assert len(said.raw.partition(b"\r\n\r\n")[2]) < 10
    else:
        assert b"nonsense" not in said.body


def test_a_service_that_is_down_or_slow(server: Proxied) -> None:
    """502 and 504 name nothing."""
    down, slow = server.ask("/api/proxy/down/x"), server.ask("/api/proxy/slow/20")
    assert (down.status, down.json["error"]) == (502, {"name": "BadGatewayError", "message": "The service gave no answer."})
    assert (slow.status, slow.json["error"]["name"]) == (504, "GatewayTimeoutError")
    assert b"127.0.0.1:9" not in down.body


def test_the_log_is_json_without_secrets(server: Proxied, up: Upstream) -> None:
    """One line a request: what was asked without its query, how it ended, whom it asked; no header, no secret."""
    passed(server, up, "/own/logged?token=in-the-query", authorization="Bearer in-a-header")
    server.logs("/own/logged")
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    line = next(line for line in lines if line["path"].endswith("/logged"))
    assert line | {"time": "", "ms": 0, "bytes": 0} == {
        "time": "",
        "method": "GET",
        "path": "/api/proxy/own/logged",
        "status": 200,
        "ms": 0,
        "bytes": 0,
        "client": "127.0.0.1",
        "upstream": up.host,
    }
    assert line["bytes"] > 0
    everything = server.log.read_text() + server.said.read_text()
    assert [word for word in (SECRET, "in-the-query", "in-a-header") if word in everything] == []


def test_an_answer_is_given_where_a_service_wants_to_be_asked_again(server: Proxied, up: Upstream) -> None:
    """Many requests after each other reuse connections, and each gets its own answer."""
    for number in range(30):
        said, _ = passed(server, up, f"/plain/n/{number}")
        assert said.json["target"] == f"/n/{number}"
