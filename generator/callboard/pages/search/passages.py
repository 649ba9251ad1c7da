"""Sections of a text page → its documents: enough text together that there are few, little enough that one is quickly loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from callboard.model.page import Section
from callboard.pages.search.document import PASSAGE, Document


def chunks(page: Document, sections: Iterable[Section]) -> list[Document]:
    """The documents of a page: as many whole sections as fit into one; a longer section is cut between words."""
    groups: list[list[Section]] = [[]]
    size = 0
    for section in _cut(sections):
        length = len(section.title) + len(section.text)
        if groups[-1] and size + length > PASSAGE:
            groups.append([])
            size = 0
        groups[-1].append(section)
        size += length
    return [page._replace(sections=tuple(group), part=number > 0) for number, group in enumerate(groups)]


def _cut(sections: Iterable[Section]) -> Iterator[Section]:
    for section in sections:
        rest = section.text
        while len(rest) > PASSAGE:
            end = rest.rfind(" ", PASSAGE // 2, PASSAGE) + 1 or PASSAGE
            yield section._replace(text=rest[:end].strip())
            rest = rest[end:]
        if rest or section.title:
            yield section._replace(text=rest)
