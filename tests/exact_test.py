"""The engine python-markdown: a page of techdocs-core's dialect, by Python-Markdown itself, behind the pages' own sanitiser."""

from __future__ import annotations

import pytest

from callboard.pages.markdown import exact
from callboard.pages.markdown.process import Process, Refused


def test_a_text_that_takes_too_long_is_given_up() -> None:
    """A process that does not answer is ended, the next text has a new one, and after three of them none is tried."""
    process = Process(patience=0.0)
    for _ in range(3):
        with pytest.raises(Refused, match="longer than 0 seconds"):
            process.convert("text " * 50_000)
    with pytest.raises(Refused, match="3 texts took too long already"):
        process.convert("text")
    process.close()
    with pytest.raises(Refused, match="longer than 500,000 characters"):
        process.convert("x" * 500_001)


def test_sections_for_the_search() -> None:
    """The text by headings, plain."""
    html = exact.render("Before.\n\n## One\n\nText `code`.\n\n```py\nx = 1\n```\n", sections=True)
    assert [tuple(section) for section in html.sections] == [("", "", "Before."), ("one", "One", "Text code . x = 1")]
