"""What a manifest's ``proxy:`` means: paths, placeholders, targets and values that fit together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from callboard.discovery import presentation
from callboard.discovery.findings import Findings, suggestion
from callboard.model.live import ProxySpec
from callboard.model.lookup import placeholders
from callboard.model.manifest import Manifest
from callboard.model.problem import Key

_PATH: Final = re.compile(r"(?:/(?:[A-Za-z0-9_~@+-][A-Za-z0-9._~@+-]*|\{[A-Za-z][A-Za-z0-9_]*\}))+")
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PARAMETER: Final = re.compile(r"[A-Za-z0-9_.\[\]-]{1,60}")
_VALUE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def check(manifest: Manifest, types: Mapping[str, str], findings: Findings) -> None:
    """Add what is wrong with the live answers, given the options that they may name and their types."""
    first: dict[str, str] = {}
    for path, spec in manifest.proxy.items():
        key: Key = ("proxy", path)
        if not _PATH.fullmatch(path):
            what = f'wanted a path with placeholders as whole parts, got "{path}".'
            findings.add("bad-path", key, what, 'Write for example: "/runs/{org}/{repo}"')
        shape = re.sub(r"\{[^}]*\}", "{}", path)
        other = first.setdefault(shape, path)
        if other != path:
            findings.add("bad-path", key, f'"{path}" and "{other}" are one path.', "Remove one of the two.")
        names = placeholders(path)
        if len(set(names)) < len(names):
            findings.add("bad-path", key, f'"{path}" names one placeholder twice.', "Give each a name of its own.")
        _entry(spec, key, frozenset(names), types, findings)


def _entry(spec: ProxySpec, key: Key, names: frozenset[str], types: Mapping[str, str], findings: Findings) -> None:
    if bool(spec.answer) == bool(spec.target):
        has = "both." if spec.answer else "neither."
        what = f"a live answer has exactly one of answer and target; this one has {has}"
        findings.add("wrong-source", key, what, "Write for example: answer: live:latest")
        return
    idle = [word for word in ("secret", "header", "values") if spec.answer and getattr(spec, word)]
    for word in idle:
        findings.add("wrong-source", (*key, word), f"{word} does nothing for an answer of code.", "Remove it.")
    for number, name in enumerate(spec.query):
        if not _PARAMETER.fullmatch(name):
            findings.add(
                "wrong-name", (*key, "query", number), f'"{name}" is no name of a parameter.', "Write for example: branch"
            )
    if spec.target:
        _target(spec, key, names, types, findings)


def _target(spec: ProxySpec, key: Key, names: frozenset[str], types: Mapping[str, str], findings: Findings) -> None:
    for name in placeholders(spec.target):
        if name not in names and name.split(".")[0] not in types:
            what = f'there is no option and no placeholder "{name}"{suggestion(name, [*names, *types])}'
            findings.add("wrong-option", (*key, "target"), what, "Declare it under options, or correct the name.")
    start = re.match(r"https?://[^/?#{}\s]+(?=[/?#]|\Z)|\{([^{}]*)\}(?=[/?#]|\Z)", spec.target, re.IGNORECASE)
    if start is None or start[1] in names or types.get(start[1] or "", "url") not in ("url", ""):
        what = "its scheme and host must be written out, or come from an option of type url."
        findings.add("bad-url", (*key, "target"), what, 'Write for example: target: "{api}/status"')
    if spec.secret and types.get(spec.secret, "secret") not in ("secret", ""):
        what = f'wanted an option of type secret, but "{spec.secret}" is of type {types[spec.secret]}.'
        findings.add("wrong-option", (*key, "secret"), what, "Write at the option: type: secret")
    elif spec.secret and spec.secret not in types:
        what = f'there is no option "{spec.secret}"{suggestion(spec.secret, types)}'
        findings.add("wrong-option", (*key, "secret"), what, "Declare it under options, or correct the name.")
    if spec.header and (not spec.secret or not _HEADER.fullmatch(spec.header)):
        what = f'"{spec.header}" is no name of a header.' if spec.secret else "header needs a secret that is sent in it."
        findings.add("wrong-value", (*key, "header"), what, "Write for example: header: Circle-Token")
    for name, path in spec.values.items():
        if not _VALUE.fullmatch(name):
            findings.add(
                "wrong-name", (*key, "values", name), f'"{name}" is no name of a value.', "Use letters, digits, _ and -."
            )
        presentation.expression(path, (*key, "values", name), findings)
