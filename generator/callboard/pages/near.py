"""What somebody may have meant: the page or file that is closest to one that is not there."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterable
from functools import cached_property

_MOST = 200
"""Questions that are answered in one process: a site with thousands of broken links is not looked through thousands of times."""
_LOOKED = 400
"""Names that one is compared with."""
_ALIKE = 0.7


class Near:
    """The names of a site (paths of pages, or files), to be asked for the closest one. Looked through on the first question."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = names
        self._asked = 0

    def to(self, wrong: str) -> str:
        """The closest name; "" if none is close."""
        self._asked += 1
        if self._asked > _MOST:
            return ""
        whole = self._folded.get(_fold(wrong), [])
        return whole[0] if whole else self._alike(wrong)

    def _alike(self, wrong: str) -> str:
        last = _last(wrong)
        same = self._lasts.get(last) or self._lasts.get(_stem(last)) or []
        if not same:
            alike = [name for name in self._lasts if name[:1] == last[:1] and abs(len(name) - len(last)) <= 3]
            close = difflib.get_close_matches(last, alike[:_LOOKED], 3, _ALIKE)
            same = [name for one in close for name in self._lasts[one]]
        scored = [(difflib.SequenceMatcher(None, wrong.casefold(), name.casefold()).ratio(), name) for name in same[:_LOOKED]]
        best = max(scored, key=lambda one: (one[0], one[1]), default=(0.0, ""))
        return best[1] if best[0] >= _ALIKE or _last(best[1]) == last else ""

    @cached_property
    def _folded(self) -> dict[str, list[str]]:
        return _grouped((_fold(name), name) for name in self._names)

    @cached_property
    def _lasts(self) -> dict[str, list[str]]:
        found = _grouped((_last(name), name) for name in self._names)
        for last in list(found):
            found.setdefault(_stem(last), found[last])
        return found


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, name in pairs:
        found.setdefault(key, []).append(name)
    return {key: sorted(names, key=lambda name: (len(name), name)) for key, names in found.items()}


def _fold(name: str) -> str:
    return name.casefold().rstrip("/").removesuffix(".html").replace("_", "-").replace("%20", "-").replace(" ", "-")


def _last(name: str) -> str:
    return posixpath.basename(_fold(name))


def _stem(last: str) -> str:
    return posixpath.splitext(last)[0]
