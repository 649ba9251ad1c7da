"""Slots: how many requests services are asked at one time, and how many may wait for that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from callboard.proxy.refusal import Refusal


class Slots:
    """Belongs to one event loop. First come, first served."""

    def __init__(self, concurrent: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(concurrent)
        self._waiting = waiting
        self.queued = 0
        """How many wait now."""

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Holds a slot. Raises Refusal if too many wait already."""
        if self._free.locked():
            if self.queued >= self._waiting:
                raise Refusal(503, "Too many requests at one time.", {"Retry-After": "1"})
            self.queued += 1
            try:
                await self._free.acquire()
            finally:
                self.queued -= 1
        else:
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()
