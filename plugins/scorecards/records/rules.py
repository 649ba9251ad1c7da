"""Pages of checks: why, how to fix, whom to ask, since when, who passes, who fails and who is exempt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from callboard.plugin import EntityRef, Record

from ..judging.asking import EXEMPT, FAILED, UNKNOWN
from ..judging.judge import Outcome
from .figures import Board, folder_of, name_of, share, told
from .matrices import pager

_ROWS = 100
"""Entities listed on one page of a check."""
_TEAMS = 10
_EXEMPT = 50
_UNKNOWN = 20


def pages(board: Board) -> Iterator[Record]:
    """A record a page: the first of each check, and more where many fail."""
    spec = board.judged.spec
    counts = board.counts(board.judged.outcomes)
    titles = {level["rank"]: level["title"] for level in board.levels}
    for number, check in enumerate(spec.checks):
        rank = board.judged.ranks[number]
        owner = check.owner or spec.owner
        about = {
            "key": f"{board.id}/{check.id}",
            "check": check.id,
            "name": check.title,
            "board": spec.title,
            "parent": board.path,
            "level": titles.get(rank, "") if rank else "",
            "rank": rank,
            "height": board.judged.height,
            "weight": check.weight,
            "why": check.why,
            "fix": check.fix,
            "url": check.url,
            "owner": str(EntityRef.parse(owner)) if owner else "",
            "since": check.since.isoformat() if check.since else "",
            "counts": told(counts[number]),
            "data": sorted(check.data.values()),
            "teams": _teams(board, number),
            "exempt": _exempt(board, number),
            "unknown": _unknown(board, number),
        }
        yield from _parts(board, number, about)


def _parts(board: Board, number: int, about: Record) -> Iterator[Record]:
    failing = [outcome for outcome in board.sorted if outcome.states[number] == FAILED]
    path = board.checks[number]["path"]
    count = max(1, -(-len(failing) // _ROWS))
    for page in range(1, count + 1):
        rows = failing[(page - 1) * _ROWS : page * _ROWS]
        yield {
            **about,
            "path": (path if page == 1 else f"{path}page-{page}/").rstrip("/"),
            "title": about["name"] if page == 1 else f"{about['name']} (page {page})",
            "page": page,
            "rows": [_row(board, outcome, number) for outcome in rows],
            "pages": pager(path, page, count),
        }


def _row(board: Board, outcome: Outcome, number: int) -> list[Any]:
    """``[ref, owners, what was seen]``."""
    return [outcome.ref, list(board.relations.owners(outcome.ref))[:3], outcome.seen.get(number, "")]


def _teams(board: Board, number: int) -> list[Record]:
    """Whose entities fail, most first."""
    found: list[Record] = []
    for owner, outcomes in board.by_owner.items():
        states = [outcome.states[number] for outcome in outcomes]
        if FAILED in states:
            failed = states.count(FAILED)
            found.append(
                {
                    "title": name_of(owner, board.relations),
                    "path": f"teams/{folder_of(owner)}/",
                    "failed": failed,
                    "of": len(states),
                    "share": share(failed, len(states)),
                }
            )
    return sorted(found, key=lambda team: (-team["failed"], team["title"].casefold()))[:_TEAMS]


def _exempt(board: Board, number: int) -> list[Record]:
    """``{ref, reason, until}`` of those that need not pass."""
    found = []
    for outcome in board.sorted:
        if outcome.states[number] == EXEMPT:
            one = board.judged.exempt[outcome.ref, number]
            found.append({"ref": outcome.ref, "reason": one.reason, "until": one.until.isoformat() if one.until else ""})
    return found[:_EXEMPT]


def _unknown(board: Board, number: int) -> list[Record]:
    """``{text, total, refs}`` for each reason why it is not known."""
    found: dict[str, list[str]] = {}
    for outcome in board.sorted:
        if outcome.states[number] == UNKNOWN:
            found.setdefault(outcome.seen.get(number, ""), []).append(outcome.ref)
    return [_reason(text, refs) for text, refs in sorted(found.items())][:5]


def _reason(text: str, refs: Sequence[str]) -> Record:
    return {"text": text, "total": len(refs), "refs": list(refs[:_UNKNOWN])}
