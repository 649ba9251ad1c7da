"""Patterns of ``exclude_docs`` and ``draft_docs``: those of a ``.gitignore``."""

from __future__ import annotations

import re
from collections.abc import Callable

_PIECE = re.compile(r"\*\*/|/\*\*\Z|\*\*|\\.|\[[!^]?[^\]/]+\]|.", re.DOTALL)
_WILD = re.compile(r"[*?]+")
_MOST = 500
_MOST_WILD = 6
"""Wildcards of one pattern: one of many would take any time."""


def excluded(text: str, *, always: str = "") -> Callable[[str], bool]:
    """Whether a path fits the patterns, one a line, the last that fits being right; ``always`` stand before them."""
    rules = [rule for line in f"{always}\n{text}".split("\n")[:_MOST] if (rule := _rule(line.rstrip())) is not None]

    def holds(path: str) -> bool:
        found = False
        for pattern, wanted in rules:
            if found is not wanted and pattern.match(path):
                found = wanted
        return found

    return holds


def _rule(line: str) -> tuple[re.Pattern[str], bool] | None:
    if not line.strip() or line.startswith("#") or len(_WILD.findall(line)) > _MOST_WILD:
        return None
    wanted = not line.startswith("!")
    body = line if wanted else line[1:]
    folder = body.endswith("/")
    body = body.strip("/") if not body.startswith("/") else f"/{body.strip('/')}"
    if not body.strip("/"):
        return None
    anchored = "/" in body
    text = "".join(_translated(piece) for piece in _PIECE.findall(body.removeprefix("/")))
    try:
        return re.compile(f"{'' if anchored else '(?:[^/]+/)*'}{text}{'/' if folder else '(?:/|$)'}"), wanted
    except re.error:
        return None


def _translated(piece: str) -> str:
    known = {"**/": "(?:[^/]+/)*", "/**": "/.+", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if piece in known:
        return known[piece]
    if piece.startswith("[") and len(piece) > 1:
        return f"[^{piece[2:]}" if piece[1] in "!^" else piece
    return re.escape(piece.removeprefix("\\") if len(piece) > 1 else piece)
