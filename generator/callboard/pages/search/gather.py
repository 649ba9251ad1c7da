"""Records → documents of the index, as ``search:`` of each mount's manifest says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from callboard.model.entity import EntityRef
from callboard.model.lookup import fill, lookup, segment, words
from callboard.model.manifest import Plugin, SearchSpec, searches
from callboard.model.predicate import compiled
from callboard.model.query import Query
from callboard.pages.inputs import Inputs
from callboard.pages.makers import EachPage
from callboard.pages.records import Records, ref_of, singular, title_of
from callboard.pages.routes import Table
from callboard.pages.search.document import Document

_TEXT = 600
"""Characters of a record's text that are shown and found."""
_PLAIN = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*")


class Source(NamedTuple):
    """One spec of one mount."""

    name: str
    """The mount's id and the number of the spec."""
    digest: str
    """The same for the same documents, known without making them."""
    documents: Callable[[], list[Document]]


def sources(inputs: Inputs, table: Table, records: Mapping[str, Records]) -> list[Source]:
    """What all mounts have to be found."""
    return [
        _source(inputs, table, records[plugin.id], plugin, number, spec)
        for plugin in inputs.plugins
        if not inputs.data.mounts[plugin.id].unset
        for number, (_, spec) in enumerate(searches(plugin.manifest))
    ]


def _source(inputs: Inputs, table: Table, records: Records, plugin: Plugin, number: int, spec: SearchSpec) -> Source:
    data = inputs.data.mounts
    read = [plugin.id, *(other.id for other in inputs.plugins if spec.entity and other.manifest.pages)]
    marks = [plugin.digest, plugin.path, plugin.title, *(data[name].digest for name in read)]
    marks += [other.path for other in inputs.plugins]
    mark = hashlib.sha256("\0".join(marks).encode()).hexdigest()[:32]
    return Source(f"{plugin.id} {number}", mark, lambda: list(Gathering(plugin, spec, records, table).documents()))


class Gathering:
    """One spec over the records of one mount."""

    def __init__(self, plugin: Plugin, spec: SearchSpec, records: Records, table: Table) -> None:
        self._plugin, self._spec, self._records, self._table = plugin, spec, records, table
        self._name = spec.name or singular(spec.each)
        self._queries: dict[str, Callable[[Any], Any]] = {}

    def documents(self) -> Iterator[Document]:
        """A document for each record that has a title and a page."""
        found = self._records.evaluate(self._spec.each)
        holds = compiled(self._spec.when)
        for record in found if isinstance(found, list) else ():
            if self._spec.when and not holds(record):
                continue
            title, href = self._title(record), self._href(record)
            if title and href:
                yield self._document(record, title, href)

    def _document(self, record: Any, title: str, href: str) -> Document:
        spec = self._spec
        keywords = [word for word in self._several(spec.keywords, record) if word != title]
        return Document(
            spec.type,
            title,
            href,
            " ".join(self._text(spec.text, record).split()).strip(" ·")[:_TEXT],
            tuple(self._several(spec.above, record)) or (self._plugin.title,),
            tuple(dict.fromkeys(keywords)),
            self._text(spec.kind, record),
            self._owner(record),
            tuple(pair for name, text in spec.filters.items() for pair in self._pairs(name, text, record)),
        )

    def _title(self, record: Any) -> str:
        return " ".join((self._text(self._spec.title, record) if self._spec.title else title_of(record)).split())

    def _href(self, record: Any) -> str:
        path = self._path(record)
        below = f"{path}{self._text(self._spec.below, record)}" if path and self._spec.below else path
        return below if below.partition("#")[0] in self._table.paths else path

    def _path(self, record: Any) -> str:
        """The path of its page; "" if there is none."""
        spec = self._spec
        if spec.entity:
            return self._table.stage.links.entities.get(reference(self._text(spec.entity, record)), "")
        try:
            if spec.href:
                path = self._plugin.path + fill(spec.href.lstrip("/"), {self._name: record, "entity": record}, segment)
            else:
                path = self._page.path(record) if self._page and self._page.wanted(record) else ""
        except (KeyError, ValueError):
            return ""
        return path if path.partition("#")[0] in self._table.paths else ""

    @cached_property
    def _page(self) -> EachPage | None:
        """What makes the records' own pages."""
        mine = (page for page in self._plugin.manifest.pages if page.each == self._spec.each)
        return next((EachPage(self._plugin, page, self._records) for page in mine), None)

    def _owner(self, record: Any) -> str:
        said = self._spec.owner
        if not said and (ref := ref_of(record)):
            owned = self._table.stage.graph.relations.get(ref, ())
            return next((relation.target for relation in owned if relation.type == "ownedBy"), "")
        return reference(self._text(said, record))

    def _pairs(self, name: str, text: str, record: Any) -> Iterator[tuple[str, str]]:
        for value in self._several(text, record):
            yield name, value

    def _several(self, said: Sequence[str] | str, record: Any) -> list[str]:
        values: list[str] = []
        for text in [said] if isinstance(said, str) else said:
            found = self._value(text, record)
            values += [words(one) for one in found] if isinstance(found, (list, tuple)) else [words(found)]
        return [value for value in values if value]

    def _text(self, expression: str, record: Any) -> str:
        return words(self._value(expression, record))

    def _value(self, expression: str, record: Any) -> Any:
        if not expression:
            return ""
        if _PLAIN.fullmatch(expression):
            return lookup(record, expression)
        if expression not in self._queries:
            self._queries[expression] = Query(expression)
        try:
            return self._queries[expression](record)
        except ValueError:  # a record that the expression does not fit has no such value
            return None


def reference(text: str) -> str:
    """A reference in full, in lower case: ``pay`` of an owner is ``group:default/pay``."""
    if not text:
        return ""
    try:
        return str(EntityRef.parse(text, kind="group"))
    except ValueError:
        return text.lower()
