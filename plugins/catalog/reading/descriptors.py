"""Descriptor files → documents, each checked: read once, however many locations lead to them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from callboard.plugin import File, InputFile, Malformed, Place, Problem, Severity, documents, dotted, locate

from ..checking.checker import Checker, Verdict, reference
from ..checking.faults import Fault, Key
from . import paths
from .kept import Kept
from .owners import Owners
from .placeholders import resolved, worth_a_look
from .remote import Remote, is_address
from .sources import Unreadable

Files = Callable[[str], Iterable[File]]

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


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
    malformed: int = 0
    """Documents that are no YAML."""
    _lines: list[str] = field(default_factory=list)

    def place(self, item: Item, key: Key) -> Place:
        """The exact line and column of a key: only the document in question is parsed again."""
        self._lines = lines = self._lines or _BREAK.split(self.text)
        end = next((n for n in range(item.line, len(lines)) if lines[n].startswith(("---", "..."))), len(lines))
        below, column = locate("\n".join(lines[item.line - 1 : end]), 0, key)
        return Place(self.name, item.line - 1 + below, column)


class LeftOut(NamedTuple):
    """One reason why something that a descriptor says is not in the catalog."""

    file: str
    line: int
    ref: str
    field: str
    reason: str
    code: str


class Findings:
    """What was found amiss, each thing once."""

    def __init__(self) -> None:
        self.problems: dict[Problem, None] = {}
        self.left_out: dict[LeftOut, None] = {}

    def warn(self, code: str, what: str, place: Place, path: str, mend: str = "") -> None:
        """A problem of which nothing is left out."""
        self.problems[Problem(code, what, place, path, mend, Severity.WARNING)] = None

    def leave_out(self, code: str, ref: str, fault: Fault, place: Place, mend: str) -> None:
        """A document that is left out, with one of its faults."""
        path = dotted(fault.key)
        self.left_out[LeftOut(place.file, place.line, ref, path, _about(fault), code)] = None
        what = f"{ref or 'this document'} is left out: {_about(fault)}"
        self.warn(code, fault.what if code == "bad-yaml" else what, place, path, mend)


class Descriptors:
    """Opens descriptors. ``owners`` fills in who owns what names nobody; None leaves it."""

    def __init__(self, checker: Checker, files: Files, remote: Remote, kept: Kept, owners: Owners | None, *, source: str) -> None:
        self.findings = Findings()
        self.files, self.remote = files, remote
        self._checker, self._kept, self._owners, self._source = checker, kept, owners, source
        self._known: dict[tuple[str, str], Descriptor] = {}

    def counts(self, taken: Callable[[str, Item], bool]) -> list[InputFile]:
        """Every descriptor with the number of its documents that were ``taken``, and of the others."""
        counts: dict[str, tuple[int, int]] = {}
        for descriptor in self._known.values():
            accepted = sum(taken(descriptor.name, item) for item in descriptor.items)
            counts[descriptor.name] = accepted, len(descriptor.items) - accepted + descriptor.malformed
        return [InputFile(name, *counts[name]) for name in sorted(counts)]

    def opened(self, files: Iterable[File], root: str) -> Iterator[Descriptor]:
        """The descriptors of files; what a descriptor names must lie in ``root``. One that is no text is reported."""
        for file in files:
            try:
                text = file.text
            except UnicodeDecodeError as error:
                fault = Fault((), f"it is no UTF-8 text (byte {error.start:,}).")
                self._known[file.name, root] = Descriptor(file.name, "", malformed=1)
                self.findings.leave_out("bad-yaml", "", fault, Place(file.name, 1, 1), "Save it as UTF-8.")
            else:
                yield self._described(file.name, text, root, file.digest)

    def at(self, address: str) -> Descriptor:
        """The descriptor at an address. Raises Unreadable."""
        known = self._known.get((address, ""))
        return known or self._described(address, self.remote.text(address), "", "")

    def given(self, address: str, text: str) -> Descriptor:
        """The descriptor at an address whose text is known."""
        return self._described(address, text, "", hashlib.sha256(text.encode()).hexdigest())

    def _described(self, name: str, text: str, root: str, digest: str) -> Descriptor:
        """The descriptor of a text; placeholders and owners depend on the ``root``, so each root has its own."""
        known = self._known.get((name, root))
        if known is not None:
            return known
        descriptor = self._known[name, root] = Descriptor(name, text)
        fills = worth_a_look(text)
        keeps = bool(digest) and not fills
        kept = self._kept.get(digest) if keeps else None
        if kept is not None:
            descriptor.items += [Item(value, index, line, None) for value, index, line in kept]
            return descriptor
        settled = self._read_into(descriptor, root, fills)
        if keeps and settled and not descriptor.malformed and all(item.verdict is None for item in descriptor.items):
            self._kept.set(digest, [list(item[:3]) for item in descriptor.items])
        return descriptor

    def save(self) -> None:
        """Keep for the next build what was parsed in this one."""
        self._kept.save()

    def _read_into(self, descriptor: Descriptor, root: str, fills: bool) -> bool:
        """Read the documents; whether what they give depends on their text alone."""
        settled = True
        for document in documents(descriptor.text):
            if isinstance(document, Malformed):
                descriptor.malformed += 1
                place = Place(descriptor.name, document.line, document.column)
                self.findings.leave_out("bad-yaml", "", Fault((), document.what), place, document.mend)
                continue
            value, verdict = document.value, None
            if fills:
                value, verdict = self._filled(value, descriptor.name, root)
            if self._owners is not None and self._owners.wanted(value):
                self._owners.fill(value, descriptor.name, root)
                settled = False
            item = Item(value, document.index, document.line, verdict or self._checker.check(value))
            descriptor.items.append(item)
            if item.verdict is not None:
                self._reject(descriptor, item, item.verdict)
        return settled

    def _reject(self, descriptor: Descriptor, item: Item, verdict: Verdict) -> None:
        ref = reference(item.value)
        for fault in verdict.faults:
            unowned = self._owners is not None and fault.key == ("spec", "owner")
            mend = "Say who owns it, or let a line of CODEOWNERS match its file." if unowned else verdict.mend
            self.findings.leave_out(verdict.code, ref, fault, descriptor.place(item, fault.key), mend)

    def _filled(self, value: Any, name: str, root: str) -> tuple[Any, Verdict | None]:
        filled, faults = resolved(value, lambda target: self._text(target, name, root))
        return filled, Verdict("bad-entity", faults) if faults else None

    def _text(self, target: str, name: str, root: str) -> str:
        """What a placeholder names. Raises Unreadable."""
        if is_address(target) or is_address(name):
            address = self.remote.address(target, name)
            self.remote.within(address, name if is_address(name) else self._source)
            return self.remote.text(address)
        path = paths.joined(name, target)
        if not paths.inside(root, path):
            raise Unreadable(outside(root))
        found = next(iter(self.files(paths.pinned(root, path, literal=True))), None)
        if found is None:
            raise Unreadable("there is no such file.", missing=True)
        try:
            return found.text
        except UnicodeDecodeError:
            raise Unreadable("it is no UTF-8 text.") from None


def outside(root: str) -> str:
    """Why a path that leads out of a location's folder is not read."""
    folder = "the site's own folder" if root == "." else f'"{root}"'
    return f"it lies outside {folder}, which its location may not leave."


def _about(fault: Fault) -> str:
    if not fault.what.startswith(("is ", "may ")):
        return fault.what
    return f"{dotted(fault.key) or 'it'} {fault.what}"
