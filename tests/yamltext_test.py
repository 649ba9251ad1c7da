"""YAML as text, and as highlighted HTML."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from callboard.model.yamltext import yaml_text
from callboard.pages.yamltext import yaml_html
from callboard.yamlfile import documents

WORDS = [
    "true",
    "null",
    "~",
    "1.0",
    "0x1",
    "1e3",
    "1_000",
    "-",
    "? a",
    "---",
    "...",
    "y",
    "No",
    "2020-01-01",
    ".inf",
    "0o7",
    "=",
    "<<",
]
TEXTS = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.text("ab \n\t:#-'\"|>{}[],&*!%@`~0189.eE_/\\?\r\x1b\x85", max_size=12)
    | st.sampled_from(WORDS)
)
SCALARS = TEXTS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)

VALUES: list[Any] = [
    {"kind": "Component", "metadata": {"name": "a", "tags": ["x", "tier-1"]}, "spec": {"n": 1, "on": True, "none": None}},
    {"texts": ["a: b", "# no comment", 'it\'s "quoted"', "", "- dash", "1.0", "no", "2026-11-24", "line\n\n  two\n", "<b>&amp;"]},
    [["nested", {"deep": {}}], []],
    {"key with space": "x", "ключ": "значение"},
]


@pytest.mark.parametrize("value", VALUES)
def test_what_is_shown_is_the_value(value: Any) -> None:
    """Without its marks, the text is YAML that reads back as the value."""
    text = html.unescape(re.sub(r"<[^>]*>", "", str(yaml_html(value))))
    assert yaml.safe_load(text) == value


def test_markup_in_values_is_escaped() -> None:
    """A value can open no element."""
    assert "<script" not in yaml_html({"<script>": "<script>alert(1)</script>", "b": "x\n<img src=x onerror=alert(1)>\n"})


def test_a_long_text_is_cut_and_counted() -> None:
    """A page's weight does not grow with one huge field."""
    shown = str(yaml_html({"definition": "line\n" * 10_000}))
    assert len(shown) < 3_000
    assert "48,000 more characters" in shown


@given(st.dictionaries(TEXTS, PLAIN, min_size=1, max_size=3))
def test_what_is_written_reads_back(value: dict[str, Any]) -> None:
    """Whatever a descriptor holds: it is written as one document, and read as it was, types included."""
    [document] = documents(yaml_text(value))
    assert document.value == value
    assert repr(document.value) == repr(value)


def test_long_texts_are_written_whole() -> None:
    """Only pages cut."""
    definition = "line\n" * 10_000
    assert documents(yaml_text({"definition": definition}))[0].value == {"definition": definition}
