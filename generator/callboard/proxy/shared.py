"""Shared: equal requests at one time are one, and an answer is given again for a while, within a bound of bytes."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from callboard.proxy.values import Failed, Given

_COST: Final = 500
"""Bytes that an answer takes beside its body."""
_REST: Final = 3.0
"""Seconds in which a service that has just failed is not asked the same again."""


@dataclass(frozen=True, slots=True)
class _Kept:
    given: Given
    asked: float


class Shared:
    """Answers by key, in memory. Belongs to one event loop; ``clock`` gives seconds."""

    def __init__(self, memory: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._memory, self._clock = memory, clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._size = 0
        self._flights: dict[str, asyncio.Task[Given]] = {}
        self._failed: OrderedDict[str, tuple[float, Failed]] = OrderedDict()

    async def given(self, key: str, ask: Callable[[], Awaitable[Given]], *, ttl: float, stale: float) -> tuple[Given, str]:
        """The answer, and where it is from: hit, miss, shared (another's question), stale. Raises what ``ask`` raises."""
        kept = self._kept.get(key)
        now = self._clock()
        if kept is not None and now - kept.asked < ttl:
            self._kept.move_to_end(key)
            return kept.given, "hit"
        try:
            return await self._asked(key, ask, now)
        except Failed:
            if kept is not None and now - kept.asked <= max(stale, ttl):
                return kept.given, "stale"
            raise

    async def _asked(self, key: str, ask: Callable[[], Awaitable[Given]], now: float) -> tuple[Given, str]:
        flight = self._flights.get(key)
        if flight is not None:
            return await asyncio.shield(flight), "shared"
        failed = self._failed.get(key)
        if failed is not None and now - failed[0] < _REST:
            raise Failed(str(failed[1]), late=failed[1].late)
        flight = self._flights[key] = asyncio.create_task(self._fly(key, ask))
        flight.add_done_callback(_heard)
        # Shielded: a reader who goes away does not take the answer from the others.
        return await asyncio.shield(flight), "miss"

    async def _fly(self, key: str, ask: Callable[[], Awaitable[Given]]) -> Given:
        begun = self._clock()
        try:
            given = await ask()
        except Failed as failed:
            self._failed[key] = (begun, failed)
            self._failed.move_to_end(key)
            while len(self._failed) > 1000:
                self._failed.popitem(last=False)
            raise
        finally:
            del self._flights[key]
        self._failed.pop(key, None)
        self._keep(key, _Kept(given, begun))
        return given

    def _keep(self, key: str, kept: _Kept) -> None:
        self._drop(key)
        cost = len(kept.given.body) + len(key) + _COST
        if cost > self._memory:
            return
        self._kept[key] = kept
        self._size += cost
        while self._size > self._memory:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._size -= len(gone.given.body) + len(key) + _COST


def _heard(flight: asyncio.Task[Given]) -> None:
    """What went wrong is known to whoever still waits; nobody need be told that nobody does."""
    if not flight.cancelled():
        flight.exception()
