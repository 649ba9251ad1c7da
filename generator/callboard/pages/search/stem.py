"""English words to their stems: the Snowball project's algorithm "English" (3.1), written for speed.

``search/engine.js`` of the theme has the same. The generated Python of Snowball takes ten times as long, its generated JavaScript
a half of what the engine may weigh. A test holds both against ``snowballstemmer``, word by word.
"""

from __future__ import annotations

import re

_VOWELS = frozenset("aeiouy")
_PAIR = re.compile("[aeiouy][^aeiouy]")
_VOWEL = re.compile("[aeiouy]")
_BEGINNINGS = re.compile("arsen|commun|emerg|gener|inter|later|organ|past|univers")
_SHORT = re.compile("(?:[^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy]|past)$")
_Y = re.compile("^y|(?<=[aeiouy])y")
_KEPT = {
    "early": "earli",
    "gently": "gentl",
    "idly": "idl",
    "only": "onli",
    "singly": "singl",
    "skies": "sky",
    "skis": "ski",
    "ugly": "ugli",
    **{word: word for word in ("andes", "atlas", "bias", "cosmos", "howe", "news", "sky")},
}
_SECOND = {
    "anci": "ance",
    "enci": "ence",
    "ogi": "og",
    "li": "",
    "bli": "ble",
    "abli": "able",
    "alli": "al",
    "fulli": "ful",
    "lessli": "less",
    "ousli": "ous",
    "entli": "ent",
    "aliti": "al",
    "biliti": "ble",
    "iviti": "ive",
    "tional": "tion",
    "ational": "ate",
    "alism": "al",
    "ation": "ate",
    "ization": "ize",
    "izer": "ize",
    "ator": "ate",
    "iveness": "ive",
    "fulness": "ful",
    "ousness": "ous",
    "ogist": "og",
}
_THIRD = {
    "icate": "ic",
    "ative": "",
    "alize": "al",
    "iciti": "ic",
    "ical": "ic",
    "tional": "tion",
    "ational": "ate",
    "ful": "",
    "ness": "",
}
_FOURTH = (
    *("ic", "ance", "ence", "able", "ible", "ate", "ive", "ize", "iti", "al", "ism", "ion", "er", "ous", "ant"),
    *("ent", "ment", "ement"),
)


def _ending(endings: tuple[str, ...] | dict[str, str]) -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(sorted(endings, key=len, reverse=True))})$")


_SECOND_ENDS, _THIRD_ENDS, _FOURTH_ENDS = _ending(_SECOND), _ending(_THIRD), _ending(_FOURTH)
_PAST_ENDS = _ending(("ed", "eed", "ing", "edly", "eedly", "ingly"))


def stem(word: str) -> str:
    """The stem of a word in lower case; a word that is not English is mostly as it was."""
    if word in _KEPT:
        return _KEPT[word]
    if len(word) < 3:
        return word
    if "y" in word:
        word = _Y.sub("Y", word)
    first, second = _regions(word)
    word = _past(_plural(word), first)
    if word[-1:] in ("y", "Y") and len(word) > 2 and word[-2] not in _VOWELS:
        word = f"{word[:-1]}i"
    word = _longer(word, first, second)
    return _last(word, first, second).replace("Y", "y")


def _regions(word: str) -> tuple[int, int]:
    """Where the parts begin that endings are taken from."""
    found = _BEGINNINGS.match(word) or _PAIR.search(word)
    if found is None:
        return len(word), len(word)
    again = _PAIR.search(word, found.end())
    return found.end(), again.end() if again else len(word)


def _plural(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith(("ied", "ies")):
        return word[:-2] if len(word) > 4 else word[:-1]
    if word.endswith("s") and not word.endswith(("ss", "us")) and _VOWEL.search(word, 0, len(word) - 2):
        return word[:-1]
    return word


def _past(word: str, first: int) -> str:
    found = _PAST_ENDS.search(word)
    if found is None:
        return word
    ending, root = found.group(), word[: found.start()]
    if ending in ("eed", "eedly"):
        return f"{root}ee" if found.start() >= first and root not in ("succ", "proc", "exc") else word
    if ending == "ing":
        if len(root) == 2 and root[1] == "y" and root[0] not in _VOWELS:
            return f"{root[0]}ie"
        if root in ("even", "cann", "inn", "earr", "herr", "out"):
            return word
    return _mended(root, first) if _VOWEL.search(root) else word


def _mended(root: str, first: int) -> str:
    """A root whose ``ed`` or ``ing`` was taken."""
    if root.endswith(("at", "bl", "iz")):
        return f"{root}e"
    if root[-2:] in ("bb", "dd", "ff", "gg", "mm", "nn", "pp", "rr", "tt"):
        return root if len(root) == 3 and root[0] in "aeo" else root[:-1]
    return f"{root}e" if len(root) == first and _SHORT.search(root) else root


def _longer(word: str, first: int, second: int) -> str:
    """Steps two to four: endings of several syllables."""
    found = _SECOND_ENDS.search(word)
    if found is not None and found.start() >= first:
        ending, before = found.group(), word[found.start() - 1 : found.start()]
        if not (ending == "ogi" and before != "l") and not (ending == "li" and before not in "cdeghkmnrt"):
            word = word[: found.start()] + _SECOND[ending]
    found = _THIRD_ENDS.search(word)
    if found is not None and found.start() >= (second if found.group() == "ative" else first):
        word = word[: found.start()] + _THIRD[found.group()]
    found = _FOURTH_ENDS.search(word)
    if found is None or found.start() < second or (found.group() == "ion" and word[found.start() - 1] not in "st"):
        return word
    return word[: found.start()]


def _last(word: str, first: int, second: int) -> str:
    end = len(word) - 1
    if word.endswith("e"):
        return word[:-1] if end >= second or (end >= first and not _SHORT.search(word[:-1])) else word
    return word[:-1] if word.endswith("ll") and end >= second else word
