"""Values on Redis, Valkey, or another server that speaks their protocol."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from callboard.data.cache.server import Down, Full

_SECONDS: Final = 3.0
"""For a connection, and for each answer."""
_SCHEMES: Final = {"valkey": "redis", "valkeys": "rediss", "redis": "redis", "rediss": "rediss", "unix": "unix"}
_AT_ONCE: Final = 200
"""Keys in one question."""


def fault(connection: str) -> str:
    """What is wrong with an address, half a sentence without it; "" if nothing is."""
    try:
        parts = urlsplit(connection if "://" in connection else f"redis://{connection}")
        bad = parts.scheme not in _SCHEMES or (not parts.hostname and parts.scheme != "unix") or (parts.port == 0)
    except ValueError:
        bad = True
    return "is no address such as redis://user:password@host:6379/0" if bad else ""


class RedisValues:
    """Bytes by key on Redis or Valkey: ``redis://``, ``rediss://`` (TLS), ``unix://``, ``valkey://``; a bare ``host:port`` too."""

    most = 8_000_000
    """Far below what a server takes (512 MB): its other users wait while it reads one."""

    def __init__(self, connection: str, word: str = "redis") -> None:
        address = connection if "://" in connection else f"redis://{connection}"
        scheme, _, rest = address.partition("://")
        self._url = f"{_SCHEMES[scheme]}://{rest}"
        parts = urlsplit(address)
        self.label = f"{word} at {parts.path if scheme == 'unix' else parts.netloc.rpartition('@')[2]}"
        self._lock = threading.Lock()
        self._client: Any = None

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values of ``keys``, in their order."""
        found: list[bytes | None] = []
        for some in _parts(keys):
            found += self._asked("mget", some)
        return found

    def write(self, values: Mapping[str, bytes], seconds: int) -> None:
        """Keep values for so long. Raises Full: the server is out of memory and may not forget anything."""
        for key, value in values.items():
            self._asked("set", key, value, ex=seconds)

    def touch(self, keys: Sequence[str], seconds: int) -> None:
        """Keep them for so long from now on."""
        for key in keys:
            self._asked("expire", key, seconds)

    def remove(self, keys: Sequence[str]) -> None:
        """Forget values."""
        for some in _parts(keys):
            self._asked("delete", *some)

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that begins so; each once."""
        found: set[str] = set()
        cursor = 0
        while True:
            cursor, some = self._asked("scan", cursor, match=f"{prefix}*", count=1000)
            found |= {key.decode("utf-8", "replace") for key in some}
            if not cursor:
                return iter(sorted(found))

    def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def _asked(self, command: str, *words: Any, **terms: Any) -> Any:
        import redis

        try:
            with self._lock:
                if self._client is None:
                    self._client = redis.Redis.from_url(self._url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)
            return getattr(self._client, command)(*words, **terms)
        except redis.exceptions.OutOfMemoryError:
            raise Full from None
        except (redis.exceptions.RedisError, OSError, ValueError) as error:
            raise Down(_words(error)) from None


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[at : at + _AT_ONCE] for at in range(0, len(keys), _AT_ONCE))


def _words(error: Exception) -> str:
    """Why, in our words: a client's own may name what stands in the address."""
    said = {
        "AuthenticationError": "it refused the user or the password",
        "AuthenticationWrongNumberOfArgsError": "it refused the user or the password",
        "NoPermissionError": "its user may not do that",
        "TimeoutError": "it did not answer in time",
        "ConnectionError": "no connection",
        "BusyLoadingError": "it is still loading",
        "ReadOnlyError": "it is a read-only copy",
    }
    return said.get(type(error).__name__, type(error).__name__)
