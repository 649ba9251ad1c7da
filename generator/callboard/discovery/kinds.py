"""Entity kinds as data: the files that a manifest's ``kinds:`` names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from callboard import paths, schema, yamlfile
from callboard.discovery.findings import Findings
from callboard.discovery.folders import PluginFolder
from callboard.model.entity import Kind, RelationField
from callboard.model.manifest import KindSpec, Manifest, Plugin
from callboard.model.problem import Marks, Place, Problem


def load(place: PluginFolder, manifest: Manifest, findings: Findings) -> tuple[Kind, ...]:
    """The kinds that a plugin declares; what is wrong with them is added to ``findings``."""
    kinds: list[Kind] = []
    for index, name in enumerate(manifest.kinds):
        try:
            text = paths.read(place.folder, place.folder / name, limit=yamlfile.SITE.size).decode("utf-8-sig")
            value, marks = yamlfile.load(text, f"{place.shown}/{name}")
        except FileNotFoundError:
            findings.add(
                "missing-file", ("kinds", index), f'there is no file "{name}" in the plugin.', "Write it, or remove the line."
            )
        except paths.Refused as refused:
            findings.add("refused-file", ("kinds", index), refused.what, refused.mend)
        except UnicodeDecodeError:
            findings.add("bad-yaml", ("kinds", index), f'the file "{name}" is not UTF-8 text.', "Save it as UTF-8.")
        except yamlfile.Malformed as fault:
            findings.extend([unreadable(fault, f"{place.shown}/{name}", place.name)])
        else:
            kinds += _kinds(value, marks, findings)
    return tuple(kinds)


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
            kinds.append(_kind(spec, marks.at(key)))
    return kinds


def _kind(spec: KindSpec, place: Place) -> Kind:
    relations = tuple(
        RelationField(item.field, item.type, item.reverse, item.kind, item.title, item.reverse_title) for item in spec.relations
    )
    entity: Mapping[str, Any] = spec.entity
    return Kind(spec.name, spec.plural, spec.icon, tuple(spec.api_versions), entity, relations, tuple(spec.columns), place)
