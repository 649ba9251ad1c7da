"""What checks may ask of other plugins' data, and why some of it cannot be relied on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from callboard.plugin import Dataset, Origin, Query, State, lookup, of_plugin, words


class Source:
    """One list of another plugin's data. ``fault`` is a sentence, "" if all of it may be relied on."""

    def __init__(self, records: Sequence[Any] = (), *, fault: str = "", whole: bool = False) -> None:
        self.records = records
        self.fault = fault
        self.whole = whole
        """Whether the fault is one of every record, rather than of those that are not there."""
        self._indexes: dict[str, dict[str, list[Any]]] = {}

    def matching(self, match: Mapping[str, str], entity: Any, ref: str) -> Sequence[Any]:
        """The records that belong to an entity: all of them without ``match``."""
        if not match:
            return self.records
        (path, theirs), *more = match.items()
        wanted = _wanted(theirs, entity, ref)
        found = self._index(path).get(wanted, ()) if wanted else ()
        for path, theirs in more:
            wanted = _wanted(theirs, entity, ref)
            found = [record for record in found if words(lookup(record, path)).lower() == wanted]
        return found

    def _index(self, path: str) -> Mapping[str, list[Any]]:
        if path not in self._indexes:
            index = self._indexes[path] = {}
            for record in self.records:
                index.setdefault(words(lookup(record, path)).lower(), []).append(record)
        return self._indexes[path]


def _wanted(path: str, entity: Any, ref: str) -> str:
    return ref if path == "@" else words(lookup(entity, path)).lower()


class Facts:
    """All of it, each list looked up once. ``now`` is asked only where some data is stale."""

    def __init__(self, datasets: Mapping[str, Dataset], *, now: Callable[[], datetime], limit: float, limit_words: str) -> None:
        self._datasets, self._now, self._limit, self._words = datasets, now, limit, limit_words
        self._sources: dict[str, Source] = {}

    @property
    def plugins(self) -> Sequence[str]:
        """Those that are mounted."""
        return sorted(self._datasets)

    def lists(self, plugin: str) -> Sequence[str]:
        """The lists that a plugin gives."""
        return sorted(self._datasets[plugin].lists)

    def failed(self, plugin: str) -> bool:
        """Whether some of a plugin's data could not be had, so that lists may be absent."""
        return any(origin.state in (State.FAILED, State.SKIPPED) for origin in self._datasets[plugin].origins)

    def source(self, text: str) -> Source:
        """``circleci:runs[?branch=='main']``. Raises ValueError if the expression does not fit the data."""
        if text not in self._sources:
            self._sources[text] = self._found(*of_plugin(text))
        return self._sources[text]

    def _found(self, plugin: str, expression: str) -> Source:
        if plugin not in self._datasets:
            return Source(fault=f"The plugin {plugin} is not mounted.", whole=True)
        dataset, query = self._datasets[plugin], Query(expression)
        value = query({**dataset.lists, "entities": [entity.data for entity in dataset.entities]})
        records = value if isinstance(value, list) else [] if value is None else [value]
        name = next((name for name in dataset.lists if name in query.fields), "")
        origins = [origin for origin in dataset.origins if origin.name == name] or dataset.origins
        found = self._judged(plugin, records, origins)
        if not found.fault and not name and "entities" not in query.fields:
            return Source(fault=f"The plugin {plugin} gives no such list: {expression}.", whole=True)
        return found

    def _judged(self, plugin: str, records: list[Any], origins: Sequence[Origin]) -> Source:
        """The worst of the origins decides: too old is a fault of all records, a failure one of those that are not there."""
        old = [origin for origin in origins if origin.state is State.STALE and origin.as_of and self._too_old(origin.as_of)]
        if old:
            day = min(origin.as_of for origin in old if origin.as_of)
            return Source(
                records, fault=f"The data of {plugin} is of {day:%Y-%m-%d}, older than {self._words}{_why(old)}.", whole=True
            )
        failed = [origin for origin in origins if origin.state is State.FAILED]
        if failed:
            return Source(records, fault=f"The data of {plugin} failed{_why(failed)}.", whole=not records)
        if any(origin.state is State.SKIPPED for origin in origins):
            return Source(records, fault=f"The data of {plugin} was not asked for.", whole=not records)
        return Source(records)

    def _too_old(self, as_of: datetime) -> bool:
        return (self._now() - as_of).total_seconds() > self._limit


def _why(origins: Sequence[Origin]) -> str:
    errors = list(dict.fromkeys(origin.error.rstrip(". ") for origin in origins if origin.error))
    return f": {errors[0]}" if errors else ""
