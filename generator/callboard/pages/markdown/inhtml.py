"""Markdown inside HTML: ``<div markdown>`` … ``</div>``, as Python-Markdown's md_in_html has it."""

from __future__ import annotations

import re
import textwrap
from typing import Final

from markdown_it.rules_block import StateBlock

_OPEN = re.compile(r"<([A-Za-z][A-Za-z0-9]*)((?:[^<>\"']++|\"[^\"\n]*+\"|'[^'\n]*+')*+)>")
_ASKS = re.compile(r"(?:^|\s)markdown(?:\s*=\s*[\"']?(1|block|span)[\"']?)?(?=\s|/|\Z)")
_SPAN: Final = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "summary", "figcaption", "dt", "td", "th", "legend", "address", "span"]
)
_DEEPEST: Final = 12
_TRIED: Final = 50
"""How many elements of a text may lack their end before none is looked for any more."""
_LEVEL: Final = "markdown in html"
_FAILED: Final = "unclosed elements"


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
    if name in _SPAN:
        inline = state.push("inline", "", 0)
        inline.content = state.src[match.end() : before].strip()
        inline.map, inline.children = [start, line + 1], []
    else:
        state.env[_LEVEL] = level + 1
        _content(state, state.src[match.end() : before], start)
        state.env[_LEVEL] = level
    state.push("html_block", "", 0).content = f"</{name}>\n"
    rest = state.src[after : state.eMarks[line]].strip()
    if rest:
        state.push("html_block", "", 0).content = rest
    state.line = line + 1
    return True


def _content(state: StateBlock, text: str, start: int) -> None:
    """The blocks of what stands between the tags; ``start`` is the line of the first of them."""
    first, _, rest = text.partition("\n")
    own = first.strip() + "\n" + textwrap.dedent(rest).rstrip(" \t")
    inner = StateBlock(own, state.md, state.env, state.tokens)
    inner.level, inner.parentType = state.level, "note"
    at = len(state.tokens)
    state.md.block.tokenize(inner, 0, inner.lineMax)
    for token in state.tokens[at:]:
        if token.map:
            token.map = [token.map[0] + start, token.map[1] + start]


def _closing(state: StateBlock, name: str, start: int, end: int, at: int) -> tuple[int, int, int] | None:
    """(line, beginning, end) of the tag that closes ``name``, which is open at ``at``."""
    if state.env.get(_FAILED, 0) >= _TRIED:
        return None
    tags = re.compile(rf"<(/?){name}(?=[\s>/])(?:[^<>\"']++|\"[^\"\n]*+\"|'[^'\n]*+')*+>", re.IGNORECASE)
    depth, last = 1, state.eMarks[end - 1]
    for match in tags.finditer(state.src, at, last):
        depth += -1 if match[1] else 1
        if depth == 0:
            line = next(number for number in range(start, end) if match.start() <= state.eMarks[number])
            return line, match.start(), match.end()
    state.env[_FAILED] = state.env.get(_FAILED, 0) + 1
    return None
