"""The dialect in Chromium: tabs without a script, by keyboard and in print; numbers of lines that nobody copies; narrow windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callboard.testing import build_site

if TYPE_CHECKING:
    from browser import Browser, Page

pytestmark = pytest.mark.browser
SHOWN = "[...document.querySelectorAll('.choice')].map(e => e.checkVisibility())"
ROWS = ["admonitions", "details", "tabs", "fences", "inline", "lists", "html", "slashes", "tables", "footnotes"]


@pytest.fixture
def page(browser: Browser, host: Callable[[Path], str], tmp_path: Path) -> Iterator[Page]:
    """The rows of the dialect on one page, without JavaScript."""
    (tmp_path / "content").mkdir()
    (tmp_path / "site.yaml").write_text("site: {title: T}\n", "utf-8")
    here = Path(__file__).parent / "dialect"
    texts = [
        '=== "One"\n\n    first\n\n=== "Two"\n\n    second\n',
        *((here / row / "page.md").read_text("utf-8") for row in ROWS),
    ]
    (tmp_path / "content/rows.md").write_text("\n\n---\n\n".join(texts), "utf-8")
    built = build_site(tmp_path)
    yield browser.open(f"{host(built.output)}/rows/", js=False)
    assert built.page("/rows/")


def test_tabs(page: Page) -> None:
    """One tab of a group is shown; a click and an arrow show another, without a script; in print all are, with their names."""
    assert page.evaluate(SHOWN)[:2] == [True, False]
    page.click(".choices label:nth-of-type(2)")
    assert page.evaluate(SHOWN)[:2] == [False, True]
    page.evaluate("document.querySelector('.choices input').focus()")
    page.press("ArrowRight")
    page.press("ArrowLeft")
    assert page.evaluate(SHOWN)[:2] == [True, False]
    page.emulate(media="print")
    assert all(page.evaluate(SHOWN))
    assert page.evaluate("[...document.querySelectorAll('.choices label')].every(e => e.checkVisibility())")


def test_numbers_of_lines_are_no_text(page: Page) -> None:
    """Whoever copies code with numbers copies no numbers."""
    text = page.evaluate("document.querySelector('code:has(.ln)').textContent")
    assert text.startswith("def run():\n    text =")


@pytest.mark.parametrize("dark", [False, True])
def test_narrow_windows(page: Page, *, dark: bool) -> None:
    """At 390 px nothing makes the page wider than the window, in light and in dark."""
    page.emulate(width=390, dark=dark)
    page.settle()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
