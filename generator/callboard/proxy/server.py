"""``callboard proxy``: one server of live answers, from its first socket to its last answer."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import signal
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import gaierror, socket
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from callboard.proxy.table import Table

LOOK_EVERY: Final = 0.5
"""Seconds between two looks at the files of the site."""
GRACE: Final = 20.0
"""Seconds in which answers that have begun may end after SIGTERM."""


class Refused(Exception):
    """The machine does not let us listen there: a sentence, with the mend."""


class Voice(Protocol):
    """What the person at the terminal, and the log, hear."""

    def ready(self, port: int) -> None:
        """It listens."""

    def changed(self, table: Table | None) -> None:
        """The site's files changed: it answers by another table now, or by the old one, if None."""

    def fault(self, error: BaseException) -> None:
        """An exception in a plugin's code, or of ours."""

    def request(self, fields: Mapping[str, Any]) -> None:
        """One request was answered."""

    def reopen(self) -> None:
        """SIGHUP: the log was moved away."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One run of the proxy."""

    table: Table
    folder: Path
    """The published site."""
    host: str
    port: int
    again: Callable[[], Table | None]
    """Reads the site anew; None, and told, if it is broken."""


def listen(host: str, port: int) -> list[socket]:
    """Sockets on that address. Raises Refused."""
    from tornado.netutil import bind_sockets

    try:
        return bind_sockets(port, address=host, backlog=1024)
    except gaierror as error:
        raise Refused(f'No address is known for the host "{host}". Use for example: --host 127.0.0.1') from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refused(
                f"Port {port} is taken. Use another one: --port {port + 1}, or --port 0 for any that is free."
            ) from error
        why = error.strerror or "it was refused"
        raise Refused(f'Cannot listen on "{host}", port {port}: {why}. Use for example: --host 127.0.0.1 --port 8000') from error


def is_local(host: str) -> bool:
    """Whether only this machine can ask a server on that address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def run(settings: Settings, voice: Voice) -> None:
    """Answer until SIGTERM, or KeyboardInterrupt. May raise Refused."""
    sockets = listen(settings.host, settings.port)
    asyncio.run(_Running(settings, voice).run(sockets))


class _Running:
    """One run."""

    def __init__(self, settings: Settings, voice: Voice) -> None:
        self._settings, self._voice = settings, voice
        self._stop = asyncio.Event()

    async def run(self, sockets: list[socket]) -> None:
        from tornado import web

        from callboard.proxy.answers import Given, Live
        from callboard.proxy.desk import Desk
        from callboard.proxy.endpoints import PublishedFolder
        from callboard.proxy.wire import Server

        settings, voice = self._settings, self._voice
        table = settings.table
        desk = Desk(table, fault=voice.fault, guarded=True, is_local=is_local(settings.host))
        given = Given(desk, PublishedFolder(settings.folder), voice.fault, voice.request, self._stop.is_set)
        application = web.Application([(r".*", Live, {"given": given})], log_function=lambda _: None)
        server = Server(application, most=table.limits.connections, body_timeout=table.limits.timeout)
        server.add_sockets(sockets)
        self._listen_to_signals()
        voice.ready(sockets[0].getsockname()[1])
        watching = asyncio.create_task(self._watch(desk.change, table))
        try:
            await self._stop.wait()
        finally:
            watching.cancel()
            server.stop()
            await self._drain(server, given.busy)
            await desk.close()

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError, RuntimeError):  # no main thread, or a system without signals
            loop.add_signal_handler(signal.SIGTERM, self._stop.set)
            loop.add_signal_handler(signal.SIGHUP, self._voice.reopen)

    async def _watch(self, change: Callable[[Table], None], table: Table) -> None:
        """Answer by what the site's files say now. A broken one changes nothing."""
        marks = _marks(table)
        with ThreadPoolExecutor(1, thread_name_prefix="reload") as pool:
            while True:
                await asyncio.sleep(LOOK_EVERY)
                now = _marks(table)
                if now == marks:
                    continue
                marks = now
                found = await asyncio.get_running_loop().run_in_executor(pool, self._settings.again)
                self._voice.changed(found)
                if found is not None:
                    table = found
                    marks = _marks(table)
                    change(table)

    async def _drain(self, server: Any, busy: Collection[Any]) -> None:
        """Let answers that have begun end; idle connections end at once."""
        end = asyncio.get_running_loop().time() + GRACE
        while busy and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.05)
        await server.close_all_connections()


def _marks(table: Table) -> dict[Path, tuple[int, int, int] | None]:
    return {path: _mark(path) for path in table.files}


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
