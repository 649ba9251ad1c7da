"""Audits → sites: what the index, the site pages, cards and metrics show. Everything is ready to print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from callboard.plugin import Record

from . import addresses
from .audits import Audit
from .budgets import breaches, budget_for
from .options import Options
from .scores import CATEGORIES, FORMS, METRICS, ordered, rating, shown

_NAMED: Final = 10
"""Entities that a site's page names."""
_TABLED: Final = 30
"""Audits in the table of a site's page."""
_STATE: Final[Mapping[str, tuple[str, str]]] = {
    "completed": ("ok", "completed"),
    "running": ("running", "running"),
    "stuck": ("warning", "stuck"),
    "failed": ("failed", "failed"),
    "error": ("failed", "page not read"),
    "unknown": ("unknown", "unknown"),
}


def sites(audits: Sequence[Audit], options: Options, named: Mapping[str, Sequence[str]]) -> list[Record]:
    """One record a site, the latest audited first. Addresses with and without a slash at their end are one site. ``named`` are the
    references of the entities that name it.
    """
    paths = addresses.paths(audit.url for audit in audits)
    grouped: dict[str, list[Audit]] = {}
    for audit in audits:
        grouped.setdefault(addresses.same(audit.url), []).append(audit)
    found = [_site(url, paths[url], own, options) | {"refs": list(named.get(url, ()))[:_NAMED]} for url, own in grouped.items()]
    return sorted(found, key=lambda site: (site["last"]["at"], site["url"]), reverse=True)


def audit_pages(audits: Sequence[Audit], sites: Iterable[Record], options: Options) -> list[Record]:
    """One record for each audit that has a page."""
    by_url = {site["url"]: site for site in sites}
    return [_page(audit, by_url[addresses.same(audit.url)], options) for audit in audits if audit.report]


def rows(sites: Sequence[Record]) -> list[Record]:
    """The index: a row for each site and form factor; a site without any score has one row. Cells are in the same order on all rows."""
    found: list[Record] = []
    for site in sites:
        common = {name: site[name] for name in ("id", "label", "url", "last")}
        found += [{**common, **_row(form)} for form in site["forms"]] or [{**common, **_EMPTY}]
    titles = {category["id"]: category["title"] for row in reversed(found) for category in row["categories"]}
    names = [titles[name] for name in ordered(titles)]
    shared = {"columns": names, "short": [_abbreviated(name) for name in names], "summary": _summary(sites, found)}
    for row in found:
        by_id = {category["id"]: category for category in row["categories"]}
        row |= {**shared, "cells": [by_id.get(name) for name in ordered(titles)]}
    return found


def _abbreviated(title: str) -> str:
    """A category where there is no room for its name: ``Perf``, ``Acc``, ``Best``, ``SEO``."""
    word = title.split(maxsplit=1)[0] if title.split() else title
    return word if len(word) <= 4 else word[:4].rstrip("eiou")


def _summary(sites: Sequence[Record], rows: Sequence[Record]) -> Record:
    budgets = [row["budget"] for row in rows if row["budget"]["state"]]
    return {
        "sites": len(sites),
        "budgets": len(budgets),
        "over": sum(1 for budget in budgets if budget["breaches"]),
        "unsettled": sum(1 for site in sites if site["last"]["state"] != "ok"),
    }


def scores(sites: Iterable[Record]) -> list[Record]:
    """The latest score of each site, form factor and category, for the history of builds."""
    return [
        {"key": ", ".join(part for part in (site["label"], form["form"], category["title"]) if part), "score": category["score"]}
        for site in sites
        for form in site["forms"]
        for category in form["categories"]
        if category["score"] is not None
    ]


def _site(url: str, path: str, audits: Sequence[Audit], options: Options) -> Record:
    scored = [audit for audit in audits if audit.scored]
    # Audits whose report is yet to be fetched belong to one of the known form factors: they wait for it.
    forms = sorted({audit.form for audit in scored if audit.form} or {audit.form for audit in scored}, key=list(FORMS).index)
    names = ordered({name for audit in scored for name in audit.scores})
    return {
        "id": path,
        "url": url,
        "label": addresses.label(url),
        "live": next((addresses.token(audit.url) for audit in audits if not audit.file), ""),
        "last": _last(audits[0]),
        "count": len(audits),
        "categories": [{"id": name, "title": _title(name, scored)} for name in names],
        "forms": [_form(url, form, [audit for audit in scored if audit.form == form], options) for form in forms],
        "audits": [_tabled(audit, names, options) for audit in audits[:_TABLED]],
        "more": max(0, len(audits) - _TABLED),
    }


def _form(url: str, form: str, audits: Sequence[Audit], options: Options) -> Record:
    """The trends of one form factor; ``audits`` are newest first, points oldest first."""
    latest, points = audits[0], list(reversed(audits))
    budget = budget_for(options.budgets, url, form)
    over = breaches(budget, latest.scores, latest.metrics)
    kept = [name for name in budget if latest.scores.get(name) is not None or name in latest.metrics]
    return {
        "form": form,
        "title": FORMS[form],
        "anchor": form or "audits-of-unknown-form",
        "at": latest.at,
        "id": latest.id if latest.report else "",
        "categories": [_category(name, points, budget) for name in _names(audits)],
        "marks": [{"at": audit.at, "id": audit.id if audit.report else ""} for audit in points],
        "metrics": [_metric(name, points, budget, form) for name in METRICS if name in latest.metrics],
        "budget": {"state": ("over" if over else "kept") if kept else "", "breaches": over, "size": len(kept)},
    }


def _names(audits: Sequence[Audit]) -> list[str]:
    """The categories that the last audit's version of Lighthouse knows: PWA ended with version 12, and a run may leave some out."""
    version = audits[0].version.partition(".")[0]
    return ordered({name for audit in audits if audit.version.partition(".")[0] == version for name in audit.scores})


def _category(name: str, points: Sequence[Audit], budget: Mapping[str, float]) -> Record:
    values = [audit.scores.get(name) for audit in points]
    before = next((value for value in reversed(values[:-1]) if value is not None), None)
    score = values[-1]
    return {
        "id": name,
        "title": _title(name, list(reversed(points))),
        "score": score,
        "rating": rating(score),
        "delta": score - before if score is not None and before is not None else None,
        "values": values,
        "budget": int(budget[name]) if name in budget else None,
    }


def _metric(name: str, points: Sequence[Audit], budget: Mapping[str, float], form: str) -> Record:
    metric = METRICS[name]
    value, score, words = points[-1].metrics[name]
    return {
        "id": name,
        "title": metric.title,
        "value": value,
        "words": words,
        "rating": rating(score),
        "values": [audit.metrics[name][0] if name in audit.metrics else None for audit in points],
        "budget": shown(budget[name], metric.unit) if name in budget else "",
        "limit": budget.get(name),
        "over": name in budget and value > budget[name],
        **_bounds(name, form),
    }


def _bounds(name: str, form: str) -> Record:
    bounds = METRICS[name].bounds(form)
    unit = METRICS[name].unit
    return {
        "good": bounds[0] if bounds else None,
        "poor": bounds[1] if bounds else None,
        "bounds": f"good up to {shown(bounds[0], unit)}, poor above {shown(bounds[1], unit)}" if bounds else "",
    }


def _title(name: str, audits: Sequence[Audit]) -> str:
    return next((audit.titles[name] for audit in audits if audit.titles.get(name)), CATEGORIES.get(name, name))


def _last(audit: Audit) -> Record:
    state, words = _STATE[audit.state]
    return {"at": audit.at, "state": state, "words": words, "id": audit.id if audit.report else "", "error": audit.error}


def _tabled(audit: Audit, names: Sequence[str], options: Options) -> Record:
    scores = [{"score": audit.scores.get(name), "rating": rating(audit.scores.get(name))} for name in names]
    return {
        **_last(audit),
        "form": FORMS[audit.form] if audit.form else "",
        "scores": scores,
        "full": _full(audit, options),
    }


def _full(audit: Audit, options: Options) -> str:
    """Where the service shows its whole report to readers; "" for one from a file, and for an audit that has none."""
    return (
        f"{options.public or options.service}/v1/audits/{audit.id}"
        if not audit.file and audit.state in ("completed", "error")
        else ""
    )


def _row(form: Record) -> Record:
    categories = [{name: category[name] for name in _SHOWN} for category in form["categories"]]
    return {
        "form": form["form"],
        "title": form["title"],
        "anchor": form["anchor"],
        "categories": categories,
        "budget": form["budget"],
    }


_SHOWN: Final = ("id", "title", "score", "rating", "delta", "values", "budget")
_EMPTY: Final[Record] = {
    "form": "",
    "title": "",
    "anchor": "",
    "categories": [],
    "budget": {"state": "", "breaches": [], "size": 0},
}


def _page(audit: Audit, site: Record, options: Options) -> Record:
    budget = budget_for(options.budgets, site["url"], audit.form)
    metrics = [
        {"id": name, "title": METRICS[name].title, "value": found[0], "rating": rating(found[1]), "words": found[2]}
        | _bounds(name, audit.form)
        for name, found in audit.metrics.items()
    ]
    return {
        "id": audit.id,
        "site": site["id"],
        "label": site["label"],
        "url": audit.url,
        "title": f"{site['label']}, {_day(audit.at)}",
        **{name: _last(audit)[name] for name in ("at", "state", "words", "error")},
        "form": FORMS[audit.form],
        "version": audit.version,
        "scores": [
            {"id": name, "title": _title(name, [audit]), "score": score, "rating": rating(score)}
            for name, score in audit.scores.items()
        ],
        "metrics": metrics,
        "breaches": breaches(budget, audit.scores, audit.metrics),
        "report": audit.report,
        "file": audit.file,
        "full": _full(audit, options),
    }


def _day(at: str) -> str:
    return f"{at[:10]} {at[11:16]}" if at else "time unknown"


def card(ref: str, address: str, sites: Mapping[str, Record], error: str) -> Record:
    """What an entity's page shows of the site that its annotation names; ``site`` is None while there is no audit of it."""
    site = sites.get(addresses.same(address))
    form = max(site["forms"], key=lambda form: str(form["at"]), default=None) if site else None
    href = address if addresses.is_web(address) else ""
    return {
        "ref": ref,
        "url": address,
        "href": href,
        "site": site,
        "form": _row(form) if form else None,
        "error": "" if site else error,
    }


def website(card: Record) -> Record:
    """What other plugins may ask of the site that an entity names, ``url`` as its annotation writes it: the figures of its last audit."""
    site, form = card["site"], card["form"]
    return {
        "ref": card["ref"],
        "url": card["url"],
        "state": site["last"]["words"] if site else "",
        "at": site["last"]["at"] if site else "",
        "form": form["form"] if form else "",
        "scores": {one["id"]: one["score"] for one in form["categories"] if one["score"] is not None} if form else {},
        "budget": form["budget"]["state"] if form else "",
    }
