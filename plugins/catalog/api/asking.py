"""A request, read: parameters and JSON bodies, with Backstage's errors for what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from callboard.plugin import Call, Reply

from ..query.fields import Fields, parsed
from ..query.filters import predicate
from ..query.rows import BadQuery
from ..query.search import Order

STATUS: Mapping[str, int] = {
    "InputError": 400,
    "NotAllowedError": 403,
    "NotFoundError": 404,
    "MethodNotAllowedError": 405,
    "NotImplementedError": 501,
}


class Refusal(Exception):
    """An answer that is an error: Backstage's name for it, and a sentence."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def reply(value: Any, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Plain data as JSON."""
    return Reply(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"), headers=headers)


def refused(call: Call, refusal: Refusal) -> Reply:
    """The error as Backstage writes it."""
    query = "&".join(f"{name}={value}" for name, value in call.query)
    status = STATUS[refusal.name]
    return reply(
        {
            "error": {"name": refusal.name, "message": str(refusal)},
            "request": {"method": call.method, "url": f"{call.base}{call.path}" + (f"?{query}" if query else "")},
            "response": {"statusCode": status},
        },
        status=status,
    )


class Parameters:
    """The query of a request."""

    def __init__(self, query: tuple[tuple[str, str], ...]) -> None:
        self._query = query

    def all(self, name: str) -> list[str]:
        """Every value that was said, in order."""
        return [value for key, value in self._query if key == name]

    def one(self, name: str) -> str | None:
        """The only value. Raises BadQuery if there are several."""
        values = self.all(name)
        if len(values) > 1:
            raise BadQuery(f"Invalid {name}, it may be said only once")
        return values[0] if values else None

    def count(self, name: str, *, least: int = 0) -> int | None:
        """A whole number. Raises BadQuery."""
        text = self.one(name)
        if text is None:
            return None
        return _count(name, int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else None, least)

    def predicate(self) -> dict[str, Any] | None:
        """What ``filter`` asks for."""
        return predicate(self.all("filter"))

    def fields(self) -> Fields:
        """What ``fields`` names."""
        return parsed(self.all("fields"))

    def counted(self) -> bool:
        """What ``totalItems`` says."""
        return counted(self.one("totalItems"))


class Body:
    """The JSON object that came with a request; nothing is an empty one. Raises BadQuery for anything else."""

    def __init__(self, content: bytes) -> None:
        try:
            self.value = json.loads(content) if content.strip() else {}
        except (ValueError, RecursionError):
            raise BadQuery("Malformed request body: it is no JSON") from None
        if not isinstance(self.value, dict):
            raise BadQuery("Malformed request body: expected a JSON object")

    def text(self, name: str) -> str | None:
        """A text that may be left out."""
        found = self.value.get(name)
        if found is not None and not isinstance(found, str):
            raise BadQuery(f'Malformed request body: "{name}" must be a string')
        return found

    def texts(self, name: str) -> list[str] | None:
        """A list of texts that may be left out."""
        return _texts(self.value, name)

    def count(self, name: str, *, least: int = 0) -> int | None:
        """A whole number that may be left out."""
        found = self.value.get(name)
        if found is None:
            return None
        return _count(name, found if isinstance(found, int) and not isinstance(found, bool) else None, least)

    def predicate(self) -> Any:
        """What ``query`` asks for."""
        found = self.value.get("query")
        if found is not None and not isinstance(found, dict):
            raise BadQuery("Invalid query: expected an object")
        return found

    def fields(self) -> Fields:
        """What ``fields`` names."""
        return parsed(self.texts("fields") or ())

    def order(self) -> Order | None:
        """The first of ``orderBy``."""
        listed = self.value.get("orderBy") or []
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise BadQuery('Malformed request body: "orderBy" must be a list of {field, order}')
        orders = [Order.of(one.get("field"), one.get("order")) for one in listed]
        return orders[0] if orders else None

    def full_text(self) -> tuple[str, tuple[str, ...]]:
        """The term and the fields of ``fullTextFilter``."""
        found = self.value.get("fullTextFilter") or {}
        if not isinstance(found, dict) or not isinstance(found.get("term") or "", str):
            raise BadQuery('Malformed request body: "fullTextFilter" must be {term, fields}')
        return found.get("term") or "", tuple(_texts(found, "fields") or ())

    def counted(self) -> bool:
        """What ``totalItems`` says."""
        return counted(self.value.get("totalItems"))


def counted(mode: Any) -> bool:
    """Whether all matching entities are to be counted. Raises BadQuery."""
    if mode not in (None, "include", "exclude"):
        raise BadQuery(f'Invalid totalItems parameter "{mode}", expected one of: include, exclude')
    return bool(mode != "exclude")


def _count(name: str, number: int | None, least: int) -> int:
    if number is None or number < least:
        raise BadQuery(f"Invalid {name}, must be {'greater than zero' if least else 'zero or greater'}")
    return number


def _texts(value: Mapping[str, Any], name: str) -> list[str] | None:
    found = value.get(name)
    if found is not None and not (isinstance(found, list) and all(isinstance(one, str) for one in found)):
        raise BadQuery(f'Malformed request body: "{name}" must be a list of strings')
    return found
