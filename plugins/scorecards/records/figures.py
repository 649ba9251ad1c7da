"""Counts, shares and names that several pages show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from callboard.plugin import EntityRef, Record

from ..judging.asking import EXEMPT, FAILED, PASSED, UNKNOWN
from ..judging.judge import Judged, Outcome
from ..relations import Relations

CELLS = 1000
"""Cells of one page of a matrix: its elements stay below what a browser draws at once."""
NOBODY = ""


def share(part: float, whole: float) -> int | None:
    """Per cent, never rounded up to 100 or down to 0; None of nothing."""
    if not whole:
        return None
    exact = 100 * part / whole
    return min(99, max(1, round(exact))) if 0 < part < whole else round(exact)


def mean(scores: Iterable[int | None]) -> int | None:
    """The mean of the scores that there are."""
    found = [score for score in scores if score is not None]
    return round(sum(found) / len(found)) if found else None


def size(checks: int) -> int:
    """Rows on one page of a matrix."""
    return max(25, min(100, CELLS // (checks + 4)))


@dataclass(frozen=True)
class Board:
    """One judged scorecard with the names and addresses of its parts."""

    judged: Judged
    relations: Relations

    @property
    def id(self) -> str:
        """Its id."""
        return self.judged.spec.id

    @property
    def path(self) -> str:
        """Its page below the mount."""
        return f"{self.id}/"

    @cached_property
    def levels(self) -> list[Record]:
        """``{id, title, rank, path}`` of each level, and of what is below the first; none for a scorecard of scores only."""
        spec = self.judged.spec
        if not self.judged.height:
            return []
        named = [("none", spec.none), *((level.id, level.name) for level in spec.levels)]
        return [
            {"id": name, "title": title, "rank": rank, "path": f"{self.path}level/{name}/"}
            for rank, (name, title) in enumerate(named)
        ]

    @cached_property
    def checks(self) -> list[Record]:
        """``{id, title, rank, path}`` of each check, in their order."""
        checks = zip(self.judged.spec.checks, self.judged.ranks, strict=True)
        return [{"id": one.id, "title": one.title, "rank": rank, "path": f"{self.path}checks/{one.id}/"} for one, rank in checks]

    @cached_property
    def order(self) -> list[int]:
        """The numbers of the checks by level, those for the score last."""
        ranks = self.judged.ranks
        return sorted(range(len(ranks)), key=lambda number: (ranks[number] == 0, ranks[number], number))

    @cached_property
    def sorted(self) -> list[Outcome]:
        """The outcomes by the titles of their entities."""
        return sorted(self.judged.outcomes, key=lambda outcome: (outcome.entity.title.casefold(), outcome.ref))

    @cached_property
    def by_owner(self) -> dict[str, list[Outcome]]:
        """The outcomes of each owner's entities; those of nobody under ``NOBODY``."""
        found: dict[str, list[Outcome]] = {}
        for outcome in self.sorted:
            for owner in self.relations.owners(outcome.ref) or (NOBODY,):
                found.setdefault(owner, []).append(outcome)
        return found

    def row(self, outcome: Outcome) -> list[Any]:
        """``[ref, level, score, states in the order of the matrix]``."""
        states = "".join(outcome.states[number] for number in self.order)
        return [outcome.ref, outcome.standing.level, outcome.standing.score, states]

    def distribution(self, outcomes: Sequence[Outcome]) -> list[Record]:
        """How many stand at each level, the lowest first: ``{id, title, rank, path, count, share, reached}``."""
        counts = Counter(outcome.standing.level for outcome in outcomes)
        return [
            {
                **level,
                "count": counts[level["rank"]],
                "share": share(counts[level["rank"]], len(outcomes)),
                "reached": sum(count for rank, count in counts.items() if rank >= level["rank"]),
            }
            for level in self.levels
        ]

    def counts(self, outcomes: Sequence[Outcome]) -> list[Counter[str]]:
        """How many there are of each state, for each check."""
        return [Counter(states) for states in zip(*(outcome.states for outcome in outcomes), strict=True)] or [
            Counter() for _ in self.judged.ranks
        ]


def told(counts: Mapping[str, int]) -> Record:
    """``{passed, failed, exempt, unknown, share}`` of one check."""
    found = {"passed": counts.get(PASSED, 0), "failed": counts.get(FAILED, 0)}
    found |= {"exempt": counts.get(EXEMPT, 0), "unknown": counts.get(UNKNOWN, 0)}
    return {**found, "share": share(found["passed"], found["passed"] + found["failed"])}


def name_of(ref: str, relations: Relations) -> str:
    """What people call an owner."""
    if ref == NOBODY:
        return "Nobody"
    entity = relations.known.get(ref)
    return entity.title if entity else EntityRef.parse(ref).short(kind="group")


def folder_of(ref: str) -> str:
    """The part of a path that stands for an owner."""
    if ref == NOBODY:
        return "nobody"
    parsed = EntityRef.parse(ref)
    return f"{parsed.namespace}/{parsed.kind}/{parsed.name}"
