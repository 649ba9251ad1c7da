"""data/http and data/asking: every fault of a service ends in time, within memory, and never replaces a good answer."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard.data.asking.answers import Failed
from callboard.data.asking.client import Client
from callboard.data.cache import CacheStore, MemoryCache, SqliteCache
from callboard.data.http.addresses import is_listed, listed, refusal, target
from callboard.data.http.service import Limits
from callboard.data.http.transport import HttpxTransport
from callboard.model.dataset import SourceRun, State
from callboard.model.secret import Secret
from callboard.plugin import FetchError

if TYPE_CHECKING:
    from tests.faultserver import Call, FaultServer

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
LIMITS = Limits(deadline=0.6, size=100_000, backoff=0.01)
GOOD = '{"runs": [1, 2]}'
Fetch = Callable[..., Client]


@pytest.fixture
def cache() -> CacheStore:
    return MemoryCache()


@pytest.fixture
def client(asks: Fetch, cache: CacheStore) -> Fetch:
    """Makes a client of one build; ``later`` seconds after the first."""

    def make(*, later: float = 0, **changed: Any) -> Client:
        said: dict[str, Any] = {"now": NOW + timedelta(seconds=later), "limits": LIMITS, "chance": lambda: 0.0}
        return asks(cache, **(said | changed))

    return make


def test_a_refused_connection(client: Fetch, faults: FaultServer) -> None:
    """Nobody listens: the words say so."""
    faults.close()
    with pytest.raises(FetchError, match="gave no answer: the connection was refused; nothing was kept"):
        client().json(f"{faults.url}/x")


def test_a_bomb_costs_no_memory(faults: FaultServer, client: Fetch) -> None:
    """A gzip bomb is unpacked bit by bit and dropped at the limit."""
    packed = faults.bomb(256_000_000)
    url = faults.on("/bomb", lambda call: call.answer(packed, content_encoding="gzip"))
    tracemalloc.start()
    try:
        with pytest.raises(FetchError, match="larger than"):
            client().json(url)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_fresh_answers_are_not_asked_again(faults: FaultServer, client: Fetch) -> None:
    """Within its time to live an answer costs no request; ``refresh`` asks for it by name."""
    url = faults.json("/x", GOOD)
    assert client().json(url, name="runs").origin.as_of == NOW
    answer = client(later=60).json(url, name="runs")
    assert (answer.origin.state, answer.origin.as_of, faults.asked("/x")) == (State.OK, NOW, 1)
    client(later=60, refresh="other").json(url, name="runs")
    assert faults.asked("/x") == 1
    for count, refresh in ((2, "runs"), (3, "*")):
        client(later=60, refresh=refresh).json(url, name="runs")
        assert faults.asked("/x") == count


def test_an_unchanged_answer_is_confirmed(faults: FaultServer, client: Fetch) -> None:
    """Past its time to live the service is asked whether it changed; 304 makes the kept answer fresh again."""

    def script(call: Call) -> None:
        if call.headers.get("if-none-match") == '"v1"':
            call.answer(status="304 Not Modified", length=0)
        else:
            call.answer(GOOD.encode(), etag='"v1"')

    url = faults.on("/x", script)
    runs: list[SourceRun] = []
    client(report=runs.append).json(url)
    answer = client(later=100, report=runs.append).json(url)
    client(later=150, report=runs.append).json(url)
    assert [run.outcome for run in runs] == ["fetched", "revalidated", "cached"]
    assert answer.value == {"runs": [1, 2]}
    assert answer.origin.as_of == NOW + timedelta(seconds=100)


def test_last_modified_serves_without_an_etag(faults: FaultServer, client: Fetch) -> None:
    """A service that names only a date is asked with it."""
    url = faults.json("/x", GOOD, last_modified="Mon, 23 Nov 2026 00:00:00 GMT")
    client().json(url)
    client(later=100).json(url)
    assert faults.calls[-1].headers["if-modified-since"] == "Mon, 23 Nov 2026 00:00:00 GMT"


def test_offline_asks_nobody(faults: FaultServer, client: Fetch) -> None:
    """Offline, a kept answer of any age is used and dated; without one the error says so."""
    url = faults.json("/x", GOOD)
    with pytest.raises(FetchError, match="was not asked: offline; nothing was kept"):
        client(offline=True).json(url)
    client().json(url)
    fresh = client(offline=True, later=10, refresh="*").json(url).origin
    assert (fresh.state, fresh.error) == (State.OK, "")
    old = client(offline=True, later=10_000_000).json(url).origin
    assert (old.state, old.error, old.as_of) == (State.STALE, "offline", NOW)
    assert faults.asked("/x") == 1


def test_no_store_is_honoured(faults: FaultServer, client: Fetch, cache: MemoryCache) -> None:
    """An answer that may not be stored is kept for this build only."""
    url = faults.json("/x", GOOD, cache_control="private, No-Store")
    one = client()
    assert one.json(url).value == one.json(url).value == {"runs": [1, 2]}
    assert faults.asked("/x") == 1
    faults.json("/x", "")
    with pytest.raises(FetchError):
        client().json(url)


def test_the_same_url_is_asked_once(faults: FaultServer, client: Fetch) -> None:
    """Eight threads of one build that want the same answer cost one request, failures too."""

    def slowly(call: Call) -> None:
        call.stopped.wait(0.1)
        call.answer(GOOD.encode())

    url = faults.on("/x", slowly)
    one = client()
    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda _: one.json(url).value, range(8)))
    assert values == [{"runs": [1, 2]}] * 8
    assert faults.asked("/x") == 1
    for _ in range(2):
        with pytest.raises(FetchError, match="404"):
            one.json(f"{faults.url}/none")
    assert faults.asked("/none") == 1


def test_tries_again_after_a_short_failure(faults: FaultServer, client: Fetch) -> None:
    """503, 429 with a short Retry-After and a dropped connection are tried again, three times at most; 404 is not."""
    for status in ("503 x", "429 x", ""):
        count = [0]

        def flaky(call: Call, count: list[int] = count, status: str = status) -> None:
            count[0] += 1
            if count[0] == 3:
                call.answer(GOOD.encode())
            elif status:
                call.answer(status=status, retry_after="0")

        runs: list[SourceRun] = []
        assert client(report=runs.append, refresh="*").json(faults.on("/x", flaky)).value == {"runs": [1, 2]}
        assert runs[0].tries == 3
    faults.on("/x", lambda call: call.answer(status="502 x"))
    before = faults.asked("/x")
    client(refresh="*").json(f"{faults.url}/x")
    assert faults.asked("/x") == before + 3


def test_retry_after_is_obeyed_within_the_deadline(faults: FaultServer, client: Fetch) -> None:
    """The wait that a service asks for is waited, as a number or a date by its own clock; never beyond the deadline."""
    waits: list[float] = []
    limits = Limits(deadline=30)
    date = {"date": "Tue, 24 Nov 2020 12:00:00 GMT", "retry_after": "Tue, 24 Nov 2020 12:00:07 GMT"}
    faults.on("/date", lambda call: call.answer(status="503 x", **date))
    faults.on("/number", lambda call: call.answer(status="503 x", retry_after="5"))
    for path in ("/number", "/date"):
        with pytest.raises(FetchError):
            client(limits=limits, sleep=waits.append).json(faults.url + path)
    assert waits == [5, 5, 7, 7]


def test_a_service_that_is_down_is_not_asked_a_hundred_times(faults: FaultServer, client: Fetch) -> None:
    """After three failures, or a wish to wait, the rest of the build's requests to that host are not sent."""
    for path, status in (("/silent", ""), ("/limit", "429 x")):
        one = client()
        for number in range(6):
            faults.on(
                f"{path}{number}", (lambda call: call.answer(status="429 x", retry_after="999")) if status else faults.hangs_up
            )
            with pytest.raises(FetchError) as failed:
                one.json(f"{faults.url}{path}{number}")
        assert "was not asked again" in str(failed.value)
        assert sum(call.path.startswith(path) for call in faults.calls) == (1 if status else 9)


def test_redirects_inside_the_list_are_followed(faults: FaultServer, client: Fetch) -> None:
    """A redirect to the same host is followed with the credentials, five times at most."""
    for number in range(5):
        faults.on(f"/{number}", lambda call, number=number: call.answer(status="301 x", location=f"{number + 1}"))  # type: ignore[misc]
    faults.json("/5", GOOD)
    assert client().json(f"{faults.url}/0", headers={"Authorization": Secret("Bearer abcdef")}).value == {"runs": [1, 2]}
    assert [call.headers.get("authorization") for call in faults.calls] == ["Bearer abcdef"] * 6


def test_credentials_stay_with_their_origin(faults: FaultServer, client: Fetch, transport: HttpxTransport) -> None:
    """A redirect to another declared host loses every header of the caller, and a secret in its URL is refused."""
    other = f"http://localhost:{faults.port}"
    hosts = frozenset({faults.host, f"localhost:{faults.port}"})
    faults.json("/there", GOOD)
    url = faults.on("/here", lambda call: call.answer(status="302 x", location=f"{other}/there"))
    headers = {"Authorization": Secret("Bearer abcdef"), "X-Api-Key": Secret("abcdef"), "cookie": "a=b"}
    assert client(hosts=hosts).json(url, headers=headers).value == {"runs": [1, 2]}
    assert faults.calls[-1].path == "/there"
    assert not {"authorization", "x-api-key", "cookie"} & faults.calls[-1].headers.keys()
    leak = faults.on("/leak", lambda call: call.answer(status="302 x", location=f"{other}/there?key=abcdef"))
    with pytest.raises(FetchError, match="redirects a secret"):
        client(hosts=hosts).json(leak, headers=headers)


def test_no_cookie_is_kept(faults: FaultServer, client: Fetch) -> None:
    """What one answer sets is not sent with the next request, whoever asks."""
    client().json(faults.json("/a", GOOD, set_cookie="a=b; Path=/"))
    client().json(faults.json("/b", GOOD))
    assert "cookie" not in faults.calls[-1].headers


def test_the_environment_names_no_proxy(faults: FaultServer, client: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY and its kin change nothing."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    transport = HttpxTransport()
    assert client(transport=transport).json(faults.json("/x", GOOD)).value == {"runs": [1, 2]}
    transport.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/",
        "http://127.0.0.1/",
        "http://user:pass@127.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "//127.0.0.1/x",
        "http://127.0.0.1\\@other.example/",
        "http://127.0.0.1 /",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http:///x",
        "http://127.0.0.1:x/",
        "http://exa mple.com/",
    ],
)
def test_only_declared_hosts_and_sound_addresses(url: str, client: Fetch, faults: FaultServer) -> None:
    """Nothing is sent to a host that is not in the list, nor to an address that two parsers may read differently."""
    with pytest.raises(FetchError, match="was not asked"):
        client().json(url)
    assert faults.calls == []


def test_a_name_that_stands_for_this_machine_is_refused(faults: FaultServer, client: Fetch) -> None:
    """A declared name whose DNS answer is loopback, link-local or metadata is not connected to (DNS rebinding)."""
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "::1", "169.254.169.254", "fe80::1%1", "0.0.0.0", "100.100.100.200"):
        transport = HttpxTransport(resolve=lambda host, port, address=address: [address])  # type: ignore[misc]
        with pytest.raises(FetchError, match="its name stands for a "):
            client(transport=transport, hosts=frozenset({f"ci.example:{faults.port}"})).json(f"http://ci.example:{faults.port}/")
        transport.close()
    assert faults.calls == []


def test_addresses_that_names_may_stand_for() -> None:
    """Private networks are where companies' services live; a literal address was listed as such."""
    assert refusal("10.0.0.5", "lighthouse.corp") == ""
    assert refusal("93.184.216.34", "example.com") == ""
    assert refusal("127.0.0.1", "localhost") == ""
    assert refusal("169.254.169.254", "169.254.169.254") == ""
    assert refusal("127.0.0.1", "example.com")
    assert refusal("169.254.169.254", "localhost")


def test_urls_have_one_form() -> None:
    """Hosts are lower-cased, non-ASCII is encoded, the fragment goes, a redirect is relative to its base."""
    assert target("HTTPS://Example.COM:443/ä?q=ü#x").url == "https://example.com/%C3%A4?q=%C3%BC"
    assert target("http://bücher.example/").authority == "xn--bcher-kva.example"
    assert target("http://[0:0::1]:80/").authority == "[::1]"
    assert target("../b", "https://example.com/a/c/d").url == "https://example.com/a/b"


def test_secrets_never_show(faults: FaultServer, client: Fetch, tmp_path: Path, transport: HttpxTransport) -> None:
    """A secret in a header or a URL is in no message, no origin and no byte of the cache; another secret is another request."""
    cache = SqliteCache(tmp_path / "cache.db")
    secret = Secret("s3cr3t/t0ken")
    faults.json("/s3cr3t%2Ft0ken/x", GOOD)
    url = f"{faults.url}/s3cr3t%2Ft0ken/x"
    said = {"namespace": "ci", "mount": "ci", "hosts": frozenset({faults.host}), "now": NOW, "ttl": 60.0, "stale": 60.0}

    def make() -> Client:
        return Client(transport, cache, **said, report=lambda run: None, secrets=[secret], limits=LIMITS)  # type: ignore[arg-type]

    origin = make().json(url, headers={"Authorization": secret}).origin
    assert origin.href == f"{faults.url}/***/x"
    with pytest.raises(Failed) as failed:
        make().json(f"{faults.url}/none/s3cr3t%2Ft0ken?key=s3cr3t%2Ft0ken")
    assert "s3cr3t" not in f"{failed.value} {failed.value.run}"
    before = len(faults.calls)
    make().json(url, headers={"Authorization": Secret("another one")})
    assert len(faults.calls) == before + 1
    cache.close()
    assert b"s3cr3t" not in (tmp_path / "cache.db").read_bytes()


def test_a_header_cannot_smuggle_another(faults: FaultServer, client: Fetch) -> None:
    """Line breaks in a header are refused before anything is sent."""
    with pytest.raises(FetchError, match="a character that HTTP does not allow"):
        client().json(f"{faults.url}/x", headers={"x": "a\r\nhost: b"})
    assert faults.calls == []


def test_links_show_no_query(faults: FaultServer, client: Fetch) -> None:
    """What readers see of an address is its scheme, host and path."""
    origin = client().json(faults.json("/x", GOOD) + "?token=abc").origin
    assert (origin.label, origin.href) == (faults.host, f"{faults.url}/x")


def test_gzip_in_two_members(faults: FaultServer, client: Fetch) -> None:
    """Well-packed answers, also of several members, are read whole."""
    body = faults.gzipped(b'{"runs":') + faults.gzipped(b" [1, 2]}")
    assert client().json(faults.on("/x", lambda call: call.answer(body, content_encoding="gzip"))).value == {"runs": [1, 2]}


def test_name_resolution_has_the_deadline_too(client: Fetch, faults: FaultServer) -> None:
    """A name server that does not answer cannot hold the build."""
    transport = HttpxTransport(resolve=lambda host, port: time.sleep(5) or [])  # type: ignore[func-returns-value]
    started = time.perf_counter()
    with pytest.raises(FetchError, match="took longer"):
        client(transport=transport, hosts=frozenset({"ci.example"})).json("http://ci.example/")
    assert time.perf_counter() - started < 2
    transport.close()


def test_a_question_is_posted_and_cached_by_what_it_asks(faults: FaultServer, client: Fetch) -> None:
    """GraphQL: each body is a question of its own, asked once while its answer is fresh; another answer follows no redirect."""
    url = faults.on("/graphql", lambda call: call.answer(call.body))
    for _ in range(2):
        assert client().json(url, body={"query": "ä"}).value == {"query": "ä"}
        assert client().json(url, body={"query": "b"}).value == {"query": "b"}
    assert client().json(url, body={"query": "ä"}, headers={"a": "b"}).value == {"query": "ä"}
    assert [(call.method, call.headers["content-type"]) for call in faults.calls] == [("POST", "application/json")] * 3
    moved = faults.on("/moved", lambda call: call.answer(status="307 x", location=url))
    with pytest.raises(FetchError, match="it redirects, which is not followed with what is posted"):
        client().json(moved, body={})


def test_what_may_not_be_there(faults: FaultServer, client: Fetch) -> None:
    """With ``absent`` a 404 is an answer that is kept, and replaces the good one of before; without it, it is a failure."""
    url = f"{faults.url}/file"
    runs: list[SourceRun] = []
    for later in (0, 10):
        assert client(later=later, report=runs.append).text(url, absent=True).value is None
    assert [(run.outcome, run.origin.state) for run in runs] == [("fetched", State.OK), ("cached", State.OK)]
    with pytest.raises(FetchError, match="404 Not Found"):
        client(later=10).text(url)
    faults.json("/file", "now", kind="text/plain")
    assert client(later=100).text(url, absent=True).value == "now"
    del faults.scripts["/file"]
    gone = client(later=200).text(url, absent=True)
    assert (gone.value, gone.origin.state) == (None, State.OK)
    faults.on("/file", lambda call: call.answer(status="500 x"))
    assert client(later=300).text(url, absent=True).origin.state is State.STALE


def test_an_answer_that_is_not_accepted_replaces_nothing(faults: FaultServer, client: Fetch) -> None:
    """A caller may look at an answer before it is kept: an error with status 200, say."""

    def accept(value: Any) -> int:
        if "errors" in value:
            raise ValueError("it says: limit reached")
        return int(value["count"])

    url = faults.json("/x", '{"count": "3"}')
    assert client().json(url, accept=accept).value == 3
    faults.json("/x", '{"errors": []}')
    found = client(later=100).json(url, accept=accept)
    assert (found.value, found.origin.state, found.origin.error) == (3, State.STALE, "unusable answer: it says: limit reached")


def test_a_time_to_live_of_its_own(faults: FaultServer, client: Fetch) -> None:
    """One answer may count as fresh for longer, or for less long, than the mount's."""
    url = faults.json("/x", GOOD)
    for later, ttl, asked in ((0, None, 1), (100, 600.0, 1), (110, 5.0, 2), (115, None, 2)):
        client(later=later).json(url, ttl=ttl)
        assert faults.asked("/x") == asked


def test_terms_of_its_own(faults: FaultServer, client: Fetch) -> None:
    """One answer may be given less time than the mount's, and its last good one may be allowed to be older, or not as old."""
    url = faults.json("/x", GOOD)
    client().json(url)
    faults.on("/x", faults.slow_body)
    started = time.perf_counter()
    found = client(later=4000).json(url, stale=5000.0, timeout=0.2)
    assert (found.origin.state, found.origin.error) == (State.STALE, "no answer: it took longer than 0.2 seconds")
    assert time.perf_counter() - started < 0.5
    with pytest.raises(FetchError, match=r"it took longer than 0\.2 seconds; the last good answer is older than 1 minute"):
        client(later=100).json(url, stale=60.0, timeout=0.2)


@pytest.mark.parametrize("status", ["403 Forbidden", "429 Too Many Requests"])
@pytest.mark.parametrize("names", [("x_ratelimit_remaining", "x_ratelimit_reset"), ("ratelimit_remaining", "ratelimit_reset")])
def test_a_limit_of_requests(status: str, names: tuple[str, str], faults: FaultServer, client: Fetch) -> None:
    """A service whose limit is used up is waited for if that fits the deadline; else the old answer is shown, and it says until when."""
    url = faults.json("/x", GOOD)
    client().json(url)
    date = "Tue, 24 Nov 2026 12:00:00 GMT"
    soon, late = (str(int((NOW + timedelta(seconds=wait)).timestamp())) for wait in (7, 600))
    waits: list[float] = []
    limits = Limits(deadline=30)
    faults.on("/x", lambda call: call.answer(status=status, date=date, **{names[0]: "0", names[1]: soon}))
    client(later=100, limits=limits, sleep=waits.append).json(url)
    assert waits == [7, 7]
    faults.on("/x", lambda call: call.answer(status=status, date=date, **{names[0]: "0", names[1]: late}))
    found = client(later=100, limits=limits, sleep=waits.append).json(url)
    assert found.origin.error == f"{status}: its limit is used up until 2026-11-24 12:11 UTC"
    assert (found.origin.state, len(waits)) == (State.STALE, 2)


def test_a_second_limit_and_a_plain_refusal(faults: FaultServer, client: Fetch) -> None:
    """A 403 that asks to wait is waited for; one that does not is about rights, and is asked once."""
    waits: list[float] = []
    waiting = faults.on("/wait", lambda call: call.answer(status="403 x", retry_after="2"))
    plain = faults.on("/plain", lambda call: call.answer(status="403 x", x_ratelimit_remaining="40"))
    for url in (waiting, plain):
        with pytest.raises(FetchError, match="answered 403"):
            client(limits=Limits(deadline=30), sleep=waits.append).json(url)
    assert (waits, faults.asked("/plain")) == ([2, 2], 1)


def test_wildcard_hosts() -> None:
    """``*.`` stands for names below a domain, at the boundary of a label; never for a top-level domain or an address in figures."""
    hosts = frozenset(map(listed, ["https://*.example.org", "https://*.Example.com:8443", "https://a.test"]))
    assert sorted(hosts) == ["*.example.com:8443", "*.example.org", "a.test"]
    for url in ("https://a.example.org/x", "https://a.b.example.org", "https://a.example.com:8443", "https://a.test"):
        assert is_listed(target(url), hosts), url
    others = "https://example.org https://badexample.org https://a.example.org:81 https://a.example.com https://b.a.test http://1.2.3.4"
    for url in others.split():
        assert not is_listed(target(url), hosts | {"*.3.4"}), url
    for said in ("https://*.org", "https://*", "https://*.2.3.4", "https://a.*.example.org", "https://*.*.org"):
        with pytest.raises(ValueError, match="its"):
            listed(said)


def test_a_host_that_a_wildcard_lists(faults: FaultServer, client: Fetch) -> None:
    """It is asked, and so is one that it redirects to; a name outside the domain is not, and rebinding is refused as ever."""
    faults.json("/x", GOOD)
    port = faults.port
    faults.on("/in", lambda call: call.answer(status="302 x", location=f"http://b.ci.localhost:{port}/x"))
    faults.on("/out", lambda call: call.answer(status="302 x", location=f"http://ci.localhost:{port}/x"))
    transport = HttpxTransport(resolve=lambda host, port: ["127.0.0.1"])
    hosts = frozenset({f"*.ci.localhost:{port}", f"*.example.org:{port}"})
    one = client(transport=transport, hosts=hosts)
    assert one.json(f"http://a.ci.localhost:{port}/in").value == {"runs": [1, 2]}
    with pytest.raises(FetchError, match="which is not declared"):
        one.json(f"http://a.ci.localhost:{port}/out")
    with pytest.raises(FetchError, match="its name stands for a loopback address"):
        one.json(f"http://a.example.org:{port}/x")
    transport.close()
