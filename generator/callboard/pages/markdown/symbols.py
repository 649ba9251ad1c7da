"""After a text is read: signs such as (c) and -->, abbreviations, ``[TOC]``, and syntax that nobody here knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from markdown_it.common.utils import normalizeReference
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from callboard.pages.markdown.attributes import Attributes
from callboard.pages.markdown.judged import Text

SIGNS: Final = re.compile(
    r"\((?:tm|c|r)\)|\+/-|=/=|<-->|(?<!-)-->|(?<![8-])<--(?!-)|\bc/o\b|(?<![\d/])(?:1/4|1/2|3/4|1/3|2/3|1/8|3/8|5/8|7/8)(?![\d/])",
    re.IGNORECASE,
)
_SIGN: Final = {
    "(tm)": "\u2122",
    "(c)": "\u00a9",
    "(r)": "\u00ae",
    "+/-": "\u00b1",
    "=/=": "\u2260",
    "-->": "\u2192",
    "<--": "\u2190",
    "<-->": "\u2194",
    "c/o": "\u2105",
    "1/4": "\u00bc",
    "1/2": "\u00bd",
    "3/4": "\u00be",
    "1/3": "\u2153",
    "2/3": "\u2154",
    "1/8": "\u215b",
    "3/8": "\u215c",
    "5/8": "\u215d",
    "7/8": "\u215e",
}
_SEEN: Final = tuple(dict.fromkeys(sign for text in _SIGN for sign in (text, text.upper())))


def has_signs(text: str) -> bool:
    """Whether a text has any of them: a quick look, before the thorough one."""
    return any(sign in text for sign in _SEEN) and SIGNS.search(text) is not None


_JOINED = re.compile(r"\]\n\[([^\[\]\n]{1,200})\](?![(\[:])[ ]?")
_NOTED = re.compile(r"\[([^\[\]]{1,200})\]\[\^")
_ABBREVIATION = re.compile(r"\*\[([^\]\n]{1,100})\]:[ \t]*(\S.*)\Z")
_MOST: Final = 300
"""Abbreviations that count; more are left out of one text."""
_FOREIGN: Final = (
    (re.compile(r"\{%-?\s*\w[^\n]*?%\}|\{\{[^{}\n]+\}\}"), "a macro"),
    (re.compile(r"^:::+[ \t]*[A-Za-z{][^\n]*", re.MULTILINE), "a block of another tool"),
    (re.compile(r"^/{3,}[ \t]+[A-Za-z][\w-]*[ \t]*(?:\|[^\n]*)?$", re.MULTILINE), "a block of another tool"),
    (re.compile(r"\{![^!\n]+!\}|^!!?[A-Za-z]+[ \t]+\S+!!$", re.MULTILINE), "an include of another tool"),
)
FOREIGN: Final = re.compile(r"\{[{%!]|^[ \t>]*(?::::|///)|!!", re.MULTILINE)
"""What must stand somewhere in a text that has any of them."""
_REPORTED: Final = 20
"""How many of a text are reported."""


def references(state: StateCore) -> None:
    """``[text]``, an end of line, ``[name]`` is a link, and ``[name][^1]`` a link with a footnote, as in Python-Markdown."""
    known = state.env.get("references", {})

    def joined(match: re.Match[str]) -> str:
        return f"][{match[1]}]\n" if normalizeReference(match[1]) in known else match.group()

    def noted(match: re.Match[str]) -> str:
        return f"[{match[1]}][][^" if normalizeReference(match[1]) in known else match.group()

    for token in state.tokens if known else ():
        if token.type == "inline" and "][^" in token.content:
            token.content = _NOTED.sub(noted, token.content)
        if token.type == "inline" and "]\n[" in token.content:
            token.content = _JOINED.sub(joined, token.content)


def signs(tokens: list[Token]) -> None:
    """(c), -->, 1/2 and the like in running text; a (c) among (a) and (b) is a point of a list."""
    for token in tokens:
        if token.type == "inline" and token.children and has_signs(token.content):
            listed = "(b)" in token.content.lower()
            address = False
            for child in token.children:
                if child.type in ("link_open", "link_close"):
                    address = child.nesting > 0 and child.info == "auto"
                elif child.type == "text" and not address:
                    child.content = SIGNS.sub(lambda match, listed=listed: _signed(match.group(), listed), child.content)  # type: ignore[misc]


def _signed(text: str, listed: bool) -> str:
    lower = text.lower()
    return text if listed and lower == "(c)" else _SIGN[lower]


def definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001  # what every rule of blocks is given
    """``*[HTML]: Hyper Text Markup Language``: kept for the whole text, shown nowhere."""
    at = state.bMarks[start] + state.tShift[start]
    match = _ABBREVIATION.match(state.src[at : state.eMarks[start]]) if state.src.startswith("*[", at) else None
    if match is None or state.is_code_block(start):
        return False
    if not silent:
        known = state.env.setdefault("abbreviations", {})
        if len(known) < _MOST:
            known[match[1]] = match[2].strip().strip("\"'")
        state.line = start + 1
    return True


def abbreviations(tokens: list[Token], known: dict[str, str]) -> None:
    """The words that a text explains, wherever they stand in running text."""
    words = sorted(known, key=lambda word: (-len(word), word))
    pattern = re.compile(r"(?<!\w)(" + "|".join(map(re.escape, words)) + r")(?!\w)")
    for token in tokens:
        if token.type == "inline" and token.children and pattern.search(token.content):
            token.children = list(_explained(token.children, pattern, known))


def _explained(tokens: list[Token], pattern: re.Pattern[str], known: dict[str, str]) -> Iterator[Token]:
    for token in tokens:
        if token.type != "text" or not pattern.search(token.content):
            yield token
            continue
        for number, part in enumerate(pattern.split(token.content)):
            if number % 2 == 0:
                if part:
                    yield Token("text", "", 0, content=part, level=token.level)
                continue
            yield Token("abbr_open", "abbr", 1, meta={"title": known[part]})
            yield Token("text", "", 0, content=part)
            yield Token("abbr_close", "abbr", -1)


def block_attributes(tokens: list[Token]) -> None:
    """An attribute list that ends a paragraph or a heading belongs to it; a paragraph of nothing else is none."""
    for at in range(len(tokens) - 1, 0, -1):
        children = tokens[at].children
        if not children or children[-1].type != "block_attributes":
            continue
        own: Attributes = children.pop().meta["attributes"]
        while children and (children[-1].type in ("softbreak", "hardbreak") or children[-1].content.isspace()):
            children.pop()
        if children and children[-1].type == "text":
            children[-1].content = children[-1].content.rstrip()
        before = tokens[at - 1]
        if not children and before.type == "paragraph_open":
            del tokens[at - 1 : at + 2]
        elif before.type == "heading_open":
            before.meta["own"] = own.id
        elif before.type == "paragraph_open" and own.classes:
            before.attrs["class"] = " ".join(own.classes)


def contents(tokens: list[Token]) -> None:
    """A paragraph ``[TOC]`` becomes the place of the table of contents."""
    for at in range(len(tokens) - 1, 0, -1):
        if (
            tokens[at].type == "inline"
            and tokens[at].content.strip() in ("[TOC]", "[[TOC]]")
            and tokens[at - 1].type == "paragraph_open"
        ):
            tokens[at - 1 : at + 2] = [Token("toc", "", 0, map=tokens[at].map, block=True)]


def foreign(tokens: list[Token], text: Text) -> None:
    """Syntax of other tools in running text: it stays, and is named."""
    for token in tokens:
        if token.type != "inline" or not FOREIGN.search(token.content):
            continue
        for pattern, kind in _FOREIGN:
            for match in pattern.finditer(token.content):
                if len(text.unknown) >= _REPORTED or _in_code(token, match.group()):
                    continue
                text.at = (token.map or [0])[0] + token.content.count("\n", 0, match.start())
                text.unknown.append(text.spot(f'"{match.group().strip()[:60]}" is {kind} that is not known here'))


def _in_code(token: Token, found: str) -> bool:
    """Whether it stands in code only."""
    codes = [child.content for child in token.children or () if child.type == "code_inline"]
    return bool(codes) and token.content.count(found) <= sum(code.count(found) for code in codes)


def table_of_contents(headings: list[tuple[int, str, str]]) -> str:
    """Nested lists of links to the headings of the text."""
    if not headings:
        return ""
    out, open_ = ['<nav class="inner" aria-label="Contents of this text">'], list[int]()
    for level, name, title in headings:
        while open_ and open_[-1] >= level and len(open_) > 1 and open_[-2] >= level:
            out.append("</li></ul>")
            open_.pop()
        if open_ and open_[-1] >= level:
            out.append("</li>")
            open_[-1] = level
        else:
            out.append("<ul>")
            open_.append(level)
        out.append(f'<li><a href="#{escape(name)}">{escape(title)}</a>')
    out += ["</li></ul>" for _ in open_]
    return "".join([*out, "</nav>\n"])
