"""One request passed on while it comes in, its answer passed back while it comes out: for the proxy, over asyncio and httpcore."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpcore

from callboard.data.http import wire
from callboard.data.http.addresses import PORTS, Target, refusal
from callboard.data.http.network import towards
from callboard.model.network import Network

_STEP: Final = 65536
"""Bytes of a body that are unpacked at a time: a bomb never stands in memory as a whole."""
_PATIENCE: Final = 10.0
"""Seconds to connect."""
_KEPT: Final = 5.0
"""Seconds that an idle connection is kept."""
_MOST_KEPT: Final = 64
"""Idle connections for each origin."""
_CUT: Final = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)
_PLAIN: Final = Network()
Headers = Sequence[tuple[bytes, bytes]]


class NoAnswer(Exception):
    """The service gave no answer, or not all of it. Its text names nothing: it may be shown to readers."""

    def __init__(self, text: str, *, late: bool = False) -> None:
        super().__init__(text)
        self.late = late


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer that is being read."""

    status: int
    headers: Sequence[tuple[str, str]]
    """In order, names lower-cased. Those of the connection are among them."""
    chunks: AsyncIterator[bytes]
    """The body, unpacked unless it was asked for as it is. Raises NoAnswer."""


class Streams:
    """Connections to services, made when first needed and used again. Belongs to one event loop; who asks bounds how many ask at a time.

    No redirect is followed, no cookie kept, nothing taken from the environment; a name that stands for an address that may not be
    asked is refused when it is connected to.
    """

    def __init__(self, network: Network = _PLAIN) -> None:
        self._network = network
        self._trust = functools.cache(lambda: wire.context(network.ca))
        # By origin, the one used last at the end. A pool of httpcore's looks at all connections for each request.
        self._idle: dict[tuple[str, str, int], list[httpcore.AsyncConnectionInterface]] = {}
        self._wire = _Wire()
        self._proxy: httpcore.AsyncHTTPProxy | None = None

    @asynccontextmanager
    async def ask(
        self,
        method: str,
        at: Target,
        headers: Headers,
        body: AsyncIterable[bytes] | None = None,
        *,
        timeout: float,
        raw: bool = False,
    ) -> AsyncIterator[Streamed]:
        """Send one request and give the answer, its body unread. ``raw`` leaves a packed body packed. Raises NoAnswer.

        ``timeout`` is seconds of silence; who asks bounds the whole of it.
        """
        named = [(b"host", at.authority.encode()), *headers] if not any(name == b"host" for name, _ in headers) else list(headers)
        request = httpcore.Request(
            method,
            _url(at),
            headers=named,
            content=body,
            extensions={"timeout": {"connect": min(timeout, _PATIENCE), "read": timeout, "write": timeout, "pool": timeout}},
        )
        connection = await self._taken(at)
        try:
            try:
                response = await connection.handle_async_request(request)
            except _CUT:
                # A connection that was kept may have been closed by the other side just now: what only reads is asked once more.
                if body is not None or method not in ("GET", "HEAD"):
                    raise
                await _closed(connection)
                connection = self._made(at)
                response = await connection.handle_async_request(request)
        except Exception as error:  # of httpcore, anyio, ssl or the system: for readers all of them are one
            await _closed(connection)
            raise _words(error) from None
        except asyncio.CancelledError:
            await _closed(connection)
            raise
        try:
            found = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers]
            bare = raw or method == "HEAD" or response.status in (204, 304)
            packed = "" if bare else ", ".join(value for name, value in found if name == "content-encoding")
            yield Streamed(response.status, found, _unpacked(_chunks(response), packed.strip().lower()))
            await response.aclose()
        finally:
            await self._given(at, connection)

    async def close(self) -> None:
        """Close all connections."""
        for connections in self._idle.values():
            while connections:
                await _closed(connections.pop())

    async def _taken(self, at: Target) -> httpcore.AsyncConnectionInterface:
        idle = self._idle.get(at.origin, [])
        while idle:
            connection = idle.pop()
            if connection.is_available() and not connection.has_expired():
                return connection
            await _closed(connection)
        return self._made(at)

    def _made(self, at: Target) -> httpcore.AsyncConnectionInterface:
        if towards(self._network, at).proxy:
            return self._through(at)
        return httpcore.AsyncHTTPConnection(
            _url(at).origin,
            ssl_context=self._trust() if at.scheme == "https" else None,
            keepalive_expiry=_KEPT,
            network_backend=self._wire,
        )

    def _through(self, at: Target) -> httpcore.AsyncConnectionInterface:
        """A connection through the company's proxy: a pool of httpcore's makes it, and keeps nothing of it."""
        if self._proxy is None:
            said = wire.proxied(self._network, self._trust())
            self._proxy = httpcore.AsyncHTTPProxy(
                ssl_context=self._trust(), keepalive_expiry=_KEPT, network_backend=self._wire, **said
            )
        return self._proxy.create_connection(_url(at).origin)

    async def _given(self, at: Target, connection: httpcore.AsyncConnectionInterface) -> None:
        """Keep a connection that is done; end one that was left in the middle of something."""
        idle = self._idle.setdefault(at.origin, [])
        if not connection.is_idle() or len(idle) >= _MOST_KEPT:
            await _closed(connection)
            return
        idle.append(connection)
        while idle[0].has_expired():
            await _closed(idle.pop(0))
            if not idle:
                return


class _Wire(httpcore.AsyncNetworkBackend):
    """Opens connections to addresses that may be asked, and to no other that a name stands for."""

    def __init__(self) -> None:
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that answers; TLS still asks for ``host``."""
        failure: Exception = httpcore.ConnectError("no address")
        for address in await _addresses(host, port, timeout):
            if refusal(address, host):
                continue
            try:
                return await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


async def _addresses(host: str, port: int, timeout: float | None) -> list[str]:
    """What a name stands for; a name in figures stands for itself."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        async with asyncio.timeout(timeout):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(one[4][0]) for one in found))


def _url(at: Target) -> httpcore.URL:
    path = at.url.partition("://")[2]
    path = path[path.index("/") :] if "/" in path else "/"
    port = None if at.port == PORTS[at.scheme] else at.port  # so that a proxy is told what a browser would tell it
    return httpcore.URL(scheme=at.scheme.encode(), host=at.host.encode(), port=port, target=path.encode("ascii"))


async def _chunks(response: httpcore.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_stream():
            yield chunk
    except Exception as error:  # as above
        raise _words(error) from None


async def _closed(connection: httpcore.AsyncConnectionInterface) -> None:
    """End a connection, also while this task is being cancelled."""
    await asyncio.shield(connection.aclose())


async def _unpacked(chunks: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    if encoding in ("", "identity"):
        async for chunk in chunks:
            yield chunk
        return
    if encoding not in ("gzip", "x-gzip"):
        raise NoAnswer("The service's answer is packed in a way that was not asked for.")
    stream, ended = zlib.decompressobj(zlib.MAX_WBITS + 16), False
    try:
        async for chunk in chunks:
            data = chunk
            while data:
                if stream.eof:  # one gzip member may follow another
                    stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
                yield stream.decompress(data, _STEP)
                data = stream.unconsumed_tail or stream.unused_data
        ended = stream.eof
    except zlib.error:
        ended = False
    if not ended:
        raise NoAnswer("The service's answer is damaged.")


def _words(error: Exception) -> NoAnswer:
    """Whatever failed, in words for readers: the log has no more either, since a service's own words may hold anything."""
    late = isinstance(error, (httpcore.TimeoutException, TimeoutError))
    if late:
        return NoAnswer("The service did not answer in time.", late=True)
    return NoAnswer("The service gave no answer.")
