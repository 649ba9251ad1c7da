"""The bundled theme keeps what it promises (contrast, weight, safety, completeness without scripts), and themes are found and checked."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from markupsafe import Markup

from callboard import config, paths
from callboard.model.colour import contrast
from callboard.model.link import Link, Target
from callboard.model.page import Card, Cell, Heading, ItemData, NavEntry, PageData, Point, Provenance, Theme, View
from callboard.pages import markdown, theme
from callboard.pages.makers import pager
from callboard.pages.templates import Templates

FOLDER = paths.bundled("themes") / "callboard"
CSS = (FOLDER / "assets" / "callboard.css").read_text(encoding="utf-8")
SCRIPTS = [FOLDER / "assets" / name for name in ("theme.js", "callboard.js")]
TEMPLATES = sorted((FOLDER / "templates").rglob("*.html"))
TEXT = ("text", "muted", "accent", "focus", "info", "ok", "warn", "bad", "stale")
SPECIFIED = {
    "bg": ("#ffffff", "#0e1116"),
    "subtle": ("#f5f7fa", "#161b22"),
    "text": ("#15191f", "#e9edf2"),
    "muted": ("#4a5561", "#b1bac6"),
    "accent": ("#0b4fae", "#8ab8ff"),
    "focus": ("#0b4fae", "#8ab8ff"),
    "info": ("#0b4fae", "#8ab8ff"),
    "ok": ("#0c5c33", "#6fd39a"),
    "warn": ("#7a4300", "#f2c063"),
    "bad": ("#a1140f", "#ff9c94"),
    "stale": ("#643a97", "#cdaeff"),
    "control": ("#78838f", "#7f8b99"),
    "hairline": ("#d5dbe3", "#2f3843"),
    "tint": ("#ebf1f9", "#181e29"),
}
TOKENS = {name: (light, dark) for name, light, dark in re.findall(r"--([a-z]+): light-dark\((#\w{6}), (#\w{6})\);", CSS)}


# Looks


def test_tokens() -> None:
    """The tokens are those of the specification."""
    assert TOKENS == SPECIFIED


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_contrast(name: str, scheme: int) -> None:
    """Every colour of text has 7:1 on the page and on the subtle background, in the light and in the dark."""
    for ground in ("bg", "subtle"):
        assert contrast(TOKENS[name][scheme], TOKENS[ground][scheme]) >= 7, ground


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_tint_contrast(scheme: int) -> None:
    """Text on the tinted backgrounds (the open section, notes, marked lines) keeps 7:1."""
    shares = {"accent": (8, "bg"), "info": (5, "bg"), "ok": (5, "bg"), "warn": (5, "bg"), "bad": (5, "bg"), "stale": (5, "bg")}
    for name, (share, ground) in shares.items():
        tint = TOKENS["tint"][scheme] if name == "accent" else _mixed(TOKENS[name][scheme], TOKENS[ground][scheme], share)
        assert contrast(TOKENS["text"][scheme], tint) >= 7
        if name != "accent":  # a note's heading stands on its own tint
            assert contrast(TOKENS[name][scheme], tint) >= 7, name
    assert contrast(TOKENS["control"][scheme], TOKENS["bg"][scheme]) >= 3
    assert TOKENS["tint"][scheme] == _mixed(TOKENS["accent"][scheme], TOKENS["bg"][scheme], 8)


def _mixed(colour: str, ground: str, share: int) -> str:
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(ground[1:]), strict=True)
    return "#" + "".join(f"{round((a * share + b * (100 - share)) / 100):02x}" for a, b in pairs)


def test_text_takes_tokens_only() -> None:
    """No rule gives text a colour of its own, so that the contrast of the tokens is the contrast of the site."""
    used = set(re.findall(r"(?<![-\w])color: ([^;}]+)", CSS))
    allowed = {f"var(--{name})" for name in (*TEXT, "link", "bg", "tone")} | {"inherit"}
    assert used <= allowed, used - allowed
    assert set(re.findall(r"--tone: var\(--(\w+)\)", CSS)) <= {*TEXT, "control"}


def test_code_colours() -> None:
    """The classes that highlighted code uses most have a colour, each a token that is readable on the code's background."""
    html = markdown.render('```py\nclass A:\n    """d"""\n    # c\n    x = 1 + len("s")\n```\n```diff\n-a\n+b\n```').html
    classes = set(re.findall(r'<span class="(\w+)">', html))
    assert {"k", "nc", "sd", "c1", "mi", "nb", "s2", "gd", "gi"} <= classes
    assert [name for name in classes if not re.search(rf"\.{name}\b", CSS)] == []


@pytest.mark.parametrize(
    ("name", "most"), [("callboard.css", 20_000), ("callboard.js", 10_000), ("theme.js", 600), ("favicon.svg", 600)]
)
def test_weight(name: str, most: int) -> None:
    """The theme's files stay inside their budgets, compressed."""
    assert len(gzip.compress((FOLDER / "assets" / name).read_bytes(), 9)) <= most


def test_readers_wishes() -> None:
    """Paper, high contrast, less motion and both schemes are provided for; nothing moves for longer than 120 ms."""
    for wish in (
        "print",
        "forced-colors: active",
        "prefers-reduced-motion: no-preference",
        "max-width: 719px",
        "color-scheme: light dark",
    ):
        assert wish in CSS, wish
    assert all(int(time) <= 120 for time in re.findall(r"(\d+)ms", CSS))
    assert ":focus-visible { outline: 2px solid var(--focus); outline-offset: 2px;" in CSS
    unsafe = [line for line in CSS.splitlines() if "transition" in line and "a, button, .card" not in line]
    assert unsafe == []


# Safety


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_nothing_inline(path: Path) -> None:
    """No template has an inline script, style or event attribute, or turns escaping off."""
    source = path.read_text(encoding="utf-8")
    assert not re.search(
        r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe\b|autoescape", source, re.IGNORECASE
    )


def test_no_other_host() -> None:
    """Nothing in the theme asks another host."""
    for path in [*TEMPLATES, *SCRIPTS, FOLDER / "assets" / "callboard.css"]:
        found = set(re.findall(r"https?://[\w./-]+", path.read_text(encoding="utf-8"))) - {"http://www.w3.org/2000/svg"}
        assert not found, path


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_make_no_html(path: Path) -> None:
    """The scripts never turn text into HTML or code, and survive a browser that refuses storage."""
    source = path.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|fetch\(|XMLHttpRequest", source
    )
    assert source.count("localStorage.") <= source.count("try {") * 4
    assert "catch" in source


def test_icons() -> None:
    """Icons are few, of one form, drawn in the text's colour, and come with their licence."""
    icons = sorted((FOLDER / "icons").glob("*.svg"))
    assert 40 <= len(icons) <= 60
    opening = r'<svg class="icon" viewBox="0 0 24 24" fill="(none|currentColor)" stroke="(currentColor|none)" aria-hidden="true">'
    form = opening + r"(<\w+ [^<>]*/>)+</svg>\n"
    for path in icons:
        text = path.read_text(encoding="utf-8")
        assert re.fullmatch(form, text), path.name
        assert not re.search(r"width=\"24|script|\son\w+=|href|style", text), path.name
    assert "ISC" in (FOLDER / "icons" / "LICENSE").read_text(encoding="utf-8")
    named = {name for path in TEMPLATES for name in re.findall(r'icon\("(\w+)"\)', path.read_text(encoding="utf-8"))}
    assert named <= {path.stem for path in icons}


# Pages

SITE = {
    "title": "Acme & Co",
    "description": "The portal.",
    "language": "en",
    "logo": "",
    "url": "https://example.com/portal/",
    "source": "https://example.com/source",
    "version": "1.2.3",
    "policy": "default-src 'none'",
    "search": True,
}
NAV = (
    NavEntry("Home", "/", icon="home"),
    NavEntry("Docs", "/docs/", icon="docs", children=(NavEntry("Start", "/docs/start/"),)),
    NavEntry("Wiki", url="https://wiki.example.com/", section="Elsewhere"),
)
CRUMBS = (Link("Home", "/"), Link("Docs", "/docs/", True))
EVIL = '<script>alert(1)</script>"onload="x'


class Prose(Markup):
    """Markdown as the renderer hands it to templates."""

    headings: tuple[tuple[int, str, str], ...] = ()


def prose(text: str) -> Prose:
    made = markdown.render(text)
    result = Prose(made.html)
    result.headings = made.headings
    return result


class Pages:
    """Draws pages with the theme's own templates and a whole shell around them."""

    def __init__(self) -> None:
        self.cards: dict[str, tuple[Card, ...]] = {}
        functions = {
            "url": lambda path: "/portal" + path,
            "asset": lambda name: f"/portal/_/theme/{name}",
            "markdown": prose,
            "slot": self.slot,
            "kept": lambda macro, *given: macro(*given),
        }
        self.environment = Templates(Theme("callboard", (FOLDER,), ""), (), functions).environment

    def slot(self, name: str) -> Markup:
        return Markup("").join(self.card(card) for card in self.cards.get(name, ()))

    def card(self, card: Card) -> Markup:
        body = (
            Markup(self.environment.get_template(card.template).render(view=card.view, data=card.values, site=SITE))
            if card.view
            else ""
        )
        return Markup(self.environment.get_template("card.html").render(card=card, body=body))

    def main(self, template: str, page: PageData) -> str:
        self.cards = dict(page.slots)
        return self.environment.get_template(template).render(page=page, data=page.values, view=page.view, site=SITE, mount={})

    def whole(self, template: str, page: PageData, section: str = "/docs/") -> str:
        return self.environment.get_template("shell.html").render(
            site=SITE,
            nav=NAV,
            section=section,
            tree=False,
            feeds=(),
            twin=True,
            styles=["/portal/_/theme/callboard.css"],
            scripts=["/portal/_/stamp.js"],
            slot_title=page.title,
            slot_description="",
            slot_main=Markup(self.main(template, page)),
        )


TABLE = View(
    "table",
    "No services yet. Set `branch:` in site.yaml.",
    headings=(
        Heading("Name", "link"),
        Heading("State", "state"),
        Heading("Runs", "number"),
        Heading("Since", "date"),
        Heading("Tags", "tags"),
    ),
    rows=tuple(
        (
            Cell(f"service-{number}", "link", f"/s/{number}/"),
            Cell("passed" if number % 2 else "failed", "state"),
            Cell(f"{number},000", "number", sort=str(number * 1000)),
            Cell("2026-11-24T08:12:00Z", "date"),
            Cell("a, b, c, d, e", "tags", parts=("a", "b", "c", "d", "e")),
        )
        for number in range(1, 4)
    ),
)
ITEMS = (ItemData("payments", "Takes money.", "/p/", "failed", (Cell("2026-11-24", "date"), Cell("team-a", "entity"))),)
POINTS = (Point("Mon", 5, "5 ms", 0.5), Point("Tue", 10, "10 ms", 1.0), Point("Wed", -1, "-1 ms", -0.1))
FACTS = (("Owner", Cell("team-a", "entity", "/a/")), ("Gone", Cell("team-b", "entity")), ("Code", Cell("x<y", "code")))
STALE = Provenance("ci.example.com", "stale", "2026-11-22T08:12:00Z", "https://ci.example.com/", "503 Service Unavailable")
FAILED = Provenance("ci.example.com", "failed", error="503 Service Unavailable")
LOCAL = Provenance("content/a.yaml", place="content/a.yaml:3")


def page(view: View | None = None, **fields: Any) -> PageData:
    return PageData("Docs & more", "/docs/", "About docs.", breadcrumb=CRUMBS, view=view, **fields)


REPORT: Mapping[str, Any] = {
    "version": "1.2.3",
    "built": "",
    "commit": "abcdef0123456789",
    "seconds": 1.5,
    "timings": {"data": 1.0, "pages": 0.5},
    "counts": {"pages": 4210, "sources": 2, "stale": 1, "problems": 1},
    "sources": [
        {"id": "source-a-rows",
         "mount": "a", "name": "rows", "label": "a.csv", "href": "", "state": "ok", "as_of": "", "ttl": "", "outcome": "read", "error": "",
         "records": 3, "size": 1200, "tries": 0, "ms": 2},
        {"id": "source-b-runs",
         "mount": "b", "name": "runs", "label": "ci", "href": "https://ci.example.com/", "state": "stale", "as_of": "2026-11-22T08:12:00Z",
         "ttl": "15m", "outcome": "stale", "error": "503", "records": 3, "size": 12, "tries": 3, "ms": 2000},
    ],
    "problems": [{"severity": "warning", "place": "a.yaml:1:2", "path": "spec.owner", "what": EVIL, "mend": "Mend it.", "code": "x",
                  "plugin": "a"}],
    "files": {"accepted": 3, "rejected": 1, "list": [{"file": "a.yaml", "accepted": 3, "rejected": 1}], "more": 7},
    "routes": [{"pattern": "/a/{x.id}/", "pages": 3, "owner": "a", "place": "site.yaml:2:3"}],
    "plugins": [{"id": "a", "name": "a", "origin": "site", "path": "/a/", "title": "A"}],
}  # fmt: skip
EMPTY_REPORT = {**REPORT, "timings": {}, "sources": [], "problems": [], "plugins": [], "routes": [],
                "files": {"accepted": 0, "rejected": 0, "list": []}}  # fmt: skip
CARDS = (
    Card("Builds", "ci", "views/list.html", {}, View("list", "", items=ITEMS), (STALE,)),
    Card("Costs", "c", "views/table.html", {}, View("table", "Nothing yet."), (FAILED,), "billing refused the connection."),
)
SECTIONS = [{"title": "Docs", "summary": "Guides.", "href": "/portal/docs/", "icon": "docs"}]
PAGER = pager(43, 7, lambda number: f"/{number}/")
PAGES = {
    "table": ("view_page.html", page(TABLE, total=4210, shown=(601, 700), provenance=(LOCAL,), pager=PAGER)),
    "table, empty": ("view_page.html", page(TABLE._replace(rows=()), total=0)),
    "cards": ("view_page.html", page(View("cards", "", items=ITEMS), provenance=(STALE,))),
    "cards, empty": ("view_page.html", page(View("cards", "No cards."))),
    "list": ("view_page.html", page(View("list", "", items=ITEMS), previous=Link("A", "/a/"), next=Link("B", "/b/"))),
    "list, empty": ("view_page.html", page(View("list", "No rows."))),
    "markdown": ("view_page.html", page(View("markdown", text="## One\n\ntext\n\n### Two\n\n## Three"))),
    "markdown, empty": ("view_page.html", page(View("markdown", "No text."))),
    "bars": ("view_page.html", page(View("chart", chart="bar", points=POINTS))),
    "line": ("view_page.html", page(View("chart", chart="line", points=POINTS))),
    "chart, empty": ("view_page.html", page(View("chart", "No points."))),
    "detail": ("view_page.html", page(View("detail", facts=FACTS))),
    "detail, empty": ("view_page.html", page(View("detail", "No record."))),
    "failed": ("view_page.html", page(TABLE._replace(rows=()), error="The service refused.", provenance=(FAILED,))),
    "tabs": ("page.html", page(tabs=(Link("Overview", "/o/", True), Link("Builds", "/b/")))),
    "home": ("home.html", PageData("Acme & Co", "/", values={"sections": SECTIONS}, slots={"home.cards": CARDS})),
    "home, empty": ("home.html", PageData("Acme & Co", "/", values={"sections": []})),
    "page with cards": ("view_page.html", page(View("markdown", text="# Hi"), slots={"home.cards": CARDS})),
    "404": ("404.html", PageData("Page not found", "/404.html")),
    "report": ("report.html", page(values={"report": REPORT})),
    "report, empty": ("report.html", page(values={"report": EMPTY_REPORT})),
}  # fmt: skip


class Reader(HTMLParser):
    """Reads a page as a strict browser: every tag closed by its own, every id once."""

    VOID = ("br", "hr", "img", "input", "meta", "link", "path", "rect", "circle", "polyline", "line", "ellipse")

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.found: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages()


@pytest.mark.parametrize("name", PAGES)
def test_page(pages: Pages, name: str) -> None:
    """Each page, in each of its states, is a whole document: landmarks, one h1, one main, ids once, nothing inline, no script needed."""
    html = pages.whole(*PAGES[name])
    read = Reader(html)
    assert html.startswith("<!doctype html>")
    assert [len(read.all(tag)) for tag in ("h1", "main", "title")] == [1, 1, 1]
    assert read.all("main")[0]["id"] == "main"
    assert next(attributes for tag, attributes in read.found if tag == "a") == {"class": "skip", "href": "#main"}
    ids = [attributes["id"] for _, attributes in read.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(nav.get("aria-label") for nav in read.all("nav"))
    assert all("src" in script for script in read.all("script"))
    assert not [one for one in read.found if any(key.startswith("on") or key == "style" for key in one[1])]
    assert all(button.get("type") == "button" for button in read.all("button"))
    assert "default-src 'none'" in read.all("meta")[1]["content"]
    breadcrumbs = [nav for nav in read.all("nav") if nav["aria-label"] == "Breadcrumb"]
    assert len(breadcrumbs) == (0 if PAGES[name][1].path in ("/", "/404.html") else 1)
    assert "alert(1)</script>" not in html


def test_rail(pages: Pages) -> None:
    """The open section is marked, its pages stand below it, links elsewhere get no opener; the same as a menu without scripts."""
    html = pages.whole(*PAGES["table"])
    read = Reader(html)
    current = [one for one in read.all("a") if one.get("aria-current") == "true" and one["href"] == "/portal/docs/"]
    assert len(current) == 2  # rail and menu
    assert html.count('href="/portal/docs/start/"') == 2
    assert html.count('<a href="https://wiki.example.com/" rel="noopener">') == 2
    assert '<details class="menu"><summary>' in html
    assert all("hidden" in attributes for _, attributes in read.found if attributes.get("class") == "switch")


def test_table(pages: Pages) -> None:
    """A table has row heads, values to sort by, names its scrolling region, and buttons only when the script makes them."""
    main = pages.main(*PAGES["table"])
    assert '<th scope="row"><a href="/s/1/">service-1</a></th>' in main.replace("scope=row", 'scope="row"')
    assert 'data-sort="1000"' in main
    assert '<div class="scroll" role="group" aria-label="Table" tabindex="0">' in main
    assert '<span class="state ok">passed</span>' in main
    assert '<time datetime="2026-11-24T08:12:00Z">24 Nov 2026, 08:12 UTC</time>' in main
    assert '<td class="t">a, b, c, d, e</td>' in main
    assert "<button" not in main


def test_pager(pages: Pages) -> None:
    """Long lists say what is shown of how many, and link the first page, the last, and those around the current one."""
    main = pages.main(*PAGES["table"])
    shown = re.findall(r'<span class="vh">Page </span>(\d+)', main)
    assert shown == ["1", "5", "6", "7", "8", "9", "43"]
    assert "<b>601\u2013700</b> of 4\u202f210" in main
    assert '<a href="/7/" aria-current="page">' in main
    assert main.count('class="gap"') == 2


def test_provenance(pages: Pages) -> None:
    """Where data came from is one line: fetched, local, stale and failed, each with its word and what failed."""
    draw = pages.environment.get_template("macros.html").module.provenance  # type: ignore[attr-defined]
    api = Provenance("api.github.com", as_of="2026-11-24T08:12:00Z", href="https://api.github.com/", ttl="1 hour", fresh=3600)
    fresh = draw((api._replace(size=1234, revision="abc", run="source-ci-runs"),))
    time = (
        'as of <time datetime="2026-11-24T08:12:00Z" data-relative>24 Nov 2026, 08:12 UTC</time></a>, from <a href="https://api'
    )
    assert time in fresh
    title = "Fetched 2026-11-24 08:12 UTC; counts as fresh for 1 hour; 1,234 bytes; revision abc"
    assert f'<a class="when" href="/portal/-/build/#source-ci-runs" title="{title}" data-fresh="3600">' in fresh
    assert 'as of <a href="/portal/-/build/">this build</a>, from <span class="nb">content/a.yaml:3</span>' in draw((LOCAL,))
    assert '<span class="state stale">stale</span>' in draw((STALE,))
    assert "last try: 503 Service Unavailable" in draw((STALE,))
    assert '<span class="state bad">failed</span>' in draw((FAILED,))
    many = draw(tuple(Provenance(f"{number}.yaml") for number in range(199)))
    assert "and 196 more" in many
    assert "&lt;script&gt;" in draw((Provenance(EVIL, "stale", "x", "", EVIL),))
    assert draw(()).strip() == ""


def test_empty_and_failed(pages: Pages) -> None:
    """A place without data says what to do; a failed one says what failed and leads to the build report, without "nothing yet"."""
    assert "No services yet. Set <code>branch:</code> in site.yaml." in pages.main(*PAGES["table, empty"])
    failed = pages.main(*PAGES["failed"])
    assert "The service refused." in failed
    assert 'href="/portal/-/build/"' in failed
    assert "No services yet" not in failed


def test_targets(pages: Pages) -> None:
    """What has no page is text with the word "missing"."""
    draw = pages.environment.get_template("macros.html").module  # type: ignore[attr-defined]
    assert draw.target(Target("payments", "/p/")) == '<a href="/p/">payments</a>'
    assert draw.target(Target("gone")) == '<span class="missing">gone <small>missing</small></span>'
    facts = draw.facts(
        [("A", Cell("x", "code")), ("B", (Target("b", "/b/"), Target("c"))), ("C", ["d", "e"]), ("D", {"k": 1}), ("E", 5)]
    )
    for part in ("<code>x</code>", '<a href="/b/">b</a>, <span class="missing">', "d, e", "k: 1", "<dd>5</dd>"):
        assert part in facts
    assert EVIL not in draw.facts([(EVIL, EVIL)])


def test_contents(pages: Pages) -> None:
    """A text of several headings has them in an aside, and is set in the measure of prose."""
    main = pages.main(*PAGES["markdown"])
    assert '<div class="page prose aside">' in main
    assert '<a href="#one">One</a>' in main
    assert '<li class="sub"><a href="#two">Two</a>' in main


def test_charts(pages: Pages) -> None:
    """A chart is an accessible table as well, with every number in it; nothing leaves its frame."""
    for name in ("bars", "line"):
        main = pages.main(*PAGES[name])
        assert all(point.text in main for point in POINTS)
        assert "<table" in main
        assert not re.search(r'width="-|,1[2-9]\d\.', main)


# Finding themes


def test_load_bundled(tmp_path: Path) -> None:
    """A site without a theme of its own gets the bundled one, its accent in shades that are readable in light and dark."""
    site = _site(tmp_path, 'site: {title: T, accent: "#7a2a8a"}')
    found, problems = theme.load(site)
    assert problems == ()
    assert found is not None
    assert found.folders == (FOLDER,)
    light, dark, *tints = re.findall(r"#\w{6}", found.css)
    assert light == "#7a2a8a"
    assert tints == [_mixed(light, "#ffffff", 8), _mixed(dark, "#0e1116", 8)]
    assert all(contrast(dark, ground) >= 7 for ground in theme.DARK)
    assert {"callboard.css", "callboard.js", "theme.js", "favicon.svg"} <= set(theme.asset_files(found.folders))


def test_own_theme(tmp_path: Path) -> None:
    """A site's theme comes first; what it does not have is taken from the one it extends; each file counts in the digest."""
    _theme(tmp_path, "acme", "callboard: 1\ntitle: Acme\nextends: callboard\n")
    assets = tmp_path / "themes" / "acme" / "assets"
    assets.mkdir()
    (assets / "callboard.css").write_text("/* ours */")
    site = _site(tmp_path, "site: {title: T}\ntheme: acme")
    first, problems = theme.load(site)
    assert problems == ()
    assert first is not None
    assert first.folders == (tmp_path / "themes" / "acme", FOLDER)
    files = theme.asset_files(first.folders)
    assert files["callboard.css"].read_text() == "/* ours */"
    assert files["callboard.js"] == FOLDER / "assets" / "callboard.js"
    (assets / "extra.css").write_text("/* more */")
    second, _ = theme.load(site)
    assert second is not None
    assert second.digest != first.digest


def test_theme_over_the_bundled_one(tmp_path: Path) -> None:
    """A site may have a theme of the bundled one's name, which extends the bundled one."""
    _theme(tmp_path, "callboard", "callboard: 1\ntitle: Ours\nextends: callboard\n")
    found, problems = theme.load(_site(tmp_path, "site: {title: T}"))
    assert problems == ()
    assert found is not None
    assert found.folders == (tmp_path / "themes" / "callboard", FOLDER)


@pytest.mark.parametrize(
    ("manifest", "code", "place", "words"),
    [
        (None, "unknown-theme", "site.yaml:2:1", "Known themes: callboard."),
        (
            "callboard: 1\ntitle: A\nextends: calboard\n",
            "unknown-theme",
            "themes/acme/theme.yaml:3:1",
            'Did you mean "callboard"?',
        ),
        ("callboard: 1\ntitle: A\nextends: acme\n", "theme-loop", "themes/acme/theme.yaml:3:1", "extends itself"),
        ("callboard: 2\ntitle: A\nicnos: x\n", "newer-format", "themes/acme/theme.yaml:1:1", "newer Callboard"),
        ("callboard: 1\ntitle: A\nicnos: x\n", "unknown-key", "themes/acme/theme.yaml:3:1", "icnos"),
        ("callboard: 1\ntitle: [\n", "bad-yaml", "themes/acme/theme.yaml", ""),
    ],
)
def test_broken_themes(tmp_path: Path, manifest: str | None, code: str, place: str, words: str) -> None:
    """What is wrong with a theme is said with its place and its mend, and no theme is used."""
    if manifest is not None:
        _theme(tmp_path, "acme", manifest)
    found, problems = theme.load(_site(tmp_path, "site: {title: T}\ntheme: acme"))
    assert found is None
    assert [problem.code for problem in problems] == [code]
    assert str(problems[0].place).startswith(place)
    assert words in problems[0].text


def _theme(root: Path, name: str, manifest: str) -> None:
    folder = root / "themes" / name
    folder.mkdir(parents=True)
    (folder / "theme.yaml").write_text(manifest)


def _site(root: Path, text: str) -> Any:
    (root / "site.yaml").write_text(text + "\n")
    site, problems = config.load(root)
    assert problems == ()
    assert site is not None
    return SimpleNamespace(root=site.root, file=site.file, spec=site.spec, marks=site.marks)
