"""Decisions → the records that pages show: each with its place in its log, and what it replaces or is replaced by."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from callboard.plugin import Change, segment

from .locating import Log
from .opening import shown
from .reading.decision import Decision
from .reading.words import STATUSES
from .succession import Succession

Record = dict[str, Any]


class Kept(NamedTuple):
    """A log with its decisions in their order, and who replaced whom."""

    log: Log
    decisions: tuple[Decision, ...]
    succession: Succession


def in_order(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """By number, then by day, then by name."""
    return tuple(sorted(decisions, key=lambda one: (one.name.number is None, one.name.number or 0, one.day, one.file)))


def path_of(log: Log, decision: Decision) -> str:
    """The path of a decision's page below the mount, without slashes at its ends."""
    below = decision.file.removeprefix(f"{log.folder}/")
    folder = posixpath.dirname(below)
    return "/".join(segment(part) for part in (log.path, folder, decision.name.stem) if part)


def records(kept: Sequence[Kept], changes: Mapping[str, Change]) -> list[Record]:
    """One record a decision, log by log. ``changes`` are the last ones of files, by name."""
    homes = _homes(kept)
    return [_record(one, each, homes, changes) for each in kept for one in each.decisions]


def _homes(kept: Sequence[Kept]) -> dict[str, Record]:
    """How other pages name each decision, by its file. One that is in several logs is named by the first."""
    found: dict[str, Record] = {}
    for each in kept:
        for one in each.decisions:
            found.setdefault(one.file, _brief(one, each.log))
    return found


def _brief(one: Decision, log: Log) -> Record:
    return {
        "title": one.title,
        "number": one.name.number,
        "status": one.status,
        "date": one.day,
        "path": path_of(log, one),
    }


def _record(one: Decision, kept: Kept, homes: Mapping[str, Record], changes: Mapping[str, Change]) -> Record:
    log = kept.log
    ways = kept.succession.replaced
    return {
        **_brief(one, log),
        "id": path_of(log, one),
        "summary": one.summary,
        "known": one.known,
        **one.people,
        "tags": one.tags,
        "log": {"id": log.id, "title": log.title, "page": log.page},
        "entity": log.ref,
        "owner": list(log.owners),
        "replaced_by": [homes[newer] for newer, old in ways if old == one.file],
        "replaces": [homes[old] for newer, old in ways if newer == one.file],
        "amended_by": [homes[newer] for newer, old in kept.succession.amended if old == one.file],
        "amends": [homes[old] for newer, old in kept.succession.amended if newer == one.file],
        "history": _history(one.file, ways, homes),
        "text": one.text,
        "text_line": one.line,
        "file": one.file,
        "root": log.folder if log.address else "",
        "shown": shown(log, one.file) if log.address else "",
        "source": shown(log, one.file) if log.address else "",
        **_changed(one.file, changes),
        "tree": log.id,
        "origin": log.id,
        "nav": False,
    }


def _changed(file: str, changes: Mapping[str, Change]) -> Record:
    change = changes.get(file)
    return {"updated": change.at, "author": change.author} if change else {}


def _history(file: str, ways: Sequence[tuple[str, str]], homes: Mapping[str, Record]) -> list[Record]:
    """All decisions that led to this one or followed it, oldest first; empty for one that stands alone."""
    found, pending = {file}, [file]
    while pending:
        at = pending.pop()
        for pair in ways:
            for one in pair if at in pair else ():
                if one not in found:
                    found.add(one)
                    pending.append(one)
    if len(found) == 1:
        return []
    depth = {one: _depth(one, ways) for one in found}
    ordered = sorted(found, key=lambda one: (depth[one], homes[one]["date"], homes[one]["number"] or 0, one))
    by = {one: [homes[newer]["title"] for newer, old in ways if old == one] for one in found}
    return [{**homes[one], "by": by[one], "current": one == file} for one in ordered]


def _depth(file: str, ways: Sequence[tuple[str, str]]) -> int:
    """How many steps of replacing lie below a decision; there are no circles."""
    level, steps = {file}, 0
    while level := {old for newer, old in ways if newer in level}:
        steps += 1
    return steps


def newest(found: Iterable[Record]) -> list[Record]:
    """The last ones first; those without a day behind them, log by log, by number."""
    return sorted(found, key=lambda one: (one["date"], one["tree"], one["number"] or 0, one["path"]), reverse=True)


def statuses(found: Iterable[Record]) -> list[Record]:
    """How many there are of each status: ours in the order of a decision's life, then those of authors."""
    counts = dict.fromkeys(STATUSES, 0)
    for one in found:
        if one["status"]:
            counts[one["status"]] = counts.get(one["status"], 0) + 1
    return [{"name": name, "count": count} for name, count in counts.items() if count]


def logs(kept: Sequence[Kept], found: Sequence[Record]) -> list[Record]:
    """One record a log: its decisions, how many of each status, and its timeline."""
    made = []
    for each in kept:
        mine = [one for one in found if one["tree"] == each.log.id]
        files = {one["file"]: one for one in mine}
        made.append(
            {
                "id": each.log.id,
                "title": each.log.title,
                "page": each.log.page,
                "ref": each.log.ref,
                "owner": list(each.log.owners),
                "count": len(mine),
                "last": max((one["date"] for one in mine), default=""),
                "statuses": statuses(mine),
                "rows": [_row(one) for one in mine],
                "timeline": timeline(each.succession, files),
            }
        )
    return made


def _row(one: Record) -> Record:
    return {name: one[name] for name in ("number", "title", "status", "date", "path")}


def timeline(succession: Succession, files: Mapping[str, Record]) -> list[Record]:
    """Who replaced whom, and when that was decided: the newest first."""
    steps = [
        {"date": files[newer]["date"], "newer": _row(files[newer]), "older": _row(files[old])}
        for newer, old in succession.replaced
        if newer in files and old in files
    ]
    return sorted(steps, key=lambda step: (step["date"], step["newer"]["number"] or 0, step["older"]["path"]), reverse=True)


def trees(kept: Sequence[Kept]) -> list[Record]:
    """One record a log: what stands in the rail beside its decisions."""
    return [
        {
            "id": each.log.id,
            "title": "Decisions" if each.log.ref else each.log.title,
            "href": f"/{each.log.page}/",
            "subtitle": "" if each.log.ref else "Decisions",
            "entity": each.log.ref,
            "items": [{"title": _entry(one), "path": f"{path_of(each.log, one)}/"} for one in each.decisions],
        }
        for each in kept
    ]


def _entry(one: Decision) -> str:
    return f"{one.name.number}. {one.title}" if one.name.number is not None else one.title
