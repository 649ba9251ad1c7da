"""Announcements as readers see them: Markdown files in, pages, banners and problems out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callboard.testing import Built, DeadNetwork, Given, build_plugin, run_provider

PLUGIN = Path(__file__).parents[1]
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MOVE = """\
---
title: The database moves
date: 2026-11-20
starts: 2026-11-24T06:00Z
expires: 2026-11-27T20:00+01:00
kind: maintenance
systems: [billing]
author: Ann Lee
---
All services lose their connection for **five minutes**, see [the plan](https://example.com).

## What to do

Nothing.
"""
WELCOME = "---\ntitle: Welcome\ndate: 2026-11-12\npinned: true\n---\nHere it is.\n"
OLD = "---\ndate: 2025-02-03\nkind: warning\n---\n# TLS 1.1 is switched off\n\nUpgrade.\n"
CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: billing}
spec: {owner: team}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: pay}
spec: {type: service, lifecycle: production, owner: team, system: billing}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: till}
spec: {type: service, lifecycle: production, owner: team}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team}
spec: {type: team, children: []}
"""
MOUNT = {
    "plugin": "catalog",
    "path": "/catalog/",
    "options": {
        "locations": [{"type": "file", "target": "catalog-info.yaml"}],
        "rules": [{"allow": ["Component", "Group", "System"]}],
    },
}
FILES = {
    "announcements/2026-11-20-database.md": MOVE,
    "announcements/welcome.md": WELCOME,
    "announcements/old.md": OLD,
    "announcements/README.md": "# How to announce\n",
}


def words(html: str) -> str:
    """A page's text."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture(scope="module")
def site() -> Built:
    """Three announcements, and a catalog."""
    return build_plugin(PLUGIN, Given(files={**FILES, "catalog-info.yaml": CATALOG}, mounts=[MOUNT]), now=NOW)


def announced(text: str, **options: object) -> Built:
    """A site with one announcement."""
    return build_plugin(PLUGIN, Given(options=options, files={"announcements/a.md": text}), now=NOW)


def test_index(site):
    """Current ones stand first, pinned ones before all, past ones below; a README announces nothing."""
    assert site.problems == ()
    main = words(site.page("/announcements/").partition("<main")[2])
    assert main.index("Welcome") < main.index("The database moves") < main.index("Past announcements") < main.index("TLS 1.1")
    assert "until 27 Nov 2026, 19:00 UTC" in main
    assert "All services lose their connection for five minutes, see the plan." in main
    assert "How to announce" not in main


def test_archive(site):
    """The archive has all of them by year."""
    main = words(site.page("/announcements/archive/").partition("<main")[2])
    assert main.index("2026 The database moves") < main.index("Welcome") < main.index("2025 TLS 1.1 is switched off")


def test_pages(site):
    """Each has a page with its text."""
    assert "<strong>five minutes</strong>" in site.page("/announcements/2026-11-20-database/")
    assert site.page("/announcements/old/").count("<h1") == 1


def test_home_card(site):
    """The home page has the current ones, pinned first, and no past ones."""
    card = words(site.page("/").partition("<h2>Announcements</h2>")[2].partition("</section>")[0])
    assert card.index("Welcome") < card.index("The database moves")
    assert "TLS" not in card


def test_entities(site):
    """The system that is concerned has a card, its component too, and another component has none."""
    assert "The database moves" in site.page("/catalog/default/system/billing/").partition("<main")[2]
    assert "The database moves" in site.page("/catalog/default/component/pay/").partition("<main")[2]
    assert "The database moves" not in site.page("/catalog/default/component/till/").partition("<main")[2]


def test_banner(site):
    """Warnings and maintenance stand above every page, Callboard's own too, with a link, their end, and when browsers hide them."""
    for path in (*site.pages, "/-/build/", "/404.html"):
        above = site.page(path).partition('class="banners"')[2].partition("<main")[0]
        assert 'href="/announcements/2026-11-20-database/"' in above, path
        assert "until" in above
    page = site.page("/")
    assert 'data-from="2026-11-24T06:00:00Z" data-until="2026-11-27T19:00:00Z"' in page
    assert "Welcome" not in page.partition("<main")[0]


def test_feed(site):
    """The feed has all of them."""
    feed = (site.output / "announcements/feed.xml").read_text(encoding="utf-8")
    assert feed.count("<entry>") == 3
    assert "The database moves" in feed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("---\ndate: 2026-11-20\nkind: warning\n---\nX\n", True),
        ("---\ndate: 2026-11-20\n---\nX\n", False),
        ("---\ndate: 2026-11-20\nbanner: true\n---\nX\n", True),
        ("---\ndate: 2026-11-20\nkind: warning\nbanner: no\n---\nX\n", False),
        ("---\ndate: 2026-11-20\nkind: warning\nexpires: 2026-11-24\n---\nX\n", True),
        ("---\ndate: 2026-11-20\nkind: warning\nexpires: 2026-11-23\n---\nX\n", False),
        ("---\ndate: 2026-11-01\nkind: warning\n---\nX\n", False),
        ("---\ndate: 2026-11-01\nkind: warning\nexpires: 2027-01-01\n---\nX\n", True),
    ],
)
def test_when_there_is_a_banner(text, shown):
    """A banner stands while its announcement is current: through the day it expires on, or fourteen days from its date."""
    assert ("data-banner=" in announced(text).page("/announcements/")) == shown


def test_upcoming():
    """What begins later is listed as upcoming; its banner is there, hidden, for browsers to show in time."""
    page = announced("---\ndate: 2026-11-20\nstarts: 2026-11-25\nexpires: 2026-11-26\nkind: maintenance\n---\nX\n").page(
        "/announcements/"
    )
    assert "upcoming" in words(page)
    assert re.search(r"<section class=\"banner warn\"[^>]* hidden>", page)


@pytest.mark.parametrize("text", ["---\ndate: 2026-11-25\n---\nX\n", "---\ndate: 2026-11-20\ndraft: true\n---\nX\n"])
def test_not_yet(text):
    """What is dated in the future, and a draft, are not published."""
    assert "/announcements/a/" not in announced(text).pages


def test_options():
    """The most banners, and how long one is current, are the site's to say."""
    warning = "---\ndate: 2026-11-01\nkind: warning\n---\nX\n"
    assert "data-banner=" in announced(warning, active="60d").page("/announcements/")
    assert "data-banner=" not in announced(warning, active="60d", banners=0).page("/announcements/")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "---\ntitle: A\n---\nX\n",
            "announcements/a.md:1:1  warning: it does not say when it was published, so that it is among the past ones. Write in its "
            "front matter: date: 2026-01-31 [announcements/no-date]",
        ),
        (
            "---\ntitle: A\ndate: 24.11.2026\n---\nX\n",
            'announcements/a.md:3:1  warning: date: "24.11.2026" is no day and no moment. Write date: 2026-01-31, or a moment: date: '
            "2026-01-31T18:00+01:00 [announcements/bad-date]",
        ),
        (
            "---\ndate: 2026-11-20\nexpires: 2026-11-19\n---\nX\n",
            'announcements/a.md:3:1  warning: expires: it expires ("2026-11-19") before it begins ("2026-11-20"), so that nobody would '
            "see it. Correct one of the two. [announcements/ends-first]",
        ),
        (
            "---\ndate: 2026-11-20\nkind: warnin\n---\nX\n",
            'announcements/a.md:3:1  warning: kind: the kind "warnin" is none that is known; it is shown as info. Did you mean '
            '"warning"? [announcements/unknown-kind]',
        ),
        (
            "---\ndate: 2026-11-20\nexpire: 2026-12-01\n---\nX\n",
            'announcements/a.md:3:1  warning: expire: the key "expire" says nothing here. Did you mean "expires"? '
            "[announcements/unknown-key]",
        ),
        (
            "---\ndate: 2026-11-20\npinned: maybe\n---\nX\n",
            'announcements/a.md:3:1  warning: pinned: "maybe" is neither true nor false. Write pinned: true [announcements/bad-value]',
        ),
    ],
)
def test_problems(text, problem):
    """What is wrong with an announcement is said at its line, with the mend, and costs that key only."""
    built = announced(text)
    assert built.problems == (problem,)
    assert "/announcements/a/" in built.pages


def test_unreadable():
    """Front matter that is no YAML costs its file, with the line."""
    built = announced("---\ntitle: [a\n---\nX\n")
    assert built.problems[0].startswith("announcements/a.md:")
    assert "[announcements/unreadable]" in built.problems[0]


def test_unknown_entity():
    """A reference to what is not in the catalog is said at its line, with the nearest name."""
    text = "---\ndate: 2026-11-20\nentities:\n  - pay\n  - component:tlil\n---\nX\n"
    given = Given(files={"announcements/a.md": text, "catalog-info.yaml": CATALOG}, mounts=[MOUNT])
    assert build_plugin(PLUGIN, given, now=NOW).problems == (
        "announcements/a.md:5:5  warning: it concerns component:default/tlil, which is not in the catalog. Did you mean "
        '"component:default/till"? [announcements/unknown-entity]',
    )


URL = "https://backstage.example.com/api/announcements/announcements"
ANSWER = {
    "count": 2,
    "results": [
        {
            "id": "f8b1c2d3-0000-4000-8000-000000000001",
            "publisher": "user:default/ann",
            "title": "The canteen is open",
            "body": "From **Monday** on.",
            "created_at": "2026-11-20T08:00:00.000Z",
            "start_at": "2026-11-21T08:00:00.000Z",
            "until_date": "2026-12-21T08:00:00.000Z",
            "category": {"slug": "warning", "title": "Warning"},
            "tags": [{"slug": "food", "title": "Food"}],
        },
        {"id": "b", "title": "Switched off", "body": "", "created_at": "2026-11-20T08:00:00Z", "active": False},
    ],
}


def test_backstage():
    """What a running Backstage announces stands beside the files; what is switched off there is not shown."""
    dataset = run_provider(PLUGIN, Given(options={"url": URL}, files=FILES, http={URL: ANSWER}), now=NOW)
    assert [one["title"] for one in dataset["announcements"]] == [
        "The canteen is open",
        "The database moves",
        "Welcome",
        "TLS 1.1 is switched off",
    ]
    first = dataset["announcements"][0]
    assert (first["path"], first["kind"], first["said_by"], first["tags"]) == (
        "the-canteen-is-open-f8b1c2d3",
        "warning",
        "ann",
        ["Food"],
    )
    assert (first["from"], first["until"]) == ("2026-11-21T08:00:00Z", "2026-12-21T08:00:00Z")


def test_backstage_fails():
    """While it fails, the files are shown all the same, and the pages say what failed."""
    built = build_plugin(PLUGIN, Given(options={"url": URL}, files=FILES, http=DeadNetwork()), now=NOW)
    page = built.page("/announcements/")
    assert "The database moves" in page
    assert "backstage.example.com" in page.partition('class="prov"')[2]


def test_token():
    """The token goes to the service and nowhere else."""
    given = Given(options={"url": URL, "token": "s3cr3t-token"}, files=FILES, http={URL: ANSWER})
    built = build_plugin(PLUGIN, given, now=NOW)
    assert not any(b"s3cr3t-token" in path.read_bytes() for path in built.output.rglob("*") if path.is_file())


def test_what_the_page_tells(site):
    """An announcement's page has its kind, when it holds, who says it and whom it concerns; a past one says that it is."""
    text = words(site.page("/announcements/2026-11-20-database/").partition("<main")[2])
    assert (
        "maintenance Published 20 Nov 2026 From 24 Nov 2026, 06:00 UTC Until 27 Nov 2026, 19:00 UTC By Ann Lee Concerns billing"
        in text
    )
    assert "This announcement is no longer current." in words(site.page("/announcements/old/"))


def test_found(site):
    """The search knows announcements as a group of their own."""
    assert any('"announcement"' in path.read_text(encoding="utf-8") for path in (site.output / "_/search").glob("*.json"))
