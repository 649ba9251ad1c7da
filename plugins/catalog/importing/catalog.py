"""The options of the catalog: locations, rules, providers, integrations, and hosts that may be read from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from callboard.plugin import hosting

from ..options.providers import Providers
from . import locations
from .conversion import Conversion, optional
from .equivalents import State
from .reading import FromFile, Key
from .sound import sound

_DEFAULT_RULES = [{"allow": ["Component", "API", "Location"]}]
_KNOWN = ("locations", "rules", "providers")


def options(made: Conversion, catalog: dict[str, Any], integrations: dict[str, Any], backend: dict[str, Any]) -> dict[str, Any]:
    """Valid options of the catalog; what of them had to be left out is noted."""
    found = {
        "locations": locations.converted(made, catalog.get("locations", [])),
        "rules": _rules(made, catalog),
        "providers": _providers(made, catalog.get("providers", {})),
        "integrations": _integrations(made, integrations),
        "reading": _reading(made, backend),
    }
    _complete(made, found)
    made.rest(("catalog",), catalog, but=_KNOWN)
    return sound(made, {name: value for name, value in found.items() if value or (name == "rules" and "rules" in catalog)})


def _rules(made: Conversion, catalog: dict[str, Any]) -> list[Any]:
    """As they are; without any, what Backstage allows then."""
    if "rules" not in catalog:
        made.comments["plugins", 0, "options", "rules"] = "what Backstage allows where nothing is said"
        return _DEFAULT_RULES if catalog else []
    if not isinstance(catalog["rules"], list):
        made.note(State.TODO, ("catalog", "rules"), "wanted a list of rules.")
        return _DEFAULT_RULES
    made.converted(("catalog", "rules"), "rules of the catalog")
    return [locations.rule(made, rule, ("catalog", "rules", number)) for number, rule in enumerate(catalog["rules"])]


def _providers(made: Conversion, said: Any) -> dict[str, Any]:
    found = {}
    for name, value in said.items() if isinstance(said, dict) else ():
        key: Key = ("catalog", "providers", name)
        if name not in _names(Providers) or name == "backstage":
            made.left_out(key)
        else:
            found[name] = _plain(made, value, key)
            made.converted(key, f"providers.{name} of the catalog")
    return found


def _integrations(made: Conversion, said: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in said.items():
        key: Key = ("integrations", name)
        if name not in _names(hosting.Integrations):
            made.left_out(key)
        elif not isinstance(value, list):
            made.note(State.TODO, key, "wanted a list.")
        else:
            listed = [_integration(made, item, (*key, number), name) for number, item in enumerate(value)]
            if any(listed):
                found[name] = [item for item in listed if item]
                made.numbers["integrations", name] = [number for number, item in enumerate(listed) if item]
                made.converted(key, f"integrations.{name} of the catalog")
    return found


def _integration(made: Conversion, said: Any, key: Key, kind: str) -> dict[str, Any]:
    if not isinstance(said, dict):
        made.note(State.TODO, key, "wanted a mapping.")
        return {}
    found: dict[str, Any] = _plain(made, {name: value for name, value in said.items() if name not in ("token", "apps")}, key)
    found.setdefault("host", f"{kind}.com")
    if "apps" in said:
        made.note(State.TODO, (*key, "apps"), "GitHub Apps are not supported; set a token for this integration instead.")
    if "token" in said:
        found |= _token(made, said["token"], (*key, "token"), str(found["host"]))
    return found


def _token(made: Conversion, said: Any, key: Key, host: str) -> dict[str, str]:
    """A variable, which may be unset as in Backstage; never a token itself."""
    if isinstance(said, FromFile):
        text = made.text(key, said)
        return {"token": text} if text else {}
    if isinstance(said, str) and re.fullmatch(r"(\$\{[^}]*\})+", said) and ":-" not in said:
        return {"token": optional(said)}
    name = _variable(host)
    made.note(State.TODO, key, f"the token itself is not copied; set the variable {name} where the site is built.")
    return {"token": f"${{{name}:-}}"}


def _complete(made: Conversion, options: dict[str, Any]) -> None:
    """Add an integration for each host of a provider that has none: the catalog must know what it is."""
    for provider, kind in (("github", "github"), ("githubOrg", "github"), ("gitlab", "gitlab")):
        for key, host in _hosts(options["providers"].get(provider, {}), ("catalog", "providers", provider)):
            listed = options["integrations"].get(kind, [])
            if host == f"{kind}.com" or any(one["host"] == host for one in listed):
                continue
            token = _variable(host)
            options["integrations"][kind] = [*listed, {"host": host, "token": f"${{{token}:-}}"}]
            what = f"no integration describes {host}; one was added, with a token from the variable {token}."
            made.note(State.TODO, key, what)


def _hosts(said: Any, key: Key) -> Iterator[tuple[Key, str]]:
    """The providers of one sort that name a host, or an address on it."""
    pairs = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    for name, spec in pairs:
        address = spec.get("host", spec.get("githubUrl")) if isinstance(spec, dict) else None
        if isinstance(address, str) and (host := urlsplit(address if "//" in address else f"//{address}").netloc):
            yield (*key, name), host


def _variable(host: str) -> str:
    """The name of a variable for a host's token: ``GITHUB_TOKEN``."""
    return f"{re.sub(r'[^A-Z0-9]+', '_', host.upper().removesuffix('.COM'))}_TOKEN"


def _reading(made: Conversion, backend: dict[str, Any]) -> dict[str, Any]:
    reading = backend.get("reading", {})
    key: Key = ("backend", "reading")
    allowed = reading.get("allow", []) if isinstance(reading, dict) else []
    made.rest(key, reading, but=("allow",))
    if not isinstance(allowed, list) or not allowed:
        return {}
    made.converted((*key, "allow"), "reading.allow of the catalog")
    return {"allow": _plain(made, allowed, (*key, "allow"))}


def _plain(made: Conversion, value: Any, key: Key) -> Any:
    """Plain data, with texts as the site may hold them."""
    if isinstance(value, dict):
        return {name: _plain(made, item, (*key, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(made, item, (*key, number)) for number, item in enumerate(value)]
    return made.text(key, value) if isinstance(value, str) else value


def _names(spec: Any) -> frozenset[str]:
    return frozenset(spec.__required_keys__ | spec.__optional_keys__)
