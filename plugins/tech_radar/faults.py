"""What is wrong with one radar file, each thing at its line."""

from __future__ import annotations

from difflib import get_close_matches

from callboard.plugin import File, Place, Problem, Severity, locate

Key = tuple[str | int, ...]

LISTED = 50
"""Faults that are told one by one: finding a line costs a walk through the file."""


class Faults:
    """Collects problems of one document of one file. ``document`` is None if lines cannot be found in it."""

    def __init__(self, file: File, document: int | None) -> None:
        self._file, self._document = file, document
        self.problems: list[Problem] = []
        self._more = 0

    def add(self, key: Key, what: str, mend: str = "", *, code: str = "bad-entry", severity: Severity = Severity.WARNING) -> None:
        """Note one fault; ``key`` is the way to it, ``what`` and ``mend`` are sentences."""
        if len(self.problems) >= LISTED:
            self._more += 1
            return
        problem = Problem(f"tech_radar/{code}", what, self._place(key), path=_path(key), mend=mend, severity=severity)
        self.problems.append(problem)

    def all(self) -> list[Problem]:
        """The problems, and how many more there were."""
        if not self._more:
            return self.problems
        what = f"{self._more} more entries or values have faults; the first {LISTED} are listed."
        return [*self.problems, Problem("tech_radar/bad-entry", what, Place(self._file.name), severity=Severity.WARNING)]

    def _place(self, key: Key) -> Place:
        if self._document is None:
            return Place(self._file.name)
        return Place(self._file.name, *locate(self._file.text, self._document, key))


def suggestion(word: str, known: list[str]) -> str:
    """``Did you mean "Adopt"?``, or else the known words; a sentence."""
    folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), folded, n=1)
    if close:
        return f'Did you mean "{folded[close[0]]}"?'
    return f"Known are {quoted(known)}."


def quoted(words: list[str]) -> str:
    """``"a", "b", "c"``."""
    return ", ".join(f'"{word}"' for word in words)


def _path(key: Key) -> str:
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
