"""The standard tests of a plugin: over files, and over a service."""

from __future__ import annotations

import json
from pathlib import Path

from callboard.testing import Given, standard_tests

from .conftest import lhr, listed

PLUGIN = Path(__file__).parents[1]
URL = "https://lighthouse.example.com"
AUDIT = {
    "id": "25ca6786-be85-4712-9d35-397383888431",
    "url": "https://shop.example.com/",
    "timeCreated": "2026-01-14T16:17:59.295+00:00",
    "timeCompleted": "2026-01-14T16:18:09.73+00:00",
    "status": "COMPLETED",
}
LISTED = {**AUDIT, "categories": listed(lhr())}
WEBSITES = {"items": [{"url": AUDIT["url"], "audits": [LISTED], "lastAudit": LISTED}], "total": 1, "limit": 25, "offset": 0}
ANSWERS = {
    f"{URL}/v1/websites?limit=25&offset=0": WEBSITES,
    f"{URL}/v1/audits/{AUDIT['id']}": {**AUDIT, "report": lhr()},
}

TestFiles = standard_tests(
    PLUGIN, data=Given({"files": ["lhr-*.json"]}, {"lhr-1.json": json.dumps(lhr())}), nothing=Given({"files": ["lhr-*.json"]})
)
TestService = standard_tests(
    PLUGIN,
    data=Given({"service": URL}, http=ANSWERS),
    nothing=Given({"service": URL}, http={f"{URL}/v1/websites?limit=25&offset=0": {**WEBSITES, "items": [], "total": 0}}),
)
