"""Tornado's side of live answers: what every answer of our servers is held to, and plugins' endpoints."""

from __future__ import annotations

import asyncio
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Container, Mapping
from concurrent.futures import Executor
from pathlib import PurePath
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from tornado import web
from tornado.iostream import StreamClosedError

from callboard.plugin import Call, Published
from callboard.proxy import wire
from callboard.proxy.endpoints import Endpoints
from callboard.proxy.refusal import Refusal

BODY_LIMIT: Final = 2_000_000
"""Bytes of a request's body for an endpoint of a plugin: 10,000 references are 0.5 MB."""
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
JSON: Final = "application/json; charset=utf-8"
ERRORS: Final[Mapping[int, str]] = {
    400: "InputError",
    401: "AuthenticationError",
    403: "NotAllowedError",
    404: "NotFoundError",
    405: "MethodNotAllowedError",
    413: "ContentTooLargeError",
    421: "MisdirectedRequestError",
    500: "InternalError",
    502: "BadGatewayError",
    503: "ServiceUnavailableError",
    504: "GatewayTimeoutError",
}
"""What errors are called in answers for programs."""
_OWN: Final = frozenset(("content-length", "transfer-encoding", "connection", "content-type", "server", "date", "set-cookie"))
"""Headers that no endpoint sets: they are the server's."""


class Taker(Protocol):
    """Who takes a request's body as it comes."""

    async def feed(self, part: bytes) -> None:
        """A part of it; waits until there is room for the next."""

    async def done(self) -> None:
        """All of it came: wait for the answer. Raises Refusal."""

    def end(self) -> None:
        """The reader has gone: no more will come."""


@web.stream_request_body
class Answer(web.RequestHandler, ABC):
    """What all answers of our servers share: only for hosts that ``allowed`` knows, and errors for people or programs."""

    CACHE_CONTROL = "no-cache"

    def initialize(self, *_: Any, **__: Any) -> None:
        """Tornado's way to begin one."""
        self.begun = time.monotonic()
        self.body = b""
        self.sent = 0
        """Bytes of the answer's body so far."""
        self.upstream = self.cache = ""
        """For the log: which host was asked, and whether the answer was kept."""
        self.grants: Mapping[str, str] = {}
        """Which pages elsewhere may read the answer, as headers."""
        self.passing: Taker | None = None
        """What this request is passed on by, if it is."""
        self._taken = bytearray()

    @abstractmethod
    def allowed(self) -> bool:
        """Whether the request's host is one of ours: no other name may lead a browser here (DNS rebinding)."""

    @abstractmethod
    def base(self) -> str:
        """The path that the site lies under."""

    def for_programs(self) -> bool:
        """Whether it is asked below ``/api/`` of the site, where endpoints and their files lie."""
        return self.request.path.startswith(f"{self.base()}api/")

    async def prepare(self) -> None:
        """Refuse a request that could be read in two ways, or was meant for another host."""
        if not wire.is_framed(self.request, hosts=self.hosts()) or not (self.request.uri or "").startswith("/"):
            wire.end(self.request)
            raise web.HTTPError(400)
        if not self.allowed():
            raise web.HTTPError(421)
        if (wire.length(self.request.headers) or 0) > self.body_limit():
            raise web.HTTPError(413)

    def hosts(self) -> Container[int]:
        """How many Host headers a request has."""
        return (1,)

    def body_limit(self) -> int:
        """Bytes of a request's body."""
        return BODY_LIMIT

    async def data_received(self, chunk: bytes) -> None:
        """A part of the request's body: passed on, or kept up to the limit."""
        if self.passing is not None:
            await self.passing.feed(chunk)
        elif len(self._taken) + len(chunk) <= self.body_limit():
            self._taken += chunk
        else:
            self.refuse(Refusal(413, "The request is too large."))

    def taken(self) -> bytes:
        """The whole body, once all of it is here."""
        self.body = bytes(self._taken)
        return self.body

    def write(self, chunk: str | bytes | dict[Any, Any]) -> None:
        """As tornado's, counted."""
        self.sent += len(chunk)
        super().write(chunk)

    def on_connection_close(self) -> None:
        """The reader has gone: the service is not asked any longer."""
        if self.passing is not None:
            self.passing.end()
        super().on_connection_close()

    def on_finish(self) -> None:
        """Whoever still sends a body is heard no more."""
        waiting = getattr(self.request, "_body_future", None)
        if waiting is not None and not waiting.done():
            wire.end(self.request)
            waiting.set_result(None)

    def set_default_headers(self) -> None:
        """On every answer."""
        self.set_header("Server", "callboard")
        self.set_header("Cache-Control", self.CACHE_CONTROL)
        self.set_header("X-Content-Type-Options", "nosniff")
        for name, value in getattr(self, "grants", {}).items():  # asked before there are any, and again for an error
            self.set_header(name, value)

    def grant(self, headers: Mapping[str, str]) -> None:
        """Set these on the answer, also if it becomes an error."""
        self.grants = {**self.grants, **headers}
        for name, value in headers.items():
            self.set_header(name, value)

    def compute_etag(self) -> str | None:
        """None: endpoints say their own, and files are not compared."""
        return None

    def log_exception(self, *error: Any) -> None:
        """A refusal is no news, and neither is a reader who has gone; anything else is a fault of ours."""
        value = error[1]
        if value is not None and not isinstance(value, (web.HTTPError, Refusal, StreamClosedError)):
            self.fault(value)

    @abstractmethod
    def fault(self, error: BaseException) -> None:
        """Hears of an exception that is a fault of ours."""

    def send_error(self, status_code: int = 500, **given: Any) -> None:
        """An error: a Refusal brings its own status and headers."""
        error = given.get("exc_info", (None, None, None))[1]
        if isinstance(error, Refusal):
            super().send_error(error.status, refusal=error)
        else:
            super().send_error(status_code, **given)

    def drop(self) -> None:
        """Nobody waits for this answer any more: nothing of it is sent."""
        self._auto_finish = False

    def refuse(self, refusal: Refusal) -> None:
        """Answer with an error now, whatever is still being read. Nothing happens if an answer has begun."""
        if not self._finished and not self._headers_written:
            self.set_header("Connection", "close")
            super().send_error(refusal.status, refusal=refusal)

    def write_error(self, status_code: int, refusal: Refusal | None = None, **_: Any) -> None:
        """An error in plain words, or in the form of endpoints' own."""
        for name, value in (refusal.headers if refusal else {}).items():
            self.set_header(name, value)
        self.set_header("Cache-Control", "no-store")
        words = str(refusal) if refusal else self._reason
        if not self.for_programs():
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(f"{status_code} {words}\n")
            return
        error = {"name": ERRORS.get(status_code, "ResponseError"), "message": words}
        asked = {"method": self.request.method, "url": self.request.uri}
        self.set_header("Content-Type", JSON)
        self.finish(json.dumps({"error": error, "request": asked, "response": {"statusCode": status_code}}))


def call_of(answer: Answer, base: str, prefix: str) -> Call | None:
    """The request below ``prefix`` of a site at ``base``; None for a path or query that is no UTF-8 or steps upwards."""
    request = answer.request
    below = request.path[len(base) - 1 + len(prefix) :]
    try:
        path = unquote_to_bytes(below).decode() or "/"
        query = tuple(parse_qsl(request.query, keep_blank_values=True, errors="strict", max_num_fields=1000))
    except (UnicodeDecodeError, ValueError):
        return None
    if "\0" in path or {".", ".."} & set(path.split("/")):
        return None
    headers = {name.lower(): value for name, value in request.headers.get_all()}
    return Call(request.method or "GET", path, query, answer.taken(), headers, base.rstrip("/") + prefix)


async def replied(answer: Answer, endpoints: Endpoints, published: Published, base: str, pool: Executor) -> bool:
    """Answer a request that lies below an endpoint; False if none wants it. The plugin's code runs in ``pool``."""
    request = answer.request
    endpoint = endpoints.of(request.path[len(base) - 1 :]) if request.path.startswith(base) else None
    if endpoint is None:
        return False
    if request.method == "OPTIONS":
        raise web.HTTPError(405)
    call = call_of(answer, base, endpoint.prefix)
    if call is None:
        raise web.HTTPError(400)
    reply = await asyncio.get_running_loop().run_in_executor(pool, endpoints.answer, endpoint, call, published)
    if reply is None:
        return False
    answer.set_status(reply.status)
    answer.set_header("Content-Type", reply.type)
    for name, value in reply.headers:
        if name.lower() not in _OWN:
            answer.set_header(name, value)
    if reply.status in (204, 304):
        await answer.finish()
    else:
        await answer.finish(reply.content)
    return True


def left(answer: Answer, published: Published) -> None:
    """Finish with the published file that no endpoint answers for: a program finds it where a static host has it. Raises HTTPError."""
    path, content = unquote(answer.request.path[len(answer.base()) :]), None
    if answer.request.method in ("GET", "HEAD") and answer.for_programs() and "\0" not in path:
        content = published.read(f"{path}index.html" if path.endswith("/") else path)
    if content is None:
        raise web.HTTPError(404)
    answer.set_header("Content-Type", JSON if PurePath(path).suffix in ("", ".html", ".json") else "application/octet-stream")
    answer.finish(content)
