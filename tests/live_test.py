"""Live values in pages: a site in, its pages in a real browser, a proxy that answers well, badly or not at all."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard.testing import Built, build_site

if TYPE_CHECKING:
    from tests.browser import Browser, Page

ROOT = Path(__file__).parents[1]
GOOD = {"values": {"state": "running", "number": 12}, "states": {"state": "queued"}, "asOf": "2026-01-15T15:00:00Z"}
SITE = """\
site: {title: Test portal, url: "https://example.com/portal/"}
plugins: [{plugin: builds}]
proxy: {live: true}
"""
PLUGIN = """\
callboard: 1
title: Builds
sources:
  runs: {file: content/runs.yaml}
proxy:
  "/runs/{org}/{repo}": {target: "https://ci.example.com/runs/{org}/{repo}", values: {state: state, number: number}}
  "/status": {target: "https://ci.example.com/status", values: {state: state, note: note, number: number}}
pages:
  - path: /
    view: table
    data: runs
    columns: [name, {field: result, type: state}, {field: number, type: number}, {field: at, type: date}]
    live: {path: "/runs/{project}", values: {result: state, number: number}}
  - path: "/{run.name}"
    each: runs
    view: detail
    columns: [name, {field: result, type: state}, {field: number, type: number}, {field: left, type: text}]
    live: {path: "/runs/{project}", values: {result: state, left: number}}
  - path: /list/
    view: list
    data: runs
    item: {title: "{name}", state: result, text: "{note}", meta: [number]}
    live: {path: /status, values: {state: state, text: note, number: number}}
slots:
  page.cards:
    view: cards
    data: runs
    item: {title: "{name}", state: result, text: "{note}", meta: [{field: number, type: number}]}
    live: {path: /status, values: {state: state}}
"""
RUNS = """\
- {name: shop, project: acme/shop, result: passed, number: 11, at: 2026-01-15T07:00:00Z, note: as built}
- {name: cart, project: acme/shop, result: failed, number: 11, at: 2026-01-15T07:00:00Z, note: as built}
- {name: odd, project: "acme/../shop", result: failed, number: 3, at: 2026-01-15T07:00:00Z, note: as built}
"""


def made(tmp_path: Path, *, site: str = SITE, plugin: str = PLUGIN) -> Built:
    """The site, built."""
    (tmp_path / "site.yaml").write_text(site)
    for file, text in {"plugins/builds/plugin.yaml": plugin, "content/runs.yaml": RUNS}.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    built = build_site(tmp_path)
    assert built.report.written, built.problems
    return built


class Portal:
    """A static host with a site at ``/portal/``, and live answers below it as a test wants them."""

    def __init__(self) -> None:
        self.built: Built | None = None
        self.asked: list[str] = []
        self.status, self.wait, self.body = 200, 0.0, json.dumps(GOOD).encode()
        self.headers = {"Content-Type": "application/json", "Cache-Control": "max-age=20"}
        self.ended = threading.Event()
        portal = self

        class Answer(SimpleHTTPRequestHandler):
            def log_message(self, *words: object) -> None:
                """Nothing."""

            def translate_path(self, path: str) -> str:
                """A file of the site."""
                assert portal.built is not None
                return str(portal.built.output) + super().translate_path(path)[len(str(Path.cwd())) :].removeprefix("/portal")

            def do_GET(self) -> None:
                """A live answer, or a file."""
                if "/api/live/" in self.path:
                    portal.answer(self)
                else:
                    super().do_GET()

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request: SimpleHTTPRequestHandler) -> None:
        """What the test wants."""
        self.asked.append(request.path)
        self.ended.wait(self.wait)
        try:
            request.send_response(self.status)
            for name, value in {**self.headers, "Content-Length": str(len(self.body))}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(self.body)
        except OSError:
            request.close_connection = True  # the browser has given up

    def give(self, value: Any) -> None:
        """Answer with that as JSON."""
        self.body = json.dumps(value).encode()


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A host with live answers."""
    server = Portal()
    yield server
    server.ended.set()
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def opened(portal: Portal, browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """``opened("/builds/")``: a page of the site in the browser; layout shifts are counted in ``shifts``."""
    pages: list[Page] = []

    def show(path: str, *, site: str = SITE, plugin: str = PLUGIN, script: str = "", **how: Any) -> Page:
        portal.built = made(tmp_path, site=site, plugin=plugin)
        page = browser.open(**how)
        watch = (
            "window.shifts = 0; new PerformanceObserver((l) => l.getEntries().forEach((e) => { window.shifts += e.value; }))"
            ".observe({type: 'layout-shift', buffered: true});"
        )
        page.send("Page.addScriptToEvaluateOnNewDocument", source=watch + script)
        pages.append(page)
        return page.goto(f"{portal.url}/portal{path}")

    yield show
    for page in pages:
        page.close()


LINE = "document.querySelector('[data-live-time]').textContent"
CELLS = "[...document.querySelectorAll('[data-live] [data-live-value]')].map((one) => one.textContent)"
DOTS = (
    "[...document.querySelectorAll('[data-live-value]')].map((one) => getComputedStyle(one, '::after').backgroundColor)"
    ".filter((colour) => colour !== 'rgba(0, 0, 0, 0)').length"
)
ON = "document.querySelectorAll('[data-live-on]').length"


@pytest.mark.browser
def test_a_live_value_takes_the_builds_place_with_its_own_time(portal, opened):
    """Rows with one address cost one request; text, state and time change, nothing moves, and nothing foreign is asked."""
    portal.give({**GOOD, "values": {"state": "running", "number": "<b>12</b>"}})
    page = opened("/builds/")
    page.wait_for(f"{LINE}.startsWith('live')")
    assert page.evaluate(CELLS) == ["running", "<b>12</b>"] * 2
    assert page.evaluate("document.querySelector('[data-live-value=state]').className") == "state queued"
    assert page.evaluate(LINE).endswith("15:00 UTC")
    assert page.evaluate(LINE).startswith("live, as of ")
    assert page.evaluate("document.querySelector('[data-live-time]').getAttribute('role')") == "status"
    assert page.evaluate("document.querySelector('[data-live-time] time').dateTime") == "2026-01-15T15:00:00.000Z"
    assert page.evaluate("document.querySelectorAll('tbody tr')[2].textContent.includes('failed')"), "no address, no live value"
    assert page.evaluate(DOTS) == 4
    assert portal.asked == ["/portal/api/live/builds/runs/acme/shop"]
    assert page.evaluate("window.shifts") < 0.01
    assert page.console == []
    assert all(address.startswith((portal.url, "data:")) for address in page.requests)


BAD = {
    "500": {"status": 500},
    "404": {"status": 404, "body": b"not here"},
    "no JSON": {"body": b"<html>sign in</html>"},
    "null": {"body": b"null"},
    "a list": {"body": b"[]"},
    "no values": {"body": b"{}"},
    "a value missing": {"body": json.dumps({**GOOD, "values": {"state": "running"}}).encode()},
    "null in a value": {"body": json.dumps({**GOOD, "values": {"state": "running", "number": None}}).encode()},
    "a list in a value": {"body": json.dumps({**GOOD, "values": {"state": "running", "number": [1]}}).encode()},
    "a mapping in a value": {"body": json.dumps({**GOOD, "values": {"state": {"a": 1}, "number": 1}}).encode()},
    "no time": {"body": json.dumps({"values": GOOD["values"]}).encode()},
    "no time that is one": {"body": json.dumps({**GOOD, "asOf": "soon"}).encode()},
    "a redirect elsewhere": {"status": 302, "headers": {"Location": "http://foreign.test/"}},
}


@pytest.mark.browser
@pytest.mark.parametrize("fault", BAD)
def test_a_failure_leaves_the_builds_value_and_says_so(fault, portal, opened):
    """Whatever comes back that is no answer, the page shows what the build knew, and no mark of being live."""
    for name, value in BAD[fault].items():
        setattr(portal, name, value)
    page = opened("/builds/")
    page.wait_for(f"{LINE}.includes('not available')")
    assert page.evaluate(CELLS) == ["passed", "11", "failed", "11"]
    assert page.evaluate(LINE) == "live value not available; shown is the build's"
    assert page.evaluate(ON) == page.evaluate(DOTS) == 0
    assert page.evaluate("document.querySelector('[data-live-time]').getAttribute('role')") is None
    assert page.evaluate("window.shifts") < 0.01
    assert not [address for address in page.requests if "foreign" in address and page.statuses.get(address)]


@pytest.mark.browser
def test_nothing_waits_longer_than_it_should(portal, opened):
    """An answer that does not come says "checking…" until its time is over; then the build's value stands, and the line says so."""
    portal.wait = 60
    quick = "const slow = AbortSignal.timeout; window.patience = 0;"
    page = opened(
        "/builds/", script=quick + "AbortSignal.timeout = (ms) => { window.patience = ms; return slow.call(AbortSignal, 300); };"
    )
    page.wait_for(f"{LINE}.includes('not available')")
    assert page.evaluate("window.patience") == 5000
    assert page.evaluate(CELLS) == ["passed", "11", "failed", "11"]


@pytest.mark.browser
def test_a_value_that_is_lost_again_keeps_its_time_and_loses_its_mark(portal, opened):
    """At the answer's age it is asked again, never within 15 seconds; what fails then leaves the last value with its own time."""
    waits = (
        "window.waits = []; const later = setTimeout; window.setTimeout = (f, ms, ...more) =>"
        " later(f, ms > 1000 ? (window.waits.push(ms), 200) : ms, ...more);"
    )
    portal.headers["Cache-Control"] = "max-age=2"
    page = opened("/builds/", script=waits)
    page.wait_for(f"{LINE}.startsWith('live')")
    portal.status = 503
    page.wait_for(f"{LINE}.includes('not available')")
    assert page.evaluate("window.waits[0]") == 15000
    assert re.fullmatch(r"as of (15 Jan, |Jan 15, )?15:00 UTC; live value not available", page.evaluate(LINE))
    assert page.evaluate(CELLS) == ["running", "12"] * 2
    assert page.evaluate(ON) == 0
    portal.status, portal.headers["Cache-Control"] = 200, "max-age=31536000"
    page.wait_for(f"{LINE}.startsWith('live')")
    page.wait_for("window.waits.includes(3600000)")


@pytest.mark.browser
def test_what_is_out_of_sight_or_hidden_is_not_asked(portal, opened):
    """A value below the window is asked for when a reader gets there; a hidden tab asks for nothing until it is seen again."""
    hide = "Object.defineProperty(document, 'hidden', {get: () => window.away ?? true, configurable: true});"
    page = opened("/builds/shop/", script=hide)
    page.settle(0.3)
    assert portal.asked == []
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    page.wait_for(f"{LINE}.startsWith('live')")
    low = (
        "addEventListener('DOMContentLoaded', () => { document.querySelector('[data-live]').style.marginTop = '3000px'; }, true);"
    )
    portal.asked.clear()
    page = opened("/builds/shop/", script=low)
    page.settle(0.3)
    assert portal.asked == []
    page.evaluate("scrollTo(0, 3000)")
    page.wait_for(f"{LINE}.startsWith('live')")
    assert len(portal.asked) == 1


@pytest.mark.browser
def test_without_javascript_the_page_is_complete(portal, opened):
    """The build's values stand, and no line is about something that never comes."""
    page = opened("/builds/", js=False)
    assert "passed" in page.text
    assert not {"live", "checking"} & set(page.text.split())
    assert portal.asked == []


@pytest.mark.browser
def test_on_paper_nothing_shows_that_it_was_live_but_its_time(portal, opened):
    """The mark of a live value is not printed; the line with its time is."""
    page = opened("/builds/")
    page.wait_for(f"{LINE}.startsWith('live')")
    page.emulate(media="print")
    dot = "getComputedStyle(document.querySelector('[data-live-value]'), '::after').display"
    assert page.evaluate(dot) == "none"
    assert page.evaluate("getComputedStyle(document.querySelector('[data-live-time]')).display") == "block"


@pytest.mark.browser
def test_on_a_phone_nothing_moves(portal, opened):
    """The line has its room before it says anything."""
    portal.status = 500
    page = opened("/builds/shop/", width=360, height=740)
    page.wait_for(f"{LINE}.includes('not available')")
    assert page.evaluate("window.shifts") < 0.01


def test_views_name_their_live_values(tmp_path):
    """Rows, facts and items say where they are asked for, with the names of their values; what no path can hold says nothing."""
    built = made(tmp_path)
    table, detail, listed = built.page("/builds/"), built.page("/builds/shop/"), built.page("/builds/list/")
    assert table.count('<tr data-live="/portal/api/live/builds/runs/acme/shop">') == 2
    assert table.count("data-live=") == 2
    assert '<span class="state ok" data-live-value="state">passed</span>' in table
    assert '<dl class="facts" data-live="/portal/api/live/builds/runs/acme/shop">' in detail
    assert '<span data-live-value="number"></span>' in detail, "a value that only the live answer has gets its room"
    assert listed.count('<li data-live="/portal/api/live/builds/status">') == 3
    assert '<p data-live-value="note">as built</p>' in listed
    assert all(page.count("data-live-time") == 1 for page in (table, detail, listed))


WRONG = {
    "path: /status, values: {state: state, text: note, number: number}": (
        "path: /stat, values: {state: state}",
        'pages[2].live.path: nothing under proxy answers "/stat"; did you mean "/status"? Declare it under proxy, or correct the path.',
    ),
    "text: note, number: number}": (
        "nmber: number}",
        'pages[2].live.values.nmber: nothing shows a field "nmber"; did you mean "number"? Those shown are number, state, text.',
    ),
    'values: {result: state, number: number}}\n  - path: "/{run.name}"': (
        'values: {at: state, name: state}}\n  - path: "/{run.name}"',
        "",
    ),
    "columns: [name, {field: result, type: state}, {field: number, type: number}, {field: at, type: date}]": (
        "columns: [name, {field: result, type: tags}, {field: number, type: number}]",
        'pages[0].live.values.result: the field "result" is shown as tags, which no live value can replace. Live are fields of the types'
        " text, number, date, state, code.",
    ),
    "  - path: /list/\n    view: list": (
        "  - path: /list/\n    view: markdown",
        "pages[2].live: the view markdown shows no live values by itself. Use table, detail, cards or list, or ask for them with live()"
        " in a template.",
    ),
}


@pytest.mark.parametrize("old", WRONG)
def test_a_mistake_is_said_at_its_line(old, tmp_path):
    """Paths that nothing answers, fields that nobody sees, and values that have no one text."""
    new, expected = WRONG[old]
    assert old in PLUGIN
    (tmp_path / "site.yaml").write_text(SITE)
    for file, text in {"plugins/builds/plugin.yaml": PLUGIN.replace(old, new), "content/runs.yaml": RUNS}.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    said = [problem for problem in build_site(tmp_path).problems if "[bad-path]" in problem or "[wrong-view]" in problem]
    assert [expected in problem for problem in said] == ([True] if expected else [])


def test_a_template_asks_where_live_values_are(tmp_path):
    """``live(path)`` gives the address below the mount, encoded; "" for a path that steps upwards, and on sites without them."""
    template = (
        "{% extends 'page.html' %}{% block content %}{% for path in ['/runs/a/b', '/runs/ä b?branch=x', '/../../x', '/runs/%2e%2e/x'] %}"
        '<i data-path="{{ live(path) }}"></i>{% endfor %}{% endblock %}'
    )
    (tmp_path / "plugins/builds/templates").mkdir(parents=True)
    (tmp_path / "plugins/builds/templates/own.html").write_text(template)
    plugin = PLUGIN.replace(
        "  - path: /list/\n    view: list", "  - {path: /own/, template: own.html}\n  - path: /list/\n    view: list"
    )
    found = re.findall(r'data-path="([^"]*)"', made(tmp_path, plugin=plugin).page("/builds/own/"))
    assert found == ["/portal/api/live/builds/runs/a/b", "/portal/api/live/builds/runs/%C3%A4%20b?branch=x", "", ""]
    silent = made(tmp_path, plugin=plugin, site=SITE.replace("live: true", "live: false")).page("/builds/own/")
    assert re.findall(r'data-path="([^"]*)"', silent) == [""] * 4


@pytest.mark.browser
def test_a_value_without_a_line_for_its_time_is_not_asked_for(portal, opened, tmp_path):
    """A value whose age nobody would see stays the build's."""
    page = "  - {path: /own/, template: own.html}\n"
    own = (
        "{% extends 'page.html' %}{% block content %}"
        '<p data-live="{{ live(\'/status\') }}"><b data-live-value="state">passed</b></p>{% endblock %}'
    )
    (tmp_path / "plugins/builds/templates").mkdir(parents=True)
    (tmp_path / "plugins/builds/templates/own.html").write_text(own)
    shown = opened("/builds/own/", plugin=PLUGIN.replace("pages:\n", f"pages:\n{page}"))
    shown.settle(0.3)
    assert (portal.asked, shown.console) == ([], [])
    assert "passed" in shown.text


def test_addresses_of_portable_pages_are_relative(tmp_path):
    """A site whose address is not known asks beside itself."""
    built = made(tmp_path, site=SITE.replace(', url: "https://example.com/portal/"', "") + "build: {portable: true}\n")
    assert 'data-live="../api/live/builds/status"' in built.page("/builds/list/").replace("../../api", "../api")


@pytest.mark.browser
def test_serve_answers_what_its_pages_ask(browser, tmp_path):
    """A plugin of YAML alone, ``callboard serve`` and a service: the value of the service, in the page, with the dot and the time."""
    said = json.dumps({"state": "running", "note": "<b>now</b>", "number": 3}).encode()

    class Service(BaseHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            """Nothing."""

        def do_GET(self) -> None:
            """The state."""
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(said)

    service = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{service.server_port}/status"
    plugin = PLUGIN.replace("https://ci.example.com/status", address).replace(
        "https://ci.example.com/runs", "http://127.0.0.1:9/runs"
    )
    for file, text in {"site.yaml": SITE, "plugins/builds/plugin.yaml": plugin, "content/runs.yaml": RUNS}.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    command = [sys.executable, "-m", "callboard", "serve", str(tmp_path), "--port", "0"]
    environ = os.environ | {"CI": "1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ) as served:
        try:
            assert served.stdout is not None
            url = next(match[1] for line in served.stdout if (match := re.search(r"Serving (http://\S+)", line)))
            page = browser.open(f"{url}builds/list/")
            page.wait_for("document.querySelector('[data-live-time]') !== null", 20)  # the first build is done
            page.wait_for(f"{LINE}.startsWith('live')")
            assert page.evaluate(CELLS) == ["running", "<b>now</b>", "3"] * 3
            assert page.evaluate(ON) == 3
            page.goto(f"{url}builds/")  # this one asks a service that cannot be reached
            page.wait_for(f"{LINE}.includes('not available')")
            assert page.evaluate(CELLS) == ["passed", "11", "failed", "11"]
            page.close()
        finally:
            served.terminate()
    service.shutdown()
    service.server_close()


def test_the_script_is_loaded_where_values_are_live_and_small(tmp_path):
    """Only pages that hold live values name it."""
    built = made(tmp_path)
    script = re.compile(r'<script src="/portal/_/theme/live\.[0-9a-f]{8}\.js" defer></script>\n</head>')
    assert script.search(built.page("/builds/"))
    assert "/live." not in built.page("/")
    assert len(gzip.compress((ROOT / "themes/callboard/assets/live.js").read_bytes(), 9)) < 1_300


def test_a_site_that_asks_for_no_live_values_has_none(tmp_path):
    """Without ``proxy: {live: true}`` no page names an address or a place for them."""
    built = made(tmp_path, site=SITE.replace("live: true", "live: false"))
    assert "data-live" not in "".join(built.pages.values())


def test_a_proxy_elsewhere_may_be_asked_by_pages_and_nothing_else_may(tmp_path):
    """Its address stands in the pages, and its origin alone in the policies of pages and hosts."""
    built = made(tmp_path, site=SITE.replace("{live: true}", "{live: true, url: https://live.example.com/portal/}"))
    page = built.page("/builds/")
    assert 'data-live="https://live.example.com/portal/api/live/builds/runs/acme/shop"' in page
    assert "connect-src 'self' https://live.example.com; base-uri" in page
    assert "connect-src 'self' https://live.example.com;" in (built.output / "_headers").read_text()
