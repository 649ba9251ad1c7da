"""The source ``http``: an address that answers JSON, YAML, CSV or TOML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from callboard.data import filling, formats
from callboard.data.asking.answers import Body
from callboard.data.asking.paging import Page, with_query
from callboard.data.sources.asked import Question, Web


class Addresses(Web):
    """An address."""

    __slots__ = ()

    def question(self, url: str, scope: Mapping[str, Any]) -> Question:
        """A GET with the query's parameters, or a POST of the body."""
        if isinstance(self.spec.query, dict) and self.spec.query:
            url = with_query(url, filling.values(self.spec.query, scope))
        return Question(url, None if self.spec.body is None else filling.values(self.spec.body, scope))

    def page(self, body: Body, url: str) -> Page:
        """The documents of an answer."""
        form = self.spec.format or _form(body.media_type, urlsplit(url).path)
        if form == "markdown":
            raise ValueError("Markdown is read from files only")
        if form != "csv" and not body.content.strip():
            raise ValueError("it is empty")
        parsed = formats.parse(body.content, form)
        for fault in parsed.faults:
            raise ValueError(f"{fault.what.rstrip('.')} (line {fault.line})")
        values = [document.value for document in parsed.documents]
        return Page(values[0] if len(values) == 1 else values, [record for value in values for record in self._shaped(value)])

    def _shaped(self, value: Any) -> list[Any]:
        if value is None:
            raise ValueError("it holds null")
        if self.spec.paginate and not self.select and not isinstance(value, list):
            raise ValueError("it is no list; where its items are says select")
        return self.records(value)


def _form(media_type: str, path: str) -> str:
    ending = formats.ENDINGS.get(PurePosixPath(path).suffix.lower(), "")
    if media_type in formats.MEDIA_TYPES:
        return formats.MEDIA_TYPES[media_type]
    if media_type.endswith("+json"):
        return "json"
    if media_type.endswith("+yaml"):
        return "yaml"
    if media_type in ("", "text/plain", "application/octet-stream", "binary/octet-stream"):
        return ending or "json"
    raise ValueError(f"it is {media_type[:60]}, not JSON, YAML or CSV")
