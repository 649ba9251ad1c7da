"""Runs a command of the site: no shell, a small environment, a limit of time and output for it and all that it starts."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, NamedTuple

from callboard.data.http.service import Trouble

_PASSED: Final = ("PATH", "HOME", "LANG")
"""The variables of our own environment that a command is given: none of them is a credential."""
_SIZE: Final = 20_000_000
_CHUNK: Final = 65_536
_LAST: Final = 4_096
"""Bytes of the error output that are kept, from its end."""
_SHOWN: Final = 200


class Command(NamedTuple):
    """What is run."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    """Beside ``PATH``, ``HOME`` and ``LANG``."""
    folder: Path
    """Where it runs: the site's."""
    given: bytes = b""
    """What it may read."""


def run(command: Command, seconds: float) -> bytes:
    """What it prints. Raises Trouble: it is not there, takes longer than ``seconds``, prints too much, or ends with anything but 0."""
    until = time.monotonic() + seconds
    with tempfile.TemporaryFile() as given:  # a file, so that nobody waits for a command that does not read
        given.write(command.given)
        given.seek(0)
        return _run(command, given, until, seconds)


def _run(command: Command, given: IO[bytes], until: float, seconds: float) -> bytes:
    try:
        process = subprocess.Popen(  # noqa: S603  # no shell; the site allows the command
            [_program(command), *command.words[1:]],
            cwd=command.folder,
            env={**{name: os.environ[name] for name in _PASSED if name in os.environ}, **command.environment},
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # a group of its own, so that all that it starts can be ended with it
        )
    except (OSError, ValueError) as error:
        raise Trouble("could not be run", _words(error)) from None
    with process:
        try:
            printed, said = _read(process, until, seconds)
            code = process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise _late(seconds) from None
        finally:
            _end(process)
    if code:
        raise Trouble("failed", f"{_ended(code)}{_last_line(said)}")
    return printed


def _program(command: Command) -> str:
    """A file of the site, or what ``PATH`` finds. Raises OSError."""
    name = command.words[0]
    if "/" not in name:
        found = shutil.which(name)
        if found is None:
            raise FileNotFoundError(f'there is no command "{name}" here')
        return found
    path = (command.folder / name).resolve()
    if not path.is_relative_to(command.folder.resolve()):
        raise PermissionError("it lies outside of the site's folder")
    return str(path)


def _read(process: subprocess.Popen[bytes], until: float, seconds: float) -> tuple[bytes, bytes]:
    """All that it prints, and the end of its error output; both at once, since it waits for whoever does not read."""
    printed, said = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((process.stdout, printed), (process.stderr, said)):
            assert stream is not None
            selector.register(stream, selectors.EVENT_READ, kept)
        while selector.get_map():
            ready = selector.select(max(0.0, until - time.monotonic()))
            if not ready and time.monotonic() >= until:
                raise _late(seconds)
            for key, _ in ready:
                if not _more(key.fileobj, key.data):  # type: ignore[arg-type]  # what was registered above
                    selector.unregister(key.fileobj)
            del said[:-_LAST]
            if len(printed) > _SIZE:
                raise Trouble("gave an unusable answer", f"it is larger than {_SIZE:,} bytes")
    return bytes(printed), bytes(said)


def _more(stream: IO[bytes], kept: bytearray) -> bool:
    found = os.read(stream.fileno(), _CHUNK)
    kept += found
    return bool(found)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it goes on: neither it nor what it has started and left behind."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _late(seconds: float) -> Trouble:
    return Trouble("failed", f"it took longer than {seconds:g} seconds")


def _ended(code: int) -> str:
    return f"it ended with {code}" if code > 0 else f"it was ended by signal {-code}"


def _last_line(said: bytes) -> str:
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    return f": {''.join(c for c in lines[-1] if c.isprintable())[:_SHOWN].rstrip('.')}" if lines else ""


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    return str(error)
