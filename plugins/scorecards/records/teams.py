"""The owner's view: how a team's entities stand, what to do next, and which of them need it most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from callboard.plugin import Record

from ..judging.judge import Outcome
from .figures import NOBODY, Board, folder_of, mean, name_of

_ROWS = 50
"""Entities listed on a team's page for each scorecard, the lowest first."""
_TODO = 5
_NEXT = 3


def records(boards: Sequence[Board]) -> list[Record]:
    """One record a team, the lowest score first."""
    owners = sorted({owner for board in boards for owner in board.by_owner})
    found = [_team(owner, [board for board in boards if owner in board.by_owner]) for owner in owners]
    return sorted(found, key=lambda team: (team["score"] is None, team["score"], -team["entities"], team["title"].casefold()))


def _team(owner: str, boards: Sequence[Board]) -> Record:
    entities = {outcome.ref for board in boards for outcome in board.by_owner[owner]}
    scores = [outcome.standing.score for board in boards for outcome in board.by_owner[owner]]
    return {
        "ref": owner,
        "key": owner or "nobody",
        "title": name_of(owner, boards[0].relations),
        "path": f"teams/{folder_of(owner)}",
        "nobody": owner == NOBODY,
        "entities": len(entities),
        "score": mean(scores),
        "boards": [_board(board, board.by_owner[owner], owner) for board in boards],
    }


def _board(board: Board, outcomes: Sequence[Outcome], owner: str) -> Record:
    ranks = board.judged.ranks
    needs = {outcome.ref: outcome.next(ranks) for outcome in outcomes}
    worst = sorted(outcomes, key=lambda one: (one.standing.level, _score(one), one.entity.title.casefold(), one.ref))
    return {
        "title": board.judged.spec.title,
        "path": board.path,
        "all": f"{board.path}owner/{folder_of(owner)}/",
        "entities": len(outcomes),
        "score": mean(outcome.standing.score for outcome in outcomes),
        "levels": board.distribution(outcomes),
        "todo": _todo(board, needs.values()),
        "rows": [_row(board, outcome, needs[outcome.ref]) for outcome in worst[:_ROWS]],
        "more": max(0, len(worst) - _ROWS),
    }


def _score(outcome: Outcome) -> int:
    return 101 if outcome.standing.score is None else outcome.standing.score


def _todo(board: Board, needs: Any) -> list[Record]:
    """What lifts most entities to their next level: ``{title, path, count}``."""
    counts = Counter(number for numbers in needs for number in numbers)
    return [{**_named(board, number), "count": count} for number, count in counts.most_common(_TODO)]


def _row(board: Board, outcome: Outcome, needs: Sequence[int]) -> list[Any]:
    """``[ref, level, level's title, score, next: [{title, path}], how many more]``."""
    level = outcome.standing.level
    title = board.levels[level]["title"] if board.levels else ""
    return [
        outcome.ref,
        level,
        title,
        outcome.standing.score,
        [_named(board, n) for n in needs[:_NEXT]],
        max(0, len(needs) - _NEXT),
    ]


def _named(board: Board, number: int) -> Record:
    check = board.checks[number]
    return {"title": check["title"], "path": check["path"]}
