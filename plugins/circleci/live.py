"""The state of a project's newest pipeline now, for pages that are open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from callboard.plugin import FetchError, LiveCall, mapping, state_said

from .asking import Api
from .shape import count, slug_of, state_of

_REQUESTS: Final = 12


def latest(call: LiveCall) -> Mapping[str, Any]:
    """``state``, ``number`` and ``started`` of the newest pipeline on the main branch. Raises FetchError."""
    slug = slug_of("/".join(call.parameters[name] for name in ("vcs", "org", "repo")))
    if slug is None:
        raise FetchError("there is no such project.")
    api = Api(call.http, call.options.api, call.options.token, _REQUESTS)
    branch = call.options.branch or mapping(mapping(api.project(slug).value).get("vcs_info")).get("default_branch") or ""
    found = api.pipelines(slug, branch=branch if isinstance(branch, str) else "", most=1).items
    if not found:
        raise FetchError("nothing ran there yet.")
    newest = found[0]
    state = state_of(newest, api.workflows(quote(str(newest.get("id") or ""), safe="")), datetime.now(UTC))
    return {"state": state_said(state), "number": count(newest.get("number")), "started": newest.get("created_at")}
