"""How long kept answers count as fresh, and may stand for a failure: what somebody said, else what the answer says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from callboard.data.asking.answers import Ask
from callboard.data.cache import StoredAnswer
from callboard.data.http import freshness

_SKEW: Final = 300.0
"""Seconds that a kept answer may lie in the future (another machine's clock) and still count as fresh."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long answers last in one build. ``now`` is seconds since 1970; ``refresh`` is "", ``*`` or the name of an origin."""

    now: int
    refresh: str = ""

    def fresh(self, ask: Ask, answer: StoredAnswer) -> bool:
        """Whether a kept answer is used without asking."""
        if self.refresh in ("*", ask.origin.name) or "*" in freshness.varies(answer.headers):
            return False
        if ask.mark:
            return answer.etag == ask.mark
        passed = self.now - answer.fetched_at
        under_way = freshness.age(answer.headers) if self._said(ask, answer) is not None else 0.0
        return passed >= -_SKEW and passed + under_way <= self.ttl(ask, answer)

    def ttl(self, ask: Ask, answer: StoredAnswer) -> float:
        """Seconds that it is fresh: what somebody said; else what the answer says; else what stands in the manifest's place."""
        said = self._said(ask, answer)
        return ask.ttl if said is None else said

    def stale(self, ask: Ask, answer: StoredAnswer) -> float:
        """How old an answer may be that stands for a failure: RFC 5861's ``stale-if-error`` only ever makes it less."""
        said = None if "stale" in ask.said else freshness.stale_if_error(answer.headers)
        return ask.stale if said is None else min(ask.stale, self.ttl(ask, answer) + said)

    def _said(self, ask: Ask, answer: StoredAnswer) -> float | None:
        return None if "ttl" in ask.said else freshness.lifetime(answer.headers, answer.fetched_at)
