"""``callboard proxy``: answers the endpoints of a published site, and nothing else."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from socket import gaierror, socket
from typing import Any

from callboard.proxy.endpoints import Endpoint, Endpoints, PublishedFolder


class Refused(Exception):
    """The machine does not let us listen there: a sentence, with the mend."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One run of the proxy."""

    folder: Path
    """The published site."""
    base: str
    """The path that the site lies under: ``/`` or ``/portal/``."""
    endpoints: Sequence[Endpoint]
    host: str
    port: int
    names: frozenset[str]
    """Host headers that are answered, lower-cased, without a port; every other is refused (DNS rebinding)."""


def listen(host: str, port: int) -> list[socket]:
    """Sockets on that address. Raises Refused."""
    from tornado.netutil import bind_sockets

    try:
        return bind_sockets(port, address=host)
    except gaierror as error:
        raise Refused(f'No address is known for the host "{host}". Use for example: --host 127.0.0.1') from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refused(
                f"Port {port} is taken. Use another one: --port {port + 1}, or --port 0 for any that is free."
            ) from error
        why = error.strerror or "it was refused"
        raise Refused(f'Cannot listen on "{host}", port {port}: {why}. Use for example: --host 127.0.0.1 --port 8000') from error


def run(settings: Settings, *, ready: Callable[[int], None], fault: Callable[[BaseException], None]) -> None:
    """Answer until KeyboardInterrupt. ``ready`` hears the port. May raise Refused."""
    sockets = listen(settings.host, settings.port)
    asyncio.run(_answer(settings, sockets, ready, fault))


async def _answer(
    settings: Settings, sockets: list[socket], ready: Callable[[int], None], fault: Callable[[BaseException], None]
) -> None:
    from tornado.httpserver import HTTPServer

    from callboard.proxy.live import BODY_LIMIT

    with ThreadPoolExecutor(1, thread_name_prefix="endpoint") as pool:
        server = HTTPServer(_application(settings, Endpoints(settings.endpoints, fault), pool), max_body_size=BODY_LIMIT)
        server.add_sockets(sockets)
        ready(sockets[0].getsockname()[1])
        await asyncio.Event().wait()


def _application(settings: Settings, endpoints: Endpoints, pool: ThreadPoolExecutor) -> Any:
    from tornado import web

    from callboard.proxy.live import METHODS, Answer, left, replied

    published = PublishedFolder(settings.folder)

    class Live(Answer):
        """Every path: an endpoint's answer, a published file that an endpoint leaves to it, or 404."""

        SUPPORTED_METHODS = METHODS

        def allowed(self) -> bool:
            return self.request.host_name.lower() in settings.names

        def base(self) -> str:
            return settings.base

        async def _live(self) -> None:
            if self.request.path == "/-/health":
                self.finish("ok\n")
            elif not await replied(self, endpoints, published, settings.base, pool):
                left(self, published)

        get = head = post = put = patch = delete = _live

    return web.Application([(r".*", Live)], log_function=lambda _: None)
