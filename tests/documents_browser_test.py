"""The page of a document in Chromium: reading with the mouse, the keys and a small screen, on paper, from a folder, without JavaScript."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callboard.testing import Built, build_site

if TYPE_CHECKING:
    from browser import Browser, Page

pytestmark = pytest.mark.browser

PART = "Words of a paragraph that is long enough to be read. " * 12
PARTS = "".join(f"## Part {n}\n\n{PART}\n\n" for n in range(8))
CODE = '```python title="app.py"\nprint(1)\n```\n\n'
TEXT = (
    f'---\nupdated: 2020-01-02\n---\n# One\n\n{PARTS}{CODE}[away](https://example.com/x)\n\n??? note "More"\n    Folded words.\n'
)
CURRENT = "document.querySelector('.toc [aria-current]')?.textContent"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A portable site with a handbook of three pages."""
    root = tmp_path_factory.mktemp("documents")
    (root / "handbook/deep").mkdir(parents=True)
    for name, text in {"index": "# Handbook\n", "deep/one": TEXT, "deep/two": "# Two\n\nText.\n"}.items():
        (root / f"handbook/{name}.md").write_text(text, encoding="utf-8")
    mount = "{plugin: pages, path: /handbook/, options: {folder: handbook, old_after: 365d}}"
    (root / "site.yaml").write_text(f"site: {{title: Portal}}\nbuild: {{portable: true}}\nplugins: [{mount}]\n", encoding="utf-8")
    built = build_site(root)
    assert built.problems == ()
    return built


@pytest.fixture
def folder(built: Built) -> Path:
    """Its output."""
    return built.output


@pytest.fixture
def read(browser: Browser, host: Callable[[Path], str], folder: Path) -> Callable[..., Page]:
    """``read(width=390)`` opens the page One; it is closed after the test."""
    base = host(folder)

    def opened(**said: object) -> Page:
        return browser.open(f"{base}/handbook/deep/one/index.html", **said)

    return opened


def test_the_list_of_headings_follows_the_reader(read: Callable[..., Page]) -> None:
    """The heading that is read is current: after scrolling, after a jump to one, and at the end of the page the last."""
    page = read(width=1440)
    page.evaluate("document.getElementById('part-3').scrollIntoView()")
    assert page.wait_for(f"{CURRENT} === 'Part 3'")
    page.click(".toc a[href='#part-1']")
    assert page.wait_for(f"{CURRENT} === 'Part 1'")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert page.wait_for(f"{CURRENT} === 'Part 7'")
    assert page.evaluate("document.querySelectorAll('.toc [aria-current]').length") == 1
    assert page.console == []
    page.close()


def test_code_is_copied_and_said(read: Callable[..., Page]) -> None:
    """The button says what it copies, and what came of it is said aloud."""
    page = read()
    assert page.evaluate("document.querySelector('.copy').ariaLabel") == "Copy app.py"
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.evaluate("document.querySelector('.copy').click()")
    assert page.wait_for("document.querySelector('[role=status].said').textContent === 'Code copied'")
    assert page.evaluate("window.copied.trim()") == "print(1)"
    page.close()


def test_keys_lead_through_the_tree(read: Callable[..., Page]) -> None:
    """The brackets lead to the page after and to the page before; an old text says that it is."""
    page = read()
    assert "It may be out of date." in page.text
    page.press("]")
    assert page.wait_for("document.querySelector('h1')?.textContent === 'Two'")
    assert page.evaluate("document.querySelector('.rail .tree [aria-current=page]').textContent") == "Two"
    page.wait_for("document.readyState === 'complete'")
    page.press("[")
    assert page.wait_for("document.querySelector('h1')?.textContent === 'One'")
    page.close()


def test_a_small_screen(read: Callable[..., Page]) -> None:
    """The tree stands in the menu, the headings above the text; nothing is wider than the screen, and touch targets are 44 px high."""
    page = read(width=390, height=800)
    assert page.evaluate("getComputedStyle(document.querySelector('.rail')).display") == "none"
    page.click(".menu > summary")
    assert page.evaluate("document.querySelector('.menu .tree [aria-current]').checkVisibility()")
    low = "(e) => e.checkVisibility() && e.offsetHeight < 44"
    links = "[...document.querySelectorAll('.menu .tree :is(a, summary):not(p a)')]"
    assert page.evaluate(f"{links}.filter({low}).length") == 0
    page.press("Escape")
    page.click(".contents summary")
    assert page.evaluate("document.querySelector('.contents a').checkVisibility()")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_paper(read: Callable[..., Page]) -> None:
    """No navigation, open details, the address behind a link; and a PDF can be made of it."""
    page = read()
    page.emulate(media="print")
    hidden = (
        "['.rail', '.toc', '.contents', '.copy', '.top', '.anchor'].filter((s) => document.querySelector(s).checkVisibility())"
    )
    assert page.evaluate(hidden) == []
    assert page.evaluate("document.querySelector('details.note p:last-child').getBoundingClientRect().height > 0")
    assert "example.com/x" in page.evaluate(
        "getComputedStyle(document.querySelector('.text a[rel~=noopener]'), '::after').content"
    )
    assert base64.b64decode(page.send("Page.printToPDF")["data"]).startswith(b"%PDF")
    page.close()


@pytest.mark.parametrize("kind", ["host", "file"])
def test_without_javascript(browser: Browser, host: Callable[[Path], str], folder: Path, kind: str) -> None:
    """All of it is there and every link leads on, also from a folder: the tree, the headings, who changed it and when."""
    base = host(folder) if kind == "host" else folder.as_uri()
    page = browser.open(f"{base}/handbook/deep/one/index.html", width=1440, js=False)
    assert page.evaluate("document.querySelector('.rail .tree [aria-current]').textContent") == "One"
    assert "Last updated 2 Jan 2020" in page.text
    assert page.evaluate("document.querySelectorAll('.toc a').length") == 8
    assert page.evaluate("document.querySelector('.copy')") is None
    page.goto(page.evaluate("document.querySelector('[rel=next]').href"))
    assert page.text.count("Two") >= 2
    page.close()


def test_what_a_page_weighs(folder: Path) -> None:
    """The script of texts is at most 2 KB compressed, and pages without a text do not load it."""
    import gzip

    [script] = (folder / "_/theme").glob("prose.*.js")
    assert len(gzip.compress(script.read_bytes(), 9)) <= 2048
    assert "prose." in (folder / "handbook/deep/one/index.html").read_text(encoding="utf-8")
    assert "prose." not in (folder / "-/plugins/index.html").read_text(encoding="utf-8")
