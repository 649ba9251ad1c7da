"""The parser for a text: only rules whose marks stand somewhere in it take time."""

from __future__ import annotations

import functools
import re
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.token import Token

from callboard.pages.markdown import indented, inhtml, inline, lists, marked, maths, symbols
from callboard.pages.markdown.boxes import FOOTNOTES
from callboard.pages.markdown.prose import Renderer

_MARKS: Final = frozenset("=^~+{")
_ADDRESSES: Final = frozenset(":@")
"""The characters at which the dialect begins."""
_DEFINITION = re.compile(r"^[ \t>]*[:~][ \t]", re.MULTILINE)
_REFERENCE = re.compile(r"\](?:\n[ \t>]*\[|\[\^)")
_TOGETHER: Final = (
    frozenset(("indented", "html", "lists")),
    frozenset(("references", "deletions", "abbreviations", "footnotes", "definitions")),
)
"""What is read by one parser, though a text may have but one of it: a parser takes two milliseconds to make."""
_BEFORE_TEXT = re.compile(r"(?:<!--(?:(?!-->).)*+-->[ \t]*+)++(?!<)\S")
_EMOJI = re.compile(r":[A-Za-z0-9_+-]+:|https?://", re.IGNORECASE)
_TABLE = re.compile(r"^[^\n]*\|[^\n]*\n[ \t>]*[|:-]", re.MULTILINE)
_ALWAYS: Final = "\n\\`*_[]!<&"
"""Where Markdown itself stops in a line."""
_BLOCKS: Final = {
    "indented": ("!!!", "???", "=== ", "===!", "===+", "///"),
    "abbreviations": ("*[",),
    "footnotes": ("[^",),
    "marks": ("==", "^", "~", "++", "{"),
    "deletions": ("{--",),
    "formulas": ("$", "\\(", "\\[", "\\begin{"),
}


@functools.lru_cache(maxsize=256)
def parser(features: frozenset[str]) -> MarkdownIt:
    """A parser for texts with ``features``."""
    made = MarkdownIt("commonmark", {"html": True, "tasklists": True, "alerts": True}, renderer_cls=Renderer)
    made.options["maxNesting"] = 40
    _inline(made, features)
    _blocks(made, features)
    made.block.ruler.at("html_block", _html_block, {"alt": ["paragraph", "reference", "blockquote"]})
    made.validateLink = _any  # type: ignore[method-assign]
    return made


def features(text: str) -> frozenset[str]:
    """What of the dialect ``text`` may use. Few enough that most texts of a site have the same."""
    found = {name for name, marks in _BLOCKS.items() if any(mark in text for mark in marks)}
    if "@" in text or (":" in text and _EMOJI.search(text)):
        found.add("addresses")
    if "markdown" in text and "<" in text:
        found.add("html")
    if "|" in text and _TABLE.search(text):
        found.add("table")
    if lists.may_differ(text):
        found.add("lists")
    if _REFERENCE.search(text):
        found.add("references")
    if _DEFINITION.search(text):
        found.add("definitions")
    for together in _TOGETHER:
        if found & together:
            found |= together
    return frozenset(found)


def read(text: str, env: dict[str, Any]) -> tuple[MarkdownIt, list[Token]]:
    """The tokens of a text, and what renders them. ``env["text"]`` is the text on its way."""
    found = features(text)
    made = parser(found)
    tokens = made.parse(text, env)
    if "marks" in found:
        symbols.block_attributes(tokens)
    if "[TOC]" in text:
        symbols.contents(tokens)
    if symbols.FOREIGN.search(text):
        symbols.foreign(tokens, env["text"])
    if symbols.has_signs(text):
        symbols.signs(tokens)
    if "abbreviations" in env:
        symbols.abbreviations(tokens, env["abbreviations"])
    return made, tokens


def _any(url: str) -> bool:
    """Every address makes a link: ``Text.address`` judges it, and tells the author."""
    return isinstance(url, str)


def _html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """CommonMark's rule, but a comment with text behind it stands in a paragraph, as for Python-Markdown."""
    at, until = state.bMarks[start] + state.tShift[start], state.eMarks[start]
    if state.src.startswith("<!--", at) and _BEFORE_TEXT.match(state.src, at, until):
        return False
    return html_block(state, start, end, silent)


def _inline(made: MarkdownIt, features: frozenset[str]) -> None:
    characters = (_MARKS if "marks" in features else frozenset()) | (_ADDRESSES if "addresses" in features else frozenset())
    if characters:
        made.inline.ruler.before("escape", "dialect", inline.dialect(characters))
    if "marks" in features:
        made.enable("strikethrough")
    if "formulas" in features:
        characters |= {"$"}
        made.inline.ruler.before("escape", "formula", maths.inline)
    ends = "-" if "deletions" in features else ""  # what ends a mark must end a run of text, too
    made.inline.terminator_re = re.compile("[" + re.escape(_ALWAYS + ends + "".join(sorted(characters))) + "]")


def _blocks(made: MarkdownIt, features: frozenset[str]) -> None:
    ends: dict[str, list[str]] = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    if "indented" in features:
        made.block.ruler.before("fence", "indented", marked.block, ends)  # type: ignore[arg-type]
    if "html" in features:
        made.block.ruler.before("html_block", "markdown_in_html", inhtml.block, ends)  # type: ignore[arg-type]
    if "formulas" in features:
        made.block.ruler.before("paragraph", "formula", maths.lines, ends)  # type: ignore[arg-type]
    if "references" in features:
        made.core.ruler.after("block", "references", symbols.references)
    if "lists" in features:
        made.block.ruler.at("list", lists.block, {"alt": ["paragraph", "reference", "blockquote"]})
    if "abbreviations" in features:
        made.block.ruler.before("reference", "abbreviation", symbols.definition, {"alt": ["paragraph", "reference"]})
    if "table" in features:
        made.enable("table")
    _plugins(made, features)


def _plugins(made: MarkdownIt, features: frozenset[str]) -> None:
    if "footnotes" in features:
        from mdit_py_plugins.footnote import footnote_plugin

        made.use(footnote_plugin, inline=False)
        for one in FOOTNOTES:
            made.add_render_rule(f"footnote_{one}", getattr(Renderer, f"footnote_{one}"))
    if "definitions" in features:
        from mdit_py_plugins.deflist import deflist_plugin

        made.use(deflist_plugin)
        made.block.ruler.before("paragraph", "definition_below", indented.definition)
