"""What a manifest means: options, sources, files and needs that fit together. Its pages and slots are in ``presentation``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from callboard.discovery import live, options, origins, presentation
from callboard.discovery.findings import Findings
from callboard.folders import PluginFolder
from callboard.model.manifest import Manifest
from callboard.model.problem import Key

_OPTION = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_HOST = re.compile(r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?|\{[A-Za-z][A-Za-z0-9_]*\}")
_ENDPOINT = re.compile(r"/api(/[a-z0-9][a-z0-9-]*)+")
_CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*")


def check(manifest: Manifest, place: PluginFolder, findings: Findings) -> None:
    """Add to ``findings`` all that can be said without running the plugin's code."""
    _options(manifest, place, findings)
    if not isinstance(manifest.options, str):
        types = {name: spec.type for name, spec in manifest.options.items()}
        origins.check(manifest, types, place.folder, findings)
        live.check(manifest, types, findings)
    for key, text in (
        (("cache", "ttl"), manifest.cache.ttl),
        (("cache", "stale"), manifest.cache.stale),
        *origins.durations(manifest),
    ):
        origins.duration(key, text, findings)
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
    _metrics(manifest, findings)
    presentation.check(manifest, place.folder, findings)


def _metrics(manifest: Manifest, findings: Findings) -> None:
    for name, spec in manifest.metrics.items():
        key: Key = ("metrics", name)
        if not _OPTION.fullmatch(name):
            findings.add("wrong-name", key, f'a metric cannot be called "{name}".', "Use letters, digits and underscores.")
        for word, text in (("value", spec.value), ("each", spec.each), ("key", spec.key)):
            presentation.expression(text, (*key, word), findings)
        if spec.each and not spec.key:
            findings.add("missing-key", key, "several series are told apart by a key.", "Add for example: key: name")
        elif spec.key and not spec.each:
            findings.add(
                "wrong-value", (*key, "key"), "a single number needs no key.", "Remove it, or add for example: each: runs"
            )


def _references_to_code(manifest: Manifest) -> Iterator[tuple[Key, str]]:
    """Every ``module:name`` of a manifest, with its key."""
    yield ("provider",), manifest.provider
    yield ("database",), manifest.database
    yield ("commands",), manifest.commands
    yield from ((("files", index, "content"), spec.content) for index, spec in enumerate(manifest.files))
    yield from ((("proxy", path, "answer"), spec.answer) for path, spec in manifest.proxy.items())
    for word, table in (("functions", manifest.functions), ("imports", manifest.imports), ("endpoints", manifest.endpoints)):
        yield from (((word, name), reference) for name, reference in table.items())


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
