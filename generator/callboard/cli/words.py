"""Figures and lines as the terminal shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from callboard.model.lines import safe

if TYPE_CHECKING:
    from callboard.model.dataset import SourceRun
    from callboard.model.report import BuildReport


def number(value: int) -> str:
    """``4210`` is ``4 210``."""
    return f"{value:,}".replace(",", " ")


def count(value: int, noun: str) -> str:
    """``1 page``, ``4 210 pages``."""
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"


def size(value: int) -> str:
    """Bytes in decimal units: ``640 bytes``, ``61 MB``, ``1.4 GB``."""
    if value < 1000:
        return count(value, "byte")
    power = 1 if value < 999_500 else 2 if value < 999_500_000 else 3
    amount, unit = value / 1000**power, ("kB", "MB", "GB")[power - 1]
    return f"{amount:.0f} {unit}" if amount >= 9.95 else f"{amount:.1f} {unit}"


def seconds(value: float) -> str:
    """``0.21 s``, ``18.3 s``, ``3 min 12 s``."""
    if value < 9.995:
        return f"{value:.2f} s"
    if value < 119.95:
        return f"{value:.1f} s"
    return f"{int(value) // 60} min {int(value) % 60} s"


def source(run: SourceRun) -> str:
    """How loading one origin went: ``catalog: people fetched, 812 records, 143 ms``."""
    parts = [f"{run.mount}: {run.origin.name} {run.outcome}"]
    if run.records:
        parts.append(count(run.records, "record"))
    parts.append(f"{run.seconds * 1000:.0f} ms")
    if run.outcome == "stale" and run.origin.as_of:
        parts.append(f"as of {run.origin.as_of:%Y-%m-%d %H:%M} UTC")
    if run.origin.error:
        parts.append(run.origin.error)
    return safe(", ".join(parts))


def sources(runs: Iterable[SourceRun]) -> str:
    """``12 sources (1 stale, 2 failed)``."""
    states = [str(run.origin.state) for run in runs]
    bad = [f"{number(states.count(state))} {state}" for state in ("stale", "failed") if state in states]
    return count(len(states), "source") + (f" ({', '.join(bad)})" if bad else "")


def built(report: BuildReport, output: str) -> str:
    """The one line that sums up a build."""
    if not report.written:
        return stopped(report)
    return " · ".join(
        [
            f"{count(report.pages, 'page')} ({number(report.rendered)} rendered)",
            sources(report.sources),
            count(len(report.errors), "error"),
            count(len(report.warnings), "warning"),
            seconds(report.seconds),
            f"{output} {size(report.size)}",
        ]
    )


def stopped(report: BuildReport) -> str:
    """Why there is no site: ``3 problems; nothing was written.``"""
    if report.problems and not report.errors:
        return f"{count(len(report.warnings), 'warning')}; a strict build stops at them: nothing was written."
    return f"{count(len(report.problems), 'problem')}; nothing was written."


def checked(report: BuildReport) -> str:
    """The one line that sums up a check."""
    if not report.problems:
        return f"No problems. {count(len(report.plugins), 'plugin')}, {seconds(report.seconds)}."
    return f"{count(len(report.errors), 'error')} · {count(len(report.warnings), 'warning')} · {seconds(report.seconds)}"


def asked(report: BuildReport) -> str:
    """How many links to other sites there are, and what came of them."""
    states = {link.url: link.state for link in report.links or ()}
    counted = {state: list(states.values()).count(state) for state in ("broken", "unknown")}
    parts = [
        count(len(states), "address") if len(states) == 1 else f"{number(len(states))} addresses",
        f"{counted['broken']} broken",
    ]
    return " · ".join([*parts, f"{counted['unknown']} not to be checked"])


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines whose columns stand below each other; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows]
