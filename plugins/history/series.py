"""What is kept, as records: a series with its points and what changed, and the groups that the index shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from callboard.plugin import EntityRef, Record, Store, segment

OWN: Final = 50
"""Series of one metric up to which each has a page; of more, entities' tabs show them."""
_LISTED: Final = 20
"""Series of one metric up to which the index shows all; of more, those that moved most."""
_MOVED: Final = 5
_MOST: Final = 100
"""Rows of a metric's own page."""
_READ: Final = (
    "SELECT points.mount, points.metric, points.series_key, day, value, plugin, title, unit, better, mount_title FROM points JOIN series"
    " ON series.mount = points.mount AND series.metric = points.metric AND series.series_key = points.series_key"
    " WHERE day >= :oldest AND day <= :today ORDER BY points.mount, points.metric, points.series_key, day"
)


def read(db: Store, today: date, *, keep: timedelta) -> list[Record]:
    """Every series with a point since ``keep`` ago and until ``today``, by mount, metric and key; points oldest first."""
    rows = db.rows(_READ, {"oldest": (today - keep).isoformat(), "today": today.isoformat()})
    found = [_series(list(points)) for _, points in groupby(rows, lambda row: (row["mount"], row["metric"], row["series_key"]))]
    found.sort(key=lambda one: (one["mount"], one["metric"], one["key"].casefold(), one["key"]))
    _give_paths(found)
    return found


def _series(rows: Sequence[Mapping[str, Any]]) -> Record:
    first, points = rows[0], [{"at": row["day"], "value": row["value"]} for row in rows]
    last, previous = points[-1]["value"], points[-2]["value"] if len(points) > 1 else None
    return {
        "plugin": first["plugin"],
        "mount": first["mount"],
        "mount_title": first["mount_title"],
        "metric": first["metric"],
        "title": first["title"],
        "unit": first["unit"],
        "better": first["better"],
        "key": first["series_key"],
        "name": f"{first['title']}: {first['series_key']}" if first["series_key"] else first["title"],
        "ref": _reference(first["series_key"]),
        "points": points,
        "at": points[-1]["at"],
        "last": last,
        "previous": previous,
        "change": None if previous is None else last - previous,
        "week": _since(points, 7),
        "month": _since(points, 30),
        "path": "",
    }


def _since(points: Sequence[Mapping[str, Any]], days: int) -> float | None:
    """The change since so many days before the last point; None if nothing is known from then."""
    limit = (date.fromisoformat(points[-1]["at"]) - timedelta(days=days)).isoformat()
    before = next((point for point in reversed(points) if point["at"] <= limit), None)
    return None if before is None else float(points[-1]["value"] - before["value"])


def _reference(key: str) -> str:
    """The canonical reference that a key is; "" if it is something else."""
    if ":" not in key or "/" not in key:
        return ""
    try:
        return str(EntityRef.parse(key))
    except ValueError:
        return ""


def _give_paths(found: Iterable[Record]) -> None:
    """A page for each series of a metric that has few; two keys that would share a path are numbered."""
    for (mount, metric), group in groupby(found, lambda one: (one["mount"], one["metric"])):
        several = list(group)
        if len(several) > OWN:
            continue
        taken: set[str] = set()
        for one in several:
            base = "/".join(filter(None, (_word(mount), _word(metric), _word(one["key"]))))
            path, number = base, 2
            while path.casefold() in taken:
                path, number = f"{base}-{number}", number + 1
            taken.add(path.casefold())
            one["path"] = path


def _word(text: str) -> str:
    """One step of a path: never several, and never nothing for a text that says something."""
    return segment(text.replace("/", "-").replace(":", "-")) or ("other" if text else "")


def groups(found: Sequence[Record]) -> list[Record]:
    """What the index shows: the mounts, their metrics, and of each its series or those that moved most."""
    made = []
    for mount, group in groupby(found, lambda one: one["mount"]):
        of_mount = list(group)
        metrics = [_metric(list(several), _LISTED, _MOVED) for _, several in groupby(of_mount, lambda one: one["metric"])]
        made.append({"title": of_mount[0]["mount_title"] or mount, "metrics": metrics})
    return made


def many(found: Sequence[Record]) -> list[Record]:
    """The metrics that have a page of their own, since not all of their series have one."""
    grouped = (list(several) for _, several in groupby(found, lambda one: (one["mount"], one["metric"])))
    return [_metric(several, _MOST, _MOST) for several in grouped if len(several) > OWN]


def _metric(several: Sequence[Record], most: int, moved: int) -> Record:
    first = several[0]
    shown = several if len(several) <= most else sorted(several, key=lambda one: -abs(one["week"] or 0))[:moved]
    return {
        "title": first["title"],
        "unit": first["unit"],
        "single": not first["key"],
        "total": len(several),
        "path": f"{_word(first['mount'])}/{_word(first['metric'])}" if len(several) > OWN else "",
        "rows": [_row(one) for one in shown],
    }


def _row(one: Record) -> Record:
    """A series in a table: without its points, but those that a small picture shows."""
    fields = ("title", "unit", "better", "key", "ref", "path", "last", "at", "week", "month")
    return {**{name: one[name] for name in fields}, "spark": one["points"][-60:]}
