"""Asking a lighthouse-audit-service: all pages of its websites, and each completed report once in its life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from callboard.plugin import Answer, Context, FetchError, NotAsked, Origin, Record, Secret, State

from . import lhr
from .addresses import is_web
from .audits import Audit, from_list, with_facts
from .options import Options

_SIZES: Final = (25, 5, 1)
"""Websites a page: each comes with every audit that it ever had, so that after years a page of 25 may be larger than an answer may be.
For the same reason the list is no ``Http.pages``, which keeps a list as one answer of bounded size.
"""
_PAGES: Final = 1000
_TOO_LARGE: Final = "it is larger than"
_AT_ONCE: Final = 4
"""Reports asked for side by side."""
_GIVEN_UP: Final = 5
"""Failures after which no more reports are asked for in this build."""
_FOR_EVER: Final = 10 * 365 * 86400.0
"""Seconds: a completed audit never changes."""
_FACTS: Final = "facts"
_REPORT: Final = "report"


class Service:
    """One service, in one build. ``origins`` say how it answered; ``unread`` what of its reports is missing."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._context, self._now = options, context, context.now
        self._headers = headers_of(options)
        self._facts: dict[str, Any] = {}
        """What is known of each completed audit, by id; None while its report was not read."""
        self.origins: list[Origin] = []
        self.unread = ""
        self.waiting = 0
        """Reports left for the next builds."""
        self.missed = 0
        """Websites that the service counts, and that none of its pages held."""

    def audits(self) -> list[Audit]:
        """The newest audits of every website, newest first. Empty if the service gave nothing."""
        try:
            websites = self._websites()
        except NotAsked:
            return []
        except FetchError as error:
            self.origins = [_failed(self._options.service, str(error))]
            return []
        found = [audit for website in websites.values() for audit in self._newest(website)]
        return sorted(found, key=lambda audit: audit.at, reverse=True)

    def with_facts(self, audits: Sequence[Audit]) -> list[Audit]:
        """The audits with the facts of their reports. Only what was never read is fetched, at most ``fetch``: the newest of each site
        first, then the second, so that each has something to show.
        """
        turns: Counter[str] = Counter()
        completed = [audit for audit in audits if audit.state == "completed"]
        self._facts = {audit.id: self._kept(_FACTS, audit.id) for audit in completed}
        waiting = [(_turn(turns, audit), audit.id) for audit in completed if self._facts[audit.id] is None]
        missing = [audit_id for _, audit_id in sorted(waiting, key=lambda one: one[0])]
        self.waiting = max(0, len(missing) - self._options.fetch)
        self._fetch(missing[: self._options.fetch])
        return [self._completed(audit) if audit.state == "completed" else audit for audit in audits]

    def report(self, audit_id: str) -> Record | None:
        """The reduced report of an audit; None if it was not read."""
        found: Record | None = self._kept(_REPORT, audit_id)
        return found

    def _websites(self) -> dict[str, list[Any]]:
        """Each website's items, by its address. The list is sorted by the last audit, so that it may move while it is read: what is
        there twice counts once, and if something was missed, it is read once more in pages of another size.
        """
        for size in _SIZES:
            try:
                found, total = self._pass(size)
            except FetchError as error:
                if _TOO_LARGE in str(error) and size != _SIZES[-1]:
                    continue
                raise
            if len(found) < total and size + 1 not in _SIZES:
                again, total = self._pass(size + 1)
                found = {**found, **again}
            self.missed = max(0, total - len(found))
            return found
        return {}

    def _pass(self, size: int) -> tuple[dict[str, list[Any]], int]:
        found: dict[str, list[Any]] = {}
        origins: list[Origin] = []
        items: list[Any] = []
        offset, total = 0, 1
        while offset < total and len(origins) < _PAGES:
            answer = self._page(size, offset)
            items, total = answer.value["items"], answer.value["total"]
            origins.append(answer.origin)
            for item in items:
                found.setdefault(item["url"], item["audits"])
            if not items:
                break
            offset += size
        self.origins = [_oldest(origins)]
        return found, total

    def _page(self, size: int, offset: int) -> Answer:
        url = f"{self._options.service}/v1/websites?limit={size}&offset={offset}"
        answer = self._context.http.json(url, headers=self._headers, name="websites", accept=_websites_of)
        if answer.origin.state is State.STALE and _TOO_LARGE in answer.origin.error:
            raise FetchError(answer.origin.error)
        return answer

    def _newest(self, website: Sequence[Any]) -> list[Audit]:
        found = [audit for item in website if (audit := from_list(item, self._now)) and is_web(audit.url)]
        found.sort(key=lambda audit: audit.at, reverse=True)
        return found[: 2 * self._options.history]  # of two form factors, which only their reports tell apart

    def _key(self, kind: str, audit_id: str) -> str:
        return f"{kind} {self._options.service} {audit_id}"

    def _kept(self, kind: str, audit_id: str) -> Any:
        return self._context.cache.get(self._key(kind, audit_id))

    def _completed(self, audit: Audit) -> Audit:
        facts = self._facts[audit.id]
        return with_facts(audit, facts) if facts else audit

    def _fetch(self, ids: Sequence[str]) -> None:
        failures = 0
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="lighthouse") as pool:
            for start in range(0, len(ids), _AT_ONCE):
                some = ids[start : start + _AT_ONCE]
                for audit_id, (value, error) in zip(some, pool.map(self._ask, some), strict=True):
                    if error is not None:
                        failures += 1
                        self._note(error)
                    elif value is not None:
                        self._facts[audit_id] = value[0]
                        self._context.cache.set(self._key(_FACTS, audit_id), value[0])
                        self._context.cache.set(self._key(_REPORT, audit_id), value[1])
                if failures >= _GIVEN_UP:
                    return

    def _ask(self, audit_id: str) -> tuple[Any, FetchError | None]:
        """The facts and the report of one audit; None for one that was deleted. Any other ``Accept`` is answered with HTML."""
        try:
            answer = self._context.http.json(
                f"{self._options.service}/v1/audits/{audit_id}",
                headers={**self._headers, "Accept": "application/json"},
                name="reports",
                accept=_report_of,
                ttl=_FOR_EVER,
                absent=True,
            )
        except FetchError as error:
            return None, error
        return answer.value, None

    def _note(self, error: FetchError) -> None:
        if not self.unread:
            self.unread = str(error)
            self.origins.append(_failed(self._options.service, str(error), name="reports"))


def _turn(turns: Counter[str], audit: Audit) -> int:
    """Whether it is the first, second, … audit of its site."""
    turns[audit.url] += 1
    return turns[audit.url]


def headers_of(options: Options) -> Mapping[str, str | Secret]:
    """What is sent with each request."""
    return {"Authorization": Secret(f"Bearer {options.token.reveal()}")} if options.token else {}


def _websites_of(value: Any) -> Any:
    """A page of websites, checked. Raises ValueError: half a sentence."""
    items = value.get("items") if isinstance(value, dict) else None
    total = value.get("total") if isinstance(value, dict) else None
    if not isinstance(items, list) or not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise ValueError("it is no list of websites; is this the address of a lighthouse-audit-service?")
    return {"items": [item for item in items if is_website(item)], "total": total}


def is_website(item: Any) -> bool:
    """Whether it is a website of the service's, with its audits."""
    return isinstance(item, dict) and isinstance(item.get("url"), str) and isinstance(item.get("audits"), list)


def _report_of(value: Any) -> Any:
    """The facts and the report of an audit. Raises ValueError: half a sentence."""
    [result] = lhr.results(value)[:1]
    return lhr.facts(result), lhr.report(result)


def _oldest(origins: Sequence[Origin]) -> Origin:
    """One origin for all pages: a stale one if there is one, else the one that is oldest."""
    stale = [origin for origin in origins if origin.state is not State.OK]
    return min(stale or origins, key=lambda origin: origin.as_of.timestamp() if origin.as_of else 0.0)


def _failed(address: str, error: str, *, name: str = "websites") -> Origin:
    label = address.partition("://")[2].partition("/")[0]
    return Origin(name, "http", label, State.FAILED, error=error.rstrip(".").removeprefix(f"{label} "))
