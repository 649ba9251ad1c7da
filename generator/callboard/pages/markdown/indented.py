"""Blocks that are a marker and lines indented by four: admonitions, folded ones, content tabs (as Python-Markdown has them)."""

from __future__ import annotations

import re
from typing import Final

from markdown_it.rules_block import StateBlock

INDENT: Final = 4
_ADMONITION = re.compile(r"(!!!|\?\?\?\+?)[ \t]*([\w-][\w -]*)?(?:[ \t]+\"(.*)\")?[ \t]*\Z")
_LOOSE = re.compile(r"(!!!|\?\?\?\+?)[ \t]*([\w-]+)[ \t]+(\S.*)\Z")
"""A title without quotes: a mistake in Python-Markdown, read as it is meant."""
_TAB = re.compile(r"===([!+]*)[ \t]+(?:\"(.*)\"|'(.*)')[ \t]*\Z")
_COMMENTS = re.compile(r"[ \t]*(?:<!--(?:[^-\n]|-(?!->))*-->[ \t]*)*")
_SIDES: Final = frozenset(("inline", "end"))


def line_of(state: StateBlock, line: int) -> str:
    """The line's text without its indentation and end."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def admonition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``!!! kind "title"``, ``??? kind``, ``???+ kind inline end "title"``."""
    at = state.bMarks[start] + state.tShift[start]
    if state.src[at : at + 3] not in ("!!!", "???") or state.is_code_block(start):
        return False
    text = line_of(state, start)
    match = _ADMONITION.match(text) or _LOOSE.match(text)
    if match is None or not (match[2] or match[3]):
        return False
    if silent:
        return True
    words = (match[2] or "").lower().split()
    kind = next((word for word in words if word not in _SIDES), "note")
    title = match[3] if match[3] is not None else kind.replace("-", " ").capitalize()
    last = body_end(state, start, end)
    side = " ".join(word for word in words if word in _SIDES)
    note(state, match[1], kind, title, start, (start + 1, last), side=side)
    state.line = last
    return True


def note(state: StateBlock, mark: str, kind: str, title: str, start: int, body: tuple[int, int], *, side: str = "") -> None:
    """The tokens of an admonition: ``mark`` is that of ``!!!``; ``body`` the lines inside, indented by four."""
    opened = state.push("note_open", "", 1)
    opened.map, opened.markup, opened.meta = [start, body[1]], mark, {"kind": kind, "side": side, "title": title}
    if title:
        state.push("note_title_open", "", 1).markup = mark
        inline = state.push("inline", "", 0)
        inline.content, inline.map, inline.children = title, [start, start + 1], []
        state.push("note_title_close", "", -1).markup = mark
    inside(state, body, state.sCount[start] + INDENT)
    state.push("note_close", "", -1).markup = mark


def tabs(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``=== "Title"`` and what follows it: one after another they are one group; ``===!`` begins another, ``===+`` is shown first."""
    match = _tab_at(state, start)
    if match is None or state.is_code_block(start):
        return False
    if silent:
        return True
    group = state.push("tabs_open", "", 1)
    first, count, chosen = start, 0, 0
    while match is not None and (count == 0 or "!" not in match[1]):
        chosen = count if "+" in match[1] else chosen
        last = body_end(state, start, end)
        tab(state, match[2] or match[3] or "", start, (start + 1, last))
        count, start = count + 1, state.skipEmptyLines(last)
        same = start < end and state.sCount[start] == state.sCount[first]
        match = _tab_at(state, start) if same else None
    group.map, group.meta = [first, last], {"chosen": chosen}
    state.push("tabs_close", "", -1)
    state.line = last
    return True


def tab(state: StateBlock, title: str, start: int, body: tuple[int, int], indent: int = INDENT) -> None:
    """The tokens of one tab."""
    state.push("tab_open", "", 1).map = [start, body[1]]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = title or "Tab", [start, start + 1], []
    state.push("tab_body", "", 0)
    inside(state, body, state.sCount[start] + indent)
    state.push("tab_close", "", -1)


def definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``:   What it means`` below a comment that another tool makes a term of: what it means, without one."""
    at = state.bMarks[start] + state.tShift[start]
    before = state.tokens[-1] if state.tokens else None
    if silent or state.src[at : at + 2] not in (": ", ":\t") or before is None or not before.content.lstrip().startswith("<!--"):
        return False
    last = body_end(state, start, end)
    state.push("dl_open", "dl", 1).map = [start, last]
    state.push("dd_open", "dd", 1).map = [start, last]
    kept = state.bMarks[start], state.tShift[start], state.sCount[start]
    skipped = _COMMENTS.match(state.src, at + 1, state.eMarks[start])
    state.bMarks[start] = skipped.end() if skipped is not None else at + 1
    state.tShift[start], state.sCount[start] = 0, state.sCount[start] + INDENT
    inside(state, (start, last), kept[2] + INDENT)
    state.bMarks[start], state.tShift[start], state.sCount[start] = kept
    state.push("dd_close", "dd", -1)
    state.push("dl_close", "dl", -1)
    state.line = last
    return True


def _tab_at(state: StateBlock, line: int) -> re.Match[str] | None:
    at = state.bMarks[line] + state.tShift[line]
    return _TAB.match(line_of(state, line)) if state.src.startswith("===", at) else None


def body_end(state: StateBlock, start: int, end: int) -> int:
    """The line behind the last one that is indented by four more than ``start``."""
    needed, last = state.sCount[start] + INDENT, start + 1
    for line in range(start + 1, end):
        if state.isEmpty(line):
            continue
        if state.sCount[line] < needed:
            break
        last = line + 1
    return last


def inside(state: StateBlock, lines: tuple[int, int], indent: int) -> None:
    """The blocks of ``lines``, which are indented by ``indent``."""
    kept = state.parentType, state.lineMax, state.blkIndent, state.tight
    state.parentType, state.lineMax, state.blkIndent = "note", lines[1], indent
    state.md.block.tokenize(state, *lines)
    state.parentType, state.lineMax, state.blkIndent, state.tight = kept
