"""The answers of ``callboard proxy``: live ones, health, readiness, and published files that endpoints leave to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Mapping
from typing import Any

from tornado import web

from callboard.proxy import log
from callboard.proxy.desk import Desk
from callboard.proxy.endpoints import PublishedFolder
from callboard.proxy.live import METHODS, Answer, left

_PROBES = ("/-/health", "/-/ready")
_GONE = 499
"""In the log: the reader went away before the answer was whole, as nginx says it."""


class Given:
    """What all answers of one server share."""

    def __init__(
        self,
        desk: Desk,
        published: PublishedFolder,
        fault: Callable[[BaseException], None],
        write: Callable[[Mapping[str, Any]], None],
        stopping: Callable[[], bool],
    ) -> None:
        self.desk, self.published, self.fault, self.write, self.stopping = desk, published, fault, write, stopping
        self.busy: set[Answer] = set()
        """Answers that have begun and not ended."""


class Live(Answer):
    """Every path: a live answer, a published file that an endpoint leaves to it, or 404."""

    SUPPORTED_METHODS = METHODS

    def initialize(self, given: Given) -> None:
        """Tornado's way to give it what it needs."""
        super().initialize()
        self.given = given
        given.busy.add(self)

    def allowed(self) -> bool:
        """A probe may use any name: it asks by address, and is told nothing."""
        return self.request.path in _PROBES or self.request.host_name.strip("[]") in self.given.desk.table.names

    def hosts(self) -> Container[int]:
        """Probes of old balancers (HTTP/1.0) name none."""
        return (0, 1) if self.request.path in _PROBES else super().hosts()

    def base(self) -> str:
        """As of the last reading of site.yaml."""
        return self.given.desk.table.base

    def body_limit(self) -> int:
        """That of what is passed on, or of an endpoint."""
        passed = self.given.desk.local(self).startswith("/api/proxy/")
        return self.given.desk.table.limits.request if passed else super().body_limit()

    def fault(self, error: BaseException) -> None:
        """Hears of an exception that is a fault of ours."""
        self.given.fault(error)

    async def prepare(self) -> None:
        """Whether it may be answered; and what is passed on begins now, while its body still comes."""
        if self.given.stopping():
            self.set_header("Connection", "close")
        await super().prepare()
        if self.request.path not in _PROBES:
            self.passing = await self.given.desk.begin(self)

    def on_connection_close(self) -> None:
        """As every answer; and the log has it."""
        if self in self.given.busy:
            self._note(_GONE)
        super().on_connection_close()

    async def _live(self) -> None:
        if self.passing is not None:
            await self.passing.done()
        elif self.request.path in _PROBES:
            self._probe()
        elif not await self.given.desk.answer(self, self.given.published):
            if self.request.method == "OPTIONS":
                raise web.HTTPError(405)
            left(self, self.given.published)

    get = head = post = put = patch = delete = options = _live

    def _probe(self) -> None:
        """Health: it lives. Readiness: there is a site, nothing is missing, and it is not about to stop."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        if self.request.path == "/-/health":
            self.finish("ok\n")
            return
        reasons = list(self.given.desk.reasons())
        if not self.given.published.version:
            reasons.append("There is no published site.")
        if self.given.stopping():
            reasons.append("It is about to stop.")
        self.set_status(503 if reasons else 200)
        self.finish("".join(f"{line}\n" for line in reasons) or "ready\n")

    def on_finish(self) -> None:
        """One line of the log."""
        super().on_finish()
        if self in self.given.busy:
            self._note(self.get_status())

    def _note(self, status: int) -> None:
        self.given.busy.discard(self)
        request = self.request
        line = log.fields(
            method=request.method or "",
            path=request.path,
            status=status,
            seconds=time.monotonic() - self.begun,
            size=0 if request.method == "HEAD" else self.sent,
            client=request.remote_ip or "",
            upstream=self.upstream,
            cache=self.cache,
        )
        self.given.write(line)
