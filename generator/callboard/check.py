"""Every problem of a site, without fetching or writing anything; and whether its links to other sites lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from callboard.build import Settings, examine, examine_outside
from callboard.data.cache import CacheStore
from callboard.data.http import network, outside
from callboard.model.effects import Effects
from callboard.model.problem import Place, Problem, dotted
from callboard.model.report import BuildReport, OutsideLink
from callboard.model.site import Site

Written = Mapping[tuple[str, Place], None]
"""Addresses with the places that have them."""


def check(target: Path, *, env: str = "") -> BuildReport:
    """A report with every problem that can be found without asking a service: of ``site.yaml``, plugins, data files and pages."""
    return examine(target, env=env)


def check_outside(target: Path, effects: Effects, *, env: str = "", offline: bool = False, pause: float = 1.0) -> BuildReport:
    """The same, and a ``dead-link`` for each link to another site that leads to nothing. ``offline`` asks nobody: the cache alone.

    ``pause`` is how many seconds a host is left alone between two questions.
    """

    def ask(site: Site, cache: CacheStore, written: Written) -> tuple[Sequence[OutsideLink], Sequence[Problem]]:
        places = [*_of_site(site), *written]
        said = site.spec.links
        way = outside.Way(
            effects.http,
            network.resolved(site),
            cache,
            effects.clock().timestamp(),
            offline,
            said.ignore,
            said.allow,
            pause,
        )
        heard = outside.ask(sorted({url for url, _ in places}), way, effects.reporter.rendered)
        found = sorted({(url, place) for url, place in places if url in heard}, key=lambda one: (one[1], one[0]))
        links = tuple(OutsideLink(url, heard[url].state, heard[url].said, place) for url, place in found)
        return links, [_dead(link) for link in links if link.state == "broken"]

    return examine_outside(target, Settings(env=env), effects, ask)


def _of_site(site: Site) -> Iterator[tuple[str, Place]]:
    """The addresses that site.yaml itself says, for every page."""
    for index, link in enumerate(site.spec.nav):
        if link.url.startswith(("http://", "https://")):
            yield link.url, site.marks.at(("nav", index, "url"))
    if site.spec.site.source.startswith(("http://", "https://")):
        yield site.spec.site.source, site.marks.at(("site", "source"))
    for old, new in site.spec.redirects.items():
        if new.startswith(("http://", "https://")):
            yield new, site.marks.at(("redirects", old))


def _dead(link: OutsideLink) -> Problem:
    mend = f"Mend the address, or leave it out of the check: {dotted(('links', 'ignore'))}."
    return Problem("dead-link", f'the link "{link.url}" leads to nothing: {link.said}.', link.place, mend=mend)
