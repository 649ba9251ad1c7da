"""Asks services, databases and commands for one mount: what is sent, and what stands for the question in the cache."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, NamedTuple, TypeVar

from callboard.data.asking import paging
from callboard.data.asking.answers import ABSENT, Ask, Body, Failed, Fetched, Got, HttpAsk, Kept, Terms, body_of, headers_of
from callboard.data.asking.gathering import Gathering
from callboard.data.asking.keeping import Keeping
from callboard.data.asking.lasting import Lasting
from callboard.data.asking.paging import Listed, Read, Walk
from callboard.data.asking.recorded import Recorder, Replay, Scripted, title, titled
from callboard.data.cache import CacheStore, StoredAnswer
from callboard.data.http import freshness
from callboard.data.http.addresses import target
from callboard.data.http.pace import Pace
from callboard.data.http.service import PUBLIC, Limits, Question, Reply, Service, Trouble, Way, lasting, unusable
from callboard.data.redact import Redactor
from callboard.model.dataset import Origin, SourceRun, State
from callboard.model.effects import Transport
from callboard.model.network import Network
from callboard.model.secret import Secret
from callboard.model.source import Paging

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


class _Asked(NamedTuple):
    """What somebody says of one fetch beside its address."""

    headers: Headers
    name: str
    terms: Terms
    secrets: tuple[Secret, ...] = ()
    content: bytes = b""
    absent: bool = False
    alias: str = ""
    explain: Callable[[bytes], str] | None = None
    limit: int | None = None


def _at_once(_: float) -> None:
    """A pause that nobody needs."""


class Fetching:
    """What one mount asks. Thread-safe; the same question is asked once in a build.

    ``hosts`` are ``example.com`` or ``example.com:8080``; ``ttl`` and ``stale`` are seconds; ``refresh`` is "", ``*`` or the name
    of an origin; ``secrets`` are struck out of every message, link and cache key. ``said`` are those of ``ttl`` and ``stale`` that
    somebody said and that so stand, whatever an answer's headers say. ``pace`` is shared by all mounts of a build. ``report`` and
    ``asks`` are the client's.
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
        sleep: Callable[[float], None] | None = None,
        chance: Callable[[], float] = random.random,
        recorder: Recorder | None = None,
    ) -> None:
        self._mount, self._now = mount, int(now.timestamp())
        self._ttl, self._stale, self._said = ttl, stale, frozenset(said)
        self._report, self._asks = report, asks
        self._monotonic, self._limits = monotonic, limits
        self._redactor = Redactor([*secrets, *(network.login[1:] if network.login else ())])
        listed = frozenset(host.lower() for host in hosts)
        self._pace = pace or Pace()
        pause = sleep or (_at_once if isinstance(transport, Scripted) else time.sleep)
        way = Way(transport, listed, network, self._pace, monotonic, pause, chance)
        self._service = Service(way, redactor=self._redactor, now=self._now, limits=limits)
        self._lasting = Lasting(self._now, "" if offline else refresh)
        self._keeping = Keeping(
            cache,
            self._redactor,
            self._lasting,
            namespace=namespace,
            mount=mount,
            now=self._now,
            offline=offline,
            monotonic=monotonic,
            recorder=recorder,
        )
        self._replay = transport if isinstance(transport, Replay) else None

    @property
    def now(self) -> int:
        """The time of this build, in seconds since 1970."""
        return self._now

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
        alias: str = "",
        also: str = "",
        explain: Callable[[bytes], str] | None = None,
        limit: int | None = None,
    ) -> Fetched[T]:
        """GET ``url``, or POST ``content`` (JSON). ``accept`` parses the body; its ValueError (a sentence) means that the answer
        is unusable and is not kept.

        ``ttl``, ``stale`` and ``timeout`` (from the first try to the last byte) are seconds, and stand for this answer instead of
        the mount's. ``secrets`` are those inside of what is asked. ``alias`` is the address that stands for ``url`` in the cache, if
        a part of it changes with time, and ``also`` what else the answer depends on then; ``explain`` finds in what comes with 400
        and 422 why the service refused; ``limit`` is the most bytes of the answer. ``report`` is left to the caller. Raises Failed:
        no answer, not even an old one.
        """
        asked = _Asked(headers or {}, name, Terms(ttl, stale, timeout), tuple(secrets), content, absent, alias, explain, limit)
        ask = self._ask(url, asked)
        if also:
            ask = replace(ask, key=hashlib.sha256(f"{ask.key} {also}".encode()).hexdigest())
        return self._keeping.answer(ask, accept, lambda kept: self._asked(ask, kept, accept))

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
        explain: Callable[[bytes], str] | None = None,
    ) -> Fetched[Listed | None]:
        """GET, or POST ``value`` (plain data), all parts of a list, at most ``most``; ``read`` parses one. As ``fetch`` otherwise.

        The list is one answer: fresh, stale or failed as a whole. ``timeout`` is for each part, and four times it for all of them.
        With ``absent``, None says that there is no list. Raises Failed.
        """
        part = Walk(by, url, value).first()
        terms = Terms(ttl, stale, timeout)
        asked = _Asked(headers or {}, name, terms, tuple(secrets), part.content, absent, explain=explain)
        ask = self._ask(part.url, asked)
        said = f"{ask.key} {by.model_dump_json()} {most}"
        ask = replace(ask, key=hashlib.sha256(said.encode()).hexdigest(), parts=True)
        whole = paging.reader(by, read)

        def accept(body: Body) -> Listed | None:
            return None if body.absent else whole(body)

        def gathered(kept: Kept[Listed | None] | None) -> Got[Listed | None]:
            gathering = Gathering(self._service, self._redactor, ask, self._limits, self._stored, self._now, self._monotonic)
            got = gathering.all(Walk(by, url, value), read, most=most, kept=kept.answer if kept else None)
            return self._keeping.keep(ask, got)

        return self._keeping.answer(ask, accept, gathered)

    def made(
        self,
        origin: Origin,
        question: str,
        work: Callable[[float], bytes],
        *,
        accept: Callable[[Body], T],
        terms: Terms,
        secrets: Iterable[Secret] = (),
        mark: str = "",
        alias: str = "",
    ) -> Fetched[T]:
        """What ``work`` gives to a question of a database or a command, kept and replaced as an answer of a service is.

        ``work`` is given the seconds that it may take, and raises Trouble. With ``mark`` the kept answer is fresh as long as that is
        the same; ``alias`` stands for the question in recordings. Raises Failed: no answer, not even an old one.
        """
        self._redactor.learn(secrets)
        ttl = self._ttl if terms.ttl is None else terms.ttl
        stale = self._stale if terms.stale is None else terms.stale
        key = hashlib.sha256(self._redactor.marked(f"{origin.kind}\n{question}").encode()).hexdigest()
        shown = replace(origin, label=self._redactor.struck(origin.label), ttl=ttl)
        name = title(origin.kind.upper(), origin.name, self._redactor.struck(alias or question).encode())
        ask = Ask(key, shown, ttl, stale, terms.timeout, frozenset({"ttl", "stale"}), mark=mark, titles=(name,))

        def way(kept: Kept[T] | None) -> Got[T]:  # noqa: ARG001  # it is asked whole or not at all
            content = self._redactor.cleaned(self._made(ask, work))
            now = self._now
            answer = StoredAnswer(shown.label, 200, {}, content, mark, fetched_at=now, stored_at=now, name=shown.name, ttl=ttl)
            try:
                return self._keeping.keep(ask, Got(answer, accept(body_of(answer)), "fetched", stored=False, tries=1))
            except ValueError as error:
                raise unusable(error) from None

        return self._keeping.answer(ask, accept, way)

    def _made(self, ask: Ask, work: Callable[[float], bytes]) -> bytes:
        """Where answers are recorded ones, nothing else is asked but files of the site. Raises Trouble."""
        if self._replay is not None:
            content = self._replay.made(ask.titles[0])
            if content is None and not ask.mark:
                raise Trouble("gave no answer", "none is recorded")
            if content is not None:
                return content
        content = work(lasting(self._pace, self._limits.deadline if ask.timeout is None else ask.timeout))
        if len(content) > self._limits.size:
            raise Trouble("gave an unusable answer", f"it is larger than {self._limits.size:,} bytes")
        return content

    def _ask(self, url: str, asked: _Asked) -> HttpAsk:
        self._redactor.learn([*asked.secrets, *(value for value in asked.headers.values() if isinstance(value, Secret))])
        terms, name = asked.terms, asked.name
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
        ask = HttpAsk(
            "",
            origin,
            ttl,
            stale,
            terms.timeout,
            said,
            PUBLIC | self._marked(asked.headers),
            target=found,
            headers=asked.headers,
            content=asked.content,
            absent=asked.absent,
            alias=asked.alias,
            explain=asked.explain,
            limit=asked.limit,
        )
        return replace(ask, key=self._key(ask), titles=self._titles(ask))

    def _titles(self, ask: HttpAsk) -> tuple[str, ...]:
        """What changes with time is left out of an address, but it is recorded as it was, too."""
        whole = titled(self._redactor, ask.target.url, ask.content)
        return (whole, titled(self._redactor, ask.alias, ask.content)) if ask.alias else (whole,)

    def _marked(self, headers: Headers) -> dict[str, str]:
        """Headers with one-way marks for secrets."""
        return {name.lower(): v.digest if isinstance(v, Secret) else self._redactor.marked(v) for name, v in headers.items()}

    def _key(self, ask: HttpAsk) -> str:
        marked = self._marked(ask.headers)
        lines = [
            "GET",
            self._redactor.marked(ask.alias or ask.target.url),
            *(f"{name}: {value}" for name, value in sorted(marked.items())),
        ]
        if ask.content:
            lines += ["POST", hashlib.sha256(self._redactor.marked(ask.content.decode()).encode()).hexdigest()]
        if ask.absent:
            lines.append("or nothing")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _asked(self, ask: HttpAsk, kept: Kept[T] | None, accept: Callable[[Body], T]) -> Got[T]:
        def taken(reply: Reply) -> Got[T]:
            if reply.status == HTTPStatus.NOT_MODIFIED:
                assert kept is not None
                return Got(self._confirmed(ask, kept.answer, reply), kept.value, "revalidated", stored=True)
            answer = self._stored(ask, reply)
            return Got(answer, accept(body_of(answer)), "fetched", stored=False)

        headers = headers_of(ask, kept.answer if kept else None)
        question = Question(headers, ask.content, ABSENT if ask.absent else frozenset(), ask.timeout, ask.explain, ask.limit)
        got, tries = self._service.ask(ask.target, question, taken)
        return self._keeping.keep(ask, replace(got, tries=tries))

    def _confirmed(self, ask: Ask, kept: StoredAnswer, reply: Reply) -> StoredAnswer:
        """The kept answer with what 304 says anew of it (RFC 9111 §4.3.4)."""
        said = {name: value for name, value in reply.headers.items() if name not in _NOT_KEPT | _OF_THE_BODY}
        answer = replace(kept, headers={**kept.headers, **said}, fetched_at=self._now, name=ask.origin.name)
        return replace(answer, ttl=self._lasting.ttl(ask, answer))

    def _stored(self, ask: HttpAsk, reply: Reply) -> StoredAnswer:
        answer = StoredAnswer(
            url=self._redactor.struck(ask.target.href),
            status=reply.status,
            headers={name: self._redactor.struck(value) for name, value in reply.headers.items() if name not in _NOT_KEPT},
            body=self._redactor.cleaned(reply.body),
            etag=self._validator(reply, "etag"),
            last_modified=self._validator(reply, "last-modified"),
            fetched_at=self._now,
            stored_at=self._now,
            name=ask.origin.name,
            asked={name: ask.says.get(name, "") for name in sorted(freshness.varies(reply.headers) - {"*"})},
        )
        return replace(answer, ttl=self._lasting.ttl(ask, answer))

    def _validator(self, reply: Reply, name: str) -> str:
        """What an answer is asked for again with; none if its service put a secret into it."""
        value = reply.headers.get(name, "")
        return value if self._redactor.struck(value) == value else ""
