"""Documentation → records: a page for each document, its tree, redirects, and a line in the lists of all documentation."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from callboard.plugin import Change, Context, Record, scm, segment

from ..finding.places import Found, stale
from ..finding.sources import Source
from ..reading.documents import Doc, hidden, page_of, searched, tags, wanted
from ..reading.order import Entry
from ..reading.site import Site
from .links import Links, links

_CONTENTS = 200
"""The most entries of a tree that an entity's tab shows."""
_LEAD = 20_000
"""Characters of the first page that an entity's tab shows."""


@dataclass(slots=True)
class Documentation:
    """One documentation with all that was read of it."""

    source: Source
    found: Found
    site: Site
    changes: Mapping[str, Change]
    others: list[Documentation] = field(default_factory=list)
    """All versions of it, itself among them."""

    @property
    def title(self) -> str:
        """What it is called."""
        named = self.source.title or self.site.config.name
        return named or posixpath.basename(self.source.path)

    @property
    def docs(self) -> Mapping[str, Doc]:
        """Its documents by source."""
        return self.site.docs


class Teller:
    """Makes records. Paths are relative to the mount, without a slash at their front."""

    def __init__(self, integrations: scm.Integrations, *, drafts: bool, old_after: int) -> None:
        self._integrations, self._drafts, self._old_after = integrations, drafts, old_after

    def shown(self, one: Documentation) -> list[Doc]:
        """The documents that get pages."""
        return [doc for doc in one.docs.values() if self._drafts or not doc.draft]

    def pages(self, one: Documentation) -> Iterator[Record]:
        """A record for each page."""
        docs = self.shown(one)
        if not any(doc.url == "" for doc in docs):
            yield self._contents(one)
        banner = stale(one.found)
        for doc in docs:
            yield self._page(one, doc, banner)

    def _page(self, one: Documentation, doc: Doc, banner: str) -> Record:
        where = links(doc, one.found.address, one.found.tree.folder, self._integrations)
        change = one.changes.get(doc.file)
        record: Record = {
            "title": doc.title,
            "summary": wanted(doc, "description", lambda value: isinstance(value, str), ""),
            "path": f"{one.source.path}/{doc.url}".rstrip("/"),
            "text": doc.text,
            "text_line": doc.line,
            "file": doc.file,
            "root": doc.root,
            "tree": one.source.path,
            "updated": _utc(change.at) if change else "",
            "author": change.author if change else "",
            **_said(where),
            "owner": list(one.source.owners),
            "entity": one.source.ref,
            "tags": tags(doc),
            "nav": False,
            "origin": one.found.tree.origin.name,
        }
        record |= {"shown": where.source or doc.file} if one.found.remote else {}
        record |= {"draft": True} if doc.draft else {}
        record |= {"toc": False} if "toc" in hidden(doc) else {}
        record |= {"old_after": self._old_after} if self._old_after else {}
        record |= {"search": said} if (said := searched(doc)) else {}
        record |= {"banner": {"kind": "warning", "text": banner}} if banner else {}
        return record | self._versions(one, doc)

    def _versions(self, one: Documentation, doc: Doc | None) -> Record:
        if len(one.others) < 2:  # itself alone
            return {}
        listed = []
        for other in one.others:
            same = doc is not None and doc.source in other.docs
            path = f"{other.source.path}/{doc.url if same and doc else ''}".rstrip("/") + "/"
            listed.append({"title": other.source.version or "latest", "path": path, "current": other is one})
        return {"versions": listed}

    def _contents(self, one: Documentation) -> Record:
        """The first page of documentation that has none: its contents."""
        record: Record = {
            "title": one.title,
            "summary": one.site.config.description,
            "path": one.source.path,
            "text": "\n".join(_listed(self._items(one, one.site.nav), one.source.path)),
            "text_line": 1,
            "tree": one.source.path,
            "updated": "",
            "author": "",
            **_said(Links()),
            "owner": list(one.source.owners),
            "entity": one.source.ref,
            "tags": [],
            "nav": False,
        }
        return record | self._versions(one, None)

    def tree(self, one: Documentation) -> Record:
        """Its navigation, in reading order."""
        return {
            "id": one.source.path,
            "title": one.title,
            "href": f"{one.source.path}/",
            "subtitle": one.source.version or one.site.config.description,
            "entity": one.source.ref,
            "items": self._items(one, one.site.nav),
        }

    def _items(self, one: Documentation, entries: Sequence[Entry]) -> list[Record]:
        found: list[Record] = []
        for entry in entries:
            if entry.items is not None:
                if items := self._items(one, entry.items):
                    found.append({"title": entry.title, "items": items})
            elif entry.source:
                doc = one.docs[entry.source]
                if self._drafts or not doc.draft:
                    found.append({"title": entry.title, "path": f"{one.source.path}/{doc.url}".rstrip("/") + "/"})
            else:
                found.append({"title": entry.title, "url": entry.url} if "://" in entry.url else {"title": entry.title})
        return found

    def redirects(self, one: Documentation) -> Iterator[Record]:
        """The redirects that its plugin of that name would make."""
        for prefix, said in one.site.redirects:
            old = page_of(f"{prefix}{said.source}")
            below, _, fragment = said.target.partition("#")
            doc = one.docs.get(f"{prefix}{below}")
            target = said.target if "://" in said.target else f"{one.source.path}/{doc.url if doc else page_of(prefix + below)}"
            target += f"#{fragment}" if fragment and "://" not in said.target else ""
            yield {
                "from": f"{one.source.path}/{old}",
                "to": target,
                "file": said.place.file,
                "line": said.place.line,
            }

    def line(self, one: Documentation) -> Record:
        """What lists say of it."""
        docs = self.shown(one)
        updated = max((_utc(one.changes[doc.file].at) for doc in docs if doc.file in one.changes), default="")
        at = one.found.tree.at
        return {
            "path": one.source.path,
            "title": one.title,
            "summary": one.site.config.description,
            "ref": one.source.ref,
            "kind": one.source.kind,
            "kind_path": segment(one.source.kind.lower()),
            "type": one.source.type,
            "owner": list(one.source.owners),
            "pages": len(docs),
            "updated": updated or (at.isoformat().replace("+00:00", "Z") if at else ""),
        }

    def tab(self, one: Documentation, ref: str, below: str) -> Record:
        """What the tab of an entity shows: the contents, and the first page."""
        first = next((doc for doc in self.shown(one) if doc.url == ""), None)
        return {
            **self.line(one),
            "ref": ref,
            "href": f"{one.source.path}/{segment(below)}".rstrip("/") + "/",
            "contents": _few(self._items(one, one.site.nav), [_CONTENTS]),
            "first": {
                "title": first.title,
                "file": first.file,
                "root": first.root,
                "text_line": first.line,
                "text": first.text if len(first.text) <= _LEAD else first.text[:_LEAD].rpartition("\n\n")[0],
            }
            if first is not None
            else None,
        }

    def published(self, one: Documentation) -> Record:
        """What ``techdocs_metadata.json`` is made of."""
        docs = self.shown(one)
        names = sorted({f"{doc.url}index.html" for doc in docs} | {"index.html", "techdocs_metadata.json"})
        said = [f"{doc.source}\0{hashlib.sha256(doc.text.encode('utf-8', 'surrogatepass')).hexdigest()}" for doc in docs]
        times = [_seconds(self.line(one)["updated"])]
        return {
            "path": one.source.path,
            "site_name": one.site.config.name or one.title,
            "site_description": one.site.config.description,
            "etag": one.found.tree.digest or hashlib.sha256("\n".join(sorted(said)).encode()).hexdigest(),
            "build_timestamp": max(times) * 1000,
            "files": names,
        }


def _said(where: Links) -> Record:
    return where._asdict()


def _utc(at: str) -> str:
    try:
        return datetime.fromisoformat(at).astimezone(UTC).isoformat().replace("+00:00", "Z")
    except ValueError:
        return ""


def _seconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp()) if at else 0


def _listed(items: Iterable[Record], base: str, depth: int = 0) -> Iterator[str]:
    """Entries of a tree as a list in Markdown, its links relative to the page at ``base``."""
    for item in items:
        title = "".join(f"\\{mark}" if mark in "\\[]*_`<>" else mark for mark in item["title"])
        if "path" in item:
            yield f"{'    ' * depth}- [{title}]({item['path'].removeprefix(f'{base}/')})"
        elif "url" in item:
            yield f"{'    ' * depth}- [{title}](<{item['url']}>)"
        else:
            yield f"{'    ' * depth}- {title}"
        yield from _listed(item.get("items", ()), base, depth + 1)


def _few(items: Sequence[Record], left: list[int]) -> list[Record]:
    """The first entries of a tree, with what is ``below`` each."""
    found = []
    for item in items:
        if left[0] <= 0:
            break
        left[0] -= 1
        bare = {name: value for name, value in item.items() if name != "items"}
        found.append(bare | ({"below": _few(item["items"], left)} if "items" in item else {}))
    return found


def notes(documentation: Iterable[Documentation], context: Context) -> list[Record]:
    """What was not read of each ``mkdocs.yml``, one line a file: said in the log, and on the index."""
    found = []
    for one in documentation:
        for file, names in sorted(one.site.ignored.items()):
            found.append({"file": file, "names": ", ".join(names), "docs": one.title, "path": one.source.path})
            context.log(f"{file}: not read: {', '.join(names)}.")
    return found


__all__ = ["Documentation", "Teller", "notes"]
