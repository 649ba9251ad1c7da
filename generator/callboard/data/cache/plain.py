"""A stored answer as plain data, and back: what comes from a server or a file is looked at, piece by piece."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from callboard.data.cache.store import StoredAnswer

LARGEST: Final = 64_000_000
"""Bytes of a body; what is larger was not written by us."""
_TEXTS: Final = ("url", "etag", "last_modified", "name")
_TIMES: Final = ("fetched_at", "stored_at")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LONG: Final = 131_072
"""Characters of one value."""
_LAST: Final = 253_402_300_799
"""The end of the year 9999."""
_NAMESPACE: Final = re.compile(r"[a-z][a-z0-9_]{0,99}")
_KEY: Final = re.compile(r"[0-9a-f]{64}")


def told(answer: StoredAnswer) -> dict[str, Any]:
    """All but its body."""
    found: dict[str, Any] = {name: getattr(answer, name) for name in ("status", "ttl", *_TEXTS, *_TIMES)}
    return found | {"headers": dict(answer.headers), "asked": dict(answer.asked)}


def answer(value: Any, body: bytes) -> StoredAnswer:
    """What ``told`` wrote. Raises ValueError: half a sentence."""
    if not isinstance(value, dict) or value.keys() != {"status", "ttl", *_TEXTS, *_TIMES, "headers", "asked"}:
        raise ValueError("it is no answer as this Callboard writes them")
    if any(not _is_text(value[name]) for name in _TEXTS):
        raise ValueError("it holds no text where text belongs")
    if any(type(value[name]) is not int or not 0 <= value[name] <= _LAST for name in _TIMES):
        raise ValueError("it holds no time where a time belongs")
    if type(value["status"]) is not int or not (200 <= value["status"] < 300 or value["status"] in (404, 410)):
        raise ValueError("its status is that of no answer that is kept")
    if type(value["ttl"]) not in (int, float) or not 0 <= value["ttl"] <= _LAST:
        raise ValueError("its time to live is none")
    if not _is_headers(value["headers"]) or not _is_headers(value["asked"]):
        raise ValueError("its headers are none")
    if len(body) > LARGEST:
        raise ValueError("its body is too large")
    return StoredAnswer(**value, body=body)


def place(namespace: Any, key: Any) -> tuple[str, str]:
    """A plugin's name and a key of an answer. Raises ValueError: half a sentence."""
    if not isinstance(namespace, str) or not _NAMESPACE.fullmatch(namespace):
        raise ValueError("it names no plugin")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ValueError("its key is none")
    return namespace, key


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONG and not _CONTROL.search(value)


def _is_headers(value: Any) -> bool:
    if not isinstance(value, Mapping) or len(value) > 200:
        return False
    return all(_is_text(part) for pair in value.items() for part in pair)
