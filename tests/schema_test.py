"""schema: pydantic's errors in our words, at their place, with the mend; and what is valid survives."""
# ruff: noqa: E501  # a table reads best with a case a line

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired

import pytest
from jsonschema import Draft202012Validator
from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict

from callboard import schema, yamlfile
from callboard.model.manifest import Manifest
from callboard.model.problem import Marks, Place
from callboard.model.secret import Secret
from callboard.model.shown import KindSpec
from callboard.model.site import SiteFile
from callboard.model.strict import Strict


@with_config(ConfigDict(extra="forbid"))
class Rule(TypedDict):
    """As plugins have them in their options."""

    allow: list[str]
    locations: NotRequired[Annotated[list[str], Field(max_length=3)]]


def said(model: type[BaseModel], text: str) -> list[str]:
    """The lines of the problems."""
    value, marks = yamlfile.load(text, "site.yaml")
    return [problem.text.removeprefix("site.yaml:") for problem in schema.validated(model, value, marks)[1]]


SITE = "site: {title: x}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "- a",
            "1:1  wanted a mapping, got a list. Write for example: site: {title: …} [wrong-value]",
        ),
        (
            "",
            "1:1  wanted a mapping, got nothing. Write for example: site: {title: …} [wrong-value]",
        ),
        ("theme: a", '1:1  "site" is missing. Add: site: {title: …} [missing-key]'),
        ("site: {}", '1:1  site: "title" is missing. Add: title: … [missing-key]'),
        ("site: {title: 123}", '1:8  site.title: wanted text, got 123. Put it in quotes: title: "123" [wrong-value]'),
        ("site: {title: true}", '1:8  site.title: wanted text, got true. Put it in quotes: title: "true" [wrong-value]'),
        ("site: {title: 1.10}", "1:8  site.title: wanted text, got 1.1. Put it in quotes, so that it is text. [wrong-value]"),
        ("site:", "1:1  site: wanted a mapping, got nothing. Write for example: site: {title: …} [wrong-value]"),
        ("site: {title: }", "1:8  site.title: wanted text, got nothing. Write a value, or remove the key. [wrong-value]"),
        ("site: {title: ''}", "1:8  site.title: the text is empty. Write for example: title: … [wrong-value]"),
        ("site: {titel: x}", '1:8  site: unknown key "titel"; did you mean "title"? [unknown-key]'),
        (
            SITE + "zzz: x",
            '2:1  unknown key "zzz". Known are: site, theme, plugins, nav, content, include, kinds, redirects, links, slots, publish, search, build, allow, network, cache, diagrams, proxy, database. [unknown-key]',
        ),
        (
            "site: {title: x, language: 7}",
            '1:18  site.language: wanted text, got 7. Put it in quotes: language: "7" [wrong-value]',
        ),
        (
            "site: {title: x, language: e}",
            '1:18  site.language: wanted a language tag, got "e". Write for example: language: en [wrong-value]',
        ),
        (
            "site: {title: x, accent: red}",
            '1:18  site.accent: wanted a colour, got "red". Write for example: accent: "#0b4fae" [wrong-value]',
        ),
        ("site: {title: x, accent: 5}", '1:18  site.accent: wanted text, got 5. Put it in quotes: accent: "5" [wrong-value]'),
        (SITE + "plugins: [{plugn: a}]", '2:12  plugins[0]: unknown key "plugn"; did you mean "plugin"? [unknown-key]'),
        (
            SITE + "plugins: [{plugin: Tech-Radar}]",
            '2:12  plugins[0].plugin: wanted a name of small letters, digits and _, got "Tech-Radar". Write for example: plugin: tech_radar [wrong-value]',
        ),
        (
            SITE + "plugins: [radar]",
            '2:11  plugins[0]: wanted a mapping, got "radar". Write for example: - {plugin: radar} [wrong-value]',
        ),
        (
            SITE + "plugins: [{plugin: a, nav: soon}]",
            '2:23  plugins[0].nav: wanted a mapping, or true or false, got "soon". Its keys are: order, icon, title, section. [wrong-value]',
        ),
        (
            SITE + "plugins: [{plugin: a, nav: {ordr: 1}}]",
            '2:29  plugins[0].nav: unknown key "ordr"; did you mean "order"? [unknown-key]',
        ),
        (
            SITE + "plugins: [{plugin: a, nav: {order: 1.5}}]",
            "2:29  plugins[0].nav.order: wanted a whole number, got 1.5. Write for example: order: 1 [wrong-value]",
        ),
        (SITE + "content: 5", '2:1  content: wanted text or false, got 5. Put it in quotes: content: "5" [wrong-value]'),
        (
            SITE + "include: a.yaml",
            '2:1  include: wanted a list, got "a.yaml". Write for example: include: ["a.yaml"] [wrong-value]',
        ),
        (SITE + "nav: {a: b}", "2:1  nav: wanted a list, got a mapping. Write for example: nav: […] [wrong-value]"),
        (
            SITE + "build: {jobs: soon}",
            '2:9  build.jobs: wanted a whole number, got "soon". Write for example: jobs: 1 [wrong-value]',
        ),
        (SITE + "build: {jobs: 0}", "2:9  build.jobs: wanted at least 1, got 0. Write for example: jobs: 1 [wrong-value]"),
        (SITE + "build: {jobs: 999}", "2:9  build.jobs: wanted at most 256, got 999. Write for example: jobs: 256 [wrong-value]"),
        (
            SITE + "build: {strict: maybe}",
            '2:9  build.strict: wanted true or false, got "maybe". Write for example: strict: true [wrong-value]',
        ),
    ],
)
def test_a_fault_of_a_site_is_one_plain_line(text: str, expected: str) -> None:
    """Each kind of error that site.yaml can have prints one line: place, key, what was wanted, what is there, the mend."""
    assert said(SiteFile, text) == [expected]


MANIFEST = "callboard: 1\ntitle: x\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "pages: [{path: /, view: tabel}]",
            '3:19  pages[0].view: wanted table, cards, list, markdown, chart, detail or ci.builds, got "tabel". Did you mean "table"? [wrong-value]',
        ),
        (
            "pages: [{path: /, columns: [{feld: b}]}]",
            '3:30  pages[0].columns[0]: unknown key "feld"; did you mean "field"? [unknown-key]',
        ),
        (
            "pages: [{path: /, columns: [5]}]",
            "3:29  pages[0].columns[0]: wanted a mapping, got 5. Write for example: - {field: …} [wrong-value]",
        ),
        (
            "pages: [{path: /, data: 5}]",
            '3:19  pages[0].data: wanted text or a mapping, got 5. Put it in quotes: data: "5" [wrong-value]',
        ),
        ("pages: [{path: /, data: {a: 1}}]", '3:26  pages[0].data.a: wanted text, got 1. Put it in quotes: a: "1" [wrong-value]'),
        ("pages: [{path: /, as: 1}]", '3:19  pages[0].as: wanted text, got 1. Put it in quotes: as: "1" [wrong-value]'),
        ("pages: [{view: table}]", '3:9  pages[0]: "path" is missing. Add: path: … [missing-key]'),
        ("slots: {a: {viw: x}}", '3:13  slots.a: unknown key "viw"; did you mean "view"? [unknown-key]'),
        (
            "slots: {a: [{limit: x}]}",
            '3:14  slots.a[0].limit: wanted a whole number, got "x". Write for example: limit: 1 [wrong-value]',
        ),
        (
            "slots: {a: x}",
            '3:9  slots.a: wanted a mapping or a list, got "x". Its keys are: template, view, title, path, when, data, shared, links, … [wrong-value]',
        ),
        (
            "options: {a: {type: strng}}",
            '3:15  options.a.type: wanted str, int, float, bool, secret, duration, url, path, list, map or any, got "strng". Did you mean "str"? [wrong-value]',
        ),
        ("options: {a: {choices: [1]}}", '3:25  options.a.choices[0]: wanted text, got 1. Put it in quotes: - "1" [wrong-value]'),
        (
            "sources: {x: {format: xml}}",
            '3:15  sources.x.format: wanted yaml, json, csv, toml, markdown or lines, got "xml". Write for example: format: yaml [wrong-value]',
        ),
        ("cache: 15m", '3:1  cache: wanted a mapping, got "15m". Its keys are: ttl, stale. [wrong-value]'),
    ],
)
def test_a_fault_of_a_manifest_is_one_plain_line(text: str, expected: str) -> None:
    """Unions (one mapping or a list of them, a text or a mapping) give one sensible message, not one a branch."""
    assert said(Manifest, MANIFEST + text) == [expected]


def test_all_problems_come_sorted_by_place() -> None:
    """Several faults are all said, in the order of the file."""
    lines = said(SiteFile, "foo: 1\nsite:\n  title: 5\n  logo: []\nplugins:\n  - {plugin: a, path: 1}\n  - b\n")
    assert [line.split("  ")[0] for line in lines] == ["1:1", "3:3", "4:3", "6:17", "7:5"]


def test_what_is_valid_survives() -> None:
    """Unknown keys, faulty optional values and faulty list items are left out; the rest is a model."""
    text = "site: {title: x, url: 5, foo: 1}\nplugins: [{plugin: a}, b, {plugin: c, nav: 7, options: {x: 1}}]\nbuild: 1\n"
    value, marks = yamlfile.load(text, "site.yaml")
    found, problems = schema.validated(SiteFile, value, marks)
    assert found is not None
    assert found.model_dump(exclude_unset=True) == {
        "site": {"title": "x"},
        "plugins": [{"plugin": "a"}, {"plugin": "c", "options": {"x": 1}}],
    }
    assert len(problems) == 5
    assert value["plugins"][1] == "b"


def test_a_missing_key_takes_the_item_with_it() -> None:
    """A list item that cannot be without its missing key is left out; a root that cannot be is None."""
    value = {"site": {"title": "x"}, "plugins": [{"path": "/"}, {"plugin": "a"}], "nav": [{"title": "x", "section": {"a": 1}}]}
    found, _ = schema.validated(SiteFile, value, Marks({}, Place("site.yaml", 1, 1)))
    assert found is not None
    assert [mount.plugin for mount in found.plugins] == ["a"]
    assert [link.title for link in found.nav] == ["x"]
    assert schema.validated(SiteFile, {"plugins": []}, Marks({}, Place("site.yaml")))[0] is None


def test_marks_move_with_list_items() -> None:
    """When a list item is left out, the marks of those behind it move along, so that later problems have the right line."""
    value, marks = yamlfile.load("site: {title: x}\nplugins:\n- b\n- plugin: c\n  options:\n    x: 1\n", "site.yaml")
    checked = schema.check(SiteFile, value, marks)
    assert checked.model is not None
    assert checked.model.plugins[0].plugin == "c"
    assert str(checked.marks.at(("plugins", 0, "options", "x"))) == "site.yaml:6:5"


def test_a_value_inside_of_a_document() -> None:
    """With ``at``, places and paths are those of the whole document."""
    value, marks = yamlfile.load("plugins:\n- plugin: c\n  options:\n    ttl: soon\n", "site.yaml")

    class Options(Strict):
        ttl: int = 0

    _, [problem] = schema.validated(Options, value["plugins"][0]["options"], marks, at=("plugins", 0, "options"))
    assert (
        problem.text
        == 'site.yaml:4:5  plugins[0].options.ttl: wanted a whole number, got "soon". Write for example: ttl: 1 [wrong-value]'
    )


def test_silent_keys_are_not_reported_again() -> None:
    """A key whose substitution failed was reported already; its value is left out without a word."""
    checked = schema.check(
        SiteFile, {"site": {"title": "x"}, "build": {"jobs": "${J}"}}, Marks({}, Place("s")), silent={("build", "jobs")}
    )
    assert checked.problems == ()
    assert checked.model is not None


def _even(value: int) -> int:
    if value % 2:
        raise ValueError(f"{value} is odd. Write for example: 2")
    return value


class Level(Enum):
    LOW = "low"
    HIGH = "high"


class Inner(BaseModel):
    x: int


class Author(BaseModel):
    """What a plugin author may write: any of pydantic's types."""

    model_config = ConfigDict(extra="forbid")
    even: Annotated[int, AfterValidator(_even)] = 0
    level: Level = Level.LOW
    day: date | None = None
    at: datetime | None = None
    every: timedelta | None = None
    url: AnyHttpUrl | None = None
    ratio: Annotated[float, Field(gt=0, lt=1)] = 0.5
    tags: Annotated[list[str], Field(min_length=1, max_length=2)] = Field(default=["a"])
    pair: tuple[int, int] = (1, 2)
    choice: Literal[1, 2, "three"] = 1
    either: int | list[int] | Inner | None = None
    short: Annotated[str, Field(max_length=3)] = ""
    code: Annotated[str, Field(pattern="^x+$")] = "x"
    step: Annotated[int, Field(multiple_of=5)] = 0
    table: dict[str, int] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("even: 3", "even: 3 is odd. Write for example: 2 [wrong-value]"),
        ("level: hihg", 'level: wanted low or high, got "hihg". Did you mean "high"? [wrong-value]'),
        ("day: soon", 'day: wanted a date, got "soon". Write for example: day: 2026-11-24 [wrong-value]'),
        ("at: soon", 'at: wanted a date and time, got "soon". Write for example: at: 2026-11-24T08:15:00Z [wrong-value]'),
        ("every: soon", 'every: wanted a duration, got "soon". Write for example: every: PT15M [wrong-value]'),
        ("url: soon", 'url: wanted an address, got "soon". Write for example: url: https://example.com [wrong-value]'),
        ("ratio: 2", "ratio: wanted a number below 1.0, got 2. [wrong-value]"),
        ("ratio: 0", "ratio: wanted a number above 0.0, got 0. [wrong-value]"),
        ("tags: []", "tags: wanted at least 1 item, got 0. [wrong-value]"),
        ("tags: [a, b, c]", "tags: wanted at most 2 items, got 3. [wrong-value]"),
        ("pair: [1]", 'pair: "1" is missing. Add: 1: … [missing-key]'),
        ("choice: 3", "choice: wanted 1, 2 or three, got 3. Write for example: choice: 1 [wrong-value]"),
        ("either: x", 'either: wanted a whole number, a list or a mapping, got "x". Write for example: either: 1 [wrong-value]'),
        ("either: [a]", 'either[0]: wanted a whole number, got "a". Write for example: - 1 [wrong-value]'),
        ("either: {x: a}", 'either.x: wanted a whole number, got "a". Write for example: x: 1 [wrong-value]'),
        ("either: {}", 'either: "x" is missing. Add: x: … [missing-key]'),
        ("short: long", 'short: wanted at most 3 characters, got "long". [wrong-value]'),
        ("code: y", 'code: wanted a text that fits ^x+$, got "y". [wrong-value]'),
        ("step: 3", "step: wanted a multiple of 5, got 3. Write for example: step: 5 [wrong-value]"),
        ("table: {a: b}", 'table.a: wanted a whole number, got "b". Write for example: a: 1 [wrong-value]'),
    ],
)
def test_models_of_plugin_authors_have_our_words_too(text: str, expected: str) -> None:
    """Dates, durations, enums, bounds, validators of their own: all are said in the same form."""
    [line] = said(Author, text)
    assert line.split("  ", 1)[1] == expected


def test_hidden_values_are_not_printed() -> None:
    """A value that came from the environment may be a credential: no message, suggestion or mend of it shows it."""
    value = {"even": "77777", "level": "hunter2", "code": "hunter2", "tags": "hunter2", "day": "hunter2", "short": "hunter2"}
    marks = Marks({}, Place("site.yaml", 1, 1), hidden=[(key,) for key in value])
    _, problems = schema.validated(Author, value, marks)
    lines = "\n".join(problem.text for problem in problems)
    assert len(problems) == len(value)
    assert "hunter2" not in lines
    assert "77777" not in lines
    assert 'wanted low or high, got "***".' in lines


def test_secrets_are_never_shown() -> None:
    """A Secret in a value is neither printed nor copied apart."""

    class Options(Strict):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        token: Secret
        port: int = 1

    secret = Secret("hunter2")
    found, [first] = schema.validated(Options, {"token": secret, "port": "x"}, Marks({}, Place("site.yaml")))
    assert found is not None
    assert found.token is secret
    _, [second] = schema.validated(Author, {"day": secret}, Marks({}, Place("site.yaml")))
    assert "hunter2" not in first.text + second.text


def test_long_values_are_cut() -> None:
    """A message shows at most 60 characters of a value, on one line."""
    [line] = said(SiteFile, f"site: {{title: x, language: {'long ' * 100}}}")
    assert len(line) < 200
    assert schema.show("a\nb") == '"a b"'


def test_every_pattern_of_our_models_has_words() -> None:
    """A regular expression is no message: each pattern in the models is known by what it wants, and its example fits it."""
    patterns = {
        found["pattern"]
        for model in (SiteFile, Manifest, KindSpec)
        for found in _walk(schema.json_schema(model))
        if isinstance(found.get("pattern"), str)
    }
    assert patterns == set(schema.PATTERNS)
    for pattern, (_, example) in schema.PATTERNS.items():
        assert re.search(pattern, example.strip('"'))


def _walk(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _walk(item)


@pytest.mark.parametrize("model", [SiteFile, Manifest, KindSpec])
def test_json_schema_is_valid_and_describes_every_key(model: type[BaseModel]) -> None:
    """Editors get draft 2020-12, with a description of each key, and refuse unknown keys."""
    found = schema.json_schema(model)
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    definitions = {f"#/$defs/{name}": form for name, form in found.get("$defs", {}).items()}
    for form in (found, *definitions.values()):
        assert form["additionalProperties"] is False
        assert all("description" in key or "description" in definitions[key["$ref"]] for key in form["properties"].values())
    assert set(found["properties"]) == set(schema.allowed(model, ()))


def test_json_schema_accepts_and_refuses_what_the_model_does() -> None:
    """The schema that editors use agrees with the loader on good and bad files."""
    validator = Draft202012Validator(schema.json_schema(Manifest))
    good = {"callboard": 1, "title": "x", "pages": [{"path": "/", "columns": ["a", {"field": "b"}], "as": "run"}]}
    assert validator.is_valid(good)
    assert not validator.is_valid({**good, "pags": []})
    assert not validator.is_valid({"title": "x"})


def test_keys_inside_plain_mappings_are_known_too() -> None:
    """A TypedDict inside a model answers a misspelt key as a model does: with the key that was meant, or all of them."""

    class Options(BaseModel):
        rules: list[Rule]

    value, marks = yamlfile.load("rules:\n  - alow: [API]\n  - {allow: [], where: 1}\n  - {allow: x}\n", "site.yaml")
    found = [problem.text for problem in schema.validated(Options, value, marks)[1]]
    assert found == [
        'site.yaml:2:5  rules[0]: unknown key "alow"; did you mean "allow"? [unknown-key]',
        'site.yaml:3:17  rules[1]: unknown key "where". Known are: allow, locations. [unknown-key]',
        'site.yaml:4:6  rules[2].allow: wanted a list, got "x". Write for example: allow: ["x"] [wrong-value]',
    ]
