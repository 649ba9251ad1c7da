"""Twins: each page as Markdown, ``index.md`` beside it, for readers that are programs."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from urllib.parse import urljoin

from callboard.model.page import PageData
from callboard.model.site import Site
from callboard.pages.dates import moment
from callboard.pages.links import Links
from callboard.pages.makers import Planned
from callboard.pages.plain import markdown
from callboard.pages.routes import Table

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_LINK = re.compile(r"(\]\(\s*<?)([^\s<>()]+)")
_DEFINED = re.compile(r"^( {0,3}\[[^\]]+\]:\s*<?)([^\s<>]+)")


def has_twin(path: str) -> bool:
    """Whether a page is one that gets a twin; the pages about the build and ``404.html`` do not."""
    return path.endswith("/") and not path.startswith("/-/")


def twin_file(path: str) -> str:
    """The file below the output folder."""
    return f"{path.lstrip('/')}index.md"


class Twins:
    """The twins of one site, but those that plugins publish themselves."""

    def __init__(self, site: Site, table: Table) -> None:
        self._links: Links = table.stage.links
        self._home = f"{site.spec.site.url.rstrip('/')}/" if site.spec.site.url else ""
        self._wanted = table.twins
        self._own = {planned.path for planned in table.pages if planned.path.endswith("/index.md")}
        self._relative: dict[tuple[str, str], str] = {}

    def names(self, planned: Planned) -> tuple[str, ...]:
        """The twin's file; none for what has no twin of ours."""
        path = planned.path
        if not (self._wanted and has_twin(path)) or f"{path}index.md" in self._own:
            return ()
        return (twin_file(path),)

    def of(self, data: PageData, main: str, hrefs: Mapping[str, str]) -> bytes:
        """A text as its author wrote it, with links that lead on (``hrefs``: as written → as resolved); another page from its HTML."""
        document = data.document
        head = {"title": data.title}
        if self._home:
            head["url"] = urljoin(self._home, data.path.lstrip("/"))
        if document is not None and (at := moment(document.updated)):
            head["updated"] = at
        front = "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in head.items())
        if document is not None and data.view is not None and data.view.text:
            body = _linked(data.view.text, {target: self._to(href, data.path) for target, href in hrefs.items()})
            body = body if re.match(r"\s*# ", body) else f"# {data.title}\n\n{body.strip()}"
        else:
            body = markdown(main, lambda href: self._to(href, data.path))
        return f"---\n{front}---\n\n{body.strip()}\n".encode("utf-8", "replace")

    def _to(self, href: str, here: str) -> str:
        """Where a link of the twin leads: to the other page's twin, relative to this one."""
        if not href.startswith("/") or href.startswith("//"):
            return href.replace("index.html", "index.md") if self._links.portable and "://" not in href else href
        # Most links of a page are those of its neighbours: a folder and a target are put together once.
        key = (here, href)
        known = self._relative.get(key)
        if known is None:
            if len(self._relative) > 2_000:
                self._relative.clear()
            known = self._relative[key] = self._fresh(href, here)
        return known

    def _fresh(self, href: str, here: str) -> str:
        path, mark, part = href.partition("#")
        path = f"/{path[len(self._links.base) :]}" if path.startswith(self._links.base) else path
        relative = posixpath.relpath(path, here)
        return (f"{relative}/index.md" if has_twin(path) else relative) + mark + part


def _linked(text: str, links: Mapping[str, str]) -> str:
    """``text`` with its links led on, but those that are code."""
    if not links:
        return text

    def put(found: re.Match[str]) -> str:
        return found[1] + links.get(found[2], found[2])

    lines, fence = [], ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark:
            fence = mark[1][0] if not fence else "" if fence == mark[1][0] else fence
        lines.append(line if fence or mark else _DEFINED.sub(put, _LINK.sub(put, line)))
    return "\n".join(lines)
