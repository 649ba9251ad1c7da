"""Passing: one request to one of Backstage's endpoints, on its way to the service, and the answer on its way back."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Sequence
from http.client import responses
from typing import Final

from tornado.httputil import HTTPHeaders
from tornado.iostream import StreamClosedError

from callboard.data.http.addresses import Target, target
from callboard.data.http.stream import NoAnswer, Streamed, Streams
from callboard.data.redact import Striking
from callboard.model.passage import NEVER, Passage
from callboard.model.rewriting import LONGEST, rewritten
from callboard.proxy import grammar, wire
from callboard.proxy.live import Answer
from callboard.proxy.refusal import Refusal
from callboard.proxy.slots import Slots

_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
_MEDIA: Final = re.compile(
    r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:[ \t]*;[ \t]*[A-Za-z0-9_.-]+=(?:[\w.:/+-]+|\"[^\"\\]*\"))*"
)
_SHOWN: Final = re.compile(
    r"(?:application/(?:[\w.-]+\+)?json|text/(?:plain|csv)|image/[\w.+-]+)(?:;.*)?\Z", re.IGNORECASE | re.ASCII
)
"""What a browser may show; all else is offered as a file: nothing of a service's becomes a page of ours."""
_SANDBOX: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_OWN: Final = frozenset(("content-length", "content-type", "cache-control", "vary"))


class Passing:
    """Belongs to one Answer. ``feed`` takes the request's body as it comes, ``done`` waits for the end."""

    def __init__(self, answer: Answer, passage: Passage, local: str, *, streams: Streams, slots: Slots, limits: Limits) -> None:
        self._answer, self._passage, self._streams, self._slots, self._limits = answer, passage, streams, slots, limits
        self._at = address(passage, local)
        request = answer.request
        announced = wire.length(request.headers)
        self._has_body = announced is None or announced > 0
        if self._has_body and not wire.may_have_body(request.method or ""):
            raise Refusal(400, "A request that reads has no body.")
        self._headers = headers(passage, request.headers, self._at, announced if self._has_body else 0)
        self._parts: asyncio.Queue[bytes] = asyncio.Queue(1)
        self._size = 0
        self._refusal: Refusal | None = None
        self._gone = False
        answer.upstream = self._at.authority
        self._task = asyncio.create_task(self._run())

    async def feed(self, part: bytes) -> None:
        """A part of the request's body; waits until the service has taken the one before."""
        self._size += len(part)
        if self._size > self._limits.request:
            self._refusal = Refusal(413, "The request is too large.")
            self._task.cancel()
            self._answer.refuse(self._refusal)
        elif not self._task.done():
            put = asyncio.ensure_future(self._parts.put(part))
            await asyncio.wait({put, self._task}, return_when=asyncio.FIRST_COMPLETED)
            put.cancel()

    async def done(self) -> None:
        """The body is complete: wait for the answer. Raises Refusal."""
        await self.feed(b"")  # the end
        try:
            await self._task
        except asyncio.CancelledError:
            if self._refusal is not None:
                raise self._refusal from None
            if not self._gone:
                raise
            self._answer.drop()
        except StreamClosedError:
            self._answer.drop()

    def end(self) -> None:
        """The reader has gone."""
        self._gone = True
        self._task.cancel()

    async def _body(self) -> AsyncIterator[bytes]:
        while part := await self._parts.get():
            yield part

    async def _run(self) -> None:
        timeout = min(self._passage.timeout or self._limits.timeout, self._limits.timeout)
        try:
            async with asyncio.timeout(timeout), self._slots.one():
                await self._ask(timeout)
        except NoAnswer as error:
            self._failed(Refusal(504 if error.late else 502, str(error)))
        except TimeoutError:
            self._failed(Refusal(504, "The service did not answer in time."))

    async def _ask(self, timeout: float) -> None:
        raw = "content-encoding" in self._passage.returned
        body = self._body() if self._has_body else None
        method = self._answer.request.method or "GET"
        async with self._streams.ask(method, self._at, self._headers, body, timeout=timeout, raw=raw) as streamed:
            self._head(streamed, raw=raw)
            size, striking = 0, Striking(self._passage.secrets)
            if method != "HEAD" and streamed.status not in (204, 304):
                async for chunk in streamed.chunks:
                    size += len(chunk)
                    if size > self._limits.answer:
                        raise NoAnswer("The service's answer is too large.")
                    self._answer.write(striking.fed(chunk))
                    await self._answer.flush()
                self._answer.write(striking.rest())
            await self._answer.finish()

    def _head(self, streamed: Streamed, *, raw: bool) -> None:
        """Status and headers, built from what may be passed back. Raises NoAnswer."""
        status, found = streamed.status, streamed.headers
        if not 200 <= status <= 599:
            raise NoAnswer("The service gave no answer.")
        said = {name: value for name, value in found if _VALUE.fullmatch(value)}
        packed = said.get("content-encoding", "identity").lower() not in ("identity", "") and not raw
        answer = self._answer
        answer.set_status(status, responses.get(status, "Unknown"))
        for name, value in _returned(self._passage, found):
            answer.add_header(name, Striking(self._passage.secrets).struck(value))
        size = said.get("content-length", "")
        if size.isdigit() and not packed:
            if int(size) > self._limits.answer and answer.request.method != "HEAD":
                raise NoAnswer("The service's answer is too large.")
            answer.set_header("Content-Length", size)
        if status not in (204, 304):
            _kind(answer, said.get("content-type", ""))
        answer.set_header("Cache-Control", _keeping(said.get("cache-control", ""), guarded=not self._passage.is_open))
        varies = [name.strip() for name in said.get("vary", "").split(",") if name.strip().lower() in self._passage.sent]
        answer.set_header("Vary", ", ".join(["Origin", *varies]))
        answer.set_header("Cross-Origin-Resource-Policy", "same-origin")

    def _failed(self, refusal: Refusal) -> None:
        """An error, if nothing is written yet; else the connection ends, so that nobody takes a part for the whole."""
        if self._answer._finished:  # tornado has no other name for it
            return
        if not self._answer._headers_written:  # nor for this
            raise refusal
        stream = getattr(self._answer.request.connection, "stream", None)
        if stream is not None:
            stream.close()


class Limits:
    """What one request may cost: bytes both ways, seconds."""

    __slots__ = ("answer", "request", "timeout")

    def __init__(self, request: int, answer: int, timeout: float) -> None:
        self.request, self.answer, self.timeout = request, answer, timeout


def address(passage: Passage, local: str) -> Target:
    """Where a request is passed on to. ``local`` is its path and query, without base path. Raises Refusal."""
    if passage.spec.path_rewrite and len(local) > LONGEST:
        raise Refusal(400, "The address is too long.")
    path, mark, query = rewritten(passage.rules, local).partition("?")
    prefix = passage.target.path if passage.spec.prepend_path or passage.spec.ignore_path else ""
    joined = prefix if passage.spec.ignore_path else f"{prefix}/{path}"
    joined = re.sub(r"/+", "/", f"/{joined}")
    query = "" if passage.spec.ignore_path else f"{mark}{query}"
    if not grammar.sound(joined + query):
        raise Refusal(400, "The address leads nowhere.")
    try:
        return target(f"{passage.target.scheme}://{passage.target.netloc}{joined}{query}")
    except ValueError:
        raise Refusal(400, "The address leads nowhere.") from None


def headers(passage: Passage, given: HTTPHeaders, at: Target, length: int | None) -> list[tuple[bytes, bytes]]:
    """What is sent, built from nothing: a reader's listed headers, then the endpoint's own, which stand above them."""
    spec = passage.spec
    made: dict[str, str] = {"accept-encoding": "identity"}
    for name in sorted(passage.sent):
        value = given.get(name)
        if value is not None and _VALUE.fullmatch(value):
            made[name] = value
    if spec.auth:
        made["authorization"] = "Basic " + base64.b64encode(spec.auth.encode()).decode()
    made["host"] = at.authority if spec.change_origin else given.get("Host", at.authority)
    made |= {name.lower(): value for name, value in spec.headers.items()}
    if length is None:
        made["transfer-encoding"] = "chunked"
    elif length:
        made["content-length"] = str(length)
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in made.items()]


def _returned(passage: Passage, found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in found
        if name in passage.returned - _OWN - NEVER and not name.startswith("access-control-") and _VALUE.fullmatch(value)
    ]


def _kind(answer: Answer, said: str) -> None:
    """The content type, and what keeps a browser from running anything of it on our origin."""
    kind = said if said and len(said) < 200 and _MEDIA.fullmatch(said) else "application/octet-stream"
    answer.set_header("Content-Type", kind)
    answer.set_header("Content-Security-Policy", _SANDBOX)
    if not _SHOWN.match(kind):
        answer.set_header("Content-Disposition", "attachment")


def _keeping(said: str, *, guarded: bool) -> str:
    """How long the answer may be kept: as the service says, but never by others for a reader who had to be let in."""
    words = {word.strip().partition("=")[0].lower() for word in said.split(",")}
    if not said:
        return "no-store"
    return "private, no-cache" if guarded and words & {"public", "s-maxage"} else said
