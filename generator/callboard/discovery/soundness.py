"""What a manifest means: options, sources, files and needs that fit together. Its pages and slots are in ``presentation``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from callboard.discovery import options, presentation
from callboard.discovery.findings import Findings, sentence, suggestion
from callboard.folders import PluginFolder
from callboard.model.duration import seconds
from callboard.model.lookup import placeholders
from callboard.model.manifest import Manifest
from callboard.model.source import SourceSpec
from callboard.model.problem import Key

Types = Mapping[str, str]
"""The type of each option, by name; "" where a plugin's own model does not tell."""
_OPTION = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_HOST = re.compile(r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?|\{[A-Za-z][A-Za-z0-9_]*\}")
_ENDPOINT = re.compile(r"/api(/[a-z0-9][a-z0-9-]*)+")
_CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*")


def check(manifest: Manifest, place: PluginFolder, findings: Findings) -> None:
    """Add to ``findings`` all that can be said without running the plugin's code."""
    _options(manifest, place, findings)
    if not isinstance(manifest.options, str):
        sources(manifest, {name: spec.type for name, spec in manifest.options.items()}, findings)
    _durations(manifest, findings)
    for index, host in enumerate(manifest.hosts):
        if not _HOST.fullmatch(host):
            findings.add(
                "wrong-value", ("hosts", index), f'wanted the name of a host, got "{host}".', "Write for example: api.example.com"
            )
    for key, reference in _references_to_code(manifest):
        _code(reference, key, place.folder, findings)
    for prefix in manifest.endpoints:
        if not _ENDPOINT.fullmatch(prefix):
            what = f'live answers stand below a path such as /api/{place.name}, got "{prefix}".'
            findings.add("bad-path", ("endpoints", prefix), what, f"Write for example: /api/{place.name}")
    presentation.check(manifest, place.folder, findings)


def _references_to_code(manifest: Manifest) -> Iterator[tuple[Key, str]]:
    """Every ``module:name`` of a manifest, with its key."""
    yield ("provider",), manifest.provider
    yield ("commands",), manifest.commands
    yield from ((("files", index, "content"), spec.content) for index, spec in enumerate(manifest.files))
    for word, table in (("functions", manifest.functions), ("imports", manifest.imports), ("endpoints", manifest.endpoints)):
        yield from (((word, name), reference) for name, reference in table.items())


def sources(manifest: Manifest, types: Types, findings: Findings) -> None:
    """Add what is wrong with the sources, given the options that they may name."""
    for name, spec in manifest.sources.items():
        key: Key = ("sources", name)
        if not name.isidentifier() or name == "entities":
            mend = '"entities" are those of the catalog.' if name == "entities" else "Use letters, digits and underscores."
            findings.add("wrong-name", key, f'a source cannot be called "{name}".', mend)
        _origin(spec, key, findings)
        _references(spec, key, types, findings)
        presentation.expression(spec.select, (*key, "select"), findings)


def _origin(spec: SourceSpec, key: Key, findings: Findings) -> None:
    if bool(spec.file) == bool(spec.http):
        what = "a source has exactly one of file and http; this one has " + ("both." if spec.file else "neither.")
        findings.add("wrong-source", key, what, "Write for example: file: content/oncall.csv")
        return
    idle = [word for word in ("headers", "secret", "ttl") if spec.file and getattr(spec, word)]
    for word in idle:
        findings.add("wrong-source", (*key, word), f"{word} does nothing for a file.", "Remove it.")


def _references(spec: SourceSpec, key: Key, types: Types, findings: Findings) -> None:
    """The options that a source names must exist, and be of a type that fits."""
    for word, template in (("file", spec.file), ("http", spec.http)):
        _options_in(template, spec, (*key, word), types, findings)
    for header, template in spec.headers.items():
        _options_in(template, spec, (*key, "headers", header), types, findings)
    for word, name, wanted in (("each", spec.each, "list"), ("secret", spec.secret, "secret")):
        if name and _known(name, (*key, word), types, findings) and types[name] not in ("", wanted):
            what = f'wanted an option of type {wanted}, but "{name}" is of type {types[name]}.'
            findings.add("wrong-option", (*key, word), what, f"Write at the option: type: {wanted}")


def _options_in(template: str, spec: SourceSpec, key: Key, types: Types, findings: Findings) -> None:
    for path in placeholders(template):
        name = path.split(".")[0]
        if spec.file and "," in path:
            continue  # {yaml,yml} of a glob
        if name == "item" and "item" not in types:
            if not spec.each:
                findings.add(
                    "wrong-option",
                    key,
                    "{item} needs an option to go through.",
                    "Add to the source: each: …, an option of type list.",
                )
        else:
            _known(name, key, types, findings)


def _known(name: str, key: Key, types: Types, findings: Findings) -> bool:
    if name in types:
        return True
    what = f'there is no option "{name}"{suggestion(name, types)}'
    findings.add("wrong-option", key, what, "Declare it under options, or correct the name.")
    return False


def _options(manifest: Manifest, place: PluginFolder, findings: Findings) -> None:
    if isinstance(manifest.options, str):
        _code(manifest.options, ("options",), place.folder, findings)
        return
    sound = True
    for name, spec in manifest.options.items():
        if not _OPTION.fullmatch(name):
            findings.add(
                "wrong-name", ("options", name), f'an option cannot be called "{name}".', "Use letters, digits and underscores."
            )
            sound = False
        if spec.choices and not (spec.type == "str" or (spec.type == "list" and spec.items in ("any", "str"))):
            what = f"choices are for options of type str or list, not {spec.type}."
            findings.add("wrong-option", ("options", name, "choices"), what, "Remove the choices, or change the type.")
            sound = False
    if sound:
        findings.extend(options.default_problems(manifest.options, findings.marks, findings.plugin).items)


def _durations(manifest: Manifest, findings: Findings) -> None:
    texts: list[tuple[Key, str]] = [(("cache", "ttl"), manifest.cache.ttl), (("cache", "stale"), manifest.cache.stale)]
    texts += [(("sources", name, "ttl"), spec.ttl) for name, spec in manifest.sources.items() if spec.ttl]
    for key, text in texts:
        try:
            seconds(text)
        except ValueError as error:
            what, mend = sentence(error)
            findings.add("wrong-value", key, what, mend.replace("example: ", f"example: {key[-1]}: "))


def _code(reference: str, key: Key, folder: Path, findings: Findings) -> None:
    """``module:Class`` must be of that form, and the module's file be there."""
    word = str(key[-1])
    if not reference:
        return
    if not _CODE.fullmatch(reference):
        named = "Class" if word in ("provider", "options") else "name"
        what = f'wanted module:{named}, got "{reference}".'
        example = f"provider:{word.title()}" if named == "Class" else f"{word.lstrip('/').replace('/', '_')}:make"
        findings.add("wrong-value", key, what, f"Write for example: {word}: {example}")
        return
    module = reference.split(":", maxsplit=1)[0]
    file = folder.joinpath(*module.split("."))
    if not file.with_name(f"{file.name}.py").is_file() and not (file / "__init__.py").is_file():
        findings.add(
            "missing-file",
            key,
            f'there is no file "{module.replace(".", "/")}.py" in the plugin.',
            "Write it, or correct the name.",
        )
