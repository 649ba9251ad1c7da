"""A cache that ends with the process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from callboard.data.cache.store import Entry, StoredAnswer, by_address
from callboard.model.problem import Problem


class MemoryCache:
    """Keeps answers and blobs in this process. Thread-safe: each step is one step of a dict."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], StoredAnswer] = {}
        self._blobs: dict[tuple[str, str], bytes] = {}

    def answer(self, namespace: str, key: str) -> StoredAnswer | None:
        """The answer kept under ``key``."""
        return self._answers.get((namespace, key))

    def keep(self, namespace: str, key: str, answer: StoredAnswer) -> bool:
        """Keep an answer."""
        self._answers[namespace, key] = answer
        return True

    def freshen(self, namespace: str, key: str, answer: StoredAnswer) -> None:
        """The kept body stays; all else is new."""
        kept = self._answers.get((namespace, key))
        if kept and (kept.stored_at, kept.etag) == (answer.stored_at, answer.etag):
            self._answers[namespace, key] = replace(answer, body=kept.body)

    def forget(self, namespace: str, key: str) -> None:
        """Keep this answer no longer."""
        self._answers.pop((namespace, key), None)

    def entries(self) -> Iterator[Entry]:
        """Every answer."""
        found = [Entry(*where, replace(answer, body=b""), len(answer.body)) for where, answer in self._answers.copy().items()]
        return iter(sorted(found, key=by_address))

    def get(self, namespace: str, key: str) -> bytes | None:
        """The blob kept under ``key``."""
        return self._blobs.get((namespace, key))

    def set(self, namespace: str, key: str, content: bytes) -> None:
        """Keep a blob."""
        self._blobs[namespace, key] = content

    def clear(self) -> None:
        """Forget all."""
        self._answers.clear()
        self._blobs.clear()

    def prune(self, max_age: float) -> int:  # noqa: ARG002  # nothing in it is older than this build
        """Forget nothing: it ends with the process anyway."""
        return 0

    def close(self) -> None:
        """Nothing to let go of."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """None ever."""
        return ()
