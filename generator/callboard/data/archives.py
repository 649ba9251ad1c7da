"""Archives of repositories (zip, tar, tar.gz) → folders of plain files, within limits: what an archive says is never trusted."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import posixpath
import shutil
import stat
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

FOLDER: Final = ".callboard/trees"
"""Where archives are unpacked, below the site's root; it may always be deleted."""
MOST_FILES: Final = 10_000
MOST_BYTES: Final = 200_000_000
_LISTED: Final = 200_000
"""The most entries that are looked at, wherever they lie in the archive."""
_UNPACKED: Final = 2_000_000_000
"""Bytes of a whole archive, unpacked: only the folder that is wanted is written, but all before it must be read."""
_END: Final = 4_102_444_800
"""The year 2100."""
_UNUSED: Final = 30 * 86400.0
"""Seconds after which a tree that no build used is removed."""
_STEP: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive. ``link`` is where a link leads, relative to its folder."""

    name: str
    size: int
    at: int
    link: str = ""


def unpacked(content: bytes, root: Path, below: str = "") -> tuple[str, datetime | None]:
    """The folder (relative to ``root``) that holds the files of an archive, those of its folder ``below`` only, and the time of the newest.

    An archive that was unpacked before is not read again. Raises ValueError with a sentence.
    """
    digest = hashlib.sha256(below.encode() + b"\0" + content).hexdigest()[:32]
    folder = f"{FOLDER}/{digest}"
    place = root / folder
    if place.is_dir():
        os.utime(place)
    else:
        _forget(root / FOLDER)
        _write(content, place, below.strip("/"))
    at = int((place / "at").read_text(encoding="ascii"))
    return f"{folder}/files", datetime.fromtimestamp(at, UTC) if at else None


def _forget(folder: Path) -> None:
    """Remove what no build has used for long, and what one left half done."""
    before = time.time() - _UNUSED
    for entry in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):  # another build may be removing it as well
            if entry.stat().st_mtime < before:
                shutil.rmtree(entry, ignore_errors=True)


def _write(content: bytes, place: Path, below: str) -> None:
    opened = _Zip(content) if content.startswith(b"PK") else _Tar(content)
    try:
        wanted = _wanted(list(opened.entries()), below)
        place.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="new-", dir=place.parent))
        try:
            (made / "files").mkdir()
            opened.extract({name: made / "files" / entry.name for name, entry in wanted.items() if not entry.link})
            _link(made / "files", [entry for entry in wanted.values() if entry.link])
            newest = max((entry.at for entry in wanted.values()), default=0)
            (made / "at").write_text(str(newest), encoding="ascii")
            made.chmod(0o755)
            try:
                made.rename(place)
            except OSError:
                if not place.is_dir():  # another build was quicker
                    raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"it is no whole archive: {str(error).rstrip('.') or type(error).__name__}.") from None
    except OSError as error:
        raise ValueError(f"the archive cannot be unpacked: {error.strerror or error}.") from None


def _wanted(entries: list[Entry], below: str) -> dict[str, Entry]:
    """The entries that are written, by their name in the archive, each with its name in the folder."""
    tops = {entry.name.partition("/")[0] for entry in entries}
    inside = all("/" in entry.name for entry in entries)
    prefix = f"{tops.pop()}/" if len(tops) == 1 and inside else ""
    prefix += f"{below}/" if below else ""
    found = {e.name: replace(e, name=e.name.removeprefix(prefix)) for e in entries if e.name.startswith(prefix)}
    if len(found) > MOST_FILES:
        raise ValueError(f"the archive has {len(found):,} files there; {MOST_FILES:,} are allowed.")
    if sum(entry.size for entry in found.values()) > MOST_BYTES:
        raise ValueError(f"the archive's files are larger than {MOST_BYTES:,} bytes.")
    return found


def _checked(name: str) -> str:
    """A name that stays inside of the folder that it is written into. Raises ValueError."""
    parts = name.removeprefix("./").split("/")
    if name.startswith("/") or "\\" in name or "\0" in name or not {"", ".", ".."}.isdisjoint(parts) or ":" in parts[0]:
        shown = name if len(name) < 100 else f"{name[:100]}…"
        raise ValueError(f'the archive holds the name "{shown}", which leads out of it.')
    return "/".join(parts)


def _time(said: float) -> int:
    """Seconds since 1970, 0 for what can be no time of a file."""
    return int(said) if 0 <= said < _END else 0


def _link(folder: Path, links: list[Entry]) -> None:
    """Links to files of the tree become those files; others are left out, so nothing ever leads out of it."""
    for entry in links:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(entry.name), entry.link))
        source = folder / target
        if target.startswith(("..", "/")) or not source.is_file() or (folder / entry.name).exists():
            continue
        with _new(folder / entry.name) as written:
            written.write(source.read_bytes())


@contextmanager
def _new(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as written:
        yield written


def _copy(source: IO[bytes], path: Path, size: int) -> None:
    left = size
    with _new(path) as written:
        while left > 0 and (part := source.read(min(left, _STEP))):
            written.write(part)
            left -= len(part)


class _Zip:
    """A zip."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def entries(self) -> Iterator[Entry]:
        """Its files."""
        with zipfile.ZipFile(io.BytesIO(self._content)) as opened:
            for number, info in enumerate(opened.infolist()):
                if number >= _LISTED:
                    raise ValueError(f"the archive has more than {_LISTED:,} entries.")
                mode = info.external_attr >> 16
                if info.is_dir() or stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                    continue  # a link of a zip is a file that says where to: hosts of repositories pack none
                at = int(datetime(*info.date_time, tzinfo=UTC).timestamp()) if info.date_time[0] > 1980 else 0
                yield Entry(_checked(info.filename), info.file_size, at)

    def extract(self, places: dict[str, Path]) -> None:
        """Write files, by their name in the archive."""
        with zipfile.ZipFile(io.BytesIO(self._content)) as opened:
            for info in opened.infolist():
                if (path := places.pop(info.filename.removeprefix("./"), None)) is not None:
                    with opened.open(info) as source:
                        _copy(source, path, info.file_size)


class _Tar:
    """A tar, packed by gzip or not."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @contextmanager
    def _opened(self) -> Iterator[tarfile.TarFile]:
        plain = io.BytesIO(self._content)
        source = gzip.GzipFile(fileobj=plain) if self._content.startswith(b"\x1f\x8b") else plain
        # As a stream: then all that is read passes the one counter, headers of any length too.
        counted: Any = _Counted(source)
        with tarfile.open(fileobj=counted, mode="r|") as opened:
            yield opened

    def entries(self) -> Iterator[Entry]:
        """Its files and links."""
        with self._opened() as opened:
            for number, member in enumerate(opened):
                if number >= _LISTED:
                    raise ValueError(f"the archive has more than {_LISTED:,} entries.")
                opened.members = []  # type: ignore[attr-defined]  # else it keeps them all
                if member.isreg():
                    yield Entry(_checked(member.name), member.size, _time(member.mtime))
                elif member.issym():
                    yield Entry(_checked(member.name), 0, _time(member.mtime), member.linkname or ".")

    def extract(self, places: dict[str, Path]) -> None:
        """Write files, by their name in the archive."""
        with self._opened() as opened:
            for member in opened:
                opened.members = []  # type: ignore[attr-defined]  # as above
                if member.isreg() and (path := places.pop(member.name.removeprefix("./"), None)) is not None:
                    source = opened.extractfile(member)
                    assert source is not None  # of a regular file
                    _copy(source, path, member.size)


class _Counted:
    """A stream that ends with a ValueError after too many bytes: a small archive may unpack to any size."""

    def __init__(self, source: IO[bytes] | gzip.GzipFile) -> None:
        self._source, self._left = source, _UNPACKED

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes."""
        part = self._source.read(_STEP if size < 0 else size)
        self._left -= len(part)
        if self._left < 0:
            raise ValueError(f"the archive unpacks to more than {_UNPACKED:,} bytes.")
        return part
