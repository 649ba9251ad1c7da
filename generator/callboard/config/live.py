"""The site's ``proxy:`` section: Backstage's older form, variables that a build does without, and what types cannot say of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from callboard.config.nodes import Node
from callboard.model.live import CredentialsSpec, ProxySettings
from callboard.model.passage import faults
from callboard.model.problem import Key, Problem, Severity, dotted
from callboard.model.site import Site

_SECTION: Final = "proxy"
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?")
_ORIGIN: Final = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_DIGEST: Final = re.compile(r"sha256:[0-9a-fA-F]{64}")
_PASSWORD: Final = re.compile(r"pbkdf2_sha256\$[1-9][0-9]{3,7}\$[^$]{4,64}\$[A-Za-z0-9+/]{43}=")


def gathered(node: Node) -> Node:
    """The site's node with routes at the root of ``proxy:`` (``/ci: …``) among its endpoints; they keep their places."""
    section = node.value.get(_SECTION) if isinstance(node.value, dict) else None
    if section is None or not isinstance(section.value, dict):
        return node
    routes = {name: item for name, item in section.value.items() if isinstance(name, str) and name.startswith("/")}
    said = section.value.get("endpoints", Node({}, section.place))
    if not routes or not isinstance(said.value, dict):
        return node
    rest = {name: item for name, item in section.value.items() if name not in routes}
    rest["endpoints"] = replace(said, value={**routes, **said.value})  # said twice: the newer form counts, as in Backstage
    return replace(node, value={**node.value, _SECTION: replace(section, value=rest)})


def lacking(problems: list[Problem]) -> tuple[list[Problem], tuple[Problem, ...]]:
    """The problems without those of variables that only live answers need; and those."""
    only = [one for one in problems if one.code == "unset-variable" and one.path.startswith(f"{_SECTION}.")]
    return [one for one in problems if one not in only], tuple(only)


def unset(site: Site, route: str) -> tuple[Problem, ...]:
    """The variables that an endpoint needs and that are not set here."""
    heads = [dotted(key) for key in ((_SECTION, route), (_SECTION, "endpoints", route))]
    return tuple(one for one in site.lacking if any(one.path == head or one.path.startswith(f"{head}.") for head in heads))


def without(site: Site, route: str) -> frozenset[Key]:
    """The keys below an endpoint whose variables have no value here."""
    heads = [dotted(key) for key in ((_SECTION, route), (_SECTION, "endpoints", route))]
    found: set[Key] = set()
    for one in unset(site, route):
        head = next(head for head in heads if one.path == head or one.path.startswith(f"{head}."))
        words = one.path[len(head) :].lstrip(".")
        found.add(tuple(words.split(".", 1)) if words else ())
    return frozenset(found)


def check(site: Site, known: Iterable[Problem] = ()) -> Iterator[Problem]:
    """What is wrong with the section, by place; a policy of which something is ``known`` to be wrong is not said to be empty."""
    settings = site.spec.proxy
    yield from _endpoints(site, settings)
    yield from _names(site, settings)
    if settings.credentials is not None and not any(one.path.startswith(f"{_SECTION}.credentials") for one in known):
        yield from _policy(site, settings.credentials)
    if settings.revive_consumed_request_bodies:
        key = (_SECTION, "reviveConsumedRequestBodies")
        yield _problem(
            site, key, "reviveConsumedRequestBodies has no effect here.", "Remove it.", "proxy-option", Severity.WARNING
        )


def invalid(site: Site, route: str) -> bool:
    """Whether an endpoint has a grave fault."""
    return any(one.grave for one in faults(route, site.spec.proxy.endpoints[route], unset=without(site, route)))


def _endpoints(site: Site, settings: ProxySettings) -> Iterator[Problem]:
    for route, said in settings.endpoints.items():
        for one in faults(route, said, unset=without(site, route)):
            key = (_SECTION, "endpoints", route, *one.key)
            grave = one.grave and not settings.skip_invalid_proxies
            skipped = " The endpoint is left out (skipInvalidProxies)." if one.grave and not grave else ""
            code = "bad-proxy" if one.grave else "proxy-option"
            yield _problem(site, key, one.what, one.mend + skipped, code, Severity.ERROR if grave else Severity.WARNING)


def _names(site: Site, settings: ProxySettings) -> Iterator[Problem]:
    for number, host in enumerate(settings.hosts):
        if not _HOST.fullmatch(host):
            what = f'wanted the name of a host without scheme and port, got "{host[:60]}".'
            yield _problem(site, (_SECTION, "hosts", number), what, "Write for example: portal.example.com")
    for number, origin in enumerate(settings.cors.origins):
        if not _ORIGIN.fullmatch(origin):
            what = f'wanted an exact origin, without a path, got "{origin[:60]}".'
            yield _problem(site, (_SECTION, "cors", "origins", number), what, "Write for example: https://portal.example.com")
    if settings.url and not _is_address(settings.url):
        what = f'wanted a whole http or https address, got "{settings.url[:60]}".'
        yield _problem(site, (_SECTION, "url"), what, "Write for example: url: https://live.example.com", "bad-url")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(
        parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and not parts.query + parts.fragment
    )


def _policy(site: Site, said: CredentialsSpec) -> Iterator[Problem]:
    at = (_SECTION, "credentials")
    if not (said.bearer or said.basic or said.header):
        yield _problem(site, at, "the policy lets nobody in.", "Add bearer, basic or header, or remove it.")
    silent = {one.path for one in site.lacking}
    texts: list[tuple[Key, str]] = [((*at, "bearer", number), text) for number, text in enumerate(said.bearer)]
    texts += [((*at, "basic", user), text) for user, text in said.basic.items()]
    for key, text in texts:
        looks = text.startswith(("sha256:", "pbkdf2_"))
        if looks and dotted(key) not in silent and not (_DIGEST.fullmatch(text) or _PASSWORD.fullmatch(text)):
            mend = "Write sha256: and 64 hex digits, or pbkdf2_sha256$600000$salt$hash."
            yield _problem(site, key, "it begins like a hash, and is none.", mend)


def _problem(
    site: Site, key: Key, what: str, mend: str, code: str = "wrong-value", severity: Severity = Severity.ERROR
) -> Problem:
    return Problem(code, what, site.marks.at(key), dotted(key), mend, severity)
