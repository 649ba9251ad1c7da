"""A Markdown file in its parts: front matter with the place of each key, and the text with the line where it begins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from callboard.model.problem import Marks, Place
from callboard.yamlfile import Malformed, load

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#(?=[ \t])")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")


class FrontMatter(NamedTuple):
    """What a Markdown file says before its text."""

    values: Mapping[str, Any]
    text: str
    line: int
    """The line of the file where the text begins, from 1."""
    title: str
    """What the front matter calls it, or its first first-level heading; "" without either."""
    marks: Marks
    """The place of each key, in the file."""


def front_matter(text: str, file: str) -> FrontMatter:
    """``text`` in its parts; ``file`` is its name for places. Raises Malformed, with lines of the file."""
    lines = text.replace("\r\n", "\n").split("\n")
    end = matter_end(lines)
    values: Any = {}
    marks = Marks({}, Place(file, 1, 1))
    if end:
        try:
            values, found = load("\n".join(lines[1:end]), file)
        except Malformed as fault:
            raise Malformed(fault.what, fault.mend, line=fault.line + 1, column=fault.column) from None
        marks = Marks({key: _below(place) for key, place in found.items()}, Place(file, 1, 1))
        if values is not None and not isinstance(values, dict):
            raise Malformed("the front matter is no mapping.", "Write for example: title: Getting started", line=2)
    rest = lines[end + 1 if end else 0 :]
    said = (values or {}).get("title")
    title = str(said) if said and isinstance(said, (str, int, float)) else heading(rest)
    return FrontMatter(values or {}, "\n".join(rest), len(lines) - len(rest) + 1, title, marks)


def _below(place: Place) -> Place:
    """A place inside front matter as a place of its file: the first line is the fence."""
    return Place(place.file, place.line + 1, place.column)


def matter_end(lines: Sequence[str]) -> int:
    """The index of the line that ends the front matter; 0 if there is none."""
    if lines[0].rstrip() != "---":
        return 0
    return next((number for number, line in enumerate(lines) if number and line.rstrip() in ("---", "...")), 0)


def heading(lines: Sequence[str]) -> str:
    """The first first-level heading that stands in no code, as plain text; "" if there is none."""
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        elif not fence and (found := _HEADING.match(line)):
            return _LINK.sub(r"\1", _unclosed(line[found.end() :])[:300]).replace("`", "").replace("**", "").strip()
    return ""


def _unclosed(text: str) -> str:
    """A heading without the ``#`` that may close it, behind a space."""
    text = text.strip()
    bare = text.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else text
