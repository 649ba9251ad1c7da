"""What CircleCI's API v2 answers, as records of the view ci.builds. Nothing here asks anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from callboard.plugin import mapping, safe

_SLUG: Final = re.compile(r"(github|gh|bitbucket|bb|gitlab|gl|circleci)/([^/\s]{1,100})/([^/\s]{1,100})")
_SHORT: Final[Mapping[str, str]] = {"github": "gh", "bitbucket": "bb", "gitlab": "gl"}
_LONG: Final[Mapping[str, str]] = {short: long for long, short in _SHORT.items()}
_COMMITS: Final[Mapping[str, str]] = {"bitbucket": "/commits/", "gitlab": "/-/commit/"}
FINAL: Final = frozenset(("success", "not_run", "failed", "error", "canceled", "unauthorized"))
"""States of a workflow that has come to an end."""
_WORST: Final = ("unauthorized", "error", "failed", "failing", "running", "on_hold", "canceled", "success", "not_run")
"""Of several workflows, the state that says most about the pipeline comes first."""
_NOTES: Final[Mapping[str, str]] = {"on_hold": "waits for an approval", "blocked": "waits for other jobs"}
_UNSTARTED: Final = 3600.0
"""Seconds after which a pipeline without workflows has none to run."""


class Slug(NamedTuple):
    """A project: ``gh/acme/site``. Those of the provider ``circleci`` are made of ids."""

    vcs: str
    org: str
    repo: str

    def __str__(self) -> str:
        return "/".join(self)

    @property
    def path(self) -> str:
        """One segment of an address: the slashes are encoded too."""
        return quote(str(self), safe="")

    @property
    def page(self) -> str:
        """Its path in CircleCI's own pages."""
        return "/".join(quote(part, safe="") for part in (_LONG.get(self.vcs, self.vcs), self.org, self.repo))


def slug_of(text: object) -> Slug | None:
    """A slug as annotations and people write it (``github/acme/site``, ``gh/acme/site``); None for anything else."""
    found = _SLUG.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or {".", ".."} & {found[2], found[3]}:
        return None
    return Slug(_SHORT.get(found[1], found[1]), found[2], found[3])


def organisation_of(text: str) -> str:
    """An organisation as the API takes it: ``github/acme`` is ``gh/acme``."""
    vcs, slash, name = text.strip().partition("/")
    return f"{_SHORT.get(vcs, vcs)}{slash}{name}"


def items(value: Any) -> list[Mapping[str, Any]]:
    """The ``items`` of an answer that are mappings."""
    listed = mapping(value).get("items")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def count(value: Any) -> int | None:
    """A number that counts something: from 1, as a number or its digits; None for what a mock makes up."""
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:16]) < 10**15 else None


def latest(workflows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The newest workflow of each name: a workflow that is run again is a new one beside the old."""
    newest: dict[str, Mapping[str, Any]] = {}
    for workflow in sorted(workflows, key=lambda one: str(one.get("created_at") or "")):
        newest[str(workflow.get("name") or "")] = workflow
    return list(newest.values())


def attempts(workflows: Sequence[Mapping[str, Any]]) -> int:
    """How often the workflow that was started most was started."""
    names = [str(workflow.get("name") or "") for workflow in workflows]
    return max((names.count(name) for name in names), default=1)


def is_final(pipeline: Mapping[str, Any], workflows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nothing of a pipeline goes on."""
    if not workflows:
        return pipeline.get("state") == "errored"
    setting_up = str(pipeline.get("state") or "").startswith("setup") and len(latest(workflows)) == 1
    return not setting_up and all(workflow.get("status") in FINAL for workflow in workflows)


def state_of(pipeline: Mapping[str, Any], workflows: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """How a pipeline went: it has no such state of its own, so its workflows say it."""
    own = str(pipeline.get("state") or "")
    if own == "errored" or (pipeline.get("errors") and not workflows):
        return "errored"
    states = [str(workflow.get("status") or "") for workflow in latest(workflows)]
    if not states:
        age = _age(pipeline.get("created_at"), now)
        return "skipped" if own == "created" and age is not None and age > _UNSTARTED else own or "queued"
    if own.startswith("setup") and states == ["success"]:
        return "setup"
    return min(states, key=lambda state: _WORST.index(state) if state in _WORST else len(_WORST))


def record(
    slug: Slug,
    names: Mapping[str, str],
    pipeline: Mapping[str, Any],
    known: Mapping[str, Any],
    app: str,
) -> dict[str, Any]:
    """A standard record of a pipeline. ``known`` is what ``details`` made of its workflows; ``names`` are the project's.

    ``path`` and ``project_path`` are where its page and its project's lie below the mount.
    """
    vcs, number = mapping(pipeline.get("vcs")), count(pipeline.get("number"))
    commit = str(vcs.get("revision") or "")
    shown = names.get("name") or str(slug)
    return {
        "project": shown,
        "project_path": shown.lower(),
        "slug": str(slug),
        "path": f"{shown.lower()}/{number or pipeline.get('id')}",
        "id": str(pipeline.get("id") or ""),
        "number": str(number or ""),
        "title": safe(str(mapping(vcs.get("commit")).get("subject") or "")),
        "branch": str(vcs.get("branch") or vcs.get("tag") or ""),
        "default_branch": names.get("default_branch", ""),
        "commit": commit,
        "commit_url": _commit_url(vcs, commit),
        "author": str(mapping(mapping(pipeline.get("trigger")).get("actor")).get("login") or ""),
        "url": f"{app}/pipelines/{slug.page}" + (f"/{number}" if number else ""),
        "started": str(pipeline.get("created_at") or ""),
        "errors": [str(mapping(one).get("message") or "") for one in pipeline.get("errors") or [] if isinstance(one, dict)],
        **known,
    }


def details(
    pipeline: Mapping[str, Any],
    workflows: Sequence[Mapping[str, Any]],
    jobs: Mapping[str, Sequence[Mapping[str, Any]]],
    place: str,
    now: datetime,
) -> dict[str, Any]:
    """State, time and workflows of a record. ``jobs`` are those of workflows, by their id; ``place`` is the pipeline's page."""
    shown = latest(workflows)
    ends = [workflow.get("stopped_at") for workflow in shown]
    over = bool(ends) and all(isinstance(end, str) for end in ends)
    return {
        "state": state_of(pipeline, workflows, now),
        "finished": max(map(str, ends)) if over else "",
        "attempt": attempts(workflows),
        "workflows": [_workflow(one, jobs.get(str(one.get("id")), ()), place) for one in shown],
    }


def _workflow(workflow: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]], place: str) -> dict[str, Any]:
    page = f"{place}/workflows/{quote(str(workflow.get('id') or ''), safe='')}"
    return {
        "name": str(workflow.get("name") or ""),
        "state": str(workflow.get("status") or ""),
        "url": page,
        "started": str(workflow.get("created_at") or ""),
        "finished": str(workflow.get("stopped_at") or ""),
        "jobs": [_job(job, page) for job in jobs],
    }


def _job(job: Mapping[str, Any], page: str) -> dict[str, Any]:
    """A job. One that only waits for an approval has no number, no log and no time of its own."""
    number, state = count(job.get("job_number")), str(job.get("status") or "")
    approval = job.get("type") == "approval"
    log = f"{page}/jobs/{number}" if number and not approval else ""
    return {
        "name": str(job.get("name") or ""),
        "state": state,
        "url": log,
        "artifacts": f"{log}/artifacts" if log else "",
        "started": "" if approval else str(job.get("started_at") or ""),
        "finished": "" if approval else str(job.get("stopped_at") or ""),
        "note": "an approval" if approval and state != "on_hold" else _NOTES.get(state, ""),
    }


def _commit_url(vcs: Mapping[str, Any], commit: str) -> str:
    base = vcs.get("target_repository_url") or vcs.get("origin_repository_url")
    if not isinstance(base, str) or not commit:
        return ""
    provider = str(vcs.get("provider_name") or "").lower()
    return f"{base.rstrip('/')}{_COMMITS.get(provider, '/commit/')}{quote(commit, safe='')}"


def _age(text: object, now: datetime) -> float | None:
    try:
        return (now - datetime.fromisoformat(str(text))).total_seconds()
    except (ValueError, TypeError):
        return None
