"""data/sources: declared files and addresses become records; what is wrong has its place, and the rest stays."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard.data import sources
from callboard.data.asking.client import Client
from callboard.data.cache import MemoryCache
from callboard.data.http.service import Limits
from callboard.data.http.transport import HttpxTransport
from callboard.data.sources import Loaded
from callboard.model.dataset import State
from callboard.model.manifest import Manifest, Plugin
from callboard.model.problem import Marks, Place, Severity
from callboard.model.secret import Secret
from callboard.model.site import MountSpec

if TYPE_CHECKING:
    from tests.faultserver import Call, FaultServer

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
MANIFEST = Place("plugins/x/plugin.yaml", 4, 3)
Load = Callable[..., Loaded]


def plugin(manifest: dict[str, Any], **options: Any) -> Plugin:
    made = Manifest.model_validate({"callboard": 1, "title": "X", **manifest})
    mount = Place("site.yaml", 5, 5)
    return Plugin(
        "x",
        "x",
        Path("plugins/x"),
        "site",
        made,
        Marks({("sources",): MANIFEST}, MANIFEST),
        "",
        MountSpec(plugin="x"),
        mount,
        "/x/",
        "X",
        options,
        {name: Place("site.yaml", 7, 9) for name, value in options.items() if value is not None},
    )


class Kit:
    """Loads one source of a site in a temporary folder."""

    def __init__(self, root: Path, transport: HttpxTransport) -> None:
        self.root = root
        self.transport = transport
        self.cache = MemoryCache()
        self.now = NOW

    def write(self, **files: str | bytes) -> None:
        for name, content in files.items():
            path = self.root / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def load(self, *, check: bool = False, options: dict[str, Any] | None = None, declared: Any = None, **spec: Any) -> Loaded:
        mounted = plugin({"sources": {"s": spec}, "options": declared or {}}, **(options or {}))
        client = Client(
            self.transport,
            self.cache,
            namespace="x",
            mount="x",
            hosts=sources.hosts(mounted),
            now=self.now,
            ttl=60,
            stale=3600,
            report=lambda run: pytest.fail("sources report their runs themselves"),
            limits=Limits(deadline=1, backoff=0.01),
        )
        source = mounted.manifest.sources["s"]
        return sources.load("s", source, mounted, site_root=self.root, client=client, cache=self.cache, check=check)


@pytest.fixture
def kit(tmp_path: Path, transport: HttpxTransport) -> Kit:
    return Kit(tmp_path, transport)


def texts(loaded: Loaded) -> list[str]:
    return [problem.text for problem in loaded.problems]


ROTA = [{"team": "a", "n": 1}, {"team": "b", "n": 2}]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r_yaml", "- {team: a, n: 1}\n- {team: b, n: 2}\n"),
        ("r_yml", "team: a\nn: 1\n---\nteam: b\nn: 2\n"),
        ("r_json", json.dumps(ROTA)),
        ("r_csv", "team,n\na,1\nb,2\n"),
        ("r_csv", "\ufeffteam;n\r\n\r\na;1\r\nb;2\r\n"),
        ("r_tsv", "team\tn\na\t1\nb\t2\n"),
    ],
)
def test_each_format_gives_records(kit: Kit, name: str, content: str) -> None:
    """The same rota, written in each format, gives the same records and a provenance."""
    kit.write(**{f"content__{name}": content})
    file = f"content/{name.replace('_', '.')}"
    loaded = kit.load(file=file)
    assert loaded.records == ROTA
    assert loaded.problems == ()
    [origin] = loaded.origins
    assert (origin.name, origin.kind, origin.label, origin.place, origin.as_of) == ("s", "file", file, Place(file, 1, 1), None)
    assert len(origin.digest) == 64
    assert [(f.file, f.accepted, f.rejected) for f in loaded.files] == [(file, 2, 0)]
    assert [(run.outcome, run.records) for run in loaded.runs] == [("read", 2)]


def test_toml_and_select(kit: Kit) -> None:
    """A TOML document is one record, dates are text, and ``select`` takes the records out of it."""
    kit.write(a_toml="when = 2026-11-24\nbad = nan\n[[teams]]\nname = 'a'\non = true\n[[teams]]\nname = 'b'\non = false\n")
    assert kit.load(file="a.toml").records[0]["when"] == "2026-11-24"
    assert kit.load(file="a.toml", select="teams[?on]").records == [{"name": "a", "on": True}]
    json.dumps(kit.load(file="a.toml").records, allow_nan=False)


def test_numbers_of_a_csv_column(kit: Kit) -> None:
    """A column becomes numbers only as a whole and only if nothing is lost; versions, phone numbers and ids stay text."""
    kit.write(a_csv="plain,version,phone,id,mixed,gap\n1,1.10,007,12345678901234567890,1,2.5\n-2,1.9,+49,1,x,\n")
    first, second = kit.load(file="a.csv").records
    assert first == {"plain": 1, "version": "1.10", "phone": "007", "id": "12345678901234567890", "mixed": "1", "gap": 2.5}
    assert second["plain"] == -2
    assert second["gap"] is None


@pytest.mark.parametrize(
    ("name", "content", "line", "words"),
    [
        ("a_yaml", "a: 1\nb: [\n", 2, "[bad-yaml]"),
        ("a_yaml", "just a text", 1, "[wrong-shape]"),
        ("a_json", '[1,\n {"a": NaN}]', 1, "NaN"),
        ("a_json", '[1,\n {"a": }]', 2, "it is not JSON"),
        ("a_json", '[\n"\xff"]', 2, "not UTF-8"),
        ("a_toml", "a = 1\nb = \n", 2, "it is not TOML"),
        ("a_csv", "a,a\n1,2\n", 1, 'names "a" twice'),
        ("a_csv", "a,\n1,2\n", 1, "column 2 has no name"),
        ("a_csv", "a,b\n1,2\n1,2,3\n", 3, "the row has 3 cells"),
        ("a_csv", 'a,b\n1,"2\n', 2, "it is not CSV"),
        ("a_md", "---\ntitle: [\n---\n", 2, "[bad-front-matter]"),
        ("a_md", "---\n- a\n---\n", 2, "no mapping"),
        ("a_md", "---\ntitle: x\npath: y\n---\n", 3, 'says "path"'),
        ("a_txt", "a", 1, "no format that is read"),
    ],
)
def test_a_bad_file_is_named_with_its_line(kit: Kit, name: str, content: str, line: int, words: str) -> None:
    """Alone it is an error; among the files of a pattern it is a warning, and the others stay."""
    kit.write(**{f"c__{name}": content.encode("latin-1")}, c__good_json='{"good": 1}')
    file = f"c/{name.replace('_', '.')}"
    [problem] = kit.load(file=file).problems
    assert words in problem.text
    assert (problem.place.file, problem.place.line, problem.severity) == (file, line, Severity.ERROR)
    loaded = kit.load(file="c/*")
    assert {"good": 1} in loaded.records
    assert [p.severity for p in loaded.problems] == [Severity.WARNING]
    assert sorted((f.file, f.rejected) for f in loaded.files) == sorted([(file, 1), ("c/good.json", 0)])


def test_a_bad_document_leaves_its_neighbours(kit: Kit) -> None:
    """Of several YAML documents only the broken one is lost."""
    kit.write(a_yaml="a: 1\n---\nb: b: b\n---\nc: 3\n")
    loaded = kit.load(file="a.yaml")
    assert loaded.records == [{"a": 1}, {"c": 3}]
    assert [problem.place.line for problem in loaded.problems] == [3]


def test_markdown_becomes_pages(kit: Kit) -> None:
    """A page's record has its front matter, text, title, path below the pattern's folder, and file."""
    kit.write(
        content__index_md="# Welcome to `us`\n",
        content__guide__README_md="No heading.\n",
        content__guide__set_up_md="\ufeff---\r\ntitle: Set up\r\ntags: [a]\r\n---\r\n\r\nText.\r\n",
        content__guide__on_call_md="```\n# not this\n```\n# [On call](x.md) **now** #\n",
    )
    (kit.root / "content/guide/set.up.md").rename(kit.root / "content/guide/set-up.md")
    (kit.root / "content/guide/on.call.md").rename(kit.root / "content/guide/on_call.md")
    records = kit.load(file="content/**/*.md").records
    assert [(r["path"], r["title"], r["file"], r["text_line"]) for r in records] == [
        ("guide/", "Guide", "content/guide/README.md", 1),
        ("guide/on_call/", "On call now", "content/guide/on_call.md", 1),
        ("guide/set-up/", "Set up", "content/guide/set-up.md", 5),
        ("", "Welcome to us", "content/index.md", 1),
    ]
    assert records[2]["text"] == "\nText.\n"
    assert records[2]["tags"] == ["a"]


def test_options_are_filled_into_the_pattern(kit: Kit) -> None:
    """``{option}`` is a value, ``{a,b}`` stays a choice; each item of ``each`` is loaded and marked."""
    kit.write(rotas__a_yaml="team: a", rotas__b_json='{"team": "b"}')
    assert kit.load(file="{folder}/*.{yaml,json}", options={"folder": "rotas"}).records == [{"team": "a"}, {"team": "b"}]
    loaded = kit.load(file="rotas/{item}.*", each="names", options={"names": ["b", "a"]})
    assert loaded.records == [{"team": "b", "item": "b"}, {"team": "a", "item": "a"}]


def test_a_missing_file_is_a_problem_where_it_was_said(kit: Kit) -> None:
    """At the option, if it names the file; else in the manifest; not at all for optional sources."""
    [problem] = kit.load(file="{data}", options={"data": "content/none.yaml"}).problems
    assert (problem.code, problem.place, problem.severity) == ("missing-file", Place("site.yaml", 7, 9), Severity.ERROR)
    assert 'the file "content/none.yaml" does not exist' in problem.text
    [problem] = kit.load(file="content/*.yaml").problems
    assert (problem.place, problem.severity) == (MANIFEST, Severity.WARNING)
    loaded = kit.load(file="content/none.yaml", optional=True)
    assert (loaded.records, loaded.problems) == ([], ())


def test_an_option_without_a_value(kit: Kit) -> None:
    """A source that needs it says so, unless the option may be left out."""
    [problem] = kit.load(file="{data}").problems
    assert (problem.code, problem.place) == ("missing-option", Place("site.yaml", 5, 5))
    declared = {"data": {"type": "path", "optional": True}}
    assert kit.load(file="{data}", declared=declared, options={"data": None}).problems == ()


def test_a_link_out_is_refused_and_the_others_stay(kit: Kit, tmp_path: Path) -> None:
    """A file that leads out of the pattern's folder is reported, not read."""
    kit.write(c__a_yaml="a: 1", secret_yaml="password: x")
    (tmp_path / "c/b.yaml").symlink_to(tmp_path / "secret.yaml")
    loaded = kit.load(file="c/*.yaml")
    assert loaded.records == [{"a": 1}]
    assert [(problem.code, problem.place.file) for problem in loaded.problems] == [("refused-file", "c/b.yaml")]


def test_expressions_are_checked(kit: Kit) -> None:
    """A JMESPath that cannot be read is a problem in the manifest; one that finds nothing is one in the file."""
    kit.write(a_yaml="a: [1]")
    [problem] = kit.load(file="a.yaml", select="a[").problems
    assert (problem.code, problem.place) == ("bad-expression", MANIFEST)
    [problem] = kit.load(file="a.yaml", select="b").problems
    assert (problem.code, problem.place.file) == ("wrong-shape", "a.yaml")
    assert kit.load(file="a.yaml", select="length(a)").records == [1]
    assert [p.code for p in kit.load(file="a.yaml", select="length(`1`)").problems] == ["wrong-shape"]


def test_large_files_are_parsed_once(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large YAML file is read from the cache the second time, with the same records, and again when it changes."""
    kit.write(a_yaml="".join(f"- {{name: item {n}, n: {n}}}\n" for n in range(5000)))
    first = kit.load(file="a.yaml")
    with monkeypatch.context() as patched:
        patched.setattr("callboard.data.formats.documents", lambda text: pytest.fail("parsed again"))
        assert kit.load(file="a.yaml").records == first.records
    kit.write(a_yaml="".join(f"- {{name: item {n}, n: {n}}}\n" for n in range(5001)))
    assert len(kit.load(file="a.yaml").records) == 5001


def test_hostile_content_takes_linear_time(kit: Kit) -> None:
    """Texts made to slow a parser down (long headings, wide headers, a key said twice among many) end at once."""
    started = time.perf_counter()
    kit.write(a_md="# " + " " * 500_000 + "x\n", b_md="# " + " #" * 300_000 + "x\n", c_md="# " + "[](" * 300_000)
    assert len(kit.load(file="*.md").records) == 3
    kit.write(a_csv=",".join(f"c{n}" for n in range(200_000)) + ",c7\n", b_csv='"' * 500_001)
    assert len(kit.load(file="*.csv").problems) == 2
    kit.write(a_json="{" + ",".join(f'"k{n}": 1' for n in range(200_000)) + ', "k199999": 2}')
    assert 'the key "k199999" twice' in texts(kit.load(file="*.json"))[0]
    assert time.perf_counter() - started < 5


# Services


def test_an_answer_gives_records(kit: Kit, faults: FaultServer) -> None:
    """JSON by media type, YAML by ending, CSV by media type, and a said format wins."""
    faults.json("/j", '{"items": [{"id": 1}]}')
    faults.on("/y.yaml", lambda call: call.answer(b"- id: 1\n", kind="text/plain"))
    faults.on("/c", lambda call: call.answer(b"id\n1\n", kind="text/csv; charset=utf-8"))
    faults.on("/f", lambda call: call.answer(b"- id: 1", kind="text/html"))
    faults.on("/v", lambda call: call.answer(b'[{"id": 1}]', kind="application/vnd.api+json"))
    for path, more in (("/j", {"select": "items"}), ("/y.yaml", {}), ("/c", {}), ("/f", {"format": "yaml"}), ("/v", {})):
        loaded = kit.load(http=faults.url + path, **more)
        assert loaded.records == [{"id": 1}], loaded
        [origin] = loaded.origins
        assert (origin.name, origin.kind, origin.label, origin.href) == ("s", "http", faults.host, faults.url + path)
        assert (origin.as_of, origin.state) == (NOW, State.OK)
        assert [(run.outcome, run.records, run.tries) for run in loaded.runs] == [("fetched", 1, 1)]


@pytest.mark.parametrize(
    ("body", "kind", "spec", "words"),
    [
        (b"<p>Log in", "text/html", {}, "it is text/html, not JSON, YAML or CSV"),
        (b'{"message": "rate limit"}', "application/json", {"select": "items"}, 'select: "items" finds nothing in it'),
        (b"null", "application/json", {}, "it holds null"),
        (b"3", "application/json", {}, "it holds one value"),
        (b"a: [", "application/yaml", {}, "unusable answer"),
        (b"a,a\n", "text/csv", {}, 'names "a" twice (line 1)'),
        (b"", "application/yaml", {}, "it is empty"),
    ],
)
def test_a_wrong_answer_replaces_nothing(
    kit: Kit, faults: FaultServer, body: bytes, kind: str, spec: dict[str, Any], words: str
) -> None:
    """Wrong type, wrong shape or broken: cold it is a failed origin, warm the last good records stay."""
    url = faults.on("/x", lambda call: call.answer(body, kind=kind))
    loaded = kit.load(http=url, **spec)
    assert (loaded.records, loaded.problems, loaded.origins[0].state) == ([], (), State.FAILED)
    assert words in loaded.origins[0].error
    faults.json("/x", '{"items": [{"id": 1}], "id": 2}')
    good = kit.load(http=url, **spec).records
    faults.on("/x", lambda call: call.answer(body, kind=kind))
    kit.now = NOW + timedelta(minutes=5)
    loaded = kit.load(http=url, **spec)
    assert good
    assert (loaded.records, loaded.origins[0].state) == (good, State.STALE)


def test_one_of_several_may_fail(kit: Kit, faults: FaultServer) -> None:
    """``each`` asks for every item; the records of the others stay, in order, and the origins tell which failed."""
    faults.json("/repos/acme/web/releases", '[{"tag": "1"}, {"tag": "2", "item": "own"}]')
    faults.json("/repos/acme/api/releases", '[{"tag": "3"}]')
    loaded = kit.load(
        http=faults.url + "/repos/{item}/releases", each="repos", options={"repos": ["acme/web", "acme/none", "acme/api"]}
    )
    assert loaded.records == [{"tag": "1", "item": "acme/web"}, {"tag": "2", "item": "own"}, {"tag": "3", "item": "acme/api"}]
    assert [origin.state for origin in loaded.origins] == [State.OK, State.FAILED, State.OK]
    assert loaded.origins[1].error == "404 Not Found"
    assert loaded.problems == ()


def test_what_is_filled_in_cannot_change_the_host(kit: Kit, faults: FaultServer) -> None:
    """Items and options are encoded, never climb out of the path, and stand in no host."""
    faults.json("/a/b%3Fc%23d%20e", "[]")
    assert kit.load(http=faults.url + "/a/{item}?q={item}", each="i", options={"i": ["b?c#d e"]}).origins[0].state is State.OK
    assert faults.calls[-1].path == "/a/b%3Fc%23d%20e?q=b%3Fc%23d%20e"
    faults.json("/p/group%2Fproject", "[]")
    assert kit.load(http=faults.url + "/p/{p}", options={"p": "group%2Fproject"}).origins[0].state is State.OK
    count = len(faults.calls)
    for template, value in (
        (faults.url + "/{p}/x", ".."),
        (faults.url + "/{p}/x", "a/%2E%2e/b"),
        ("http://{p}/x", faults.host),
        (faults.url + "{p}", "@evil.example/"),
        ("{p}/x", faults.url),
        ("http://127.0.0.1:{p}/x", str(faults.port)),
    ):
        loaded = kit.load(http=template, options={"p": value})
        assert [problem.code for problem in loaded.problems] == ["bad-url"], template
    assert len(faults.calls) == count


def test_an_option_of_type_url_names_the_host(kit: Kit, faults: FaultServer) -> None:
    """The host of a service of the organisation is an option; other hosts are not asked."""
    faults.json("/api/x", "[1]")
    declared = {"base": {"type": "url"}}
    assert kit.load(http="{base}/x", declared=declared, options={"base": f"{faults.url}/api/"}).records == [1]
    [problem] = kit.load(http="{base}.evil.example/x", declared=declared, options={"base": faults.url}).problems
    assert problem.code == "bad-url"


def test_hosts_of_a_mount() -> None:
    """Literal hosts of sources, options of type url, lists of them, and those that the manifest names; nothing else."""
    mounted = plugin(
        {
            "hosts": ["API.example.com"],
            "sources": {"a": {"http": "https://a.example:443/{x}"}, "b": {"http": "{base}/y"}, "c": {"file": "http.yaml"}},
            "options": {
                "base": {"type": "url"},
                "more": {"type": "list", "items": "url"},
                "note": {"type": "str"},
                "deep": {"type": "any"},
                "token": {"type": "secret"},
            },
        },
        base="http://b.example:8080/api",
        more=["https://c.example/x"],
        note="https://not.example",
        deep=[{"target": "https://d.example/catalog", "type": "url"}],
        token=Secret("https://secret.example"),
    )
    assert sources.hosts(mounted) == {"api.example.com", "a.example", "b.example:8080", "c.example", "d.example"}


def test_secrets_go_into_headers_and_nowhere_else(kit: Kit, faults: FaultServer) -> None:
    """``secret`` is a bearer token, headers may hold one, an unset one is left out; none shows in what is loaded."""
    faults.on("/x", lambda call: call.answer(status="404 x"))
    options = {"token": Secret("s3cr3t"), "key": Secret("k3yk3y"), "none": None, "org": "acme"}
    headers = {"X-Key": "key={key}", "X-Org": "{org}", "X-None": "{none}"}
    loaded = kit.load(http=faults.url + "/x?k={key}", secret="token", headers=headers, options=options)
    sent = faults.calls[-1]
    assert sent.headers["authorization"] == "Bearer s3cr3t"
    assert (sent.headers["x-key"], sent.headers["x-org"], sent.path) == ("key=k3yk3y", "acme", "/x?k=k3yk3y")
    assert "x-none" not in sent.headers
    assert "s3cr3t" not in repr(loaded)
    assert "k3yk3y" not in repr(loaded)


def test_check_asks_nobody(kit: Kit, faults: FaultServer) -> None:
    """``check`` skips services, also those in the cache, but looks at their addresses."""
    url = faults.json("/x", "[1]")
    kit.load(http=url)
    loaded = kit.load(http=url, check=True)
    assert (loaded.records, loaded.origins[0].state, loaded.runs[0].outcome) == ([], State.SKIPPED, "skipped")
    assert len(faults.calls) == 1
    assert [problem.code for problem in kit.load(http="http://{nope}/x", check=True).problems] == ["bad-url"]


def test_a_source_may_have_its_own_ttl(kit: Kit, faults: FaultServer) -> None:
    """``ttl`` of the source wins over the manifest's, and shows in the origin."""
    assert kit.load(http=faults.json("/x", "[1]"), ttl="2h").origins[0].ttl == 7200


def test_a_stale_source_says_so(kit: Kit, faults: FaultServer) -> None:
    """When the service fails, its last good records come with the reason."""

    def failing(call: Call) -> None:
        call.answer(status="503 x")

    url = faults.json("/x", "[1]")
    kit.load(http=url)
    faults.on("/x", failing)
    kit.now = NOW + timedelta(minutes=5)
    loaded = kit.load(http=url)
    assert loaded.records == [1]
    assert (loaded.origins[0].state, loaded.origins[0].error) == (State.STALE, "503 Service Unavailable")
    assert loaded.runs[0].tries == 3
