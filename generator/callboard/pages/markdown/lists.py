"""Lists as Python-Markdown with mdx_truly_sane_lists reads them, where it differs from CommonMark.

What is indented by four belongs to the point above, however wide its mark; a list indented by two is one in it.
"""

from __future__ import annotations

import re
from typing import Final

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.list import list_block

_WIDE: Final = re.compile(
    r"^(?: {1,3}(?:[-*+]|\d{1,9}[.)]) {1,4}| ?(?:\d{3,9}[.)] |\d\d[.)] {2,4}|\d[.)] {3,4}|[-*+] {4}))\S", re.MULTILINE
)
_NUMBERED: Final = re.compile(r"^[ >]*\d{1,9}[.)] ", re.MULTILINE)
_NESTED: Final = re.compile(r"^(?: {2}| {4})(?:[-*+]|\d{1,9}[.)]) ", re.MULTILINE)
_POINT = re.compile(r"(?:[-*+]|\d{1,9}[.)])( {1,4})(?=\S)")
_FOUR: Final = 4
_TWO: Final = 2


def may_differ(text: str) -> bool:
    """Whether a text may have such a list."""
    return _WIDE.search(text) is not None or (_NUMBERED.search(text) is not None and _NESTED.search(text) is not None)


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A list. Lines that belong to a point but begin left of its text are moved to where that begins."""
    if not silent and state.sCount[start] - state.blkIndent < _FOUR:
        _shift(state, start, end)
    return list_block(state, start, end, silent)


def _shift(state: StateBlock, start: int, end: int) -> None:
    """Moves the lines of every point of the list that begins at ``start``."""
    own, point, width, tight = state.sCount[start], start, _width(state, start), False
    if not width:
        return
    for line in range(start + 1, end + 1):
        if line < end and state.isEmpty(line):
            tight = False
            continue
        marked = line < end and state.sCount[line] - own in (-1, 0, 1)
        following = _width(state, line) if marked else 0
        within = line < end and (state.sCount[line] >= state.blkIndent + _FOUR or _nests(state, line, own))
        outside = line < end and state.sCount[line] < own - 1 and _is_point(state, line)
        ended = line >= end or outside or not (tight or within or following)
        if following or ended:
            _move(state, (point + 1, line), own, width)
            point, width = line, following
        if ended:
            return
        tight = True


def _nests(state: StateBlock, line: int, own: int) -> bool:
    """Whether a line is a point of a list inside."""
    return state.sCount[line] >= own + _TWO and _is_point(state, line)


def _is_point(state: StateBlock, line: int) -> bool:
    return _POINT.match(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line]) is not None


def _width(state: StateBlock, line: int) -> int:
    """Columns from the list's left edge to a point's text; 0 for a line that is no point."""
    at = state.bMarks[line] + state.tShift[line]
    match = _POINT.match(state.src, at, state.eMarks[line])
    return state.sCount[line] - state.blkIndent + match.end() - at if match is not None else 0


def _move(state: StateBlock, lines: tuple[int, int], own: int, width: int) -> None:
    """Moves what belongs to a point by what its leftmost line lacks."""
    text = state.blkIndent + width
    least = min((_left(state, line, own) for line in range(*lines) if not state.isEmpty(line)), default=text)
    if least >= text:
        return
    for line in range(*lines):
        if state.sCount[line] >= least:
            state.sCount[line] += text - least


def _left(state: StateBlock, line: int, own: int) -> int:
    """Where a line begins that belongs to a point; far right if it is not sure to."""
    column = state.sCount[line]
    return column if column >= state.blkIndent + _FOUR or _nests(state, line, own) else 1_000_000
