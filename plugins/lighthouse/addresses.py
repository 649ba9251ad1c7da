"""Addresses of websites: which of them are the same site, what people call one, and the path of its pages here."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from callboard.plugin import segment

_LENGTH: Final = 60
_LONGEST: Final = 2000
_RESERVED: Final = frozenset({"audits"})
_PLAIN: Final = re.compile(r"https://[a-z0-9.-]+(?:/[a-z0-9._~]+)*/?")
"""What a path of ours says completely."""


def is_web(address: str) -> bool:
    """Whether it is an http or https address with a host."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in address
    except ValueError:
        return False


def same(address: str) -> str:
    """One spelling for all that mean the same site: without a slash at the end, a fragment, a default port; the host in small letters."""
    try:
        parts = urlsplit(address.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return address.strip()
    if not host:
        return address.strip()
    if ":" in host:
        host = f"[{host}]"
    if port and port != {"http": 80, "https": 443}.get(parts.scheme):
        host = f"{host}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}{query}"


def label(address: str) -> str:
    """What people call it: host and path; ``http://`` only where it is not encrypted and not on this machine."""
    return same(address).removeprefix("https://").removeprefix("http://")


def paths(addresses: Iterable[str]) -> dict[str, str]:
    """The path segment of each site: readable, and the same in every build; where that is ambiguous, with a mark of the address."""
    sites = sorted({same(address) for address in addresses})
    found = {site: _slug(site) for site in sites}
    taken: dict[str, int] = {}
    for slug in found.values():
        taken[slug.lower()] = taken.get(slug.lower(), 0) + 1
    return {site: slug if taken[slug.lower()] == 1 else f"{slug}-{_mark(site)}" for site, slug in found.items()}


def token(address: str) -> str:
    """An address as one part of a path, for live answers; ``address_of`` reads it."""
    return urlsafe_b64encode(address.encode()).decode().rstrip("=")


def address_of(token: str) -> str:
    """The address of a token; "" if it is none of a website."""
    try:
        address = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except ValueError:
        return ""
    return address if is_web(address) and len(address) <= _LONGEST else ""


def _slug(site: str) -> str:
    words = segment(re.sub(r"[/?&=:%]+", "-", label(site)))[:_LENGTH].strip("-.") or "site"
    plain = _PLAIN.fullmatch(site) and len(label(site)) <= _LENGTH and words not in _RESERVED
    return words if plain else f"{words}-{_mark(site)}"


def _mark(site: str) -> str:
    return hashlib.sha256(site.encode()).hexdigest()[:6]
