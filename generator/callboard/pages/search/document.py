"""What is found: documents of the index, the blocks of them that are published, and the terms that lead to each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from callboard.model.page import Section
from callboard.pages.search.words import STOP, Speller

BLOCK = 2_400
"""Characters of the records in one published file, so that a result costs a reader one kilobyte."""
PASSAGE = 3_600
"""Characters of one document of a text page: some sections, or a part of a long one; a file of its own."""
_TYPICAL = 150
"""Words of a document that is neither long nor short."""
NAME, TITLE, HEADING, ALIAS, OWNER, ABOVE = 250, 130, 70, 90, 50, 36
"""What a term is worth by where it stands; in prose it is worth up to 30."""
RANKED = 999
"""Less a worth it is a rank of three digits: entries of a term are strings that sort best first."""
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


class Document(NamedTuple):
    """One thing that readers find."""

    type: str
    title: str
    href: str
    """Its path below the site, ``/radar/go/`` or ``/docs/pay/#retries``."""
    text: str = ""
    """What a record says; a text page has sections instead."""
    above: tuple[str, ...] = ()
    """What it is a part of: the titles of the pages above."""
    aliases: tuple[str, ...] = ()
    """Other names, keywords."""
    kind: str = ""
    owner: str = ""
    more: tuple[tuple[str, str], ...] = ()
    """What else is filtered by, and said: ``(("lifecycle", "production"), ("tag", "java"))``."""
    sections: tuple[Section, ...] = ()
    """Of a text page: what readers are led to is the one that fits their words best."""
    part: bool = False
    """Not the beginning of its page."""


class Unit(NamedTuple):
    """What is indexed at once, and again only if it changes: a page, or a few records. All but ``blocks`` is kept, as JSON."""

    blocks: dict[str, str]
    """The content of each published file by its name."""
    rows: list[tuple[str, str, str]]
    """Of each document the id (its block's name and its number in it, from ``0``), its type and kind, and its owner."""
    terms: dict[str, str]
    """Term → where it stands, best first, with blanks between: ``RANKED`` less its worth, and the document's id."""

    def kept(self) -> str:
        """What the next build reads of it."""
        return as_json([sorted(self.blocks), self.rows, self.terms])


def digest(content: str) -> str:
    """The name of a file with this content: nine letters and digits, which every disk tells apart."""
    number = int.from_bytes(hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()[:6], "big")
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(0, 45, 5))


def as_json(value: object) -> str:
    """Compact, and the same for equal values."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def unit(key: str, documents: Sequence[Document], speller: Speller) -> Unit:
    """Documents that belong together (they are published side by side) as blocks and terms. No other unit has this key."""
    made = Unit({}, [], {})
    for group in _blocks(documents):
        content = as_json([_shown(document) for document in group])
        name = digest(f"{key}\0{content}")
        made.blocks[name] = content
        for number, document in enumerate(group):
            place = f"{name}{number}"
            for term, worth in _worths(document, speller).items():
                entry = f"{RANKED - worth}{place}"
                made.terms[term] = f"{made.terms[term]} {entry}" if term in made.terms else entry
            made.rows.append((place, f"{document.type}/{document.kind.lower()}", document.owner))
    return made


def _blocks(documents: Iterable[Document]) -> Iterable[list[Document]]:
    group: list[Document] = []
    size = 0
    for document in documents:
        length = len(document.text) + len(document.title) + len(document.href) + 80
        length += sum(len(section.text) + len(section.title) for section in document.sections)
        if group and size + length > BLOCK:
            yield group
            group, size = [], 0
        group.append(document)
        size += length
    if group:
        yield group


def _shown(document: Document) -> list[Any]:
    """A document as it is published: what is empty at its end is left out."""
    more = dict(_listed(document.more))
    above, aliases = list(document.above), list(document.aliases)
    sections = [list(section) for section in document.sections]
    values = [*document[:4], document.kind, document.owner, above, aliases, more, sections]
    while values and not values[-1]:
        values.pop()
    return values


def _listed(more: Iterable[tuple[str, str]]) -> list[tuple[str, Any]]:
    """Pairs, those of one name together: ``tag`` may have several values."""
    found: dict[str, Any] = {}
    for name, value in more:
        found[name] = [*found[name], value] if name in found else [value]
    return [(name, values if name == "tag" else values[0]) for name, values in found.items()]


def filters(document: Document) -> list[str]:
    """The filters that a document answers, as terms: ``kind:api``; of a reference also the name: ``owner:pay``."""
    pairs = [("type", document.type), ("kind", document.kind), ("owner", document.owner), *document.more]
    said = [(name, value.lower()) for name, value in pairs if value]
    named = [(name, value.rpartition("/")[2]) for name, value in said if name in ("owner", "system") and "/" in value]
    return [f"{name}:{value}" for name, value in (*said, *named)]


def _worths(document: Document, speller: Speller) -> dict[str, int]:
    worths: dict[str, int] = dict.fromkeys(filters(document), 1)
    _prose("\n".join([document.text, *(section.text for section in document.sections)]), speller, worths)
    for section in document.sections:
        _terms(section.title, speller, worths, HEADING)
    for titles in document.above:
        _terms(titles, speller, worths, ABOVE)
    if document.owner:
        _terms(document.owner.rpartition("/")[2], speller, worths, OWNER)
    for alias in document.aliases:
        _terms(alias, speller, worths, ALIAS)
    _title(document, speller, worths)
    return worths


def _prose(text: str, speller: Speller, worths: dict[str, int]) -> None:
    """Okapi BM25's weight of how often a term stands in a passage of this length; how rare it is, the query weighs."""
    counts: dict[str, int] = {}
    words, total = speller.counted(text)
    for word, count in words:
        for term in (word.whole, *word.parts) if word.whole else word.parts:
            counts[term] = counts.get(term, 0) + count
    length = 0.9 * (0.6 + 0.4 * total / _TYPICAL)
    for term, count in counts.items():
        if term not in STOP:
            worths[term] = max(1, round(30 * count / (count + length)))


def _terms(text: str, speller: Speller, worths: dict[str, int], worth: int) -> None:
    for word in speller.words(text):
        for term in (word.whole, *word.parts):
            if term and worths.get(term, 0) < worth:
                worths[term] = worth


def _title(document: Document, speller: Speller, worths: dict[str, int]) -> None:
    words = speller.words(document.title)
    base = HEADING if document.part else TITLE
    worth = base + base // max(2, 2 * len(words))
    for word in words:
        parted = worth if len(word.parts) == 1 else base + base // (2 * len(word.parts) * len(words))
        for term in word.parts:
            worths[term] = min(NAME, max(worths.get(term, 0), parted) + min(20, worths.get(term, 0) // 4))
        alone = len(words) == 1 and not document.part
        if word.whole:
            worths[word.whole] = NAME if alone else worth
        elif alone and len(word.parts) == 1:
            worths[word.parts[0]] = NAME
