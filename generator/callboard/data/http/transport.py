"""The real network: the only user of httpx. What is asked through it, and what is kept, is said in ``data/asking/fetching.py``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from callboard.data.http.addresses import target
from callboard.data.http.network import towards
from callboard.model.effects import Request, Response
from callboard.model.network import Network


class HttpxTransport:
    """The real network: one httpx client for the process, made when it is first needed.

    It follows no redirect, keeps no cookie and takes nothing (proxy, netrc) from the environment. ``resolve`` replaces name
    resolution in tests.
    """

    def __init__(self, *, resolve: Callable[[str, int], list[str]] | None = None, silence: float = 10.0) -> None:
        self._resolve = resolve
        self._patience = silence
        self._lock = threading.Lock()
        self._clients: dict[Network, Any] = {}
        self._clock: Any = None

    def send(self, request: Request) -> Response:
        """The answer, its body unread and unpacked as it is read. The whole of it must come within ``request.timeout``; each
        read within 10 s. Raises OSError (TimeoutError, ConnectionError, PermissionError for an address that is not asked).
        """
        client = self._open(towards(request.network, target(request.url)))
        deadline = time.monotonic() + request.timeout
        patience = min(self._patience, request.timeout)
        with self._mapped(deadline):
            response = client.handle_request(_sent(request, patience))
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Response(response.status_code, headers, self._chunks(response, headers, deadline), response.close)

    def close(self) -> None:
        """Close all connections. The next request opens them again."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _chunks(self, response: Any, headers: Mapping[str, str], deadline: float) -> Iterator[bytes]:
        from callboard.data.http import wire

        with self._mapped(deadline):
            yield from wire.unpacked(response.iter_raw(), headers.get("content-encoding", "").strip().lower())

    def _mapped(self, deadline: float) -> _Mapped:
        return _Mapped(self._clock, deadline)

    def _open(self, network: Network) -> Any:
        with self._lock:
            if network not in self._clients:
                from callboard.data.http import wire

                self._clock = self._clock or wire.Clock()
                self._clients[network] = _client(wire.Wire(self._clock, self._resolve), wire.context(network.ca), network)
            return self._clients[network]


class _Mapped:
    """Sets the deadline of this thread, and makes every failure of the wire an OSError with words for people."""

    def __init__(self, clock: Any, deadline: float) -> None:
        self._clock, self._deadline = clock, deadline

    def __enter__(self) -> None:
        self._clock.deadline = self._deadline

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        import httpcore
        import httpx

        if isinstance(error, (httpx.TimeoutException, httpcore.TimeoutException)):
            raise TimeoutError("it stopped sending") from None
        if isinstance(error, (httpx.RemoteProtocolError, httpcore.RemoteProtocolError)):
            raise ConnectionError("the connection ended before the answer was complete, or it was no HTTP") from None
        if isinstance(error, httpcore.ProxyError):
            raise ConnectionError(f"the proxy refused: {error}") from None
        if isinstance(error, (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError)):
            raise ConnectionError(_words(error)) from None


def _words(error: BaseException) -> str:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "its TLS certificate is not trusted"
    if "refused" in text:
        return "the connection was refused"
    return text.partition("] ")[2] or text or "the connection failed"


def _pool(backend: Any, context: Any, network: Network) -> Any:
    import httpcore

    from callboard.data.http import wire

    said: dict[str, Any] = {"ssl_context": context, "network_backend": backend, "keepalive_expiry": 5.0}
    said |= {"max_connections": 64, "max_keepalive_connections": 16}
    return httpcore.HTTPProxy(**said, **wire.proxied(network, context)) if network.proxy else httpcore.ConnectionPool(**said)


def _sent(request: Request, patience: float) -> Any:
    import httpx

    return httpx.Request(
        request.method,
        request.url,
        headers=dict(request.headers),
        content=request.content or None,
        extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), patience)},
    )


def _client(backend: Any, context: Any, network: Network) -> Any:
    """A transport of httpx over our own connections: no public way of httpx's own leads to them.

    Without httpx's client: that keeps cookies, reads the environment, and looks at where a redirect leads even if it may not follow.
    """
    import httpcore
    import httpx

    pool = _pool(backend, context, network)

    class Body(httpx.SyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            yield from self._stream

        def close(self) -> None:
            self._stream.close()

    class Direct(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            url = request.url
            core = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
            answer = pool.handle_request(
                httpcore.Request(
                    request.method, core, headers=request.headers.raw, content=request.content, extensions=request.extensions
                )
            )
            return httpx.Response(answer.status, headers=answer.headers, stream=Body(answer.stream), extensions=answer.extensions)

        def close(self) -> None:
            pool.close()

    return Direct()
