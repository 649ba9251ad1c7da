"""Markdown → safe HTML: GitHub's dialect, with the admonitions, definition lists and code titles of technical docs.

Whoever writes Markdown is not trusted: addresses pass one allow-list, raw HTML is written anew from a list of tags, and no text
can make a script, a style, an event attribute or a request to another host.
"""

from __future__ import annotations

import hashlib
import itertools
from typing import Any, Final

from markdown_it.token import Token

from callboard.pages.markdown import rawhtml
from callboard.pages.markdown.judged import Text, fragment
from callboard.pages.markdown.prose import plain, without_list
from callboard.pages.markdown.reading import read
from callboard.pages.markdown.sections import sections as sections_of
from callboard.pages.markdown.symbols import table_of_contents
from callboard.pages.markdown.value import Href, Html, Include, Included, Settings, Spot, ordered

__all__ = ["Href", "Html", "Include", "Included", "Settings", "Spot", "render", "text"]

_SETTINGS: Final = Settings()

_SUMMARY = 4_000
"""Characters that are looked at for a summary."""


def _same(target: str) -> str | None:
    return target


def render(
    text: str,
    *,
    href: Href = _same,
    title: str = "",
    line: int = 1,
    include: Include | None = None,
    sections: bool = False,
    settings: Settings = _SETTINGS,
) -> Html:
    """``text`` as HTML below a page's own h1.

    ``href`` turns the target of each relative link and image into an href, or None if it is not there. A first heading that
    says ``title`` again is left out. ``line`` is the line of the file at which ``text`` begins, for ``broken`` and ``unknown``.
    ``include`` gives the files that the text includes; without it nothing is included. ``sections`` asks for the search's.
    """
    text = text.encode("utf-8", "replace").decode()
    state = Text(href, line, include, settings, hashlib.sha256(text.encode()).hexdigest()[:12])
    if "8<" in text:
        text = included(text, state)
    env: dict[str, Any] = {"text": state}
    reader, tokens = read(text, env)
    tokens = _below(tokens, title)
    html = reader.renderer.render(tokens, reader.options, env)
    if state.has_html:
        html = rawhtml.balanced(html)
    if state.has_contents:
        html = html.replace(state.contents, table_of_contents(state.headings))
    lost = [spot for spot in state.fragments if spot.what != "#" and fragment(spot.what) not in state.ids]
    return Html(
        html,
        tuple(state.headings),
        ordered([*state.broken, *lost]),
        tuple(state.links),
        ordered(state.unknown),
        sections_of(tokens) if sections else (),
        diagrams=tuple(state.diagrams),
        files=state.files,
    )


def included(text: str, state: Text) -> str:
    """The text with the files that it includes."""
    from callboard.pages.markdown.snippets import expanded

    found = expanded(text.replace("\r\n", "\n").replace("\r", "\n"), state.include, state.first)
    state.places, state.files = found.places, found.files
    state.unknown += found.unknown
    return "\n".join(found.lines)


def text(markdown: str) -> str:
    """The first paragraph as plain text, for summaries; "" if there is none."""
    start = markdown[:_SUMMARY].encode("utf-8", "replace").decode()
    _, tokens = read(start, {"text": Text(_same, 1)})
    for before, token in itertools.pairwise(tokens):
        if before.type == "paragraph_open" and before.level == 0:
            words = " ".join(plain(token.children or ()).split())
            if words:
                return words
    return ""


def _below(tokens: list[Token], title: str) -> list[Token]:
    """The tokens without a first h1 that is the page's title."""
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            said = plain(tokens[at + 1].children or ())
            same = token.tag == "h1" and token.level == 0 and without_list(said).strip().casefold() == title.strip().casefold()
            return tokens[:at] + tokens[at + 3 :] if same and title else tokens
    return tokens
