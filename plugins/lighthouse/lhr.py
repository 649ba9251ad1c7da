"""A Lighthouse result (LHR), version 3 and later, reduced to what pages show: facts for trends, and the report of one audit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from callboard.plugin import Record

from .details import Room, table
from .scores import CATEGORIES, GOOD, METRICS, number, ordered, percent, shown

_CHROME: Final = re.compile(r"Chrome/(\d+(?:\.\d+)*)")
_MOST: Final = 80
"""Audits of one category that are listed."""
_JUDGED: Final = frozenset({"binary", "numeric", "metricSavings", "error"})
_TEXT: Final = 1200
"""Characters of a description."""


def is_result(value: Any) -> bool:
    """Whether it looks like the result of a Lighthouse run."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("lighthouseVersion"), str)
        and all(isinstance(value.get(name), dict) for name in ("audits", "categories"))
    )


def results(value: Any) -> list[Record]:
    """The results in a file's value: an LHR itself; a user flow's steps; what PageSpeed Insights, Lighthouse's Node module or the
    audit service wrap it in. Raises ValueError (a sentence) if there is none.
    """
    if is_result(value):
        return [value]
    if isinstance(value, dict):
        for name in ("lighthouseResult", "lhr", "report"):
            if is_result(value.get(name)):
                return [value[name]]
        steps = value.get("steps")
        if isinstance(steps, list) and steps and all(isinstance(step, dict) and is_result(step.get("lhr")) for step in steps):
            return [step["lhr"] for step in steps]
        if isinstance(value.get("reportCategories"), list):
            raise ValueError("it was made by Lighthouse 2, which is not read; results of Lighthouse 3 and later are.")
    raise ValueError("it is no Lighthouse result: that has lighthouseVersion, audits and categories.")


def facts(lhr: Mapping[str, Any]) -> Record:
    """What trends need: url, time, form factor, scores by category, metrics as ``[value, score, words]``."""
    categories, audits = lhr["categories"], lhr["audits"]
    scores = {name: percent(_of(categories, name).get("score")) for name in ordered(map(str, categories))}
    return {
        "url": address(lhr),
        "at": instant(lhr.get("fetchTime")),
        "form": form_factor(lhr),
        "version": _words(lhr.get("lighthouseVersion"), 40),
        "scores": scores,
        "titles": {name: _words(_of(categories, name).get("title"), 60) or CATEGORIES.get(name, name) for name in scores},
        "metrics": {name: found for name in METRICS if (found := _metric(audits, name)) is not None},
        "error": _fault(lhr),
    }


def report(lhr: Mapping[str, Any]) -> Record:
    """What the page of one audit shows beside its facts: failed audits by category, warnings, and how it was run. Bounded."""
    room = Room()
    return {
        "categories": [_category(lhr, name, room) for name in ordered(map(str, lhr["categories"]))],
        "warnings": [_words(text, _TEXT) for text in _list(lhr.get("runWarnings"))[:10] if isinstance(text, str)],
        "environment": _environment(lhr),
        "redirected": _redirected(lhr),
    }


def address(lhr: Mapping[str, Any]) -> str:
    """The address that was asked for; where a version does not say, the one that was shown."""
    for name in ("requestedUrl", "mainDocumentUrl", "finalDisplayedUrl", "finalUrl"):
        if isinstance(lhr.get(name), str) and lhr[name]:
            return str(lhr[name])
    return ""


def form_factor(lhr: Mapping[str, Any]) -> str:
    """``mobile``, ``desktop``, or "" if nothing tells: ``formFactor`` since version 7, ``emulatedFormFactor`` before."""
    settings = _of(lhr, "configSettings")
    for name in ("formFactor", "emulatedFormFactor"):
        if settings.get(name) in ("mobile", "desktop"):
            return str(settings[name])
    mobile = _of(settings, "screenEmulation").get("mobile")
    if isinstance(mobile, bool):
        return "mobile" if mobile else "desktop"
    agent = _of(lhr, "environment").get("networkUserAgent")
    if isinstance(agent, str) and agent:
        return "mobile" if "Mobile" in agent else "desktop"
    return ""


def instant(value: Any) -> str:
    """An ISO 8601 time, with whichever offset and however many decimals, as UTC in whole seconds; "" for anything else."""
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return ""
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")


def _metric(audits: Mapping[str, Any], name: str) -> list[Any] | None:
    audit = _of(audits, name)
    value = number(audit.get("numericValue", audit.get("rawValue")))
    return None if value is None else [round(value, 4), percent(audit.get("score")), shown(value, METRICS[name].unit)]


def _fault(lhr: Mapping[str, Any]) -> str:
    error = _of(lhr, "runtimeError")
    code = _words(error.get("code"), 60)
    return _words(error.get("message"), 400) or code if code and code != "NO_ERROR" else ""


def _category(lhr: Mapping[str, Any], name: str, room: Room) -> Record:
    category = _of(lhr["categories"], name)
    counts = {"passed": 0, "manual": 0, "notApplicable": 0}
    failed: list[tuple[float, float, str]] = []
    for weight, audit_id in _referred(category, lhr["audits"]):
        audit = _of(lhr["audits"], audit_id)
        mode, score = audit.get("scoreDisplayMode"), number(audit.get("score"))
        if mode in counts:
            counts[str(mode)] += 1
        elif mode in _JUDGED and (mode == "error" or (score is not None and score * 100 < (GOOD if mode != "binary" else 100))):
            failed.append((-weight, score if score is not None else -1.0, audit_id))
        elif mode in _JUDGED:
            counts["passed"] += 1
    failed.sort()
    return {
        "id": name,
        "title": _words(category.get("title"), 60) or CATEGORIES.get(name, name),
        "score": percent(category.get("score")),
        "failed": [_failed(_of(lhr["audits"], audit_id), audit_id, room) for _, _, audit_id in failed[:_MOST]],
        "more": max(0, len(failed) - _MOST),
        "passed": counts["passed"],
        "manual": counts["manual"],
        "inapplicable": counts["notApplicable"],
    }


def _referred(category: Mapping[str, Any], audits: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    """Weight and id of each audit of a category; metrics are shown on their own."""
    for ref in _list(category.get("auditRefs")):
        name = ref.get("id") if isinstance(ref, dict) and ref.get("group") not in ("metrics", "hidden") else None
        if isinstance(name, str) and name not in METRICS and isinstance(audits.get(name), dict):
            yield number(ref.get("weight")) or 0.0, name


def _failed(audit: Mapping[str, Any], name: str, room: Room) -> Record:
    wrong = audit.get("scoreDisplayMode") == "error"
    return {
        "id": name,
        "title": _words(audit.get("title"), 200) or name,
        "description": _words(audit.get("description"), _TEXT),
        "score": percent(audit.get("score")),
        "value": _words(audit.get("displayValue"), 160),
        "error": _words(audit.get("errorMessage"), 400) or "The audit itself failed." if wrong else "",
        "table": table(audit.get("details"), room),
    }


def _environment(lhr: Mapping[str, Any]) -> list[list[str]]:
    settings, environment = _of(lhr, "configSettings"), _of(lhr, "environment")
    host = environment.get("hostUserAgent") or lhr.get("userAgent")
    chrome = _CHROME.search(host) if isinstance(host, str) else None
    index = number(environment.get("benchmarkIndex"))
    screen = _of(settings, "screenEmulation")
    width, height = number(screen.get("width")), number(screen.get("height"))
    found = {
        "Lighthouse": _words(lhr.get("lighthouseVersion"), 40),
        "Chrome": chrome[1] if chrome else "",
        "axe": _words(_of(environment, "credits").get("axe-core"), 40),
        "Mode": "" if lhr.get("gatherMode") in (None, "navigation") else _words(lhr.get("gatherMode"), 40),
        "Screen": f"{width:.0f} by {height:.0f} pixels" if width and height and screen.get("disabled") is not True else "",
        "Throttling": _throttling(settings),
        "Language": _words(settings.get("locale"), 20),
        "CPU and memory power": f"{index:.0f}" if index is not None else "",
        "Took": shown(total, "ms") if (total := number(_of(lhr, "timing").get("total"))) else "",
        "User agent": _words(environment.get("networkUserAgent"), 300),
    }
    return [[name, value] for name, value in found.items() if value]


def _throttling(settings: Mapping[str, Any]) -> str:
    method, throttling = settings.get("throttlingMethod"), _of(settings, "throttling")
    if method not in ("simulate", "devtools", "provided"):
        return ""
    if method == "provided":
        return "none by Lighthouse"
    rtt, speed, cpu = (number(throttling.get(name)) for name in ("rttMs", "throughputKbps", "cpuSlowdownMultiplier"))
    parts = [
        f"{rtt:.0f} ms round trip" if rtt is not None else "",
        f"{speed / 1024:.1f} Mbit/s" if speed else "",
        f"CPU {cpu:g} times slower" if cpu else "",
    ]
    return ", ".join([part for part in parts if part] + [{"simulate": "simulated", "devtools": "applied"}[str(method)]])


def _redirected(lhr: Mapping[str, Any]) -> str:
    """Where the page was in the end, if not where it was asked for; what stands behind a question mark may be nobody's business."""
    asked = address(lhr).partition("?")[0].rstrip("/")
    for name in ("finalDisplayedUrl", "mainDocumentUrl", "finalUrl"):
        final = lhr.get(name)
        if isinstance(final, str) and final:
            place = _words(final.partition("?")[0], 300)
            return place if place.rstrip("/") != asked else ""
    return ""


def _of(value: Any, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _words(value: Any, most: int) -> str:
    """A text of at most so many characters; "" for anything else."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
