"""``serve``: what the person at the terminal sees of it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.cli import bug, words
from callboard.cli.building import root
from callboard.cli.ends import INTERRUPTED, PROBLEMS
from callboard.cli.progress import reporting
from callboard.cli.screen import Screen

if TYPE_CHECKING:
    from callboard.cli.session import Session
    from callboard.model.effects import Reporter
    from callboard.model.report import BuildReport


def serve_site(session: Session, site: Path, *, port: int, host: str, env: str, browser: bool) -> int:
    """Serve it until it is interrupted; the exit code."""
    session.site = site
    from callboard.serve import Refused, serve

    screen = Screen(session.environ)
    try:
        serve(site, host=host, port=port, env=env, voice=_Spoken(screen, root(site)), bug=bug.told, browser=browser)
    except Refused as refused:
        screen.line(str(refused))
        return PROBLEMS
    except KeyboardInterrupt:
        screen.line("Stopped.")
    return INTERRUPTED


class _Spoken:
    """A Voice on the screen."""

    def __init__(self, screen: Screen, folder: Path) -> None:
        self._screen = screen
        self._folder = folder

    def reporting(self) -> AbstractContextManager[Reporter]:
        return reporting(self._screen)

    def ready(self, url: str) -> None:
        self._screen.line(f"Serving {url} (Ctrl-C ends it)")

    def built(self, report: BuildReport, *, first: bool) -> None:
        self._screen.problems(report, self._folder)
        if not report.written:
            self._screen.summary(f"{words.stopped(report)} Waiting for changes.", report)
            return
        verb = "built" if first else "rebuilt"
        pages = f"{words.number(report.rendered)} of {words.count(report.pages, 'page')}"
        self._screen.line(f"{verb} {pages} in {words.seconds(report.seconds)}")

    def fault(self, line: str) -> None:
        self._screen.line(line)
