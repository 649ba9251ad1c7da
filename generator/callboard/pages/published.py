"""Files that plugins publish beside their pages, and the Portal that their functions are given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from callboard.model.dataset import Data, Dataset
from callboard.model.entity import Entity, Graph
from callboard.model.lookup import fill, placeholders, segment
from callboard.model.manifest import FileSpec, Plugin
from callboard.model.predicate import compiled
from callboard.model.problem import Place, Problem, Severity, dotted
from callboard.model.site import Site
from callboard.pages.makers import Planned, Planner
from callboard.pages.records import Records, singular
from callboard.pages.stage import Stage


@dataclass(frozen=True)
class SitePortal:
    """The data of the whole site, as ``callboard.plugin.Portal`` describes it."""

    site: Site
    data: Data
    stage: Stage
    problems: tuple[Problem, ...]

    @property
    def graph(self) -> Graph:
        """All entities and relations."""
        return self.stage.graph

    @property
    def title(self) -> str:
        """The site's title."""
        return self.site.spec.site.title

    @property
    def url(self) -> str:
        """Where it is published, with a slash at its end; "" if it does not say."""
        url = self.site.spec.site.url
        return f"{url.rstrip('/')}/" if url else ""

    @property
    def base_path(self) -> str:
        """The path that the site lies under."""
        return self.site.base_path

    @cached_property
    def datasets(self) -> Mapping[str, Dataset]:
        """The datasets, by mount."""
        return {name: mount.dataset for name, mount in self.data.mounts.items()}

    @cached_property
    def version(self) -> str:
        """Changes with anything that a function may see."""
        said = [self.data.digest, self.title, self.url, *(problem.text for problem in self.problems)]
        return hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass")).hexdigest()

    def summed(self, entity: Entity) -> str:
        """What a function may show of an entity, as one text: for fingerprints, and kept, since an entity has several files."""
        ref, face = str(entity.ref), self.stage.links.face
        known = self._sums.get(ref)
        if known is None:
            related = (f"{relation.type} {face(relation.target)}" for relation in self.graph.relations.get(ref, ()))
            wrong = (problem.text for problem in self.stage.problems.get(ref, ()))
            said = "\n".join((self.title, self.url, face(ref), entity.digest, *related, *wrong))
            known = self._sums[ref] = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
        return known

    @cached_property
    def _sums(self) -> dict[str, str]:
        return {}

    def fingerprint(self, entity: Entity, code: str) -> str:
        """Of each file that a plugin (by its digest) makes of an entity: an entity has seven, and they are made of the same."""
        key = (id(entity), code)
        known = self._prints.get(key)
        if known is None:
            known = self._prints[key] = _digest("\n".join((code, self.summed(entity))))
        return known

    @cached_property
    def _prints(self) -> dict[tuple[int, str], str]:
        return {}

    def named(self, entity: Entity) -> Mapping[str, str]:
        """What placeholders of an entity's reference become in paths: kept, since each of its files has them."""
        known = self._names.get(id(entity))
        if known is None:
            ref = entity.ref
            said = {"kind": ref.kind.lower(), "namespace": ref.namespace.lower(), "name": ref.name, "lower": ref.name.lower()}
            known = self._names[id(entity)] = {f"ref.{name}": segment(value) for name, value in said.items()}
        return known

    def shown(self, records: Records) -> list[Entity]:
        """The entities of a mount that the graph shows: kept, since several kinds of files are made of them."""
        known = self._shown.get(records.id)
        if known is None:
            graph = self.stage.graph.entities
            known = [entity for entity in records.dataset.entities if graph.get(str(entity.ref)) is entity]
            self._shown[records.id] = known
        return known

    @cached_property
    def _shown(self) -> dict[str, list[Entity]]:
        return {}

    @cached_property
    def _names(self) -> dict[int, Mapping[str, str]]:
        return {}

    def path(self, ref: str) -> str:
        """The page of an entity below the site's host; "" if it has none."""
        path = self.stage.links.entities.get(ref, "")
        return self.site.base_path + path[1:] if path else ""


class Publisher(Planner):
    """Makes one FileSpec's files."""

    def __init__(self, plugin: Plugin, spec: FileSpec, records: Records, key: tuple[str | int, ...]) -> None:
        self.plugin, self.spec, self.records, self.key = plugin, spec, records, key
        self.template = ""
        self.portal: SitePortal

    @property
    def pattern(self) -> str:
        """The spec's path below the site."""
        path = self.spec.path.removesuffix("index.html") if self.spec.path.endswith("/index.html") else self.spec.path
        return ("/" if self.spec.root else self.plugin.path) + path.lstrip("/")

    @cached_property
    def entities(self) -> list[Entity]:
        """The entities that files are made for: those that the graph shows, not their doubles."""
        return self.portal.shown(self.records)

    @cached_property
    def function(self) -> Any:
        """The plugin's function. Raises Problems."""
        return self.plugin.load(self.spec.content)

    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """The files."""
        place = self.plugin.manifest_marks.at(self.key)
        if not self.spec.each:
            yield Planned(self.pattern, "", self.plugin.id, number, None, place=place)
            return
        if self.spec.each != "entities":
            yield from self._plan_records(number, place)
            return
        wanted = self.records.holding(self.spec.when, self.entities) if self.spec.when else None
        for index, entity in enumerate(self.entities):
            if wanted is not None and not wanted[index]:
                continue
            try:
                path = self._path(entity)
            except KeyError:
                continue
            yield Planned(path, "", self.plugin.id, number, index, place=place)

    def _plan_records(self, number: int, place: Place) -> Iterator[Planned]:
        wanted, name = compiled(self.spec.when), singular(self.spec.each)
        for index, record in enumerate(self.items):
            if self.spec.when and not wanted(record):
                continue
            try:
                path = fill(self.pattern, {name: record}, segment)
            except KeyError:
                continue
            yield Planned(path, "", self.plugin.id, number, index, place=place)

    @cached_property
    def items(self) -> list[Any]:
        """The records that files are made for, where they are made of a list."""
        found = self.records.evaluate(self.spec.each)
        return found if isinstance(found, list) else []

    def _path(self, entity: Entity) -> str:
        """The path of an entity's file. Raises KeyError for a placeholder that it has no value for."""
        text, names = self._shape
        named = self.portal.named(entity)
        return text % tuple([named[name] if name in named else self._value(name, entity) for name in names])

    @cached_property
    def _shape(self) -> tuple[str, tuple[str, ...]]:
        """The pattern with a ``%s`` for each placeholder, and their names: filled 10,000 times, it is taken apart once."""
        names = placeholders(self.pattern)
        text = self.pattern.replace("%", "%%")
        for name in names:
            text = text.replace(f"{{{name}}}", "%s", 1)
        return text, names

    def _value(self, name: str, entity: Entity) -> str:
        scope = {"entity": entity.data, "uid": entity.uid if name == "uid" else ""}
        return fill(f"{{{name}}}", scope, segment)

    def fingerprint(self, planned: Planned) -> str:
        """Of what the file is made of: its entity with what it is related to, or all data."""
        code = self.plugin.digest
        if planned.argument is None:
            return _digest(f"{code} {self.portal.version}")
        if self.spec.each != "entities":
            said = json.dumps(self.items[planned.argument], ensure_ascii=False, default=str)
            return _digest("\n".join((code, self.portal.title, self.portal.url, said)))
        entity = self.entities[planned.argument]
        if not self.spec.parents:
            return self.portal.fingerprint(entity, code)
        return _digest("\n".join((code, self.portal.summed(entity), *self._inherited(str(entity.ref)))))

    def _inherited(self, ref: str) -> Iterator[str]:
        """What the file is made of beside its entity: the entities above it, with their relations."""
        graph, seen, waiting = self.stage.graph, {ref}, [ref]
        while waiting:
            above = sorted(self._parents.get(waiting.pop(), set()) - seen)
            seen.update(above)
            waiting += above
            for parent in above:
                entity = graph.entities.get(parent)
                yield f"{parent} {entity.digest if entity else ''}"
                yield from (f"{relation.type} {relation.target}" for relation in graph.relations.get(parent, ()))

    @cached_property
    def _parents(self) -> Mapping[str, set[str]]:
        """The parents of each entity, if the spec names a list of them."""
        parents: dict[str, set[str]] = {}
        for record in self.records.dataset.lists.get(self.spec.parents, ()):
            parents.setdefault(record["ref"], set()).add(record["parent"])
        return parents

    def content(self, planned: Planned) -> bytes | None:
        """The file's bytes, or None if the function gives none."""
        among = self.entities if self.spec.each == "entities" else self.items
        subject = () if planned.argument is None else (among[planned.argument],)
        made = self.function(*subject, self.portal)
        if isinstance(made, str):
            return made.encode("utf-8", "replace")
        if made is None or isinstance(made, bytes):
            return made
        raise TypeError(f"{self.spec.content} gave {type(made).__name__}, not text or bytes")


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def publishers(site: Site, plugins: Sequence[Plugin], records: Mapping[str, Records]) -> list[Publisher]:
    """What makes the files that ``publish:`` of the site wants; files at the site's root once a plugin."""
    made: list[Publisher] = []
    rooted: set[str] = set()
    for plugin in plugins:
        for index, spec in enumerate(plugin.manifest.files):
            once = spec.root and not spec.each
            if _wanted(site, spec) and not (once and plugin.name in rooted):
                made.append(Publisher(plugin, spec, records[plugin.id], ("files", index)))
        rooted.add(plugin.name)
    return made


def _wanted(site: Site, spec: FileSpec) -> bool:
    return site.spec.publish.get(spec.publish, spec.default) if spec.publish else spec.default


def unknown_switches(site: Site, plugins: Iterable[Plugin]) -> list[Problem]:
    """Switches of ``publish:`` that no mounted plugin has."""
    from difflib import get_close_matches

    found = list(plugins)
    if {mount.plugin for mount in site.spec.plugins} - {plugin.name for plugin in found}:
        return []  # a mount is broken, and its switches are not known
    # Twins of pages are the core's own.
    known = sorted({spec.publish for plugin in found for spec in plugin.manifest.files if spec.publish} | {"twins"})
    problems = []
    for name in site.spec.publish:
        if name not in known:
            close = get_close_matches(name, known, 1)
            mend = f'Did you mean "{close[0]}"?' if close else f"Known are {', '.join(known) or 'none'}."
            what = f'no mounted plugin publishes "{name}".'
            key = ("publish", name)
            problems.append(Problem("unknown-switch", what, site.marks.at(key), dotted(key), mend, Severity.WARNING))
    return problems
