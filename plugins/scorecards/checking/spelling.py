"""Paths that nothing has, though something of a similar name is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from callboard.plugin import Entity, compiled, conditions, paths_of

from ..options import When
from ..relations import Relations
from .faults import closest

_METADATA = ("name", "namespace", "title", "description", "labels", "annotations", "tags", "links", "uid")
_SPEC = (
    *(
        "type",
        "lifecycle",
        "owner",
        "system",
        "domain",
        "subdomainOf",
        "subcomponentOf",
        "providesApis",
        "consumesApis",
        "dependsOn",
    ),
    *("dependencyOf", "definition", "profile", "parent", "children", "members", "memberOf"),
)
"""Fields of Backstage's model that are right even if no entity has them yet."""
_LIKE = 0.8
"""How alike a key must be: annotations are often much like one another."""
_DEEP = 4


class Spelling:
    """The keys that entities have."""

    def __init__(self, entities: Sequence[Entity], relations: Relations) -> None:
        self.entities, self._relations = entities, relations
        self._known: dict[str, set[str]] | None = None

    def about(self, when: When) -> bool:
        """Whether a filter lets any entity through."""
        holds = compiled(when)
        if "relations" not in repr(when):
            return any(holds(entity.data) for entity in self.entities)
        return any(holds({**entity.data, "relations": self._relations.of(entity)}) for entity in self.entities)

    def paths(self, when: When) -> list[str]:
        """The paths that a condition looks at."""
        return sorted({path for part in conditions(when) for path in paths_of(part)})

    def of_entities(self, path: str) -> tuple[str, str] | None:
        """What is misspelt in a path (``"metadata.annotatons"``) and what was meant; None if nothing is."""
        if self._known is None:
            self._known = _keys(entity.data for entity in self.entities)
            self._known[""] |= {"kind", "apiVersion", "metadata", "spec", "relations"} if self.entities else set()
            for name, fields in (("metadata", _METADATA), ("spec", _SPEC)):
                self._known.setdefault(name, set()).update(fields)
        return _misspelt(path, self._known) if self.entities else None

    def of_records(self, path: str, records: Sequence[Any]) -> tuple[str, str] | None:
        """The same of the records of a list."""
        return _misspelt(path, _keys(record for record in records if isinstance(record, Mapping))) if records else None


def _keys(records: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """The keys below each path that some record has."""
    found: dict[str, set[str]] = {"": set()}
    for record in records:
        _note(record, "", found, 1)
    return found


def _note(record: Mapping[str, Any], above: str, found: dict[str, set[str]], depth: int) -> None:
    found.setdefault(above, set()).update(record)
    for name, value in record.items():
        if isinstance(value, Mapping) and depth < _DEEP:
            _note(value, f"{above}.{name}" if above else str(name), found, depth + 1)


def _misspelt(path: str, known: Mapping[str, set[str]]) -> tuple[str, str] | None:
    above, rest = "", path
    while rest:
        keys = known.get(above)
        if not keys:
            return None
        fits = next((key for key in _beginnings(rest) if key in keys), "")
        if not fits:
            return _meant(above, rest, sorted(map(str, keys)))
        above, rest = f"{above}.{fits}" if above else fits, rest[len(fits) + 1 :]
    return None


def _beginnings(path: str) -> Iterator[str]:
    """A path and what is left of it without its last words: keys may hold dots."""
    parts = path.split(".")
    yield from (".".join(parts[:end]) for end in range(len(parts), 0, -1))


def _meant(above: str, rest: str, keys: Sequence[str]) -> tuple[str, str] | None:
    """The longest beginning of ``rest`` that is like a key, since keys may hold dots themselves."""
    for word in _beginnings(rest):
        close = closest(word, keys, _LIKE)
        if close and close.count(".") == word.count("."):
            whole = f"{above}.{word}" if above else word
            return f'"{whole}"', f'Did you mean "{f"{above}.{close}" if above else close}"?'
    return None
