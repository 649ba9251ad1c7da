"""Descriptor files → what is right and wrong with each entity of them, as a build would say it, but by themselves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callboard.plugin import (
    EntityRef,
    Kind,
    Malformed,
    Place,
    Problem,
    Refused,
    documents,
    dotted,
    key_of,
    lookup,
    read_file,
)

from ..checking.checker import Checker, reference
from ..checking.faults import Fault, Key
from ..reading.descriptors import Descriptor, Item
from ..reading.placeholders import RESOLVERS, Unasked, Unreadable, resolved, worth_a_look
from ..reading.remote import is_address
from .files import Named
from .repositories import Repositories

_LIMIT = 2_000_000
_HINT = " A kind of your portal's own is known with --site SITE."


@dataclass(slots=True)
class Checked:
    """One entity (or one document that is none): where it is, what is wrong with it, where it leads."""

    place: Place
    ref: str = ""
    problems: list[Problem] = field(default_factory=list)
    relations: list[tuple[str, str]] = field(default_factory=list)
    """Type and canonical target, sorted."""

    @property
    def valid(self) -> bool:
        """Whether a catalog takes it."""
        return not self.problems


def checked(files: Iterable[Named], kinds: Mapping[str, Kind], *, codeowners: bool = False) -> list[Checked]:
    """Every document of every file, in order. An entity that is described twice is at fault the second time.

    With ``codeowners``, one that names no owner gets the one of its repository's CODEOWNERS.
    """
    checker, repositories = Checker(kinds), Repositories(kinds if codeowners else {})
    first: dict[str, Checked] = {}
    entities = []
    for file in files:
        for entity in _File(file, checker, kinds, repositories).entities():
            winner = first.setdefault(entity.ref, entity) if entity.ref and entity.valid else entity
            if winner is not entity:
                what = f"{entity.ref} is already described at {winner.place}."
                entity.problems.append(
                    Problem("duplicate-entity", what, entity.place, "metadata.name", "Remove or rename one of the two.")
                )
            entities.append(entity)
    return entities


class _File:
    """One descriptor file."""

    def __init__(self, file: Named, checker: Checker, kinds: Mapping[str, Kind], repositories: Repositories) -> None:
        self._name, self._path = file[0], file[1].absolute()
        self._checker, self._kinds, self._repositories = checker, kinds, repositories

    def entities(self) -> Iterator[Checked]:
        """Its documents, each checked."""
        try:
            text = read_file(self._path.parent, self._path, limit=_LIMIT).decode("utf-8-sig")
        except (FileNotFoundError, Refused, UnicodeDecodeError) as fault:
            yield self._unreadable(fault)
            return
        descriptor, fills = Descriptor(self._name, text), worth_a_look(text)
        for document in documents(text):
            if isinstance(document, Malformed):
                place = Place(self._name, document.line, document.column)
                yield Checked(place, problems=[Problem("bad-yaml", document.what, place, "", document.mend)])
            else:
                yield self._entity(descriptor, document.value, document.index, document.line, fills=fills)

    def _unreadable(self, fault: Exception) -> Checked:
        place = Place(self._name, 1, 1)
        if isinstance(fault, UnicodeDecodeError):
            problem = Problem("bad-yaml", f"it is no UTF-8 text (byte {fault.start:,}).", place, "", "Save it as UTF-8.")
        elif isinstance(fault, Refused):
            problem = Problem("refused-file", fault.what, place, "", fault.mend)
        else:
            problem = Problem("missing-file", f'there is no file "{self._name}".', place, "", "Mend the link.")
        return Checked(place, problems=[problem])

    def _entity(self, descriptor: Descriptor, said: Any, index: int, line: int, *, fills: bool) -> Checked:
        value, faults, code, mend = said, list[Fault](), "bad-entity", ""
        if fills:
            value, faults = resolved(said, self._text)
        self._repositories.own(value, self._path)
        verdict = None if faults else self._checker.check(value)
        if verdict is not None:
            code, mend = verdict.code, verdict.mend + (_HINT if verdict.code == "unknown-kind" else "")
            faults = [fault for fault in verdict.faults if not (fills and _unread(said, fault.key))]
        item = Item(value, index, line, verdict)
        entity = Checked(Place(self._name, line, 1), reference(value))
        entity.problems += [_problem(code, fault, descriptor.place(item, fault.key), mend) for fault in faults]
        if not faults and verdict is None:
            self._relate(entity, descriptor, item, said)
        return entity

    def _text(self, target: str) -> str:
        """What a placeholder names, as far as files go. Raises Unreadable."""
        if is_address(target):
            raise Unasked("addresses are not asked here.")
        root = self._repositories.of(self._path)
        path = Path(os.path.normpath(self._path.parent / target))
        if not path.is_relative_to(root):
            raise Unreadable("it lies outside the repository.")
        try:
            return read_file(root, path, limit=_LIMIT).decode("utf-8-sig")
        except FileNotFoundError:
            raise Unreadable("there is no such file.") from None
        except Refused as refused:
            raise Unreadable(refused.what) from None
        except UnicodeDecodeError:
            raise Unreadable("it is no UTF-8 text.") from None

    def _relate(self, entity: Checked, descriptor: Descriptor, item: Item, said: Any) -> None:
        """Fill in where the fields of its kind lead, with Backstage's defaults; a reference that cannot be read is a problem."""
        data = item.value
        relations = set()
        for spec in self._kinds[data["kind"].lower()].relations:
            value = lookup(data, spec.field)
            listed = isinstance(value, list)
            for index, text in enumerate(value if listed else () if value is None else (value,)):
                key = key_of(data, spec.field, index if listed else None)
                if _unread(said, key):
                    continue
                try:
                    target = EntityRef.parse(text, kind=spec.kind, namespace=data["metadata"]["namespace"])
                except (ValueError, AttributeError) as error:
                    what = str(error) if isinstance(error, ValueError) else f'wanted a reference, got "{text}".'
                    entity.problems.append(Problem("bad-reference", what, descriptor.place(item, key), dotted(key)))
                else:
                    relations.add((spec.type, str(target)))
        entity.relations += sorted(relations)


def _problem(code: str, fault: Fault, place: Place, mend: str) -> Problem:
    this = "this document " if not fault.key and fault.what.startswith("is ") else ""
    return Problem(code, f"{this}{fault.what}", place, dotted(fault.key), mend)


def _unread(said: Any, key: Key) -> bool:
    """Whether the value at ``key`` is, or is part of, what lies behind an address: nothing can be said of it here."""
    value: Any = said
    for step in (*key, None):
        if isinstance(value, dict) and len(value) == 1:
            [(name, target)] = value.items()
            if name in RESOLVERS and isinstance(target, str) and is_address(target):
                return True
        try:
            value = value[step]
        except (LookupError, TypeError):
            return False
    return False
