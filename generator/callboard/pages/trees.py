"""Trees: documents that belong together, in their author's order, and what of them the rail of one page shows."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from callboard.pages.links import safe_url

_WHOLE = 150
"""Entries of a tree that is shown with all of its sections; of a larger one, those on the way to the page."""
_LEVEL = 60
"""The most entries of one section that are shown at once, and how many of a longer one."""
_PART = 50
_DEPTH = 12
"""Sections in sections; what lies deeper stands in the last one."""


class Item(NamedTuple):
    """One entry: a page (``path`` of the site), an address elsewhere, a section, or a section that is a page itself."""

    title: str
    path: str = ""
    url: str = ""
    items: tuple[Item, ...] = ()


class Tree(NamedTuple):
    """All of it."""

    title: str
    path: str = ""
    """Its first page."""
    subtitle: str = ""
    entity: str = ""
    """A reference to what it documents."""
    items: tuple[Item, ...] = ()
    size: int = 0
    """Entries, sections included."""


class Twig(NamedTuple):
    """One entry as the rail shows it; with ``items`` it is a section."""

    title: str
    path: str = ""
    url: str = ""
    open: bool = False
    items: tuple[Twig, ...] = ()
    kind: str = ""
    """``section`` for one whose pages are not shown, ``earlier`` and ``later`` for those of a long section that are not."""


class Branch(NamedTuple):
    """What the rail of some pages shows: they lie in one section."""

    title: str
    path: str
    subtitle: str
    entity: str
    items: tuple[Twig, ...]


_Way = tuple[int, ...]
"""The place of an entry: its index in each section from the top."""


@dataclass(slots=True)
class Trees:
    """The trees of a site, by mount id and tree id."""

    paths: Collection[str] = ()
    """The pages that there are."""
    _trees: dict[tuple[str, str], Tree] = field(default_factory=dict)
    _pages: dict[str, tuple[tuple[str, str], _Way | None]] = field(default_factory=dict)
    """Page → its tree, and its first place there."""
    _shown: dict[tuple[Any, ...], tuple[Branch, str]] = field(default_factory=dict)

    def add(self, mount: str, mount_path: str, records: Any) -> None:
        """The trees of one list of records, ``{id, title, href, subtitle, entity, items}``; what has no id is left out."""
        for record in records if isinstance(records, list) else ():
            name = record.get("id") if isinstance(record, Mapping) else None
            if isinstance(name, str) and name and (mount, name) not in self._trees:
                items = _items(record.get("items"), mount_path, self.paths)
                said = record.get("href")
                path = mount_path + said.lstrip("/") if isinstance(said, str) and said else _first(items)
                words = [_text(record, key) for key in ("title", "subtitle", "entity")]
                found = Tree(words[0], path if path in self.paths else "", words[1], words[2], items, _count(items))
                self._trees[mount, name] = found

    def place(self, mount: str, pages: Mapping[str, str]) -> None:
        """Which tree each page belongs to: its path → the id of a tree of the same mount. Others are as if they said none."""
        places: dict[tuple[str, str], dict[str, _Way]] = {}
        for path, name in pages.items():
            key = (mount, name)
            if key in self._trees:
                if key not in places:
                    places[key] = {}
                    for found, way in _walk(self._trees[key].items):
                        places[key].setdefault(found, way)
                self._pages[path] = (key, places[key].get(path))

    def __contains__(self, path: str) -> bool:
        """Whether the page at ``path`` has a tree."""
        return path in self._pages

    def first(self, path: str) -> str:
        """The first page of a page's tree."""
        return self._trees[self._pages[path][0]].path

    def neighbours(self) -> dict[str, tuple[str, str]]:
        """The pages before and after each page of a tree, in reading order; "" for none."""
        found: dict[str, tuple[str, str]] = {}
        for key, tree in self._trees.items():
            pages = [path for path, _ in _walk(tree.items) if path in self._pages and self._pages[path][0] == key]
            order = ["", *dict.fromkeys(pages), ""]
            found |= {path: (order[at], order[at + 2]) for at, path in enumerate(order[1:-1])}
        return found

    def branch(self, path: str) -> tuple[Branch, str] | None:
        """What the rail of a page shows of its tree, and a digest of it; None for a page without a tree.

        It is the same for all pages of a section, so that a rail is drawn once for them.
        """
        if path not in self._pages:
            return None
        name, way = self._pages[path]
        tree = self._trees[name]
        folder, part = _folder(tree.items, way)
        key = (name, folder, part)
        if key not in self._shown:
            items = _level(tree.items, folder, part, whole=tree.size <= _WHOLE)
            branch = Branch(tree.title, tree.path, tree.subtitle, tree.entity, items)
            digest = hashlib.sha256(repr(branch).encode("utf-8", "surrogatepass")).hexdigest()
            self._shown[key] = (branch, digest)
        return self._shown[key]


def _items(value: Any, mount_path: str, paths: Collection[str], depth: int = 0) -> tuple[Item, ...]:
    found: list[Item] = []
    for one in value if isinstance(value, list) else ():
        if not isinstance(one, Mapping):
            continue
        path = mount_path + _text(one, "path").lstrip("/") if isinstance(one.get("path"), str) else ""
        inner = _items(one.get("items"), mount_path, paths, depth + 1)
        item = Item(_text(one, "title"), path if path in paths else "", safe_url(_text(one, "url")), inner)
        if not (item.path or item.url or inner):
            continue
        deep = depth >= _DEPTH and bool(inner)
        found += [item._replace(items=()), *inner] if deep and item.path else inner if deep else [item]
    return tuple(found)


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _count(items: Sequence[Item]) -> int:
    return sum(1 + _count(item.items) for item in items)


def _walk(items: Sequence[Item], way: _Way = ()) -> Iterator[tuple[str, _Way]]:
    """Every page with its place, in reading order."""
    for index, item in enumerate(items):
        if item.path:
            yield item.path, (*way, index)
        yield from _walk(item.items, (*way, index))


def _first(items: Sequence[Item]) -> str:
    return next((path for path, _ in _walk(items)), "")


def _folder(items: tuple[Item, ...], way: _Way | None) -> tuple[_Way | None, int]:
    """The section that is open for a page at ``way``, and which part of it if it is long. A section's own page opens it."""
    if way is None:
        return None, 0
    level, item = items, items[way[0]]
    for index in way[1:]:
        level, item = item.items, item.items[index]
    if item.items:
        return way, 0
    return way[:-1], way[-1] // _PART if len(level) > _LEVEL else 0


def _level(items: tuple[Item, ...], way: _Way | None, part: int, *, whole: bool) -> tuple[Twig, ...]:
    """The entries of one section; ``way`` leads from here to the open one, () if this is it, None if it lies elsewhere."""
    first, last = 0, len(items)
    if len(items) > _LEVEL and not whole:
        first = (way[0] // _PART if way else part) * _PART
        last = min(first + _PART, last)
    twigs = [_twig(items[at], way[1:] if way and way[0] == at else None, part, whole=whole) for at in range(first, last)]
    if first:
        before = _first(items[first - _PART :])
        twigs.insert(0, Twig(f"{first} before", before, kind="earlier"))
    if last < len(items):
        twigs.append(Twig(f"{len(items) - last} more", _first(items[last:]), kind="later"))
    return tuple(twigs)


def _twig(item: Item, way: _Way | None, part: int, *, whole: bool) -> Twig:
    if not item.items:
        return Twig(item.title, item.path, item.url)
    if way is None and not whole:
        return Twig(item.title, item.path or _first(item.items), item.url, kind="section")
    return Twig(item.title, item.path, item.url, way is not None, _level(item.items, way, part, whole=whole))
