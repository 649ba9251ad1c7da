"""A running Backstage → entities: all pages of ``/api/catalog/entities/by-query``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from callboard.plugin import Answer, Entity, EntityRef, FetchError, Http, Origin, Place, Problem, Secret, Severity, State

from ..checking.checker import Checker, reference
from ..reading.reader import host_of
from .options import BackstageSpec

PAGE = 500
"""Entities asked for at once: some 2 MB of answer."""
_MOST_PAGES = 2_000


@dataclass(frozen=True, slots=True)
class Answered:
    """What one Backstage gave: all of it, or a FetchError was raised."""

    entities: tuple[Entity, ...]
    origin: Origin
    problems: tuple[Problem, ...]


def read(name: str, spec: BackstageSpec, http: Http, checker: Checker, place: Place) -> Answered:
    """Every entity that the service answers with. Raises FetchError: half a catalog is worse than the last whole one."""
    answers = list(_pages(name, spec, http))
    entities: dict[str, Entity] = {}
    problems: list[Problem] = []
    unknown: dict[str, int] = {}
    host = host_of(spec["baseUrl"])
    for index, value in enumerate(item for answer in answers for item in answer.value["items"]):
        verdict = checker.check(value, answered=True)
        if verdict is None:
            metadata = value["metadata"]
            ref = EntityRef(value["kind"], metadata["namespace"], metadata["name"])
            entities.setdefault(str(ref), Entity(ref, value, Place(host), name, index))
        elif verdict.code == "unknown-kind":
            unknown[verdict.faults[0].what] = unknown.get(verdict.faults[0].what, 0) + 1
        else:
            what = f"{reference(value) or f'entity {index + 1}'} of {host} is left out: {verdict.faults[0].what}"
            problems.append(_warning("bad-entity", what, place, name))
    for what, count in unknown.items():
        problems.append(_warning("unknown-kind", f"{count} of the entities of {host} are left out: {what}", place, name))
    ordered = tuple(entities[ref] for ref in sorted(entities))
    return Answered(ordered, _joined(name, spec, [answer.origin for answer in answers]), tuple(problems))


def unasked(name: str, spec: BackstageSpec) -> Answered:
    """Nothing, and no fault: ``callboard check`` asks no service."""
    return Answered((), Origin(name, "http", host_of(spec["baseUrl"]), State.SKIPPED, href=spec["baseUrl"]), ())


def failed(name: str, spec: BackstageSpec, error: FetchError, place: Place) -> Answered:
    """Nothing, and why: the entities of other sources are shown all the same."""
    origin = Origin(name, "http", host_of(spec["baseUrl"]), State.FAILED, href=spec["baseUrl"], error=str(error))
    what = f"the entities of {origin.label} are missing: {error}"
    return Answered((), origin, (_warning("catalog/service-failed", what, place, name),))


def _pages(name: str, spec: BackstageSpec, http: Http) -> Iterator[Answer]:
    base = f"{spec['baseUrl']}/api/catalog/entities/by-query"
    token = spec.get("token")
    headers: dict[str, str | Secret] = {"Authorization": Secret(f"Bearer {token.reveal()}")} if token else {}
    query = [("limit", str(PAGE)), *(("filter", text) for text in spec.get("filter", ()))]
    seen: set[str] = set()
    while True:
        answer = http.json(f"{base}?{urlencode(query)}", headers=headers, name=name)
        yield answer
        cursor = _cursor(answer.value, base)
        if not cursor:
            return
        if cursor in seen or len(seen) > _MOST_PAGES:
            raise FetchError(f"{host_of(base)} gives the same page again and again.")
        seen.add(cursor)
        query = [("limit", str(PAGE)), ("cursor", cursor)]


def _cursor(value: Any, base: str) -> str:
    """The cursor of the next page, "" on the last. Raises FetchError for an answer of another shape."""
    page = value.get("pageInfo") if isinstance(value, dict) else None
    if not isinstance(page, dict) or not isinstance(value.get("items"), list):
        raise FetchError(f"{host_of(base)} answers with something else than a page of entities.")
    cursor = page.get("nextCursor")
    return cursor if isinstance(cursor, str) else ""


def _joined(name: str, spec: BackstageSpec, origins: list[Origin]) -> Origin:
    """One origin for all pages: as old, and as stale, as the worst of them."""
    worst = next((origin for origin in origins if origin.state is not State.OK), origins[0])
    times = [origin.as_of for origin in origins if origin.as_of is not None]
    digest = origins[0].digest if len(origins) == 1 else ""
    oldest = min(times, default=None)
    return replace(worst, name=name, label=host_of(spec["baseUrl"]), href=spec["baseUrl"], as_of=oldest, digest=digest)


def _warning(code: str, what: str, place: Place, name: str) -> Problem:
    return Problem(code, what, place, f"providers.backstage.{name}", severity=Severity.WARNING)
