"""What GitHub's REST API answers about workflow runs, as records of the view ci.builds. Nothing here asks anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from callboard.plugin import mapping, safe

_SLUG: Final = re.compile(r"[A-Za-z0-9-]{1,100}/(?!\.\.?\Z)[A-Za-z0-9._-]{1,100}")
OVER: Final = "completed"
GOOD: Final = frozenset(("success", "neutral", "skipped"))


def slug_of(text: object) -> str:
    """``owner/repository`` as annotations write it, or ""."""
    found = text.strip() if isinstance(text, str) else ""
    return found if _SLUG.fullmatch(found) else ""


def listed(value: Any, name: str) -> list[dict[str, Any]]:
    """The list ``name`` of an answer. Raises ValueError if it is no such answer."""
    found = mapping(value).get(name)
    if not isinstance(found, list):
        raise ValueError(f'it has no list "{name}", as GitHub\'s answers have.')
    return [one for one in found if isinstance(one, dict)]


def state_of(one: Mapping[str, Any]) -> str:
    """How a run or a job went: its conclusion once it is completed, else its status."""
    status = str(one.get("status") or "")
    conclusion = one.get("conclusion")
    return str(conclusion) if conclusion and status in (OVER, "") else "unknown" if status == OVER else status or "unknown"


def record(slug: str, branch: str, run: Mapping[str, Any]) -> dict[str, Any]:
    """A standard record of a run; ``branch`` is the repository's main branch, "" if nobody knows.

    ``path`` and ``project_path`` are where its page and its project's lie below the mount.
    """
    commit, page = str(run.get("head_sha") or ""), str(run.get("html_url") or "")
    repository = str(mapping(run.get("repository")).get("html_url") or "")
    subject = str(mapping(run.get("head_commit")).get("message") or "").partition("\n")[0]
    return {
        "project": slug,
        "project_path": slug.lower(),
        "path": f"{slug.lower()}/{run.get('id')}",
        "id": str(run.get("id") or ""),
        "number": str(run.get("run_number") or ""),
        "title": safe(str(run.get("display_title") or "") or subject),
        "workflow": safe(str(run.get("name") or "")),
        "state": state_of(run),
        "event": str(run.get("event") or ""),
        "branch": _branch(run),
        "default_branch": branch,
        "commit": commit,
        "commit_url": f"{repository}/commit/{commit}" if repository and commit else "",
        "author": str(mapping(run.get("triggering_actor") or run.get("actor")).get("login") or ""),
        "started": str(run.get("run_started_at") or run.get("created_at") or ""),
        "finished": str(run.get("updated_at") or "") if run.get("status") == OVER else "",
        "attempt": run.get("run_attempt") if isinstance(run.get("run_attempt"), int) else 1,
        "url": page,
    }


def with_jobs(build: dict[str, Any], jobs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The record with its jobs: GitHub's run is one workflow, and its artifacts are the run's."""
    workflow = {
        "name": build["workflow"] or "Jobs",
        "state": build["state"],
        "url": build["url"],
        "artifacts": f"{build['url']}#artifacts" if build["url"] else "",
        "started": build["started"],
        "finished": build["finished"],
        "jobs": list(jobs),
    }
    return {**build, "workflows": [workflow]}


def job(one: Mapping[str, Any]) -> dict[str, Any]:
    """A job; of one that failed, the step that did."""
    steps = one.get("steps")
    failed = [
        str(step.get("name") or "")
        for step in (steps if isinstance(steps, list) else ())
        if isinstance(step, dict) and step.get("conclusion") in ("failure", "timed_out")
    ]
    return {
        "name": str(one.get("name") or ""),
        "state": state_of(one),
        "url": str(one.get("html_url") or ""),
        "started": str(one.get("started_at") or ""),
        "finished": str(one.get("completed_at") or ""),
        "note": f"failed at {failed[0]}" if failed else "",
    }


def _branch(run: Mapping[str, Any]) -> str:
    """The branch; of a fork with its owner before it, as GitHub writes it: a fork's ``main`` is not ours."""
    branch = str(run.get("head_branch") or "")
    head, base = mapping(run.get("head_repository")), mapping(run.get("repository"))
    owner = str(mapping(head.get("owner")).get("login") or str(head.get("full_name") or "").partition("/")[0])
    foreign = head.get("full_name") and base.get("full_name") and head["full_name"] != base["full_name"]
    return f"{owner}:{branch}" if foreign and owner and branch else branch
