"""Cache stores: fetched answers and parsed files, kept between builds; they may always be deleted."""

from __future__ import annotations

from callboard.data.cache.memory import MemoryCache
from callboard.data.cache.sqlite import SqliteCache
from callboard.data.cache.store import CacheStore, Entry, NotListed, StoredAnswer
from callboard.data.cache.tables import SCHEMA

__all__ = ["SCHEMA", "CacheStore", "Entry", "MemoryCache", "NotListed", "SqliteCache", "StoredAnswer"]
