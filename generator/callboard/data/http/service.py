"""Asking a service over the network: declared hosts only, redirects checked at every hop, tries, one deadline and a size limit."""

from __future__ import annotations

import math
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, NamedTuple, TypeVar

from callboard import __version__
from callboard.data.http import waiting
from callboard.data.http.addresses import Target, is_listed, target
from callboard.data.http.pace import Pace
from callboard.data.redact import Redactor
from callboard.model import duration
from callboard.model.effects import Request, Response, Transport
from callboard.model.network import Network

T = TypeVar("T")

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_EXPLAINED: Final = frozenset({400, 422})
"""Statuses whose body says why a question was refused, where a question can tell."""
_MOST_FAILURES: Final = 3
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
PUBLIC: Final = {
    "user-agent": f"callboard/{__version__}",
    "accept": "application/json, application/yaml;q=0.9, text/csv;q=0.9, */*;q=0.5",
    "accept-encoding": "gzip",
}
"""Sent to every origin; all other headers go to the first one only."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost. Seconds and bytes."""

    deadline: float = 30.0
    """From the first try to the last byte."""
    size: int = 20_000_000
    """Of the body, unpacked."""
    tries: int = 3
    redirects: int = 5
    backoff: float = 0.5
    """Before the second try; twice as long before the third; half of it by chance, so that builds that failed together do not
    come again together."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent, and which statuses beside the good ones are an answer, then without body."""

    headers: Mapping[str, str]
    content: bytes = b""
    """JSON to POST; GET if there is none."""
    answers: frozenset[int] = frozenset()
    timeout: float | None = None
    """Seconds for all tries; None is the service's limit."""
    explain: Callable[[bytes], str] | None = None
    """Finds in what comes with 400 and 422 why the service refused; "" if it does not say."""
    limit: int | None = None
    """The most bytes of the body, unpacked; None is the service's limit."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer with a good status; or 304 to a conditional request, or what the question says is an answer: without body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Until(NamedTuple):
    """The end of one fetch on the clock, and how many seconds it may take in all."""

    at: float
    seconds: float


class Trouble(Exception):
    """A service gave no good answer. ``said`` is what it did, ``words`` why; ``wait`` is set where another try may help."""

    def __init__(self, said: str, words: str, *, wait: float | None = None, silent: bool = False) -> None:
        super().__init__(words)
        self.said, self.words, self.wait, self.silent = said, words, wait, silent
        self.tries = 0

    @property
    def error(self) -> str:
        """For a badge: ``503 Service Unavailable``, ``no answer: the connection was refused``."""
        said = {"gave no answer": "no answer: ", "gave an unusable answer": "unusable answer: "}
        return said.get(self.said, "") + self.words

    def sentence(self, host: str) -> str:
        """For a message, without its end."""
        return f"{host} {self.said}{'' if self.said == 'answered' else ':'} {self.words}"


def unusable(error: ValueError) -> Trouble:
    """The Trouble with a complete answer that its parser refused."""
    return Trouble("gave an unusable answer", str(error).rstrip("."))


def lasting(pace: Pace, seconds: float) -> float:
    """How long a question may take that has so many seconds: not longer than the build asks at all. Raises Trouble: it does no more."""
    left = pace.left
    if left <= 0:
        raise Trouble(
            "was not asked", f"all that this build asks has taken {duration.words(pace.total)}, as long as network.total allows"
        )
    return seconds if seconds <= left else float(math.ceil(left))


@dataclass(frozen=True, slots=True)
class Way:
    """How requests go out: over what, where they may go, how fast; and what a test replaces."""

    transport: Transport
    hosts: frozenset[str]
    """``example.com`` or ``example.com:8080``, lower-cased."""
    network: Network
    pace: Pace
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    """From 0 to 1."""


class Service:
    """Asks for one mount. ``now`` is seconds since 1970."""

    def __init__(self, way: Way, *, redactor: Redactor, now: float, limits: Limits) -> None:
        self._way, self._redactor, self._now, self._limits = way, redactor, now, limits
        self._monotonic = way.monotonic
        self._lock = threading.Lock()
        self._failures: dict[str, int] = {}
        self._closed: dict[str, str] = {}

    def ask(self, first: Target, question: Question, accept: Callable[[Reply], T]) -> tuple[T, int]:
        """What ``accept`` makes of the answer, and how many tries it took.

        What is sent goes to the origin of ``first`` only. ``accept`` refuses an answer with a ValueError. Raises Trouble.
        """
        if first.authority in self._closed:
            raise Trouble("was not asked again", self._closed[first.authority])
        self._permit(first)
        sent = replace(question, headers=PUBLIC | _checked(question.headers))
        seconds = lasting(self._way.pace, self._limits.deadline if question.timeout is None else question.timeout)
        until = _Until(self._monotonic() + seconds, seconds)
        tries = 0
        while True:
            tries += 1
            try:
                found = self._once(first, sent, accept, until)
            except Trouble as trouble:
                trouble.tries = tries
                pause = self._pause(tries, trouble.wait)
                if trouble.wait is None or tries >= self._limits.tries or self._monotonic() + pause >= until.at:
                    self._note(first.authority, trouble)
                    raise
                self._way.sleep(pause)
            else:
                with self._lock:
                    self._failures.pop(first.authority, None)
                return found, tries

    def _pause(self, tries: int, wait: float | None) -> float:
        """Seconds before the next try: never less than a service asked for."""
        backoff: float = self._limits.backoff * 2 ** (tries - 1)
        return max(wait or 0.0, backoff / 2) + self._way.chance() * backoff / 2

    def _note(self, place: str, trouble: Trouble) -> None:
        """A service that is down, or wants us to wait, is not asked a hundred times more in this build."""
        with self._lock:
            if trouble.silent:
                self._failures[place] = self._failures.get(place, 0) + 1
            if trouble.wait is not None and trouble.wait >= self._limits.deadline:
                self._closed[place] = trouble.words
            elif self._failures.get(place, 0) >= _MOST_FAILURES:
                self._closed[place] = f"it failed {_MOST_FAILURES} times just now, the last time because {trouble.words}"

    def _once(self, first: Target, sent: Question, accept: Callable[[Reply], T], until: _Until) -> T:
        at = first
        for _ in range(self._limits.redirects + 1):
            self._permit(at)
            response = self._send(at, sent, until)
            try:
                location = response.headers.get("location", "")
                if response.status not in _REDIRECTS or not location:
                    return self._taken(response, sent, accept, until)
            finally:
                response.close()
            if sent.content:
                raise Trouble("gave no answer", "it redirects, which is not followed with what is posted")
            following = self._redirected(at, location)
            if following.origin != at.origin:
                sent = replace(sent, headers=PUBLIC)
            at = following
        raise Trouble("gave no answer", f"it redirects more than {self._limits.redirects} times")

    def _permit(self, at: Target) -> None:
        if not is_listed(at, self._way.hosts):
            raise Trouble("was not asked", "this host is not declared; name it under hosts: in plugin.yaml")

    def _send(self, at: Target, sent: Question, until: _Until) -> Response:
        turn = self._way.pace.turn(at.authority, self._left(until))
        if turn is None:
            words = f"{self._way.pace.rate:g} requests a second go to it, and its turn would come too late"
            raise Trouble("was not asked", words)
        if turn:
            self._way.sleep(turn)
        method = "POST" if sent.content else "GET"
        request = Request(method, at.url, sent.headers, self._left(until), sent.content, self._way.network)
        try:
            return self._way.transport.send(request)
        except OSError as error:
            raise self._silence(error, until) from None

    def _redirected(self, at: Target, location: str) -> Target:
        try:
            following = target(location, at.url)
        except ValueError as error:
            raise Trouble("gave no answer", f"it redirects, but {error}") from None
        if at.scheme == "https" and following.scheme != "https":
            raise Trouble("gave no answer", "it redirects from https to http")
        if not is_listed(following, self._way.hosts):
            host = self._redactor.struck(following.authority)
            raise Trouble("gave no answer", f'it redirects to the host "{host}", which is not declared')
        if following.origin != at.origin and self._redactor.struck(following.url) != following.url:
            raise Trouble("gave no answer", "it redirects a secret to another host")
        return following

    def _taken(self, response: Response, sent: Question, accept: Callable[[Reply], T], until: _Until) -> T:
        asked_if = "if-none-match" in sent.headers or "if-modified-since" in sent.headers
        if response.status in sent.answers or (response.status == HTTPStatus.NOT_MODIFIED and asked_if):
            _drain(response)
            return accept(Reply(response.status, response.headers, b""))
        if not 200 <= response.status < 300 or response.status == HTTPStatus.PARTIAL_CONTENT:
            raise self._refused(response, until, sent.explain if response.status in _EXPLAINED else None)
        body = self._read(response.chunks, until, self._limits.size if sent.limit is None else sent.limit)
        try:
            return accept(Reply(response.status, response.headers, body))
        except ValueError as error:
            raise unusable(error) from None

    def _refused(self, response: Response, until: _Until, explain: Callable[[bytes], str] | None) -> Trouble:
        try:
            words = f"{response.status} {HTTPStatus(response.status).phrase}"
        except ValueError:
            words = f"status {response.status}"
        reset = waiting.reset(response.status, response.headers, self._now)
        if reset is None and not waiting.retried(response.status, response.headers):
            why = explain(self._read(response.chunks, until, self._limits.size)) if explain else ""
            return Trouble("answered", f"{words}: {self._redactor.struck(why)}" if why else words)
        wait = waiting.retry_after(response.headers, self._now) if reset is None else reset
        if wait >= until.seconds:
            again = datetime.fromtimestamp(self._now + wait, UTC)
            words += (
                f" and asks to wait {duration.words(wait)}"
                if reset is None
                else f": its limit is used up until {again:%Y-%m-%d %H:%M} UTC"
            )
        return Trouble("answered", words, wait=wait)

    def _read(self, chunks: Iterator[bytes], until: _Until, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise Trouble("gave an unusable answer", f"it is larger than {limit:,} bytes")
                parts.append(chunk)
                self._left(until)
        except OSError as error:
            raise self._silence(error, until) from None
        return b"".join(parts)

    def _left(self, until: _Until) -> float:
        left = until.at - self._monotonic()
        if left <= 0:
            raise _late(until)
        return left

    def _silence(self, error: OSError, until: _Until) -> Trouble:
        if self._monotonic() >= until.at:
            return _late(until)
        wait = None if isinstance(error, PermissionError) else 0.0
        words = self._redactor.struck(error.strerror or str(error) or type(error).__name__)
        return Trouble("gave no answer", words, wait=wait, silent=True)


def _late(until: _Until) -> Trouble:
    return Trouble("gave no answer", f"it took longer than {until.seconds:g} seconds", silent=True)


def _drain(response: Response) -> None:
    """Read what is left of a short answer that nobody looks at: its connection can be used again then."""
    with suppress(OSError):
        for _ in zip(range(4), response.chunks, strict=False):
            pass


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise Trouble("was not asked", f"the header {name!r} holds a character that HTTP does not allow")
    return {name.lower(): value for name, value in headers.items()}
