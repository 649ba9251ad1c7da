"""The standard tests of a plugin, for decisions."""

from __future__ import annotations

from pathlib import Path

from callboard.testing import Given, standard_tests

DECISIONS = {
    "docs/decisions/0001-use-soap.md": "# Use SOAP\n\n* Status: superseded by [ADR-0002](0002-use-rest.md)\n* Date: 2019-03-01\n",
    "docs/decisions/0002-use-rest.md": "# 2. Use REST\n\nDate: 2020-02-01\n\n## Status\n\nAccepted\n\n## Context\n\nText.\n",
}

TestStandard = standard_tests(
    Path(__file__).parents[1],
    data=Given(options={"folders": ["docs/decisions"]}, files=DECISIONS),
    nothing=Given(options={"folders": []}),
)
