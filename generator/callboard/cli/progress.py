"""Reporters: nothing (for JSON), plain lines, and bars on a terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final

from callboard.cli import words
from callboard.model.effects import Silent

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from callboard.cli.screen import Screen
    from callboard.model.dataset import SourceRun
    from callboard.model.effects import Reporter

PATIENCE: Final = 0.3
"""Seconds before bars appear: a quick build shows its result only, and does not load what draws them."""
_REFRESH: Final = 0.1


class Lines(Silent):
    """A line for each source and one when the pages begin: for pipes and CI logs."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._lock = threading.Lock()

    def source(self, run: SourceRun) -> None:
        """One origin is loaded; providers run in parallel."""
        with self._lock:
            self._screen.line(words.source(run))

    def pages(self, total: int) -> None:
        """Rendering begins."""
        self.note(f"{words.number(total)} pages and files …")

    def note(self, message: str) -> None:
        """A line for people."""
        with self._lock:
            self._screen.line(message)


class Bars(Silent):
    """Bars on a terminal, with a line for each source. Rendering may fork: no thread of ours draws while it does."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._lock = threading.RLock()
        self._begun = monotonic()
        self._drawn = 0.0
        self._lines: list[str] = []
        self._mounts = (0, 0)
        self._pages = (0, 0)
        self._over = threading.Event()
        self._ticking: threading.Thread | None = None
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def sources(self, total: int) -> None:
        """Loading begins: its bar appears when it takes long. Called twice: for local files, then for all else."""
        self.close()
        self._over.clear()
        self._mounts = (0, total)
        self._ticking = threading.Thread(target=self._tick, name="callboard-bars", daemon=True)
        self._ticking.start()

    def source(self, run: SourceRun) -> None:
        """One origin is loaded; providers run in parallel."""
        with self._lock:
            self._lines.append(words.source(run))
            self._draw_lines()

    def note(self, message: str) -> None:
        """A line for people: at once, since it may tell what the build is waiting for."""
        with self._lock:
            self._screen.line(message)

    def mount(self, name: str) -> None:  # noqa: ARG002  # the form of a Reporter
        """One mount's data is complete."""
        with self._lock:
            done, total = self._mounts
            self._mounts = (done + 1, total)
            if self._progress and self._task is not None:
                self._progress.update(self._task, completed=done + 1)

    def pages(self, total: int) -> None:
        """Rendering begins: the sources' bar goes, and its thread with it."""
        self.close()
        self._pages = (0, total)

    def rendered(self, count: int) -> None:
        """More pages are done."""
        with self._lock:
            done, total = self._pages
            self._pages = (done + count, total)
            now = monotonic()
            soon = self._progress is None and done + count >= total
            if soon or now - self._begun < PATIENCE or now - self._drawn < _REFRESH:
                return
            self._drawn = now
            if self._progress is None:
                self._start("pages", done, total)
            if self._progress and self._task is not None:
                self._progress.update(self._task, completed=done + count)
                self._progress.refresh()

    def close(self) -> None:
        """Take the bar away."""
        if self._ticking is not None:
            self._over.set()
            self._ticking.join()
            self._ticking = None
        with self._lock:
            progress, self._progress, self._task = self._progress, None, None
        if progress is not None:
            progress.stop()

    def _tick(self) -> None:
        if self._over.wait(PATIENCE):
            return
        with self._lock:
            done, total = self._mounts
            self._start("sources", done, total)
            self._draw_lines()
        while not self._over.wait(_REFRESH):
            with self._lock:
                if self._progress is not None:
                    self._progress.refresh()

    def _draw_lines(self) -> None:
        if self._progress is None:
            return
        for line in self._lines:
            self._progress.console.print(line, markup=False, highlight=False, emoji=False, style="dim")
        self._lines.clear()

    def _start(self, name: str, done: int, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(file=self._screen.stream, no_color=not self._screen.colour),
            transient=True,
            auto_refresh=False,
        )
        self._task = self._progress.add_task(name, total=total, completed=done)
        self._progress.start()


@contextmanager
def reporting(screen: Screen, *, silent: bool = False) -> Iterator[Reporter]:
    """The reporter that fits the screen, while a build runs."""
    if silent:
        yield Silent()
    elif not screen.live:
        yield Lines(screen)
    else:
        bars = Bars(screen)
        try:
            yield bars
        finally:
            bars.close()
