"""BuildReport: what one build (or check) did; printed, published at /-/build/ and kept as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callboard.model.dataset import InputFile, SourceRun, State
from callboard.model.problem import Place, Problem, Severity


@dataclass(frozen=True, slots=True)
class RouteGroup:
    """Routes of one page spec: its pattern, how many there are, who owns them."""

    pattern: str
    pages: int
    owner: str
    place: str


@dataclass(frozen=True, slots=True)
class OutsideLink:
    """A link to another site, at the first place that has it; ``state`` is ``ok``, ``broken`` or ``unknown`` (not to be checked)."""

    url: str
    state: str
    said: str
    place: Place


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The outcome of a build. ``written`` is False if problems stopped it before anything was published."""

    title: str
    version: str
    started: datetime
    output: str = ""
    written: bool = False
    strict: bool = False
    """Whether ``site.yaml`` or the command line asks to treat warnings as errors."""
    pages: int = 0
    """Pages of the site."""
    rendered: int = 0
    """Pages rendered this time; the others were unchanged."""
    removed: int = 0
    size: int = 0
    """Bytes of the whole site."""
    sources: tuple[SourceRun, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: tuple[InputFile, ...] = ()
    routes: tuple[RouteGroup, ...] = ()
    plugins: Mapping[str, str] = field(default_factory=dict)
    """Mount id → plugin name and origin."""
    seconds: float = 0.0
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds a stage: config, plugins, data, pages, output."""
    commit: str = ""
    links: tuple[OutsideLink, ...] | None = None
    """What came of links to other sites; None if none were asked for."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that stop a build."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that stop a build under ``--strict`` only."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)

    @property
    def stale(self) -> int:
        """Sources that could not be refreshed: stale or failed."""
        return sum(run.origin.state in (State.STALE, State.FAILED) for run in self.sources)


def run_id(mount: str, source: str) -> str:
    """The id of a source's line in the build report: ``source-ci-runs``."""
    return "source-" + re.sub(r"[^A-Za-z0-9]+", "-", f"{mount}-{source}").strip("-").lower()
