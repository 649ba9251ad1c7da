"""The server: binds, builds, serves, watches, rebuilds."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from pathlib import Path
from socket import socket
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from callboard.model.effects import Silent
from callboard.proxy import is_local, listen
from callboard.serve.state import State
from callboard.serve.watch import Watch
from callboard.serve.worker import FOLDER, Bug, Outcome, Worker

if TYPE_CHECKING:
    from callboard.model.effects import Reporter
    from callboard.model.report import BuildReport

LOOK_EVERY: Final = 0.3
"""Seconds between two looks at the files; also how long they must rest before a rebuild."""
_SHARE: Final = 10
"""Looking may take one part in so many of the time: a huge folder is looked at less often."""


class Voice(Protocol):
    """What the person at the terminal hears."""

    def reporting(self) -> AbstractContextManager[Reporter]:
        """A reporter for the first build."""

    def ready(self, url: str) -> None:
        """The site is served there."""

    def built(self, report: BuildReport, *, first: bool) -> None:
        """A build ended."""

    def fault(self, line: str) -> None:
        """A fault of ours, in one line; serving goes on."""


def serve(target: Path, *, host: str, port: int, env: str, voice: Voice, bug: Bug, browser: bool = False) -> None:
    """Serve the site ``target`` (a folder or ``site.yaml``) until KeyboardInterrupt. May raise Refused."""
    root = (target if target.is_dir() else target.parent).absolute()

    state = State(root / FOLDER, host, lambda error: voice.fault(bug(error, root)))
    sockets = listen(host, port)
    state.port = sockets[0].getsockname()[1]
    asyncio.run(_Serving(target.absolute(), env, state, voice, bug).run(sockets, root, browser=browser))


class _Serving:
    """One run of the server."""

    def __init__(self, target: Path, env: str, state: State, voice: Voice, bug: Bug) -> None:
        self._target = target
        self._env = env
        self._state = state
        self._voice = voice
        self._bug = bug
        self._worker = self._new_worker()

    def _new_worker(self) -> Worker:
        return Worker(self._target, self._env, self._bug)

    async def run(self, sockets: list[socket], root: Path, *, browser: bool) -> None:
        from callboard.proxy.wire import Server
        from callboard.serve.answers import application

        server = Server(application(self._state), most=1000, body_timeout=60.0)
        server.add_sockets(sockets)
        watch = Watch(root)
        try:
            await asyncio.to_thread(watch.changed)
            with self._voice.reporting() as reporter:
                outcome = await asyncio.to_thread(self._worker.build, reporter)
            await self._finish(outcome, watch, first=True)
            self._voice.ready(self._state.url)
            if browser:
                await asyncio.to_thread(_open, self._state.url)
            await self._follow(watch)
        finally:
            self._worker.end()
            if self._state.desk is not None:
                await self._state.desk.close()

    async def _follow(self, watch: Watch) -> None:
        while True:
            begun = monotonic()
            changed = await asyncio.to_thread(watch.changed)
            took = monotonic() - begun
            if changed:
                await self._rest(watch)
                await self._finish(await asyncio.to_thread(self._worker.build, Silent()), watch, first=False)
            await asyncio.sleep(max(LOOK_EVERY, took * _SHARE))

    async def _rest(self, watch: Watch) -> None:
        """Wait until nothing changes any more: an editor saves in several steps, git changes many files."""
        await asyncio.sleep(LOOK_EVERY)
        while await asyncio.to_thread(watch.changed):
            await asyncio.sleep(LOOK_EVERY)

    async def _finish(self, outcome: Outcome, watch: Watch, *, first: bool) -> None:
        self._worker.end()
        self._worker = self._new_worker()
        if outcome.report is not None:
            watch.look_at(outcome.files, but=outcome.unwatched)
        await self._answer()  # before open pages hear of it, and ask for live values
        self._state.finish(outcome)
        if outcome.report is None:
            self._voice.fault(outcome.fault)
        else:
            self._voice.built(outcome.report, first=first)

    async def _answer(self) -> None:
        """Live answers as the site's files say now; as before, if they cannot be read."""
        from callboard.proxy.desk import Desk
        from callboard.proxy.table import load

        try:
            table, _ = await asyncio.to_thread(load, self._target, env=self._env)
        except Exception as error:  # code of plugins is loaded: a fault of theirs, or ours, must not end the server
            self._state.bug(error)
            return
        if table is None:
            return
        if self._state.desk is None:
            local = is_local(self._state.host)
            # On this machine alone the developer asks, who holds the secrets anyway: the policy is for readers.
            self._state.desk = Desk(table, fault=self._state.bug, guarded=not local, is_local=local)
        else:
            self._state.desk.change(table)


def _open(url: str) -> None:
    import webbrowser

    webbrowser.open(url)
