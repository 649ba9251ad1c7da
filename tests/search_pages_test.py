"""``/search/`` and its list from A to Z: what readers without JavaScript find everything by."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from callboard.testing import Built, build_site

MANIFEST = """\
callboard: 1
title: Teams
sources: {teams: {file: content/teams.json}}
pages:
  - {path: /, view: table, data: teams}
  - {path: "/{team.id}", view: detail, each: teams, title: "{team.name}"}
"""
ENTRY = re.compile(r'<li><a href="([^"]*)">([^<]*)</a>(?: <small>([^<]*)</small>)?</li>')
LETTER = re.compile(r'<li><a href="([^"]*)"(?: aria-current="page")?><b>([^<]*)</b> <span class="n">(\d+)')
MOST = 120_000
"""Bytes of a page."""


def site(root: Path, names: list[str], more: str = "") -> Built:
    """A site with a page for each name."""
    folder = root / "plugins/teams"
    folder.mkdir(parents=True)
    (folder / "plugin.yaml").write_text(MANIFEST)
    (root / "content").mkdir()
    teams = [{"id": f"t{number}", "name": name} for number, name in enumerate(names)]
    (root / "content/teams.json").write_text(json.dumps(teams))
    (root / "site.yaml").write_text(f"site: {{title: T{more}}}\ncontent: false\nplugins: [{{plugin: teams}}]\n")
    return build_site(root)


def entries(html: str) -> list[tuple[str, str, str]]:
    """Href, title and what each entry of a list lies below."""
    return [entry for part in html.split('<ul class="index">')[1:] for entry in ENTRY.findall(part.partition("</ul>")[0])]


def test_few_pages_stand_on_one(tmp_path: Path):
    """A small site has one page with all letters; entries say what they lie below, and accents do not part letters."""
    built = site(tmp_path, ["Élan", "eager", "2nd line", "Ясень", "漢字", "+1"])
    page = built.page("/search/a-z/")
    counts = [(letter, int(count)) for _, letter, count in LETTER.findall(page)]
    assert counts == [("0 to 9", 2), ("E", 2), ("T", 1), ("Я", 1), ("Other signs", 1)]
    found = [(title, about) for _, title, about in entries(page)]
    assert ("Élan", "Teams") in found
    assert ("Teams", "") in found
    assert [title for title, _ in found].index("eager") < [title for title, _ in found].index("Élan")
    ids = re.findall(r'<h2 id="(letter-[^"]*)"', page)
    assert [f"#{one}" for one in ids] == [href for href, _, _ in LETTER.findall(page)]
    assert not [path for path in built.pages if path.startswith("/search/a-z/") and path != "/search/a-z/"]


def test_many_pages_stand_by_letter(tmp_path: Path):
    """Each of a thousand pages is listed once, on pages of bounded weight; every page of the list leads to all letters."""
    names = [f"{'ABCD'[number % 4]}-{number}" for number in range(1000)]
    built = site(tmp_path, names)
    pages = {path: html for path, html in built.pages.items() if path.startswith("/search/a-z/")}
    letters = LETTER.findall(pages["/search/a-z/"])
    assert [(href, letter, count) for href, letter, count in letters] == [
        (f"/search/a-z/{letter.lower()}/", letter, "250" if letter != "T" else "1") for letter in "ABCDT"
    ]
    found = [title for path, html in sorted(pages.items()) for _, title, _ in entries(html) if title != "Teams"]
    assert sorted(found) == sorted(names)
    assert "/search/a-z/b/page-2/" in pages
    assert 'href="/search/a-z/b/page-2/"' in pages["/search/a-z/b/"]
    for html in pages.values():
        assert len(html.encode()) < MOST
        assert len(re.findall(r"<[a-z]", html)) < 1500
        assert len(LETTER.findall(html)) == 5


def test_it_follows_its_pages(tmp_path: Path):
    """A page that is renamed is listed anew by the next build, under its new letter."""
    built = site(tmp_path, ["Alpha", "Beta"])
    assert "Gamma" not in built.page("/search/a-z/")
    (tmp_path / "content/teams.json").write_text(json.dumps([{"id": "t0", "name": "Gamma"}, {"id": "t1", "name": "Beta"}]))
    page = build_site(tmp_path).page("/search/a-z/")
    assert [letter for _, letter, _ in LETTER.findall(page)] == ["B", "G", "T"]
    assert "Alpha" not in page


@pytest.mark.parametrize("more", ["", ", url: https://example.org/portal/"])
def test_every_page_leads_there(tmp_path: Path, more: str):
    """The search field of the header is a link and the search page a form, so both work without a script, below any path."""
    built = site(tmp_path, ["Alpha"], more)
    base = "/portal" if more else ""
    for path, html in built.pages.items():
        assert f'<a class="seek" href="{base}/search/"' in html, path
    page = built.page("/search/")
    assert f'role="search" method="get" action="{base}/search/"' in page
    assert f'href="{base}/search/a-z/"' in page
    assert f'<li><a href="{base}/teams/">Teams</a></li>' in page
    assert "<noscript>" in page


def test_a_site_without_an_index(tmp_path: Path):
    """With ``search: false`` the field leads to the lists, and nothing asks for an index."""
    site(tmp_path, ["Alpha"])
    with (tmp_path / "site.yaml").open("a") as file:
        file.write("search: false\n")
    built = build_site(tmp_path)
    page = built.page("/search/")
    assert "<form" not in page
    assert "no search index" in page
    assert 'href="/search/a-z/"' in page
    assert not [path for path, html in built.pages.items() if "data-engine" in html]
    assert not (built.output / "_/search.json").exists()


def test_a_page_of_the_site_wins(tmp_path: Path):
    """A site that has a page at /search/ keeps it."""
    (tmp_path / "content").mkdir()
    (tmp_path / "content/search.md").write_text("# Our own search\n")
    (tmp_path / "site.yaml").write_text("site: {title: T}\n")
    built = build_site(tmp_path)
    assert built.problems == ()
    assert "<h1>Our own search</h1>" in built.page("/search/")
    assert "Our own search" in built.page("/search/a-z/")
