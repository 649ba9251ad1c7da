"""Blocks between slashes, as pymdownx.blocks has them: ``/// note | Title`` … ``///``."""

from __future__ import annotations

import re
from typing import Final

from markdown_it.rules_block import StateBlock

from callboard.pages.markdown.indented import inside, line_of, note, tab

_OPEN = re.compile(r"(/{3,})[ \t]*([A-Za-z][\w-]*)[ \t]*(?:\|[ \t]*(.*?))?[ \t]*\Z")
_OPTION = re.compile(r"([\w-]+)[ \t]*:[ \t]*(.*?)[ \t]*\Z")
_NOTES = "note abstract info tip success question warning failure danger bug example quote attention caution error hint important"
NOTES: Final = frozenset(_NOTES.split())
_KNOWN: Final = NOTES | {"admonition", "details", "tab", "html", "define", "caption", "figure-caption", "table-caption"}
_ELEMENT = re.compile(r"(div|p|section|blockquote|figure|span)((?:[.#][\w-]+)*)\Z")
_INDENT: Final = 4


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """One block; what is named so by nobody stays text."""
    at = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("///", at) or state.is_code_block(start):
        return False
    match = _OPEN.match(line_of(state, start))
    if match is None or match[2].lower() not in _KNOWN:
        return False
    if silent:
        return True
    name, title = match[2].lower(), match[3] or ""
    last, after = _end(state, match[1], start, end)
    first, options = _options(state, start + 1, last)
    if name == "tab":
        state.line = _tabs(state, match[1], title, start, (first, last), after, end)
        return True
    _write(state, name, title, options, start, (first, last))
    state.line = after
    return True


def _write(state: StateBlock, name: str, title: str, options: dict[str, str], start: int, body: tuple[int, int]) -> None:
    indent = state.sCount[start]
    if name in NOTES or name in ("admonition", "details"):
        kind = name if name in NOTES else options.get("type", "note").lower()
        mark = "!!!" if name != "details" else "???+" if options.get("open", "").lower() == "true" else "???"
        note(state, mark, kind, title or ("Details" if name == "details" else kind.capitalize()), start, (start + 1, start + 1))
        closing = state.tokens.pop()
        state.level += 1
        inside(state, body, indent)
        state.level -= 1
        state.tokens.append(closing)
    elif name == "define":
        _define(state, start, body, indent)
    else:
        _element(state, name, title, body, indent)


def _element(state: StateBlock, name: str, title: str, body: tuple[int, int], indent: int) -> None:
    found = _ELEMENT.match(title) if name == "html" else None
    tag, marks = (found[1], re.findall(r"([.#])([\w-]+)", found[2])) if found else ("div", [])
    classes = " ".join(word for mark, word in marks if mark == ".") if found else "caption" if name != "html" else ""
    names = "".join(f' id="{word}"' for mark, word in marks[:20] if mark == "#")
    shown = "div" if tag in ("section", "p") else tag
    state.push("html_block", "", 0).content = f'<{shown} class="{classes}"{names}>\n'
    inside(state, body, indent)
    state.push("html_block", "", 0).content = f"</{shown}>\n"


def _define(state: StateBlock, start: int, body: tuple[int, int], indent: int) -> None:
    """Paragraphs are terms, the points of lists what they mean."""
    at, level = len(state.tokens) + 1, state.level + 1
    state.push("dl_open", "dl", 1).map = [start, body[1]]
    inside(state, body, indent)
    state.push("dl_close", "dl", -1)
    kept = []
    for token in state.tokens[at:]:
        kind, _, side = token.type.rpartition("_")
        if token.level == level and kind == "paragraph":
            token.type, token.tag, token.hidden = f"dt_{side}", "dt", False
        elif token.level == level + 1 and kind == "list_item":
            token.type, token.tag = f"dd_{side}", "dd"
        elif token.level == level and kind == "bullet_list":
            continue
        kept.append(token)
    state.tokens[at:] = kept


def _tabs(state: StateBlock, mark: str, title: str, start: int, body: tuple[int, int], after: int, end: int) -> int:
    group = state.push("tabs_open", "", 1)
    group.map, group.meta = [start, after], {"chosen": 0}
    while True:
        tab(state, title, start, body, 0)
        following = state.skipEmptyLines(after)
        match = _OPEN.match(line_of(state, following)) if following < end else None
        if match is None or match[1] != mark or match[2].lower() != "tab":
            break
        start, title = following, match[3] or ""
        last, after = _end(state, mark, start, end)
        first, options = _options(state, start + 1, last)
        if options.get("new", "").lower() == "true":
            after = start
            break
        body = (first, last)
    state.push("tabs_close", "", -1)
    return after


def _end(state: StateBlock, mark: str, start: int, end: int) -> tuple[int, int]:
    """(line of the closing mark, the line behind it); an open block ends with what it stands in."""
    for line in range(start + 1, end):
        at = state.bMarks[line] + state.tShift[line]
        if state.src.startswith(mark, at) and state.src[at : state.eMarks[line]].rstrip() == mark:
            return line, line + 1
    return end, end


def _options(state: StateBlock, first: int, last: int) -> tuple[int, dict[str, str]]:
    """The lines ``    key: value`` right below the mark."""
    options: dict[str, str] = {}
    while first < last and state.sCount[first] >= state.blkIndent + _INDENT and not state.isEmpty(first):
        match = _OPTION.match(line_of(state, first))
        if match is None:
            break
        options[match[1].lower()] = match[2].strip("\"'")
        first += 1
    return first, options
