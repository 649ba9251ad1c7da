"""The dataset of a radar: numbered entries with their movement and spot, quadrants, rings, and what moved."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from callboard.plugin import Record

from . import layout
from .shape import Entry, Part, Radar, day

WORDS = {-1: "moved out", 0: "no change", 1: "moved in", 2: "new"}
SHAPES = {-1: "down", 0: "circle", 1: "up", 2: "star"}
LATELY = timedelta(days=183)
"""How long before the radar's date a change of ring still counts as movement, if the file does not say ``since``."""


def entries(radar: Radar) -> list[Record]:
    """One record an entry, by number.

    Numbers follow the day on which an entry first appeared, then new ones, then the name: an entry that is added today, or is
    marked as new, gets the last number and changes no other.
    """
    since = _since(radar)
    numbered = sorted(radar.entries, key=_order)
    moves = {entry.id: _moved(entry, radar, since) for entry in numbered}
    blips = [layout.Blip(entry.id, entry.quadrant, entry.ring) for entry in numbered]
    spots = layout.spots(blips, quadrants=len(radar.quadrants), rings=len(radar.rings))
    return [
        _record(entry, radar, number=number, moved=moves[entry.id], spot=spots[entry.id])
        for number, entry in enumerate(numbered, start=1)
    ]


def moves(records: Sequence[Record]) -> list[Record]:
    """What moved, newest first: the entries that are not where they were, and where that was (``from_ring``, "" if unknown)."""
    moved = [record for record in records if record["moved"]]
    moved.sort(key=lambda record: (record["date"], -record["number"]), reverse=True)
    fields = ("id", "number", "name", "quadrant_name", "ring_name", "from_ring", "moved", "moved_word", "shape", "date", "note")
    return [{field: record[field] for field in fields} for record in moved]


def quadrants(radar: Radar) -> list[Record]:
    """The quadrants, clockwise from the lower right, each with the place of its name on the drawing."""
    count = len(radar.quadrants)
    return [_part(part, index) | _corner(index, count) for index, part in enumerate(radar.quadrants)]


def rings(radar: Radar) -> list[Record]:
    """The rings, inner first, each with its outer ``radius``, the ``middle`` of its band and the ``count`` of its entries."""
    bounds = (0.0, *layout.radii(len(radar.rings)))
    counts = Counter(entry.ring for entry in radar.entries)
    return [
        _part(part, index)
        | {
            "radius": bounds[index + 1],
            "middle": round((bounds[index] + bounds[index + 1]) / 2, 1),
            "count": counts[index],
        }
        for index, part in enumerate(radar.rings)
    ]


def summary(radar: Radar, *, title: str) -> Record:
    """The radar as a whole: its title, date and size, and the lines between its quadrants."""
    count = len(radar.quadrants)
    angles = [2 * math.pi * index / count for index in range(count)] if count > 1 else []
    return {
        "title": title or radar.title,
        "date": day(radar.date) or radar.date,
        "since": _since(radar) if any(entry.history for entry in radar.entries) else "",
        "size": len(radar.entries),
        "centre": layout.CENTRE,
        "radius": layout.RADIUS,
        "square": count == 4,
        "axes": [[_at(layout.RADIUS, math.cos(angle)), _at(layout.RADIUS, math.sin(angle))] for angle in angles],
        "left_axis": count % 2 == 0,
    }


def _order(entry: Entry) -> tuple[str, bool, str, str]:
    first = entry.history[-1].date if entry.history else ""
    return (first, entry.moved == 2, entry.name.casefold(), entry.id)


def _since(radar: Radar) -> str:
    """From when on a change counts as movement: ``since`` of the file, or half a year before its date or its newest step."""
    said = day(radar.since)
    if said:
        return said
    newest = day(radar.date) or max((entry.history[0].date for entry in radar.entries if entry.history), default="")
    if not newest:
        return ""
    year, month, number = (int(part) for part in f"{newest}-01-01".split("-")[:3])
    return (date(year, month, number) - LATELY).isoformat()


def _moved(entry: Entry, radar: Radar, since: str) -> int:
    """What the file says of the newest step or the entry; else what its history shows since then."""
    newest = entry.history[0] if entry.history else None
    said = newest.moved if newest and newest.moved is not None else entry.moved
    if said is not None or newest is None:
        return said or 0
    if newest.date < since:
        return 0
    if len(entry.history) == 1:
        return 2 if any(other.history and other.history[-1].date < since for other in radar.entries) else 0
    return _between(entry.history[1].ring, newest.ring)


def _between(old: int, new: int) -> int:
    return (old > new) - (old < new)


def _record(entry: Entry, radar: Radar, *, number: int, moved: int, spot: layout.Spot) -> Record:
    ring = radar.rings[entry.ring].name
    quadrant = radar.quadrants[entry.quadrant].name
    newest = entry.history[0] if entry.history else None
    earlier = [step.ring for step in entry.history[1:] if step.ring != entry.ring]
    return {
        "id": entry.id,
        "number": number,
        "name": entry.name,
        "quadrant": entry.quadrant,
        "quadrant_name": quadrant,
        "ring": entry.ring,
        "ring_name": ring,
        "moved": moved,
        "moved_word": WORDS[moved],
        "from_ring": radar.rings[earlier[0]].name if moved and earlier else "",
        "active": entry.active,
        "date": newest.date if newest else "",
        "note": newest.note if newest else "",
        "description": entry.description,
        "text": f"{ring}, {quadrant}",
        "url": entry.url,
        "links": [{"title": title, "url": url} for title, url in entry.links],
        "history": _history(entry, radar),
        "shape": SHAPES[moved],
        "x": spot.x,
        "y": spot.y,
        "size": spot.size,
    }


def _history(entry: Entry, radar: Radar) -> list[Record]:
    steps: list[Record] = []
    older: int | None = None
    for step in reversed(entry.history):
        derived = 0 if older is None else _between(older, step.ring)
        moved = step.moved if step.moved is not None else derived
        word = "first listed" if older is None and step.moved is None else WORDS[moved]
        steps.append(
            {"date": step.date, "ring_name": radar.rings[step.ring].name, "moved": moved, "moved_word": word, "note": step.note}
        )
        older = step.ring
    return steps[::-1]


def _part(part: Part, index: int) -> dict[str, Any]:
    return {"id": part.id, "name": part.name, "description": part.description, "index": index}


def _corner(index: int, count: int) -> Record:
    """Where a quadrant's name stands: in the drawing's corners if there are four, else beside the middle of its edge."""
    if count == 4:
        x, y = [(996, 988), (4, 988), (4, 22), (996, 22)][index]
        return {"x": x, "y": y, "anchor": "end" if x > layout.CENTRE else "start"}
    angle = 2 * math.pi * (index + 0.5) / count
    cosine = math.cos(angle)
    anchor = "middle" if abs(cosine) < 0.2 else "start" if cosine > 0 else "end"
    return {"x": _at(layout.RADIUS + 16, cosine), "y": round(_at(layout.RADIUS + 20, math.sin(angle)) + 6, 1), "anchor": anchor}


def _at(radius: float, part: float) -> float:
    return round(layout.CENTRE + radius * part, 1)
