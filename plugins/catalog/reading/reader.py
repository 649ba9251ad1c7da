"""Descriptor files → valid entities: what a location names, and what its Location entities lead to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from callboard.plugin import Cache, Entity, EntityRef, File, InputFile, Malformed, Place, Problem, Severity, documents, locate

from ..checking.checker import Checker, Verdict, reference
from ..checking.faults import Fault, Key
from ..options import LocationSpec
from . import paths
from .placeholders import Unreadable, resolved, worth_a_look
from .rules import Rules

Files = Callable[[str], Iterable[File]]
Fetch = Callable[[str], str]
"""The text at an address. Raises Unreadable."""

_WORTH_KEEPING = 16_384
"""Characters of a descriptor: a shorter one is read and checked sooner than it is looked up."""
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


class Item(NamedTuple):
    """One document of a descriptor file: valid if there is no verdict."""

    value: Any
    document: int
    line: int
    verdict: Verdict | None


@dataclass(slots=True)
class Descriptor:
    """One file (or address), read and checked once, however many locations lead to it."""

    name: str
    text: str
    items: list[Item] = field(default_factory=list)
    malformed: list[Problem] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)

    def place(self, item: Item, key: Key) -> Place:
        """The exact line and column of a key: only the document in question is parsed again."""
        self._lines = lines = self._lines or _BREAK.split(self.text)
        end = next((n for n in range(item.line, len(lines)) if lines[n].startswith(("---", "..."))), len(lines))
        below, column = locate("\n".join(lines[item.line - 1 : end]), 0, key)
        return Place(self.name, item.line - 1 + below, column)


class _Step(NamedTuple):
    """A descriptor on the way, and the type that its Location entities inherit."""

    descriptor: Descriptor
    type: str


class Reader:
    """Reads locations. ``entities``, ``problems`` and ``inputs`` are what it found in all of them."""

    def __init__(self, checker: Checker, rules: Rules, files: Files, fetch: Fetch, cache: Cache) -> None:
        self._checker, self._rules, self._files, self._fetch, self._cache = checker, rules, files, fetch, cache
        self._known: dict[tuple[str, str], Descriptor] = {}
        self._accepted: dict[tuple[str, int], Entity] = {}
        self._denied: dict[tuple[str, int], Problem] = {}
        self._problems: dict[Problem, None] = {}

    @property
    def entities(self) -> list[Entity]:
        """The valid entities, by file and line; one that two locations lead to is there once."""
        return [self._accepted[key] for key in sorted(self._accepted)]

    @property
    def problems(self) -> list[Problem]:
        """What was left out, and why."""
        denied = [problem for key, problem in self._denied.items() if key not in self._accepted]
        return [*self._problems, *denied]

    @property
    def inputs(self) -> list[InputFile]:
        """Every descriptor with the number of its entities, and of its documents that were left out."""
        counts: dict[str, list[int]] = {}
        for descriptor in self._known.values():
            taken = sum((descriptor.name, item.document) in self._accepted for item in descriptor.items)
            counts[descriptor.name] = [taken, len(descriptor.items) - taken + len(descriptor.malformed)]
        return [InputFile(name, *counts[name]) for name in sorted(counts)]

    def read(self, location: LocationSpec, origin: str, place: Place, path: str) -> bool:
        """Read one entry of ``locations`` and all that it leads to; False if there is nothing at its target."""
        target = location["target"]
        if location["type"] == "url":
            try:
                start, root = [_Step(self._described(target, self._fetch(target), ""), "url")], ""
            except Unreadable as reason:
                self._warn("catalog/missing-target", f'"{target}" cannot be read: {reason}', place, path)
                return False
        else:
            found = list(self._files(target))
            root = paths.root_of(target, found[0].name) if found else ""
            start = [_Step(descriptor, "file") for descriptor in self._opened(found, root)]
            if not found:
                self._warn("catalog/missing-target", f'there is no file "{target}".', place, path, "Mend the path or the glob.")
        self._follow(start, location, root, origin)
        return bool(start)

    def _follow(self, start: list[_Step], location: LocationSpec, root: str, origin: str) -> None:
        waiting, seen = list(reversed(start)), {step.descriptor.name for step in start}
        while waiting:
            step = waiting.pop()
            for item in step.descriptor.items:
                if item.verdict is None and self._take(step.descriptor, item, location, origin):
                    for further in self._targets(step, item, root):
                        if further.descriptor.name not in seen:
                            seen.add(further.descriptor.name)
                            waiting.append(further)

    def _take(self, descriptor: Descriptor, item: Item, location: LocationSpec, origin: str) -> bool:
        """Accept a valid entity if the rules let it come from here; True for a Location, which leads further."""
        value, key = item.value, (descriptor.name, item.document)
        if not self._rules.allows(value, location):
            what = f"{reference(value)} is left out: the rules do not allow this kind from {location['target']}."
            place = Place(descriptor.name, item.line, 1)
            self._denied[key] = _warning(
                "catalog/not-allowed", what, place, "kind", "Add the kind to rules, or to the location's own."
            )
            return False
        if key not in self._accepted:
            metadata = value["metadata"]
            ref = EntityRef(value["kind"], metadata["namespace"], metadata["name"])
            self._accepted[key] = Entity(ref, value, Place(descriptor.name, item.line, 1), origin, item.document)
        return bool(value["kind"] == "Location")

    # Descriptors

    def _opened(self, files: Iterable[File], root: str) -> Iterator[Descriptor]:
        for file in files:
            try:
                text = file.text
            except UnicodeDecodeError as error:
                what = f"it is no UTF-8 text (byte {error.start:,})."
                descriptor = self._known[file.name, root] = Descriptor(file.name, "")
                descriptor.malformed.append(_warning("bad-yaml", what, Place(file.name, 1, 1), "", "Save it as UTF-8."))
                self._note(descriptor.malformed)
            else:
                yield self._described(file.name, text, root, file.digest)

    def _described(self, name: str, text: str, root: str, digest: str = "") -> Descriptor:
        """The descriptor of a text; placeholders depend on the ``root``, so each root has its own."""
        known = self._known.get((name, root))
        if known is not None:
            return known
        descriptor = self._known[name, root] = Descriptor(name, text)
        fills = worth_a_look(text)
        keeps = bool(digest) and not fills and len(text) >= _WORTH_KEEPING
        kept = self._cache.get(f"{self._checker.mark} {digest}") if keeps else None
        if kept is not None:
            descriptor.items += [Item(value, index, line, None) for value, index, line in kept]
            return descriptor
        self._read_into(descriptor, root, fills)
        if keeps and not descriptor.malformed and all(item.verdict is None for item in descriptor.items):
            self._cache.set(f"{self._checker.mark} {digest}", [item[:3] for item in descriptor.items])
        return descriptor

    def _read_into(self, descriptor: Descriptor, root: str, fills: bool) -> None:
        name = descriptor.name
        for document in documents(descriptor.text):
            if isinstance(document, Malformed):
                place = Place(name, document.line, document.column)
                descriptor.malformed.append(_warning("bad-yaml", document.what, place, "", document.mend))
                continue
            value, verdict = document.value, None
            if fills:
                value, verdict = self._filled(value, name, root)
            item = Item(value, document.index, document.line, verdict or self._checker.check(value))
            descriptor.items.append(item)
            if item.verdict is not None:
                self._reject(descriptor, item, item.verdict)
        self._note(descriptor.malformed)

    def _filled(self, value: Any, name: str, root: str) -> tuple[Any, Verdict | None]:
        filled, faults = resolved(value, lambda target: self._text(target, name, root))
        return filled, Verdict("bad-entity", faults) if faults else None

    def _text(self, target: str, name: str, root: str) -> str:
        """What a placeholder names. Raises Unreadable."""
        if _ADDRESS.match(target) or _ADDRESS.match(name):
            return self._fetch(urljoin(name, target) if _ADDRESS.match(name) else target)
        path = paths.joined(name, target)
        if not paths.inside(root, path):
            raise Unreadable(_outside(root))
        found = next(iter(self._files(paths.pinned(root, path, literal=True))), None)
        if found is None:
            raise Unreadable("there is no such file.")
        try:
            return found.text
        except UnicodeDecodeError:
            raise Unreadable("it is no UTF-8 text.") from None

    # Location entities

    def _targets(self, step: _Step, item: Item, root: str) -> Iterator[_Step]:
        spec = item.value["spec"]
        kind = spec.get("type") or step.type
        single = [(("spec", "target"), spec["target"])] if "target" in spec else []
        several: list[tuple[Key, str]] = [
            (("spec", "targets", index), text) for index, text in enumerate(spec.get("targets", ()))
        ]
        for key, target in [*single, *several]:
            try:
                yield from self._led(step, target, kind, root)
            except Unreadable as reason:
                if spec.get("presence") != "optional":
                    what = f'{reference(item.value)}: "{target}" cannot be read: {reason}'
                    self._warn("catalog/missing-target", what, step.descriptor.place(item, key), _dotted(key))

    def _led(self, step: _Step, target: str, kind: str, root: str) -> Iterator[_Step]:
        """The descriptors that one target names. Raises Unreadable."""
        name = step.descriptor.name
        if _ADDRESS.match(target) or _ADDRESS.match(name):
            address = urljoin(name, target) if _ADDRESS.match(name) else target
            yield _Step(self._described(address, self._fetch(address), ""), "url")
            return
        if kind != "file":
            raise Unreadable(f'the type "{kind}" is not supported here; supported are file and url.')
        path = paths.joined(name, target)
        if not paths.inside(root, path):
            raise Unreadable(_outside(root))
        found = list(self._files(paths.pinned(root, path, literal=False)))
        if not found:
            raise Unreadable("there is no such file.")
        yield from (_Step(descriptor, "file") for descriptor in self._opened(found, root))

    # Problems

    def _reject(self, descriptor: Descriptor, item: Item, verdict: Verdict) -> None:
        ref = reference(item.value) or "this document"
        for fault in verdict.faults:
            self._warn(verdict.code, _sentence(ref, fault), descriptor.place(item, fault.key), _dotted(fault.key), verdict.mend)

    def _warn(self, code: str, what: str, place: Place, path: str, mend: str = "") -> None:
        self._note([_warning(code, what, place, path, mend)])

    def _note(self, problems: Iterable[Problem]) -> None:
        self._problems |= dict.fromkeys(problems)


def _sentence(ref: str, fault: Fault) -> str:
    field_name = f"{_dotted(fault.key)} " if fault.what.startswith(("is ", "may ")) and fault.key else ""
    return f"{ref} is left out: {field_name or ('it ' if fault.what.startswith('is ') else '')}{fault.what}"


def _warning(code: str, what: str, place: Place, path: str, mend: str) -> Problem:
    return Problem(code, what, place, path, mend, Severity.WARNING)


def _outside(root: str) -> str:
    folder = "the site's own folder" if root == "." else f'"{root}"'
    return f"it lies outside {folder}, which its location may not leave."


def _dotted(key: Key) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" if n else str(part) for n, part in enumerate(key))


def host_of(address: str) -> str:
    """What readers see of an address: its host."""
    return urlsplit(address).netloc.rpartition("@")[2]
