"""One check as a question: what it answers for each entity, and what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from callboard.plugin import Query, compiled, conditions, holds, paths_of, words

from ..options import Check, When
from .facts import Facts

PASSED, FAILED, EXEMPT, UNKNOWN, NOT_APPLICABLE = "p", "f", "x", "u", "n"
WORDS = {PASSED: "passed", FAILED: "failed", EXEMPT: "exempt", UNKNOWN: "unknown", NOT_APPLICABLE: "not applicable"}
_SEEN = 80
"""Characters of a value that was seen."""
_MISSING = {"unknown": UNKNOWN, "failed": FAILED, "passed": PASSED, "skipped": NOT_APPLICABLE}


class Answer(NamedTuple):
    """What a check says of one entity."""

    state: str
    seen: str = ""
    """The value that was looked at, or why it is not known."""


Question = Callable[[Any, str], Answer]
"""Of an entity's envelope and its canonical reference."""

_YES, _NO, _SKIPPED = Answer(PASSED), Answer(FAILED), Answer(NOT_APPLICABLE)


def question(check: Check, facts: Facts, today: Callable[[], date]) -> Question:
    """The check, made ready to be asked 10,000 times."""
    if check.since is not None and check.since > today():
        return lambda _entity, _ref: _SKIPPED
    asked = _of_data(check, facts) if check.data else _of_entity(check.held or {})
    if not check.filter:
        return asked
    wanted = compiled(check.filter)
    return lambda entity, ref: asked(entity, ref) if wanted(entity) else _SKIPPED


def paths(check: Check) -> list[str]:
    """The paths of the entity that a check looks at, for showing what stands there; relations as ``relations.ownedBy``."""
    parts = conditions(check.held or {})
    found = {path for part in parts for path in paths_of(part)}
    types = {f"relations.{name}" for part in parts for name in _types(part)}
    return sorted((found - {"relations"}) | types)


def _types(predicate: Any) -> Iterator[str]:
    """The relation types that a predicate names."""
    if isinstance(predicate, Mapping):
        wanted = predicate.get("relations")
        named = wanted.get("$contains") if isinstance(wanted, Mapping) else None
        if isinstance(named, Mapping) and isinstance(named.get("type"), str):
            yield named["type"]
    items = predicate.values() if isinstance(predicate, Mapping) else predicate if isinstance(predicate, list) else ()
    for item in items:
        yield from _types(item)


def _of_entity(held: When) -> Question:
    holds_ = compiled(held)
    return lambda entity, _ref: _YES if holds_(entity) else _NO


def _of_data(check: Check, facts: Facts) -> Question:
    return _DataQuestion(check, facts).ask


class _DataQuestion:
    """A check over records of other plugins. Answers for the same records are given once, if no entity is looked at."""

    def __init__(self, check: Check, facts: Facts) -> None:
        self._match, self._missing = check.match, _MISSING[check.missing]
        self._sources = {name: facts.source(text) for name, text in check.data.items()}
        self._expression = Query(check.expression) if check.expression else None
        # Lists of an index stay, so that their identity names them; with more than one path they are made anew each time.
        self._alone = len(check.match) < 2 and (self._expression is None or "entity" not in self._expression.fields)
        self._known: dict[tuple[int, ...], Answer] = {}
        self._broken = next((source.fault for source in self._sources.values() if source.fault and source.whole), "")
        self._failed = next((source.fault for source in self._sources.values() if source.fault), "")

    def ask(self, entity: Any, ref: str) -> Answer:
        """The answer for one entity."""
        if self._broken:
            return Answer(UNKNOWN, self._broken)
        found = {name: source.matching(self._match, entity, ref) for name, source in self._sources.items()}
        if not any(found.values()):
            return Answer(UNKNOWN, self._failed) if self._failed else self._absent()
        if not self._alone:
            return self._answer({**found, "entity": entity})
        key = tuple(id(records) for records in found.values())
        if key not in self._known:
            self._known[key] = self._answer(found)
        return self._known[key]

    def _absent(self) -> Answer:
        named = ", ".join(self._sources)
        return Answer(self._missing, f"no {named}" if self._missing != NOT_APPLICABLE else "")

    def _answer(self, scope: Mapping[str, Any]) -> Answer:
        if self._expression is None:
            return Answer(PASSED, _counted(scope))
        try:
            held = holds(self._expression(scope))
            seen = self._expression.compared(scope)
        except ValueError as error:
            return Answer(UNKNOWN, str(error))
        if isinstance(seen, bool) or seen is None:
            seen = "" if seen is held or seen is None else words(seen)
        return Answer(PASSED if held else FAILED, _short(words(seen)) if isinstance(seen, (str, int, float)) else "")


def _counted(scope: Mapping[str, Any]) -> str:
    return ", ".join(f"{len(records)} {name}" for name, records in scope.items() if isinstance(records, (list, tuple)))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SEEN else f"{line[: _SEEN - 1]}…"
