"""Tokens → the text of each section, plain, as the search reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from callboard.model.page import Section
from callboard.pages.markdown.prose import plain

_TAGS = re.compile(r"<[^>]*+>")


def sections(tokens: Sequence[Token]) -> tuple[Section, ...]:
    """The sections of rendered ``tokens`` (headings know their ids), without empty ones."""
    found: list[Section] = []
    name, title, parts = "", "", list[str]()

    def end() -> None:
        words = " ".join(" ".join(parts).split())
        if words or title:
            found.append(Section(name, title, words))
        parts.clear()

    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            end()
            name, title = str(token.meta.get("id", "")), plain(tokens[at + 1].children or ()).strip()
        elif token.type == "inline" and tokens[at - 1].type != "heading_open":
            parts.append(plain(token.children or ()))
        elif token.type in ("fence", "code_block", "math_block"):
            parts.append(token.content)
        elif token.type == "html_block":
            parts.append(_TAGS.sub(" ", token.content))
    end()
    return tuple(found)
