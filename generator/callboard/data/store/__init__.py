"""A logical database for each plugin, built up by its migrations: a file of SQLite, or a schema of PostgreSQL."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from callboard.data import sqlitefile
from callboard.data.store import postgres, sqlite
from callboard.data.store.steps import declared
from callboard.model.database import MEMORY, server_address
from callboard.model.manifest import Plugin
from callboard.model.problem import Place, Problem, Problems, Severity
from callboard.model.site import Site
from callboard.plugin import NotAsked, Store, StoreError

__all__ = ["FOLDER", "Stores"]

FOLDER: Final = Path(".callboard", "db")
"""Where SQLite's files lie, inside the site's folder, if nothing else is said."""


class Stores:
    """The plugins' databases during one build, each opened (and brought up to date) when it is first asked for. Thread-safe."""

    def __init__(self, site: Site, *, check: bool = False, offline: bool = False) -> None:
        self._site, self._spec = site, site.spec.database
        self._check, self._offline = check, offline
        self._lock = threading.Lock()
        self._opening: dict[str, threading.Lock] = {}
        self._open: dict[str, sqlite.SqliteStore | postgres.PostgresStore] = {}
        self._down = ""
        """Why the server cannot be used: it is not asked once more for each plugin."""
        self._problems: list[Problem] = []

    def of(self, plugin: Plugin) -> Store:
        """The plugin's database. Raises StoreError: not declared, not reachable, a migration failed; NotAsked in ``check``."""
        reference = plugin.manifest.database
        if not reference:
            raise StoreError("its manifest declares no database. Add for example: database: migrations:migrations")
        if self._check:
            raise NotAsked("check opens no database.")
        with self._lock:
            mine = self._opening.setdefault(plugin.name, threading.Lock())
        with mine:  # another mount of the plugin may be opening it; other plugins do not wait
            if plugin.name not in self._open:
                self._open[plugin.name] = self._ready(plugin, reference)
        return self._open[plugin.name]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What went wrong with the databases themselves (warnings)."""
        return tuple(self._problems)

    def close(self) -> None:
        """Let go of all of them."""
        for store in self._open.values():
            store.close()
        self._open.clear()

    def _ready(self, plugin: Plugin, reference: str) -> sqlite.SqliteStore | postgres.PostgresStore:
        try:
            migrations = declared(plugin.load(reference), reference)
        except Problems as stopped:
            raise StoreError(" ".join(problem.text for problem in stopped.items)) from None
        store = self._on_server(plugin.name) if self._spec.on_server else self._here(plugin.name)
        try:
            store.migrate(migrations)
        except BaseException:
            store.close()
            raise
        return store

    def _on_server(self, plugin: str) -> postgres.PostgresStore:
        if self._offline:
            raise StoreError("its database is on a server, and an offline build asks none.")
        if self._down:
            raise StoreError(self._down)
        try:
            return postgres.on_server(plugin, server_address(self._spec.connection, self._site.root), self._spec.begins)
        except StoreError as error:
            self._down = str(error)
            mend = "What the plugins keep there is not shown this time; the next build asks again."
            self._warn("database-unusable", self._down, self._site.marks.at(("database",)), mend, path="database")
            raise

    def _here(self, plugin: str) -> sqlite.SqliteStore:
        connection = self._spec.connection
        if connection == MEMORY:
            return sqlite.in_memory(plugin)
        path = self._site.root.joinpath(*self._spec.folders or FOLDER.parts) / f"{plugin}.sqlite"
        try:
            return sqlite.in_file(plugin, path)
        except sqlite.Damaged as error:
            self._set_aside(path, error)
            return sqlite.in_file(plugin, path)

    def _set_aside(self, path: Path, damage: sqlite.Damaged) -> None:
        aside = sqlitefile.set_aside(path, damage.inode)
        if aside is not None:
            what = f'the database could not be read ({damage}); it was set aside as "{aside.name}" and a new one was begun.'
            mend = "Put a copy of it back in its place if there is one: what it kept cannot be fetched again."
            self._warn("database-set-aside", what, Place(f"{path.parent.name}/{path.name}"), mend)

    def _warn(self, code: str, what: str, place: Place, mend: str, *, path: str = "") -> None:
        with self._lock:
            self._problems.append(Problem(code, what, place, path, mend, Severity.WARNING))
