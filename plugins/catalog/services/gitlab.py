"""Projects of a GitLab group, or of a whole GitLab → the texts of their descriptor files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from callboard.plugin import Answer, Origin, scm

from ..options.providers import GitlabSpec
from .answered import Answered, Asking, texts

_SIZE = "100"
_FILE = "catalog-info.yaml"
_BRANCH = "master"
_OF_USERS = ("userPattern", "restrictUsersToGroup", "relations", "allowInherited", "includeUsersWithoutSeat")
_SLUG = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)+")


def read(spec: GitlabSpec, asking: Asking, integrations: scm.Integrations) -> Answered:
    """The descriptors of all projects that pass the filters. Raises FetchError if groups or projects cannot be listed."""
    at = integrations[spec["host"]]
    origins: list[Origin] = []
    projects: dict[str, dict[str, Any]] = {}
    for group in _groups(spec, asking, at.api, origins):
        for answer in asking.pages(f"{at.api}{_path(group)}?{urlencode(_query(spec, group))}"):
            origins.append(answer.origin)
            projects |= {project["path_with_namespace"]: project for project in answer.value if _fits(project, spec)}
    file = quote(spec.get("entityFilename", _FILE).lstrip("/"))
    pages: dict[str, float | None] = {
        f"{at.base}/{slug}/-/blob/{quote(_branch(project, spec), safe='')}/{file}": None
        for slug, project in sorted(projects.items())
    }
    read_ = texts(asking, pages, lambda page: (scm.raw(page, integrations), scm.headers(page, integrations)))
    return Answered(asking.joined([*origins, *read_.origins]), found=read_.found, problems=read_.problems)


def _groups(spec: GitlabSpec, asking: Asking, api: str, origins: list[Origin]) -> Iterator[str]:
    """The groups whose projects are listed; "" stands for all that the token may see."""
    patterns = [re.compile(text) for text in spec.get("groupPattern", ())]
    if not patterns:
        yield spec.get("group", "")
        return
    answers: list[Answer] = list(asking.pages(f"{api}/groups?per_page={_SIZE}"))
    origins += [answer.origin for answer in answers]
    paths = {group.get("full_path") for answer in answers for group in answer.value}
    yield from sorted(path for path in paths if isinstance(path, str) and any(pattern.search(path) for pattern in patterns))


def _path(group: str) -> str:
    return f"/groups/{quote(group.strip('/'), safe='')}/projects" if group else "/projects"


def _query(spec: GitlabSpec, group: str) -> dict[str, str]:
    said = {"per_page": _SIZE, "order_by": "path", "sort": "asc"}
    if group:
        said["include_subgroups"] = "true"
    if not spec.get("includeArchivedRepos", False):
        said["archived"] = "false"
    if spec.get("membership", False):
        said["membership"] = "true"
    if topics := spec.get("topics"):
        said["topic"] = ",".join(topics)
    if not spec.get("skipForkedRepos", False):
        said["simple"] = "true"  # a short answer, which does not say what is a fork
    return said


def _fits(project: dict[str, Any], spec: GitlabSpec) -> bool:
    slug = project.get("path_with_namespace")
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        return False
    group, excluded = spec.get("group", "").strip("/"), [f"{one.strip('/')}/" for one in spec.get("excludeGroups", ())]
    return bool(
        re.search(spec.get("projectPattern", ""), slug)
        and (not group or slug.startswith(f"{group}/"))
        and slug not in spec.get("excludeRepos", ())
        and not any(slug.startswith(one) for one in excluded)
        and not (spec.get("skipForkedRepos", False) and "forked_from_project" in project)
    )


def unused(spec: GitlabSpec) -> list[str]:
    """What the options say of users, or of how projects are found, which has no effect here."""
    return [name for name in ("orgEnabled", "useSearch", *_OF_USERS) if name in spec]


def _branch(project: dict[str, Any], spec: GitlabSpec) -> str:
    said = project.get("default_branch")
    return spec.get("branch") or (said if isinstance(said, str) and said else spec.get("fallbackBranch", _BRANCH))
