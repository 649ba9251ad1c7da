"""Markdown → safe HTML as techdocs-core has it: Python-Markdown reads, and what it gives is judged as any author's HTML is.

The extra ``[techdocs]``. The extensions are a closed set (``apart``), and no text can choose one or configure it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from callboard.model.page import Section
from callboard.pages.markdown import included, rawhtml
from callboard.pages.markdown.judged import Text, fragment
from callboard.pages.markdown.process import Refused, process
from callboard.pages.markdown.value import Href, Html, Include, Settings, ordered
from callboard.pages.markdown.written import Written

__all__ = ["Refused", "render"]

_PACKAGES: Final = ("markdown", "pymdownx")
_SETTINGS: Final = Settings()
_TAGS = re.compile(r"<[^>]*+>")
_OPENED_HEADING = re.compile(r'<h[2-6] id="([^"]*)">(.*?)</h[2-6]>', re.DOTALL)


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
    """The same as ``callboard.pages.markdown.render``. Raises Refused: the packages are not there, or the text is too much for them."""
    for name in _PACKAGES:
        if importlib.util.find_spec(name) is None:
            what = "the engine python-markdown needs packages that are not installed"
            raise Refused(what, 'Run: pip install "callboard[techdocs]"', "missing-package")
    text = text.encode("utf-8", "replace").decode()
    state = Text(href, line, include, settings, hashlib.sha256(text.encode()).hexdigest()[:12])
    if "8<" in text:
        text = included(text, state)
    html, pieces = process().convert(text)
    written = rawhtml.balanced(Written(state, text, pieces, title).document(html))
    lost = [spot for spot in state.fragments if spot.what != "#" and fragment(spot.what) not in state.ids]
    return Html(
        written,
        tuple(state.headings),
        ordered([*state.broken, *lost]),
        tuple(state.links),
        ordered(state.unknown),
        tuple(_sections(written)) if sections else (),
        tuple(state.diagrams),
        state.files,
    )


def _sections(html: str) -> Iterator[Section]:
    """The text by headings, without empty parts."""
    parts = _OPENED_HEADING.split(html)
    for name, title, rest in zip(["", *parts[1::3]], ["", *parts[2::3]], parts[::3], strict=True):
        words, said = _words(rest), _words(title)
        if words or said:
            yield Section(unescape(name), said, words)


def _words(html: str) -> str:
    return " ".join(unescape(_TAGS.sub(" ", html)).split())
