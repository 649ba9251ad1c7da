"""Tornado's side of live answers: a request becomes a Call, a Reply becomes the answer."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from tornado import httputil, web

from callboard.plugin import Call, Published
from callboard.proxy.endpoints import Endpoints

BODY_LIMIT: Final = 2_000_000
"""Bytes of a request's body: 10,000 references are 0.5 MB."""
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
JSON: Final = "application/json; charset=utf-8"
ERRORS: Final[Mapping[int, str]] = {
    400: "InputError",
    404: "NotFoundError",
    405: "MethodNotAllowedError",
    500: "InternalError",
    503: "ServiceUnavailableError",
}
"""What errors are called in answers for programs."""
_OWN: Final = frozenset(("content-length", "transfer-encoding", "connection", "content-type", "server", "date", "set-cookie"))
"""Headers that no endpoint sets: they are the server's."""


class Answer(web.RequestHandler, ABC):
    """What all answers of our servers share: only for hosts that ``allowed`` knows, and errors for people or programs."""

    CACHE_CONTROL = "no-cache"

    @abstractmethod
    def allowed(self) -> bool:
        """Whether the request's host is one of ours: no other name may lead a browser here (DNS rebinding)."""

    @abstractmethod
    def base(self) -> str:
        """The path that the site lies under."""

    def for_programs(self) -> bool:
        """Whether it is asked below ``/api/`` of the site, where endpoints and their files lie."""
        return self.request.path.startswith(f"{self.base()}api/")

    def prepare(self) -> None:
        """Refuse a request that was meant for another host."""
        if not self.allowed():
            raise web.HTTPError(421)

    def set_default_headers(self) -> None:
        """On every answer."""
        self.set_header("Server", "callboard")
        self.set_header("Cache-Control", self.CACHE_CONTROL)
        self.set_header("X-Content-Type-Options", "nosniff")

    def compute_etag(self) -> str | None:
        """None: endpoints say their own, and files are not compared."""
        return None

    def write_error(self, status_code: int, **_: Any) -> None:
        """An error in plain words, or in the form of endpoints' own."""
        if not self.for_programs():
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(f"{status_code} {self._reason}\n")
            return
        error = {"name": ERRORS.get(status_code, "ResponseError"), "message": self._reason}
        asked = {"method": self.request.method, "url": self.request.uri}
        self.set_header("Content-Type", JSON)
        self.finish(json.dumps({"error": error, "request": asked, "response": {"statusCode": status_code}}))


def call_of(request: httputil.HTTPServerRequest, base: str, prefix: str) -> Call | None:
    """The request below ``prefix`` of a site at ``base``; None for a path or query that is no UTF-8 or steps upwards."""
    below = request.path[len(base) - 1 + len(prefix) :]
    try:
        path = unquote_to_bytes(below).decode() or "/"
        query = tuple(parse_qsl(request.query, keep_blank_values=True, errors="strict", max_num_fields=1000))
    except (UnicodeDecodeError, ValueError):
        return None
    if "\0" in path or {".", ".."} & set(path.split("/")):
        return None
    headers = {name.lower(): value for name, value in request.headers.get_all()}
    return Call(request.method or "GET", path, query, request.body or b"", headers, base.rstrip("/") + prefix)


async def replied(answer: web.RequestHandler, endpoints: Endpoints, published: Published, base: str, pool: Executor) -> bool:
    """Answer a request that lies below an endpoint; False if none wants it. The plugin's code runs in ``pool``."""
    request = answer.request
    endpoint = endpoints.of(request.path[len(base) - 1 :]) if request.path.startswith(base) else None
    if endpoint is None:
        return False
    call = call_of(request, base, endpoint.prefix)
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
