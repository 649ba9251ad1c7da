"""The records of one mount as page specs name them: lists, JMESPath expressions, and what one record is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

from callboard.model.dataset import Data, Dataset, MountData, Origin
from callboard.model.entity import Entity
from callboard.model.lookup import lookup, of_plugin, words
from callboard.model.manifest import Plugin
from callboard.model.page import Provenance
from callboard.model.predicate import compiled
from callboard.model.query import Query
from callboard.model.report import run_id


def records_of(plugins: Iterable[Plugin], data: Data) -> dict[str, Records]:
    """The records of each mount, by its id; they know one another."""
    by_name: dict[str, list[Records]] = {}
    found: dict[str, Records] = {}
    for plugin in plugins:
        found[plugin.id] = Records(data.mounts[plugin.id], by_name)
        by_name.setdefault(plugin.name, []).append(found[plugin.id])
    return found


class Records:
    """One mount's dataset, asked by expressions; each expression is evaluated once."""

    def __init__(self, mount: MountData, others: Mapping[str, Sequence[Records]] = MappingProxyType({})) -> None:
        self._mount, self._others = mount, others
        self._scope: dict[str, Any] | None = None
        self.faults: dict[str, str] = {}
        """Expressions that cannot be asked of this data, each with a sentence; their value is None."""
        self._values: dict[str, Any] = {}
        self._indexes: dict[tuple[str, str], dict[str, list[Any]]] = {}
        self._holding: dict[str, list[bool]] = {}

    @property
    def dataset(self) -> Dataset:
        """The dataset."""
        return self._mount.dataset

    @property
    def error(self) -> str:
        """Why the provider failed, if it did."""
        return self._mount.error

    @property
    def unset(self) -> str:
        """Which option it lacks to have anything to show."""
        return self._mount.unset

    @property
    def id(self) -> str:
        """The mount's."""
        return self._mount.mount

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Where all of it came from."""
        return self._mount.origins

    def evaluate(self, expression: str) -> Any:
        """The value of a list's name or of a JMESPath expression over all lists; None for a list that is not there.

        Before it may stand the name of another plugin (``history:series``): what its mounts give; an empty list if it has none.
        """
        if expression not in self._values:
            self._values[expression] = self._value(expression)
        return self._values[expression]

    def _value(self, expression: str) -> Any:
        plugin, own = of_plugin(expression)
        if plugin:
            found = [mount.evaluate(own) for mount in self._others.get(plugin, ())]
            lists = [value if isinstance(value, list) else [value] for value in found if value is not None]
            return found[0] if len(found) == 1 and found[0] is not None else [record for one in lists for record in one]
        if own.isidentifier():
            return self._lists().get(own)
        try:
            return Query(own)(self._lists())
        except ValueError as fault:  # without data there is nothing that an expression could fit
            if not (self.error or self.unset):
                self.faults[expression] = str(fault)
            return None

    def _lists(self) -> dict[str, Any]:
        if self._scope is None:
            self._scope = {**self.dataset.lists, "entities": [entity.data for entity in self.dataset.entities]}
        return self._scope

    def values(self, data: str | Mapping[str, str]) -> dict[str, Any]:
        """What ``data:`` names, as templates see it: by name; a single expression also as ``items_``."""
        if not data:
            return {}
        if isinstance(data, str):
            value = self.evaluate(data)
            named = {data: value} if data.isidentifier() else {}
            return {**named, "items_": value}
        return {name: self.evaluate(expression) for name, expression in data.items()}

    def matching(self, expression: str, path: str, wanted: Any) -> list[Any]:
        """The records of a list whose ``path`` says ``wanted`` (without case): an index, made on first use."""
        key = (expression, path)
        if key not in self._indexes:
            index: dict[str, list[Any]] = {}
            for record in self.evaluate(expression) or []:
                index.setdefault(words(lookup(record, path)).lower(), []).append(record)
            self._indexes[key] = index
        return self._indexes[key].get(words(wanted).lower(), [])

    @cached_property
    def digests(self) -> Mapping[int, str]:
        """The digest of each entity, by the identity of its envelope, which is what lists hold."""
        return {id(entity.data): entity.digest for entity in self.dataset.entities}

    def holding(self, when: Mapping[str, Any] | str, entities: Sequence[Entity]) -> list[bool]:
        """Which of the mount's entities a condition holds for: judged once, however many files and pages ask the same."""
        key = repr(when)
        if key not in self._holding:
            holds = compiled(when)
            self._holding[key] = [holds(entity.data) for entity in entities]
        return self._holding[key]

    def provenance(self, data: str | Mapping[str, str] = "") -> tuple[Provenance, ...]:
        """Where the named lists came from; everything of the mount if no origin has such a name. At most five lines."""
        names = {data} if isinstance(data, str) else set(data.values())
        others = [of_plugin(name)[0] for name in names if of_plugin(name)[0]]
        mounts = [mount for name in sorted(set(others)) for mount in self._others.get(name, ())]
        theirs = [(mount.id, origin) for mount in mounts for origin in mount.origins]
        origins = self._mount.origins if len(others) < len(names) else ()
        named = [origin for origin in origins if origin.name in names]
        shown: dict[tuple[str, str], Provenance] = {}
        for mount, origin in [*((self._mount.mount, origin) for origin in named or origins), *theirs]:
            line = line_of(origin, mount)
            shown.setdefault((line.label, line.state), line)
        return tuple(shown.values())[:5]

    def line(self, name: str) -> Provenance | None:
        """The line of one origin of the mount: of those of one name, the first."""
        return self._lines.get(name)

    @cached_property
    def _lines(self) -> dict[str, Provenance]:
        return {origin.name: line_of(origin, self._mount.mount) for origin in reversed(self._mount.origins)}


def line_of(origin: Origin, mount: str, place: str = "") -> Provenance:
    """One origin of a mount as its provenance line."""
    from callboard.model import duration

    fetched = origin.as_of is not None
    return Provenance(
        origin.label,
        str(origin.state),
        origin.as_of.strftime("%Y-%m-%dT%H:%M:%SZ") if origin.as_of else "",
        origin.href,
        origin.error,
        place or (str(origin.place) if origin.place else ""),
        duration.words(origin.ttl) if origin.ttl else "",
        int(origin.ttl or 0) if fetched else 0,
        origin.size,
        origin.digest[:10] if fetched else "",
        run_id(mount, origin.name),
    )


def singular(expression: str) -> str:
    """What one record of a list is called: ``runs[?ok]`` gives ``run``, ``entries`` ``entry``."""
    name = ""
    for character in expression:
        if not (character.isalnum() or character == "_"):
            break
        name += character
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name or "item"


def title_of(record: Any) -> str:
    """What a record calls itself, or ""."""
    if not isinstance(record, Mapping):
        return words(record)
    found = record.get("title") or record.get("name")
    if not found and isinstance(record.get("metadata"), Mapping):
        found = lookup(record, "spec.profile.displayName") or record["metadata"].get("title") or record["metadata"].get("name")
    return words(found or record.get("id"))


def ref_of(record: Any) -> str:
    """The canonical reference of an entity's envelope; "" of anything else."""
    metadata = record.get("metadata") if isinstance(record, dict) else None
    if not isinstance(metadata, dict) or "kind" not in record or "name" not in metadata:
        return ""
    return f"{record['kind']}:{metadata.get('namespace') or 'default'}/{metadata['name']}".lower()
