"""Findings: the problems of one document, collected as it is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from callboard.model.problem import Key, Marks, Problem, dotted


@dataclass(slots=True)
class Findings:
    """Problems of one document, each at the place of its key. ``plugin`` is the mount or plugin that they belong to."""

    marks: Marks
    plugin: str = ""
    items: list[Problem] = field(default_factory=list)

    def add(self, code: str, key: Key, what: str, mend: str = "") -> None:
        """Note a problem at ``key``."""
        self.items.append(Problem(code, what, self.marks.at(key), dotted(key), mend, plugin=self.plugin))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note problems that somebody else found."""
        self.items += problems


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean "template"?`` if one of the known words is close, else a full stop."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else "."


def sentence(error: BaseException) -> tuple[str, str]:
    """An error's words as what and mend: a ValueError of ours ends with its mend."""
    what, found, mend = str(error).partition(" Write for example: ")
    return what, f"Write for example: {mend}" if found else ""
