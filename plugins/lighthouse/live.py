"""The live answer of a site: how its newest audit stands now, and its last scores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from callboard.plugin import FetchError, LiveCall

from .addresses import address_of
from .audits import from_list
from .scores import CATEGORIES
from .service import headers_of, is_website


def newest(call: LiveCall) -> Mapping[str, Any]:
    """``state`` and ``at`` of the newest audit, and by category the scores of the newest completed one, 0 to 100 or ``N/A``.

    Which site it is, is said as a token of its address (``addresses.token``). Raises FetchError.
    """
    address = address_of(call.parameters["site"])
    if not address or not call.options.service:
        raise FetchError("There is no such website.")
    url = f"{call.options.service}/v1/websites/{quote(address, safe='')}"
    website = call.http.json(url, headers=headers_of(call.options), name="websites", accept=_website).value
    now = datetime.now(UTC)
    audits = [audit for item in website["audits"] if (audit := from_list(item, now))]
    audits.sort(key=lambda audit: audit.at, reverse=True)
    if not audits:
        raise FetchError("This website has no audit.")
    scores = next((audit.scores for audit in audits if audit.scored), {})
    figures = {name: "N/A" if scores.get(name) is None else str(scores[name]) for name in CATEGORIES}
    return {"state": audits[0].state, "at": audits[0].at, **figures}


def _website(value: Any) -> Any:
    """One website, checked. Raises ValueError: half a sentence."""
    if not is_website(value):
        raise ValueError("it is no website of a lighthouse-audit-service")
    return value
