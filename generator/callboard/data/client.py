"""Fetched answers: cached, asked once in a build, and the last good one where a service fails."""

from __future__ import annotations

import functools
import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar

from callboard.data import answers, freshness, paging
from callboard.data.addresses import target
from callboard.data.answers import ABSENT, Ask, Body, Failed, Fetched, Got, HttpAsk, Kept, Settled, Terms, body_of, headers_of
from callboard.data.cache import CacheStore, StoredAnswer
from callboard.data.freshness import Lasting
from callboard.data.gathering import Gathering
from callboard.data.pace import Pace
from callboard.data.paging import Listed, Read, Walk
from callboard.data.redact import Redactor
from callboard.data.service import PUBLIC, Limits, Question, Reply, Service, Trouble, Way, unusable
from callboard.model import duration
from callboard.model.dataset import Origin, SourceRun, State
from callboard.model.effects import Transport
from callboard.model.network import Network
from callboard.model.secret import Secret
from callboard.model.source import Paging
from callboard.plugin import Answer, NotAsked

T = TypeVar("T")
Headers = Mapping[str, str | Secret]

_NOT_KEPT: Final = frozenset(
    {
        "set-cookie",
        "set-cookie2",
        "www-authenticate",
        "proxy-authenticate",
        "connection",
        "transfer-encoding",
        "content-encoding",
        "content-length",
    }
)
_OF_THE_BODY: Final = frozenset({"content-type", "content-language", "content-location", "etag", "last-modified"})
"""What 304 may repeat, but the kept body has already."""
_LIMITS: Final = Limits()
_NETWORK: Final = Network()


class Client:
    """HTTP for one mount. Thread-safe; the same URL is asked once in a build.

    ``hosts`` are ``example.com`` or ``example.com:8080``; ``ttl`` and ``stale`` are seconds; ``refresh`` is "", ``*`` or the name
    of an origin; ``secrets`` are struck out of every message, link and cache key. ``said`` are those of ``ttl`` and ``stale`` that
    somebody said and that so stand, whatever an answer's headers say. ``pace`` is shared by all clients of a build. ``report``
    hears how each ``json`` call went.
    """

    def __init__(
        self,
        transport: Transport,
        cache: CacheStore,
        *,
        namespace: str,
        mount: str,
        hosts: frozenset[str],
        now: datetime,
        ttl: float,
        stale: float,
        report: Callable[[SourceRun], None],
        offline: bool = False,
        asks: bool = True,
        refresh: str = "",
        secrets: Iterable[Secret] = (),
        said: Iterable[str] = (),
        limits: Limits = _LIMITS,
        pace: Pace | None = None,
        network: Network = _NETWORK,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._cache, self._namespace, self._mount = cache, namespace, mount
        self._now, self._ttl, self._stale = int(now.timestamp()), ttl, stale
        self._report, self._offline = report, offline
        self._asks, self._said = asks, frozenset(said)
        self._monotonic, self._limits = monotonic, limits
        self._redactor = Redactor([*secrets, *(network.login[1:] if network.login else ())])
        listed = frozenset(host.lower() for host in hosts)
        way = Way(transport, listed, network, pace or Pace(), monotonic, sleep, chance)
        self._service = Service(way, redactor=self._redactor, now=self._now, limits=limits)
        self._lasting = Lasting(self._now, "" if offline else refresh)
        self._lock = threading.Lock()
        self._flights: dict[str, Future[Settled]] = {}

    @property
    def now(self) -> int:
        """The time of this build, in seconds since 1970."""
        return self._now

    def json(
        self,
        url: str,
        *,
        headers: Headers | None = None,
        name: str = "",
        body: Any = None,
        accept: Callable[[Any], Any] | None = None,
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        absent: bool = False,
    ) -> Answer:
        """GET, or POST ``body``, and parse JSON: see ``callboard.plugin.Http``. Raises FetchError."""
        content = b"" if body is None else paging.posted(body)
        parse = answers.json if accept is None else lambda found: accept(answers.json(found))
        terms = Terms(ttl, stale, timeout)
        return self._told(url, parse, terms, headers=headers, name=name, content=content, absent=absent)

    def text(
        self,
        url: str,
        *,
        headers: Headers | None = None,
        name: str = "",
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        absent: bool = False,
    ) -> Answer:
        """GET a text: see ``callboard.plugin.Http``. Raises FetchError."""
        return self._told(url, answers.text, Terms(ttl, stale, timeout), headers=headers, name=name, absent=absent)

    def _told(self, url: str, parse: Callable[[Body], Any], terms: Terms, *, absent: bool, **asked: Any) -> Answer:
        if not self._asks:
            raise NotAsked("check asks no service.")
        accept = parse if not absent else lambda body: None if body.absent else parse(body)
        try:
            found = self.fetch(url, accept=accept, absent=absent, **terms._asdict(), **asked)
        except Failed as failed:
            self._report(failed.run)
            raise
        self._report(found.run)
        return Answer(found.value, found.origin, found.headers)

    def fetch(
        self,
        url: str,
        *,
        accept: Callable[[Body], T],
        headers: Headers | None = None,
        name: str = "",
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        secrets: Iterable[Secret] = (),
        content: bytes = b"",
        absent: bool = False,
    ) -> Fetched[T]:
        """GET ``url``, or POST ``content`` (JSON). ``accept`` parses the body; its ValueError (a sentence) means that the answer
        is unusable and is not kept.

        ``ttl``, ``stale`` and ``timeout`` (from the first try to the last byte) are seconds, and stand for this answer instead of
        the mount's. ``secrets`` are those inside ``url``. ``report`` is left to the caller. Raises Failed: no answer, not even an
        old one.
        """
        ask = self._ask(url, headers or {}, name, Terms(ttl, stale, timeout), secrets=secrets, content=content, absent=absent)
        return self._shared(ask, accept, lambda kept: self._asked(ask, kept, accept))

    def pages(
        self,
        url: str,
        *,
        by: Paging,
        items: str = "",
        most: int = 50,
        headers: Headers | None = None,
        name: str = "",
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        absent: bool = False,
    ) -> Answer:
        """GET a list that comes in parts: see ``callboard.plugin.Http``. Raises FetchError."""
        if not self._asks:
            raise NotAsked("check asks no service.")
        read = functools.partial(paging.read, items=items)
        try:
            found = self.listed(
                url, by=by, read=read, most=most, headers=headers, name=name, ttl=ttl, stale=stale, timeout=timeout, absent=absent
            )
        except Failed as failed:
            self._report(failed.run)
            raise
        self._report(found.run)
        value = found.value
        if value is None:
            return Answer(None, found.origin, found.headers)
        return Answer(value.items, found.origin, found.headers, complete=value.complete)

    def listed(
        self,
        url: str,
        *,
        by: Paging,
        read: Read,
        most: int = 50,
        value: Any = None,
        headers: Headers | None = None,
        name: str = "",
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        secrets: Iterable[Secret] = (),
        absent: bool = False,
    ) -> Fetched[Listed | None]:
        """GET, or POST ``value`` (plain data), all parts of a list, at most ``most``; ``read`` parses one. As ``fetch`` otherwise.

        The list is one answer: fresh, stale or failed as a whole. ``timeout`` is for each part, and four times it for all of them.
        With ``absent``, None says that there is no list. Raises Failed.
        """
        part = Walk(by, url, value).first()
        terms = Terms(ttl, stale, timeout)
        ask = self._ask(part.url, headers or {}, name, terms, secrets=secrets, content=part.content, absent=absent)
        said = f"{ask.key} {by.model_dump_json()} {most}"
        ask = replace(ask, key=hashlib.sha256(said.encode()).hexdigest())
        whole = paging.reader(by, read)

        def accept(body: Body) -> Listed | None:
            return None if body.absent else whole(body)

        def gathered(kept: Kept[Listed | None] | None) -> Got[Listed | None]:
            gathering = Gathering(self._service, self._redactor, ask, self._limits, self._stored, self._now, self._monotonic)
            got = gathering.all(Walk(by, url, value), read, most=most, kept=kept.answer if kept else None)
            return self._kept_now(ask, got)

        return self._shared(ask, accept, gathered)

    def _shared(self, ask: Ask, accept: Callable[[Body], T], way: Callable[[Kept[T] | None], Got[T]]) -> Fetched[T]:
        """The answer: the kept one while it is fresh, else what ``way`` gets. Whoever asks the same meanwhile waits for it."""
        with self._lock:
            flight = self._flights.get(ask.key)
            if first := flight is None:
                flight = self._flights[ask.key] = Future()
        assert flight is not None
        return self._first(ask, accept, flight, way) if first else self._again(ask, accept, flight.result())

    def _ask(
        self, url: str, headers: Headers, name: str, terms: Terms, *, secrets: Iterable[Secret], content: bytes, absent: bool
    ) -> HttpAsk:
        self._redactor.learn([*secrets, *(value for value in headers.values() if isinstance(value, Secret))])
        ttl = self._ttl if terms.ttl is None else terms.ttl
        stale = self._stale if terms.stale is None else terms.stale
        try:
            found = target(url)
        except ValueError as error:
            origin = Origin(name or "address", "http", name or "address", State.FAILED, error=str(error), ttl=ttl)
            raise Failed(f'"{origin.name}" was not asked: {error}.', SourceRun(self._mount, origin, "failed")) from None
        label = self._redactor.struck(found.authority)
        origin = Origin(name or label, "http", label, href=self._redactor.struck(found.href), ttl=ttl)
        said = self._said | {name for name in ("ttl", "stale") if getattr(terms, name) is not None}
        ask = HttpAsk("", origin, ttl, stale, terms.timeout, said, target=found, headers=headers, content=content, absent=absent)
        return replace(ask, key=self._key(ask))

    def _marked(self, headers: Headers) -> dict[str, str]:
        """Headers with one-way marks for secrets."""
        return {name.lower(): v.digest if isinstance(v, Secret) else self._redactor.marked(v) for name, v in headers.items()}

    def _key(self, ask: HttpAsk) -> str:
        marked = self._marked(ask.headers)
        lines = ["GET", self._redactor.marked(ask.target.url), *(f"{name}: {value}" for name, value in sorted(marked.items()))]
        if ask.content:
            lines += ["POST", hashlib.sha256(self._redactor.marked(ask.content.decode()).encode()).hexdigest()]
        if ask.absent:
            lines.append("or nothing")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _first(
        self, ask: Ask, accept: Callable[[Body], T], flight: Future[Settled], way: Callable[[Kept[T] | None], Got[T]]
    ) -> Fetched[T]:
        try:
            fetched, got = self._fetch(ask, accept, way)
        except Failed as failed:
            flight.set_result(Settled(None, failed.run, str(failed)))
            raise
        except BaseException as error:
            flight.set_exception(error)
            raise
        flight.set_result(Settled(got.answer, fetched.run))
        if got.stored:  # the body need not stay in memory
            light: Future[Settled] = Future()
            light.set_result(Settled(None, fetched.run))
            with self._lock:
                self._flights[ask.key] = light
        return fetched

    def _again(self, ask: Ask, accept: Callable[[Body], T], settled: Settled) -> Fetched[T]:
        origin = replace(settled.run.origin, name=ask.origin.name)
        outcome = "cached" if origin.state is State.OK else settled.run.outcome
        run = replace(settled.run, origin=origin, outcome=outcome, tries=0, seconds=0.0)
        if settled.sentence:
            raise Failed(settled.sentence, run)
        answer = settled.answer or self._cache.answer(self._namespace, ask.key)
        try:
            if answer is None:
                raise ValueError("it is gone from the cache")
            body = body_of(answer)
            return Fetched(accept(body), body, answer.headers, run)
        except ValueError as error:
            raise self._failed(ask, unusable(error)) from None

    def _fetch(self, ask: Ask, accept: Callable[[Body], T], way: Callable[[Kept[T] | None], Got[T]]) -> tuple[Fetched[T], Got[T]]:
        started = self._monotonic()
        kept, refused = self._kept(ask, accept)
        if kept and self._lasting.fresh(ask, kept.answer):
            got = Got(kept.answer, kept.value, "cached", stored=True)
        elif self._offline:
            got = self._last_good(ask, kept, refused, Trouble("was not asked", "offline"), started)
        else:
            try:
                got = way(kept)
            except Trouble as trouble:
                got = self._last_good(ask, kept, refused, trouble, started)
        return self._fetched(ask, got, self._monotonic() - started), got

    def _kept(self, ask: Ask, accept: Callable[[Body], T]) -> tuple[Kept[T] | None, bool]:
        """The answer of the cache, and whether there is one that the parser refuses."""
        answer = self._cache.answer(self._namespace, ask.key)
        if answer is None or not self._fits(answer, ask):
            return None, False
        try:
            return Kept(answer, accept(body_of(answer))), False
        except ValueError:  # kept for another ``select``, say: of no use, not even as a last good answer
            return None, True

    def _fits(self, answer: StoredAnswer, ask: Ask) -> bool:
        """Whether the request says now what it said then, in the headers that ``Vary`` names (RFC 9111 §4.1)."""
        if not answer.asked or not isinstance(ask, HttpAsk):
            return True
        says = PUBLIC | self._marked(ask.headers)
        return all(says.get(name, "") == value for name, value in answer.asked.items())

    def _asked(self, ask: HttpAsk, kept: Kept[T] | None, accept: Callable[[Body], T]) -> Got[T]:
        def taken(reply: Reply) -> Got[T]:
            if reply.status == HTTPStatus.NOT_MODIFIED:
                assert kept is not None
                return Got(self._confirmed(ask, kept.answer, reply), kept.value, "revalidated", stored=True)
            answer = self._stored(ask, reply)
            return Got(answer, accept(body_of(answer)), "fetched", stored=False)

        headers = headers_of(ask, kept.answer if kept else None)
        question = Question(headers, ask.content, ABSENT if ask.absent else frozenset(), ask.timeout)
        got, tries = self._service.ask(ask.target, question, taken)
        return self._kept_now(ask, replace(got, tries=tries))

    def _kept_now(self, ask: Ask, got: Got[T]) -> Got[T]:
        """What was got, kept from now on if its service does not forbid it."""
        stored = got.stored
        if stored:
            self._cache.freshen(self._namespace, ask.key, got.answer)
        elif freshness.storable(got.answer.headers):
            stored = self._cache.keep(self._namespace, ask.key, got.answer)
        return replace(got, stored=stored)

    def _confirmed(self, ask: Ask, kept: StoredAnswer, reply: Reply) -> StoredAnswer:
        """The kept answer with what 304 says anew of it (RFC 9111 §4.3.4)."""
        said = {name: value for name, value in reply.headers.items() if name not in _NOT_KEPT | _OF_THE_BODY}
        answer = replace(kept, headers={**kept.headers, **said}, fetched_at=self._now, name=ask.origin.name)
        return replace(answer, ttl=self._lasting.ttl(ask, answer))

    def _stored(self, ask: HttpAsk, reply: Reply) -> StoredAnswer:
        says = PUBLIC | self._marked(ask.headers)
        answer = StoredAnswer(
            url=self._redactor.struck(ask.target.href),
            status=reply.status,
            headers={name: self._redactor.struck(value) for name, value in reply.headers.items() if name not in _NOT_KEPT},
            body=self._redactor.cleaned(reply.body),
            etag=reply.headers.get("etag", ""),
            last_modified=reply.headers.get("last-modified", ""),
            fetched_at=self._now,
            stored_at=self._now,
            name=ask.origin.name,
            asked={name: says.get(name, "") for name in sorted(freshness.varies(reply.headers) - {"*"})},
        )
        return replace(answer, ttl=self._lasting.ttl(ask, answer))

    def _last_good(self, ask: Ask, kept: Kept[T] | None, refused: bool, trouble: Trouble, started: float) -> Got[T]:
        """The kept answer in place of a new one; offline whatever its age. Raises Failed."""
        tries = 0 if self._offline else trouble.tries
        if kept and (self._offline or self._now - kept.answer.fetched_at <= self._lasting.stale(ask, kept.answer)):
            return Got(kept.answer, kept.value, "stale", stored=True, error=self._redactor.struck(trouble.error), tries=tries)
        rest = "nothing was kept from before"
        if kept:
            rest = f"the last good answer is older than {duration.words(self._lasting.stale(ask, kept.answer))}"
        elif refused:
            rest = "the answer kept from before cannot be used either"
        raise self._failed(ask, trouble, rest, tries=tries, seconds=self._monotonic() - started)

    def _fetched(self, ask: Ask, got: Got[T], seconds: float) -> Fetched[T]:
        origin = replace(
            ask.origin,
            state=State.STALE if got.outcome == "stale" else State.OK,
            as_of=datetime.fromtimestamp(got.answer.fetched_at, UTC),
            error=got.error,
            ttl=self._lasting.ttl(ask, got.answer),
            digest=hashlib.sha256(got.answer.body).hexdigest(),
            size=len(got.answer.body),
        )
        run = SourceRun(self._mount, origin, got.outcome, seconds, got.tries, len(got.answer.body))
        return Fetched(got.value, body_of(got.answer), got.answer.headers, run)

    def _failed(self, ask: Ask, trouble: Trouble, rest: str = "", *, tries: int = 0, seconds: float = 0.0) -> Failed:
        origin = replace(ask.origin, state=State.FAILED, error=self._redactor.struck(trouble.error))
        sentence = self._redactor.struck(trouble.sentence(ask.origin.label) + (f"; {rest}." if rest else "."))
        return Failed(sentence, SourceRun(self._mount, origin, "failed", seconds, tries))
