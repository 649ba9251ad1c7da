"""yamlfile: what YAML means, what is refused and where, and that no input crashes or hangs the process."""
# ruff: noqa: E501  # a table reads best with a case a line

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.yamlfile import Document, Limits, Malformed, documents, load, locate


def value(text: str) -> Any:
    [document] = documents(text)
    assert isinstance(document, Document), document
    return document.value


def fault(text: str) -> Malformed:
    faults = [part for part in documents(text) if isinstance(part, Malformed)]
    assert len(faults) == 1, faults
    return faults[0]


def said(text: str) -> str:
    found = fault(text)
    return f"{found.line}:{found.column} {found.what} {found.mend}"


ENTITY = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: billing-%d
  annotations:
    github.com/project-slug: acme/billing
    lighthouse.com/website-url: "https://billing.example.com"
  tags: [java, pii]
  description: |
    The broker
      of billing.
spec:
  type: service
  lifecycle: production
  owner: group:default/billing-core
  replicas: 3
  dependsOn:
    - resource:default/billing-db
    - {kind: API, name: x}
"""


def test_a_stream_reads_as_the_ordinary_loader_reads_it() -> None:
    """A real multi-document file gives the very values that PyYAML's own safe loader gives."""
    text = "---\n".join(ENTITY % number for number in range(50))
    expected = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    found = documents(text)
    assert [part.value for part in found if isinstance(part, Document)] == expected
    assert [part.index for part in found if isinstance(part, Document)] == list(range(50))
    assert [part.line for part in found][:2] == [1, 21]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", None), ("~", None), ("Null", None), ("", None), ("nULL", "nULL"),
        ("true", True), ("True", True), ("FALSE", False), ("tRue", "tRue"),
        ("yes", "yes"), ("No", "No"), ("on", "on"), ("off", "off"), ("y", "y"),
        ("0", 0), ("-7", -7), ("+7", 7), ("012", 12), ("0o17", 15), ("0x1F", 31), ("-0x1F", "-0x1F"), ("0b11", "0b11"), ("1_000", "1_000"),
        ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("-1e3", -1000.0), ("1.5E-2", 0.015), ("1e", "1e"), ("1.2.3", "1.2.3"), (".", "."), ("-", None),
        ("2026-11-24", "2026-11-24"), ("2026-13-45", "2026-13-45"), ("1:30", "1:30"), ("0x", "0x"), ("0o8", "0o8"), ("=", "="), ("１", "１"),  # noqa: RUF001
        ('"1"', "1"), ("'true'", "true"), ("|-\n  1", "1"), (">-\n  null", "null"),
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, expected: Any) -> None:
    """Only null, true, false and numbers are special, as in Backstage's reader; dates, `yes` and `1:30` stay text."""
    found = value(f"a: {text}\nb: 1\n")["a"] if text != "-" else value("a:\n-\n")["a"][0]
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("text", [".inf", "-.INF", "+.Inf", ".nan", ".NaN", "1e999", "-1e999", "9" * 10_000, "0x" + "f" * 5_000])
def test_numbers_that_json_cannot_hold_are_refused_where_they_stand(text: str) -> None:
    """Infinity, NaN and numbers of thousands of digits would break the site's JSON later; the mend is a pair of quotes."""
    found = fault(f"a:\n  - {text}")
    assert (found.line, found.column, found.mend) == (2, 5, "Put it in quotes, so that it is text.")
    assert value(f'a: "{text}"')["a"] == text


def test_keys_are_always_text_as_written() -> None:
    """A key that looks like a number, a word or nothing stays text, so that the value is JSON."""
    assert value('1: a\n012: b\ntrue: c\n~: d\n"": e\n2.50: f') == {
        "1": "a",
        "012": "b",
        "true": "c",
        "~": "d",
        "": "e",
        "2.50": "f",
    }


def test_json_is_yaml() -> None:
    """A JSON document gives what json.loads gives, tabs included."""
    data = {"a": [1, 2.5, "x\n\u00e9", None, True], "b": {"c": {}, "d": []}}
    assert value(json.dumps(data, indent="\t")) == data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b: c", '1:5 a second ": " in one line begins a mapping where none can be. Put the text that holds the colon in quotes.'),
        ("a:1\nb: 2", "2:2 a key cannot stand here: the line before goes on into this one. Look for a missing space after a colon, or an indentation too deep."),
        ("a: 1\n  b: 2", "2:4 a key cannot stand here: the line before goes on into this one. Look for a missing space after a colon, or an indentation too deep."),
        ("a: 1\nfoo\nb: 2", '2:1 this line has no colon. Write "key: value", with a space after the colon.'),
        ("a:\n  - b\n - c", "3:2 this line is no key of the mapping that begins in line 1. Indent it like the keys around it."),
        ('a: "b" c', "1:8 something follows the end of a value. Put the whole value in quotes, or remove what follows."),
        ("- a\nb: 1", '2:1 this line is no item of the list above it. Begin it with "- ", or indent it to belong to the item.'),
        ("a: - b", '1:4 a list item ("- ") cannot begin here. Put each item on a line of its own below the key.'),
        ("a:\n\tb: 1", "2:1 a tab is used for indentation. Use spaces."),
        ("a: 1\n\tb: 1", "2:1 a tab is used for indentation. Use spaces."),
        ("a: @b", '1:4 a text cannot begin with "@". Put it in quotes.'),
        ("a: `b`", '1:4 a text cannot begin with "`". Put it in quotes.'),
        ("a: *", '1:4 a text cannot begin with "*". Put it in quotes.'),
        ("a: *b", '1:4 nothing before this is called "&b". Put quotes around a text that begins with "*".'),
        ("a: &b {c: *b}", '1:11 "*b" stands inside of what it stands for. Write the value out.'),
        ("a: {{ x }}", '1:5 a key is a text, and no list, mapping or alias. Put quotes around a text that begins with "{", "[" or "*".'),
        ("? [a, b]\n: c", '1:3 a key is a text, and no list, mapping or alias. Put quotes around a text that begins with "{", "[" or "*".'),
        ("a: &k x\n*k : y", '2:1 a key is a text, and no list, mapping or alias. Put quotes around a text that begins with "{", "[" or "*".'),
        ("é: 1\né: 2", '2:1 the key "é" is here twice. Keep one of them.'),
        ('{a: 1, "a": 2}', '1:8 the key "a" is here twice. Keep one of them.'),
        ("b: &x {c: 1}\na:\n  <<: *x", "3:3 merge keys (<<) are not read. Write out the keys that it brings."),
        ("a: !!python/name:os.system x", '1:4 tags are not read, and "!!python/name:os.system" is one. Remove it, or put quotes around a text that begins with "!".'),
        ("é: !!map {}", '1:4 tags are not read, and "!!map" is one. Remove it, or put quotes around a text that begins with "!".'),
        ("a: [1, 2\nb: 3", '1:4 this "[" is not closed, or a comma is missing in it. Close it with "]".'),
        ("a: {b: 1, c: 2", '1:4 this "{" is not closed, or a comma is missing in it. Close it with "}".'),
        ("a: [", '1:4 the document ends inside of brackets. Close each "[" with "]" and each "{" with "}".'),
        ("a: {b: c d: e}", '1:11 a comma or "}" is missing before this. Put quotes around a text that holds "," ":" or a bracket.'),
        ("a: [1,,2]", '1:7 a value is missing here. Write one, or put quotes around a text that begins with "," "]" or "}".'),
        ("a: 'b\nc: d", "1:4 the quote that opens here (') is never closed. Close it; a quote inside of it is doubled or escaped."),
        ('a: "C:\\Windows"', r'1:7 "\W" is no escape in double quotes. Write "\\" for a backslash, or use single quotes.'),
        ('a: "\\ud800"', "1:7 this escape stands for no character. Write the character itself."),
        ('é: "ü\\xzz"', r'1:8 this escape wants more hexadecimal digits. Write for example "\u00e9", or the character itself.'),
        ("a: é\0b", "1:5 the character U+0000 is not allowed in YAML. Remove it."),
        ("a: \ud800", "1:4 the character U+D800 is not allowed in YAML. Remove it."),
        ("a: |x\n  y", '1:5 only a line break may follow here. Begin the text below the line that has "|" or ">".'),
        ("%FOO\n---\na: 1", '1:5 a line that begins with "%" is an order to the reader, and this one is not known. Put the text in quotes.'),
        ("[a]\nb: 1", '2:1 this line does not belong to what stands before it. Indent it like the lines before, or put "---" between.'),
    ],
)  # fmt: skip
def test_each_fault_is_said_in_plain_words_with_its_place_and_mend(text: str, expected: str) -> None:
    """The words of libyaml become sentences that name line, column (in characters) and what to do."""
    if text.endswith("a: ["):
        text += "\n"
    assert said(text) == expected


def test_an_unclosed_quote_spoils_only_its_own_document() -> None:
    """In a file of three documents the first and the third are read although the second never closes its quote."""
    first, second, third = documents('a: 1\n---\nb: "x\n---\nc: 3\n')
    assert isinstance(first, Document)
    assert isinstance(third, Document)
    assert isinstance(second, Malformed)
    assert (first.value, third.value, third.line, third.index) == ({"a": 1}, {"c": 3}, 5, 2)
    assert (second.line, second.column, second.index) == (3, 4, 1)


@pytest.mark.parametrize("bad", ["[", "a: \0", "a: b: c", "a: 1\na: 2", "!x y", "a: \ud800", "%X", "[a]\nb: c", "&a [*a]"])
def test_good_documents_around_a_bad_one_survive(bad: str) -> None:
    """Whatever the fault is, the documents before and after it are there, with their lines and indexes."""
    found = documents(f"---\na: 1\n---\n{bad}\n---\nc: 3\n---\n\n---\nd: 4\n")
    assert [(part.index, part.value) for part in found if isinstance(part, Document)] == [
        (0, {"a": 1}),
        (2, {"c": 3}),
        (4, {"d": 4}),
    ]
    assert [part.index for part in found if isinstance(part, Malformed)] == [1]
    assert found[-1].line == 10 + bad.count("\n")


def test_documents_end_at_dots_too() -> None:
    """`...` ends a document; the next one needs no `---`, as YAML 1.2 says and libyaml does not."""
    found = documents("a: 1\n...\nb: 2\n...\n---\nc: 3\n...\n# end\n")
    assert [(part.value, part.line) for part in found if isinstance(part, Document)] == [
        ({"a": 1}, 1),
        ({"b": 2}, 3),
        ({"c": 3}, 6),
    ]


@pytest.mark.parametrize("text", ["", "\n", "# only words\n", "---\n", "---\n---\n...\n", "null\n", "\ufeff", "%YAML 1.2\n---\n"])
def test_empty_documents_are_left_out(text: str) -> None:
    """Nothing, a comment or a null is no document."""
    assert documents(text) == []
    assert load(text, "x.yaml")[0] is None


def test_byte_order_mark_and_windows_line_ends() -> None:
    """A BOM is dropped and CRLF counts as one line end."""
    found = documents("\ufeffa: 1\r\nb:\r\n  - x\r\n---\r\nc: [\r\n")
    assert isinstance(found[0], Document)
    assert found[0].value == {"a": 1, "b": ["x"]}
    assert (found[1].line, found[1].column, found[1].index) == (5, 4, 1)


def test_nested_brackets_are_refused_and_do_not_end_the_process() -> None:
    """100,000 nested brackets, which end PyYAML's loader with a segmentation fault, are one fault with its place."""
    assert (
        said("[" * 100_000)
        == "1:51 lists and mappings lie more than 50 deep in each other. Close some brackets, or write it flatter."
    )
    assert fault("{a: " * 100_000).column == 201
    assert fault("- " * 100_000).column == 101
    assert value("[" * 50 + "]" * 50)


def test_billion_laughs_are_refused_at_once() -> None:
    """Aliases of aliases are limited by number and by what they stand for, before memory is used."""
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    begun = time.monotonic()
    assert "more than 20 aliases" in fault(laughs).what
    wide = "a: &a [" + "1, " * 50_000 + "]\n" + "".join(f"b{n}: *a\n" for n in range(9))
    assert "more than 200,000 values" in fault(wide).what
    assert "more than 50 deep" in fault("a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 20 + "*a" + "]" * 20).what
    assert time.monotonic() - begun < 5


def test_an_alias_is_a_value_of_its_own() -> None:
    """What an alias stands for is copied: changing one leaves the other."""
    found = value("a: &x {b: [1]}\nc: *x\nd: &y text\ne: *y\n&k f: *k\n")
    assert found == {"a": {"b": [1]}, "c": {"b": [1]}, "d": "text", "e": "text", "f": "f"}
    assert found["a"] is not found["c"]
    assert found["a"]["b"] is not found["c"]["b"]


def test_size_is_checked_before_anything_is_read() -> None:
    """A file above the limit is one fault, whatever is in it; the limit counts bytes."""
    assert "2,000,001 bytes; 2,000,000" in fault("[" * 2_000_001).what
    assert "3 bytes" in documents("éa", limits=Limits(size=2))[0].what  # type: ignore[union-attr]
    assert value("a: " + "x" * 1_999_990)


def test_nodes_are_counted_over_the_whole_file() -> None:
    """A file of a hundred thousand little documents ends at the limit, and what came before is kept."""
    found = documents("--- a\n" * 1000, limits=Limits(nodes=100))
    assert isinstance(found[-1], Malformed)
    assert "more than 100 values" in found[-1].what
    assert 50 < len(found) <= 102


@pytest.mark.parametrize(
    "piece", ["[", "---\n[\n", "...\na\n", '--- "\n', "---\n\0\n", "&a ", "? ", "a: &a *a\n", "\x85", "é\0", "[{", "<<: "]
)
def test_hostile_files_end_soon(piece: str) -> None:
    """300 kB of one hostile pattern takes no more than a few seconds, at most a hundred faults are listed."""
    begun = time.monotonic()
    found = documents(piece * (300_000 // len(piece)))
    assert sum(isinstance(part, Malformed) for part in found) <= 101
    assert time.monotonic() - begun < 5


def test_a_megabyte_of_noise_is_only_malformed() -> None:
    """Random bytes, decoded in three ways, give documents or faults and nothing else."""
    noise = random.Random(7).randbytes(1_000_000)
    for text in (noise.decode("latin-1"), noise.decode("utf-8", "replace"), noise.decode("utf-8", "surrogateescape")):
        assert all(isinstance(part, (Document, Malformed)) for part in documents(text))


YAMLISH = st.lists(
    st.sampled_from([*"[]{}-?:,&*!|>'\"%@`#\t a1é.\\~<\0\r\x85\u2028\ud800", "\n", "\n", "\n  ", "---\n", "\n---\n", "\n...\n", "a: ", "- ", ": ", "&x ", "*x", "<<", "!!", "1e9", "\ufeff"]),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(YAMLISH)
def test_nothing_but_malformed_comes_out(text: str) -> None:
    """Any text gives JSON data or Malformed, each document an index of its own, and every index can be located."""
    found = documents(text)
    indexes = [part.index for part in found]
    assert indexes == sorted(set(indexes))
    for part in found:
        if isinstance(part, Document):
            json.dumps(part.value, allow_nan=False).encode()
        assert part.line <= locate(text, part.index, ())[0] or isinstance(part, Document)
        line, column = locate(text, part.index, ("a", 0))
        assert 1 <= line <= len(text) + 1
        assert column >= 1
    try:
        load(text, "site.yaml")
    except Malformed as error:
        assert error.line >= 1  # noqa: PT017


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(TEXT, JSON, min_size=1, max_size=4))
def test_written_data_reads_back_the_same(data: dict[str, Any]) -> None:
    """Any data written as JSON, or as YAML in block style, is read as the same value."""
    assert value(json.dumps(data, ensure_ascii=False, indent=2)) == data
    if not any(character in repr(data) for character in ".e"):  # PyYAML writes floats as YAML 1.1 does
        assert value(yaml.dump(data, Dumper=_Quoting, allow_unicode=True, width=10**6)) == data


class _Quoting(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


SITE = """\
# a site
site:
  title: Hé
  "url": x
plugins:
  - plugin: radar
    options: {file: a, "b": [1, {c: 2}]}
  -
    plugin: é
  - [x, y]
list: &l
- 1
again: *l
"""


def test_load_marks_each_key_and_item() -> None:
    """A key's mark is the key, an item's the item, the root's the first character; what an alias brings is at the alias's key."""
    found, marks = load(SITE, "site.yaml")
    places = {key: (place.line, place.column) for key, place in marks.items()}
    assert found["plugins"][0]["options"]["b"][1]["c"] == 2
    assert places[()] == (1, 1)
    assert places["site", "url"] == (4, 3)
    assert places["plugins", 0] == places["plugins", 0, "plugin"] == (6, 5)
    assert places["plugins", 0, "options", "b"] == (7, 24)
    assert places["plugins", 0, "options", "b", 1, "c"] == (7, 34)
    assert places["plugins", 1] == (9, 5)
    assert places["plugins", 2, 1] == (10, 9)
    assert str(marks.at(("again", 0))) == "site.yaml:13:1"
    assert str(marks.at(("nothing",))) == "site.yaml:1:1"


def test_load_wants_one_document() -> None:
    """A second document, or any fault, is Malformed at its place; a leading `---` is fine."""
    assert load("---\na: 1\n", "x.yaml")[0] == {"a": 1}
    with pytest.raises(Malformed, match="3:1  a second document begins here"):
        load("a: 1\n---\nb: 2\n", "x.yaml")
    with pytest.raises(Malformed, match="1,000,001 bytes"):
        load("#" * 1_000_001, "x.yaml")


def test_locate_finds_keys_in_any_document() -> None:
    """A key is found in the document with the index that documents() gave, behind empty and faulty ones too."""
    text = "# c\n---\n---\na: [\n---\nb: 1\nspec:\n  owner:\n    - é: x\n      y: z\n...\n%YAML 1.1\n---\n  c: 1\n"
    found = {part.index: part for part in documents(text)}
    assert sorted(found) == [1, 2, 3]
    assert locate(text, 2, ("spec", "owner", 0, "y")) == (10, 7)
    assert locate(text, 2, ("spec", "owner", 5, "y")) == (8, 3)
    assert locate(text, 3, ("c",)) == (14, 3)
    assert locate(text, 1, ("a",)) == (4, 4)
    assert locate(text, 9, ()) == (1, 1)


def test_loading_a_thousand_entities_is_fast() -> None:
    """The loader takes less time than PyYAML's C loader: it is the hot path of the budget for 10,000 entities."""
    text = "---\n".join(ENTITY % number for number in range(500))

    def best(read: Any) -> float:
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            read()
            times.append(time.perf_counter() - begun)
        return min(times)

    assert best(lambda: documents(text)) < best(lambda: list(yaml.load_all(text, Loader=yaml.CSafeLoader)))
