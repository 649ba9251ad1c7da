"""What a manifest's pages and slots mean: views with what they need, templates that exist, expressions that compile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callboard.discovery.findings import Findings, sentence, suggestion
from callboard.model.lookup import of_plugin, placeholders
from callboard.model.manifest import FeedSpec, FileSpec, Manifest, PageSpec, SearchSpec, searches
from callboard.model.predicate import condition_faults
from callboard.model.problem import Key
from callboard.model.query import Query
from callboard.model.shown import LIVE, LiveSpec, SlotSpec

_SLOT = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_FEED = re.compile(r"[a-z0-9][a-z0-9_-]*\.xml")
_PLAIN = re.compile(r"@|[A-Za-z_][A-Za-z0-9_]*")


def check(manifest: Manifest, folder: Path, findings: Findings) -> None:
    """Add to ``findings`` what is wrong with the pages and slots of a manifest whose plugin lies in ``folder``."""
    for index, page in enumerate(manifest.pages):
        key: Key = ("pages", index)
        _path(page, key, findings)
        _shown(page, key, folder, findings)
        _answered(page, key, manifest, findings)
        _data(page.data, (*key, "data"), manifest, findings)
        _data(page.each, (*key, "each"), manifest, findings)
        condition(page.when, (*key, "when"), findings)
        for number, name in enumerate(page.slots):
            _slot_name(name, (*key, "slots", number), findings)
    for index, file in enumerate(manifest.files):
        _file(file, ("files", index), findings)
    for name, feed in manifest.feeds.items():
        _feed(name, feed, manifest, findings)
    for key, search in searches(manifest):
        _search(key, search, manifest, findings)
    for name, specs in manifest.slots.items():
        several = isinstance(specs, list)
        _slot_name(name, ("slots", name), findings)
        for index, spec in enumerate(specs if isinstance(specs, list) else [specs]):
            _slot(name, spec, ("slots", name, index) if several else ("slots", name), manifest, folder, findings)


def expression(text: str, key: Key, findings: Findings) -> None:
    """Add a problem if ``text`` is no JMESPath expression. A bare name needs no parser."""
    if not text or _PLAIN.fullmatch(text):
        return
    try:
        Query(text)
    except ValueError as error:
        findings.add("bad-expression", key, str(error), "Write for example: items[?active].name")


def _file(spec: FileSpec, key: Key, findings: Findings) -> None:
    if not spec.path.startswith("/"):
        findings.add("bad-path", (*key, "path"), f'a path begins with "/", got "{spec.path}".', f"Write: path: /{spec.path}")
    if placeholders(spec.path) and not spec.each:
        what = f'the path "{spec.path}" has a placeholder, but the file is made only once.'
        findings.add("bad-path", (*key, "path"), what, "Add: each: entities")
    condition(spec.when, (*key, "when"), findings)


def _feed(name: str, spec: FeedSpec, manifest: Manifest, findings: Findings) -> None:
    key: Key = ("feeds", name)
    if not _FEED.fullmatch(name):
        what = f'a feed is a file such as changes.xml, got "{name}".'
        findings.add("bad-path", key, what, "Use lower-case letters, digits, hyphens, and .xml at the end.")
    _data(spec.each, (*key, "each"), manifest, findings)
    condition(spec.when, (*key, "when"), findings)
    href = "" if spec.href.startswith("/") else spec.href
    for word, text in (("title", spec.title), ("id", spec.id), ("updated", spec.updated), ("text", spec.text), ("href", href)):
        expression(text, (*key, word), findings)


def _search(key: Key, spec: SearchSpec, manifest: Manifest, findings: Findings) -> None:
    _data(spec.each, (*key, "each"), manifest, findings)
    condition(spec.when, (*key, "when"), findings)
    if spec.href and not spec.href.startswith("/"):
        findings.add("bad-path", (*key, "href"), f'a path begins with "/", got "{spec.href}".', f"Write: href: /{spec.href}")
    alone = ("title", "text", "entity", "below", "kind", "owner")
    for word in alone:
        expression(getattr(spec, word), (*key, word), findings)
    for word in ("keywords", "above"):
        said = getattr(spec, word)
        for number, text in enumerate([said] if isinstance(said, str) else said):
            expression(text, (*key, word) if isinstance(said, str) else (*key, word, number), findings)
    for word, text in spec.filters.items():
        expression(text, (*key, "filters", word), findings)


def _path(page: PageSpec, key: Key, findings: Findings) -> None:
    if not page.path.startswith("/"):
        findings.add("bad-path", (*key, "path"), f'a path begins with "/", got "{page.path}".', f"Write: path: /{page.path}")
    if placeholders(page.path) and not page.each and not page.group:
        what = f'the path "{page.path}" has a placeholder, but the page is made only once.'
        findings.add("bad-path", (*key, "path"), what, "Add for example: each: runs")
    if page.tree and not page.each:
        what = "a tree is of pages that are made one a record, but this page is made only once."
        findings.add("wrong-view", (*key, "tree"), what, "Add for example: each: pages")


def _shown(spec: PageSpec | SlotSpec, key: Key, folder: Path, findings: Findings) -> None:
    """Exactly one of view and template, and what the one needs."""
    if bool(spec.view) == bool(spec.template):
        what = "exactly one of view and template is wanted; this has " + ("both." if spec.view else "neither.")
        findings.add("wrong-view", key, what, "Write for example: view: table")
        return
    if spec.template:
        _template(spec.template, (*key, "template"), folder, findings)
    if spec.view in ("cards", "list") and spec.item is None:
        findings.add("wrong-view", key, f"the view {spec.view} wants an item.", 'Add for example: item: {title: "{name}"}')
    if spec.view == "chart" and spec.chart is None:
        findings.add("wrong-view", key, "the view chart wants a chart.", "Add for example: chart: {label: name, value: count}")
    if spec.live is not None:
        _live(spec, spec.live, (*key, "live"), findings)


def _live(spec: PageSpec | SlotSpec, live: LiveSpec, key: Key, findings: Findings) -> None:
    """Live values stand in views that show fields, and only where a plain value does."""
    if spec.view not in ("table", "detail", "cards", "list"):
        what = f"the view {spec.view or 'of a template'} shows no live values by itself."
        findings.add("wrong-view", key, what, "Use table, detail, cards or list, or ask for them with live() in a template.")
        return
    columns = {column.field: column.type for column in (spec.item.meta if spec.item else spec.columns)}
    fields = (*columns, *(("state", "text") if spec.item else ()))
    for name in live.values if fields else ():
        if name not in fields:
            what = f'nothing shows a field "{name}"{suggestion(name, fields)}'
            findings.add("wrong-view", (*key, "values", name), what, f"Those shown are {', '.join(fields)}.")
        elif columns.get(name, "text") not in LIVE:
            what = f'the field "{name}" is shown as {columns[name]}, which no live value can replace.'
            findings.add("wrong-view", (*key, "values", name), what, f"Live are fields of the types {', '.join(LIVE)}.")


def _answered(spec: PageSpec | SlotSpec, key: Key, manifest: Manifest, findings: Findings) -> None:
    """The path of live values is one that the manifest's ``proxy`` answers; a placeholder there stands for one part, here for any."""
    if spec.live is None:
        return
    asked = spec.live.path.partition("?")[0].strip("/").split("/")
    for path in manifest.proxy:
        parts = path.strip("/").split("/")
        if len(parts) == len(asked) and all("{" in part + one or part == one for part, one in zip(parts, asked, strict=True)):
            return
        if any("{" in one for one in asked) and len(parts) > len(asked):
            return  # one value may be several parts: "acme/shop"
    what = f'nothing under proxy answers "{spec.live.path}"{suggestion(spec.live.path, manifest.proxy)}'
    findings.add("bad-path", (*key, "live", "path"), what, "Declare it under proxy, or correct the path.")


def _template(name: str, key: Key, folder: Path, findings: Findings) -> None:
    base = folder / "templates"
    file = base / name
    if file.is_file() and file.resolve().is_relative_to(folder.resolve()):
        return
    known = [path.relative_to(base).as_posix() for path in base.rglob("*") if path.is_file()]
    what = f'there is no template "{name}" in templates/{suggestion(name, known)}'
    findings.add("missing-template", key, what, "Write it, correct the name, or use a view.")


def _data(data: str | Mapping[str, str], key: Key, manifest: Manifest, findings: Findings) -> None:
    if isinstance(data, str):
        _list(data, key, manifest, findings)
        return
    for name, text in data.items():
        _list(text, (*key, name), manifest, findings)
        if not name.isidentifier():
            findings.add(
                "wrong-name", (*key, name), f'templates cannot use the name "{name}".', "Use letters, digits and underscores."
            )


def _list(text: str, key: Key, manifest: Manifest, findings: Findings) -> None:
    """An expression over the dataset. Without a provider its lists are the sources, so that a bare name can be looked up."""
    expression(of_plugin(text)[1], key, findings)
    lists = (*manifest.sources, "entities")
    if text.isidentifier() and not manifest.provider and text not in lists:
        findings.add("unknown-list", key, f'there is no source "{text}"{suggestion(text, lists)}', "Declare it under sources.")


def card(spec: SlotSpec, key: Key, findings: Findings) -> None:
    """Add what is wrong with a card that stands in no plugin's ``slots``: one of a kind, or the site's own. It has a view."""
    if not spec.view or spec.template:
        findings.add("wrong-view", key, "a card here wants a view.", "Write for example: view: detail")
    elif spec.data or spec.live:
        word = "data" if spec.data else "live"
        findings.add("wrong-view", (*key, word), "a card here shows its page's own record.", f"Remove {word}, or write a plugin.")
    else:
        _shown(spec, key, Path(), findings)
    condition(spec.when, (*key, "when"), findings)


def condition(when: Mapping[str, Any] | str, key: Key, findings: Findings) -> None:
    """Add what is wrong with a ``when``."""
    for fault in condition_faults(when):
        what, mend = sentence(ValueError(fault))
        findings.add(
            "wrong-predicate", key, what, mend or "Write for example: {metadata.annotations.ci/project: {$exists: true}}"
        )


def _slot_name(name: str, key: Key, findings: Findings) -> None:
    if not _SLOT.fullmatch(name):
        findings.add(
            "wrong-name", key, f'a slot is called like "entity.cards", got "{name}".', "Write two words with a dot between them."
        )


def _slot(name: str, spec: SlotSpec, key: Key, manifest: Manifest, folder: Path, findings: Findings) -> None:
    _shown(spec, key, folder, findings)
    _answered(spec, key, manifest, findings)
    _data(spec.data, (*key, "data"), manifest, findings)
    condition(spec.when, (*key, "when"), findings)
    if name.endswith(".tabs") and not spec.path.strip("/"):
        findings.add("bad-path", key, "a tab is a page of its own and wants a path.", "Add for example: path: builds")
