"""Plain data → YAML as a person would write it, with comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .conversion import Conversion
from .reading import Key

_WIDTH = 110
_PLAIN = re.compile(r"(?:\./|\.\./)*[A-Za-z/](?:[A-Za-z0-9_./@+-]|:(?=/)| (?=[A-Za-z0-9]))*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def written(made: Conversion, sources: Sequence[str]) -> str:
    """The text of the site.yaml."""
    lines = [f"# Made by callboard import backstage from {', '.join(map(_commented, sources))}."]
    lines += ["# Paths are relative to the folder of this file. Next: callboard check, callboard build."]
    for name, value in made.site.items():
        if value:
            lines += ["", *_entry(name, value, 0, (name,), made.comments)]
        if name == "plugins" and made.proposals:
            lines += [] if value else ["", "plugins: []"]
            lines += [f"  # {line}" for line in made.proposals]
    return "\n".join(lines) + "\n"


def _commented(text: str) -> str:
    return re.sub(r"[^ -~]", "?", text)


def _entry(name: str, value: Any, indent: int, key: Key, comments: Mapping[Key, str]) -> Iterator[str]:
    """A key of a mapping and its value."""
    margin = " " * indent
    if key in comments:
        yield f"{margin}# {comments[key]}"
    short = _flow(value)
    if short is not None and (not isinstance(value, dict) or indent > 4) and len(margin + name + short) < _WIDTH:
        yield f"{margin}{_scalar(name)}: {short}"
        return
    yield f"{margin}{_scalar(name)}:"
    yield from _block(value, indent + 2, key, comments)


def _block(value: Any, indent: int, key: Key, comments: Mapping[Key, str]) -> Iterator[str]:
    margin = " " * indent
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _entry(name, item, indent, (*key, name), comments)
        return
    if not isinstance(value, list):
        yield f"{margin}{_scalar(value)}"
        return
    for number, item in enumerate(value):
        short = _flow(item)
        if short is not None and len(margin + short) < _WIDTH:
            yield f"{margin}- {short}"
        else:
            first, *others = _block(item, indent + 2, (*key, number), comments)
            yield f"{margin}- {first.lstrip()}"
            yield from others


def _flow(value: Any) -> str | None:
    """A value on one line, if it is small: at most two mappings or lists inside each other."""
    if isinstance(value, (dict, list)) and _depth(value) > 3:
        return None
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(name)}: {_flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(str(_flow(item)) for item in value) + "]"
    return _scalar(value)


def _depth(value: Any) -> int:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if below is None else 1 + max(map(_depth, below), default=0)


def _scalar(value: Any) -> str:
    """Anything but the plainest text stands in quotes."""
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
            return value
        return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))
    return json.dumps(value)
