"""A bug of ours: its traceback goes to a log; people see one line: what happened, where the log is, where to report it."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from callboard import __version__
from callboard.model.effects import CodeFailed


def told(error: BaseException, root: Path | None) -> str:
    """Log it; the line that people see."""
    return line(error, log(error, root))


def log(error: BaseException, root: Path | None) -> Path:
    """Write the traceback to ``.callboard/logs/`` of the site (or to the folder for temporary files); the log's path."""
    text = "\n".join(
        [
            f"callboard {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"time: {datetime.now(UTC).isoformat(timespec='seconds')}",
            f"command: {' '.join(sys.argv)}",
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
    handle, name = tempfile.mkstemp(prefix="callboard-bug-", suffix=".log", dir=_folder(root))
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return Path(name)


def _folder(root: Path | None) -> Path:
    if root is not None:
        folder = root / ".callboard" / "logs"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return Path(tempfile.gettempdir())  # a read-only checkout still gets its log
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.gettempdir())


def line(error: BaseException, path: Path) -> str:
    """What people see of a bug."""
    near = os.path.relpath(path)
    if isinstance(error, CodeFailed):
        return f"The code of a plugin failed: {str(error).rstrip('.')}. The log is {path if near.startswith('..') else near}."
    return (
        f"Callboard has a bug: {type(error).__name__}{_site_of(error)}. The log is {path if near.startswith('..') else near}. "
        f"Please report it, with the log, {_report_at()}."
    )


def _site_of(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "callboard" in Path(frame.filename).parts]
    if not ours:
        return ""
    name = ours[-1].filename.replace(os.sep, "/").rpartition("/callboard/")[2]
    return f" in {name}:{ours[-1].lineno}"


def _report_at() -> str:
    try:
        links = metadata.metadata("callboard").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        links = []
    found = [text.split(",", 1)[1].strip() for text in links if text.lower().startswith("issues,")]
    return f"at {found[0]}" if found else "where you got Callboard from"
