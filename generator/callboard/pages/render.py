"""Planned page + data + theme → bytes, with a fingerprint of all that the bytes depend on."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from jinja2 import TemplateError, TemplateSyntaxError
from markupsafe import Markup, escape

from callboard import __version__
from callboard.model.lookup import segment
from callboard.model.manifest import Plugin
from callboard.model.page import Card, Link, PageData, Section, Theme, View
from callboard.model.problem import Problems
from callboard.model.secret import Secret
from callboard.model.site import Site
from callboard.pages.assets import THEME, Asset, Assets
from callboard.pages.machine import policy
from callboard.pages.makers import Maker, Planned
from callboard.pages.published import Publisher
from callboard.pages.resolve import Noted, Resolver
from callboard.pages.routes import Table
from callboard.pages.templates import Templates, fault_of
from callboard.pages.yamltext import yaml_html

_ROWS = 50_000
"""The most rows whose HTML is kept: 25 MB."""
_BODY = "\x00body\x00"
_FRAME = frozenset(
    f"card{name}"
    for name in (
        "",
        ".title",
        ".plugin",
        ".type",
        ".id",
        ".error",
        ".provenance",
        ".view",
        ".view.name",
        ".view.rows",
        ".values.total",
    )
)
"""What of a card its frame may show, so that frames are drawn once for many cards."""
_APART = re.compile(r"/(?:theme|live)\.[0-9a-f]{8}\.js\Z")
"""Scripts of a theme that not every page loads as it does the others: one before its first paint, one where values are live."""
_MARKS = {"slot_title": "\x00title\x00", "slot_description": "\x00description\x00", "slot_main": "\x00main\x00"}
# Values of one page form no circle, so the encoder need not watch for one.
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str, check_circular=False).encode


class Prose(Markup):
    """Rendered Markdown: safe HTML that knows its headings (for a table of contents)."""

    headings: tuple[Any, ...] = ()


class _Printed:
    """A function of a plugin's code as templates see it: its HTML is trusted like the templates themselves."""

    def __init__(self, plugin: Plugin, reference: str) -> None:
        self._plugin, self._reference = plugin, reference

    @functools.cached_property
    def _function(self) -> Any:
        return self._plugin.load(self._reference)

    def __call__(self, *arguments: Any) -> Markup:
        try:
            return Markup(self._function(*arguments))  # noqa: S704  # a plugin's own output
        except Problems as stopped:
            raise ValueError("; ".join(problem.what.rstrip(".") for problem in stopped.items)) from None


@dataclass(frozen=True, slots=True)
class Shell:
    """A section's document around a page's main part, and a digest of it."""

    parts: tuple[str, ...]
    order: tuple[str, ...]
    digest: str

    def around(self, title: str, description: str, main: str, current: str) -> str:
        """The whole document; the rail's link to ``current`` (a href) is marked as the page itself."""
        values = {"slot_title": str(escape(title)), "slot_description": str(escape(description)), "slot_main": main}
        pieces = [self.parts[0]]
        for name, part in zip(self.order, self.parts[1:], strict=True):
            pieces += [values[name], part]
        link = f'<li><a href="{escape(current)}"'
        if any(link in part for part in self.parts):
            here = f'{link} aria-current="page">'
            for open_ in (f'{link} aria-current="true">', f"{link}>"):
                pieces = [piece if piece is main else piece.replace(open_, here) for piece in pieces]
        return "".join(pieces)


class Rendered(NamedTuple):
    """One page or file made: its bytes (None if it is unchanged), fingerprint and note; without a name if there is no such file."""

    file: str
    fingerprint: str
    note: str
    content: bytes | None
    beside: tuple[tuple[str, bytes], ...] = ()
    """Files made of the same page (its twin for machines), with its fingerprint; ``Renderer.beside`` names them beforehand."""
    sections: tuple[Section, ...] | None = None
    """What the search finds in its text; None for a page without one, and for one that is unchanged."""


class Renderer:
    """Makes the pages of one site, one at a time. Not for threads: the functions of templates know the page being made."""

    def __init__(self, site: Site, theme: Theme, plugins: Sequence[Plugin], table: Table, assets: Assets) -> None:
        self._site, self._plugins, self._table, self._assets = site, {p.id: p for p in plugins}, table, assets
        self._ordered = list(plugins)
        self.resolver = Resolver(site.root, table.stage.links, table.paths, table.documents, table.absent)
        functions = {
            "url": self._url,
            "asset": self._asset,
            "markdown": self._markdown,
            "slot": self._slot,
            "live": self._live,
            "yaml": yaml_html,
            "kept": self._kept,
            "segment": segment,
        }
        self.templates = Templates(theme, plugins, functions)
        self._theme = theme
        self._here, self._owner, self._file = "/", "", ""
        self._page: PageData | None = None
        self._noted = Noted()
        self._sections: tuple[Section, ...] | None = None
        self._shells: dict[tuple[str, str, str], Shell] = {}
        self._digests: dict[int, str] = {}
        self._rows: dict[tuple[Any, ...], Markup] = {}
        self._shared: dict[str, dict[str, Any]] = {}
        """What the cards of the page being made are given in common, by plugin."""
        self._frames: dict[tuple[Any, ...], tuple[str, str]] = {}

    def make(self, planned: Planned, known: tuple[str, str] | None = None) -> Rendered:
        """The page; without bytes if its fingerprint is that of ``known`` (fingerprint, note) and what it points to is as it was."""
        maker = self._table.makers[planned.maker]
        if isinstance(maker, Publisher):
            return _publish(maker, planned, known)
        assert isinstance(maker, Maker)  # what makes no pages publishes files
        section = self._table.rail.section(planned.path, maker_path(maker, planned))
        shell = self._shell(section, planned, maker)
        file = planned.file_name
        summed = maker.summed(planned)
        data = maker.data(planned) if summed is None else None
        fingerprint = self._fingerprint(planned, maker, summed if data is None else data, shell)
        if known is not None and known[0] == fingerprint and self.resolver.holds(Noted.decode(known[1])):
            return Rendered(file, fingerprint, known[1], None)
        data = maker.data(planned) if data is None else data
        self._open(planned, maker, data)
        try:
            main = self._main(maker.template, data)
        except TemplateSyntaxError:
            raise
        except (TemplateError, TypeError, ValueError, LookupError, AttributeError) as error:
            # What a template of a plugin does with one record costs that page, not the site.
            what, template, line = fault_of(error)
            self._noted = Noted(fault=(what, self._shown(template), line))
            main = self._main("view_page.html", _failed(data, f"{what} ({self._shown(template)}:{line})"))
        return Rendered(
            file,
            fingerprint,
            self._noted.encode(),
            self._document(shell, data, main),
            self._beside(planned, data, main),
            self._sections,
        )

    def beside(self, planned: Planned) -> tuple[str, ...]:  # noqa: ARG002  # no page has a twin yet
        """The names of the files that are made beside a page."""
        return ()

    def _beside(self, planned: Planned, data: PageData, main: str) -> tuple[tuple[str, bytes], ...]:  # noqa: ARG002
        return ()

    def report(self, title: str, path: str, values: Mapping[str, Any]) -> Rendered:
        """A page of the core's own that is made last: the build report."""
        planned = Planned(path, title, "callboard", -1, None)
        links = self._table.stage.links
        crumbs = (Link("Home", links.href("/", path)), Link(title, links.href(path, path), True))
        data = PageData(title, path, "", values, crumbs)
        shell = self._shell(path, planned, None)
        self._open(planned, None, data)
        main = self._main("report.html", data)
        content = self._document(shell, data, main)
        return Rendered(path.lstrip("/") + "index.html", hashlib.sha256(content).hexdigest()[:32], "", content)

    def _document(self, shell: Shell, data: PageData, main: str) -> bytes:
        site = self._site.spec.site
        title = site.title if data.path == "/" else f"{data.title} · {site.title}"
        current = self._table.stage.links.href(data.path, data.path)
        text = shell.around(title, data.summary or site.description or site.title, main, current)
        script = self._assets.files.get((THEME, "live.js"))
        if script is not None and ' data-live="' in main:
            href = self._table.stage.links.href(f"/{script.file}", data.path)
            text = text.replace("</head>", f'<script src="{href}" defer></script>\n</head>', 1)
        return text.encode("utf-8", "replace")

    def _open(self, planned: Planned, maker: Maker | None, data: PageData) -> None:
        self._here, self._file, self._page, self._noted = planned.path, planned.file, data, Noted()
        self._sections = None
        self._shared.clear()
        self._owner = maker.plugin.id if maker is not None and hasattr(maker, "plugin") else ""

    def _main(self, template: str, data: PageData) -> str:
        values = {
            "page": data,
            "data": data.values,
            "view": data.view,
            "site": self._site_values,
            "mount": self._mount(self._owner),
        }
        return self.templates.draw(template, {**self._functions(self._owner), **values})

    @functools.cache  # noqa: B019  # lives as long as one build
    def _functions(self, owner: str) -> dict[str, Any]:
        """What the templates of one plugin may call of its code. It is loaded when a template calls it first."""
        plugin = self._plugins.get(owner)
        table = plugin.manifest.functions if plugin else {}
        return {name: _Printed(plugin, reference) for name, reference in table.items() if plugin}

    def _shown(self, template: str) -> str:
        """A template's file as people know it: below the site, or with the folder that it came with."""
        return shown_template(self._site, template)

    # What pages depend on

    def _fingerprint(self, planned: Planned, maker: Maker, data: PageData | str | None, shell: Shell) -> str:
        if planned.maker not in self._digests:
            self._digests[planned.maker] = self._maker_digest(maker)
        said = data if isinstance(data, str) else _ENCODE(_once(data))
        text = f"{self._digests[planned.maker]}\0{shell.digest}\0{type(data).__name__}\0{said}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def _maker_digest(self, maker: Maker) -> str:
        fillings = [filling for slot in maker.slots for filling in maker.fillings.named(slot)]
        names = {maker.template, "card.html", *(filling.template for filling in fillings)}
        owners = {maker.plugin.name} if hasattr(maker, "plugin") else set()
        owners |= {THEME, "site", *(filling.plugin.name for filling in fillings)}
        mounts = [self._mount(filling.plugin.id) for filling in fillings]
        own = self._mount(maker.plugin.id) if hasattr(maker, "plugin") else {}
        code = [plugin.digest for plugin in self._ordered if plugin.name in owners and plugin.manifest.functions]
        marks = [
            self.templates.digest(names),
            self._assets.digest(owners),
            own,
            mounts,
            code,
            self._site_values,
            self.templates.kinds,
        ]
        return hashlib.sha256(json.dumps(marks, default=str).encode()).hexdigest()

    @functools.cached_property
    def _site_values(self) -> dict[str, Any]:
        site = self._site.spec.site
        return {
            "title": site.title,
            "description": site.description,
            "language": site.language,
            "url": site.url,
            "source": site.source,
            "version": __version__,
            "publish": dict(self._site.spec.publish),
            # An apostrophe ends no attribute in double quotes; as it is, people can read it.
            "policy": Markup(str(escape(policy(self._site))).replace("&#39;", "'")),  # noqa: S704  # escaped
            "live": self._site.spec.proxy.url if self._site.spec.proxy.live else None,
            "logo": "",
        }

    @functools.cache  # noqa: B019  # lives as long as one build
    def _mount(self, owner: str) -> dict[str, Any]:
        plugin = self._plugins.get(owner)
        if plugin is None:
            return {"id": "", "title": "", "path": "/", "options": {}}
        options = {name: value for name, value in plugin.options.items() if not isinstance(value, Secret)}
        return {"id": plugin.id, "title": plugin.title, "path": plugin.path, "options": options}

    def _shell(self, section: str, planned: Planned, maker: Maker | None) -> Shell:
        links = self._table.stage.links
        # In portable builds hrefs depend on where the page lies, so a shell serves the pages of one folder.
        where = planned.path if links.portable else ""
        owner = maker.plugin.name if maker is not None and hasattr(maker, "plugin") else ""
        key = (section, f"{owner}/{planned.maker}", where)
        if key not in self._shells:
            if links.portable and len(self._shells) > 500:
                self._shells.clear()
            self._shells[key] = self._draw_shell(section, planned.path, owner, maker)
        return self._shells[key]

    def _draw_shell(self, section: str, here: str, owner: str, maker: Maker | None) -> Shell:
        self._here, self._owner, self._file = here, "", ""
        owners = (
            [owner, *(f.plugin.name for slot in maker.slots for f in maker.fillings.named(slot))] if maker is not None else []
        )
        mine = [THEME, *dict.fromkeys(name for name in owners if name)]
        whole = (THEME, owner)
        styles = [a for name in mine for a in (self._assets.of(name, ".css") if name in whole else self._assets.beside(name))]
        scripts = [a for name in mine for a in self._assets.of(name, ".js") if not (name == THEME and _APART.search(a.file))]
        href = self._table.stage.links.href
        logo = self._assets.files.get(("site", "logo"))
        text = self.templates.environment.get_template("shell.html").render(
            site={**self._site_values, "logo": href(f"/{logo.file}", here) if logo else ""},
            nav=self._table.rail.entries(section),
            section=section,
            styles=[href(f"/{asset.file}", here) for asset in _ordered(styles)],
            scripts=[href("/_/stamp.js", here), *(href(f"/{asset.file}", here) for asset in scripts)],
            **{name: Markup(mark) for name, mark in _MARKS.items()},  # noqa: S704  # marks, replaced below
        )
        order = tuple(sorted(_MARKS, key=lambda name: text.index(_MARKS[name])))
        parts = []
        for name in order:
            before, _, text = text.partition(_MARKS[name])
            parts.append(before)
        parts.append(text)
        return Shell(tuple(parts), order, hashlib.sha256("\0".join([*parts, *order]).encode()).hexdigest())

    # What templates call

    def _url(self, path: str) -> str:
        return self._table.stage.links.href(path, self._here)

    def _live(self, path: str) -> str:
        plugin = self._plugins.get(self._owner)
        encoded = quote(path, safe="/?&=%-._~!$'()*+,;:@")
        return self._table.stage.links.live(plugin.path, encoded, self._here) if plugin else ""

    def _asset(self, name: str) -> str:
        owner = self._plugins[self._owner].name if self._owner in self._plugins else THEME
        asset: Asset | None = self._assets.files.get((owner, name)) or self._assets.files.get((THEME, name))
        if asset is None:
            raise LookupError(f'no asset "{name}" in the assets folder of {owner}')
        return self._table.stage.links.href(f"/{asset.file}", self._here)

    def _markdown(self, text: object) -> Prose:
        from callboard.pages.markdown import render as render_markdown

        noted = self._noted

        def href(target: str) -> str | None:
            return self.resolver.href(target, here=self._here, file=self._file, noted=noted)

        start = self._first_line()
        html = render_markdown(str(text), href=href, title=self._page.title if self._page else "", line=start)
        lines = dict(html.broken)
        noted.problems = [(c, w, m, line or _line_of(w, lines)) for c, w, m, line in noted.problems]
        noted.problems += [
            ("broken-link", f'the link "{target}" leads to no heading of this page.', "Mend the anchor.", line)
            for target, line in html.broken
            if target.startswith("#")
        ]
        prose = Prose(html.html)
        prose.headings = html.headings
        return prose

    def _first_line(self) -> int:
        values = self._page.values if self._page else {}
        for value in values.values():
            if isinstance(value, Mapping) and isinstance(value.get("text_line"), int):
                return int(value["text_line"])
        return 1

    def _kept(self, macro: Any, row: tuple[Any, ...], *given: Any) -> Markup:
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

    def _slot(self, name: str, type: str = "") -> Markup:  # noqa: A002  # what templates call it
        cards = self._page.slots.get(name, ()) if self._page else ()
        return Markup("").join(self._card(card) for card in cards if not type or card.type == type)

    def _card(self, card: Card) -> Markup:
        owner, self._owner = self._owner, card.plugin
        values = self._shared.get(card.plugin)
        if values is None:
            mount = self._mount(card.plugin)
            own = {**self._functions(card.plugin), "page": self._page, "site": self._site_values, "mount": mount}
            values = self._shared[card.plugin] = {**self.templates.environment.globals, **own}
        values["data"], values["view"] = card.values, card.view
        body = self.templates.drawn(card.template, values)
        framed = self._framed(card, body, values)
        self._owner = owner
        return Markup(framed)  # noqa: S704  # a template's own output

    def _framed(self, card: Card, body: str, values: Mapping[str, Any]) -> str:
        """The card in its frame. Frames of cards without provenance are alike on all pages, so each is drawn once."""
        if card.error or card.provenance or not self._frames_alike:
            return self.templates.draw("card.html", {**values, "card": card, "body": Markup(body)})  # noqa: S704  # a template's own
        view = card.view and (card.view.name, bool(card.view.rows))
        key = (card.plugin, card.title, card.type, card.id, card.values.get("total"), view)
        if key not in self._frames:
            drawn = self.templates.draw("card.html", {**values, "card": card, "body": _BODY})
            before, _, after = drawn.partition(_BODY)
            self._frames[key] = (before, after)
        before, after = self._frames[key]
        return before + body + after

    @functools.cached_property
    def _frames_alike(self) -> bool:
        """Whether the theme's card.html looks at nothing of a card but what frames are told apart by."""
        source = self.templates.source("card.html")
        asked = set(
            re.findall(r"\b(?:card|page|data|view|site|mount)\b(?:\.\w+)*", re.sub(r"{#.*?#}", "", source, flags=re.DOTALL))
        )
        return asked <= _FRAME


def _once(data: PageData | None) -> PageData | None:
    """What a page shows, said once: its cards without what the page itself was given."""
    if data is None or not data.slots:
        return data

    def lean(card: Card) -> Card:
        own = {name: value for name, value in card.values.items() if data.values.get(name) is not value}
        return card._replace(values=own)

    return data._replace(slots={slot: tuple(map(lean, cards)) for slot, cards in data.slots.items()})


def _publish(publisher: Publisher, planned: Planned, known: tuple[str, str] | None) -> Rendered:
    """A file of a plugin. What its function does wrong costs this file, not the site."""
    fingerprint = publisher.fingerprint(planned)
    if known is not None and known[0] == fingerprint:
        return Rendered(planned.file_name, fingerprint, "", None)
    try:
        content = publisher.content(planned)
    except Problems as stopped:
        what = " ".join(problem.what.rstrip(".") for problem in stopped.items)
    except Exception as error:  # foreign code: whatever it raises is a fault of this file alone
        what = f"{type(error).__name__}: {error}".rstrip(". ")
    else:
        return Rendered(planned.file_name if content is not None else "", fingerprint, "", content)
    mend = "Mend the function; the site is published without this file."
    noted = Noted(problems=[("file-failed", f"{planned.path} could not be made: {what}.", mend, 0)])
    return Rendered("", "", noted.encode(), None)


def shown_template(site: Site, file: str) -> str:
    """A template's file relative to the site's root; one of a bundled plugin or theme by its last folders."""
    path = Path(file)
    if path.is_relative_to(site.root):
        return path.relative_to(site.root).as_posix()
    parts = path.parts
    start = max((index for index, part in enumerate(parts) if part in ("plugins", "themes")), default=max(0, len(parts) - 1))
    return "/".join(parts[start:])


def maker_path(maker: Maker, planned: Planned) -> str:
    """The path of the mount that a page belongs to; the page's own for the core's pages."""
    return maker.plugin.path if hasattr(maker, "plugin") else planned.path


def _ordered(styles: list[Asset]) -> list[Asset]:
    """The site's own accent last, so that it wins."""
    return sorted(styles, key=lambda asset: asset.file.startswith("_/theme/site."))


def _failed(data: PageData, fault: str) -> PageData:
    text = "This page could not be made. The build report says what to mend."
    return data._replace(view=View("markdown", text, text=text), values={}, error=fault, slots={})


def _line_of(what: str, lines: Mapping[str, int]) -> int:
    return next((line for target, line in lines.items() if f'"{target}"' in what), 0)
