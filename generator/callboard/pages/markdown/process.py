"""The process that Python-Markdown runs in: started when a text first asks for it, ended when a text takes too long."""

from __future__ import annotations

import atexit
import functools
import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Final

START: Final = 30.0
"""Seconds until it has loaded its packages."""
PATIENCE: Final = 10.0
"""Seconds for one text: the longest of real documents takes a tenth of one."""
STRIKES: Final = 3
"""Texts that may take too long before no further one is tried: a build of a thousand such texts must end as well."""
LARGEST: Final = 500_000
"""Characters of a text, and more than any that people write; its time grows faster than its length."""

Piece = tuple[str, str, str]
"""(``fence`` or ``inline``; the text; the language and its settings)"""


class Refused(Exception):
    """A text that Python-Markdown does not convert: ``what`` and ``mend`` are sentences, ``code`` is a problem's."""

    def __init__(self, what: str, mend: str, code: str = "slow-markdown") -> None:
        super().__init__(what)
        self.what, self.mend, self.code = what, mend, code


class Process:
    """One process, for one thread at a time."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._strikes = 0
        self._running: subprocess.Popen[bytes] | None = None

    def convert(self, text: str) -> tuple[str, list[Piece]]:
        """The HTML of a text, which nobody has judged yet, and its pieces. Raises Refused."""
        if len(text) > LARGEST:
            what = f"the text is longer than {LARGEST:,} characters, so Python-Markdown does not read it"
            raise Refused(what, "Divide it into several pages.")
        if self._strikes >= STRIKES:
            what = f"Python-Markdown does not read it, since {STRIKES} texts took too long already"
            raise Refused(what, "Mend the texts that are named.")
        answer = json.loads(self._ask(json.dumps(text).encode("ascii") + b"\n"))
        if isinstance(answer, str):
            raise Refused(f"Python-Markdown failed ({answer.rstrip('.')})", "Look for what is unusual in it.")
        html, pieces = answer
        return html, [tuple(piece) for piece in pieces]

    def close(self) -> None:
        """End it."""
        if self._running is not None:
            self._running.kill()
            for stream in (self._running.stdin, self._running.stdout):
                if stream is not None:
                    stream.close()
            self._running.wait()
            self._running = None

    def _ask(self, line: bytes) -> bytes:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer = _line(process.stdout, self._patience)
        except OSError:
            answer = b""
        if not answer.endswith(b"\n"):
            self.close()
            self._strikes += 1
            what = f"Python-Markdown took longer than {self._patience:g} seconds or too much memory over it"
            raise Refused(what, "Look for deep nesting or thousands of equal marks.")
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._running is None or self._running.poll() is not None:
            self.close()
            program = [sys.executable, "-P", str(Path(__file__).with_name("apart.py"))]  # -P: its folder holds no packages
            self._running = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
            assert self._running.stdout is not None
            if _line(self._running.stdout, START) != b"ready\n":
                self.close()
                self._strikes = STRIKES
                raise Refused("Python-Markdown could not be started", 'Run: pip install "callboard[techdocs]"', "missing-package")
        return self._running


def process() -> Process:
    """The process of this process: one that was forked off has its own."""
    return _process(os.getpid())


@functools.cache
def _process(_pid: int) -> Process:
    made = Process()
    atexit.register(made.close)
    return made


def _line(stream: IO[bytes], seconds: float) -> bytes:
    """A whole line; what came of it if the time is over or the stream has ended."""
    until, found = time.monotonic() + seconds, bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not found.endswith(b"\n"):
            if not selector.select(max(0.0, until - time.monotonic())):
                break
            chunk = os.read(stream.fileno(), 1 << 16)
            if not chunk:
                break
            found += chunk
    return bytes(found)
