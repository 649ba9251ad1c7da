"""Where bundled files lie, files found by glob in a fixed order, and reads that never leave their folder."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

_MAGIC = re.compile(r"[*?\[{]")
_BRACKETED = re.compile(r"\[([^]!^])\]")
_ALTERNATIVES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_MOST_CHARACTERS = 1000
_MOST_ALTERNATIVES = 256
_OPEN = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)

_Segment = re.Pattern[str] | None
"""One part of a pattern between slashes; None is ``**``."""
_State = tuple[int, int]
"""Which alternative of a pattern, and how many of its segments are behind us."""


class Refused(Exception):
    """A file that is not read, or a pattern that is not followed. ``what`` and ``mend`` are whole sentences."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(f"{what} {mend}".strip())
        self.what = what
        self.mend = mend


def bundled(what: str) -> Path:
    """The folder of the bundled ``plugins`` or ``themes``: inside the package in a wheel, else at the checkout's root."""
    package = Path(__file__).resolve().parent
    inside = package / "bundled"
    return (inside if inside.is_dir() else package.parent.parent) / what


def shown(root: Path, path: Path) -> str:
    """``path`` as people see it: relative to ``root``, with ``/``; bytes that are not UTF-8 are escaped."""
    try:
        name = os.path.relpath(path, root)
    except ValueError:  # another drive (Windows)
        name = str(path)
    return name.replace(os.sep, "/").encode("utf-8", "backslashreplace").decode("utf-8")


def resolve(root: Path, path: Path) -> Path:
    """The real place of ``path`` with every link followed. Raises Refused if it is not inside ``root``, FileNotFoundError."""
    try:
        base = os.path.realpath(root)
        real = os.path.realpath(path, strict=True)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(str(path)) from None
    except (OSError, ValueError) as error:
        raise Refused(_unreadable(root, path, error)) from None
    if not _within(base, real):
        raise Refused(
            f'"{shown(root, path)}" leads out of its folder "{root.name}" through a link.',
            "Replace the link by the file itself, or name the folder that it leads to.",
        )
    return Path(real)


def read(root: Path, path: Path, *, limit: int) -> bytes:
    """The content of a regular file inside ``root``, at most ``limit`` bytes.

    Links may point to another place inside ``root``. Raises Refused (a link out, no regular file, too large, unreadable) or
    FileNotFoundError.
    """
    return Reader(root).read(path, limit=limit)


class Reader:
    """Reads files inside one ``root``; where a folder really lies is asked once for all of its files."""

    def __init__(self, root: Path) -> None:
        self._root, self._base = root, os.path.realpath(root)
        self._folders: dict[str, str] = {}

    def read(self, path: Path, *, limit: int) -> bytes:
        """As ``read``."""
        return _opened(self._root, path, self._real(path), limit)

    def _real(self, path: Path) -> str:
        """The file's own place, as ``resolve`` finds it."""
        if path.name in ("", "..") or path.is_symlink():
            return str(resolve(self._root, path))
        folder = os.fspath(path.parent)
        real = self._folders.get(folder)
        if real is None or not _within(self._base, real):
            resolve(self._root, path)  # says what is wrong, if anything is
            real = self._folders[folder] = os.path.realpath(folder)
        return os.path.join(real, path.name)  # noqa: PTH118  # 2,000 files: a Path for each costs as much as opening it


def _opened(root: Path, path: Path, real: str, limit: int) -> bytes:
    try:
        number = os.open(real, _OPEN)  # after realpath the last part is no link, unless somebody swaps it: then this fails
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Refused(_unreadable(root, path, error)) from None
    try:
        _check(os.fstat(number), root, path, limit)
        content = _read(number, limit + 1)
    except OSError as error:
        raise Refused(_unreadable(root, path, error)) from None
    finally:
        os.close(number)
    if len(content) > limit:
        raise _too_large(shown(root, path), limit)
    return content


def find(base: Path, pattern: str) -> tuple[Path, list[Path]]:
    """The files that ``pattern`` (relative to ``base``, or absolute) names: the folder of its fixed part, and the files, sorted.

    ``*``, ``?``, ``[..]`` match inside a name, ``**`` any number of folders, ``{a,b}`` either. Names that begin with a dot are
    matched only where the pattern says the dot; ``**`` goes into no hidden folder, no ``node_modules`` and no linked folder (a
    link inside the root would only give second names). A linked folder that leaves the root stands in the list itself, and so
    does a folder that cannot be opened: ``read`` refuses it with the reason. Raises Refused for a pattern that makes no sense.
    """
    segments = [part for part in pattern.split("/") if part not in ("", ".")]
    if not segments or "\0" in pattern:
        raise Refused(f"the pattern {pattern!r} names no file.", "Write for example: content/*.yaml")
    if len(pattern) > _MOST_CHARACTERS:
        raise Refused(f"the pattern has {len(pattern)} characters; {_MOST_CHARACTERS} are allowed.", "Write a shorter pattern.")
    fixed = list(takewhile(lambda part: not _MAGIC.search(part), segments))
    literal = len(fixed) == len(segments)
    if literal:
        fixed.pop()
    root = Path(os.path.normpath(base / ("/" if pattern.startswith("/") else "") / "/".join(fixed)))
    if literal:
        path = root / segments[-1]
        return root, [path] if os.path.lexists(path) else []
    if names := _names(segments[len(fixed) :]):
        return root, _named(root, names)
    patterns = [_compiled(alternative) for alternative in _alternatives("/".join(segments[len(fixed) :]))]
    return root, sorted(_walk(root, patterns), key=lambda path: path.relative_to(root).as_posix())


def _names(segments: list[str]) -> list[str]:
    """The names that segments stand for in which every wildcard is one character in brackets (``[a].yaml``); none if one is another."""
    names = [_BRACKETED.sub(r"\1", part) for part in segments]
    return [] if any(_MAGIC.search(_BRACKETED.sub("", part)) for part in segments) or ".." in names else names


def _named(root: Path, names: list[str]) -> list[Path]:
    """As ``_walk``, for one file whose name is known: a folder of thousands need not be listed for each of them."""
    base, path = os.path.realpath(root), root
    try:
        for name in names:
            path /= name
            if path.is_symlink() and not _within(base, os.path.realpath(path)):
                return [path]
        return [path] if os.path.lexists(path) and not path.is_dir() else []
    except OSError:  # a place where we may not look: ``read`` refuses it with the reason
        return [path]


def _within(base: str, real: str) -> bool:
    return real == base or real.startswith(base.rstrip(os.sep) + os.sep)


def _unreadable(root: Path, path: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f'"{shown(root, path)}" cannot be read: {reason}.'


def _too_large(name: str, limit: int) -> Refused:
    return Refused(f'"{name}" is larger than {limit:,} bytes.', "Split it into smaller files.")


def _check(status: os.stat_result, root: Path, path: Path, limit: int) -> None:
    if stat.S_ISREG(status.st_mode) and status.st_size <= limit:
        return
    name = shown(root, path)
    if stat.S_ISDIR(status.st_mode):
        raise Refused(f'"{name}" is a folder, not a file.', f"Name its files, for example: {name}/**/*.yaml")
    if not stat.S_ISREG(status.st_mode):
        raise Refused(f'"{name}" is no regular file.', "Only plain files are read.")
    if status.st_size > limit:
        raise _too_large(name, limit)


def _read(number: int, most: int) -> bytes:
    parts: list[bytes] = []
    while most > 0 and (part := os.read(number, most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _alternatives(pattern: str) -> list[str]:
    """``pattern`` without braces: ``a.{yaml,yml}`` gives two. The innermost braces go first, so nesting needs no recursion."""
    done: dict[str, None] = {}
    open_: list[str] = [pattern]
    seen = {pattern}
    while open_:
        text = open_.pop()
        match = _ALTERNATIVES.search(text)
        if match is None:
            done[text] = None
            continue
        choices = {text[: match.start()] + choice + text[match.end() :] for choice in match[1].split(",")} - seen
        seen |= choices
        open_ += choices
        if len(seen) > 4 * _MOST_ALTERNATIVES:
            raise Refused(
                f'the pattern "{pattern}" has more than {_MOST_ALTERNATIVES} alternatives.', "Use * instead of so many braces."
            )
    return sorted(done)


def _compiled(pattern: str) -> list[_Segment]:
    segments = [part for part in pattern.split("/") if part not in ("", ".")]
    if ".." in segments:
        raise Refused(f'the pattern "{pattern}" goes up with ".." after a wildcard.', 'Write ".." at the beginning only.')
    # fnmatch's translation holds each "*" in an atomic group: matching takes linear time, whatever the pattern
    return [None if part == "**" else re.compile(_dotless(part) + fnmatch.translate(part)) for part in segments]


def _dotless(part: str) -> str:
    return "" if part.startswith(".") else r"(?!\.)"


def _walk(root: Path, patterns: list[list[_Segment]]) -> Iterator[Path]:
    """Every folder is opened once, with the set of all places in all patterns that it may stand for."""
    base = os.path.realpath(root)
    stack = [(str(root), frozenset((number, 0) for number, segments in enumerate(patterns) if segments))]
    while stack:
        folder, states = stack.pop()
        try:
            with os.scandir(folder) as scan:
                entries = list(scan)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            yield Path(folder)
            continue
        closed = _closed(patterns, states)
        for entry in entries:
            step = _step(patterns, closed, entry)
            if step.taken or (step.entered and _leads_out(base, entry)):
                yield Path(entry.path)
            elif step.below:
                stack.append((entry.path, frozenset(step.below)))


@dataclass(slots=True)
class _Step:
    """What patterns make of one entry of a folder."""

    below: set[_State] = field(default_factory=set)
    """What they expect inside it."""
    taken: bool = False
    """It is a file that they name."""
    entered: bool = False
    """They lead into it, if it is not a link."""


def _step(patterns: list[list[_Segment]], states: set[_State], entry: os.DirEntry[str]) -> _Step:
    step = _Step()
    folder = _is_folder(entry)
    hidden = entry.name.startswith(".")
    deep = folder and not hidden and entry.name != "node_modules"
    for number, at in states:
        segments = patterns[number]
        segment, last = segments[at], at == len(segments) - 1
        if segment is None:
            step.taken |= last and not folder and not hidden
            step.entered |= deep
            if deep and not entry.is_symlink():
                step.below.add((number, at))
        elif segment.match(entry.name):
            step.taken |= last and not folder
            if folder and not last:
                step.entered = True
                step.below.add((number, at + 1))
    return step


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads in a circle, or to where we may not look
        return False


def _closed(patterns: list[list[_Segment]], states: frozenset[_State]) -> set[_State]:
    """The states, and those behind each ``**``, which may stand for no folder at all."""
    found: set[_State] = set()
    for number, start in states:
        at = start
        found.add((number, at))
        while at < len(patterns[number]) - 1 and patterns[number][at] is None:
            at += 1
            found.add((number, at))
    return found


def _leads_out(base: str, entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() and not _within(base, os.path.realpath(entry.path))
