"""Atom feeds (RFC 4287) of a mount's records: ids and dates come from the data, so that a feed changes only when it does."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from callboard.model.lookup import fill, segment, words
from callboard.model.manifest import FeedSpec, FileSpec, Plugin
from callboard.model.predicate import compiled
from callboard.model.problem import Problem
from callboard.model.query import Query
from callboard.model.site import Site
from callboard.pages.dates import moment
from callboard.pages.links import safe_url
from callboard.pages.makers import EachPage, Planned
from callboard.pages.published import Publisher
from callboard.pages.records import Records, singular

_UNSEEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no character for."""
_SAFE = "/-._~!$&'()*+,;=:@?#%"
_SINCE = 2026
"""The year of a tag: URI (RFC 4151): it only has to stay the same."""
_LONGEST = 20_000
"""Characters of one entry's text."""


class Entry(NamedTuple):
    """One record as a feed has it."""

    title: str
    key: str
    """What tells it apart from the feed's other entries."""
    updated: str
    """ISO 8601 in UTC."""
    text: str
    href: str
    """Absolute where the site's address is known, else from the host's root."""


class Feed(Publisher):
    """Makes one feed of one mount."""

    def __init__(self, plugin: Plugin, file: str, feed: FeedSpec, records: Records, site: Site) -> None:
        super().__init__(plugin, FileSpec(path=f"/{file}", content="feeds:atom"), records, ("feeds", file))
        self.feed, self._site = feed, site

    @property
    def title(self) -> str:
        """What readers of feeds see."""
        return self.feed.heading or self.plugin.title

    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """The file, if it has entries: a feed without any could not say when it changed."""
        if self.entries:
            yield from super().plan(number)

    def fingerprint(self, planned: Planned) -> str:  # noqa: ARG002  # as its base has it
        """Of its entries and of what the site is called."""
        said = repr((self.entries, self.title, self._site.spec.site.title, self._site.spec.site.url))
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def content(self, planned: Planned) -> bytes:
        """The document."""
        path = self.portal.base_path + planned.path.lstrip("/")
        home = urljoin(self.portal.base_path, self.plugin.path.lstrip("/"))
        head = [
            '<?xml version="1.0" encoding="utf-8"?>',
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{escape(self._site.spec.site.language)}">',
            f"<id>{_text(self._id(planned.path, ''))}</id>",
            f"<title>{_text(f'{self.title} · {self.portal.title}')}</title>",
            f"<updated>{self.entries[0].updated}</updated>",
            f"<author><name>{_text(self.portal.title)}</name></author>",
            f'<link rel="alternate" type="text/html" href="{escape(self._absolute(home))}"/>',
        ]
        if self.portal.url:
            head.append(f'<link rel="self" type="application/atom+xml" href="{escape(self._absolute(path))}"/>')
        return "\n".join([*head, *(self._entry(planned.path, one) for one in self.entries), "</feed>\n"]).encode()

    def _entry(self, path: str, entry: Entry) -> str:
        link = f'<link rel="alternate" type="text/html" href="{escape(entry.href)}"/>\n' if entry.href else ""
        text = f'<content type="html">{_text(self._html(entry.text))}</content>\n' if entry.text.strip() else ""
        return (
            f"<entry>\n<id>{_text(self._id(path, entry.key))}</id>\n<title>{_text(entry.title)}</title>\n"
            f"<updated>{entry.updated}</updated>\n{link}{text}</entry>"
        )

    def _html(self, text: str) -> str:
        from callboard.pages.markdown import render

        home = self._absolute(urljoin(self.portal.base_path, self.plugin.path.lstrip("/")))
        return render(text[:_LONGEST], href=lambda target: urljoin(home, target)).html

    def _id(self, path: str, key: str) -> str:
        """The same in every build: from the site's host, the feed's path and what tells its entries apart."""
        named = path + (f"#{quote(key, safe=_SAFE.replace('#', ''))}" if key else "")
        host = urlsplit(self.portal.url).hostname
        if host:
            return f"tag:{host},{_SINCE}:{quote(self.portal.base_path.rstrip('/') + named, safe=_SAFE)}"
        from uuid import NAMESPACE_URL, uuid5

        return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{self.portal.title} {named}')}"

    def _absolute(self, path: str) -> str:
        return quote(urljoin(self.portal.url, path) if self.portal.url else path, safe=_SAFE)

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """The records that have a date, newest first."""
        found = self.records.evaluate(self.feed.each)
        holds = compiled(self.feed.when)
        kept: dict[str, Entry] = {}
        for record in found if isinstance(found, list) else ():
            entry = self._made(record) if holds(record) else None
            if entry is not None:
                kept.setdefault(entry.key, entry)
        # Twice, so that those of one moment stand by name and not in an order that the next build may change.
        by_name = sorted(kept.values(), key=lambda one: (one.title, one.key))
        return sorted(by_name, key=lambda one: one.updated, reverse=True)[: self.feed.limit]

    def _made(self, record: Any) -> Entry | None:
        updated = moment(self._value(self.feed.updated, record))
        title = words(self._value(self.feed.title, record)).strip()
        if not updated or not title:
            return None
        href = self._href(record)
        key = words(self._value(self.feed.id, record)) or href or f"{updated} {title}"
        return Entry(title, key, updated, words(self._value(self.feed.text, record)), href)

    def _value(self, expression: str, record: Any) -> Any:
        if not expression:
            return ""
        if expression.isidentifier():
            return record.get(expression) if isinstance(record, Mapping) else None
        try:
            return self._query(expression)(record)
        except ValueError:  # told once for the manifest; a record that it does not fit has no such value
            return None

    def _query(self, expression: str) -> Callable[[Any], Any]:
        if expression not in self._queries:
            self._queries[expression] = Query(expression)
        return self._queries[expression]

    @cached_property
    def _queries(self) -> dict[str, Callable[[Any], Any]]:
        return {}

    def _href(self, record: Any) -> str:
        """The record's page or address; "" if it has none."""
        said = self.feed.href
        try:
            if not said:
                path = self._page.path(record) if self._page else ""
                return self._below(path.removeprefix(self.plugin.path)) if path else ""
            if said.startswith("/"):
                name = self.feed.name or singular(self.feed.each)
                return self._below(fill(said, {name: record, "entity": record}, segment))
        except (KeyError, ValueError):
            return ""
        found = words(self._value(said, record))
        if page := self.stage.links.entities.get(found.lower()):
            return self._absolute(self.portal.base_path + page.lstrip("/"))
        return safe_url(found) if ":" in found.partition("/")[0] else self._below(found) if found else ""

    def _below(self, path: str) -> str:
        return self._absolute(self.portal.base_path + (self.plugin.path + path.lstrip("/")).lstrip("/"))

    @cached_property
    def _page(self) -> EachPage | None:
        """What makes the records' own pages."""
        mine = (spec for spec in self.plugin.manifest.pages if spec.each == self.feed.each)
        return next((EachPage(self.plugin, spec, self.records) for spec in mine), None)


def feeds(plugins: Sequence[Plugin], records: Mapping[str, Records], site: Site) -> list[Feed]:
    """The feeds of all mounts, in the order of their manifests."""
    return [
        Feed(plugin, file, spec, records[plugin.id], site)
        for plugin in plugins
        for file, spec in plugin.manifest.feeds.items()
        if not records[plugin.id].unset
    ]


def _text(value: str) -> str:
    return escape(_UNSEEN.sub("", value), quote=False)
