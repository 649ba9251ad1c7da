"""Table: all that one server answers, made from a site and its plugins; a changed site makes another."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from callboard import config, discovery
from callboard.config import live as section
from callboard.data.http import network
from callboard.model.live import CredentialsSpec, LiveLimits
from callboard.model.manifest import Plugin
from callboard.model.network import Network
from callboard.model.passage import Passage, passage, spec_of
from callboard.model.problem import Place, Problem, Severity, dotted
from callboard.model.secret import Secret
from callboard.model.site import Site
from callboard.proxy.endpoints import Endpoint, made
from callboard.proxy.origins import Origins
from callboard.proxy.policy import Policy
from callboard.proxy.values import LiveValue

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Table:
    """What is answered, to whom, under which names. ``lacking`` are problems that keep some of it from being ready."""

    base: str = "/"
    """The path that the site lies under."""
    output: Path = Path()
    """The published site."""
    endpoints: tuple[Endpoint, ...] = ()
    passages: tuple[Passage, ...] = ()
    values: tuple[LiveValue, ...] = ()
    names: frozenset[str] = LOCAL
    """Lower-cased host names, without ports, that requests may use."""
    origins: Origins = Origins(frozenset())
    policy: Policy | None = None
    limits: LiveLimits = field(default_factory=LiveLimits)
    network: Network = Network()
    """How services are reached."""
    lacking: tuple[Problem, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where each endpoint was said, by route."""
    files: tuple[Path, ...] = ()
    """What it was made from: it is made anew when one of them changes."""

    def passage(self, path: str, method: str) -> Passage | None:
        """The endpoint for a path (without base path): the first that takes it and the method, as in Backstage."""
        return next((one for one in self.passages if one.takes(path) and method in one.methods), None)

    def methods(self, path: str) -> frozenset[str]:
        """All methods that endpoints take at a path."""
        return frozenset(method for one in self.passages if one.takes(path) for method in one.methods)

    def value(self, path: str) -> tuple[LiveValue, dict[str, str]] | None:
        """The live value for a path below ``/api/live``, and what stands for its placeholders; words go before placeholders."""
        found = [(one, given) for one in self.values if (given := one.match(path)) is not None]
        return min(found, key=lambda pair: (len(pair[1]), -len(pair[0].plugin.path)), default=None)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is answered at all."""
        return not (self.endpoints or self.passages or self.values)


def load(target: Path, *, env: str = "", names: Iterable[str] = ()) -> tuple[Table | None, tuple[Problem, ...]]:
    """The table of a site and all problems of it; None if the site, or its ``proxy:`` section, cannot be used.

    A mount that cannot be used costs its own answers only: its problems are among those given.
    """
    site, problems = config.load(target, env=env)
    if site is None:
        return None, problems
    if any(one.severity is Severity.ERROR and one.path.partition(".")[0] == "proxy" for one in problems):
        return None, problems
    plugins, found = discovery.find(site)
    table = made_of(site, plugins, names)
    amiss = tuple(one for one in found if one.severity is Severity.ERROR)
    return replace(table, lacking=(*table.lacking, *amiss)), (*problems, *found)


def made_of(site: Site, plugins: Sequence[Plugin], names: Iterable[str] = ()) -> Table:
    """The table of a loaded site. Endpoints with grave faults are left out: who starts a server looks at the problems."""
    settings = site.spec.proxy
    address = urlsplit(site.spec.site.url).hostname
    said = {*settings.hosts, *names, *([address] if address else []), *_host(settings.url)}
    return Table(
        base=site.base_path,
        output=site.root / site.spec.build.output,
        endpoints=made(plugins, search=site.spec.search),
        passages=tuple(_passages(site)),
        values=tuple(LiveValue.of(plugin, path) for plugin in plugins for path in plugin.manifest.proxy),
        names=LOCAL | {name.lower().strip("[]") for name in said},
        origins=Origins(frozenset(settings.cors.origins)),
        policy=None if settings.credentials is None else Policy(_usable(site, settings.credentials)),
        limits=settings.limits,
        network=network.resolved(site),
        lacking=site.lacking,
        places={f"/{route.strip('/')}": site.marks.at(("proxy", "endpoints", route)) for route in settings.endpoints},
        files=tuple(sorted(_files(site, plugins))),
    )


def _host(url: str) -> list[str]:
    return [host] if url and (host := urlsplit(url).hostname) else []


def _files(site: Site, plugins: Sequence[Plugin]) -> set[Path]:
    said = {site.root / place.file for _, place in site.marks.items()} | {site.root / site.file}
    return said | {plugin.folder / "plugin.yaml" for plugin in plugins}


def _passages(site: Site) -> Iterator[Passage]:
    for route, said in site.spec.proxy.endpoints.items():
        if not section.invalid(site, route):
            lacks = " ".join(dict.fromkeys(one.what for one in section.unset(site, route)))
            yield replace(passage(route, said, lacks), secrets=tuple(_secrets(site, route)))


def _secrets(site: Site, route: str) -> Iterator[Secret]:
    """What an endpoint sends that readers must not see: what comes from a variable, and what is called authorization."""
    said, at = spec_of(site.spec.proxy.endpoints[route]), ("proxy", "endpoints", route)
    for name, value in said.headers.items():
        if name.lower() == "authorization" or (*at, "headers", name) in site.marks.hidden:
            yield from (Secret(text) for text in {value, value.rpartition(" ")[2]} if text)
    if said.auth:
        yield from (Secret(text) for text in {said.auth, said.auth.partition(":")[2]} if text)


def _usable(site: Site, said: CredentialsSpec) -> CredentialsSpec:
    """The policy without credentials whose variables are not set: ``${TOKEN}`` itself must let nobody in."""
    unset = {one.path for one in site.lacking}
    at = ("proxy", "credentials")
    bearer = [text for number, text in enumerate(said.bearer) if dotted((*at, "bearer", number)) not in unset]
    basic = {user: text for user, text in said.basic.items() if dotted((*at, "basic", user)) not in unset}
    if len(bearer) + len(basic) < len(said.bearer) + len(said.basic) and not (bearer or basic or said.header):
        bearer = [secrets.token_hex(32)]  # nobody knows it: the policy stands, and lets nobody in
    return said.model_copy(update={"bearer": bearer, "basic": basic})
