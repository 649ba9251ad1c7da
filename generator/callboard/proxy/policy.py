"""Who may ask: bearer tokens, basic passwords, or a header of a proxy in front that signs readers in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from typing import Final

from callboard.model.live import CredentialsSpec, HeaderPolicy
from callboard.proxy.refusal import Refusal

_REALM: Final = 'realm="live answers", charset="UTF-8"'
_KNOWN: Final = 256
"""How many right passwords are remembered, as digests under a key of this process: deriving one takes some tenths of a second."""


class Policy:
    """A site's ``proxy.credentials``. One that has none of the ways lets nobody in."""

    def __init__(self, said: CredentialsSpec) -> None:
        self._bearer = tuple(_digest(token) for token in said.bearer)
        self._basic = dict(said.basic)
        self._header = said.header
        self._key = secrets.token_bytes(32)
        self._right: dict[bytes, None] = {}
        rounds = max((int(known.split("$")[1]) for known in self._basic.values() if known.startswith("pbkdf2_")), default=0)
        self._nobody = f"pbkdf2_sha256${rounds}${secrets.token_hex(8)}$" + "A" * 43 + "=" if rounds else secrets.token_hex(16)

    @property
    def is_slow(self) -> bool:
        """Whether looking at credentials may take some tenths of a second: then not in the server's loop."""
        return any(known.startswith("pbkdf2_") for known in self._basic.values())

    def admit(self, headers: Mapping[str, str], peer: str) -> str:
        """Who asks, for the log: "" for a bearer. Raises Refusal: 401 without credentials or with wrong ones, 403 for the wrong person."""
        if self._header is not None and (name := _signed_in(self._header, headers, peer)):
            if not _is_listed(self._header, name):
                raise Refusal(403, "These live answers are not for you.")
            return name
        scheme, _, value = headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() == "bearer" and self._bearer and self._is_token(value.strip()):
            return ""
        if scheme.lower() == "basic" and self._basic and (user := self._user(value.strip())):
            return user
        raise Refusal(401, "Credentials are needed.", {"WWW-Authenticate": self._asked()})

    def _asked(self) -> str:
        ways = [f"Basic {_REALM}"] if self._basic else []
        return ", ".join([*ways, 'Bearer realm="live answers"'] if self._bearer or not ways else ways)

    def _is_token(self, token: str) -> bool:
        found = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        # All are compared, in constant time: how long it takes says nothing of which is near.
        return sum(hmac.compare_digest(found, known) for known in self._bearer) > 0

    def _user(self, value: str) -> str:
        try:
            user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return ""
        known = self._basic.get(user, self._nobody)  # a user who is not there takes as long as one who is
        right = self._is_password(known, password)
        return user if colon and right and user in self._basic else ""

    def _is_password(self, known: str, password: str) -> bool:
        if not known.startswith("pbkdf2_sha256$"):
            return hmac.compare_digest(hashlib.sha256(password.encode()).digest(), _digest(known))
        mark = hmac.digest(self._key, f"{known}\0{password}".encode(), "sha256")
        if mark in self._right:
            return True
        _, rounds, salt, wanted = known.split("$")
        found = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), int(rounds))
        right = hmac.compare_digest(found, base64.b64decode(wanted))
        if right and len(self._right) < _KNOWN:
            self._right[mark] = None
        return right


def _digest(known: str) -> bytes:
    return bytes.fromhex(known[7:]) if known.startswith("sha256:") else hashlib.sha256(known.encode()).digest()


def _signed_in(policy: HeaderPolicy, headers: Mapping[str, str], peer: str) -> str:
    """Who the proxy in front says it is; "" from anybody else than that proxy."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    name = headers.get(policy.name, "").strip()
    near = any(address in ipaddress.ip_network(network) for network in policy.peers)
    return name if near and name and "," not in name else ""  # a comma: it was sent twice, so a reader sent one


def _is_listed(policy: HeaderPolicy, name: str) -> bool:
    domain = name.rpartition("@")[2].lower()
    if policy.domains and domain not in {one.lower().lstrip("@") for one in policy.domains}:
        return False
    return not policy.users or name.lower() in {one.lower() for one in policy.users}
