"""Hostile texts in every field that somebody else writes: a page shows them, and none of them does anything."""

# ruff: noqa: E501  # payloads and manifests read best on one line

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard.cli.screen import Screen
from callboard.testing import Built, build_site

if TYPE_CHECKING:
    from tests.browser import Browser

SECRET = "hunter2-never-shown"
RUN = "pwned=1"
"""What each payload does if it runs."""

MARKUP = (
    f"<script>{RUN}</script>",
    f"<ScRiPt\n>{RUN}</sCrIpT\t>",
    f"<img src=x onerror={RUN}>",
    f'"><img src=x onerror="{RUN}">',
    f"'><svg onload={RUN}>",
    f"<svg><script>{RUN}</script><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><a xlink:href='javascript:{RUN}'><text y=9>x</text></a></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    f"</title></textarea></style></script><script>{RUN}</script>",
    f"--><script>{RUN}</script><!--",
    f"]]><script>{RUN}</script>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    "<iframe src=//evil.example></iframe><object data=//evil.example></object><embed src=//evil.example>",
    "<base href=//evil.example/><link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    f"<form action=javascript:{RUN}><button formaction=javascript:{RUN} autofocus onfocus={RUN}>x</button></form>",
    f"<details open ontoggle={RUN}><summary>x</summary></details>",
    f"<p style='background:url(//evil.example/x)' onclick={RUN}>x</p>",
    f"<a href='javascript:{RUN}'>x</a><a href=' &#106;avascript&colon;{RUN}'>x</a>",
    "<img src=//evil.example/x.png srcset='//evil.example/y.png 2x'><video poster=//evil.example/x>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'></noscript>",
    f"<x/onmouseover={RUN} a='",
    f"`${{{RUN}}}` onload={RUN} autofocus tabindex=1 onfocus={RUN} '\" x=",
)
ADDRESSES = (
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f" javascript:{RUN}",
    f"java\tscript:{RUN}",
    f"java\nscript:{RUN}",
    f"\x01javascript:{RUN}",
    f"javascript&colon;{RUN}",
    f"javascript%3A{RUN}",
    f"javascript://example.com/%0a{RUN}",
    f"vbscript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"data:image/svg+xml,<svg onload={RUN}>",
    f"blob:javascript:{RUN}",
    f"feed:javascript:{RUN}",
    f"view-source:javascript:{RUN}",
    f"jar:javascript:{RUN}",
    "file:///etc/passwd",
    "intent://evil.example#Intent;end",
    "//evil.example/x",
    "/\\evil.example/x",
    "\\\\evil.example\\x",
    "/\t/evil.example/x",
    "https:evil.example",
    "https://[",
    "https://[::1",
    "http://a]b",
    "http://\u2100.example/",
    'https://example.com/"onmouseover="pwned=1',
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%00",
    "?x=javascript:1",
    "#",
    ":",
)
TEXTS = (
    "{{ 7777*7 }} {% raw %} {# x #} {{ config }} {{ ''.__class__.__mro__ }}",
    "{{ cycler.__init__.__globals__.os.environ }} {% include 'shell.html' %} {% for x in (1,) %}x",
    "${HOSTILE_SECRET} ${HOSTILE_SECRET:-x} ${file:site.yaml} $HOSTILE_SECRET %(HOSTILE_SECRET)s {HOSTILE_SECRET}",
    "{0.__class__} {ref.namespace} {x!r} %s %n",
    "*a: &a !!python/object/apply:os.system [id] <<: *b",
    "a\u202eb\u2066c\u200bd\ufeffe\u2028f\u2029g",
    "a\x00b\x01c\x08d\x0ce\x1bf\x7fg\x85h",
    "\ufffe\uffff\U0010ffff \ud7ff",
    "Z\u0351\u036b\u0343\u036a" * 50,
    "wide " * 4000,
    "unbroken" * 2000,
    "[" * 3000 + "](" * 300,
    "> " * 400 + "x",
    "`" * 999 + "*_" * 999,
    "[![[![a](b)](c)](d)](e) <!-- <![CDATA[ <? <!x",
    "[x]: javascript:pwned=1\n\n[x] ![x] [^1]\n\n[^1]: <script>pwned=1</script>",
    "```html\n<script>pwned=1</script>\n```\n~~~{.x onload=pwned=1}\n</code></pre><script>pwned=1</script>",
    '# <script>pwned=1</script> {#x"onload=pwned=1}\n# main\n# __proto__ {#constructor}',
    "\r\n\r\nx: y\r\n---\r\ntitle: other",
    "",
    " ",
)
PAYLOADS = (*MARKUP, *ADDRESSES, *TEXTS)
LINKED = tuple(f"[x](<{a}>) [x]({a}) ![x](<{a}>) <{a}> <a href='{a}'>x</a> <img src='{a}'>\n" for a in ADDRESSES)
"""Every address as every link and image that Markdown knows."""

EVERYTHING_YAML = """
site:
  title: {title}
  description: {title}
  url: https://portal.example/sub/
plugins:
  - plugin: catalog
    options:
      locations: [{{type: file, target: "catalog/*.yaml"}}]
      rules: [{{allow: [Component, API, System, Domain, Resource, Group, User, Location, Template]}}]
  - {{plugin: tech_radar, path: /plain, options: {{data: radar/plain.yaml}}}}
  - {{plugin: tech_radar, path: /backstage, options: {{data: radar/backstage.json}}}}
  - {{plugin: tech_radar, path: /zalando, options: {{data: radar/zalando.json}}}}
  - plugin: views
"""
VIEWS_YAML = """
callboard: 1
title: Views
hosts: [service.example]
sources:
  rows: {file: data/rows.csv}
  records: {file: data/records.json}
  answers: {http: "https://service.example/answers"}
pages:
  - {path: /, view: table, data: rows, paginate: 1000}
  - {path: /records, view: table, data: records, paginate: 1000, nav: true}
  - path: /typed
    view: table
    data: answers
    paginate: 1000
    columns:
      - {field: a, type: text, href: "{a}"}
      - {field: a, type: number}
      - {field: a, type: date}
      - {field: a, type: link}
      - {field: a, type: entity}
      - {field: a, type: entity, kind: component}
      - {field: a, type: tags}
      - {field: a, type: state}
      - {field: a, type: code}
      - {field: a, type: markdown}
      - {field: b, type: link, href: "/{a}/"}
  - {path: /cards, view: cards, data: records, paginate: 1000, item: {title: "{a}", text: a, href: "{a}", state: a, meta: [{field: a}, {field: b, type: tags}, {field: a, type: markdown}]}}
  - {path: /list, view: list, data: answers, paginate: 1000, item: {title: a, text: "{b}", href: "/{a}/", state: b}}
  - {path: /markdown, view: markdown, data: records, text: a}
  - {path: /chart, view: chart, data: records, chart: {label: a, value: n, unit: "<script>"}}
  - {path: /line, view: chart, data: answers, chart: {type: line, label: b, value: n}}
  - {path: "/of/{record.id}", view: detail, each: records, title: "{record.a}", summary: "{record.b}", columns: [a, b, {field: a, type: link}, {field: a, type: markdown}]}
slots:
  home.cards: {view: list, data: records, limit: 100, title: Hostile, item: {title: a, text: b, href: "{a}"}}
  entity.cards: {view: table, data: records, limit: 20, title: Hostile, columns: [a, b]}
"""


def entity(number: int, payload: str, kind: str = "Component") -> dict[str, Any]:
    """An entity that says the payload wherever a catalog lets it."""
    spec: dict[str, Any] = {
        "type": payload,
        "lifecycle": payload,
        "owner": payload,
        "extra": payload,
        "deep": {payload[:200]: [payload]},
    }
    if kind == "API":
        spec["definition"] = payload
    if kind == "User":
        spec = {"memberOf": [payload], "profile": {"displayName": payload, "email": payload, "picture": payload}}
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": kind,
        "metadata": {
            "name": f"hostile-{number}",
            "title": payload,
            "description": payload,
            "annotations": {
                "backstage.io/source-location": f"url:{payload}",
                "backstage.io/view-url": payload,
                "backstage.io/edit-url": payload,
                "backstage.io/techdocs-ref": f"dir:{payload}",
                "example.com/x": payload,
            },
            "links": [{"url": payload if payload in ADDRESSES else "https://example.com/", "title": payload, "type": payload}],
            "note": payload,
        },
        "spec": spec,
    }


def plain_radar(payloads: tuple[str, ...]) -> dict[str, Any]:
    entries = [
        {
            "name": f"{p[:300]} {i}", "id": f"e{i}", "quadrant": "A", "ring": "Adopt", "description": p, "moved": 1, "url": p,
            "links": [{"title": p, "url": p}], "history": [{"date": "2026-01-02", "ring": "Adopt", "note": p}],
        }
        for i, p in enumerate(payloads)
    ]  # fmt: skip
    parts = [{"id": "A", "name": payloads[0], "description": payloads[1]}]
    return {"title": payloads[2], "quadrants": parts, "rings": [{"id": "Adopt", "name": payloads[3]}], "entries": entries}


def backstage_radar(payloads: tuple[str, ...]) -> dict[str, Any]:
    entries = [
        {
            "id": p[:200] or "x", "key": p, "title": f"{p[:300]} {i}", "quadrant": "q", "description": p, "links": [{"title": p, "url": p}],
            "timeline": [{"moved": 1, "ringId": "r", "date": "2026-01-02T00:00:00Z", "description": p}],
        }
        for i, p in enumerate(payloads)
    ]  # fmt: skip
    return {
        "quadrants": [{"id": "q", "name": payloads[4]}],
        "rings": [{"id": "r", "name": payloads[5], "color": payloads[6], "description": payloads[7]}],
        "entries": entries,
    }


def zalando_radar(payloads: tuple[str, ...]) -> dict[str, Any]:
    entries = [
        {"quadrant": i % 4, "ring": i % 4, "label": f"{p[:300]} {i}", "active": True, "moved": -1, "link": p}
        for i, p in enumerate(payloads)
    ]
    return {"date": "2026.01", "title": payloads[8], "entries": entries}


def quoted(value: Any) -> str:
    """JSON, which is YAML: every character escaped that is not plain."""
    return json.dumps(value)


def site_files() -> Iterator[tuple[str, str | bytes]]:
    """The files of a site with every payload in every field."""
    yield "site.yaml", EVERYTHING_YAML.format(title=quoted("".join((MARKUP[0], MARKUP[3], TEXTS[0], "$${HOSTILE_SECRET}"))))
    for kind in ("Component", "API", "User"):
        documents = "\n---\n".join(quoted(entity(i, p, kind)) for i, p in enumerate(PAYLOADS))
        yield f"catalog/{kind}.yaml", documents
    yield (
        "catalog/pointing.yaml",
        "\n---\n".join(
            quoted(
                {**entity(i, "x"), "kind": "Location", "metadata": {"name": f"l{i}"}, "spec": {"type": "file", "targets": [t]}}
            )
            for i, t in enumerate((*ADDRESSES, "../link.txt", "../secret.txt", "/etc/passwd", "\x00", "../" * 40 + "etc/passwd"))
        ),
    )
    yield (
        "catalog/texts.yaml",
        "\n---\n".join(
            quoted(
                {
                    **entity(i, "x", "API"),
                    "metadata": {"name": f"t{i}"},
                    "spec": {"type": "openapi", "lifecycle": "x", "owner": "x", "definition": {"$text": t}},
                }
            )
            for i, t in enumerate((*ADDRESSES, "./link.txt", "../../secret.txt", "/etc/passwd", "./\x00", "file:///etc/passwd"))
        ),
    )
    yield "radar/plain.yaml", quoted(plain_radar(PAYLOADS))
    yield "radar/backstage.json", quoted(backstage_radar(PAYLOADS))
    yield "radar/zalando.json", quoted(zalando_radar(PAYLOADS))
    yield "plugins/views/plugin.yaml", VIEWS_YAML
    yield "data/records.json", quoted(records())
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["a", "b", '<script>pwned=1</script>"onload="x', "{{ 7777*7 }}"])
    writer.writerows([p, p, p, p] for p in PAYLOADS)
    yield "data/rows.csv", table.getvalue().encode()
    yield "content/index.md", "# Home\n"
    for i, payload in enumerate((*PAYLOADS, *LINKED)):
        head = {"title": payload, "description": payload, "summary": payload, "icon": payload, "tags": [payload]}
        yield (
            f"content/deep/p{i}.md",
            f"---\n{quoted(head)}\n---\n{payload}\n\n# {payload}\n\n| {payload} |\n|---|\n| {payload} |\n",
        )
    everything = "\n\n".join((*PAYLOADS, *LINKED))
    yield "content/all.md", f"# All\n\n{everything.encode('utf-8', 'replace').decode()}\n"
    for name in (
        "{{ 7777*7 }}", "<img src=x onerror=pwned=1>", 'a"onmouseover="pwned=1', "javascript:pwned=1", "a\u202eb", "%2e%2e", "x\ny",
        "..%2fx", "a'b&c", "\u00c5", "x\\z", "&lt;script&gt;",
    ):  # fmt: skip
        yield f"content/names/{name}.md", "A page whose file has a hostile name.\n"


def records() -> list[Mapping[str, Any]]:
    """Records with every payload, and numbers as no service should send them."""
    numbers = (1, -1, 0, 1e308, -1e308, 10**28, True, "7", None, [1], {"a": 1})
    return [
        {"id": f"r{i}", "a": p, "b": [p, {p: p}], "n": numbers[i % len(numbers)], "tags": [p], p: p}
        for i, p in enumerate(PAYLOADS)
    ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The hostile site, built."""
    root = tmp_path_factory.mktemp("hostile") / "site"
    for name, content in site_files():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    (root.parent / "secret.txt").write_text(SECRET)
    (root / "secret.txt").write_text(SECRET)
    (root / "catalog" / "link.txt").symlink_to(root.parent / "secret.txt")
    (root / "content" / "deep" / "link.png").symlink_to(root.parent / "secret.txt")
    with (root / "content" / "all.md").open("a") as more:
        more.write("\n![x](deep/link.png) [x](deep/link.png) [x](../secret.txt) [x](/secret.txt) ![x](../../secret.txt)\n")
    answers = {"https://service.example/answers": [dict(record) for record in records()]}
    return build_site(root, http=answers, environ={"HOSTILE_SECRET": SECRET})


PORTAL = "https://portal.example/sub"


class Judge(HTMLParser):
    """Reads a page as strictly as its CSP means it: ``faults`` has all that a portal's page must never hold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.policy = False
        self.scripts = 0
        self.of_data = False

    def handle_data(self, data: str) -> None:
        if self.of_data:
            json.loads(data)
            if "<" in data:
                self.faults.append(f"data that could end its element: {data[:80]}")

    def handle_endtag(self, tag: str) -> None:
        self.of_data &= tag != "script"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in (
            "iframe",
            "object",
            "embed",
            "base",
            "style",
            "frame",
            "foreignobject",
            "animate",
            "set",
            "math",
        ):
            self.faults.append(f"<{tag}>")
        if tag == "use" and not given.get("href", "").startswith("#"):
            self.faults.append(f"<use {given}>")
        if tag == "script":
            self.scripts += 1
            self.of_data = given == {"type": "application/ld+json"}
            if not self.of_data and not re.fullmatch(r"/sub/_/(?:[\w-]+/){0,2}[\w.-]+\.js", given.get("src", "")):
                self.faults.append(f"<script {given}>")
        if tag == "link":
            self.link(given)
        if tag == "meta" and given.get("http-equiv"):
            self.policy = (
                given["http-equiv"] == "Content-Security-Policy" and "default-src 'none'; script-src 'self'" in given["content"]
            )
            if not self.policy:
                self.faults.append(f"<meta {given}>")
        for name, value in given.items():
            if (tag, name, value, given.get("method")) != ("form", "action", "/sub/search/", "get"):
                self.attribute(tag, name, value)

    def link(self, given: dict[str, str]) -> None:
        beginnings = {"stylesheet": "/sub/_/", "icon": "/sub/_/", "canonical": f"{PORTAL}/", "alternate": ("/sub/", "index.md")}
        if not given["href"].startswith(beginnings.get(given.get("rel", ""), "-")):
            self.faults.append(f"<link {given}>")

    def attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or name in ("style", "srcdoc", "srcset", "formaction", "action", "ping", "background", "poster"):
            self.faults.append(f"<{tag} {name}={value[:80]!r}>")
        if name.rpartition(":")[2] in ("href", "src", "data"):
            seen = re.sub(r"[\t\n\r]", "", value.strip("".join(map(chr, range(33)))))
            scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", seen)
            allowed = ("http", "https", "mailto", "tel") if tag == "a" else ()
            if tag == "img" and re.match(r"data:image/(?:png|jpeg|gif|webp)[;,]", seen):
                return  # pixels, which the policy allows; an SVG is none
            if tag == "link" and seen.startswith(f"{PORTAL}/"):
                return  # where the page itself is published: nothing is asked for
            if (scheme and scheme[1].lower() not in allowed) or seen[:2].replace("\\", "/") == "//":
                self.faults.append(f"<{tag} {name}={value[:80]!r}>")


def test_a_site_of_hostile_texts_is_built(built: Built) -> None:
    """Every page that the texts are on is written, and no text of anybody stops the build."""
    assert built.report.written, [problem.text for problem in built.report.errors]
    pages = built.pages
    for path in ("/views/", "/views/records/", "/views/typed/", "/views/cards/", "/views/list/", "/views/markdown/", "/all/"):
        assert path in pages
    assert sum(path.startswith("/catalog/default/component/hostile-") for path in pages) > len(PAYLOADS) / 2
    assert sum(path.startswith("/plain/") for path in pages) > len(PAYLOADS) / 2
    assert sum(path.startswith("/deep/") for path in pages) > len(PAYLOADS) / 2


def test_no_page_holds_anything_active(built: Built) -> None:
    """No script but ours, no event attribute, no style, no frame, no address with a scheme that runs or leaves unasked."""
    faults: list[str] = []
    for file in sorted(built.output.rglob("*.html")):
        name, text = file.relative_to(built.output).as_posix(), file.read_text(encoding="utf-8")
        if name.startswith("api/"):
            json.loads(text)
            faults += [f"{name}: {character} in JSON that a server calls HTML" for character in "<>&" if character in text]
            continue
        judge = Judge()
        judge.feed(text)
        judge.close()
        faults += [f"{name}: {fault}" for fault in judge.faults]
        if not judge.policy or not judge.scripts:
            faults.append(f"{name}: no policy or no script")
    assert not faults, "\n".join(faults[:30])


def test_texts_are_never_templates(built: Built) -> None:
    """What looks like a template, a variable or an escape is shown as it was written."""
    assert "{{ 7777*7 }}" in built.page("/views/")
    assert "{{ 7777*7 }}" in built.page("/plain/")
    assert "${HOSTILE_SECRET:-x}" in built.page("/views/records/")
    for file in built.output.rglob("*"):
        if file.is_file():
            assert b"54439" not in file.read_bytes().replace(b"154439", b""), file


def test_no_secret_and_no_file_of_the_machine_is_published(built: Built) -> None:
    """Neither the environment nor a file outside of what the site names is anywhere in the output or the problems."""
    for file in built.output.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert SECRET.encode() not in content, file
            assert b"root:x:0:0" not in content, file
        assert not file.is_symlink()
    assert SECRET not in "\n".join(built.problems)


def test_problems_are_whole_lines_on_a_terminal(built: Built) -> None:
    """Problems quote the texts: printed, none moves the cursor, begins a line of its own, gives a CI runner an order or fills the screen."""
    out = io.StringIO()
    Screen({"GITHUB_ACTIONS": "true"}, stream=out).problems(built.report, built.folder)
    lines = out.getvalue().removesuffix("\n").split("\n")
    assert len(lines) > len(built.problems) > 100
    for line in lines:
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", line), repr(line)
        assert len(line) < 2000
        assert line.startswith(
            ("::warning file=", "catalog/", "content/", "radar/", "data/", "site.yaml", "plugins/", "(bundled) plugins/")
        ), line


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">%s</svg>'
ACTIVE: dict[str, str | bytes] = {
    "script": SVG % f"<script>{RUN}</script>",
    "prefix": f'<x:svg xmlns:x="http://www.w3.org/2000/svg"><x:script>{RUN}</x:script></x:svg>',
    "utf-16": (SVG % f"<script>{RUN}</script>").encode("utf-16"),
    "other-encoding": '<?xml version="1.0" encoding="cp1252"?>' + SVG % "",
    "handler": SVG.replace("viewBox", f'onload="{RUN}" viewBox') % "",
    "link": SVG % f'<a xlink:href="java&#115;cript:{RUN}"><path d="M0 0"/></a>',
    "blank-link": SVG % f'<a href="&#10;java&#9;script:{RUN}"><path d="M0 0"/></a>',
    "animated": SVG % f'<a><animate attributeName="href" values="javascript:{RUN}"/><path d="M0 0"/></a>',
    "set": SVG % f'<set attributeName="onload" to="{RUN}"/>',
    "html": SVG % f'<g><h:img xmlns:h="http://www.w3.org/1999/xhtml" src="x" onerror="{RUN}"/></g>',
    "foreign": SVG % "<foreignObject/>",
    "use": SVG % '<use href="data:image/svg+xml,x#y"/>',
    "elsewhere": SVG % '<image href="https://evil.example/x.png"/>',
    "style": SVG % "<style>@import url(//evil.example/x.css);</style>",
    "style-attribute": SVG % '<g style="background:url(https://evil.example/)"/>',
    "stylesheet": '<?xml-stylesheet type="text/xsl" href="#x"?>' + SVG % "",
    "entity": '<!DOCTYPE svg [<!ENTITY a "x">]>' + SVG % "&a;",
    "html-root": f"<html xmlns='http://www.w3.org/1999/xhtml'><script>{RUN}</script></html>",
    "broken": "<svg><p></svg>",
}
DRAWINGS = {
    "plain": SVG % '<defs><g id="a"/></defs><use href="#a"/><path fill="url(#a)" d="M0 0"/><style>.x{fill:url(#a)}</style>',
    "tool": '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    + SVG
    % '<?plantuml 1?><m xmlns="urn:tool" a="b"/><a xlink:href="https://example.com/"><text>x</text></a><image href="data:image/png;base64,AA"/>',
}


def test_an_svg_only_draws(tmp_path: Path) -> None:
    """An SVG that could run something or ask another host is not published, however it hides it; what tools draw is."""
    files = {
        **{f"a-{name}.svg": content for name, content in ACTIVE.items()},
        **{f"d-{name}.svg": c for name, c in DRAWINGS.items()},
    }
    (tmp_path / "content").mkdir()
    (tmp_path / "site.yaml").write_text("site: {title: Pictures}")
    for name, content in files.items():
        (tmp_path / "content" / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "content" / "index.md").write_text("# Pictures\n\n" + "\n\n".join(f"![{name}]({name})" for name in files))
    drawn = build_site(tmp_path)
    published = {path.name for path in (drawn.output / "_" / "files").rglob("*.svg")}
    assert published == {f"d-{name}.svg" for name in DRAWINGS}
    assert len([text for text in drawn.problems if "[unpublished-file]" in text]) == len(ACTIVE)


class Quiet(SimpleHTTPRequestHandler):
    """Serves the output below ``/sub/``."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/sub"))

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def served(built: Built) -> Iterator[str]:
    """Where the hostile site is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(built.output)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.browser
def test_nothing_runs_in_a_browser(built: Built, served: str, browser: Browser) -> None:
    """In Chromium no text runs, no policy is violated, nothing is logged and no other host is asked."""
    shown = [f"/views/{name}" for name in ("", "records/", "typed/", "cards/", "list/", "markdown/", "chart/", "line/")]
    some = [f"/catalog/default/{kind}/hostile-{i}/" for i, kind in enumerate(("component", "api", "user") * 5)]
    paths = ["/", "/all/", "/plain/", "/backstage/", "/zalando/", "/catalog/", "/-/build/", *shown, *some]
    page = browser.open()
    for path in paths:
        if not (built.output / path.strip("/") / "index.html").is_file():
            continue
        page.goto(f"{served}/sub{path}")
        assert page.evaluate("typeof pwned") == "undefined", path
        assert not page.console, (path, page.console[:5])
        foreign = [request for request in page.requests if not request.startswith((f"{served}/", "data:image/"))]
        assert not foreign, (path, foreign)
    page.close()
