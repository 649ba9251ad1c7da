"""What a site has for readers that are programs: twins, llms.txt, heads of pages, the sitemap."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

from callboard.build import Settings, build, effects
from callboard.testing import Built, build_site

ADDRESS = "https://example.com/portal/"
SITE = f"""\
site: {{title: Portal, url: {ADDRESS}, description: All that we run.}}
plugins: [{{plugin: pages, path: /}}, {{plugin: lists}}]
"""
FILES = {
    "site.yaml": SITE,
    "content/index.md": "---\ntitle: Home\nsummary: Begin here\n---\nSee [how](guide/setup.md#second) and [away](https://example.org/).\n",
    "content/guide/setup.md": """\
---
title: Set up "it" </script>
updated: 2026-01-02
---
## Second

Back [home](../index.md), a [list](/lists/), and [by name][home].

```
[not](../index.md)
```

[home]: ../index.md
""",
    "plugins/lists/plugin.yaml": """\
callboard: 1
title: Lists
summary: All of them.
sources: {items: {file: items.yaml}}
pages:
  - {path: /, template: page.html, data: items}
feeds: {new.xml: {each: items, title: name, updated: at, id: name, heading: New lists}}
""",
    "plugins/lists/templates/page.html": """\
{% extends "page.html" %}
{% block content %}
<h2 id="a">A <em>part</em></h2><p>Text with <strong>weight</strong>, <code>a*b</code> &amp; 1 * 2 &lt; 3.</p>
<ul><li>One <a href="{{ url("/guide/setup/") }}#second">there</a><ul><li>Below</li></ul></li><li>Two</li></ul>
<ol><li>first</li><li>second</li></ol>
<table><thead><tr><th>Name</th><th>Of</th></tr></thead><tbody>{% for item in data["items"] %}<tr><td>{{ item.name }}</td><td>a|b</td></tr>
{% endfor %}</tbody></table>
<pre><code>x  = [1]
y</code></pre><button>Press</button><svg><text>drawn</text></svg><script src="{{ asset("favicon.svg") }}">no()</script>
{% endblock %}
""",
    "items.yaml": "- {name: One, at: 2026-01-01}\n- {name: Two, at: 2026-01-02}\n",
}


def site(folder: Path, **files: str) -> Path:
    """The site's folder."""
    for name, text in {**FILES, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def text(built: Built, file: str) -> str:
    """A published file."""
    return (built.output / file).read_text(encoding="utf-8")


def test_a_text_has_its_author_s_markdown_beside_it(tmp_path: Path) -> None:
    """With title, address and date, and links that lead to other twins; code stays as it is."""
    built = build_site(site(tmp_path))
    assert text(built, "guide/setup/index.md") == (
        f'---\ntitle: "Set up \\"it\\" </script>"\nurl: "{ADDRESS}guide/setup/"\nupdated: "2026-01-02T00:00:00Z"\n---\n\n'
        '# Set up "it" </script>\n\n## Second\n\nBack [home](../../index.md), a [list](../../lists/index.md), and [by name][home].\n\n'
        "```\n[not](../index.md)\n```\n\n[home]: ../../index.md\n"
    )
    assert "See [how](guide/setup/index.md#second) and [away](https://example.org/)." in text(built, "index.md")
    assert '<link rel="alternate" type="text/markdown" href="index.md">' in built.page("/guide/setup/")


def test_another_page_has_its_html_as_markdown_beside_it(tmp_path: Path) -> None:
    """Headings, lists, tables and code are there; what only people with a screen use is not."""
    body = text(build_site(site(tmp_path)), "lists/index.md").partition("\n# Lists\n")[2]
    assert body.startswith("\nAll of them.\n\n## A *part*\n\nText with **weight**, `a*b` & 1 \\* 2 \\< 3.\n")
    assert "- One [there](../guide/setup/index.md#second)\n  - Below\n- Two\n\n1. first\n2. second\n" in body
    assert "| Name | Of |\n|---|---|\n| One | a\\|b |\n| Two | a\\|b |\n" in body
    assert "```\nx  = [1]\ny\n```" in body
    assert not {"Press", "drawn", "no()"} & set(re.findall(r"[\w()]+", body))


def test_twins_can_be_left_out(tmp_path: Path) -> None:
    """`publish: {twins: false}` leaves no file, and no link to one."""
    built = build_site(site(tmp_path, **{"site.yaml": f"{SITE}publish: {{twins: false}}\n"}))
    assert built.problems == ()
    assert list(built.output.rglob("*.md")) == []
    assert "text/markdown" not in built.page("/")
    assert "index.md" not in text(built, "llms.txt")
    assert not (built.output / "llms-full.txt").exists()


def test_an_entity_has_the_twin_of_its_plugin(tmp_path: Path) -> None:
    """The catalog publishes one that knows more than its page."""
    catalog = (
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: shop, labels: {a: b}}\n"
        "spec: {type: x, owner: me, lifecycle: y}\n"
    )
    (tmp_path / "catalog.yaml").write_text(catalog, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(
        "site: {title: T}\ncontent: false\nplugins: [{plugin: catalog, options: {locations: [{type: file, target: catalog.yaml}]}}]\n",
        encoding="utf-8",
    )
    built = build_site(tmp_path)
    assert "As data: [index.json](index.json)" in text(built, "catalog/default/component/shop/index.md")
    assert "(default/component/shop/index.md)" in text(built, "catalog/kind/component/index.md").replace("../../", "")


def test_llms_txt_is_a_short_index(tmp_path: Path) -> None:
    """As llmstxt.org has it: a title, a summary, sections of links to twins."""
    built = build_site(site(tmp_path))
    lines = text(built, "llms.txt").splitlines()
    assert lines[:3] == ["# Portal", "", "> All that we run."]
    assert f"- [Lists]({ADDRESS}lists/index.md): All of them." in lines
    assert f"- [Home]({ADDRESS}index.md): Begin here" in lines
    assert lines[lines.index("## Optional") + 2 :] == [
        f"- [New lists]({ADDRESS}lists/new.xml)",
        f"- [All texts in one file]({ADDRESS}llms-full.txt)",
        f"- [All pages]({ADDRESS}sitemap.xml)",
    ]
    whole = text(built, "llms-full.txt")
    assert "See [how](guide/setup/index.md#second)" in whole
    assert f'url: "{ADDRESS}guide/setup/"' in whole
    assert "All of them." not in whole


def test_all_texts_stay_below_a_limit(tmp_path: Path) -> None:
    """A file that would be too large says which texts it leaves out."""
    large = {f"content/t{number}.md": f"---\ntitle: Text {number}\n---\n{'word ' * 80_000}\n" for number in range(4)}
    whole = text(build_site(site(tmp_path, **large)), "llms-full.txt")
    assert len(whole.encode()) < 1_050_000
    assert "more texts:\n" in whole
    assert f"- [Text 3]({ADDRESS}t3/index.md)" in whole


def test_one_changed_text_is_in_the_whole(tmp_path: Path) -> None:
    """The file is put together anew when one of its texts changes, from twins that did not."""
    site(tmp_path)
    build(tmp_path, Settings(), effects())
    (tmp_path / "content" / "index.md").write_text("---\ntitle: Home\n---\nOther words.\n", encoding="utf-8")
    report = build(tmp_path, Settings(), effects())
    whole = (tmp_path / "public" / "llms-full.txt").read_text(encoding="utf-8")
    assert "Other words." in whole
    assert "## Second" in whole
    assert report.rendered < 5


def test_a_page_says_where_it_is_and_what_it_is(tmp_path: Path) -> None:
    """Canonical address, OpenGraph and breadcrumbs, escaped; less than 1.5 KB of it; feeds of its mount."""
    page = build_site(site(tmp_path)).page("/guide/setup/")
    head = page.partition("</head>")[0]
    assert f'<link rel="canonical" href="{ADDRESS}guide/setup/">' in head
    assert '<meta property="og:title" content="Set up &quot;it&quot; &lt;/script&gt;">' in head
    assert '<meta property="og:type" content="article">' in head
    assert '<meta property="article:modified_time" content="2026-01-02' in head
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', head)
    assert data is not None
    trail = json.loads(data[1])
    assert [(one["position"], one["name"], one["item"]) for one in trail["itemListElement"]] == [
        (1, "Home", ADDRESS),
        (2, 'Set up "it" </script>', f"{ADDRESS}guide/setup/"),
    ]
    assert len(head) - head.index("<meta property") < 1500


def test_feeds_are_named_in_the_head(tmp_path: Path) -> None:
    """On the pages of their mount, and on no others."""
    built = build_site(site(tmp_path))
    link = '<link rel="alternate" type="application/atom+xml" title="New lists" href="/portal/lists/new.xml">'
    assert link in built.page("/lists/")
    assert "atom+xml" not in built.page("/")


def test_without_an_address_nothing_is_said_of_it(tmp_path: Path) -> None:
    """No canonical, no breadcrumbs, no sitemap."""
    built = build_site(site(tmp_path, **{"site.yaml": SITE.replace(f", url: {ADDRESS}", "")}))
    assert not {"canonical", "og:url", "ld+json"} & set(
        re.findall(r"[\w:+]+", built.page("/guide/setup/").partition("</head>")[0])
    )
    assert not (built.output / "sitemap.xml").exists()
    assert "](/guide/setup/index.md)" in text(built, "llms.txt")


def test_the_sitemap_says_what_changed_when(tmp_path: Path) -> None:
    """Of pages whose data says it."""
    root = ElementTree.fromstring(text(build_site(site(tmp_path)), "sitemap.xml"))
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = {node.findtext(f"{name}loc"): node.findtext(f"{name}lastmod") for node in root}
    assert found[f"{ADDRESS}guide/setup/"] == "2026-01-02T00:00:00Z"
    assert found[ADDRESS] is None
