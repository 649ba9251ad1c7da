"""Every mistake in a scorecard is answered with its line and the mend."""

from __future__ import annotations

import pytest

CARD = "content/scorecards/card.yaml"
DATA = 'pass: "has:tags"\n'


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "level: silver",
            "level: silvr",
            '14:5  checks[1].level: there is no level "silvr" in this scorecard. Did you mean "silver"? [scorecards/unknown-level]',
        ),
        (
            "title: Has tags",
            "titel: Has tags",
            '13:5  checks[1]: unknown key "titel"; did you mean "title"? [unknown-key]',
        ),
        (
            "- id: tags",
            "- id: owner",
            '12:5  checks[1].id: there are two checks "owner". Give one of them another id. [scorecards/said-twice]',
        ),
        (
            "$contains: {type",
            "$contians: {type",
            "9:5  checks[0].pass: unknown operator $contians at relations; known are $exists, $in, $hasPrefix, $contains. "
            "[wrong-predicate]",
        ),
        (
            '"has:tags"',
            '"hass:tags"',
            '15:5  checks[1].pass: there is no term "hass:"; did you mean "has"? Write for example: kind:component has:labels '
            "[wrong-predicate]",
        ),
        (
            '    pass: "has:tags"\n',
            "",
            '12:5  checks[1]: the check "tags" asks nothing. Write for example: pass: {spec.owner: {$exists: true}} '
            "[scorecards/no-question]",
        ),
        (
            '"has:tags"',
            "{metadata.annotatons.ci/project: {$exists: true}}",
            '15:5  warning: checks[1].pass: no entity has "metadata.annotatons". Did you mean "metadata.annotations"? '
            "[scorecards/misspelt-path]",
        ),
        (
            '"has:tags"',
            "{metadata.annotations.ci/projct: {$exists: true}}",
            '15:5  warning: checks[1].pass: no entity has "metadata.annotations.ci/projct". Did you mean '
            '"metadata.annotations.ci/project"? [scorecards/misspelt-path]',
        ),
        (
            'filter: "kind:component"',
            'filter: "kind:website"',
            "3:1  warning: filter: the scorecard is about no entity. Mend its filter. [scorecards/no-entities]",
        ),
        (
            "title: Readiness",
            "title: Readiness\nowner: group:default/payrs",
            "3:1  warning: owner: group:default/payrs is not in the catalog. "
            'Did you mean "group:default/payers"? [scorecards/unknown-entity]',
        ),
        (
            "title: Readiness",
            "title: Readiness\nowner: payers",
            '3:1  owner: the reference "payers" has no kind, and none is implied here. Write kind:namespace/name. [bad-reference]',
        ),
        (
            DATA,
            'data: {runs: "buidls:runs"}\n',
            '15:12  warning: checks[1].data.runs: there is no plugin "buidls" mounted, so that the check is unknown for all. '
            'Did you mean "builds"? [scorecards/unknown-plugin]',
        ),
        (
            DATA,
            'data: {runs: "builds:run"}\n',
            '15:12  warning: checks[1].data.runs: the plugin "builds" has no list "run". Did you mean "runs"? [scorecards/unknown-list]',
        ),
        (
            DATA,
            "data: {runs: runs}\n",
            '15:12  checks[1].data.runs: "runs" does not say whose data it is. Write plugin:runs [scorecards/no-plugin]',
        ),
        (
            DATA,
            'data: {runs: "builds:runs"}\n    expression: "run[0].state"\n',
            '16:5  checks[1].expression: "run[0].state" looks at none of runs, entity. Did you mean "runs"? [scorecards/unknown-name]',
        ),
        (
            DATA,
            'data: {runs: "builds:runs"}\n    match: {projekt: metadata.annotations.ci/project}\n',
            '16:13  warning: checks[1].match.projekt: no record of builds:runs has "projekt". Did you mean "project"? '
            "[scorecards/misspelt-path]",
        ),
        (
            DATA,
            'data: {runs: "builds:runs"}\n    pass: "has:tags"\n',
            '16:5  checks[1].pass: the check "tags" has both pass and data. Ask of data with expression:, or make two checks of it. '
            "[scorecards/no-question]",
        ),
        (
            DATA,
            'pass: "has:tags"\n    missing: failed\n',
            '16:5  checks[1].missing: missing does nothing without data. Add for example: data: {runs: "ci:runs"} [scorecards/idle-key]',
        ),
        (
            DATA,
            DATA + "exempt: [{entity: component:default/shop, check: tag, reason: Old}]\n",
            '16:43  exempt[0].check: there is no check "tag" in this scorecard. Did you mean "tags"? [scorecards/unknown-check]',
        ),
        (
            DATA,
            DATA + "exempt: [{entity: component:default/shpo, check: tags, reason: Old}]\n",
            '16:11  warning: exempt[0].entity: component:default/shpo is not in the catalog. Did you mean "component:default/shop"? '
            "[scorecards/unknown-entity]",
        ),
        (
            DATA,
            DATA + "exempt: [{entity: component:default/till, check: tags, reason: Old, until: 2025-12-31}]\n",
            "16:69  warning: exempt[0].until: the exemption of component:default/till from tags ended on 2025-12-31: "
            "the check counts again. Remove it, or give it a later day. [scorecards/ended]",
        ),
        (
            DATA,
            DATA + "campaign: {title: Silver, deadline: soon}\n",
            '16:27  campaign.deadline: wanted a day, got "soon". Write for example: 2027-01-31 [wrong-value]',
        ),
        (
            DATA,
            DATA + "campaign: {title: Silver, deadline: 2027-01-31, level: sliver}\n",
            '16:49  campaign.level: there is no level "sliver" in this scorecard. Did you mean "silver"? [scorecards/unknown-level]',
        ),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(said, old, new, expected):
    """Each mistake has its file, line, column, what is wrong and the mend; nothing else is said."""
    assert said((old, new)) == [f"{CARD}:{expected}"]


def test_a_mistake_in_site_yaml_has_its_place_there(portal):
    """Options of the mount are answered as files are, at their own line and column."""
    check = "{id: a, title: A, level: gould, pass: 'has:tags'}"
    built = portal.build("", options=f"scorecards: [{{id: x, title: X, checks: [{check}]}}]")
    assert [text for text in built.problems if "unknown-level" in text] == [
        'site.yaml:6:94  options.scorecards[0].checks[0].level: there is no level "gould" in this scorecard. '
        'Did you mean "gold"? [scorecards/unknown-level]'
    ]


def test_two_scorecards_of_one_name(portal):
    """The second one is named with the place of the first."""
    portal.write(b=portal_card())
    built = portal.build(portal_card())
    assert [text for text in built.problems if "said-twice" in text] == [
        f'{CARD}:1:1  id: the scorecard "ready" is already described at '
        "content/scorecards/b.yaml:1:1. Give one of the two another id. [scorecards/said-twice]"
    ]


def portal_card() -> str:
    """A small one."""
    return 'id: ready\ntitle: R\nchecks: [{id: a, title: A, level: gold, pass: "has:tags"}]\n'
