"""What is known of the published files: kept in the state file, and held against the folder as it is."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from time import time_ns
from typing import Any

from callboard.model.effects import Writer
from callboard.model.names import MARKER
from callboard.output.disk import drop_file

_VERSION = 1
_TICK = 20_000_000
"""Nanoseconds: two changes within it may carry the same time on older kernels, so the time of a folder that young is not kept."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One published file. ``fingerprint`` says what made it, ``note`` is the pages stage's own text (links and problems of the page)."""

    fingerprint: str
    size: int
    mtime_ns: int
    note: str


@dataclass(frozen=True, slots=True)
class Files:
    """All files of a site, a column each: made, written and read several times faster than objects."""

    names: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    times: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """What a build left for the next one. It belongs to the published folder whose marker has the same ``identity``."""

    identity: str = ""
    key: str = ""
    memo: str = ""
    files: Files = Files()
    folders: Mapping[str, int] = field(default_factory=dict)
    """Every folder ("" is the top) → its mtime_ns: as long as that is the same, no name in it has come or gone. 0 is unknown."""
    notes: bytes = b"[]"
    """A JSON list, a note per file: parsed only if a page is to be made."""


@dataclass(frozen=True, slots=True)
class Found:
    """The published folder as it is, against the state."""

    wrong: frozenset[str] = frozenset()
    """Files of the state that are missing or edited."""
    missing: frozenset[str] = frozenset()
    extra: tuple[str, ...] = ()
    """Names that are no folder and that the state does not know."""
    hollow: tuple[str, ...] = ()
    """Folders that the state does not know, the deepest first."""
    folders: Mapping[str, int] = field(default_factory=dict)
    """The state's folders as they are now: 0 where something is wrong."""

    @property
    def whole(self) -> bool:
        """True if the folder holds the state's files, as they were written, and nothing else."""
        return not (self.wrong or self.extra or self.hollow)


def identity(files: Mapping[str, tuple[str, str]]) -> str:
    """The id of a site: a digest of every file's name and fingerprint."""
    text = "\n".join([f"{name}\0{files[name][0]}" for name in sorted(files)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def folders_of(names: Iterable[str]) -> list[str]:
    """The folders that these files lie in, parents before children; "" is the top."""
    folders = {""}
    for parent in {name.rpartition("/")[0] for name in names}:
        folder = parent
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return sorted(folders)


def load(path: Path) -> State:
    """The state that was written to ``path``; an empty one if it is missing, damaged or of another version."""
    try:
        head, columns, notes = path.read_bytes().split(b"\n", 2)
        said = json.loads(head)
        names, fingerprints, sizes, times, folders, folder_times = (tuple(column) for column in json.loads(columns))
        if said["callboard"] != _VERSION or not len(names) == len(fingerprints) == len(sizes) == len(times):
            return State()
        files = Files(names, fingerprints, sizes, times)
        known = dict(zip(folders, folder_times, strict=True))
        return State(str(said["id"]), str(said["key"]), str(said["memo"]), files, known, notes)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return State()


def load_for(path: Path, published: str) -> State:
    """The state of the site with the id ``published``: the lasting one, or the one that a build left that died after publishing it."""
    if not published:
        return State()
    waiting = pending(path)
    if waiting.exists():
        if load(waiting).identity == published:
            settle_state(path)
        drop_file(waiting)
    state = load(path)
    return state if state.identity == published else State()


def pending(path: Path) -> Path:
    """Where the state of a site lies until the site is published."""
    return path.with_suffix(".next")


def settle_state(path: Path) -> None:
    """Give the pending state its lasting name."""
    with suppress(OSError):  # the site is published; the next build finds the pending one
        os.replace(pending(path), path)  # noqa: PTH105


def save(state: State, path: Path, writer: Writer) -> None:
    """Write the state of a site that is about to be published, to the pending name of ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files = state.files
    head = {"callboard": _VERSION, "id": state.identity, "key": state.key, "memo": state.memo}
    columns = [files.names, files.fingerprints, files.sizes, files.times, tuple(state.folders), tuple(state.folders.values())]
    writer.write(pending(path), b"\n".join((as_json(head), as_json(columns), state.notes)))


def entries(state: State, found: Found) -> dict[str, Entry]:
    """The files that are as they were written."""
    files = state.files
    try:
        notes = json.loads(state.notes)
        rows = zip(files.names, files.fingerprints, files.sizes, files.times, notes, strict=True)
        return {row[0]: Entry(*row[1:]) for row in rows if row[0] not in found.wrong}
    except (ValueError, TypeError):  # damaged: everything is made again
        return {}


def compare(top: Path, state: State) -> Found:
    """Hold the published folder against the state: one look a file and one a folder; only folders that changed are listed."""
    if not state.folders:
        return _stranger(top)
    base = f"{top}/"
    gone: set[str] = set()
    changed: list[str] = []
    folders: dict[str, int] = {}
    for folder, known in state.folders.items():
        now = 0 if gone and folder.rpartition("/")[0] in gone else _folder_time(base + folder)
        if not now:
            gone.add(folder)
        elif now != known:
            changed.append(folder)
        folders[folder] = _settled(now)
    wrong, missing = _compare_files(base, state.files, gone)
    extra, hollow = _listed(base, changed, state)
    for folder in (*gone, *(name.rpartition("/")[0] for name in (*wrong, *extra, *hollow))):
        folders[folder] = 0
    return Found(wrong, missing, tuple(sorted(extra)), tuple(sorted(hollow, reverse=True)), folders)


def folder_times(top: Path, folders: Iterable[str]) -> dict[str, int]:
    """The times of these folders below ``top``, for the state."""
    base = f"{top}/"
    return {folder: _settled(_folder_time(base + folder)) for folder in folders}


def _settled(mtime_ns: int) -> int:
    return mtime_ns if mtime_ns < time_ns() - _TICK else 0


def _folder_time(path: str) -> int:
    """The mtime_ns of a folder, 0 for what is none."""
    try:
        status = os.lstat(path.rstrip("/"))
    except OSError:
        return 0
    return status.st_mtime_ns if S_ISDIR(status.st_mode) else 0


def _compare_files(base: str, files: Files, gone: set[str]) -> tuple[frozenset[str], frozenset[str]]:
    wrong: list[str] = []
    missing: list[str] = []
    look = os.lstat
    for name, size, time in zip(files.names, files.sizes, files.times, strict=True):
        try:
            status = look(base + name)
        except OSError:
            missing.append(name)
            continue
        if status.st_mtime_ns != time or status.st_size != size or not S_ISREG(status.st_mode):
            wrong.append(name)
    if gone:  # a folder that was replaced by a link to it would show the same files
        missing += [name for name in files.names if name.rpartition("/")[0] in gone]
    return frozenset((*wrong, *missing)), frozenset(missing)


def _stranger(top: Path) -> Found:
    """A published folder of which nothing is known: all in it is extra, but for the marker."""
    if not top.is_dir():
        return Found()
    extra, hollow = _listed(f"{top}/", [""], State(folders={"": 0}))
    return Found(frozenset(), frozenset(), tuple(sorted(extra)), tuple(sorted(hollow, reverse=True)), {"": 0})


def _listed(base: str, changed: list[str], state: State) -> tuple[list[str], list[str]]:
    """What lies in these folders and is not known: names that are no folder, and folders."""
    known = {*state.files.names, MARKER} if changed else set()
    extra: list[str] = []
    hollow: list[str] = []
    waiting = list(changed)
    while waiting:
        folder = waiting.pop()
        prefix = f"{folder}/" if folder else ""
        with os.scandir(base + folder) as listing:
            for item in listing:
                name = prefix + item.name
                if not item.is_dir(follow_symlinks=False):
                    if name not in known:
                        extra.append(name)
                elif name not in state.folders:
                    hollow.append(name)
                    waiting.append(name)
    return extra, hollow


def as_json(value: Any) -> bytes:
    """The value on one line."""
    return json.dumps(value, separators=(",", ":")).encode()
