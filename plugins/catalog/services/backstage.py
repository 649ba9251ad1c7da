"""A running Backstage → entities: all pages of ``/api/catalog/entities/by-query``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from callboard.plugin import Answer, Entity

from ..checking.checker import Checker, reference
from ..options.providers import BackstageSpec
from .answered import Answered, Asking

PAGE = 500
"""Entities asked for at once: some 2 MB of answer."""


def read(spec: BackstageSpec, asking: Asking, checker: Checker) -> Answered:
    """Every entity that the service answers with, its own relations, status and annotations kept.

    Raises FetchError: half a catalog is worse than the last whole one.
    """
    answers = list(_pages(spec, asking))
    entities: dict[str, Entity] = {}
    problems = []
    unknown: Counter[str] = Counter()
    for index, value in enumerate(item for answer in answers for item in answer.value["items"]):
        verdict = checker.check(value, answered=True)
        if verdict is None:
            entity = asking.entity(value, index)
            entities.setdefault(str(entity.ref), entity)
        elif verdict.code == "unknown-kind":
            unknown[verdict.faults[0].what] += 1
        else:
            what = f"{reference(value) or f'entity {index + 1}'} of {asking.label} is left out: {verdict.faults[0].what}"
            problems.append(asking.warning("bad-entity", what))
    for what, count in unknown.items():
        problems.append(asking.warning("unknown-kind", f"{count} of the entities of {asking.label} are left out: {what}"))
    ordered = tuple(entities[ref] for ref in sorted(entities))
    return Answered(asking.joined([answer.origin for answer in answers]), ordered, problems=tuple(problems))


def _pages(spec: BackstageSpec, asking: Asking) -> Iterator[Answer]:
    base = f"{spec['baseUrl']}/api/catalog/entities/by-query"
    query = [("limit", str(PAGE)), *(("filter", text) for text in spec.get("filter", ()))]
    seen: set[str] = set()
    while True:
        answer = asking.http.json(f"{base}?{urlencode(query)}", headers=asking.headers, name=asking.name, accept=_page)
        yield answer
        cursor = answer.value["cursor"]
        if not cursor:
            return
        query = [("limit", str(PAGE)), ("cursor", asking.unseen(cursor, seen))]


def _page(value: Any) -> dict[str, Any]:
    """The entities of a page, and the cursor of the next ("" on the last). Raises ValueError for another shape."""
    page = value.get("pageInfo") if isinstance(value, dict) else None
    if not isinstance(page, dict) or not isinstance(value.get("items"), list):
        raise ValueError("it is no page of entities")
    cursor = page.get("nextCursor")
    return {"items": value["items"], "cursor": cursor if isinstance(cursor, str) else ""}
