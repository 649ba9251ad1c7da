"""What ``callboard catalog validate`` prints."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from callboard.plugin import Problem, annotation, cut, safe, unordered

from .validating import Checked


def printed(entities: Sequence[Checked], form: str) -> Iterator[str]:
    """The lines of one of the forms: text, json or github."""
    if form == "json":
        yield json.dumps([_plain(entity) for entity in entities], indent=2)
        return
    problems = [problem for entity in entities for problem in entity.problems]
    if form == "github":
        folder = os.path.relpath(Path.cwd(), os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
        yield from (annotation(problem, folder) for problem in problems)
    else:
        yield from (unordered(safe(cut(problem.text))) for problem in problems)
    yield _summary(entities, problems)


def _plain(entity: Checked) -> dict[str, Any]:
    return {
        "file": entity.place.file,
        "line": entity.place.line,
        "ref": entity.ref,
        "valid": entity.valid,
        "problems": [_described(problem) for problem in entity.problems],
        "relations": [{"type": name, "target": target} for name, target in entity.relations],
    }


def _described(problem: Problem) -> dict[str, Any]:
    return {
        "line": problem.place.line,
        "column": problem.place.column,
        "field": problem.path,
        "message": f"{problem.what} {problem.mend}".strip(),
        "code": problem.code,
    }


def _summary(entities: Sequence[Checked], problems: Sequence[Problem]) -> str:
    """``12 entities in 5 files: 1 is not valid, 2 problems.``"""
    files = len({entity.place.file for entity in entities})
    counts = f"{_count(len(entities), 'entity', 'entities')} in {_count(files, 'file', 'files')}"
    bad = sum(not entity.valid for entity in entities)
    if not bad:
        return f"{counts}: all valid." if entities else "No entities."
    return f"{counts}: {bad} not valid, {_count(len(problems), 'problem', 'problems')}."


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
