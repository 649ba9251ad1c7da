"""Repositories of a GitHub organisation (or user) → the texts of their descriptor files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from callboard.plugin import Answer, FetchError, NotAsked, Origin, Problem, State, scm, side_by_side

from ..globs import is_glob
from ..options.providers import GithubFilters, GithubSpec, Topics
from ..reading import trees
from ..reading.sources import Unreadable
from .answered import AT_ONCE, Answered, Asking, texts

API = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
PATH = "/catalog-info.yaml"
_MARGIN = 300.0
"""Seconds by which GitHub's clock and ours may differ."""
_LONGEST = 86_400.0
"""Seconds after which a file is asked for though nothing was pushed."""
_SLUG = re.compile(r"[\w-][\w.-]*/(?!\.\.?\Z)[\w.-]+")


class _Repository(NamedTuple):
    """A repository whose descriptors are read."""

    slug: str
    branch: str
    ttl: float | None
    """Seconds that an answer about its files counts as fresh, if that is longer than usual."""


def read(spec: GithubSpec, asking: Asking, integrations: scm.Integrations) -> Answered:
    """The descriptors of all repositories that pass the filters. Raises FetchError if they cannot be listed."""
    at = integrations[spec["host"]]
    listed = _listed(spec, asking, at.api)
    path = spec.get("catalogPath", PATH).lstrip("/")
    filters = spec.get("filters", {})
    usual = listed[0].origin.ttl or 0.0
    found = _wanted([item for answer in listed for item in answer.value], filters, asking.now, usual)
    wanted = sorted(found, key=lambda repository: repository.slug)
    origins, problems = [answer.origin for answer in listed], []
    read_on = min((origin.as_of for origin in origins if origin.as_of is not None), default=None)
    pages: dict[str, float | None]
    if is_glob(path):
        listings = side_by_side(lambda one: _files(asking, _page(at, one, path), one, integrations), wanted, at_once=AT_ONCE)
        pages = {page: one.ttl for one, listing in zip(wanted, listings, strict=True) for page in listing.pages}
        origins += [_vouched(origin, read_on, usual) for listing in listings for origin in listing.origins]
        problems += [listing.problem for listing in listings if listing.problem is not None]
    else:
        pages = {_page(at, repository, path): repository.ttl for repository in wanted}
    read_ = texts(asking, pages, lambda page: (scm.raw(page, integrations), scm.headers(page, integrations)))
    origins += [_vouched(origin, read_on, usual) for origin in read_.origins]
    return Answered(asking.joined(origins), found=read_.found, problems=(*problems, *read_.problems))


def _vouched(origin: Origin, read_on: datetime | None, usual: float) -> Origin:
    """An older answer that holds since the list of repositories, read on that day, says that nothing was pushed is as new as the list."""
    if origin.state is not State.OK or (origin.ttl or 0.0) <= usual or origin.as_of is None or read_on is None:
        return origin
    return replace(origin, as_of=max(origin.as_of, read_on))


def _listed(spec: GithubSpec, asking: Asking, api: str) -> list[Answer]:
    """All pages of the organisation's repositories; of the user's, if no organisation has that name."""
    name, size = quote(spec["organization"], safe=""), spec.get("pageSizes", {}).get("repositories", 100)
    pages = list(asking.pages(f"{api}/orgs/{name}/repos?per_page={size}&sort=full_name", absent=True))
    if pages[0].value is None:
        pages = list(asking.pages(f"{api}/users/{name}/repos?per_page={size}&sort=full_name"))
    return pages


def _page(at: scm.Integration, repository: _Repository, path: str) -> str:
    return f"{at.base}/{repository.slug}/blob/{quote(repository.branch, safe='')}/{quote(path)}"


class _Files(NamedTuple):
    """The pages of the files of one repository that fit a glob; none, and a problem, if they cannot be listed."""

    pages: list[str]
    origins: list[Origin]
    problem: Problem | None = None


def _files(asking: Asking, address: str, repository: _Repository, integrations: scm.Integrations) -> _Files:
    origins: list[Origin] = []

    def ask(url: str) -> Any:
        answer = asking.http.json(url, headers=asking.headers, name=asking.name, ttl=repository.ttl or asking.ttl, absent=True)
        origins.append(answer.origin)
        if answer.value is None:
            raise Unreadable("there is no such branch.", missing=True)
        return answer.value

    try:
        return _Files(trees.found(address, integrations, ask), origins)
    except NotAsked:
        raise
    except (FetchError, Unreadable) as error:
        if getattr(error, "missing", False) or "answered 409" in str(error):  # 409: a repository without any commit
            return _Files([], origins)
        what = f"the files of {repository.slug} cannot be listed: {error}"
        return _Files([], origins, asking.warning("catalog/missing-target", what))


def _wanted(items: Sequence[dict[str, Any]], filters: GithubFilters, now: datetime, usual: float) -> Iterator[_Repository]:
    name = re.compile(_anchored(filters.get("repository", ".*")))
    shown = filters.get("visibility", [])
    for item in items:
        slug, branch = item.get("full_name"), filters.get("branch") or item.get("default_branch")
        if not isinstance(slug, str) or not _SLUG.fullmatch(slug) or not isinstance(branch, str) or not branch:
            continue
        if (
            name.search(str(item.get("name")))
            and (filters.get("allowArchived", False) or not item.get("archived"))
            and (filters.get("allowForks", True) or not item.get("fork"))
            and (not shown or _visibility(item) in shown)
            and _has_topics(item.get("topics") or [], filters.get("topic", {}))
        ):
            quiet = _quiet(item.get("pushed_at"), now)
            yield _Repository(slug, branch, quiet if quiet > usual else None)


def _quiet(pushed: Any, now: datetime) -> float:
    """For how long an answer about a repository's files holds: not longer than nothing was pushed. 0 if that is not known.

    So a build asks only for the files of repositories in which something happened: of thousands, most have no descriptor, and each
    question about it counts against GitHub's limit.
    """
    try:
        since = datetime.fromisoformat(pushed)
        return min((now - since).total_seconds() - _MARGIN, _LONGEST)
    except (TypeError, ValueError):
        return 0.0


def _anchored(pattern: str) -> str:
    """Backstage looks at the whole name, whatever the pattern says of its ends."""
    return f"{'' if pattern.startswith('^') else '^'}{pattern}{'' if pattern.endswith('$') else '$'}"


def _visibility(item: dict[str, Any]) -> str:
    said = item.get("visibility")
    return said.lower() if isinstance(said, str) else "private" if item.get("private") else "public"


def _has_topics(topics: Sequence[str], wanted: Topics) -> bool:
    include, exclude = wanted.get("include", []), wanted.get("exclude", [])
    return (not include or any(topic in include for topic in topics)) and not any(topic in exclude for topic in topics)
