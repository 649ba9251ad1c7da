"""One declared source of one mount: what every kind of source needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from callboard.data import filling
from callboard.data.asking.client import Client
from callboard.data.cache import CacheStore
from callboard.data.sources import fields
from callboard.model.dataset import InputFile, Origin, SourceRun
from callboard.model.manifest import Plugin
from callboard.model.problem import Place, Problem, Severity
from callboard.model.source import SourceSpec

ONCE: Final = object()
"""The item of a source without ``each``."""


class Allowed(NamedTuple):
    """The commands that ``site.yaml`` allows, and where it says so (or would)."""

    commands: tuple[str, ...] = ()
    place: Place = Place("site.yaml")


class Fault(Exception):
    """Something in the manifest or the options that keeps a source from being loaded. ``key`` is the manifest's."""

    def __init__(self, code: str, what: str, mend: str, key: str, option: str = "", *, place: Place | None = None) -> None:
        super().__init__(what)
        self.code, self.what, self.mend, self.key, self.option, self.place = code, what, mend, key, option, place

    def problem(self, source: str, plugin: Plugin, *, severity: Severity = Severity.ERROR) -> Problem:
        """Where it says itself, at the option that was said, else in the manifest."""
        place = self.place or plugin.option_marks.get(self.option) or plugin.manifest_marks.at(("sources", source, self.key))
        path = f"options.{self.option}" if self.option in plugin.option_marks else f"sources.{source}.{self.key}"
        return Problem(self.code, self.what, place, path, self.mend, severity, plugin.id)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one source gave."""

    records: list[Any]
    origins: tuple[Origin, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: tuple[InputFile, ...] = ()
    runs: tuple[SourceRun, ...] = ()


def joined(parts: Iterable[Loaded]) -> Loaded:
    """All that several gave."""
    found = tuple(parts)
    return Loaded(
        [record for part in found for record in part.records],
        tuple(origin for part in found for origin in part.origins),
        tuple(dict.fromkeys(problem for part in found for problem in part.problems)),
        tuple(file for part in found for file in part.files),
        tuple(run for part in found for run in part.runs),
    )


@dataclass(slots=True)
class Source(ABC):
    """One source of one mount. A kind of source is a class of its own, with ``one``."""

    name: str
    spec: SourceSpec
    plugin: Plugin
    root: Path
    client: Client
    cache: CacheStore
    check: bool
    """Nobody is asked, and nothing is run."""
    allowed: Allowed
    select: Callable[[Any], Any] | None = field(init=False)

    def __post_init__(self) -> None:
        self.select = compiled(self.spec.select)

    @abstractmethod
    def one(self, item: Any) -> Loaded:
        """The records of one item of ``each``, or of all that there is (``ONCE``). Raises Fault and filling.Missing."""

    def load(self, item: Any) -> Loaded:
        """As ``one``; what keeps the source from being loaded is a problem."""
        try:
            return self.one(item)
        except filling.Missing as missing:
            return self._missing(missing.option)
        except Fault as fault:
            return Loaded([], problems=(self.problem(fault),))

    def items(self) -> list[Any]:
        """What ``each`` names; one nothing without it."""
        if not self.spec.each:
            return [ONCE]
        found = self.plugin.options.get(self.spec.each)
        if found is None:
            return []
        if not isinstance(found, (list, tuple)):
            what = f'the source "{self.name}" is loaded for each of the option "{self.spec.each}", which is no list.'
            raise Fault("wrong-shape", what, "Make the option a list.", "each", self.spec.each)
        return list(found)

    def problem(self, fault: Fault, *, severity: Severity = Severity.ERROR) -> Problem:
        """The Problem of a fault of this source."""
        return fault.problem(self.name, self.plugin, severity=severity)

    def scope(self, item: Any) -> Mapping[str, Any]:
        """What is filled in."""
        return self.plugin.options if item is ONCE else {**self.plugin.options, "item": item}

    def _missing(self, option: str) -> Loaded:
        """Nothing, since an option has no value."""
        declared = self.plugin.manifest.options
        if self.spec.optional or (isinstance(declared, dict) and option in declared and declared[option].optional):
            return Loaded([])
        what = f'the source "{self.name}" needs the option "{option}".'
        fault = Fault("missing-option", what, f"Set {option} under options: of the mount.", self.spec.kind)
        return Loaded([], problems=(replace(self.problem(fault), place=self.plugin.mount_place, path="options"),))

    def records(self, value: Any) -> list[Any]:
        """The records of a document: its items, or itself. Raises ValueError with a sentence."""
        found = self.select(value) if self.select else value
        if found is None:
            if self.select:
                raise ValueError(f'select: "{self.spec.select}" finds nothing in it.')
            return []
        if not isinstance(found, (list, dict)) and not self.select:
            raise ValueError("it holds one value, wanted a list of records or a mapping.")
        records = found if isinstance(found, list) else [found]
        if self.spec.fields and (amiss := fields.fault(records, self.spec.fields)):
            raise ValueError(amiss)
        return records

    def itemed(self, records: list[Any], item: Any) -> list[Any]:
        """The records, each with the item of ``each`` that it was loaded for."""
        if item is ONCE:
            return records
        return [{**record, "item": item} if isinstance(record, dict) and "item" not in record else record for record in records]


def compiled(expression: str) -> Callable[[Any], Any] | None:
    """What ``select`` finds; None without it. Raises Fault."""
    if not expression:
        return None
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        compiled = jmespath.compile(expression)
    except JMESPathError as error:
        words = " ".join(str(error).split())
        raise Fault(
            "bad-expression", f'select: "{expression}" is no JMESPath: {words}', "Mend the expression.", "select"
        ) from None

    def select(value: Any) -> Any:
        try:
            return compiled.search(value)
        except JMESPathError as error:
            raise ValueError(f'select: "{expression}" does not fit it: {" ".join(str(error).split())}') from None

    return select
