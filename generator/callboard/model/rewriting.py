"""Backstage's ``pathRewrite``: rules on a request's path, held to regular expressions that end in a bounded time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4096
"""Characters of a path and query that rules are tried on: the square of it is some tenths of a second at most."""
_PATTERN: Final = 300
"""Characters of a rule."""
_MOST: Final = 2
"""Parts of one rule that may repeat without bound: each multiplies the work by the path's length."""
_CHOICES: Final = {0: 1024, 1: 1024, 2: 8}
"""Ways that the bounded parts of a rule may be taken, by how many are unbounded: ``a?`` has two."""
_REFERENCE: Final = re.compile(r"\$(\$|&|[0-9]{1,2})")
_TOKEN: Final = re.compile(
    r"""(?P<escape>\\.) | (?P<set>\[\^?\]?(?:[^\]\\]|\\.)*\]) | (?P<open>\((?:\?:)?) | (?P<close>\))
    | (?P<times>[*+?]|\{[0-9]+(?:,[0-9]*)?\}) (?P<lazy>\??) | (?P<or>\|) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: where it matches first, ``replacement`` stands afterwards (``$1``, ``$&`` and ``$$`` as in JavaScript)."""

    pattern: re.Pattern[str]
    replacement: str

    def applied(self, text: str) -> str | None:
        """``text`` with its first match replaced; None if there is none."""
        found = self.pattern.search(text)
        if found is None:
            return None
        filled = _REFERENCE.sub(_filling(found), self.replacement)
        return text[: found.start()] + filled + text[found.end() :]


def rule(pattern: str, replacement: str) -> Rule:
    """A rule as Backstage's configuration says it. Raises ValueError: a sentence about the pattern."""
    if len(pattern) > _PATTERN:
        raise ValueError(f"the expression has more than {_PATTERN} characters.")
    try:
        compiled = re.compile(pattern, re.ASCII)
    except re.error as error:
        raise ValueError(f"the regular expression cannot be read: {error}.") from None
    _Weighing(pattern).check()
    return Rule(compiled, replacement)


def rewritten(rules: tuple[Rule, ...], text: str) -> str:
    """What the first rule that matches makes of ``text``; ``text`` itself if none does."""
    return next((made for one in rules if (made := one.applied(text)) is not None), text)


def _filling(found: re.Match[str]) -> Callable[[re.Match[str]], str]:
    def fill(reference: re.Match[str]) -> str:
        word = reference[1]
        if word == "$":
            return "$"
        if word == "&":
            return found[0]
        number = int(word)
        return (found[number] or "") if 0 < number <= (found.re.groups) else reference[0]

    return fill


class _Weighing:
    """Adds up how much a pattern can repeat. What has no simple bound is refused: so many requests are somebody else's."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._unbounded = 0 if pattern.startswith("^") else 1  # a search begins anew at every character
        self._choices = 1
        self._groups: list[bool] = []
        """For each open group, whether anything in it repeats or chooses."""

    def check(self) -> None:
        """Raises ValueError: a sentence."""
        closed = False  # whether the token before closed a group in which something repeats or chooses
        for token in self._tokens():
            kind = token.lastgroup if token["times"] is None else "times"
            closed = self._weighed(token, str(kind), after=closed)
        if self._unbounded > _MOST:
            raise ValueError(f"the regular expression may repeat in more than {_MOST} places, which is slow for a long path.")
        if self._choices > _CHOICES[self._unbounded]:
            raise ValueError("the regular expression has too many optional parts, which is slow for a long path.")

    def _tokens(self) -> Iterator[re.Match[str]]:
        for token in _TOKEN.finditer(self._pattern):
            if (token["escape"] or "x")[-1] in "123456789k" or (token["open"] and self._pattern[token.end() :][:1] == "?"):
                raise ValueError("the regular expression refers to its own groups or looks around, which is not supported.")
            yield token

    def _weighed(self, token: re.Match[str], kind: str, *, after: bool) -> bool:
        if kind == "open":
            self._groups.append(False)
        elif kind == "close":
            return self._groups.pop() if self._groups else False
        elif kind == "or":
            self._choices *= 2
            self._unbounded += 1 if not self._groups and self._pattern.startswith("^") else 0  # only one branch is anchored
            self._mark()
        elif kind == "times":
            self._repeat(token["times"], after=after)
        return False

    def _repeat(self, times: str, *, after: bool) -> None:
        low, _, high = times.strip("{}").partition(",")
        if times == "?":
            self._choices *= 2
        elif after:
            raise ValueError("the regular expression repeats a group in which something repeats or chooses, which can be slow.")
        elif high.isdigit():
            self._choices *= max(1, int(high) - int(low) + 1)
        elif times in "*+" or times.endswith(",}"):
            self._unbounded += 1
        self._mark()

    def _mark(self) -> None:
        self._groups = [True] * len(self._groups)
