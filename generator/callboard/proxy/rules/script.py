"""Entries for hosts that run JavaScript: a table, and ``answer.js``, which answers by it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from callboard.model.passage import PREFIX
from callboard.model.states import all_words
from callboard.proxy.rules.entries import Entries, Left, Live, Passed, Text, Variable

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[-?[0-9]+\])*(?:\.[A-Za-z_][A-Za-z0-9_]*(?:\[-?[0-9]+\])*)*")
_STEP: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|-?[0-9]+")
_MILLISECONDS: Final = 1000


def script(entries: Entries, live: Iterable[Live], passed: Iterable[Passed], left: list[Left], *, cached: str) -> str:
    """The code without its entry point. ``cached`` is a JavaScript function from seconds to options of ``fetch``."""
    limits = entries.table.limits
    table = {
        "base": entries.site.base_path,
        "timeout": limits.timeout * _MILLISECONDS,
        "request": limits.request,
        "answer": limits.answer,
        "live": [_live(one, left) for one in live],
        "passed": [_passed(one, limits.timeout, left) for one in passed],
        "states": all_words(),
    }
    if not table["live"] and not table["passed"]:
        return ""
    left.append(
        Left(
            "every answer", "how many may ask at one time is not limited (limits.concurrent, waiting, connections).", partly=True
        )
    )
    code = Path(__file__).with_name("answer.js").read_text(encoding="utf-8")
    return f"const RULES = {json.dumps(table, indent=1)};\nconst CACHED = {cached};\n{code}"


def pickable(live: Iterable[Live], left: list[Left]) -> list[Live]:
    """Those whose values a few lines of JavaScript can pick; of the others is said why they are left."""
    found = []
    for one in live:
        hard = [name for name, path in one.spec.values.items() if not _PLAIN.fullmatch(path)]
        if hard:
            left.append(Left(one.name, f"only plain paths can be picked, and {', '.join(hard)} is an expression (values)."))
        else:
            found.append(one)
    return found


def _live(one: Live, left: list[Left]) -> dict[str, Any]:
    if one.spec.stale:
        left.append(Left(one.name, "no last good answer stands for a failing service (stale).", partly=True))
    return {
        "path": one.path,
        "methods": one.spec.methods,
        "target": _text(one.target),
        "query": one.spec.query,
        "headers": _texts(one.headers),
        "values": {name: [_step(step) for step in _STEP.findall(path)] for name, path in one.spec.values.items()} or None,
        "ttl": round(one.spec.ttl),
    }


def _passed(one: Passed, timeout: float, left: list[Left]) -> dict[str, Any]:
    passage, spec = one.passage, one.passage.spec
    if not spec.change_origin:
        left.append(Left(one.name, "the service is told its own host, not the reader's (changeOrigin: false).", partly=True))
    default = {f"^{re.escape(PREFIX + passage.route)}/?": "/"}
    return {
        "path": one.prefix,
        "methods": sorted(passage.methods),
        "origin": f"{passage.target.scheme}://{passage.target.netloc}",
        "prefix": passage.target.path if spec.prepend_path or spec.ignore_path else "",
        "whole": spec.ignore_path,
        "rules": list((spec.path_rewrite if spec.path_rewrite is not None else default).items()),
        "sent": sorted(passage.sent - {name.lower() for name in one.headers}),
        "returned": sorted(passage.returned - {"host"}),
        "headers": _texts(one.headers),
        "timeout": min(passage.timeout or timeout, timeout) * _MILLISECONDS,
    }


def _step(step: str) -> str | int:
    return int(step) if step.lstrip("-").isdigit() else step


def _texts(texts: Mapping[str, Text]) -> dict[str, Any]:
    return {name: _text(text) for name, text in texts.items()}


def _text(text: Text) -> list[Any]:
    return [one if isinstance(one, str) else {"variable" if isinstance(one, Variable) else "part": one.name} for one in text]
