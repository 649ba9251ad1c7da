"""Fills options into the addresses, headers and patterns of sources; what is filled in can never change an address's host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from callboard.data.http.addresses import listed
from callboard.data.redact import IN_PATH
from callboard.model.lookup import MISSING, fill, is_name, lookup, placeholders
from callboard.model.manifest import OptionSpec, Plugin
from callboard.model.secret import Secret
from callboard.model.source import SourceSpec

_FIXED_HOST: Final = re.compile(r"https?://[^/?#{}\s]+(?=[/?#]|\Z)", re.IGNORECASE)
_OPTION_HOST: Final = re.compile(r"\{([^{}]*)\}(?=[/?#]|\Z)")
_ENCODED: Final = re.compile(r"(%[0-9A-Fa-f]{2})")
_WHOLE: Final = re.compile(r"\{([^{}]*)\}")
_ADDRESS: Final = re.compile(r"https?://[^\s]+", re.IGNORECASE)


class Missing(Exception):
    """An option is named that has no value; ``option`` is its name."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option


def pattern(template: str, scope: Mapping[str, Any]) -> str:
    """A file pattern with options filled in; the ``{a,b}`` of globs stays. Raises Missing."""
    alternatives = {text: "{" + text + "}" for text in placeholders(template) if "," in text}
    return _filled(template, {**scope, **alternatives})


def url(template: str, scope: Mapping[str, Any], urls: Mapping[str, str]) -> str:
    """An address with options filled in, percent-encoded; secrets too.

    Its scheme and host must be written out, or come from one of ``urls`` (options of type url, by name). A ``/`` in a value stays a
    ``/`` in the path (``owner/name``), as does what is percent-encoded already; in the query it is encoded. Raises Missing, or
    ValueError with a sentence.
    """
    head, rest = _split(template, scope, urls)
    path, mark, query = rest.partition("?")
    said = _said(scope)
    path = _filled(path, said, quoted=_in_path)
    if any(unquote(part) in (".", "..") for part in path.split("/")):
        raise ValueError('what is filled into its path may not be "." or "..".')
    return head + path + mark + _filled(query, said, quoted=lambda text: quote(text, safe=""))


def _split(template: str, scope: Mapping[str, Any], urls: Mapping[str, str]) -> tuple[str, str]:
    if fixed := _FIXED_HOST.match(template):
        return fixed[0], template[fixed.end() :]
    option = _OPTION_HOST.match(template)
    if option is None or option[1] not in urls:
        if option and option[1] in scope and scope[option[1]] is None:
            raise Missing(option[1])
        raise ValueError("its scheme and host must be written out, or come from an option of type url.")
    base, rest = urls[option[1]], template[option.end() :]
    if rest and ("?" in base or "#" in base):
        raise ValueError(f'the option "{option[1]}" has a query, so that nothing can be added to it.')
    return (base.rstrip("/") if rest.startswith("/") else base), rest


def _in_path(text: str) -> str:
    parts = _ENCODED.split(text)
    return "".join(part if _ENCODED.fullmatch(part) else quote(part, safe=IN_PATH) for part in parts)


def values(value: Any, scope: Mapping[str, Any]) -> Any:
    """Plain data with options filled into its texts, secrets too. A text that is one option as a whole becomes what that option is.

    In a mapping or a list, what needs an option without a value is left out. Braces around anything but the name of an option stay:
    ``{ viewer { login } }``. Raises Missing for a text alone.
    """
    if isinstance(value, str):
        return _value(value, scope)
    if isinstance(value, Mapping):
        return {name: found for name, item in value.items() if (found := _or_nothing(item, scope)) is not MISSING}
    if isinstance(value, list):
        return [found for item in value if (found := _or_nothing(item, scope)) is not MISSING]
    return value


def _or_nothing(value: Any, scope: Mapping[str, Any]) -> Any:
    try:
        return values(value, scope)
    except Missing:
        return MISSING


def _value(template: str, scope: Mapping[str, Any]) -> Any:
    whole = _WHOLE.fullmatch(template)
    if whole is None or not is_name(whole[1]):
        kept = {text: f"{{{text}}}" for text in placeholders(template) if not is_name(text)}
        return _filled(template, {**_said(scope), **kept})
    found = lookup(scope, whole[1], MISSING)
    if found is MISSING or found is None:
        raise Missing(whole[1])
    return _plain(found)


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def _said(scope: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in scope.items()}


def headers(spec: SourceSpec, options: Mapping[str, Any]) -> dict[str, str | Secret]:
    """The request's headers. Those that need an option without a value are left out; what holds a secret is a Secret."""
    templates = dict(spec.headers)
    if spec.secret:
        templates.setdefault("authorization", "Bearer {" + spec.secret + "}")
    made: dict[str, str | Secret] = {}
    said = _said(options)
    for name, template in templates.items():
        try:
            text = _filled(template, said)
        except Missing:
            continue
        secret = any(isinstance(options.get(option), Secret) for option in placeholders(template))
        made[name] = Secret(text) if secret else text
    return made


def secrets(options: Mapping[str, Any]) -> tuple[Secret, ...]:
    """The secrets among a mount's options, however deep."""
    return tuple(value for value in _leaves(options) if isinstance(value, Secret))


def addresses(plugin: Plugin) -> dict[str, str]:
    """The options of a mount that are addresses: those of type url, or any that a pydantic model holds, by name."""
    declared = plugin.manifest.options
    if isinstance(declared, str):
        return {name: str(value) for name, value in plugin.options.items() if _ADDRESS.fullmatch(str(value))}
    return {name: str(plugin.options[name]) for name, spec in declared.items() if spec.type == "url" and plugin.options.get(name)}


def hosts(plugin: Plugin) -> frozenset[str]:
    """The hosts that a mount may ask, as ``host`` or ``host:port``: of its sources, of the addresses in its options, and listed."""
    declared = plugin.manifest.options
    said: list[str] = [fixed[0] for spec in plugin.manifest.sources.values() if (fixed := _FIXED_HOST.match(spec.address))]
    if isinstance(declared, str):
        said += _addresses_in(dict(plugin.options))
    else:
        for name, spec in declared.items():
            said += _addresses_in(plugin.options.get(name)) if _holds_addresses(spec) else ()
    found = {host.lower() for host in plugin.manifest.hosts}
    for address in said:
        try:
            found.add(listed(address))
        except ValueError:
            continue  # not an address; where it is asked, that is said
    return frozenset(found)


def _holds_addresses(spec: OptionSpec) -> bool:
    if spec.type in ("list", "map"):
        return spec.items in ("url", "any", "map", "list")
    return spec.type in ("url", "any")


def _addresses_in(value: Any) -> Iterator[str]:
    """Every text inside ``value`` that is an address as a whole."""
    for item in _leaves(value):
        if not isinstance(item, Secret) and _ADDRESS.fullmatch(str(item)):
            yield str(item)


def _leaves(value: Any) -> Iterator[Any]:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, Mapping):
            pending += item.values()
        elif isinstance(item, (list, tuple)):
            pending += item
        else:
            yield item


def _filled(template: str, scope: Mapping[str, Any], quoted: Any = str) -> str:
    try:
        return fill(template, scope, quoted)
    except KeyError as missing:
        raise Missing(str(missing.args[0])) from None
