"""A running ``callboard proxy`` for tests, asked over plain sockets so that nothing is tidied up on the way."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SECRET = "proxied-secret-7f3a"
END = b"\r\n\r\n"


class Said:
    """An answer: status (0 if the connection ended without one), headers by lower-cased name, body."""

    def __init__(self, raw: bytes) -> None:
        head, _, body = raw.partition(END)
        first, *lines = head.decode("latin-1").split("\r\n")
        self.raw = raw
        self.status = int(first.split(" ")[1]) if first.startswith("HTTP/1.") else 0
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self.body = _whole(body) if self.headers.get("transfer-encoding") == "chunked" else body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def _whole(body: bytes) -> bytes:
    parts = []
    while body:
        size, _, body = body.partition(b"\r\n")
        parts.append(body[: int(size, 16)])
        body = body[int(size, 16) + 2 :]
    return b"".join(parts)


class Proxied:
    """The process, its log and what it says."""

    def __init__(self, site: Path, *words: str, **environ: str) -> None:
        self.site = site
        self.log = Path(tempfile.mkdtemp(dir=site)) / "access.jsonl"
        self.said = self.log.with_name("said.txt")
        command = [sys.executable, "-m", "callboard", "proxy", str(site), "--port", "0", "--log", str(self.log), *words]
        with self.said.open("w") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said, env=os.environ | {"PX_SECRET": SECRET} | environ)
        found = self.says(r"Answering http://[^\s/]+:(\d+)")
        self.port = int(found[1])

    def says(self, pattern: str, seconds: float = 15) -> re.Match[str]:
        """Wait for words of the process."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := re.search(pattern, self.said.read_text()):
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(self.said.read_text())

    def logs(self, words: str, seconds: float = 15) -> None:
        """Wait for words in the log: a line is written when the reader may have its answer already."""
        end = time.monotonic() + seconds
        while words not in self.log.read_text():
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def raw(self, content: bytes, *, until_closed: bool = False) -> Said:
        """Send bytes, and read one answer (or all there is)."""
        with self.connect() as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(content)
            return Said(received(connection, until_closed=until_closed, head=content.startswith(b"HEAD ")))

    def ask(self, target: str, method: str = "GET", body: bytes = b"", **headers: str) -> Said:
        """A plain request; ``x_name`` is the header X-Name. ``host`` replaces the Host."""
        given = {"host": f"127.0.0.1:{self.port}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if body:
            given.setdefault("content-length", str(len(body)))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "connection: close"]
        return self.raw("\r\n".join(lines).encode("latin-1") + END + body)

    @property
    def peak(self) -> float:
        """The most memory that the process ever had, in MiB."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found
        return int(found[1]) / 1024

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(25)


def received(connection: socket.socket, *, until_closed: bool = False, head: bool = False) -> bytes:
    """One answer; everything until the connection ends if it says so, or says no length."""
    found = b""
    with contextlib.suppress(ConnectionError, TimeoutError):
        while part := connection.recv(65536):
            found += part
            if END in found and not until_closed and _is_whole(found, head):
                break
    return found


def _is_whole(found: bytes, head: bool) -> bool:
    start, _, body = found.partition(END)
    if head or b" 204 " in start[:20] or b" 304 " in start[:20]:
        return True
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", start)
    if length:
        return len(body) >= int(length[1])
    return b"chunked" in start.lower() and body.endswith(b"0\r\n\r\n")
