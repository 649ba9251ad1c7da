"""``/api/search/query`` as Backstage's clients ask it, answered from the published search index."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from callboard.pages.search.query import FILTERS, Asked, Filter
from callboard.pages.search.read import Answer, Index, Result
from callboard.pages.search.words import WORD, Speller
from callboard.plugin import Call, Published, Reply

PREFIX = "/api/search"
_LONGEST_TERM, _LIMIT, _MOST = 100, 25, 100
"""As a Backstage has them without settings: ``search.maxTermLength``, and ``search.maxPageLimit``."""
_TEXT = 400
"""Characters of a document's text."""
_PARAMETER = re.compile(r"(term|types|filters|pageCursor|pageLimit)((?:\[[^\[\]]*\])*)")
_BEFORE, _AFTER = "<callboard-mark>", "</callboard-mark>"
_KINDS = {"componentType": "type"}


class _Refused(Exception):
    """A question that cannot be answered, in a sentence."""


@dataclass(frozen=True, slots=True)
class _Question:
    term: str = ""
    types: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    page: int = 0
    limit: int = _LIMIT


@dataclass(frozen=True)
class _Publication:
    """A published site that is told apart by its version."""

    version: str
    published: Published = field(compare=False)


def answer(call: Call, published: Published) -> Reply | None:
    """The answer to a request below ``/api/search``; None for what is none of its paths, and for a site without an index."""
    if call.path.rstrip("/") != "/query" or published.read("_/search.json") is None:
        return None
    if call.method not in ("GET", "HEAD"):
        return _error(call, 405, "MethodNotAllowedError", f"{call.method} is not known here; known are GET, HEAD")
    try:
        question = _question(call.query)
    except _Refused as refused:
        return _error(call, 400, "InputError", f"Invalid query string: {refused}")
    try:
        index = _index(_Publication(published.version, published))
        found = index.query(
            question.term,
            types=question.types,
            filters=question.filters,
            first=question.page * question.limit,
            limit=question.limit,
        )
    except (KeyError, FileNotFoundError):  # the next publication has taken the files away meanwhile
        _index.cache_clear()
        return _error(call, 503, "ServiceUnavailableError", "The site was published anew; ask again.")
    return _reply(_said(call, question, found, index.english))


@lru_cache(maxsize=2)
def _index(publication: _Publication) -> Index:
    def read(file: str) -> bytes:
        content = publication.published.read(file)
        if content is None:
            raise KeyError(file)
        return content

    return Index(read)


def _question(query: tuple[tuple[str, str], ...]) -> _Question:
    term, cursor, limit = "", "", str(_LIMIT)
    types: list[str] = []
    filters: list[Filter] = []
    for key, value in query:
        found = _PARAMETER.fullmatch(key)
        if found is None:
            continue
        name, inside = found[1], re.findall(r"\[([^\[\]]*)\]", found[2])
        if name == "types":
            types.append(value)
        elif name == "filters":
            filters += _filters(inside, value)
        elif name == "term":
            term = value
        elif name == "pageCursor":
            cursor = value
        else:
            limit = value
    if len(term) > _LONGEST_TERM:
        raise _Refused(f"The term length '{len(term)}' is greater than the max: '{_LONGEST_TERM}'")
    return _Question(term, tuple(types), tuple(filters), _page(cursor), _count(limit))


def _filters(inside: list[str], value: str) -> list[Filter]:
    name = _KINDS.get(inside[0], inside[0]) if inside else ""
    if name not in FILTERS:
        raise _Refused(f"filters: there is no filter {name!r}; known are {', '.join(FILTERS)}")
    return [Filter(name, value.lower())]


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise _Refused(f"pageLimit: Expected number, received {text!r}")
    if int(text) > _MOST:
        raise _Refused(f"The page limit '{int(text)}' is greater than the max: '{_MOST}'")
    return max(1, int(text))


def _page(cursor: str) -> int:
    try:
        return min(10_000, int(base64.b64decode(cursor, validate=True).decode("ascii"))) if cursor else 0
    except (ValueError, binascii.Error):
        raise _Refused(f"pageCursor: {cursor!r} is none that an answer named") from None


def _cursor(page: int) -> str:
    return base64.b64encode(str(page).encode()).decode()


def _said(call: Call, question: _Question, found: Answer, english: bool) -> dict[str, Any]:
    base = call.base.removesuffix(PREFIX)
    speller = Speller(english=english)
    first = question.page * question.limit
    said: dict[str, Any] = {
        "results": [
            {
                "type": one.type,
                "document": _document(one, base),
                "highlight": _highlight(one, found.asked, speller),
                "rank": first + number,
            }
            for number, one in enumerate(found.results, 1)
        ],
        "numberOfResults": found.total,
    }
    if first + question.limit < found.total:
        said["nextPageCursor"] = _cursor(question.page + 1)
    if question.page:
        said["previousPageCursor"] = _cursor(question.page - 1)
    return said


def _document(one: Result, base: str) -> dict[str, Any]:
    document: dict[str, Any] = {"title": one.title, "text": one.text[:_TEXT], "location": base + one.href}
    if one.kind:
        document["kind"] = one.kind
    if one.owner:
        document["owner"] = one.owner.rpartition("/")[2] if one.type == "software-catalog" else one.owner
    for name in ("type", "lifecycle", "namespace", "system"):
        if one.more.get(name):
            document[name] = one.more[name]
    if one.type == "software-catalog":
        document["componentType"] = one.more.get("type", "other")
    if one.type == "techdocs":
        path = one.href.partition("#")[0].strip("/")
        document |= {"path": path, "name": path.rpartition("/")[2], "entityTitle": one.above[-1] if one.above else one.page}
    return document


def _highlight(one: Result, asked: Asked, speller: Speller) -> Mapping[str, Any]:
    fields = {"title": _marked(one.title, asked, speller), "text": _marked(one.text[:_TEXT], asked, speller)}
    return {"preTag": _BEFORE, "postTag": _AFTER, "fields": {name: text for name, text in fields.items() if _BEFORE in text}}


def _marked(text: str, asked: Asked, speller: Speller) -> str:
    def mark(found: re.Match[str]) -> str:
        for one in speller.words(found.group()):
            pairs = zip(one.parts, one.plain, strict=True)
            if one.whole in asked.wholes or any(word.fits(*pair) for pair in pairs for word in asked.words):
                return f"{_BEFORE}{found.group()}{_AFTER}"
        return found.group()

    return WORD.sub(mark, text)


def _reply(value: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def _error(call: Call, status: int, name: str, message: str) -> Reply:
    query = "&".join(f"{key}={value}" for key, value in call.query)
    request = {"method": call.method, "url": f"{call.base}{call.path}" + (f"?{query}" if query else "")}
    return _reply({"error": {"name": name, "message": message}, "request": request, "response": {"statusCode": status}}, status)
