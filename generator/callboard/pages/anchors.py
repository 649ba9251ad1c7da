"""Links to a part of another page: whether that page has it, once all pages are made."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from html import unescape

from callboard.model.problem import Place, Problem, Severity
from callboard.pages.makers import Planned
from callboard.pages.resolve import Anchor

_ID = re.compile(rb"""\s(?:id|name)="([^"]+)\"""")

Known = Mapping[str, tuple[str, Mapping[str, bool]]]
"""The path of a target → its fingerprint, and which of the ids that are asked for it has: what an unchanged page need not be read for."""


def check(
    asked: Iterable[tuple[Planned, Anchor]],
    *,
    known: Known,
    fingerprint: Callable[[str], str],
    read: Callable[[str], bytes],
    at: Callable[[Planned, str, int, str], Place],
) -> tuple[list[Problem], dict[str, tuple[str, dict[str, bool]]]]:
    """A problem for each link whose part is not there, and what is known now. ``read`` gives the HTML of the page at a path."""
    found: dict[str, tuple[str, dict[str, bool]]] = {}
    problems = []
    for planned, (path, name, target, line, file) in asked:
        mark = fingerprint(path)
        if path not in found:
            before, ids = known.get(path, ("", {}))
            found[path] = (mark, dict(ids) if before == mark else {})
        ids_here = found[path][1]
        if name not in ids_here:
            ids_here[name] = name in _ids(read(path)) or name in ("", "top")
        if not ids_here[name]:
            what = f'the link "{target}" leads to a page without a part "{name}".'
            problems.append(
                Problem(
                    "broken-link",
                    what,
                    at(planned, what, line, file),
                    mend=_mend(name, target, _ids(read(path))),
                    severity=Severity.WARNING,
                    plugin=planned.owner,
                )
            )
    return problems, found


def _ids(content: bytes) -> dict[str, None]:
    return {unescape(one.decode("utf-8", "replace")): None for one in _ID.findall(content)}


def _mend(name: str, target: str, ids: Iterable[str]) -> str:
    close = difflib.get_close_matches(name.lower(), ids, 1)
    return f'Did you mean "{target.partition("#")[0]}#{close[0]}"?' if close else "Mend what stands after the #."
