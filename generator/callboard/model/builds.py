"""What the last builds (runs of a CI service) of a project add up to."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from callboard.model.runs import Run, run_of
from callboard.model.states import state_word

if TYPE_CHECKING:
    from callboard.model.shown import BuildsSpec

MAINS: Final = ("main", "master", "trunk", "develop")
"""What main branches are called where nobody says which it is."""
_FEW: Final = 3
"""A median of fewer runs says nothing."""


class Project(NamedTuple):
    """What the last runs of a project add up to; ``last`` are those on its main branch, newest first."""

    name: str
    main: str
    runs: tuple[Run, ...]
    last: tuple[Run, ...]
    newest: Run
    """What stands for the project: the last run on the main branch; of several workflows one that failed, then one that goes on."""
    passed: int
    failed: int
    median: float | None
    """Seconds: of the workflow that ran most often."""
    flaky: int
    """Commits among the last ones that are flaky."""

    @property
    def success(self) -> float | None:
        """The share of the last runs that passed among those that passed or failed; None without any."""
        judged = self.passed + self.failed
        return self.passed / judged if judged else None

    @property
    def failing(self) -> tuple[Run, ...]:
        """The last run of each workflow on the main branch that came to an end by failing."""
        return tuple(runs[0] for runs in by_workflow(run for run in self.last if run.outcome is not None) if not runs[0].outcome)


class Runs:
    """All runs of a list of records, newest first.

    A median is that of the last ``spec.last`` passed runs of the same workflow of a project, three at least. A commit is flaky if
    runs of it in the same workflow both passed and failed, or if a run of it passed at a second or later attempt.
    """

    def __init__(self, records: Sequence[Any], spec: BuildsSpec) -> None:
        self.spec = spec
        made = [run_of(record, spec) for record in records if isinstance(record, Mapping)]
        self.all = sorted(made, key=lambda run: (run.started, _numeric(run.number)), reverse=True)

    @cached_property
    def projects(self) -> tuple[Project, ...]:
        """Each project, by name."""
        groups: dict[str, list[Run]] = {}
        for run in self.all:
            groups.setdefault(run.project, []).append(run)
        return tuple(self._project(name, groups[name]) for name in sorted(groups, key=str.casefold))

    @cached_property
    def branches(self) -> tuple[tuple[Run, ...], ...]:
        """The runs of each branch and workflow; main branches first, then those that ran last."""
        groups: dict[tuple[str, str, str], list[Run]] = {}
        for run in self.all:
            groups.setdefault((run.project, run.branch, run.workflow), []).append(run)
        mains = {project.name: project.main for project in self.projects}
        first = [key for key in groups if key[1] == mains[key[0]]]
        return tuple(tuple(groups[key]) for key in [*first, *(key for key in groups if key[1] != mains[key[0]])])

    def of(self, record: Any) -> Run:
        """The run of one of the records; of another one, as it says itself."""
        return self._by_record.get(id(record)) or run_of(record, self.spec)

    @cached_property
    def _by_record(self) -> dict[int, Run]:
        return {id(run.record): run for run in self.all}

    def median(self, run: Run) -> float | None:
        """Seconds that runs like this one take; None where too few are known."""
        return self._medians.get((run.project, run.workflow))

    def flaky(self, run: Run) -> bool:
        """Whether runs of its commit both passed and failed."""
        return bool(run.commit) and (run.project, run.workflow, run.commit) in self._flaky

    @cached_property
    def _medians(self) -> dict[tuple[str, str], float]:
        taken: dict[tuple[str, str], list[float]] = {}
        for run in self.all:
            known = taken.setdefault((run.project, run.workflow), [])
            if run.outcome and run.seconds is not None and len(known) < self.spec.last:
                known.append(run.seconds)
        return {key: statistics.median(known) for key, known in taken.items() if len(known) >= _FEW}

    @cached_property
    def _flaky(self) -> set[tuple[str, str, str]]:
        outcomes: dict[tuple[str, str, str], set[bool]] = {}
        for run in self.all:
            if run.commit and run.outcome is not None:
                seen = outcomes.setdefault((run.project, run.workflow, run.commit), set())
                seen |= {True, False} if run.outcome and run.attempt > 1 else {run.outcome}
        return {key for key, seen in outcomes.items() if len(seen) > 1}

    def _project(self, name: str, runs: list[Run]) -> Project:
        main = self._main(runs)
        last = [run for run in runs if run.branch == main][: self.spec.last]
        workflow = Counter(run.workflow for run in last).most_common(1)[0][0]
        outcomes = Counter(run.outcome for run in last)
        flaky = {(run.workflow, run.commit) for run in last if self.flaky(run)}
        newest = max((found[0] for found in by_workflow(last)), key=_weight)
        median = self._medians.get((name, workflow))
        return Project(name, main, tuple(runs), tuple(last), newest, outcomes[True], outcomes[False], median, len(flaky))

    def _main(self, runs: Sequence[Run]) -> str:
        branches = Counter(run.branch for run in runs)
        said = next((run.main for run in runs if run.main), "")
        return next((name for name in (said, *MAINS) if name in branches), branches.most_common(1)[0][0])


def by_workflow(runs: Iterable[Run]) -> list[list[Run]]:
    """Runs by their workflow, in their order."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.workflow, []).append(run)
    return list(groups.values())


def build_figures(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the runs of each project add up to, of standard records: plain data, one mapping a project.

    ``project``, ``branch`` (the main one), ``state``, ``number``, ``url`` and ``started`` of what stands for it, ``runs`` (how many of
    the last 30 on that branch are known), ``passed``, ``failed``, ``success`` (percent or None), ``median`` (seconds or None),
    ``flaky`` (commits) and ``failing`` (workflows whose last run on that branch failed).
    """
    from callboard.model.shown import BuildsSpec

    return [
        {
            "project": project.name,
            "branch": project.main,
            "state": project.newest.state,
            "number": project.newest.number,
            "url": project.newest.url,
            "started": project.newest.started,
            "runs": len(project.last),
            "passed": project.passed,
            "failed": project.failed,
            "success": None if project.success is None else round(100 * project.success, 1),
            "median": project.median,
            "flaky": project.flaky,
            "failing": len(project.failing),
        }
        for project in Runs(records, BuildsSpec()).projects
    ]


def _numeric(text: str) -> tuple[int, str]:
    return (int(text), "") if text.isascii() and text.isdigit() and len(text) < 19 else (-1, text)


def _weight(run: Run) -> tuple[int, str]:
    return ({"bad": 2, "queued": 1}.get(state_word(run.state), 0), run.started)
