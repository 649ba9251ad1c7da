"""One build in its own process: plugins' code is always read anew, and nothing that it does can end the server."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from callboard.model.dataset import SourceRun
    from callboard.model.effects import Reporter
    from callboard.model.report import BuildReport

FOLDER: Final = Path(".callboard", "served")
"""What is served, inside the site's folder: never the folder that ``build`` publishes."""
Bug = Callable[[BaseException, "Path | None"], str]
"""Logs a bug of ours, for the site in that folder; the line that people see. Travels to another process: a plain function."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a build ended, and what its site is. ``fault`` is set if it was a bug of ours."""

    report: BuildReport | None = None
    base: str = ""
    """The path that the site lies under; empty if ``site.yaml`` cannot be read."""
    unwatched: tuple[str, ...] = ("public",)
    """Where ``build`` publishes and where databases lie: what is written by ourselves is no change of the site."""
    files: tuple[str, ...] = ()
    """Every file that was read, relative to the site's folder."""
    fault: str = ""


class Worker:
    """A process that has loaded all it needs and waits for the word to build; used once."""

    def __init__(self, target: Path, env: str, bug: Bug) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_work, args=(theirs, target, env, bug), name="callboard-build")
        self._process.start()
        theirs.close()

    def build(self, reporter: Reporter) -> Outcome:
        """Build now; the reporter hears how it goes. Blocks."""
        try:
            self._pipe.send("build")
            while isinstance(message := self._pipe.recv(), tuple):
                name, arguments = message
                getattr(reporter, name)(*arguments)
        except (EOFError, OSError):
            self._process.join()
            return Outcome(
                fault=f"The process that builds ended by itself (code {self._process.exitcode}). The next change starts it again."
            )
        self._process.join()
        return message if isinstance(message, Outcome) else Outcome(fault="The process that builds gave no answer.")

    def end(self) -> None:
        """Stop it with all its children, whatever it does now. A build that is cut off leaves a whole site."""
        if self._process.is_alive() and self._process.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it ended meanwhile, or has no group of its own yet
                os.killpg(self._process.pid, signal.SIGTERM)
            self._process.terminate()
        self._process.join()
        self._pipe.close()


class _Forwarding:
    """A Reporter that tells another process."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._owner = os.getpid()

    def sources(self, total: int) -> None:
        self._tell("sources", total)

    def source(self, run: SourceRun) -> None:
        self._tell("source", run)

    def mount(self, name: str) -> None:
        self._tell("mount", name)

    def pages(self, total: int) -> None:
        self._tell("pages", total)

    def rendered(self, count: int) -> None:
        self._tell("rendered", count)

    def note(self, message: str) -> None:
        self._tell("note", message)

    def _tell(self, name: str, *arguments: Any) -> None:
        if os.getpid() == self._owner:
            with self._lock:
                self._pipe.send((name, arguments))


def _work(pipe: Connection, target: Path, env: str, bug: Bug) -> None:
    os.setsid()  # Ctrl-C goes to the server alone; it ends this whole group
    from callboard import build, config  # noqa: F401  # loaded while nobody waits

    try:
        pipe.recv()
    except (EOFError, OSError):
        return
    with contextlib.suppress(BrokenPipeError):  # the server has gone
        pipe.send(_outcome(pipe, target, env, bug))


def _outcome(pipe: Connection, target: Path, env: str, bug: Bug) -> Outcome:
    from callboard import config
    from callboard.build import Settings, build, effects

    root = target if target.is_dir() else target.parent
    try:
        site, _ = config.load(target, env=env)
        settings = Settings(output=root / FOLDER, strict=False, env=env, recording=False, drafts=True)
        report = build(target, settings, effects(_Forwarding(pipe)))
    except Exception as error:  # the boundary of this process: the server tells it in the page and goes on
        return Outcome(fault=bug(error, root))
    files = {item.file for item in report.files}
    if site is None:
        return Outcome(report, files=tuple(sorted(files)))
    files |= {place.file for _, place in site.marks.items()}
    return Outcome(report, site.base_path, (site.spec.build.output, *site.spec.database.folders), tuple(sorted(files)))
