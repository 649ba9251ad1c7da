"""Parsed descriptors that are kept between builds, by content: many small files in few entries of the cache."""

from __future__ import annotations

from typing import Any

from callboard.plugin import Cache

Items = list[list[Any]]
"""For each document of a descriptor its value, index and line, all of them valid."""

_SHARDS = 64


class Kept:
    """Descriptors by the digest of their text. ``mark`` says what else they depend on; ``save`` writes what is new.

    A shard is one entry of the cache: after a change of one file, one of them is written again, without what nobody asked for.
    """

    def __init__(self, cache: Cache, mark: str) -> None:
        self._cache, self._mark = cache, mark
        self._shards: dict[int, dict[str, Items]] = {}
        self._used: dict[int, dict[str, Items]] = {}
        self._changed: set[int] = set()

    def get(self, digest: str) -> Items | None:
        """The items of a descriptor; None if it is not known."""
        shard = _shard_of(digest)
        if shard not in self._shards:
            kept = self._cache.get(self._key(shard))
            self._shards[shard] = kept if isinstance(kept, dict) else {}
        items = self._shards[shard].get(digest)
        if items is not None:
            self._used.setdefault(shard, {})[digest] = items
        return items

    def set(self, digest: str, items: Items) -> None:
        """Keep the items of a descriptor; they may not be changed until ``save``."""
        shard = _shard_of(digest)
        self._used.setdefault(shard, {})[digest] = items
        self._changed.add(shard)

    def save(self) -> None:
        """Write the shards that hold something new."""
        for shard in sorted(self._changed):
            self._cache.set(self._key(shard), self._used[shard])
        self._changed.clear()

    def _key(self, shard: int) -> str:
        return f"{self._mark} {shard}"


def _shard_of(digest: str) -> int:
    return int(digest[:2], 16) % _SHARDS
