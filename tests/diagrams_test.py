"""Diagrams in texts: drawn by commands, services and a Chromium where the site is built, or in the reader's browser; else text."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callboard.build import Settings, build, effects
from callboard.model.report import BuildReport
from callboard.testing import build_site

if TYPE_CHECKING:
    from tests.browser import Browser

DOT = "```dot\ndigraph { a -> b }\n```\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>{}</title><path d="M0 0h9"/></svg>'
SERVICE = "https://draw.example/plantuml/svg"


class Made:
    """A site that is built in its own folder, by a real build."""

    def __init__(self, folder: Path, settings: str, text: str) -> None:
        (folder / "content").mkdir(exist_ok=True)
        (folder / "site.yaml").write_text(f"site: {{title: Diagrams}}\n{settings}")
        (folder / "content" / "index.md").write_text(f"# Drawn\n\n{text}")
        self.output = folder / "public"
        self.report: BuildReport = build(folder, Settings(), effects())
        self.problems = [problem.text for problem in self.report.problems]

    def page(self, path: str) -> str:
        return (self.output / path.strip("/") / "index.html").read_text()


site = Made


def program(folder: Path, body: str) -> str:
    """A command of the site."""
    path = folder / "draw.sh"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return "./draw.sh"


def pictures(built: Made) -> list[str]:
    return [path.read_text() for path in sorted((built.output / "_" / "diagrams").glob("*.svg"))]


def test_a_command_draws(tmp_path: Path) -> None:
    """A command that the site allows reads the text and prints the picture; the text stays beside it, and the next build keeps both."""
    name = program(
        tmp_path, f"echo $$ >> runs; in=$(cat | tr -d '\\n'); echo '{SVG.format('$in')}' | sed \"s/[$]in/$in/;s/->/to/\""
    )
    settings = f"allow: {{commands: [{name}]}}\ndiagrams: {{graphviz: {{command: [{name}]}}}}\n"
    built = site(tmp_path, settings, DOT)
    assert not built.problems
    assert "digraph { a to b }" in pictures(built)[0]
    page = built.page("/")
    assert '<figure class="diagram"><img src="/_/diagrams/' in page
    assert "<summary>Text of the diagram</summary>" in page
    assert "digraph { a -&gt; b }" in page
    again = site(tmp_path, settings, f"{DOT}\nMore.\n")
    assert pictures(again) == pictures(built)
    assert "<figure class=" in site(tmp_path, f"{settings}\nnav: [{{title: X, path: /}}]\n", f"{DOT}\nMore.\n").page("/")
    assert len((tmp_path / "runs").read_text().split()) == 1


def test_a_command_that_is_not_allowed_never_runs(tmp_path: Path) -> None:
    """Without leave the text stays, and the message says what to write."""
    name = program(tmp_path, "touch ran")
    built = site(tmp_path, f"diagrams: {{graphviz: {{command: [{name}]}}}}\n", DOT)
    assert '<code class="language-dot">' in built.page("/")
    assert not (tmp_path / "ran").exists()
    assert list(built.problems) == [
        'content/index.md:3:1  warning: the graphviz diagram was not drawn: the command "./draw.sh" is not allowed; write allow: '
        "{commands: [./draw.sh]}. Mend the diagram, or look at what draws it. [diagram-failed]"
    ]


def test_a_command_that_fails_is_named_and_asked_again(tmp_path: Path) -> None:
    """A failure is a warning at the diagram's line; the text stays until the command works."""
    name = program(tmp_path, "echo 'syntax error in line 1' >&2; exit 1")
    settings = f"allow: {{commands: [{name}]}}\ndiagrams: {{plantuml: {{command: [{name}]}}}}\n"
    text = "Before.\n\n```plantuml\nA -> B\n```\n"
    built = site(tmp_path, settings, text)
    assert "content/index.md:5:1" in built.problems[0]
    assert "it ended with 1: syntax error in line 1" in built.problems[0]
    assert "A -&gt; B" in built.page("/")
    program(tmp_path, f"cat > given; echo $PLANTUML_SECURITY_PROFILE > profile; echo '{SVG.format('x')}'")
    mended = site(tmp_path, settings, f"{text}\nMore.\n")
    assert not mended.problems
    assert '<figure class="diagram">' in mended.page("/")
    assert (tmp_path / "given").read_text() == "A -> B\n"
    assert (tmp_path / "profile").read_text() == "SANDBOX\n"


def test_a_picture_that_is_more_than_a_drawing_is_refused(tmp_path: Path) -> None:
    """A drawing with a script, or of another kind of file, is not published."""
    for number, answer in enumerate(
        ('<svg xmlns="http://www.w3.org/2000/svg"><script>pwned=1</script></svg>', "<html>no</html>")
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        name = program(folder, f"echo '{answer}'")
        built = site(folder, f"allow: {{commands: [{name}]}}\ndiagrams: {{graphviz: {{command: [{name}]}}}}\n", DOT)
        assert not pictures(built)
        assert "[diagram-failed]" in built.problems[0]
        assert "pwned" not in built.page("/")


def test_a_service_draws(tmp_path: Path) -> None:
    """A service is posted the text, and its answer is the picture, also in builds without it."""
    settings = f"diagrams: {{plantuml: {{service: {SERVICE}}}}}\n"
    text = "```puml\nA -> B\n```\n"
    (tmp_path / "content").mkdir()
    (tmp_path / "site.yaml").write_text(f"site: {{title: Diagrams}}\n{settings}")
    (tmp_path / "content" / "index.md").write_text(text)
    built = build_site(tmp_path, http={SERVICE: SVG.format("served")})
    assert not built.problems
    [picture] = (built.output / "_" / "diagrams").glob("*.svg")
    assert "served" in picture.read_text()
    assert f'<img src="/_/diagrams/{picture.name}"' in built.page("/")


def test_without_settings_the_text_stays(tmp_path: Path) -> None:
    """PlantUML and Graphviz are code where nobody draws them, and Mermaid too where it is off; no script is published."""
    built = site(tmp_path, "diagrams: {mermaid: off}\n", f"{DOT}\n```mermaid\ngraph LR\n```\n")
    assert not built.problems
    assert "data-diagram" not in built.page("/")
    assert "diagrams." not in built.page("/")
    assert not (built.output / "_" / "theme" / "mermaid").exists()


def test_settings_that_cannot_be_meant(tmp_path: Path) -> None:
    """A drawer is a command or a service."""
    built = site(tmp_path, "diagrams: {graphviz: {}}\n", DOT)
    assert "wanted either command or service" in "\n".join(built.problems)


def test_mermaid_is_published_only_where_it_is_used(tmp_path: Path) -> None:
    """Its program is a megabyte: it is there once a page has a diagram, and only that page loads the script that may load it."""
    built = site(tmp_path, "", "No diagram.\n")
    folder = built.output / "_" / "theme" / "mermaid"
    assert not folder.exists()
    (tmp_path / "content" / "other.md").write_text("# Other\n\n```mermaid\ngraph LR\n  A --> B\n```\n")
    for text in ("No diagram.\n", "None.\n"):  # the second time, the page with the diagram is as it was
        built = site(tmp_path, "", text)
        assert {path.name.partition(".")[0] for path in folder.iterdir()} == {"mermaid", "LICENSE"}
        assert "diagrams." not in built.page("/")
        assert 'data-mermaid="/_/theme/mermaid/mermaid.min.' in built.page("/other/")
        assert '<figure class="code" data-diagram="mermaid"><pre tabindex="0"><code class="language-mermaid">graph' in built.page(
            "/other/"
        )
    (tmp_path / "content" / "other.md").unlink()
    site(tmp_path, "", "None.\n")
    assert not folder.exists()


MERMAID = """```mermaid
flowchart LR
  accTitle: How it goes
  A[Start] -->|yes| B{Choice}
  style A fill:#f9f,stroke:#333
```

```mermaid
sequenceDiagram
  Alice->>John: Hello
```

```mermaid
flowchart LR
  A -->
```

```mermaid
%%{init: {"securityLevel": "loose", "htmlLabels": true, "themeCSS": "* {background: url(https://evil.example/y)}"}}%%
flowchart LR
  A["<img src=https://evil.example/z.png onerror=pwned=1>"] --> B
  click A href "javascript:pwned=1"
```
"""


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True])
def test_a_browser_draws_what_comes_into_sight(tmp_path: Path, browser: Browser, host: Callable[[Path], str], dark: bool) -> None:
    """Under the pages' own policy: nothing is loaded before a diagram is near, then it is a picture with its text below; nothing runs."""
    site(tmp_path, "", "A paragraph.\n\n" * 200 + MERMAID)
    address = host(tmp_path / "public")
    page = browser.open(f"{address}/", dark=dark)
    assert not [url for url in page.requests if "mermaid" in url]
    page.evaluate("document.querySelector('[data-diagram]').scrollIntoView()")
    page.wait_for("document.querySelectorAll('figure[data-drawn]').length > 1")
    page.evaluate("document.querySelectorAll('[data-diagram]').forEach((figure) => figure.scrollIntoView())")
    page.wait_for("document.querySelectorAll('figure[data-drawn], .undrawn').length === 4")
    page.wait_for("[...document.querySelectorAll('figure[data-drawn] img')].every((image) => image.naturalWidth > 50)")
    assert page.evaluate("document.querySelector('figure[data-drawn] img').alt") == "How it goes"
    assert "could not be drawn: Parse error" in page.evaluate("document.querySelector('.undrawn').textContent")
    assert "flowchart LR" in page.evaluate("document.querySelector('figure[data-drawn] details pre').textContent")
    assert page.evaluate("typeof pwned") == "undefined"
    assert not page.console
    assert not [url for url in page.requests if not url.startswith((f"{address}/", "data:"))]
    assert page.evaluate(
        "[document.adoptedStyleSheets.length, ...[...document.querySelectorAll('style, [style]')].map((e) => e.outerHTML)]"
    ) == [0]
    before = page.evaluate("document.querySelector('figure[data-drawn] img').src")
    page.emulate(dark=not dark)
    page.wait_for(f"document.querySelector('figure[data-drawn] img').src !== {before!r}")
    page.close()


@pytest.mark.browser
def test_without_javascript_a_diagram_is_its_text(tmp_path: Path, browser: Browser, host: Callable[[Path], str]) -> None:
    """The text is readable where nothing draws."""
    site(tmp_path, "", MERMAID)
    page = browser.open(f"{host(tmp_path / 'public')}/", js=False)
    assert "Alice->>John: Hello" in page.html.replace("&gt;", ">")
    page.close()


@pytest.mark.browser
def test_a_chromium_draws_where_the_site_is_built(tmp_path: Path) -> None:
    """With ``mermaid: build`` the picture is a file, no program is published, and a mistake in the text is told at its line."""
    name = next((name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)), "")
    if not name:
        pytest.skip("no Chromium on PATH")
    settings = f"allow: {{commands: [{name}]}}\ndiagrams: {{mermaid: build, chromium: [{name}, --no-sandbox]}}\n"
    built = site(tmp_path, settings, "\n\n".join(MERMAID.split("\n\n")[:3]))
    assert len(pictures(built)) == 2
    assert any("Start" in picture for picture in pictures(built))
    assert built.page("/").count('<figure class="diagram">') == 2
    assert "data-diagram" not in built.page("/")
    assert not (built.output / "_" / "theme" / "mermaid").exists()
    assert [text.partition(". ")[0].partition(" Mend")[0].rstrip(".") for text in built.problems] == [
        "content/index.md:15:1  warning: the mermaid diagram was not drawn: Parse error on line 4:"
    ]
