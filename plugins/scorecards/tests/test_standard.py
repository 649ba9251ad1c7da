"""The standard tests of a plugin, for scorecards."""

from __future__ import annotations

from pathlib import Path

from callboard.testing import Given, standard_tests

CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payers, title: Payers}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop, title: The shop, tags: [python]}
spec: {type: service, lifecycle: production, owner: payers}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: till}
spec: {type: service, lifecycle: production, owner: payers}
"""
CARD = {
    "id": "ready",
    "title": "Readiness",
    "filter": "kind:component",
    "checks": [
        {"id": "tags", "title": "Has tags", "level": "bronze", "pass": "has:tags", "why": "So.", "fix": "Write `tags`."},
        {"id": "title", "title": "Has a title", "level": "gold", "pass": {"metadata.title": {"$exists": True}}},
    ],
}

TestStandard = standard_tests(Path(__file__).parents[1], data=Given(options={"scorecards": [CARD]}), nothing=Given())
