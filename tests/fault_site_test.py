"""Faults of services as readers see them: a folder in, a folder out. Warm pages say how old they are, cold ones what failed."""

from __future__ import annotations

import html
import json
import re
import runpy
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard import build
from callboard.model.effects import Effects
from callboard.model.report import BuildReport

if TYPE_CHECKING:
    from tests.faultserver import FaultServer

TABLE = runpy.run_path(str(Path(__file__).with_name("faults.py")))
FAULTS, TIMED = TABLE["FAULTS"], TABLE["TIMED"]
NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
GOOD = '[{"id": 1, "name": "All is well"}]'
CHOSEN = [
    *("slow body", "slow head", "silence", "hang-up", "reset in the body", "no HTTP", "cut body", "cut chunk", "bad chunk size"),
    *("endless body", "gzip bomb", "cut gzip", "no gzip", "brotli", "empty body", "half JSON", "log in", "deep JSON", "NaN"),
    *("duplicate key", "bad UTF-8", "304 unasked", "not signed in", "not allowed", "not found", "wait an hour", "server error"),
    *("unavailable", "odd status", "redirect loop", "endless redirects", "redirect elsewhere", "redirect to metadata"),
    *("redirect to a file", "redirect to data", "redirect with credentials", "redirect that two read differently"),
]
"""Faults of every kind; each is a mount of one site."""
WORDS = {**{fault: FAULTS[fault][1] for fault in CHOSEN}, "log in": "unusable answer: it is not JSON"}
"""What people read. A source with a format of its own does not look at the media type."""
MANIFEST = """
callboard: 1
title: Builds
options: {{api: {{type: url}}, fault: {{}}}}
sources:
  runs: {{http: "{{api}}/{{fault}}", format: json, ttl: 0s, stale: 7d, timeout: {timeout}}}
pages: [{{path: /, view: table, data: runs}}]
"""


def slug(fault: str) -> str:
    return re.sub(r"\W+", "-", fault.lower()).strip("-")


@pytest.fixture
def site(tmp_path: Path, faults: FaultServer) -> Path:
    """A mount for each fault; those that only the deadline ends have a short one."""
    for name, timeout in (("quick", "10s"), ("timed", "1s")):
        (tmp_path / "plugins" / name).mkdir(parents=True)
        (tmp_path / "plugins" / name / "plugin.yaml").write_text(MANIFEST.format(timeout=timeout), encoding="utf-8")
    lines = ["site: {title: Portal}", "content: false", "plugins:"]
    for fault in CHOSEN:
        name = "timed" if fault in TIMED else "quick"
        lines.append(f"  - {{plugin: {name}, path: /{slug(fault)}/, options: {{api: {faults.url}, fault: {slug(fault)}}}}}")
    (tmp_path / "site.yaml").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


@pytest.fixture
def effects() -> Iterator[Effects]:
    """The real network and disk, and a clock that stands."""
    made = replace(build.effects(), clock=lambda: NOW)
    yield made
    made.http.close()


def built(site: Path, effects: Effects, *, later: timedelta = timedelta(0)) -> BuildReport:
    started = time.perf_counter()
    report = build.build(site, build.Settings(), replace(effects, clock=lambda: NOW + later))
    assert time.perf_counter() - started < 30
    assert report.written
    return report


def pages(site: Path) -> Mapping[str, str]:
    """What readers read, by fault."""
    found = {}
    for fault in CHOSEN:
        text = (site / "public" / slug(fault) / "index.html").read_text(encoding="utf-8")
        main = text.partition("<main")[2].partition("</main>")[0]
        found[fault] = html.unescape(re.sub(r"\s+", " ", main))
    return found


def misbehave(faults: FaultServer, elsewhere: FaultServer) -> None:
    for fault in CHOSEN:
        faults.on(f"/{slug(fault)}", FAULTS[fault][0](faults, elsewhere))


def sources(report: BuildReport) -> dict[str, Any]:
    return {run.mount.partition("@")[2].strip("/"): run for run in report.sources}


def test_warm(site: Path, effects: Effects, faults: FaultServer, elsewhere: FaultServer) -> None:
    """Every page keeps its records, with a badge, the time that they are of, and the reason."""
    for fault in CHOSEN:
        faults.json(f"/{slug(fault)}", GOOD)
    assert built(site, effects).problems == ()
    misbehave(faults, elsewhere)
    report = built(site, effects, later=timedelta(days=1))
    runs = sources(report)
    for fault, text in pages(site).items():
        assert "All is well" in text, fault
        assert '<span class="state stale">stale</span>' in text, fault
        assert "2026-11-24T12:00" in text, fault
        assert WORDS[fault] in text, fault
        assert runs[slug(fault)].outcome == "stale"
    assert {problem.code for problem in report.problems} == {"stale-source"}
    machine = json.loads((site / "public" / "-" / "build" / "report.json").read_text(encoding="utf-8"))
    assert len([one for one in machine["sources"] if one["state"] == "stale" and one["error"]]) == len(CHOSEN)
    assert elsewhere.calls == []


def test_cold(site: Path, effects: Effects, faults: FaultServer, elsewhere: FaultServer) -> None:
    """Every page says what failed and why; too old answers are not shown any more; a service that is mended is shown again."""
    for fault in CHOSEN:
        faults.json(f"/{slug(fault)}", GOOD)
    built(site, effects)
    misbehave(faults, elsewhere)
    report = built(site, effects, later=timedelta(days=8))
    for fault, text in pages(site).items():
        assert "All is well" not in text, fault
        assert WORDS[fault] in text, fault
    assert {problem.code for problem in report.problems} == {"failed-source"}
    assert elsewhere.calls == []
    for fault in CHOSEN:
        faults.json(f"/{slug(fault)}", GOOD)
    assert built(site, effects, later=timedelta(days=8)).problems == ()
    assert all("All is well" in text for text in pages(site).values())
