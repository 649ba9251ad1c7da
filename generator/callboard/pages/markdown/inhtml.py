"""Markdown inside HTML: ``<div markdown>`` … ``</div>``, as Python-Markdown's md_in_html has it."""

from __future__ import annotations

import re
from typing import Final

from markdown_it.rules_block import StateBlock

from callboard.pages.markdown.indented import inside

_OPEN = re.compile(r"<([A-Za-z][A-Za-z0-9]*)((?:[^<>\"']++|\"[^\"\n]*+\"|'[^'\n]*+')*+)>")
_ASKS = re.compile(r"(?:^|\s)markdown(?:\s*=\s*[\"']?(1|block|span)[\"']?)?(?=\s|/|\Z)")
_SPAN: Final = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "summary", "figcaption", "dt", "td", "th", "legend", "address"]
)
_DEEPEST: Final = 12
_LEVEL: Final = "markdown in html"


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """An element that says that its content is Markdown; inside one also ``<summary>`` and ``<figcaption>`` of one line."""
    at = state.bMarks[start] + state.tShift[start]
    if state.src[at : at + 1] != "<" or state.is_code_block(start):
        return False
    match = _OPEN.match(state.src, at, state.eMarks[start])
    if match is None:
        return False
    name, level = match[1].lower(), int(state.env.get(_LEVEL, 0))
    asked = _ASKS.search(match[2])
    if asked is None and not (level and name in ("summary", "figcaption")):
        return False
    place = _closing(state, name, start, end, match.end()) if level < _DEEPEST else None
    if place is None or (asked is None and place[0] != start):
        return False
    if silent:
        return True
    line, before, after = place
    opened = state.push("html_block", "", 0)
    opened.content, opened.map = match.group(), [start, start + 1]
    if name in _SPAN or (asked is not None and asked[1] == "span"):
        inline = state.push("inline", "", 0)
        inline.content = state.src[match.end() : before].strip()
        inline.map, inline.children = [start, line + 1], []
    else:
        state.env[_LEVEL] = level + 1
        _content(state, (start, match.end()), (line, before))
        state.env[_LEVEL] = level
    state.push("html_block", "", 0).content = f"</{name}>\n"
    rest = state.src[after : state.eMarks[line]].strip()
    if rest:
        state.push("html_block", "", 0).content = rest
    state.line = line + 1
    return True


def _content(state: StateBlock, first: tuple[int, int], last: tuple[int, int]) -> None:
    """The blocks between the tags; (line, position) of the end of the opening tag and of the beginning of the closing one."""
    lines = (first[0], last[0])
    kept = [
        (line, state.bMarks[line], state.eMarks[line], state.tShift[line], state.sCount[line]) for line in dict.fromkeys(lines)
    ]
    state.bMarks[first[0]], state.tShift[first[0]], state.sCount[first[0]] = first[1], 0, state.blkIndent
    if last[0] != first[0]:
        state.bMarks[last[0]] = min(state.bMarks[last[0]], last[1])
    state.eMarks[last[0]] = last[1]
    for line in dict.fromkeys(lines):
        blank = len(state.src[state.bMarks[line] : state.eMarks[line]]) - len(
            state.src[state.bMarks[line] : state.eMarks[line]].lstrip()
        )
        state.tShift[line] = blank if line != first[0] else state.tShift[line] + blank
    wanted = [state.sCount[line] for line in range(first[0] + 1, last[0]) if not state.isEmpty(line)]
    if not state.isEmpty(first[0]):
        wanted.append(state.blkIndent)
    inside(state, (first[0], last[0] + 1), min(wanted, default=state.blkIndent))
    for line, begin, finish, shift, count in kept:
        state.bMarks[line], state.eMarks[line], state.tShift[line], state.sCount[line] = begin, finish, shift, count


def _closing(state: StateBlock, name: str, start: int, end: int, at: int) -> tuple[int, int, int] | None:
    """(line, beginning, end) of the tag that closes ``name``, which is open at ``at``."""
    tags = re.compile(rf"<(/?){name}(?=[\s>/])(?:[^<>\"']++|\"[^\"\n]*+\"|'[^'\n]*+')*+>", re.IGNORECASE)
    depth, last = 1, state.eMarks[end - 1]
    for match in tags.finditer(state.src, at, last):
        depth += -1 if match[1] else 1
        if depth == 0:
            line = next(number for number in range(start, end) if match.start() <= state.eMarks[number])
            return line, match.start(), match.end()
    return None
