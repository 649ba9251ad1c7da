"""Categories, scores and metrics as Lighthouse names, orders, rounds and judges them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

CATEGORIES: Final[Mapping[str, str]] = {
    "performance": "Performance",
    "accessibility": "Accessibility",
    "best-practices": "Best Practices",
    "seo": "SEO",
    "pwa": "PWA",
}
"""In the order of Lighthouse's own report; a database may have changed it."""
FORMS: Final[Mapping[str, str]] = {"mobile": "Mobile", "desktop": "Desktop", "": "Form factor unknown"}
GOOD: Final = 90
AVERAGE: Final = 50
"""Scores that are good, and average, from here on."""


class Metric(NamedTuple):
    """A figure of a report: how it is written, and up to where it is good and not yet poor, by form factor."""

    title: str
    unit: str
    """``ms``, ``bytes``, or "" for a plain number."""
    mobile: tuple[float, float] | None = None
    desktop: tuple[float, float] | None = None

    def bounds(self, form: str) -> tuple[float, float] | None:
        """The thresholds (score 90 and 50) for a form factor."""
        return self.desktop if form == "desktop" else self.mobile


METRICS: Final[Mapping[str, Metric]] = {
    "first-contentful-paint": Metric("First Contentful Paint", "ms", (1800, 3000), (934, 1600)),
    "largest-contentful-paint": Metric("Largest Contentful Paint", "ms", (2500, 4000), (1200, 2400)),
    "total-blocking-time": Metric("Total Blocking Time", "ms", (200, 600), (150, 350)),
    "cumulative-layout-shift": Metric("Cumulative Layout Shift", "", (0.1, 0.25), (0.1, 0.25)),
    "speed-index": Metric("Speed Index", "ms", (3387, 5800), (1311, 2300)),
    "interactive": Metric("Time to Interactive", "ms", (3785, 7300), (2468, 4500)),
    "interaction-to-next-paint": Metric("Interaction to Next Paint", "ms", (200, 500), (200, 500)),
    "max-potential-fid": Metric("Max Potential First Input Delay", "ms", (130, 250), (130, 250)),
    "server-response-time": Metric("Server Response Time", "ms"),
    "total-byte-weight": Metric("Total Size", "bytes"),
}
"""The thresholds are those of Lighthouse 8 and later (its audits' ``scoringOptions``)."""


def number(value: Any) -> float | None:
    """A finite number; None for anything else, booleans too."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def percent(score: Any) -> int | None:
    """A score of 0 to 1 as Lighthouse shows it, rounded half up; None ("N/A") for null, NaN and what is none."""
    found = number(score)
    return None if found is None or not 0 <= found <= 1 else math.floor(found * 100 + 0.5)


def rating(score: int | None) -> str:
    """``good``, ``average``, ``poor``, or ``none`` without a score."""
    return "none" if score is None else "good" if score >= GOOD else "average" if score >= AVERAGE else "poor"


def ordered(ids: Iterable[str]) -> list[str]:
    """Categories in Lighthouse's own order, others behind them by name."""
    known = list(CATEGORIES)
    return sorted(set(ids), key=lambda name: (known.index(name) if name in CATEGORIES else len(known), name))


def shown(value: float, unit: str, *, exact: bool = False) -> str:
    """A figure as people read it: ``840 ms``, ``2.5 s``, ``1.2 MiB``, ``0.12``; with ``exact``, all of its digits."""
    if exact:
        return f"{value:,.0f} {unit}" if unit else f"{value:.4f}"
    if unit == "ms":
        return f"{value / 1000:.1f} s" if value >= 1000 else f"{value:.0f} ms"
    if unit == "bytes":
        return f"{value / 1048576:.1f} MiB" if value >= 1048576 else f"{value / 1024:.0f} KiB"
    return f"{value:.3f}".rstrip("0").rstrip(".") if value < 10 else f"{value:,.0f}"
