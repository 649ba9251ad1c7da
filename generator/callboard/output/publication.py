"""Publication: one build's hold on its output, from the lock to the moment the new site takes the old one's place."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from callboard.model.effects import Writer
from callboard.model.names import MARKER, portable_name
from callboard.output import journal as journals
from callboard.output import state as states
from callboard.output.disk import UNSUPPORTED, DiskWriter, drop_file, drop_folder, drop_tree, keep_copy, settle
from callboard.output.journal import Journal
from callboard.output.lock import Lock
from callboard.output.place import check, located, marker_of, shown
from callboard.output.state import Entry, Files, Found, State

FEW = 500
"""So many changes are always applied one by one; of larger sites a quarter of the files."""
_ELSEWHERE = frozenset({errno.EXDEV, errno.EBUSY})
"""What folders say that cannot be renamed although their files can: a container's lower layer, a bind mount."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did: files written, files removed, and the bytes of the whole site."""

    written: int
    removed: int
    size: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is decided before anything is done."""

    identity: str
    names: tuple[str, ...]
    staged: tuple[str, ...]
    kept: tuple[str, ...]
    removals: tuple[str, ...]
    state: State

    @property
    def many(self) -> bool:
        return len(self.staged) + len(self.removals) > max(FEW, len(self.names) // 4)


class Publication:
    """A context manager: one build's hold on its output folder. ``state`` is the site's ``.callboard`` folder.

    Entering waits for another build of the same output (``wait`` is told once, in a sentence), finishes or undoes what a dead one
    left and loads what is known of the published files. Raises Refused for an output that is not ours to write, OSError if the
    disk does not allow it. Leaving without ``publish`` leaves the old site; deleting old files comes last, without the lock.
    """

    def __init__(self, output: Path, state: Path, writer: Writer, *, root: Path, wait: Callable[[str], None]) -> None:
        self._root = root.resolve()
        self._output = located(output)
        self._state_folder = state.resolve()
        self._writer = writer
        self._wait = wait
        self._lock = Lock(self._output.beside)
        self._process = os.getpid()
        self._trash: dict[Path, Collection[str]] = {}  # what is to be deleted → files that are known to lie there
        self._stage = self._fresh("stage")  # named before workers are forked, so that all of them write into one
        self._staging = False
        self._state = State()
        self._found = Found()

    def __enter__(self) -> Self:
        check(self._output, root=self._root, state=self._state_folder)
        name = shown(self._output.path, self._root)
        self._lock.acquire(lambda owner: self._wait(f"another build is writing {name} (process {owner})"))
        try:
            journals.resume(self._output, self._writer)
            check(self._output, root=self._root, state=self._state_folder)
            self._trash |= dict.fromkeys(_leftovers(self._output.beside), ())
            self._state = states.load_for(self._state_file, self._output.published)
            self._found = states.compare(self._output.path, self._state)
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._leave()

    @cached_property
    def previous(self) -> Mapping[str, Entry]:
        """The published files that are still as they were written, by name (``radar/index.html``)."""
        return states.entries(self._state, self._found)

    @property
    def key(self) -> str:
        """The build key of the published site; "" if there is none, or if any file is missing, edited or not ours."""
        return self._state.key if self._found.whole else ""

    @property
    def memo(self) -> str:
        """What the last build stored beside the key."""
        return self._state.memo

    @property
    def stage(self) -> Path:
        """An empty folder on the output's own disk, for the new and changed files. Nothing else may be put there."""
        if not self._staging:
            self._stage.mkdir(exist_ok=True)
            self._staging = True
        return self._stage

    def publish(self, files: Mapping[str, tuple[str, str]], *, staged: Collection[str], key: str, memo: str) -> Published:
        """Make the published site exactly ``files`` (name → fingerprint, note), once.

        Each file lies in the stage (``staged``) or is in ``previous`` with the same fingerprint; ValueError otherwise, and for a
        name that ``portable_name`` refuses. OSError (a full disk) leaves the old site whole.
        """
        plan = self._plan(files, frozenset(staged), key=key, memo=memo)
        if not self._output.ours or plan.many:
            self._swap(plan)
        elif plan.staged or plan.removals or self._found.hollow or plan.identity != self._output.published:
            self._apply(plan)
        else:
            states.save(plan.state, self._state_file, self._writer)
        states.settle_state(self._state_file)
        return Published(len(plan.staged), len(plan.removals), sum(plan.state.files.sizes))

    @property
    def _present(self) -> tuple[str, ...]:
        """What lies in the published folder and is no folder; without the marker."""
        return (*(name for name in self._state.files.names if name not in self._found.missing), *self._found.extra)

    @property
    def _state_file(self) -> Path:
        """Named after the way from the site to its output, so that a site that is moved as a whole keeps its state."""
        return self._state_folder / "outputs" / f"{sha256(shown(self._output.path, self._root).encode()).hexdigest()[:16]}.json"

    def _fresh(self, word: str) -> Path:
        """A new name beside the output; to be deleted in the end, whatever it will hold by then."""
        path = self._output.beside / f"{word}-{os.getpid()}-{os.urandom(4).hex()}"
        self._trash[path] = ()
        return path

    def _plan(self, files: Mapping[str, tuple[str, str]], staged: frozenset[str], *, key: str, memo: str) -> _Plan:
        _checked(files, staged, self.previous)
        names = tuple(files)
        top = f"{self.stage}/" if staged else ""
        sizes: list[int] = []
        times: list[int] = []
        for name in names:
            if name in staged:
                status = os.lstat(top + name)
                sizes.append(status.st_size)
                times.append(status.st_mtime_ns)
            else:
                entry = self.previous[name]
                sizes.append(entry.size)
                times.append(entry.mtime_ns)
        removals = tuple(name for name in self._present if name not in files)
        columns = Files(names, tuple([fingerprint for fingerprint, _ in files.values()]), tuple(sizes), tuple(times))
        identity = states.identity(files)
        notes = states.as_json([note for _, note in files.values()])
        state = State(identity, key, memo, columns, self._found.folders, notes)
        kept = tuple([name for name in names if name not in staged])
        return _Plan(identity, names, tuple([name for name in names if name in staged]), kept, removals, state)

    def _swap(self, plan: _Plan) -> None:
        """Complete the stage and let it take the output's place in one step."""
        stage, output, writer = self.stage, self._output, self._writer
        for folder in states.folders_of(plan.kept):
            (stage / folder).mkdir(exist_ok=True)
        for name in plan.kept:
            if not keep_copy(output.path / name, stage / name):
                raise OSError(errno.ENOENT, "somebody removed a published file during the build", str(output.path / name))
        writer.write(stage / MARKER, marker_of(plan.identity))
        if output.path.exists():
            stage.chmod(output.path.stat().st_mode & 0o7777)
        folders = states.folder_times(stage, states.folders_of(plan.names))
        states.save(replace(plan.state, folders=folders), self._state_file, writer)
        if not output.ours:  # nothing to lose: no waiting for the disk
            drop_folder(output.path)
            writer.replace(stage, output.path)
            return
        settle(stage, (*plan.staged, MARKER), len(plan.staged) + 1)
        try:
            old = self._exchange(stage)
        except OSError as error:
            if error.errno not in _ELSEWHERE:
                raise
            self._apply(plan)
        else:
            self._trash[old] = (*self._present, MARKER)

    def _exchange(self, stage: Path) -> Path:
        """Publish the stage; where the old site lies afterwards."""
        try:
            self._writer.exchange(stage, self._output.path)
        except OSError as error:
            if error.errno not in UNSUPPORTED:
                raise
        else:
            return stage
        old = self._fresh("old")
        journals.carry_out(Journal(stage.name, old.name, whole=True), self._output, self._writer)
        return old

    def _apply(self, plan: _Plan) -> None:
        """Stage complete, journal written: then rename and remove, file by file."""
        stage, output, writer = self.stage, self._output, self._writer
        writer.write(stage / MARKER, marker_of(plan.identity))
        changed = (*plan.staged, *plan.removals, *(f"{folder}/" for folder in self._found.hollow))
        touched = frozenset(states.folders_of(changed))  # their times are known only afterwards: the next build lists them
        folders = {name: 0 if name in touched else self._found.folders.get(name, 0) for name in states.folders_of(plan.names)}
        states.save(replace(plan.state, folders=folders), self._state_file, writer)
        settle(stage, (*plan.staged, MARKER), len(plan.staged) + 1)
        kept = self._fresh("old")
        saved = journals.save_old(output, kept, (*plan.staged, *plan.removals, MARKER))
        moves = (*plan.staged, MARKER)
        journals.carry_out(
            Journal(stage.name, kept.name, moves=moves, removals=plan.removals, hollow=self._found.hollow, saved=saved),
            output,
            writer,
        )

    def _leave(self) -> None:
        """Give the lock back, then delete: mass deletion is slow, and nobody needs to wait for it."""
        if os.getpid() != self._process:  # a forked worker that leaves through the parent's block
            return
        interrupted = journals.pending(self._output)
        self._lock.release()
        if not interrupted:
            for path, names in self._trash.items():
                drop_tree(path, names, states.folders_of(names) if names else ())
        self._lock.tidy()


def recover(output: Path, writer: Writer | None = None) -> bool:
    """Finish or undo a publication that was interrupted, and drop what a dead build left. Waits for nobody: if a build is at work,
    it is not interrupted. True if a publication was finished or undone. Raises OSError.
    """
    place = located(output)
    if not place.beside.is_dir():
        return False
    lock = Lock(place.beside)
    if not lock.acquire(None):
        return False
    try:
        interrupted = journals.pending(place)
        journals.resume(place, writer or DiskWriter())
        trash = _leftovers(place.beside)
    finally:
        lock.release()
    for path in trash:
        drop_tree(path)
    lock.tidy()
    return interrupted


def _leftovers(beside: Path) -> list[Path]:
    """What builds that are dead left: only the lock's holder may ask."""
    drop_file(beside / journals.DRAFT)
    return [path for path in beside.iterdir() if path.name.startswith(("stage-", "old-"))]


def _checked(files: Mapping[str, tuple[str, str]], staged: frozenset[str], previous: Mapping[str, Entry]) -> None:
    """Raises ValueError for a file that is neither staged nor published as it should be, and for a name that is not portable."""
    if strange := staged - files.keys():
        raise ValueError(f"staged, but no file of the site: {sorted(strange)[:3]}")
    for name, (fingerprint, _) in files.items():
        entry = previous.get(name)
        if name not in staged and (entry is None or entry.fingerprint != fingerprint):
            raise ValueError(f"{name} is neither staged nor published with that fingerprint")
        if entry is None and (fault := portable_name(name)):
            raise ValueError(f"{name}: {fault}")
