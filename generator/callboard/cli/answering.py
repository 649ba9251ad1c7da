"""``proxy``: what the person at the terminal sees of it, and its log."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callboard.cli import bug
from callboard.cli.ends import FINE, INTERRUPTED, PROBLEMS
from callboard.cli.screen import Screen

if TYPE_CHECKING:
    from callboard.cli.session import Session
    from callboard.proxy import Log, Table


def answer_site(
    session: Session, site: Path, *, output: Path | None, port: int, host: str, names: tuple[str, ...], env: str, log: str
) -> int:
    """Answer live requests of a site until it is stopped; the exit code."""
    session.site = site
    from callboard import proxy

    screen = Screen(session.environ)
    known = (host, *names)
    table, problems = proxy.load(site, env=env, names=known)
    for problem in problems:
        screen.line(problem.text)
    if table is None:
        return PROBLEMS
    folder = output.absolute() if output else table.output
    if amiss := _amiss(table, folder):
        screen.line(amiss)
        return PROBLEMS
    try:
        lines = proxy.Log(log)
    except OSError as error:
        screen.line(f'The log "{log}" cannot be written: {error.strerror}. Name another file: --log FILE')
        return PROBLEMS
    voice = _Told(session, table, host, lines)
    settings = proxy.Settings(table, folder, host, port, lambda: voice.read_again(site, env, known))
    try:
        proxy.run(settings, voice)
    except proxy.Refused as refused:
        screen.line(str(refused))
        return PROBLEMS
    except KeyboardInterrupt:
        voice.say("Stopped.")
        return INTERRUPTED
    finally:
        lines.close()
    voice.say("Stopped.")
    return FINE


def _amiss(table: Table, folder: Path) -> str:
    """Why there is nothing to answer."""
    if table.is_empty:
        return "No mounted plugin has endpoints, and proxy: has none: there is nothing to answer."
    if not (table.passages or table.values) and not (folder / "-" / "build" / "report.json").is_file():
        return f'There is no published site in "{folder}". Build it first: callboard build'
    return ""


class _Told:
    """A Voice: lines for people on standard error, requests in the log."""

    def __init__(self, session: Session, table: Table, host: str, log: Log) -> None:
        self._session, self._table, self._host, self._log = session, table, host, log
        self._screen = Screen(session.environ, stream=sys.stderr)

    def say(self, line: str) -> None:
        """A line for people."""
        self._screen.line(line)

    def ready(self, port: int) -> None:
        """It listens."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        start = f"http://{host}:{port}{self._table.base.rstrip('/')}"
        for endpoint in self._table.endpoints:
            self.say(f"Answering {start}{endpoint.prefix}")
        for passage in self._table.passages:
            self.say(f"Answering {start}{passage.prefix} from {passage.target.hostname}")
        for value in self._table.values:
            self.say(f"Answering {start}{value.path}")
        self.say("Ctrl-C ends it.")
        self._warn(self._table)

    def changed(self, table: Table | None) -> None:
        """The site's files changed."""
        if table is None:
            self.say("The site was changed and cannot be used. What was answered before is answered on.")
            return
        self._table = table
        self.say("The site was changed: answering by what it says now.")
        self._warn(table)

    def fault(self, error: BaseException) -> None:
        """An exception in a plugin's code, or of ours."""
        self.say(bug.told(error, self._session.root))

    def request(self, fields: Mapping[str, Any]) -> None:
        """One request was answered."""
        self._log.write(fields)

    def reopen(self) -> None:
        """The log was moved away."""
        self._log.reopen()

    def read_again(self, site: Path, env: str, names: tuple[str, ...]) -> Table | None:
        """The site as its files say now; None, with its problems told, if it cannot be used."""
        from callboard import proxy

        try:
            table, problems = proxy.load(site, env=env, names=names)
        except Exception as error:  # code of plugins is loaded: whatever it does, the server goes on
            self.fault(error)
            return None
        for problem in problems:
            self.say(problem.text)
        return table

    def _warn(self, table: Table) -> None:
        """What not everybody is answered, and what cannot be answered yet."""
        from callboard.proxy import is_local

        for one in table.lacking:
            if one.code == "unset-variable":
                self.say(f"{one.place}  {one.path}: {one.what} What needs it is answered 503.")
        closed = [passage for passage in table.passages if not passage.is_open]
        if table.policy is not None or not closed:
            return
        alone = "to this machine alone" if is_local(self._host) else "to nobody"
        for passage in closed:
            self.say(
                f"{table.places[passage.route]}  {passage.prefix} is answered {alone}: it requires credentials, and proxy: has no "
                "policy for them. Write one under proxy: credentials."
            )
