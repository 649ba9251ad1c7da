"""One record a scorecard: how its entities stand, which checks they pass, its campaign, and who has most to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from callboard.plugin import Record

from ..judging.asking import EXEMPT, NOT_APPLICABLE, PASSED, UNKNOWN
from ..judging.judge import Judged, Outcome
from .figures import Board, folder_of, mean, name_of, share, told

_TEAMS = 10
"""Teams listed on a scorecard's page, those with most to do first."""
_REASONS = 5
"""Reasons listed why checks are unknown."""


def record(board: Board, today: Callable[[], date]) -> Record:
    """The record of one scorecard."""
    spec, outcomes = board.judged.spec, board.judged.outcomes
    scores = [outcome.standing.score for outcome in outcomes]
    return {
        "id": board.id,
        "title": spec.title,
        "description": spec.description,
        "owner": spec.owner.lower() and _owner(spec.owner),
        "path": board.path,
        "entities": len(outcomes),
        "score": mean(scores),
        "levels": board.distribution(outcomes),
        "checks": checks(board),
        "uncertain": sum(outcome.standing.could != outcome.standing.level for outcome in outcomes),
        "reasons": reasons(board.judged),
        "exempt": sum(outcome.states.count(EXEMPT) for outcome in outcomes),
        "campaign": campaign(board, today),
        "teams": teams(board)[:_TEAMS],
        "teams_total": len(board.by_owner),
    }


def _owner(text: str) -> str:
    from callboard.plugin import EntityRef

    return str(EntityRef.parse(text))


def checks(board: Board) -> list[Record]:
    """The checks by level, with how many pass."""
    counts = board.counts(board.judged.outcomes)
    return [{**board.checks[number], **told(counts[number])} for number in board.order]


def reasons(judged: Judged) -> list[Record]:
    """Why checks are unknown, the most common first: ``{text, count}``."""
    found = Counter(
        outcome.seen[number]
        for outcome in judged.outcomes
        if UNKNOWN in outcome.states
        for number, state in enumerate(outcome.states)
        if state == UNKNOWN and number in outcome.seen
    )
    return [{"text": text, "count": count} for text, count in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))][
        :_REASONS
    ]


def teams(board: Board) -> list[Record]:
    """``{ref, title, path, all, entities, score, levels}`` of each owner, the lowest score first."""
    found = [
        {
            "ref": owner,
            "title": name_of(owner, board.relations),
            "path": f"teams/{folder_of(owner)}/",
            "all": f"{board.path}owner/{folder_of(owner)}/",
            "entities": len(outcomes),
            "score": mean(outcome.standing.score for outcome in outcomes),
            "levels": board.distribution(outcomes),
        }
        for owner, outcomes in board.by_owner.items()
    ]
    return sorted(found, key=lambda team: (team["score"] is None, team["score"], -team["entities"], team["title"].casefold()))


def campaign(board: Board, today: Callable[[], date]) -> Record | None:
    """How far a campaign is: ``{title, description, deadline, goal, done, total, share, state}``."""
    said = board.judged.spec.campaign
    if said is None:
        return None
    reached, goal = _goal(board)
    outcomes = board.judged.outcomes
    done = sum(map(reached, outcomes))
    over = said.deadline < today()
    state = "reached" if outcomes and done == len(outcomes) else "overdue" if over else "running"
    return {
        "title": said.title,
        "description": said.description,
        "deadline": said.deadline.isoformat(),
        "goal": goal,
        "done": done,
        "total": len(outcomes),
        "share": share(done, len(outcomes)),
        "state": state,
    }


def _goal(board: Board) -> tuple[Callable[[Outcome], bool], str]:
    """Who has reached a campaign's goal, and the goal in words."""
    spec: Any = board.judged.spec
    wanted = spec.campaign.checks
    if not wanted and board.judged.height:
        ids = [level.id for level in spec.levels]
        rank = ids.index(spec.campaign.level) + 1 if spec.campaign.level else len(ids)
        return lambda outcome: outcome.standing.level >= rank, f"{spec.levels[rank - 1].name} or higher"
    numbers = [number for number, check in enumerate(spec.checks) if not wanted or check.id in wanted]
    titles = [spec.checks[number].title for number in numbers]
    return lambda outcome: _passes(outcome, numbers), ", ".join(titles)


def _passes(outcome: Outcome, numbers: Sequence[int]) -> bool:
    return all(outcome.states[number] in (PASSED, EXEMPT, NOT_APPLICABLE) for number in numbers)
