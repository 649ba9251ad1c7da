"""A cache's answers as one file that CI keeps between runs: a zip of JSON and bodies. Nothing of it is ever unpacked to the disk.

``cache.json`` says the format; ``answers/<n>.json`` is an answer, ``answers/<n>.body`` its body. Blobs stay where they are: they cost
time only, and somebody else's datasets are not to be trusted as ours.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from callboard.data.cache import plain
from callboard.data.cache.store import CacheStore, Entry, StoredAnswer

FORMAT: Final = 1
_MOST: Final = 100_000
"""Answers in a file."""
_SIZE: Final = 2_000_000_000
"""Bytes of all bodies together, and of the file."""
_HEAD: Final = 1_000_000
"""Bytes of a JSON member."""
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every member: equal caches make equal files."""


class Unfit(Exception):
    """A file that is not taken. Its text is half a sentence."""


def write(path: Path, store: CacheStore, entries: Iterable[Entry]) -> int:
    """Write answers to a new file, readable for its owner only; how many there were. Raises OSError."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with open(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:  # noqa: PTH123  # the mode at birth
            count = _write(file, store, entries)
        beside.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
    return count


def _write(file: Any, store: CacheStore, entries: Iterable[Entry]) -> int:
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in entries:
            answer = store.answer(entry.namespace, entry.key)
            if answer is None:  # gone meanwhile
                continue
            head: dict[str, Any] = {"namespace": entry.namespace, "key": entry.key, "answer": plain.told(answer)}
            head |= {"size": len(answer.body), "digest": hashlib.sha256(answer.body).hexdigest()}
            made.writestr(_member(f"answers/{count}.json"), json.dumps(head, sort_keys=True), compresslevel=6)
            made.writestr(_member(f"answers/{count}.body"), answer.body, compresslevel=6)
            count += 1
        made.writestr(_member("cache.json"), json.dumps({"callboard cache": FORMAT, "answers": count}))
    return count


def _member(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, _WHEN)
    found.compress_type = zipfile.ZIP_DEFLATED
    found.external_attr = 0o600 << 16
    return found


def read(path: Path, store: CacheStore) -> tuple[int, int]:
    """Keep the answers of a file that ``write`` made; how many, and how many were older than what is kept already.

    The whole file is looked at before anything is kept. Raises Unfit, OSError.
    """
    for _ in _answers(path):
        pass
    kept = older = 0
    for namespace, key, answer in _answers(path):
        known = store.answer(namespace, key)
        if known is not None and known.fetched_at >= answer.fetched_at:
            older += 1
        else:
            kept += store.keep(namespace, key, answer)
    return kept, older


def _answers(path: Path) -> Iterator[tuple[str, str, StoredAnswer]]:
    if path.stat().st_size > _SIZE:
        raise Unfit(f"it is larger than {_SIZE:,} bytes")
    try:
        with zipfile.ZipFile(path) as file:
            yield from _members(file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise Unfit("it is damaged, or no file of callboard cache export") from error


def _members(file: zipfile.ZipFile) -> Iterator[tuple[str, str, StoredAnswer]]:
    names = file.namelist()
    count = _count(file, names)
    left = _SIZE
    seen: set[tuple[str, str]] = set()
    for number in range(count):
        head = _json(file, f"answers/{number}.json")
        body = _content(file, f"answers/{number}.body", min(left, plain.LARGEST))
        left -= len(body)
        try:
            place = plain.place(head.get("namespace"), head.get("key"))
            answer = plain.answer(head.get("answer"), body)
        except ValueError as error:
            raise Unfit(f"its answer {number} is not taken: {error}") from None
        if head.get("digest") != hashlib.sha256(body).hexdigest() or place in seen:
            raise Unfit(f"its answer {number} is not taken: its body is another's")
        seen.add(place)
        yield *place, replace(answer, headers=dict(answer.headers))


def _count(file: zipfile.ZipFile, names: list[str]) -> int:
    """How many answers there are. Raises Unfit: another format, or members that do not belong there."""
    if "cache.json" not in names:
        raise Unfit("it is damaged, or no file of callboard cache export")
    said = _json(file, "cache.json")
    form, count = said.get("callboard cache"), said.get("answers")
    if type(form) is int and form > FORMAT:
        raise Unfit(f"it was written by a newer Callboard, format {form}")
    if form != FORMAT or type(count) is not int or not 0 <= count <= _MOST:
        raise Unfit("it is damaged, or no file of callboard cache export")
    wanted = {"cache.json", *(f"answers/{number}.{end}" for number in range(count) for end in ("json", "body"))}
    others = [name for name in names if name not in wanted]
    if others or len(names) != len(wanted):
        raise Unfit(
            f'it holds "{ascii(others[0])[1:-1][:100]}", which does not belong there' if others else "some of it is missing"
        )
    return count


def _json(file: zipfile.ZipFile, name: str) -> dict[str, Any]:
    try:
        found = json.loads(_content(file, name, _HEAD))
    except (ValueError, RecursionError):
        raise Unfit(f"its {name} is no JSON") from None
    if not isinstance(found, dict):
        raise Unfit(f"its {name} is no JSON object")
    return found


def _content(file: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A member, unpacked bit by bit: whatever size it claims to have."""
    with file.open(name) as member:
        found = member.read(most + 1)
    if len(found) > most:
        raise Unfit(f"its {name} is larger than {most:,} bytes")
    return found
