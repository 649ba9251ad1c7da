"""How loading went, for the build report: a source that took many requests is one line."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

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


def raised(folder: Path, error: Exception) -> str:
    """``ValueError: no such row (provider.py:12)``: with the last line of the plugin's own code that the exception went through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(folder)]
    where = f" ({Path(frames[-1].filename).relative_to(folder)}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
