"""``--record`` and ``--replay``: the same pages from a folder of answers, in which no secret is."""

from __future__ import annotations

import json
import sqlite3
import time
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest

from callboard.testing import build_site, replay

if TYPE_CHECKING:
    from tests.faultserver import Call, FaultServer
    from tests.yamlsite import YamlSite

TOKEN = "tok/en+in use=%&x"  # every character that an encoding changes
PASSWORD = "short-pass"
STAMPS = ("-/build/report.json", "-/build/index.html", "_/stamp.js", ".callboard.json")
"""What tells of one build: how long it took, and whose folder it is."""


def forms(value: str) -> set[bytes]:
    """A secret as it may be written somewhere."""
    raw = value.encode()
    found = {
        raw,
        quote(value).encode(),
        quote_plus(value).encode(),
        quote(value, safe="/:@,;=+!$&'()*~").encode(),
        quote(value, safe="").encode(),
        json.dumps(value)[1:-1].encode(),
    }
    for before in (b"", b"u:", b"me:"):
        for packed in (b64encode(before + raw), urlsafe_b64encode(before + raw)):
            found.add(packed.rstrip(b"=")[4:-4])
    return found


def tree(folder: Path, *besides: str) -> dict[str, bytes]:
    return {
        name: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (name := path.relative_to(folder).as_posix()) not in besides
    }


def leaking(call: Call) -> None:
    """An answer that repeats whatever it was given."""
    said = call.headers.get("authorization", "")
    basic = b64encode(f"me:{TOKEN}".encode()).decode()
    body = json.dumps(
        [{"id": 1, "url": call.path, "said": said, "basic": basic, "posted": call.body.decode()}], ensure_ascii=False
    )
    call.answer(body.encode(), Set_Cookie=f"session={quote(TOKEN)}", X_Token="x", ETag='"1"', Cache_Control="max-age=60")


def parts(call: Call) -> None:
    page = int(call.path.rpartition("=")[2]) if "page=" in call.path else 1
    links = {"Link": f'<?token={quote(TOKEN, safe="")}&page={page + 1}>; rel="next"'} if page < 3 else {}
    call.answer(json.dumps([{"page": page}]).encode(), **links)


def answering(faults: FaultServer) -> None:
    faults.on("/plain", leaking)
    faults.on(f"/path/{quote(TOKEN, safe='/:@,;=+!$&()*~')}/x", leaking)
    faults.on("/list", parts)
    faults.on("/graphql", lambda call: call.answer(json.dumps({"data": {"asked": json.loads(call.body)["variables"]}}).encode()))
    result = [{"metric": {}, "values": [[1795500000, "1"]]}]
    prometheus = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    faults.json("/api/v1/query_range", json.dumps(prometheus))


SOURCES: dict[str, Any] = {
    "plain": {"http": "{api}/plain?key={token}", "secret": "token", "headers": {"x-password": "{password}"}},
    "posted": {"http": "{api}/plain", "body": {"a": "{item}"}, "each": "names"},
    "secretive": {"http": "{api}/plain", "body": {"a": "{token}"}},
    "path": {"http": "{api}/path/{token}/x"},
    "list": {"http": "{api}/list?token={token}", "paginate": {"link": True}, "secret": "token"},
    "graph": {"graphql": "{api}/graphql", "query": "{ a }", "variables": {"n": "{item}"}, "each": "names"},
    "range": {"prometheus": "{api}", "query": "up", "range": "2h", "step": "1h"},
    "rows": {"sql": "sqlite:///data.db", "query": "select a from t"},
    "said": {"command": ["scripts/say.sh", "--", "{item}"], "each": "names", "format": "lines", "env": {"TOKEN": "{token}"}},
}


@pytest.fixture
def site(yaml_site: YamlSite, faults: FaultServer) -> YamlSite:
    answering(faults)
    secret = {"type": "secret"}
    yaml_site.declared = {"api": {"type": "url"}, "token": secret, "password": secret, "names": {"type": "list"}}
    yaml_site.options = {"api": faults.url, "token": TOKEN, "password": PASSWORD, "names": ["one", "two"]}
    page = {"path": "/", "template": "dump.html", "data": {"s": "plain", **{name: name for name in SOURCES}}}
    yaml_site.manifest = {"sources": SOURCES, "pages": [page, {"path": "/all/", "view": "table", "data": "list"}]}
    yaml_site.site = {"allow": {"commands": ["scripts/say.sh"]}}
    yaml_site.write({"scripts/say.sh": '#!/bin/sh\necho "$2 $TOKEN"\n'})
    (yaml_site.root / "scripts/say.sh").chmod(0o755)
    with sqlite3.connect(yaml_site.root / "data.db") as db:
        db.execute("create table t (a)")
        db.execute("insert into t values (1), ('x')")
    db.close()
    return yaml_site


def test_a_recording_makes_the_same_pages(site: YamlSite, faults: FaultServer) -> None:
    """What was recorded, of services, lists in parts, databases and commands, gives the same bytes, with nobody there to ask."""
    answers = site.root.parent / "answers"
    first = site.build(record=answers)
    assert first.problems == ()
    before = tree(site.root / "public", *STAMPS)
    faults.scripts.clear()
    asked = len(faults.calls)
    (site.root / "scripts/say.sh").write_text("#!/bin/sh\nexit 1\n")
    (site.root / "data.db").unlink()
    again = site.build(replay=answers, output=site.root.parent / "again")
    assert again.problems == ()
    assert len(faults.calls) == asked
    assert tree(site.root.parent / "again", *STAMPS) == before
    warm = site.root.parent / "warm"
    site.build(record=warm)
    names = {name for name in tree(warm) if name.endswith(".json")}
    assert names == {name for name in tree(answers) if name.endswith(".json")}


def test_a_recording_holds_no_secret(site: YamlSite) -> None:
    """Neither as it is nor encoded: not in names, addresses, headers or bodies, though the service repeats all it is given."""
    answers = site.root.parent / "answers"
    site.build(record=answers)
    files = tree(answers)
    assert len(files) > 10
    whole = b"\n".join([*files.values(), *(name.encode() for name in files)])
    assert [form for form in (*forms(TOKEN), *forms(PASSWORD)) if form in whole] == []
    assert b"session=" not in whole
    assert b"x-token" not in whole.lower()
    index = (answers / "answers.yaml").read_text()
    assert '/plain?key=***": ' in index
    assert "authorization" not in index.lower()


def test_tests_replay_a_recording(site: YamlSite, faults: FaultServer) -> None:
    """``callboard.testing.replay`` reads the folder as it is; another secret finds the same answers."""
    answers = site.root.parent / "answers"
    site.build(record=answers)
    faults.scripts.clear()
    site.options |= {"token": "quite-another-token"}
    site.check()
    built = build_site(site.root, http=replay(answers))
    assert [problem for problem in built.problems if "secretive" not in problem] == []
    assert "page" in built.page("/x/all/")


def test_a_second_recording_replaces_the_first(site: YamlSite) -> None:
    """Answers that are used no more are removed, other files stay."""
    answers = site.root.parent / "answers"
    site.build(record=answers)
    (answers / "README.md").write_text("Mine.\n")
    site.manifest = {"sources": {"s": SOURCES["rows"]}}
    site.build(record=answers)
    assert len(tree(answers)) == 3
    assert (answers / "README.md").exists()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, 'there is no file "answers.yaml" in the folder of recorded answers.'),
        ({"answers.yaml": "a: {file: none.json}\n"}, 'there is no file "none.json"'),
        ({"answers.yaml": "- a\n"}, "answers.yaml is no mapping"),
        ({"answers.yaml": "a: [\n"}, "the recorded answers cannot be read"),
    ],
)
def test_a_folder_that_is_no_recording(site: YamlSite, tmp_path: Path, files: dict[str, str], words: str) -> None:
    """Is a problem, and nothing is built."""
    folder = tmp_path / "answers"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    assert not site.build(replay=folder).written
    assert words in site.problems[0]


def test_what_was_not_recorded_is_not_asked(site: YamlSite, faults: FaultServer, tmp_path: Path) -> None:
    """A question without a recorded answer is a failed source: nobody is asked, nothing is run."""
    folder = tmp_path / "answers"
    folder.mkdir()
    (folder / "answers.yaml").write_text("{}\n")
    site.build(replay=folder)
    assert faults.calls == []
    states = {run.origin.name: str(run.origin.state) for run in site.report.sources} if site.report else {}
    assert states == {**dict.fromkeys(SOURCES, "failed"), "rows": "ok"}


def test_a_recording_is_not_waited_for(site: YamlSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no recorded answer fits fails at once: nobody is there who would be less busy after a pause."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    (tmp_path / "answers.yaml").write_text("{}\n")
    site.build(replay=tmp_path)
    assert pauses == []
