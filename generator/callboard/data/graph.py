"""Entities of all mounts → the Graph: relations from both sides, with dangling, broken and doubled ones reported at their line."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from callboard.model.entity import Entity, EntityRef, Graph, Kind, Relation, RelationField
from callboard.model.lookup import key_of, lookup
from callboard.model.problem import Key, Place, Problem, Severity, dotted, ordered
from callboard.plugin import locate

Read = Callable[[str], str | None]
"""The text of a file by its name below the site's root; None for what is no file."""

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_Edges = dict[tuple[str, str], Relation]


def build(
    entities: Iterable[Entity], kinds: Mapping[str, Kind], *, read: Read | None = None
) -> tuple[Graph, tuple[Problem, ...]]:
    """The graph of all entities, and what is wrong with their references (warnings, sorted by place).

    Relations come from the fields that ``kinds`` (by lower-cased name) names, and from the ``relations`` that a running catalog
    answered with. ``read`` gives the text of a descriptor file again, only for references that need their exact line.
    """
    with _uncollected():
        builder = _Builder(_compiled(kinds), _Lines(read or _nothing))
        for entity in entities:
            builder.add(entity)
        for ref in builder.entities:
            builder.relate(ref)
        problems = ordered(builder.report())
        titles, order = _titles(kinds)
        relations = {ref: tuple(edges[key] for key in sorted(edges)) for ref, edges in sorted(builder.edges.items()) if edges}
        known = {ref: builder.entities[ref] for ref in sorted(builder.entities)}
        return Graph(known, relations, dict(kinds), titles | _untitled(relations, titles), order, _reverses(kinds)), problems


@contextmanager
def _uncollected() -> Iterator[None]:
    """Many small values that all stay: looking for garbage among them takes longer than making them."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


class _Field(NamedTuple):
    """A relation field, its path split for a fast walk."""

    parts: tuple[str, ...]
    spec: RelationField


class _Dangling(NamedTuple):
    entity: Entity
    target: str
    said: Key
    """The key of the field (and list item) that refers; empty for an answered relation."""


def _compiled(kinds: Mapping[str, Kind]) -> dict[str, tuple[_Field, ...]]:
    return {
        name: tuple(_Field(tuple(relation.field.split(".")), relation) for relation in kind.relations)
        for name, kind in kinds.items()
    }


def _nothing(_file: str) -> None:
    return None


@dataclass(slots=True)
class _Builder:
    fields: Mapping[str, tuple[_Field, ...]]
    lines: _Lines
    entities: dict[str, Entity] = field(default_factory=dict)
    edges: dict[str, _Edges] = field(default_factory=dict)
    dangling: list[_Dangling] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refs: dict[tuple[str, str | None, str], str] = field(default_factory=dict)
    """References as written (with the kind and namespace that apply) → canonical ones."""

    def add(self, entity: Entity) -> None:
        ref = str(entity.ref)
        first = self.entities.setdefault(ref, entity)
        if first is not entity:
            what = f"{ref} is already defined at {first.place}, which is the one shown."
            self._warn("duplicate-entity", what, entity.place, "", "Remove or rename one of the two.", ref)
            return
        self.edges[ref] = {}

    def relate(self, ref: str) -> None:
        entity = self.entities[ref]
        data = entity.data
        for parts, spec in self.fields.get(entity.ref.kind.lower(), ()):
            value = data.get(parts[0])
            if len(parts) == 2:
                value = value.get(parts[1]) if isinstance(value, Mapping) else None
            elif len(parts) > 2:
                value = lookup(data, spec.field)
            if value is not None:
                self._relate_field(ref, entity, spec, value)
        if "relations" in data:
            self._relate_answered(ref, entity, data["relations"])

    def _relate_field(self, ref: str, entity: Entity, spec: RelationField, value: Any) -> None:
        listed = isinstance(value, (list, tuple))
        for index, text in enumerate(value if listed else (value,)):
            target = self._target(entity, spec, text, index if listed else None)
            if target and not self._join(ref, spec.type, target, spec.reverse, entity.place):
                self.dangling.append(_Dangling(entity, target, key_of(entity.data, spec.field, index if listed else None)))

    def _relate_answered(self, ref: str, entity: Entity, value: Any) -> None:
        for item in value if isinstance(value, list) else ():
            name, target = (item.get("type"), item.get("targetRef")) if isinstance(item, Mapping) else (None, None)
            if (
                isinstance(name, str)
                and isinstance(target, str)
                and name
                and not self._join(ref, name, target.lower(), "", entity.place)
            ):
                self.dangling.append(_Dangling(entity, target.lower(), ()))

    def _target(self, entity: Entity, spec: RelationField, text: Any, index: int | None) -> str:
        """The canonical reference of ``text``; "" with a problem if it is none."""
        if isinstance(text, str):
            key = (text, spec.kind, entity.ref.namespace)
            known = self.refs.get(key)
            if known is not None:
                return known
            try:
                target = self.refs[key] = str(EntityRef.parse(text, kind=spec.kind, namespace=entity.ref.namespace))
            except ValueError as error:
                what, mend = str(error), ""
            else:
                return target
        else:
            what, mend = f'wanted a reference, got "{text}".', "Write kind:namespace/name."
        at = key_of(entity.data, spec.field, index)
        self._warn("bad-reference", f"{entity.ref}: {what}", self.lines.place(entity, at), dotted(at), mend, str(entity.ref))
        return ""

    def _join(self, source: str, name: str, target: str, reverse: str, place: Place) -> bool:
        """Note a relation on both of its sides; False if its target does not exist."""
        edges = self.edges[source]
        if (name, target) not in edges:
            edges[name, target] = Relation(name, target, place)
        other = self.edges.get(target)
        if other is None:
            return False
        if reverse and (reverse, source) not in other:
            other[reverse, source] = Relation(reverse, source, place)
        return True

    def report(self) -> Iterator[Problem]:
        """All problems; called when every relation is known."""
        yield from self.problems
        names = _by_name(self.entities) if self.dangling else {}
        answered: dict[Place, set[str]] = {}
        for entity, target, said in self.dangling:
            if "relations" in entity.data:
                answered.setdefault(entity.place, set()).add(target)
            else:
                what = f"{entity.ref} refers to {target}, which is not in the catalog."
                place, mend = self.lines.place(entity, said), _mend(target, names)
                yield _warning("dangling-reference", what, place, dotted(said), mend, str(entity.ref))
        for place, targets in answered.items():
            example = min(targets)
            what = (
                f"{_counted(len(targets))} that entities of {place.file} refer to are not in the catalog, for example {example}."
            )
            yield _warning("dangling-reference", what, place, "", "Read them as well, or leave them to be shown as missing.")

    def _warn(self, code: str, what: str, place: Place, path: str, mend: str, about: str) -> None:
        self.problems.append(_warning(code, what, place, path, mend, about))


def _warning(code: str, what: str, place: Place, path: str, mend: str, about: str = "") -> Problem:
    return Problem(code, what, place, path, mend, Severity.WARNING, about=about)


def _counted(number: int) -> str:
    return "1 entity" if number == 1 else f"{number:,} entities"


def _by_name(entities: Mapping[str, Entity]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for ref in entities:
        names.setdefault(ref.partition("/")[2], []).append(ref)
    return names


def _mend(target: str, names: Mapping[str, list[str]]) -> str:
    """An entity of the same name elsewhere is most often what was meant: only the kind or the namespace is wrong."""
    same = sorted(names.get(target.partition("/")[2], ()))
    if same:
        return f"Did you mean {' or '.join(same[:3])}?"
    return "Mend the reference, or describe that entity."


class _Lines:
    """Exact places inside descriptor files: each file is read at most once, and only the document in question is parsed."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._files: dict[str, list[str] | None] = {}

    def place(self, entity: Entity, key: Key) -> Place:
        """The line and column of ``key``; the entity's own place if its file cannot be read again."""
        file, line = entity.place.file, entity.place.line
        if file not in self._files:
            text = self._read(file) if line else None
            self._files[file] = None if text is None else _BREAK.split(text)
        lines = self._files[file]
        if not lines or not 0 < line <= len(lines):
            return entity.place
        end = next((n for n in range(line, len(lines)) if lines[n].startswith(("---", "..."))), len(lines))
        below, column = locate("\n".join(lines[line - 1 : end]), 0, key)
        return Place(file, line - 1 + below, column)


def _titles(kinds: Mapping[str, Kind]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Words for each relation type, and the order in which the kinds name them."""
    titles: dict[str, str] = {}
    for kind in kinds.values():
        for relation in kind.relations:
            for name, title in ((relation.type, relation.title), (relation.reverse, relation.reverse_title)):
                titles[name] = titles.get(name) or title
    return {name: title or _words(name) for name, title in titles.items()}, tuple(titles)


def _reverses(kinds: Mapping[str, Kind]) -> dict[str, str]:
    """The other side of each relation → the relation; of two fields that say one thing from both sides, the first is the relation."""
    found: dict[str, str] = {}
    for kind in kinds.values():
        for relation in kind.relations:
            if relation.reverse and relation.type not in found:
                found.setdefault(relation.reverse, relation.type)
    return found


def _untitled(relations: Mapping[str, tuple[Relation, ...]], titles: Mapping[str, str]) -> dict[str, str]:
    """Types that only a running catalog knows."""
    found = {relation.type for edges in relations.values() for relation in edges} - titles.keys()
    return {name: _words(name) for name in sorted(found)}


def _words(name: str) -> str:
    """``dependencyOf`` → ``Dependency of``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return spaced[:1].upper() + spaced[1:].lower()
