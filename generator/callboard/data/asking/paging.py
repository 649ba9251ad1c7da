"""Lists that services hand out in parts: from one part to the next, and the whole as one kept answer."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote_plus, urljoin

from callboard.data.asking.answers import Body, body_of
from callboard.data.asking.answers import json as json_of
from callboard.data.cache import StoredAnswer
from callboard.data.http import freshness
from callboard.model.source import Paging

_LINK: Final = re.compile(r"<([^<>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]*))?)*)")
_NEXT: Final = re.compile(r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\"|next(?=[\s;]|\Z))", re.IGNORECASE)
_SHOWN: Final = 60


class Part(NamedTuple):
    """One question of several."""

    url: str
    content: bytes = b""
    """What is posted; GET if there is nothing."""


class Page(NamedTuple):
    """One answer of several, as parsed."""

    value: Any
    """The whole of it: cursors and totals are found in it."""
    items: list[Any]


class Listed(NamedTuple):
    """All items of a list."""

    items: list[Any]
    complete: bool
    """Whether the list was not cut after the most parts that are asked for."""


Read = Callable[[Body], Page]
"""A page of an answer's body. Its ValueError (a sentence) says that the answer is unusable."""


@dataclass(slots=True)
class Walk:
    """The way from one part of a list to the next. ``value`` is what is posted, None with GET."""

    by: Paging
    url: str
    value: Any = None
    _number: int = field(default=0, init=False)
    _received: int = field(default=0, init=False)
    _seen: set[str] = field(default_factory=set, init=False)
    _last: list[Any] = field(default_factory=list, init=False)

    def first(self) -> Part:
        """The first question."""
        self._number = self.by.start
        sent: dict[str, Any] = {}
        if self.by.page:
            sent = {self.by.page: self._number, **_amount("size", self.by.size)}
        elif self.by.offset:
            sent = {self.by.offset: 0, **_amount("limit", self.by.limit)}
        part = self._with(sent)
        self._seen.add(repr(part))
        return part

    def after(self, part: Part, page: Page, headers: Mapping[str, str]) -> Part | None:
        """The question behind an answer; None at the end. Raises ValueError with a sentence: this list cannot be read."""
        found = self._after(part, page, headers)
        if found is not None:
            if repr(found) in self._seen:
                raise ValueError("its pages lead back to one that was there before")
            self._seen.add(repr(found))
        return found

    def _after(self, part: Part, page: Page, headers: Mapping[str, str]) -> Part | None:
        if self.by.link:
            link = _next(headers.get("link", ""))
            return part._replace(url=urljoin(part.url, link)) if link else None
        if self.by.cursor:
            return self._from_cursor(part, page.value)
        return self._counted(page)

    def _from_cursor(self, part: Part, value: Any) -> Part | None:
        token = found(self.by.cursor, value)
        if token in (None, "", False) or not self._more(value):
            return None
        if isinstance(token, (dict, list)):
            raise ValueError(f'cursor: "{self.by.cursor}" finds no token in it')
        return self._with({self.by.parameter: token}) if self.by.parameter else part._replace(url=urljoin(part.url, str(token)))

    def _more(self, value: Any) -> bool:
        path = self.by.more
        if not path and self.by.cursor.endswith("endCursor"):
            path = f"{self.by.cursor.removesuffix('endCursor')}hasNextPage"
            return found(path, value) is not False
        return not path or bool(found(path, value))

    def _counted(self, page: Page) -> Part | None:
        """By the number of a page, or of the items before it. A service may give fewer items at once than it was asked for."""
        if page.items and page.items == self._last:
            raise ValueError(f'it gives the same page again; does it know the parameter "{self.by.page or self.by.offset}"?')
        self._last = page.items
        self._received += len(page.items)
        total = found(self.by.total, page.value) if self.by.total else None
        if total is not None and (isinstance(total, bool) or not isinstance(total, int)):
            raise ValueError(f'total: "{self.by.total}" finds no number in it')
        if self._ended(page, total):
            return None
        self._number += 1
        if self.by.page:
            return self._with({self.by.page: self._number, **_amount("size", self.by.size)})
        return self._with({self.by.offset: self._received, **_amount("limit", self.by.limit)})

    def _ended(self, page: Page, total: int | None) -> bool:
        if total is None:
            full = next(iter(_amount("", self.by.size or self.by.limit).values()), 1)
            return len(page.items) < full
        if self._received < total and not page.items:
            raise ValueError(f"it says that there are {total:,} items, and has no more after {self._received:,}")
        return self._received >= total

    def _with(self, sent: Mapping[str, Any]) -> Part:
        if self.value is None:
            return Part(with_query(self.url, sent))
        value = self.value
        for path, what in sent.items():
            value = _set(value, path.split("."), what)
        return Part(self.url, posted(value))


def _amount(name: str, said: int | Mapping[str, int] | None) -> dict[str, int]:
    return dict(said) if isinstance(said, Mapping) else {name: said} if said else {}


def _set(value: Any, path: Sequence[str], what: Any) -> Any:
    inside = value if isinstance(value, dict) else {}
    return {**inside, path[0]: what if len(path) == 1 else _set(inside.get(path[0]), path[1:], what)}


def _next(header: str) -> str:
    """The address of ``rel="next"`` in a Link header (RFC 8288); "" without one."""
    return next((link[1].strip() for link in _LINK.finditer(header) if _NEXT.search(link[2])), "")


def with_query(url: str, parameters: Mapping[str, Any]) -> str:
    """``url`` with these query parameters in place of those of the same name; a list repeats its name."""
    address, _, query = url.partition("?")
    kept = [pair for pair in query.split("&") if pair and unquote_plus(pair.partition("=")[0]) not in parameters]
    for name, value in parameters.items():
        several = value if isinstance(value, (list, tuple)) else [value]
        kept += [f"{quote(name, safe='')}={quote(_plain(one), safe='')}" for one in several]
    return f"{address}?{'&'.join(kept)}" if kept else address


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def posted(value: Any) -> bytes:
    """Plain data as it is posted: equal data is the same text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode()


def found(expression: str, value: Any) -> Any:
    """What a JMESPath finds. Raises ValueError with a sentence."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(expression, value)
    except JMESPathError as error:
        raise ValueError(f'"{expression[:_SHOWN]}" does not fit it: {" ".join(str(error).split())}') from None


def read(body: Body, *, items: str) -> Page:
    """A page of JSON; ``items`` is a JMESPath to its items. Raises ValueError with a sentence."""
    value = json_of(body)
    listed = found(items, value) if items else value
    if not isinstance(listed, list):
        raise ValueError(f'items: "{items[:_SHOWN]}" finds no list in it' if items else "it is no list")
    return Page(value, listed)


# The whole as one answer


def packed(parts: Sequence[StoredAnswer], *, complete: bool) -> StoredAnswer:
    """All parts as one answer to keep: the list stands or falls as a whole."""
    heads = [[p.url, p.status, dict(p.headers), p.etag, p.last_modified, p.fetched_at, p.stored_at, len(p.body)] for p in parts]
    head = json.dumps({"complete": complete, "parts": heads}, separators=(",", ":")).encode()
    forbidding = [part.headers for part in parts if not freshness.storable(part.headers)]  # one is enough
    body = b"\n".join([head, b"".join(part.body for part in parts)])
    return replace(parts[0], headers=(forbidding or [parts[0].headers])[0], body=body, etag="", last_modified="")


def unpacked(content: bytes) -> tuple[list[StoredAnswer], bool]:
    """The parts of a packed answer, and whether they are all. Raises ValueError: it is no such answer."""
    head, _, rest = content.partition(b"\n")
    noted = json.loads(head)
    parts: list[StoredAnswer] = []
    at = 0
    try:
        for url, status, headers, etag, modified, fetched, stored, size in noted["parts"]:
            parts.append(StoredAnswer(url, status, headers, rest[at : at + size], etag, modified, fetched, stored))
            at += size
        return parts, bool(noted["complete"])
    except (KeyError, TypeError):
        raise ValueError("it is no list in parts") from None


def listed(by: Paging, pages: Sequence[Page], *, complete: bool) -> Listed:
    """The items of all pages, in order.

    While pages are counted, an item that is added to a service's list moves another one to the next page: what was on an earlier
    page already is left out there.
    """
    if not (by.page or by.offset):
        return Listed([item for page in pages for item in page.items], complete)
    items: list[Any] = []
    seen: set[str] = set()
    for page in pages:
        marks = [_mark(item) for item in page.items]
        items += [item for item, mark in zip(page.items, marks, strict=True) if not mark or mark not in seen]
        seen.update(marks)
    return Listed(items, complete)


def _mark(item: Any) -> str:
    """What equal records have in common; "" for texts and numbers, which may well be equal."""
    if not isinstance(item, dict):
        return ""
    return hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()


def reader(by: Paging, read: Read) -> Callable[[Body], Listed]:
    """What makes the list of a packed answer."""

    def accept(body: Body) -> Listed:
        parts, complete = unpacked(body.content)
        return listed(by, [read(body_of(part)) for part in parts], complete=complete)

    return accept
