"""Files of a repository by a page's address with wildcards: ``https://github.com/acme/shop/blob/main/**/catalog-info.yaml``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

from callboard.plugin import scm

from ..globs import glob, is_glob
from .sources import Unreadable

Ask = Callable[[str], Any]
"""The JSON at an address of the integration's API. Raises Unreadable."""

_PER_PAGE = 100
_MOST_PAGES = 200
_MOST_WILD = 5
"""Wildcards of one address: a descriptor of others may say anything, and a pattern of many costs any time."""


def found(address: str, integrations: scm.Integrations, ask: Ask) -> list[str]:
    """The addresses of the pages that ``address`` names, sorted; itself where it holds no wildcard. Raises Unreadable."""
    integration, repository = scm.of(address, integrations), scm.parse(address, integrations)
    if integration is None or repository is None or not is_glob(repository.path):
        if "*" in address:
            raise Unreadable("wildcards stand for files of GitHub and GitLab only, behind a branch.")
        return [address]
    if integration.type not in _LISTED:
        raise Unreadable("files of this host cannot be listed. Name each one, or a Location entity that does.")
    if len(re.findall(r"[*?{]+", repository.path)) > _MOST_WILD:
        raise Unreadable(f"it holds more than {_MOST_WILD} wildcards.")
    fits, root = glob(repository.path), scm.root(address, integrations)
    paths = sorted(path for path in _LISTED[integration.type](integration, repository, ask) if fits.fullmatch(path))
    if not paths:
        raise Unreadable("there is no such file.", missing=True)
    return [scm.beside(root, path, integrations) for path in paths]


def _of_github(at: scm.Integration, repository: scm.Repository, ask: Ask) -> Iterator[str]:
    answer = ask(f"{at.api}/repos/{repository.slug}/git/trees/{quote(repository.ref, safe='')}?recursive=1")
    if not isinstance(answer, dict) or not isinstance(answer.get("tree"), list):
        raise Unreadable("the service answers with something else than a tree of files.")
    if answer.get("truncated"):
        raise Unreadable("it has so many files that GitHub lists only some of them. Name its descriptors one by one.")
    yield from _blobs(answer["tree"])


def _of_gitlab(at: scm.Integration, repository: scm.Repository, ask: Ask) -> Iterator[str]:
    fixed = re.split(r"[*?{]", repository.path, maxsplit=1)[0].rpartition("/")[0]
    query = {"recursive": "true", "ref": repository.ref, "per_page": str(_PER_PAGE)} | ({"path": fixed} if fixed else {})
    for page in range(1, _MOST_PAGES + 1):
        answer = ask(
            f"{at.api}/projects/{quote(repository.slug, safe='')}/repository/tree?{urlencode({**query, 'page': str(page)})}"
        )
        if not isinstance(answer, list):
            raise Unreadable("the service answers with something else than a list of files.")
        yield from _blobs(answer)
        if len(answer) < _PER_PAGE:
            return
    raise Unreadable(f"it has more than {_PER_PAGE * _MOST_PAGES:,} files. Name a folder in front of the wildcards.")


def _blobs(items: list[Any]) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict) and item.get("type") == "blob" and isinstance(item.get("path"), str):
            yield item["path"]


_LISTED: dict[str, Callable[[scm.Integration, scm.Repository, Ask], Iterator[str]]] = {
    "github": _of_github,
    "gitlab": _of_gitlab,
}
