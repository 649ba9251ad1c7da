"""Navigation: the rail's entries, the pages of an open content folder, and each page's neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from callboard.model.manifest import PageSpec, Plugin
from callboard.model.page import NavEntry
from callboard.model.site import Site
from callboard.model.strict import NavSettings
from callboard.pages.makers import Planned
from callboard.pages.trees import Trees

_UNSAID = 100
"""The order of an entry that says none: behind those that do, in the order of site.yaml."""
_TEXTS = 20
"""The order of content that says none: behind the catalog and its APIs, before what is measured."""
_CHILDREN = 100
"""The most pages listed below an open section: the rail's weight never grows with the content."""


class Document(NamedTuple):
    """A content page: where it is, what it is called and what its front matter says of navigation."""

    path: str
    title: str
    nav: Any
    base: str = "/"
    """The path of its mount."""
    heading: str = ""
    """What the mount's entries stand under: its title, if the mount says one."""

    @property
    def folder(self) -> str:
        """The folder of its mount that it lies in (``/docs/guide/``); "" for a page at the top."""
        first, slash, _ = self.path.removeprefix(self.base).partition("/")
        return f"{self.base}{first}/" if slash and self.path.removeprefix(self.base).count("/") > 1 else ""


class Rail:
    """The navigation of a site. ``entries(section)`` is what stands in the rail while that section is open."""

    def __init__(self, site: Site, plugins: Sequence[Plugin], documents: Sequence[Document]) -> None:
        self._sections = _folders(documents)
        settled = [*_mounts(plugins), *_documents(documents, self._sections), *_links(site)]
        self._entries = [entry for _, _, entry in sorted(_numbered(settled), key=lambda item: item[:2])]

    def section(self, path: str, mount_path: str) -> str:
        """The section that a page belongs to: its content folder, or its mount."""
        first = path.removeprefix(mount_path).partition("/")[0]
        folder = f"{mount_path}{first}/"
        if folder in self._sections:
            return folder
        # A page at the top of the site is an entry of its own; it is not part of the home page.
        return self._entry(path, path if mount_path == "/" else mount_path)

    def _entry(self, path: str, unless: str) -> str:
        """The entry that a page lies below, if there is one of its mount; else what it is then."""
        above = unless if path != unless else "/"
        inner = (e.path for e in self._entries if len(e.path) > len(above) and path.startswith(e.path))
        return max(inner, key=len, default=unless)

    def entries(self, section: str) -> tuple[NavEntry, ...]:
        """The rail, with the pages of ``section`` below its entry."""
        below = [document for document in self._sections.get(section, ()) if document.path != section]
        children = tuple(NavEntry(_title(document), document.path) for document in below[:_CHILDREN])
        return tuple(
            entry._replace(children=children) if children and entry.path.startswith(section) else entry for entry in self._entries
        )

    def neighbours(self) -> dict[str, tuple[str, str]]:
        """The pages before and after each page of a content folder."""
        found: dict[str, tuple[str, str]] = {}
        for documents in self._sections.values():
            paths = ["", *(document.path for document in documents), ""]
            found |= {path: (paths[index], paths[index + 2]) for index, path in enumerate(paths[1:-1])}
        return found


def _numbered(entries: Iterable[tuple[int | None, NavEntry]]) -> Iterable[tuple[int, int, NavEntry]]:
    home = NavEntry("Home", "/", icon="home")
    yield (-1, -1, home)
    for index, (order, entry) in enumerate(entries):
        yield (_UNSAID if order is None else order, index, entry)


def _mounts(plugins: Sequence[Plugin]) -> Iterable[tuple[int | None, NavEntry]]:
    for plugin in plugins:
        for spec in plugin.manifest.pages:
            index = spec.path == "/" and not spec.each
            shown = spec.nav if spec.nav is not None else index
            if spec.each or spec.group or not shown or plugin.mount.nav is False:
                continue
            path = plugin.path + spec.path.lstrip("/")
            if path == "/":
                continue
            nav = _settings(plugin, spec)
            yield nav.order, NavEntry(nav.title or (plugin.title if index else spec.title), path, "", nav.icon, nav.section)


def _settings(plugin: Plugin, spec: PageSpec) -> NavSettings:
    """What the mount says wins over the page spec, that over the manifest."""
    said = [plugin.manifest.nav, spec.nav, plugin.mount.nav if spec.path == "/" else None]
    merged: dict[str, Any] = {}
    for settings in said:
        if isinstance(settings, NavSettings):
            merged |= settings.model_dump(exclude_unset=True)
    return NavSettings(**merged)


def _folders(documents: Sequence[Document]) -> dict[str, list[Document]]:
    """The pages of each content folder in their order, its index first."""
    folders: dict[str, list[Document]] = {}
    for document in documents:
        if document.folder:
            folders.setdefault(document.folder, []).append(document)
    for document in documents:
        if document.path in folders:
            folders[document.path].append(document)
    return {
        folder: sorted(found, key=lambda d: (d.path != folder, _order(d, _UNSAID), d.path)) for folder, found in folders.items()
    }


def _order(document: Document, unsaid: int) -> int:
    order = document.nav.get("order") if isinstance(document.nav, Mapping) else None
    return order if isinstance(order, int) else unsaid


def _documents(documents: Sequence[Document], sections: Mapping[str, list[Document]]) -> Iterable[tuple[int | None, NavEntry]]:
    singles = [d for d in documents if not d.folder and d.path not in sections and d.path != "/"]
    for document in singles:
        if document.nav is not False:
            yield _order(document, _TEXTS), _entry(document, _title(document), "page")
    for folder, found in sections.items():
        head = found[0]
        if head.nav is not False:
            words = folder.removeprefix(head.base).strip("/").replace("-", " ").replace("_", " ").capitalize()
            yield _order(head, _TEXTS), _entry(head, _title(head) if head.path == folder else words, "docs")


def _entry(document: Document, title: str, icon: str) -> NavEntry:
    nav: Mapping[str, Any] = document.nav if isinstance(document.nav, Mapping) else {}
    return NavEntry(title, document.path, "", str(nav.get("icon") or icon), str(nav.get("section") or document.heading))


def _title(document: Document) -> str:
    title = document.nav.get("title") if isinstance(document.nav, Mapping) else ""
    return str(title or document.title)


def _links(site: Site) -> Iterable[tuple[int | None, NavEntry]]:
    for link in site.spec.nav:
        yield link.order, NavEntry(link.title, link.path, link.url, link.icon or "link", link.section)


def documents_of(planned: Sequence[Planned], nav: Mapping[str, Any], plugins: Sequence[Plugin], trees: Trees) -> list[Document]:
    """The content pages among ``planned``; ``nav`` is what the front matter of each says, by path."""
    by_id = {plugin.id: plugin for plugin in plugins}
    return [
        Document(page.path, page.title, nav[page.path], mount.path, "" if page.path in trees else mount.mount.title)
        for page in planned
        if page.file and page.path in nav
        for mount in (by_id[page.owner],)
    ]
