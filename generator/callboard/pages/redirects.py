"""Old addresses: ``redirects:`` of the site, ``aliases`` of documents and lists of plugins → pages that lead on, and ``_redirects``."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from callboard.model.manifest import Plugin
from callboard.model.names import folded, portable_name
from callboard.model.problem import Place, Problem, Severity, dotted
from callboard.model.site import Site
from callboard.pages.links import Links, safe_url
from callboard.pages.makers import EachPage, Planned, Planner
from callboard.pages.near import Near
from callboard.pages.records import Records
from callboard.pages.seek import seek

_SCRIPT = b"""\
// The way on, with the part of the page that the old address named: without this, the browser goes to the top of the new page.
const link = document.querySelector("a");
if (link && location.hash) location.replace(link.href.split("#")[0] + location.hash);
"""
SCRIPT = f"_/callboard/redirect.{hashlib.sha256(_SCRIPT).hexdigest()[:8]}.js"
"""The file of the one script of these pages."""
_SAFE = "/-._~!$&'()*+,;=:@?#%"


class Redirect(NamedTuple):
    """One old address. ``source`` is a path of the site, ``target`` one too (with or without a part), or an address elsewhere."""

    source: str
    target: str
    place: Place
    key: str = ""
    """Where in its document it is said."""
    owner: str = ""
    written: str = ""
    """The old address as its author wrote it."""

    @property
    def file(self) -> str:
        """The file below the output folder."""
        return self.source.lstrip("/") + ("index.html" if self.source.endswith("/") else "")

    @property
    def is_away(self) -> bool:
        """Whether it leads to another site."""
        return "://" in self.target


class Ground(NamedTuple):
    """What redirects meet: who has which path (folded), what there is, and what is not known this time."""

    taken: Callable[[str], Planned | None]
    paths: Collection[str]
    absent: Sequence[str]


def gather(
    site: Site, plugins: Sequence[Plugin], records: Mapping[str, Records], made: Iterable[tuple[Planned, Planner]], ground: Ground
) -> tuple[tuple[Redirect, ...], list[Problem]]:
    """The redirects that lead somewhere, each straight to its end; and what is wrong with the others."""
    problems: list[Problem] = []
    said: dict[str, Redirect] = {}
    for one in [*_of_site(site), *_aliases(made), *_lists(plugins, records)]:
        fault = _fault(one, said, ground)
        if fault:
            problems.append(_problem(site, one, *fault))
        else:
            said[folded(one.source)] = one
    kept, near = [], Near(ground.paths)
    for one in said.values():
        end = _end(one, said, ground, near)
        if isinstance(end, str):
            kept.append(one._replace(target=end))
        else:
            problems.append(_problem(site, one, *end))
    return tuple(sorted(kept)), problems


def _of_site(site: Site) -> Iterator[Redirect]:
    for source, target in site.spec.redirects.items():
        key = ("redirects", source)
        yield Redirect(_path(source), _target(target), site.marks.at(key), dotted(key))


def _aliases(made: Iterable[tuple[Planned, Planner]]) -> Iterator[Redirect]:
    """Of documents: paths below their mount, so that one mount's authors say nothing about another's addresses."""
    for planned, maker in made:
        if not (planned.file and isinstance(maker, EachPage)):
            continue
        aliases = maker.items[planned.argument].get("aliases")
        for alias in aliases if isinstance(aliases, list) else [aliases] if isinstance(aliases, str) else ():
            place = planned.place if planned.place.file else Place(planned.file, 1, 1)
            source = _path(maker.plugin.path + str(alias).lstrip("/"))
            yield Redirect(source, planned.path, place, "aliases", planned.owner, str(alias))


def _lists(plugins: Sequence[Plugin], records: Mapping[str, Records]) -> Iterator[Redirect]:
    """Of datasets: ``redirects``, records of ``{from, to, file, line}``, paths below the mount."""
    for plugin in plugins:
        for record in records[plugin.id].evaluate("redirects") or ():
            if not isinstance(record, Mapping) or not {"from", "to"} <= record.keys():
                continue
            target = str(record["to"])
            target = target if ":" in target.partition("/")[0] else plugin.path + target.lstrip("/")
            line = record.get("line")
            place = (
                Place(str(record["file"]), line if isinstance(line, int) else 1, 1) if record.get("file") else plugin.mount_place
            )
            source = _path(plugin.path + str(record["from"]).lstrip("/"))
            yield Redirect(source, _target(target), place, "", plugin.id, str(record["from"]))


def _path(text: str) -> str:
    path = f"/{text.strip().lstrip('/')}".removesuffix("index.html")
    return path if path.endswith("/") or "." in posixpath.basename(path) else f"{path}/"


def _target(text: str) -> str:
    text = text.strip()
    if ":" in text.partition("/")[0]:
        return text
    path, mark, part = text.partition("#")
    return _path(path) + mark + part


def _fault(one: Redirect, said: Mapping[str, Redirect], ground: Ground) -> tuple[str, str] | None:
    """Why an old address cannot be one, and the mend."""
    other = said.get(folded(one.source))
    page = ground.taken(folded(one.source))
    amiss = "it is no plain path." if any(mark in one.source for mark in "?#\\") else portable_name(one.source)
    if amiss:
        return f"cannot begin there: {amiss.rstrip('.')}", "Write a path such as /old/page/."
    if folded(one.source).split("/")[0] in ("_", "-", "api"):
        return "begins where Callboard's own files are", "Remove it."
    if page is not None:
        return f"begins where a page is: {page.file or page.place or page.title}", "Remove it, or move the page."
    if other is not None and other.target != one.target:
        return f"is said twice, also at {other.place}", "Keep one of the two."
    if ":" in one.target and not (safe_url(one.target) and urlsplit(one.target).scheme in ("http", "https")):
        return f'leads to "{one.target}", which readers cannot be sent to', "Use a path, or an http or https address."
    return None


def _end(one: Redirect, said: Mapping[str, Redirect], ground: Ground, near: Near) -> str | tuple[str, str]:
    """Where a redirect ends, over others if need be; or why it does not, and the mend."""
    seen, target = [one.source], one.target
    while "://" not in target:
        path, mark, part = target.partition("#")
        if path in ground.paths or path.startswith(tuple(ground.absent) or ("\0",)):
            return target
        following = said.get(folded(path))
        if following is None:
            close = near.to(path)
            return f"leads to {path}, where nothing is", f'Did you mean "{close}"?' if close else "Mend its target, or remove it."
        if following.source in seen:
            return f"leads in a circle: {' → '.join([*seen, following.source])}", "Let one of them lead to a page."
        seen.append(following.source)
        target = following.target if "#" in following.target or not mark else f"{following.target}#{part}"
    return target


def _problem(site: Site, one: Redirect, what: str, mend: str) -> Problem:
    place = seek(site.root, one.place, one.written) or one.place
    return Problem("broken-redirect", f'the redirect "{one.source}" {what}.', place, one.key, mend, Severity.WARNING, one.owner)


def files(site: Site, links: Links, redirects: Sequence[Redirect]) -> dict[str, bytes]:
    """A page for each, their script, and ``_redirects`` for hosts that read it; nothing without any."""
    if not redirects:
        return {}
    made = {one.file: _page(site, links, one) for one in redirects}
    return {**made, SCRIPT: _SCRIPT, "_redirects": _rules(site, redirects)}


def _rules(site: Site, redirects: Sequence[Redirect]) -> bytes:
    """``_redirects`` as Netlify and Cloudflare Pages read it."""

    def below(path: str) -> str:
        return quote(site.base_path + path.lstrip("/"), safe=_SAFE)

    lines = (f"{below(one.source)} {one.target if one.is_away else below(one.target)} 301\n" for one in redirects)
    return "".join(lines).encode()


def _page(site: Site, links: Links, one: Redirect) -> bytes:
    href = one.target if one.is_away else _href(links, one.target, one.source)
    whole = one.target if one.is_away else urljoin(f"{site.spec.site.url.rstrip('/')}/", one.target.lstrip("/"))
    canonical = f'<link rel="canonical" href="{escape(quote(whole, safe=_SAFE))}">\n' if one.is_away or site.spec.site.url else ""
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>This page has moved</title>
{canonical}<script src="{escape(_href(links, f"/{SCRIPT}", one.source))}" defer></script>
<meta http-equiv="refresh" content="0; url={escape(href)}">
</head>
<body>
<main><h1>This page has moved</h1><p>It is now at <a href="{escape(href)}">{escape(one.target.partition("#")[0])}</a>.</p></main>
</body>
</html>
""".encode("utf-8", "replace")


def _href(links: Links, path: str, source: str) -> str:
    """As ``Links.href`` gives it, also from a page that is called ``old.html``."""
    return links.href(path, source if source.endswith("/") else posixpath.dirname(source).rstrip("/") + "/")
