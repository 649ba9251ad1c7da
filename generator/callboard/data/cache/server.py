"""A cache on a server that several machines share; where the server fails, the build goes on with what it remembers itself."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from callboard.data.cache import plain
from callboard.data.cache.memory import MemoryCache
from callboard.data.cache.store import Entry, StoredAnswer, by_address
from callboard.model.problem import Place, Problem, Severity

T = TypeVar("T")

FORMAT: Final = 1
"""Of what is written; also part of every key, so that an older Callboard never sees what a newer one keeps."""
_PACKED_FROM: Final = 4096
"""Bytes from which a body is packed."""
_INLINE: Final = 65_536
"""Bytes up to which a packed body stands behind its head."""


class Down(Exception):
    """The server does not answer, or answers what nobody can use. Its text is half a sentence without secrets."""


class Full(Exception):
    """The server did not take a value, and goes on working."""


class Values(Protocol):
    """Bytes by key on a server. Thread-safe. Every method raises Down."""

    label: str
    """What people see: ``redis at cache.example.com:6379``."""
    most: int
    """Bytes of the largest value."""

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values of ``keys``, in their order."""

    def write(self, values: Mapping[str, bytes], seconds: int) -> None:
        """Keep values for so long. Raises Full."""

    def touch(self, keys: Sequence[str], seconds: int) -> None:
        """Keep them for so long from now on."""

    def remove(self, keys: Sequence[str]) -> None:
        """Forget values."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that begins so. Raises NotListed."""

    def close(self) -> None:
        """Let go of the connections."""


class ServerCache:
    """Keeps answers and blobs on a server, each for ``keep`` seconds after its last use.

    A body that is larger than a value may be is packed and cut into parts, which are named by their content: a head never leads to
    parts of another build's body.
    """

    def __init__(self, values: Values, *, prefix: str, keep: float, place: Place, now: Callable[[], float] = time.time) -> None:
        self._values, self._keep, self._place, self._now = values, max(60, int(keep)), place, now
        self._prefix = f"{prefix}:{FORMAT}:"
        self._lock = threading.Lock()
        self._instead: MemoryCache | None = None
        self._down = ""
        self._counts = {"full": 0, "newer": 0}

    def answer(self, namespace: str, key: str) -> StoredAnswer | None:
        """The answer kept under ``key``."""

        def load() -> StoredAnswer | None:
            found = self._load("a", namespace, key)
            return _answer(*found) if found else None

        return self._do(load, lambda memory: memory.answer(namespace, key))

    def keep(self, namespace: str, key: str, answer: StoredAnswer) -> bool:
        """Keep an answer, instead of an older one."""

        def keep() -> bool:
            return self._store("a", namespace, key, {"answer": plain.told(answer)}, answer.body)

        return self._do(keep, lambda memory: memory.keep(namespace, key, answer))

    def freshen(self, namespace: str, key: str, answer: StoredAnswer) -> None:
        """All but its body is new; ``answer`` holds the body that its head belongs to."""

        def freshen() -> None:
            self._store("a", namespace, key, {"answer": plain.told(answer)}, answer.body)

        self._do(freshen, lambda memory: memory.freshen(namespace, key, answer))

    def forget(self, namespace: str, key: str) -> None:
        """Keep this answer no longer."""
        self._do(lambda: self._values.remove([self._key("a", namespace, key)]), lambda memory: memory.forget(namespace, key))

    def entries(self) -> Iterator[Entry]:
        """Every answer. Raises NotListed."""
        return iter(self._do(self._listed, lambda memory: list(memory.entries())))

    def get(self, namespace: str, key: str) -> bytes | None:
        """The blob kept under ``key``."""

        def load() -> bytes | None:
            found = self._load("b", namespace, key)
            return found[1] if found else None

        return self._do(load, lambda memory: memory.get(namespace, key))

    def set(self, namespace: str, key: str, content: bytes) -> None:
        """Keep a blob."""

        def keep() -> None:
            self._store("b", namespace, key, {}, content)

        self._do(keep, lambda memory: memory.set(namespace, key, content))

    def clear(self) -> None:
        """Forget all that begins with our prefix, in this format. Raises NotListed."""
        self._do(lambda: self._values.remove(list(self._values.keys(self._prefix))), lambda memory: memory.clear())

    def prune(self, max_age: float) -> int:  # noqa: ARG002  # every value has its own end
        """Forget nothing: the server does that."""
        return 0

    def close(self) -> None:
        """Let go of the connections."""
        self._values.close()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """One warning for each thing that went wrong, however often."""
        found = []
        if self._down:
            what = f"the cache {self._values.label} cannot be used ({self._down}); this build went on without it."
            found.append(("cache-unusable", what, "Start it, or mend cache: in site.yaml."))
        if count := self._counts["full"]:
            what = f"the cache {self._values.label} did not take {count} {'entries' if count > 1 else 'entry'}; they are fetched again."
            found.append(("cache-refused", what, "Give the server more memory, or larger values."))
        if count := self._counts["newer"]:
            what = (
                f"{count} of what the cache {self._values.label} holds was written by a newer Callboard, and was left as it is."
            )
            found.append(("cache-set-aside", what, "Use the newer Callboard everywhere, or another prefix."))
        return tuple(Problem(code, what, self._place, "cache", mend, Severity.WARNING) for code, what, mend in found)

    def _do(self, work: Callable[[], T], otherwise: Callable[[MemoryCache], T]) -> T:
        """``work`` with the server; with our own memory once the server has failed."""
        if self._instead is None:
            try:
                return work()
            except Down as down:
                with self._lock:
                    self._down = self._down or str(down)
                    self._instead = self._instead or MemoryCache()
        return otherwise(self._instead)

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1

    def _key(self, kind: str, *words: str) -> str:
        return f"{self._prefix}{kind}:{hashlib.sha256(chr(0).join(words).encode()).hexdigest()}"

    def _store(self, kind: str, namespace: str, key: str, head: dict[str, Any], body: bytes) -> bool:
        packed = zlib.compress(body, 1) if len(body) >= _PACKED_FROM else body
        digest = hashlib.sha256(packed).hexdigest()
        step = self._values.most
        parts = [packed[at : at + step] for at in range(0, len(packed), step)] if len(packed) > _INLINE else []
        head |= {"format": FORMAT, "namespace": namespace, "key": key, "until": int(self._now()) + self._keep}
        head |= {"size": len(body), "packed": len(body) >= _PACKED_FROM, "digest": digest, "parts": len(parts)}
        place = self._key(kind, namespace, key)
        try:
            if self._newer(self._values.read([place])[0]):
                return False
            self._values.write(dict(zip(self._parts(head), parts, strict=True)), self._keep)  # first: a head leads to all of them
            self._values.write({place: json.dumps(head).encode() + b"\n" + (b"" if parts else packed)}, self._keep)
        except Full:
            self._count("full")
            return False
        return True

    def _parts(self, head: Mapping[str, Any]) -> list[str]:
        return [f"{self._prefix}p:{head['digest']}:{number}" for number in range(head["parts"])]

    def _newer(self, value: bytes | None) -> bool:
        head = _head(value)
        if head is None or head["format"] <= FORMAT:
            return False
        self._count("newer")
        return True

    def _load(self, kind: str, namespace: str, key: str) -> tuple[dict[str, Any], bytes] | None:
        place = self._key(kind, namespace, key)
        value = self._values.read([place])[0]
        if value is None or self._newer(value):
            return None
        head = _head(value)
        if head is None or (head.get("namespace"), head.get("key")) != (namespace, key):
            return None
        try:
            body = _unpacked(head, b"".join(self._rest(head)) if head["parts"] else value.partition(b"\n")[2])
        except (ValueError, KeyError, TypeError, zlib.error):  # parts are gone, or somebody else wrote here: nothing is kept then
            return None
        if head["until"] - self._now() < self._keep / 2:
            self._renew(place, head, value)
        return head, body

    def _rest(self, head: Mapping[str, Any]) -> list[bytes]:
        if not 0 < head["parts"] <= plain.LARGEST // 10_000:
            raise ValueError("no such number of parts")
        found = self._values.read(self._parts(head))
        return [part for part in found if part is not None]

    def _renew(self, place: str, head: dict[str, Any], value: bytes) -> None:
        head["until"] = int(self._now()) + self._keep
        try:
            self._values.write({place: json.dumps(head).encode() + b"\n" + value.partition(b"\n")[2]}, self._keep)
        except Full:
            self._count("full")
        self._values.touch(self._parts(head), self._keep)

    def _listed(self) -> list[Entry]:
        found = []
        for value in self._values.read(list(self._values.keys(f"{self._prefix}a:"))):
            head = None if self._newer(value) else _head(value)
            if head is not None and (answer := _answer(head, b"")) is not None:
                found.append(Entry(str(head["namespace"]), str(head["key"]), answer, int(head["size"])))
        return sorted(found, key=by_address)


def _head(value: bytes | None) -> dict[str, Any] | None:
    """What stands before the body; None if it is none of ours."""
    if value is None:
        return None
    try:
        head = json.loads(value.partition(b"\n")[0])
    except (ValueError, RecursionError):
        return None
    return head if isinstance(head, dict) and isinstance(head.get("format"), int) else None


def _unpacked(head: Mapping[str, Any], packed: bytes) -> bytes:
    """The body. Raises ValueError, zlib.error: it is not the one that the head belongs to."""
    if hashlib.sha256(packed).hexdigest() != head["digest"] or not 0 <= head["size"] <= plain.LARGEST:
        raise ValueError("not its body")
    body = zlib.decompressobj().decompress(packed, head["size"] + 1) if head["packed"] else packed
    if len(body) != head["size"]:
        raise ValueError("not its size")
    return body


def _answer(head: Mapping[str, Any], body: bytes) -> StoredAnswer | None:
    try:
        return plain.answer(head.get("answer"), body)
    except ValueError:  # somebody else wrote here
        return None
