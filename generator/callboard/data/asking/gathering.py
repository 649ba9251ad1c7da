"""Asks for all parts of a list, one after the other: all of them are one answer, or none is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final

from callboard.data.asking import paging
from callboard.data.asking.answers import ABSENT, Got, HttpAsk, body_of, headers_of
from callboard.data.asking.paging import Listed, Page, Part, Read, Walk
from callboard.data.asking.recorded import titled
from callboard.data.cache import StoredAnswer
from callboard.data.http.addresses import Target, target
from callboard.data.http.service import Limits, Question, Reply, Service, Trouble, unusable
from callboard.data.redact import Redactor

_TIMES: Final = 4
"""How much longer than one part all of them may take."""


@dataclass(slots=True)
class Gathering:
    """One list being asked for."""

    service: Service
    redactor: Redactor
    ask: HttpAsk
    """The question for the first part."""
    limits: Limits
    store: Callable[[HttpAsk, Reply], StoredAnswer]
    now: int
    """Seconds since 1970."""
    monotonic: Callable[[], float] = time.monotonic
    _known: Mapping[str, StoredAnswer] = field(default_factory=dict)
    _answers: list[StoredAnswer] = field(default_factory=list)
    _pages: list[Page] = field(default_factory=list)
    _tries: int = 0
    _same: int = 0
    """Parts that have not changed since they were kept."""

    def all(self, walk: Walk, read: Read, *, most: int, kept: StoredAnswer | None) -> Got[Listed | None]:
        """The list, of at most ``most`` parts. What was kept of each saves sending what has not changed. Raises Trouble."""
        if kept is not None and kept.status not in ABSENT:
            self._known = {answer.url: answer for answer in paging.unpacked(kept.body)[0]}
        seconds = (self.ask.timeout or self.limits.deadline) * _TIMES
        until = self.monotonic() + seconds
        part: Part | None = walk.first()
        while part is not None and len(self._pages) < most:
            page = self._page(part, read)
            if page is None:
                return self._got(self._answers[0], None)
            part = self._behind(walk, part, page)
            if part is not None and self.monotonic() >= until:
                raise self._trouble("gave no answer", f"all parts of its list took longer than {seconds:g} seconds")
        whole = paging.packed(self._answers, complete=part is None)
        return self._got(whole, paging.listed(walk.by, self._pages, complete=part is None))

    def _got(self, answer: StoredAnswer, value: Listed | None) -> Got[Listed | None]:
        outcome = "revalidated" if self._same == len(self._answers) else "fetched"
        return Got(replace(answer, fetched_at=self.now), value, outcome, stored=False, tries=self._tries)

    def _page(self, part: Part, read: Read) -> Page | None:
        """One part; None if there is no list at all."""
        at = self._target(part)
        mark = self._mark(part)
        known = self._known.get(mark)
        own = at.origin == self.ask.target.origin
        ask = replace(self.ask, target=at, headers=self.ask.headers if own else {}, content=part.content)
        answers = ABSENT if self.ask.absent and not self._pages else frozenset[int]()

        def taken(reply: Reply) -> tuple[StoredAnswer, Page | None]:
            if reply.status == HTTPStatus.NOT_MODIFIED and known is not None:
                self._same += 1
                return known, read(body_of(known))
            answer = replace(self.store(ask, reply), url=mark)
            return answer, None if reply.status in ABSENT else read(body_of(answer))

        question = Question(headers_of(ask, known), part.content, answers, ask.timeout, ask.explain)
        (answer, page), tries = self.service.ask(at, question, taken)
        self._tries += tries
        self._answers.append(answer)
        if page is not None:
            self._pages.append(page)
        if sum(len(answer.body) for answer in self._answers) > self.limits.size * 2:
            raise self._trouble("gave an unusable answer", f"its parts are larger than {self.limits.size * 2:,} bytes in all")
        return page

    def _behind(self, walk: Walk, part: Part, page: Page) -> Part | None:
        try:
            return walk.after(part, page, self._answers[-1].headers)
        except ValueError as error:
            raise self._tried(unusable(error)) from None

    def _target(self, part: Part) -> Target:
        """Where a part is: at the first one's origin, or at another declared host, but then without anything secret."""
        try:
            at = target(part.url)
        except ValueError as error:
            raise self._trouble("gave an unusable answer", f"its list goes on elsewhere, but {error}") from None
        if at.origin == self.ask.target.origin:
            return at
        if self.ask.target.scheme == "https" and at.scheme != "https":
            raise self._trouble("gave an unusable answer", "its list goes on from https to http")
        if part.content or self.redactor.struck(at.url) != at.url:
            raise self._trouble(
                "gave an unusable answer", "its list goes on at another host, which is not given what is sent to this one"
            )
        return at

    def _mark(self, part: Part) -> str:
        """What a part is known by, in the cache and in recordings, without secrets."""
        return titled(self.redactor, part.url, part.content)

    def _trouble(self, said: str, words: str) -> Trouble:
        return self._tried(Trouble(said, words))

    def _tried(self, trouble: Trouble) -> Trouble:
        trouble.tries = self._tries
        return trouble
