"""``--8<-- "file"``: files that a text includes, in place, before it is read as Markdown."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from typing import Final

from callboard.pages.markdown.value import Include, Spot

_LARGEST: Final = 1_000_000
"""Characters that one text may include altogether."""
_MOST: Final = 500
"""Files that one text may include altogether."""
_DEEPEST: Final = 10
_LINE = re.compile(r"([ \t]*)(;*)-{1,9}8<-{1,9}(?:[ \t]+(?:\"([^\"]+)\"|'([^']+)'))?[ \t]*\Z")
_MARK = re.compile(r"-{1,9}8<-{1,9}[ \t]+\[[ \t]*(start|end)[ \t]*:[ \t]*([A-Za-z][\w-]*)[ \t]*\]", re.IGNORECASE)
_NAME = re.compile(r"(.*?)(?::([A-Za-z][\w-]*)|((?::-?[0-9]*){1,2}(?:,-?[0-9]*(?::-?[0-9]*)?)*))?\Z")


@dataclass(slots=True)
class Expanded:
    """A text with what it includes."""

    lines: list[str] = field(default_factory=list)
    places: list[tuple[int, str]] = field(default_factory=list)
    """Of each line: its own line (from 1; of the text itself: from ``first``) and the included file, "" for the text."""
    files: dict[str, str] = field(default_factory=dict)
    unknown: list[Spot] = field(default_factory=list)
    size: int = 0


def expanded(text: str, include: Include | None, first: int) -> Expanded:
    """``text`` with its snippets in their places. What cannot be included stays as it is written, and is named."""
    result = Expanded()
    _walk(result, include, text.split("\n"), ("", first), "", ())
    return result


def _walk(
    out: Expanded, include: Include | None, lines: list[str], at: tuple[str, int], indent: str, above: tuple[str, ...]
) -> None:
    file, first = at
    block = False
    for number, written in enumerate(lines, first):
        line, match = written, _LINE.match(written) if "8<" in written else None
        if match is not None and match[2]:
            line, match = line.replace(";", "", 1), None
        if match is not None and not (match[3] or match[4]):
            block = not block
            continue
        name = (match[3] or match[4]) if match is not None else line.strip() if block else ""
        if block and not name:
            continue
        if name and not name.startswith(";"):
            why = _include(out, include, name, indent + (match or re.match(r"([ \t]*)", line) or ("", ""))[1], above)
            if not why:
                continue
            out.unknown.append(Spot(f'the snippet "{name}" {why}', number, file))
        out.lines.append(indent + line if line else line)
        out.places.append((number, file))


def _include(out: Expanded, include: Include | None, name: str, indent: str, above: tuple[str, ...]) -> str:
    """The file's lines into ``out``; why not, if they cannot be."""
    match = _NAME.match(name)
    path = match[1] if match is not None else name
    if include is None:
        return "cannot be included here"
    if "://" in path:
        return "is an address; only files of this document's folder are included"
    if path in above or len(above) >= _DEEPEST:
        return "includes itself" if path in above else "is included too deeply"
    found = include(path)
    if found is None:
        return "is not there, or not inside the document's folder"
    out.files[path] = found.digest
    lines = found.text.removeprefix("\ufeff").replace("\r\n", "\n").removesuffix("\n").split("\n")
    chosen = _chosen(lines, match[2] or "", match[3] or "") if match is not None else [(1, lines)]
    if chosen is None:
        return "has no section of that name"
    out.size += sum(len(line) + len(indent) + 1 for _, part in chosen for line in part) + _LARGEST // _MOST
    if out.size > _LARGEST:
        return "is too much: a text may include 500 files and 1 MB altogether"
    for first, part in chosen:
        _walk(out, include, part, (found.file, first), indent, (*above, path))
    return ""


def _chosen(lines: list[str], section: str, ranges: str) -> list[tuple[int, list[str]]] | None:
    """(first line, lines) of each part that is wanted; None if there is no such section."""
    if section:
        return _section(lines, section.lower())
    if not ranges:
        return [(1, lines)] if not any("8<" in line and _MARK.search(line) for line in lines) else _without_marks(lines)
    parts = []
    for one in ranges[1:].split(",")[:50]:
        first, _, last = one.partition(":")
        start = _number(first, len(lines), 1)
        end = _number(last, len(lines), len(lines))
        parts.append((start, lines[start - 1 : end]))
    return parts


def _number(text: str, count: int, default: int) -> int:
    if text in ("", "-"):
        return default
    number = int(text[:9])
    return max(1, count + 1 + number if number < 0 else number)


def _section(lines: list[str], name: str) -> list[tuple[int, list[str]]] | None:
    start = 0
    for number, line in enumerate(lines, 1):
        mark = _MARK.search(line) if "8<" in line else None
        if mark is None or mark[2].lower() != name:
            continue
        if mark[1].lower() == "start":
            start = number + 1
        elif start:
            part = textwrap.dedent("\n".join(lines[start - 1 : number - 1])).split("\n")
            return [(start, [line for line in part if not ("8<" in line and _MARK.search(line))])]
    return None


def _without_marks(lines: list[str]) -> list[tuple[int, list[str]]]:
    return [(number, [line]) for number, line in enumerate(lines, 1) if not ("8<" in line and _MARK.search(line))]
