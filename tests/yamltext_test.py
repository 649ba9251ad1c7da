"""YAML as highlighted HTML."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import yaml

from callboard.pages.yamltext import yaml_html

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
