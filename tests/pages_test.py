"""The demo site as its readers meet it, in a browser: every page, at a phone's width, by keyboard, in the dark and without JavaScript."""

from __future__ import annotations

import gzip
import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from callboard import build

if TYPE_CHECKING:
    from tests.browser import Browser, Page

ROOT = Path(__file__).parents[1]
LIST = "/catalog/kind/component/"
"""The longest list: a hundred rows and a second page."""
SAMPLE = (
    "/",
    "/catalog/",
    LIST,
    "/catalog/default/component/callboard-core/",
    "/catalog/default/group/everybody/relations/",
    "/radar/",
    "/radar/jinja/",
    "/releases/",
    "/docs/default/component/callboard-core/reference/manifest/",
    "/-/build/",
    "/404.html",
)
"""A page of each sort."""
HTML, HTML_GZ, CSS_GZ, JS_GZ = 120_000, 25_000, 20_000, 10_000
"""Most bytes of a page, and of all that its head names."""
LANDMARKS = ("body > header", "main#main", "footer.foot", "nav[aria-label=Sections]")
SURVEY = f"""(() => ({{
  h1: [...document.querySelectorAll('h1')].map((h) => h.textContent.trim()),
  landmarks: {list(LANDMARKS)!r}.map((one) => document.querySelectorAll(one).length),
  nameless: [...document.querySelectorAll('nav, aside nav')].filter((nav) => !nav.getAttribute('aria-label')).length,
  levels: [...document.querySelectorAll('main :is(h1, h2, h3, h4, h5, h6)')].map((h) => Number(h.tagName[1])),
  doubled: [...document.querySelectorAll('[id]')].map((one) => one.id).filter((id, at, all) => all.indexOf(id) !== at),
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  lang: document.documentElement.lang,
}}))()"""
# What scripts add for comfort, and what they say in another way, is put back before the words are compared.
WORDS = """(() => {
  const main = document.querySelector('main').cloneNode(true);
  main.querySelectorAll('.table th > button').forEach((button) => button.replaceWith(...button.childNodes));
  main.querySelectorAll('button, .radar-filter').forEach((one) => one.remove());
  main.querySelectorAll('time[title]').forEach((time) => { time.textContent = time.title; });
  main.querySelectorAll('[data-built], [data-commit]').forEach((one) => { one.textContent = ''; });
  return main.textContent.replace(/\\s+/g, ' ').trim();
})()"""
NAMES = "[...document.querySelectorAll('.table tbody th')].map((th) => th.textContent.trim())"

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]


@dataclass(frozen=True)
class Portal:
    """The demo site, built and served."""

    public: Path
    url: str

    @property
    def paths(self) -> list[str]:
        """Every page."""
        files = sorted(path.relative_to(self.public).as_posix() for path in self.public.rglob("*.html"))
        files = [name for name in files if not name.startswith("api/")]  # JSON where a plain host looks for it
        return ["/" + name.removesuffix("index.html") for name in files]

    def file(self, path: str) -> Path:
        """The file of a page or an asset."""
        return self.public / (path.lstrip("/") + ("index.html" if path.endswith("/") else ""))


@dataclass(frozen=True)
class Visit:
    """One page on a phone: what the browser said of it, and what it asked for."""

    path: str
    console: list[str]
    hosts: set[str]
    seen: dict[str, Any]


def many() -> str:
    """A team with more components than a list shows on one page, and than an entity's page shows relations."""
    team = "{apiVersion: backstage.io/v1alpha1, kind: Group, metadata: {name: everybody}, spec: {type: team, children: []}}"
    component = (
        "{{apiVersion: backstage.io/v1alpha1, kind: Component, metadata: {{name: part-{0}, title: Part {0}, tags: [one, two],"
        ' description: "A part with a description that is longer than a list has room for, the way people write them."}},'
        " spec: {{type: service, lifecycle: production, owner: everybody, system: callboard}}}}"
    )
    return "\n---\n".join([team, *(component.format(number) for number in range(120))]) + "\n"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, host: Callable[[Path], str]) -> Portal:
    """The demo with a hundred more components, built without a network, on a host of its own."""
    site = tmp_path_factory.mktemp("demo")
    for name in ("content", "docs", "announcements"):
        shutil.copytree(ROOT / name, site / name)
    shutil.copyfile(ROOT / "site.yaml", site / "site.yaml")
    (site / "content/catalog/many.yaml").write_text(many(), encoding="utf-8")
    public = site / "public"
    report = build.build(site, build.Settings(output=public, offline=True), build.effects(environ={}))
    assert report.errors == ()
    return Portal(public, host(public))


@pytest.fixture(scope="module")
def visits(portal: Portal, browser: Browser) -> list[Visit]:
    """Every page of the site, opened once on a phone; of the components that are all alike, one."""
    page = browser.open(width=390, height=844)
    found = []
    for path in portal.paths:
        if re.search(r"/part-[1-9]", path):
            continue
        page.goto(portal.url + path)
        hosts = {urlsplit(request).netloc for request in page.requests if not request.startswith("data:")}
        found.append(Visit(path, page.console, hosts, page.evaluate(SURVEY)))
    page.close()
    return found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of its own."""
    page = browser.open(width=1440, height=900)
    yield page
    page.close()


def test_no_page_complains(visits: list[Visit]) -> None:
    """Nothing is logged to the console: no error, no refusal of the content security policy, no file that is missing."""
    assert len(visits) > 60
    assert {visit.path: visit.console for visit in visits if visit.console} == {}


def test_no_page_asks_another_host(visits: list[Visit], portal: Portal) -> None:
    """Every request of every page goes to the host that serves it."""
    assert {host for visit in visits for host in visit.hosts} == {urlsplit(portal.url).netloc}


def test_no_page_scrolls_sideways_on_a_phone(visits: list[Visit]) -> None:
    """At 390 px nothing sticks out of a page: what is wide scrolls by itself."""
    assert {visit.path: visit.seen["wide"] for visit in visits if visit.seen["wide"] > 0} == {}


def test_every_page_has_a_title_and_landmarks(visits: list[Visit]) -> None:
    """One h1, no heading level left out, header, main, footer and named navigation, a language, and no id twice."""
    for visit in visits:
        assert len(visit.seen["h1"]) == 1, visit.path
        assert visit.seen["h1"][0], visit.path
        assert visit.seen["landmarks"] == [1, 1, 1, 2], visit.path
        assert visit.seen["nameless"] == 0, visit.path
        assert visit.seen["doubled"] == [], visit.path
        assert visit.seen["lang"] == "en", visit.path
        levels = visit.seen["levels"]
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), (visit.path, levels)


def test_the_sample_is_there(portal: Portal) -> None:
    """The pages looked at more closely exist, and there is one of each sort."""
    assert set(SAMPLE) <= set(portal.paths)


@pytest.mark.parametrize("path", SAMPLE)
def test_a_page_is_complete_without_javascript(portal: Portal, browser: Browser, path: str) -> None:
    """The main part says the same words with and without JavaScript."""
    with_, without = (browser.open(portal.url + path, js=js) for js in (True, False))
    assert without.evaluate(WORDS) == with_.evaluate(WORDS)
    assert len(without.evaluate(WORDS)) > 100
    with_.close()
    without.close()


@pytest.mark.parametrize("path", SAMPLE)
def test_a_page_is_as_wide_as_its_window(portal: Portal, page: Page, path: str) -> None:
    """On a laptop and on a tablet no page scrolls sideways."""
    for width in (1440, 1024, 768):
        page.emulate(width=width, height=900).goto(portal.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_list_keeps_a_row_to_a_line(portal: Portal, page: Page) -> None:
    """A hundred rows of 32 px, whatever their descriptions, in a table that fits a laptop; what is cut is said on pointing."""
    page.goto(portal.url + LIST)
    assert page.evaluate("document.querySelectorAll('.table tbody tr').length") == 100
    assert page.evaluate("Math.max(...[...document.querySelectorAll('.table tbody tr')].map((tr) => tr.offsetHeight))") <= 34
    assert page.evaluate("document.querySelector('.scroll').classList.contains('fits')")
    page.evaluate("window.cell = [...document.querySelectorAll('.brief td.w')].find((one) => one.scrollWidth > one.clientWidth)")
    page.evaluate("cell.scrollIntoView({block: 'center'})")
    x, y = page.evaluate("(() => { const r = cell.getBoundingClientRect(); return [r.x + 20, r.y + 9]; })()")
    page.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    assert page.wait_for("cell.title") == page.evaluate("cell.textContent")


def test_a_click_sorts_a_table(portal: Portal, page: Page) -> None:
    """A heading's button sorts up, then down, numbers in names as numbers; ``aria-sort`` says so on that heading alone."""
    page.goto(portal.url + LIST)
    before = page.evaluate(NAMES)
    page.click(".table thead th button")
    assert page.evaluate("[...document.querySelectorAll('th[aria-sort]')].map((th) => th.ariaSort)") == ["ascending"]
    up = page.evaluate(NAMES)
    assert up.index("Part 2") < up.index("Part 10")
    page.click(".table thead th button")
    assert page.evaluate("document.querySelector('th[aria-sort]').ariaSort") == "descending"
    assert page.evaluate(NAMES) == up[::-1]
    assert sorted(up) == sorted(before)
    page.click(".table thead th:nth-child(2) button")
    assert page.evaluate("[...document.querySelectorAll('th[aria-sort]')].map((th) => th.cellIndex)") == [1]


def test_the_keyboard_sorts_a_table(portal: Portal, page: Page) -> None:
    """The buttons are reached with Tab, show that they are, and sort with Enter."""
    page.goto(portal.url + LIST)
    page.evaluate("document.querySelector('main').focus()")
    for _ in range(20):
        page.press("Tab")
        if page.evaluate("document.activeElement.matches('.table thead button')"):
            break
    assert page.evaluate("document.activeElement.textContent") == "Name"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "2px"
    page.press("Enter").press("Enter")
    assert page.evaluate("document.querySelector('th[aria-sort]').ariaSort") == "descending"
    names = page.evaluate(NAMES)
    assert names.index("Part 10") < names.index("Part 2")


def test_the_first_tab_skips_to_the_content(portal: Portal, page: Page) -> None:
    """Tab shows the link past the navigation, and Enter follows it."""
    page.goto(portal.url + LIST).press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_theme_is_remembered(portal: Portal, page: Page) -> None:
    """Dark, chosen once, is dark after a reload and on other pages, from the first paint; auto is the system's again."""
    background = "getComputedStyle(document.body).backgroundColor"
    page.goto(portal.url + "/")
    light = page.evaluate(background)
    page.click('.top > .switch [data-set-theme="dark"]')
    dark = page.evaluate(background)
    assert dark != light
    assert page.evaluate("document.querySelector('.top > .switch [aria-pressed=true]').dataset.setTheme") == "dark"
    page.reload()
    assert page.evaluate(background) == dark
    page.goto(portal.url + "/catalog/")
    assert page.evaluate(background) == dark
    page.click('.top > .switch [data-set-theme="auto"]')
    assert page.evaluate(background) == light
    assert page.emulate(width=1440, dark=True).evaluate(background) == dark


def test_a_copied_link_is_said(portal: Portal, page: Page) -> None:
    """The key y says aloud whether the link was copied."""
    page.goto(portal.url + "/catalog/")
    assert page.evaluate("document.querySelector('.said').role + document.querySelector('.said').textContent") == "status"
    page.press("y")
    assert page.wait_for("document.querySelector('.said').textContent") in (
        "Link copied",
        "The browser does not let pages copy here",
    )


def test_the_menu_of_a_phone_needs_no_javascript(portal: Portal, browser: Browser) -> None:
    """Below 720 px the sections are in a menu that opens without a script, each 44 px high."""
    page = browser.open(portal.url + "/catalog/", width=390, height=844, js=False)
    assert page.evaluate("getComputedStyle(document.querySelector('.rail')).display") == "none"
    page.click(".menu > summary")
    heights = page.evaluate("[...document.querySelectorAll('.menu nav a')].map((a) => a.offsetHeight)")
    assert len(heights) > 4
    assert min(heights) >= 44
    page.close()


def test_paper_has_the_content_alone(portal: Portal, page: Page) -> None:
    """In print there is no header, rail or button, colours are light and what is folded is open."""
    page.goto(portal.url + "/catalog/default/component/callboard-core/").emulate(width=794, dark=True, media="print")
    shown = "(one) => !!one && getComputedStyle(one).display !== 'none'"
    for gone in (".top", ".rail", ".skip", ".code .copy"):
        assert page.evaluate(f"({shown})(document.querySelector({gone!r}))") is False, gone
    assert page.evaluate("getComputedStyle(document.querySelector('.table, body')).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.querySelector('.catalog-text pre').offsetHeight") > 0


def test_the_home_page_is_a_front_page(portal: Portal, page: Page) -> None:
    """On a laptop all cards of the home page are seen without scrolling; no other page of Markdown has them."""
    page.goto(portal.url + "/")
    bottoms = page.evaluate("[...document.querySelectorAll('main .card')].map((card) => card.getBoundingClientRect().bottom)")
    assert len(bottoms) == 6
    assert max(bottoms) < 900
    page.emulate(width=1440, height=900)
    found = "[...document.querySelectorAll('.front > .card')].map((card) => Math.round(card.getBoundingClientRect().{}))"
    lefts, heights = (page.evaluate(found.format(side)) for side in ("left", "height"))
    assert len(set(lefts)) == 3, "three columns"
    assert max(heights) > min(heights) + 40, "no card is stretched to its neighbour's height"
    assert (
        page.goto(portal.url + "/docs/default/component/callboard-core/").evaluate(
            "document.querySelectorAll('main .card').length"
        )
        == 0
    )


def test_what_was_not_asked_is_not_called_empty(portal: Portal, page: Page) -> None:
    """A page and a card whose source gave nothing say that, and not that there are no releases."""
    for path in ("/", "/releases/"):
        text = page.goto(portal.url + path).text
        assert "api.github.com" in text
        assert "No releases yet" not in text


def test_pages_keep_to_their_weight(portal: Portal) -> None:
    """Every page, its style sheets and its scripts stay inside the budgets."""
    for path in portal.paths:
        html = portal.file(path).read_bytes()
        assert len(html) <= HTML, path
        assert len(gzip.compress(html)) <= HTML_GZ, path
        text = html.decode()
        for wanted, budget in ((r'<link rel="stylesheet" href="(/[^"]+)"', CSS_GZ), (r'<script src="(/[^"]+)"', JS_GZ)):
            files = re.findall(wanted, text)
            assert files, path
            assert sum(len(gzip.compress(portal.file(file).read_bytes())) for file in files) <= budget, path
