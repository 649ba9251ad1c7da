"""Definitions of APIs: which kind of file one is, and its text as HTML with comments, keys and texts marked.

A lexer takes milliseconds for a page; one expression a language takes microseconds, and the page needs no more than this.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any, Final

_LARGEST: Final = 12_000
"""Characters that are still coloured: each coloured word is an element of the page."""
_YAML = re.compile(
    r"(?P<c>(?:^|(?<=\s))#.*)|(?P<nt>^[ \t]*(?:- +)*(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s#\"'\[{:-][^:\n#]*)(?=:(?:\s|$)))"
    r"|(?P<s>\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*')",
    re.MULTILINE,
)
_JSON = re.compile(r'(?P<nt>"(?:[^"\\\n]|\\.)*"(?=\s*:))|(?P<s>"(?:[^"\\\n]|\\.)*")|(?P<kc>\b(?:true|false|null)\b)')
_GRAPHQL = re.compile(
    r'(?P<c>#.*)|(?P<s>"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*")|(?P<nd>@\w+)'
    r"|(?P<k>\b(?:type|input|enum|interface|union|scalar|schema|directive|extend|implements|query|mutation|subscription|fragment|on)\b)"
)
_PROTO = re.compile(
    r"(?P<c>//.*|/\*[\s\S]*?\*/)|(?P<s>\"(?:[^\"\\\n]|\\.)*\")"
    r"|(?P<k>\b(?:syntax|package|import|option|message|enum|service|rpc|returns|repeated|optional|oneof|map|reserved|stream|extend)\b)"
)
_COLOURS: Final = {"yaml": _YAML, "json": _JSON, "graphql": _GRAPHQL, "proto": _PROTO}
_ENDINGS: Final = {"graphql": "graphql", "grpc": "proto", "protobuf": "proto"}
_SPECIFICATIONS: Final = ("openapi", "asyncapi", "swagger")


def definition_ending(text: str, kind: Any) -> str:
    """The ending of the file that a definition of ``spec.type`` is: yaml, json, graphql, proto or txt."""
    if text.lstrip()[:1] in ("{", "["):
        return "json"
    word = kind.lower() if isinstance(kind, str) else ""
    return "yaml" if word.startswith(_SPECIFICATIONS) else _ENDINGS.get(word, "txt")


def definition_html(text: str, kind: Any) -> str:
    """The text for the inside of ``<code>``; as it is, escaped, if it is long or of no language that is known here."""
    pattern = _COLOURS.get(definition_ending(text, kind)) if len(text) <= _LARGEST else None
    return escape(text, quote=False) if pattern is None else _coloured(text, pattern)


def _coloured(text: str, pattern: re.Pattern[str]) -> str:
    parts: list[str] = []
    at = 0
    for found in pattern.finditer(text):
        word = found.group()
        inside = word.lstrip(" \t-")
        start = found.end() - len(inside)
        parts.append(escape(text[at:start], quote=False))
        parts.append(f'<span class="{found.lastgroup}">{escape(inside, quote=False)}</span>')
        at = found.end()
    parts.append(escape(text[at:], quote=False))
    return "".join(parts)
