"""The metrics that manifests declare, evaluated over the data of their mounts."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from callboard import __version__
from callboard.data import encoding
from callboard.data.cache import CacheStore
from callboard.model.dataset import MountData, State
from callboard.model.lookup import path_words
from callboard.model.manifest import Plugin
from callboard.model.metric import Metric, MetricSpec
from callboard.model.problem import Key, Problem, Severity, dotted

MOST: Final = 5000
"""Series of one metric."""
_LONGEST: Final = 200
"""Characters of a key."""


def measured(mounts: Iterable[tuple[Plugin, MountData]], cache: CacheStore) -> tuple[tuple[Metric, ...], tuple[Problem, ...]]:
    """The metrics of these mounts, in their order, and what is wrong with how they are declared (warnings).

    A mount whose provider failed, or whose sources were all stale or failed, has none: that is no news of today. Where a single
    source failed, what counts all records has none either, since it would count a part.
    """
    found: list[Metric] = []
    problems: list[Problem] = []
    for plugin, mount in mounts:
        if plugin.manifest.metrics and not (mount.error or mount.unset) and _has_news(mount):
            metrics, amiss = _kept(plugin, mount, cache)
            whole = all(origin.state is not State.FAILED for origin in mount.origins)
            found += [metric for metric in metrics if whole or plugin.manifest.metrics[metric.name].each]
            problems += amiss
    return tuple(found), tuple(problems)


def _has_news(mount: MountData) -> bool:
    return not mount.origins or any(origin.state in (State.OK, State.SKIPPED) for origin in mount.origins)


def _kept(plugin: Plugin, mount: MountData, cache: CacheStore) -> tuple[list[Metric], list[Problem]]:
    """Evaluated once for each state of the data: a build without changes reads no dataset for them."""
    key = hashlib.sha256(json.dumps([__version__, plugin.id, plugin.title, plugin.digest, mount.digest]).encode()).hexdigest()
    if (content := cache.get("metrics", key)) is not None:
        metrics, problems = json.loads(content)
        return [Metric(*one) for one in metrics], encoding.problems_from(problems)
    one = _Measure(plugin, mount)
    found = list(one.all())
    cache.set("metrics", key, json.dumps([found, encoding.plain_problems(one.problems)]).encode())
    return found, one.problems


class _Measure:
    """One mount's metrics, as they are evaluated."""

    def __init__(self, plugin: Plugin, mount: MountData) -> None:
        self._plugin = plugin
        dataset = mount.dataset
        self._scope = {**dataset.lists, "entities": [entity.data for entity in dataset.entities]}
        self._empty = not any(self._scope.values())
        self.problems: list[Problem] = []

    def all(self) -> Iterator[Metric]:
        """Each number, in the order of the manifest."""
        for name, spec in self._plugin.manifest.metrics.items():
            yield from self._each(name, spec) if spec.each else self._single(name, spec)

    def _single(self, name: str, spec: MetricSpec) -> Iterator[Metric]:
        value = self._evaluated(spec.value, self._scope, ("metrics", name, "value"))
        if value is not None and (number := self._number(value, spec.value, ("metrics", name, "value"))) is not None:
            yield self._metric(name, spec, "", number)

    def _each(self, name: str, spec: MetricSpec) -> Iterator[Metric]:
        key: Key = ("metrics", name)
        records = self._evaluated(spec.each, self._scope, (*key, "each"))
        if records is not None and not isinstance(records, list):
            self._warn((*key, "each"), f'"{spec.each}" gives no list.', "Write for example: each: runs")
            return
        value, called = _compiled(spec.value), _compiled(spec.key)
        seen: set[str] = set()
        for record in records or ():
            word = self._applied(called, record, (*key, "key"), spec.key)
            found = self._applied(value, record, (*key, "value"), spec.value)
            if found is None or word is None or (number := self._number(found, spec.value, (*key, "value"))) is None:
                continue
            if self._fits(str(word), seen, key):
                seen.add(str(word))
                yield self._metric(name, spec, str(word), number)

    def _fits(self, word: str, seen: set[str], key: Key) -> bool:
        if word in seen:
            what = f'several records have the key "{word[:60]}"; the first of them is taken.'
            self._warn((*key, "key"), what, "Choose a key that tells them apart.")
        elif not word or len(word) > _LONGEST:
            what = f"a key has 1 to {_LONGEST} characters, and a record's has {len(word)}; it is left out."
            self._warn((*key, "key"), what, "Choose a shorter key.")
        elif len(seen) >= MOST:
            self._warn((*key, "each"), f"a metric has at most {MOST} series; the others are left out.", "Choose fewer records.")
        else:
            return True
        return False

    def _metric(self, name: str, spec: MetricSpec, key: str, value: float) -> Metric:
        title = spec.title or path_words(name)
        return Metric(self._plugin.name, self._plugin.id, name, title, key, value, spec.unit, spec.better, self._plugin.title)

    def _number(self, value: Any, expression: str, key: Key) -> float | None:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        got = f'"{value[:40]}"' if isinstance(value, str) else json.dumps(value)[:40]
        self._warn(key, f'"{expression}" gives {got}, which is no number.', "Write for example: length(runs[?state=='failed'])")
        return None

    def _evaluated(self, expression: str, data: Any, key: Key) -> Any:
        found = self._applied(_compiled(expression), data, key, expression)
        if found is None and not self._empty:
            self._warn(key, f'"{expression}" finds nothing in the data.', "Correct the expression.")
        return found

    def _applied(self, ask: Callable[[Any], Any], data: Any, key: Key, expression: str) -> Any:
        from jmespath.exceptions import JMESPathError

        try:
            return ask(data)
        except JMESPathError as error:
            if not self._empty:
                reason = str(error).splitlines()[0].rstrip(".")
                self._warn(key, f'"{expression}" does not fit the data: {reason}.', "Correct the expression.")
            return None

    def _warn(self, key: Key, what: str, mend: str) -> None:
        place = self._plugin.manifest_marks.at(key)
        problem = Problem("wrong-metric", what, place, dotted(key), mend, Severity.WARNING, self._plugin.id)
        if not any(known.path == problem.path for known in self.problems):  # once a key, however many records
            self.problems.append(problem)


def _compiled(expression: str) -> Callable[[Any], Any]:
    """What gives the value of an expression; a bare name needs no parser."""
    if expression.isidentifier():
        return lambda data: data.get(expression) if isinstance(data, dict) else None
    import jmespath

    found: Callable[[Any], Any] = jmespath.compile(expression).search
    return found
