"""Writes a build's numbers down: at most one a day and series, the day's last; forgets what is too old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from callboard.plugin import Metric, Store

_WEEKLY: Final = timedelta(days=100)
"""After which one point a week is kept."""
_SERIES: Final = """
    INSERT INTO series (mount, metric, series_key, plugin, title, unit, better, mount_title)
    VALUES (:mount, :metric, :key, :plugin, :title, :unit, :better, :mount_title)
    ON CONFLICT (mount, metric, series_key) DO UPDATE
    SET plugin = excluded.plugin, title = excluded.title, unit = excluded.unit, better = excluded.better,
        mount_title = excluded.mount_title
"""
_POINT: Final = """
    INSERT INTO points (mount, metric, series_key, day, value) VALUES (:mount, :metric, :key, :day, :value)
    ON CONFLICT (mount, metric, series_key, day) DO UPDATE SET value = excluded.value
"""
_THIN: Final = """
    DELETE FROM points WHERE day >= :begin AND day < :end AND EXISTS (
        SELECT 1 FROM points AS later WHERE later.mount = points.mount AND later.metric = points.metric
        AND later.series_key = points.series_key AND later.day > points.day AND later.day < :end)
"""
_Id = tuple[str, str, str]


def record(db: Store, metrics: Sequence[Metric], today: date, *, keep: timedelta) -> None:
    """Keep ``metrics`` as the numbers of ``today``, all or none; nothing is written if they are known.

    Written in one order by all builds, so that two at once wait for one another and never block each other.
    """
    known = _known(db, today)
    series = {_id(row): row for row in db.rows("SELECT * FROM series")}
    news = sorted((metric for metric in metrics if known.get(_key(metric)) != metric.value), key=_key)
    changed = sorted((metric for metric in metrics if _differs(series.get(_key(metric)), metric)), key=_key)
    limits = _limits(db, today, keep)
    if not (news or changed or limits):
        return
    with db.transaction():
        db.executemany(_SERIES, [_row(metric, today) for metric in changed])
        db.executemany(_POINT, [_row(metric, today) for metric in news])
        for sql, parameters in limits:
            db.execute(sql, parameters)


def _known(db: Store, today: date) -> dict[_Id, float]:
    rows = db.rows("SELECT mount, metric, series_key, value FROM points WHERE day = :day", {"day": today.isoformat()})
    return {_id(row): row["value"] for row in rows}


def _id(row: dict[str, Any]) -> _Id:
    return row["mount"], row["metric"], row["series_key"]


def _key(metric: Metric) -> _Id:
    return metric.mount, metric.name, metric.key


def _differs(row: dict[str, Any] | None, metric: Metric) -> bool:
    return row is None or any(row[name] != getattr(metric, name) for name in ("plugin", "title", "unit", "better", "mount_title"))


def _row(metric: Metric, today: date) -> dict[str, Any]:
    return {**metric._asdict(), "metric": metric.name, "day": today.isoformat()}


def _limits(db: Store, today: date, keep: timedelta) -> list[tuple[str, dict[str, str]]]:
    """What to forget. Counted from the newest day before this build's if that is earlier: one build with a wrong clock, far in the
    future, must not empty the history.
    """
    [newest] = db.rows("SELECT max(day) AS day FROM points WHERE day <> :today", {"today": today.isoformat()})
    if newest["day"] is None:
        return []
    now = min(today, date.fromisoformat(newest["day"]))
    oldest, weekly = (now - keep).isoformat(), (now - _WEEKLY).isoformat()
    found: list[tuple[str, dict[str, str]]] = []
    if db.rows("SELECT 1 FROM points WHERE day < :oldest LIMIT 1", {"oldest": oldest}):
        found.append(("DELETE FROM points WHERE day < :oldest", {"oldest": oldest}))
        found.append(
            (
                "DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM points WHERE points.mount = series.mount"
                " AND points.metric = series.metric AND points.series_key = series.series_key)",
                {},
            )
        )
    days = db.rows("SELECT DISTINCT day FROM points WHERE day >= :oldest AND day < :weekly", {"oldest": oldest, "weekly": weekly})
    mondays: dict[date, int] = {}
    for row in days:
        day = date.fromisoformat(row["day"])
        monday = day - timedelta(days=day.weekday())
        if monday + timedelta(days=7) <= now - _WEEKLY:  # a whole week, or its last day would be told wrong
            mondays[monday] = mondays.get(monday, 0) + 1
    for monday, count in mondays.items():
        if count > 1:
            found.append((_THIN, {"begin": monday.isoformat(), "end": (monday + timedelta(days=7)).isoformat()}))
    return found
