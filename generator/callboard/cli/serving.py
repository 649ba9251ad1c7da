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


def serve_endpoints(
    session: Session, site: Path, *, output: Path | None, port: int, host: str, names: tuple[str, ...], env: str
) -> int:
    """Answer the endpoints of a published site until it is interrupted; the exit code."""
    session.site = site
    from callboard import config, proxy

    screen = Screen(session.environ)
    endpoints, problems = proxy.find(site, env=env)
    loaded, _ = config.load(site, env=env)
    for problem in problems:
        screen.line(problem.text)
    if loaded is None:
        return PROBLEMS
    folder = output.absolute() if output else loaded.root / loaded.spec.build.output
    if not (folder / "-" / "build" / "report.json").is_file():
        screen.line(f'There is no published site in "{folder}". Build it first: callboard build')
        return PROBLEMS
    if not endpoints:
        screen.line("No mounted plugin has endpoints: there is nothing to answer.")
        return PROBLEMS
    known = frozenset({"localhost", "127.0.0.1", "::1", host.lower(), *(name.lower() for name in names)})
    settings = proxy.Settings(folder, loaded.base_path, endpoints, host, port, known)

    def ready(taken: int) -> None:
        where = f"[{host}]" if ":" in host else host
        for endpoint in endpoints:
            screen.line(f"Answering http://{where}:{taken}{loaded.base_path.rstrip('/')}{endpoint.prefix} (Ctrl-C ends it)")

    try:
        proxy.run(settings, ready=ready, fault=lambda error: screen.line(bug.told(error, session.root)))
    except proxy.Refused as refused:
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
