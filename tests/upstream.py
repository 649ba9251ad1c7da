"""A service behind a proxy: it remembers every request as it came over the wire, and answers what its path asks for."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

MB = 1_000_000


@dataclass
class Seen:
    """One request: its first line, its headers by lower-cased name, and how large its body was."""

    method: str
    target: str
    headers: dict[str, str]
    size: int = 0
    body: bytes = b""
    names: list[str] = field(default_factory=list)


class Upstream:
    """Listens on 127.0.0.1 in a thread of its own."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answers: dict[str, bytes] = {}
        """What ``/do/said/<name>`` answers, byte by byte."""
        self.port = 0
        self.open = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"

    async def _run(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        self._ready.set()
        await self._stop.wait()
        server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0.01)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
                while await self._one(reader, writer):
                    pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        names = [line.partition(":")[0].lower() for line in lines]
        seen = Seen(method, target, {}, names=names)
        for line in lines:
            name, _, value = line.partition(":")
            seen.headers[name.lower()] = value.strip()
        if target.split("?")[0].endswith("/early"):
            self.seen.append(seen)
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            while await reader.read(65536):
                pass
            return False
        async for part in _body(reader, seen.headers):
            seen.size += len(part)
            seen.body = (seen.body + part)[:1000]
        self.seen.append(seen)
        return await self._answer(seen, writer)

    async def _answer(self, seen: Seen, writer: asyncio.StreamWriter) -> bool:
        words = seen.target.split("?")[0].strip("/").split("/")
        word = words[1] if len(words) > 1 and words[0] == "do" else ""
        if word == "raw":  # an answer as a test wrote it
            writer.write(bytes.fromhex(words[2]))
            await writer.drain()
            return False
        if word == "said":
            writer.write(self.answers[words[2]])
            await writer.drain()
            return False
        if word == "slow":
            self.open += 1
            try:
                await asyncio.sleep(float(words[2]))
            finally:
                self.open -= 1
        if word == "big":
            return await _stream(writer, int(words[2]) * MB)
        if word == "bomb":
            packed = gzip.compress(b"\0" * 10 * MB) * int(words[2])
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\n")
            writer.write(f"Content-Length: {len(packed)}\r\n\r\n".encode() + packed)
            await writer.drain()
            return True
        echoed = {name: value for name, value in seen.headers.items() if name != "authorization"}
        body = json.dumps({"method": seen.method, "target": seen.target, "headers": echoed, "size": seen.size}).encode()
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n".encode())
        writer.write(b"Set-Cookie: session=upstream\r\nAccess-Control-Allow-Origin: *\r\nX-Powered-By: upstream\r\n")
        writer.write(
            b"Last-Modified: Tue, 24 Nov 2026 08:00:00 GMT\r\nCache-Control: max-age=60\r\nX-Request-Id: from-upstream\r\n\r\n"
        )
        writer.write(b"" if seen.method == "HEAD" else body)
        await writer.drain()
        return True


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> AsyncIterator[bytes]:
    if headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readline()).split(b";")[0], 16):
            left = size + 2
            while left:
                part = await reader.read(min(left, 65536))
                left -= len(part)
                yield part if left >= 2 else part[: max(0, len(part) - (2 - left))]
        await reader.readline()
        return
    left = int(headers.get("content-length", "0"))
    while left:
        part = await reader.read(min(left, 65536))
        if not part:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(part)
        yield part


async def _stream(writer: asyncio.StreamWriter, size: int) -> bool:
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n".encode())
    part = b"x" * 65536
    while size:
        writer.write(part[:size])
        size -= min(size, len(part))
        await writer.drain()
    return True


@contextmanager
def running() -> Iterator[Upstream]:
    """A service, for a while."""
    upstream = Upstream()
    try:
        yield upstream
    finally:
        upstream.end()
