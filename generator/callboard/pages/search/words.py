"""Text to terms, the same for documents and queries; ``search/engine.js`` of the theme does exactly this too."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import NamedTuple

from callboard.pages.search.stem import stem

LONGEST = 40
"""Letters of a term: what is longer is no word."""
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts that put no blanks between words: two letters at a time are a term."""
_LETTER = rf"[^\W_{_UNSPACED}]"
WORD = re.compile(rf"[{_UNSPACED}]+|{_LETTER}+(?:[-._]{_LETTER}+)*(?:\+\+|#)?")
_PLAIN = re.compile(rf"[{_UNSPACED}]|{_LETTER}+")
UNSPACED = re.compile(f"[{_UNSPACED}]")
"""How a term of such a script begins."""
_MARKS = re.compile("[\u0300-\u036f]")
_POSSESSIVE = re.compile(r"['\u2019](?:s|t|d|m|ll|re|ve)\b", re.IGNORECASE)
_FOLDED = "ß=ss æ=ae Æ=AE œ=oe Œ=OE ø=o Ø=O ł=l Ł=L đ=d ς=σ ı=i"  # noqa: RUF001  # meant as they are
"""What has no accent to lose and is written otherwise all the same."""
_SPECIAL = {ord(pair[0]): pair[2:] for pair in _FOLDED.split(" ")}
_STOP = (
    "a an and are as at be but by can for from has have if in into is it its no not of on or such that the their then there these"
    " they this to was we were will with you your"
)
STOP = frozenset(_STOP.split(" "))
"""Words that are indexed in titles only and that no query insists on."""


class Spelled(NamedTuple):
    """One word of a text as terms: the whole of it if that is made of several (``payments-api``), and its parts."""

    whole: str
    """"" for a word that is one part."""
    parts: tuple[str, ...]
    """Stems."""
    plain: tuple[str, ...]
    """The parts as they are written, folded: what the beginning of a word is compared with."""


def fold(text: str) -> str:
    """A text without accents, its case kept: ``Café`` is ``Cafe``."""
    if text.isascii():
        return _POSSESSIVE.sub("", text) if "'" in text else text
    bare = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text))).translate(_SPECIAL)
    return _POSSESSIVE.sub("", bare)


def plain(text: str) -> str:
    """A text as its words alone, in lower case, one blank between them: what phrases and titles are compared in."""
    return " ".join(_PLAIN.findall(fold(text).lower()))


def _humps(word: str) -> list[str]:
    """The parts of ``PaymentService``, ``HTTPServer``, ``payments-api`` and ``com.acme.pay``."""
    parts = re.sub(r"[-._]+", " ", word.rstrip("+#") if word[-1] in "+#" else word)
    parts = re.sub("([a-z0-9])([A-Z])", r"\1 \2", parts)
    return re.sub("([A-Z])([A-Z][a-z])", r"\1 \2", parts).lower().split()


class Speller:
    """Spells texts of one language, each word once: a site of 2,000 documents has 2,000,000 words and 11,000 different ones."""

    def __init__(self, *, english: bool) -> None:
        self.english = english
        self._known: dict[str, Spelled] = {}

    def words(self, text: str) -> list[Spelled]:
        """The words of a text in their order."""
        known = self._known
        found = WORD.findall(fold(text))
        for word in found:
            if word not in known:
                known[word] = self._spelled(word)
        return [known[word] for word in found]

    def counted(self, text: str) -> tuple[list[tuple[Spelled, int]], int]:
        """The different words of a text, each with how often it stands there, in order of their first place; and how many there are."""
        counts = Counter(WORD.findall(fold(text)))
        known = self._known
        for word in counts:
            if word not in known:
                known[word] = self._spelled(word)
        return [(known[word], count) for word, count in counts.items()], counts.total()

    def stem(self, word: str) -> str:
        """A folded word's stem, if the site's language has such."""
        return stem(word) if self.english and word.isascii() and word.isalpha() else word

    def _spelled(self, word: str) -> Spelled:
        if UNSPACED.match(word):
            pairs = tuple(word[at : at + 2] for at in range(len(word) - 1)) or (word,)
            return Spelled("", pairs, pairs)
        if word.isascii() and word.isalpha() and (word.islower() or word.istitle()):
            lower = word.lower()[:LONGEST]
            return Spelled("", (self.stem(lower),), (lower,))
        parts = tuple(part[:LONGEST] for part in _humps(word))
        whole = word.lower()[:LONGEST]
        if parts == (whole,):
            return Spelled("", (self.stem(whole),), parts)
        return Spelled(whole, tuple(self.stem(part) for part in parts), parts)
