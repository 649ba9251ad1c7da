"""How loading went, for the build report: a source that took many requests is one line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from callboard.model.dataset import Origin, SourceRun, State

_WORST = (State.FAILED, State.STALE, State.SKIPPED, State.OK)
_LAST = ("failed", "stale", "fetched", "revalidated", "read", "cached", "skipped")


def merged(runs: Iterable[SourceRun]) -> tuple[SourceRun, ...]:
    """The runs, those of one mount, name and label joined: the worst of their states with its reason, the oldest of their times."""
    groups: dict[tuple[str, str, str], list[SourceRun]] = {}
    for run in runs:
        groups.setdefault((run.mount, run.origin.name, run.origin.label), []).append(run)
    return tuple(_joined(group) for group in groups.values())


def _joined(group: list[SourceRun]) -> SourceRun:
    if len(group) == 1:
        return group[0]
    return replace(
        group[0],
        origin=_origin([run.origin for run in group]),
        outcome=min((run.outcome for run in group), key=_LAST.index),
        seconds=sum(run.seconds for run in group),
        tries=sum(run.tries for run in group),
        size=sum(run.size for run in group),
        records=sum(run.records for run in group),
    )


def _origin(origins: list[Origin]) -> Origin:
    worst = min(origins, key=lambda origin: _WORST.index(origin.state))
    times = [origin.as_of for origin in origins if origin.as_of is not None]
    href = worst.href if len({origin.href for origin in origins}) == 1 else ""
    return replace(worst, as_of=min(times, default=None), href=href, digest="", size=sum(origin.size for origin in origins))
