"""Deployment: the configurations of ``deploy/`` and the rules of ``export-rules``, run by the real nginx, Caddy and JavaScript."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from callboard import config
from callboard.cli import run
from callboard.pages import machine
from callboard.proxy.rules import nginx
from callboard.testing import Built, build_site

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
CONTAINERFILES = sorted(DEPLOY.glob("Containerfile.*"))
SITE = """\
site: {title: Test portal, url: "https://portal.example.com/"}
plugins:
  - {plugin: builds, options: {api: "UPSTREAM/api", token: "${CI_TOKEN}"}}
proxy:
  live: true
  endpoints:
    /ci:
      target: UPSTREAM/v1
      headers: {Authorization: "Bearer ${CI_SECRET:-none}", X-From: portal}
      allowedMethods: [GET, POST]
      allowedHeaders: [X-Request-Id]
      credentials: dangerously-allow-unauthenticated
    /old:
      target: UPSTREAM/
      pathRewrite: {"^/api/proxy/old/": "/new/"}
      credentials: dangerously-allow-unauthenticated
    /odd:
      target: UPSTREAM/
      pathRewrite: {"^/api/proxy/odd/(a|b)$": "/$1"}
      credentials: dangerously-allow-unauthenticated
    /closed: UPSTREAM/closed
    /literal:
      target: UPSTREAM/literal
      headers: {X-Api-Key: written-out-credential}
      credentials: dangerously-allow-unauthenticated
    /open: {target: UPSTREAM/open, credentials: dangerously-allow-unauthenticated}
"""
PLUGIN = """\
callboard: 1
title: Builds
options:
  api: {type: url}
  token: {type: secret}
  other: {type: secret, env: OTHER_TOKEN, optional: true}
proxy:
  "/status": {target: "{api}/status", secret: token, values: {state: status.indicator, number: "runs[0].number"}, ttl: 20s}
  "/raw/{org}/{repo}": {target: "{api}/raw/{org}/{repo}?key={token}", secret: other, header: Circle-Token, query: [branch], ttl: 20s}
  "/hard": {target: "{api}/status", values: {number: "length(runs)"}}
  "/code": {answer: "live:latest"}
pages:
  - {path: /, view: markdown}
"""
SECRETS = {"CI_TOKEN": "token-in-use", "CI_SECRET": "secret-in-use", "OTHER_TOKEN": "other-in-use"}


class Answer(NamedTuple):
    """Status, headers by lower-cased name, and body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Upstream:
    """A service on this machine that answers with what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        upstream = self

        class Service(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words: object) -> None:
                """Nothing."""

            def do_GET(self) -> None:
                """Say what was asked."""
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                upstream.asked.append({"method": self.command, "path": self.path, "headers": headers, "body": body})
                status = int(found[1]) if (found := re.search(r"/([345]\d\d)(?:\?|$)", self.path)) else 200
                said = json.dumps({"path": self.path, "status": {"indicator": "in_progress"}, "runs": [{"number": 7}]}).encode()
                self.send_response(status)
                for name, value in {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(said)),
                    "Set-Cookie": "a=b",
                    "Access-Control-Allow-Origin": "*",
                    "Location": "http://elsewhere.test/",
                    "X-Accel-Redirect": "/robots.txt",
                    "X-Request-Id": "7",
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(said)

            do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815  # as the server names them

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """The service."""
    service = Upstream()
    yield service
    service.server.shutdown()
    service.server.server_close()


@pytest.fixture
def site(tmp_path: Path, upstream: Upstream) -> Path:
    """A site with live answers of that service."""
    folder = tmp_path / "site"
    files = {
        "site.yaml": SITE.replace("UPSTREAM", upstream.url),
        "plugins/builds/plugin.yaml": PLUGIN,
        "plugins/builds/live.py": "",
        "content/index.md": "# Welcome\n",
        "content/guide.md": "# Guide\n\n![A picture](a.png)\n",
        "content/a.png": "png",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def built(site: Path) -> Built:
    """The site, built."""
    return build_site(site, environ=SECRETS)


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def ask(port: int, path: str, method: str = "GET", *, host: str = "portal.example.com", body: str = "", **headers: str) -> Answer:
    """A request to a server on this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, {"Host": host, **said})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def until_listening(port: int, process: subprocess.Popen[str]) -> None:
    """Wait until the process answers."""
    end = time.monotonic() + 15
    while time.monotonic() < end:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.05)
    raise AssertionError("it does not listen")


Start = Callable[..., int]


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    """What a test started, ended with it."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.terminate()
        process.communicate(timeout=10)


def needed(program: str) -> str:
    """Where a program is; the test is skipped without it."""
    found = shutil.which(program) or next((f"/usr/sbin/{program}" for _ in "x" if Path(f"/usr/sbin/{program}").is_file()), None)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


@pytest.fixture
def serve_nginx(tmp_path: Path, processes: list[subprocess.Popen[str]]) -> Start:
    """``serve_nginx(text, folder)`` runs nginx with what stands in its http block, and gives the port."""

    def start(text: str, folder: Path, also: str = "") -> int:
        program, port = needed("nginx"), free_port()
        own = tmp_path / "nginx"
        (own / "callboard.d").mkdir(parents=True, exist_ok=True)
        (own / "callboard.d/proxy.conf").write_text(also)
        for old, new in {
            "listen 8080": f"listen 127.0.0.1:{port}",
            "/srv/public": str(folder),
            "/etc/nginx/callboard.d": str(own / "callboard.d"),
            "/tmp/callboard-live": str(own / "live"),
        }.items():
            text = text.replace(old, new)
        temporary = "".join(f"{kind}_temp_path {own}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.geteuid() == 0 else ""
        whole = (
            f"{user} daemon off; worker_processes 1; pid {own}/pid; error_log stderr; events {{}}\n"
            f"http {{ include /etc/nginx/mime.types; default_type application/octet-stream; access_log off; {temporary}\n{text}\n}}\n"
        )
        (own / "nginx.conf").write_text(whole)
        command = [program, "-p", str(own), "-c", str(own / "nginx.conf")]
        tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert tried.returncode == 0, tried.stderr
        assert "warn" not in tried.stderr.replace('the "user" directive', ""), tried.stderr
        processes.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        until_listening(port, processes[-1])
        return port

    return start


@pytest.fixture
def serve_proxy(site: Path, processes: list[subprocess.Popen[str]]) -> Start:
    """``serve_proxy(folder)`` runs ``callboard proxy`` on the published folder, and gives the port."""

    def start(folder: Path) -> int:
        port = free_port()
        command = [sys.executable, "-m", "callboard", "proxy", str(site), "--output", str(folder), "--port", str(port)]
        processes.append(
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=os.environ | SECRETS)
        )
        until_listening(port, processes[-1])
        return port

    return start


@pytest.fixture
def serve_caddy(tmp_path: Path, processes: list[subprocess.Popen[str]]) -> Start:
    """``serve_caddy(folder, proxy)`` runs Caddy with our Caddyfile, and gives the port."""

    def start(folder: Path, proxy: str = "") -> int:
        program, port = needed("caddy"), free_port()
        text = (DEPLOY / "Caddyfile").read_text().replace(":8080", f"http://:{port}").replace("/srv/public", str(folder))
        (tmp_path / "Caddyfile").write_text(text)
        env = os.environ | {"CALLBOARD_PROXY": proxy, "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
        command = [program, "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
        processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True, env=env))
        until_listening(port, processes[-1])
        return port

    return start


# deploy/


def test_the_servers_headers_are_those_of_the_site_itself(tmp_path):
    """nginx.conf is what our own rules make of a site at the root of its host; the Caddyfile says the same headers."""
    (tmp_path / "site.yaml").write_text("site: {title: Any}\n")
    loaded, _ = config.load(tmp_path)
    assert loaded is not None
    said = machine.security(loaded)
    wanted = nginx.server(said, "/", "_", "    include /etc/nginx/callboard.d/*.conf;\n")
    text = (DEPLOY / "nginx.conf").read_text()
    assert "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#")) == wanted
    caddy = (DEPLOY / "Caddyfile").read_text()
    assert [name for name, value in said.items() if f'{name} "{value}"' not in caddy] == []
    assert machine.FOREVER in caddy


@pytest.mark.parametrize("host", ["nginx", "caddy"])
def test_a_static_host_serves_the_site_as_it_says(host, built, serve_nginx, serve_caddy):
    """Headers of every answer, types, caching of what has a hash and of pages, the 404 page, what is hidden, and JSON for programs."""
    (built.output / "api/some").mkdir(parents=True)
    (built.output / "api/some/index.html").write_text("[]")
    (built.output / "api/thing").write_text("{}")
    port = serve_nginx((DEPLOY / "nginx.conf").read_text(), built.output) if host == "nginx" else serve_caddy(built.output)
    page = ask(port, "/guide/", Accept_Encoding="gzip")
    assert (page.status, page.headers["content-type"], page.headers["cache-control"]) == (
        200,
        "text/html; charset=utf-8",
        "no-cache",
    )
    assert page.headers["content-encoding"] == "gzip"
    loaded, _ = config.load(built.folder)
    assert loaded is not None
    security = {name.lower(): value for name, value in machine.security(loaded).items()}
    for path in ("/", "/guide/", "/nowhere/", "/robots.txt"):
        assert security.items() <= ask(port, path).headers.items(), path
    style = re.search(r'href="(/_/theme/callboard\.[0-9a-f]{8}\.css)"', built.page("/"))
    assert style is not None
    assert ask(port, style[1]).headers["cache-control"] == machine.FOREVER
    assert ask(port, "/_/stamp.js").headers["cache-control"] == "no-cache"
    missing = ask(port, "/nowhere/")
    assert (missing.status, missing.body) == (404, (built.output / "404.html").read_bytes())
    assert "immutable" not in ask(port, "/_/theme/gone.css").headers.get("cache-control", "") or host == "caddy"
    assert [ask(port, path).status for path in ("/_headers", "/.callboard.json")] == [404, 404]
    folder = ask(port, "/guide")
    assert (folder.status // 100, folder.headers["location"].removeprefix("http://portal.example.com")) == (3, "/guide/")
    for path in ("/api/some/", "/api/thing"):
        assert ask(port, path).headers["content-type"].replace(" ", "") == "application/json;charset=utf-8", path


@pytest.mark.parametrize("host", ["nginx", "caddy"])
def test_live_answers_come_through_the_static_host(host, built, upstream, serve_nginx, serve_caddy, serve_proxy):
    """What lies below /api/ is answered by the proxy behind it, by its rules: names, methods, no cookies, nobody else's headers."""
    behind = serve_proxy(built.output)
    also = (DEPLOY / "nginx-proxy.conf").read_text().replace("proxy:7007", f"127.0.0.1:{behind}")
    port = (
        serve_nginx((DEPLOY / "nginx.conf").read_text(), built.output, also)
        if host == "nginx"
        else serve_caddy(built.output, f"127.0.0.1:{behind}")
    )
    live = ask(port, "/api/live/builds/status", Cookie="a=b", X_Forwarded_Email="me@example.com")
    assert live.status == 200, live
    assert json.loads(live.body)["values"] == {"state": "in_progress", "number": 7}
    assert live.headers["cache-control"] == "no-store, max-age=20"
    assert upstream.asked[-1]["headers"]["authorization"] == "Bearer token-in-use"
    assert "cookie" not in upstream.asked[-1]["headers"]
    assert ask(port, "/api/live/builds/status", host="evil.example").status == 421
    assert ask(port, "/api/live/nowhere").status == 404
    assert ask(port, "/api/live/builds/status", Sec_Fetch_Site="cross-site").status == 403
    assert ask(port, "/").status == 200


@pytest.mark.parametrize("file", CONTAINERFILES, ids=lambda file: file.suffix)
def test_a_containerfile_is_sound(file):
    """All that is copied is there, nothing runs as root, no credential is in it, and it says when it is well."""
    lines = file.read_text().replace("\\\n", " ").splitlines()
    words = [line.split() for line in lines if line and not line.startswith("#")]
    assert words[0][0] == "FROM"
    assert re.fullmatch(r"docker\.io/[\w./-]+:[\w.-]+", words[0][1]), "a whole name with a version"
    for sources in (line[1:-1] for line in words if line[0] == "COPY"):
        assert all((ROOT / source).exists() for source in sources), sources
    users = [line[1] for line in words if line[0] == "USER"]
    assert users
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])
    last = [line[0] for line in words].index("USER")
    assert not [line for line in words[last:] if line[0] == "RUN"]
    assert not re.search(r"(?i)\b(token|secret|password|key)\s*=", file.read_text())
    assert file.suffix == ".build" or any(line[0] == "HEALTHCHECK" for line in words)


def test_the_compose_file_fits_together():
    """Every file, volume, service and port that it names is there, and every service runs with as little as it can."""
    text = (DEPLOY / "compose.yaml").read_text()
    said = yaml.safe_load(text)
    assert list(said["services"]) == ["build", "static", "proxy"]
    for name, service in said["services"].items():
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        assert set(service.get("depends_on", {})) <= set(said["services"])
        for volume in service["volumes"]:
            source = volume.partition("/site")[0].rstrip(":") if volume.startswith("$") else volume.split(":")[0]
            assert source in said["volumes"] or source.startswith("$") or (DEPLOY / source).is_file(), volume
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"]
    assert "CI_TOKEN" not in text
    assert "http://proxy:7007" in (DEPLOY / "nginx-proxy.conf").read_text()
    assert '"7007"' in (DEPLOY / "Containerfile.proxy").read_text()


# export-rules


def exported(host: str, site: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, list[str]]:
    """What ``export-rules`` prints, and the lines of standard error."""
    code = run(["export-rules", host, str(site), *words])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return printed.out, printed.err.splitlines()


def substituted(text: str) -> str:
    """The file with the variables' values, as envsubst writes it."""
    for name, value in {**SECRETS, "CALLBOARD_LITERAL_X_API_KEY": "k"}.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def test_what_nginx_cannot_do_is_said_by_name(site, capsys):
    """Code, values, policies, rewriting that has no form, and what is weaker than in the proxy: in the file and on standard error."""
    text, told = exported("nginx", site, capsys)
    policy = '"credentials: require" cannot be checked here, and without it the endpoint would be open to everybody.'
    for line in (
        "Not exported: builds /api/live/builds/code: answered by code (live:latest); only callboard proxy can.",
        f"Not exported: proxy.endpoints./closed: {policy} If the host itself lets in only those who may:"
        ' "credentials: dangerously-allow-unauthenticated".',
        "Not exported: builds /api/live/builds/status: nginx cannot pick values out of JSON (values).",
        "Not exported: proxy.endpoints./odd: nginx has no form for its pathRewrite: only patterns that begin with ^, without groups and"
        " ends.",
        "Other than the proxy: every answer: of a service's headers all pass but those that are hidden here: nginx cannot list those"
        " that may.",
    ):
        assert line in told
        assert f"# {line}\n" in text
    assert [line for line in told if line.startswith("Set")] == [
        "Set where it runs: CALLBOARD_LITERAL_X_API_KEY (what site.yaml says)",
        "Set where it runs: CI_SECRET",
        "Set where it runs: CI_TOKEN",
        "Set where it runs: OTHER_TOKEN",
    ]


@pytest.mark.parametrize("host", ["nginx", "netlify", "cloudflare"])
def test_no_credential_is_in_the_rules(host, site, capsys, monkeypatch):
    """Neither the values of variables, nor a credential that site.yaml holds itself; and none needs a value where rules are made."""
    (site / "secret.txt").write_text("from-a-file\n")
    text = (site / "site.yaml").read_text().replace("X-From: portal", 'X-From: portal, X-Token: "${file:secret.txt}"')
    (site / "site.yaml").write_text(text)
    unset, _ = exported(host, site, capsys)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    out, told = exported(host, site, capsys)
    assert out == unset
    for value in (*SECRETS.values(), "written-out-credential", "from-a-file"):
        assert value not in out + "".join(told)
    assert "Set where it runs: CALLBOARD_CI_X_TOKEN (the content of secret.txt)" in told


def test_a_site_with_a_policy_gives_no_rules_that_leave_it_out(site, capsys):
    """Live values behind ``proxy.credentials`` are not exported: they would be open to everybody."""
    (site / "site.yaml").write_text((site / "site.yaml").read_text() + "  credentials: {bearer: [a-long-enough-token]}\n")
    text, told = exported("cloudflare", site, capsys)
    assert "/api/live/builds/status" not in text.split("const RULES")[1].split("\nconst ")[0]
    assert any("proxy.credentials cannot be checked here" in line for line in told)


def test_a_broken_site_gives_no_rules(site, capsys):
    """Its problems are told, and nothing is printed."""
    (site / "site.yaml").write_text("site: {title: x}\nproxy: {endpoints: {/ci: nowhere}}\n")
    assert run(["export-rules", "nginx", str(site)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "the target is no whole http or https address" in printed.err


def test_the_rules_of_nginx_answer(site, built, upstream, serve_nginx, capsys):
    """The same requests that the proxy is asked: what passes, what is set, what is refused, and what comes back."""
    port = serve_nginx(substituted(exported("nginx", site, capsys)[0]), built.output)
    assert ask(port, "/").status == 200

    raw = ask(port, "/api/live/builds/raw/acme/shop?branch=main&evil=1", Cookie="c=1", X_Evil="1")
    assert (raw.status, raw.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert raw.headers["cache-control"] == "max-age=20"
    assert not {"set-cookie", "access-control-allow-origin", "location"} & set(raw.headers)
    asked = upstream.asked[-1]
    assert asked["path"] == "/api/raw/acme/shop?key=token-in-use&branch=main"
    assert asked["headers"]["circle-token"] == "other-in-use"
    assert not {"cookie", "x-evil"} & set(asked["headers"])
    count = len(upstream.asked)
    assert ask(port, "/api/live/builds/raw/acme/shop?branch=main").status == 200
    assert len(upstream.asked) == count, "kept for its ttl"
    failed = ask(port, "/api/live/builds/raw/acme/503")
    assert (failed.status, json.loads(failed.body)["response"]["statusCode"]) == (502, 502)
    assert ask(port, "/api/live/builds/raw/acme/302").status == 502

    passed = ask(port, "/api/proxy/ci/jobs/1?a=b", Cookie="c=1", X_Request_Id="9", Authorization="Basic evil", X_Evil="1")
    asked = upstream.asked[-1]
    assert (passed.status, asked["path"]) == (200, "/v1/jobs/1?a=b")
    assert passed.headers["x-request-id"] == "7"
    assert "sandbox" in passed.headers["content-security-policy"]
    assert not {"set-cookie", "access-control-allow-origin", "location"} & set(passed.headers)
    assert asked["headers"]["authorization"] == "Bearer secret-in-use"
    assert (asked["headers"]["x-from"], asked["headers"]["x-request-id"]) == ("portal", "9")
    assert not {"cookie", "x-evil"} & set(asked["headers"])
    assert ask(port, "/api/proxy/ci/jobs", "POST", body="{}", Content_Type="application/json").status == 200
    assert (upstream.asked[-1]["method"], upstream.asked[-1]["body"]) == ("POST", "{}")
    ask(port, "/api/proxy/old/x/y")
    assert upstream.asked[-1]["path"] == "/new/x/y"

    count = len(upstream.asked)
    refused = {
        ("/api/proxy/ci/jobs", "PUT", ""): 404,
        ("/api/proxy/cix", "GET", ""): 404,
        ("/api/proxy/closed", "GET", ""): 404,
        ("/api/proxy/ci/%2e%2e/%2e%2e/%2e%2e/x", "GET", ""): 404,
        ("/api/live/builds/raw/acme/shop", "POST", ""): 404,
        ("/api/live/builds/raw/acme%2f../shop", "GET", ""): 404,
        ("/api/live/builds/raw/a b/shop".replace(" ", "%20"), "GET", ""): 404,
        ("/api/live/builds/code", "GET", ""): 404,
        ("/api/proxy/ci/x", "GET", "https://evil.example"): 403,
        ("/", "GET", "host"): 421,
    }
    for (path, method, foreign), status in refused.items():
        headers = {"Origin": foreign} if foreign.startswith("https") else {}
        given = ask(port, path, method, host="evil.example" if foreign == "host" else "portal.example.com", **headers)
        assert given.status == status, path
    assert ask(port, "/api/proxy/ci/x", Sec_Fetch_Site="cross-site").status == 403
    assert ask(port, "/api/proxy/ci/x", Origin="https://portal.example.com").status == 200
    assert len(upstream.asked) == count + 1


def test_a_site_below_a_path_is_served_and_answered_there(site, upstream, serve_nginx, tmp_path, capsys):
    """Pages, the 404 page, what is kept for good, and live answers: all below the site's path."""
    (site / "site.yaml").write_text((site / "site.yaml").read_text().replace("example.com/", "example.com/portal/", 1))
    built = build_site(site, environ=SECRETS)
    shutil.copytree(built.output, tmp_path / "www/portal")
    port = serve_nginx(substituted(exported("nginx", site, capsys)[0]), tmp_path / "www")
    assert (ask(port, "/portal/guide/").status, ask(port, "/guide/").status) == (200, 404)
    assert ask(port, "/portal/guide").headers["location"] == "/portal/guide/"
    assert ask(port, "/portal/nowhere/").body == (built.output / "404.html").read_bytes()
    style = re.search(r'href="(/portal/_/theme/callboard\.[0-9a-f]{8}\.css)"', built.page("/"))
    assert style is not None
    assert ask(port, style[1]).headers["cache-control"] == machine.FOREVER
    assert ask(port, "/portal/_/stamp.js").headers["cache-control"] == "no-cache"
    assert ask(port, "/portal/api/proxy/ci/x?y=z").status == 200
    assert upstream.asked[-1]["path"] == "/v1/x?y=z"
    ask(port, "/portal/api/proxy/old/x")
    assert upstream.asked[-1]["path"] == "/new/x"
    assert ask(port, "/portal/api/live/builds/raw/acme/shop").status == 200
    assert upstream.asked[-1]["path"].startswith("/api/raw/acme/shop?key=")


ASK = """
import { pathToFileURL } from "node:url";
const [file, kind, asked] = process.argv.slice(1);
const env = JSON.parse(process.env.GIVEN);
globalThis.Netlify = { env: { get: (name) => env[name] } };
const module = (await import(pathToFileURL(file))).default;
const assets = { fetch: () => new Response("published") };
const answers = [];
for (const { url, ...how } of JSON.parse(asked)) {
  const request = new Request(url, how);
  const given = (kind === "netlify" ? await module(request) : await module.fetch(request, { ...env, ASSETS: assets }));
  answers.push(given ? [given.status, Object.fromEntries(given.headers), await given.text()] : [0, {}, ""]);
}
console.log(JSON.stringify(answers));
"""


def asked_of(kind: str, file: Path, requests: list[dict[str, Any]]) -> list[Answer]:
    """What a worker answers, run by node."""
    given = {**SECRETS, "CALLBOARD_LITERAL_X_API_KEY": "k"}
    whole = [{**one, "url": f"https://portal.example.com{one['url']}"} for one in requests]
    command = [needed("node"), "--input-type=module", "-e", ASK, str(file), kind, json.dumps(whole)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env=os.environ | {"GIVEN": json.dumps(given)}
    )
    assert done.returncode == 0, done.stderr
    return [Answer(status, headers, body.encode()) for status, headers, body in json.loads(done.stdout)]


@pytest.mark.parametrize("kind", ["cloudflare", "netlify"])
def test_the_scripts_of_workers_answer(kind, site, upstream, tmp_path, capsys):
    """The same requests, by the script that runs on Cloudflare or Netlify."""
    out, told = exported(kind, site, capsys, "--output", str(tmp_path / "out"))
    assert out == ""
    name = "_worker.js" if kind == "cloudflare" else "netlify/edge-functions/callboard.js"
    file = tmp_path / "out" / name
    assert f"Wrote {file}" in told
    script = file.rename(file.with_suffix(".mjs"))
    requests: list[dict[str, Any]] = [
        {"url": "/api/live/builds/status", "headers": {"cookie": "c=1", "x-evil": "1"}},
        {"url": "/api/live/builds/raw/acme/shop?branch=main&evil=1"},
        {"url": "/api/live/builds/raw/acme/503"},
        {"url": "/api/live/builds/raw/acme/302"},
        {"url": "/api/proxy/ci/jobs/1?a=b", "headers": {"x-request-id": "9", "authorization": "Basic evil", "cookie": "c=1"}},
        {"url": "/api/proxy/ci/jobs", "method": "POST", "body": "{}", "headers": {"content-type": "application/json"}},
        {"url": "/api/proxy/odd/a"},
        {"url": "/api/proxy/ci/jobs", "method": "PUT", "body": "{}"},
        {"url": "/api/proxy/ci/%252e%252e/x"},
        {"url": "/api/live/builds/raw/a%20b/shop"},
        {"url": "/api/live/builds/status", "headers": {"origin": "https://evil.example"}},
        {"url": "/api/live/builds/status", "headers": {"sec-fetch-site": "cross-site"}},
        {"url": "/guide/"},
    ]
    answers = asked_of(kind, script, requests)
    paths = [one["path"] for one in upstream.asked]
    assert json.loads(answers[0].body)["values"] == {"state": "in_progress", "number": 7}
    assert json.loads(answers[0].body)["states"] == {"state": "queued"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", json.loads(answers[0].body)["asOf"])
    assert answers[0].headers["cache-control"] == "public, max-age=20"
    assert upstream.asked[0]["headers"]["authorization"] == "Bearer token-in-use"
    assert not {"cookie", "x-evil"} & set(upstream.asked[0]["headers"])
    assert paths[1] == "/api/raw/acme/shop?key=token-in-use&branch=main"
    assert [one.status for one in answers[2:4]] == [502, 502]
    assert (answers[4].status, paths[4]) == (200, "/v1/jobs/1?a=b")
    assert answers[4].headers["x-request-id"] == "7"
    assert not {"set-cookie", "access-control-allow-origin", "location"} & set(answers[4].headers)
    sent = upstream.asked[4]["headers"]
    assert (sent["authorization"], sent["x-from"], sent["x-request-id"]) == ("Bearer secret-in-use", "portal", "9")
    assert "cookie" not in sent
    assert (upstream.asked[5]["method"], upstream.asked[5]["body"]) == ("POST", "{}")
    assert paths[6] == "/a"
    assert [one.status for one in answers[7:12]] == [404, 400, 200 if kind == "cloudflare" else 0, 403, 403]
    assert (answers[12].body or b"published") == b"published"
    assert len(paths) == 7


def test_netlify_is_given_redirects_for_what_needs_no_credential(site, upstream, capsys):
    """A plain endpoint is two redirects with status 200; what has a credential is left to the edge function, by its path."""
    text, told = exported("netlify", site, capsys)
    toml = text.partition("# File: netlify/")[0]
    assert f'from = "/api/proxy/open/*"\nto = "{upstream.url}/open/:splat"\nstatus = 200\nforce = true\n' in toml
    assert '[[edge_functions]]\nfunction = "callboard"\npath = "/api/proxy/ci/*"\n' in toml
    assert '[[edge_functions]]\nfunction = "callboard"\npath = "/api/live/builds/raw/*"\n' in toml
    assert "/api/proxy/closed" not in toml.replace("# Not exported", "").split("[[")[1:]
    assert any("proxy.endpoints./open: a redirect answers it: every method passes" in line for line in told)
