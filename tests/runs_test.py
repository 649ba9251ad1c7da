"""data/runs: a source that took many requests is one line of the report."""

from __future__ import annotations

from datetime import UTC, datetime

from callboard.data.runs import merged
from callboard.model.dataset import Origin, SourceRun, State

OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


def test_many_requests_are_one_line() -> None:
    """As bad as the worst of them, with its reason, and as old as the oldest; what has another name or host stays by itself."""
    runs = [
        SourceRun("m", Origin("hub", "http", "a.test", as_of=NEW, href="https://a.test/1"), "revalidated", 1, 1, 10),
        SourceRun("m", Origin("hub", "http", "a.test", State.STALE, OLD, "https://a.test/2", error="503"), "stale", 2, 3, 5),
        SourceRun("m", Origin("hub", "http", "b.test", as_of=NEW), "fetched", 1, 1, 1),
        SourceRun("m", Origin("hub", "http", "a.test", as_of=NEW, href="https://a.test/3"), "cached", 0, 0, 7),
    ]
    first, second = merged(runs)
    assert (first.origin.state, first.origin.as_of, first.origin.error, first.origin.href) == (State.STALE, OLD, "503", "")
    assert (first.outcome, first.seconds, first.tries, first.size) == ("stale", 3, 4, 22)
    assert second == runs[2]
