"""The disk: whole files, renames, one-step swaps, and what makes them outlast a power cut."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_FEW = 64
"""Up to so many files are flushed one by one (0.3 ms each); more are cheaper with the whole file system (0.2 s for 10,000)."""

UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})
"""How kernels, file systems and container sandboxes say that they know no exchange."""


class DiskWriter:
    """``model.effects.Writer`` on the real disk."""

    def write(self, path: Path, content: bytes) -> None:
        """Write a file whole (an existing one is replaced in place); its folder exists. Raises OSError."""
        descriptor = os.open(path, _NEW, 0o644)
        try:
            _write_all(descriptor, content)
        finally:
            os.close(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Rename ``source`` over ``target``. Raises OSError."""
        os.replace(source, target)  # noqa: PTH105 - Path.replace would read the same and cost more

    def exchange(self, first: Path, second: Path) -> None:
        """Swap two folders in one step; raises OSError with an errno of ``UNSUPPORTED`` where the system cannot."""
        if not _linux("renameat2", _AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE):
            raise OSError(errno.ENOSYS, "this system cannot swap two folders in one step")


def stage_file(stage: Path, file: str, content: bytes) -> None:
    """Write one file of the new site below ``stage``, making its folders; any process may call it. Raises OSError.

    Nothing is remembered between calls: a page's own folder is nearly always new, any other nearly always there.
    """
    if file.startswith("/") or (".." in file and ".." in file.split("/")):
        raise ValueError(f"{file!r} leads out of the stage")
    path = f"{stage}/{file}"
    if file.endswith("/index.html"):
        _make_folder(path[:-11])
    try:
        descriptor = os.open(path, _NEW, 0o644)
    except FileNotFoundError:
        _make_folder(path.rpartition("/")[0])
        descriptor = os.open(path, _NEW, 0o644)
    try:
        _write_all(descriptor, content)
    finally:
        os.close(descriptor)


def keep_copy(source: Path, target: Path) -> bool:
    """Give a file a second name, or where that cannot be, a copy with the same time. False if ``source`` is no regular file."""
    try:
        os.link(source, target, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        if not target.parent.is_dir():
            raise
        return False
    except (OSError, NotImplementedError):  # no links here, too many, or not ours to link: a copy says why if it cannot be made
        if source.is_symlink() or not source.is_file():
            return False
        shutil.copy2(source, target)
    return True


def settle(folder: Path, files: Iterable[str], count: int) -> None:
    """Return when these files below ``folder`` are on the disk itself, names and bytes."""
    if count <= _FEW or not hasattr(os, "sync"):
        for file in files:
            flush(folder / file)
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if not _linux("syncfs", descriptor):
            os.sync()
    finally:
        os.close(descriptor)


def flush(path: Path) -> None:
    """Return when a file (or the names in a folder) is on the disk itself."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        if path.is_dir():
            return
        raise
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems flush no folders
            raise
    finally:
        os.close(descriptor)


def drop_file(path: Path) -> bool:
    """Remove what is no folder. False if there is nothing of that name, or a folder."""
    try:
        os.unlink(path)  # noqa: PTH108
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False
    except PermissionError:  # what macOS and Windows say of a folder
        if path.is_dir() and not path.is_symlink():
            return False
        raise
    return True


def drop_folder(path: Path) -> bool:
    """Remove an empty folder. False if it is not empty, not there or none."""
    try:
        path.rmdir()
    except OSError:  # it stays, and the next build sees it
        return False
    return True


def drop_tree(path: Path, names: Collection[str] = (), folders: Collection[str] = ()) -> None:
    """Remove a folder with all in it; what cannot be removed stays for the next time.

    ``names`` of files that lie there, and their ``folders`` (parents first), only save time: not to list them is a third faster.
    """
    with suppress(OSError):
        if all(S_ISDIR(os.lstat(path / folder).st_mode) for folder in folders):  # never through a link
            for name in names:
                drop_file(path / name)
            for folder in reversed([*folders]):
                (path / folder).rmdir()
    shutil.rmtree(path, ignore_errors=True)


def _make_folder(path: str) -> None:
    """``mkdir -p``, the last step first: nearly always only that one is missing."""
    try:
        os.mkdir(path)  # noqa: PTH102
    except OSError:
        os.makedirs(path, exist_ok=True)  # noqa: PTH103


def _write_all(descriptor: int, content: bytes) -> None:
    """A full disk may take a part of the bytes first and complain at the next call."""
    written = os.write(descriptor, content)
    while written < len(content):
        written += os.write(descriptor, memoryview(content)[written:])


def _linux(name: str, *arguments: int | bytes) -> bool:
    """Call a function of Linux's C library that Python does not offer. False if there is none; raises OSError if it fails."""
    if sys.platform != "linux":
        return False
    import ctypes

    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        return False
    if function(*arguments):
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return True
