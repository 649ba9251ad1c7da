"""Desk: where one server's live answers are given out: who may have them, and which of the ways answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

from callboard.data.http.stream import Streams
from callboard.data.http.transport import HttpxTransport
from callboard.plugin import Published
from callboard.proxy import grammar, origins
from callboard.proxy.endpoints import Endpoints
from callboard.proxy.live import JSON, Answer, replied
from callboard.proxy.passing import Limits, Passing
from callboard.proxy.refusal import Refusal
from callboard.proxy.shared import Shared
from callboard.proxy.slots import Slots
from callboard.proxy.table import LOCAL, Table
from callboard.proxy.values import PREFIX, Asking, Failed, Given, LiveValue

_THREADS = 16
"""Plugins' functions for live values mostly wait for services."""
_DERIVING = 2
"""Passwords that are derived at one time: guessing them must not take the machine."""
_PASSED = "/api/proxy"
_THROUGH = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
"""Headers of web servers in front."""
_ASKED = ("accept", "accept-language", "authorization", "content-type")
"""Headers that pages of listed origins may send."""


def _is_near(answer: Answer) -> bool:
    """Whether a request comes from this machine by its own name, and not through a web server in front, as far as one tells."""
    request = answer.request
    return request.host_name.strip("[]") in LOCAL and not any(name in request.headers for name in _THROUGH)


class Desk:
    """Belongs to one event loop. ``guarded`` says whether the site's policy counts here; ``is_local`` whether only this machine asks."""

    def __init__(self, table: Table, *, fault: Callable[[BaseException], None], guarded: bool, is_local: bool) -> None:
        limits = table.limits
        self._guarded, self._is_local = guarded, is_local
        self._fault = fault
        self.streams = Streams(table.network)
        self.slots = Slots(limits.concurrent, limits.waiting)
        self._shared = Shared(limits.memory)
        self._code = ThreadPoolExecutor(1, thread_name_prefix="endpoint")
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="live")
        self._transport = HttpxTransport()
        self._deriving = asyncio.Semaphore(_DERIVING)
        self.change(table)

    def change(self, table: Table) -> None:
        """Answer by another table from now on."""
        self.table = table
        self.endpoints = Endpoints(table.endpoints, self._fault)
        self._asking = Asking(self.streams, self._transport, self._threads, self._fault, table.limits.timeout, table.network)

    async def close(self) -> None:
        """Ask nothing more."""
        await self.streams.close()
        for pool in (self._code, self._threads):
            pool.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._transport.close)

    def local(self, answer: Answer) -> str:
        """The path without the site's base path; "" for what lies outside of it."""
        base, path = answer.base(), answer.request.path
        return path[len(base) - 1 :] if path.startswith(base) else ""

    async def begin(self, answer: Answer) -> Passing | None:
        """Look at a request whose head has come: whether it may be answered, and whether its body is passed on. Raises Refusal."""
        request = answer.request
        local = self.local(answer)
        if not grammar.sound(request.uri or ""):
            raise Refusal(400, "The address leads nowhere.")
        origin = self.table.origins.granted(request.headers, request.host)
        answer.grant(origins.grants(origin))
        method = request.method or "GET"
        if method == "OPTIONS" and origin and "Access-Control-Request-Method" in request.headers:
            await self._preflight(answer, local, origin)
            return None
        passage = self.table.passage(local, method)
        if passage is None or not passage.is_open:
            await self._admit(answer, is_passage=passage is not None)
        if not local.startswith(f"{_PASSED}/"):
            return None
        if passage is None:
            raise Refusal(404, "Not Found")
        if passage.lacks:
            raise Refusal(503, "This endpoint is not ready.")
        limits = self.table.limits
        whole = f"{local}?{request.query}" if request.query else local
        own = Limits(limits.request, limits.answer, limits.timeout)
        return Passing(answer, passage, whole, streams=self.streams, slots=self.slots, limits=own)

    async def _admit(self, answer: Answer, *, is_passage: bool) -> None:
        policy = self.table.policy if self._guarded else None
        if policy is None:
            if is_passage and not (self._is_local and _is_near(answer)):
                raise Refusal(403, "This endpoint is not for everybody.")
        elif policy.is_slow:
            async with self._deriving:
                await asyncio.to_thread(policy.admit, answer.request.headers, answer.request.remote_ip or "")
        else:
            policy.admit(answer.request.headers, answer.request.remote_ip or "")

    async def _preflight(self, answer: Answer, local: str, origin: str) -> None:
        passages = [one for one in self.table.passages if one.takes(local)]
        methods = {method for one in passages for method in one.methods} or {"GET", "HEAD"}
        asked = {*_ASKED, *(name for one in passages for name in one.sent)}
        answer.grant(origins.preflight(origin, methods, asked))
        answer.set_status(204)
        await answer.finish()

    async def answer(self, answer: Answer, published: Published) -> bool:
        """Answer a request that is not passed on; False if nothing here does. Raises Refusal."""
        local = self.local(answer)
        if local.startswith(f"{PREFIX}/"):
            await self._value(answer, local[len(PREFIX) :])
            return True
        return await replied(answer, self.endpoints, published, answer.base(), self._code)

    async def _value(self, answer: Answer, path: str) -> None:
        request = answer.request
        found = self.table.value(path)
        if found is None or request.method not in found[0].spec.methods:
            raise Refusal(404, "Not Found")
        live, parameters = found
        if answer.taken():
            raise Refusal(400, "A live answer takes no body.")
        query = (
            live.query(parse_qsl(request.query, keep_blank_values=True, max_num_fields=100))
            if len(request.query) < 4000
            else None
        )
        if query is None:
            raise Refusal(400, "The query cannot be used.")
        try:
            given, answer.cache = await self._given(live, parameters, query)
        except Failed as failed:
            raise Refusal(504 if failed.late else 502, str(failed)) from None
        answer.upstream = given.upstream
        answer.grant({"Cross-Origin-Resource-Policy": "same-origin"})
        answer.set_header("Content-Type", JSON)
        # Nothing keeps it, but pages learn when the next one can be newer.
        answer.set_header("Cache-Control", f"no-store, max-age={round(live.spec.ttl)}")
        await answer.finish(given.body)

    async def _given(self, live: LiveValue, parameters: Mapping[str, str], query: Mapping[str, str]) -> tuple[Given, str]:
        key = repr((live.plugin.id, live.plugin.digest, live.parts, sorted(parameters.items()), sorted(query.items())))

        async def ask() -> Given:
            async with self.slots.one():
                return await self._asking.values(live, parameters, query)

        return await self._shared.given(key, ask, ttl=live.spec.ttl, stale=live.spec.stale)

    def reasons(self) -> list[str]:
        """What keeps something from being ready: sentences without secrets."""
        return [f"{one.what[:1].upper()}{one.what[1:]} ({one.place})" for one in self.table.lacking]
