"""The order of documents that no ``nav`` names: by their names, or as ``.nav.yml``, ``.pages`` or a list in Markdown says."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from typing import Any, NamedTuple

from callboard.plugin import TAGGED, File, Malformed, Marks, Place, Problem, Severity, load, mapping

from .documents import Doc, is_index, name_words

NAV_FILES = (".nav.yml", ".pages")
_NUMBERS = re.compile(r"(\d+)")
_LISTED = re.compile(r"^([ \t]*)[-*+] +(?:\[([^\]]+)\]\(<?([^)>\s]+)>?\)|(.+))\s*$")
_WEB = re.compile(r"[a-z][a-z0-9+.-]*:|/", re.IGNORECASE)
_MOST_WILD = 6


class Entry(NamedTuple):
    """One entry of a navigation: a document (by source), an address, or a section."""

    title: str
    source: str = ""
    url: str = ""
    items: tuple[Entry, ...] | None = None


@dataclass(slots=True)
class Folder:
    """Documents and folders of one folder, and what its file of navigation says."""

    path: str = ""
    docs: list[str] = field(default_factory=list)
    folders: dict[str, Folder] = field(default_factory=dict)


class Said(NamedTuple):
    """What a ``.nav.yml`` or ``.pages`` says."""

    values: Mapping[str, Any]
    marks: Marks
    file: str


class Order:
    """Orders the documents below ``prefix``. ``said`` are the files of navigation by folder, ``lists`` the texts of Markdown lists."""

    def __init__(
        self, docs: Mapping[str, Doc], said: Mapping[str, Said], lists: Mapping[str, str], problems: list[Problem]
    ) -> None:
        self._docs, self._said, self._lists, self._problems = docs, said, lists, problems
        self._root = Folder()
        for source in docs:
            self._folder(posixpath.dirname(source)).docs.append(source)

    def _folder(self, path: str) -> Folder:
        folder = self._root
        for name in path.split("/") if path else ():
            folder = folder.folders.setdefault(name, Folder(posixpath.join(folder.path, name)))
        return folder

    def below(self, path: str) -> tuple[Entry, ...]:
        """The entries of a folder; none for one without documents."""
        folder = self._root
        for name in path.strip("/").split("/") if path.strip("/") else ():
            if name not in folder.folders:
                return ()
            folder = folder.folders[name]
        return tuple(self._items(folder))

    def _items(self, folder: Folder) -> list[Entry]:
        if folder.path in self._lists:
            return self._of_list(folder)
        said = self._said.get(folder.path)
        values = said.values if said else {}
        nav = values.get("nav", values.get("arrange"))
        if said is not None and isinstance(nav, list):
            return list(self._of_nav(folder, said, nav, set()))
        return self._sorted(folder, values, set())

    def _sorted(self, folder: Folder, values: Mapping[str, Any], used: set[str]) -> list[Entry]:
        """What is not ``used`` yet, in the order that ``values`` ask for."""
        ways = mapping(values.get("sort"))
        down = "desc" in (ways.get("direction"), values.get("order"))
        by_title = "title" in (ways.get("by"), values.get("order_by"))
        exact = ways.get("ignore_case") is False
        natural = values.get("sort_type", ways.get("type", "natural" if "sort" in values else "")) == "natural"

        def key(name: str, title: str) -> list[tuple[int, int, str]]:
            text = title if by_title else name
            text = text if exact else text.casefold()
            parts = _NUMBERS.split(text) if natural else [text]
            return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts]

        docs = [source for source in folder.docs if source not in used]
        first = [source for source in docs if is_index(source)]
        rest = [source for source in docs if not is_index(source)]
        rest.sort(key=lambda source: key(posixpath.basename(source), self._docs[source].said or source), reverse=down)
        inner = [one for one in folder.folders.values() if one.path not in used]
        inner.sort(key=lambda one: key(posixpath.basename(one.path), self._name(one)), reverse=down)
        sections = [entry for one in inner if (entry := self._section(one)) is not None]
        return [*(Entry("", source) for source in (*first, *rest)), *sections]

    def _name(self, folder: Folder) -> str:
        said = self._said.get(folder.path)
        title = said.values.get("title") if said else None
        return title if isinstance(title, str) and title else name_words(posixpath.basename(folder.path))

    def _section(self, folder: Folder, title: str = "") -> Entry | None:
        said = self._said.get(folder.path)
        if said and said.values.get("hide") is True:
            return None
        items = tuple(self._items(folder))
        return Entry(title or self._name(folder), items=items) if items else None

    def _of_nav(self, folder: Folder, said: Said, nav: Sequence[Any], used: set[str]) -> Iterator[Entry]:
        named = list(_named(nav))
        used |= {posixpath.normpath(posixpath.join(folder.path, target)) for _, target in named}
        for index, one in enumerate(nav):
            title, value = next(iter(one.items())) if isinstance(one, dict) and len(one) == 1 else ("", one)
            place = said.marks.at(("nav", index))
            if isinstance(one, dict) and "glob" in one:
                value, title = one["glob"], ""
            if isinstance(value, list):
                yield Entry(str(title), items=tuple(self._of_nav(folder, said, value, used)))
            elif isinstance(value, str):
                yield from self._target(folder, str(title or ""), value.strip(), place, used)

    def _target(self, folder: Folder, title: str, value: str, place: Place, used: set[str]) -> Iterator[Entry]:
        if _WEB.match(value):
            yield Entry(title or value, url=value)
        elif value.startswith("...") or "*" in value:
            yield from self._rest(folder, value.removeprefix("...").strip(" |") or "*", used)
        else:
            path = posixpath.normpath(posixpath.join(folder.path, value))
            inner = folder.folders.get(posixpath.relpath(path, folder.path or "."))
            if path in self._docs:
                yield Entry(title, path)
            elif inner is not None and (section := self._section(inner, title)) is not None:
                yield section
            elif inner is None:
                what = f'the navigation names "{value}", which is not there.'
                self._problems.append(
                    Problem("techdocs/missing-page", what, place, mend="Mend its name.", severity=Severity.WARNING)
                )

    def _rest(self, folder: Folder, pattern: str, used: set[str]) -> Iterator[Entry]:
        """What fits a pattern and nobody named."""
        if len(re.findall(r"[*?]+", pattern)) > _MOST_WILD:
            return
        fits = re.compile(translate(pattern.removesuffix("/").replace("**/", "")))
        said = self._said.get(folder.path)
        for entry in self._sorted(folder, said.values if said else {}, used):
            if entry.source:
                name = posixpath.basename(entry.source)
                fit = fits.match(name)
            else:
                name = next((one for one in folder.folders if self._name(folder.folders[one]) == entry.title), entry.title)
                fit = fits.match(name)
            if fit:
                used.add(entry.source or posixpath.join(folder.path, name))
                yield entry

    def _of_list(self, folder: Folder) -> list[Entry]:
        """The links of a list in Markdown, nested by how far they are indented."""
        index = [Entry("", source) for source in folder.docs if is_index(source)]
        stack: list[tuple[int, list[Entry]]] = [(-1, index)]
        for line in self._lists[folder.path].split("\n"):
            found = _LISTED.match(line)
            if found is None:
                continue
            depth = len(found[1].expandtabs(4))
            while depth <= stack[-1][0]:
                _closed(stack)
            for entry in self._linked(folder, found[2] or found[4], found[3] or ""):
                stack[-1][1].append(entry)
            stack.append((depth, []))
        while len(stack) > 1:
            _closed(stack)
        return index

    def _linked(self, folder: Folder, title: str, target: str) -> Iterator[Entry]:
        if not target:
            yield Entry(title.strip(), items=())
            return
        if _WEB.match(target):
            yield Entry(title, url=target)
            return
        path = posixpath.normpath(posixpath.join(folder.path, target.partition("#")[0]))
        inner = folder.folders.get(posixpath.relpath(path, folder.path or "."))
        if path in self._docs and not is_index(path):
            yield Entry(title, path)
        elif target.endswith("/") and inner is not None and (section := self._section(inner, title)) is not None:
            yield section


def _closed(stack: list[tuple[int, list[Entry]]]) -> None:
    """The innermost list becomes what stands below the entry before it."""
    _, items = stack.pop()
    above = stack[-1][1]
    if items and above:
        above[-1] = above[-1]._replace(items=(*(above[-1].items or ()), *items))


def _named(nav: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """The targets that a navigation names itself, without patterns."""
    for one in nav:
        value = next(iter(one.values())) if isinstance(one, dict) and len(one) == 1 else one
        if isinstance(value, list):
            yield from _named(value)
        elif isinstance(value, str) and "*" not in value and not value.startswith("..."):
            yield "", value.strip()


def read(files: Iterable[File], root: str, prefix: str, problem: Callable[[str, Place, str], None]) -> dict[str, Said]:
    """What the files of navigation below ``root`` say, by the folder that they are for; ``.nav.yml`` before ``.pages``."""
    found: dict[str, Said] = {}
    for file in sorted(files, key=lambda one: NAV_FILES.index(posixpath.basename(one.name))):
        try:
            value, marks = load(file.text, file.name, limits=TAGGED)
        except UnicodeDecodeError:
            problem("the file is no UTF-8 text.", Place(file.name, 1, 1), "Save it as UTF-8.")
        except Malformed as error:
            problem(error.what, Place(file.name, error.line, error.column), error.mend)
        else:
            folder = posixpath.relpath(posixpath.dirname(file.name), root)
            path = f"{prefix}{'' if folder == '.' else folder}".rstrip("/")
            if isinstance(value, dict):
                found.setdefault(path, Said(value, marks, file.name))
    return found
