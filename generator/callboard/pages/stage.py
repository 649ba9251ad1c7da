"""What every page may look up while its data is gathered: links, the graph, the titles of other pages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callboard.model.entity import Entity, Graph
from callboard.model.link import Link
from callboard.model.problem import Problem
from callboard.pages.links import Links
from callboard.pages.rows import Rows


@dataclass(frozen=True, slots=True)
class Stage:
    """Shared by all makers of a build."""

    links: Links
    graph: Graph
    titles: Mapping[str, str]
    """The title of every page, by path."""
    neighbours: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The pages before and after a content page in its section ("" for none)."""
    rows: Rows = field(default_factory=Rows)
    source: str = ""
    """Where the site's own files are kept: ``site.source``."""
    problems: Mapping[str, Sequence[Problem]] = field(default_factory=dict)
    """What is wrong with each entity, by its canonical reference."""

    _related: dict[tuple[str, bool], str] = field(default_factory=dict)
    _last: dict[str, Any] = field(default_factory=dict)

    def related(self, ref: str, *, described: bool) -> str:
        """A digest of all that a page shows of those that an entity is related to, with their descriptions if it shows them."""
        known = self._related.get((ref, described))
        if known is None:
            face = self.links.face
            relations = self.graph.relations.get(ref, ())
            text = "\n".join(f"{relation.type} {face(relation.target, described=described)}" for relation in relations)
            known = self._related[ref, described] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return known

    def by_type(self, ref: str) -> Mapping[str, list[str]]:
        """The targets of an entity's relations, by type. The last answer is kept: a page asks many times for one entity."""
        if self._last.get("ref") != ref:
            found: dict[str, list[str]] = {}
            for relation in self.graph.relations.get(ref, ()):
                found.setdefault(relation.type, []).append(relation.target)
            self._last.update(ref=ref, found=found)
        return self._last["found"]  # type: ignore[no-any-return]  # two lines above

    def link(self, path: str, here: str) -> Link | None:
        """A page by its path."""
        return Link(self.titles[path], self.links.href(path, here)) if path in self.titles else None


def entity_values(entity: Entity, here: str, limit: int, stage: Stage) -> dict[str, Any]:
    """What templates get of an entity: ``entity``, ``ref``, ``place``, ``problems``; ``relations``, at most ``limit`` targets a type.

    A relation's ``reverse`` is the type that it is the other side of, "" for one that leads away from the entity.
    """
    ref = str(entity.ref)
    by_type = stage.by_type(ref)
    order = {name: index for index, name in enumerate(stage.graph.order)}
    relations = [
        {
            "type": name,
            "title": stage.graph.titles.get(name, name),
            "reverse": stage.graph.reverses.get(name, ""),
            "total": len(by_type[name]),
            "targets": [stage.links.target(target, here) for target in by_type[name][:limit]],
        }
        for name in sorted(by_type, key=lambda name: (order.get(name, len(order)), name))
    ]
    wrong = [{"code": p.code, "what": p.what, "mend": p.mend, "place": str(p.place)} for p in stage.problems.get(ref, ())]
    place = f"{entity.place.file}:{entity.place.line}"
    return {"entity": entity.data, "ref": ref, "place": place, "relations": relations, "problems": wrong}


def linked(expression: str, values: Mapping[str, Any], here: str, stage: Stage) -> dict[str, Any]:
    """``links``: the Target of each reference that an expression finds in a page's values; nothing without an expression."""
    if not expression:
        return {}
    import jmespath

    found = jmespath.search(expression, dict(values))
    refs = found if isinstance(found, list) else [found]
    return {"links": {ref: stage.links.target(ref, here) for ref in dict.fromkeys(refs) if isinstance(ref, str) and ref}}


def breadcrumb(path: str, title: str, stage: Stage, here: str = "", parent: str = "") -> tuple[Link, ...]:
    """The pages above ``path``, from the home page down, and the page itself; none for the home page.

    ``parent`` is the page above if that is not said by the path.
    """
    here = here or path
    if path == "/":
        return ()
    parts = (f"{parent}x" if parent in stage.titles else path).strip("/").split("/")
    above = ["/", *("/" + "/".join(parts[:end]) + "/" for end in range(1, len(parts)))]
    href = stage.links.href
    links = [Link("Home" if step == "/" else stage.titles[step], href(step, here)) for step in above if step in stage.titles]
    return (*links, Link(title, href(path, here), True))
