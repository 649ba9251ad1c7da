"""One build at a time per output: a lock that the system drops when its process ends, however it ends."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: two builds into one output at once are not held apart there
    fcntl = None  # type: ignore[assignment]


class Lock:
    """An exclusive ``flock`` on ``<folder>/lock``, which holds the process's number for whoever waits.

    The folder is made by ``acquire`` and removed by ``tidy``. Not inherited: a worker that outlives a killed build (they may)
    must not keep the next build waiting.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._descriptor = -1

    def acquire(self, wait: Callable[[str], None] | None) -> bool:
        """Take the lock. If another process has it: tell ``wait`` its number (once) and wait; without ``wait``, give False."""
        tell = wait
        while True:
            descriptor = self._open()
            try:
                if not _locked(descriptor, block=False):
                    if wait is None:
                        os.close(descriptor)
                        return False
                    if tell:
                        tell(_owner(descriptor))
                        tell = None
                    _locked(descriptor, block=True)
            except BaseException:
                os.close(descriptor)
                raise
            if self._still_there(descriptor):
                break
            os.close(descriptor)  # its last owner has tidied up meanwhile: this is the lock of nothing
        self._hold(descriptor)
        return True

    def release(self) -> None:
        """Give the lock back; nothing happens if it is not held."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def tidy(self) -> None:
        """Remove the folder if nothing but the lock is in it and nobody holds it."""
        with suppress(OSError):  # it may stay
            if self._alone() and self.acquire(None):
                try:
                    if self._alone():
                        (self.folder / "lock").unlink()
                        self.folder.rmdir()
                finally:
                    self.release()

    def _alone(self) -> bool:
        return [entry.name for entry in self.folder.iterdir()] == ["lock"]

    def _open(self) -> int:
        while True:
            self.folder.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # tidied up between the two calls
                return os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)

    def _still_there(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self.folder / "lock"))  # noqa: PTH116
        except FileNotFoundError:
            return False

    def _hold(self, descriptor: int) -> None:
        self._descriptor = descriptor
        with suppress(OSError):  # a full disk: the number is only for people
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, str(os.getpid()).encode())
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_Release(weakref.ref(self)))


class _Release:
    """Closes a forked child's copy of the lock; the parent's stays. Python keeps it for the life of the process: so a weak reference."""

    __slots__ = ("lock",)

    def __init__(self, lock: weakref.ref[Lock]) -> None:
        self.lock = lock

    def __call__(self) -> None:
        if lock := self.lock():
            lock.release()


def _locked(descriptor: int, *, block: bool) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if block else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(descriptor: int) -> str:
    """The number of the process that has the lock; "?" in the moment before it is written."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, 20).decode("ascii", "replace").strip() or "?"
