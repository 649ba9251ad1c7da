"""Sources http, graphql and prometheus, from YAML alone: what is asked, what becomes a record, what failures say."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from callboard.cli import run
from callboard.model.dataset import State

if TYPE_CHECKING:
    from tests.faultserver import Call, FaultServer
    from tests.yamlsite import YamlSite

URL = {"type": "url"}
NOW = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)


def asked(call: Call) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(call.path).query)


@pytest.fixture
def site(yaml_site: YamlSite, faults: FaultServer) -> YamlSite:
    yaml_site.declared = {"api": URL}
    yaml_site.options = {"api": faults.url}
    return yaml_site


def test_a_query_of_an_address(site: YamlSite, faults: FaultServer) -> None:
    """Values are filled in and encoded, lists repeat their name, and a parameter whose option has no value is left out."""
    faults.json("/runs", '[{"id": 1}]')
    site.declared |= {"who": {}, "none": {"optional": True}, "several": {"type": "list"}, "count": {"type": "int"}}
    site.options |= {"who": "a&b=c d", "several": ["x", "y"], "count": 3}
    query = {"state": ["open", "{who}"], "none": "{none}", "s": "{several}", "n": "{count}", "deep": True, "q": "by:{who}"}
    site.source = {"http": "{api}/runs?keep=1&n=9", "query": query}
    assert site.build().written
    assert site.records == [{"id": 1}]
    expected = [
        ("state", "open"),
        ("state", "a&b=c d"),
        ("s", "x"),
        ("s", "y"),
        ("n", "3"),
        ("deep", "true"),
        ("q", "by:a&b=c d"),
    ]
    assert asked(faults.calls[-1]) == [("keep", "1"), *expected]


def test_a_body_is_posted_and_its_answer_is_kept(site: YamlSite, faults: FaultServer) -> None:
    """The answer to a body is fresh, asked again and stale like another; a changed body is another question."""
    faults.json("/search", '{"hits": [{"id": 1}]}')
    site.declared |= {"token": {"type": "secret"}, "team": {}, "sizes": {"type": "list", "items": "int"}}
    site.options |= {"token": "token-in-use", "team": "a", "sizes": [1, 2]}
    body = {"team": "{team}", "sizes": "{sizes}", "deep": [{"key": "{token}"}], "n": 5, "q": "{ viewer { login } } {team}"}
    site.source = {"http": "{api}/search", "body": body, "select": "hits"}
    site.build()
    call = faults.calls[-1]
    assert (call.method, call.headers["content-type"]) == ("POST", "application/json")
    assert json.loads(call.body) == {
        "team": "a",
        "sizes": [1, 2],
        "deep": [{"key": "token-in-use"}],
        "n": 5,
        "q": "{ viewer { login } } a",
    }
    site.build()
    assert faults.asked("/search") == 1
    faults.on("/search", lambda call: call.answer(status="500 Internal Server Error"))
    site.later(hours=2)
    site.build()
    assert (site.records, site.origin.state) == ([{"id": 1}], State.STALE)
    site.options["team"] = "b"
    site.build()
    assert (site.records, site.origin.state) == ([], State.FAILED)


def test_a_list_in_parts_from_yaml(site: YamlSite, faults: FaultServer) -> None:
    """All parts become records, what is left out is a warning, and a posted question takes its cursor in the body."""

    def answers(call: Call) -> None:
        start = int(json.loads(call.body)["page"]["from"]) if call.body else int(dict(asked(call))["offset"])
        call.answer(
            json.dumps({"hits": [{"id": start + n} for n in range(2)], "next": start + 2 if start < 4 else None}).encode()
        )

    faults.on("/list", answers)
    site.source = {"http": "{api}/list", "select": "hits[].id", "paginate": {"offset": "offset", "limit": 2, "most": 2}}
    site.build()
    assert site.records == [0, 1, 2, 3]
    [problem] = site.problems
    assert 'the source "s" has more than 2 parts; only the first 2 were taken.' in problem
    assert "[cut-list]" in problem
    site.source = {
        "http": "{api}/list",
        "body": {"page": {"from": 0, "size": 2}},
        "select": "hits[].id",
        "paginate": {"cursor": "next", "parameter": "page.from"},
    }
    assert site.build().problems == ()
    assert site.records == [0, 1, 2, 3, 4, 5]
    assert json.loads(faults.calls[-1].body) == {"page": {"from": 4, "size": 2}}


def test_a_required_source(site: YamlSite, faults: FaultServer) -> None:
    """Without any data nothing is published, and the problem says so; with a last good answer the site is built."""
    site.source = {"http": "{api}/runs", "required": True, "stale": "1d"}
    assert not site.build().written
    assert [text for text in site.problems if "[required-source]" in text] == [
        'site.yaml:7:3  sources.s: the source "s" is required, and there is no data of it, not even from before '
        f"({faults.host}: 404 Not Found). Nothing is published. Mend the source, or build again when it answers. [required-source]"
    ]
    assert not (site.root / "public").exists()
    faults.json("/runs", '[{"id": 1}]')
    assert site.build().written
    del faults.scripts["/runs"]
    site.later(hours=23)
    assert site.build().written
    assert (site.records, site.origin.state) == ([{"id": 1}], State.STALE)
    site.later(hours=2)
    assert not site.build().written
    assert site.records == [{"id": 1}]


PROVIDER = """
from callboard.plugin import Dataset, Provider


class Same(Provider):
    def provide(self, options, context):
        return Dataset(s=context.sources["s"])
"""


def test_a_provider_that_is_not_run_again_has_its_sources_as_they_are_now(site: YamlSite, faults: FaultServer) -> None:
    """Equal records need no second run of a provider, but their time, their failure and their problems are this build's."""
    faults.json("/runs", "[]")
    site.write({"plugins/x/provider.py": PROVIDER})
    site.manifest = {"provider": "provider:Same"}
    site.source = {"http": "{api}/runs", "required": True, "stale": "1d"}
    first = site.build()
    site.later(hours=2)
    second = site.build()
    assert [run.origin.as_of for run in (*first.sources, *second.sources) if run.origin.name == "s"] == [NOW, site.now]
    del faults.scripts["/runs"]
    site.later(hours=3)
    site.build()
    assert "404 Not Found" in site.page
    assert [text for text in site.problems if "[stale-source]" in text]
    site.later(days=2)
    assert not site.build().written
    assert [text for text in site.problems if "[required-source]" in text]
    faults.json("/runs", "[]")
    assert site.build().problems == ()


def test_a_source_has_a_time_of_its_own(site: YamlSite, faults: FaultServer) -> None:
    """``timeout`` ends a source that is slower."""
    faults.on("/slow", faults.silent)
    site.source = {"http": "{api}/slow", "timeout": "0.2s"}
    site.build()
    assert site.origin.error == "no answer: it took longer than 0.2 seconds"


# GraphQL


def graphql(call: Call) -> None:
    given = json.loads(call.body)
    assert set(given) == {"query", "variables"}
    after = given["variables"].get("after")
    nodes = [{"n": 1}, {"n": 2}] if after is None else [{"n": 3}]
    info = {"endCursor": "c3" if after else "c2", "hasNextPage": after is None}
    call.answer(json.dumps({"data": {"org": {"prs": {"nodes": nodes, "pageInfo": info}}}}).encode())


def test_graphql_in_parts(site: YamlSite, faults: FaultServer) -> None:
    """A query of a file, variables that keep their types, and all parts by the cursor of their pageInfo."""
    faults.on("/graphql", graphql)
    site.declared |= {"first": {"type": "int"}, "token": {"type": "secret"}}
    site.options |= {"first": 2, "token": "token-in-use"}
    site.write({"plugins/x/queries/prs.graphql": "query($first: Int!, $after: String) { org }\n"})
    site.source = {
        "graphql": "{api}/graphql",
        "query": "queries/prs.graphql",
        "variables": {"first": "{first}", "names": ["{first} of {first}"]},
        "select": "data.org.prs.nodes",
        "paginate": {"cursor": "data.org.prs.pageInfo.endCursor"},
        "secret": "token",
    }
    assert site.build().problems == ()
    assert site.records == [{"n": 1}, {"n": 2}, {"n": 3}]
    first, second = (json.loads(call.body) for call in faults.calls[-2:])
    assert first["query"].startswith("query($first: Int!")
    assert first["variables"] == {"first": 2, "names": ["2 of 2"]}
    assert second["variables"] == {"first": 2, "names": ["2 of 2"], "after": "c2"}
    assert faults.calls[-1].headers["authorization"] == "Bearer token-in-use"
    site.build()
    assert faults.asked("/graphql") == 2


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (
            "200 OK",
            {"data": {"a": 1}, "errors": [{"message": "no such\n field."}, {}]},
            "unusable answer: no such field (and 1 more)",
        ),
        ("200 OK", {"errors": ["plain"]}, "unusable answer: plain"),
        ("200 OK", {"data": None}, "unusable answer: it holds no data"),
        ("200 OK", [1], "unusable answer: it is no answer of GraphQL"),
        ("400 Bad Request", {"errors": [{"message": "syntax"}]}, "400 Bad Request: syntax"),
        ("400 Bad Request", "nothing", "400 Bad Request"),
    ],
)
def test_errors_of_graphql(site: YamlSite, faults: FaultServer, status: str, body: Any, words: str) -> None:
    """Errors make an answer unusable whatever its status; the first message is the reason, and the last good answer stays."""
    faults.json("/graphql", '{"data": {"a": 1}}')
    site.source = {"graphql": "{api}/graphql", "query": "{ a }"}
    site.build()
    assert site.records == [{"a": 1}]
    faults.on("/graphql", lambda call: call.answer(json.dumps(body).encode(), status=status))
    site.later(hours=2)
    site.build()
    assert (site.records, site.origin.state, site.origin.error) == ([{"a": 1}], State.STALE, words)


# Prometheus


def prometheus(result: Any, kind: str) -> str:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}})


@pytest.mark.parametrize(
    ("kind", "result", "records"),
    [
        (
            "vector",
            [
                {"metric": {"job": "a"}, "value": [1764000000.5, "1"]},
                {"metric": {"__name__": "up"}, "value": [1764000000, "NaN"]},
                {"metric": {}, "value": [1764000000, "+Inf"]},
                {"metric": {}, "value": [1764000000, "0.25"]},
            ],
            [
                {"job": "a", "at": "2025-11-24T16:00:00Z", "value": 1},
                {"__name__": "up", "at": "2025-11-24T16:00:00Z", "value": None},
                {"at": "2025-11-24T16:00:00Z", "value": None},
                {"at": "2025-11-24T16:00:00Z", "value": 0.25},
            ],
        ),
        (
            "matrix",
            [{"metric": {"job": "a"}, "values": [[1764000000, "1"], [1764003600, "2.5"]]}],
            [
                {
                    "job": "a",
                    "points": [{"at": "2025-11-24T16:00:00Z", "value": 1}, {"at": "2025-11-24T17:00:00Z", "value": 2.5}],
                }
            ],
        ),
        ("scalar", [1764000000, "3"], [{"at": "2025-11-24T16:00:00Z", "value": 3}]),
        ("string", [1764000000, "x"], [{"at": "2025-11-24T16:00:00Z", "value": "x"}]),
    ],
)
def test_prometheus_gives_flat_records(site: YamlSite, faults: FaultServer, kind: str, result: Any, records: Any) -> None:
    """Every type of result is flat records; what is no number is an empty value."""
    faults.json("/prom/api/v1/query", prometheus(result, kind))
    site.source = {"prometheus": "{api}/prom/", "query": "up"}
    assert site.build().problems == ()
    assert site.records == records
    assert asked(faults.calls[-1]) == [("query", "up")]


def test_variables_of_prometheus(site: YamlSite, faults: FaultServer) -> None:
    """What is filled in stays inside its quotes; a list is names of a regular expression, each taken as it is."""
    faults.json("/api/v1/query", prometheus([], "vector"))
    site.declared |= {"who": {}, "jobs": {"type": "list"}, "window": {"type": "str"}}
    site.options |= {"who": 'a"} or up{x="\\', "jobs": ["a.b", "c|d"], "window": "5m"}
    site.source = {
        "prometheus": "{api}",
        "query": """rate(up{a="$who", b=~'${jobs}', c="\\"$who"}[$window])""",
        "variables": {"who": "{who}", "jobs": "{jobs}", "window": "{window}"},
    }
    assert site.build().problems == ()
    [(_, query)] = asked(faults.calls[-1])
    safe = 'a\\"} or up{x=\\"\\\\'
    assert query == f"""rate(up{{a="{safe}", b=~'a\\\\.b|c\\\\|d', c="\\"{safe}"}}[5m])"""
    site.options["window"] = "5m]) or vector(1"
    site.build()
    assert '"$window" stands outside of quotes' in site.problems[0]


def test_a_range_of_prometheus_stands_still(site: YamlSite, faults: FaultServer) -> None:
    """Its times are multiples of the step; the answer is fresh for its ttl, and the last good one stands in another hour too."""
    faults.json("/api/v1/query_range", prometheus([{"metric": {}, "values": []}], "matrix"))
    site.source = {"prometheus": "{api}", "query": "up", "range": "2h", "step": "1h", "ttl": "30m"}
    site.build()
    assert dict(asked(faults.calls[-1])) == {"query": "up", "step": "3600", "start": "1795514400", "end": "1795521600"}
    site.later(minutes=29)
    site.build()
    assert faults.asked("/api/v1/query_range") == 1
    faults.on("/api/v1/query_range", lambda call: call.answer(b'{"status":"error","errorType":"execution","error":"too\\nmany"}'))
    site.later(hours=3)
    site.build()
    assert (site.records, site.origin.state) == ([{"points": []}], State.STALE)
    assert site.origin.error == "unusable answer: execution: too many"


def test_prometheus_says_what_is_wrong_with_a_query(site: YamlSite, faults: FaultServer) -> None:
    """400 with its reason."""
    body = b'{"status":"error","errorType":"bad_data","error":"parse error at char 3"}'
    faults.on("/api/v1/query", lambda call: call.answer(body, status="400 Bad Request"))
    site.source = {"prometheus": "{api}", "query": "up("}
    site.build()
    assert site.origin.error == "400 Bad Request: bad_data: parse error at char 3"
    faults.json("/api/v1/query", '{"status": "success", "data": {"resultType": "vector", "result": [{"metric": 1}]}}')
    site.build()
    assert site.origin.error == "unusable answer: it is no answer of Prometheus"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('{"message": "slow down"}', 'its record 1 has no "id"'),
        ('[{"id": 1, "by": {"name": "Ann"}}, {"id": "2", "by": {"name": "Ben"}}]', 'its record 2 has a "id" that is no number'),
        ('[{"id": true, "by": {"name": "Ann"}}]', 'its record 1 has a "id" that is no number'),
        ('[{"id": 1, "by": "Ann"}]', 'its record 1 has no "by.name"'),
        ('[{"id": 1, "by": {"name": "Ann"}, "note": 7}]', 'its record 1 has a "note" that is no text'),
        ("[1]", "its record 1 is no mapping"),
    ],
)
def test_a_record_without_its_fields_never_replaces_a_good_one(
    site: YamlSite, faults: FaultServer, answer: str, said: str
) -> None:
    """An error that comes as a well-made 200 is a failure where the source says what its records have."""
    site.source = {"http": "{api}/runs", "ttl": "0s", "fields": {"id": "number", "by.name": "text", "note": "text?"}}
    good = [{"id": 1, "by": {"name": "Ann"}, "note": None}, {"id": 2.5, "by": {"name": "Ben"}}]
    faults.json("/runs", json.dumps(good))
    assert site.build().written
    faults.json("/runs", answer)
    site.later(hours=1)
    assert site.build().written
    assert (site.records, site.origin.state, site.origin.error) == (good, State.STALE, f"unusable answer: {said}")


def test_fields_of_every_kind(site: YamlSite, faults: FaultServer) -> None:
    """GraphQL, Prometheus and commands are held to them too."""
    faults.json("/graphql", '{"data": {"runs": [{"name": "a"}]}}')
    result = '{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"job": "x"}, "value": [1, "2"]}]}}'
    faults.json("/api/v1/query", result)
    site.site = {"allow": {"commands": ["echo"]}}
    for source in (
        {"graphql": "{api}/graphql", "query": "{ runs { name } }", "select": "data.runs"},
        {"prometheus": "{api}", "query": "up"},
        {"command": ["echo", '[{"name": "a"}]']},
    ):
        site.source = {**source, "fields": {"id": "number"}}
        site.build()
        assert site.origin.error == 'unusable answer: its record 1 has no "id"'


def test_a_build_ends_whoever_is_silent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Thirty services that never answer, each at an address of its own, and a command: after network.total nobody is waited for."""
    with ExitStack() as stack:
        deaf = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(30)]
        ports = {f"s{number}": server.getsockname()[1] for number, server in enumerate(deaf)}
        sources = "".join(f'  {name}: {{http: "http://127.0.0.1:{port}/"}}\n' for name, port in ports.items())
        manifest = f"callboard: 1\ntitle: S\nsources:\n{sources}  late: {{command: [sleep, 60]}}\n"
        folder = tmp_path / "plugins/silent"
        folder.mkdir(parents=True)
        (folder / "plugin.yaml").write_text(manifest + "pages: [{path: /, view: table, data: s0}]\n")
        said = "site: {title: T}\ncontent: false\nnetwork: {total: 1s}\nallow: {commands: [sleep]}\nplugins: [{plugin: silent}]\n"
        (tmp_path / "site.yaml").write_text(said)
        began = time.monotonic()
        assert run(["build", str(tmp_path), "--format", "json"]) == 0
        took = time.monotonic() - began
    report = json.loads(capsys.readouterr().out)
    errors = [source["error"] for source in report["sources"]]
    assert took < 10
    assert errors.count("no answer: it took longer than 1 seconds") == 4
    assert errors.count("all that this build asks has taken 1 second, as long as network.total allows") == 27


def test_services_of_a_mount_are_asked_at_one_time(tmp_path: Path, faults: FaultServer) -> None:
    """Four sources whose services wait for each other."""
    together = threading.Barrier(4)

    def waits(call: Call) -> None:
        together.wait(10)
        call.answer(b'[{"name": "All there"}]')

    sources = "".join(f'  s{number}: {{http: "{faults.on(f"/{number}", waits)}"}}\n' for number in range(4))
    folder = tmp_path / "plugins/four"
    folder.mkdir(parents=True)
    page = "pages: [{path: /, view: table, data: '[s0, s1, s2, s3][]'}]\n"
    (folder / "plugin.yaml").write_text(f"callboard: 1\ntitle: S\nhosts: [{faults.host}]\nsources:\n{sources}{page}")
    (tmp_path / "site.yaml").write_text("site: {title: T}\ncontent: false\nplugins: [{plugin: four}]\n")
    assert run(["build", str(tmp_path)]) == 0
    assert (tmp_path / "public/four/index.html").read_text().count("All there") == 4
