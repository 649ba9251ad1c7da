"""Which entities came and went: when each was first seen, and when it was missing first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from callboard.plugin import Entity, Record, Store

_NEWS: Final = """
    SELECT ref, title, kind, first_seen, gone FROM entities WHERE first_seen <> '' OR gone <> ''
    ORDER BY CASE WHEN gone <> '' THEN gone ELSE first_seen END DESC, ref LIMIT 200
"""
_ADD: Final = """
    INSERT INTO entities (ref, title, kind, first_seen, gone) VALUES (:ref, :title, :kind, :first_seen, '')
    ON CONFLICT (ref) DO UPDATE SET title = excluded.title, kind = excluded.kind, first_seen = excluded.first_seen, gone = ''
"""
_GONE: Final = "UPDATE entities SET gone = :gone WHERE ref = :ref"
_FORGET: Final = "DELETE FROM entities WHERE gone <> '' AND gone < :oldest"


def record(db: Store, entities: Sequence[Entity], now: datetime, *, keep: timedelta, whole: bool) -> None:
    """Keep what is new and what is missing since the last build. What the first build finds is no news.

    Nothing is called missing unless the data is ``whole``: a service that does not answer removes no entity.
    """
    known = {row["ref"]: row["gone"] for row in db.rows("SELECT ref, gone FROM entities")}
    here = {str(entity.ref): entity for entity in entities}
    at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    fresh = [ref for ref in sorted(here) if known.get(ref, "never")]
    missing = [ref for ref in sorted(known) if not known[ref] and ref not in here] if whole and here else []
    if not (fresh or missing):
        return
    first = at if known else ""
    with db.transaction():
        db.executemany(
            _ADD,
            [{"ref": ref, "title": here[ref].title, "kind": here[ref].ref.kind, "first_seen": first} for ref in fresh],
        )
        db.executemany(_GONE, [{"ref": ref, "gone": at} for ref in missing])
        db.execute(_FORGET, {"oldest": (now - keep).strftime("%Y-%m-%dT%H:%M:%SZ")})


def news(db: Store) -> list[Record]:
    """What came and went, newest first: ``{ref, title, kind, what, at, page}``; ``page`` is the reference of one that is there."""
    return [_said(row) for row in db.rows(_NEWS)]


def _said(row: Mapping[str, Any]) -> Record:
    gone = bool(row["gone"])
    return {
        "ref": row["ref"],
        "title": row["title"],
        "kind": row["kind"],
        "what": "removed" if gone else "new",
        "at": row["gone"] if gone else row["first_seen"],
        "page": "" if gone else row["ref"],
    }
