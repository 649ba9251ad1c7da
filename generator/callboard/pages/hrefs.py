"""The links of finished HTML: whether each leads to something that the site has."""

from __future__ import annotations

import posixpath
from html import unescape
from urllib.parse import unquote

from callboard.pages.near import Near
from callboard.pages.resolve import Noted, Resolver
from callboard.pages.routes import Table

_MARKS = (' href="', ' src="')
_OWN = ("/_/", "/-/", "/api/")
"""What Callboard itself and its proxy answer; it is not made yet while pages are."""


class Hrefs:
    """Looks at the main part of each page that is drawn anew. What was found good once is not looked at again."""

    def __init__(self, table: Table, resolver: Resolver, home: str, *, gathering: bool = False) -> None:
        links = table.stage.links
        self._base, self._resolver = links.base, resolver
        self._home = f"{home.rstrip('/')}/" if home else ""
        self._gathering = gathering
        """Whether addresses elsewhere are noted, for ``check --external``."""
        self._good: set[str] = set()
        self._near = Near(table.paths)

    def check(self, main: str, here: str, noted: Noted) -> None:
        """Notes the links of a page's main part that lead nowhere, and those to a part of another page."""
        good = self._good
        for mark in _MARKS:
            at = 0
            for rest in main.split(mark)[1:]:  # a third of what a regular expression takes
                at = main.index(mark, at) + len(mark)
                value = rest.partition('"')[0]
                if value not in good and _in_tag(main, at):
                    self._look(value, here, noted)

    def _look(self, value: str, here: str, noted: Noted) -> None:
        href = unescape(value)
        if href.startswith(("#", "?", "data:")) or not href:
            return
        if ":" in href.partition("/")[0] or href.startswith("//"):
            self._elsewhere(href, value, noted)
            return
        relative = not href.startswith("/")
        path, _, fragment = href.partition("#")
        path = unquote(path.partition("?")[0])
        if relative:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(here), path)).rstrip("/") + "/" * path.endswith("/")
        elif path.startswith(self._base):
            path = f"/{path[len(self._base) :]}"
        self._judge(path, fragment, here, noted)
        if not relative and not fragment:
            self._good.add(value)

    def _judge(self, path: str, fragment: str, here: str, noted: Noted, said: str = "") -> None:
        """``said`` is the address as it stands there, if that is not a path of the site."""
        resolver = self._resolver
        found = path.removesuffix("index.html")
        if found.startswith(_OWN) or found == here:
            return
        if not resolver.there(found):
            self._miss(found, said, noted)
        elif fragment:
            name = unquote(fragment)
            if not any(anchor[:2] == (found, name) for anchor in noted.anchors):
                noted.anchors.append((found, name, said or f"{found}#{fragment}", 0, ""))

    def _miss(self, path: str, said: str, noted: Noted) -> None:
        noted.paths[path] = False
        if self._resolver.unknown(path):
            return
        close = self._near.to(path)
        meant = self._home + close[1:] if said else close
        mend = f'Did you mean "{meant}"?' if close else "Mend the path, or remove the link."
        what = f'the link "{said or path}" leads {"to no page of this site" if said else "nowhere"}.'
        noted.problems.append(("broken-link", what, mend, 0))

    def _elsewhere(self, href: str, value: str, noted: Noted) -> None:
        if self._home and f"{href}/".startswith(self._home):
            path, _, fragment = href[len(self._home) :].partition("#")
            path = f"/{unquote(path.partition('?')[0])}"
            slashed = path if path.endswith("/") or self._resolver.there(path) else f"{path}/"
            self._judge(slashed, fragment, "", noted, href)
        elif self._gathering and href.startswith(("http://", "https://")):
            noted.away.append(href)
        elif not self._gathering:
            self._good.add(value)


def _in_tag(main: str, at: int) -> bool:
    """Whether a place in finished HTML is inside a tag: code that shows an attribute is text, and has no links."""
    return main.rfind("<", 0, at) > main.rfind(">", 0, at)
