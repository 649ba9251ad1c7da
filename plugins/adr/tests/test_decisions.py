"""Decisions as readers see them: folders of Markdown in, pages and problems out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from callboard.testing import Built, Given, build_plugin, run_provider

PLUGIN = Path(__file__).parents[1]
DATA = PLUGIN.parents[1].parent / "shared" / "data" / "techdocs" / "backstage" / "docs" / "architecture-decisions"

SOAP = """\
# Use SOAP

* Status: superseded by [ADR-0002](0002-use-rest.md)
* Deciders: Ann Lee, [Bo](https://example.com/bo)
* Date: 2019-03-01

Technical Story: the shop needs payments.

## Context and Problem Statement

Why?
"""
REST = """\
# 2. Use REST

Date: 2020-02-01

## Status

Accepted

Supercedes [1. Use SOAP](0001-use-soap.md)

## Context

Text.
"""
KAFKA = """\
---
status: "draft"
date: 2021-05-04
decision-makers: [Cy, Dee]
consulted: Eve
---
# Use Kafka

Text.
"""
CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: pay, title: Payments, annotations: {backstage.io/adr-location: ./docs/adr/}}
spec: {type: service, lifecycle: production, owner: team}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: till}
spec: {type: service, lifecycle: production, owner: team}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team, title: Payers}
spec: {type: team, children: []}
"""
MOUNT = {
    "plugin": "catalog",
    "path": "/catalog/",
    "options": {
        "locations": [{"type": "file", "target": "shop/catalog-info.yaml"}],
        "rules": [{"allow": ["Component", "Group"]}],
    },
}


def decisions(**files: str) -> Built:
    """A site with these files of docs/adr (``_0001`` is ``0001.md``)."""
    given = {f"docs/adr/{name.lstrip('_').replace('__', '-')}.md": text for name, text in files.items()}
    return build_plugin(PLUGIN, Given(options={"folders": ["docs/adr"]}, files=given))


@pytest.fixture(scope="module")
def shop() -> Built:
    """A component with three decisions, one of each form."""
    files = {"0001-use-soap": SOAP, "0002-use-rest": REST, "0003-use-kafka": KAFKA}
    given = {f"shop/docs/adr/{name}.md": text for name, text in files.items()}
    return build_plugin(PLUGIN, Given(files={"shop/catalog-info.yaml": CATALOG, **given}, mounts=[MOUNT]))


def words(html: str) -> str:
    """A page's text."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_index(shop):
    """The index lists all decisions, the newest first, with status, day, what they are about and who owns that."""
    assert shop.problems == ()
    rows = words(shop.page("/adr/").partition("<tbody>")[2].partition("</tbody>")[0])
    expected = "Use Kafka proposed 4 May 2021 Payments 3 Payers Use REST accepted 1 Feb 2020 Payments 2 Payers"
    assert rows == f"{expected} Use SOAP superseded 1 Mar 2019 Payments 1 Payers"


def test_status_pages(shop):
    """Each status has a page with its decisions; the status in the index leads there."""
    page = shop.page("/adr/status/superseded/")
    assert "Use SOAP" in page
    assert "Use Kafka" not in page
    assert 'href="/adr/status/superseded/"' in shop.page("/adr/")


def test_page(shop):
    """A decision's page has its text without the title and the lines that stand above it, and keeps everything else."""
    page = shop.page("/adr/default/component/pay/0001-use-soap/")
    assert page.count("<h1") == 1
    text = words(page.partition('class="text"')[2])
    assert "Technical Story: the shop needs payments." in text
    assert "Deciders:" not in text


def test_log(shop):
    """The page of a log has its decisions by number, and who replaced whom and when."""
    text = words(shop.page("/adr/default/component/pay/").partition("<main")[2])
    assert "proposed 1 accepted 1 superseded 1" in text
    assert "1. Use SOAP superseded 1 Mar 2019 2. Use REST accepted 1 Feb 2020 3. Use Kafka proposed 4 May 2021" in text
    assert "1 Feb 2020 2. Use REST replaced 1. Use SOAP of 1 Mar 2019" in text


def test_entity(shop):
    """The entity with the annotation has a tab with its decisions and a card with the last ones; another one has neither."""
    assert "2. Use REST" in words(shop.page("/catalog/default/component/pay/decisions/"))
    card = words(shop.page("/catalog/default/component/pay/").partition("<h2>Decisions</h2>")[2])
    assert card.startswith("Use Kafka proposed 4 May 2021 Use REST")
    other = shop.page("/catalog/default/component/till/")
    assert "<h2>Decisions</h2>" not in other
    assert "/catalog/default/component/till/decisions/" not in shop.pages


def test_people():
    """Names come from lists, lines and links; those of a template are nobody's."""
    files = {"docs/adr/0001-a.md": SOAP, "docs/adr/0003-b.md": KAFKA}
    given = Given(options={"folders": ["docs/adr"]}, files=files | {"docs/adr/0002-use-rest.md": REST})
    dataset = run_provider(PLUGIN, given)
    assert [one["deciders"] for one in dataset["decisions"]] == [["Ann Lee", "Bo"], [], ["Cy", "Dee"]]
    assert dataset["decisions"][2]["consulted"] == ["Eve"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("# A\n\n* Status: Accepted\n", "accepted"),
        ("# A\n\n- **Status:** Draft\n", "proposed"),
        ("# A\n\n**Status**: ✅ Approved (2020-01-02)\n", "accepted"),
        ("# A\n\n## Status\n\nRejected\n\n## Context\n", "rejected"),
        ("# A\n\n## Status\n\n**Deprecated** since we left\n", "deprecated"),
        ("---\nstatus: Superseded by ADR-2\n---\n# A\n", "superseded"),
        ("# A\n\n## Status\n\nAccepted\n\nSuperceded by [2. B](0002-b.md)\n", "superseded"),
        ("---\nsuperseded-by: 2\n---\n# A\n", "superseded"),
        ("# A\n\nText.\n", ""),
        ("# A\n\n## Context\n\nStatus: accepted\n", ""),
    ],
)
def test_statuses(text, status):
    """A status is read wherever one of the forms keeps it, in whatever words, and as one of ours."""
    files = {"docs/adr/0001-a.md": text, "docs/adr/0002-b.md": "# B\n\n* Status: accepted\n"}
    dataset = run_provider(PLUGIN, Given(options={"folders": ["docs/adr"]}, files=files))
    assert dataset["decisions"][0]["status"] == status
    assert dataset.problems == ()


@pytest.mark.parametrize(
    ("said", "day"),
    [("2020-01-02", "2020-01-02"), ("2020/1/2", "2020-01-02"), ("2nd January 2020", "2020-01-02"), ("Jan 2, 2020", "2020-01-02")],
)
def test_days(said, day):
    """Days are read as people write them, where they can mean one day only."""
    files = {"docs/adr/0001-a.md": f"# A\n\n* Date: {said}\n"}
    assert run_provider(PLUGIN, Given(options={"folders": ["docs/adr"]}, files=files))["decisions"][0]["date"] == day


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("template.md", "# Template\n"),
        ("0000-adr-template.md", "# A\n"),
        ("0000-x.md", "---\nstatus: {proposed | rejected | accepted}\n---\n# {short title}\n"),
        ("0000-y.md", '---\nstatus: "{proposed | … | superseded by ADR-0123}"\ndate: {YYYY-MM-DD when}\n---\n# A\n'),
        ("0000-z.md", "# [short title of solved problem and solution]\n\n* Status: [proposed | rejected | accepted]\n"),
        ("index.md", "# Decisions\n"),
        ("README.md", "# Decisions\n"),
    ],
)
def test_templates(name, text):
    """Templates and introductions are no decisions, and no problems."""
    files = {f"docs/adr/{name}": text, "docs/adr/0000-use-madr.md": "# Use MADR\n\n* Status: accepted\n"}
    dataset = run_provider(PLUGIN, Given(options={"folders": ["docs/adr"]}, files=files))
    assert [one["title"] for one in dataset["decisions"]] == ["Use MADR"]
    assert dataset.problems == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "# A\n\n* Status: frozen\n",
            'docs/adr/0001-a.md:3:1  warning: the status "frozen" is none that is known; it is shown as it stands. Write one of '
            "proposed, accepted, rejected, deprecated, superseded. [adr/unknown-status]",
        ),
        (
            "---\nstatus: accepted\ndate: 13.25.2020\n---\n# A\n",
            'docs/adr/0001-a.md:3:1  warning: "13.25.2020" is no date that can be read. Write it as 2026-01-31. [adr/bad-date]',
        ),
        (
            "# A\n\n* Status: superseded by [ADR-9](0009-gone.md)\n",
            'docs/adr/0001-a.md:3:1  warning: it says "superseded by" of "0009-gone.md", and no decision is there. Its decisions have '
            "the numbers 1 to 2. [adr/unknown-decision]",
        ),
        (
            "---\nstatus: [a\n---\n# A\n",
            "docs/adr/0001-a.md:",
        ),
    ],
)
def test_problems(text, problem):
    """What is wrong with a decision is said at its line, with the mend."""
    files = {"docs/adr/0001-a.md": text, "docs/adr/0002-b.md": "# B\n\n* Status: accepted\n"}
    dataset = run_provider(PLUGIN, Given(options={"folders": ["docs/adr"]}, files=files))
    [found] = dataset.problems
    assert found.text.startswith(problem)


def test_unknown_status_is_shown():
    """A status that is not known stands as its author wrote it, with a page of its own."""
    built = decisions(_0001="# A\n\n* Status: Frozen\n")
    assert "frozen" in words(built.page("/adr/"))
    assert "/adr/status/frozen/" in built.pages


def test_circle():
    """Decisions that replace one another in a circle are named at a line, and all of them keep their pages."""
    built = decisions(
        _0001__a="# A\n\n* Status: superseded by ADR-2\n",
        _0002__b="# B\n\n* Status: superseded by ADR-3\n",
        _0003__c="# C\n\n* Status: superseded by ADR-1\n",
    )
    [problem] = [text for text in built.problems if "adr/circular" in text]
    assert problem.startswith("docs/adr/0003-c.md:3:1  warning: these decisions replace one another in a circle: ")
    assert {"/adr/0001-a/", "/adr/0002-b/", "/adr/0003-c/"} <= built.pages.keys()


def test_still_accepted():
    """A decision that another one replaces without its saying so is named, with the line to write."""
    built = decisions(_0001__a="# A\n\n* Status: accepted\n", _0002__b="# B\n\n* Status: accepted\n* Supersedes: ADR-1\n")
    assert built.problems == (
        'docs/adr/0001-a.md:3:1  warning: its status is "accepted", and "B" (0002-b.md) says that it replaces it. Write: superseded '
        "by [B](0002-b.md) [adr/still-accepted]",
    )


def test_wrong_places():
    """A folder without decisions, and an annotation that leads out of the site, are said where they are written."""
    assert decisions(notes="# Notes\n").problems[0].startswith("site.yaml:")
    files = {"shop/catalog-info.yaml": CATALOG.replace("./docs/adr/", "../../docs/adr")}
    problems = build_plugin(PLUGIN, Given(files=files, mounts=[MOUNT])).problems
    assert next(text for text in problems if "adr/bad-location" in text).startswith("shop/catalog-info.yaml:3:54")


def test_bad_options():
    """A folder outside of the site and a pattern that is none are refused with the mend."""
    problems = build_plugin(PLUGIN, Given(options={"folders": ["../docs"], "pattern": "("})).problems
    assert any('"../docs" is no folder below site.yaml.' in text for text in problems)
    assert any('"(" is no regular expression' in text for text in problems)


def test_backstage():
    """Backstage's own decisions load: thirteen, without its template and its introduction, with no problem."""
    if not DATA.is_dir():
        pytest.skip("the real decisions are not here")
    files = {f"docs/architecture-decisions/{path.name}": path.read_bytes() for path in DATA.glob("*.md")}
    dataset = run_provider(PLUGIN, Given(options={"folders": ["docs/architecture-decisions"]}, files=files))
    assert [one["number"] for one in dataset["decisions"]] == list(range(1, 14))
    assert dataset["decisions"][2]["title"] == "Avoid Default Exports and Prefer Named Exports"
    assert dataset.problems == ()


def test_what_the_page_tells(shop):
    """A decision's page has its status, day and people, says what replaced it and when, and shows the whole line; next is the next one."""
    main = shop.page("/adr/default/component/pay/0001-use-soap/").partition("<main")[2]
    text = words(main)
    assert "superseded Date 1 Mar 2019 No. 1 Decided by Ann Lee, Bo About Payments Owner Payers" in text
    assert "This decision no longer holds. It was replaced by 2. Use REST ( 1 Feb 2020 )." in text
    assert "How it came to this 1 Mar 2019 1. Use SOAP superseded 1 Feb 2020 2. Use REST accepted" in text
    assert re.search(r'<a href="/adr/default/component/pay/0002-use-rest/" rel="next">', main)
    newer = words(shop.page("/adr/default/component/pay/0002-use-rest/"))
    assert "Replaces 1. Use SOAP ( 1 Mar 2019 )" in newer
    assert "This is not decided yet." in words(shop.page("/adr/default/component/pay/0003-use-kafka/"))


def test_rail(shop):
    """The rail of a decision's page shows the decisions of its log."""
    rail = words(shop.page("/adr/default/component/pay/0001-use-soap/").partition('class="rail"')[2].partition("<main")[0])
    assert "1. Use SOAP 2. Use REST 3. Use Kafka" in rail


def test_feed(shop):
    """The feed has the decisions with a day, the newest first."""
    feed = (shop.output / "adr/feed.xml").read_text(encoding="utf-8")
    assert re.findall(r"<title>(Use \w+)</title>", feed) == ["Use Kafka", "Use REST", "Use SOAP"]


def test_found(shop):
    """The search knows decisions as a group of their own."""
    assert any('"adr"' in path.read_text(encoding="utf-8") for path in (shop.output / "_/search").glob("*.json"))
