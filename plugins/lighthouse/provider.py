"""Audits of websites from a lighthouse-audit-service, from Lighthouse's JSON files, or from both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from callboard.plugin import Context, Dataset, NotConfigured, Origin, Problem, Provider, Record, Severity, State

from . import sites
from .addresses import same
from .audits import Audit
from .files import Files
from .options import Options
from .service import Service

ANNOTATION = "lighthouse.com/website-url"
"""As in Backstage: the site of an entity."""


class Lighthouse(Provider[Options]):
    """Lists: ``rows`` (the index), ``sites``, ``audits`` (those with a page), ``cards`` and ``websites`` (by entity), ``scores``."""

    def provide(self, options: Options, context: Context) -> Dataset:
        """What the service and the files hold, as sites."""
        if not options.service and not options.files:
            raise NotConfigured("Name the address of an audit service under `service`, or Lighthouse's JSON files under `files`.")
        files = Files(context)
        audits = files.audits(options.files)
        origins, problems, error = list(files.origins), list(files.problems), ""
        service = Service(options, context) if options.service else None
        if service:
            audits = [*audits, *service.with_facts(service.audits())]
            origins, error = [*service.origins, *origins], _error(service.origins)
            problems += _problems(service, context)
        audits = _shown(audits, options, service)
        named = _named(context)
        found_sites = sites.sites(audits, options, _by_site(named))
        cards = _cards(named, found_sites, error)
        return Dataset(
            rows=sites.rows(found_sites),
            sites=found_sites,
            audits=sites.audit_pages(audits, found_sites, options),
            cards=cards,
            websites=[sites.website(card) for card in cards if card["site"]],
            scores=sites.scores(found_sites),
            origins=origins,
            problems=problems,
            files=files.inputs,
        )


def _shown(audits: Sequence[Audit], options: Options, service: Service | None) -> list[Audit]:
    """The newest audits of each site and form factor, newest first; the newest of those with their reports, and so with pages."""
    counts: Counter[tuple[str, str]] = Counter()
    found: list[Audit] = []
    for audit in sorted(audits, key=lambda audit: (audit.at, audit.id), reverse=True):
        of = (same(audit.url), audit.form)
        counts[of] += 1
        if counts[of] <= options.reports and service and not audit.file:
            found.append(replace(audit, report=service.report(audit.id)))
        elif counts[of] <= options.history:
            found.append(audit if counts[of] <= options.reports else replace(audit, report=None))
    return found


def _named(context: Context) -> list[tuple[str, str]]:
    """Reference and address of each entity that names a website."""
    return [(str(entity.ref), address) for entity in context.entities if (address := entity.annotation(ANNOTATION))]


def _by_site(named: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for ref, address in sorted(named):
        found.setdefault(same(address), []).append(ref)
    return found


def _cards(named: Sequence[tuple[str, str]], found: Sequence[Record], error: str) -> list[Record]:
    by_url = {site["url"]: site for site in found}
    return [sites.card(ref, address, by_url, error) for ref, address in named]


def _error(origins: Sequence[Origin]) -> str:
    """Why nothing is known of the service's audits; "" if something is."""
    return next((origin.error for origin in origins if origin.name == "websites" and origin.state is State.FAILED), "")


def _problems(service: Service, context: Context) -> list[Problem]:
    """What of the service is missing, as warnings: the pages show the rest."""
    place = context.place("service")

    def warning(code: str, what: str, mend: str) -> Problem:
        return Problem(f"lighthouse/{code}", what, place, path="options.service", mend=mend, severity=Severity.WARNING)

    found = []
    if service.unread:
        what = f"some reports could not be read: {service.unread}"
        found.append(warning("no-report", what, "Their audits are shown without details; the next build asks again."))
    if service.missed:
        what = f"the service counts {service.missed} more websites than it gave."
        found.append(warning("missed-sites", what, "They were audited while the list was read; the next build has them."))
    if service.waiting:
        context.log(f"{service.waiting} reports are left for the next builds; options: {{fetch: …}} reads more at once")
    return found
