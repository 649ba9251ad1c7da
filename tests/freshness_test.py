"""How long answers last: what their headers say, what somebody said, Vary, turns, and pauses left to chance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from callboard.data.asking.client import Client
from callboard.data.cache import MemoryCache
from callboard.data.http.freshness import directives, lifetime
from callboard.data.http.pace import Pace
from callboard.data.http.service import Limits
from callboard.model.dataset import State
from callboard.model.secret import Secret
from callboard.plugin import FetchError, Paging

if TYPE_CHECKING:
    from tests.faultserver import Call, FaultServer

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
GOOD = '{"runs": [1, 2]}'
Fetch = Callable[..., Client]
HOUR = 3600


@pytest.fixture
def client(asks: Fetch) -> Fetch:
    """Makes a client of one build, ``later`` seconds after the first; nobody said how long answers last."""
    cache = MemoryCache()

    def make(*, later: float = 0, **changed: Any) -> Client:
        said: dict[str, Any] = {"now": NOW + timedelta(seconds=later), "limits": Limits(deadline=10, backoff=0.01)}
        return asks(cache, **({"ttl": 3600.0, "stale": 86400.0} | said | changed))

    return make


def http_date(later: float = 0) -> str:
    return f"{NOW + timedelta(seconds=later):%a, %d %b %Y %H:%M:%S} GMT"


LASTING: dict[str, tuple[dict[str, str], int]] = {
    "nothing said": ({}, HOUR),
    "max-age": ({"cache_control": "max-age=600"}, 600),
    "longer": ({"cache_control": "max-age=7200, private"}, 7200),
    "in capitals and quotes": ({"cache_control": 'Public, Max-Age="600"'}, 600),
    "said twice": ({"cache_control": "max-age=600, max-age=7200"}, 600),
    "age": ({"cache_control": "max-age=600", "age": "200"}, 400),
    "no age": ({"cache_control": "max-age=600", "age": "old"}, 600),
    "zero": ({"cache_control": "max-age=0"}, 0),
    "negative": ({"cache_control": "max-age=-5"}, 0),
    "no number": ({"cache_control": "max-age=soon"}, 0),
    "beyond all numbers": ({"cache_control": f"max-age={'9' * 400}"}, 10 * HOUR),
    "no-cache": ({"cache_control": "no-cache, max-age=600"}, 0),
    "no-cache of a field": ({"cache_control": 'no-cache="set-cookie, x", max-age=600'}, 0),
    "must-revalidate": ({"cache_control": "max-age=600, must-revalidate"}, 600),
    "for shared caches": ({"cache_control": "s-maxage=1, max-age=600"}, 600),
    "shared only": ({"cache_control": "s-maxage=1"}, HOUR),
    "a value that holds words": ({"cache_control": 'community="max-age=0, no-cache", max-age=600'}, 600),
    "expires": ({"expires": http_date(600), "date": http_date()}, 600),
    "expires by its own clock": ({"expires": http_date(100_600), "date": http_date(100_000)}, 600),
    "expires without a date": ({"expires": http_date(600)}, 600),
    "expired": ({"expires": http_date(-600), "date": http_date()}, 0),
    "expires: 0": ({"expires": "0"}, 0),
    "max-age before expires": ({"expires": "0", "cache_control": "max-age=600"}, 600),
    "last-modified guesses nothing": ({"last_modified": http_date(-90 * 86400)}, HOUR),
}


@pytest.mark.parametrize("case", LASTING)
def test_what_answers_say(case: str, faults: FaultServer, client: Fetch) -> None:
    """An answer is used until its headers say, and asked for again a moment later; an hour where they say nothing."""
    headers, seconds = LASTING[case]
    url = faults.json("/x", GOOD, **headers)
    client().json(url)
    client(later=seconds).json(url)
    assert faults.asked("/x") == 1
    if seconds < 10 * HOUR:
        client(later=seconds + 1).json(url)
        assert faults.asked("/x") == 2


@pytest.mark.parametrize(
    "headers", [{"cache_control": "max-age=0, no-cache"}, {"expires": "0"}, {"cache_control": "max-age=99999"}]
)
def test_what_somebody_said_wins(headers: dict[str, str], faults: FaultServer, client: Fetch) -> None:
    """A ttl of a source or a manifest stands, whatever an answer says."""
    url = faults.json("/x", GOOD, **headers)
    for changed, asked in (({"ttl": 60.0, "said": ["ttl"]}, {}), ({}, {"ttl": 60.0})):
        before = faults.asked("/x")
        client(refresh="*").json(url)
        assert client(later=60, **changed).json(url, **asked).origin.ttl == 60.0
        assert faults.asked("/x") == before + 1
        client(later=61, **changed).json(url, **asked)
        assert faults.asked("/x") == before + 2


def test_no_store_stands_against_all(faults: FaultServer, client: Fetch) -> None:
    """Whatever ttl somebody said: the answer is used in this build only."""
    url = faults.json("/x", GOOD, cache_control="no-store, max-age=600")
    one = client()
    for _ in range(2):
        one.json(url, ttl=600.0)
    client(later=1).json(url, ttl=600.0)
    assert faults.asked("/x") == 2


def test_no_store_of_one_part(faults: FaultServer, client: Fetch) -> None:
    """A list of which one part may not be kept is not kept."""
    by = Paging(link=True)
    last = faults.json("/last", "[2]", cache_control="no-store")
    url = faults.json("/first", "[1]", link=f'<{last}>; rel="next"')
    for later in (0, 1):
        assert client(later=later).pages(url, by=by).value == [1, 2]
    assert faults.asked("/first") == 2
    faults.json("/last", "[2]")
    for later in (2, 3):
        client(later=later).pages(url, by=by)
    assert faults.asked("/first") == 3


def test_a_confirmation_brings_new_headers(faults: FaultServer, client: Fetch) -> None:
    """304 says anew how long the kept answer lasts (RFC 9111 §4.3.4); its body and type stay."""
    lasts = ["max-age=10"]

    def script(call: Call) -> None:
        more = {"etag": '"v1"', "cache_control": lasts[0]}
        if call.headers.get("if-none-match") == '"v1"':
            call.answer(status="304 Not Modified", kind="text/html", length=0, **more)
        else:
            call.answer(GOOD.encode(), **more)

    url = faults.on("/x", script)
    client().json(url)
    lasts[0] = "max-age=1000"
    assert client(later=11).json(url).value == {"runs": [1, 2]}
    assert client(later=1011).json(url).origin.ttl == 1000.0
    assert faults.asked("/x") == 2


@pytest.mark.parametrize("etag", ['W/"weak"', '"a,b"', "unquoted", '""', '"' + "x" * 5000 + '"', '"ümlaut"'])
def test_etags_of_all_kinds(etag: str, faults: FaultServer, client: Fetch) -> None:
    """An ETag comes back as it was sent; one that cannot be sent costs a fresh answer, never the build."""
    asked: list[str | None] = []

    def script(call: Call) -> None:
        asked.append(call.headers.get("if-none-match"))
        call.answer(GOOD.encode(), etag=etag, cache_control="max-age=0")

    url = faults.on("/x", script)
    for later in (0, 10):
        found = client(later=later).json(url)
        assert found.value == {"runs": [1, 2]}
        assert found.origin.as_of == NOW + timedelta(seconds=later)
    assert asked == [None, etag if etag.isascii() else None]


def test_stale_if_error(faults: FaultServer, client: Fetch) -> None:
    """It makes our own limit shorter, never longer; a limit that somebody said stands."""
    url = faults.json("/x", GOOD, cache_control="max-age=600, stale-if-error=1200")
    client().json(url)
    faults.on("/x", lambda call: call.answer(status="500 x"))
    assert client(later=1800).json(url).origin.state is State.STALE
    with pytest.raises(FetchError, match="the last good answer is older than 30 minutes"):
        client(later=1801).json(url)
    assert client(later=1801).json(url, stale=9000.0).origin.state is State.STALE
    assert client(later=1801, said=["stale"]).json(url).origin.state is State.STALE
    with pytest.raises(FetchError, match="older than 10 minutes"):
        client(later=700, stale=600.0).json(url)


def test_vary(faults: FaultServer, client: Fetch) -> None:
    """A kept answer is used for requests that say the same in the headers that it names; secrets are compared by a mark."""
    url = faults.json("/x", GOOD, vary="Accept-Language, X-Key", cache_control="max-age=600")
    said = {"accept-language": "en", "x-key": Secret("abcdef")}
    client().json(url, headers=said)
    client(later=1).json(url, headers=said)
    assert faults.asked("/x") == 1
    client(later=2).json(url, headers={**said, "accept-language": "de"})
    client(later=3).json(url, headers={**said, "x-key": Secret("ghijkl")})
    assert faults.asked("/x") == 3


def test_vary_names_what_every_request_says(faults: FaultServer, client: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of Callboard is another user agent: where an answer depends on it, it is asked for again."""
    from callboard.data.asking import fetching as room

    url = faults.json("/x", GOOD, vary="user-agent")
    plain = faults.json("/plain", GOOD, vary="accept-encoding")
    for address in (url, plain):
        client().json(address)
    monkeypatch.setattr(room, "PUBLIC", {**room.PUBLIC, "user-agent": "callboard/99"})
    for address in (url, plain):
        client(later=1).json(address)
    assert (faults.asked("/x"), faults.asked("/plain")) == (2, 1)


def test_vary_on_everything(faults: FaultServer, client: Fetch) -> None:
    """With ``*`` an answer is never fresh, whatever ttl somebody said; but it may stand for a failure."""
    url = faults.json("/x", GOOD, vary="*", cache_control="max-age=600")
    client().json(url)
    client(later=1).json(url, ttl=600.0)
    assert faults.asked("/x") == 2
    faults.on("/x", lambda call: call.answer(status="500 x"))
    assert client(later=2).json(url).origin.state is State.STALE


def test_directives_are_read_in_no_time() -> None:
    """However long and odd the header is."""
    assert directives({"cache-control": "a" * 100_000 + ',"' * 100_000 + "max-age=1"}) is not None
    assert lifetime({"cache-control": ", ,max-age=5,"}, 0) == 5


# Turns


def test_a_host_is_not_asked_faster_than_it_may(faults: FaultServer, client: Fetch) -> None:
    """All clients of a build share one rate a host: after what may go at once, requests wait for their turn."""
    waits: list[float] = []
    pace = Pace(10, monotonic=lambda: 100.0)
    one, two = (client(pace=pace, sleep=waits.append) for _ in range(2))
    for number in range(13):
        one.json(faults.json(f"/one{number}", GOOD))
        two.json(faults.json(f"/two{number}", GOOD))
    assert [round(wait, 3) for wait in waits] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


def test_a_turn_that_comes_too_late(faults: FaultServer, client: Fetch) -> None:
    """A request whose turn would come after its deadline is not sent, and says so."""
    pace = Pace(0.01, monotonic=lambda: 100.0)
    client(pace=pace).json(faults.json("/x", GOOD))
    with pytest.raises(FetchError, match=r"was not asked: 0\.01 requests a second go to it, and its turn would come too late"):
        client(pace=pace).json(faults.json("/y", GOOD))
    assert faults.asked("/y") == 0


def test_turns_come_back() -> None:
    """Who has waited may ask again at once; each host has turns of its own."""
    clock = [0.0]
    pace = Pace(2, monotonic=lambda: clock[0])
    assert [pace.turn("a", 9) for _ in range(6)] == [0, 0, 0, 0, 0.5, 1.0]
    assert pace.turn("b", 9) == 0
    clock[0] = 10.0
    assert [pace.turn("a", 9) for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_a_part_of_each_pause_is_left_to_chance(faults: FaultServer, client: Fetch) -> None:
    """Builds that failed together do not come again together; nobody comes sooner than a service asked for."""
    limits = Limits(deadline=30, backoff=1.0)
    plain = faults.on("/plain", lambda call: call.answer(status="503 x"))
    asking = faults.on("/asking", lambda call: call.answer(status="503 x", retry_after="5"))
    for chance, url, wanted in ((0.0, plain, [0.5, 1.0]), (1.0, plain, [1.0, 2.0]), (0.5, asking, [5.25, 5.5])):
        waits: list[float] = []
        with pytest.raises(FetchError):
            client(limits=limits, sleep=waits.append, chance=lambda chance=chance: chance).json(url)  # type: ignore[misc]
        assert waits == wanted
