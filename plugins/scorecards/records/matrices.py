"""Pages of the matrix: entities by checks, all of them and by level, owner and kind, in numbered parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from callboard.plugin import Kind, Record

from ..judging.judge import Outcome
from .figures import Board, folder_of, name_of, size

_OWNERS = 12
"""Owners named beside a matrix, those with most entities first."""


def pages(board: Board, kinds: dict[str, Kind]) -> Iterator[Record]:
    """A record a page. ``path`` is below the mount; that of the whole matrix is ``<scorecard>/matrix/``."""
    groups = _groups(board, kinds)
    heads = _heads(board)
    for group in groups:
        yield from _parts(board, group, groups, heads)


Group = dict[str, Any]
"""``{facet, title, heading, path, outcomes}``."""


def _groups(board: Board, kinds: dict[str, Kind]) -> list[Group]:
    found: list[Group] = [
        {"facet": "", "title": "All", "heading": "all entities", "path": f"{board.path}matrix/", "outcomes": board.sorted}
    ]
    for level in reversed(board.levels):
        mine = [outcome for outcome in board.sorted if outcome.standing.level == level["rank"]]
        found.append(_group("Level", level["title"], level["path"], mine))
    by_kind: dict[str, list[Outcome]] = {}
    for outcome in board.sorted:
        by_kind.setdefault(outcome.ref.partition(":")[0], []).append(outcome)
    if len(by_kind) > 1:
        for name, outcomes in sorted(by_kind.items(), key=lambda pair: (-len(pair[1]), pair[0])):
            title = kinds[name].plural if name in kinds else name
            found.append(_group("Kind", title, f"{board.path}kind/{name}/", outcomes))
    for owner, outcomes in sorted(board.by_owner.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        path = f"{board.path}owner/{folder_of(owner)}/"
        found.append(_group("Owner", name_of(owner, board.relations), path, outcomes))
    return found


def _group(facet: str, title: str, path: str, outcomes: list[Outcome]) -> Group:
    heading = f"owned by {title}" if facet == "Owner" else title if facet else "all entities"
    return {"facet": facet, "title": title, "heading": heading, "path": path, "outcomes": outcomes}


def _heads(board: Board) -> dict[str, Any]:
    """The head of the table: its checks, and the levels above them with how many checks each has."""
    titles = {level["rank"]: level["title"] for level in board.levels}
    spans: list[Record] = []
    for number in board.order:
        rank = board.judged.ranks[number]
        title = titles.get(rank, "") if rank else "Score only" if board.levels else ""
        if spans and spans[-1]["rank"] == rank:
            spans[-1]["span"] += 1
        else:
            spans.append({"rank": rank, "title": title, "span": 1})
    checks = [board.checks[number] for number in board.order]
    return {"spans": spans if board.levels else [], "checks": checks, "levels": [level["title"] for level in board.levels]}


def _parts(board: Board, group: Group, groups: Sequence[Group], heads: dict[str, Any]) -> Iterator[Record]:
    step = size(len(board.checks))
    outcomes: list[Outcome] = group["outcomes"]
    count = max(1, -(-len(outcomes) // step))
    facets = _facets(group, groups)
    for number in range(1, count + 1):
        rows = outcomes[(number - 1) * step : number * step]
        title = f"{board.judged.spec.title}: {group['heading']}"
        yield {
            "path": _numbered(group["path"], number).rstrip("/"),
            "title": title if number == 1 else f"{title} (page {number})",
            "board": board.judged.spec.title,
            "parent": board.path,
            **heads,
            "rows": [board.row(outcome) for outcome in rows],
            "facets": facets,
            "total": len(outcomes),
            "first": (number - 1) * step + 1,
            "last": (number - 1) * step + len(rows),
            "pages": pager(group["path"], number, count),
        }


def _numbered(path: str, number: int) -> str:
    return path if number == 1 else f"{path}page-{number}/"


def pager(path: str, current: int, count: int) -> list[Record]:
    """The first, the last, and those around the current one; a gap has no path."""
    if count == 1:
        return []
    wanted = sorted({1, count, *range(max(1, current - 2), min(count, current + 2) + 1)})
    found: list[Record] = []
    for before, number in zip([0, *wanted], wanted, strict=False):
        if number - before > 1:
            found.append({"title": "…", "path": "", "current": False})
        found.append({"title": str(number), "path": _numbered(path, number), "current": number == current})
    return found


def _facets(group: Group, groups: Sequence[Group]) -> list[Record]:
    """The ways to other parts of the matrix, with counts: ``{title, values: [{title, path, count, current}], more}``."""
    found: list[Record] = []
    for name in ("Level", "Kind", "Owner"):
        mine = [one for one in groups if one["facet"] == name]
        shown = mine[:_OWNERS] if name == "Owner" else mine
        shown += [group] if group["facet"] == name and group not in shown else []
        if len(mine) > 1:
            values = [
                {"title": one["title"], "path": one["path"], "count": len(one["outcomes"]), "current": one is group}
                for one in shown
            ]
            found.append({"title": name, "values": values, "more": len(mine) - len(shown)})
    return found
