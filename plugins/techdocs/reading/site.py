"""One documentation as a whole: its documents, the navigation that its author wrote, the sites that it includes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callboard.plugin import Context, Place, Problem, Severity, segment

from .config import NAMES, Broken, Config, Redirect, read
from .documents import Doc, documents, is_index, name_words, plain
from .order import NAV_FILES, Entry, Order
from .order import read as read_order

_WEB = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_INCLUDE = re.compile(r"([!*])include\s+(.+)")
_MOST_SITES = 100
_DEEPEST = 5


@dataclass(slots=True)
class Site:
    """What was read of one documentation."""

    config: Config
    docs: dict[str, Doc] = field(default_factory=dict)
    nav: tuple[Entry, ...] = ()
    redirects: list[tuple[str, Redirect]] = field(default_factory=list)
    """Each with the alias of the site that says it."""
    ignored: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By file: keys and plugins that were not read."""
    problems: list[Problem] = field(default_factory=list)


def site(folder: str, context: Context, place: Place) -> Site:
    """The documentation in a folder of the site. Raises Broken."""
    return _Reading(folder, context, place).whole()


class _Reading:
    def __init__(self, folder: str, context: Context, place: Place) -> None:
        self._folder, self._context, self._place = folder, context, place
        self._site = Site(Config(folder))
        self._read: list[str] = []

    def whole(self) -> Site:
        config = self._config(self._folder) or Config(self._folder)
        self._site.config = config
        self._site.nav = tuple(self._of(config, ""))
        if not self._site.docs:
            mend = "Write docs/index.md, or name the folder that holds mkdocs.yml."
            what = f'there are no documents in "{posixpath.join(self._folder, config.docs)}".'
            raise Broken(Problem("techdocs/no-documents", what, self._place, mend=mend, severity=Severity.WARNING))
        self._name()
        return self._site

    def _config(self, folder: str) -> Config | None:
        for file in self._context.files(f"{plain(folder)}/{{{','.join(NAMES)}}}", place=self._place):
            return read(file)
        return None

    def _of(self, config: Config, prefix: str) -> Iterator[Entry]:
        """The entries of one site, its documents being added."""
        self._read.append(config.file)
        site_ = self._site
        found = documents(config, self._context, prefix=prefix, top=self._folder, place=self._place)
        site_.docs |= found.found
        site_.problems += [*config.problems, *found.problems]
        site_.redirects += [(prefix, one) for one in config.redirects]
        if config.ignored:
            site_.ignored[config.file] = config.ignored
        order = self._order(config, prefix, found.found)
        if isinstance(config.nav, list):
            yield from self._nav(config.nav, ("nav",), config, prefix, order)
        else:
            if config.nav is not None:
                self._amiss("techdocs/bad-mkdocs", "nav is no list.", config.place("nav"), "Write for example: - Home: index.md")
            yield from order.below(prefix.rstrip("/"))

    def _order(self, config: Config, prefix: str, docs: Mapping[str, Doc]) -> Order:
        root = posixpath.normpath(posixpath.join(config.folder, config.docs))
        files = self._context.files(f"{plain(root)}/**/{{{','.join(NAV_FILES)}}}", place=self._place)
        shown = {source: doc for source, doc in docs.items() if not doc.draft}

        def problem(what: str, place: Place, mend: str) -> None:
            self._amiss("techdocs/bad-mkdocs", what, place, mend)

        said = read_order(files, root, prefix, problem)
        lists = {posixpath.dirname(source): doc.text for source, doc in docs.items() if _is(source, config.list_file)}
        return Order(shown, said, lists, self._site.problems)

    def _nav(self, nav: Sequence[Any], key: tuple[str | int, ...], config: Config, prefix: str, order: Order) -> Iterator[Entry]:
        for index, one in enumerate(nav):
            pairs = one.items() if isinstance(one, dict) else [("", one)]
            for title, value in pairs:
                way = (*key, index, title) if isinstance(one, dict) else (*key, index)
                if isinstance(value, list):
                    yield Entry(str(title), items=tuple(self._nav(value, way, config, prefix, order)))
                elif isinstance(value, str):
                    yield from self._target(str(title), value.strip(), way, config, prefix, order)
                else:
                    mend = "Write for example: - Home: index.md"
                    self._amiss("techdocs/bad-mkdocs", f'the entry "{title}" of nav leads nowhere.', config.place(*way), mend)

    def _target(
        self, title: str, value: str, way: tuple[str | int, ...], config: Config, prefix: str, order: Order
    ) -> Iterator[Entry]:
        included = _INCLUDE.fullmatch(value)
        place = config.place(*way)
        path = prefix + posixpath.normpath(value.partition("#")[0]).removeprefix("./")
        if included is not None:
            yield from self._included(title, included[1] == "*", included[2].strip(), config, prefix, place)
        elif _WEB.match(value) or value.startswith("/"):
            yield Entry(title or value, url=value)
        elif path in self._site.docs and not self._site.docs[path].draft:
            yield Entry(title, path)
        elif (found := order.below(path)) and "*" not in value:
            yield Entry(title or name_words(posixpath.basename(path)), items=found)
        elif "*" in value:
            yield from (entry for entry in order.below(prefix.rstrip("/")) if entry.source or entry.items)
        elif path not in self._site.docs:
            what = f'nav names "{value}", which is not in "{posixpath.join(config.folder, config.docs)}".'
            self._amiss("techdocs/missing-page", what, place, "Mend its name, or write the page.")

    def _included(self, title: str, several: bool, target: str, config: Config, prefix: str, place: Place) -> Iterator[Entry]:
        path = posixpath.normpath(posixpath.join(config.folder, target))
        inside = posixpath.normpath(self._folder or ".")
        if target.startswith("/") or not ((inside == "." and not path.startswith("..")) or f"{path}/".startswith(f"{inside}/")):
            self._amiss(
                "techdocs/bad-include", f'"{target}" leads out of these documents.', place, "Include a mkdocs.yml below them."
            )
            return
        pattern = path if several else plain(path)
        files = list(self._context.files(pattern, place=place))
        if not files:
            self._amiss("techdocs/bad-include", f'there is no "{target}".', place, "Mend the path.")
        for file in files:
            if file.name in self._read or len(self._read) >= _MOST_SITES or prefix.count("/") >= _DEEPEST:
                what = f'"{file.name}" includes itself, or too many others.'
                self._amiss("techdocs/bad-include", what, place, "Remove one of the includes.")
                continue
            yield from self._site_of(file, "" if several else title, prefix, place)

    def _site_of(self, file: Any, title: str, prefix: str, place: Place) -> Iterator[Entry]:
        try:
            inner = read(file)
        except Broken as broken:
            self._site.problems.append(broken.problem)
            return
        alias = segment(inner.name) or segment(posixpath.basename(inner.folder))
        if not alias:
            self._amiss("techdocs/bad-include", f'"{file.name}" has no site_name.', place, "Give it one: its pages lie below it.")
            return
        items = tuple(self._of(inner, f"{prefix}{alias}/"))
        yield Entry(title or inner.name, items=items)

    def _name(self) -> None:
        """Titles of documents that give themselves none, and of entries that have none."""
        called: dict[str, str] = {}
        _titles(self._site.nav, called)
        for source, doc in self._site.docs.items():
            stem = posixpath.splitext(posixpath.basename(source))[0]
            folder = posixpath.basename(posixpath.dirname(source))
            usual = ("Home" if not folder else name_words(folder)) if is_index(source) else name_words(stem)
            doc.title = doc.said or called.get(source) or usual
        self._site.nav = tuple(self._titled(self._site.nav))

    def _titled(self, entries: Sequence[Entry]) -> Iterator[Entry]:
        for entry in entries:
            title = entry.title or (self._site.docs[entry.source].title if entry.source else "")
            yield entry._replace(title=title, items=None if entry.items is None else tuple(self._titled(entry.items)))

    def _amiss(self, code: str, what: str, place: Place, mend: str) -> None:
        self._site.problems.append(Problem(code, what, place, mend=mend, severity=Severity.WARNING))


def _is(source: str, name: str) -> bool:
    return bool(name) and posixpath.basename(source) == name


def _titles(entries: Sequence[Entry], found: dict[str, str]) -> None:
    for entry in entries:
        if entry.source and entry.title:
            found.setdefault(entry.source, entry.title)
        _titles(entry.items or (), found)


__all__ = ["Broken", "Site", "site"]
