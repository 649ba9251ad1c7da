"""An entity's page as Markdown, for readers that are programs: ``index.md``."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import quote

from callboard.plugin import Entity, Graph, Portal, Relation

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
_URL = "%/:=&?~#+!$,;'@()*[]-._"
_SCHEMES = frozenset({"http", "https", "mailto"})
_SOURCES = (
    ("backstage.io/source-location", "Source"),
    ("backstage.io/view-url", "Descriptor"),
    ("backstage.io/edit-url", "Edit the descriptor"),
)


def page(entity: Entity, portal: Portal) -> str:
    """Title, description, facts, links, relations and where all of it was read."""
    metadata = entity.metadata
    description = metadata.get("description")
    parts = [f"# {_plain(entity.title)}", description.strip() if isinstance(description, str) else ""]
    parts += [_section("Facts", _facts(entity)), _section("Links", _links(metadata)), _relations(entity, portal)]
    for title, name in (("Labels", "labels"), ("Annotations", "annotations")):
        parts.append(_section(title, (f"{_plain(key)}: {_code(value)}" for key, value in (metadata.get(name) or {}).items())))
    parts.append(_section("This page", _provenance(entity)))
    return "\n\n".join(filter(None, parts)) + "\n"


def _facts(entity: Entity) -> Iterator[str]:
    yield f"Reference: {_code(str(entity.ref))}"
    yield f"Kind: {_plain(entity.ref.kind)}"
    for name, value in entity.spec.items():
        if name != "definition" and isinstance(value, (str, int, float)):
            yield f"{_plain(_title(name))}: {_plain(value)}"
    profile = entity.spec.get("profile")
    email = profile.get("email") if isinstance(profile, Mapping) else None
    if email:
        yield f"E-mail: {_plain(email)}"
    if tags := entity.metadata.get("tags"):
        yield f"Tags: {', '.join(_plain(tag) for tag in tags)}"


def _links(metadata: Mapping[str, Any]) -> Iterator[str]:
    notes = metadata.get("annotations") or {}
    for name, title in _SOURCES:
        if name in notes:
            yield _away(str(notes[name]).removeprefix("url:"), title)
    for link in metadata.get("links") or ():
        yield _away(str(link["url"]), str(link.get("title") or link["url"]))


def _relations(entity: Entity, portal: Portal) -> str:
    graph = portal.graph
    here = portal.path(str(entity.ref))
    place = {name: number for number, name in enumerate(graph.order)}
    listed = sorted(graph.relations.get(str(entity.ref), ()), key=lambda one: (place.get(one.type, len(place)), one.type))
    parts = []
    for name, group in groupby(listed, key=lambda one: one.type):
        targets = sorted(_target(one, graph, portal, here) for one in group)
        parts.append(f"### {_plain(graph.titles.get(name, name))}\n\n{_items(targets)}")
    return "\n\n".join(["## Relations", *parts]) if parts else ""


def _target(relation: Relation, graph: Graph, portal: Portal, here: str) -> str:
    entity, path = graph.entities.get(relation.target), portal.path(relation.target)
    if entity is None:
        return f"{_code(relation.target)}, which is missing"
    if not path or not here:
        return f"{_plain(entity.title)} ({_code(relation.target)})"
    return f"[{_plain(entity.title)}]({quote(posixpath.relpath(path, here))}/index.md) ({_code(relation.target)})"


def _provenance(entity: Entity) -> Iterator[str]:
    yield f"Read from {_code(str(entity.place))}"
    yield "As a web page: [index.html](./)"
    yield "As data: [index.json](index.json), [index.yaml](index.yaml)"


def _section(title: str, items: Iterator[str]) -> str:
    listed = _items(items)
    return f"## {title}\n\n{listed}" if listed else ""


def _items(items: Iterator[str] | list[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _away(url: str, title: str) -> str:
    if url.partition(":")[0].lower() not in _SCHEMES:
        return f"{_plain(title)}: {_code(url)}"
    return f"[{_plain(title)}](<{quote(url, safe=_URL)}>)"


def _title(name: str) -> str:
    """``subcomponentOf`` → ``Subcomponent of``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return words[:1].upper() + words[1:].lower()


def _plain(value: object) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(str(value).split()))


def _code(value: object) -> str:
    text = " ".join(str(value).split())
    if "`" not in text:
        return f"`{text}`"
    fence = "`" * (1 + max(map(len, re.findall("`+", text))))
    return f"{fence} {text} {fence}"
