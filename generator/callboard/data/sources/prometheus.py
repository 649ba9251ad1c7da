"""The source ``prometheus``: what a query gives now, or over a time, as flat records."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from callboard.data import filling
from callboard.data.asking import answers
from callboard.data.asking.answers import Body
from callboard.data.asking.paging import Page, with_query
from callboard.data.asking.recorded import STRUCK
from callboard.data.formats import strict_json
from callboard.data.sources.asked import Question, Web
from callboard.data.sources.source import Fault
from callboard.model import duration
from callboard.model.lookup import words

_SHOWN: Final = 200
_PIECE: Final = re.compile(r"\$\{(?P<braced>\w+)\}|\$(?P<bare>\w+)|(?P<escape>\\.)|(?P<quote>[\"'`])", re.DOTALL)
_BARE: Final = re.compile(r"[A-Za-z0-9_:.]+")
_SPECIAL: Final = re.compile(r"[\\.^$|?*+()\[\]{}]")


class Prometheus(Web):
    """A Prometheus, or what answers like one."""

    __slots__ = ()

    def path(self) -> str:
        """Instant queries and those over a time have addresses of their own."""
        return "/api/v1/query_range" if self.spec.range else "/api/v1/query"

    def question(self, url: str, scope: Mapping[str, Any]) -> Question:
        """The query with its variables; of a range, times that are multiples of its step, so that builds of one hour ask the same."""
        try:
            query = filled(self.query(), {name: filling.values(value, scope) for name, value in self.spec.variables.items()})
        except ValueError as error:
            what = f'the query of the source "{self.name}" cannot be asked: {error}.'
            raise Fault("wrong-value", what, "Mend the query or the option.", "variables") from None
        if not self.spec.range:
            return Question(with_query(url, {"query": query}))
        step = max(duration.seconds(self.spec.step), 1.0)
        end = math.floor(self.client.now / step) * step
        start = end - duration.seconds(self.spec.range)
        asked = with_query(url, {"query": query, "step": f"{step:g}"})
        return Question(
            f"{asked}&start={start:.0f}&end={end:.0f}", alias=f"{asked}&start={STRUCK}&end={STRUCK}", also=self.spec.range
        )

    def page(self, body: Body, url: str) -> Page:  # noqa: ARG002  # the answer says all
        """The series of an answer."""
        value = answers.json(body)
        if not isinstance(value, dict) or value.get("status") not in ("success", "error"):
            raise ValueError("it is no answer of Prometheus")
        if value["status"] == "error":
            raise ValueError(_refusal(value))
        data = value.get("data")
        if not isinstance(data, dict) or data.get("resultType") not in _RESULTS or not isinstance(data.get("result"), list):
            raise ValueError("it is no answer of Prometheus")
        try:
            records = list(_RESULTS[data["resultType"]](data["result"]))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
            raise ValueError("it is no answer of Prometheus") from None
        return Page(value, self.records(records))

    def explain(self, body: bytes) -> str:
        """Prometheus says with 400 and 422 what is wrong with a query."""
        with suppress(ValueError):
            value = strict_json(body)
            if isinstance(value, dict) and value.get("error"):
                return _refusal(value)
        return ""


def filled(query: str, values: Mapping[str, Any]) -> str:
    """``query`` with ``$name`` replaced: inside of quotes by the value made safe for them, a list as ``one|two`` of plain names; outside
    by numbers, durations and names only. Raises ValueError: half a sentence.
    """
    quote = ""

    def piece(match: re.Match[str]) -> str:
        nonlocal quote
        if mark := match["quote"]:
            quote = "" if quote == mark else quote or mark
            return mark
        name = match["braced"] or match["bare"]
        if not name:
            quote = "" if quote == match[0][1:] == "`" else quote  # a backslash means nothing in backquotes
            return match[0]
        if name not in values:
            raise ValueError(f'"${name}" has no value')
        return _safe(name, values[name], quote)

    return _PIECE.sub(piece, query)


def _safe(name: str, value: Any, quote: str) -> str:
    text = "|".join(_SPECIAL.sub(r"\\\g<0>", words(item)) for item in value) if isinstance(value, list) else words(value)
    if not quote:
        if not _BARE.fullmatch(text):
            raise ValueError(f'"${name}" stands outside of quotes, where only a number, a duration or a name may stand')
        return text
    if quote == "`":
        if "`" in text:
            raise ValueError(f'"${name}" holds a backquote, which cannot stand in backquotes')
        return text
    escaped = text.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    return escaped.replace("\n", "\\n").replace("\r", "\\r")


def _refusal(value: Mapping[str, Any]) -> str:
    said = ": ".join(str(value[word]) for word in ("errorType", "error") if value.get(word))
    return " ".join(said.split())[:_SHOWN] or "it names no reason"


def _vector(result: list[Any]) -> Iterator[dict[str, Any]]:
    for series in result:
        yield {**series["metric"], **_point(series.get("value") or [series["histogram"][0], ""])}


def _matrix(result: list[Any]) -> Iterator[dict[str, Any]]:
    for series in result:
        yield {**series["metric"], "points": [_point(pair) for pair in series.get("values", ())]}


def _scalar(result: list[Any]) -> Iterator[dict[str, Any]]:
    yield _point(result)


def _text(result: list[Any]) -> Iterator[dict[str, Any]]:
    yield {**_point([result[0], ""]), "value": str(result[1])}


def _point(pair: Any) -> dict[str, Any]:
    """A moment and its value; None for what is no number (``NaN``, ``+Inf``), since JSON has no word for it."""
    at, text = pair
    number = float(text) if text != "" else math.nan
    value = None if not math.isfinite(number) else int(number) if number.is_integer() and abs(number) < 2**53 else number
    return {"at": datetime.fromtimestamp(float(at), UTC).isoformat(timespec="seconds").replace("+00:00", "Z"), "value": value}


_RESULTS: Final = {"vector": _vector, "matrix": _matrix, "scalar": _scalar, "string": _text}
