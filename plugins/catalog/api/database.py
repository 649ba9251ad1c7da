"""The whole catalog as one SQLite file, ``portal.db``: made for Datasette, and for anybody who can write a query."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from callboard.plugin import Entity, Graph, Portal

from ..query.rows import text_of
from .shape import entity_text

Lines = Callable[[Graph, Mapping[str, int]], Iterator[tuple[Any, ...]]]
_SCHEMA = """
PRAGMA page_size = 4096;
PRAGMA encoding = 'UTF-8';
CREATE TABLE site (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE entities (
    id INTEGER PRIMARY KEY,
    ref TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    type TEXT,
    lifecycle TEXT,
    owner TEXT,
    system TEXT,
    tags TEXT,
    page TEXT,
    source_file TEXT,
    source_line INTEGER,
    json TEXT NOT NULL
);
CREATE TABLE relations (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES entities (id),
    type TEXT NOT NULL,
    target_ref TEXT NOT NULL,
    target INTEGER REFERENCES entities (id)
);
CREATE TABLE tags (id INTEGER PRIMARY KEY, entity INTEGER NOT NULL REFERENCES entities (id), tag TEXT NOT NULL);
CREATE TABLE labels (
    id INTEGER PRIMARY KEY, entity INTEGER NOT NULL REFERENCES entities (id), key TEXT NOT NULL, value TEXT
);
CREATE TABLE annotations (
    id INTEGER PRIMARY KEY, entity INTEGER NOT NULL REFERENCES entities (id), key TEXT NOT NULL, value TEXT
);
CREATE TABLE links (
    id INTEGER PRIMARY KEY, entity INTEGER NOT NULL REFERENCES entities (id), url TEXT NOT NULL, title TEXT, icon TEXT, type TEXT
);
"""
_REST = """
CREATE INDEX entities_kind ON entities (kind, type);
CREATE INDEX entities_owner ON entities (owner);
CREATE INDEX relations_source ON relations (source, type);
CREATE INDEX relations_target ON relations (target, type);
CREATE INDEX tags_tag ON tags (tag);
CREATE INDEX labels_key ON labels (key, value);
CREATE INDEX annotations_key ON annotations (key);
CREATE VIEW owners AS
    SELECT owner, kind, count(*) AS entities FROM entities WHERE owner IS NOT NULL GROUP BY owner, kind ORDER BY owner, kind;
CREATE VIEW dangling AS
    SELECT e.ref AS source, r.type, r.target_ref, e.source_file, e.source_line
    FROM relations r JOIN entities e ON e.id = r.source WHERE r.target IS NULL ORDER BY r.target_ref, e.ref;
CREATE VIRTUAL TABLE entities_search USING fts5 (
    name, title, description, tags, content = 'entities', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO entities_search (entities_search) VALUES ('rebuild');
INSERT INTO entities_search (entities_search) VALUES ('optimize');
PRAGMA application_id = 1128417602;
PRAGMA user_version = 1;
"""
_LISTS = {
    "relations": "(source, type, target_ref, target) VALUES (?, ?, ?, ?)",
    "tags": "(entity, tag) VALUES (?, ?)",
    "labels": "(entity, key, value) VALUES (?, ?, ?)",
    "annotations": "(entity, key, value) VALUES (?, ?, ?)",
    "links": "(entity, url, title, icon, type) VALUES (?, ?, ?, ?, ?)",
}


def portal(given: Portal) -> bytes:
    """The database. The same data gives the same bytes."""
    graph = given.graph
    numbers = {ref: number for number, ref in enumerate(graph.entities, 1)}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.executescript(_SCHEMA)
        database.execute("BEGIN")
        database.executemany("INSERT INTO site VALUES (?, ?)", [("title", given.title), ("url", given.url)])
        marks = ", ".join("?" * 16)
        database.executemany(f"INSERT INTO entities VALUES ({marks})", _entities(given, numbers))  # noqa: S608  # only marks
        for table, form in _LISTS.items():
            database.executemany(f"INSERT INTO {table} {form}", _LINES[table](graph, numbers))  # our own words
        database.execute("COMMIT")
        database.executescript(_REST)
        return database.serialize()


def _entities(given: Portal, numbers: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    graph = given.graph
    for ref, entity in graph.entities.items():
        metadata, spec, place = entity.metadata, entity.spec, entity.place
        yield (
            numbers[ref],
            ref,
            entity.ref.kind,
            entity.ref.namespace,
            entity.ref.name,
            entity.title,
            _text(metadata.get("description")),
            _text(spec.get("type")),
            _text(spec.get("lifecycle")),
            _first(graph, ref, "ownedBy", ""),
            _first(graph, ref, "partOf", "system:"),
            " ".join(metadata.get("tags") or ()) or None,
            _page(given, ref),
            place.file or None,
            place.line or None,
            entity_text(entity, graph),
        )


def _first(graph: Graph, ref: str, name: str, beginning: str) -> str | None:
    found = (one.target for one in graph.relations.get(ref, ()) if one.type == name and one.target.startswith(beginning))
    return next(found, None)


def _page(given: Portal, ref: str) -> str | None:
    path = given.path(ref)
    return given.url + path.removeprefix(given.base_path) if given.url and path else path or None


def _relations(graph: Graph, numbers: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    for ref, number in numbers.items():
        for one in graph.relations.get(ref, ()):
            yield number, one.type, one.target, numbers.get(one.target)


def _tags(graph: Graph, numbers: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    for number, entity in _numbered(graph, numbers):
        for tag in entity.metadata.get("tags") or ():
            yield number, tag


def _pairs(name: str) -> Lines:
    def lines(graph: Graph, numbers: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
        for number, entity in _numbered(graph, numbers):
            for key, value in (entity.metadata.get(name) or {}).items():
                yield number, key, _text(value)

    return lines


def _links(graph: Graph, numbers: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    for number, entity in _numbered(graph, numbers):
        for link in entity.metadata.get("links") or ():
            yield number, *(_text(link.get(name)) for name in ("url", "title", "icon", "type"))


_LINES: Mapping[str, Lines] = {
    "relations": _relations,
    "tags": _tags,
    "labels": _pairs("labels"),
    "annotations": _pairs("annotations"),
    "links": _links,
}


def _numbered(graph: Graph, numbers: Mapping[str, int]) -> Iterable[tuple[int, Entity]]:
    return ((numbers[ref], entity) for ref, entity in graph.entities.items())


def _text(value: Any) -> str | None:
    return text_of(value) if value is None or isinstance(value, (str, int, float)) else None
