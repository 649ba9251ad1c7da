"""A secret in use appears nowhere: not in the site, the cache, logs, errors, the report or recordings."""

from __future__ import annotations

import json
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from zipfile import ZipFile

import pytest

from callboard.cli import run

if TYPE_CHECKING:
    from tests.faultserver import Call, FaultServer
    from tests.servers import Postgres

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
    once = json.dumps(secret)[1:-1]
    escaped = {once, once.replace("/", "\\/"), repr(secret)[1:-1], json.dumps(once)[1:-1], as_go(once)}
    return {secret, quote(secret), quote(secret, safe=""), escape(secret), packed, *inside(secret), *escaped}


def inside(secret: str) -> set[str]:
    """Its base64 behind ``u:``, ``us:`` and ``usr:``, without the characters that depend on what stands around it."""
    return {b64encode(f"{before}{secret}".encode()).decode()[4:-4] for before in ("u:", "us:", "usr:")}


def as_go(text: str) -> str:
    """JSON as Go and Rails write it: safe inside of HTML."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def echo(call: Call) -> None:
    """An answer that repeats everything that was asked."""
    call.answer(json.dumps({"path": call.path, "headers": call.headers}).encode(), x_echo=call.headers.get("x-token", ""))


def echo_in_forms(call: Call) -> None:
    """An answer that repeats the credential as services of all kinds write it, in its validators too."""
    token = call.headers.get("authorization", "").removeprefix("Bearer ")
    once = json.dumps(token)[1:-1]
    said = [once, once.replace("/", "\\/"), as_go(once), json.dumps(once)[1:-1], json.dumps(call.body.decode())[1:-1], call.path]
    said += [quote(call.path), *(b64encode(f"{before}{token}!".encode()).decode() for before in ("u:", "us:", "usr:"))]
    rows = ", ".join(f'{{"said": "{text}"}}' for text in said)
    answers = {"/graphql": f'{{"data": {{"rows": [{rows}]}}}}', "/api/v1/query": refusal(token)}
    status = "400 Bad Request" if call.path.startswith("/api/") else "200 OK"
    realm = f'Bearer realm="{once}"'
    call.answer(
        answers.get(call.path.partition("?")[0], f"[{rows}]").encode(),
        status=status,
        etag=f'"{token}"',
        set_cookie=f"session={once}",
        www_authenticate=realm,
    )


def refusal(token: str) -> str:
    """What a Prometheus says that quotes the question."""
    return json.dumps({"status": "error", "errorType": "bad_data", "error": f"denied for {token}"})


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


KINDS = """callboard: 1
title: Kinds
cache: {ttl: 0s, stale: 30d}
options: {token: {type: secret, env: LEAKY_TOKEN, help: A credential.}, db: {type: secret, env: DB_PASSWORD, help: A password.}}
sources:
  asked: {http: "ADDRESS/asked", query: {key: "{token}"}, secret: token}
  posted: {http: "ADDRESS/posted", body: {key: "{token}"}, secret: token}
  graph:
    {graphql: "ADDRESS/graphql", query: "query($k: ID) { rows(k: $k) { said } }", variables: {k: "{token}"},
      select: data.rows, secret: token}
  metric: {prometheus: "ADDRESS", query: 'up{job="$job"}', variables: {job: "{token}"}, secret: token}
  rows: {sql: "DATABASE", query: "select :token as said", parameters: {token: "{token}"}}
  shut: {sql: "postgresql://portal:{token}@SERVER/none", query: "select 1 as said"}
  printed: {command: [./say.sh], env: {TOKEN: "{token}"}, format: lines}
hosts: [HOST]
pages: [{path: /, view: table, data: "[asked, posted, graph, metric, rows, printed][]", columns: [said, line]}]
"""


def test_no_kind_of_source_tells_one(
    site: Path, faults: FaultServer, postgres: Postgres, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Services, a PostgreSQL and a command repeat it in the forms that programs write: no page, recording, export or message has it."""
    monkeypatch.setenv("DB_PASSWORD", postgres.password)
    database = postgres.url().replace(postgres.password, "{db}")
    manifest = KINDS.replace("ADDRESS", faults.url).replace("HOST", faults.host).replace("DATABASE", database)
    (site / "plugins/leaky/plugin.yaml").write_text(manifest.replace("SERVER", postgres.address))
    config = "site: {title: T}\ncontent: false\nallow: {commands: [./say.sh]}\nplugins: [{plugin: leaky, path: /leaky}]\n"
    (site / "site.yaml").write_text(config)
    (site / "say.sh").write_text('#!/bin/sh\necho "$TOKEN"\n[ ! -f fails ] || { echo "no $TOKEN" >&2; exit 3; }\n')
    (site / "say.sh").chmod(0o755)
    for path in ("/asked", "/posted", "/graphql", "/api/v1/query"):
        faults.on(path, echo_in_forms)
    codes = [run(["build", str(site), "--record", str(site / "recorded"), *more]) for more in ([], ["--format", "json"])]
    page = (site / "public/leaky/index.html").read_text()
    assert (codes, page.count("***") > 20, "metric" in page) == ([0, 0], True, True)
    (site / "fails").touch()
    codes = [run(["build", str(site)]), run(["cache", "list", "--site", str(site), "--format", "json"])]
    codes += [run(["cache", "export", str(site / "answers.zip"), "--site", str(site)])]
    codes += [run(["export-rules", host, str(site)]) for host in ("netlify", "cloudflare", "nginx")]
    assert codes == [0] * 6
    with ZipFile(site / "answers.zip") as packed:
        kept = {f"answers.zip: {name}": packed.read(name) for name in packed.namelist()}
    kept |= {str(path): path.read_bytes() for path in site.rglob("*") if path.is_file()} | {
        "said": "".join(capsys.readouterr()).encode()
    }
    assert b"denied for ***" in kept["said"]
    found = [
        (name, form)
        for secret in (SECRET, postgres.password)
        for form in forms(secret)
        for name in kept
        if form.encode() in kept[name]
    ]
    assert found == []
