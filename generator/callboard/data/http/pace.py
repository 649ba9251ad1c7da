"""Pace: how fast, and how long in all, a build asks services, whoever asks: a token bucket a host and one clock for all of its clients."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Final

RATE: Final = 30.0
"""Requests a second to one host."""
_SECONDS: Final = 2.0
"""What may be asked at once: the requests of so many seconds."""


class Pace:
    """Gives turns. Thread-safe; ``rate`` is requests a second to one host, and twice as many may go at once after a silence.

    ``total`` is the seconds from now on in which anything is asked.
    """

    def __init__(self, rate: float = RATE, *, total: float = math.inf, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._between, self._ahead = 1.0 / rate, max(_SECONDS, 1.0 / rate)
        self._monotonic = monotonic
        self.total, self._end = total, monotonic() + total
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}
        """When a bucket is full again (a virtual clock, as in GCRA)."""

    @property
    def left(self) -> float:
        """Seconds in which something may still be asked; 0 or less when it is over."""
        return self._end - self._monotonic()

    def turn(self, host: str, most: float) -> float | None:
        """Seconds to wait before asking ``host``; the turn is taken. None, and nothing is taken, if that is longer than ``most``."""
        with self._lock:
            now = self._monotonic()
            full = max(self._next.get(host, 0.0), now)
            wait = max(0.0, full + self._between - now - self._ahead)
            if wait > most:
                return None
            self._next[host] = full + self._between
            return wait
