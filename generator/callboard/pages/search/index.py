"""The index as a part of a build: what is to be made again, what a worker adds to it, and all of its files in the end."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from callboard.model.lookup import lookup, words
from callboard.model.page import Section
from callboard.pages.inputs import Inputs
from callboard.pages.makers import EachPage, Maker, Planned
from callboard.pages.records import records_of
from callboard.pages.routes import Table
from callboard.pages.search.document import Document, unit
from callboard.pages.search.gather import Source, reference, sources
from callboard.pages.search.merge import INDEX, Given, Put, file_of, merge
from callboard.pages.search.passages import chunks
from callboard.pages.search.state import SearchState
from callboard.pages.search.words import Speller
from callboard.pages.stage import breadcrumb

_TOGETHER = 8
"""Records of one unit, about: where one ends, the addresses decide, so that a new record moves no other."""

Known = Mapping[str, tuple[str, str]]
"""File → (fingerprint, note), as published."""


class Text(NamedTuple):
    """A page whose text is found, and what else is known of it."""

    page: Document
    mark: str
    """The same as long as this is."""


class Searching:
    """The index of one build. ``state`` is the file that the next build starts from."""

    def __init__(self, inputs: Inputs, table: Table, state: Path) -> None:
        self._inputs, self._table, self._path = inputs, table, state
        self._speller = Speller(english=inputs.site.spec.site.language.lower().partition("-")[0] == "en")
        with SearchState(state) as kept:  # closed before workers are forked
            self._units = kept.units()

    def known(self, known: Known) -> Known:
        """``known`` without the pages whose texts are not in the kept index: they are made again, or would not be found."""
        made = dict(known)
        for planned in self._table.pages:
            if planned.file_name in made and (text := self._text(planned)) is not None:
                mark = _mark(made[planned.file_name][0], text)
                if not self._kept(f"page {planned.path}", mark, known):
                    del made[planned.file_name]
        return made

    def _kept(self, key: str, mark: str, known: Known) -> bool:
        digest, _, names = self._units.get(key, ("", "", ""))
        return digest == mark and all(file_of(name) in known for name in names.split())

    def found(self, planned: Planned, sections: Sequence[Section], known: Known, stage: Callable[[str, bytes], Any]) -> str:
        """The terms of a page that was made, for ``files``; its blocks are staged. This is a worker's part."""
        text = self._text(planned)
        assert text is not None  # other pages have no sections
        made = unit(f"page {planned.path}", chunks(text.page, sections), self._speller)
        for name, content in made.blocks.items():
            if file_of(name) not in known:
                stage(file_of(name), content.encode("utf-8", "surrogatepass"))
        return made.kept()

    def _text(self, planned: Planned) -> Text | None:
        maker = self._table.makers[planned.maker]
        if not isinstance(maker, Maker) or not maker.sought(planned):
            return None
        record = maker.items[planned.argument] if isinstance(maker, EachPage) else {}
        above = tuple(link.title for link in breadcrumb(planned.path, planned.title, self._table.stage)[1:-1])
        ref = next((str(found) for name in ("entity", "entity_ref", "ref") if (found := lookup(record, name, ""))), "")
        kind = ref.partition(":")[0].lower() if ":" in ref else ""
        tags = lookup(record, "tags", ())
        more = tuple(("tag", words(tag)) for tag in tags if words(tag)) if isinstance(tags, (list, tuple)) else ()
        page = Document(
            maker.search_type,
            planned.title,
            planned.path,
            above=above,
            kind=kind,
            owner=reference(words(lookup(record, "owner", ""))),
            more=more,
        )
        return Text(page, repr(page))

    def files(self, made: Mapping[str, tuple[str, str]], known: Known, put: Callable[[str, bytes, str], None]) -> Iterator[str]:
        """Every file of the index; those that are not published are put. ``made``: path of a page that was made → its file's
        fingerprint, and what ``found`` gave ("" if the page is as it was).
        """
        with SearchState(self._path) as state:
            given: dict[str, Given] = {}
            for planned in self._table.pages:
                if planned.path in made and (text := self._text(planned)) is not None:
                    fingerprint, body = made[planned.path]
                    given[f"page {planned.path}"] = Given(_mark(fingerprint, text), "page", body)
            given |= self._records(state, known, put)
            units = state.units()
            for key, one in given.items():
                names = json.loads(one.body)[0] if one.body else units[key][2].split()
                yield from map(file_of, names)

            def written(file: str, text: str) -> None:
                put(file, text.encode("utf-8", "surrogatepass"), "" if file == INDEX else PurePosixPath(file).stem)

            files = Put(lambda file: file in known, written)
            yield from map(file_of, merge(state, given, files, english=self._speller.english))
            yield INDEX

    def _records(self, state: SearchState, known: Known, put: Callable[[str, bytes, str], None]) -> dict[str, Given]:
        """The records of all mounts: of a source that is as it was, none is looked at."""
        given: dict[str, Given] = {}
        by_source: dict[str, list[str]] = {}
        for key, (_, name, _) in self._units.items():
            by_source.setdefault(name, []).append(key)
        records = records_of(self._inputs.plugins, self._inputs.data)
        for source in sources(self._inputs, self._table, records):
            keys = by_source.get(source.name, [])
            noted = f"source {source.name}"
            whole = all(self._kept(key, self._units[key][0], known) for key in keys)
            if whole and state.value(noted) == source.digest:
                given |= {key: Given(self._units[key][0], source.name) for key in keys}
                continue
            given |= self._source(source, known, put)
            state.note(noted, source.digest)
        return given

    def _source(self, source: Source, known: Known, put: Callable[[str, bytes, str], None]) -> dict[str, Given]:
        given: dict[str, Given] = {}
        for key, documents in _units(source):
            mark = hashlib.sha256(repr(documents).encode("utf-8", "surrogatepass")).hexdigest()[:32]
            if self._kept(key, mark, known):
                given[key] = Given(mark, source.name)
                continue
            made = unit(key, documents, self._speller)
            for name, content in made.blocks.items():
                put(file_of(name), content.encode("utf-8", "surrogatepass"), name)
            given[key] = Given(mark, source.name, made.kept())
        return given


def _units(source: Source) -> Iterator[tuple[str, list[Document]]]:
    """The documents of a source in groups, each with a key of its own."""
    group: list[Document] = []
    for href, same in groupby(sorted(set(source.documents()), key=_address), key=lambda one: one.href.partition("#")[0]):
        if group and zlib.crc32(href.encode("utf-8", "surrogatepass")) % _TOGETHER == 0:
            yield f"{source.name} {group[0].href}", group
            group = []
        group += same
    if group:
        yield f"{source.name} {group[0].href}", group


def _address(document: Document) -> tuple[str, str, Document]:
    return document.href.partition("#")[0], document.href, document


def _mark(fingerprint: str, text: Text) -> str:
    return hashlib.sha256(f"{fingerprint}\0{text.mark}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
