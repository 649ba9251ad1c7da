"""Markdown → safe HTML: GitHub's dialect, with the admonitions, definition lists and code titles of technical docs.

Whoever writes Markdown is not trusted: addresses pass one allow-list, raw HTML is written anew from a list of tags, and no text
can make a script, a style, an event attribute or a request to another host.
"""

from __future__ import annotations

import functools
import itertools
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from callboard.pages.markdown import rawhtml
from callboard.pages.markdown.prose import OWN_ID, Renderer, Text, fragment, plain
from callboard.pages.markdown.sections import sections as sections_of
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
    state = Text(href, line, line, include, settings)
    parser = _parser()
    tokens = parser.parse(text.encode("utf-8", "replace").decode(), env := {"text": state})
    tokens = _below(tokens, title)
    html = parser.renderer.render(tokens, parser.options, env)
    if state.has_html:
        html = rawhtml.balanced(html)
    lost = [spot for spot in state.fragments if spot.what != "#" and fragment(spot.what) not in state.ids]
    return Html(
        html,
        tuple(state.headings),
        ordered([*state.broken, *lost]),
        tuple(state.links),
        ordered(state.unknown),
        sections_of(tokens) if sections else (),
    )


def text(markdown: str) -> str:
    """The first paragraph as plain text, for summaries; "" if there is none."""
    tokens = _parser().parse(markdown[:_SUMMARY].encode("utf-8", "replace").decode(), {})
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
            same = token.tag == "h1" and token.level == 0 and OWN_ID.sub("", said).strip().casefold() == title.strip().casefold()
            return tokens[:at] + tokens[at + 3 :] if same and title else tokens
    return tokens


def _any(url: str) -> bool:
    """Every address makes a link: ``Text.address`` judges it, and tells the author."""
    return isinstance(url, str)


@functools.cache
def _parser() -> MarkdownIt:
    from mdit_py_plugins.admon import admon_plugin
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt(
        "commonmark",
        {"html": True, "tasklists": True, "alerts": True, "strikethrough_single_tilde": True},
        renderer_cls=Renderer,
    )
    parser.enable(["table", "strikethrough"])
    parser.use(footnote_plugin, inline=False).use(deflist_plugin).use(admon_plugin)
    parser.validateLink = _any  # type: ignore[method-assign]
    for name in ("ref", "block_open", "block_close", "open", "close", "anchor"):
        parser.add_render_rule(f"footnote_{name}", getattr(Renderer, f"footnote_{name}"))
    for name in ("admonition_open", "admonition_close", "admonition_title_open", "admonition_title_close"):
        parser.add_render_rule(name, getattr(Renderer, name))
    return parser
