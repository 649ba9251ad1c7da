"""Dotted paths and ``{placeholders}`` over plain data: ``lookup(record, "metadata.annotations.github.com/project-slug")``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

MISSING: Final = object()
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAMED = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*")
_SLUG = re.compile(r"[A-Za-z0-9._~+@](?:[A-Za-z0-9._~+@-]*[A-Za-z0-9._~+@])?\Z")
_SHARP = re.compile(r"(?<=[^\W\d_])#(?!\w)")
_PLUGIN: Final = re.compile(r"[a-z][a-z0-9_]*")


def lookup(value: Any, path: str, default: Any = None) -> Any:
    """The value at ``path``, or ``default``. ``@`` or an empty path is the value itself.

    Keys may hold dots themselves, as Backstage's annotations do: where a step leads nowhere, the longest key that fits is taken.
    List items are counted from 0 (``links.0.url``).
    """
    if path in ("", "@"):
        return value
    parts = _split(path)
    found = value
    for part in parts:
        if type(found) is not dict or part not in found:
            found = _walk(value, parts)
            return default if found is MISSING else found
        found = found[part]
    return found


@lru_cache(maxsize=1024)
def _split(path: str) -> list[str]:
    return path.split(".")


def _walk(value: Any, parts: list[str]) -> Any:
    if not parts:
        return value
    if isinstance(value, (dict, Mapping)):
        for end in range(len(parts), 0, -1):
            key = ".".join(parts[:end])
            if key in value:
                found = _walk(value[key], parts[end:])
                if found is not MISSING:
                    return found
        return MISSING
    if isinstance(value, (list, tuple)) and parts[0].isdigit() and int(parts[0]) < len(value):
        return _walk(value[int(parts[0])], parts[1:])
    return MISSING


def mapping(value: Any) -> Mapping[str, Any]:
    """A mapping where one is expected; an empty one for anything else."""
    return value if isinstance(value, (dict, Mapping)) else {}


def key_of(data: Any, path: str, index: int | None = None) -> tuple[str | int, ...]:
    """The key of a dotted path in ``data``: at each mapping the longest key that fits, as ``lookup`` does; ``index`` is an item's."""
    key: list[str | int] = []
    parts = path.split(".")
    while parts:
        end = next((n for n in range(len(parts), 0, -1) if isinstance(data, Mapping) and ".".join(parts[:n]) in data), 1)
        step = ".".join(parts[:end])
        key.append(step)
        data = data.get(step) if isinstance(data, Mapping) else None
        parts = parts[end:]
    return tuple(key) if index is None else (*key, index)


def placeholders(template: str) -> tuple[str, ...]:
    """The paths named in a template, in order: ``"/{run.id}"`` gives ``("run.id",)``."""
    return tuple(_PLACEHOLDER.findall(template))


def is_name(text: str) -> bool:
    """Whether what stands in braces can be the path of an option: ``team``, ``item.name``."""
    return _NAMED.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _pieces(template: str) -> list[str]:
    """Text and paths in turn: ``"/{run.id}/"`` gives ``["/", "run.id", "/"]``."""
    return _PLACEHOLDER.split(template)


def fill(template: str, scope: Mapping[str, Any], quote: Callable[[str], str] = str) -> str:
    """``template`` with each ``{path}`` replaced by its value in ``scope``; KeyError names a path that is not there."""
    pieces = list(_pieces(template))
    for index in range(1, len(pieces), 2):
        found = lookup(scope, pieces[index], MISSING)
        if found is MISSING or found is None:
            raise KeyError(pieces[index])
        pieces[index] = quote(words(found))
    return "".join(pieces)


def words(value: Any) -> str:
    """A plain value as readers see it: no ``None``, no ``True``."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(words(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {words(item)}" for key, item in value.items())
    return str(value)


def path_words(path: str) -> str:
    """A dotted path as people read it, its last word: ``spec.startedAt`` is ``Started at``."""
    last = path.rsplit(".", 1)[-1].replace("_", " ").replace("-", " ")
    spaced = "".join(f" {c.lower()}" if c.isupper() and i and last[i - 1].islower() else c for i, c in enumerate(last))
    return spaced[:1].upper() + spaced[1:]


def segment(text: str) -> str:
    """A value as part of a path: letters, digits and ``-._~+@``, a slash where the value has one; the rest becomes hyphens.

    ``c#`` is ``c-sharp``, since ``c`` is another language.
    """
    if _is_slug(text):
        return text
    parts = (_slug(part) for part in text.split("/"))
    return "/".join(part for part in parts if part)


def _is_slug(text: str) -> bool:
    return _SLUG.match(text) is not None and "--" not in text and text not in (".", "..")


def _slug(text: str) -> str:
    if _is_slug(text):
        return text
    kept = "".join(c if c.isalnum() or c in "-._~+@" else "-" for c in _SHARP.sub("-sharp", text.strip()))
    while "--" in kept:
        kept = kept.replace("--", "-")
    kept = kept.strip("-")
    return "" if kept in (".", "..") else kept


def of_plugin(expression: str) -> tuple[str, str]:
    """``history:series[?last]`` asks another plugin: its name ("" for one's own data), and the expression over its lists."""
    name, colon, rest = expression.partition(":")
    return (name, rest.strip()) if colon and _PLUGIN.fullmatch(name) else ("", expression)
