"""Markdown → safe HTML: GitHub's dialect, with the admonitions, definition lists and code titles of technical docs.

Whoever writes Markdown is not trusted: addresses pass one allow-list, raw HTML is written anew from a list of tags, and no text
can make a script, a style, an event attribute or a request to another host.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from callboard.pages.markdown import rawhtml
from callboard.pages.markdown.prose import OWN_ID, Href, Renderer, Text, fragment, plain

_SUMMARY = 4_000
"""Characters that are looked at for a summary."""


def _same(target: str) -> str | None:
    return target


@dataclass(frozen=True, slots=True)
class Html:
    """A rendered text."""

    html: str
    headings: tuple[tuple[int, str, str], ...] = ()
    """(level, id, title) of each heading, in order: for a table of contents."""
    broken: tuple[tuple[str, int], ...] = ()
    """(target, line) of each link that leads nowhere or is refused."""
    links: tuple[tuple[str, int], ...] = ()
    """(target, line) of every link, as written."""


def render(text: str, *, href: Href = _same, title: str = "", line: int = 1) -> Html:
    """``text`` as HTML below a page's own h1.

    ``href`` turns the target of each relative link and image into an href, or None if it is not there. A first heading that
    says ``title`` again is left out. ``line`` is the line of the file at which ``text`` begins, for ``broken``.
    """
    state = Text(href, line, line)
    parser = _parser()
    tokens = parser.parse(text.encode("utf-8", "replace").decode(), env := {"text": state})
    html = parser.renderer.render(_below(tokens, title), parser.options, env)
    if state.has_html:
        html = rawhtml.balanced(html)
    lost = [(target, at) for target, at in state.fragments if target != "#" and fragment(target) not in state.ids]
    broken = sorted({*state.broken, *lost}, key=lambda one: (one[1], one[0]))
    return Html(html, tuple(state.headings), tuple(broken), tuple(state.links))


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
