"""Every problem of a site, without fetching or writing anything."""

from __future__ import annotations

from pathlib import Path

from callboard.build import examine
from callboard.model.report import BuildReport


def check(target: Path, *, env: str = "") -> BuildReport:
    """A report with every problem that can be found without asking a service: of ``site.yaml``, plugins, data files and pages."""
    return examine(target, env=env)
