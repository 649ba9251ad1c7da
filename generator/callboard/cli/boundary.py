"""The boundary: every way a command can end, as an exit code. Nobody ever sees a traceback."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, NoReturn

import click

from callboard.cli.ends import BUG, FINE, INTERRUPTED, PROBLEMS, silence
from callboard.cli.session import Session

if TYPE_CHECKING:
    from types import FrameType

    from callboard.model.effects import Effects, Reporter

_MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG})
"""Refusals of the machine, not faults of ours: they are said as they are."""

_GRACE: Final = 1.0
"""Seconds that an interrupted command may take to tidy up."""


def main() -> NoReturn:
    """The command ``callboard``."""
    code = run()
    if code == INTERRUPTED:
        _leave_at_once()
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking 10,000 pages' values apart one by one takes half a second that nobody needs; every file is closed, every child has ended.
    os._exit(code)


def run(arguments: Sequence[str] | None = None, *, effects: Callable[[Reporter], Effects] | None = None) -> int:
    """Run one command (``sys.argv`` without ``arguments``); the exit code. Tests pass their own ``effects``."""
    session = Session(os.environ, effects)
    with _signals():
        try:
            return _command(session, arguments)
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except (click.Abort, KeyboardInterrupt):
            click.echo("Interrupted.", err=True)
            return INTERRUPTED
        except BrokenPipeError:
            silence()
            return FINE
        except Exception as error:  # the one place where a fault of ours ends: its traceback goes to a log, never to people
            return _failed(error, session)


def _command(session: Session, arguments: Sequence[str] | None) -> int:
    from callboard.cli.commands import callboard

    given = None if arguments is None else list(arguments)
    code = callboard.main(args=given, prog_name="callboard", standalone_mode=False, obj=session)
    sys.stdout.flush()
    return code if isinstance(code, int) else FINE


def _failed(error: Exception, session: Session) -> int:
    if isinstance(error, OSError) and error.errno in _MACHINE:
        where = f': "{error.filename}"' if error.filename else ""
        click.echo(f"Callboard cannot go on: {error.strerror}{where}.", err=True)
        return PROBLEMS
    from callboard.cli import bug

    click.echo(bug.told(error, session.root), err=True)
    return BUG


@contextmanager
def _signals() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does; a process that was forked by it ends without a word."""
    owner = os.getpid()
    last: list[threading.Timer] = []

    def interrupted(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the form of a signal's function
        if os.getpid() != owner:
            os._exit(INTERRUPTED)
        if not last:
            last.append(threading.Timer(_GRACE, _leave_at_once, ["Interrupted."]))
            last[0].daemon = True
            last[0].start()
        raise KeyboardInterrupt

    before = {}
    with suppress(ValueError):  # signals belong to the main thread; in another one they stay as they are
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, interrupted)
    try:
        yield
    finally:
        for timer in last:
            timer.cancel()
        for number, old in before.items():
            signal.signal(number, old)


def _leave_at_once(message: str = "") -> NoReturn:
    """End now: a thread that still waits for a slow service must not keep an interrupted command alive.

    No harm is done: whatever a build does, it leaves a whole site when it is cut off.
    """
    if message:
        click.echo(message, err=True)
    if "multiprocessing" in sys.modules:
        import multiprocessing

        for child in multiprocessing.active_children():
            child.terminate()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody is left to tell
            stream.flush()
    os._exit(INTERRUPTED)
