"""Markdown: every documented syntax, the page's one h1, links that are judged, and nothing that runs in a reader's browser."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest

from callboard.pages import markdown
from callboard.pages.markdown import Html

SYNTAX = {
    "strong and emphasis": ("**a** *b*", ["<strong>a</strong>", "<em>b</em>"]),
    "strikethrough": ("~~gone~~", ["<s>gone</s>"]),
    "autolink": ("<https://example.com>", ['<a href="https://example.com" rel="noopener">https://example.com</a>']),
    "bare addresses stay text": ("see www.example.com and x.md", ["<p>see www.example.com and x.md</p>"]),
    "table": ("|a|b|\n|-|-:|\n|1|2|", ['<th scope="col">a</th>', '<td class="right">2</td>', 'tabindex="0"']),
    "task list": ("- [x] a\n- [ ] b", ['type="checkbox" disabled checked aria-label="done"', 'aria-label="to do"']),
    "footnote": ("a[^x]\n\n[^x]: note", ['href="#fn:1" id="fnref:1"', '<li id="fn:1">', 'href="#fnref:1"']),
    "definition list": ("Term\n: Meaning", ["<dl>", "<dt>Term</dt>", "<dd>Meaning</dd>"]),
    "admonition": (
        '!!! warning "Look"\n    out',
        ['<div class="note warning" role="note">', '<p class="heading">Look</p>', "<p>out</p>"],
    ),
    "admonition without a title": ("!!! note\n    out", ['<p class="heading">Note</p>']),
    "folded admonition": (
        "??? tip\n    out",
        ['<details class="note tip">', '<summary class="heading">Tip</summary>', "</details>"],
    ),
    "unfolded admonition": ("???+ tip\n    out", ['<details class="note tip" open>']),
    "github alert": ("> [!CAUTION]\n> out", ['<div class="note danger" role="note">', '<p class="heading">Caution</p>']),
    "github note": ("> [!NOTE]\n> out", ['<div class="note" role="note">', "<p>out</p>"]),
    "heading id": ("## What's new in 2.0?", ['<h2 id="whats-new-in-20">', 'href="#whats-new-in-20"']),
    "heading ids are unique": ("## A\n## A\n## A", ['id="a"', 'id="a-1"', 'id="a-2"']),
    "own heading id": ("## Long title { #short }", ['<h2 id="short">Long title<a']),
    "the page's own ids are kept free": ("## Main", ['id="main-1"']),
    "fence": ("```py\nx = 1\n```", ['<pre tabindex="0"><code class="language-py">x = <span class="mi">1</span>']),
    "fence title": ('```yaml title="a.yaml"\na: 1\n```', ["<figcaption>a.yaml</figcaption>"]),
    "fence lines": ('```py hl_lines="2"\na\nb\n```', ['a\n<span class="hll">b\n</span>']),
    "unknown language": ("```klingon\n<x>\n```", ['<code class="language-klingon">&lt;x&gt;\n</code>']),
    "indented code": ("    <x>", ['<figure class="code"><pre tabindex="0"><code>&lt;x&gt;\n</code>']),
    "keys in html": ("<kbd>Ctrl</kbd>", ["<kbd>Ctrl</kbd>"]),
    "details in html": ("<details open>\n<summary>S</summary>\n\n**in**\n\n</details>", ["<details open", "<strong>in</strong>"]),
    "centred html": ('<p align="center">x</p>', ['<p class="center">x</p>']),
    "html anchors": ('<a name="old"></a>\n\n[x](#old)', ['<span id="old"></span>', 'href="#old"']),
}


@pytest.mark.parametrize("name", SYNTAX)
def test_syntax(name: str) -> None:
    """Each documented syntax becomes the HTML that the theme has looks for."""
    source, wanted = SYNTAX[name]
    html = markdown.render(source).html
    assert [part for part in wanted if part not in html] == [], html


def test_one_h1() -> None:
    """The page has its h1 already: one that repeats the title is left out, others become h2, also in raw HTML."""
    made = markdown.render("# My  page\n\ntext\n\n# Other\n\n<h1>Raw</h1>\n\n### Deep", title="My  page")
    assert "<h1" not in made.html
    assert "My  page" not in made.html
    assert made.headings == ((2, "other", "Other"), (3, "deep", "Deep"))
    assert "<h2>Raw</h2>" in made.html
    assert 'id="my-page"' in markdown.render("# My page", title="Another").html


def test_links() -> None:
    """Relative targets go through the callback, other hosts get no opener, missing ones are marked and reported at their line."""
    known = {"a.md": "/a/", "b.png": "/_/b.png"}
    text = "[a](a.md)\n[out](https://x.org/?a=1&b=2)\n[gone](c.md)\n\n![b](b.png) ![c](c.png)\n\n[mail](mailto:a@b.c)"
    made = markdown.render(text, href=known.get, line=10)
    assert '<a href="/a/">a</a>' in made.html
    assert '<a href="https://x.org/?a=1&amp;b=2" rel="noopener">out</a>' in made.html
    assert '<span class="missing">gone <small>missing</small></span>' in made.html
    assert '<img src="/_/b.png" alt="b" loading="lazy">' in made.html
    assert '<a href="mailto:a@b.c">mail</a>' in made.html
    assert made.broken == (("c.md", 12, ""), ("c.png", 14, ""))
    assert ("a.md", 10, "") in made.links


def test_fragments() -> None:
    """A link into the same text is reported if no heading has that id."""
    made = markdown.render("## One\n\n[ok](#one) [not](#two) [foot](#main)")
    assert made.broken == (("#two", 3, ""),)


def test_images_of_other_hosts_are_links() -> None:
    """No page asks another host: an external image is a link with its text, and plain text inside a link."""
    made = markdown.render("![Badge](https://img.example/x.svg) [![Build](https://img.example/b.svg)](https://ci.example/)")
    assert "<img" not in made.html
    assert '<a href="https://img.example/x.svg" rel="noopener">Badge</a>' in made.html
    assert '<a href="https://ci.example/" rel="noopener">Build</a>' in made.html


def test_sections() -> None:
    """Asked for, a text gives its sections as the search reads them: code and HTML without their tags, the heading not said twice."""
    made = markdown.render("Intro *text*.\n\n## One\n\n- a `b`\n\n```\nrun\n```\n\n### Empty\n", sections=True)
    assert made.sections == (("", "", "Intro text."), ("one", "One", "a b run"), ("empty", "Empty", ""))
    assert markdown.render("x").sections == ()


def test_summary() -> None:
    """The first paragraph as plain text, without marks, images and HTML."""
    assert markdown.text("# T\n\n![x](y) **Pay** `now`\n<b>or</b> [later](z).\n\nMore.") == "Pay now or later."
    assert markdown.text("# Only a title") == ""


CODE = "alert(1)"
PAYLOADS = [
    f"<script>{CODE}</script>",
    f"<script\n>{CODE}</script\n>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    f"<img src=x onerror={CODE}>",
    f"<img src='x' onerror='{CODE}' >",
    f'<img """><script>{CODE}</script>">',
    f"<svg onload={CODE}>",
    f"<svg><script>{CODE}</script></svg>",
    f"<svg><a xlink:href='javascript:{CODE}'><text>x</text></a></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={CODE}></style></mglyph></table></mtext></math>",
    f"<a href='javascript:{CODE}'>x</a>",
    f"<a href=' java\tscript:{CODE}'>x</a>",
    f"<a href='&#106;avascript:{CODE}'>x</a>",
    f"<a href='java&#10;script:{CODE}'>x</a>",
    f"<a href='\x01javascript:{CODE}'>x</a>",
    f"<a href='JaVaScRiPt:{CODE}'>x</a>",
    f"<a href='vbscript:{CODE}'>x</a>",
    f"<a href='data:text/html,<script>{CODE}</script>'>x</a>",
    "<a href='//evil.example/'>x</a>",
    "<a href='/\\evil.example/'>x</a>",
    "<a href='\\\\evil.example/'>x</a>",
    "<a href='/\t/evil.example/'>x</a>",
    f"<a href=x onclick={CODE}>x</a>",
    f"<a href=x/onclick={CODE}>x</a>",
    f"<p onmouseover={CODE}>x</p>",
    f"<details ontoggle={CODE} open>x</details>",
    "<p style='background:url(https://evil.example/)'>x</p>",
    "<style>*{background:url(https://evil.example/)}</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href=https://evil.example/>",
    "<iframe src=https://evil.example/></iframe>",
    f"<iframe srcdoc='<script>{CODE}</script>'></iframe>",
    f"<object data='javascript:{CODE}'></object>",
    "<embed src=https://evil.example/x.swf>",
    f"<form action=https://evil.example/><input name=x autofocus onfocus={CODE}><button formaction='javascript:{CODE}'>x</button></form>",
    "<img src=https://evil.example/x.png>",
    "<img srcset='https://evil.example/x.png 1x'>",
    "<picture><source srcset=https://evil.example/x.png><img src=x></picture>",
    "<video src=https://evil.example/x poster=https://evil.example/y></video>",
    "<audio src=https://evil.example/x></audio>",
    "<table background=https://evil.example/x><tr><td>x</td></tr></table>",
    f"<noscript><p title='</noscript><img src=x onerror={CODE}>'></noscript>",
    f"<textarea></textarea><img src=x onerror={CODE}>",
    f"<title><img src=x onerror={CODE}></title>",
    f"<xmp><img src=x onerror={CODE}></xmp>",
    f"<plaintext><img src=x onerror={CODE}>",
    f"<!--><img src=x onerror={CODE}>-->",
    f"<!-- --!><img src=x onerror={CODE}> -->",
    f"<![CDATA[<img src=x onerror={CODE}>]]>",
    f"<?x <img src=x onerror={CODE}>?>",
    f"<!x <img src=x onerror={CODE}>>",
    f"<p title='</p><img src=x onerror={CODE}>'>x</p>",
    f"<p title=\"a' onclick='{CODE}\">x</p>",
    f"<td colspan='1\" onclick=\"{CODE}'>x</td>",
    f"<time datetime='\"><script>{CODE}</script>'>x</time>",
    f"<img alt='\"><script>{CODE}</script>' src=x>",
    f"<isindex type=image src=x onerror={CODE}>",
    f"<body onload={CODE}>",
    f"<html onclick={CODE}>",
    f"<x onclick={CODE}>x</x>",
    f"[x](javascript:{CODE})",
    f"[x](JAVASCRIPT:{CODE})",
    f"[x](java&#115;cript:{CODE})",
    f"[x](<java\tscript:{CODE}>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    f"[x](view-source:javascript:{CODE})",
    "[x](blob:https://evil.example/1)",
    "[x](filesystem:https://evil.example/1)",
    "[x](intent://evil.example/#Intent;end)",
    f"[x](feed:javascript:{CODE})",
    "[x](jar:https://evil.example/!/)",
    "[x](//evil.example/)",
    "[x](/\\evil.example/)",
    f"<javascript:{CODE}>",
    f'[x](y "a\\" onclick={CODE} b=\\"")',
    f"![x](javascript:{CODE})",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    f'![x\\" onerror=\\"{CODE}](y)',
    f"[x]: javascript:{CODE}\n\n[x]",
    f'```js title="<img src=x onerror={CODE}>"\nx\n```',
    f'```"><script>{CODE}</script>\nx\n```',
    f"```html\n<script>{CODE}</script>\n```",
    f'!!! note "<img src=x onerror={CODE}>"\n    x',
    f'!!! "><script>{CODE}</script>\n    x',
    f"a[^<script>]\n\n[^<script>]: <img src=x onerror={CODE}>",
    f'## x {{ #a" onclick="{CODE} }}',
    f"## <img src=x onerror={CODE}>",
    f"|<script>{CODE}</script>|b|\n|-|-|\n|<img src=x onerror={CODE}>|2|",
    f"</div></main><script>{CODE}</script>",
    "<a id=main>x</a>",
    f"<a name='x\" onclick=\"{CODE}'>x</a>",
    "\ud800<p>x</p>",
    "\x00<p onclick=x>y</p>",
]
AROUND = [
    '=== "{}"\n    {}',
    "/// note | {}\n{}\n///",
    "<div markdown>\n{}\n</div>",
    "=={}== ^^{}^^ {{++{}++}}",
    "*[{}]: {}\n\n{}",
]
AROUND += [
    '[x](y){{ {} }} ![x](y){{ title="{}" #{} .{} }}',
    '++"{}"++ :{}: {{>>{}<<}}',
    '``` {{ .{} title="{}" }}\n{}\n```',
    "`#!py {}`",
]
AROUND += ["{}", "> {}", "- {}", "x {} y", "<div>\n{}\n</div>", "!!! note\n    {}", "**{}**", "<b {}", "<p>{}"]

SAFE_TAGS = (
    "a abbr b blockquote br caption code dd del details div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i img "
    "input ins kbd label li mark nav ol p pre s section small span strong sub summary sup table tbody td th thead time tr ul"
)
SAFE_ATTRIBUTES = (
    "alt aria-label checked class colspan datetime data-line dir disabled for height href id lang loading name open rel role rowspan "
    "scope src start tabindex title type value width"
)


class Judge(HTMLParser):
    """Reads HTML as it is and notes everything that a reader's browser should never meet."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SAFE_TAGS.split():
            self.faults.append(f"<{tag}>")
        if tag not in ("br", "hr", "img", "input"):
            self.open.append(tag)
        for name, value in attrs:
            if name not in SAFE_ATTRIBUTES.split():
                self.faults.append(f"{tag}[{name}]")
            if name in ("href", "src"):
                self.judge(tag, value or "")
            if name == "id":
                self.ids.append(value or "")

    def judge(self, tag: str, url: str) -> None:
        scheme, colon, _ = url.partition(":")
        if (
            colon
            and "/" not in scheme
            and "#" not in scheme
            and (tag == "img" or scheme not in ("http", "https", "mailto", "tel"))
        ):
            self.faults.append(f"{tag} {url}")
        if url.replace("\\", "/").startswith("//") or any(ord(c) <= 32 for c in url):
            self.faults.append(f"{tag} {url}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


def faults(made: Html) -> list[str]:
    judge = Judge(made.html)
    repeated = [one for one in judge.ids if judge.ids.count(one) > 1 or one == "main"]
    return judge.faults + judge.open + repeated


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_runs(payload: str) -> None:
    """No payload, wherever it stands, brings a script, an event, a style, another host's file or a tag that closes ours."""
    for around in AROUND:
        made = markdown.render(around.replace("{}", payload).replace("{{", "{").replace("}}", "}"))
        assert faults(made) == [], (around, made.html)


def test_the_judge_judges() -> None:
    """The check above does see what it looks for."""
    for html in (
        "<script>",
        "<p onclick=x></p>",
        "<a href='javascript:x'></a>",
        "<img src='//x'>",
        "<p>",
        "</p>",
        "<i id=main></i>",
    ):
        assert faults(Html(html)), html


HOSTILE = [
    "[",
    "![",
    "<a '",
    '<a "',
    "<!--",
    "<![CDATA[",
    "*a **b ",
    "`",
    "> ",
    "- ",
    "[^a]",
    "a[^1] ",
    "|a",
    "!!! n\n",
    "<b>",
    "</b>",
    "~",
]
HOSTILE += ["&amp;", "<a href=x>", "## a\n\n"]


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_repeats_stay_quick(unit: str) -> None:
    """No short text makes the renderer slow: twice the repeats take about twice the time, far below a second."""
    markdown.render(unit)
    began = time.process_time()
    markdown.render(unit * 4_000)
    assert time.process_time() - began < 3


def test_speed() -> None:
    """Plain prose is rendered at megabytes a second (with a wide margin for a busy machine), and code is coloured once."""
    prose = "Some *text* with a [link](x.md) and `code`, as people write it in their guides every day.\n\n" * 3_000
    markdown.render("x")
    began = time.process_time()
    markdown.render(prose)
    assert len(prose) / (time.process_time() - began) > 300_000
