"""What a provider is given while it runs: the Context of ``callboard.plugin``, remembering what was read."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from callboard import __version__, paths
from callboard.data import archives, history
from callboard.data.cache import CacheStore
from callboard.model.dataset import Dataset, MountData, Origin, joined
from callboard.model.entity import Entity, Kind
from callboard.model.manifest import Plugin
from callboard.model.metric import Metric
from callboard.model.problem import Place, Problem, Severity, dotted
from callboard.model.secret import Secret
from callboard.plugin import Change, FetchError, File, Http, Store, Tree

_HISTORY = "\0history"
"""Stands among the patterns of a provider that asked when files were changed."""
_ARCHIVE = 60_000_000
"""Bytes of an archive."""
FILE_LIMIT = 2_000_000
"""Bytes of one data file (threats.md §3 row 5)."""


class MountContext:
    """The Context of one mount in one build. ``reads`` and ``live`` say afterwards what its dataset depends on."""

    def __init__(
        self,
        plugin: Plugin,
        root: Path,
        *,
        http: Http,
        now: datetime,
        sources: Mapping[str, list[Any]],
        needed: Needed,
        kinds: Mapping[str, Kind],
        cache: CacheStore,
        db: Callable[[], Store],
        recording: bool,
        drafts: bool,
        measured: Callable[[], tuple[tuple[Metric, ...], tuple[Problem, ...]]],
        log: Callable[[str], None],
    ) -> None:
        self._plugin, self._root, self._http, self._now, self._log = plugin, root, http, now, log
        self._db, self._recording, self._measured = db, recording, functools.cache(measured)
        self._store = cache
        self.drafts, self.path = drafts, plugin.path
        self.cache = _Kept(cache, f"{plugin.name} {plugin.digest} {__version__}")
        self.sources, self.datasets, self.kinds = sources, needed, kinds
        self.problems: list[Problem] = []
        self.reads: dict[str, str] = {}
        """Pattern → digest of all that it gave."""
        self.live = False
        """Whether a clock, a service or a database was asked: such a provider runs in every build."""
        self._files: dict[str, tuple[list[File], str]] = {}

    @property
    def http(self) -> Http:
        """Cached HTTP."""
        self.live = True
        return self._http

    @property
    def db(self) -> Store:
        """The plugin's own database."""
        self.live = True
        return self._db()

    @property
    def recording(self) -> bool:
        """Whether what this build finds is kept for later ones."""
        self.live = True
        return self._recording

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The numbers that the manifests of the needed mounts declare."""
        self.live = True
        found, problems = self._measured()
        self.problems += [problem for problem in problems if problem not in self.problems]
        return found

    @property
    def entities(self) -> Sequence[Entity]:
        """The entities of the mounts that the manifest needs."""
        return [entity for dataset in self.datasets.values() for entity in dataset.entities]

    @property
    def now(self) -> datetime:
        """The time of this build, in UTC."""
        self.live = True
        return self._now

    @property
    def mount(self) -> str:
        """The id of this mount."""
        return self._plugin.id

    def place(self, option: str, *key: str | int) -> Place:
        """Where an option, or a key inside of it, was said; the nearest of its parents that has a place."""
        whole = (option, *key)
        ways = (dotted(whole[:end]) for end in range(len(whole), 0, -1))
        marks = self._plugin.option_marks
        return next((marks[way] for way in ways if way in marks), self._plugin.mount_place)

    def log(self, message: str) -> None:
        """A line for the build's log."""
        self._log(f"{self._plugin.id}: {message}")

    def files(self, pattern: str, *, place: Place | None = None) -> Iterator[File]:
        """The files of a path or glob; problems with single files are reported at the file, a bad pattern at ``place``."""
        found, digest = self._read(pattern, place or self._plugin.mount_place)
        self.reads[pattern] = digest
        return iter(found)

    def unchanged(self, reads: Mapping[str, str]) -> bool:
        """Whether every pattern gives what it gave when its digest was noted."""
        return all(self._mark(pattern) == digest for pattern, digest in reads.items())

    def _mark(self, pattern: str) -> str:
        return self._head if pattern == _HISTORY else self._read(pattern, self._plugin.mount_place)[1]

    @functools.cached_property
    def _head(self) -> str:
        return history.state(self._root)

    def changes(self, folder: str) -> Mapping[str, Change]:
        """The last change of each file below a folder, as git knows it."""
        self.reads[_HISTORY] = self._head
        found = self._changes
        inside = f"{folder.strip('/')}/" if folder.strip("/.") else ""
        return {name: change for name, change in found.items() if name.startswith(inside)} if inside else found

    @functools.cached_property
    def _changes(self) -> Mapping[str, Change]:
        return history.changes(self._root, self._head, self._store, self.log)

    def tree(
        self,
        target: str,
        *,
        name: str,
        below: str = "",
        headers: Mapping[str, str | Secret] | None = None,
        ttl: float | None = None,
        stale: float | None = None,
    ) -> Tree:
        """A folder of the site, or an archive's files. Raises FetchError."""
        if "://" not in target:
            folder = posixpath.normpath(f"{target or '.'}/{below}".rstrip("/"))
            return Tree("" if folder == "." else folder, "", Origin(name, "file", target))
        answer = self.http.file(target, headers=headers, name=name, ttl=ttl, stale=stale, limit=_ARCHIVE)
        digest = hashlib.sha256(answer.value).hexdigest()
        try:
            found, at = archives.unpacked(answer.value, self._root, below)
        except ValueError as error:
            raise FetchError(f"{answer.origin.label} gave an archive that is not used: {error}") from None
        return Tree(found, digest, answer.origin, at)

    def _read(self, pattern: str, place: Place) -> tuple[list[File], str]:
        if pattern not in self._files:
            before = len(self.problems)
            found = self._open(pattern, place)
            marks = [f"{f.name}\0{f.digest}" for f in found] + [p.text for p in self.problems[before:]]
            self._files[pattern] = (found, hashlib.sha256("\n".join(marks).encode()).hexdigest())
        return self._files[pattern]

    def _open(self, pattern: str, place: Place) -> list[File]:
        try:
            root, found = paths.find(self._root, pattern)
        except paths.Refused as refused:
            self._refuse(refused, place)
            return []
        files, reader = [], paths.Reader(root)
        for path in found:
            name = os.path.relpath(path, self._root).replace(os.sep, "/")
            try:
                content = reader.read(path, limit=FILE_LIMIT)
            except paths.Refused as refused:
                self._refuse(refused, Place(name, 1, 1))
            except OSError as error:
                self._refuse(
                    paths.Refused(f"it cannot be read: {error.strerror}.", "Check the file and its permissions."), Place(name)
                )
            else:
                digest = hashlib.sha256(content).hexdigest()
                files.append(File(name, content, digest))
        return files

    def _refuse(self, refused: paths.Refused, place: Place) -> None:
        self.problems.append(
            Problem("refused-file", refused.what, place, mend=refused.mend, severity=Severity.WARNING, plugin=self._plugin.id)
        )


class Needed(Mapping[str, Dataset]):
    """The datasets of other mounts, by plugin name, each read when it is first looked at: a provider whose own dataset still holds
    looks at none. Those of a plugin that is mounted more than once are joined.
    """

    def __init__(self, mounts: Iterable[tuple[str, MountData]]) -> None:
        self._mounts: dict[str, list[MountData]] = {}
        for name, mount in mounts:
            self._mounts.setdefault(name, []).append(mount)
        self._found: dict[str, Dataset] = {}

    @property
    def digest(self) -> str:
        """Changes with any of them."""
        marks = [[name, [mount.digest for mount in mounts]] for name, mounts in self._mounts.items()]
        return hashlib.sha256(json.dumps(marks).encode()).hexdigest()

    def __getitem__(self, name: str) -> Dataset:
        if name not in self._found:
            self._found[name] = joined([mount.dataset for mount in self._mounts[name]])
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._mounts)

    def __len__(self) -> int:
        return len(self._mounts)


class _Kept:
    """The Cache of one plugin as it is now: other code, other cache."""

    def __init__(self, cache: CacheStore, mark: str) -> None:
        self._cache, self._mark = cache, mark

    def get(self, key: str) -> Any:
        """What was kept under ``key``; None if nothing was."""
        kept = self._cache.get("kept", f"{self._mark} {key}")
        return None if kept is None else json.loads(kept)

    def set(self, key: str, value: Any) -> None:
        """Keep plain JSON data."""
        self._cache.set("kept", f"{self._mark} {key}", json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
