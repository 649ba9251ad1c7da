"""Every fault of a service, with a cold and a warm cache: it ends in time, reaches nobody else, and never replaces a good answer."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard.data.asking.client import Client
from callboard.data.cache import CacheStore, MemoryCache
from callboard.data.http.service import Limits
from callboard.model.dataset import SourceRun, State
from callboard.plugin import FetchError, Paging

if TYPE_CHECKING:
    from tests.faultserver import FaultServer, Script

HERE = Path(__file__).parent
TABLE = runpy.run_path(str(HERE / "faults.py"))
FAULTS, TIMED, GOOD = TABLE["FAULTS"], TABLE["TIMED"], TABLE["GOOD"]
NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
Fetch = Callable[..., Client]


@pytest.fixture
def cache() -> CacheStore:
    return MemoryCache()


@pytest.fixture
def client(asks: Fetch, cache: CacheStore, request: pytest.FixtureRequest) -> Fetch:
    """Makes a client of one build, ``later`` seconds after the first. Only faults that the deadline ends have a short one."""
    parameters = getattr(request.node, "callspec", None)
    short = parameters is not None and parameters.params.get("fault") in TIMED
    limits = Limits(deadline=0.5 if short else 10.0, size=100_000, backoff=0.01)

    def make(*, later: float = 0, **changed: Any) -> Client:
        said: dict[str, Any] = {"now": NOW + timedelta(seconds=later), "limits": limits, "chance": lambda: 0.0}
        return asks(cache, **(said | changed))

    return make


def test_there_are_enough() -> None:
    """At least sixty kinds of faults."""
    assert len(FAULTS) >= 60


@pytest.mark.parametrize("fault", FAULTS)
def test_without_an_old_answer(fault: str, faults: FaultServer, elsewhere: FaultServer, client: Fetch) -> None:
    """Cold: one error of one type, in plain words, within the deadline; nothing is kept, nobody else is asked."""
    script, words = FAULTS[fault]
    url = faults.on("/fault", script(faults, elsewhere))
    runs: list[SourceRun] = []
    started = time.perf_counter()
    with pytest.raises(FetchError) as failed:
        client(report=runs.append).json(url, name="runs")
    assert time.perf_counter() - started < 9
    assert "nothing was kept from before." in str(failed.value)
    assert [(run.outcome, run.origin.state) for run in runs] == [("failed", State.FAILED)]
    assert words in runs[0].origin.error
    assert elsewhere.calls == []
    faults.json("/fault", GOOD)
    assert client().json(url).value == {"runs": [1, 2]}


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_good_answer(fault: str, faults: FaultServer, elsewhere: FaultServer, client: Fetch) -> None:
    """Warm: the last good answer stays, with its time and the reason; too old, it is not shown any more."""
    script, words = FAULTS[fault]
    url = faults.json("/fault", GOOD)
    client().json(url)
    faults.on("/fault", script(faults, elsewhere))
    answer = client(later=600).json(url)
    assert answer.value == {"runs": [1, 2]}
    assert (answer.origin.state, answer.origin.as_of) == (State.STALE, NOW)
    assert words in answer.origin.error
    with pytest.raises(FetchError, match="older than 1 hour"):
        client(later=3601).json(url)
    assert elsewhere.calls == []
    faults.json("/fault", '{"runs": [3]}')
    assert client(later=3700).json(url).value == {"runs": [3]}


@pytest.mark.parametrize(
    "next_",
    [
        "http://{other}/x",
        "//{other}/x",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "http://a:b@{other}/",
        "http://{host}\\@{other}/",
    ],
)
def test_a_list_that_goes_on_elsewhere(next_: str, faults: FaultServer, elsewhere: FaultServer, client: Fetch) -> None:
    """A ``next`` link to a host that nobody declared is not followed, and half a list is no list."""
    link = next_.format(other=elsewhere.host, host=faults.host)
    by = Paging(link=True)
    url = faults.json("/list", "[1]")
    assert client().pages(url, by=by).value == [1]
    faults.json("/list", "[2]", link=f'<{link}>; rel="next"')
    answer = client(later=100).pages(url, by=by)
    assert (answer.value, answer.origin.state) == ([1], State.STALE)
    assert elsewhere.calls == []


MEMORY = """
import json, re, sys
sys.path.insert(0, sys.argv[1])
from datetime import UTC, datetime
from pathlib import Path
from callboard.data.cache import SqliteCache
from callboard.data.asking.client import Client
from callboard.data.http.transport import HttpxTransport
from callboard.plugin import FetchError
host = sys.argv[2]
cache = SqliteCache(Path(sys.argv[3]))
ended = []
for path in json.loads(sys.argv[4]):
    client = Client(HttpxTransport(), cache, namespace="ci", mount="ci", hosts=frozenset({host}), now=datetime.now(UTC), ttl=-1.0,
        stale=3600.0, report=lambda run: None)
    try:
        state = client.json(f"http://{host}{path}", timeout=20.0).origin.state
        ended.append("good" if state == "ok" else "stale")
    except FetchError as error:
        ended.append("large" if "larger than" in str(error) else "bad")
status = Path("/proc/self/status").read_text()  # ru_maxrss counts what the process was before it became this program
print(json.dumps([ended, int(re.search(r"VmHWM:\\s+([0-9]+)", status)[1])]))
"""


LARGEST = b'[{"a":"' + b"x" * 19_000_000 + b'"}]'


def costly(faults: FaultServer) -> dict[str, Script]:
    """Answers that are larger than any build should take, each in its own way."""
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    bomb = faults.bomb(256_000_000)
    return {
        "/endless": TABLE["floods"](TABLE["CHUNKED"], chunk)(faults, faults),
        "/bomb": lambda call: call.answer(bomb, content_encoding="gzip"),
        "/huge": lambda call: call.answer(b" " * 60_000_000),
        "/deep": lambda call: call.answer(b"[" * 19_000_000),
        "/digits": lambda call: call.answer(b"1" * 19_000_000),
    }


def fetched(faults: FaultServer, cache: Path, paths: Iterable[str]) -> list[str]:
    """How asking for them one after the other ended, in a process of its own, which stays below 256 MiB."""
    command = [sys.executable, "-c", MEMORY, str(HERE.parent / "generator"), faults.host, str(cache), json.dumps(list(paths))]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    ended, peak = json.loads(done.stdout)
    assert peak < 256 * 1024
    return list(ended)


def test_they_cost_no_memory(faults: FaultServer, tmp_path: Path) -> None:
    """Cold: the largest answers that are taken, larger ones, and bombs."""
    for path, script in costly(faults).items():
        faults.on(path, script)
    faults.json("/large", LARGEST)
    faults.json("/many", b"[" + b"1," * 4_000_000 + b"1]")
    words = {
        "/endless": "large",
        "/bomb": "large",
        "/huge": "large",
        "/deep": "bad",
        "/digits": "bad",
        "/large": "good",
        "/many": "good",
    }
    assert fetched(faults, tmp_path / "cache.db", words) == list(words.values())


def test_they_cost_no_memory_beside_a_good_answer(faults: FaultServer, tmp_path: Path) -> None:
    """Warm: the same while the largest answer that is taken stands for each of them."""
    paths = costly(faults)
    for path in paths:
        faults.json(path, LARGEST)
    assert fetched(faults, tmp_path / "cache.db", paths) == ["good"] * len(paths)
    for path, script in paths.items():
        faults.on(path, script)
    assert fetched(faults, tmp_path / "cache.db", paths) == ["stale"] * len(paths)
