"""``cache:`` of site.yaml: the store that it names, and what is wrong with it."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from callboard.data.cache.memory import MemoryCache
from callboard.data.cache.sqlite import SqliteCache
from callboard.data.cache.store import CacheStore
from callboard.model import duration
from callboard.model.problem import Problem
from callboard.model.site import Site

STATE: Final = ".callboard"
"""The folder beside ``site.yaml`` that holds cache and state, which may always be deleted, and ``db``, which is data."""
_ALSO: Final = {"memcache": "memcached", "valkey": "redis"}
"""Backstage's words."""
_PACKAGES: Final = {"memcached": "pymemcache", "redis": "redis"}


def kind(site: Site) -> str:
    """``sqlite``, ``memory``, ``memcached`` or ``redis``."""
    said: str = site.spec.cache.store
    return _ALSO.get(said, said)


def keep(site: Site) -> float:
    """Seconds after which what no build uses is forgotten."""
    said = site.spec.cache.default_ttl
    return said / 1000 if isinstance(said, int) else duration.seconds(said)


def opened(site: Site, *, now: Callable[[], float] = time.time) -> CacheStore:
    """The store of a sound site. Nothing is opened, and no client imported, before it is used."""
    said, store = site.spec.cache, kind(site)
    if store == "sqlite":
        return SqliteCache(_file(site), now=now)
    if store == "memory":
        return MemoryCache()
    from callboard.data.cache.server import ServerCache, Values

    values: Values
    if store == "redis":
        from callboard.data.cache.redis import RedisValues

        values = RedisValues(said.connection, said.store)
    else:
        from callboard.data.cache.memcached import MemcachedValues

        values = MemcachedValues(said.connection)
    return ServerCache(values, prefix=said.prefix, keep=keep(site), place=site.marks.at(("cache",)), now=now)


def problems(site: Site) -> list[Problem]:
    """What is wrong with ``cache:``, each with its place."""
    if "cache" not in site.spec.model_fields_set:
        return []
    return [*_bad_end(site), *_bad_connection(site), *_missing(site)]


def _file(site: Site) -> Path:
    return site.root / (site.spec.cache.connection or f"{STATE}/cache.db")


def _bad_end(site: Site) -> list[Problem]:
    place = site.marks.at(("cache", "defaultTtl"))
    try:
        if keep(site) > 0:
            return []
        what, mend = "wanted more than nothing.", "Write for example: defaultTtl: 30d"
    except ValueError as error:
        what, _, mend = str(error).partition(". ")
        what += "."
    return [Problem("wrong-value", what, place, "cache.defaultTtl", mend)]


def _bad_connection(site: Site) -> list[Problem]:
    store, connection = kind(site), site.spec.cache.connection
    example = {"memcached": "cache.example.com:11211", "redis": "redis://cache.example.com:6379"}.get(store, "")
    if store == "memory" and connection:
        return [
            _problem(
                site, "wrong-value", "connection", "the store memory is nowhere else.", "Remove the connection, or the store."
            )
        ]
    if not example:
        return []
    if not connection:
        what = f"{site.spec.cache.store} needs a connection."
        return [_problem(site, "missing-key", "", what, f"Write for example: connection: {example}")]
    from callboard.data.cache import memcached, redis

    fault = (redis if store == "redis" else memcached).fault(connection)
    if not fault:
        return []
    return [_problem(site, "wrong-value", "connection", f"the connection {fault}.", f"Write for example: connection: {example}")]


def _missing(site: Site) -> list[Problem]:
    store = kind(site)
    if store not in _PACKAGES or importlib.util.find_spec(_PACKAGES[store]) is not None:
        return []
    what = f'{site.spec.cache.store} needs: pip install "callboard[{store}]"'
    return [_problem(site, "missing-package", "store", what, "")]


def _problem(site: Site, code: str, key: str, what: str, mend: str) -> Problem:
    return Problem(code, what, site.marks.at(("cache", key)), f"cache.{key}" if key else "cache", mend)
