"""Values on memcached."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from callboard.data.cache.server import Down, Full
from callboard.data.cache.store import NotListed

_SECONDS: Final = 3.0
"""For a connection, and for each answer."""
_PORT: Final = 11211
_MONTH: Final = 30 * 86400
"""What is larger counts as a time since 1970 for memcached."""


def fault(connection: str) -> str:
    """What is wrong with an address, half a sentence without it; "" if nothing is."""
    try:
        _server(connection)
    except ValueError:
        return "is no address such as host:11211 or user:password@host:11211"
    return ""


def _server(connection: str) -> tuple[str, int]:
    """Raises ValueError."""
    scheme, found, rest = connection.rpartition("://")
    if found and scheme not in ("memcached", "memcache"):
        raise ValueError("another scheme")
    host, _, port = rest.rpartition("@")[2].rstrip("/").rpartition(":")
    if not host and not port.isdigit():
        host, port = port, str(_PORT)
    host = host.removeprefix("[").removesuffix("]")
    if not host or any(mark in host for mark in "/, ") or not 0 < int(port) < 65536:
        raise ValueError("no host and port")
    return host, int(port)


class MemcachedValues:
    """Bytes by key on memcached: ``host:11211``, with ``user:password@`` for servers that ask for it (``memcached -Y``)."""

    most = 900_000
    """A value may have a megabyte, with its key."""

    def __init__(self, connection: str) -> None:
        self._server = _server(connection)
        self._login = (connection.partition("://")[2] or connection).rpartition("@")[0]
        host, port = self._server
        self.label = f"memcached at {f'[{host}]' if ':' in host else host}:{port}"
        self._lock = threading.Lock()
        self._client: Any = None

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values of ``keys``, in their order."""
        found = self._asked("get_many", keys)
        return [found.get(key) for key in keys]

    def write(self, values: Mapping[str, bytes], seconds: int) -> None:
        """Keep values for so long. Raises Full: the value is too large for this server."""
        for key, value in values.items():
            if not self._asked("set", key, value, expire=_end(seconds), noreply=False):
                raise Full

    def touch(self, keys: Sequence[str], seconds: int) -> None:
        """Keep them for so long from now on."""
        for key in keys:
            self._asked("touch", key, _end(seconds), noreply=False)

    def remove(self, keys: Sequence[str]) -> None:
        """Forget values."""
        self._asked("delete_many", keys, noreply=False)

    def keys(self, prefix: str) -> Iterator[str]:  # noqa: ARG002
        """Nobody can list them."""
        raise NotListed("memcached cannot say what it holds")

    def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def _asked(self, command: str, *words: Any, **terms: Any) -> Any:
        from pymemcache.exceptions import MemcacheError, MemcacheServerError, MemcacheUnexpectedCloseError

        try:
            with self._lock:
                if self._client is None:
                    self._client = _client(self._server, self._login)
            return getattr(self._client, command)(*words, **terms)
        except MemcacheUnexpectedCloseError:
            raise Down("it hung up") from None
        except MemcacheServerError:
            raise Full from None
        except TimeoutError:
            raise Down("it did not answer in time") from None
        except OSError as error:
            raise Down("no connection" if isinstance(error, ConnectionError) else error.strerror or "no connection") from None
        except (MemcacheError, ValueError) as error:
            refused = "auth" in str(error)
            raise Down("it refused the user or the password" if refused else type(error).__name__) from None


def _end(seconds: int) -> int:
    return seconds if seconds <= _MONTH else int(time.time()) + seconds


def _client(server: tuple[str, int], login: str) -> Any:
    """A pool of connections, each of which says who it is first: the text protocol does that with a first ``set``."""
    from pymemcache.client.base import Client, PooledClient

    with socket.create_connection(server, _SECONDS) as probe:  # a name may have two addresses, of which one answers
        address = probe.getpeername()[:2]
    user, _, password = login.partition(":")
    words = f"{unquote(user)} {unquote(password)}".encode()

    class Named(Client):  # type: ignore[misc,no-any-unimported,unused-ignore]
        def _connect(self) -> None:
            super()._connect()
            if login:
                self.set("login", words, noreply=False)

    class Pool(PooledClient):  # type: ignore[misc,no-any-unimported,unused-ignore]
        client_class = Named

    return Pool(address, connect_timeout=_SECONDS, timeout=_SECONDS, no_delay=True, max_pool_size=16)
