"""Locations → entities: what a location names, and what its Location entities lead to, as far as the rules allow it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from callboard.plugin import Entity, EntityRef, InputFile, Place, Problem, dotted

from ..checking.checker import reference
from ..checking.faults import Key
from ..options import LocationSpec
from . import paths
from .annotations import Annotations
from .descriptors import Descriptor, Descriptors, Item, LeftOut, outside
from .remote import is_address
from .rules import Allowed, Rules
from .sources import Unasked, Unreadable

__all__ = ["Descriptor", "Item", "Reader", "host_of"]


class _Step(NamedTuple):
    """A descriptor on the way, and the type that its Location entities inherit."""

    descriptor: Descriptor
    type: str


class _Start(NamedTuple):
    """One entry of ``locations``, and where it stands."""

    location: LocationSpec
    origin: str
    root: str
    place: Place
    path: str
    allowed: Allowed


class _Denied(NamedTuple):
    """An entity that the rules keep out."""

    ref: str
    kind: str
    place: Place
    start: _Start


class Reader:
    """Reads locations, one after another. ``entities``, ``problems``, ``left_out`` and ``inputs`` are what it found in all of them."""

    def __init__(self, descriptors: Descriptors, rules: Rules, annotations: Annotations) -> None:
        self._descriptors, self._rules, self._annotations = descriptors, rules, annotations
        self._findings = descriptors.findings
        self._accepted: dict[tuple[str, int], tuple[int, Entity]] = {}
        self._denied: dict[tuple[str, int], _Denied] = {}
        self._leads: dict[str, dict[str, None]] = {}
        """The Location entities that lead to a descriptor, by its name."""
        self._count = 0

    @property
    def entities(self) -> list[Entity]:
        """The valid entities, by location, file and line; one that two locations lead to is there once."""
        ordered = sorted((count, *key) for key, (count, _) in self._accepted.items())
        return [self._accepted[file, document][1] for _, file, document in ordered]

    @property
    def problems(self) -> list[Problem]:
        """What was found amiss. Of all entities of one kind that the rules keep out of one location, one problem tells."""
        denied = self._kept_out()
        mend = self._rules.mend(one.kind for one in denied)
        groups: dict[tuple[str, str], list[_Denied]] = {}
        for one in denied:
            groups.setdefault((one.start.path, one.kind), []).append(one)
        for group in groups.values():
            first, target = group[0], group[0].start.location["target"]
            some = f"{len(group)} entities of the kind {first.kind} are" if len(group) > 1 else f"{first.ref} is"
            where = f"(the first is {first.ref} at {first.place})" if len(group) > 1 else f"({first.place})"
            what = f'{some} left out {where}: the rules do not allow the kind {first.kind} from "{target}".'
            self._findings.warn("catalog/not-allowed", what, first.start.place, first.start.path, mend)
        return list(self._findings.problems)

    @property
    def left_out(self) -> list[LeftOut]:
        """Each document that is not among the entities, with the reason."""
        denied = (
            LeftOut(
                one.place.file,
                one.place.line,
                one.ref,
                "kind",
                f"the rules do not allow the kind {one.kind} from {one.start.location['target']}.",
                "catalog/not-allowed",
            )
            for one in self._kept_out()
        )
        return sorted([*self._findings.left_out, *denied])

    @property
    def inputs(self) -> list[InputFile]:
        """Every descriptor with the number of its entities, and of its documents that were left out."""
        return self._descriptors.counts(lambda name, item: (name, item.document) in self._accepted)

    def parents(self, entities: Iterable[Entity]) -> list[dict[str, str]]:
        """``{ref, parent}`` for each Location entity that led to one of the ``entities``, which come from this reader."""
        found = []
        for entity in entities:
            if leads := self._leads.get(entity.place.file):
                ref = str(entity.ref)
                found += [{"ref": ref, "parent": parent} for parent in leads if parent != ref]
        return found

    def read(self, location: LocationSpec, origin: str, place: Place, path: str) -> bool:
        """Read one entry of ``locations`` and all that it leads to; False if there is nothing at its target."""
        target, root = location["target"], ""
        self._count += 1
        if location["type"] == "url":
            steps = list(self._at(target, place, path))
        else:
            found = list(self._descriptors.files(target))
            root = paths.root_of(target, found[0].name) if found else ""
            steps = [_Step(descriptor, "file") for descriptor in self._descriptors.opened(found, root)]
            if not found:
                what = f'there is no file "{target}".'
                self._findings.warn("catalog/missing-target", what, place, path, "Mend the path or the glob.")
        self._follow(steps, _Start(location, origin, root, place, path, self._rules.of(location)))
        return bool(steps)

    def _at(self, target: str, place: Place, path: str) -> Iterator[_Step]:
        """The descriptors at an address; what cannot be read is told."""
        try:
            addresses = self._descriptors.remote.found(target)
        except Unasked:
            return
        except Unreadable as reason:
            self._findings.warn("catalog/missing-target", f'"{target}" cannot be read: {reason}', place, path)
            return
        for address in addresses:
            try:
                yield _Step(self._descriptors.at(address), "url")
            except Unasked:
                continue
            except Unreadable as reason:
                self._findings.warn("catalog/missing-target", f'"{address}" cannot be read: {reason}', place, path)

    def save(self) -> None:
        """Keep for the next build what was parsed in this one."""
        self._descriptors.save()

    def given(self, address: str, text: str, provider: str, place: Place) -> None:
        """Read the descriptor that a provider found at ``address``, and all that it leads to, as a location of type url."""
        self._count += 1
        location: LocationSpec = {"type": "url", "target": address}
        start = _Start(location, provider, "", place, f"providers.{provider}", self._rules.of(location))
        self._follow([_Step(self._descriptors.given(address, text), "url")], start)

    def _follow(self, steps: list[_Step], start: _Start) -> None:
        waiting, seen = list(reversed(steps)), {step.descriptor.name for step in steps}
        while waiting:
            step = waiting.pop()
            for item in step.descriptor.items:
                if item.verdict is None and self._take(step.descriptor, item, start):
                    parent = reference(item.value)
                    for further in self._targets(step, item, start.root):
                        self._leads.setdefault(further.descriptor.name, {})[parent] = None
                        if further.descriptor.name not in seen:
                            seen.add(further.descriptor.name)
                            waiting.append(further)

    def _take(self, descriptor: Descriptor, item: Item, start: _Start) -> bool:
        """Accept a valid entity if the rules let it come from here; True for a Location, which leads further."""
        value, key = item.value, (descriptor.name, item.document)
        kind = value["kind"]
        if not start.allowed.holds(value):
            place = Place(descriptor.name, item.line, 1)
            self._denied.setdefault(key, _Denied(reference(value), kind, place, start))
            return False
        if key not in self._accepted:
            metadata = value["metadata"]
            ref = EntityRef(kind, metadata["namespace"], metadata["name"])
            shown = self._annotations.added(value, descriptor.name, start.location)
            place = Place(descriptor.name, item.line, 1)
            self._accepted[key] = self._count, Entity(ref, shown, place, start.origin, item.document)
        return bool(kind == "Location")

    def _kept_out(self) -> list[_Denied]:
        return [one for key, one in self._denied.items() if key not in self._accepted]

    # Location entities

    def _targets(self, step: _Step, item: Item, root: str) -> Iterator[_Step]:
        for key, target in _said(item.value["spec"]):
            try:
                yield from self._led(step, target, item.value["spec"].get("type") or step.type, root)
            except Unasked:
                continue
            except Unreadable as reason:
                if not (reason.missing and item.value["spec"].get("presence") == "optional"):
                    what = f'{reference(item.value)}: "{target}" cannot be read: {reason}'
                    self._findings.warn("catalog/missing-target", what, step.descriptor.place(item, key), dotted(key))

    def _led(self, step: _Step, target: str, kind: str, root: str) -> Iterator[_Step]:
        """The descriptors that one target names. Raises Unreadable."""
        name = step.descriptor.name
        if kind not in ("file", "url"):
            raise Unreadable(f'the type "{kind}" is not supported here; supported are file and url.')
        if is_address(target) or is_address(name):
            remote = self._descriptors.remote
            for address in remote.found(remote.address(target, name)):
                yield _Step(self._descriptors.at(address), "url")
            return
        path = paths.joined(name, target)
        if not paths.inside(root, path):
            raise Unreadable(outside(root))
        found = list(self._descriptors.files(paths.pinned(root, path, literal=False)))
        if not found:
            raise Unreadable("there is no such file.", missing=True)
        yield from (_Step(descriptor, kind) for descriptor in self._descriptors.opened(found, root))


def _said(spec: dict[str, Any]) -> list[tuple[Key, str]]:
    """The targets of a Location entity, with their keys."""
    single: list[tuple[Key, str]] = [(("spec", "target"), spec["target"])] if "target" in spec else []
    return [*single, *((("spec", "targets", index), text) for index, text in enumerate(spec.get("targets", ())))]


def host_of(address: str) -> str:
    """What readers see of an address: its host."""
    return urlsplit(address).netloc.rpartition("@")[2]
