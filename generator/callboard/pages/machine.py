"""Files for machines: sitemap.xml, robots.txt, and the stamp that tells pages about their build."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from html import escape
from types import MappingProxyType
from urllib.parse import quote, urljoin, urlsplit

from callboard.model.site import Site

FOREVER = "public, max-age=31536000, immutable"
"""For what has its content's hash in its name."""
MACHINES = frozenset(("/sitemap.xml", "/robots.txt", "/llms.txt", "/llms-full.txt", "/_redirects", "/_headers"))
"""The paths of files for machines that pages may link to."""
_SITEMAP_LIMIT = 50_000
"""URLs of one sitemap (sitemaps.org protocol 0.9)."""


def sitemaps(site: Site, paths: Iterable[str], updated: Mapping[str, str] = MappingProxyType({})) -> dict[str, bytes]:
    """``sitemap.xml`` (an index of several for more than 50,000 pages); nothing for a site without a ``url``.

    ``updated`` says when a page changed last, of those of which it is known.
    """
    if not site.spec.site.url:
        return {}
    base = site.spec.site.url.rstrip("/") + "/"
    urls = [
        (urljoin(base, quote(path.lstrip("/"), safe="/-._~!$&'()*+,;=:@")), updated.get(path, ""))
        for path in sorted(paths)
        if _public(path)
    ]
    if len(urls) <= _SITEMAP_LIMIT:
        return {"sitemap.xml": _document("urlset", "url", urls)}
    parts = [urls[start : start + _SITEMAP_LIMIT] for start in range(0, len(urls), _SITEMAP_LIMIT)]
    named = {f"sitemap-{number}.xml": _document("urlset", "url", part) for number, part in enumerate(parts, 1)}
    return {**named, "sitemap.xml": _document("sitemapindex", "sitemap", [(base + name, "") for name in named])}


def _public(path: str) -> bool:
    return path.endswith("/") and not path.startswith("/-/")


def _document(root: str, item: str, urls: Iterable[tuple[str, str]]) -> bytes:
    lines = "".join(f"<{item}><loc>{escape(url)}</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</{item}>\n" for url, at in urls)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</{root}>\n'
    return text.encode()


def robots(site: Site) -> bytes:
    """``robots.txt``: everything may be read but the build's own pages."""
    sitemap = f"\nSitemap: {site.spec.site.url.rstrip('/')}/sitemap.xml\n" if site.spec.site.url else ""
    return f"User-agent: *\nDisallow: {site.base_path}-/\n{sitemap}".encode()


def policy(site: Site) -> str:
    """What a page may load, for the Content-Security-Policy of pages and hosts: its own files, and live values of the proxy."""
    connect = "'self'"
    if site.spec.proxy.live and site.spec.proxy.url:
        parts = urlsplit(site.spec.proxy.url)
        connect += f" {parts.scheme}://{parts.netloc}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src {connect}; base-uri 'none'; form-action 'self'"
    )


def security(site: Site) -> dict[str, str]:
    """The headers of every answer: the pages' own policy, and what only a header can say."""
    return {
        "Content-Security-Policy": f"{policy(site)}; frame-ancestors 'self'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
    }


def headers(site: Site, files: Collection[str]) -> bytes:
    """``_headers``, which Netlify and Cloudflare Pages read: what all answers say, what never changes, and that answers for machines
    are JSON, whatever their file is called.

    Rules of one path add up, so each header stands in one rule that fits: every folder below ``_`` has names with a hash.
    """
    base, folders = (
        site.base_path,
        sorted({file.split("/")[1] for file in files if file.startswith("_/") and file.count("/") > 1}),
    )
    rules = {f"{base}*": security(site)}
    rules |= {f"{base}_/{folder}/*": {"Cache-Control": FOREVER} for folder in folders}
    if any(file.startswith("api/") for file in files):
        rules[f"{base}api/*"] = {"Content-Type": "application/json; charset=utf-8"}
    lines = (f"{path}\n" + "".join(f"  {name}: {value}\n" for name, value in said.items()) for path, said in rules.items())
    return "".join(lines).encode()


def stamp(values: Mapping[str, object]) -> bytes:
    """``/_/stamp.js``: the one file that knows when the site was built, so that no page changes with the clock."""
    return f"window.callboard = {json.dumps(values, sort_keys=True).replace('<', chr(92) + 'u003c')};\n".encode()
