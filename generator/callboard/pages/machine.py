"""Files for machines: sitemap.xml, robots.txt, and the stamp that tells pages about their build."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote, urljoin, urlsplit

from callboard.model.site import Site

_SITEMAP_LIMIT = 50_000
"""URLs of one sitemap (sitemaps.org protocol 0.9)."""


def sitemaps(site: Site, paths: Iterable[str]) -> dict[str, bytes]:
    """``sitemap.xml`` (an index of several for more than 50,000 pages); nothing for a site without a ``url``."""
    if not site.spec.site.url:
        return {}
    base = site.spec.site.url.rstrip("/") + "/"
    urls = [urljoin(base, quote(path.lstrip("/"), safe="/-._~!$&'()*+,;=:@")) for path in sorted(paths) if _public(path)]
    if len(urls) <= _SITEMAP_LIMIT:
        return {"sitemap.xml": _document("urlset", "url", urls)}
    parts = [urls[start : start + _SITEMAP_LIMIT] for start in range(0, len(urls), _SITEMAP_LIMIT)]
    named = {f"sitemap-{number}.xml": _document("urlset", "url", part) for number, part in enumerate(parts, 1)}
    return {**named, "sitemap.xml": _document("sitemapindex", "sitemap", [base + name for name in named])}


def _public(path: str) -> bool:
    return path.endswith("/") and not path.startswith("/-/")


def _document(root: str, item: str, urls: Iterable[str]) -> bytes:
    lines = "".join(f"<{item}><loc>{escape(url)}</loc></{item}>\n" for url in urls)
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


def headers(site: Site, files: Iterable[str]) -> bytes | None:
    """``_headers``, which Netlify and Cloudflare Pages read: answers for machines are JSON, whatever their file is called."""
    if not any(file.startswith("api/") for file in files):
        return None
    return f"{site.base_path}api/*\n  Content-Type: application/json; charset=utf-8\n".encode()


def stamp(values: Mapping[str, object]) -> bytes:
    """``/_/stamp.js``: the one file that knows when the site was built, so that no page changes with the clock."""
    return f"window.callboard = {json.dumps(values, sort_keys=True).replace('<', chr(92) + 'u003c')};\n".encode()
