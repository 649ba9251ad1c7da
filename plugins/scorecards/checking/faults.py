"""Problems of one scorecard, at the places of its keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from callboard.plugin import Problem, Severity

from ..gathering import Key, Told


class Faults:
    """Collects problems of one scorecard."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self.problems: list[Problem] = []

    @property
    def errors(self) -> bool:
        """Whether the scorecard cannot be judged."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def error(self, code: str, key: Key, what: str, mend: str = "") -> None:
        """Something that stops the build: levels would be wrong without it."""
        self._add(code, key, what, mend, Severity.ERROR)

    def warning(self, code: str, key: Key, what: str, mend: str = "") -> None:
        """Something that readers are told of, while the rest goes on."""
        self._add(code, key, what, mend, Severity.WARNING)

    def _add(self, code: str, key: Key, what: str, mend: str, severity: Severity) -> None:
        code = code if code in ("wrong-predicate", "bad-expression", "bad-reference") else f"scorecards/{code}"
        self.problems.append(Problem(code, what, self._told.place(key), self._told.path(key), mend, severity))


def meant(word: str, known: Iterable[str]) -> str:
    """The mend of a misspelt word: the one that was meant, or all that are known."""
    names = list(known)
    close = closest(word, names)
    return f'Did you mean "{close}"?' if close else f"Known are: {', '.join(dict.fromkeys(names))}." if names else ""


def closest(word: str, known: Sequence[str], cutoff: float = 0.6) -> str:
    """The word that was meant, or nothing."""
    return next(iter(get_close_matches(word, known, 1, cutoff)), "")
