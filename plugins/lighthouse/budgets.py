"""Budgets: what holds for a site and form factor, and what of a report does not keep to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from callboard.plugin import Record

from .addresses import same
from .options import Budget
from .scores import CATEGORIES, METRICS, shown


def budget_for(budgets: Iterable[Budget], site: str, form: str) -> dict[str, float]:
    """Each category's least score and each metric's most, by id: a later budget wins where two name the same."""
    found: dict[str, float] = {}
    for budget in budgets:
        if budget.form in ("", form) and _names(budget.sites, site):
            said = budget.model_dump(by_alias=True, exclude={"sites", "form"}, exclude_none=True)
            found |= {name: float(value) for name, value in said.items()}
    return found


def breaches(budget: Mapping[str, float], scores: Mapping[str, int | None], metrics: Mapping[str, Sequence[Any]]) -> list[Record]:
    """What is not kept: ``{title, got, limit}``, categories first. What a report does not hold breaks nothing."""
    found: list[Record] = []
    for name, title in CATEGORIES.items():
        score = scores.get(name)
        if name in budget and score is not None and score < budget[name]:
            found.append({"id": name, "title": title, "got": str(score), "limit": f"at least {budget[name]:.0f}"})
    for name, metric in METRICS.items():
        value = metrics[name][0] if name in metrics else None
        if name in budget and value is not None and value > budget[name]:
            alike = shown(value, metric.unit) == shown(budget[name], metric.unit)
            got, most = (shown(figure, metric.unit, exact=alike) for figure in (value, budget[name]))
            found.append({"id": name, "title": metric.title, "got": got, "limit": f"at most {most}"})
    return found


def _names(patterns: Sequence[str], site: str) -> bool:
    return not patterns or any(fnmatchcase(same(site), same(pattern)) for pattern in patterns)
