"""What a page tells machines in its head: its own address, what it is when it is shared, and where it stands in the site."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from urllib.parse import quote, urljoin, urlsplit

from callboard.model.link import Link
from callboard.model.page import PageData
from callboard.model.site import Site

_SAFE = "/-._~!$&'()*+,;=:@?#%"
_LONGEST = 300
"""Characters of a description: a page grows by no more."""
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Head:
    """The elements of one site's pages. What is not known (an address, for a site that does not say where it lies) is not said."""

    def __init__(self, site: Site) -> None:
        info = site.spec.site
        self._home = f"{info.url.rstrip('/')}/" if info.url else ""
        parts = urlsplit(self._home)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._title, self._description = info.title, info.description
        self._site = f'<meta property="og:site_name" content="{escape(info.title)}">\n'

    def of(self, data: PageData) -> str:
        """The elements of one page; none for those that are found by no address of their own (``404.html``, ``/-/…``)."""
        if not data.path.endswith("/") or data.path.startswith("/-/"):
            return ""
        title = self._title if data.path == "/" else data.title
        summary = (data.summary or (self._description if data.path == "/" else ""))[:_LONGEST]
        document = data.document
        said = [f'<meta property="og:title" content="{escape(title)}">\n']
        if summary:
            said.append(f'<meta property="og:description" content="{escape(summary)}">\n')
        said.append(f'<meta property="og:type" content="{"article" if document else "website"}">\n')
        said.append(self._site)
        if document is not None and document.updated:
            said.append(f'<meta property="article:modified_time" content="{escape(document.updated)}">\n')
        if self._home:
            said += self._placed(data)
        return "".join(said)

    def _placed(self, data: PageData) -> list[str]:
        here = self._home + quote(data.path[1:], safe=_SAFE)
        address = escape(here)
        said = [f'<link rel="canonical" href="{address}">\n<meta property="og:url" content="{address}">\n']
        if len(data.breadcrumb) > 1:
            said.append(self._trail(data.breadcrumb, here))
        return said

    def _trail(self, crumbs: Sequence[Link], here: str) -> str:
        """schema.org's BreadcrumbList, as data: no policy counts it as a script, and nothing in it can end it."""
        items = [
            {
                "@type": "ListItem",
                "position": number,
                "name": link.title,
                "item": here if link.current else self._address(link, here),
            }
            for number, link in enumerate(crumbs, 1)
        ]
        text = _ENCODE({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items})
        return f'<script type="application/ld+json">{text.replace("<", chr(92) + "u003c")}</script>\n'

    def _address(self, link: Link, here: str) -> str:
        return self._origin + link.href if link.href.startswith("/") else urljoin(here, link.href).removesuffix("index.html")
