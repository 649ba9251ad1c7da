"""Words for states: what services call them, as one word of ours and as one of six classes that have a glyph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from callboard.model.lookup import words

_CLASSES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "ok",
            "passed",
            "pass",
            "success",
            "successful",
            "succeeded",
            "completed",
            "healthy",
            "up",
            "active",
            "green",
            "fixed",
            "accepted",
        ),
        "ok",
    ),
    **dict.fromkeys(
        (
            "bad",
            "failed",
            "fail",
            "failing",
            "failure",
            "error",
            "errored",
            "broken",
            "down",
            "red",
            "critical",
            "missing",
            "timed out",
            "infrastructure failure",
            "startup failure",
            "terminated",
            "unauthorized",
            "rejected",
        ),
        "bad",
    ),
    **dict.fromkeys(("warn", "warning", "degraded", "unstable", "yellow", "flaky", "deprecated", "needs approval"), "warn"),
    **dict.fromkeys(("stale", "outdated", "expired", "superseded"), "stale"),
    **dict.fromkeys(
        (
            "queued",
            "pending",
            "running",
            "in progress",
            "waiting",
            "scheduled",
            "created",
            "requested",
            "setting up",
            "blocked",
            "proposed",
        ),
        "queued",
    ),
}
_SAID: Final[Mapping[str, str]] = {
    **dict.fromkeys(("success", "successful", "succeeded", "pass"), "passed"),
    **dict.fromkeys(("failure", "fail", "broken"), "failed"),
    **dict.fromkeys(("error",), "errored"),
    **dict.fromkeys(("cancelled", "aborted"), "canceled"),
    **dict.fromkeys(("in progress",), "running"),
    **dict.fromkeys(("pending", "waiting", "requested", "not running", "scheduled"), "queued"),
    **dict.fromkeys(("not run", "not built"), "skipped"),
    **dict.fromkeys(("timedout", "timeout"), "timed out"),
    **dict.fromkeys(("on hold", "action required"), "needs approval"),
    **dict.fromkeys(("setup", "setup pending"), "setting up"),
    "infrastructure fail": "infrastructure failure",
    "terminated unknown": "terminated",
}


def state_word(word: object) -> str:
    """A service's word for a state as one of ours: ok, bad, warn, stale, queued or unknown."""
    return _CLASSES.get(_plain(word)) or _CLASSES.get(state_said(word), "unknown")


def all_words() -> dict[str, str]:
    """Every word that is known, in small letters with spaces, with its class: for other programs than ours."""
    return {word: state_word(word) for word in sorted({*_CLASSES, *_SAID}) if state_word(word) != "unknown"}


def state_said(word: object) -> str:
    """A CI service's word for a state as readers see it: ``infrastructure_fail`` is ``infrastructure failure``, ``cancelled`` is
    ``canceled``. Passed, failed, running, queued, canceled and skipped are the same whoever says them; other words stay.
    """
    plain = _plain(word)
    return _SAID.get(plain, plain)


def _plain(word: object) -> str:
    return " ".join(words(word).lower().replace("_", " ").replace("-", " ").split())
