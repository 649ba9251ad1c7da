"""Writes down what this build found, and gives all that is known: the numbers of plugins, from day to day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from callboard.plugin import Context, Dataset, Origin, Problem, Provider, Record, Severity, State, StoreError

from . import entities, recording, series

_LABEL: Final = "the portal's own history"
_KEPT: Final = 50_000
"""Points up to which a copy is kept for builds in which the database does not answer."""


class Options(Protocol):
    """The options of a mount, as the manifest declares them."""

    keep: float
    """Seconds."""


class History(Provider[Options]):
    """Lists: ``series`` (each with its points), ``groups`` (what the index shows), ``metrics`` (those of very many series) and
    ``changes`` (entities that came and went).
    """

    def provide(self, options: Options, context: Context) -> Dataset:
        """The history; the last known one, marked as stale, if the database cannot be used."""
        today, keep = context.now.date(), timedelta(seconds=options.keep)
        try:
            db = context.db
            if context.recording:
                recording.record(db, context.metrics, today, keep=keep)
                entities.record(db, context.entities, context.now, keep=keep, whole=_whole(context))
            found = series.read(db, today, keep=keep)
            changes = entities.news(db)
        except StoreError as error:
            return _last_known(context, error)
        _remember(context, found)
        return _dataset(found, Origin("history", "database", _LABEL), changes=changes)


def _whole(context: Context) -> bool:
    """Whether all data of this build is there: what a service did not answer is not gone."""
    origins = [origin for dataset in context.datasets.values() for origin in dataset.origins]
    return all(origin.state is State.OK for origin in origins)


def _dataset(
    found: Sequence[Record], origin: Origin, problems: Sequence[Problem] = (), changes: Sequence[Record] = ()
) -> Dataset:
    return Dataset(
        series=found,
        groups=series.groups(found),
        metrics=series.many(found),
        changes=changes,
        origins=[origin],
        problems=problems,
    )


def _remember(context: Context, found: Sequence[Record]) -> None:
    if sum(len(one["points"]) for one in found) <= _KEPT and context.recording:
        context.cache.set("last", {"at": int(context.now.timestamp()), "series": list(found)})


def _last_known(context: Context, error: StoreError) -> Dataset:
    kept: Any = context.cache.get("last")
    if kept is None:
        raise error
    at = datetime.fromtimestamp(kept["at"], UTC)
    origin = Origin("history", "database", _LABEL, State.STALE, as_of=at, error=str(error).rstrip("."))
    what = f"{str(error).rstrip('.')}; shown is what was known at {at:%Y-%m-%d %H:%M} UTC."
    problem = Problem(
        "history/last-known", what, context.place("keep"), mend="The next build asks again.", severity=Severity.WARNING
    )
    return _dataset(kept["series"], origin, [problem])
