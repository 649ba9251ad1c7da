"""The network as plugins are given it: ``callboard.plugin.Http`` of one mount, over answers that are kept."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from callboard.data.asking import answers, paging
from callboard.data.asking.answers import Body, Failed, Fetched, Terms
from callboard.data.asking.fetching import Fetching, Headers
from callboard.model.source import Paging
from callboard.plugin import Answer, NotAsked

T = TypeVar("T")


class Client(Fetching):
    """HTTP for one mount. ``report`` hears how each call went; without ``asks``, each of them raises NotAsked."""

    def json(
        self,
        url: str,
        *,
        headers: Headers | None = None,
        name: str = "",
        body: Any = None,
        accept: Callable[[Any], Any] | None = None,
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        absent: bool = False,
    ) -> Answer:
        """GET, or POST ``body``, and parse JSON: see ``callboard.plugin.Http``. Raises FetchError."""
        content = b"" if body is None else paging.posted(body)
        parse = answers.json if accept is None else lambda found: accept(answers.json(found))
        terms = Terms(ttl, stale, timeout)
        return self._told(url, parse, terms, headers=headers, name=name, content=content, absent=absent)

    def text(
        self,
        url: str,
        *,
        headers: Headers | None = None,
        name: str = "",
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        absent: bool = False,
    ) -> Answer:
        """GET a text: see ``callboard.plugin.Http``. Raises FetchError."""
        return self._told(url, answers.text, Terms(ttl, stale, timeout), headers=headers, name=name, absent=absent)

    def file(
        self,
        url: str,
        *,
        headers: Headers | None = None,
        name: str = "",
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        limit: int | None = None,
        absent: bool = False,
    ) -> Answer:
        """GET bytes: see ``callboard.plugin.Http``. Raises FetchError."""
        terms = Terms(ttl, stale, timeout)
        return self._told(url, answers.content, terms, headers=headers, name=name, limit=limit, absent=absent)

    def _told(self, url: str, parse: Callable[[Body], Any], terms: Terms, *, absent: bool, **asked: Any) -> Answer:
        accept = parse if not absent else lambda body: None if body.absent else parse(body)
        found = self._heard(lambda: self.fetch(url, accept=accept, absent=absent, **terms._asdict(), **asked))
        return Answer(found.value, found.origin, found.headers)

    def _heard(self, ask: Callable[[], Fetched[T]]) -> Fetched[T]:
        if not self._asks:
            raise NotAsked("check asks no service.")
        try:
            found = ask()
        except Failed as failed:
            self._report(failed.run)
            raise
        self._report(found.run)
        return found

    def pages(
        self,
        url: str,
        *,
        by: Paging,
        items: str = "",
        most: int = 50,
        headers: Headers | None = None,
        name: str = "",
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        absent: bool = False,
    ) -> Answer:
        """GET a list that comes in parts: see ``callboard.plugin.Http``. Raises FetchError."""
        read = functools.partial(paging.read, items=items)
        terms = Terms(ttl, stale, timeout)._asdict()
        found = self._heard(
            lambda: self.listed(url, by=by, read=read, most=most, headers=headers, name=name, absent=absent, **terms)
        )
        value = found.value
        if value is None:
            return Answer(None, found.origin, found.headers)
        return Answer(value.items, found.origin, found.headers, complete=value.complete)
