"""The list that Backstage's community announcements answer → Announcements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from callboard.plugin import EntityRef, mapping, segment

from . import times
from .announcement import KINDS, Announcement


def accepted(value: Any) -> list[dict[str, Any]]:
    """The announcements of an answer: a list, or ``results`` of a mapping. Raises ValueError with a sentence."""
    found = value.get("results") if isinstance(value, dict) else value
    if not isinstance(found, list):
        raise ValueError("the answer is no list of announcements.")
    return [one for one in found if isinstance(one, dict)]


def announcements(answer: list[dict[str, Any]]) -> Iterator[Announcement]:
    """Those that have an id and a title."""
    for one in answer:
        if isinstance(one.get("id"), str) and one["id"] and _text(one, "title"):
            yield _announcement(one)


def _announcement(one: Mapping[str, Any]) -> Announcement:
    category = mapping(one.get("category"))
    name = _text(category, "slug").lower()
    created, start, until = (
        _moment(one, *keys) for keys in (("created_at", "createdAt"), ("start_at",), ("until_date", "end_at"))
    )
    published = created or start
    slug, unique = segment(_text(one, "title").lower()), segment(one["id"])[:8]
    return Announcement(
        id=one["id"],
        path=f"{slug[:60].strip('-')}-{unique}" if slug else unique,
        title=_text(one, "title"),
        text=_text(one, "body"),
        kind=name if name in KINDS else "info",
        category="" if name in KINDS else _text(category, "title"),
        published=published,
        date=times.iso(published) if published else "",
        starts=start,
        until=until,
        expires=times.iso(until) if until else "",
        author=_person(_text(one, "on_behalf_of") or _text(one, "publisher")),
        tags=tuple(_tags(one.get("tags"))),
        entities=tuple(_refs(one.get("entity_refs") or one.get("entityRefs"))),
        summary=_text(one, "excerpt"),
        off=one.get("active") is False,
    )


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found.strip() if isinstance(found, str) else ""


def _moment(one: Mapping[str, Any], *keys: str) -> datetime | None:
    for key in keys:
        try:
            return times.begin(_text(one, key))
        except ValueError:
            continue
    return None


def _person(ref: str) -> str:
    """``user:default/ann`` as ``ann``: what is no reference stays."""
    try:
        return EntityRef.parse(ref).name
    except ValueError:
        return ref


def _tags(value: Any) -> Iterator[str]:
    for tag in value if isinstance(value, list) else ():
        name = tag if isinstance(tag, str) else _text(mapping(tag), "title")
        if name:
            yield name


def _refs(value: Any) -> Iterator[str]:
    for text in value if isinstance(value, list) else ():
        try:
            yield str(EntityRef.parse(str(text)))
        except ValueError:
            continue
