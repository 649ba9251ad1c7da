"""callboard cache: answers are listed, forgotten, saved and restored; a hostile file changes nothing."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard.data.cache.redis import RedisValues

if TYPE_CHECKING:
    from tests.faultserver import FaultServer
    from tests.servers import Server

MANIFEST = """
callboard: 1
title: Builds
options: {api: {type: url}}
cache: {ttl: 1h}
sources:
  runs: {http: "{api}/runs?secret=abc"}
  crew: {http: "{api}/crew", ttl: 0s}
pages: [{path: /, view: table, data: runs}]
"""
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def site(tmp_path: Path, faults: FaultServer) -> Path:
    """A site with two sources."""
    faults.json("/runs", '[{"id": 1}]')
    faults.json("/crew", '[{"name": "Ada"}]')
    return made(tmp_path / "site", faults)


def made(folder: Path, faults: FaultServer, more: str = "") -> Path:
    (folder / "plugins" / "ci").mkdir(parents=True)
    (folder / "plugins" / "ci" / "plugin.yaml").write_text(MANIFEST, encoding="utf-8")
    said = f"site: {{title: P}}\ncontent: false\nplugins: [{{plugin: ci, path: /ci/, options: {{api: {faults.url}}}}}]\n{more}"
    (folder / "site.yaml").write_text(said, encoding="utf-8")
    return folder


def listed(command: Command, site: Path, *words: str) -> Any:
    code, text = command("cache", "list", "--site", site, "--format", "json", *words)
    assert code == 0
    return json.loads(text)


def test_listing(site: Path, command: Command, faults: FaultServer) -> None:
    """Each answer with its source, plugin, age, size, state and address, which has no query; as a table and as JSON."""
    assert command("cache", "list", "--site", site) == (0, "0 answers, 0 bytes\n")
    command("build", site)
    found = {answer["source"]: answer for answer in listed(command, site)}
    assert list(found) == ["crew", "runs"]
    runs = found["runs"]
    assert (runs["plugin"], runs["host"], runs["url"], runs["bytes"]) == ("ci", faults.host, f"{faults.url}/runs", 11)
    assert (runs["state"], runs["ttl"], runs["status"]) == ("fresh", 3600.0, 200)
    code, text = command("cache", "list", "--site", site, "--plugin", "ci", "--source", "runs")
    head, line, sums = text.splitlines()
    assert head.split() == ["SOURCE", "PLUGIN", "AGE", "SIZE", "STATE", "ADDRESS"]
    assert line.startswith("runs ")
    assert line.endswith(f"fresh  {faults.url}/runs")
    assert (code, sums) == (0, "1 answer, 11 bytes")
    assert "abc" not in text


def test_forgetting(site: Path, command: Command, faults: FaultServer) -> None:
    """One source's answers are asked for again, the others stay; an unknown name says which there are; all can go."""
    command("build", site)
    assert command("cache", "clear", "--site", site, "--source", "runs") == (0, "Forgotten: 1 answer, 11 bytes.\n")
    command("build", site)
    assert faults.asked("/runs") == 2
    assert command("cache", "clear", "--site", site, "--source", "rnus") == (
        1,
        "No such answer is kept. Known are: crew, runs.\n",
    )
    assert command("cache", "clear", "--site", site, "--plugin", "cl") == (1, "No such answer is kept. Known are: ci.\n")
    assert command("cache", "clear", "--site", site)[0] == 0
    assert listed(command, site) == []


@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_carrying_answers_elsewhere(
    store: str, site: Path, command: Command, faults: FaultServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What one machine saved, another one builds with, although the service is down; newer answers stay as they are."""
    command("build", site)
    file = tmp_path / "answers.zip"
    code, text = command("cache", "export", file, "--site", site)
    assert (code, text.startswith("2 answers saved to ")) == (0, True)
    assert file.stat().st_mode & 0o077 == 0
    first = file.read_bytes()
    command("cache", "export", file, "--site", site)
    assert file.read_bytes() == first
    server: Server | None = request.getfixturevalue("redis") if store == "redis" else None
    more = f"cache: {{store: redis, connection: '{server.address}', prefix: {tmp_path.name}}}" if server else ""
    other = made(tmp_path / "other", faults, more)
    assert command("cache", "import", file, "--site", other) == (0, "2 answers restored.\n")
    assert command("cache", "import", file, "--site", other) == (0, "0 answers restored; 2 not newer than here.\n")
    faults.scripts.clear()
    code, text = command("build", other)
    assert code == 0
    page = (other / "public" / "ci" / "index.html").read_text(encoding="utf-8")
    assert ">1<" in page.replace("\n", "").replace(" ", "")
    assert [answer["source"] for answer in listed(command, other)] == ["crew", "runs"]


def changed(file: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The zip with other members."""
    with zipfile.ZipFile(io.BytesIO(file)) as read:
        members = {name: read.read(name) for name in read.namelist()}
    change(members)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name, content)
    return made.getvalue()


def with_json(**said: Any) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        head = json.loads(members["answers/0.json"])
        for name, value in said.items():
            (head["answer"] if name in head["answer"] else head)[name] = value
        members["answers/0.json"] = json.dumps(head).encode()

    return change


def bomb(members: dict[str, bytes]) -> None:
    members["answers/0.body"] = bytes(70_000_000)


NO_FILE = "it is damaged, or no file of callboard cache export"
HOSTILE: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "traversal": (lambda m: m.update({"../../evil": b"x"}), 'it holds "../../evil", which does not belong there'),
    "absolute": (lambda m: m.update({"/etc/passwd": b"x"}), 'it holds "/etc/passwd", which does not belong there'),
    "drive": (lambda m: m.update({"C:\\x": b"x"}), "which does not belong there"),
    "missing body": (lambda m: m.pop("answers/1.body"), "some of it is missing"),
    "no head": (lambda m: m.pop("cache.json"), NO_FILE),
    "newer": (lambda m: m.update({"cache.json": b'{"callboard cache": 2}'}), "it was written by a newer Callboard, format 2"),
    "count": (lambda m: m.update({"cache.json": b'{"callboard cache": 1, "answers": 1e9}'}), NO_FILE),
    "deep JSON": (lambda m: m.update({"answers/0.json": b"[" * 200_000}), "its answers/0.json is no JSON"),
    "large JSON": (lambda m: m.update({"answers/0.json": b" " * 2_000_000}), "larger than 1,000,000 bytes"),
    "large body": (bomb, "its answers/0.body is larger than 64,000,000 bytes"),
    "other body": (lambda m: m.update({"answers/0.body": b"[]"}), "its answer 0 is not taken: its body is another's"),
    "key": (with_json(key="../x"), "its answer 0 is not taken: its key is none"),
    "plugin": (with_json(namespace="../x"), "its answer 0 is not taken: it names no plugin"),
    "status": (with_json(status=500), "its status is that of no answer that is kept"),
    "time": (with_json(fetched_at=-1), "it holds no time"),
    "endless": (with_json(ttl=1e300), "its time to live is none"),
    "header": (with_json(headers={"x": "a\r\nb: c"}), "its headers are none"),
    "url": (with_json(url="https://x/\x1b[2J"), "it holds no text"),
    "etag": (with_json(etag=7), "it holds no text"),
    "more": (with_json(answer={}), "it is no answer as this Callboard writes them"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file(case: str, site: Path, command: Command, tmp_path: Path) -> None:
    """It is refused with what is wrong in it, and nothing of it is kept or written anywhere."""
    change, words = HOSTILE[case]
    command("build", site)
    command("cache", "export", tmp_path / "good.zip", "--site", site)
    command("cache", "clear", "--site", site)
    file = tmp_path / "x.zip"
    file.write_bytes(changed((tmp_path / "good.zip").read_bytes(), change))
    before = sorted(tmp_path.rglob("*"))
    code, text = command("cache", "import", file, "--site", site)
    assert code == 1
    assert words in text
    assert "is not taken:" in text
    assert "Nothing was changed." in text
    assert listed(command, site) == []
    assert sorted(path for path in tmp_path.rglob("*") if "cache.db" not in path.name) == [
        path for path in before if "cache.db" not in path.name
    ]


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04" + b"\xff" * 5000], ids=len)
def test_no_such_file(content: bytes, site: Path, command: Command, tmp_path: Path) -> None:
    """Whatever it is: it is said in one sentence. So is a file that is not there."""
    file = tmp_path / "x.zip"
    file.write_bytes(content)
    assert command("cache", "import", file, "--site", site) == (1, f'"{file}" is not taken: {NO_FILE}. Nothing was changed.\n')
    file.unlink()
    assert command("cache", "import", file, "--site", site) == (1, f'There is no file "{file}".\n')


def test_memcached_cannot_be_listed(memcached: Server, tmp_path: Path, faults: FaultServer, command: Command) -> None:
    """It says so, with what can be done instead; building with it works, and the next build asks nobody."""
    faults.json("/runs")
    faults.json("/crew")
    said = f"cache: {{store: memcache, connection: '{memcached.address}', prefix: {tmp_path.name}}}"
    site = made(tmp_path / "site", faults, said)
    for words in (("list",), ("clear",), ("export", tmp_path / "x.zip")):
        code, text = command("cache", *words, "--site", site)
        assert (code, text) == (
            1,
            "Memcached cannot say what it holds. To forget all, say another prefix under cache: in site.yaml.\n",
        )
    assert not (tmp_path / "x.zip").exists()
    for _ in range(2):
        assert command("build", site)[0] == 0
    assert faults.asked("/runs") == 1
    assert not (site / ".callboard" / "cache.db").exists()


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (
            "{store: redsi}",
            'site.yaml:4:9  cache.store: wanted sqlite, memory, memcached, memcache, redis or valkey, got "redsi".',
        ),
        (
            "{store: redis}",
            "site.yaml:4:1  cache: redis needs a connection. Write for example: connection: redis://cache.example.com:6379",
        ),
        ("{store: valkey, connection: 'http://a'}", "cache.connection: the connection is no address such as redis://"),
        ("{store: memcache, connection: 'redis://a:1'}", "cache.connection: the connection is no address such as host:11211"),
        ("{store: memory, connection: 'a'}", "cache.connection: the store memory is nowhere else."),
        ("{store: memcache, connection: 'a:b:c/d'}", "cache.connection: the connection is no address such as host:11211"),
        ("{defaultTtl: soon}", 'site.yaml:4:9  cache.defaultTtl: wanted a duration, got "soon". Write for example: 15m'),
        ("{defaultTtl: 0}", "cache.defaultTtl: wanted more than nothing. Write for example: defaultTtl: 30d"),
    ],
)
def test_settings_that_cannot_be(said: str, text: str, tmp_path: Path, faults: FaultServer, command: Command) -> None:
    """Each is said with its place, by check, build and the commands; nothing is asked or written."""
    site = made(tmp_path / "site", faults, f"cache: {said}")
    for words in (("check", site), ("build", site), ("cache", "list", "--site", site)):
        code, printed = command(*words)
        assert (code, text in printed) == (1, True), printed
    assert faults.calls == []


def test_builds_share_a_server(tmp_path: Path, faults: FaultServer, redis: Server) -> None:
    """Three builds of three folders at once on one server: each is complete, and what is kept is kept once."""
    faults.json("/runs", json.dumps([{"name": f"run {number}"} for number in range(900)]))
    faults.json("/crew")
    said = f"cache: {{store: redis, connection: '{redis.address}', prefix: {tmp_path.name}}}"
    sites = [made(tmp_path / str(number), faults, said) for number in range(3)]
    command = [sys.executable, "-m", "callboard", "build", "--strict", "--jobs", "1"]
    builds = [subprocess.Popen([*command, site], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for site in sites]
    told = [build.communicate(timeout=60)[0].decode() for build in builds]
    assert [text for build, text in zip(builds, told, strict=True) if build.returncode] == []
    assert 1 <= faults.asked("/runs") <= 3
    names = {"runs": 0, "crew": 0}
    store = RedisValues(redis.address)
    for value in store.read(list(store.keys(f"{tmp_path.name}:1:a:"))):
        assert value is not None
        names[json.loads(value.partition(b"\n")[0])["answer"]["name"]] += 1
    store.close()
    assert names == {"runs": 1, "crew": 1}


def test_a_file_elsewhere_and_none(tmp_path: Path, faults: FaultServer, command: Command) -> None:
    """SQLite's file may lie where the site says; in memory, every build asks every service, and nothing is left on the disk."""
    faults.json("/runs")
    faults.json("/crew")
    for name, said, file, asked in (
        ("a", "{connection: kept/answers.db, defaultTtl: 3600000}", "kept/answers.db", 1),
        ("b", "{store: memory}", "", 2),
    ):
        before = faults.asked("/runs")
        site = made(tmp_path / name, faults, f"cache: {said}")
        for _ in range(2):
            assert command("build", site, "--strict")[0] == 0
        assert faults.asked("/runs") == before + asked
        assert [path.relative_to(site).as_posix() for path in site.rglob("*.db") if "portal" not in path.name] == [file] * bool(
            file
        )


def test_a_missing_package(tmp_path: Path, faults: FaultServer, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is said at the line that needs it."""
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "redis" else real(name, *more))
    site = made(tmp_path / "site", faults, "cache: {store: redis, connection: 'localhost:6379'}")
    code, text = command("check", site)
    assert code == 1
    assert 'site.yaml:4:9  cache.store: redis needs: pip install "callboard[redis]" [missing-package]' in text


def test_a_server_that_is_down_costs_no_build(tmp_path: Path, faults: FaultServer, command: Command) -> None:
    """One warning at its place, without the password, and the site is complete."""
    faults.json("/runs")
    faults.json("/crew")
    site = made(tmp_path / "site", faults, "cache: {store: redis, connection: 'redis://u:Sesam91@127.0.0.1:9/'}")
    code, text = command("build", site)
    assert code == 0
    assert text.count("[cache-unusable]") == 1
    assert "site.yaml:4:1  warning: cache: the cache redis at 127.0.0.1:9 cannot be used (no connection)" in text
    assert "Sesam91" not in text
    assert "Sesam91" not in "".join(p.read_text(errors="replace") for p in (site / "public").rglob("*") if p.is_file())
    assert command("cache", "list", "--site", site)[0] == 1
