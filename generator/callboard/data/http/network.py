"""``network:`` of site.yaml: the way that requests take, and what is wrong with it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from callboard.data.http.addresses import Target, is_listed, is_local, listed
from callboard.model import duration
from callboard.model.network import Network
from callboard.model.problem import Problem
from callboard.model.secret import Secret
from callboard.model.site import Site


def resolved(site: Site) -> Network:
    """The way that the site's requests take; what ``problems`` finds wrong with it is left out."""
    said = site.spec.network
    proxy, login = "", None
    if said.proxy and not _proxy_fault(said.proxy):
        parts = urlsplit(said.proxy)
        proxy = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        login = (unquote(parts.username), Secret(unquote(parts.password or ""))) if parts.username is not None else None
    direct = frozenset(_host(host) for host in said.direct if not _host_fault(host))
    return Network(proxy, login, direct, str((site.root / said.ca).resolve()) if said.ca else "")


def total(site: Site) -> float:
    """Seconds that a build may ask; as many as are wanted where ``problems`` finds them wrong."""
    said = site.spec.network.total
    return math.inf if _total_fault(said) else duration.seconds(said)


def problems(site: Site) -> list[Problem]:
    """What is wrong with ``network:``, each with its place."""
    said = site.spec.network
    found: list[Problem] = []

    def refuse(key: tuple[str | int, ...], path: str, what: str, mend: str) -> None:
        found.append(Problem("wrong-value", what, site.marks.at(("network", *key)), f"network.{path}", mend))

    if said.proxy and (fault := _proxy_fault(said.proxy)):
        refuse(("proxy",), "proxy", f"{fault}.", "Write for example: proxy: http://proxy.example.com:3128")
    for number, host in enumerate(said.direct):
        if fault := _host_fault(host):
            refuse(("direct", number), f"direct[{number}]", f"{fault}.", 'Write a host, as in: direct: ["*.example.com"]')
    if said.ca and (fault := _ca_fault(site.root / said.ca)):
        refuse(("ca",), "ca", f'"{said.ca}" {fault}.', "Name a file with certificates in PEM form, relative to site.yaml.")
    if fault := _total_fault(said.total):
        refuse(("total",), "total", fault, "Write for example: total: 10m")
    return found


def towards(network: Network, at: Target) -> Network:
    """The way to one address: without the proxy where its host is asked directly, as this machine always is."""
    if network.proxy and (is_local(at) or is_listed(at, network.direct)):
        return replace(network, proxy="", login=None)
    return network


def _host(text: str) -> str:
    if "/" in text:
        raise ValueError("it has a slash")
    return listed(f"https://{text}")


def _total_fault(text: str) -> str:
    try:
        return "" if duration.seconds(text) > 0 else "wanted more than nothing."
    except ValueError as error:
        return f"{str(error).partition('. ')[0]}."


def _host_fault(text: str) -> str:
    try:
        _host(text)
    except ValueError as error:
        return f'"{text[:100]}" is no host: {error}'
    return ""


def _proxy_fault(text: str) -> str:
    """Half a sentence without what was written: it may hold a password."""
    try:
        parts = urlsplit(text)
        host = listed(f"http://{parts.netloc.rpartition('@')[2]}")
    except ValueError as error:
        return f"the proxy's address cannot be used: {error}"
    if parts.scheme not in ("http", "https"):
        return "the proxy's address does not begin with http:// or https://"
    if host.startswith("*") or parts.path not in ("", "/") or parts.query or parts.fragment:
        return "the proxy's address is more than a host and a port"
    return ""


def _ca_fault(path: Path) -> str:
    import ssl

    if not path.is_file():
        return "does not exist"
    try:
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        found.load_verify_locations(cafile=path)
    except (OSError, ValueError):
        return "holds no certificates that can be read"
    return "" if found.cert_store_stats()["x509_ca"] else "holds no certificate of an authority"
