"""The catalog's index and graph explorer as readers use them in a browser: facets, text, sorting, stars, addresses and exports."""

from __future__ import annotations

import csv
import gzip
import importlib
import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from callboard import build, discovery
from callboard.data import graph as graphs
from callboard.plugin import Entity, EntityRef, Place

if TYPE_CHECKING:
    from tests.browser import Browser, Page

ROOT = Path(__file__).parents[1]
SITE = """\
site: {title: Shop}
plugins:
  - plugin: catalog
    options:
      rules: [{allow: [Component, API, System, Group, User]}]
      locations: [{type: file, target: catalog.json}]
"""
ROWS = "[...document.querySelectorAll('.explore tbody tr')].map((row) => row.cells[0].textContent.trim())"
COUNT = "document.querySelector('[data-count]').textContent"
LISTED = "document.querySelectorAll('.graph-list').length"
READY = "'ready' in document.querySelector('.explore[data-script]').dataset"
KEYSTROKE = 50.0
"""Milliseconds from a key to the new rows at 10,000 entities, on a machine that does nothing else; a busy one is given three times that."""
INDEX_GZ = 300_000

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("explore")]


def described(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def component(number: int) -> dict[str, Any]:
    spec = {
        "type": ("service", "website", "library")[number % 3],
        "lifecycle": ("production", "experimental")[number % 2],
        "owner": ("team-a", "team-b")[number % 2],
        "system": ("shop", "pay")[number // 60],
        "dependsOn": [f"component:part-{number - 1:03}"] if number else [],
    }
    tags = ["java", "pci"] if number % 4 == 0 else ["go"]
    return described(
        "Component", f"part-{number:03}", spec, title=f"Part {number:03}", tags=tags, description=f"The {number}. part"
    )


ENTITIES = [
    described("Group", "team-a", {"type": "team", "children": [], "profile": {"displayName": "Team A"}}),
    described("Group", "team-b", {"type": "team", "children": []}),
    described("User", "ann", {"memberOf": ["team-a"], "profile": {"displayName": "Ann"}}),
    described("System", "shop", {"owner": "team-a"}, title="The shop"),
    described("System", "pay", {"owner": "team-b"}),
    described(
        "API",
        "orders",
        {"type": "openapi", "lifecycle": "production", "owner": "user:default/ann", "system": "shop", "definition": "x"},
    ),
    described(
        "Component",
        "lost",
        {"type": "service", "lifecycle": "production", "owner": "nobody"},
        namespace="other",
        description="=1+1, or a formula",
        annotations={"backstage.io/orphan": "true"},
    ),
    *(component(number) for number in range(110)),
]


@dataclass(frozen=True)
class Portal:
    """The catalog, built and served."""

    public: Path
    url: str


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, host: Callable[[Path], str]) -> Portal:
    """A hundred components of two teams and two systems, and one that is lost."""
    site = tmp_path_factory.mktemp("explore")
    (site / "site.yaml").write_text(SITE, encoding="utf-8")
    (site / "catalog.json").write_text("\n---\n".join(map(json.dumps, ENTITIES)), encoding="utf-8")
    report = build.build(site, build.Settings(output=site / "public", offline=True), build.effects(environ={}))
    assert report.errors == ()
    return Portal(site / "public", host(site / "public"))


@pytest.fixture
def page(browser: Browser, portal: Portal) -> Iterator[Page]:
    """The index page in a window of its own; nothing may be logged to its console."""
    page = browser.open(portal.url + "/catalog/", width=1440, height=900)
    yield page
    assert page.console == []
    page.close()


def started(page: Page) -> Page:
    """Begin to use the index: its field for text has the focus."""
    page.evaluate("document.querySelector('.explore-find input').focus()")
    page.wait_for(READY)
    return page


def typed(page: Page, text: str) -> None:
    for key in text:
        page.press(key)


def facet(page: Page, name: str) -> dict[str, int]:
    """The values that a facet shows, with their counts."""
    script = f"""[...document.querySelectorAll('[data-facet="{name}"] li:not([hidden]) label')].map((label) =>
      [label.querySelector('.cut').textContent, Number(label.querySelector('.n').textContent.replace(/\\D/g, ''))])"""
    return dict(page.evaluate(script))


def tick(page: Page, name: str, value: str) -> None:
    page.evaluate(f"""document.querySelector('[data-facet="{name}"] input[value="{value}"]').click()""")


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.evaluate("location.href")).query)


def specs(*wanted: Callable[[dict[str, Any]], bool]) -> int:
    """How many components all of the conditions hold for."""
    return sum(e["kind"] == "Component" and all(holds(e) for holds in wanted) for e in ENTITIES)


def is_service(entity: dict[str, Any]) -> bool:
    return entity["spec"]["type"] == "service"


def of_team_a(entity: dict[str, Any]) -> bool:
    return entity["spec"]["owner"] == "team-a"


def test_nothing_is_fetched_before_somebody_begins(page: Page, portal: Portal):
    """A plain load asks for no data and no large script; the first focus does, once."""
    assert not [url for url in page.requests if "index.json" in url or "/large/" in url]
    page.click(".table thead")  # a place that is no control
    page.evaluate("scrollTo(0, 500)")
    started(page)
    assert sum(url == portal.url + "/catalog/index.json" for url in page.requests) == 1


def test_facets_count_what_the_others_leave(page: Page):
    """Values of one facet are alternatives, facets narrow each other, and every count is what a tick would give."""
    page.click('[data-facet="kind"] a[aria-current]')
    page.wait_for(READY)
    assert page.evaluate(COUNT) == "111 of 117"
    assert facet(page, "type") == {"service": specs(is_service), "website": 37, "library": 36}
    tick(page, "type", "service")
    assert page.evaluate(COUNT) == f"{specs(is_service)} of 117"
    assert facet(page, "type")["website"] == 37, "a facet's own counts do not follow it"
    assert facet(page, "owners") == {"Team A": specs(is_service, of_team_a), "team-b": 18, "other/nobody": 1}
    tick(page, "owners", "group:default/team-a")
    assert page.evaluate(COUNT) == f"{specs(is_service, of_team_a)} of 117"
    tick(page, "owners", "group:other/nobody")
    assert page.evaluate(COUNT) == f"{specs(is_service, of_team_a) + 1} of 117"
    assert facet(page, "status") == {"Is orphan": 1, "Refers to something missing": 1}
    tick(page, "status", "orphan")
    assert page.evaluate(ROWS) == ["lost"]
    page.click(".explore-chips li:last-child button")
    assert page.evaluate(COUNT) == "117 of 117", "all filters away: every kind"


def test_text_is_found_as_backstage_finds_it(page: Page):
    """Every word is a whole tag or a part of a name or title; counts follow; nothing found says where there is more."""
    started(page)
    typed(page, "part PCI")
    assert page.evaluate(COUNT) == f"{specs(lambda e: 'pci' in e['metadata'].get('tags', []))} of 117"
    assert query(page)["filters[text]"] == ["part PCI"]
    page.evaluate("const i = document.querySelector('.explore-find input'); i.value = 'pc'; i.dispatchEvent(new Event('input'))")
    assert page.evaluate(COUNT) == "0 of 117", "a part of a tag is no tag"
    page.evaluate(
        "const j = document.querySelector('.explore-find input'); j.value = 'the SHOP'; j.dispatchEvent(new Event('input'))"
    )
    assert "Show 1 of other kinds" in page.text
    page.click("[data-nothing] button")
    assert page.evaluate(ROWS) == ["The shop"]


def test_sorting_and_pages(page: Page, portal: Portal):
    """Any column sorts all rows, not only those of a page; rows are numbered by pages with addresses of their own."""
    started(page)
    head = "[data-field='spec.owner']"
    page.click(f"{head} button")
    assert page.evaluate(f'document.querySelector("{head}").getAttribute("aria-sort")') == "ascending"
    assert page.evaluate(ROWS)[0] == "lost"
    page.click(f"{head} button")
    assert page.evaluate(f'document.querySelector("{head}").getAttribute("aria-sort")') == "descending"
    assert page.evaluate(ROWS)[0] == "Part 001"
    assert query(page)["orderField"] == ["spec.owner,desc"]
    page.click(".pager li:last-child a")
    assert page.evaluate(ROWS)[-1] == "lost"
    assert (query(page)["limit"], query(page)["offset"]) == (["50"], ["100"])
    address = page.evaluate("location.href")
    page.goto(address)
    page.wait_for(READY)
    assert page.evaluate(ROWS)[-1] == "lost"
    assert address.startswith(portal.url)


def test_stars_stay(page: Page):
    """A star is pressed by mouse or by x, is there after a reload, and is a list of its own."""
    page.click(".explore tbody tr:nth-child(2) [data-star] button")
    page.evaluate("document.querySelector('.explore tbody tr:nth-child(3) th a').focus()")
    page.press("x")
    names = page.evaluate(ROWS)[1:3]
    page.reload()
    pressed = "[...document.querySelectorAll('.explore [data-star] [aria-pressed=true]')].length"
    assert page.evaluate(pressed) == 2
    page.click("[name=explore-list][value=starred]")
    page.wait_for(READY)
    assert page.evaluate(ROWS) == names
    assert query(page)["filters[user]"] == ["starred"]
    page.click(".explore tbody [data-star] button")
    assert page.evaluate(ROWS) == names[1:]
    page.evaluate("localStorage.clear()")


def test_owned_is_asked_once(page: Page):
    """Owned: what the reader and the groups that she belongs to own; who she is, is remembered."""
    started(page)
    page.click("[name=explore-list][value=owned]")
    assert "Say who you are" in page.text
    page.evaluate("document.querySelector('.explore-me input').focus()")
    typed(page, "Ann")
    page.press("Enter")
    assert page.evaluate(COUNT) == f"{specs(of_team_a)} of 117"
    tick(page, "kind", "component")
    assert page.evaluate(COUNT) == f"{specs(of_team_a) + 2} of 117", "with the system of her team, and the API of her own"
    page.reload()
    page.wait_for(READY)
    assert page.evaluate(COUNT) == f"{specs(of_team_a) + 2} of 117"
    assert page.evaluate("document.querySelector('.explore-me .cut').textContent") == "Ann"
    page.evaluate("localStorage.clear()")


def test_addresses_are_backstages(browser: Browser, portal: Portal):
    """An address from Backstage shows the same here; back and forward walk through what was done."""
    address = "/catalog/?filters[kind]=component&filters[user]=all&filters[owners]=team-b&filters[owners]=other/x"
    address += "&filters[tags][0]=go&filters[text]=part"
    page = browser.open(portal.url + address)
    page.wait_for(READY)
    assert page.evaluate(COUNT) == f"{specs(lambda e: e['spec']['owner'] == 'team-b')} of 117"
    chips = page.evaluate("[...document.querySelectorAll('.explore-chip')].map((chip) => chip.textContent)")
    assert chips == ["Kind Components", "Owner team-b", "Owner other/x", "Tag go"]
    tick(page, "type", "library")
    tick(page, "lifecycles", "experimental")
    assert query(page) == {
        "filters[kind]": ["component"],
        "filters[type]": ["library"],
        "filters[owners]": ["group:default/team-b", "group:other/x"],
        "filters[lifecycles]": ["experimental"],
        "filters[tags]": ["go"],
        "filters[user]": ["all"],
        "filters[text]": ["part"],
    }
    last = page.evaluate(COUNT)
    for step, wanted in ((-1, False), (-1, False), (2, True)):
        page.evaluate(f"history.go({step})")
        page.settle(0.3)
        assert page.evaluate("document.querySelector('[value=experimental]').checked") is wanted
    assert page.evaluate(COUNT) == last
    assert page.console == []
    page.close()


def test_exports_are_what_is_shown(page: Page):
    """CSV and JSON hold all matching rows in their order with the columns shown; what a spreadsheet would run is text."""
    started(page)
    tick(page, "status", "orphan")
    page.evaluate("window.saved = []; URL.createObjectURL = (blob) => { saved.push(blob.text()); return 'data:,'; }")
    page.click("[data-tools] button:nth-of-type(1)")
    page.click("[data-tools] button:nth-of-type(2)")
    table, exported = page.wait_for("saved.length > 1 && Promise.all(saved)")
    [row] = csv.DictReader(table.splitlines())
    assert row == {
        "Reference": "component:other/lost",
        "Name": "lost",
        "Namespace": "other",
        "Owner": "other/nobody",
        "System": "",
        "Type": "service",
        "Lifecycle": "production",
        "Description": "'=1+1, or a formula",
        "Tags": "",
    }
    [record] = json.loads(exported)
    assert (record["ref"], record["title"], record["spec.owner"]) == ("component:other/lost", "lost", ["group:other/nobody"])


def test_keyboard(page: Page):
    """The key f leads to the field for text, j and k walk through rows, and a tick keeps the focus where it is."""
    page.press("f")
    page.wait_for(READY)
    assert page.evaluate("document.activeElement.type") == "search"
    page.evaluate("document.activeElement.blur()")
    page.press("j")
    page.press("j")
    page.press("k")
    assert page.evaluate("document.activeElement.textContent") == page.evaluate(ROWS)[0]
    page.evaluate("document.querySelector('[value=service]').focus()")
    page.press(" ", text=" ")
    assert page.evaluate("document.activeElement.value") == "service"
    assert page.evaluate("document.activeElement.checked") is True


def test_without_a_script(browser: Browser, portal: Portal):
    """Every facet leads to static pages with all entities, in numbered parts; nothing that needs a script is shown."""
    page = browser.open(portal.url + "/catalog/", js=False)
    shown = "getComputedStyle(document.querySelector('.explore-find')).display"
    assert page.evaluate(shown) == "none"
    links = set(re.findall(r'data-value="[^"]*"|href="(/catalog/[^"]+)"', page.html)) - {""}
    assert all((portal.public / link.strip("/") / "index.html").is_file() for link in links if link.endswith("/"))
    for path, names in {
        "/catalog/owner/default/group/team-a/": ("Owned by Team A", "The shop"),
        "/catalog/system/default/system/shop/": ("Parts of The shop", "Part 059"),
        "/catalog/tag/pci/": ("Tagged pci", "Part 108"),
        "/catalog/lifecycle/experimental/": ("Lifecycle experimental", "Part 109"),
        "/catalog/type/library/": ("Type library", "Part 107"),
        "/catalog/kind/component/page-2/": ("Components", "Part 109"),
        "/catalog/owner/": ("Owners", "Team A"),
    }.items():
        page.goto(portal.url + path)
        assert all(name in page.text for name in names), path
    page.close()


def test_data_that_does_not_come(browser: Browser, portal: Portal):
    """If the data cannot be fetched, the page says so, and its links lead to the static pages again."""
    page = browser.open()
    page.send("Network.setBlockedURLs", urls=["*index.json"])
    page.goto(portal.url + "/catalog/")
    page.click('[data-facet="owners"] a')
    page.wait_for(f"{COUNT}.includes('could not be loaded')")
    before = page.loads
    page.click('[data-facet="owners"] a')
    page.wait_load(before)
    assert page.evaluate("document.querySelector('h1').textContent").startswith("Owned by ")
    page.close()


@pytest.mark.parametrize("dark", [False, True])
def test_narrow_and_dark(browser: Browser, portal: Portal, dark: bool):
    """At 390 pixels nothing is cut off, and the filters open above the list."""
    page = browser.open(portal.url + "/catalog/", width=390, height=844, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.click(".explore-jump")
    page.wait_for(READY)
    top = "document.querySelector('.explore-{}').getBoundingClientRect().top"
    assert page.evaluate(top.format("facets")) < page.evaluate(top.format("main"))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.console == []
    page.close()


def large(count: int) -> SimpleNamespace:
    """A portal with the benchmark's catalog, as functions of ``files:`` are given one."""
    spec = importlib.util.spec_from_file_location("benchmark_catalog", ROOT / "benchmarks" / "catalog.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    entities = []
    for data in module.entities(count):
        data["metadata"]["namespace"] = "default"
        entities.append(Entity(EntityRef(data["kind"], "default", data["metadata"]["name"]), data, Place("c.yaml", 1, 1)))
    graph, _ = graphs.build(entities, kinds())
    return SimpleNamespace(graph=graph, path=lambda ref: "/catalog/{1}/{0}/{2}/".format(*re.split("[:/]", ref)))


def kinds() -> Any:
    """The kinds that the catalog declares."""
    from callboard import config

    folder = Path(__file__).parent / "sites" / "kind" / "site"
    site, _ = config.load(folder)
    assert site is not None
    plugins, _ = discovery.find(site)
    return {kind.name.lower(): kind for plugin in plugins if plugin.name == "catalog" for kind in plugin.kinds}


def explore(name: str) -> Any:
    """A module of the plugin's ``explore``."""
    package = "explored_catalog"
    if package not in sys.modules:
        folder = ROOT / "plugins" / "catalog"
        spec = importlib.util.spec_from_file_location(package, folder / "__init__.py", submodule_search_locations=[str(folder)])
        assert spec is not None
        assert spec.loader is not None
        sys.modules[package] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[package])
    return importlib.import_module(f"{package}.explore.{name}")


def test_ten_thousand(browser: Browser, portal: Portal, host: Callable[[Path], str], tmp_path: Path):
    """10,000 entities: the index weighs what it may, and a key gives new rows at once."""
    content = explore("index").index(large(10_000))
    weight = len(gzip.compress(content.encode(), 6))
    assert weight <= INDEX_GZ
    shutil.copytree(portal.public, tmp_path / "public")
    (tmp_path / "public/catalog/index.json").write_text(content, encoding="utf-8")
    page = browser.open(host(tmp_path / "public") + "/catalog/", width=1440, height=900)
    started(page)
    script = """(() => { const input = document.querySelector('.explore-find input'), spent = [];
      for (const word of ['p', 'pa', 'pay', 'paym', 'payment', 'payment k', 'payment kafka', 'pay', '', 'c', 'cl', 'cla']) {
        input.value = word;
        const begin = performance.now();
        input.dispatchEvent(new Event('input'));
        document.body.offsetHeight;
        spent.push(performance.now() - begin);
      }
      return spent; })()"""
    page.evaluate(script)  # the first keys compile the script
    spent = sorted(page.evaluate(script) + page.evaluate(script))
    quick = spent[len(spent) // 4]  # other work on the machine makes keys slower, none makes them faster
    print(f"index {weight:,} bytes; a key takes {quick:.0f} ms ({spent[0]:.0f} to {spent[-1]:.0f})")  # noqa: T201  # the figure is asked for
    assert quick <= 3 * KEYSTROKE
    assert page.evaluate("document.querySelectorAll('.explore tbody tr').length") == 50
    assert page.evaluate("document.querySelectorAll('*').length") <= 2500
    assert page.console == []
    page.close()


# The graph explorer


def drawn(page: Page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.graph-stage .node .name')].map((node) => node.textContent)")


def test_graph_of_a_root(browser: Browser, portal: Portal):
    """The address says what is drawn; all of it is links, and the same is there as a list."""
    address = "/catalog/graph/?rootEntityRefs[]=component:default/part-001&maxDepth=1&selectedRelations[]=dependsOn"
    page = browser.open(portal.url + address, width=1440)
    page.wait_for(LISTED)
    assert sorted(drawn(page)) == ["Part 000", "Part 001", "Part 002"]
    cells = "[...document.querySelectorAll('.graph-list tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))"
    assert page.evaluate(cells) == [
        ["Part 001", "Depends on", "Part 000", "Component"],
        ["Part 001", "Dependency of", "Part 002", "Component"],
    ]
    click = "dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))"
    page.evaluate(f"document.querySelector('.graph-stage a[data-node]:not(.own)').{click}")
    page.wait_for("location.search.includes('part-000')")
    page.wait_for("document.querySelector('.graph-stage .own .name')?.textContent === 'Part 000'")
    page.evaluate("history.back()")
    page.wait_for("document.querySelector('.graph-stage .own .name')?.textContent === 'Part 001'")
    assert page.console == []
    page.close()


def test_an_entity_leads_into_the_graph(browser: Browser, portal: Portal):
    """Its tab of relations has a link that begins with it; a star on its page is the same as one in the list."""
    page = browser.open(portal.url + "/catalog/default/component/part-001/", width=1440)
    page.press("x")
    page.goto(portal.url + "/catalog/default/component/part-001/relations/")
    assert page.evaluate("document.querySelector('.head [data-star] button').getAttribute('aria-pressed')") == "true"
    page.evaluate("document.querySelector('main a[href*=rootEntityRefs]').click()")
    page.wait_for(LISTED)
    assert "Part 001" in drawn(page)
    page.goto(portal.url + "/catalog/")
    pressed = "[...document.querySelectorAll('.explore [aria-pressed=true]')].map((one) => one.parentNode.dataset.star)"
    assert page.evaluate(pressed) == ["component:default/part-001"]
    assert page.console == []
    page.close()


def test_graph_has_bounds(browser: Browser, portal: Portal):
    """A system with sixty parts: so many are drawn, the rest is counted; keys change the size."""
    page = browser.open(portal.url + "/catalog/graph/", width=1440)
    assert not [url for url in page.requests if "graph.json" in url or "/large/" in url]
    page.click("[data-root='system:default/shop']")
    page.wait_for(LISTED)
    assert len(drawn(page)) <= 80
    assert "more are left out" in page.text
    assert page.evaluate("[...document.querySelectorAll('.graph-stage .more')].map((one) => one.textContent)")
    width = "Number(document.querySelector('.graph-stage svg').getAttribute('width'))"
    before = page.evaluate(width)
    page.evaluate("document.querySelector('.graph-stage').focus()")
    page.press("+")
    assert page.evaluate(width) > before
    saved = query(page)
    assert saved["rootEntityRefs[]"] == ["system:default/shop"]
    assert (saved["direction"], saved["maxDepth"], saved["unidirectional"], saved["mergeRelations"]) == (
        ["LR"],
        ["2"],
        ["true"],
        ["true"],
    )
    assert page.console == []
    page.close()


def test_graph_begins_with_a_name(browser: Browser, portal: Portal):
    """A typed name is a root; directions and kinds are chosen, and said in the address."""
    page = browser.open(portal.url + "/catalog/graph/", width=390, height=844, dark=True)
    page.evaluate("document.querySelector('.graph-find input').focus()")
    typed(page, "Team A")
    page.press("Enter")
    page.wait_for(LISTED)
    assert "Team A" in drawn(page)
    page.evaluate("document.querySelectorAll('.graph-tools details')[0].querySelector('[value=user]').click()")
    page.settle(0.3)
    assert sorted(drawn(page)) == ["Ann", "Team A"]
    assert query(page)["selectedKinds[]"] == ["user"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.console == []
    page.close()


def test_graph_without_a_script(browser: Browser, portal: Portal):
    """The page says what it needs, and leads to the parts of each system."""
    page = browser.open(portal.url + "/catalog/graph/", js=False)
    assert "Drawing needs JavaScript" in page.text
    assert 'href="/catalog/system/default/system/shop/"' in page.html
    page.close()


def test_a_long_path_keeps_inside_a_phone(browser: Browser, host: Callable[[Path], str], tmp_path: Path):
    """Where an entity was read, and what is wrong there, is broken into lines: at 390 pixels nothing sticks out."""
    below = tmp_path / "-".join(["departments"] * 7) / "catalog-info.yaml"
    below.parent.mkdir()
    below.write_text(json.dumps(described("System", "shop", {"owner": "nobody"})), encoding="utf-8")
    (tmp_path / "site.yaml").write_text(SITE.replace("catalog.json", '"*/catalog-info.yaml"'), encoding="utf-8")
    build.build(tmp_path, build.Settings(output=tmp_path / "public", offline=True), build.effects(environ={}))
    page = browser.open(host(tmp_path / "public") + "/catalog/default/system/shop/", width=390, height=844)
    assert below.parent.name in page.text
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_long_words_fit_a_laptop(browser: Browser, host: Callable[[Path], str], tmp_path: Path):
    """Seven columns of long words, namespaces among them, are cut to the width of a laptop: none is out of sight."""
    spec = {"type": "frontend-plugin-module", "lifecycle": "experimental", "owner": "maintainers-of-plugins", "system": "s" * 30}
    made = [
        described(
            "Component",
            "name-of-a-component-" * 3 + str(n),
            spec,
            namespace=("default", "teams")[n % 2],
            description="About " * 9,
        )
        for n in range(3)
    ]
    (tmp_path / "catalog.json").write_text("\n---\n".join(map(json.dumps, made)), encoding="utf-8")
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    build.build(tmp_path, build.Settings(output=tmp_path / "public", offline=True), build.effects(environ={}))
    page = browser.open(host(tmp_path / "public") + "/catalog/?filters[kind]=component", width=1440)
    page.wait_for(READY)
    heads = page.evaluate("[...document.querySelectorAll('.explore thead th')].map((th) => th.textContent)")
    assert heads[:7] == ["Name", "Namespace", "System", "Owner", "Type", "Lifecycle", "Description"]
    assert (
        page.evaluate("(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('[data-results]'))")
        == 0
    )
    page.close()
