"""A secret in use appears nowhere: not in the site, the cache, logs, errors, the report or recordings."""

from __future__ import annotations

import json
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from callboard.cli import run

if TYPE_CHECKING:
    from tests.faultserver import Call, FaultServer

SECRET = "S3cr3t/+=\"<&'-4711-xyzzy"
DATABASE, CACHE, UPSTREAM = "Db-Pass-w0rd-93", "Cache-Pass-w0rd-57", "Upstream-t0ken-31"
PROVIDER = """
import os
from callboard.plugin import Dataset, Provider

class Leaky(Provider):
    def provide(self, options, context):
        token = options.token
        context.log(f"asking with {token} and {token.reveal()}")
        answer = context.http.json("ADDRESS/provider?key=" + quote(token.reveal()), headers={"X-Key": token, "X-Raw": token.reveal()})
        if os.environ.get("LEAKY_FAILS"):
            raise ValueError(f"it is {token.reveal()!r}")
        return Dataset(rows=[*context.sources["echo"], answer.value])
"""
MANIFEST = """callboard: 1
title: Leaky
cache: {ttl: 1s, stale: 30d}
options: {token: {type: secret, env: LEAKY_TOKEN, help: A credential.}}
provider: provider:Leaky
sources:
  echo: {http: "ADDRESS/echo?key={token}", headers: {X-Token: "{token}"}, secret: token}
hosts: [HOST]
pages: [{path: /, template: page.html, data: rows}]
"""
PAGE = """{% extends "page.html" %}{% block content %}<pre>{{ data.rows }} {{ mount.options }}</pre>{% endblock %}"""
SITE = """site: {title: T}
content: false
plugins:
  - plugin: leaky
    path: /leaky
    options: {token: "${LEAKY_TOKEN}"}
database: {client: pg, connection: "postgresql://portal:${DB_PASSWORD}@127.0.0.1:1/portal"}
cache: {store: redis, connection: "redis://:${CACHE_PASSWORD}@127.0.0.1:1/0"}
proxy:
  endpoints:
    /upstream: {target: "http://127.0.0.1:1", headers: {Authorization: "Bearer ${UPSTREAM_TOKEN}"}}
"""


def forms(secret: str) -> set[str]:
    """How a secret might be written."""
    packed = b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret), quote(secret, safe=""), escape(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1], packed}


def echo(call: Call) -> None:
    """An answer that repeats everything that was asked."""
    call.answer(json.dumps({"path": call.path, "headers": call.headers}).encode(), x_echo=call.headers.get("x-token", ""))


def broken(call: Call) -> None:
    """An error that repeats it, in its reason and in its body."""
    token = call.headers.get("x-token") or call.headers.get("x-key", "")
    call.answer(token.encode(), status=f"500 {token}", kind="text/plain")


@pytest.fixture
def site(tmp_path: Path, faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site with a secret in every place that takes one."""
    root = tmp_path / "site"
    folder = root / "plugins" / "leaky"
    (folder / "templates").mkdir(parents=True)
    provider = PROVIDER.replace("import os\n", "import os\nfrom urllib.parse import quote\n")
    for name, text in {"plugin.yaml": MANIFEST, "provider.py": provider, "templates/page.html": PAGE}.items():
        (folder / name).write_text(text.replace("ADDRESS", faults.url).replace("HOST", faults.host))
    (root / "site.yaml").write_text(SITE)
    secrets = {"LEAKY_TOKEN": SECRET, "DB_PASSWORD": DATABASE, "CACHE_PASSWORD": CACHE, "UPSTREAM_TOKEN": UPSTREAM}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    return root


def test_a_secret_appears_nowhere(
    site: Path, faults: FaultServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Services that repeat credentials, log lines, failures of services and of code, reports: none of them tells a secret."""
    said = []

    def command(*words: str) -> None:
        run([*words])
        out, err = capsys.readouterr()
        said.append((" ".join(words[:1]), out + err))

    for script in (echo, broken):
        faults.on("/echo", script)
        faults.on("/provider", script)
        for more in ([], ["--refresh"], ["--format", "json"]):
            command("build", str(site), *more)
        if script is echo:
            page = (site / "public" / "leaky" / "index.html").read_text()
            assert "***" in page
            assert "x-token" in page
    monkeypatch.setenv("LEAKY_FAILS", "1")
    faults.on("/echo", echo)
    faults.on("/provider", echo)
    command("build", str(site), "--refresh")
    assert "ValueError" in said[-1][1]
    command("check", str(site))
    command("check", str(site), "--format", "json")
    (site / "site.yaml").write_text(SITE.replace("token: ", "tokn: ").replace("client: pg", "client: 7"))
    command("check", str(site))
    assert {call.headers.get("x-token", SECRET) for call in faults.calls} == {SECRET}  # it was in use all the time

    files = [path for path in site.rglob("*") if path.is_file()]
    assert any(path.name == "cache.db" for path in files) or (site / ".callboard").is_dir()
    for secret in (SECRET, DATABASE, CACHE, UPSTREAM):
        for form in forms(secret):
            assert [(form, text) for _, text in said if form in text] == []
            assert [str(path) for path in files if form.encode() in path.read_bytes()] == []
