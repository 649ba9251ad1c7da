"""The proxy under attack, over plain sockets: nothing leaks, nothing mixes, and memory stays bounded."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import callboard_tests_proxied as proxied  # conftest.py puts it there
import callboard_tests_upstream as upstreams
import pytest

if TYPE_CHECKING:
    from tests.proxied import Proxied
    from tests.upstream import Upstream

SITE = """\
site: {{title: Test portal, url: https://portal.example.com/}}
plugins: [{{plugin: builds, path: /builds/, options: {{api: "{up}"}}}}]
proxy:
  endpoints:
    /echo:
      target: {up}/echo
      headers: {{Authorization: "Bearer ${{PX_SECRET}}"}}
      allowedMethods: [GET, HEAD, POST]
      credentials: dangerously-allow-unauthenticated
    /read: {up}/read
    /do: {{target: {up}/do, allowedMethods: [GET, POST]}}
  cors: {{origins: [https://friend.example.com]}}
  limits: {{request: 400 MB, answer: 400 MB, timeout: 60s}}
"""
TIGHT = """\
site: {{title: Test portal}}
plugins: [{{plugin: builds, path: /builds/, options: {{api: "{up}"}}}}]
proxy:
  endpoints:
    /do: {{target: {up}/do, allowedMethods: [GET, POST]}}
  limits: {{request: 1 kB, answer: 1 MB, timeout: 1s, concurrent: 2, waiting: 1, connections: 30, memory: 20 kB}}
"""
MANIFEST = """\
callboard: 1
title: Builds
options: {api: {type: url}, token: {type: secret, env: PX_SECRET}}
proxy:
  "/runs/{org}/{repo}": {target: "{api}/live/{org}/{repo}", secret: token, query: [branch], values: {target: target}, ttl: 30s}
  "/bomb": {target: "{api}/do/bomb/5"}
"""


SECRET = proxied.SECRET


@pytest.fixture(scope="module")
def up() -> Iterator[Upstream]:
    """The service."""
    with upstreams.running() as upstream:
        yield upstream


def started(folder: Path, text: str, up: Upstream) -> Proxied:
    """A proxy for a site with a plugin of live values."""
    (folder / "plugins/builds").mkdir(parents=True)
    (folder / "plugins/builds/plugin.yaml").write_text(MANIFEST)
    (folder / "site.yaml").write_text(text.format(up=up.url))
    return proxied.Proxied(folder)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, up: Upstream) -> Iterator[Proxied]:
    """A proxy with wide limits."""
    running = started(tmp_path_factory.mktemp("attacked"), SITE, up)
    yield running
    running.end()


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory, up: Upstream) -> Iterator[Proxied]:
    """A proxy with narrow ones."""
    running = started(tmp_path_factory.mktemp("tight"), TIGHT, up)
    yield running
    running.end()


@dataclass(frozen=True)
class Attack:
    """A request, the statuses that may answer it (0: the connection ends), and whether the service may hear of it."""

    name: str
    raw: bytes
    statuses: frozenset[int]
    heard: bool = False


def request(target: str, *headers: str, method: str = "GET", host: str = "localhost", body: bytes = b"") -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def attack(name: str, raw: bytes, *statuses: int, heard: bool = False) -> Attack:
    return Attack(name, raw, frozenset(statuses), heard)


CLIMBS = [
    "..",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "%252e%252e",
    "%252E.",
    "%25252e%25252e",
    "%2525252e%2525252e",
    "..%00",
    "..;",
    "..;x=1",
    "%2e%2e;",
    "..%3b",
    "..%5c",
    "%5c..",
    "..\\",
    "\\..",
    "%c0%ae%c0%ae",
    "%e0%80%ae%e0%80%ae",
    "..%c0%af",
    "%ef%bc%8e%ef%bc%8e",
    "%e2%80%a5",
    "..%2f",
    "%2f..",
    "..%252f",
    ".",
    "%2e",
    "a%0d%0ab",
    "a%00b",
    "a%7fb",
]
TRAVERSAL = [
    attack(f"climb {climb} in {place}", request(place.format(climb)), 400, 404)
    for climb in CLIMBS
    for place in ("/api/proxy/echo/{}/secret", "/api/proxy/echo/a/{}", "/api/live/builds/runs/{}/shop")
]
ABSOLUTE = [
    attack(f"target {target}", request(target), 400, 404, 405, 0)
    for target in (
        "http://evil.example/",
        "http://localhost/api/proxy/echo/x",
        "https://evil.example:443/api/proxy/echo",
        "//evil.example/api/proxy/echo",
        "*",
        "api/proxy/echo/x",
        "file:///etc/passwd",
        "/api/proxy/http://evil.example/",
        "/api/proxy/echo/\x80",
        '/api/proxy/echo/"<script>',
        "/api/proxy/echo/{a}",
        "/api/proxy/" + "a" * 9000,
    )
]


def smuggled(*headers: str, body: bytes = b"0\r\n\r\nGET /api/proxy/echo/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n") -> bytes:
    """A POST whose end two servers could see in two places."""
    return request("/api/proxy/echo/outer", *headers, method="POST", body=body)


SMUGGLING = [
    attack("CL.TE", smuggled("Content-Length: 6", "Transfer-Encoding: chunked"), 400),
    attack("TE.CL", smuggled("Transfer-Encoding: chunked", "Content-Length: 6"), 400),
    attack("CL.CL", smuggled("Content-Length: 5", "Content-Length: 60"), 400),
    attack("CL.CL equal", smuggled("Content-Length: 5", "Content-Length: 5"), 400),
    attack("CL list", smuggled("Content-Length: 5, 5"), 400),
    attack("CL list of two", smuggled("Content-Length: 5, 60"), 400),
    attack("CL plus", smuggled("Content-Length: +5"), 400),
    attack("CL minus", smuggled("Content-Length: -5"), 400),
    attack("CL hex", smuggled("Content-Length: 0x5"), 400),
    attack("CL space", smuggled("Content-Length: 5 5"), 400),
    attack("CL huge", smuggled("Content-Length: 99999999999999999999"), 400),
    attack("CL letters", smuggled("Content-Length: five"), 400),
    attack("CL wide digit", smuggled("Content-Length: \xb2"), 400),
    attack("TE.TE", smuggled("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 400),
    attack("TE.TE identity", smuggled("Transfer-Encoding: chunked", "Transfer-Encoding: identity"), 400),
    attack("TE list", smuggled("Transfer-Encoding: chunked, chunked"), 400),
    attack("TE gzip", smuggled("Transfer-Encoding: gzip, chunked"), 400),
    attack("TE xchunked", smuggled("Transfer-Encoding: xchunked"), 400),
    attack("TE quoted", smuggled('Transfer-Encoding: "chunked"'), 400),
    attack("TE tab", smuggled("Transfer-Encoding:\x0bchunked"), 400),
    attack("TE capital", smuggled("Transfer-Encoding: Chunked"), 400),
    attack("TE space before colon", smuggled("Transfer-Encoding : chunked"), 400),
    attack("TE underscore", smuggled("Transfer_Encoding: chunked", body=b""), 200, heard=True),
    attack("obs-fold", smuggled("X-A: b\r\n Transfer-Encoding: chunked"), 400),
    attack("obs-fold tab", smuggled("X-A: b\r\n\tTransfer-Encoding: chunked"), 400),
    attack("folded TE", smuggled("Transfer-Encoding:\r\n chunked"), 400),
    attack("first header folded", b"GET /api/proxy/echo HTTP/1.1\r\n Host: localhost\r\n\r\n", 400),
    attack("bare LF", b"GET /api/proxy/echo HTTP/1.1\nHost: localhost\n\n", 400),
    attack("bare LF in headers", b"GET /api/proxy/echo HTTP/1.1\r\nHost: localhost\nX-A: b\r\n\r\n", 400),
    attack("bare CR", b"GET /api/proxy/echo HTTP/1.1\r\nHost: localhost\rX-A: b\r\n\r\n", 400),
    attack("NUL in a header", b"GET /api/proxy/echo HTTP/1.1\r\nHost: localhost\r\nX-A: \0\r\n\r\n", 400),
    attack("chunk extension LF", smuggled("Transfer-Encoding: chunked", body=b"5;x\nhello\r\n0\r\n\r\n"), 400, 0),
    attack("chunk size sign", smuggled("Transfer-Encoding: chunked", body=b"+5\r\nhello\r\n0\r\n\r\n"), 400, 0),
    attack("chunk size 0x", smuggled("Transfer-Encoding: chunked", body=b"0x5\r\nhello\r\n0\r\n\r\n"), 400, 0),
    attack("chunk size huge", smuggled("Transfer-Encoding: chunked", body=b"f" * 40 + b"\r\nhello\r\n0\r\n\r\n"), 400, 0),
    attack("chunk without end", smuggled("Transfer-Encoding: chunked", body=b"5\r\nhelloXX0\r\n\r\n"), 400, 0),
    attack(
        "chunked HTTP/1.0",
        b"POST /api/proxy/echo HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    attack("GET with a body", request("/api/proxy/echo", "Content-Length: 5", body=b"hello"), 400),
    attack("GET in chunks", request("/api/proxy/echo", "Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"), 400),
    attack("live with a body", request("/api/live/builds/runs/a/b", "Content-Length: 5", body=b"hello"), 400),
    attack("HTTP/0.9", b"GET /api/proxy/echo\r\n\r\n", 400, 0),
    attack("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 0),
    attack("HTTP/3.0", b"GET /api/proxy/echo HTTP/3.0\r\nHost: localhost\r\n\r\n", 400),
    attack("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, 0),
    attack("tab in the first line", b"GET\t/api/proxy/echo\tHTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    attack("a header without colon", request("/api/proxy/echo", "nonsense"), 400),
    attack("a header with a space", request("/api/proxy/echo", "X A: b"), 400),
    attack("an empty name", request("/api/proxy/echo", ": b"), 400),
    attack("huge header", request("/api/proxy/echo", "X-A: " + "a" * 70_000), 0, 400, 431),
]
ROUTING = [
    attack(f"header {header.partition(':')[0]} {number}", request("/api/proxy/echo/routed", header), 200, heard=True)
    for number, header in enumerate(
        [
            "X-Forwarded-For: 10.6.6.6",
            "X-Forwarded-Host: evil.example",
            "X-Forwarded-Proto: evil.example",
            "X-Forwarded-Prefix: /evil.example",
            "X-Forwarded-Port: 666",
            "X-Forwarded-Server: evil.example",
            "Forwarded: for=10.6.6.6;host=evil.example",
            "X-Original-URL: /evil.example",
            "X-Rewrite-URL: /evil.example",
            "X-Real-IP: 10.6.6.6",
            "X-Host: evil.example",
            "X-HTTP-Host-Override: evil.example",
            "X-Original-Host: evil.example",
            "True-Client-IP: 10.6.6.6",
            "CF-Connecting-IP: 10.6.6.6",
            "Client-IP: 10.6.6.6",
            "Via: 1.1 evil.example",
            "Proxy: http://evil.example",
            "Proxy-Authorization: Basic evil.example",
            "Proxy-Connection: keep-alive, evil.example",
            "Connection: close, X-Secret, Authorization, Host",
            "Connection: Authorization",
            "Keep-Alive: timeout=evil.example",
            "TE: trailers, evil.example",
            "Trailer: evil.example",
            "X-HTTP-Method-Override: DELETE",
            "X-Method-Override: DELETE",
            "X-HTTP-Method: DELETE",
            "Authorization: Bearer evil.example",
            "Cookie: session=evil.example",
            "Range: bytes=0-1",
            "If-None-Match: evil.example",
            "Accept-Encoding: gzip, evil.example",
            "Content-Encoding: gzip",
            "Max-Forwards: 0",
            "X-Callboard: evil.example",
            "Upgrade: websocket",
            "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13",
        ]
    )
]
HOSTS = [
    attack(f"host {host!r}", request("/api/proxy/echo", host=host), 421, 400)
    for host in (
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "portal.example.com.evil.example",
        "evilportal.example.com",
        "portal.example.com@evil.example",
        "evil.example@portal.example.com",
        "portal.example.com,evil.example",
        "portal.example.com evil.example",
        "portal.example.com/evil",
        "portal.example.com:80:80",
        "portal.example.com:evil",
        "portal.example.com.",
        "127.0.0.2",
        "0.0.0.0",
        "[::2]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f000001",
        "localhost\x00",
        "",
        " ",
        "*",
        "LOCALHOST.example",
    )
] + [
    attack("two hosts", b"GET /api/proxy/echo HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400),
    attack("two equal hosts", b"GET /api/proxy/echo HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
    attack("no host", b"GET /api/proxy/echo HTTP/1.1\r\n\r\n", 400),
    attack("no host in HTTP/1.0", b"GET /api/proxy/echo HTTP/1.0\r\n\r\n", 400),
    attack("host with a space before its colon", b"GET /api/proxy/echo HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
]
LINES = [
    attack("CRLF in the path", request("/api/proxy/echo/a%0d%0aX-Evil:%20b"), 400),
    attack("LF in the path", request("/api/proxy/echo/a%0aX-Evil:b"), 400),
    attack("CRLF in the query", request("/api/proxy/echo?a=%0d%0aX-Evil:%20b"), 400),
    attack("CR in the query", request("/api/proxy/echo?a=%0dX-Evil"), 400),
    attack("NUL in the query", request("/api/proxy/echo?a=%00"), 400),
    attack("CRLF in a live query", request("/api/live/builds/runs/a/b?branch=%0d%0aX-Evil:%20b"), 400),
    attack("CRLF in a live path", request("/api/live/builds/runs/a%0d%0aX/b"), 400),
    attack("double CRLF in the path", request("/api/proxy/echo/a%250d%250aX-Evil:b"), 400),
    attack("wide CRLF in a header", request("/api/proxy/echo", "Accept: a\xe5\x98\x8a\xe5\x98\x8dX-Evil: b"), 200, heard=True),
    attack("a live parameter twice", request("/api/live/builds/runs/a/b?branch=1&branch=2"), 400),
    attack("a live slash", request("/api/live/builds/runs/a%2fb/c"), 404),
    attack("a live question mark", request("/api/live/builds/runs/a%3fb/c"), 404),
    attack("a live scheme", request("/api/live/builds/runs/http:%2f%2fevil.example/c"), 404),
    attack("a live number sign", request("/api/live/builds/runs/a%23/c"), 404),
]
METHODS = [
    *(
        attack(f"method {method}", request("/api/proxy/echo", method=method), 400, 404, 405, 0)
        for method in (
            "TRACE",
            "TRACK",
            "DEBUG",
            "PUT",
            "DELETE",
            "PATCH",
            "OPTIONS",
            "PROPFIND",
            "LINK",
            "FOO",
            "get",
            "GET/",
            "Get",
        )
    ),
    attack("CONNECT", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", 400, 405, 421, 0),
    attack("CONNECT us", b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 405, 0),
    *(
        attack(f"live {method}", request("/api/live/builds/runs/a/b", method=method), 404, 405)
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS")
    ),
]
ORIGINS = [
    *(
        attack(f"origin {origin}", request("/api/proxy/echo", f"Origin: {origin}"), 403)
        for origin in (
            "https://evil.example",
            "null",
            "http://friend.example.com",
            "https://friend.example.com:8443",
            "https://friend.example.com.evil.example",
            "https://evilfriend.example.com",
            "https://FRIEND.example.com",
            "https://friend.example.com/",
            "https://localhost.evil.example",
            "file://",
            "localhost",
            "https://friend.example.com, https://evil.example",
            "*",
        )
    ),
    *(
        attack(f"fetched from {site}", request("/api/proxy/echo", f"Sec-Fetch-Site: {site}"), 403)
        for site in ("cross-site", "same-site", "Cross-Site")
    ),
    attack(
        "preflight from elsewhere",
        request("/api/proxy/echo", "Origin: https://evil.example", "Access-Control-Request-Method: GET", method="OPTIONS"),
        403,
    ),
    attack("live from elsewhere", request("/api/live/builds/runs/a/b", "Origin: https://evil.example"), 403),
    attack(
        "form from elsewhere", request("/api/proxy/echo", "Origin: https://evil.example", "Content-Length: 0", method="POST"), 403
    ),
]
ATTACKS = [*TRAVERSAL, *ABSOLUTE, *SMUGGLING, *ROUTING, *HOSTS, *LINES, *METHODS, *ORIGINS]


def test_there_are_enough() -> None:
    """A table that shrinks is noticed."""
    assert len(ATTACKS) >= 270
    assert len({one.name for one in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("one", ATTACKS, ids=lambda one: one.name)
def test_attack(server: Proxied, up: Upstream, one: Attack) -> None:
    """It gets a plain refusal, or an answer for which the service heard nothing but what was declared; never a secret, or two answers."""
    up.seen.clear()
    said = server.raw(one.raw)
    assert said.status in one.statuses, said.raw
    assert SECRET.encode() not in said.raw
    assert b"X-Evil" not in said.raw.partition(b"\r\n\r\n")[0]
    assert b"access-control-allow" not in said.raw.lower()
    assert len(up.seen) == (1 if one.heard else 0), up.seen
    for seen in up.seen:
        assert (seen.method, seen.target.split("/")[1]) in (("GET", "echo"), ("POST", "echo"))
        assert set(seen.names) <= {"host", "authorization", "accept", "accept-encoding", "content-length", "user-agent"}
        assert (seen.headers["host"], seen.headers["authorization"]) == (up.host, f"Bearer {SECRET}")
        assert "evil.example" not in str(seen.headers)


def test_a_connection_is_not_used_on_after_a_doubtful_request(server: Proxied, up: Upstream) -> None:
    """What follows a request that can be read in two ways is never answered as a request of its own."""
    for one in SMUGGLING:
        up.seen.clear()
        if 400 in one.statuses:
            said = server.raw(one.raw + request("/api/proxy/echo/second"))
            assert said.raw.count(b"HTTP/1.1 200") == 0, one.name
            assert [seen.target for seen in up.seen if "second" in seen.target or "smuggled" in seen.target] == [], one.name


def test_requests_after_each_other_stay_apart(server: Proxied, up: Upstream) -> None:
    """Pipelined requests are answered in order, each with its own."""
    with server.connect() as connection:
        connection.sendall(b"".join(request(f"/api/proxy/echo/{n}") for n in range(20)))
        found = b""
        while found.count(b'"target"') < 20:
            part = connection.recv(65536)
            assert part
            found += part
    order = [int(part.split(b'"')[0]) for part in found.split(b'"target": "/echo/')[1:]]
    assert order == list(range(20))


def test_listed_origins_may_read(server: Proxied) -> None:
    """A listed origin is granted the answer, without credentials; the browser's question is answered for what is declared."""
    friend = "https://friend.example.com"
    said = server.ask("/api/proxy/echo/x", origin=friend, sec_fetch_site="cross-site")
    assert (said.status, said.headers["access-control-allow-origin"]) == (200, friend)
    assert "Origin" in said.headers["vary"]
    assert "access-control-allow-credentials" not in said.headers
    asked = server.ask("/api/proxy/echo/x", "OPTIONS", origin=friend, access_control_request_method="POST")
    assert (asked.status, asked.headers["access-control-allow-methods"]) == (204, "GET, HEAD, POST")
    assert "cookie" not in asked.headers["access-control-allow-headers"]
    missing = server.ask("/api/proxy/nothing", origin=friend)
    assert (missing.status, missing.headers["access-control-allow-origin"]) == (404, friend)
    own = server.ask(
        "/api/proxy/echo/x", origin="https://portal.example.com", host="portal.example.com", sec_fetch_site="same-origin"
    )
    assert (own.status, "access-control-allow-origin" in own.headers) == (200, False)


POISON = [
    "X-Forwarded-Host: evil.example",
    "Accept: text/evil",
    "Accept-Language: evil",
    "User-Agent: evil",
    "Cookie: a=evil",
    "X-Evil: evil",
]


@pytest.mark.parametrize("header", POISON)
def test_a_kept_answer_is_nobodys(server: Proxied, up: Upstream, header: str) -> None:
    """What a reader sends beside path and listed parameters neither reaches the service nor changes the answer that others get."""
    path = f"/api/live/builds/runs/acme/{abs(hash(header))}"
    up.seen.clear()
    first = server.raw(request(f"{path}?evil=1&utm=2", header, "Connection: close"))
    again = server.raw(request(path, "Connection: close"))
    assert first.body == again.body
    assert b"evil" not in first.body
    assert (len(up.seen), "evil" in str(up.seen[0])) == (1, False)
    other = server.raw(request(f"{path}?branch=main", "Connection: close"))
    assert other.json["values"]["target"].endswith("?branch=main")
    assert other.headers["cache-control"].startswith("no-store")


def test_equal_questions_are_one(server: Proxied, up: Upstream) -> None:
    """Fifty readers at one time are one request to the service."""

    async def all_at_once() -> list[bytes]:
        async def one() -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(request("/api/live/builds/runs/one/flight", "Connection: close"))
            found = await reader.read()
            writer.close()
            return found

        return await asyncio.gather(*(one() for _ in range(50)))

    up.seen.clear()
    bodies = {found.partition(b"\r\n\r\n")[2] for found in asyncio.run(all_at_once())}
    assert (len(bodies), len(up.seen)) == (1, 1)


def test_a_large_body_for_an_endpoint_of_a_plugin(server: Proxied) -> None:
    """What is not passed on has a limit of its own, with and without a length."""
    assert server.ask("/api/builds/x", "POST", b"x" * 2_000_001).status == 413
    chunk = b"fffff\r\n" + b"x" * 0xFFFFF + b"\r\n"
    said = server.raw(request("/api/builds/x", "Transfer-Encoding: chunked", method="POST") + chunk * 3 + b"0\r\n\r\n")
    assert said.status in (413, 0)  # it may be cut off while it still sends


def test_a_thousand_at_once(server: Proxied, up: Upstream) -> None:
    """A thousand readers at one time each get their own answer, of an endpoint or a live value."""

    async def all_at_once() -> list[tuple[int, str]]:
        gate = asyncio.Event()

        async def one(number: int) -> tuple[int, str]:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            await gate.wait()
            path = f"/api/proxy/read/{number}" if number % 2 else f"/api/live/builds/runs/many/{number}"
            writer.write(request(path, "Connection: close"))
            found = await asyncio.wait_for(reader.read(), 60)
            writer.close()
            body = json.loads(found.partition(b"\r\n\r\n")[2])
            return number, body["target"] if number % 2 else body["values"]["target"]

        asking = [asyncio.create_task(one(number)) for number in range(1000)]
        await asyncio.sleep(0.5)
        gate.set()
        return await asyncio.gather(*asking)

    up.seen.clear()
    found = asyncio.run(all_at_once())
    assert [target for _, target in found] == [f"/read/{n}" if n % 2 else f"/live/many/{n}" for n, _ in found]
    assert server.peak < 200


def test_300_mb_both_ways_and_bombs(server: Proxied, up: Upstream) -> None:
    """Bodies are passed through, not kept: 300 MB up, 300 MB down, gzip bombs, and a reader who takes nothing."""
    size = 300_000_000
    with server.connect() as lazy, server.connect() as connection:
        lazy.sendall(request("/api/proxy/do/big/300"))  # and never reads
        up.seen.clear()
        connection.sendall(request("/api/proxy/do/up", f"Content-Length: {size}", method="POST"))
        part = b"x" * 1_000_000
        for _ in range(size // len(part)):
            connection.sendall(part)
        said = proxied.Said(proxied.received(connection))
        assert (said.status, said.json["size"]) == (200, size)
    with server.connect() as connection:
        connection.sendall(request("/api/proxy/do/big/300", "Connection: close"))
        taken = 0
        while part := connection.recv(1_000_000):
            taken += len(part)
        assert taken > size
    assert server.ask("/api/live/builds/bomb").status == 502
    with server.connect() as connection:  # unpacked, it would be 500 MB: cut off at the limit
        connection.sendall(request("/api/proxy/do/bomb/50", "Connection: close"))
        taken, last = 0, b""
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(1_000_000):
                taken, last = taken + len(part), part[-10:]
        assert taken < 410_000_000
        assert not last.endswith(b"0\r\n\r\n")
    assert server.peak < 200


def test_limits(tight: Proxied) -> None:
    """A body or an answer beyond the limit is refused: before it is sent where its size is said, else where it is crossed."""
    assert tight.ask("/api/proxy/do/up", "POST", b"x" * 1001).status == 413
    assert tight.ask("/api/proxy/do/up", "POST", b"x" * 1000).status == 200
    chunks = request("/api/proxy/do/up", "Transfer-Encoding: chunked", method="POST") + b"258\r\n" + b"x" * 600 + b"\r\n"
    assert tight.raw(chunks + b"258\r\n" + b"x" * 600 + b"\r\n0\r\n\r\n").status == 413
    assert tight.ask("/api/proxy/do/big/2").status == 502
    assert tight.ask("/api/proxy/do/big/1").status == 200


def test_slots(tight: Proxied, up: Upstream) -> None:
    """Two at a time, one waits, the next is told to come again; and a reader who leaves frees his slot."""
    waiting = [tight.connect() for _ in range(3)]
    for number, connection in enumerate(waiting):
        connection.sendall(request("/api/proxy/do/slow/0.6"))
        deadline = time.monotonic() + 5
        while up.open < min(number + 1, 2):
            assert time.monotonic() < deadline
            time.sleep(0.005)
    time.sleep(0.05)
    full = tight.ask("/api/proxy/do/x")
    assert (full.status, full.headers["retry-after"], full.json["error"]["name"]) == (503, "1", "ServiceUnavailableError")
    assert tight.ask("/-/health").status == 200
    for connection in waiting:
        connection.close()
    deadline = time.monotonic() + 5
    while tight.ask("/api/proxy/do/x").status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_slowloris(tight: Proxied) -> None:
    """A head or body that does not come in time ends its connection, however many there are; others are answered meanwhile."""
    slow = [tight.connect() for _ in range(25)]
    for number, connection in enumerate(slow):
        connection.sendall(
            request("/api/proxy/do/x", "Content-Length: 100", method="POST") + b"x" if number % 2 else b"GET /api/pro"
        )
    begun = time.monotonic()
    assert tight.ask("/-/health").status == 200
    for connection in slow:
        connection.settimeout(10)
        with contextlib.suppress(ConnectionError):
            while connection.recv(4096):
                pass
        connection.close()
    assert time.monotonic() - begun < 5
    many = [tight.connect() for _ in range(40)]
    heard = []
    for connection in many:
        connection.settimeout(3)
        with contextlib.suppress(ConnectionError, socket.timeout):
            heard.append(connection.recv(100))
        connection.close()
    assert any(found.startswith(b"HTTP/1.1 503") for found in heard)


def test_nothing_leaked(server: Proxied, tight: Proxied) -> None:
    """After all of it: no secret and no traceback in logs and words, and both processes are well."""
    for one in (server, tight):
        written = one.log.read_text() + one.said.read_text()
        assert [word for word in (SECRET, "Traceback", "has a bug", "evil=1") if word in written] == []
        assert all(isinstance(json.loads(line)["status"], int) for line in one.log.read_text().splitlines())
        assert one.ask("/-/health").body == b"ok\n"
        assert one.peak < 200
