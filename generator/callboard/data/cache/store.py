"""What a cache store is: fetched answers and blobs (parsed files, datasets), by plugin and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from callboard.model.problem import Problem


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A good answer of a service. Times are seconds since 1970 (UTC)."""

    url: str
    """For people: without its query."""
    status: int
    headers: Mapping[str, str]
    body: bytes
    etag: str = ""
    last_modified: str = ""
    fetched_at: int = 0
    """When the service last said that this is its answer."""
    stored_at: int = 0
    """When this body came."""
    name: str = ""
    """The name of the source that asked for it last."""
    ttl: float = 0.0
    """Seconds that it counted as fresh when it was last asked for."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """What the request said in the headers that the answer's ``Vary`` names (RFC 9111 §4.1), secrets as one-way marks."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer as a list of the cache shows it: without its body."""

    namespace: str
    """The plugin."""
    key: str
    answer: StoredAnswer
    size: int
    """Bytes of the body."""


class NotListed(Exception):
    """A store that cannot say what it holds was asked to."""


class CacheStore(Protocol):
    """Where answers and blobs are kept; ``namespace`` is a plugin's name. Never raises: what cannot be kept is not kept."""

    def answer(self, namespace: str, key: str) -> StoredAnswer | None:
        """The answer kept under ``key``."""

    def keep(self, namespace: str, key: str, answer: StoredAnswer) -> bool:
        """Keep an answer, instead of an older one. False if that was not possible."""

    def freshen(self, namespace: str, key: str, answer: StoredAnswer) -> None:
        """The service said that the kept answer still holds: all but its body is what ``answer`` says now."""

    def forget(self, namespace: str, key: str) -> None:
        """Keep this answer no longer."""

    def entries(self) -> Iterator[Entry]:
        """Every answer, by plugin and address. Raises NotListed."""

    def get(self, namespace: str, key: str) -> bytes | None:
        """The blob kept under ``key``."""

    def set(self, namespace: str, key: str, content: bytes) -> None:
        """Keep a blob."""

    def clear(self) -> None:
        """Forget all answers and blobs. Raises NotListed."""

    def prune(self, max_age: float) -> int:
        """Forget answers not confirmed, and blobs not used, for ``max_age`` seconds. Returns how many."""

    def close(self) -> None:
        """Write what is pending and let go of the file or the server. The next use opens it again."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What went wrong with the store itself (warnings)."""


def by_address(entry: Entry) -> tuple[str, str, str]:
    """The order of a list: by plugin, address and key."""
    return entry.namespace, entry.answer.url, entry.key
