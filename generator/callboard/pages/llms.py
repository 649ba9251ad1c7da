"""``llms.txt`` (llmstxt.org) and ``llms-full.txt``: what a site has, for readers that are programs. Neither grows with the catalog."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from callboard.model.manifest import Plugin
from callboard.model.site import Site
from callboard.pages.makers import EachPage, Planned, SinglePage
from callboard.pages.routes import Table
from callboard.pages.twins import has_twin, twin_file

SHORT, FULL = "llms.txt", "llms-full.txt"
_LINKS = 40
"""Links of one section: what has more is reached over its index page."""
_FULL = 1_000_000
"""Bytes of all texts together."""
_LISTED = 200
"""Texts that are named although they are left out."""


class Text(NamedTuple):
    """One page as these files name it."""

    title: str
    path: str
    summary: str
    fingerprint: str


def short(site: Site, plugins: Sequence[Plugin], table: Table) -> bytes:
    """The index: the site, and a section for each mount with its fixed pages and its first texts."""
    info = site.spec.site
    parts = [f"# {_line(info.title)}", f"> {_line(info.description)}" if info.description else ""]
    told = "Each page is there as Markdown too: its address with index.md at the end." if table.twins else ""
    parts.append(f"A developer portal. {told}".strip())
    grouped = _grouped(table)
    for plugin in plugins:
        found = grouped.get(plugin.id, [])
        if found:
            listed = "\n".join(_item(site, table, text) for text in found[:_LINKS])
            more = f"\n- {len(found) - _LINKS} more, over the pages above" if len(found) > _LINKS else ""
            parts.append(f"## {_line(plugin.title)}\n\n{listed}{more}")
    optional = [_link(site, title, path) for feeds in table.feeds.values() for title, path in feeds]
    optional += [_link(site, "All texts in one file", f"/{FULL}")] if table.twins and any(True for _ in _documents(table)) else []
    optional += [_link(site, "All pages", "/sitemap.xml")] if info.url else []
    parts.append("## Optional\n\n" + "\n".join(f"- {link}" for link in optional) if optional else "")
    return ("\n\n".join(part for part in parts if part) + "\n").encode("utf-8", "replace")


def full(
    site: Site, table: Table, files: Mapping[str, tuple[str, str]], read: Callable[[str], bytes | None]
) -> tuple[str, Callable[[], bytes]] | None:
    """A fingerprint of ``llms-full.txt`` and what makes it, from the texts' twins; None for a site without texts."""
    texts = _texts(table, files)
    if not texts or not table.twins:
        return None
    marks = [site.spec.site.title, site.spec.site.url, *(f"{text.path} {text.title} {text.fingerprint}" for text in texts)]
    mark = hashlib.sha256("\n".join(marks).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return mark, lambda: _joined(site, table, texts, read)


def _joined(site: Site, table: Table, texts: Sequence[Text], read: Callable[[str], bytes | None]) -> bytes:
    parts, size = [f"# {_line(site.spec.site.title)}: all texts\n".encode()], 0
    left: list[Text] = []
    for text in texts:
        content = read(twin_file(text.path)) if not left else None
        if content is None or size + len(content) > _FULL:
            left.append(text)
            continue
        size += len(content)
        parts.append(content)
    if left:
        said = f"# Left out\n\nThis file ends here, so that it stays below {_FULL:,} bytes. {len(left)} more texts:\n\n"
        listed = "\n".join(_item(site, table, text) for text in left[:_LISTED])
        parts.append(f"{said}{listed}\n".encode("utf-8", "replace"))
    return b"\n".join(parts)


def _grouped(table: Table) -> dict[str, list[Text]]:
    """Of each mount the fixed pages (of a numbered list the first one), then its texts in their order."""
    fixed = {number: maker for number, maker in enumerate(table.makers) if isinstance(maker, SinglePage)}
    found: dict[str, list[Text]] = {}
    for planned in table.pages:
        maker = fixed.get(planned.maker)
        if maker is not None and planned.argument[1] == 1 and has_twin(planned.path):
            summary = maker.spec.summary or (maker.plugin.manifest.summary if maker.spec.path == "/" else "")
            found.setdefault(planned.owner, []).append(Text(planned.title, planned.path, summary, ""))
    for planned, texts in _documents(table):
        found.setdefault(planned.owner, []).append(_text(planned, texts, {}))
    return found


def _documents(table: Table) -> Iterator[tuple[Planned, EachPage]]:
    makers = table.makers
    for planned in table.pages:
        maker = makers[planned.maker] if planned.file else None
        if isinstance(maker, EachPage) and has_twin(planned.path):
            yield planned, maker


def _texts(table: Table, files: Mapping[str, tuple[str, str]]) -> list[Text]:
    return [_text(planned, maker, files) for planned, maker in _documents(table)]


def _text(planned: Planned, maker: EachPage, files: Mapping[str, tuple[str, str]]) -> Text:
    summary = maker.summary(maker.items[planned.argument])
    return Text(planned.title, planned.path, summary, files.get(planned.file_name, ("",))[0])


def _item(site: Site, table: Table, text: Text) -> str:
    path = f"/{twin_file(text.path)}" if table.twins else text.path
    return f"- {_link(site, text.title, path)}" + (f": {_line(text.summary)}" if text.summary else "")


def _link(site: Site, title: str, path: str) -> str:
    home = f"{site.spec.site.url.rstrip('/')}/" if site.spec.site.url else site.base_path
    return f"[{_line(title).replace('[', '(').replace(']', ')')}]({home}{quote(path.lstrip('/'), safe='/-._~!$&,;=:@+')})"


def _line(text: str) -> str:
    return " ".join(text.split())
