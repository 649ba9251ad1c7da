"""Our own pages' HTML → Markdown, for readers that are programs: one pass, no tree."""
# ruff: noqa: ARG002  # each method is the rule of one element, called with what every rule is given

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Final

_LEFT_OUT = re.compile(
    r"<(script|style|svg|nav|button|template|select|form|dialog|datalist)\b[^>]*>.*?</\1>"
    r"|<a class=\"anchor\"[^>]*></a>|<!--.*?-->|<p class=\"print\">.*?</p>",
    re.DOTALL,
)
"""What only people with a screen use."""
_TOKEN = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>|([^<]+)|<")
_SPECIAL = re.compile(r"([\\`*\[\]<>])")
_BLANK = re.compile(r"\s+")
_HREF = re.compile(r'\shref="([^"]*)"')
_SOURCE = re.compile(r'\ssrc="([^"]*)"')
_ALT = re.compile(r'\salt="([^"]*)"')
_GAPS = re.compile(r"[ \t]*\n(?:[ \t]*\n)+[ \t]*(?=\n|\S)|[ \t]+(?=\n)")
_BLOCK_NAMES = "p div section article main header footer aside figure figcaption details blockquote dl address fieldset"
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_ENDS = ("\n", " ", "[")
_MARKS: Final = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "kbd": "`", "del": "~~", "s": "~~"}


def markdown(html: str, link: Callable[[str], str]) -> str:
    """The text of ``html`` as Markdown. ``link`` turns each href and src into what stands in the text."""
    return _Writer(link).write(_LEFT_OUT.sub("", html))


class _Writer:
    def __init__(self, link: Callable[[str], str]) -> None:
        self._link, self._out = link, [""]
        self._links: list[tuple[str, int]] = []
        self._lists: list[int] = []
        """For each open list the number of its next item; 0 for one without numbers."""
        self._raw = False
        """Inside of ``pre``."""
        self._coded = False
        self._row: list[str] | None = None
        self._cell = 0
        """Where the cell that is open begins."""
        self._headed = False

    def write(self, html: str) -> str:
        out, rules = self._out, _RULES
        for closing, name, attributes, text in _TOKEN.findall(html):
            if name:
                rule = rules.get(name)
                if rule is not None:
                    rule(self, closing, attributes)
            elif text.isspace() and not self._raw:
                if not out[-1].endswith(_ENDS):
                    out.append(" ")
            elif text:
                out.append(self._text(text))
        return _GAPS.sub(_gap, "".join(out)).strip() + "\n"

    def _text(self, text: str) -> str:
        plain = unescape(text) if "&" in text else text
        if self._raw:
            return plain
        plain = _BLANK.sub(" ", plain)
        return plain if self._coded else _SPECIAL.sub(r"\\\1", plain)

    def _block(self, closing: str, attributes: str) -> None:
        self._out.append(" " if self._row is not None else "\n\n" if not self._lists else "" if closing else "\n")

    def _mark(self, closing: str, mark: str) -> None:
        if self._raw:
            return
        self._coded = mark == "`" and not closing
        if closing and self._out[-1] == mark:
            self._out.pop()  # nothing between the two
        else:
            self._out.append(mark)

    def _a(self, closing: str, attributes: str) -> None:
        if not closing:
            found = _HREF.search(attributes)
            self._links.append((unescape(found[1]) if found else "", len(self._out)))
        elif self._links:
            href, begin = self._links.pop()
            text = _BLANK.sub(" ", "".join(self._out[begin:])).strip()
            del self._out[begin:]
            if text:
                self._out.append(f"[{text}]({_address(self._link(href))})" if href else text)

    def _heading(self, closing: str, level: int) -> None:
        self._out.append("\n\n" if closing else f"\n\n{'#' * level} ")

    def _list(self, closing: str, *, numbered: bool) -> None:
        if closing:
            if self._lists:
                self._lists.pop()
            self._out.append("" if self._lists else "\n\n")
        else:
            self._out.append("" if self._lists else "\n\n")
            self._lists.append(1 if numbered else 0)

    def _item(self, closing: str, attributes: str) -> None:
        if closing:
            return
        number = self._lists[-1] if self._lists else 0
        if number:
            self._lists[-1] += 1
        if self._row is None:
            self._out.append(f"\n{'  ' * max(0, len(self._lists) - 1)}{f'{number}.' if number else '-'} ")
        else:
            self._out.append(", " if not self._out[-1].endswith(("\n", " ")) else "")

    def _pre(self, closing: str, attributes: str) -> None:
        self._raw = not closing
        self._out.append("\n```\n\n" if closing else "\n\n```\n")

    def _tr(self, closing: str, attributes: str) -> None:
        if not closing:
            self._row = []
        elif self._row is not None:
            row, self._row = self._row, None
            self._out.append(f"\n| {' | '.join(row)} |")
            if not self._headed:
                self._out.append("\n|" + "---|" * len(row))
                self._headed = True

    def _td(self, closing: str, attributes: str) -> None:
        if self._row is None:
            return
        if not closing:
            self._cell = len(self._out)
            return
        text = _BLANK.sub(" ", "".join(self._out[self._cell :])).strip()
        del self._out[self._cell :]
        self._row.append(text.replace("|", "\\|"))

    def _table(self, closing: str, attributes: str) -> None:
        self._headed = False
        self._out.append("\n\n")

    def _image(self, closing: str, attributes: str) -> None:
        alt, source = _ALT.search(attributes), _SOURCE.search(attributes)
        if alt and alt[1] and source:
            self._out.append(f"![{unescape(alt[1])}]({_address(self._link(unescape(source[1])))})")

    def _term(self, closing: str, attributes: str) -> None:
        self._out.append(": " if closing else "\n- ")

    def _break(self, closing: str, attributes: str) -> None:
        self._out.append("\n" if self._row is None else " ")

    def _rule(self, closing: str, attributes: str) -> None:
        self._out.append("\n\n---\n\n")


Rule = Callable[[_Writer, str, str], None]


def _marked(mark: str) -> Rule:
    return lambda writer, closing, _: writer._mark(closing, mark)


def _level(level: int) -> Rule:
    return lambda writer, closing, _: writer._heading(closing, level)


_RULES: Final[dict[str, Rule]] = {
    **dict.fromkeys(_BLOCKS, _Writer._block),
    **{name: _marked(mark) for name, mark in _MARKS.items()},
    "a": _Writer._a,
    **{f"h{level}": _level(level) for level in range(1, 7)},
    "ul": lambda writer, closing, _: writer._list(closing, numbered=False),
    "ol": lambda writer, closing, _: writer._list(closing, numbered=True),
    "li": _Writer._item,
    "pre": _Writer._pre,
    "tr": _Writer._tr,
    "td": _Writer._td,
    "th": _Writer._td,
    "table": _Writer._table,
    "img": _Writer._image,
    "dt": _Writer._term,
    "br": _Writer._break,
    "summary": _Writer._break,
    "hr": _Writer._rule,
}


def _gap(found: re.Match[str]) -> str:
    return "\n\n" if "\n" in found[0] else ""


def _address(href: str) -> str:
    return f"<{href}>" if any(mark in href for mark in " ()") else href
