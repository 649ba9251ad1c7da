"""What all our SQLite files have in common: whose they are, how they are shared, what becomes of a damaged one."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path


def begin(path: Path) -> int:
    """Make the file if it is not there, for its owner only: it may hold what was got with credentials. Its inode. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return path.stat().st_ino


def switch_to_wal(db: sqlite3.Connection, seconds: float) -> None:
    """Readers and a writer at once. SQLite does not wait for others when the journal mode changes, so this does."""
    until = time.monotonic() + seconds
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def set_aside(path: Path, inode: int) -> Path | None:
    """Rename a damaged file (``cache.db.broken-1``). None if another build has done so already and this path is a new one."""
    with suppress(FileNotFoundError):
        if path.stat().st_ino != inode:
            return None
    number = 1
    while (aside := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    for ending in ("-wal", "-shm", ""):
        with suppress(OSError):
            Path(f"{path}{ending}").replace(f"{aside}{ending}")
    return aside
