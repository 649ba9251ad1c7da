"""What templates call: links, assets, Markdown, and rows that are drawn once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from callboard.model.document import Document
from callboard.model.lookup import segment
from callboard.pages.assets import THEME, Asset, Assets
from callboard.pages.diagrams import Diagrams
from callboard.pages.drawing import Drawing
from callboard.pages.given import Given
from callboard.pages.resolve import Amiss, Anchor, Noted, Resolver
from callboard.pages.routes import Table
from callboard.pages.yamltext import yaml_html

if TYPE_CHECKING:  # a build without changes reads no Markdown
    from callboard.pages.markdown import Html, Spot

_ALLOWED = "Use http, https, mailto or tel, or a path of this site."
_SCHEME = re.compile(r"[\s\x00-\x1f]*(?:[A-Za-z][A-Za-z0-9+.-]*:|[\\/]{2})")
_ROWS = 50_000
"""The most rows whose HTML is kept: 25 MB."""


class Prose(Markup):
    """Rendered Markdown: safe HTML that knows its headings (for a table of contents)."""

    headings: tuple[Any, ...] = ()


class Calls:
    """The functions of one site's templates; ``drawing`` tells them which page is being made."""

    def __init__(
        self, drawing: Drawing, table: Table, assets: Assets, given: Given, resolver: Resolver, diagrams: Diagrams
    ) -> None:
        self._diagrams = diagrams
        self._drawn, self._table, self._assets, self._given, self._resolver = drawing, table, assets, given, resolver
        self._rows: dict[tuple[Any, ...], Markup] = {}

    def functions(self) -> dict[str, Any]:
        """All of them, by the name that templates know."""
        return {
            "url": self.url,
            "asset": self.asset,
            "markdown": self.markdown,
            "live": self.live,
            "yaml": yaml_html,
            "kept": self.kept,
            "segment": segment,
        }

    def url(self, path: str) -> str:
        """The href of a path of the site, from the page that is being made."""
        return self._table.stage.links.href(path, self._drawn.here)

    def live(self, path: str) -> str:
        """Where a value of the mount whose template draws is asked for again; "" without a proxy."""
        plugin = self._given.plugins.get(self._drawn.owner)
        encoded = quote(path, safe="/?&=%-._~!$'()*+,;:@")
        return self._table.stage.links.live(plugin.path, encoded, self._drawn.here) if plugin else ""

    def asset(self, name: str) -> str:
        """The href of an asset of the plugin whose template draws, or of the theme. Raises LookupError."""
        owner = self._given.plugins[self._drawn.owner].name if self._drawn.owner in self._given.plugins else THEME
        asset: Asset | None = self._assets.files.get((owner, name)) or self._assets.files.get((THEME, name))
        if asset is None:
            raise LookupError(f'no asset "{name}" in the assets folder of {owner}')
        return self._table.stage.links.href(f"/{asset.file}", self._drawn.here)

    def markdown(self, text: object, of: Mapping[str, Any] | None = None) -> Prose:
        """``text`` as safe HTML; what it points to, and what is amiss there, is noted.

        ``of`` is the record of the document that it is, where the page is not that document's own: its ``file``, ``root``, ``text_line``
        and ``title``. What is amiss in it says its own page.
        """
        from callboard.pages.engines import rendered
        from callboard.pages.markdown import Included, Settings

        drawn, noted = self._drawn, self._drawn.noted
        said = [*noted.problems], [*noted.anchors]
        document = drawn.page.document if drawn.page and drawn.page.document else Document(drawn.file)
        if of is not None:
            document = Document(
                str(of.get("file", "")), str(of.get("root", "")), line=of.get("text_line", 1), engine=str(of.get("engine", ""))
            )
        root = _root(document)

        def href(target: str) -> str | None:
            found = self._resolver.href(target, here=drawn.here, file=document.file, noted=noted, root=root)
            if found is not None:
                drawn.hrefs[target] = found
            return found

        def include(name: str) -> Included | None:
            found = self._resolver.included(name, root=root, noted=noted)
            return None if found is None else Included(*found)

        def picture(kind: str, source: str, line: int) -> str | None:
            found = self._diagrams.picture(kind, source, line, noted)
            return None if found is None else self.url(found)

        title = str(of.get("title", "")) if of is not None else drawn.page.title if drawn.page else ""
        sought, settings = drawn.sought and of is None, Settings(self._diagrams.in_browsers, picture)
        given = {"href": href, "title": title, "line": document.line, "include": include if root else None, "sections": sought}
        html = rendered(str(text), document.engine, noted, settings=settings, **given)
        noted.uses += [name for name in html.diagrams if name not in noted.uses]
        if sought:
            drawn.sections = (*(drawn.sections or ()), *html.sections)
        if of is None:
            _note(noted, html, document.file)
        else:
            noted.problems, noted.anchors = said
        prose = Prose(html.html)
        prose.headings = html.headings
        return prose

    def kept(self, macro: Any, row: tuple[Any, ...], *given: Any) -> Markup:
        """What ``macro`` draws of a row, drawn once for equal ones. Markdown is drawn anew: its links belong to their page."""
        key = (macro.name, row, *given)
        drawn = self._rows.get(key)
        if drawn is None:
            if any(cell.type == "markdown" for cell in row):
                return Markup(macro(row, *given))  # noqa: S704  # a template's own output
            if len(self._rows) > _ROWS:
                self._rows.clear()
            drawn = self._rows[key] = Markup(macro(row, *given))  # noqa: S704  # a template's own output
        return drawn


def _root(document: Document) -> str:
    """The folder that a document's files come from: one below the site's root that it lies in itself, whatever its record says."""
    inside = document.root and ".." not in document.root.split("/") and document.file.startswith(f"{document.root}/")
    return document.root if inside and document.root != "." else ""


def _note(noted: Noted, html: Html, file: str) -> None:
    """What is amiss in a text, at its line; the resolver named links without knowing where they stand.

    A text without a file of its own has no lines: they are found where its record is.
    """
    broken, links = _by_target(html.broken), _by_target(html.links)
    placed = [one for problem in noted.problems for one in _placed(problem, broken)]
    said = {one[1].partition('"')[2].partition('"')[0] for one in placed}
    placed += [
        ("broken-link", f'the link "{what}" leads to no heading of this page.', _heading_near(what, html), line, where)
        for what, line, where in html.broken
        if what.startswith("#")
    ]
    placed += [
        ("broken-link", f'the address "{what}" is not linked: its kind is not allowed.', _ALLOWED, line, where)
        for what, line, where in html.broken
        if what not in said and _SCHEME.match(what)
    ]
    placed += [
        ("unknown-markdown", f"{what}; it stays text.", "Write it otherwise, or as code.", line, where)
        for what, line, where in html.unknown
    ]
    noted.problems = placed if file else [(code, what, mend, 0, where) for code, what, mend, _, where in map(_whole, placed)]
    noted.anchors = list(dict.fromkeys(one for anchor in noted.anchors for one in _lined(anchor, links, file)))


def _lined(anchor: Anchor, links: Mapping[str, list[Spot]], file: str) -> list[Anchor]:
    """A link to a part of another page at each line that has it."""
    spots = links.get(anchor[2], ()) if file and not anchor[3] else ()
    return [(*anchor[:3], spot.line, spot.file) for spot in spots] or [anchor]


def _by_target(spots: Iterable[Spot]) -> dict[str, list[Spot]]:
    found: dict[str, list[Spot]] = {}
    for spot in spots:
        found.setdefault(spot.what, []).append(spot)
    return found


def _placed(problem: Amiss, spots: Mapping[str, list[Spot]]) -> list[Amiss]:
    """A problem at each place that says its target."""
    if problem[3]:
        return [problem]
    target = next((one for one in spots if f'"{one}"' in problem[1]), None)
    return [problem] if target is None else [(*problem[:3], spot.line, spot.file) for spot in spots[target]]


def _whole(problem: Amiss) -> tuple[str, str, str, int, str]:
    code, what, mend, line, *file = problem
    return code, what, mend, line, file[0] if file else ""


def _heading_near(target: str, html: Html) -> str:
    close = difflib.get_close_matches(target[1:].lower(), [name for _, name, _ in html.headings], 1)
    return f'Did you mean "#{close[0]}"?' if close else "Mend the anchor."
