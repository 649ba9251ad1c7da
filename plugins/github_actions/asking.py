"""Asking GitHub's REST API about the workflow runs of repositories."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from callboard.plugin import Answer, Http, Secret, mapping

from .shape import listed

_DAY: Final = 86_400.0


class Api:
    """GitHub's REST API at ``base``. Each method raises what ``Http.json`` raises."""

    def __init__(self, http: Http, base: str, token: Secret | None) -> None:
        self._http, self._base = http, base.rstrip("/")
        self._headers: dict[str, str | Secret] = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        if token:
            self._headers["Authorization"] = Secret(f"Bearer {token.reveal()}")

    def main_branch(self, slug: str) -> str:
        """The repository's main branch, "" if it is hidden. It changes rarely."""
        found = self._http.json(f"{self._base}/repos/{slug}", headers=self._headers, name="repositories", ttl=_DAY, absent=True)
        return str(mapping(found.value).get("default_branch") or "")

    def runs(self, slug: str, *, branch: str, most: int) -> Answer:
        """The newest runs; the value is None for a repository that is not there."""
        query = urlencode({"per_page": min(most, 100), **({"branch": branch} if branch else {})})
        return self._list(f"/repos/{slug}/actions/runs?{query}", "workflow_runs", name="runs", absent=True)

    def jobs(self, slug: str, run: object) -> list[dict[str, Any]]:
        """The jobs of a run's last attempt."""
        found = self._list(f"/repos/{slug}/actions/runs/{run}/jobs?per_page=100", "jobs", name="jobs", absent=True).value
        return found if isinstance(found, list) else []

    def _list(self, path: str, items: str, *, name: str, absent: bool) -> Answer:
        return self._http.json(
            self._base + path, headers=self._headers, name=name, accept=lambda value: listed(value, items), absent=absent
        )
