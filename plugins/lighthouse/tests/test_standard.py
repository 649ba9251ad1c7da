"""The standard tests of a plugin."""

from __future__ import annotations

import json
from pathlib import Path

from callboard.testing import Given, standard_tests

from .conftest import lhr

TestStandard = standard_tests(
    Path(__file__).parents[1],
    data=Given({"files": ["lhr-*.json"]}, {"lhr-1.json": json.dumps(lhr())}),
    nothing=Given({"files": ["lhr-*.json"]}),
)
