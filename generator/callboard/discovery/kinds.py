"""Entity kinds as data: the files that a manifest's ``kinds:`` names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from callboard import paths, schema, yamlfile
from callboard.discovery.findings import Findings
from callboard.discovery.presentation import card
from callboard.folders import PluginFolder
from callboard.model.entity import Kind, RelationField
from callboard.model.manifest import Manifest, Plugin
from callboard.model.problem import Key, Marks, Place, Problem
from callboard.model.shown import KindSpec


def load(place: PluginFolder, manifest: Manifest, findings: Findings) -> tuple[Kind, ...]:
    """The kinds that a plugin declares; what is wrong with them is added to ``findings``."""
    found: list[Kind] = []
    for index, name in enumerate(manifest.kinds):
        found += read(place.folder, name, f"{place.shown}/{name}", ("kinds", index), findings)
    return tuple(found)


def read(folder: Path, name: str, shown: str, key: Key, findings: Findings) -> list[Kind]:
    """The kinds of one file, which ``key`` names."""
    try:
        text = paths.read(folder, folder / name, limit=yamlfile.SITE.size).decode("utf-8-sig")
        value, marks = yamlfile.load(text, shown)
    except FileNotFoundError:
        where = "plugin" if findings.plugin else "site"
        findings.add("missing-file", key, f'there is no file "{name}" in the {where}.', "Write it, or remove the line.")
    except paths.Refused as refused:
        findings.add("refused-file", key, refused.what, refused.mend)
    except UnicodeDecodeError:
        findings.add("bad-yaml", key, f'the file "{name}" is not UTF-8 text.', "Save it as UTF-8.")
    except yamlfile.Malformed as fault:
        findings.extend([unreadable(fault, shown, findings.plugin)])
    else:
        return _kinds(value, marks, findings)
    return []


def unreadable(fault: yamlfile.Malformed, file: str, plugin: str) -> Problem:
    """The problem of a file that is no YAML."""
    return Problem("bad-yaml", fault.what, Place(file, fault.line, fault.column), mend=fault.mend, plugin=plugin)


def clashes(plugins: Iterable[Plugin]) -> tuple[Problem, ...]:
    """A problem for each kind that two plugins declare, naming both."""
    first: dict[str, tuple[str, Kind]] = {}
    problems: list[Problem] = []
    for plugin in {plugin.name: plugin for plugin in plugins}.values():
        for kind in plugin.kinds:
            owner, other = first.setdefault(kind.name.lower(), (plugin.name, kind))
            if other is not kind:
                what = f'the kind "{kind.name}" is already declared by plugin {owner} ({other.place}).'
                problems.append(Problem("kind-twice", what, kind.place, "", "Remove one of the two.", plugin=plugin.name))
    return tuple(problems)


def _kinds(value: Any, marks: Marks, findings: Findings) -> list[Kind]:
    several = isinstance(value, list)
    kinds: list[Kind] = []
    for index, item in enumerate(value if several else [value]):
        key = (index,) if several else ()
        spec, problems = schema.validated(KindSpec, item, marks, at=key)
        findings.extend(problems)
        if spec is not None and not problems:
            check_cards(spec, key, Findings(marks, findings.plugin, findings.items))
            kinds.append(made(spec, marks.at(key)))
    return kinds


def check_cards(spec: KindSpec, key: Key, findings: Findings) -> None:
    """Add what is wrong with the cards of a kind."""
    for index, one in enumerate(spec.cards):
        card(one, (*key, "cards", index), findings)


def made(spec: KindSpec, place: Place) -> Kind:
    """The kind that a file or the site says."""
    relations = tuple(
        RelationField(item.field, item.type, item.reverse, item.kind, item.title, item.reverse_title) for item in spec.relations
    )
    entity: Mapping[str, Any] = spec.entity
    shown = tuple(spec.cards)
    return Kind(spec.name, spec.plural, spec.icon, tuple(spec.api_versions), entity, relations, tuple(spec.columns), shown, place)
