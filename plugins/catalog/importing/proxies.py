"""Backstage's ``proxy`` section → the site's: unchanged, but for secrets that stand in the file themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .conversion import Conversion
from .equivalents import State
from .reading import Key

_PLAIN: Final = ("skipInvalidProxies", "reviveConsumedRequestBodies")
_TEXTS: Final = ("target", "credentials", "auth")
_KEPT: Final = frozenset(
    (
        *_TEXTS,
        "headers",
        "changeOrigin",
        "pathRewrite",
        "allowedMethods",
        "allowedHeaders",
        "timeout",
        "proxyTimeout",
        "prependPath",
        "ignorePath",
        "secure",
        "ws",
        "xfwd",
        "followRedirects",
        "autoRewrite",
        "protocolRewrite",
        "hostRewrite",
        "cookieDomainRewrite",
        "cookiePathRewrite",
        "preserveHeaderKeyCase",
        "localAddress",
        "logLevel",
        "pathFilter",
        "router",
        "buffer",
    )
)
"""What the site's endpoints take; some of it has no effect there, which ``callboard check`` says."""
_SECRET: Final = re.compile(r"auth|token|key|secret|password|cookie|session", re.IGNORECASE)


def section(made: Conversion, said: Any) -> dict[str, Any]:
    """The site's section. A secret that is no variable becomes one, with a note: no secret is copied."""
    if not isinstance(said, Mapping):
        made.note(State.TODO, ("proxy",), "wanted a mapping.")
        return {}
    found: dict[str, Any] = {name: said[name] for name in _PLAIN if isinstance(said.get(name), bool)}
    found |= _routes(made, ("proxy",), {name: said[name] for name in said if str(name).startswith("/")})
    endpoints = said.get("endpoints")
    if isinstance(endpoints, Mapping):
        found["endpoints"] = _routes(made, ("proxy", "endpoints"), endpoints)
    for name in said:
        if name not in (*_PLAIN, "endpoints") and not str(name).startswith("/"):
            made.note(State.NONE, ("proxy", name), "Callboard does not know this key.")
    for name in found.keys() & set(_PLAIN):
        made.converted(("proxy", name), f"proxy.{name}")
    return {name: value for name, value in found.items() if value != {}}


def _routes(made: Conversion, at: Key, said: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for route, value in said.items():
        key: Key = (*at, route)
        endpoint = dict(_endpoint(made, key, str(route), value)) if isinstance(value, Mapping) else made.text(key, value)
        if endpoint:
            found[str(route)] = endpoint
            made.converted(key, ".".join(str(part) for part in key))
    return found


def _endpoint(made: Conversion, key: Key, route: str, said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in said.items():
        place: Key = (*key, name)
        if name not in _KEPT:
            made.note(State.NONE, place, "Callboard does not know this key.")
        elif name == "headers" and isinstance(value, Mapping):
            yield name, {header: _text(made, (*place, header), route, str(header), text) for header, text in value.items()}
        elif name in _TEXTS:
            yield name, _text(made, place, route, str(name), value)
        else:
            yield name, value


def _text(made: Conversion, key: Key, route: str, name: str, value: Any) -> str:
    text = made.text(key, value if isinstance(value, str) else str(value))
    if not text or "${" in text.replace("$${", "") or name == "target" or not _SECRET.search(name):
        return text
    variable = re.sub(r"[^A-Z0-9]+", "_", f"{route}_{name}".upper()).strip("_")
    made.note(State.TODO, key, f"a secret stands in the file: set the variable {variable} to it where callboard proxy runs.")
    return f"${{{variable}}}"
