"""Markdown's tokens → HTML for readers: every rule of the dialect, and the one place that judges addresses."""
# ruff: noqa: ARG002, D102  # each method is the rule of one token type, called with what markdown-it's renderer gives every rule

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final
from urllib.parse import unquote

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from callboard.pages.markdown import highlight, rawhtml
from callboard.pages.markdown.value import Href, Include, Settings, Spot

SCHEMES: Final = frozenset(("http", "https", "mailto", "tel"))
TONES: Final = {
    **dict.fromkeys(("tip", "hint", "success", "check", "done"), "tip"),
    **dict.fromkeys(("important",), "important"),
    **dict.fromkeys(("warning", "caution", "attention"), "warning"),
    **dict.fromkeys(("danger", "error", "bug", "failure", "fail", "missing"), "danger"),
    **dict.fromkeys(("quote", "cite", "example", "question", "faq", "help"), "quiet"),
}
_ALERTS: Final = {"TIP": "tip", "IMPORTANT": "important", "WARNING": "warning", "CAUTION": "danger"}
_RESERVED: Final = ("main",)
"""Ids of the page around the text."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL = re.compile(r"[\x00-\x20\x7f]+")
OWN_ID = re.compile(r"\s*\{\s*#([A-Za-z][\w.-]*)\s*\}\s*\Z")
ID = re.compile(r"[A-Za-z0-9][\w.-]*\Z")
_NO_SLUG = re.compile(r"[^\w\- ]")


@dataclass(slots=True)
class Text:
    """One text on its way: what its renderer knows and gathers."""

    href: Href
    first: int
    line: int = 1
    include: Include | None = None
    settings: Settings = field(default_factory=Settings)
    ids: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_RESERVED, 0))
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    links: list[Spot] = field(default_factory=list)
    broken: list[Spot] = field(default_factory=list)
    unknown: list[Spot] = field(default_factory=list)
    fragments: list[Spot] = field(default_factory=list)
    open_links: list[str] = field(default_factory=list)
    has_html: bool = False

    def spot(self, what: str) -> Spot:
        """``what``, where the text is now."""
        return Spot(what, self.line)

    def slug(self, title: str) -> str:
        """A heading's id as GitHub makes it: unique, stable, readable."""
        return self.unique(_NO_SLUG.sub("", title.strip().lower()).replace(" ", "-") or "section")

    def unique(self, name: str) -> str:
        if name not in self.ids:
            self.ids[name] = 0
            return name
        while f"{name}-{self.ids[name] + 1}" in self.ids:
            self.ids[name] += 1
        self.ids[name] += 1
        return self.unique(f"{name}-{self.ids[name]}")

    def address(self, target: str) -> tuple[str, str]:
        """(where to, how): how is ``away``, ``here``, ``missing`` (the target is not there) or ``refused`` (never linked)."""
        plain = _CONTROL.sub("", target)
        scheme = _SCHEME.match(plain)
        if scheme:
            return (plain, "away") if scheme[1].lower() in SCHEMES else ("", "refused")
        if plain[:2].replace("\\", "/") == "//" or ":" in re.split(r"[/?#]", plain, maxsplit=1)[0]:
            return "", "refused"
        if plain.startswith("#"):
            self.fragments.append(self.spot(plain))
            return plain, "here"
        found = self.href(target)
        return ("", "missing") if found is None else (found, "here")

    def open_link(self, target: str, title: str = "") -> str:
        """The opening tag of a link; what closes it is kept for ``close_link``."""
        if target == "#":  # an anchor without a target, or a link to nothing
            self.open_links.append("")
            return ""
        self.links.append(self.spot(target))
        where, how = self.address(target)
        if how in ("missing", "refused"):
            self.broken.append(self.spot(target))
            self.open_links.append(" <small>missing</small></span>" if how == "missing" else "")
            return '<span class="missing">' if how == "missing" else ""
        self.open_links.append("</a>")
        rel = ' rel="noopener"' if how == "away" and where.lower().startswith("http") else ""
        return f'<a href="{escape(where)}"{rel}{_titled(title)}>'

    def close_link(self) -> str:
        """What closes the innermost link."""
        return self.open_links.pop() if self.open_links else ""

    def image(self, source: str, alternative: str, more: str = "") -> str:
        """An image of the site; one of another host is a link, so that a page asks no other host."""
        where, how = self.address(source)
        if how == "here":
            return f'<img src="{escape(where)}" alt="{escape(alternative)}"{more} loading="lazy">'
        shown = escape(alternative or where.rsplit("/", 1)[-1].split("?")[0] or "image")
        if how == "away":
            return shown if self.open_links and self.open_links[-1] else f'<a href="{escape(where)}" rel="noopener">{shown}</a>'
        self.broken.append(self.spot(source))
        return f'<span class="missing">{shown} <small>missing</small></span>' if how == "missing" else shown

    def anchor(self, name: str) -> str:
        """An id that raw HTML brings, if it is a plain word and nobody has it yet."""
        if not ID.match(name) or name in self.ids:
            return ""
        self.ids[name] = 0
        return f' id="{escape(name)}"'

    @property
    def tags(self) -> rawhtml.Tags:
        self.has_html = True
        return rawhtml.Tags(self.open_link, self.close_link, self.image, self.anchor)


def plain(tokens: Sequence[Token]) -> str:
    """The text of inline tokens: no marks, no images, no HTML."""
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts)


class Renderer(RendererHTML):
    """Tokens → HTML. Each method is the rule of one token type; ``env["text"]`` is the text on its way."""

    def render(self, tokens: Sequence[Token], options: Any, env: Any) -> str:
        state, out, rules = env["text"], [], self.rules
        for at, token in enumerate(tokens):
            if token.map:
                state.line = state.first + token.map[0]
            if token.type == "inline":
                out.append(self.renderInline(token.children or (), options, env))
                out += [state.close_link() for _ in range(len(state.open_links))]
            elif token.type in rules:
                out.append(rules[token.type](tokens, at, options, env))
            else:
                out.append(self.renderToken(tokens, at, options, env))
        return "".join(out)

    def softbreak(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        env["text"].line += 1
        return "\n"

    def hardbreak(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        env["text"].line += 1
        return "<br>\n"

    def heading_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        state, token = env["text"], tokens[idx]
        children = tokens[idx + 1].children or []
        own = _take_id(children)
        title = plain(children).strip()
        token.tag = "h2" if token.tag == "h1" else token.tag
        token.meta["id"] = state.unique(own) if own else state.slug(title)
        state.headings.append((int(token.tag[1]), token.meta["id"], title))
        return f'<{token.tag} id="{escape(token.meta["id"])}">'

    def heading_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        opened = tokens[idx - 2]
        name = escape(opened.meta["id"])
        return f'<a class="anchor" href="#{name}" aria-label="Link to this heading"></a></{opened.tag}>\n'

    def link_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        attrs = tokens[idx].attrs
        return str(env["text"].open_link(str(attrs.get("href", "")), str(attrs.get("title", ""))))

    def link_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return str(env["text"].close_link())

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        more = _titled(str(token.attrs.get("title", "")))
        return str(env["text"].image(str(token.attrs.get("src", "")), plain(token.children or ()), more))

    def html_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return str(env["text"].tags.inline(tokens[idx].content))

    def html_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return str(env["text"].tags.block(tokens[idx].content))

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return highlight.figure(tokens[idx].content, tokens[idx].info)

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return highlight.figure(tokens[idx].content, "")

    def list_item_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        opened = self.renderToken(tokens, idx, options, env)
        if "checked" not in tokens[idx].meta:
            return opened
        checked = tokens[idx].meta["checked"]
        label = "done" if checked else "to do"
        mark = " checked" if checked else ""
        return f'{opened}<input class="task-list-item-checkbox" type="checkbox" disabled{mark} aria-label="{label}"> '

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<th scope="col"{_aligned(tokens[idx])}>'

    def td_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"<td{_aligned(tokens[idx])}>"

    def alert_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<div class="note{_class(_ALERTS.get(tokens[idx].info, ""))}" role="note">\n'

    def alert_title_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '<p class="heading">'

    def admonition_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        kind = _class(TONES.get(str(token.meta.get("tag", "")).lower(), ""))
        if not token.markup.startswith("?"):
            return f'<div class="note{kind}" role="note">\n'
        opened = " open" if token.markup.endswith("+") else ""
        summary = "" if token.content else '<summary class="heading">Details</summary>\n'
        return f'<details class="note{kind}"{opened}>\n{summary}'

    def admonition_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</details>\n" if tokens[idx].markup.startswith("?") else "</div>\n"

    def admonition_title_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<{"summary" if tokens[idx].markup.startswith("?") else "p"} class="heading">'

    def admonition_title_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</summary>\n" if tokens[idx - 2].markup.startswith("?") else "</p>\n"

    def footnote_ref(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        number, name = _footnote(tokens[idx])
        return f'<sup><a href="#fn:{number}" id="fnref:{name}" aria-label="Footnote {number}">{number}</a></sup>'

    def footnote_block_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '<section class="footnotes" aria-label="Footnotes"><ol>\n'

    def footnote_block_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</ol></section>\n"

    def footnote_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<li id="fn:{_footnote(tokens[idx])[0]}">'

    def footnote_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</li>\n"

    def footnote_anchor(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f' <a href="#fnref:{_footnote(tokens[idx])[1]}" aria-label="Back to the text">\u21a9\ufe0e</a>'


def _take_id(children: list[Token]) -> str:
    """The ``{ #id }`` at the end of a heading, taken out of it."""
    last = children[-1] if children else None
    found = OWN_ID.search(last.content) if last is not None and last.type == "text" else None
    if last is None or found is None:
        return ""
    last.content = last.content[: found.start()]
    return found[1]


def _footnote(token: Token) -> tuple[str, str]:
    number, again = str(int(token.meta["id"]) + 1), int(token.meta.get("subId") or 0)
    return number, f"{number}:{again}" if again > 0 else number


def _titled(title: str) -> str:
    return f' title="{escape(title)}"' if title else ""


def _class(name: str) -> str:
    return f" {name}" if name else ""


def _aligned(token: Token) -> str:
    side = str(token.attrs.get("style", "")).rpartition(":")[2]
    return f' class="{side}"' if side in ("right", "center") else ""


def fragment(target: str) -> str:
    """The id that a target such as ``#whats-new`` names."""
    return unquote(target[1:])
