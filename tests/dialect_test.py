"""The dialect of Markdown: a folder a row, each with a page and the HTML that it becomes."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from callboard.pages import markdown
from callboard.pages.markdown import Included

ROWS = sorted(path.parent for path in (Path(__file__).parent / "dialect").glob("*/page.md"))
PARTS = {
    "part.md": "First *line*.\n\nThird line with [a link](gone.md).\n\n"
    "<!-- --8<-- [start:two] -->\nA section.\n<!-- --8<-- [end:two] -->\n",
    "loop.md": '--8<-- "loop.md"',
}


def include(name: str) -> Included | None:
    """The snippets that pages of the rows include."""
    return Included(PARTS[name], f"docs/{name}", "digest") if name in PARTS else None


def shown(row: Path) -> str:
    """What a row's page becomes: its HTML, and below it what is told about it."""
    made = markdown.render((row / "page.md").read_text("utf-8"), include=include)
    html = re.sub(r"tabs-[0-9a-f]{12}-", "tabs-", made.html)
    told = "".join(f"{spot.file or 'page.md'}:{spot.line} {spot.what}\n" for spot in made.unknown)
    return html + (f"\n<!-- unknown\n{told}-->\n" if told else "")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(row: Path) -> None:
    """Each row of the dialect becomes the HTML beside it. Delete expected.html and run the test to write it anew."""
    expected = row / "expected.html"
    if not expected.exists():
        expected.write_text(shown(row), "utf-8")
        pytest.fail(f"{expected} is written; look at it")
    assert shown(row) == expected.read_text("utf-8")


def test_snippets_name_their_files() -> None:
    """What is amiss in an included text is told at that file and its line; what was read is named with its digest."""
    made = markdown.render('a\n\n--8<-- "part.md"\n\n[b](b.md)', include=include, href=lambda target: None, line=10)
    assert made.broken == (("b.md", 14, ""), ("gone.md", 3, "docs/part.md"))
    assert made.files == {"part.md": "digest"}


def test_snippets_are_bounded() -> None:
    """A file that includes many, which include many, ends: what is too much stays text and is told."""
    big = Included("x" * 200_000, "big.md")
    made = markdown.render('--8<-- "big.md"\n\n' * 20, include=lambda name: big)
    assert len(made.html) < 1_200_000
    assert any("too much" in spot.what for spot in made.unknown)
    many = Included('--8<-- "a{0}.md"\n--8<-- "b{0}.md"\n', "many.md")
    began = time.process_time()
    made = markdown.render('--8<-- "a.md"', include=lambda name: many._replace(text=many.text.format(name[:-3])))
    assert time.process_time() - began < 3
    assert made.unknown


def test_without_include_nothing_is_read() -> None:
    """A text that is no document of a folder includes nothing."""
    made = markdown.render('--8<-- "/etc/passwd"')
    assert made.unknown == (('the snippet "/etc/passwd" cannot be included here', 1, ""),)


HOSTILE = [
    "!!! a\n    ",
    '??? "',
    '=== "a"\n',
    '=== "a"\n    ',
    "///",
    "/// note\n",
    "/// tab | a\n",
    "//// html | div\n/// details\n",
    "==a ",
    "==",
    "^^a ",
    "^a",
    "~a",
    "++a",
    "++a+",
    "{++a",
    "{--a",
    "{~~a~>",
    "{==a",
    "{>>",
    "{.a",
    "`a`{.b",
    "[a](b){.c}",
    "*a*{.b} ",
    ":a",
    ":a:",
    "https://",
    "https://a.b(",
    "a@b",
    "a@b.cc ",
    "<div markdown>",
    "<div markdown>\n",
    "<div markdown>\n\n</div>\n",
    "<p markdown>a</p>",
    "<div markdown>\n\n",
    "<div markdown>a\n\n<b>\n\n",
    "*[a]: b\n",
    "[TOC]\n\n",
    "{{ a ",
    "{{ a }} ",
    ":::a\n\n",
    "(c) ",
    "  1.  a\n\n    b\n\n",
    "100. a\n\n    b\n",
    "1. a\n  1. b\n",
    "1. a\n  1. b\n    1. c\n      1. d\n",
    "[a]\n[b]\n",
    "[a][^",
    "[a]: b\n\n[a][^1]\n[a]",
    "<!-- a -->\n\n:   b\n\n",
    '--8<-- "a"\n',
    "--8<--\n",
    "- !!! a\n      ",
    '> === "a"\n>     ',
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_linear(unit: str) -> None:
    """Twice the repeats of any of the dialect's marks take about twice the time (and far less than a second)."""
    times = []
    for count in (2_000, 4_000, 8_000):
        began = time.process_time()
        markdown.render(unit * count, include=lambda name: None)
        times.append(time.process_time() - began)
    assert times[2] < 5
    assert times[2] < 0.5 or times[2] / times[0] < 10, times
