"""Our own Markdown against Python-Markdown with pymdown-extensions: the text of every block of four real trees of documents."""

# ruff: noqa: E501  # tables read best on one line

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

from callboard.pages.markdown import Html, Included, exact, render
from callboard.pages.markdown.apart import Converter

TREES = Path(__file__).parents[1].parent / "shared" / "data" / "techdocs"
NAMES = ("backstage", "backstage-demo", "mkdocs", "mkdocs-material")
_BLOCKS = "p h1 h2 h3 h4 h5 h6 li td th dt dd pre summary figcaption caption blockquote div details ul ol dl table tr thead tbody tfoot figure section hr label"
BLOCKS = frozenset(_BLOCKS.split())
FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
PIECE = re.compile(r'<(div|span) class="callboard-piece-(\d+)"></\1>')
ICON = re.compile(r":(?:material|octicons|fontawesome|simple)-[\w-]+:(?:\{[^}]*\})?")

# What both say otherwise on purpose is taken out of both texts before they are compared:
SAME: dict[str, tuple[re.Pattern[str], str]] = {
    "marks that lead back from footnotes and to headings are no text": (re.compile("[\u21a9\ufe0e\u00b6]"), ""),
    "icons of the theme Material are pictures there; ours are signs, or nothing": (ICON, ""),
    "the mark of an annotation loses its exclamation mark, which Material's script would take away": (
        re.compile(r"(\(\d+\))!"),
        r"\1",
    ),
    "a link that leads nowhere says so": (re.compile(r" missing\b"), ""),
}


class Known(NamedTuple):
    """A kind of difference that is known: which one it is, and why it stays."""

    test: Callable[[str, str], bool]
    """(what Python-Markdown has, what ours has), blocks joined by `` | ``."""
    why: str


def has(theirs: str = "", ours: str = "") -> Callable[[str, str], bool]:
    return lambda a, b: bool(re.search(theirs, a) and re.search(ours, b))


KNOWN: dict[str, Known] = {
    "fence": Known(has(r"```|^\w* ?(?:title|filename)|^(?:json|yaml|tsx?|typescript) "), "A fence with words behind it that pymdownx.superfences does not know is text there; in CommonMark, on GitHub and here it is a fence."),
    "closing fence": Known(has(r"`{3,}"), "Python-Markdown loses or keeps the backticks of a fence that is not closed where it was opened."),
    "backslash": Known(has(r"\\"), "A backslash before a line's end, or before punctuation, is CommonMark's; Python-Markdown knows fewer."),
    "task": Known(has(r"- \[[x ]\]|: \* |- |\* "), "A list without an empty line before it is a paragraph in Python-Markdown, and a list in CommonMark and on GitHub."),
    "reference": Known(has(ours=r"\[[^\]]+\]"), "A reference with a blank or a line's end between its parts, or a footnote behind it, is one in Python-Markdown only; CommonMark reads two."),
    "emoji": Known(has(r":\w+:"), "Names of emoji that are in our table and not in that of pymdown-extensions."),
    "words for icons": Known(lambda a, b: not a and len(b.split()) < 6, "An icon that stands alone is said in words, so that readers without pictures have it as well."),
    "order": Known(lambda a, b: not a or not b, "Footnotes stand in the order in which they are referred to; in Python-Markdown in that in which they are defined."),
    "heading": Known(has(ours=r"#+ "), "Marks of a heading that begin none in CommonMark: behind text, or without a blank."),
    "critic": Known(has("\x02|wzx"), "Python-Markdown leaves marks of its own in texts with critic's."),
    "nested by two": Known(has(ours=r" \d+\. "), "A numbered list nested by less than its number is wide is a list inside only for techdocs-core."),
    "snippet": Known(has("8\u2190|8<", "8<"), "A snippet that is not there stays as it is written; smartsymbols makes an arrow of it."),
    "tags": Known(has(r"If you're using|Icons|links ,|All ", r"```|\*\*|^$"), "Lines of Markdown right behind a tag that begins a block of HTML are HTML until an empty line in CommonMark."),
    "download": Known(has(ours=r"\{:? ?[\w#]"), "An attribute list where ours has none: behind code, or before more text."),
    "blanks": Known(lambda a, b: re.sub(r"[\s|.]+", "", a) == re.sub(r"[\s|.]+", "", b), "The same text with other blanks or limits of blocks."),
}  # fmt: skip


class Texts(HTMLParser):
    """The text of each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._parts: list[str] = []
        self._skipped = 0

    def flush(self) -> None:
        text = "".join(self._parts)
        for pattern, instead in SAME.values():
            text = pattern.sub(instead, text)
        self._parts = []
        if words := " ".join(text.split()):
            self.found.append(words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        if tag in BLOCKS:
            self.flush()
        if tag == "img":
            name = (given.get("src") or "").rsplit("/", 1)[-1].split("?")[0]
            self._parts.append(f" {given.get('alt') or name} ")
        if tag == "br":
            self._parts.append(" ")
        if tag in ("br", "img", "input", "wbr", "hr"):
            return
        hidden = tag in ("script", "style", "svg", "math") or "sign" in classes or "arithmatex" in classes
        back = tag == "a" and ({"footnote-backref", "anchor"} & set(classes) or given.get("aria-label") == "Back to the text")
        if self._skipped or hidden or back:
            self._skipped += 1

    def handle_endtag(self, tag: str) -> None:
        self._skipped = max(0, self._skipped - 1)
        if tag in BLOCKS:
            self.flush()

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._parts.append(data)


def blocks(html: str) -> list[str]:
    reader = Texts()
    reader.feed(html)
    reader.close()
    reader.flush()
    return reader.found


@functools.cache
def converter() -> Converter:
    return Converter()


def reference(text: str) -> str:
    """What Python-Markdown makes of a text, with its code in place."""
    html, pieces = converter().convert(text)

    def whole(found: re.Match[str]) -> str:
        kind, code, info = pieces[int(found[2])]
        title = re.search(r'title="([^"]*)"', info) if kind == "fence" else None
        caption = f"<figcaption>{escape(title[1])}</figcaption>" if title else ""
        return f"{caption}<pre>{escape(code)}</pre>" if kind == "fence" else f"<code>{escape(code)}</code>"

    return PIECE.sub(whole, html)


class Compared(NamedTuple):
    total: int
    equal: int
    places: list[tuple[str, str, str]]
    """(file, theirs, ours)"""


def compared(tree: str, engine: Callable[..., Html]) -> Compared:
    """All documents of a tree by an engine and by Python-Markdown."""
    total = equal = 0
    places = []
    for file in sorted((TREES / tree / "docs").rglob("*.md")):
        text = FRONT.sub("", file.read_text(encoding="utf-8"))
        theirs, ours = blocks(reference(text)), blocks(engine(text, include=_nothing).html)
        matcher = difflib.SequenceMatcher(None, theirs, ours, autojunk=False)
        total += max(len(theirs), len(ours))
        equal += sum(block.size for block in matcher.get_matching_blocks())
        name = file.relative_to(TREES).as_posix()
        places += [
            (name, " | ".join(theirs[a:b]), " | ".join(ours[c:d])) for how, a, b, c, d in matcher.get_opcodes() if how != "equal"
        ]
    return Compared(total, equal, places)


def _nothing(name: str) -> Included | None:
    """Snippets stay as they are written, in both."""
    return None


@pytest.mark.skipif(not TREES.is_dir(), reason="the real trees of documents are not here")
@pytest.mark.parametrize("tree", NAMES)
def test_our_text_is_that_of_python_markdown(tree: str) -> None:
    """At least 99 of 100 blocks have the same text, and each difference is of a kind that is known, with its reason."""
    found = compared(tree, render)
    unknown = [place for place in found.places if not any(kind.test(*place[1:]) for kind in KNOWN.values())]
    assert not unknown, unknown[:3]
    assert found.equal >= 0.99 * found.total, f"{found.equal} of {found.total}"


@pytest.mark.skipif(not TREES.is_dir(), reason="the real trees of documents are not here")
@pytest.mark.parametrize("tree", NAMES)
def test_the_other_engine_changes_no_text(tree: str) -> None:
    """What is written anew of Python-Markdown's HTML says the same."""
    found = compared(tree, exact.render)
    assert found.equal >= 0.999 * found.total, found.places[:5]
