"""Answers that are kept: fresh ones are not asked for, each is asked for once in a build, and the last good one stands for a failure."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from callboard.data.asking.answers import Ask, Body, Failed, Fetched, Got, Kept, Settled, body_of
from callboard.data.asking.lasting import Lasting
from callboard.data.asking.recorded import Recorder
from callboard.data.cache import CacheStore, StoredAnswer
from callboard.data.http import freshness
from callboard.data.http.service import Trouble, unusable
from callboard.data.redact import Redactor
from callboard.model import duration
from callboard.model.dataset import SourceRun, State

T = TypeVar("T")


class Keeping:
    """The answers of one mount, whoever gives them. Thread-safe."""

    def __init__(
        self,
        cache: CacheStore,
        redactor: Redactor,
        lasting: Lasting,
        *,
        namespace: str,
        mount: str,
        now: int,
        offline: bool,
        monotonic: Callable[[], float],
        recorder: Recorder | None = None,
    ) -> None:
        self._cache, self._redactor, self._lasting = cache, redactor, lasting
        self._namespace, self._mount, self._now = namespace, mount, now
        self._offline, self._monotonic, self._recorder = offline, monotonic, recorder
        self._lock = threading.Lock()
        self._flights: dict[str, Future[Settled]] = {}

    def answer(self, ask: Ask, accept: Callable[[Body], T], way: Callable[[Kept[T] | None], Got[T]]) -> Fetched[T]:
        """The answer: the kept one while it is fresh, else what ``way`` gets. Whoever asks the same meanwhile waits for it."""
        with self._lock:
            flight = self._flights.get(ask.key)
            if first := flight is None:
                flight = self._flights[ask.key] = Future()
        assert flight is not None
        found = None if first else self._again(ask, accept, flight.result())
        # Gone from the cache meanwhile, whose server died, say: asked once more, for this one alone.
        return found or self._first(ask, accept, flight if first else Future(), way)

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

    def _again(self, ask: Ask, accept: Callable[[Body], T], settled: Settled) -> Fetched[T] | None:
        """What somebody else has got meanwhile; None if it is there no more."""
        origin = replace(settled.run.origin, name=ask.origin.name)
        outcome = "cached" if origin.state is State.OK else settled.run.outcome
        run = replace(settled.run, origin=origin, outcome=outcome, tries=0, seconds=0.0)
        if settled.sentence:
            raise Failed(settled.sentence, run)
        answer = settled.answer or self._cache.answer(self._namespace, ask.key)
        if answer is None:
            return None
        try:
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
        if self._recorder is not None:
            self._recorder.note(ask, got.answer, self._redactor)
        return self._fetched(ask, got, self._monotonic() - started), got

    def _kept(self, ask: Ask, accept: Callable[[Body], T]) -> tuple[Kept[T] | None, bool]:
        """The answer of the cache, and whether there is one that the parser refuses."""
        answer = self._cache.answer(self._namespace, ask.key)
        if answer is None or not _fits(answer, ask):
            return None, False
        try:
            return Kept(answer, accept(body_of(answer))), False
        except ValueError:  # kept for another ``select``, say: of no use, not even as a last good answer
            return None, True

    def keep(self, ask: Ask, got: Got[T]) -> Got[T]:
        """What was got, kept from now on if its service does not forbid it."""
        stored = got.stored
        if stored:
            self._cache.freshen(self._namespace, ask.key, got.answer)
        elif freshness.storable(got.answer.headers):
            stored = self._cache.keep(self._namespace, ask.key, got.answer)
        return replace(got, stored=stored)

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


def _fits(answer: StoredAnswer, ask: Ask) -> bool:
    """Whether the request says now what it said then, in the headers that ``Vary`` names (RFC 9111 §4.1)."""
    return all(ask.says.get(name, "") == value for name, value in answer.asked.items())
