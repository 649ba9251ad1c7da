"""Hostile Markdown, by both engines: a page shows it; nothing of it runs, nothing leaves the page or the root, nothing takes long."""

# ruff: noqa: E501  # payloads read best on one line

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callboard.pages.markdown import Html, exact, render
from callboard.pages.markdown.process import Process
from callboard.testing import build_site

if TYPE_CHECKING:
    from tests.browser import Browser

ENGINES: dict[str, Callable[..., Html]] = {"markdown": render, "python-markdown": exact.render}
RUN = "pwned=1"
SCHEMES = (
    "javascript:pwned=1", "JaVaScRiPt:pwned=1", "java&#115;cript:pwned=1", "javascript&colon;pwned=1", "&#x6A;avascript:pwned=1",
    "java\tscript:pwned=1", "java&#9;script:pwned=1", "java&NewLine;script:pwned=1", "\x01javascript:pwned=1", "&#1;javascript:pwned=1",
    "javascript%3Apwned=1", "%6Aavascript:pwned=1", "javascript\u200b:pwned=1", "\u00a0javascript:pwned=1", "\ufeffjavascript:pwned=1",
    "javascript\uff1apwned=1", "\uff4aavascript:pwned=1", "vbscript:pwned", "data:text/html,<script>pwned=1</script>",
    "data:image/svg+xml;base64,PHN2Zy8+", "blob:https://evil.example/x", "filesystem:https://evil.example/x", "feed:javascript:pwned=1",
    "view-source:javascript:pwned=1", "jar:javascript:pwned=1", "intent://evil.example#Intent;end", "file:///etc/passwd", "ws://evil.example",
    "//evil.example/x", "\\\\evil.example\\x", "/\\evil.example/x", "/\t/evil.example/x", "https:evil.example", "x:y", ":", "about:blank",
)  # fmt: skip
ADDRESSED = tuple(
    form.format(scheme)
    for scheme in SCHEMES
    for form in (
        "[x]({0})", "[x](<{0}>)", "![x]({0})", "![x](<{0}>)", "<{0}>", "[x]\n\n[x]: {0}", "<a href='{0}'>x</a>", '<a href="{0}">x</a>',
        "<img src='{0}'>", "[x](y){{ href='{0}' }}", "![x](y){{ src='{0}' srcset='{0}' }}", "<a xlink:href='{0}'>x</a>",
    )
)  # fmt: skip
RAW = (
    f"<script>{RUN}</script>", f"<ScRiPt\n>{RUN}</sCrIpT\t>", f"<img src=x onerror={RUN}>", f"<svg onload={RUN}><script>{RUN}</script></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>", f"<svg></p><style><a id=\"</style><img src=1 onerror={RUN}>\">",
    f"</div></main></body><script>{RUN}</script>", f"<noscript><p title=\"</noscript><img src=x onerror={RUN}>\"></noscript>",
    f"<details open ontoggle={RUN}><summary>x</summary></details>", f"<a href=x onclick={RUN} style='background:url(//evil.example/x)'>x</a>",
    f"<div markdown onclick={RUN} style=x>*x* <script>{RUN}</script></div>", f"<p markdown='1' onfocus={RUN} tabindex=1>x</p>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>", "<base href=//evil.example/><link rel=stylesheet href=//evil.example/x>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>", f"<form action=javascript:{RUN}><input type=submit formaction=javascript:{RUN}>",
    "<object data=//evil.example></object><embed src=//evil.example><video poster=//evil.example/x src=//evil.example/y>",
    f"<!--><script>{RUN}</script>-->", f"<![CDATA[<script>{RUN}</script>]]>", f"<?x <script>{RUN}</script> ?>", f"<x-y onclick={RUN}>x</x-y>",
    f"<img src=\"x\" alt=\"`<script>{RUN}</script>`\">", f"<a title=\"a\nb\" onmouseover={RUN}>x</a>", f"`<script>{RUN}</script>`",
    f"<label for=main>x</label><input type=radio name=x onchange={RUN}><input autofocus onfocus={RUN}>", "<style>@import '//evil.example'</style>",
    f"<figure data-diagram=mermaid><pre>graph LR\nclick A call {RUN}</pre></figure>", "<template><script>x</script></template>",
    "<div class='callboard-piece-0'></div>" * 3 + "\n\n```py\nx\n```", f"<math><mi href='javascript:{RUN}'>x</mi></math>",
)  # fmt: skip
LISTED = tuple(
    form.format(attribute)
    for attribute in (
        f"onclick={RUN}", f'onclick="{RUN}"', f"onload='{RUN}'", "style='color:red'", 'style="background:url(//evil.example/x)"', "id=main",
        "#main", "srcdoc=x", f".x\" onclick=\"{RUN}", "href=javascript:pwned=1", f"title='\" onclick={RUN} x=\"'", "formaction=javascript:1",
    )
    for form in (
        "# Heading {{ {0} }}", "*x*{{: {0} }}", "[x](y){{ {0} }}", "![x](y){{: {0} }}", "Text.\n{{: {0} }}", "- x\n{{: {0} }}", "`x`{{ {0} }}",
        "```{{ .py {0} }}\nx\n```", "```py {0}\nx\n```", "| a |\n|---|\n| b {{ {0} }} |", ":smile:{{ {0} }}", "/// html | div\n    attrs: {{ {0} }}\nx\n///",
    )
)  # fmt: skip
WRITTEN = (
    f'!!! note "<script>{RUN}</script>"\n    x', f'??? "x\\" onclick={RUN}"\n    x', f'=== "<img src=x onerror={RUN}>"\n    x', f"*[x]: \" onclick={RUN}\n\nx",
    f"```x\" onclick=\"{RUN}\nx\n```", f'```py title="<script>{RUN}</script>"\nx\n```', f"`#!py\" onclick=\"{RUN} x`", f"++\"<script>{RUN}</script>\"++",
    f"[^<script>]\n\n[^<script>]: <script>{RUN}</script>", f"$\\text{{<img/src=x/onerror={RUN}>}}$", f"$$\\href{{javascript:{RUN}}}{{x}}$$",
    f"$\\style{{background:url(//evil.example)}}{{x}}$ $\\color{{\" onclick=\"{RUN}}}{{x}}$", f"```math\n</math><script>{RUN}</script>\n```",
    f"{{>> <script>{RUN}</script> <<}} {{~~<script>~><script>~~}}", f":{'x' * 500}:", f"[TOC]\n\n# <script>{RUN}</script>\n", "contents-000000000000",
    f"/// tab | <script>{RUN}</script>\nx\n///", f"> [!NOTE]\n> <script>{RUN}</script>", "\x02wzxhzdk:0\x03 \x02klzzwxh:0000\x03", "\x00\ufffe\U0010ffff",
)  # fmt: skip
IDS = "# main\n\n## main\n\n<a id=main></a><a name='main'></a>\n\n## x { #main }\n\n## y { #search }\n\n[^main]\n\n[^main]: x\n\n[to](#main)"
EVERYTHING = (*ADDRESSED, *RAW, *LISTED, *WRITTEN, IDS)


class Judge(HTMLParser):
    """``faults`` has all that no text may bring into a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in (
            "script", "style", "iframe", "object", "embed", "base", "link", "meta", "form", "svg", "video", "audio", "template", "button", "main",
        ):  # fmt: skip
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            self.attribute(tag, name, value or "")

    def attribute(self, tag: str, name: str, value: str) -> None:
        if name == "id":
            self.ids.append(value)
        if name.startswith("on") or name in (
            "style",
            "srcdoc",
            "srcset",
            "formaction",
            "action",
            "poster",
            "background",
            "xlink:href",
            "ping",
        ):
            self.faults.append(f"<{tag} {name}={value[:60]!r}>")
        if name in ("href", "src"):
            seen = re.sub(r"[\t\n\r]", "", value.strip("".join(map(chr, range(33)))))
            scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", seen)
            allowed = ("http", "https", "mailto", "tel") if tag == "a" else ()
            if (scheme and scheme[1].lower() not in allowed) or seen[:2].replace("\\", "/") == "//":
                self.faults.append(f"<{tag} {name}={value[:60]!r}>")


@pytest.mark.parametrize("engine", ENGINES)
def test_no_text_brings_anything_active(engine: str) -> None:
    """No element, event, style or address of any of them is in the HTML, alone or all together; ids are there once, and none is the page's."""
    whole = "\n\n".join(EVERYTHING)
    for text in (*EVERYTHING, whole):
        found = ENGINES[engine](text, href=lambda target: f"/files/{abs(hash(target))}")
        judge = Judge()
        judge.feed(found.html)
        judge.close()
        assert not judge.faults, (text[:200], judge.faults[:5])
        assert len(judge.ids) == len(set(judge.ids)), (text[:200], judge.ids)
        assert "main" not in judge.ids, text[:200]
        assert "\x00" not in found.html


@pytest.mark.parametrize("engine", ENGINES)
def test_no_include_and_no_picture_leaves_the_root(tmp_path: Path, engine: str) -> None:
    """Snippets, pictures and links to files give nothing from outside of the site, whatever way they take."""
    site = tmp_path / "site"
    (site / "content").mkdir(parents=True)
    (tmp_path / "secret.md").write_text("hunter2")
    (tmp_path / "secret.png").write_bytes(b"hunter2")
    (site / "content" / "link.md").symlink_to(tmp_path / "secret.md")
    (site / "content" / "folder").symlink_to(tmp_path)
    (site / "content" / "link.png").symlink_to(tmp_path / "secret.png")
    names = (
        "../../secret.md",
        "/etc/passwd",
        "link.md",
        "folder/secret.md",
        "..\\..\\secret.md",
        "%2e%2e/%2e%2e/secret.md",
        "file:///etc/passwd",
    )
    text = "".join(
        f'--8<-- "{name}"\n\n![x]({name}) [x]({name})\n\n' for name in (*names, "https://evil.example/x.md", "link.png")
    )
    (site / "site.yaml").write_text("site: {title: Roots}")
    (site / "content" / "index.md").write_text(f"---\nengine: {engine}\n---\n# Roots\n\n{text}")
    built = build_site(site)
    for file in built.output.rglob("*"):
        assert not file.is_symlink()
        if file.is_file():
            assert b"hunter2" not in file.read_bytes(), file
            assert b"root:x:0" not in file.read_bytes(), file


PROBES = {
    "quotes": "> " * 400 + "x", "quoted lines": "> " * 50 + "x\n" * 2000, "lists": "\n".join("  " * n + "- x" for n in range(300)),
    "numbers": "\n".join("   " * n + "1. x" for n in range(300)), "tabs": "\n".join("    " * n + '=== "x"' for n in range(200)),
    "notes": "\n".join("    " * n + "!!! note" for n in range(200)), "details": "<details>" * 5000, "divisions": "<div markdown>\n" * 500,
    "slashes": "/// note\n" * 500, "brackets": "[" * 20000, "links": "[x](" * 10000, "images": "![" * 10000 + "](" * 10000, "stars": "*a " * 20000,
    "underlines": "_a_" * 10000, "ticks": " ".join("`" * n for n in range(300)), "comments": "<!--" * 10000, "tags": "<a " * 10000, "quotes of tags": "<a x='" * 8000,
    "titles": "<title>" * 8000, "references": "[x]: y\n" * 5000 + "[x]" * 5000, "footnotes": "".join(f"[^{n}]: [^{n}]\n\n" for n in range(1500)),
    "abbreviations": "".join(f"*[a{n}]: b\n" for n in range(500)) + "a1 " * 5000, "tables": "|" * 5000 + "\n" + "|-" * 5000 + "\n", "rows": "|a|b|\n|-|-|\n" + "|a|b|\n" * 3000,
    "dollars": "$a " * 20000, "pairs": "$$" * 10000, "parens": "\\(" * 10000, "tildes": "~" * 20000, "carets": "^a" * 10000, "marks": "==a " * 10000,
    "critic": "{++" * 10000, "keys": "++a" * 10000, "emoji": ":a" * 20000, "addresses": "https://" * 5000, "mails": "a@" * 10000, "attributes": "{: a=b " * 5000,
    "braces": "x{" * 10000, "entities": "&" * 50000, "backslashes": "\\" * 50000, "snippets": '--8<-- "x"\n' * 3000, "definitions": ": x\n" * 5000,
    "blanks": " " * 50000 + "x", "tabulators": "\t" * 5000 + "x", "headings": "# x\n" * 5000, "same": "## x\n\n" * 3000, "setext": "x\n=\n" * 5000,
    "fences": "```\n" * 10000, "infos": "```" + "a=b " * 10000 + "\n```\n", "shebang": "`#!" * 8000, "alerts": "> [!NOTE]\n" * 3000,
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_no_text_takes_long(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deep nesting and thousands of equal marks end in seconds, without an error: by our own engine, or given up by the other."""
    process = Process(patience=2)
    monkeypatch.setattr(exact, "process", lambda: process)
    slow = {}
    refused = set()
    for name, text in PROBES.items():
        start = time.perf_counter()
        try:
            ENGINES[engine](text)
        except exact.Refused:
            refused.add(name)
        seconds = time.perf_counter() - start
        if seconds > 15:
            slow[name] = round(seconds, 1)
    process.close()
    assert not slow
    assert not refused or engine == "python-markdown"


@pytest.mark.browser
@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_runs_in_a_browser(tmp_path: Path, browser: Browser, host: Callable[[Path], str], engine: str) -> None:
    """In Chromium no text runs, is refused by the page's policy, or asks another host; the page's own parts are where they were."""
    (tmp_path / "content").mkdir()
    (tmp_path / "site.yaml").write_text("site: {title: Hostile}\ncontent: content")
    texts = {
        "all": "\n\n".join(EVERYTHING),
        "raw": "\n\n".join(RAW),
        "listed": "\n\n".join(LISTED),
        "written": "\n\n".join(WRITTEN),
        "ids": IDS,
    }
    for name, text in texts.items():
        clean = text.encode("utf-8", "replace").decode()
        (tmp_path / "content" / f"{name}.md").write_text(f"---\nengine: {engine}\n---\n# Hostile\n\n{clean}\n", encoding="utf-8")
    built = build_site(tmp_path)
    address = host(built.output)
    page = browser.open()
    for name in texts:
        page.goto(f"{address}/{name}/")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("typeof pwned") == "undefined", name
        assert page.evaluate("document.getElementById('main').localName") == "main"
        assert page.evaluate("document.querySelectorAll('main').length") == 1
        assert page.evaluate("document.body.lastElementChild.closest('main')") is None
        said = [line for line in page.console if "404" not in line]
        assert not said, (name, said[:3])
        assert not [url for url in page.requests if not url.startswith((f"{address}/", "data:"))], name
    page.close()
