"""Which pages may read an answer: ours, and those of origins that are listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from callboard.proxy.refusal import Refusal

_ELSEWHERE = frozenset(("cross-site", "same-site"))
"""What ``Sec-Fetch-Site`` says of pages of other origins (Fetch Metadata, W3C)."""


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins of ``cors.origins``, as browsers write them."""

    listed: frozenset[str]

    def granted(self, headers: Mapping[str, str], host: str) -> str:
        """The origin that is granted the answer; "" for a page of ours or no page at all. Raises Refusal for every other.

        ``host`` is the request's Host header, which was held against our names before.
        """
        origin = headers.get("Origin", "")
        if origin in self.listed:
            return origin
        if origin and (origin == "null" or origin.partition("://")[2].lower() != host.lower()):
            raise Refusal(403, "Pages of this origin may not read live answers.")
        if headers.get("Sec-Fetch-Site", "").strip().lower() in _ELSEWHERE:
            raise Refusal(403, "Pages of other sites may not read live answers.")
        return ""


def grants(origin: str) -> dict[str, str]:
    """The headers of an answer: a listed origin may read it. Caches must keep answers to different origins apart."""
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {"Vary": "Origin"}


def preflight(origin: str, methods: Iterable[str], headers: Iterable[str]) -> dict[str, str]:
    """The headers that answer a browser's question whether it may ask (Fetch standard, CORS-preflight). Never with credentials."""
    return {
        **grants(origin),
        "Access-Control-Allow-Methods": ", ".join(sorted(methods)),
        "Access-Control-Allow-Headers": ", ".join(sorted(headers)),
        "Access-Control-Max-Age": "600",
    }
