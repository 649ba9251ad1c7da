"""Entities for terminals and for other programs: a table, JSON, CSV or YAML."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from callboard.plugin import lookup, safe, yaml_text

from ..query.engine import reference
from ..query.fields import Fields, selected
from ..query.rows import text_of

Plain = Mapping[str, Any]
_REFERENCE = "ref"
_COLUMNS: Fields = (_REFERENCE, "spec.type", "spec.lifecycle", "relations.ownedBy", "metadata.title")
"""What a table and CSV show if nobody says."""
_WIDEST = 60


def printed(entities: Sequence[Plain], fields: Fields, form: str) -> Iterable[str]:
    """Lines (or one text) of all entities; ``fields`` are the columns of a table and of CSV."""
    if form == "json":
        return [json.dumps([selected(entity, fields) for entity in entities], indent=2, ensure_ascii=False)]
    if form == "yaml":
        return [f"---\n{yaml_text(selected(entity, fields))}".rstrip("\n") for entity in entities]
    columns = fields or _COLUMNS
    lines = [[cell(entity, column) for column in columns] for entity in entities]
    return _csv(columns, lines) if form == "csv" else _table([_heading(column) for column in columns], lines)


def cell(entity: Plain, field: str) -> str:
    """A field as text: lists joined by commas, targets for ``relations.ownedBy``, the reference for ``ref``."""
    if field == _REFERENCE:
        return reference(entity)
    root, _, kind = field.partition(".")
    if root == "relations" and kind:
        return ", ".join(one["targetRef"] for one in entity["relations"] if one["type"].lower() == kind.lower())
    return _text(lookup(entity, field))


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else text_of(value) or ""


def _heading(column: str) -> str:
    return column.rpartition(".")[2].upper()


def _csv(columns: Fields, lines: Iterable[Sequence[str]]) -> list[str]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(lines)
    return [text.getvalue().removesuffix("\n")]


def _table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as they need to be; nothing that a descriptor says can steer the terminal."""
    shown = [[_cut(safe(text)) for text in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(headings, *shown, strict=True)]
    for line in (headings, *shown) if shown else ():
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
