"""data/paging, data/gathering: lists that services hand out in parts are whole, in order, or not there."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from callboard.data.asking.client import Client
from callboard.data.cache import MemoryCache
from callboard.data.http.service import Limits
from callboard.data.http.transport import HttpxTransport
from callboard.model.dataset import State
from callboard.model.secret import Secret
from callboard.plugin import Answer, FetchError, Paging

if TYPE_CHECKING:
    from tests.faultserver import Call, FaultServer

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
ITEMS = [{"id": number} for number in range(25)]
Asking = Callable[..., Answer]


class Kit:
    """Asks as a plugin does; the same cache over several builds."""

    def __init__(self, transport: HttpxTransport, host: str) -> None:
        self.transport, self.hosts, self.cache, self.now = transport, {host}, MemoryCache(), NOW
        self.size = 20_000_000

    def pages(self, url: str, **given: Any) -> Answer:
        client = Client(
            self.transport,
            self.cache,
            namespace="x",
            mount="x",
            hosts=frozenset(self.hosts),
            now=self.now,
            ttl=60,
            stale=3600,
            report=lambda run: None,
            limits=Limits(deadline=2, size=self.size, backoff=0.01, tries=1),
        )
        return client.pages(url, **given)


@pytest.fixture
def kit(transport: HttpxTransport, faults: FaultServer) -> Kit:
    return Kit(transport, faults.host)


def query(call: Call) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(call.path).query).items()}


def by_link(call: Call) -> None:
    page = int(query(call).get("page", 1))
    if call.headers.get("if-none-match") == f'"{page}"':
        call.answer(status="304 Not Modified")
        return
    following = [f'</list?page={page + 1}&per=10>; rel="next"'] if page < 3 else []
    links = ", ".join(['</list?page=1>; title="a, b"; rel="first"', *following])
    call.answer(json.dumps(ITEMS[(page - 1) * 10 : page * 10]).encode(), Link=links, ETag=f'"{page}"')


def by_token(call: Call) -> None:
    start = int(query(call).get("page-token", "0").removeprefix("t+"))
    following = f"t+{start + 10}" if start + 10 < len(ITEMS) else None
    call.answer(json.dumps({"items": ITEMS[start : start + 10], "next_page_token": following}).encode())


def by_address(call: Call) -> None:
    start = int(query(call).get("from", 0))
    links = {"next": f"?from={start + 10}"} if start + 10 < len(ITEMS) else {}
    call.answer(json.dumps({"items": ITEMS[start : start + 10], "links": links}).encode())


def by_number(call: Call) -> None:
    page, size = int(query(call)["page"]), int(query(call)["per_page"])
    call.answer(json.dumps({"items": ITEMS[page * size : (page + 1) * size]}).encode())


def by_offset(call: Call) -> None:
    """A service that gives 5 items at once at most, whatever it is asked for."""
    asked = query(call)
    start, most = int(asked["offset"]), min(int(asked["limit"]), 5)
    call.answer(json.dumps({"items": ITEMS[start : start + most], "total": len(ITEMS), "limit": most}).encode())


WAYS: dict[str, tuple[Callable[[Call], None], Paging, str]] = {
    "link": (by_link, Paging(link=True), ""),
    "cursor": (by_token, Paging(cursor="next_page_token", parameter="page-token"), "items"),
    "address": (by_address, Paging(cursor="links.next"), "items"),
    "page": (by_number, Paging(page="page", size={"per_page": 10}, start=0), "items"),
    "offset": (by_offset, Paging(offset="offset", limit=10, total="total"), "items"),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_gives_the_whole_list_in_order(kit: Kit, faults: FaultServer, way: str) -> None:
    """Link, cursor, address of the next, number of the page, offset: all items once, kept as one answer."""
    answers, by, items = WAYS[way]
    url = faults.on("/list", answers)
    answer = kit.pages(url, by=by, items=items)
    assert answer.value == ITEMS
    assert answer.complete
    asked = len(faults.calls)
    assert kit.pages(url, by=by, items=items).value == ITEMS
    assert len(faults.calls) == asked


def test_a_list_stands_or_falls_as_a_whole(kit: Kit, faults: FaultServer) -> None:
    """A part that fails costs the new list, not half of it: the last good list stands, with its age; cold there is none."""
    url = faults.on("/list", by_token)
    by = Paging(cursor="next_page_token", parameter="page-token")

    def broken(call: Call) -> None:
        if "page-token" in query(call):
            call.answer(b"{", status="200 OK")
        else:
            call.answer(json.dumps({"items": [{"id": "new"}], "next_page_token": "t+10"}).encode())

    faults.on("/list", broken)
    with pytest.raises(FetchError, match=r"unusable answer: it is not JSON.*nothing was kept"):
        kit.pages(url, by=by, items="items")
    faults.on("/list", by_token)
    assert kit.pages(url, by=by, items="items").value == ITEMS
    faults.on("/list", broken)
    kit.now = NOW + timedelta(minutes=10)
    stale = kit.pages(url, by=by, items="items")
    assert (stale.value, stale.origin.state, stale.origin.as_of) == (ITEMS, State.STALE, NOW)


def test_what_has_not_changed_is_not_sent_again(kit: Kit, faults: FaultServer) -> None:
    """Each part is asked for with its ETag, and the list is as of now."""
    url = faults.on("/list", by_link)
    kit.pages(url, by=Paging(link=True))
    kit.now = NOW + timedelta(minutes=10)
    again = kit.pages(url, by=Paging(link=True))
    assert (again.value, again.origin.as_of) == (ITEMS, kit.now)
    assert [call.headers.get("if-none-match") for call in faults.calls[-3:]] == ['"1"', '"2"', '"3"']


def test_the_most_parts_are_a_limit(kit: Kit, faults: FaultServer) -> None:
    """A list that is longer than asked for says so, from the cache too."""
    url = faults.on("/list", by_link)
    for _ in range(2):
        answer = kit.pages(url, by=Paging(link=True), most=2)
        assert (answer.value, answer.complete) == (ITEMS[:20], False)
    assert faults.asked("/list") == 2


@pytest.mark.parametrize(
    ("by", "body", "words"),
    [
        (Paging(cursor="next", parameter="t"), {"items": [1], "next": "same"}, "lead back to one that was there before"),
        (Paging(cursor="next"), {"items": [1], "next": "/list"}, "lead back to one that was there before"),
        (Paging(cursor="next", parameter="t"), {"items": [1], "next": {"a": 1}}, 'cursor: "next" finds no token'),
        (Paging(page="page", size=1), {"items": [1]}, 'does it know the parameter "page"\\?'),
        (Paging(offset="o", limit=5, total="total"), {"items": [], "total": 3}, "there are 3 items, and has no more after 0"),
        (Paging(offset="o", limit=5, total="total"), {"items": [1], "total": "3"}, 'total: "total" finds no number'),
        (Paging(offset="o", limit=5, total="length(total)"), {"items": [1], "total": 3}, "does not fit it"),
        (Paging(link=True), {"no": [1]}, 'items: "items" finds no list in it'),
        (Paging(cursor="next"), {"items": [1], "next": "https://example.org/x"}, "this host is not declared"),
        (Paging(cursor="next"), {"items": [1], "next": "file:///etc/passwd"}, "does not begin with https://"),
        (Paging(cursor="next"), {"items": [1], "next": "http://x:y@127.0.0.1/"}, "holds credentials"),
    ],
)
def test_a_list_that_cannot_be_read_ends(kit: Kit, faults: FaultServer, by: Paging, body: Any, words: str) -> None:
    """Circles, services that ignore the parameter, totals that are not reached, and ways elsewhere are failures with their reason."""
    faults.json("/list", json.dumps(body))
    with pytest.raises(FetchError, match=words):
        kit.pages(f"{faults.url}/list", by=by, items="items")
    assert faults.asked("/list") <= 2


def test_a_moved_item_is_there_once(kit: Kit, faults: FaultServer) -> None:
    """An item that moved to the next page meanwhile is not shown twice; equal texts stay."""

    def moving(call: Call) -> None:
        offset = int(query(call)["offset"])
        call.answer(json.dumps([[{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 3}], [{"id": 4}]][offset // 2]).encode())

    url = faults.on("/list", moving)
    assert kit.pages(url, by=Paging(offset="offset", limit=2)).value == [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}]
    faults.on("/words", lambda call: call.answer(b'["a", "a"]' if "offset=0" in call.path else b'["a"]'))
    assert kit.pages(f"{faults.url}/words", by=Paging(offset="offset", limit=2)).value == ["a", "a", "a"]


def test_another_host_gets_no_credentials(kit: Kit, faults: FaultServer, transport: HttpxTransport) -> None:
    """A next part at another origin is asked for if its host is declared, without the headers of the first."""
    other = f"localhost:{faults.port}"
    links = f'<http://{other}/more>; rel="prev next"'
    faults.on("/list", lambda call: call.answer(b"[1]", Link=links))
    faults.json("/more", "[2]")
    headers = {"authorization": Secret("token-in-use"), "x-plain": "1"}
    with pytest.raises(FetchError, match="this host is not declared"):
        kit.pages(f"{faults.url}/list", by=Paging(link=True), headers=headers)
    kit.hosts.add(other)
    assert kit.pages(f"{faults.url}/list", by=Paging(link=True), headers=headers).value == [1, 2]
    first, second = faults.calls[-2:]
    assert first.headers["authorization"] == "token-in-use"
    assert not {"authorization", "x-plain"} & second.headers.keys()


def test_a_list_has_limits_as_a_whole(kit: Kit, faults: FaultServer) -> None:
    """Parts that are each in time and small enough end all the same: after four times the time, and twice the size, of one."""
    slow = faults.on("/slow", lambda call: (call.stopped.wait(0.1), endless(call, 10))[1])
    with pytest.raises(FetchError, match=r"all parts of its list took longer than 0\.8 seconds"):
        kit.pages(slow, by=Paging(cursor="next", parameter="n"), items="items", timeout=0.2)
    kit.size = 1000
    large = faults.on("/large", lambda call: endless(call, 600))
    with pytest.raises(FetchError, match="its parts are larger than 2,000 bytes in all"):
        kit.pages(large, by=Paging(cursor="next", parameter="n"), items="items")
    assert faults.asked("/large") == 4


def endless(call: Call, size: int) -> None:
    number = int(query(call).get("n", 0))
    call.answer(json.dumps({"items": ["x" * size], "next": number + 1}).encode())


def test_there_may_be_no_list(kit: Kit, faults: FaultServer) -> None:
    """With ``absent``, a list that is not there is None."""
    url = f"{faults.url}/nothing"
    for _ in range(2):
        assert kit.pages(url, by=Paging(link=True), absent=True).value is None
    assert faults.asked("/nothing") == 1
    with pytest.raises(FetchError, match="404 Not Found"):
        kit.pages(url, by=Paging(link=True))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "this is none"),
        ({"link": True, "cursor": "a"}, "these are 2"),
        ({"link": True, "total": "a"}, "total belongs to page and offset, not to link"),
        ({"page": "p"}, "page needs size"),
        ({"offset": "p"}, "offset needs limit"),
        ({"page": "p", "size": {"a": 1, "b": 2}}, "one parameter with its number"),
    ],
)
def test_paging_goes_one_way(given: dict[str, Any], words: str) -> None:
    """What does not fit together is refused where it is written."""
    with pytest.raises(ValueError, match=words):
        Paging(**given)
