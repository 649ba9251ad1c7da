"""What an entity's own page shows: one small record an entity, and the definitions that all of them share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from callboard.plugin import Record

from ..judging.asking import EXEMPT, PASSED, paths
from ..judging.judge import Outcome
from .figures import Board


def records(boards: Sequence[Board]) -> list[Record]:
    """One record an entity: ``{ref, boards: [{board, level, could, score, states, seen, exempt}]}``; keys without content are left out."""
    found: dict[str, list[Record]] = {}
    for board in boards:
        for outcome in board.judged.outcomes:
            found.setdefault(outcome.ref, []).append(_record(board, outcome))
    return [{"ref": ref, "boards": found[ref]} for ref in sorted(found)]


def _record(board: Board, outcome: Outcome) -> Record:
    standing = outcome.standing
    record: Record = {"board": board.id, "level": standing.level, "score": standing.score, "states": outcome.states}
    if standing.could != standing.level:
        record["could"] = standing.could
    if outcome.seen:
        record["seen"] = {board.checks[number]["id"]: text for number, text in outcome.seen.items()}
    if EXEMPT in outcome.states:
        record["exempt"] = _exempt(board, outcome)
    return record


def _exempt(board: Board, outcome: Outcome) -> dict[str, Any]:
    found = {}
    for number, state in enumerate(outcome.states):
        if state == EXEMPT:
            one = board.judged.exempt[outcome.ref, number]
            found[board.checks[number]["id"]] = {"reason": one.reason, "until": one.until.isoformat() if one.until else ""}
    return found


def definitions(boards: Sequence[Board]) -> Record:
    """What is the same for all: titles, levels and checks of each scorecard, by its id."""
    return {board.id: _definition(board) for board in boards}


def _definition(board: Board) -> Record:
    spec = board.judged.spec
    checks = [
        {
            **shown,
            "level": check.level,
            "why": check.why,
            "fix": check.fix,
            "url": check.url,
            "weight": check.weight,
            "paths": paths(check),
        }
        for shown, check in zip(board.checks, spec.checks, strict=True)
    ]
    return {
        "title": spec.title,
        "path": board.path,
        "height": board.judged.height,
        "levels": [{"id": level["id"], "title": level["title"], "path": level["path"]} for level in board.levels],
        "checks": checks,
        "passed": PASSED,
    }
