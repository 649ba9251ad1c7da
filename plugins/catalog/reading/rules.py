"""Rules: which kinds may come from which location, as Backstage's ``catalog.rules``."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..globs import glob
from ..options import KindMatch, LocationMatch, LocationSpec, Rule

DEFAULT = ("Component", "API", "Location")
"""The kinds that Backstage allows from everywhere where no rules are said."""


class Rules:
    """``allow`` lists of the site, and of single locations, which add to them. Without any for the site, Backstage's default holds."""

    def __init__(self, rules: Sequence[Rule] | None) -> None:
        self._said = rules
        self._rules: Sequence[Rule] = [{"allow": [{"kind": kind} for kind in DEFAULT]}] if rules is None else rules

    def mend(self, kinds: Iterable[str]) -> str:
        """What to write so that ``kinds``, which were refused, are allowed."""
        refused = sorted(set(kinds))
        if self._said:
            return f"Add to the catalog's rules: {{allow: [{', '.join(refused)}]}}"
        listed = [*(DEFAULT if self._said is None else ()), *refused]
        return f"Write among the catalog's options: rules: [{{allow: [{', '.join(listed)}]}}]"

    def of(self, location: LocationSpec) -> Allowed:
        """What may come from ``location``, the entry of ``locations``, however far it leads."""
        said = [rule for rule in self._rules if "locations" not in rule or _any_location(location, rule["locations"])]
        return Allowed(match for rule in (*location.get("rules", ()), *said) for match in rule["allow"])


class Allowed:
    """The kinds, and types of kinds, that may come from one location; compared without case."""

    def __init__(self, matches: Iterable[KindMatch]) -> None:
        pairs = [(match["kind"].lower(), match.get("spec.type", "").lower()) for match in matches]
        self._kinds = frozenset(kind for kind, type_ in pairs if not type_)
        self._typed = frozenset(pair for pair in pairs if pair[1])

    def holds(self, entity: Mapping[str, Any]) -> bool:
        """Whether ``entity`` is one of them."""
        kind = entity["kind"].lower()
        if kind in self._kinds:
            return True
        spec = entity.get("spec")
        found = spec.get("type") if isinstance(spec, Mapping) else None
        return isinstance(found, str) and (kind, found.lower()) in self._typed


def _any_location(location: LocationSpec, matches: Iterable[LocationMatch]) -> bool:
    return any(_is_location(location, match) for match in matches)


def _is_location(location: LocationSpec, match: LocationMatch) -> bool:
    if "type" in match and match["type"] != location["type"]:
        return False
    target = _plain(location)
    if "exact" in match:
        return _plain({"type": location["type"], "target": match["exact"]}) == target
    return "pattern" not in match or _fits(match["pattern"], target)


def _fits(pattern: str, target: str) -> bool:
    return glob(pattern.removeprefix("./"), hidden=True, ignore_case=True).fullmatch(target) is not None


def _plain(location: LocationSpec) -> str:
    return posixpath.normpath(location["target"]) if location["type"] == "file" else location["target"]
