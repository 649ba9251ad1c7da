"""The same tests against every cache store, with real servers; and what is only true of servers."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard.data.asking.client import Client
from callboard.data.cache import CacheStore, Entry, MemoryCache, NotListed, SqliteCache, StoredAnswer
from callboard.data.cache.memcached import MemcachedValues
from callboard.data.cache.redis import RedisValues
from callboard.data.cache.server import ServerCache, Values
from callboard.data.http.transport import HttpxTransport
from callboard.model.problem import Place

if TYPE_CHECKING:
    from tests.faultserver import FaultServer
    from tests.servers import Server

KEY = "ab" * 32
ANSWER = StoredAnswer(
    "https://example.com/x",
    200,
    {"content-type": "text/plain"},
    b"body",
    '"x"',
    "yesterday",
    100,
    90,
    "runs",
    60.0,
    {"accept": "a"},
)
LARGE = bytes(range(256)) * 20_000  # 5 MB
Make = Callable[..., CacheStore]
SERVERS = ["memcached", "redis"]


OPENED: list[Values] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Lets go of all connections after each test."""
    yield
    while OPENED:
        OPENED.pop().close()


def values(kind: str, address: str) -> Values:
    found = MemcachedValues(address) if kind == "memcached" else RedisValues(f"redis://{address}/0")
    OPENED.append(found)
    return found


def on(values: Values, prefix: str, *, keep: float = 3600, now: Callable[[], float] = lambda: 1000.0) -> ServerCache:
    return ServerCache(values, prefix=prefix, keep=keep, place=Place("site.yaml", 4, 1), now=now)


@pytest.fixture(params=["memory", "sqlite", *SERVERS])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Opens the same store again and again, as builds do."""
    kind = request.param
    server = request.getfixturevalue(kind) if kind in SERVERS else None
    opened: list[CacheStore] = []

    def one(*, now: Callable[[], float] = lambda: 1000.0) -> CacheStore:
        if kind == "memory":
            found: CacheStore = opened[0] if opened else MemoryCache()
        elif kind == "sqlite":
            found = SqliteCache(tmp_path / "cache.db", now=now)
        else:
            found = on(values(kind, server.address), tmp_path.name, now=now)
        opened.append(found)
        return found

    yield one
    for store in opened:
        store.close()


@pytest.fixture(params=SERVERS)
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of server."""
    return str(request.param)


@pytest.fixture
def server(kind: str, request: pytest.FixtureRequest) -> Server:
    """A real one."""
    found: Server = request.getfixturevalue(kind)
    return found


def test_it_keeps_what_it_is_given(make: Make) -> None:
    """Answers come back with all that is known of them, by plugin and key; blobs too."""
    cache = make()
    assert cache.answer("a", KEY) is None
    assert cache.get("a", "k") is None
    assert cache.keep("a", KEY, ANSWER)
    cache.set("a", "k and more", b"\0blob")
    again = make()
    assert again.answer("a", KEY) == ANSWER
    assert again.answer("b", KEY) is None
    assert again.get("a", "k and more") == b"\0blob"
    assert again.get("b", "k and more") is None
    assert cache.problems == again.problems == ()


@pytest.mark.parametrize("body", [b"", b"x", b"x" * 5000, LARGE], ids=len)
def test_bodies_of_any_size(make: Make, body: bytes) -> None:
    """Empty, short, packed, and larger than a value of any server may be."""
    cache = make()
    assert cache.keep("a", KEY, replace(ANSWER, body=body))
    cache.set("a", "k", body)
    assert make().answer("a", KEY) == replace(ANSWER, body=body)
    assert make().get("a", "k") == body


def test_freshening_changes_all_but_the_body(make: Make) -> None:
    """A confirmed answer has its new time and headers and the old body; one that is not kept is not made up."""
    cache = make()
    cache.keep("a", KEY, ANSWER)
    confirmed = replace(ANSWER, fetched_at=200, headers={"cache-control": "max-age=9"}, name="others", ttl=9.0)
    cache.freshen("a", KEY, confirmed)
    assert make().answer("a", KEY) == confirmed


def test_forgetting(make: Make) -> None:
    """One answer goes, or all; others' stay."""
    cache = make()
    cache.keep("a", KEY, ANSWER)
    cache.keep("b", KEY, ANSWER)
    cache.forget("a", KEY)
    cache.forget("a", "cd" * 32)
    assert [make().answer(name, KEY) is None for name in "ab"] == [True, False]


def test_listing(make: Make) -> None:
    """All answers by plugin and address, without bodies and blobs; a store that cannot say so says that."""
    cache = make()
    cache.set("a", "k", b"blob")
    cache.keep("b", KEY, ANSWER)
    cache.keep("a", KEY, replace(ANSWER, url="https://example.com/z", body=LARGE))
    cache.keep("a", "cd" * 32, replace(ANSWER, url="https://example.com/y"))
    if isinstance(cache, ServerCache) and isinstance(cache._values, MemcachedValues):
        for ask in (cache.entries, cache.clear):
            with pytest.raises(NotListed, match="memcached cannot say what it holds"):
                ask()
        return
    found = list(make().entries())
    assert [(entry.namespace, entry.answer.url[-1], entry.size) for entry in found] == [
        ("a", "y", 4),
        ("a", "z", len(LARGE)),
        ("b", "x", 4),
    ]
    assert found[2] == Entry("b", KEY, replace(ANSWER, body=b""), 4)
    cache.clear()
    assert list(make().entries()) == []
    assert make().get("a", "k") is None


def test_threads_share_it(make: Make) -> None:
    """Eight threads write and read at once, and nothing is lost or mixed."""
    cache = make()

    def work(number: int) -> None:
        for step in range(10):
            key = f"{number:032x}{step:032x}"
            cache.keep("a", key, replace(ANSWER, body=key.encode() * 1000))
            cache.set("a", key, key.encode())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(8):
        for step in range(10):
            key = f"{number:032x}{step:032x}"
            answer = cache.answer("a", key)
            assert answer is not None
            assert (answer.body, cache.get("a", key)) == (key.encode() * 1000, key.encode())
    assert cache.problems == ()


BUILD = """
import sys
from callboard.data.cache import StoredAnswer
from callboard.data.cache.memcached import MemcachedValues
from callboard.data.cache.redis import RedisValues
from callboard.data.cache.server import ServerCache
from callboard.model.problem import Place
kind, address, prefix, number = sys.argv[1:]
values = MemcachedValues(address) if kind == "memcached" else RedisValues(address)
cache = ServerCache(values, prefix=prefix, keep=3600, place=Place("site.yaml"))
for step in range(30):
    cache.keep("a", "ab" * 32, StoredAnswer("https://example.com/", 200, {"n": number}, number.encode() * 2_000_000))
    found = cache.answer("a", "ab" * 32)
    assert found is None or found.body == found.headers["n"].encode() * 2_000_000, "another build's body"
cache.close()
assert cache.problems == (), cache.problems
"""


def test_builds_share_a_server(kind: str, server: Server, tmp_path: Path) -> None:
    """Four processes that write the same large answer at once: whoever reads, reads one of them whole."""
    command = [sys.executable, "-c", BUILD, kind, server.address, tmp_path.name]
    builds = [subprocess.Popen([*command, str(number)], stderr=subprocess.PIPE) for number in range(4)]
    assert [build.communicate(timeout=60)[1].decode()[-300:] for build in builds] == [""] * 4


def test_a_part_that_was_evicted(kind: str, server: Server, tmp_path: Path) -> None:
    """An answer of which a server forgot a part, or whose bytes are others, is not there."""
    raw = values(kind, server.address)
    cache = on(raw, tmp_path.name)
    noise = b"".join(number.to_bytes(4, "big") for number in range(300_000))
    cache.keep("a", KEY, replace(ANSWER, body=noise))
    head = json.loads(raw.read([cache._key("a", "a", KEY)])[0].partition(b"\n")[0])  # type: ignore[union-attr]
    part = f"{tmp_path.name}:1:p:{head['digest']}:0"
    whole = raw.read([part])[0]
    assert whole is not None
    raw.remove([part])
    assert cache.answer("a", KEY) is None
    raw.write({part: whole[:-1] + b"?"}, 60)
    assert cache.answer("a", KEY) is None
    raw.write({part: whole}, 60)
    assert cache.answer("a", KEY) is not None
    assert cache.problems == ()


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"\xff\xfe",
        b"[]\n",
        b"[" * 100_000,
        b'{"format": 1}\n',
        b'{"format": 1, "namespace": "a", "key": "K", "parts": 0, "digest": "", "size": 0, "packed": false, "until": 0}\nx',
        b'{"format": 1, "namespace": "a", "key": "K", "parts": 99999999, "digest": "", "size": 0, "packed": false, "until": 0}\nx',
        b'{"format": 1, "namespace": "a", "key": "K", "parts": "1", "digest": 7, "size": -1, "packed": 1, "until": "x"}\nx',
    ],
    ids=range(8),
)
def test_what_somebody_else_wrote(kind: str, server: Server, tmp_path: Path, written: bytes) -> None:
    """Whatever lies under our key: it is not there, and the next answer takes its place."""
    raw = values(kind, server.address)
    cache = on(raw, tmp_path.name)
    raw.write({cache._key("a", "a", KEY): written.replace(b'"K"', f'"{KEY}"'.encode())}, 60)
    assert cache.answer("a", KEY) is None
    assert cache.keep("a", KEY, ANSWER)
    assert cache.answer("a", KEY) == ANSWER
    assert cache.problems == ()


def test_what_a_newer_callboard_wrote(kind: str, server: Server, tmp_path: Path) -> None:
    """It is neither read nor written over, and a warning counts it."""
    raw = values(kind, server.address)
    cache = on(raw, tmp_path.name)
    newer = b'{"format": 2, "anything": true}\nbody'
    raw.write({cache._key("a", "a", KEY): newer}, 60)
    assert cache.answer("a", KEY) is None
    assert not cache.keep("a", KEY, ANSWER)
    assert raw.read([cache._key("a", "a", KEY)]) == [newer]
    assert [problem.code for problem in cache.problems] == ["cache-set-aside"]


def test_entries_end_after_their_last_use(kind: str, server: Server, tmp_path: Path) -> None:
    """Each entry has an end at the server, and its use puts that off, parts and all."""
    raw = values(kind, server.address)
    clock = [1000.0]
    cache = on(raw, tmp_path.name, keep=100, now=lambda: clock[0])
    noise = b"".join(number.to_bytes(4, "big") for number in range(300_000))
    cache.keep("a", KEY, replace(ANSWER, body=noise))
    place = cache._key("a", "a", KEY)

    def until() -> Any:
        return json.loads(raw.read([place])[0].partition(b"\n")[0])["until"]  # type: ignore[union-attr]

    for later, end in ((1040.0, 1100), (1060.0, 1160)):
        clock[0] = later
        assert cache.answer("a", KEY) is not None
        assert until() == end
    if isinstance(raw, RedisValues):
        assert all(0 < raw._asked("ttl", key) <= 100 for key in raw.keys(tmp_path.name))


def test_keeping_for_longer_than_a_month(memcached: Server, tmp_path: Path) -> None:
    """Memcached takes more than 30 days for a date of long ago: it is given the date."""
    cache = on(values("memcached", memcached.address), tmp_path.name, keep=60 * 86400)
    cache.keep("a", KEY, ANSWER)
    assert cache.answer("a", KEY) == ANSWER


def test_a_server_that_is_not_there(kind: str, unused: int) -> None:
    """One warning, without the password, and the build goes on with what it remembers itself."""
    cache = on(values(kind, f"portal:Sesam@127.0.0.1:{unused}"), "p")
    assert cache.answer("a", KEY) is None
    assert cache.keep("a", KEY, ANSWER)
    cache.set("a", "k", b"blob")
    assert (cache.answer("a", KEY), cache.get("a", "k")) == (ANSWER, b"blob")
    assert [problem.text for problem in cache.problems] == [
        f"site.yaml:4:1  warning: cache: the cache {kind} at 127.0.0.1:{unused} cannot be used (no connection); "
        "this build went on without it. Start it, or mend cache: in site.yaml. [cache-unusable]"
    ]


@pytest.fixture
def unused() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_that_dies_meanwhile(kind: str, request: pytest.FixtureRequest) -> None:
    """The same in the middle of a build."""
    start = getattr(sys.modules[type(request.getfixturevalue(kind)).__module__], f"start_{kind}")
    with start() as own:
        cache = on(values(kind, own.address), "p")
        cache.keep("a", KEY, ANSWER)
        own.stop()
        assert cache.answer("a", KEY) is None
        assert cache.keep("a", KEY, ANSWER)
        assert cache.answer("a", KEY) == ANSWER
    assert [problem.code for problem in cache.problems] == ["cache-unusable"]


def test_a_server_that_dies_between_two_that_ask(kind: str, request: pytest.FixtureRequest, faults: FaultServer) -> None:
    """Two mounts want the same answer, and the server dies after the first has it: the second one asks the service itself."""
    start = getattr(sys.modules[type(request.getfixturevalue(kind)).__module__], f"start_{kind}")
    transport = HttpxTransport()
    with start() as own:
        cache = on(values(kind, own.address), "p")
        said = {"namespace": "ci", "mount": "ci", "hosts": frozenset({faults.host}), "ttl": 60.0, "stale": 60.0}
        client = Client(transport, cache, now=datetime(2026, 11, 24, tzinfo=UTC), report=lambda run: None, **said)  # type: ignore[arg-type]
        url = faults.json("/x")
        assert client.json(url).value == [{"id": 1}]
        own.stop()
        for _ in range(2):
            assert client.json(url).value == [{"id": 1}]
    transport.close()
    assert faults.asked("/x") == 2


def test_something_else_answers(kind: str, request: pytest.FixtureRequest) -> None:
    """The other server, or a web server, at the address is as good as none."""
    other = request.getfixturevalue("redis" if kind == "memcached" else "memcached")
    cache = on(values(kind, other.address), "p")
    assert cache.answer("a", KEY) is None
    assert cache.keep("a", KEY, ANSWER)
    assert [problem.code for problem in cache.problems] == ["cache-unusable"]


def test_a_full_server(redis: Server, tmp_path: Path) -> None:
    """What a server does not take is counted, and the rest of the build uses it on."""
    raw = values("redis", redis.address)
    assert isinstance(raw, RedisValues)
    cache = on(raw, tmp_path.name)
    cache.keep("a", KEY, ANSWER)
    raw._asked("config_set", "maxmemory", "1")
    try:
        assert not cache.keep("a", "cd" * 32, ANSWER)
        assert not cache.keep("a", "ef" * 32, ANSWER)
        assert cache.answer("a", KEY) == ANSWER
    finally:
        raw._asked("config_set", "maxmemory", "0")
    assert [problem.what for problem in cache.problems] == [
        f"the cache redis at {redis.address} did not take 2 entries; they are fetched again."
    ]


def test_passwords(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A server that asks for user and password is told them; wrong ones are a warning that shows neither."""
    module = sys.modules[type(request.getfixturevalue(kind)).__module__]
    said = {"memcached": _guarded_memcached, "redis": _guarded_redis}[kind]
    with said(module, tmp_path) as server:
        for login, words in (("portal:Se%40sam@", ""), ("portal:wrong-one@", "it refused the user or the password")):
            cache = on(values(kind, login + server.address), tmp_path.name)
            assert cache.keep("a", KEY, ANSWER)
            assert cache.answer("a", KEY) == ANSWER
            text = " ".join(problem.text for problem in cache.problems)
            assert words in text
            assert bool(text) == bool(words)
            assert "wrong-one" not in text
            cache.close()


def _guarded_memcached(module: Any, folder: Path) -> Any:
    users = folder / "users"
    users.write_text("portal:Se@sam\n", encoding="utf-8")
    users.chmod(0o644)
    for parent in (folder, *folder.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o111)

    @contextmanager
    def started() -> Iterator[Server]:
        with ExitStack() as stack:
            arguments = ["-l", "127.0.0.1", "-U", "0", "-Y", str(users)]
            yield module._plain(stack, "memcached", lambda port: [*arguments, "-p", str(port)])

    return started()


def _guarded_redis(module: Any, folder: Path) -> Any:
    @contextmanager
    def started() -> Iterator[Server]:
        with ExitStack() as stack:
            users = ["--user", "portal", "on", ">Se@sam", "~*", "+@all", "--user", "default", "off"]
            arguments = ["--bind", "127.0.0.1", "--save", "", *users]
            yield module._plain(stack, "redis-server", lambda port: [*arguments, "--port", str(port)])

    return started()


@pytest.mark.parametrize(
    ("kind", "said", "label"),
    [
        ("redis", "redis://u:p@cache.example.com:6379/0", "redis at cache.example.com:6379"),
        ("redis", "cache.example.com", "redis at cache.example.com"),
        ("redis", "valkey://cache:1", "redis at cache:1"),
        ("redis", "unix:///run/redis.sock", "redis at /run/redis.sock"),
        ("memcached", "cache", "memcached at cache:11211"),
        ("memcached", "u:p@cache.example.com:1", "memcached at cache.example.com:1"),
        ("memcached", "memcached://[::1]:1", "memcached at [::1]:1"),
    ],
)
def test_addresses(kind: str, said: str, label: str) -> None:
    """Addresses as Backstage has them; what people see of one holds no password."""
    assert (MemcachedValues(said) if kind == "memcached" else RedisValues(said)).label == label
