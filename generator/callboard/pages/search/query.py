"""A question as words, phrases and filters; ``search/engine.js`` of the theme reads it in the same way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from callboard.pages.search.words import STOP, UNSPACED, Speller, plain

FILTERS = ("kind", "owner", "type", "tag", "namespace", "lifecycle", "system")
_ASKED = re.compile(rf'(-?)(?:({"|".join(FILTERS)}):)?(?:"([^"]*)"?|([^\s"]+))', re.IGNORECASE)
_MOST = 5
"""Words that are looked up: the longest say most."""


@dataclass(slots=True)
class Word:
    """One word that must be there."""

    term: str
    plain: str
    prefix: bool = False
    """What is typed last may be the beginning of a word."""

    def fits(self, term: str, text: str) -> bool:
        """Whether a word of a text (its stem, and as it is written) is this one."""
        return term == self.term or (self.prefix and text.startswith(self.plain))


@dataclass(frozen=True, slots=True)
class Filter:
    """``name:value``; filters of one name are alternatives."""

    name: str
    value: str
    no: bool = False


@dataclass(slots=True)
class Asked:
    """A question."""

    words: list[Word] = field(default_factory=list)
    wholes: list[str] = field(default_factory=list)
    """Words made of several, which count more as a whole: ``payments-api``."""
    phrases: list[str] = field(default_factory=list)
    without: list[Word] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    plain: str = ""


def parse(text: str, speller: Speller) -> Asked:
    """The question that ``text`` is."""
    asked, said = Asked(), list[str]()
    last: Word | None = None
    for found in _ASKED.finditer(text):
        no, name, phrase, bare = found.groups()
        value = bare if phrase is None else phrase
        if name:
            if value:
                asked.filters.append(Filter(name.lower(), value.lower(), bool(no)))
            continue
        if phrase is not None and not no and plain(phrase):
            asked.phrases.append(plain(phrase))
        words, wholes = _words(value, speller)
        if no:
            asked.without += words
            continue
        said.append(value)
        asked.wholes += wholes
        asked.words += words
        if words:
            ended = phrase is not None or (UNSPACED.match(words[-1].term) is not None and len(words[-1].term) > 1)
            last = None if ended else words[-1]
    asked.plain = plain(" ".join(said))
    if last is not None:
        last.prefix = True
    asked.words = _chosen(asked.words)
    return asked


def _words(text: str, speller: Speller) -> tuple[list[Word], list[str]]:
    spelled = speller.words(text)
    words = [Word(term, written) for one in spelled for term, written in zip(one.parts, one.plain, strict=True)]
    return words, [one.whole for one in spelled if one.whole]


def _chosen(words: list[Word]) -> list[Word]:
    """Those that must be there: no little words, unless there are no others; each once."""
    kept = [word for word in words if word.prefix or word.plain not in STOP] or words
    once = list({(word.term, word.prefix): word for word in reversed(kept)}.values())[::-1]
    return once if len(once) <= _MOST else sorted(once, key=lambda word: -len(word.plain))[:_MOST]
