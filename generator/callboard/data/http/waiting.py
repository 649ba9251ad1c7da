"""When a service that refused may be asked again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from callboard.data.http.freshness import date

_RETRIED: Final = frozenset({429, 502, 503, 504})
_LIMITED: Final = frozenset({403, 429})
_EPOCH: Final = re.compile(r"[0-9]{9,11}")


def retried(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a refusal may be over soon."""
    return status in _RETRIED or (status in _LIMITED and "retry-after" in headers)


def reset(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until a service that counts requests takes another; None if that is not why it refused.

    GitHub says 403 or 429, and GitLab 429, with the time of the reset; a 403 without it is about rights.
    """
    prefix = next((p for p in ("x-ratelimit", "ratelimit") if headers.get(f"{p}-remaining", "").strip() == "0"), None)
    found = headers.get(f"{prefix}-reset", "").strip()
    if status not in _LIMITED or "retry-after" in headers or not _EPOCH.fullmatch(found):
        return None
    return max(1.0, float(found) - _clock(headers, now))


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds (RFC 9110 §10.2.3): a number, or a date measured against the service's own clock."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    until = date(text)
    return 0.0 if until is None else max(0.0, until - _clock(headers, now))


def _clock(headers: Mapping[str, str], now: float) -> float:
    """The service's own time, in seconds since 1970; ours if it says none."""
    said = date(headers.get("date", ""))
    return now if said is None else said
