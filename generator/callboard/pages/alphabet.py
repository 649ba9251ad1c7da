"""``/search/a-z/``: every page that is about something by its first letter, for readers without JavaScript."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from callboard.model.page import PageData
from callboard.model.problem import Problem
from callboard.pages.core import OWNER
from callboard.pages.makers import EachPage, Maker, Planned, Planner, SinglePage
from callboard.pages.numbering import natural, page_path, pager
from callboard.pages.stage import breadcrumb

PATH = "/search/a-z/"
SIZE = 200
"""Entries of one page: about 30 KB. A site that has no more of them has one page with all letters."""
_ALPHABETS = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "HEBREW", "ARABIC", "DEVANAGARI", "THAI")
"""Scripts whose letters have a page each; titles in others, of which there may be thousands of signs, share one."""
_OTHER = "other"
_FIGURES = "0-9"


class Entry(NamedTuple):
    """A page as the list shows it. ``about`` is the kind of its entity, or the title of the page above it."""

    title: str
    path: str
    about: str
    letter: str


def letter_of(title: str) -> str:
    """The letter that a title stands under: without its accent, ``0-9`` for figures, ``other`` for signs."""
    first = next((sign for sign in unicodedata.normalize("NFKD", title.strip()).upper() if sign.isalnum()), "")
    if first.isdigit():
        return _FIGURES
    return first if first.isalpha() and unicodedata.name(first, "").startswith(_ALPHABETS) else _OTHER


def entries(makers: Sequence[Planner], pages: Sequence[Planned], titles: Mapping[str, str]) -> list[Entry]:
    """The pages of records and single pages, by title; lists, tabs and the further pages of long lists are left out."""
    found = []
    for planned in pages:
        maker = makers[planned.maker]
        if isinstance(maker, EachPage):
            record = maker.items[planned.argument]
            about = str(record.get("kind", "")) if maker.entity(record) else _above(planned.path, titles)
        elif isinstance(maker, SinglePage) and planned.argument[1] == 1:
            about = _above(planned.path, titles)
        else:
            continue
        found.append(Entry(planned.title, planned.path, about, letter_of(planned.title)))
    return sorted(found, key=lambda entry: (natural(entry.title), entry.path))


def _above(path: str, titles: Mapping[str, str]) -> str:
    """The title of the nearest page above ``path``; "" if that is the home page."""
    above = path.rstrip("/")
    while (above := above.rpartition("/")[0]) and f"{above}/" not in titles:
        pass
    return titles.get(f"{above}/", "") if above else ""


class AlphabetPages(Maker):
    """The list of letters, and numbered pages for each of them. It is planned after all that it lists."""

    template = "alphabet.html"
    base = "/search/"
    listed: Sequence[Entry] = ()

    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """One page for a small site; else the letters, and the pages of each."""
        yield Planned(PATH, "A to Z", OWNER, number, ("", 1))
        if not self._small:
            for letter, found in self._letters.items():
                base = _base(letter)
                for page in range(1, -(-len(found) // SIZE) + 1):
                    title = f"{_shown(letter)}: A to Z" if page == 1 else f"{_shown(letter)}: A to Z (page {page})"
                    yield Planned(page_path(base, page), title, OWNER, number, (letter, page))

    @property
    def _small(self) -> bool:
        return len(self.listed) <= SIZE

    @cached_property
    def _letters(self) -> dict[str, list[Entry]]:
        """Figures first, then letters, then signs."""
        found: dict[str, list[Entry]] = {}
        for entry in self.listed:
            found.setdefault(entry.letter, []).append(entry)
        return {letter: found[letter] for letter in sorted(found, key=lambda one: (one == _OTHER, one != _FIGURES, one))}

    def _part(self, letter: str, page: int) -> Sequence[Entry]:
        return self._letters[letter][(page - 1) * SIZE : page * SIZE]

    def summed(self, planned: Planned) -> str | None:
        """The entries of the page, and the counts of all letters."""
        letter, page = planned.argument
        counts = [(one, len(found)) for one, found in self._letters.items()]
        part = self._part(letter, page) if letter else self.listed if self._small else ()
        crumbs = breadcrumb(planned.path, planned.title, self.stage)
        return repr([planned.path, planned.title, counts, part, crumbs, self.stage.links.base])

    def data(self, planned: Planned) -> PageData:
        """The letters with their counts, and the entries of those that the page is about."""
        letter, page = planned.argument
        href, here = self.stage.links.href, planned.path
        letters = [
            {
                "letter": _shown(one),
                "href": f"#{_id(one)}" if self._small else href(_base(one), here),
                "count": len(found),
                "current": one == letter,
            }
            for one, found in self._letters.items()
        ]
        parts = {letter: self._part(letter, page)} if letter else self._letters if self._small else {}
        groups = [
            {
                "letter": _shown(one),
                "id": _id(one),
                "items": [{"title": e.title, "href": href(e.path, here), "about": e.about} for e in found],
            }
            for one, found in parts.items()
        ]
        total = len(self._letters[letter]) if letter else len(self.listed)
        pages = -(-total // SIZE) if letter else 1
        return PageData(
            planned.title,
            here,
            "Every page that is about something, by the first letter of its title.",
            {"letters": letters, "groups": groups, "total": len(self.listed)},
            breadcrumb(here, planned.title, self.stage),
            total=total,
            shown=((page - 1) * SIZE + 1, min(total, page * SIZE)) if letter else (1, total),
            pager=pager(pages, page, lambda n: href(page_path(_base(letter), n), here)) if pages > 1 else (),
        )


def _base(letter: str) -> str:
    return f"{PATH}{letter.lower()}/"


def _id(letter: str) -> str:
    return f"letter-{letter.lower()}"


def _shown(letter: str) -> str:
    return {_OTHER: "Other signs", _FIGURES: "0 to 9"}.get(letter, letter)
