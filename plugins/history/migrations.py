"""The tables: which series there are, and one number a day of each."""

from __future__ import annotations

from callboard.plugin import Migrations, Store

migrations = Migrations()


@migrations(name="0001_series_and_points")
def create(db: Store) -> None:
    """A series is known by its mount, its metric and its key, so that several builds at once need no common counter."""
    text = "TEXT NOT NULL"
    db.execute(
        f"CREATE TABLE series (mount {text}, metric {text}, series_key {text}, plugin {text}, title {text}, unit {text},"
        f" better {text}, mount_title {text}, PRIMARY KEY (mount, metric, series_key))"
    )
    db.execute(
        f"CREATE TABLE points (mount {text}, metric {text}, series_key {text}, day {text}, value DOUBLE PRECISION NOT NULL,"
        " PRIMARY KEY (mount, metric, series_key, day))"
    )
    db.execute("CREATE INDEX points_by_day ON points (day)")


@migrations(name="0002_entities")
def entities(db: Store) -> None:
    """``first_seen`` is "" for those that the first build found; ``gone`` is "" for those that are there."""
    text = "TEXT NOT NULL"
    db.execute(f"CREATE TABLE entities (ref TEXT PRIMARY KEY, title {text}, kind {text}, first_seen {text}, gone {text})")
