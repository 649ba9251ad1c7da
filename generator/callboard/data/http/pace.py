"""Pace: at most so many requests a second to one host, whoever asks: a token bucket a host, shared by all clients of a build."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

RATE: Final = 30.0
"""Requests a second to one host."""
_SECONDS: Final = 2.0
"""What may be asked at once: the requests of so many seconds."""


class Pace:
    """Gives turns. Thread-safe; ``rate`` is requests a second to one host, and twice as many may go at once after a silence."""

    def __init__(self, rate: float = RATE, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._between, self._ahead = 1.0 / rate, max(_SECONDS, 1.0 / rate)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}
        """When a bucket is full again (a virtual clock, as in GCRA)."""

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
