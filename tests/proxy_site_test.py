"""What a site says of its live answers: policies, live values of code, readiness, changes while it runs, and what is wrong with it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import callboard_tests_proxied as proxied  # conftest.py puts it there
import callboard_tests_upstream as upstreams
import pytest

from callboard.check import check
from callboard.proxy.shared import Shared
from callboard.proxy.values import Failed, Given

if TYPE_CHECKING:
    from tests.proxied import Proxied, Said
    from tests.upstream import Upstream


SECRET = proxied.SECRET
MANIFEST = """\
callboard: 1
title: Builds
options: {api: {type: url}, token: {type: secret, env: PX_SECRET}}
proxy:
  "/runs/{org}/{repo}": {answer: "live:latest", query: [branch], ttl: 10m}
  "/boom": {answer: "live:boom"}
  "/secret": {answer: "live:secret"}
  "/down": {answer: "live:down"}
  "/elsewhere": {answer: "live:elsewhere"}
  "/picked": {target: "{api}/picked/a", secret: token, header: X-Token, values: {where: target, got: "headers.\\"x-token\\"", none: x}}
  "/passed/{what}": {target: "{api}/passed/{what}", secret: token}
  "/passed/all": {target: "{api}/all"}
  "/raw/{what}": {target: "{api}/do/said/{what}", ttl: 0s, stale: 0s}
"""
CODE = """\
from callboard.plugin import LiveCall, FetchError

def latest(call: LiveCall):
    where = f"{call.parameters['org']}/{call.parameters['repo']}"
    found = call.http.json(f"{call.options.api}/runs/{where}", headers={"X-Token": call.options.token})
    return {"state": "running", "where": found.value["target"], "branch": call.query.get("branch"), "number": 12}

def boom(call):
    raise ValueError(call.options.token.reveal())

def secret(call):
    return {"token": call.options.token}

def down(call):
    return call.http.json("http://127.0.0.1:9/x").value

def elsewhere(call):
    return call.http.json("http://169.254.169.254/latest/meta-data").value
"""


@pytest.fixture(scope="module")
def up() -> Iterator[Upstream]:
    """The service."""
    with upstreams.running() as upstream:
        yield upstream


def site(folder: Path, up: Upstream, section: str, *, plugin: bool = True) -> Path:
    """A site with this ``proxy:`` section."""
    mount = f'plugins: [{{plugin: builds, path: /ci/builds/, options: {{api: "{up.url}"}}}}]\n' if plugin else ""
    (folder / "plugins/builds").mkdir(parents=True, exist_ok=True)
    (folder / "plugins/builds/plugin.yaml").write_text(MANIFEST)
    (folder / "plugins/builds/live.py").write_text(CODE)
    (folder / "site.yaml").write_text(f"site: {{title: Test portal}}\n{mount}proxy:\n{section.format(up=up.url)}")
    return folder


@pytest.fixture
def start(tmp_path: Path, up: Upstream) -> Iterator[Callable[..., Proxied]]:
    """Starts proxies, and ends them."""
    running: list[Proxied] = []

    def begin(section: str, *words: str, plugin: bool = False, **environ: str) -> Proxied:
        running.append(proxied.Proxied(site(tmp_path, up, section, plugin=plugin), *words, **environ))
        return running[-1]

    yield begin
    for one in running:
        one.end()


def refused(folder: Path, *words: str) -> str:
    """What ``callboard proxy`` says when it does not start."""
    command = [sys.executable, "-m", "callboard", "proxy", str(folder), "--port", "0", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1, done
    return done.stdout


# Live values


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory, up: Upstream) -> Iterator[Proxied]:
    """A plugin's live values."""
    running = proxied.Proxied(site(tmp_path_factory.mktemp("live"), up, "  live: true\n"))
    yield running
    running.end()


def test_a_function_answers(builds: Proxied, up: Upstream) -> None:
    """It is given the path's words, listed parameters, the mount's options and hosts; states are told, and the answer is kept."""
    up.seen.clear()
    path = "/api/live/ci/builds/runs/acme/shop.js?branch=main&other=1"
    said = builds.ask(path).json
    assert said["values"] == {"state": "running", "where": "/runs/acme/shop.js", "branch": "main", "number": 12}
    assert said["states"] == {"state": "queued"}
    assert abs(datetime.fromisoformat(said["asOf"]) - datetime.now(UTC)).total_seconds() < 60
    assert builds.ask(path).json == said
    assert [seen.headers["x-token"] for seen in up.seen] == [SECRET]
    builds.logs('"cache":"hit"')


def test_values_are_picked_from_a_service(builds: Proxied) -> None:
    """JMESPath picks the values; a secret that the service says again is struck out."""
    said = builds.ask("/api/live/ci/builds/picked")
    assert said.json["values"] == {"where": "/picked/a", "got": "***", "none": None}
    assert (said.headers["cache-control"], said.headers["cross-origin-resource-policy"]) == (
        "no-store, max-age=30",
        "same-origin",
    )


def test_json_is_passed_on_without_values(builds: Proxied, up: Upstream) -> None:
    """The service's JSON as it is; a path of words goes before one with placeholders."""
    up.seen.clear()
    assert builds.ask("/api/live/ci/builds/passed/one").json["target"] == "/passed/one"
    assert up.seen[0].headers["authorization"] == f"Bearer {SECRET}"
    assert builds.ask("/api/live/ci/builds/passed/all").json["target"] == "/all"
    assert builds.ask("/api/live/ci/builds/passed/all", "HEAD").body == b""


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("boom", 502),
        ("secret", 502),
        ("down", 502),
        ("elsewhere", 502),
        ("nothing", 404),
        ("runs/acme", 404),
        ("runs/acme/shop/more", 404),
        ("runs/acme/", 404),
        ("runs/acme/shop%20", 404),
        ("runs/" + "a" * 201 + "/b", 404),
    ],
)
def test_what_fails_tells_nothing(builds: Proxied, path: str, status: int) -> None:
    """Neither what code raises nor where it wanted to go reaches a reader, and no secret a log."""
    said = builds.ask(f"/api/live/ci/builds/{path}")
    assert said.status == status
    assert [word for word in (SECRET, "ValueError", "169.254", ":9") if word.encode() in said.body] == []
    assert SECRET not in builds.said.read_text()
    logs = [file.read_text() for file in (builds.site / ".callboard/logs").glob("*")]
    assert [text for text in logs if SECRET in text] == []
    if path == "boom":
        assert any("builds: ValueError: *** (live.py:9)" in text for text in logs)
        assert "The code of a plugin failed: builds: ValueError: *** (live.py:9). The log is" in builds.said.read_text()
        assert "Callboard has a bug" not in builds.said.read_text()


ANSWERS = {
    "html": ("200 OK", "Content-Type: text/html", b"{}"),
    "untyped": ("200 OK", "X: y", b"{}"),
    "redirect": ("302 Found", "Location: http://169.254.169.254/", b"{}"),
    "error": ("500 Oh", "Content-Type: application/json", b'{"secret": 1}'),
    "part": ("206 Partial Content", "Content-Type: application/json", b"{}"),
    "no json": ("200 OK", "Content-Type: application/json", b"<html>"),
    "NaN": ("200 OK", "Content-Type: application/json", b'{"a": NaN}'),
    "twice": ("200 OK", "Content-Type: application/json", b'{"a": 1, "a": 2}'),
    "deep": ("200 OK", "Content-Type: application/json", b"[" * 500 + b"]" * 500),
    "latin": ("200 OK", "Content-Type: application/json", b'{"a": "\xe4"}'),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_is_no_good_json(builds: Proxied, up: Upstream, name: str) -> None:
    """Redirects, errors, parts and what is no JSON are 502."""
    status, header, body = ANSWERS[name]
    word = name.replace(" ", "-")
    up.answers[word] = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{header}\r\n\r\n".encode() + body
    said = builds.ask(f"/api/live/ci/builds/raw/{word}")
    assert (said.status, up.seen[-1].target) == (502, f"/do/said/{word}")
    assert b"169.254" not in said.body


def test_an_old_answer_stands_for_a_failed_service() -> None:
    """Fresh ones are given again, failed ones are replaced by the last good one while it is young enough; memory is bounded."""
    now, answers = [0.0], []

    def asks(outcome: bytes | None) -> Callable[[], Any]:
        async def ask() -> Given:
            answers.append(outcome)
            if outcome is None:
                raise Failed("The service gave no answer.")
            return Given(outcome, "", datetime.fromtimestamp(now[0], UTC))

        return ask

    async def story() -> list[tuple[bytes, str]]:
        kept = Shared(3_000, clock=lambda: now[0])
        told = []
        for at, outcome in ((0.0, b"one"), (5.0, b"two"), (11.0, None), (12.0, b"soon"), (15.0, b"three"), (24.0, b"four")):
            now[0] = at
            given, how = await kept.given("a", asks(outcome), ttl=10, stale=60)
            told.append((given.body, how))
        now[0] = 200.0
        with pytest.raises(Failed):
            await kept.given("a", asks(None), ttl=10, stale=60)
        for number in range(20):
            await kept.given(f"b{number}", asks(b"x" * 500), ttl=1000, stale=0)
        assert kept._size <= 3_000
        assert (await kept.given("b19", asks(b"y"), ttl=1000, stale=0))[1] == "hit"
        assert (await kept.given("b0", asks(b"y"), ttl=1000, stale=0))[1] == "miss"
        return told

    assert asyncio.run(story()) == [
        (b"one", "miss"),
        (b"one", "hit"),
        (b"one", "stale"),
        (b"one", "stale"),  # it failed a second ago, and is not asked again yet
        (b"three", "miss"),
        (b"three", "hit"),
    ]


# Policies

HASHED = "sha256:" + hashlib.sha256(b"token-of-a-machine").hexdigest()
_DERIVED = base64.b64encode(hashlib.pbkdf2_hmac("sha256", b"pass:word", b"salt", 1000)).decode()
POLICY = f"""\
  endpoints:
    /closed: {{up}}/closed
    /said: {{up}}/do/said
    /told: {{{{target: "{{up}}/do/said", credentials: dangerously-allow-unauthenticated}}}}
    /forward: {{{{target: "{{up}}/forward", credentials: forward}}}}
    /open: {{{{target: "{{up}}/open", credentials: dangerously-allow-unauthenticated}}}}
  credentials:
    bearer: ["{HASHED}", "${{{{PX_SECRET}}}}", "${{{{PX_UNSET}}}}"]
    basic: {{{{ada: "pbkdf2_sha256$1000$salt${_DERIVED}", bob: "plain-password"}}}}
    header: {{{{name: X-Auth-Request-Email, peers: [127.0.0.1], domains: [example.com], users: [eve@example.com, mal@evil.example]}}}}
"""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, up: Upstream) -> Iterator[Proxied]:
    """A proxy with a policy."""
    running = proxied.Proxied(site(tmp_path_factory.mktemp("policy"), up, POLICY))
    yield running
    running.end()


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


LET_IN = [
    ({"authorization": "Bearer token-of-a-machine"}, 200),
    ({"authorization": "bearer token-of-a-machine"}, 200),
    ({"authorization": f"Bearer {SECRET}"}, 200),
    ({"authorization": basic("ada", "pass:word")}, 200),
    ({"authorization": basic("bob", "plain-password")}, 200),
    ({"x_auth_request_email": "eve@example.com"}, 200),
    ({"x_auth_request_email": "EVE@EXAMPLE.COM"}, 200),
    ({}, 401),
    ({"authorization": "Bearer"}, 401),
    ({"authorization": "Bearer wrong"}, 401),
    ({"authorization": f"Bearer {HASHED}"}, 401),
    ({"authorization": "Bearer ${PX_UNSET}"}, 401),
    ({"authorization": "Basic token-of-a-machine"}, 401),
    ({"authorization": "Basic !!!"}, 401),
    ({"authorization": "Basic " + base64.b64encode(b"\xff\xfe").decode()}, 401),
    ({"authorization": basic("ada", "password")}, 401),
    ({"authorization": basic("nobody", "pass:word")}, 401),
    ({"authorization": basic("bob", "pbkdf2")}, 401),
    ({"authorization": f"Digest {SECRET}"}, 401),
    ({"cookie": f"token={SECRET}"}, 401),
    ({"x_forwarded_email": "eve@example.com"}, 401),
    ({"x_auth_request_email": "eve@example.com, mal@evil.example"}, 401),
    ({"x_auth_request_email": "mal@evil.example"}, 403),
    ({"x_auth_request_email": "bob@example.com"}, 403),
    ({"x_auth_request_email": "eve@example.com.evil.example"}, 403),
]


@pytest.mark.parametrize(("headers", "status"), LET_IN)
def test_who_is_let_in(closed: Proxied, up: Upstream, headers: dict[str, str], status: int) -> None:
    """Tokens, passwords and the header of a proxy in front; an unset variable's own text lets nobody in."""
    up.seen.clear()
    said = closed.ask("/api/proxy/closed/x", **headers)
    assert said.status == status
    assert len(up.seen) == (1 if status == 200 else 0)
    assert "authorization" not in (up.seen[0].headers if up.seen else {})
    if status == 401:
        assert said.headers["www-authenticate"].startswith('Basic realm="live answers"')


def test_what_a_policy_guards(closed: Proxied, up: Upstream) -> None:
    """Everything but probes and endpoints that say they are open; ``forward`` passes the reader's credentials on."""
    paths = {
        "/api/live/ci/builds/picked": 401,
        "/api/proxy/nothing": 401,
        "/api/other": 401,
        "/api/proxy/open/x": 200,
        "/-/health": 200,
    }
    assert {path: closed.ask(path).status for path in paths} == paths
    up.seen.clear()
    said = closed.ask("/api/proxy/forward/x", authorization=f"Bearer {SECRET}")
    assert (said.status, up.seen[0].headers["authorization"]) == (200, f"Bearer {SECRET}")
    up.answers["public"] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nCache-Control: public, max-age=60\r\n\r\n"
    kept = {name: closed.ask(f"/api/proxy/{name}/public", authorization=f"Bearer {SECRET}") for name in ("said", "told")}
    assert {name: said.headers["cache-control"] for name, said in kept.items()} == {
        "said": "private, no-cache",  # a cache on the way must not give it to others
        "told": "public, max-age=60",
    }


def test_a_header_counts_only_from_a_proxy_in_front(start: Callable[..., Proxied]) -> None:
    """Whoever reaches the proxy without passing the one in front cannot name himself."""
    policy = "  endpoints: {{/a: {up}}}\n  credentials: {{header: {{peers: [10.0.0.0/8, 'fd00::/8']}}}}\n"
    said: Said = start(policy).ask("/api/proxy/a", x_forwarded_email="eve@example.com")
    assert (said.status, said.headers["www-authenticate"]) == (401, 'Bearer realm="live answers"')


def test_without_a_policy_only_this_machine_is_answered(start: Callable[..., Proxied]) -> None:
    """Listening on all addresses, what requires credentials is answered to nobody, and the start says where it was said."""
    section = "  endpoints:\n    /a: {up}\n    /open: {{target: '{up}', credentials: dangerously-allow-unauthenticated}}\n"
    exposed = start(section, "--host", "0.0.0.0")
    assert [exposed.ask(f"/api/proxy/{name}", host="localhost").status for name in ("a", "open")] == [403, 200]
    assert "site.yaml:4:5  /api/proxy/a is answered to nobody: it requires credentials" in exposed.said.read_text()
    here = start(section)
    assert here.ask("/api/proxy/a").status == 200
    assert here.ask("/api/proxy/a", x_forwarded_for="10.6.6.6").status == 403  # through a web server in front
    assert "is answered to this machine alone" in here.said.read_text()


# Running


def test_readiness(start: Callable[..., Proxied], tmp_path: Path) -> None:
    """Alive is not ready: a variable that is not set, or no published site, is said without any value."""
    section = "  endpoints:\n    /a: {{target: '{up}', headers: {{Authorization: 'Bearer ${{PX_UNSET}}'}}}}\n    /b: {up}\n"
    server = start(section)
    said = server.ask("/-/ready", host="10.1.2.3:7007")
    lines = said.body.decode().splitlines()
    assert said.status == 503
    assert lines == ["The environment has no PX_UNSET. (site.yaml:4:54)", "There is no published site."]
    assert (server.ask("/api/proxy/a/x").status, server.ask("/api/proxy/b/x").status) == (503, 200)
    assert server.ask("/-/health", host="10.1.2.3").body == b"ok\n"
    assert server.raw(b"GET /-/health HTTP/1.0\r\n\r\n").body == b"ok\n"  # as old balancers ask
    (tmp_path / "public/-/build").mkdir(parents=True)
    (tmp_path / "public/-/build/report.json").write_text("{}")
    server.end()
    ready = start(section, PX_UNSET="now it is set")
    assert (ready.ask("/-/ready").status, ready.ask("/-/ready").body) == (200, b"ready\n")


def test_a_mount_that_cannot_be_used_is_not_ready(start: Callable[..., Proxied]) -> None:
    """A secret that a plugin lacks costs its live values only, and readiness names it."""
    server = start("  endpoints: {{/a: {up}}}\n", plugin=True, PX_SECRET="")
    said = server.ask("/-/ready")
    assert said.status == 503
    assert said.body.decode().splitlines()[0].startswith('The secret "token" is not set: the environment has no PX_SECRET.')
    assert (server.ask("/api/proxy/a").status, server.ask("/api/live/ci/builds/picked").status) == (200, 404)


def test_a_build_needs_no_variables_of_live_answers(tmp_path: Path, up: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """CI builds the pages without the proxy's secrets; nothing is wrong with that."""
    monkeypatch.delenv("PX_UNSET", raising=False)
    folder = site(tmp_path, up, "  endpoints: {{/a: {{target: '{up}', headers: {{X-A: '${{PX_UNSET}}'}}}}}}\n", plugin=False)
    assert [problem.text for problem in check(folder).problems] == []


def test_a_changed_site_is_answered_by(start: Callable[..., Proxied], tmp_path: Path, up: Upstream) -> None:
    """Endpoints follow site.yaml without a restart; a broken one changes nothing, and is told."""
    server = start("  endpoints: {{/a: {up}}}\n")
    site(tmp_path, up, "  endpoints: {{/b: {up}, /c: nonsense}}\n", plugin=False)
    server.says("What was answered before is answered on")
    assert "no whole http or https address" in server.said.read_text()
    assert (server.ask("/api/proxy/a").status, server.ask("/api/proxy/b").status) == (200, 404)
    site(tmp_path, up, "  endpoints: {{/b: {up}}}\n", plugin=False)
    server.says("answering by what it says now")
    assert (server.ask("/api/proxy/a").status, server.ask("/api/proxy/b").status) == (404, 200)


def test_it_ends_gracefully(start: Callable[..., Proxied]) -> None:
    """After SIGTERM an answer that has begun is given whole, and no new connection is taken; SIGHUP begins the log anew."""
    server = start("  endpoints: {{/do: {up}/do}}\n")
    moved = server.log.with_name("old.jsonl")
    server.log.rename(moved)
    server.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 5
    while not server.log.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    found: list[Said] = []
    reader = threading.Thread(target=lambda: found.append(server.ask("/api/proxy/do/slow/0.5")))
    reader.start()
    time.sleep(0.2)
    assert server.end() == 0
    reader.join()
    assert found[0].status == 200
    assert "/api/proxy/do/slow" in server.log.read_text()
    with pytest.raises(ConnectionRefusedError):
        server.connect()


def test_serve_answers_too(tmp_path: Path, up: Upstream) -> None:
    """``callboard serve`` gives the same live answers beside the pages, by what the site says now; the policy is for readers."""
    folder = site(tmp_path, up, POLICY)
    command = [sys.executable, "-u", "-m", "callboard", "serve", str(folder), "--port", "0"]
    env = os.environ | {"PX_SECRET": SECRET, "CI": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env) as process:
        try:
            assert process.stdout is not None
            found = next(match for line in process.stdout if (match := re.search(r"Serving http://[^:]+:(\d+)", line)))
            server = proxied.Proxied.__new__(proxied.Proxied)
            server.port = int(found[1])
            assert server.ask("/api/proxy/closed/a?b=1").json["target"] == "/closed/a?b=1"
            assert server.ask("/api/live/ci/builds/runs/acme/shop").json["values"]["where"] == "/runs/acme/shop"
            assert server.ask("/api/proxy/closed/%2e%2e/x").status == 400
            assert server.ask("/api/proxy/closed/x", origin="https://evil.example").status == 403
            assert server.ask("/ci/builds/").status in (200, 404)
            site(tmp_path, up, "  endpoints: {{/other: {up}/other}}\n")
            deadline = time.monotonic() + 20
            while server.ask("/api/proxy/other/a").status != 200:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            assert server.ask("/api/proxy/closed/a").status == 404
        finally:
            process.terminate()


# What is wrong

FAULTS = [
    ("endpoints: {/a: {}}", "site.yaml:3:15", "the endpoint has no target"),
    ("endpoints: {/a: nonsense}", "", "no whole http or https address"),
    ("endpoints: {/a: 'ftp://x.example'}", "", "no whole http or https address"),
    ("endpoints: {/a: 'http://u:p@x.example'}", "", "holds a user name or password"),
    ("endpoints: {/a: 'http://x.example/?q=1'}", "", "has no query"),
    ("endpoints: {/a: {target: 'http://x.example', credentials: maybe}}", "", 'got "maybe"'),
    ("endpoints: {/a: {target: 'http://x.example', allowedMethods: [TRACE]}}", "", '"TRACE" is not passed on'),
    ("endpoints: {/a: {target: 'http://x.example', headers: {Transfer-Encoding: x}}}", "", "cannot be set"),
    ("endpoints: {/a: {target: 'http://x.example', headers: {X-A: \"a\\nb\"}}}", "", "HTTP does not allow"),
    ("endpoints: {/a: {target: 'http://x.example', pathRewrite: {'(a+)+$': b}}}", "", "can be slow"),
    ("endpoints: {/a: {target: 'http://x.example', pathRewrite: {'(a': b}}}", "", "cannot be read"),
    ("endpoints: {/../a: 'http://x.example'}", "", "is no route"),
    ("/old: {target: nonsense}", "", "no whole http or https address"),
    ("endpoints: {/a: {target: 'http://x.example', tarket: x}}", "", 'unknown key "tarket"; did you mean "target"'),
    ("hosts: ['https://x.example']", "", "without scheme and port"),
    ("cors: {origins: ['*']}", "", "wanted an exact origin"),
    ("url: live.example.com", "", "wanted a whole http or https address"),
    ("credentials: {}", "", "lets nobody in"),
    ("credentials: {bearer: [short]}", "", "at least 8 characters"),
    ("credentials: {basic: {a: 'pbkdf2_sha256$x'}}", "", "begins like a hash"),
    ("credentials: {header: {peers: [nonsense]}}", "", "an address or a network"),
    ("limits: {request: 10 apples}", "", 'wanted a size, got "10 apples"'),
]


@pytest.mark.parametrize(("section", "place", "words"), FAULTS)
def test_faults_of_a_site(tmp_path: Path, up: Upstream, section: str, place: str, words: str) -> None:
    """Each is said at its place by check, and keeps the proxy from starting."""
    folder = site(tmp_path, up, "  " + section.replace("{", "{{").replace("}", "}}") + "\n", plugin=False)
    [problem] = check(folder).problems
    assert words in problem.text
    assert problem.place.line == 3
    assert problem.text.startswith(place)
    assert words in refused(folder) if section.startswith(("endpoints: {/a: {}", "/old")) else True


def test_invalid_endpoints_may_be_skipped(start: Callable[..., Proxied]) -> None:
    """With skipInvalidProxies a wrong endpoint is a warning, and the others are answered; options without effect are told."""
    section = "  skipInvalidProxies: true\n  endpoints: {{/bad: nonsense, /good: {{target: '{up}', ws: true, secure: false}}}}\n"
    server = start(section)
    assert (server.ask("/api/proxy/bad").status, server.ask("/api/proxy/good").status) == (404, 200)
    said = server.said.read_text()
    assert "The endpoint is left out (skipInvalidProxies)" in said
    assert "ws has no effect here" in said
    assert "certificates are always checked" in said


PROXIES = [
    ('"runs": {answer: "live:latest"}', "wanted a path with placeholders"),
    ('"/a/{b}c": {answer: "live:latest"}', "wanted a path with placeholders"),
    ('"/a/..": {answer: "live:latest"}', "wanted a path with placeholders"),
    ('"/{a}/{a}": {answer: "live:latest"}', "names one placeholder twice"),
    ('"/x": {}', "exactly one of answer and target; this one has neither"),
    ('"/x": {answer: "live:latest", target: "{api}"}', "has both"),
    ('"/x": {answer: "live:latest", values: {a: b}}', "values does nothing for an answer of code"),
    ('"/x": {answer: "gone:latest"}', 'there is no file "gone.py"'),
    ('"/x": {answer: "latest"}', "wanted module:name"),
    ('"/x": {target: "{apo}/a"}', 'no option and no placeholder "apo"; did you mean "api"?'),
    ('"/{host}": {target: "{host}/a"}', "its scheme and host must be written out"),
    ('"/x": {target: "{token}/a"}', "its scheme and host must be written out"),
    ('"/x": {target: "{api}", secret: api}', "wanted an option of type secret"),
    ('"/x": {target: "{api}", secret: tokn}', 'there is no option "tokn"; did you mean "token"?'),
    ('"/x": {target: "{api}", header: X-A}', "header needs a secret"),
    ('"/x": {target: "{api}", secret: token, header: "X A"}', "is no name of a header"),
    ('"/x": {target: "{api}", values: {a: "b["}}', "[bad-expression]"),
    ('"/x": {target: "{api}", query: ["a b"]}', "is no name of a parameter"),
    ('"/x": {target: "{api}", ttl: soon}', "wanted a duration"),
    ('"/x": {target: "{api}", methods: [POST]}', "wanted GET or HEAD"),
]


@pytest.mark.parametrize(("entry", "words"), PROXIES)
def test_faults_of_a_manifest(tmp_path: Path, up: Upstream, entry: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is said at its line of plugin.yaml."""
    monkeypatch.setenv("PX_SECRET", SECRET)
    folder = site(tmp_path, up, "  live: true\n")
    manifest = folder / "plugins/builds/plugin.yaml"
    manifest.write_text(f"{MANIFEST.partition('proxy:')[0]}proxy:\n  {entry}\n")
    [problem] = check(folder).problems
    assert words in problem.text
    assert (problem.place.file, problem.place.line) == ("plugins/builds/plugin.yaml", 5)


def test_two_paths_that_are_one(tmp_path: Path, up: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """Placeholders with other names make no other path."""
    monkeypatch.setenv("PX_SECRET", SECRET)
    folder = site(tmp_path, up, "  live: true\n")
    manifest = folder / "plugins/builds/plugin.yaml"
    manifest.write_text(MANIFEST + '  "/runs/{a}/{b}": {answer: "live:latest"}\n')
    [problem] = check(folder).problems
    assert '"/runs/{a}/{b}" and "/runs/{org}/{repo}" are one path.' in problem.text


def test_nothing_to_answer(tmp_path: Path, up: Upstream) -> None:
    """A site without live answers is told so; so is a log that cannot be written."""
    folder = site(tmp_path, up, "  live: true\nsearch: false\n", plugin=False)
    assert "there is nothing to answer" in refused(folder)
    site(tmp_path, up, "  endpoints: {{/a: {up}}}\n", plugin=False)
    assert 'The log "/nowhere/x" cannot be written' in refused(folder, "--log", "/nowhere/x")
