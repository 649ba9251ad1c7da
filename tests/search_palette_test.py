"""The search palette and ``/search/`` as readers use them in a browser: keyboard, filters, screen readers, failures."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard import build

if TYPE_CHECKING:
    from tests.browser import Browser, Page

OPTIONS = "[...document.querySelectorAll('.palette [role=option]')].map((one) => one.textContent.replace(/\\s+/g, ' ').trim())"
GROUPS = "[...document.querySelectorAll('.palette-group')].map((one) => one.firstChild.textContent)"
ACTIVE = (
    "(document.getElementById(document.activeElement.getAttribute('aria-activedescendant') || '')?.textContent || '')"
    ".replace(/\\s+/g, ' ').trim()"
)
CHIPS = "[...document.querySelectorAll('.palette-chip')].map((one) => one.textContent.replace('Remove filter ', ''))"
SHOWN = "!!document.querySelector('dialog.palette[open]')"
HITS = "[...document.querySelectorAll('.hits .title')].map((one) => one.textContent)"
CTRL, SHIFT = 2, 8

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("palette")]


def described(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def write(root: Path, more: str = "") -> None:
    """A site of thirty services of two teams, an API, and some documents."""
    teams = [described("Group", f"team-{one}", {"type": "team", "children": []}) for one in "ab"]
    parts = [
        described(
            "Component",
            f"pay-{number:02}",
            {"type": "service", "lifecycle": ("production", "experimental")[number % 2], "owner": f"team-{'ab'[number % 2]}"},
            title=f"Payments {number:02}",
            description="Settles what was paid with cards.",
        )
        for number in range(30)
    ]
    api = described(
        "API",
        "pay-api",
        {"type": "openapi", "lifecycle": "production", "owner": "team-a", "definition": "openapi: 3.0.0"},
        title="Payments API",
    )
    (root / "content/guides").mkdir(parents=True)
    (root / "catalog.json").write_text("\n---\n".join(map(json.dumps, [*teams, *parts, api])), encoding="utf-8")
    for number in range(4):
        text = (
            f"# Guide {number}\n\nHow refunds are made.\n\n## Retries of chapter {number}\n\nA refund is tried again at night.\n"
        )
        (root / f"content/guides/g{number}.md").write_text(text, encoding="utf-8")
    (root / "content/index.md").write_text("# Welcome\n\nTo our portal.\n", encoding="utf-8")
    options = "rules: [{allow: [Component, API, Group]}], locations: [{type: file, target: catalog.json}]"
    plugins = f"plugins: [{{plugin: catalog, options: {{{options}}}}}]\n"
    (root / "site.yaml").write_text(f"site: {{title: Shop{more}}}\n{plugins}", encoding="utf-8")


def built(root: Path) -> Path:
    build.build(root, build.Settings(output=root / "public", offline=True), build.effects(environ={}))
    return root / "public"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    write(root)
    return built(root)


@pytest.fixture(scope="module")
def portal(folder: Path, host: Callable[[Path], str]) -> str:
    return host(folder)


@pytest.fixture
def page(browser: Browser, portal: str) -> Iterator[Page]:
    page = browser.open(portal + "/catalog/", width=1440)
    yield page
    assert page.console == []
    page.close()


def typed(page: Page, text: str) -> None:
    """Type as fast as a keyboard can."""
    for sign in text:
        page.send("Input.dispatchKeyEvent", type="keyDown", key=sign, text=sign)
        page.send("Input.dispatchKeyEvent", type="keyUp", key=sign)


def searched(page: Page, text: str) -> None:
    """Open the palette and wait for what it finds."""
    page.press("/")
    page.wait_for(SHOWN)
    typed(page, text)
    page.wait_for(f"document.querySelector('.palette [role=status]').textContent.endsWith({json.dumps(text)})")


def asked(page: Page) -> list[str]:
    """What was loaded of the search: scripts, styles, index."""
    return [url for url in page.requests if "/_/search" in url or "/theme/search/" in url]


def test_nothing_is_loaded_before_its_use(page: Page):
    """A page loads no byte of the search; pointing at the field loads the palette and the index ahead."""
    page.settle(0.3)
    assert asked(page) == []
    box = page.evaluate("(({ x, y }) => [x, y])(document.querySelector('.seek').getBoundingClientRect())")
    page.send("Input.dispatchMouseEvent", type="mouseMoved", x=box[0] + 20, y=box[1] + 10)
    page.settle(0.5)
    names = [url.rpartition("/")[2].partition(".")[0] for url in asked(page)]
    assert {"palette", "results", "engine"} <= set(names)
    assert "search" in names  # the index's own file
    assert not page.evaluate(SHOWN)


def test_by_keyboard_alone(page: Page):
    """/ opens, arrows and the like choose, Enter opens the page, Esc leads back to where the reader was."""
    page.evaluate("document.querySelector('.rail a').focus()")
    searched(page, "payments")
    assert page.evaluate(GROUPS)[0] == "Go to"
    options = page.evaluate(OPTIONS)
    assert page.evaluate(ACTIVE) == options[0]
    page.press("ArrowDown")
    page.press("ArrowDown")
    assert page.evaluate(ACTIVE) == options[2]
    page.press("End")
    assert page.evaluate(ACTIVE) == options[-1]
    page.press("ArrowDown")
    assert page.evaluate(ACTIVE) == options[0]
    page.press("ArrowUp")
    page.press("PageUp")
    assert page.evaluate(ACTIVE) == options[max(0, len(options) - 9)]
    page.press("Home")
    assert page.evaluate(ACTIVE) == options[0]
    page.press("Escape")
    assert not page.evaluate(SHOWN)
    assert page.evaluate("document.activeElement === document.querySelector('.rail a')")
    page.press("k", modifiers=CTRL)
    assert page.evaluate(SHOWN)
    typed(page, "payments 07")
    page.wait_for(f"{ACTIVE}.startsWith('Payments 07')")
    before = page.loads
    page.press("Enter")
    page.wait_load(before)
    assert page.evaluate("location.pathname") == "/catalog/default/component/pay-07/"


def test_enter_with_ctrl_is_a_new_tab(page: Page):
    """Ctrl and Enter opens the result beside the page, which stays as it is."""
    page.evaluate("window.open = (...given) => { window.given = given; }")
    searched(page, "payments 08")
    page.press("Enter", modifiers=CTRL)
    assert page.evaluate("window.given[0]").endswith("/catalog/default/component/pay-08/")
    assert page.evaluate("window.given[2]") == "noopener"
    assert page.evaluate(SHOWN)


def test_what_is_typed_while_it_loads_is_not_lost(page: Page):
    """Keys right behind / are text, not shortcuts, however long the palette takes."""
    typed(page, "/xty 07")
    page.wait_for(SHOWN)
    page.wait_for("document.querySelector('.palette input').value === 'xty 07'")
    assert page.evaluate("document.documentElement.dataset.theme || ''") == ""


def test_names_for_screen_readers(page: Page):
    """The accessibility tree has the dialog, the combobox, its list and options by name; the count is said."""
    searched(page, "payments 0")
    page.send("Accessibility.enable")
    nodes = page.send("Accessibility.getFullAXTree")["nodes"]
    named = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node.get("ignored")]
    assert ("dialog", "Search this portal") in named
    assert ("combobox", "Search") in named
    assert ("listbox", "Results") in named
    assert ("button", "Esc: close the search") in named
    assert any(role == "group" and name.startswith("Go to") for role, name in named)
    options = [name for role, name in named if role == "option"]
    assert any(re.match(r"Payments 0\d Component · service · team-[a-z] Catalog ", name) for name in options), options
    combobox = next(node for node in nodes if node.get("role", {}).get("value") == "combobox")
    said = {one["name"]: one["value"] for one in combobox["properties"]}
    assert said["expanded"]["value"] is True
    assert said["activedescendant"]["relatedNodes"][0]["idref"].startswith("cb:o")
    assert " results for payments 0" in page.evaluate("document.querySelector('.palette [role=status]').textContent")


def test_filters(page: Page):
    """A filter's values are proposed while it is written; it becomes a label, and Backspace takes it away."""
    searched(page, "payments")
    typed(page, " ki")
    page.wait_for(f"{OPTIONS}.some((one) => one.startsWith('kind:'))")
    typed(page, "nd:a")
    page.wait_for(f"{ACTIVE}.startsWith('kind:api')")
    page.press("Enter")
    page.wait_for(f"{CHIPS}.length === 1")
    assert page.evaluate(CHIPS) == ["kind API"]
    assert page.evaluate("document.querySelector('.palette input').value") == "payments"
    page.wait_for(f"{ACTIVE}.startsWith('Payments API')")
    for _ in "payments":
        page.press("Backspace")
    assert page.evaluate(CHIPS) == ["kind API"]
    page.press("Backspace")
    assert page.evaluate(CHIPS) == []
    typed(page, "payments kind:api")
    page.wait_for(f"{ACTIVE}.startsWith('Payments API')")  # a value that is written out needs no choosing
    page.evaluate("document.querySelector('.palette input').select()")
    typed(page, "owner:team-b payments ")
    page.wait_for(f"{CHIPS}.join() === 'owner team-b'")
    page.wait_for(f"{ACTIVE}.includes('team-b')")
    page.click(".palette-chip")
    assert page.evaluate(CHIPS) == []
    assert page.evaluate("document.activeElement.getAttribute('role')") == "combobox"


def test_actions_and_sections(page: Page):
    """Sections of the portal and actions are found by their words."""
    page.press("/")
    page.wait_for(SHOWN)
    assert page.evaluate(GROUPS) == ["Filters", "Actions"]
    typed(page, "dark")
    page.wait_for(f"{ACTIVE} === 'Dark theme'")
    page.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert not page.evaluate(SHOWN)
    page.press("/")
    typed(page, "keyb")
    page.wait_for(f"{ACTIVE}.startsWith('Keyboard shortcuts')")
    page.press("Enter")
    assert page.evaluate("document.querySelector('dialog[open] h2').textContent") == "Keyboard"


def test_what_was_found_lately(page: Page):
    """Pages that were opened and words that led to them come first when nothing is typed, unless storage holds anything else."""
    searched(page, "payments 09")
    before = page.loads
    page.press("Enter")
    page.wait_load(before)
    page.press("/")
    page.wait_for(SHOWN)
    assert page.evaluate(GROUPS)[:2] == ["Visited", "Searched"]
    assert page.evaluate(OPTIONS)[0].startswith("Payments 09")
    assert "payments 09" in page.evaluate(OPTIONS)
    page.press("Escape")
    for broken in ("{", '[{"title": 1}, null, {"title": "x", "href": "javascript:alert(1)"}]', '"x"'):
        page.evaluate(f"localStorage.setItem('callboard.visited', {json.dumps(broken)})")
        page.press("/")
        page.wait_for(SHOWN)
        assert "Visited" not in page.evaluate(GROUPS)
        page.press("Escape")


def test_an_index_that_does_not_come(browser: Browser, folder: Path, host: Callable[[Path], str], tmp_path: Path):
    """A failed load is said, with a link to the page of the search; nothing spins, and the next key tries again."""
    shutil.copytree(folder, tmp_path / "public")
    index = tmp_path / "public/_/search.json"
    kept = index.read_bytes()
    index.unlink()
    address = host(tmp_path / "public") + "/catalog/"
    page = browser.open(address, width=1440)
    page.press("/")
    page.wait_for(SHOWN)
    typed(page, "pay")
    said = "document.querySelector('.palette-said')"
    page.wait_for(f"{said}.textContent.includes('could not be loaded')")
    page.wait_for(f"{said}.querySelector('a')?.href.endsWith('/search/?q=pay')")
    index.write_bytes(kept)
    typed(page, "m")
    page.wait_for(f"{said}.hidden")
    assert page.evaluate(ACTIVE).startswith("Payments")
    page.close()
    engine = next((tmp_path / "public/_/theme/search").glob("palette.*.js"))
    engine.unlink()
    page = browser.open(address, width=1440)
    page.press("/")
    page.wait_for("location.pathname === '/search/'")
    page.close()


def test_the_page_of_results(browser: Browser, portal: str):
    """The address holds the question, the type and the filters; facets have counts, long lists pages; back goes back."""
    page = browser.open(portal + "/search/?q=payments", width=1440)
    page.wait_for(f"{HITS}.length")
    assert "for “payments”" in page.text
    assert page.evaluate("document.title").startswith("payments · ")
    page.evaluate("[...document.querySelectorAll('.narrow a')].find((one) => one.textContent.startsWith('Catalog')).click()")
    page.wait_for("location.search === '?q=payments&type=software-catalog'")
    page.wait_for("document.querySelector('.narrow [aria-current]').textContent.startsWith('Catalog')")
    page.wait_for(f"{HITS}.length === 20")
    page.evaluate("document.querySelector('.pager a:not([aria-current])').click()")
    page.wait_for("location.search === '?q=payments&type=software-catalog&page=2'")
    page.wait_for(f"{HITS}.length > 5 && {HITS}.length < 20")
    assert page.evaluate("document.querySelector('.pager [aria-current]').textContent") == "Page 2"
    page.evaluate("history.back()")
    page.wait_for("location.search === '?q=payments&type=software-catalog'")
    page.wait_for(f"{HITS}.length === 20")
    page.goto(portal + "/search/?q=payments+owner:team-b")
    page.wait_for(f"{HITS}.length")
    assert page.evaluate("[...document.querySelectorAll('.chosen a')].map((one) => one.textContent)") == [
        "Remove filter owner team-b"
    ]
    page.evaluate("document.querySelector('.chosen a').click()")
    page.wait_for("location.search === '?q=payments'")
    page.goto(portal + "/search/?q=nothinglikeit")
    page.wait_for("!!document.querySelector('.nothing')")
    assert "Find it by hand" in page.text
    assert page.console == []
    page.close()


def test_documents_are_found_by_section(browser: Browser, portal: str):
    """A document leads to its section, with the lines around the words, which are marked."""
    page = browser.open(portal + "/search/?q=refund+night", width=1440)
    page.wait_for(f"{HITS}.length")
    assert page.evaluate("[...new Set([...document.querySelectorAll('.hits mark')].map((one) => one.textContent))]")
    href = page.evaluate("document.querySelector('.hits .title a').href")
    assert "/guides/g" in href
    assert "#" in href
    page.goto(href)
    assert page.evaluate("!!document.getElementById(decodeURIComponent(location.hash.slice(1)))")
    page.close()


def test_without_javascript(browser: Browser, portal: str):
    """The field of the header is a link; the page says what it needs, and leads to lists."""
    page = browser.open(portal + "/catalog/", js=False)
    page.click(".seek")
    page.settle(0.5)
    assert "Looking through the index needs JavaScript" in page.text
    assert "A to Z of all" in page.text
    page.close()


def test_below_a_path(browser: Browser, host: Callable[[Path], str], tmp_path: Path):
    """A site that is not at the top of its host finds its index, and its results lead into it."""
    write(tmp_path / "site", ", url: https://example.org/portal/")
    shutil.copytree(built(tmp_path / "site"), tmp_path / "www/portal")
    page = browser.open(host(tmp_path / "www") + "/portal/catalog/", width=1440)
    searched(page, "payments 07")
    before = page.loads
    page.press("Enter")
    page.wait_load(before)
    assert page.evaluate("location.pathname") == "/portal/catalog/default/component/pay-07/"
    assert page.console == []
    page.close()


def test_on_a_phone(browser: Browser, portal: str):
    """At 390 pixels the field is a button of 44, the palette fills the window, and nothing sticks out."""
    page = browser.open(portal + "/catalog/", width=390, height=844, dark=True)
    size = page.evaluate("(({ width, height }) => [width, height])(document.querySelector('.seek').getBoundingClientRect())")
    assert min(size) >= 44
    page.click(".seek")
    page.wait_for(SHOWN)
    typed(page, "payments")
    page.wait_for(f"{OPTIONS}.length > 3")
    rect = "(({ width, height }) => [width, height])(document.querySelector('.palette').getBoundingClientRect())"
    assert page.evaluate(rect) == [390, 844]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    low = "Math.min(...[...document.querySelectorAll('.palette [role=option], .palette-close')].map((one) => one.offsetHeight))"
    assert page.evaluate(low) >= 44
    page.goto(portal + "/search/?q=payments")
    page.wait_for(f"{HITS}.length")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.console == []
    page.close()


def test_keys(page: Page):
    """The list of keys has what this page has; the switch turns single keys off, and leaves Ctrl+K."""
    page.press("?", text="?", modifiers=SHIFT)
    keys = page.evaluate("[...document.querySelectorAll('dialog[open] dt')].map((one) => one.textContent.trim())")
    assert {"/", "?", "t", "y", "j", "k", "f", "x", "g h", "g c"} <= set(keys)
    assert not {"e", "[", "g r", "g b"} & set(keys)
    page.evaluate("document.querySelector('dialog[open] input').click()")
    page.press("Escape")
    page.press("/")
    assert not page.evaluate(SHOWN)
    page.press("k", modifiers=CTRL)
    page.wait_for(SHOWN)
    page.press("Escape")
    page.evaluate("localStorage.removeItem('callboard.keys')")
    page.press("g")
    before = page.loads
    page.press("h")
    page.wait_load(before)
    assert page.evaluate("location.pathname") == "/"
    assert page.evaluate("!!document.querySelector('.seek.large[role=button]')")
    page.press("?", text="?", modifiers=SHIFT)
    keys = page.evaluate("[...document.querySelectorAll('dialog[open] dt')].map((one) => one.textContent.trim())")
    assert not {"j", "k", "f", "x"} & set(keys)


NAMES = ("payment", "order", "invoice", "search", "ledger", "mail", "account", "report", "stock", "price")
PARTS = ("api", "worker", "gateway", "store", "web", "batch", "proxy", "index", "sync", "console")
FIRST, KEYSTROKE = 150.0, 50.0
"""Milliseconds to the first result once the index is there, and of work for a key; a busy machine is given three times that."""
QUERY_GZ = 30_000
"""Bytes of the index that one query loads, compressed."""
TYPING = """(async (words) => {
  const input = document.querySelector('.palette input'), list = document.querySelector('.palette-list'), spent = [];
  for (const word of words) {
    const drawn = new Promise((done) => new MutationObserver(() => {
      if (!document.querySelector('.palette-said').textContent.startsWith('Looking')) done();
    }).observe(list, { childList: true }));
    input.value = word;
    const begin = performance.now();
    input.dispatchEvent(new Event('input', { bubbles: true }));
    const held = performance.now() - begin;
    await drawn;
    spent.push([word, held, performance.now() - begin]);
    await new Promise((done) => setTimeout(done, 60));
  }
  return spent;
})"""


def large(root: Path) -> None:
    """10,000 entities of 200 teams, and 1,000 documents of three sections."""
    write(root)
    teams = [described("Group", f"team-{number:03}", {"type": "team", "children": []}) for number in range(200)]
    parts = [
        described(
            "Component",
            f"{NAMES[number % 10]}-{PARTS[number // 10 % 10]}-{number:05}",
            {"type": "service", "lifecycle": ("production", "experimental")[number % 2], "owner": f"team-{number % 200:03}"},
            description=f"The {PARTS[number // 10 % 10]} of {NAMES[number * 7 % 10]}s for market {number % 97}.",
            tags=[PARTS[number % 10], NAMES[number % 7]],
        )
        for number in range(9_800)
    ]
    everything = [*teams, *parts]
    for start in range(0, len(everything), 250):
        text = "\n---\n".join(map(json.dumps, everything[start : start + 250]))
        (root / f"catalog-{start:05}.json").write_text(text, encoding="utf-8")
    site = root / "site.yaml"
    site.write_text(
        site.read_text(encoding="utf-8").replace("target: catalog.json", 'target: "catalog-*.json"'), encoding="utf-8"
    )
    for number in range(1_000):
        name, part = NAMES[number % 10], PARTS[number // 10 % 10]
        text = f"# The {name} {part} {number}\n\nWhat the {part} of {name}s does in market {number % 97}.\n\n## How {name}s are retried\n\n"
        text += f"A {name} that fails is tried again by the {part} each night, {number % 7} times at most. " * 6
        (root / f"content/guides/d{number:04}.md").write_text(
            f"{text}\n\n## Owners\n\nAsk team {number % 200:03}.\n", encoding="utf-8"
        )


def test_ten_thousand_entities_and_a_thousand_documents(browser: Browser, host: Callable[[Path], str], tmp_path: Path):
    """Nothing before the first use, 30 KB a query, a first result at once, and no key that waits for another."""
    large(tmp_path)
    public = built(tmp_path)
    page = browser.open(host(public) + "/catalog/", width=1440)
    page.settle(0.3)
    assert asked(page) == []
    page.press("/")
    page.wait_for(SHOWN)
    page.wait_for("performance.getEntriesByType('resource').some((one) => one.name.endsWith('/_/search.json'))")
    page.settle(0.5)
    assert page.evaluate("document.documentElement.dataset.theme || ''") == ""

    def weight(urls: list[str]) -> int:
        files = {url.partition("/_/")[2] for url in urls if "/_/search/" in url}
        return sum(len(gzip.compress((public / "_" / file).read_bytes(), 9)) for file in files)

    spent: list[list[Any]] = []
    for text in (
        "payment-api-00000",
        "retried night",
        "market 42",
        "owner:team-007",
        "stock kind:component",
        "how payments are",
    ):
        page.requests.clear()
        spent += page.evaluate(f"{TYPING}({json.dumps([text])})")
        page.settle(0.2)
        loaded = weight(page.requests)
        print(f"{text}: {loaded:,} bytes, {spent[-1][1]:.0f} ms held, {spent[-1][2]:.0f} ms")  # noqa: T201  # the figure is asked for
        assert loaded <= QUERY_GZ, text
        assert page.evaluate(f"{OPTIONS}.length"), text
    page.evaluate(f"{TYPING}(['', 'payment-api-00000'])")
    assert page.evaluate(ACTIVE).startswith("payment-api-00000")
    keys = page.evaluate(
        f"{TYPING}({json.dumps(['p', 'pa', 'pay', 'paym', 'payme', 'paymen', 'payment', 'payment r', 'payment re'])})"
    )
    firsts, held = sorted(one[2] for one in spent), sorted(one[1] for one in [*spent, *keys])
    print(f"first results after {firsts[0]:.0f} to {firsts[-1]:.0f} ms; a key holds {held[-1]:.0f} ms at most")  # noqa: T201
    assert firsts[len(firsts) // 2] <= 3 * FIRST
    assert held[len(held) // 2] <= KEYSTROKE
    assert sorted(one[2] for one in keys)[len(keys) // 2] <= 3 * KEYSTROKE
    assert page.console == []
    page.close()
