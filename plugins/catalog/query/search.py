"""What a list of entities is asked for, and cursors: the same question with a position, as base64 JSON of Backstage's form."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .rows import BadQuery

DEFAULT_LIMIT = 200
_WAYS = ("asc", "desc")


class Order(NamedTuple):
    """By which field, and which way."""

    field: str
    descending: bool = False

    @classmethod
    def of(cls, field: Any, way: Any = "asc") -> Order:
        """From Backstage's words. Raises BadQuery."""
        if way not in _WAYS:
            raise BadQuery("Invalid order field order, must be asc or desc")
        if not isinstance(field, str) or not field:
            raise BadQuery("Invalid order field, must be a string")
        return cls(field, way == "desc")


@dataclass(frozen=True, slots=True)
class Search:
    """A question: which entities, in which order."""

    predicate: Mapping[str, Any] | None = None
    order: Order | None = None
    """Entities without a value of this field are left out. Without an order, by reference."""
    term: str = ""
    """A text that must occur in one of ``term_fields``, without case."""
    term_fields: tuple[str, ...] = ()
    """Without any, the field of the order, or ``metadata.uid``."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in the answer of a search."""

    search: Search
    at: tuple[str, ...]
    """Sort value (with an order) and reference of the entity that the page lies before or behind."""
    backwards: bool
    first: tuple[str, ...]
    """The same of the very first entity: there is nothing before it."""
    total: int

    def encoded(self) -> str:
        """As clients carry it. A client looks into it for ``query`` to know that it is continued by POST."""
        search = self.search
        order = search.order
        form = {
            **({} if search.predicate is None else {"query": search.predicate}),
            "orderFields": [{"field": order.field, "order": _WAYS[order.descending]}] if order else [],
            **({"fullTextFilter": _term(search)} if search.term else {}),
            "orderFieldValues": self.at,
            "isPrevious": self.backwards,
            "firstSortFieldValues": self.first,
            "totalItems": self.total,
        }
        return base64.b64encode(json.dumps(form, separators=(",", ":")).encode()).decode()


def decoded(text: str) -> Cursor:
    """The cursor that ``encoded`` wrote. Raises BadQuery."""
    try:
        form = json.loads(base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True))
        order = form["orderFields"]
        text_filter = form.get("fullTextFilter") or {}
        search = Search(
            form.get("query"),
            Order.of(order[0]["field"], order[0]["order"]) if order else None,
            _string(text_filter.get("term", "")),
            _strings(text_filter.get("fields", ())),
        )
        at, first = _strings(form["orderFieldValues"]), _strings(form["firstSortFieldValues"])
        cursor = Cursor(search, at, form["isPrevious"] is True, first, int(form["totalItems"]))
    except (binascii.Error, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise BadQuery("Malformed cursor: it is none that this catalog gave") from error
    if len(at) != (2 if search.order else 1):
        raise BadQuery("Malformed cursor: its order and its values do not fit together")
    return cursor


def _term(search: Search) -> dict[str, Any]:
    return {"term": search.term, **({"fields": search.term_fields} if search.term_fields else {})}


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _strings(values: Any) -> tuple[str, ...]:
    return tuple(_string(value) for value in values)
