"""The wire below httpx: sockets to checked addresses only, one deadline for each whole answer, and bodies unpacked bit by bit.

httpx alone times each read, so that a byte every few seconds never ends; it takes a truncated gzip body for a whole one, and
resolves names after anybody could have checked them.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import httpcore  # httpx is built on it, and is imported only beside it

from callboard.data.http.addresses import refusal
from callboard.model.network import Network

_STEP: Final = 65_536
Resolve = Callable[[str, int], list[str]]
"""A name and a port → IP addresses. Raises OSError."""


class RefusedError(PermissionError):
    """The name stands for an address that may not be asked: not worth a second try."""


class Clock(threading.local):
    """The deadline (``time.monotonic``) of the answer that this thread is reading."""

    deadline: float = 0.0

    def left(self, timeout: float | None) -> float:
        """Seconds that one operation may take. Raises httpcore.ReadTimeout if there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return left if timeout is None else min(left, timeout)


class Wire(httpcore.NetworkBackend):
    """Opens connections: resolves the name once, refuses addresses that may not be asked, and connects to exactly the checked ones."""

    def __init__(self, clock: Clock, resolve: Resolve | None = None) -> None:
        self._clock = clock
        self._resolve = resolve or _resolve
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first checked address that answers; TLS still asks for ``host``."""
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in self._checked(host, port, timeout):
            try:
                stream = self._sockets.connect_tcp(address, port, self._clock.left(timeout), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._clock)
        raise failure

    def _checked(self, host: str, port: int, timeout: float | None) -> list[str]:
        found = _within(self._clock.left(timeout), lambda: self._resolve(host, port))
        reasons = {address: refusal(address, host) for address in found}
        allowed = [address for address, reason in reasons.items() if not reason]
        if found and not allowed:
            reason = reasons[found[0]]
            raise RefusedError(f"its name stands for {reason}, which is not asked unless it is listed itself")
        return allowed


class _Stream(httpcore.NetworkStream):
    """A connection whose every read and write ends with the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._clock.left(timeout)), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _resolve(host: str, port: int) -> list[str]:
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def _within(seconds: float, work: Callable[[], list[str]]) -> list[str]:
    """``work`` in a thread that is left behind if it takes longer: name resolution knows no timeout."""
    done: list[list[str]] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except Exception as error:  # raised again in the thread that waits
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True, name="resolve")
    thread.start()
    thread.join(seconds)
    if done:
        return done[0]
    if failed and isinstance(failed[0], OSError):
        raise httpcore.ConnectError("its name could not be resolved")
    if failed:
        raise failed[0]
    raise httpcore.ConnectTimeout("its name was not resolved in time")


def context(ca: str = "") -> ssl.SSLContext:
    """TLS that trusts the system's authorities, certifi's, and those of the file ``ca``."""
    import certifi

    found = ssl.create_default_context(cafile=certifi.where())
    found.load_default_certs()
    if ca:
        found.load_verify_locations(cafile=ca)
    return found


def proxied(network: Network, context: ssl.SSLContext) -> dict[str, Any]:
    """What httpcore's proxies, sync and async, are told of the proxy."""
    login = (network.login[0], network.login[1].reveal()) if network.login else None
    secure = context if network.proxy.startswith("https:") else None
    return {"proxy_url": network.proxy, "proxy_auth": login, "proxy_ssl_context": secure}


def unpacked(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The body without its content encoding, at most 64 KB at a time. Raises OSError: unknown, damaged or truncated."""
    if encoding in ("", "identity"):
        yield from chunks
        return
    if encoding not in ("gzip", "x-gzip"):
        raise OSError(f'it is packed as "{encoding[:40]}", which was not asked for')
    stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
    try:
        for chunk in chunks:
            data = chunk
            while data:
                if stream.eof:  # one gzip member may follow another
                    stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
                yield stream.decompress(data, _STEP)
                data = stream.unconsumed_tail or stream.unused_data
    except zlib.error:
        raise OSError("its gzip packing is damaged") from None
    if not stream.eof:
        raise OSError("it ends before it is complete")
