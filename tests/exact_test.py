"""The engine python-markdown: a page of techdocs-core's dialect, by Python-Markdown itself, behind the pages' own sanitiser."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from callboard.pages.markdown import exact
from callboard.pages.markdown.process import Process, Refused
from callboard.testing import Built, build_site

PAGE = """---
title: Pay
engine: python-markdown
---
# Pay

A `#!py import x`, ==a mark==, ++ctrl+k++, :smile:, ^^new^^, {--old--}, H~2~O, (c), [next](next.md#top) and [lost](lost.md).

## Set up { #own }

```py title="app.py" hl_lines="2"
x = 1
y = 2
```

    indented code

!!! tip "A tip"
    Its text.

???+ warning
    Folded.

> [!NOTE]
> As on GitHub.

- [x] done
  - nested by two

| left | right |
|---|--:|
| 1 | 2 |

Text[^1] to [here](#own) and [nowhere](#nowhere).

[^1]: A footnote.

Term
:   Its meaning.

![far](https://elsewhere.example/x.png) ![near](near.png)

<div markdown onclick="pwned=1" style="color: red">*Inside* <script>pwned=1</script></div>
"""
PIXEL = b"\x89PNG\r\n\x1a\n"


def site(tmp_path: Path, page: str = PAGE) -> Built:
    (tmp_path / "content").mkdir()
    (tmp_path / "site.yaml").write_text("site: {title: Exact}")
    (tmp_path / "content" / "pay.md").write_text(page)
    (tmp_path / "content" / "next.md").write_text("# Next\n\n## Top\n")
    (tmp_path / "content" / "near.png").write_bytes(PIXEL)
    return build_site(tmp_path)


def test_a_page_by_python_markdown(tmp_path: Path) -> None:
    """What techdocs-core documents is on the page, written as our own pages are, with checked links and pictures."""
    built = site(tmp_path)
    html = built.page("/pay/")
    for part in (
        '<code><span class="kn">import</span>',
        "<mark>a mark</mark>",
        "<kbd>Ctrl</kbd>",
        "😄",
        "<ins>new</ins>",
        "<del>old</del>",
        "H<sub>2</sub>O",
        "©",
        '<a href="/next/#top">next</a>',
        '<h2 id="own">Set up<a class="anchor" href="#own"',
        "<figcaption>app.py</figcaption>",
        '<span class="hll">y = ',
        "<code>indented code\n</code>",
        '<div class="note tip" role="note">\n<p class="heading">A tip</p>',
        '<details class="note warning" open="">\n<summary class="heading">Warning</summary>',
        '<p class="heading">Note</p>\n<p>As on GitHub.</p>',
        'type="checkbox" disabled="" checked=""',
        "<li>nested by two</li>",
        '<td class="right">2</td>',
        '<a href="#fn:1" aria-label="Footnote 1">1</a>',
        "<dd>Its meaning.</dd>",
        '<a href="https://elsewhere.example/x.png" rel="noopener">far</a>',
        "<em>Inside</em>",
    ):
        assert part in html
    assert html.count("<h1") == 1
    assert "pwned" not in html
    assert "color: red" not in html
    assert [text.split("  ")[0] for text in built.problems] == ["content/pay.md:7:1", "content/pay.md:34:1"]
    assert 'the link "lost.md" leads nowhere' in built.problems[0]
    assert 'the link "#nowhere" leads to no heading of this page' in built.problems[1]


def test_without_the_packages_the_page_is_made_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site without the extra gets the page by Callboard's own engine, and is told what to install."""
    found = importlib.util.find_spec

    def absent(name: str, *given: Any) -> Any:
        return None if name == "pymdownx" else found(name, *given)

    monkeypatch.setattr("importlib.util.find_spec", absent)
    built = site(tmp_path, "---\nengine: python-markdown\n---\n# Pay\n\nText.\n")
    assert "<p>Text.</p>" in built.page("/pay/")
    assert list(built.problems) == [
        "content/pay.md:4:1  warning: the engine python-markdown needs packages that are not installed; it was rendered by "
        'Callboard\'s own engine. Run: pip install "callboard[techdocs]" [missing-package]'
    ]


def test_an_engine_that_is_none(tmp_path: Path) -> None:
    """A misspelt engine is named, and the page is made."""
    built = site(tmp_path, "---\nengine: mkdocs\n---\n# Pay\n")
    assert list(built.problems) == [
        'content/pay.md:4:1  warning: there is no Markdown engine "mkdocs". Write markdown or python-markdown. [wrong-value]'
    ]


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
