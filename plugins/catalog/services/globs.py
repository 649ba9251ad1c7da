"""Globs of paths inside a repository, as Backstage's search reads them."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\*\*/|/\*\*\Z|\*\*|\*|\?|.", re.DOTALL)
_SEEN = r"(?!\.)"
"""No wildcard stands for a name that begins with a dot."""


def is_glob(path: str) -> bool:
    """Whether a path holds wildcards."""
    return "*" in path or "?" in path


def glob(pattern: str) -> re.Pattern[str]:
    """``*`` and ``?`` inside one part of a path, ``**`` any number of parts. Matches a whole path without a slash at its front."""
    text, start = "", True
    for piece in _PIECE.findall(pattern.lstrip("/")):
        dot = _SEEN if start else ""
        if piece == "**/":
            text += rf"(?:{_SEEN}[^/]+/)*"
        elif piece == "/**":
            text += rf"(?:/{_SEEN}[^/]+)+"
        elif piece == "**":
            text += rf"{dot}[^/]*(?:/{_SEEN}[^/]+)*"
        elif piece == "*":
            text += rf"{dot}[^/]*"
        elif piece == "?":
            text += rf"{dot}[^/]"
        else:
            text += re.escape(piece)
        start = piece.endswith("/")
    return re.compile(text)
