"""A loopback HTTP server that answers as badly as a test wants: raw sockets, a thread a connection, one script a path."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Script = Callable[["Call"], None]


class Call:
    """One request: its method, path, lower-cased headers and body, and the socket to answer on."""

    def __init__(
        self, connection: socket.socket, first: str, headers: dict[str, str], body: bytes, stopped: threading.Event
    ) -> None:
        self.connection = connection
        self.method, self.path = first.split(" ")[:2]
        self.headers = headers
        self.body = body
        self.stopped = stopped

    def raw(self, content: bytes) -> None:
        self.connection.sendall(content)

    def answer(
        self,
        body: bytes = b"",
        *,
        status: str = "200 OK",
        kind: str = "application/json",
        length: int | None = None,
        **headers: str,
    ) -> None:
        """A whole answer; ``length`` lies about its body, ``etag="x"`` and the like add headers."""
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(body) if length is None else length}", "connection: close"]
        lines += [f"content-type: {kind}"] if kind else []
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.raw("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def drip(self, content: bytes, every: float = 0.05) -> None:
        """A byte at a time, until the reader goes away or the test ends."""
        for byte in content:
            if self.stopped.wait(every):
                return
            self.raw(bytes([byte]))


class FaultServer:
    """Listens on 127.0.0.1; ``scripts`` maps paths (without query) to answers, ``calls`` holds what was asked."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self.scripts: dict[str, Script] = {}
        self.calls: list[Call] = []
        self.stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def on(self, path: str, script: Script) -> str:
        """Answer ``path`` with ``script``; returns the URL."""
        self.scripts[path] = script
        return self.url + path

    def json(self, path: str, text: str | bytes = '[{"id": 1}]', **headers: str) -> str:
        """Answer ``path`` with JSON."""
        body = text if isinstance(text, bytes) else text.encode()
        return self.on(path, lambda call: call.answer(body, **headers))

    def asked(self, path: str) -> int:
        """How often ``path`` was asked."""
        return sum(call.path.partition("?")[0] == path for call in self.calls)

    def close(self) -> None:
        self.stopped.set()
        with suppress(OSError):  # wakes the thread that waits for a connection
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (part := connection.recv(65536)):
                    return
                head += part
            start, _, body = head.partition(b"\r\n\r\n")
            first, *lines = start.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            while len(body) < int(headers.get("content-length", "0")):
                body += connection.recv(65536)
            call = Call(connection, first, headers, body, self.stopped)
            self.calls.append(call)
            script = self.scripts.get(call.path.partition("?")[0])
            if script is None:
                call.answer(b"no such path", status="404 Not Found", kind="text/plain")
            else:
                script(call)

    @staticmethod
    def gzipped(body: bytes, *, cut: int = 0) -> bytes:
        """``body`` as gzip, the last ``cut`` bytes missing."""
        packed = gzip.compress(body, mtime=0)
        return packed[: len(packed) - cut]

    @staticmethod
    def bomb(size: int) -> bytes:
        """``size`` zero bytes as gzip: about a thousandth of that."""
        return gzip.compress(bytes(size), mtime=0)

    @staticmethod
    def slow_head(call: Call) -> None:
        """A status line, and then a header that never ends."""
        call.raw(b"HTTP/1.1 200 OK\r\nx-slow: ")
        call.drip(b"a" * 10_000)

    @staticmethod
    def slow_body(call: Call) -> None:
        """A good head, and then a byte now and then."""
        call.raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10000\r\n\r\n")
        call.drip(b" " * 10_000)

    @staticmethod
    def silent(call: Call) -> None:
        """Nothing at all."""
        call.stopped.wait(10)

    @staticmethod
    def resets(call: Call) -> None:
        """Breaks the connection off (RST), not politely."""
        call.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    @staticmethod
    def resets_late(call: Call) -> None:
        """The same in the middle of the body."""
        call.raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 400\r\n\r\n[1,")
        FaultServer.resets(call)

    @staticmethod
    def hangs_up(call: Call) -> None:
        """Closes the connection without a word."""


@contextmanager
def fault_server() -> Iterator[FaultServer]:
    """A server for one test."""
    server = FaultServer()
    try:
        yield server
    finally:
        server.close()
