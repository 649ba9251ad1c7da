"""Asking CircleCI: requests are counted, and lists end though their page tokens may not."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from callboard.plugin import Answer, Http, Origin, Secret, mapping

from .shape import Slug, items, organisation_of

_DAY: Final = 86_400.0


class Spent(Exception):
    """No more requests in this build: what is left is asked in the next one."""


class Listed(NamedTuple):
    """The items of a list, and where they are from."""

    items: list[Mapping[str, Any]]
    origin: Origin | None
    """None: the service knows no such thing."""


class Api:
    """CircleCI's API v2 at ``base``, asked at most ``most`` times. Thread-safe."""

    def __init__(self, http: Http, base: str, token: Secret | None, most: int) -> None:
        self._http, self._base, self._left = http, base.rstrip("/"), most
        self._headers: dict[str, str | Secret] = {"Circle-Token": token} if token else {}
        self._lock = threading.Lock()
        self.asked = 0

    def get(self, path: str, *, query: Mapping[str, str] | None = None, ttl: float | None = None, absent: bool = False) -> Answer:
        """One answer, a mapping. Raises Spent, or what ``Http.json`` raises."""
        with self._lock:
            if self.asked >= self._left:
                raise Spent
            self.asked += 1
        url = f"{self._base}{path}" + (f"?{urlencode(query)}" if query else "")
        return self._http.json(url, headers=self._headers, name="pipelines", accept=_answer, ttl=ttl, absent=absent)

    def project(self, slug: Slug) -> Answer:
        """A project; its value is None if there is none. Names change rarely."""
        return self._absent(f"/project/{slug.path}", ttl=_DAY)

    def pipelines(self, slug: Slug, *, branch: str, most: int) -> Listed:
        """The newest pipelines of a project."""
        return self._all(f"/project/{slug.path}/pipeline", {"branch": branch} if branch else {}, most, pages=1 + most // 10)

    def of_organisation(self, org: str, *, pages: int) -> Listed:
        """The newest pipelines of an organisation: ``gh/acme``."""
        return self._all("/pipeline", {"org-slug": organisation_of(org)}, 1_000, pages=pages)

    def workflows(self, pipeline: str) -> list[Mapping[str, Any]]:
        """The workflows of a pipeline."""
        return self._all(f"/pipeline/{pipeline}/workflow", {}, 100, pages=3).items

    def jobs(self, workflow: str) -> list[Mapping[str, Any]]:
        """The jobs of a workflow."""
        return self._all(f"/workflow/{workflow}/job", {}, 200, pages=5).items

    def flaky(self, slug: Slug) -> list[Mapping[str, Any]]:
        """The tests that Insights calls flaky."""
        answer = self._absent(f"/insights/{slug.path}/flaky-tests", ttl=6 * 3600.0)
        listed = mapping(answer.value).get("flaky-tests")
        return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []

    def _absent(self, path: str, *, ttl: float) -> Answer:
        return self.get(path, ttl=ttl, absent=True)

    def _all(self, path: str, query: Mapping[str, str], most: int, *, pages: int) -> Listed:
        """All items, each once: until there is no token, a page brings nothing new, or there are enough.

        Not ``Http.pages``: it refuses a list whose token never ends, which mocks of this API have, and every request is counted here.
        """
        found: dict[str, Mapping[str, Any]] = {}
        origin, token = None, ""
        for _ in range(pages):
            answer = self.get(path, query={**query, **({"page-token": token} if token else {})}, absent=not found)
            if answer.value is None:
                return Listed([], None)
            origin = origin or answer.origin
            before = len(found)
            for one in items(answer.value):
                found.setdefault(str(one.get("id") or len(found)), one)
            token = mapping(answer.value).get("next_page_token") or ""
            if not token or not isinstance(token, str) or len(found) in (before, 0) or len(found) >= most:
                break
        return Listed(list(found.values())[:most], origin)


def _answer(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError("it is no mapping, as CircleCI's answers are.")
    return value
