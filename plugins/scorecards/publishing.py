"""What the plugin publishes for machines."""

from __future__ import annotations

import json

from callboard.plugin import Portal

_WORDS = {"p": "passed", "f": "failed", "x": "exempt", "u": "unknown", "n": "not applicable"}


def results(portal: Portal) -> str:
    """``results.json``: for each entity and scorecard its level, score and the state of each check."""
    found: dict[str, object] = {}
    for dataset in portal.datasets.values():
        if "definitions" not in dataset or "results" not in dataset or not dataset["definitions"]:
            continue
        known = dataset["definitions"][0]
        for record in dataset["results"]:
            found[record["ref"]] = {one["board"]: _one(one, known[one["board"]]) for one in record["boards"]}
    return json.dumps({"entities": found}, ensure_ascii=False, separators=(",", ":"))


def _one(result: dict[str, object], definition: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    levels = definition["levels"]
    level = levels[int(str(result["level"]))]["id"] if levels else None
    states = zip(definition["checks"], str(result["states"]), strict=True)
    return {"level": level, "score": result["score"], "checks": {check["id"]: _WORDS[state] for check, state in states}}
