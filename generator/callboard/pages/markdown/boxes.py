"""The rules of blocks that frame other blocks: admonitions, alerts, tabs, footnotes, diagrams of contents."""
# ruff: noqa: ARG002, D102  # each method is the rule of one token type, called with what markdown-it's renderer gives every rule

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from markdown_it.token import Token

TONES: Final = {
    **dict.fromkeys(("tip", "hint", "success", "check", "done"), "tip"),
    **dict.fromkeys(("important",), "important"),
    **dict.fromkeys(("warning", "caution", "attention"), "warning"),
    **dict.fromkeys(("danger", "error", "bug", "failure", "fail", "missing"), "danger"),
    **dict.fromkeys(("quote", "cite", "example", "question", "faq", "help"), "quiet"),
}
_ALERTS: Final = {"TIP": "tip", "IMPORTANT": "important", "WARNING": "warning", "CAUTION": "danger"}
FOOTNOTES: Final = ("ref", "block_open", "block_close", "open", "close", "anchor")


class Boxes:
    """Rules for a renderer; ``env["text"]`` is the text on its way."""

    def alert_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<div class="note{_also(_ALERTS.get(tokens[idx].info, ""))}" role="note">\n'

    def alert_title_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '<p class="heading">'

    def note_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        classes = f"note{_also(TONES.get(token.meta['kind'], ''))}{_also(token.meta['side'])}"
        if not token.markup.startswith("?"):
            return f'<div class="{classes}" role="note">\n'
        opened = " open" if token.markup.endswith("+") else ""
        summary = "" if token.meta["title"] else '<summary class="heading">Details</summary>\n'
        return f'<details class="{classes}"{opened}>\n{summary}'

    def note_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</details>\n" if tokens[idx].markup.startswith("?") else "</div>\n"

    def note_title_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<{"summary" if tokens[idx].markup.startswith("?") else "p"} class="heading">'

    def note_title_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</summary>\n" if tokens[idx].markup.startswith("?") else "</p>\n"

    def tabs_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """A group of radio buttons: each shows what stands behind it, without a script."""
        state = env["text"]
        state.groups += 1
        state.tabs.append([f"tabs-{state.key}-{state.groups}", 0, tokens[idx].meta["chosen"]])
        return '<div class="choices" role="radiogroup" aria-label="Alternatives">\n'

    def tabs_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        env["text"].tabs.pop()
        return "</div>\n"

    def tab_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        group = env["text"].tabs[-1]
        name, number, chosen = group
        group[1] += 1
        checked = " checked" if number == chosen else ""
        own = env["text"].unique(f"{name}-{number + 1}")
        return f'<input type="radio" name="{name}" id="{own}"{checked}><label for="{own}">'

    def tab_body(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '</label>\n<div class="choice">\n'

    def tab_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</div>\n"

    def toc(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        env["text"].has_contents = True
        return str(env["text"].contents)

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

    def keys(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        shown = "+".join(f"<kbd>{escape(name)}</kbd>" for name in tokens[idx].meta["keys"])
        return f'<span class="keys">{shown}</span>'

    def abbr_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<abbr title="{escape(tokens[idx].meta["title"])}">'

    def comment(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<span class="comment">{escape(tokens[idx].content)}</span>'

    def block_attributes(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return ""


def _footnote(token: Token) -> tuple[str, str]:
    number, again = str(int(token.meta["id"]) + 1), int(token.meta.get("subId") or 0)
    return number, f"{number}:{again}" if again > 0 else number


def _also(name: str) -> str:
    return f" {name}" if name else ""
