"""Who replaced whom: the mentions of all decisions as pairs of files, from both sides, without circles."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from callboard.plugin import Place, Problem, Severity

from .reading.decision import Decision, Mention


class Succession(NamedTuple):
    """The pairs (newer, older) of one log, by their files, and what is wrong with them."""

    replaced: tuple[tuple[str, str], ...]
    amended: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


def succession(decisions: Sequence[Decision], everywhere: Mapping[str, Decision]) -> Succession:
    """``everywhere`` are the decisions of all logs, by file: one may replace that of another log."""
    numbers = {one.name.number: one for one in reversed(decisions) if one.name.number is not None}
    problems: list[Problem] = []
    replaced: dict[tuple[str, str], Place] = {}
    amended: dict[tuple[str, str], Place] = {}
    for one in decisions:
        for mention in one.mentions:
            other = _target(one, mention, numbers, everywhere)
            if other is None:
                problems += _unknown(mention, numbers)
                continue
            pair = (other.file, one.file) if mention.key.endswith(" by") else (one.file, other.file)
            (amended if mention.key.startswith("amend") else replaced).setdefault(pair, mention.place)
    kept, circles = _straight(replaced, everywhere)
    problems += [*circles, *_one_sided(kept, everywhere)]
    return Succession(tuple(sorted(kept)), tuple(sorted(amended)), tuple(problems))


def _target(
    one: Decision, mention: Mention, numbers: Mapping[int, Decision], everywhere: Mapping[str, Decision]
) -> Decision | None:
    if mention.href and "://" not in mention.href:
        path = unquote(mention.href.partition("#")[0]).rstrip("/")
        file = posixpath.normpath(posixpath.join(posixpath.dirname(one.file), path))
        for name in (file, f"{file}.md", f"{file}.markdown"):
            if name in everywhere:
                return everywhere[name]
    return numbers.get(mention.number) if mention.number is not None and "://" not in mention.href else None


def _unknown(mention: Mention, numbers: Mapping[int, Decision]) -> Iterator[Problem]:
    if "://" in mention.href:
        return  # a decision elsewhere
    known = sorted(numbers)
    named = mention.href or mention.label
    mend = f"Its decisions have the numbers {known[0]} to {known[-1]}." if known else "Name a file of its folder."
    what = f'it says "{mention.key}" of "{named[:100]}", and no decision is there.'
    yield Problem("adr/unknown-decision", what, mention.place, mend=mend, severity=Severity.WARNING)


def _straight(
    pairs: Mapping[tuple[str, str], Place], everywhere: Mapping[str, Decision]
) -> tuple[dict[tuple[str, str], Place], list[Problem]]:
    """The pairs without those that close a circle: of a circle, nobody can say which decision holds."""
    kept: dict[tuple[str, str], Place] = {}
    older: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for (newer, old), place in pairs.items():
        way = _way(older, old, newer)
        if way:
            words = " → ".join(f'"{everywhere[file].title}"' for file in (newer, *way))
            what = f"these decisions replace one another in a circle: {words}."
            problems.append(Problem("adr/circular", what, place, mend="Decide which of them holds.", severity=Severity.WARNING))
            continue
        kept[newer, old] = place
        older.setdefault(newer, []).append(old)
    return kept, problems


def _way(older: Mapping[str, Sequence[str]], start: str, goal: str) -> list[str]:
    """The files on the way from ``start`` to older ones down to ``goal``; empty if there is none."""
    pending, seen = [(start, [start])], {start}
    while pending:
        file, way = pending.pop()
        if file == goal:
            return way
        for one in older.get(file, ()):
            if one not in seen:
                seen.add(one)
                pending.append((one, [*way, one]))
    return []


def _one_sided(pairs: Mapping[tuple[str, str], Place], everywhere: Mapping[str, Decision]) -> Iterator[Problem]:
    """A decision that another one replaces, and that still says that it holds."""
    for newer, old in sorted(pairs):
        one = everywhere[old]
        if one.status in ("accepted", "proposed"):
            by = everywhere[newer]
            name = by.file.rpartition("/")[2]
            what = f'its status is "{one.status}", and "{by.title}" ({name}) says that it replaces it.'
            mend = f"Write: superseded by [{by.title}]({name})"
            yield Problem("adr/still-accepted", what, one.status_place, mend=mend, severity=Severity.WARNING)
