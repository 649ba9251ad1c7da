"""Plain data → YAML 1.2 that reads back as itself: 20 µs an entity, where PyYAML's emitter takes 2 ms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Paint = Callable[[str, str], str]
"""What becomes of a piece of the text: its class (``nt`` key, ``s`` text, ``m`` number, ``kc`` constant, ``c`` comment) and itself."""

# Text that YAML 1.2 reads back as itself without quotes: no indicator, no colon-space, no look of a number, null or boolean.
_PLAIN = re.compile(r"(?!(?:true|false|null|~|yes|no|on|off)\Z)[A-Za-z_/][\w./@+-]*(?:[ :](?=\S)[\w./@+()-]+)*\Z", re.IGNORECASE)
_KEY = re.compile(r"(?!(?:true|false|null|yes|no|on|off|y|n)\Z)[A-Za-z_][\w./-]*\Z", re.IGNORECASE)
# Lines that can stand as they are below a "|": the first is not indented, the last not empty, nothing invisible.
_BLOCK = re.compile(r"(?=\S)[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]*(?<=\S)\n*\Z")
_INVISIBLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff]")


def yaml_text(value: Any) -> str:
    """The value as YAML."""
    return written(value, paint=lambda _, text: text)


def written(value: Any, *, paint: Paint, longest: int = 0) -> str:
    """The value as YAML, its pieces painted; with ``longest``, only so many characters of each text, and how many more there are."""
    writer = _Writer(paint, longest)
    writer.node(value, "")
    return "".join(writer.parts).lstrip("\n") + "\n"


class _Writer:
    __slots__ = ("longest", "paint", "parts")

    def __init__(self, paint: Paint, longest: int) -> None:
        self.parts: list[str] = []
        self.paint = paint
        self.longest = longest

    def node(self, value: Any, indent: str) -> None:
        parts = self.parts
        if isinstance(value, (dict, Mapping)) and value:
            below = f"{indent}  "
            for key, item in value.items():
                parts.append(f"\n{indent}{_painted(self.paint, key)}:")
                if type(item) is str:
                    parts.append(f" {self._text(item, below)}")
                elif isinstance(item, (dict, list, tuple, Mapping)) and item:
                    self.node(item, below)
                else:
                    parts.append(f" {self._scalar(item, below)}")
        elif isinstance(value, (list, tuple)) and value:
            for item in value:
                parts.append(f"\n{indent}-")
                if isinstance(item, (dict, list, tuple, Mapping)) and item:
                    start = len(parts)
                    self.node(item, f"{indent}  ")
                    parts[start] = " " + parts[start].lstrip("\n ")
                else:
                    parts.append(f" {self._scalar(item, indent + '  ')}")
        else:
            parts.append(self._scalar(value, indent))

    def _scalar(self, value: Any, indent: str) -> str:
        if isinstance(value, str):
            return self._text(value, indent)
        if value is None or isinstance(value, bool):
            return self.paint("kc", json.dumps(value))
        if isinstance(value, (int, float)):
            return self.paint("m", str(value))
        return "{}" if isinstance(value, Mapping) else "[]"

    def _text(self, text: str, indent: str) -> str:
        more = max(0, len(text) - self.longest) if self.longest else 0
        if not more and _PLAIN.match(text):
            return text  # most texts: nothing in them needs quotes, or escaping in HTML, and a portal's page has hundreds
        if "\n" in text and _BLOCK.match(text):
            return self._block(text, indent, more)
        shown = text[: self.longest] + "…" if more else text
        return self.paint("s", _quoted(shown)) + (" " + self.paint("c", f"# {more:,} more characters") if more else "")

    def _block(self, text: str, indent: str, more: int) -> str:
        body = text.rstrip("\n")
        ending = len(text) - len(body)
        lines = (body[: self.longest] if more else body).split("\n")
        shown = "".join(f"\n{indent}{line}" if line else "\n" for line in lines) + "\n" * (ending - 1)
        mark = "|+" if ending > 1 else "|" if ending else "|-"
        note = f"\n{indent}" + self.paint("c", f"# … {more:,} more characters") if more else ""
        return mark + self.paint("s", shown) + note


@lru_cache(maxsize=4096)
def _painted(paint: Paint, key: object) -> str:
    """A key, painted: the same few stand in all entities."""
    return paint("nt", _key(key))


def _key(key: object) -> str:
    text = str(key)
    return text if _KEY.match(text) else _quoted(text)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
