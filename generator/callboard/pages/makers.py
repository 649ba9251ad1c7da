"""Makers: what turns one page spec (or one tab) into pages, and one planned page into the data that it shows."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from callboard.model.document import Document
from callboard.model.entity import Entity
from callboard.model.link import Link
from callboard.model.lookup import fill, lookup, segment
from callboard.model.manifest import PageSpec, Plugin
from callboard.model.page import PageData, Provenance, View
from callboard.model.predicate import compiled
from callboard.model.problem import Place, Problem, Severity
from callboard.model.shown import Column
from callboard.pages.numbering import BUILDS_SIZE, PAGE_SIZE, page_path, pager
from callboard.pages.records import Records, line_of, singular, title_of
from callboard.pages.slots import Slots
from callboard.pages.stage import Stage, breadcrumb, entity_values, linked
from callboard.pages.views import LISTS, Viewer

_SUMMARY = 240
"""Characters of the line below a title."""
_PARAGRAPH = re.compile(r"\n\s*\n")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")


class Planned(NamedTuple):
    """One page that is to be made: small, so that 10,000 of them travel to workers."""

    path: str
    title: str
    owner: str
    maker: int
    argument: Any
    """What the maker needs to find the records: an index, a number, a group."""
    file: str = ""
    """The content file it comes from, if there is one."""
    place: Place = Place("")

    @property
    def file_name(self) -> str:
        """The file below the output folder."""
        return self.path.lstrip("/") + ("index.html" if self.path.endswith("/") else "")


class Planner(ABC):
    """One way to make files of the site. ``plan`` names them."""

    plugin: Plugin
    template: str
    """The template that draws the page, as the loader names it."""
    slots: tuple[str, ...] = ()
    stage: Stage
    fillings: Slots

    @abstractmethod
    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """The pages, or what is wrong with single ones. ``number`` is this maker's, for ``Planned.maker``."""


class Maker(Planner):
    """One way to make pages: ``data`` gives what one of them shows."""

    base: str = ""
    """What all pages of a maker without a plugin lie below, so that they share a shell."""

    @abstractmethod
    def data(self, planned: Planned) -> PageData:
        """All that the page shows."""

    @property
    def search_type(self) -> str:
        """The group that the search finds the texts of its pages in; "" if it does not."""
        return ""

    def sought(self, planned: Planned) -> bool:  # noqa: ARG002  # only records say something of themselves
        """Whether the search finds the texts of a page."""
        return bool(self.search_type)

    def summed(self, planned: Planned) -> str | None:  # noqa: ARG002  # most makers have no shorter way
        """A text that differs whenever ``data`` does, if it can be had for less than ``data`` itself; else None."""
        return None


class SpecMaker(Maker):
    """Pages of a manifest's page spec."""

    def __init__(self, plugin: Plugin, spec: PageSpec, records: Records) -> None:
        self.plugin, self.spec, self.records = plugin, spec, records
        self.template = _template(plugin, spec)
        self.slots = tuple(spec.slots)
        self.title = spec.title or plugin.title

    @property
    def pattern(self) -> str:
        """The spec's path below the site."""
        return self.plugin.path + self.spec.path.lstrip("/")

    @property
    def search_type(self) -> str:
        """What the spec says, ``page`` for Markdown."""
        return self.spec.search_type or ("page" if self.spec.view == "markdown" else "")

    def viewer(self) -> Viewer:
        """Views with this mount's links."""
        return Viewer(self.stage.links, self.plugin.path, self.stage.rows)

    @property
    def size(self) -> int:
        """Rows of one numbered page."""
        return self.spec.paginate or (BUILDS_SIZE if self.spec.view == "ci.builds" else PAGE_SIZE)

    def numbered(self, records: Sequence[Any], base: str, here: str, number: int) -> dict[str, Any]:
        """The fields of PageData that say which part of a long list this page is."""
        count = self.viewer().count(self.spec, records)
        pages = max(1, -(-count // self.size))
        first = (number - 1) * self.size
        last = min(count, first + self.size)
        links = pager(pages, number, lambda n: self.stage.links.href(page_path(base, n), here)) if pages > 1 else ()
        return {"total": count, "shown": (min(first + 1, last), last), "pager": links}

    def part(self, number: int) -> slice:
        """The rows of one numbered page."""
        return slice((number - 1) * self.size, number * self.size)

    def numbered_view(self, records: list[Any], number: int, here: str, *, columns: Sequence[Column] = ()) -> View | None:
        """The view of one numbered page."""
        part = self.part(number)
        whole = self.spec.view == "ci.builds"
        return self.viewer().view(self.spec, records if whole else records[part], here, columns=columns, part=part)

    def plan_numbered(self, number: int, base: str, title: str, count: int, argument: Any) -> Iterator[Planned]:
        """One page for each ``paginate`` records, at least one."""
        for page in range(1, max(1, -(-count // self.size)) + 1):
            numbered = title if page == 1 else f"{title} (page {page})"
            yield Planned(
                page_path(base, page), numbered, self.plugin.id, number, (argument, page), place=self.plugin.mount_place
            )


class SinglePage(SpecMaker):
    """A page spec without ``each``: one page, or several numbered ones for a long list."""

    @property
    def _is_list(self) -> bool:
        return self.spec.view in LISTS or self.spec.paginate is not None

    def _value(self) -> Any:
        value = self.spec.data
        return self.records.evaluate(value) if isinstance(value, str) and value else None

    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """One page, or one for each hundred records."""
        value = self._value() if self._is_list else None
        count = self.viewer().count(self.spec, value) if isinstance(value, list) else 0
        yield from self.plan_numbered(number, self.pattern, self.title, count, None)

    def data(self, planned: Planned) -> PageData:
        """The list's part, or the whole value."""
        here, (_, page) = planned.path, planned.argument
        values = self.records.values(self.spec.data)
        value = values.get("items_")
        listed: dict[str, Any] = {}
        if self._is_list and isinstance(value, list):
            listed = self.numbered(value, self.pattern, here, page)
            view = self.numbered_view(value, page, here)
            values = dict.fromkeys(values, value[self.part(page)])
        else:
            view = self.viewer().view(self.spec, value, here)
        values |= linked(self.spec.links, values, here, self.stage)
        return PageData(
            planned.title,
            here,
            self.spec.summary or (self.plugin.manifest.summary if self.spec.path == "/" else ""),
            {} if self.spec.view else values,
            breadcrumb(here, planned.title, self.stage),
            self.records.provenance(self.spec.data),
            error=self.records.error,
            view=view,
            unset=self.records.unset,
            slots=self.fillings.cards(self.slots, None, here, self.stage),
            **listed,
        )


class EachPage(SpecMaker):
    """A page spec with ``each``: one page a record."""

    def __init__(self, plugin: Plugin, spec: PageSpec, records: Records) -> None:
        super().__init__(plugin, spec, records)
        self.name = spec.name or singular(spec.each)
        self._entities: dict[int, Entity] | None = None
        self._above: dict[tuple[str, str], str] = {}

    @property
    def items(self) -> list[Any]:
        """The records."""
        found = self.records.evaluate(self.spec.each)
        return found if isinstance(found, list) else []

    @cached_property
    def wanted(self) -> Callable[[Any], bool]:
        """Whether a record gets a page."""
        return compiled(self.spec.when)

    def entity(self, record: Any) -> Entity | None:
        """The entity that a record is, if it is one of this mount's."""
        if self._entities is None:
            # By identity: the records of an expression over entities are the entities' own envelopes.
            self._entities = {id(entity.data): entity for entity in self.records.dataset.entities}
        return self._entities.get(id(record))

    def path(self, record: Any) -> str:
        """The record's path. Raises KeyError for a placeholder that it has no value for, ValueError for one that is empty."""
        path = self.plugin.path + fill(self.spec.path.lstrip("/"), self._scope(record), segment)
        if "//" in path:
            raise ValueError(path)
        return path if path.endswith("/") else f"{path}/"

    def _scope(self, record: Any) -> dict[str, Any]:
        """What the placeholders of a path name."""
        scope = {self.name: record}
        entity = self.entity(record)
        if entity is not None:
            ref = entity.ref
            scope |= {"entity": record, "ref": {"kind": ref.kind.lower(), "namespace": ref.namespace.lower(), "name": ref.name}}
        return scope

    def sought(self, planned: Planned) -> bool:
        """As its kind of pages, unless the record says ``search: {exclude: true}``."""
        return bool(self.search_type) and lookup(self.items[planned.argument], "search.exclude", None) is not True

    def parent(self, record: Any) -> str:
        """The path of the page above, if the spec names one."""
        if not self.spec.parent:
            return ""
        try:
            return self.plugin.path + fill(self.spec.parent.lstrip("/"), self._scope(record), segment)
        except KeyError:
            return ""

    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """One page a record; a record that cannot name its page is a problem of its own."""
        for index, record in enumerate(self.items):
            if self.spec.when and not self.wanted(record):
                continue
            try:
                path = self.path(record)
            except (KeyError, ValueError):
                yield self._pathless(record)
                continue
            file, shown = _origin(record) if self.is_document(record) else ("", "")
            place = Place(shown or file, 1, 1) if file else self.plugin.mount_place
            yield Planned(path, self.record_title(record), self.plugin.id, number, index, file, place)

    def is_document(self, record: Any) -> bool:
        """Whether the page of a record shows a text of a file: by the view for texts, or by a template of its own."""
        if self.spec.view or not isinstance(record, Mapping):
            return self.spec.view == "markdown"
        return isinstance(record.get("text"), str) and isinstance(record.get("file"), str)

    def document(self, record: Any, here: str) -> Document | None:
        """What the page tells of the text that it shows; None for a page that shows none."""
        if not self.is_document(record):
            return None
        from callboard.pages.documents import document_of

        return document_of(record, self.plugin.path, here, self.stage)

    def _view(self, record: Any, here: str, document: Document | None) -> View | None:
        if document is not None and not self.spec.view:
            return View("markdown", self.spec.empty or "Nothing here yet.", text=str(lookup(record, self.spec.text) or ""))
        return self.viewer().view(self.spec, record, here, among=self.items)

    def _pathless(self, record: Any) -> Problem:
        return Problem(
            "no-path",
            f'"{title_of(record) or "a record"}" has no page: its path {self.spec.path} has an empty part.',
            self.plugin.mount_place,
            mend="Give the record a value for each {placeholder} of the path.",
            severity=Severity.WARNING,
            plugin=self.plugin.id,
        )

    def record_title(self, record: Any) -> str:
        """The page's title."""
        if self.spec.title:
            try:
                return fill(self.spec.title, {self.name: record, "entity": record})
            except KeyError:
                return title_of(record) or self.plugin.title
        entity = self.entity(record)
        return entity.title if entity else title_of(record) or self.plugin.title

    def summary(self, record: Any) -> str:
        """The line below the title."""
        try:
            text = fill(self.spec.summary, {self.name: record, "entity": record}).strip()
        except KeyError:
            return ""
        return shortened(text)

    def data(self, planned: Planned) -> PageData:
        """The record, with its relations if it is an entity, its cards and its tabs."""
        here = planned.path
        record = self.items[planned.argument]
        entity = self.entity(record)
        values = {self.name: record, **self.records.values(self.spec.data)}
        own: dict[str, Any] = {}
        if entity is not None:
            own = entity_values(entity, here, self.spec.relations, self.stage)
            values |= own
        values |= linked(self.spec.links, values, here, self.stage)
        before, after = self.stage.neighbours.get(here, ("", ""))
        document = self.document(record, here)
        return PageData(
            planned.title,
            here,
            self.summary(record),
            {} if self.spec.view and not entity else values,
            breadcrumb(here, planned.title, self.stage, parent=self.parent(record)),
            self.provenance(entity, planned.file, document.shown if document else "", _origin_name(record)),
            tabs=self.tabs(record, here, planned.path),
            error=self.records.error,
            view=self._view(record, here, document),
            slots=self.fillings.cards(self.slots, record, here, self.stage, own),
            previous=self.stage.link(before, here),
            next=self.stage.link(after, here),
            document=document,
        )

    def summed(self, planned: Planned) -> str | None:
        """For a page of an entity and its cards: the entity's digest, what is shown of those that it is related to, and its records.

        Gathering the data of 10,000 unchanged pages would take longer than everything else in a build with one change.
        """
        record = self.items[planned.argument]
        entity = self.entity(record)
        if entity is None or not entity.digest or planned.path in self.stage.neighbours:
            return None
        beside = self._beside(record)
        return None if beside is None else f"{self.mark(planned, entity, described=True)}\n{beside}"

    def mark(self, planned: Planned, entity: Entity, *, described: bool) -> str:
        """A text that differs whenever a page that shows one entity, and what links to others show, does."""
        folder = planned.path[: planned.path.rstrip("/").rfind("/") + 1]
        key = (folder, self.parent(entity.data))
        if key not in self._above:
            self._above[key] = repr(breadcrumb(f"{folder}x/", "", self.stage, parent=key[1]))
        ref = str(entity.ref)
        wrong = [f"{problem.text} {problem.place}" for problem in self.stage.problems.get(ref, ())]
        related = self.stage.related(ref, described=described)
        filled = self.fillings.filled(self.slots, entity.data, self.stage)
        return "\n".join((planned.path, planned.title, entity.digest, self._same, self._above[key], related, filled, *wrong))

    def _beside(self, record: Any) -> str | None:
        """What the page shows beside its own record, as a text; None if that is not had cheaply."""
        if self.spec.data or self.spec.view or self.spec.links:
            return None
        return self.fillings.beside(self._carded, record, self.stage)

    @cached_property
    def _carded(self) -> list[str]:
        """The slots of its cards."""
        return [slot for slot in self.slots if not slot.endswith(".tabs")]

    @cached_property
    def _same(self) -> str:
        """What is the same for all pages of this spec."""
        tabs = [[f.id, f.title, repr(f.spec)] for slot in self.slots for f in self.fillings.named(slot)]
        origins = [repr(line_of(origin, self.plugin.id)) for origin in self.records.dataset.origins]
        graph, links = self.stage.graph, self.stage.links
        kinds = [(kind.name, kind.plural) for kind in graph.kinds.values()]
        words_ = [graph.titles, list(graph.order), graph.reverses, kinds, links.base, links.portable]
        said = repr([repr(self.spec), self.records.error, tabs, origins, words_])
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def _first(self) -> Provenance | None:
        return next(iter(self.records.provenance()), None)

    def provenance(self, entity: Entity | None, file: str = "", shown: str = "", name: str = "") -> tuple[Provenance, ...]:
        """The entity's own file and line, the content file, or where the list came from. ``name`` is the origin of a document; of one
        that was fetched (``shown``), that is told instead of its file.
        """
        if entity is not None:
            origin = next((o for o in self.records.dataset.origins if o.name == entity.origin), None)
            if origin is not None:
                line = line_of(
                    origin, self.plugin.id, f"{entity.place.file}:{entity.place.line}" if origin.kind == "file" else ""
                )
                return (line._replace(label=entity.place.file) if origin.kind == "file" else line,)
        if file:
            own = self.records.line(name) or self._first
            return () if own is None else (own if shown else own._replace(label=file, place=f"{file}:1:1"),)
        return self.records.provenance(self.spec.each)

    def tabs(self, record: Any, here: str, base: str) -> tuple[Link, ...]:
        """The page itself and the tabs that apply to its record; none if there is only the page."""
        tabbed = (name for name in self.slots if name.endswith(".tabs"))
        fillings = [f for name in tabbed for f in self.fillings.applying(name, record, self.stage)]
        if not fillings:
            return ()
        href = self.stage.links.href
        tabs = [Link(f.title, href(f"{base}{f.spec.path}/", here), here == f"{base}{f.spec.path}/") for f in fillings]
        return (Link("Overview", href(base, here), here == base), *tabs)


def _origin_name(record: Any) -> str:
    """The name of the origin that a record says it is of; else that of its tree."""
    said = (record.get("origin"), record.get("tree")) if isinstance(record, dict) else ()
    return next((name for name in said if isinstance(name, str) and name), "")


def _template(plugin: Plugin, spec: PageSpec) -> str:
    if spec.view:
        return "document.html" if spec.each and spec.view == "markdown" else "view_page.html"
    return f"{plugin.name}/{spec.template}"


def _origin(record: Any) -> tuple[str, str]:
    """The file of a record's text, and what problems call it."""
    found = [record.get(name, "") if isinstance(record, Mapping) else "" for name in ("file", "shown")]
    file, shown = [value if isinstance(value, str) else "" for value in found]
    return file, shown


def shortened(text: str) -> str:
    """The first paragraph of a text as one plain line: descriptions are often Markdown, a line below a title is not."""
    line = " ".join(_PARAGRAPH.split(text, maxsplit=1)[0].split())
    line = _LINK.sub(r"\1", line).replace("**", "").replace("`", "").lstrip("# ")
    return line if len(line) <= _SUMMARY else line[:_SUMMARY].rsplit(" ", 1)[0] + " …"
