"""Markdown's tokens → HTML for readers: the rules of text, links, code and tables."""
# ruff: noqa: ARG002, D102  # each method is the rule of one token type, called with what markdown-it's renderer gives every rule

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any, Final

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from callboard.pages.markdown import attributes, diagrams, emoji, fences, highlight, maths
from callboard.pages.markdown.boxes import Boxes
from callboard.pages.markdown.judged import titled

OWN_ID = re.compile(rf"[ \t]*{attributes.LIST.pattern}[ \t]*\Z")
_SHEBANG = re.compile(r"(?:#!|:::)([\w+#.-]{1,30})[ \t]+(\S[^\n]*)\Z")
_TEXTS: Final = frozenset(("text", "code_inline", "math_inline", "text_special", "keys", "icon"))
_SCHEMES_OF_COLOUR: Final = {
    "only-light": "only-light",
    "only-dark": "only-dark",
    "gh-light-mode-only": "only-light",
    "gh-dark-mode-only": "only-dark",
}


def plain(tokens: Sequence[Token]) -> str:
    """The text of inline tokens: no marks, no images, no HTML."""
    parts = []
    for token in tokens:
        if token.type in _TEXTS:
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts)


def without_list(said: str) -> str:
    """A heading's text without the attribute list at its end."""
    found = OWN_ID.search(said) if said.rstrip().endswith("}") else None
    return said[: found.start()] if found is not None and attributes.looks_like_list(found[1], found[2]) else said


class Renderer(Boxes, RendererHTML):
    """Tokens → HTML. Each method is the rule of one token type; ``env["text"]`` is the text on its way."""

    def render(self, tokens: Sequence[Token], options: Any, env: Any) -> str:
        state, out, rules = env["text"], [], self.rules
        for at, token in enumerate(tokens):
            if token.map:
                state.at = token.map[0]
            if token.type == "inline":
                out.append(self.renderInline(token.children or (), options, env))
                if state.open_links:
                    out += [state.close_link() for _ in range(len(state.open_links))]
            elif token.type in rules:
                out.append(rules[token.type](tokens, at, options, env))
            else:
                out.append(self.renderToken(tokens, at, options, env))
        return "".join(out)

    def softbreak(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        env["text"].at += 1
        return "\n"

    def hardbreak(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        env["text"].at += 1
        return "<br>\n"

    def heading_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        state, token = env["text"], tokens[idx]
        children = tokens[idx + 1].children or []
        own = _take_id(children) or str(token.meta.get("own", ""))
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
        token, attrs, state = tokens[idx], tokens[idx].attrs, env["text"]
        opened = str(state.open_link(str(attrs.get("href", "")), str(attrs.get("title", ""))))
        own: attributes.Attributes | None = token.meta.get("attributes")
        if own is None or not opened.startswith("<a "):
            return opened
        return f"<a{own.html}{state.anchor(own.id)} {opened[3:]}"

    def link_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return str(env["text"].close_link())

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token, state = tokens[idx], env["text"]
        source = str(token.attrs.get("src", ""))
        own: attributes.Attributes = token.meta.get("attributes") or attributes.Attributes()
        source, mark, scheme = source.rpartition("#")
        classes = [*own.classes, _SCHEMES_OF_COLOUR[scheme]] if scheme in _SCHEMES_OF_COLOUR and mark else list(own.classes)
        source = source if scheme in _SCHEMES_OF_COLOUR and mark else source + mark + scheme
        more = f' class="{" ".join(classes)}"' if classes else ""
        sizes = "".join(f' {key}="{size}"' for key in ("width", "height") if (size := _size(own.value(key))))
        title = titled(str(token.attrs.get("title", "")) or own.value("title"))
        return str(state.image(source, plain(token.children or ()), f"{more}{state.anchor(own.id)}{sizes}{title}"))

    def html_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return str(env["text"].tags.inline(tokens[idx].content))

    def html_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return str(env["text"].tags.block(tokens[idx].content))

    def code_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        content = tokens[idx].content
        found = _SHEBANG.match(content) if content[:1] in "#:" else None
        if found is None or not highlight.knows(found[1].lower()):
            return f"<code>{escape(content, quote=False)}</code>"
        tokens[idx].content = found[2]
        return f'<code class="language-{escape(found[1])}">{highlight.coloured(found[2], found[1].lower()).rstrip()}</code>'

    def icon(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """A sign; an icon without one is said in words if it stands alone, and adorns otherwise."""
        content, name = tokens[idx].content, tokens[idx].info
        if content:
            return content if not emoji.is_icon(name) else f'<span class="sign">{escape(content)}</span>'
        alone = not any(token.type in ("text", "code_inline", "image") and token.content.strip() for token in tokens)
        return escape(emoji.words(name)) if alone else ""

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return diagrams.block(tokens[idx].content, tokens[idx].info, env["text"])

    def math_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return maths.written(tokens[idx].content, env["text"], display=tokens[idx].markup == "display")

    def math_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return maths.block(tokens[idx].content, env["text"])

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return fences.figure(tokens[idx].content, "")

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


def _take_id(children: list[Token]) -> str:
    """The id of the attribute list at the end of a heading, which is taken out of it."""
    last = children[-1] if children else None
    if last is None or last.type != "text" or not last.content.rstrip().endswith("}"):
        own = last.meta.get("attributes") if last is not None else None
        return str(own.id) if own else ""
    found = OWN_ID.search(last.content)
    if found is None or not attributes.looks_like_list(found[1], found[2]):
        return ""
    last.content = last.content[: found.start()]
    return attributes.read(found[2]).id


def _size(value: str) -> str:
    number = value.removesuffix("px")
    return number if number.isascii() and number.isdigit() and len(number) < 5 else ""


def _aligned(token: Token) -> str:
    side = str(token.attrs.get("style", "")).rpartition(":")[2]
    return f' class="{side}"' if side in ("right", "center") else ""
