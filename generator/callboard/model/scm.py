"""Addresses of files in repositories, as the integrations of released Backstage read them: pages, raw bytes, editing, folders.

``integrations`` is what ``known`` gives: the hosts of GitHub, GitLab, Azure DevOps, Bitbucket and Gitea, by name.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from callboard.model.secret import Secret

_COMMIT = re.compile(r"\b[0-9a-f]{40,}\b")
_GITHUB_PAGE = re.compile(r"//([^/]+)/([^/]+)/([^/]+)/(?:blob|tree|edit)/")
_GITLAB_PAGE = re.compile(r"/-/(?:blob|tree|edit)/")
_GITHUB_FORMS = ("blob", "tree", "edit", "raw")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Integration(NamedTuple):
    """One host whose pages are of a known make."""

    type: str
    """github, gitlab, azure, bitbucketCloud, bitbucketServer or gitea."""
    host: str
    base: str
    """The address of its pages, without a slash at the end."""
    api: str
    """The address of its API, likewise."""
    raw: str = ""
    """GitHub's address of raw files; "" where they come from the API."""
    token: Secret | None = None
    username: str = ""


Integrations = Mapping[str, Integration]


class Repository(NamedTuple):
    """What an address leads to. ``ref`` and ``path`` are "" where the address names none; neither is percent-encoded."""

    type: str
    host: str
    slug: str
    """``org/repo``, ``group/subgroup/repo`` (GitLab), ``org/project/repo`` (Azure DevOps), ``PROJECT/repo`` (Bitbucket Server)."""
    ref: str = ""
    path: str = ""
    """Without a slash at either end."""


PROJECTS = {"github": "github.com/project-slug", "gitlab": "gitlab.com/project-slug", "azure": "dev.azure.com/project-repo"}
"""The annotation that names a project, by the make of its host."""
_PUBLIC = (
    Integration("github", "github.com", "https://github.com", "https://api.github.com", "https://raw.githubusercontent.com"),
    Integration("gitlab", "gitlab.com", "https://gitlab.com", "https://gitlab.com/api/v4"),
    Integration("azure", "dev.azure.com", "https://dev.azure.com", "https://dev.azure.com"),
    Integration("bitbucketCloud", "bitbucket.org", "https://bitbucket.org", "https://api.bitbucket.org/2.0"),
)
_API = {"github": "/api/v3", "gitlab": "/api/v4", "azure": "", "bitbucketServer": "/rest/api/1.0", "gitea": "/api/v1"}


def known(said: Mapping[str, Any]) -> Integrations:
    """The public hosts and those of the option ``integrations`` (``{github: [{host, apiBaseUrl, token}]}``), by host."""
    found = {one.host: one for one in _PUBLIC}
    for type_, entries in said.items():
        for entry in entries:
            host = str(entry["host"]).lower()
            base = str(entry.get("baseUrl", f"https://{host}")).rstrip("/")
            public = found.get(host, Integration(type_, host, base, base + _API.get(type_, "")))
            found[host] = Integration(
                type_,
                host,
                base,
                str(entry.get("apiBaseUrl", public.api)).rstrip("/"),
                str(entry.get("rawBaseUrl", public.raw)).rstrip("/"),
                entry.get("token"),
                str(entry.get("username", "")),
            )
    return found


def of(url: str, integrations: Integrations) -> Integration | None:
    """The integration whose pages ``url`` is one of; None also for what is no address at all."""
    try:
        return integrations.get(urlsplit(url).netloc.rpartition("@")[2].lower())
    except ValueError:
        return None


def parse(url: str, integrations: Integrations) -> Repository | None:
    """The repository, ref and path that a page's address names; None for an address of another make."""
    integration = of(url, integrations)
    if integration is None:
        return None
    parts = urlsplit(url)
    path = parts.path.removeprefix(urlsplit(integration.base).path)
    pieces = [unquote(piece) for piece in path.strip("/").split("/")]
    found = _PARSERS[integration.type](pieces, dict(parse_qsl(parts.query)))
    if found is None or not all(found[0].split("/")) or "/" not in found[0]:
        return None
    slug, ref, below = found
    return Repository(integration.type, integration.host, slug, ref, below.strip("/"))


def raw(url: str, integrations: Integrations) -> str:
    """The address whose GET (with ``headers``) gives the bytes of the file at ``url``; ``url`` itself if it is no page of a file."""
    integration, found = of(url, integrations), parse(url, integrations)
    if integration is None or found is None or not found.path or not (found.ref or integration.type == "azure"):
        return url
    return _RAW[integration.type](integration, found)


def headers(url: str, integrations: Integrations) -> dict[str, str | Secret]:
    """What the request for ``raw(url)`` must say: the token, and that the bytes are wanted.

    The token goes to the API only: a page that is asked for itself, over http perhaps, is not shown it.
    """
    integration = of(url, integrations)
    if integration is None or raw(url, integrations) == url:
        return {}
    wanted: dict[str, str | Secret] = {}
    if integration.type == "github" and not _is_open(integration):
        wanted["Accept"] = "application/vnd.github.v3.raw"
    return wanted | authorization(integration)


def authorization(integration: Integration) -> dict[str, str | Secret]:
    """The header that holds the integration's token, as its API wants it; none without a token."""
    if integration.token is None:
        return {}
    token = integration.token.reveal()
    if integration.type == "gitlab":
        return {"PRIVATE-TOKEN": Secret(token)}
    if integration.type == "azure" or integration.username:
        pair = base64.b64encode(f"{integration.username}:{token}".encode()).decode()
        return {"Authorization": Secret(f"Basic {pair}")}
    return {"Authorization": Secret(f"{'token' if integration.type in ('github', 'gitea') else 'Bearer'} {token}")}


def edit(url: str, integrations: Integrations) -> str:
    """Where the file at ``url`` is edited; "" if it is of no known make, or names a commit, which nobody can edit."""
    integration = of(url, integrations)
    if integration is None or _COMMIT.search(url):
        return ""
    if integration.type == "github":
        return _typed(url, "edit")
    if integration.type == "gitlab":
        return _GITLAB_PAGE.sub("/-/edit/", url, count=1)
    if integration.type == "bitbucketServer":
        return url.partition("?")[0]
    found = parse(url, integrations)
    if integration.type == "bitbucketCloud":
        return _queried(url, mode="edit", spa="0", at=found.ref if found else "")
    if integration.type == "gitea" and found is not None and found.path:
        return f"{integration.base}/{found.slug}/_edit/{found.ref}/{found.path}"
    return url


def resolved(target: str, base: str, integrations: Integrations) -> str:
    """``target`` as seen from the file at ``base``; one that begins with a slash is seen from the root of the repository.

    Raises ValueError for what can be no part of an address.
    """
    if _ABSOLUTE.match(target):
        return target
    integration, found = of(base, integrations), parse(base, integrations)
    if integration is not None and integration.type == "azure":
        return _queried(base, path=urljoin(f"/{found.path if found else ''}", target))
    parts = urlsplit(base)
    if target.startswith("/") and not target.startswith("//") and found is not None and found.path:
        above = parts.path.rstrip("/").split("/")[: -(found.path.count("/") + 1)]
        joined = urlunsplit((parts.scheme, parts.netloc, "/".join(above) + target, parts.query, ""))
    else:
        joined = urlunsplit(urlsplit(urljoin(base, target))._replace(query=parts.query))
    return _typed(joined, "tree") if integration is not None and integration.type == "github" else joined


def beside(source: str, name: str, integrations: Integrations) -> str:
    """The address of the file ``name`` in the folder at ``source``; "" where that leaves the repository, or without a ``source``."""
    if not source:
        return ""
    integration, own = of(source, integrations), parse(source, integrations)
    if integration is not None and integration.type == "azure":
        found = _queried(source, path=urljoin(f"/{own.path}/" if own and own.path else "/", name))
    else:
        parts = urlsplit(source)
        found = urlunsplit(parts._replace(path=urljoin(parts.path.rstrip("/") + "/", quote(name))))
        found = _GITLAB_PAGE.sub("/-/blob/", _typed(found, "blob"), count=1) if integration is not None else found
    target = parse(found, integrations)
    return found if own is None or (target is not None and target[:4] == own[:4]) else ""


def folder(url: str, integrations: Integrations) -> str:
    """The address of the folder that the file at ``url`` lies in, which is its source location; "" if it is of no known make."""
    return resolved("./", url, integrations) if of(url, integrations) is not None else ""


def root(url: str, integrations: Integrations) -> str:
    """The address of the repository's root at the same ref; "" if ``url`` is no file of a known make."""
    found = parse(url, integrations)
    return resolved("/", url, integrations) if found is not None and found.path else ""


def project(url: str, integrations: Integrations) -> tuple[str, str] | None:
    """The annotation that names the project of ``url`` to other plugins, and its value; None where there is none."""
    found = parse(url, integrations)
    if found is None or found.type not in PROJECTS:
        return None
    return PROJECTS[found.type], found.slug.partition("/")[2] if found.type == "azure" else found.slug


def _is_open(integration: Integration) -> bool:
    return bool(integration.raw) and integration.token is None


def _typed(url: str, form: str) -> str:
    return _GITHUB_PAGE.sub(rf"//\1/\2/\3/{form}/", url, count=1)


def _queried(url: str, **values: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode(dict(parse_qsl(parts.query, keep_blank_values=True)) | values)))


# One parser a make: the decoded parts of the path and the query → slug, ref, path.

_Parsed = tuple[str, str, str] | None


def _github(pieces: list[str], _query: Mapping[str, str]) -> _Parsed:
    slug, rest = "/".join(pieces[:2]), pieces[2:]
    if rest and rest[0] in _GITHUB_FORMS:
        return slug, "".join(rest[1:2]), "/".join(rest[2:])
    return slug.removesuffix(".git"), "", ""


def _gitlab(pieces: list[str], _query: Mapping[str, str]) -> _Parsed:
    at = next((n for n, piece in enumerate(pieces) if n > 1 and piece in ("-", *_GITHUB_FORMS)), len(pieces))
    slug, rest = "/".join(pieces[:at]).removesuffix(".git"), pieces[at:]
    if rest[:1] == ["-"]:
        rest = rest[1:]
    return (slug, "".join(rest[1:2]), "/".join(rest[2:])) if rest and rest[0] in _GITHUB_FORMS else (slug, "", "")


def _azure(pieces: list[str], query: Mapping[str, str]) -> _Parsed:
    if "_git" not in pieces[1:-1]:
        return None
    at = pieces.index("_git", 1)
    repo = pieces[at + 1]
    version = query.get("version", "")
    return "/".join([pieces[0], pieces[1] if at > 1 else repo, repo]), version[2:], query.get("path", "")


def _bitbucket_cloud(pieces: list[str], query: Mapping[str, str]) -> _Parsed:
    slug, rest = "/".join(pieces[:2]), pieces[2:]
    if rest and rest[0] in ("src", "raw"):
        return slug, query.get("at", "") or "".join(rest[1:2]), "/".join(rest[2:])
    return slug, "", ""


def _bitbucket_server(pieces: list[str], query: Mapping[str, str]) -> _Parsed:
    if pieces[0] not in ("projects", "users") or pieces[2:3] != ["repos"] or len(pieces) < 4:
        return None
    owner = pieces[1] if pieces[0] == "projects" else f"~{pieces[1]}"
    below = "/".join(pieces[5:]) if pieces[4:5] in (["browse"], ["raw"]) else ""
    return f"{owner}/{pieces[3]}", query.get("at", "").removeprefix("refs/heads/"), below


def _gitea(pieces: list[str], _query: Mapping[str, str]) -> _Parsed:
    slug, rest = "/".join(pieces[:2]), pieces[2:]
    if len(rest) > 2 and rest[0] in ("src", "raw", "_edit"):
        rest = rest if rest[1] in ("branch", "tag", "commit") else ["", *rest]
        return slug, rest[2], "/".join(rest[3:])
    return slug.removesuffix(".git"), "", ""


_PARSERS: Mapping[str, Callable[[list[str], Mapping[str, str]], _Parsed]] = {
    "github": _github,
    "gitlab": _gitlab,
    "azure": _azure,
    "bitbucketCloud": _bitbucket_cloud,
    "bitbucketServer": _bitbucket_server,
    "gitea": _gitea,
}


# And one for the bytes.


def _github_raw(at: Integration, found: Repository) -> str:
    path = quote(found.path)
    if _is_open(at):
        return f"{at.raw}/{found.slug}/{quote(found.ref)}/{path}"
    return f"{at.api}/repos/{found.slug}/contents/{path}?{urlencode({'ref': found.ref})}"


def _gitlab_raw(at: Integration, found: Repository) -> str:
    slug, path = quote(found.slug, safe=""), quote(found.path, safe="")
    return f"{at.api}/projects/{slug}/repository/files/{path}/raw?{urlencode({'ref': found.ref})}"


def _azure_raw(at: Integration, found: Repository) -> str:
    organisation, project_, repo = (quote(part) for part in found.slug.split("/"))
    query = {"api-version": "6.0", "path": f"/{found.path}"} | ({"versionDescriptor.version": found.ref} if found.ref else {})
    return f"{at.api}/{organisation}/{project_}/_apis/git/repositories/{repo}/items?{urlencode(query)}"


def _bitbucket_cloud_raw(at: Integration, found: Repository) -> str:
    return f"{at.api}/repositories/{found.slug}/src/{quote(found.ref)}/{quote(found.path)}"


def _bitbucket_server_raw(at: Integration, found: Repository) -> str:
    owner, repo = found.slug.split("/")
    return f"{at.api}/projects/{owner}/repos/{repo}/raw/{quote(found.path)}?{urlencode({'at': found.ref})}"


def _gitea_raw(at: Integration, found: Repository) -> str:
    return f"{at.api}/repos/{found.slug}/raw/{quote(found.path)}?{urlencode({'ref': found.ref})}"


_RAW: Mapping[str, Callable[[Integration, Repository], str]] = {
    "github": _github_raw,
    "gitlab": _gitlab_raw,
    "azure": _azure_raw,
    "bitbucketCloud": _bitbucket_cloud_raw,
    "bitbucketServer": _bitbucket_server_raw,
    "gitea": _gitea_raw,
}


# And one for archives.


class Archive(NamedTuple):
    """Where the files of a folder are had in one piece."""

    url: str
    below: str
    """The folder inside of it, below its single folder at the top."""


def archive(url: str, integrations: Integrations) -> Archive | None:
    """The archive that holds the folder at ``url``; None for an address of no known make. It is asked for with ``authorization``."""
    integration, found = of(url, integrations), parse(url, integrations)
    if integration is None or found is None:
        return None
    return _ARCHIVES[integration.type](integration, found)


def _github_archive(at: Integration, found: Repository) -> Archive:
    ref = quote(found.ref or "HEAD")
    if _is_open(at) and at.host == "github.com":  # without counting against the API's 60 questions an hour
        return Archive(f"https://codeload.github.com/{found.slug}/tar.gz/{ref}", found.path)
    return Archive(f"{at.api}/repos/{found.slug}/tarball/{ref}", found.path)


def _gitlab_archive(at: Integration, found: Repository) -> Archive:
    query = ({"sha": found.ref} if found.ref else {}) | ({"path": found.path} if found.path else {})
    asked = f"?{urlencode(query)}" if query else ""
    return Archive(f"{at.api}/projects/{quote(found.slug, safe='')}/repository/archive.tar.gz{asked}", found.path)


def _azure_archive(at: Integration, found: Repository) -> Archive:
    organisation, project_, repo = (quote(part) for part in found.slug.split("/"))
    query = {"api-version": "6.0", "recursionLevel": "full", "download": "true", "$format": "zip"}
    query |= ({"scopePath": f"/{found.path}"} if found.path else {}) | (
        {"versionDescriptor.version": found.ref} if found.ref else {}
    )
    # Its top folder is the one that was asked for.
    return Archive(f"{at.api}/{organisation}/{project_}/_apis/git/repositories/{repo}/items?{urlencode(query)}", "")


def _bitbucket_cloud_archive(at: Integration, found: Repository) -> Archive:
    return Archive(f"{at.base}/{found.slug}/get/{quote(found.ref or 'HEAD')}.tar.gz", found.path)


def _bitbucket_server_archive(at: Integration, found: Repository) -> Archive:
    owner, repo = found.slug.split("/")
    query = (
        {"format": "tgz", "prefix": repo}
        | ({"at": found.ref} if found.ref else {})
        | ({"path": found.path} if found.path else {})
    )
    return Archive(f"{at.api}/projects/{owner}/repos/{repo}/archive?{urlencode(query)}", found.path)


def _gitea_archive(at: Integration, found: Repository) -> Archive:
    return Archive(f"{at.api}/repos/{found.slug}/archive/{quote(found.ref or 'HEAD')}.tar.gz", found.path)


_ARCHIVES: Mapping[str, Callable[[Integration, Repository], Archive]] = {
    "github": _github_archive,
    "gitlab": _gitlab_archive,
    "azure": _azure_archive,
    "bitbucketCloud": _bitbucket_cloud_archive,
    "bitbucketServer": _bitbucket_server_archive,
    "gitea": _gitea_archive,
}
