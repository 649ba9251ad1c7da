"""A scorecard over its entities: states of all checks, the level reached, the score, and what the next level needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from callboard.plugin import Entity, EntityRef, compiled

from ..options import Exemption, Scorecard
from .asking import EXEMPT, FAILED, NOT_APPLICABLE, PASSED, UNKNOWN, Answer, question
from .facts import Facts

_HOLDS = frozenset((PASSED, EXEMPT, NOT_APPLICABLE))


class Standing(NamedTuple):
    """What the states of an entity's checks amount to."""

    level: int
    """The level reached, from 1; 0 for none. What is unknown holds it back."""
    could: int
    """The level if all that is unknown passed."""
    score: int | None
    """Per cent of the weight that passed, of all that passed or failed; None if nothing did either."""


class Outcome(NamedTuple):
    """One entity under one scorecard."""

    entity: Entity
    ref: str
    states: str
    """A letter a check, in their order."""
    seen: Mapping[int, str]
    """What was seen, or why a check is unknown, by its number."""
    standing: Standing

    def next(self, ranks: Sequence[int]) -> list[int]:
        """The numbers of the checks that hold it back from the next level."""
        return [
            number
            for number, state in enumerate(self.states)
            if state not in _HOLDS and 0 < ranks[number] <= self.standing.level + 1
        ]


@dataclass(frozen=True)
class Judged:
    """A scorecard with all its outcomes, in the order of its entities."""

    spec: Scorecard
    ranks: tuple[int, ...]
    """The level of each check, from 1; 0 for one that counts for the score only."""
    outcomes: tuple[Outcome, ...]
    exempt: Mapping[tuple[str, int], Exemption]
    """The exemptions that hold, by reference and check."""

    @property
    def height(self) -> int:
        """How many levels there are."""
        return len(self.spec.levels) if any(self.ranks) else 0


Related = Callable[[Entity], list[dict[str, str]]]
"""The relations of an entity to others that exist, as Backstage's catalog answers them."""


def judge(spec: Scorecard, entities: Iterable[Entity], facts: Facts, *, related: Related, today: Callable[[], date]) -> Judged:
    """All entities that a scorecard is about. Its definition is sound (``checking``)."""
    ranks = {level.id: number for number, level in enumerate(spec.levels, start=1)}
    ranked = tuple(ranks.get(check.level, 0) for check in spec.checks)
    exempt = _holding(spec, today)
    wanted = compiled(spec.filter)
    envelope = _envelopes(spec, related)
    known = ((str(entity.ref), entity, envelope(entity)) for entity in entities)
    about = [one for one in known if wanted(one[2])]
    questions = [question(check, facts, today) for check in spec.checks]
    columns = [_column(ask, number, about, exempt) for number, ask in enumerate(questions)]
    weights = tuple(check.weight for check in spec.checks)
    standings: dict[str, Standing] = {}
    outcomes = []
    for row, (ref, entity, _) in enumerate(about):
        states = "".join(states[row] for states, _ in columns)
        if states not in standings:
            standings[states] = standing(states, ranked, weights, height=len(spec.levels) if any(ranked) else 0)
        seen = {number: told[row] for number, (_, told) in enumerate(columns) if row in told}
        outcomes.append(Outcome(entity, ref, states, seen, standings[states]))
    return Judged(spec, ranked, tuple(outcomes), exempt)


def standing(states: str, ranks: Sequence[int], weights: Sequence[float], *, height: int) -> Standing:
    """Level and score of one row of states."""

    def reached(stops: str) -> int:
        held = [rank for rank, state in zip(ranks, states, strict=True) if rank and state in stops]
        return min(held, default=height + 1) - 1

    passed = sum(weight for weight, state in zip(weights, states, strict=True) if state == PASSED)
    failed = sum(weight for weight, state in zip(weights, states, strict=True) if state == FAILED)
    score = round(100 * passed / (passed + failed)) if passed + failed else None
    return Standing(reached(FAILED + UNKNOWN), reached(FAILED), score)


def _holding(spec: Scorecard, today: Callable[[], date]) -> dict[tuple[str, int], Exemption]:
    """The exemptions that have not ended."""
    numbers = {check.id: number for number, check in enumerate(spec.checks)}
    return {
        (str(EntityRef.parse(one.entity)), numbers[one.check]): one
        for one in spec.exempt
        if one.check in numbers and (one.until is None or one.until >= today())
    }


def _envelopes(spec: Scorecard, related: Related) -> Callable[[Entity], Mapping[str, Any]]:
    """Entities as checks see them: with their relations, if any check asks for them."""
    if "relations" in repr([spec.filter, *((check.held, check.filter, check.expression) for check in spec.checks)]):
        return lambda entity: {**entity.data, "relations": related(entity)}
    return lambda entity: entity.data


def _column(
    ask: Callable[[Any, str], Answer],
    number: int,
    about: Sequence[tuple[str, Entity, Mapping[str, Any]]],
    exempt: Mapping[tuple[str, int], Exemption],
) -> tuple[list[str], dict[int, str]]:
    """One check for all: its states, and what was seen by row."""
    states: list[str] = []
    told: dict[int, str] = {}
    excused = {ref for ref, check in exempt if check == number}
    for row, (ref, _, envelope) in enumerate(about):
        state, seen = ask(envelope, ref)
        states.append(EXEMPT if ref in excused and state in (FAILED, UNKNOWN) else state)
        if seen:
            told[row] = seen
    return states, told
