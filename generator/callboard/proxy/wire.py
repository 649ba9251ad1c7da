"""The server's own reading of HTTP/1.1, stricter than tornado's: what two servers could read in two ways is refused."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Container, Mapping
from typing import Any, Final

from tornado import httputil
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream, StreamClosedError

HEAD_LIMIT: Final = 32_768
"""Bytes of a request's line and headers."""
HEAD_TIMEOUT: Final = 15.0
"""Seconds in which they must come; also how long an idle connection is kept."""
_LENGTH: Final = re.compile(r"[0-9]{1,15}")
_LOOSE: Final = re.compile(rb"(?<!\r)\n|\r(?!\n)|\n[ \t]|\x00|\A(?:\r\n){2}")
"""A line that does not end with CR LF, folded headers, NUL, several empty lines before a request."""
_ENDED: Final = "callboard_ended"
_BODILESS: Final = ("GET", "HEAD", "OPTIONS")


class Server(HTTPServer):
    """An HTTPServer that takes so many connections, and no loose lines."""

    def initialize(self, application: Any, *, most: int, body_timeout: float) -> None:  # type: ignore[override]
        """Tornado's way to construct it: at most so many connections, and so many seconds for a body. Its size is the answers' matter."""
        super().initialize(
            application,
            max_header_size=HEAD_LIMIT,
            idle_connection_timeout=min(HEAD_TIMEOUT, body_timeout),
            max_body_size=1 << 60,
            body_timeout=body_timeout,
        )
        self._most = most

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """A new connection."""
        if len(self._connections) >= self._most:
            stream.write(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            stream.close()
            return
        read = stream.read_until_regex

        async def strict(regex: bytes, max_bytes: int | None = None) -> bytes:
            if getattr(stream, _ENDED, False):
                stream.close()
                raise StreamClosedError
            head = await read(regex, max_bytes)
            if _LOOSE.search(head):
                raise httputil.HTTPInputError("loose lines")
            return head

        def until(regex: bytes, max_bytes: int | None = None) -> Awaitable[bytes]:
            return strict(regex, max_bytes)

        stream.read_until_regex = until  # type: ignore[method-assign]  # tornado names no other place to look at the bytes
        super().handle_stream(stream, address)


def end(request: httputil.HTTPServerRequest) -> None:
    """Read no further request from this connection: where this one ends is not sure, or not waited for.

    Tornado itself closes it soon, but would answer first what it has read already.
    """
    stream = getattr(request.connection, "stream", None)
    if stream is not None:
        setattr(stream, _ENDED, True)


def is_framed(request: httputil.HTTPServerRequest, *, hosts: Container[int] = (1,)) -> bool:
    """Whether a request says in exactly one way where it ends, and names one host, or as many as ``hosts`` (RFC 9112 §6.3, §3.2)."""
    headers = request.headers
    lengths, codings = headers.get_list("Content-Length"), headers.get_list("Transfer-Encoding")
    if len(headers.get_list("Host")) not in hosts or len(lengths) > 1 or len(codings) > 1 or (lengths and codings):
        return False
    if codings and (codings[0] != "chunked" or request.version != "HTTP/1.1"):
        return False
    return not lengths or _LENGTH.fullmatch(lengths[0]) is not None


def length(headers: Mapping[str, str]) -> int | None:
    """Bytes of the body that a request announces; None for one that comes in chunks."""
    return None if "Transfer-Encoding" in headers else int(headers.get("Content-Length", "0"))


def may_have_body(method: str) -> bool:
    """Whether a request with this method may have a body: on others it means different things to different servers."""
    return method not in _BODILESS
