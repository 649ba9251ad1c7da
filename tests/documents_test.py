"""Documents: pages of a tree, what they tell of their text, and that their weight does not grow with the tree."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from callboard.testing import build_site

PLUGIN = """\
callboard: 1
title: Docs
sources:
  pages: {file: pages.json}
  trees: {file: trees.json}
pages:
  - {path: "/{page.path}", each: pages, as: page, view: markdown, tree: trees, title: "{page.title}"}
"""


def page(path: str, text: str = "Text.\n", **said: Any) -> dict[str, Any]:
    """A record of a document in the tree ``t``."""
    return {"path": path, "title": path.strip("/"), "text": text, "file": f"docs/pay/{path.strip('/')}.md", "tree": "t", **said}


def site(root: Path, pages: list[dict[str, Any]], items: list[dict[str, Any]], *, build: str = "", **tree: Any) -> Path:
    """A site with one tree of documents."""
    (root / "plugins/docs").mkdir(parents=True)
    (root / "plugins/docs/plugin.yaml").write_text(PLUGIN, encoding="utf-8")
    (root / "pages.json").write_text(json.dumps(pages), encoding="utf-8")
    (root / "trees.json").write_text(json.dumps([{"id": "t", "title": "Payments", "items": items, **tree}]), encoding="utf-8")
    (root / "site.yaml").write_text(
        f"site: {{title: Portal}}\ncontent: false\n{build}plugins: [{{plugin: docs}}]\n", encoding="utf-8"
    )
    return root


def rail(html: str) -> str:
    """The tree in the rail of a page."""
    return html[html.index('<div class="rail">') :].partition('<nav class="tree"')[2].partition("</nav>")[0]


def test_the_tree_in_the_rail(tmp_path: Path) -> None:
    """The author's order and words; sections open on the way to the page only; the page is marked, also in the menu of small screens."""
    items = [
        {"title": "Start", "path": "a/"},
        {
            "title": "Guides",
            "path": "g/",
            "items": [{"title": "One", "path": "g/one/"}, {"title": "Web", "url": "https://example.com/"}],
        },
        {
            "title": "Other",
            "items": [{"title": "Zed", "path": "z/"}, {"title": "Bad", "url": "javascript:x"}, {"title": "Gone", "path": "x/"}],
        },
    ]
    built = build_site(site(tmp_path, [page(p) for p in ("a/", "g/", "g/one/", "z/", "loose/")], items, subtitle="component"))
    html = built.page("/docs/g/one/")
    assert re.findall(r"<summary>([^<]*)</summary>|<a [^>]*>([^<]+)</a>", rail(html)) == [
        ("", "Payments"),
        ("", "Start"),
        ("Guides", ""),
        ("", "Overview"),
        ("", "One"),
        ("", "Web"),
        ("Other", ""),
        ("", "Zed"),
    ]
    assert re.findall(r"<details( open)?><summary>(\w+)", rail(html)) == [(" open", "Guides"), ("", "Other")]
    assert html.count('<a href="/docs/g/one/" aria-current="page">') == 2
    assert "<small>component</small>" in html
    assert "<summary>Guides</summary>" in rail(built.page("/docs/loose/"))
    assert " open>" not in rail(built.page("/docs/loose/"))


def test_previous_and_next_follow_the_tree(tmp_path: Path) -> None:
    """Reading order, a section's own page before what is in it; a document that the tree does not have leads nowhere."""
    items = [{"title": "B", "path": "b/"}, {"title": "S", "path": "s/", "items": [{"title": "A", "path": "a/"}]}]
    built = build_site(site(tmp_path, [page(p) for p in ("a/", "b/", "s/", "loose/")], items))
    steps = {p: re.findall(r'<a href="([^"]*)" rel="(prev|next)"', built.page(f"/docs/{p}/")) for p in ("a", "b", "s", "loose")}
    assert steps == {
        "b": [("/docs/s/", "next")],
        "s": [("/docs/b/", "prev"), ("/docs/a/", "next")],
        "a": [("/docs/s/", "prev")],
        "loose": [],
    }


def test_a_page_does_not_grow_with_its_tree(tmp_path: Path) -> None:
    """Of 2,000 documents, in many sections and in one long one, a page shows what is near; each can be reached from it."""
    flat = [f"flat/{n}/" for n in range(1000)]
    deep = [f"s{n // 20}/{n}/" for n in range(1000)]
    items = [{"title": "Flat", "items": [{"title": p, "path": p} for p in flat]}]
    items += [{"title": f"S{s}", "items": [{"title": p, "path": p} for p in deep[s * 20 : s * 20 + 20]]} for s in range(50)]
    built = build_site(site(tmp_path, [page(p) for p in flat + deep], items))
    sizes = {p: len(built.page(f"/docs/{p}")) for p in ("flat/0/", "flat/555/", "flat/999/", "s0/3/", "s49/999/")}
    assert max(sizes.values()) < 30_000, sizes
    middle = rail(built.page("/docs/flat/555/"))
    assert re.findall(r'class="(earlier|later|section)" href="([^"]*)">([^<]*)', middle)[:2] == [
        ("earlier", "/docs/flat/500/", "550 before"),
        ("later", "/docs/flat/600/", "400 more"),
    ]
    assert '<a class="section" href="/docs/s7/140/">S7</a>' in middle
    assert middle.count("<li>") < 120


def test_what_a_page_tells_of_its_text(tmp_path: Path) -> None:
    """Who changed it and when, where it is edited and reported, tags, versions, banners and drafts; addresses that run are left out."""
    told = {
        "updated": "2026-11-20T10:00:00Z",
        "author": "Ann <Lee>",
        "edit": "https://example.com/edit",
        "report": "https://example.com/report",
        "source": "javascript:alert(1)",
        "tags": ["api", "run book"],
        "draft": True,
        "versions": [{"title": "2.1", "path": "a/", "current": True}, {"title": "2.0", "url": "https://example.com/2.0"}],
        "banner": {"kind": "warning", "text": "Moved & gone"},
        "old_after": 365,
        "owner": "group:default/pay",
    }
    html = build_site(site(tmp_path, [page("a/", **told)], [{"title": "A", "path": "a/"}])).page("/docs/a/")
    assert (
        'Last updated <time datetime="2026-11-20T10:00:00Z" data-relative>20 Nov 2026, 10:00 UTC</time> by Ann &lt;Lee&gt;'
        in html
    )
    assert '<a href="https://example.com/edit" rel="edit noopener">' in html
    assert "Report an issue" in html
    assert "javascript:" not in html
    assert '<span class="tag">run book</span>' in html
    assert '<a href="https://example.com/2.0">2.0</a>' in html
    assert "Moved &amp; gone" in html
    assert '<p class="heading">Draft</p>' in html
    assert 'data-old="365" data-changed="2026-11-20T10:00:00Z" hidden' in html


def test_problems_call_a_document_what_people_know(tmp_path: Path) -> None:
    """A document of another host is named by its address, at the line of its file, not by where its copy lies."""
    one = page("a/", "Text.\n\n[x](gone.md)\n", shown="https://example.com/a.md", text_line=4)
    report = build_site(site(tmp_path, [one], [])).report
    [problem] = [p for p in report.problems if p.code == "broken-link"]
    assert str(problem.place).startswith("https://example.com/a.md:6")


def test_files_come_from_inside_of_the_root(tmp_path: Path) -> None:
    """Images and snippets of a document's folder are published; what lies outside, or leads out through a link, is refused and said."""
    text = '![a](in.png)\n\n![b](../out.png)\n\n![c](link.png)\n\n--8<-- "part.txt"\n\n--8<-- "../secret.txt"\n'
    root = site(tmp_path, [page("a/", text, root="docs/pay", file="docs/pay/a.md")], [])
    (root / "docs/pay").mkdir(parents=True)
    for name in ("docs/pay/in.png", "docs/out.png"):
        (root / name).write_bytes(b"\x89PNG\r\n\x1a\n")
    (root / "docs/secret.txt").write_text("classified", encoding="utf-8")
    (root / "docs/pay/part.txt").write_text("A part of it.\n", encoding="utf-8")
    (root / "docs/pay/link.png").symlink_to(root / "docs/out.png")
    built = build_site(root)
    html = built.page("/docs/a/")
    assert len(re.findall(r'<img src="/_/files/[0-9a-f]{8}/in.png"', html)) == 1
    assert "out.png" not in re.findall(r'src="([^"]*)"', html)
    said = sorted(p.what for p in built.report.problems if p.code == "unpublished-file")
    assert said == [
        '"../out.png" is not published: it lies outside of "docs/pay", the folder of these documents.',
        '"link.png" is not published: "link.png" leads out of its folder "pay" through a link.',
    ]
    assert "classified" not in html
