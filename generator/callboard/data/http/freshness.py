"""What headers say of how long an answer is fresh: a subset of RFC 9111 §4.2 and §5.2, without guesses, and of RFC 5861 §4."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

Headers = Mapping[str, str]
"""By lower-cased name."""

_MOST: Final = 2.0**31
"""Seconds: larger numbers count as this (RFC 9111 §1.2.2)."""
_DIRECTIVE: Final = re.compile(r"""([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?\s*(?:,|$)""")


def directives(headers: Headers) -> Mapping[str, str]:
    """What ``Cache-Control`` says, by lower-cased name; of a directive said twice, the first."""
    found: dict[str, str] = {}
    for match in _DIRECTIVE.finditer(headers.get("cache-control", "")[:2000]):
        found.setdefault(match[1].lower(), match[2] or match[3] or "")
    return found


def storable(headers: Headers) -> bool:
    """Whether an answer may be kept. ``private`` ones may: this cache belongs to one reader, the build."""
    return "no-store" not in directives(headers)


def lifetime(headers: Headers, received: float) -> float | None:
    """Seconds that an answer is fresh, from when its service made it; None if it does not say.

    ``max-age`` before ``Expires``, which is measured by the service's own clock (``received``, seconds since 1970, if it says no
    date). What nobody can read counts as over. ``s-maxage`` is for shared caches, ``must-revalidate`` adds nothing: past its
    lifetime an answer is always asked again.
    """
    said = directives(headers)
    if "no-cache" in said:
        return 0.0
    if "max-age" in said:
        return _seconds(said["max-age"]) or 0.0
    if "expires" in headers:
        expires, made = date(headers["expires"]), date(headers.get("date", ""))
        return 0.0 if expires is None else max(0.0, expires - (received if made is None else made))
    return None


def age(headers: Headers) -> float:
    """Seconds that an answer had been under way, in caches between its service and us, when it came (``Age``)."""
    return _seconds(headers.get("age", "")) or 0.0


def stale_if_error(headers: Headers) -> float | None:
    """Seconds past its lifetime that a service lets its answer stand for a failure; None if it does not say."""
    return _seconds(directives(headers).get("stale-if-error", ""))


def varies(headers: Headers) -> frozenset[str]:
    """The names of the request's headers that the answer depends on, lower-cased; ``*`` for what no cache can know."""
    return frozenset(name.strip().lower() for name in headers.get("vary", "").split(",") if name.strip())


def date(text: str) -> float | None:
    """An HTTP date in seconds since 1970; None if it is none."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _seconds(text: str) -> float | None:
    text = text.strip()
    return min(float(text[:20]), _MOST) if text.isascii() and text.isdigit() else None
