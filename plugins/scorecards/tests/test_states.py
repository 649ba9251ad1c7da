"""What readers see: states, evidence, exemptions, what is unknown, and what the next level needs."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from callboard.testing import NOW

DATA = """\
id: tested
title: Tested
filter: "kind:component"
levels: [{id: bronze, title: Bronze}, {id: silver, title: Silver}]
checks:
  - {id: owner, title: Has an owner, level: bronze, pass: {relations: {$contains: {type: ownedBy}}}}
  - id: coverage
    title: Is covered
    level: silver
    data: {runs: "builds:runs"}
    match: {project: metadata.annotations.ci/project}
    expression: "runs[0].coverage >= `0.8`"
    why: Tests find what people do not.
    fix: Write tests.
"""


def results(built) -> dict:
    """The results for machines."""
    found: dict = json.loads((built.output / "scorecards/results.json").read_text())["entities"]
    return found


def states(built, check: str, card: str = "tested") -> dict[str, str]:
    """The states of a check by the names of entities."""
    return {ref.rpartition("/")[2]: one[card]["checks"][check] for ref, one in results(built).items()}


def text(html: str) -> str:
    """What a page says."""
    main = html.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_levels_and_scores(portal):
    """A level is reached with all checks of it and of those below; an owner that does not exist is none."""
    found = results(portal.build())
    assert {ref.rpartition("/")[2]: (one["ready"]["level"], one["ready"]["score"]) for ref, one in found.items()} == {
        "shop": ("silver", 100),
        "till": ("bronze", 50),
        "attic": ("none", 0),
    }


def test_data_of_other_plugins_is_evidence(portal):
    """Records are matched by entity; the value that was compared is shown; without a record a check is unknown, not failed."""
    built = portal.build(DATA)
    assert states(built, "coverage") == {"shop": "passed", "till": "failed", "attic": "unknown"}
    page = text(built.page("/catalog/default/component/till/scorecards/"))
    assert "Next level: Silver needs failed Is covered Seen: 0.41 Tests find what people do not. How to fix Write tests." in page
    assert "Seen: 0.93" in text(built.page("/catalog/default/component/shop/scorecards/"))


@pytest.mark.parametrize(
    ("missing", "state"), [("failed", "failed"), ("passed", "passed"), ("skipped", "not applicable"), ("unknown", "unknown")]
)
def test_what_a_missing_record_means(portal, missing, state):
    """The check says what an entity without a record is."""
    assert states(portal.build(DATA + f"    missing: {missing}\n"), "coverage")["attic"] == state


def test_data_that_failed_is_unknown_and_says_so(portal):
    """When the service fails, nobody fails: the check is unknown with the reason, the level uncertain, the score without it."""
    built = portal.build(DATA, builds="state: failed")
    assert set(states(built, "coverage").values()) == {"unknown"}
    assert results(built)["component:default/shop"]["tested"]["score"] == 100
    page = text(built.page("/scorecards/tested/"))
    assert "levels are not certain" in page
    assert "The data of builds failed: 503 Service Unavailable." in page
    tab = text(built.page("/catalog/default/component/shop/scorecards/"))
    assert "could be Silver: some checks are unknown" in tab
    assert "The data of builds failed: 503 Service Unavailable." in tab


def test_what_is_not_there_fails_nobody(portal):
    """A plugin that is not mounted, or a list that it does not give, is unknown, even where a missing record would fail."""
    for wrong, said in (("nothing:runs", "The plugin nothing is not mounted."), ("builds:rows", "gives no such list: rows.")):
        built = portal.build(DATA.replace("builds:runs", wrong) + "    missing: failed\n")
        assert set(states(built, "coverage").values()) == {"unknown"}
        assert said in text(built.page("/scorecards/tested/"))


def test_a_provider_that_breaks_is_a_failure_too(portal):
    """An exception of another plugin is no verdict about anybody."""
    built = portal.build(DATA, builds="state: raise")
    assert set(states(built, "coverage").values()) == {"unknown"}
    assert "out of order" in text(built.page("/scorecards/tested/checks/coverage/"))


@pytest.mark.parametrize(("age", "state"), [(6, "passed"), (8, "unknown")])
def test_old_answers_count_for_a_while(portal, age, state):
    """A stale answer counts until it is older than the limit; then the check is unknown, with the day of the data."""
    built = portal.build(DATA, builds=f"state: stale, age: {age}")
    assert states(built, "coverage")["shop"] == state
    said = "The data of builds is of 2026-01-07, older than 7d: 503."
    assert (said in text(built.page("/scorecards/tested/checks/coverage/"))) is (state == "unknown")


def test_an_exemption_holds_until_its_day(portal):
    """Until the day the check is exempt, with the reason and the day; after it, it counts again, and the build says so."""
    card = DATA + "exempt: [{entity: Component:till, check: coverage, reason: Sold in spring., until: 2026-01-20}]\n"
    built = portal.build(card)
    assert states(built, "coverage")["till"] == "exempt"
    assert results(built)["component:default/till"]["tested"]["level"] == "silver"
    assert "Sold in spring. (until 20 Jan 2026 )" in text(built.page("/catalog/default/component/till/scorecards/"))
    assert "Till until 20 Jan 2026 Sold in spring." in text(built.page("/scorecards/tested/checks/coverage/"))
    later = portal.build(card, now=NOW + timedelta(days=6))
    assert states(later, "coverage")["till"] == "failed"
    assert any("the exemption of Component:till from coverage ended on 2026-01-20" in text for text in later.problems)


def test_a_check_that_begins_later_is_not_asked(portal):
    """From its day on it counts."""
    card = DATA + "    since: 2026-02-01\n"
    assert set(states(portal.build(card), "coverage").values()) == {"not applicable"}
    assert states(portal.build(card, now=NOW + timedelta(days=30)), "coverage")["till"] == "failed"


def test_a_campaign_says_how_far_it_is(portal):
    """The goal, the day and who has reached it; after the day it is overdue."""
    card = DATA + "campaign: {title: Spring, deadline: 2026-01-31, level: silver, description: Before **spring**.}\n"
    page = text(portal.build(card).page("/scorecards/tested/"))
    assert "Spring running 1 of 3 entities at Silver or higher (33%). Deadline: 31 Jan 2026 . Before spring ." in page
    assert "Spring overdue" in text(portal.build(card, now=NOW + timedelta(days=30)).page("/scorecards/tested/"))


def test_a_check_page_tells_why_and_who(portal):
    """Why, how to fix, how many, and whose entities fail."""
    built = portal.build()
    page = text(built.page("/scorecards/ready/checks/tags/"))
    assert "33 % passing 1 passed 2 failed" in page
    assert "Failing Entity Owner attic group:nobody missing Till Payers" in page
    page = text(built.page("/scorecards/ready/checks/owner/"))
    assert "Why Somebody must answer . How to fix Write spec.owner ." in page


def test_the_matrix_and_its_parts(portal):
    """All entities by all checks, and the same by level and owner, each with its count."""
    built = portal.build()
    page = text(built.page("/scorecards/ready/matrix/"))
    assert "Level Silver 1 Bronze 1 No level 1" in page
    assert "attic No level 0 failed failed" in page
    assert "The shop Silver 100 passed passed" in page
    assert "Till Bronze 50 passed failed" in text(built.page("/scorecards/ready/level/bronze/"))
    assert "attic" not in text(built.page("/scorecards/ready/owner/default/group/payers/"))


def test_a_team_sees_what_to_do_next(portal):
    """What lifts most of its entities, and those that need it most first; entities of nobody have a page too."""
    built = portal.build()
    page = text(built.page("/scorecards/teams/default/group/payers/"))
    assert "What lifts most Has tags 1 entity" in page
    assert page.index("Till Bronze 50 % Has tags") < page.index("The shop Silver 100 % nothing: the top is reached")


def test_the_card_of_an_entity(portal):
    """The level, and what the next one needs."""
    page = text(portal.build().page("/catalog/default/component/till/"))
    assert "Readiness Bronze Silver needs Has tags" in page


def test_hostile_texts_are_text(portal):
    """Whatever the YAML holds is printed, never run."""
    evil = "'\"><script>alert(1)</script>'"
    card = (
        f"id: x\ntitle: {evil}\ndescription: {evil}\nlevels: [{{id: a, title: {evil}}}]\nchecks:\n"
        f"  - {{id: c, title: {evil}, level: a, pass: 'has:tags', why: {evil}, fix: {evil}, url: 'javascript:alert(1)'}}\n"
        f"campaign: {{title: {evil}, deadline: 2027-01-31, description: {evil}}}\n"
        f"exempt: [{{entity: 'component:default/till', check: c, reason: {evil}}}]\n"
    )
    for path, page in portal.build(card).pages.items():
        assert "<script>alert" not in page, path
        assert 'href="javascript' not in page, path
