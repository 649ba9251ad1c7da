"""The journal: what is about to be done to the published folder, so that the next command can finish or undo it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from callboard.model.effects import Writer
from callboard.output.disk import drop_file, drop_folder, flush, keep_copy
from callboard.output.place import Output
from callboard.output.state import folders_of

_DOING = "journal.json"
_UNDOING = "undo.json"
DRAFT = "journal.new"
"""The journal before it counts."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The way from one site to the next. ``stage`` and ``kept`` name folders beside the output.

    With ``whole``, the stage is a complete site that takes the output's place. Otherwise its ``moves`` are renamed into the
    output one by one. ``saved`` are files of the old site that have a second name in ``kept`` (0, 1, …) until all is done.
    """

    stage: str
    kept: str
    whole: bool = False
    moves: tuple[str, ...] = ()
    removals: tuple[str, ...] = ()
    """Names that are no folder."""
    hollow: tuple[str, ...] = ()
    """Foreign folders, the deepest first."""
    saved: tuple[str, ...] = ()


def carry_out(journal: Journal, output: Output, writer: Writer) -> None:
    """Write the journal, do what it says, remove it. On any failure the old site is put back and the failure goes on.

    Killed at any point: before the journal has its name, nothing has changed; afterwards ``resume`` finishes it.
    """
    content = json.dumps({"callboard": 1, **asdict(journal)}).encode()
    draft, doing = output.beside / DRAFT, output.beside / _DOING
    writer.write(draft, content)
    flush(draft)
    writer.replace(draft, doing)
    try:
        flush(output.beside)
        _do(journal, output, writer)
    except BaseException:
        _undo(journal, output)
        raise
    drop_file(doing)


def save_old(output: Output, kept: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Give these files of the old site a second name in ``kept``; those that exist."""
    kept.mkdir()
    saved: list[str] = []
    for name in names:
        if keep_copy(output.path / name, kept / str(len(saved))):
            saved.append(name)
    return tuple(saved)


def pending(output: Output) -> bool:
    """True if a publication was interrupted."""
    return (output.beside / _DOING).exists() or (output.beside / _UNDOING).exists()


def resume(output: Output, writer: Writer) -> None:
    """Finish an interrupted publication; if that fails, or undoing it had begun, undo it. Raises OSError if neither can be done."""
    if undoing := _read(output.beside / _UNDOING):
        _undo(undoing, output)
    if doing := _read(output.beside / _DOING):
        try:
            _do(doing, output, writer)
        except OSError:
            _undo(doing, output)
        drop_file(output.beside / _DOING)


def _do(journal: Journal, output: Output, writer: Writer) -> None:
    """Every step may have been done already."""
    stage = output.beside / journal.stage
    if journal.whole:
        if stage.exists():
            kept = output.beside / journal.kept
            if output.path.exists() and not kept.exists():
                writer.replace(output.path, kept)
            writer.replace(stage, output.path)
        return
    top = output.path
    for name in journal.removals:
        drop_file(top / name)
    for name in journal.hollow:
        drop_folder(top / name)
    for name in journal.moves:
        source, target = stage / name, top / name
        if os.path.lexists(source):
            _make_way(target)
            writer.replace(source, target)
    _drop_empty(top, journal.removals)


def _make_way(target: Path) -> None:
    """The folder of ``target``, and no folder in its place: what an old page ``a/index.html`` leaves where ``a`` is a file now."""
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
    elif target.is_dir() and not target.is_symlink():
        for folder, _, _ in os.walk(target, topdown=False):
            drop_folder(Path(folder))


def _undo(journal: Journal, output: Output) -> None:
    """Put the old site back. Needs no space: its files still exist under a second name. Every step may have been done already."""
    with suppress(FileNotFoundError):  # from here on the journal must not be finished any more
        os.replace(output.beside / _DOING, output.beside / _UNDOING)  # noqa: PTH105
    kept, top = output.beside / journal.kept, output.path
    if journal.whole:
        if kept.exists() and not top.exists():
            os.replace(kept, top)  # noqa: PTH105
    else:
        new = tuple(set(journal.moves) - set(journal.saved))
        for name in new:
            drop_file(top / name)
        _drop_empty(top, new)
        for number, name in enumerate(journal.saved):
            if (kept / str(number)).exists():
                _make_way(top / name)
                os.replace(kept / str(number), top / name)  # noqa: PTH105
    drop_file(output.beside / _UNDOING)


def _drop_empty(top: Path, removed: Iterable[str]) -> None:
    """Remove the folders that lost their last file, upwards."""
    for folder in reversed(folders_of(removed)):
        if folder:
            drop_folder(top / folder)


def _read(path: Path) -> Journal | None:
    """A journal; None if there is none. A damaged one (never ours: it is flushed before it gets its name) is dropped: the next
    build compares every file with the state and mends what is wrong.
    """
    try:
        said = json.loads(path.read_bytes())
        version = said.pop("callboard")
        lists = {key: tuple(value) for key, value in said.items() if isinstance(value, list)}
        return Journal(**{**said, **lists}) if version == 1 else None
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        drop_file(path)
        return None
