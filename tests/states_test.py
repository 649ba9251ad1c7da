"""Words of CI services for states, as readers see them."""

from __future__ import annotations

import pytest

from callboard.model.states import state_said, state_word

CIRCLECI = {
    "success": ("passed", "ok"),
    "running": ("running", "queued"),
    "not_run": ("skipped", "unknown"),
    "failed": ("failed", "bad"),
    "error": ("errored", "bad"),
    "failing": ("failing", "bad"),
    "on_hold": ("needs approval", "warn"),
    "canceled": ("canceled", "unknown"),
    "unauthorized": ("unauthorized", "bad"),
    "retried": ("retried", "unknown"),
    "queued": ("queued", "queued"),
    "not_running": ("queued", "queued"),
    "infrastructure_fail": ("infrastructure failure", "bad"),
    "timedout": ("timed out", "bad"),
    "terminated-unknown": ("terminated", "bad"),
    "blocked": ("blocked", "queued"),
    "created": ("created", "queued"),
    "errored": ("errored", "bad"),
    "setup-pending": ("setting up", "queued"),
    "setup": ("setting up", "queued"),
    "pending": ("queued", "queued"),
}
GITHUB = {
    "queued": ("queued", "queued"),
    "in_progress": ("running", "queued"),
    "requested": ("queued", "queued"),
    "waiting": ("queued", "queued"),
    "success": ("passed", "ok"),
    "failure": ("failed", "bad"),
    "neutral": ("neutral", "unknown"),
    "cancelled": ("canceled", "unknown"),
    "skipped": ("skipped", "unknown"),
    "timed_out": ("timed out", "bad"),
    "action_required": ("needs approval", "warn"),
    "stale": ("stale", "stale"),
    "startup_failure": ("startup failure", "bad"),
}


@pytest.mark.parametrize(("word", "wanted"), [*CIRCLECI.items(), *GITHUB.items()])
def test_each_state_of_a_ci_service_has_a_word_and_a_glyph(word: str, wanted: tuple[str, str]) -> None:
    """Every state that CircleCI's and GitHub's answers may hold is said in the field's terms, in a class with a glyph."""
    assert (state_said(word), state_word(word)) == wanted
    assert state_word(state_said(word)) == wanted[1]


@pytest.mark.parametrize("word", [None, "", "frobnicated", 7, ["passed"], {"a": 1}])
def test_what_is_no_known_state_is_unknown(word: object) -> None:
    """Whatever data holds in place of a state is shown as unknown; a list of one word is that word."""
    assert state_word(word) == ("ok" if word == ["passed"] else "unknown")
