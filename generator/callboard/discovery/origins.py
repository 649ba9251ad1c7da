"""What a manifest says of its sources: one kind each, only keys that the kind knows, options that there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from callboard.discovery import presentation
from callboard.discovery.findings import Findings, sentence, suggestion
from callboard.model.duration import seconds
from callboard.model.lookup import is_name, placeholders
from callboard.model.manifest import Manifest
from callboard.model.problem import Key
from callboard.model.source import BELONGS, KINDS, SourceSpec, listed, named, query_file, variables

Types = Mapping[str, str]
"""The type of each option, by name; "" where a plugin's own model does not tell."""
_DURATIONS: Final = ("ttl", "stale", "timeout", "range", "step")
_MORE_THAN_NOTHING: Final = ("timeout", "range", "step")
_BRACED: Final = ("command", "query", "body", "variables", "parameters", "env")
"""Keys whose texts may hold braces that are none of ours: of JSON, GraphQL, jq."""
_MOST_POINTS: Final = 11_000
_EXAMPLES: Final = {
    "graphql": 'query: "query($org: String!) {…}"',
    "sql": 'query: "select name, cost from spend where team = :team"',
    "prometheus": "query: 'up{job=~\"$jobs\"}'",
}


def check(manifest: Manifest, types: Types, folder: Path, findings: Findings) -> None:
    """Add what is wrong with the sources, given the options that they may name and the plugin's folder."""
    for name, spec in manifest.sources.items():
        key: Key = ("sources", name)
        if not name.isidentifier() or name == "entities":
            mend = '"entities" are those of the catalog.' if name == "entities" else "Use letters, digits and underscores."
            findings.add("wrong-name", key, f'a source cannot be called "{name}".', mend)
        if _one_kind(spec, key, findings):
            _known_keys(spec, key, findings)
            _question(spec, key, folder, findings)
            _paginate(spec, key, findings)
        _references(spec, key, types, findings)
        presentation.expression(spec.select, (*key, "select"), findings)


def durations(manifest: Manifest) -> Iterator[tuple[Key, str]]:
    """Every duration that a source says, with its key."""
    for name, spec in manifest.sources.items():
        for word in _DURATIONS:
            if getattr(spec, word):
                yield ("sources", name, word), getattr(spec, word)


def _one_kind(spec: SourceSpec, key: Key, findings: Findings) -> bool:
    if len(spec.kinds) == 1:
        return True
    what = f"a source has exactly one of {named(KINDS)}; this one has {named(spec.kinds) if spec.kinds else 'none'}."
    findings.add("wrong-source", key, what, "Write for example: file: content/oncall.csv")
    return False


def _known_keys(spec: SourceSpec, key: Key, findings: Findings) -> None:
    for word in sorted(spec.model_fields_set & BELONGS.keys()):
        if spec.kind not in BELONGS[word]:
            what = f"{word} belongs to {named(BELONGS[word])}, not to {spec.kind}."
            findings.add("wrong-source", (*key, word), what, "Remove it.")


def _question(spec: SourceSpec, key: Key, folder: Path, findings: Findings) -> None:
    """The query is a mapping for an address, and a text for what is asked in a language of its own."""
    if spec.kind == "http":
        if not isinstance(spec.query, dict) and spec.query:
            findings.add(
                "wrong-source", (*key, "query"), "the query of http is a mapping.", "Write for example: query: {state: open}"
            )
    elif spec.kind in _EXAMPLES:
        if not spec.query or not isinstance(spec.query, str):
            what = f"{spec.kind} needs a query, a text."
            findings.add("wrong-source", (*key, "query"), what, f"Write for example: {_EXAMPLES[spec.kind]}")
            return
        file = query_file(spec)
        if file and not (folder / file).is_file():
            what = f'there is no file "{file}" in the plugin.'
            findings.add("missing-file", (*key, "query"), what, "Write it, or correct the name.")
        elif spec.kind in ("sql", "prometheus"):
            _names(spec, (folder / file).read_text(encoding="utf-8") if file else spec.query, key, findings)
    if spec.kind == "prometheus" and bool(spec.range) != bool(spec.step):
        word, other = ("range", "step") if spec.range else ("step", "range")
        findings.add("wrong-source", (*key, word), f"{word} needs {other}.", "Write for example: range: 7d, step: 1h")
    elif spec.kind == "prometheus" and spec.range and _points(spec) > _MOST_POINTS:
        what = f"range and step ask for {_points(spec):,} values of each series, and Prometheus gives at most {_MOST_POINTS:,}."
        findings.add("wrong-source", (*key, "step"), what, "Write a longer step.")
    if spec.kind == "command" and placeholders(str(spec.command[0])):
        what = "the command itself is written out; only its other words may be options."
        findings.add("wrong-source", (*key, "command", 0), what, "Write for example: command: [git, log, -5]")


def _points(spec: SourceSpec) -> int:
    try:
        return int(seconds(spec.range) / max(seconds(spec.step), 1.0))
    except ValueError:
        return 0  # which of them is no duration is said elsewhere


def _names(spec: SourceSpec, text: str, key: Key, findings: Findings) -> None:
    """What a query names must be said, and what is said be named."""
    word, mark = ("parameters", ":") if spec.kind == "sql" else ("variables", "$")
    said = spec.parameters if spec.kind == "sql" else spec.variables
    asked = variables(spec.kind, text)
    for name in asked:
        if name not in said:
            what = f'the query names "{mark}{name}", but {word} does not{suggestion(name, said)}'
            findings.add("wrong-source", (*key, "query"), what, f"Write for example: {word}: {{{name}: …}}")
    for name in said:
        if name not in asked:
            findings.add("wrong-source", (*key, word, name), f'the query does not name "{mark}{name}".', "Remove it, or name it.")


def _paginate(spec: SourceSpec, key: Key, findings: Findings) -> None:
    if spec.paginate is None:
        return
    for word in ("cursor", "more", "total"):
        presentation.expression(getattr(spec.paginate, word), (*key, "paginate", word), findings)
    if spec.paginate.link and (spec.kind == "graphql" or spec.body is not None):
        what = "what is posted has no Link to a next page."
        findings.add("wrong-source", (*key, "paginate", "link"), what, "Use cursor, page or offset.")


def _references(spec: SourceSpec, key: Key, types: Types, findings: Findings) -> None:
    """The options that a source names must exist, and be of a type that fits."""
    for at, template in _templates(spec):
        _options_in(template, spec, (*key, *at), types, findings)
    for word, name, wanted in (("each", spec.each, "list"), ("secret", spec.secret, "secret")):
        if name and _known(name, (*key, word), types, findings) and types[name] not in ("", wanted):
            what = f'wanted an option of type {wanted}, but "{name}" is of type {types[name]}.'
            findings.add("wrong-option", (*key, word), what, f"Write at the option: type: {wanted}")
    for index, part in enumerate(spec.command):
        if any(types.get(name.split(".")[0]) == "secret" for name in placeholders(str(part))):
            what = "a secret among a command's words is seen by everybody on the machine."
            findings.add("wrong-source", (*key, "command", index), what, 'Give it in a variable: env: {TOKEN: "{token}"}')


def _templates(spec: SourceSpec) -> Iterator[tuple[Key, str]]:
    """Every text of a source that options are filled into, with its key."""
    for word in ("file", "http", "graphql", "sql", "prometheus"):
        yield (word,), getattr(spec, word)
    for word in ("command", "headers", "body", "variables", "parameters", "env"):
        yield from _texts(getattr(spec, word), (word,))
    if isinstance(spec.query, dict):
        yield from _texts(spec.query, ("query",))


def _texts(value: Any, key: Key) -> Iterator[tuple[Key, str]]:
    if isinstance(value, str):
        yield key, value
    for step, item in listed(value):
        yield from _texts(item, (*key, step))


def _options_in(template: str, spec: SourceSpec, key: Key, types: Types, findings: Findings) -> None:
    for path in placeholders(template):
        name = path.split(".")[0]
        if (spec.file and "," in path) or (key[2] in _BRACED and not is_name(path)):
            continue  # {yaml,yml} of a glob; braces of another language
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


def duration(key: Key, text: str, findings: Findings) -> None:
    """Add a problem if ``text`` is no duration."""
    try:
        found = seconds(text)
    except ValueError as error:
        what, mend = sentence(error)
        findings.add("wrong-value", key, what, mend.replace("example: ", f"example: {key[-1]}: "))
    else:
        if not found and key[-1] in _MORE_THAN_NOTHING:
            findings.add("wrong-value", key, f"wanted a duration above 0, got {text}.", f"Write for example: {key[-1]}: 30s")
