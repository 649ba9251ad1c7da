"""Links: paths of the site → hrefs, under any base path or relative; references → targets."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from callboard.model.entity import EntityRef, Graph
from callboard.model.link import Target

SCHEMES = ("http", "https", "mailto", "tel")
_LINE = 90
"""Characters of a description beside a link."""
_UNSEEN = re.compile(r"[\x00-\x20\x7f]")
_PLAIN = re.compile(r"[A-Za-z0-9/._~-]*\Z")


def safe_url(url: str) -> str:
    """``url`` if readers may follow it (http, https, mailto, tel), else ""."""
    scheme, colon, _ = url.partition(":")
    return url if colon and scheme.lower() in SCHEMES and not _UNSEEN.search(url) else ""


class Links:
    """Where everything lies. ``entities`` maps a canonical reference to its page's path; ``live`` is where the proxy is reached:
    "" for beside the pages, None for nowhere.
    """

    def __init__(
        self, base: str, graph: Graph, entities: Mapping[str, str], *, portable: bool = False, live: str | None = None
    ) -> None:
        self.base, self.portable, self.graph, self.entities = base, portable, graph, entities
        self._live = live
        self._targets: dict[str, Target] = {}
        self._faces: dict[str, str] = {}

    def href(self, path: str, here: str = "/") -> str:
        """The href of a site path, seen from the page at ``here``. In portable builds a folder is named with its index.html."""
        path, mark, fragment = path.partition("#")
        encoded = path if _PLAIN.match(path) else quote(path, safe="/-._~!$&'()*+,;=:@")
        if self.portable and not here.endswith(".html"):
            encoded += "index.html" if encoded.endswith("/") else ""
            return posixpath.relpath(encoded, quote(here)) + mark + fragment
        return self.base + encoded[1:] + mark + fragment

    def live(self, mount: str, path: str, here: str) -> str:
        """The address of a live answer: ``path`` (percent-encoded, with or without a query) below the mount at ``mount``.

        "" if the site has no live answers, or the path steps upwards or has an empty part: it leads to none.
        """
        parts = unquote(path.partition("?")[0]).lstrip("/").split("/")
        if self._live is None or {"", ".", ".."} & set(parts):
            return ""
        below = f"api/live{mount}{path.lstrip('/')}"
        if self._live:
            return f"{self._live.rstrip('/')}/{below}"
        return posixpath.relpath(f"/{below}", quote(here)) if self.portable else self.base + below

    def title(self, ref: str) -> str:
        """What people call the entity of a canonical reference; also while pages are planned, and none has a path yet."""
        return self._target(ref, "/").title

    def target(self, ref: str, here: str) -> Target:
        """The entity of a canonical reference as a link; one that does not exist has no href."""
        if self.portable:
            return self._target(ref, here)
        known = self._targets.get(ref)
        if known is None:
            known = self._targets[ref] = self._target(ref, here)
        return known

    def face(self, ref: str, *, described: bool = True) -> str:
        """All that a page shows of the entity of a reference when it links to it, as one text: for fingerprints."""
        known = self._faces.get(ref)
        if known is None:
            target = self._target(ref, "/")
            known = self._faces[ref] = "\t".join((*target[:-1], self.entities.get(ref, ""), target.description))
        return known if described else known.rpartition("\t")[0]

    def _target(self, ref: str, here: str) -> Target:
        entity = self.graph.entities.get(ref)
        if entity is None:
            return Target(EntityRef.parse(ref, kind="").short() if ":" in ref else ref, ref=ref)
        path = self.entities.get(ref, "")
        spec_type = entity.spec.get("type")
        return Target(
            entity.title,
            self.href(path, here) if path else "",
            ref,
            entity.ref.kind,
            spec_type if isinstance(spec_type, str) else "",
            _line(entity.metadata.get("description")),
        )

    def resolve(self, value: Any, here: str, *, kind: str = "", namespace: str = "default") -> Target:
        """A reference as somebody wrote it; what is no reference stays text."""
        try:
            ref = EntityRef.parse(str(value), kind=kind or None, namespace=namespace)
        except ValueError:
            return Target(str(value))
        found = str(ref)
        if found in self.graph.entities:
            return self.target(found, here)
        return Target(ref.short(kind=kind, namespace=namespace), ref=found, kind=ref.kind)


def _line(text: object) -> str:
    """The first line of a description, cut at a word."""
    line = text.strip().partition("\n")[0].replace("`", "") if isinstance(text, str) else ""
    return line if len(line) <= _LINE else line[:_LINE].rpartition(" ")[0] + " …"
