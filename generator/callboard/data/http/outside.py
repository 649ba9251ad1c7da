"""Links to other sites: whether somebody answers there. Politely: one question a second to a host, the first of them without a body."""

from __future__ import annotations

import fnmatch
import json
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal, NamedTuple

from callboard import __version__
from callboard.data.cache import CacheStore
from callboard.data.http import waiting
from callboard.data.http.addresses import Target, is_local, refusal, target
from callboard.model.effects import Request, Response, Transport
from callboard.model.network import Network

AGENT: Final = f"callboard/{__version__} (link check)"
_HEADERS: Final = {"user-agent": AGENT, "accept": "*/*", "accept-encoding": "gzip"}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CLOSED: Final = frozenset({401, 402, 403, 407, 408, 425, 429, 451, 999})
"""Statuses of hosts that do not let us look, or not now: what they hide may well be there."""
_GONE_UNHEARD: Final = frozenset({400, 403, 404, 405, 406, 410, 501})
"""Statuses after which the question is asked once more with GET: not every host knows HEAD."""
_KEPT: Final = 7 * 86_400
"""Seconds for which it is believed that a link works."""
_LONGEST_WAIT: Final = 30.0
_HOPS: Final = 5
_AT_ONCE: Final = 8
"""Hosts that are asked at the same time."""


class Heard(NamedTuple):
    """What came of one address."""

    url: str
    state: Literal["ok", "broken", "unknown"]
    """``unknown`` if it could not be checked."""
    said: str
    """``404 Not Found``, ``no answer within 20 seconds``."""


@dataclass(frozen=True, slots=True)
class Way:
    """Over what, in which way, when (seconds since 1970), and what is not asked. ``pause`` is seconds between questions to one host."""

    transport: Transport
    network: Network
    cache: CacheStore
    now: float
    offline: bool = False
    ignore: Sequence[str] = ()
    allow: Sequence[str] = ()
    pause: float = 1.0
    timeout: float = 20.0
    sleep: Callable[[float], None] = time.sleep


class _Wait(Exception):
    """A host wants to be left alone for longer than we wait."""


def ask(urls: Iterable[str], way: Way, told: Callable[[int], None] = lambda _: None) -> dict[str, Heard]:
    """What came of each address; those that ``ignore`` names are left out. ``told`` hears how many more are done."""
    found: dict[str, Heard] = {}
    hosts: dict[str, list[tuple[str, Target]]] = {}
    for url in dict.fromkeys(urls):
        if any(fnmatch.fnmatchcase(url, pattern) for pattern in way.ignore):
            continue
        heard = _known(url, way)
        if heard is not None:
            found[url] = heard
            continue
        try:
            at = target(url.partition("#")[0])
        except ValueError as error:
            found[url] = Heard(url, "broken", str(error))
            continue
        if amiss := _private(url, at, way):
            found[url] = Heard(url, "unknown", amiss)
        else:
            hosts.setdefault(at.authority, []).append((url, at))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for part in pool.map(lambda asked: _host(asked, way), hosts.values()):
            found |= part
            told(len(part))
    return found


def _private(url: str, at: Target, way: Way) -> str:
    """Why an address that anybody may write into a text is not asked from this machine; "" if it is."""
    if any(fnmatch.fnmatchcase(url, pattern) for pattern in way.allow):
        return ""
    if is_local(at):
        return "not asked: it is this machine"
    with suppress(ValueError):
        if amiss := refusal(at.host.strip("[]"), "host.invalid"):
            return f"not asked: {amiss}"
    return ""


def _host(asked: Sequence[tuple[str, Target]], way: Way) -> dict[str, Heard]:
    """The answers of one host, asked one after the other."""
    found: dict[str, Heard] = {}
    closed = ""
    for number, (url, at) in enumerate(asked):
        if closed:
            found[url] = Heard(url, "unknown", closed)
            continue
        if number:
            way.sleep(way.pause)
        try:
            found[url] = _one(url, at, way)
        except _Wait as wait:
            closed = str(wait)
            found[url] = Heard(url, "unknown", closed)
        else:
            _keep(found[url], way)
    return found


def _one(url: str, at: Target, way: Way) -> Heard:
    """Asks without a body first, with one if that is not understood, and once more after a short wait that the host asks for."""
    try:
        status = _status("HEAD", at, way)
        if status in _GONE_UNHEARD:
            way.sleep(way.pause)
            status = _status("GET", at, way)
    except TimeoutError:
        return Heard(url, "unknown", f"no answer within {way.timeout:g} seconds")
    except _Circle as circle:
        return Heard(url, "broken", str(circle))
    except OSError as error:
        if isinstance(error, socket.gaierror) or isinstance(error.__cause__, socket.gaierror) or _nameless(error):
            return Heard(url, "broken", f"there is no host {at.host}")
        return Heard(url, "unknown", f"no answer: {error.strerror or error or type(error).__name__}")
    return Heard(url, _judged(status), _words(status))


class _Circle(Exception):
    """Redirects without an end, or to nowhere."""


def _status(method: str, first: Target, way: Way) -> int:
    """The status at the end of all redirects. Raises OSError, ``_Circle``, ``_Wait``."""
    at, waited = first, False
    for _ in range(_HOPS + 1):
        response = way.transport.send(Request(method, at.url, _HEADERS, way.timeout, network=way.network))
        try:
            status, location = response.status, response.headers.get("location", "")
            wait = _asked_to_wait(response, way)
        finally:
            response.close()
        if wait is not None and not waited:
            if wait > _LONGEST_WAIT:
                raise _Wait(f"{_words(status)}, and asks to wait {wait:g} seconds")
            way.sleep(max(wait, way.pause))
            waited = True
        elif status in _REDIRECTS and location:
            try:
                at = target(location, at.url)
            except ValueError as error:
                raise _Circle(f"it redirects, but {error}") from None
            if amiss := _private(at.url, at, way):
                raise _Circle(f"it redirects to an address that is {amiss}")
        else:
            return status
    if waited:
        raise _Wait("it asks to wait again and again")
    raise _Circle(f"it redirects more than {_HOPS} times")


def _asked_to_wait(response: Response, way: Way) -> float | None:
    if not waiting.retried(response.status, response.headers) or "retry-after" not in response.headers:
        return None
    return waiting.retry_after(response.headers, way.now)


def _nameless(error: OSError) -> bool:
    words = str(error).lower()
    return "name or service not known" in words or "nodename nor servname" in words or "no address associated" in words


def _judged(status: int) -> Literal["ok", "broken", "unknown"]:
    if status < 400:
        return "ok"
    return "unknown" if status in _CLOSED or status >= 500 else "broken"


def _words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"status {status}"


def _known(url: str, way: Way) -> Heard | None:
    """What is known of an address: a week long that it works; without a network all that is."""
    content = way.cache.get("callboard", f"link {url}")
    try:
        kept = json.loads(content) if content else None
    except ValueError:
        kept = None
    if kept is not None and (way.offline or (kept["state"] == "ok" and way.now - kept["at"] < _KEPT)):
        return Heard(url, kept["state"], kept["said"])
    return Heard(url, "unknown", "not asked: offline") if way.offline else None


def _keep(heard: Heard, way: Way) -> None:
    text = json.dumps({"state": heard.state, "said": heard.said, "at": int(way.now)})
    way.cache.set("callboard", f"link {heard.url}", text.encode())
