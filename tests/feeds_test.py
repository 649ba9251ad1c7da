"""Atom feeds: what a manifest's ``feeds:`` gives, read as a feed reader reads it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from callboard.testing import Built, build_site

ATOM = "{http://www.w3.org/2005/Atom}"
SITE = "site: {{title: Portal, url: '{url}'}}\ncontent: false\nplugins:\n  - {{plugin: news}}\n"
MANIFEST = """\
callboard: 1
title: News
sources: {items: {file: items.yaml}}
pages:
  - {path: /, view: table, data: items}
  - {path: "/{item.slug}/", each: items, view: markdown, title: "{item.title}"}
feeds:
  changes.xml: {each: items, when: {draft: {$exists: false}}, title: title, updated: at, text: text, limit: 3}
"""
ITEMS = """\
- {slug: one, title: "One & only <b>", at: 2026-01-02, text: "See [two](../two/) and\\u0007 *this*."}
- {slug: two, title: Two, at: "2026-01-03T10:00:00+02:00", text: ""}
- {slug: three, title: Three, at: 1767225600, text: x}
- {slug: old, title: Old, at: 2020-01-01, text: x}
- {slug: never, title: Undated, text: x}
- {slug: hidden, title: Hidden, at: 2026-01-09, text: x, draft: true}
"""


def site(folder: Path, *, url: str = "https://example.com/portal/", manifest: str = MANIFEST, items: str = ITEMS) -> Path:
    """The site's folder."""
    (folder / "plugins" / "news").mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(SITE.format(url=url), encoding="utf-8")
    (folder / "plugins" / "news" / "plugin.yaml").write_text(manifest, encoding="utf-8")
    (folder / "items.yaml").write_text(items, encoding="utf-8")
    return folder


def feed(built: Built, file: str = "news/changes.xml") -> ElementTree.Element:
    """A published feed, parsed; RFC 4287's musts are held for it and each of its entries."""
    root = ElementTree.fromstring((built.output / file).read_bytes())  # our own file
    assert root.tag == f"{ATOM}feed"
    for node in [root, *root.iter(f"{ATOM}entry")]:
        for name in ("id", "title", "updated"):
            assert len(node.findall(f"{ATOM}{name}")) == 1, name
        assert node.findtext(f"{ATOM}updated", "").endswith("Z")
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    ids = [node.text for node in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    return root


def test_a_feed_has_the_newest_records_with_their_own_dates(tmp_path: Path) -> None:
    """Newest first, at most `limit`, without what has no date or does not match; hostile characters are text."""
    built = build_site(site(tmp_path))
    assert built.problems == ()
    root = feed(built)
    entries = root.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Two", "One & only <b>", "Three"]
    assert [entry.findtext(f"{ATOM}updated") for entry in entries] == [
        "2026-01-03T08:00:00Z",
        "2026-01-02T00:00:00Z",
        "2026-01-01T00:00:00Z",
    ]
    assert root.findtext(f"{ATOM}updated") == "2026-01-03T08:00:00Z"
    link = entries[1].find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == "https://example.com/portal/news/one/"
    assert (
        entries[1].findtext(f"{ATOM}id") == "tag:example.com,2026:/portal/news/changes.xml#https://example.com/portal/news/one/"
    )
    assert '<a href="https://example.com/portal/two/"' in entries[1].findtext(f"{ATOM}content", "")
    assert root.findtext(f"{ATOM}title") == "News · Portal"


def test_a_site_without_an_address_has_feeds_too(tmp_path: Path) -> None:
    """Ids are urn:uuid then, and the same in each build."""
    ids = [[node.text for node in feed(build_site(site(tmp_path, url=""))).iter(f"{ATOM}id")] for _ in range(2)]
    assert ids[0] == ids[1]
    assert all((one or "").startswith("urn:uuid:") for one in ids[0])


def test_a_feed_without_entries_is_not_published(tmp_path: Path) -> None:
    """It could not say when it changed."""
    built = build_site(site(tmp_path, items="- {slug: never, title: Undated, text: x}\n"))
    assert built.problems == ()
    assert not (built.output / "news" / "changes.xml").exists()


def test_what_is_wrong_with_a_feed_is_said_at_its_line(tmp_path: Path) -> None:
    """A file name that is none, and an expression that cannot be read."""
    manifest = MANIFEST.replace("changes.xml", "Changes").replace("title: title,", 'title: "[?",')
    problems = build_site(site(tmp_path, manifest=manifest)).problems
    assert any("plugins/news/plugin.yaml:8:3  feeds.Changes: a feed is a file such as changes.xml" in one for one in problems)
    assert any("feeds.Changes.title:" in one and "[bad-expression]" in one for one in problems)


RADAR = """\
quadrants: [A, B, C, D]
entries:
  - name: Go
    quadrant: A
    ring: Adopt
    history:
      - {date: 2026-02-01, ring: Adopt, note: It pays.}
      - {date: 2025-01-01, ring: Trial}
"""


def test_a_radar_tells_its_moves(tmp_path: Path) -> None:
    """The bundled radar has a feed of what moved, dated by its file."""
    (tmp_path / "site.yaml").write_text("site: {title: T}\ncontent: false\nplugins: [{plugin: tech_radar}]\n", encoding="utf-8")
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "radar.yaml").write_text(RADAR, encoding="utf-8")
    [entry] = feed(build_site(tmp_path), "tech-radar/moves.xml").findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Go: moved in, now Adopt"
    assert entry.findtext(f"{ATOM}updated") == "2026-02-01T00:00:00Z"
