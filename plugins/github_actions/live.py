"""The state of a repository's main branch now, for pages that are open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from callboard.plugin import FetchError, LiveCall, build_figures, state_said

from .asking import Api
from .shape import record, slug_of

_RUNS: Final = 30


def latest(call: LiveCall) -> Mapping[str, Any]:
    """``state``, ``number`` and ``started`` of the last run on the main branch; of several workflows one that failed.

    Raises FetchError.
    """
    slug = slug_of(f"{call.parameters['owner']}/{call.parameters['repo']}")
    if not slug:
        raise FetchError("there is no such repository.")
    api = Api(call.http, call.options.api, call.options.token)
    branch = call.options.branch or api.main_branch(slug)
    runs = api.runs(slug, branch=branch, most=_RUNS).value
    if not runs:
        raise FetchError("nothing ran there yet.")
    [found] = build_figures([record(slug, branch, run) for run in runs])
    return {"state": state_said(found["state"]), "number": found["number"], "started": found["started"]}
