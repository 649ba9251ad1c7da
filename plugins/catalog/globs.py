"""Globs of paths and addresses, as Backstage reads them."""

from __future__ import annotations

import re
from functools import cache

_PIECE = re.compile(r"\*\*/|/\*\*\Z|\*\*|.", re.DOTALL)


def is_glob(path: str) -> bool:
    """Whether a path holds wildcards."""
    return any(mark in path for mark in "*?{")


@cache
def glob(pattern: str, *, hidden: bool = False, ignore_case: bool = False) -> re.Pattern[str]:
    """``*`` and ``?`` inside one part of a path, ``**`` any number of parts, ``{a,b}`` alternatives. It is the whole path that fits.

    Unless ``hidden``, no wildcard stands for a part that begins with a dot.
    """
    seen = "" if hidden else r"(?!\.)"
    part = f"{seen}[^/]*"
    wild = {"**/": f"(?:{part}/)*", "/**": f"(?:/{part})+", "**": f"[^/]*(?:/{part})*", "*": "[^/]*", "?": "[^/]"}
    text, start, depth = "", True, 0
    for piece in _PIECE.findall(pattern):
        before, depth = depth, max(0, depth + (piece == "{") - (piece == "}"))
        if piece in wild:
            text += (seen if start and piece in ("**", "*", "?") else "") + wild[piece]
        else:
            text += _literal(piece, inside=max(before, depth) > 0)
        start = piece.endswith("/") or (start and piece in "{,")
    return re.compile(text + ")" * depth, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _literal(piece: str, *, inside: bool) -> str:
    return {"{": "(?:", ",": "|", "}": ")"}.get(piece, re.escape(piece)) if inside else re.escape(piece)
