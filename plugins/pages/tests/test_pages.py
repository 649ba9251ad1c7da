"""Markdown files as readers see them."""

from __future__ import annotations

import re

import pytest


def test_addresses(site):
    """A file's place in the folder is its address; index.md and README.md stand for their folder."""
    site.write("content/index.md", "# Welcome\n")
    site.write("content/imprint.md", "# Imprint\n")
    site.write("content/guide/README.md", "# The guide\n")
    site.write("content/guide/first-steps.md", "Without a heading.\n")
    report = site.build()
    assert report.problems == ()
    titles = {
        path: f"<h1>{title}</h1>" in site.page(path)
        for path, title in {
            "/": "Welcome",
            "/imprint/": "Imprint",
            "/guide/": "The guide",
            "/guide/first-steps/": "First steps",
        }.items()
    }
    assert all(titles.values()), titles


def test_front_matter(site):
    """Front matter says the title and the line below it; description is taken for summary."""
    site.write("content/index.md", "---\ntitle: Hello\nsummary: The one place.\n---\nText.\n")
    site.write("content/more.md", "---\ndescription: A page more.\n---\n# More\n")
    report = site.build()
    assert report.problems == ()
    assert '<p class="lead">The one place.</p>' in site.page("/")
    assert '<p class="lead">A page more.</p>' in site.page("/more/")


def test_navigation(site):
    """A page stands in the rail under its short title, and not at all with nav: false."""
    site.write("content/index.md", "# Home\n")
    site.write("content/long.md", "---\nnav: {title: Short}\n---\n# A very long title\n")
    site.write("content/hidden.md", "---\nnav: false\n---\n# Secret page\n")
    site.build()
    page = site.page("/")
    assert "<span>Short</span>" in page
    assert "Secret page" not in page
    assert "<h1>Secret page</h1>" in site.page("/hidden/")


def test_links_between_files(site):
    """A link to a Markdown file leads to its page; one that leads nowhere is reported at its line and shown as missing."""
    site.write("content/index.md", "# Home\n\n[Guide](guide/start.md)\n\n[Gone](gone.md)\n")
    site.write("content/guide/start.md", "# Start\n\n[Back](../index.md)\n")
    report = site.build()
    page = site.page("/")
    assert 'href="/guide/start/"' in page
    assert 'class="missing"' in page
    assert 'href="/"' in site.page("/guide/start/")
    assert [(str(p.place.file), p.place.line) for p in report.problems] == [("content/index.md", 5)]


def test_what_is_written_cannot_run(site):
    """Scripts, event attributes and javascript: links of a text do not reach the page."""
    site.write(
        "content/index.md",
        '# Home\n\n<script>alert(1)</script>\n\n<p onclick="alert(2)">x</p>\n\n[y](javascript:alert(3))\n',
    )
    site.build()
    page = site.page("/")
    assert "alert(1)" not in page
    assert "onclick" not in page
    assert "javascript:" not in page


def test_tables_and_code(site):
    """Tables scroll in a frame of their own, code is coloured and keeps its name."""
    site.write(
        "content/index.md", '# Home\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n```python title="app.py"\ndef f(): return 1\n```\n'
    )
    site.build()
    page = site.page("/")
    assert '<div class="scroll"' in page
    assert "<figcaption>app.py</figcaption>" in page
    assert '<span class="k">def</span>' in page


def test_another_folder_at_another_path(site):
    """A mount shows the files of its own folder below its own path."""
    site.write("site.yaml", "site: {title: Portal}\nplugins:\n- {plugin: pages, path: /handbook/, options: {folder: handbook}}\n")
    site.write("handbook/index.md", "# Handbook\n")
    site.write("handbook/leave.md", "# Leave\n")
    report = site.build()
    assert report.errors == ()
    assert "<h1>Leave</h1>" in site.page("/handbook/leave/")


def test_nothing_yet(site):
    """A site without content has a home page that says how to begin."""
    report = site.build()
    assert (report.errors, report.written) == ((), True)
    assert "content/index.md" in site.page("/")


def test_cards_on_the_home_page(site):
    """The index page shows the cards of plugins that fill home.cards."""
    site.write("site.yaml", "site: {title: Portal}\nplugins: [{plugin: tech_radar, path: /radar/}]\n")
    site.write("content/radar.yaml", "entries:\n- {name: Python, quadrant: Languages, ring: Adopt, moved: 1}\n")
    site.write("content/index.md", "# Home\n")
    report = site.build()
    assert report.problems == ()
    assert "Moved on the radar" in site.page("/")


@pytest.mark.parametrize(
    ("text", "line"),
    [("---\ntitle: [\n---\n# X\n", 2), ("---\njust words\n---\n", 2), ("---\ntext: mine\n---\n", 2)],
)
def test_broken_front_matter_costs_its_own_page(site, text, line):
    """A file whose front matter cannot be read is left out and reported; the other pages are there."""
    site.write("content/index.md", "# Home\n")
    site.write("content/bad.md", text)
    report = site.build()
    [problem] = report.problems
    assert (problem.code, problem.place.file, problem.place.line) == ("bad-front-matter", "content/bad.md", line)
    assert "<h1>Home</h1>" in site.page("/")


def test_two_files_for_one_address(site):
    """Two files for one address are refused, naming both; nothing is written."""
    site.write("content/guide.md", "# One\n")
    site.write("content/guide/index.md", "# Two\n")
    report = site.build()
    assert not report.written
    assert any("content/guide.md" in p.text and "content/guide/index.md" in p.text for p in report.errors)


def test_drafts(site):
    """A draft has no page and no entry, and the build says how many there are; with --drafts it is there, and says what it is."""
    site.write("content/index.md", "# Home\n")
    site.write("content/soon.md", "---\ndraft: true\n---\n# Soon\n")
    site.write("content/later.md", "---\ndraft: true\n---\n# Later\n")
    site.build()
    assert "Soon" not in site.page("/")
    assert not (site.folder / "public/soon/index.html").exists()
    assert any("2 drafts are left out; callboard serve and callboard build --drafts show drafts." in note for note in site.notes)
    site.build(drafts=True)
    assert "<span>Soon</span>" in site.page("/")
    assert '<p class="heading">Draft</p>' in site.page("/soon/")


def test_a_misspelt_draft_is_left_out(site):
    """A draft: that is neither true nor false publishes nothing by accident, and is told at its line."""
    site.write("content/index.md", "# Home\n")
    site.write("content/soon.md", "---\ntitle: Soon\ndraft: yess\n---\nText.\n")
    [problem] = site.build().problems
    assert problem.what == 'wanted true or false, got "yess"; the page is left out as a draft.'
    assert (problem.place.file, problem.place.line) == ("content/soon.md", 3)
    assert not (site.folder / "public/soon/index.html").exists()


def test_tags(site):
    """Each tag has a page of what has it, a page of all tags leads there, and so does each tag below a text."""
    site.write("content/index.md", "# Home\n")
    site.write("content/one.md", "---\ntags: [API design, ops]\nsummary: The first.\n---\n# One\n")
    site.write("content/two.md", "---\ntags: ops\n---\n# Two\n")
    report = site.build()
    assert report.problems == ()
    assert '<a class="tag" href="/tags/API-design/">API design</a>' in site.page("/one/")
    assert '<a href="/tags/ops/">ops</a></p><p>2 pages</p>' in site.page("/tags/")
    ops = site.page("/tags/ops/")
    assert ops.index('<a href="/one/">One</a></p><p>The first.</p>') < ops.index('<a href="/two/">Two</a>')


def test_a_mount_below_the_root_has_a_tree(site):
    """Its folders are sections in the order of their front matter, with one entry in the site's navigation."""
    mounts = "plugins:\n  - {plugin: pages, path: /handbook/, options: {folder: handbook, old_after: 365d}}\n"
    site.write("site.yaml", f"site: {{title: Portal}}\n{mounts}")
    site.write("handbook/index.md", "# The handbook\n")
    site.write("handbook/zoo/index.md", "---\nnav: {order: 1, title: First}\n---\n# Animals\n")
    site.write("handbook/zoo/ape.md", "# Ape\n")
    site.write("handbook/on-call/rota.md", "---\nupdated: 2026-01-02\nauthor: Ann\n---\n# Rota\n")
    site.write("handbook/on-call/hidden.md", "---\nnav: false\n---\n# Hidden\n")
    report = site.build()
    assert report.problems == ()
    page = site.page("/handbook/on-call/rota/")
    tree = page.partition('<nav class="tree"')[2].partition("</nav>")[0]
    words = [part for part in (text.strip() for text in re.split(r"<[^>]*>", tree.partition(">")[2])) if part]
    assert words == ["The handbook", "Overview", "First", "Overview", "Ape", "On call", "Rota"]
    assert "Last updated" in page
    assert 'data-old="365"' in page
    assert '<a href="/handbook/zoo/ape/" rel="prev">' in page
    rail = page.partition('aria-label="Sections"')[2].partition("</nav>")[0]
    assert re.findall(r"/handbook/[^\"]*", rail) == ["/handbook/"]
    assert "First" in site.page("/handbook/on-call/hidden/")


def test_a_deep_folder_of_the_content_has_a_tree(site):
    """A folder at the top that has folders in it is one entry of the navigation, with a tree beside its pages; others are as before."""
    site.write("content/index.md", "# Home\n")
    site.write("content/flat/index.md", "# Flat\n")
    site.write("content/flat/one.md", "# One\n")
    site.write("content/deep/index.md", "---\nnav: {order: 3, icon: star}\n---\n# Deep\n")
    site.write("content/deep/down/two.md", "# Two\n")
    site.build()
    assert '<nav class="tree" aria-label="Deep">' in site.page("/deep/down/two/")
    assert '<nav class="tree"' not in site.page("/flat/one/")
    assert '<a href="/deep/"><svg' in site.page("/")
    assert "/deep/down/two/" not in site.page("/")


def test_where_a_page_is_kept(site):
    """With the repository in site.source each page leads to its file, to its editor and to a new issue; front matter may say otherwise."""
    site.write("content/index.md", "# Home\n")
    site.write("content/own.md", "---\nedit: ''\n---\n# Own\n")
    site.write("site.yaml", "site: {title: Portal, source: 'https://github.com/acme/portal/tree/main/site'}\n")
    site.build()
    page = site.page("/")
    assert '<a href="https://github.com/acme/portal/edit/main/site/content/index.md" rel="edit noopener">' in page
    assert '<a href="https://github.com/acme/portal/issues/new"' in page
    assert "Edit this page" not in site.page("/own/")


def test_old_addresses(site):
    """An address that a page had leads to the page."""
    site.write("content/index.md", "# Home\n")
    site.write("content/new.md", "---\naliases: [/old/]\n---\n# New\n")
    report = site.build()
    assert report.problems == ()
    assert "/new/" in site.page("/old/")


def test_a_changed_snippet_changes_its_page(site):
    """A file that a text includes is part of it: a build after it changed makes the page again. It is read from the folder alone."""
    site.write("site.yaml", "site: {title: Portal}\n")
    site.write("content/index.md", '# Home\n\n--8<-- "parts/hello.txt"\n\n--8<-- "../site.yaml"\n')
    site.write("content/parts/hello.txt", "Hello there.\n")
    site.build()
    assert "Hello there." in site.page("/")
    assert "title: Portal" not in site.page("/")
    site.write("content/parts/hello.txt", "Good evening.\n")
    site.build()
    assert "Good evening." in site.page("/")
