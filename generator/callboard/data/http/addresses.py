"""Which addresses may be asked: URLs in one safe form, hosts that were listed, and IP addresses that a name may stand for."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

PORTS: Final = {"http": 80, "https": 443}
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_KEPT = "/?#[]@!$&'()*+,;=:%~"
_NOT_ASKED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network (RFC 791)
        "169.254.0.0/16",
        "192.0.0.0/24",  # protocol assignments, a metadata service (Oracle's) among them
        "100.100.100.200/32",  # metadata, Alibaba
        "168.63.129.16/32",  # metadata, Azure
        "224.0.0.0/4",
        "240.0.0.0/4",  # reserved, and broadcast
        "::/128",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "fd00:ec2::254/128",  # metadata, Amazon
        "fd20:ce::254/128",  # metadata, Google
    )
)
"""Link-local, metadata, multicast and reserved addresses."""
_EMBEDDING = (
    (ipaddress.ip_network("::/96"), 0),  # IPv4-compatible (RFC 4291 §2.5.5.1)
    (ipaddress.ip_network("::ffff:0:0/96"), 0),  # IPv4-mapped
    (ipaddress.ip_network("::ffff:0:0:0/96"), 0),  # IPv4-translated (RFC 2765)
    (ipaddress.ip_network("64:ff9b::/96"), 0),  # NAT64 (RFC 6052)
    (ipaddress.ip_network("64:ff9b:1::/48"), 0),  # NAT64 of a network's own (RFC 8215), in its usual form
    (ipaddress.ip_network("2002::/16"), 80),  # 6to4 (RFC 3056)
)
"""IPv6 networks whose addresses stand for IPv4 ones, and how many bits stand behind those."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be sent: http or https, no credentials, no fragment, ASCII only."""

    scheme: str
    host: str
    """Lower-cased, without brackets."""
    port: int
    url: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What credentials belong to (RFC 6454)."""
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """The host as lists of hosts write it: with its port, if that is not the scheme's own."""
        return authority(self.host, self.port, self.scheme)

    @property
    def href(self) -> str:
        """For readers: without its query."""
        return self.url.partition("?")[0]


def authority(host: str, port: int, scheme: str) -> str:
    """``example.com``, ``example.com:8080``, ``[::1]``."""
    shown = f"[{host}]" if ":" in host else host
    return shown if port == PORTS.get(scheme) else f"{shown}:{port}"


def listed(address: str) -> str:
    """The host of an address as a list of hosts holds it: ``example.com``, ``example.com:8080``, ``*.example.com``.

    ``*.`` stands for one or more names below a domain of at least two names. Raises ValueError: half a sentence.
    """
    scheme, _, rest = address.partition("://")
    wild = rest.startswith("*.")
    found = target(f"{scheme}://{rest.removeprefix('*.')}")
    if wild and ("." not in found.host or found.host.rpartition(".")[2].isdigit()):
        raise ValueError("its wildcard stands for too much")
    return f"*.{found.authority}" if wild else found.authority


def is_listed(at: Target, hosts: frozenset[str]) -> bool:
    """Whether a list of hosts holds that of ``at``, as it is or by a wildcard."""
    if at.authority in hosts:
        return True
    if _literal(at.host):
        return False
    parts = at.authority.split(".")
    return any(f"*.{'.'.join(parts[n:])}" in hosts for n in range(1, len(parts) - 1))


def target(url: str, base: str = "") -> Target:
    """The Target of ``url`` (relative to ``base``, for redirects). Raises ValueError: half a sentence without the URL's query."""
    if _UNSAFE.search(url):
        raise ValueError("its address holds a space, a backslash or a control character")
    try:
        parts = urlsplit(urljoin(base, url))
        port = parts.port
    except ValueError:
        raise ValueError("its address is no URL") from None
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        raise ValueError("its address does not begin with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("its address holds credentials; use an option of type secret instead")
    host = _host(parts.hostname or "")
    port = PORTS[scheme] if port is None else port
    rest = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return Target(scheme, host, port, f"{scheme}://{authority(host, port, scheme)}{rest}")


def _host(name: str) -> str:
    if ":" in name:
        try:
            return str(ipaddress.IPv6Address(name))
        except ValueError:
            raise ValueError("its address has no valid host") from None
    try:
        host = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not _NAME.fullmatch(host):
        raise ValueError("its address has no valid host")
    return host.lower()


def refusal(address: str, host: str) -> str:
    """Why a connection to ``host`` may not go to the IP ``address``; "" if it may.

    A host must have been listed before this is asked. Then private networks are fine, since companies' services live there. But a
    name never leads to this machine (unless it is ``localhost``) or to link-local and metadata addresses: only those addresses
    themselves do, where somebody listed them. So a name server that changes its mind gains nothing.
    """
    if _literal(host):
        return ""
    found = [ipaddress.ip_address(address.partition("%")[0])]
    if isinstance(found[0], ipaddress.IPv6Address):
        found += _embedded(found[0])
    if any(ip.is_loopback for ip in found):
        return "" if is_local_name(host) else "a loopback address"
    if any(ip in network for ip in found for network in _NOT_ASKED):
        return "a link-local, metadata, multicast or unspecified address"
    return ""


def is_local_name(host: str) -> bool:
    """Whether a name stands for this machine (RFC 6761 §6.3)."""
    return host == "localhost" or host.endswith(".localhost")


def is_local(at: Target) -> bool:
    """Whether it is this machine, by its name or its address."""
    return is_local_name(at.host) or (_literal(at.host) and ipaddress.ip_address(at.host).is_loopback)


def _embedded(ip: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The IPv4 addresses that an IPv6 one stands for, in any of the forms in use."""
    number = int(ip)
    found = [(number >> behind) & 0xFFFFFFFF for network, behind in _EMBEDDING if ip in network and number > 1]
    if ip.teredo:  # RFC 4380
        found += map(int, ip.teredo)
    if (number >> 32) & 0xFCFFFFFF == 0x00005EFE:  # ISATAP (RFC 5214 §6.1)
        found.append(number & 0xFFFFFFFF)
    return [ipaddress.IPv4Address(each) for each in found]


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
