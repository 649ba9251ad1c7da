"""Runs of a CI service → what the view ``ci.builds`` shows: rows, strips, figures, and one run with its jobs."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

from callboard.model.builds import Project, Runs, by_workflow
from callboard.model.duration import spent
from callboard.model.lookup import fill
from callboard.model.page import BuildPart, BuildRow, Builds, Square
from callboard.model.runs import Part, Run
from callboard.model.shown import BuildsSpec
from callboard.model.states import state_word
from callboard.pages.links import safe_url

STANDARD: Final = BuildsSpec()
_EMPTY: Final = "No builds yet. They appear here once the first one ran."
_NONE_FAILING: Final = "No main branch fails."
STEP: Final = 8
"""Units from one run of a strip to the next."""
_HEIGHTS: Final[Mapping[str, int]] = {"ok": 12, "bad": 20, "warn": 16}
"""What each class of states looks like in a strip: the height of its bar, never its colour alone."""
_ODD: Final = 1.5
"""So many times the median is said in words."""
_COMMIT: Final = 8


def empty(runs: Runs, spec: BuildsSpec) -> str:
    """What is said where there is no row, unless the plugin says it."""
    return _NONE_FAILING if spec.show == "failing" and runs.all else _EMPTY


def count(runs: Runs, spec: BuildsSpec) -> int:
    """How many rows there are in all."""
    return len({"branches": runs.branches, "projects": runs.projects, "runs": runs.all}.get(spec.show, ()))


class BuildsViewer:
    """Shows runs; ``href`` fills a template of addresses from a record."""

    def __init__(self, runs: Runs, spec: BuildsSpec, href: Callable[[str, Any], str]) -> None:
        self._runs, self._spec, self._fill = runs, spec, href

    def listed(self, part: slice) -> Builds | None:
        """Rows of all runs, as ``show`` says; None without any."""
        show = self._spec.show
        if show in ("projects", "summary"):
            rows = [self._project(project) for project in self._runs.projects[part]]
        elif show == "failing":
            found = [(project, run) for project in self._runs.projects for run in project.failing]
            found.sort(key=lambda pair: pair[1].started, reverse=True)
            rows = [self._failing(project, run) for project, run in found[part]]
        else:
            shown = self._runs.all if show == "runs" else [runs[0] for runs in self._runs.branches]
            rows = [self._row(run) for run in shown[part]]
        if not rows:
            return None
        alone = self._runs.projects[0] if show in ("branches", "runs") and len(self._runs.projects) == 1 else None
        squares = tuple(self._square(run) for run in reversed(alone.last)) if alone else ()
        return Builds(show, tuple(rows), self._project(alone) if alone else None, squares)

    def run(self, record: Any) -> Builds:
        """A single run with its jobs."""
        run = self._runs.of(record)
        url = safe_url(run.url)
        longest = max((job.seconds or 0.0 for part in run.parts for job in part.parts), default=0.0)
        parts = tuple(_part(part, longest) for part in run.parts)
        return Builds("run", (self._row(run),), parts=parts, url=url, host=urlsplit(url).netloc.rpartition("@")[2])

    def _row(self, run: Run) -> BuildRow:
        median = self._runs.median(run)
        return BuildRow(
            run.state,
            run.number,
            self._href(run),
            run.title,
            run.project,
            self._fill(self._spec.project_href, run.record),
            run.branch,
            run.workflow,
            run.commit[:_COMMIT] if run.commit.isalnum() else run.commit,
            safe_url(run.commit_url),
            run.author,
            run.started,
            spent(run.seconds),
            min(run.seconds / (2 * median), 1.0) if median and run.seconds is not None else -1.0,
            _compared(run.seconds, median),
            self._flaky(run),
            run.attempt,
        )

    def _project(self, project: Project) -> BuildRow:
        row = self._row(project.newest)
        flaky = f"{project.flaky} of its last commits both passed and failed." if project.flaky else ""
        success = "" if project.success is None else f"{round(100 * project.success)}%"
        return row._replace(
            branch=project.main,
            flaky=flaky,
            strip=strip(project.last),
            runs=len(project.last),
            counted=counted(project),
            success=success,
            median=spent(project.median),
            live=_live(self._spec.live, project.newest.record),
        )

    def _failing(self, project: Project, run: Run) -> BuildRow:
        runs = next(found for found in by_workflow(project.last) if found[0].workflow == run.workflow)
        streak = list(itertools.takewhile(lambda one: one.outcome is not True, (one for one in runs if one.outcome is not None)))
        return self._row(run)._replace(since=streak[-1].started, streak=len(streak))

    def _square(self, run: Run) -> Square:
        name = f"#{run.number} " if run.number else ""
        words = [f"{name}{run.state}", *([run.workflow] if run.workflow else []), *([spent(run.seconds)] if run.seconds else [])]
        return Square(
            state_word(run.state), ", ".join([*words, run.started.replace("T", " ")[:16]]).rstrip(", "), self._href(run)
        )

    def _href(self, run: Run) -> str:
        return self._fill(self._spec.href, run.record) or safe_url(run.url)

    def _flaky(self, run: Run) -> str:
        if not self._runs.flaky(run):
            return ""
        if run.attempt > 1 and run.outcome:
            return f"It passed at attempt {run.attempt} of the same commit."
        return "Runs of this commit both passed and failed."


def _live(template: str, record: Any) -> str:
    """The path of a live answer; "" where the record does not fill it."""
    try:
        return fill(template, record, lambda text: quote(text, safe="/"))
    except KeyError:
        return ""


def strip(runs: Sequence[Run]) -> tuple[tuple[str, str], ...]:
    """Runs (newest first) as bars from left to right, oldest first: one path for each class of states."""
    paths: dict[str, list[str]] = {}
    for index, run in enumerate(reversed(runs)):
        word = state_word(run.state)
        height = _HEIGHTS.get(word, 6)
        paths.setdefault(word, []).append(f"M{index * STEP} {20 - height}h{STEP - 2}v{height}h-{STEP - 2}z")
    return tuple((word, "".join(parts)) for word, parts in paths.items())


def counted(project: Project) -> str:
    """A strip in words: ``Last 30 runs on main: 28 passed, 2 failed``."""
    states = Counter(run.state for run in project.last)
    words = ", ".join(f"{number} {state}" for state, number in states.most_common())
    runs = "run" if len(project.last) == 1 else f"{len(project.last)} runs"
    return f"Last {runs}{f' on {project.main}' if project.main else ''}: {words}"


def _compared(seconds: float | None, median: float | None) -> str:
    if seconds is None or not median:
        return ""
    if seconds < _ODD * median:
        return f"median {spent(median)}"
    return f"{seconds / median:.1f} times the median of {spent(median)}"


def _part(part: Part, longest: float) -> BuildPart:
    share = min((part.seconds or 0.0) / longest, 1.0) if longest and not part.parts else 0.0
    jobs: Iterable[Part] = part.parts
    return BuildPart(
        part.name,
        part.state,
        safe_url(part.url),
        spent(part.seconds),
        share,
        part.started,
        part.note,
        safe_url(part.artifacts),
        tuple(_part(job, longest) for job in jobs),
    )
