"""Formats of an entity's fields, as released Backstage checks them: names, kinds, labels, annotations, tags and links."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any
from urllib.parse import unquote

from .faults import Fault, shown

_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]").fullmatch
_KIND = re.compile(r"[a-zA-Z][a-z0-9A-Z]*").fullmatch
_LABEL = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*").fullmatch
_SUFFIX = re.compile(r"[a-z0-9A-Z]+").fullmatch
_TAG = re.compile(r"[a-z0-9:+#]+(?:-[a-z0-9:+#]+)*").fullmatch
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL).fullmatch
_BLANKS = "".join(map(chr, range(33)))
_SPECIAL = frozenset(("http", "https", "ws", "wss", "ftp"))
_NO_HOST = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f]")
_NUMERIC = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*").fullmatch

_NAME_WORDS = "1 to 63 letters, digits, -, _ and ., with a letter or digit at both ends"
_KEY_WORDS = f"an optional domain and a slash, then {_NAME_WORDS}"


def is_name(text: str) -> bool:
    """``metadata.name``, and the part of label and annotation keys behind the slash."""
    return len(text) <= 63 and _NAME(text) is not None


def is_kind(text: str) -> bool:
    """``kind``."""
    return len(text) <= 63 and _KIND(text) is not None


def is_namespace(text: str) -> bool:
    """``metadata.namespace``: a DNS label."""
    return len(text) <= 63 and _LABEL(text) is not None


def is_api_version(text: str) -> bool:
    """``apiVersion``: an optional domain and a slash, then letters and digits."""
    return _prefixed(text, lambda suffix: len(suffix) <= 63 and _SUFFIX(suffix) is not None)


def is_key(text: str) -> bool:
    """The key of a label or annotation."""
    return _prefixed(text, is_name)


def is_label(text: str) -> bool:
    """The value of a label."""
    return not text or is_name(text)


def is_tag(text: str) -> bool:
    """One of ``metadata.tags``."""
    return len(text) <= 63 and _TAG(text) is not None


def is_url(text: str) -> bool:
    """An absolute URL of any scheme, as a browser's ``new URL`` reads it."""
    match = _SCHEME(text.strip(_BLANKS).replace("\t", "").replace("\n", "").replace("\r", ""))
    if match is None:
        return False
    scheme, rest = match[1].lower(), match[2]
    if scheme in _SPECIAL:
        return _is_authority(re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0])
    if not rest.startswith("//"):
        return True
    authority = re.split(r"[/\\?#]" if scheme == "file" else r"[/?#]", rest[2:], maxsplit=1)[0]
    return not authority or _is_authority(authority, special=False)


def _prefixed(text: str, suffix: Callable[[str], bool]) -> bool:
    parts = text.split("/")
    if len(parts) == 2:
        return _is_domain(parts[0]) and suffix(parts[1])
    return len(parts) == 1 and suffix(text)


def _is_domain(text: str) -> bool:
    return 1 <= len(text) <= 253 and all(map(is_namespace, text.split(".")))


def _is_authority(text: str, *, special: bool = True) -> bool:
    host = text.rpartition("@")[2]
    if host.startswith("["):
        inside, bracket, port = host[1:].partition("]")
        return bool(bracket) and _is_port(port) and _parses(IPv6Address, inside)
    host, colon, port = host.partition(":")
    if not host or not _is_port(colon + port):
        return False
    if not special:
        return not _NO_HOST.search(host.replace("%", ""))
    decoded = unquote(host)
    last = decoded.rstrip(".").rpartition(".")[2]
    if _NO_HOST.search(decoded):
        return False
    return not _NUMERIC(last) or _is_old_ipv4(decoded.rstrip("."))


def _is_port(text: str) -> bool:
    return text in ("", ":") or (
        text[0] == ":" and text[1:].isascii() and text[1:].isdigit() and len(text) < 12 and int(text[1:]) < 65536
    )


def _is_old_ipv4(text: str) -> bool:
    """``127.0.0.1``; browsers also take ``127.1`` and ``0x7f.1``."""
    parts = text.split(".")
    if len(parts) > 4 or not all(_NUMERIC(part) for part in parts):
        return False
    return len(parts) < 4 or any(part[:1] == "0" and len(part) > 1 for part in parts) or _parses(IPv4Address, text)


def _parses(kind: Callable[[str], object], text: str) -> bool:
    try:
        kind(text)
    except AddressValueError:
        return False
    return True


class Formats:
    """Checks the formats of one entity after another; what was once found good is remembered."""

    def __init__(self) -> None:
        self._good: set[str] = set()
        """Keys of labels and annotations."""
        self._heads: set[tuple[str, str]] = set()
        """Pairs of apiVersion and kind."""

    def faults(self, entity: dict[str, Any]) -> list[Fault]:
        """What is wrong, in Backstage's order. The envelope's schema holds already, and the namespace is filled in."""
        found: list[Fault] = []
        metadata = entity["metadata"]
        if (head := (entity["apiVersion"], entity["kind"])) not in self._heads:
            self._head(*head, found)
        if not is_name(metadata["name"]):
            found.append(Fault(("metadata", "name"), f"{shown(metadata['name'])} is no name: wanted {_NAME_WORDS}."))
        if not is_namespace(metadata["namespace"]):
            words = "wanted 1 to 63 small letters, digits and single hyphens between them"
            found.append(Fault(("metadata", "namespace"), f"{shown(metadata['namespace'])} is no namespace: {words}."))
        for group in ("labels", "annotations"):
            if group in metadata:
                self._pairs(group, metadata[group], found)
        if "tags" in metadata:
            found += _tags(metadata["tags"])
        if "links" in metadata:
            found += _links(metadata["links"])
        return found

    def _head(self, version: str, kind: str, found: list[Fault]) -> None:
        if not is_api_version(version):
            what = f"{shown(version)} is no apiVersion: wanted an optional domain and a slash, then letters and digits."
            found.append(Fault(("apiVersion",), what))
        elif not is_kind(kind):
            found.append(Fault(("kind",), f"{shown(kind)} is no kind: wanted 1 to 63 letters and digits, a letter first."))
        else:
            self._heads.add((version, kind))

    def _pairs(self, group: str, pairs: dict[str, str], found: list[Fault]) -> None:
        for key, value in pairs.items():
            if key not in self._good:
                if is_key(key):
                    self._good.add(key)
                else:
                    found.append(Fault(("metadata", group, key), f"{shown(key)} is no key: wanted {_KEY_WORDS}."))
            if group == "labels" and not is_label(value):
                found.append(
                    Fault(("metadata", group, key), f"{shown(value)} is no label value: wanted nothing, or {_NAME_WORDS}.")
                )


def _tags(tags: list[str]) -> Iterator[Fault]:
    for index, tag in enumerate(tags):
        if not is_tag(tag):
            words = "wanted 1 to 63 small letters, digits, :, + and #, with single hyphens between them"
            yield Fault(("metadata", "tags", index), f"{shown(tag)} is no tag: {words}.")


def _links(links: list[dict[str, Any]]) -> Iterator[Fault]:
    for index, link in enumerate(links):
        if not is_url(link["url"]):
            what = f"{shown(link['url'])} is no absolute address. Write for example: https://example.com/."
            yield Fault(("metadata", "links", index, "url"), what)
        for field in ("title", "icon"):
            if field in link and not link[field].strip():
                yield Fault(("metadata", "links", index, field), "may not be blank.")
