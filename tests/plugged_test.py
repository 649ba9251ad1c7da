"""What plugins and sites bring beside pages: cards that a site changes, kinds of its own, files, functions, commands, endpoints."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callboard.testing import build_site

CATALOG = """\
apiVersion: example.com/v1
kind: Dataset
metadata: {name: orders, description: Every order., labels: {tier: gold}}
spec: {format: parquet, rows: 12, owner: data}
---
apiVersion: example.com/v1
kind: Dataset
metadata: {name: Revenue}
spec: {format: csv, owner: data, derivedFrom: [orders]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: data}
spec: {type: team, children: []}
"""
SITE = """\
site: {title: Portal, url: "https://example.com/portal/"}
content: false
plugins:
  - plugin: catalog
    options: {locations: [{type: file, target: catalog.yaml, rules: [{allow: [Dataset, Group]}]}]}
  - {plugin: pets}
kinds: [dataset.yaml]
"""
KIND = """\
name: Dataset
plural: Datasets
apiVersions: [example.com/v1]
relations:
  - {field: spec.owner, type: ownedBy, reverse: ownerOf, kind: Group, title: Owner, reverseTitle: Owns}
  - {field: spec.derivedFrom, type: derivedFrom, reverse: sourceOf, kind: Dataset, title: Derived from, reverseTitle: Source of}
columns: [{field: "@", title: Name, type: entity}, spec.format]
cards:
  - {view: detail, title: Layout, columns: [{field: spec.format, title: Format}, {field: spec.rows, title: Rows, type: number}]}
"""
MANIFEST = """\
callboard: 1
title: Pets
summary: Pets of everybody.
sources: {pets: {file: pets.yaml}}
pages:
  - {path: /, template: index.html, data: pets}
slots:
  api.reference: {view: markdown, title: Rendered, data: pets, text: name, when: "kind:api"}
  entity.cards:
    - {id: gold, view: markdown, title: Gold, data: pets, text: name, when: "kind:dataset has:labels"}
    - {id: all, view: markdown, title: All pets, data: pets, text: name, when: {kind: Dataset}}
functions: {loud: "code:loud"}
files:
  - {path: /count.txt, content: "code:count"}
  - {path: "/{ref.kind}/{ref.lower}.txt", each: entities, content: "code:one"}
  - {path: /api/pets/all/, root: true, content: "code:everything", publish: api}
  - {path: /secret.bin, content: "code:secret", publish: secret, default: false}
commands: "code:pets"
imports: {zoo: "code:zoo"}
endpoints: {/api/pets: "code:answer", /api/pets/more: "code:further"}
"""
CODE = """\
import json
import click
from callboard.plugin import Reply


def loud(text):
    return f"<b>{text.upper()}</b>"


def count(portal):
    return f"{len(portal.graph.entities)} entities of {portal.title}"


def one(entity, portal):
    return portal.path(str(entity.ref))


def everything(portal):
    return json.dumps(sorted(portal.graph.entities))


def secret(portal):
    return b"\\x00\\x01"


def answer(call, published):
    if call.path == "/boom":
        raise ValueError("no")
    if call.path == "/echo":
        return Reply(200, json.dumps([call.method, call.query, call.body.decode(), call.base]).encode())
    if call.path == "/kept":
        return Reply(200, published.read("api/pets/all/index.html"))
    return None


def further(call, published):
    return Reply(200, b"more", "text/plain", (("Content-Length", "1"), ("Set-Cookie", "a=b"), ("Server", "pets"), ("X-Pets", "2")))


@click.group()
def pets():
    "Everything about pets."


@pets.command()
@click.argument("site")
@click.pass_obj
def names(host, site):
    "Their names."
    from pathlib import Path
    portal = host.portal(Path(site))
    click.echo(" ".join(sorted(portal.graph.entities)))
    click.echo(" ".join(sorted(host.kinds(Path(site)))))
    return 1


@click.command()
def zoo():
    "Reads a zoo."
    click.echo("a zoo")
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with a kind of its own, and a plugin that brings everything that a plugin can bring."""
    files = {
        "site.yaml": SITE,
        "catalog.yaml": CATALOG,
        "dataset.yaml": KIND,
        "pets.yaml": "[{name: Rex}, {name: Mia}]",
        "plugins/pets/plugin.yaml": MANIFEST,
        "plugins/pets/code.py": CODE,
        "plugins/pets/templates/index.html": '{% extends "page.html" %}{% block content %}{{ loud("hello") }}{% endblock %}',
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def cards(html: str) -> list[str]:
    """The titles of a page's cards and sections."""
    return [re.sub(r"<[^>]+>", "", title).strip() for title in re.findall(r"<h2[^>]*>(.*?)</h2>", html, re.DOTALL)]


def test_a_kind_of_the_site_has_pages_relations_columns_and_cards(site: Path) -> None:
    """``kinds:`` of site.yaml makes a kind without a plugin: both sides of its relation, its column, its card."""
    built = build_site(site)
    assert [text for text in built.problems if "pets" not in text] == []
    revenue, orders = built.page("/catalog/default/dataset/Revenue/"), built.page("/catalog/default/dataset/orders/")
    assert "Derived from" in revenue
    assert "Source of" in orders
    assert "Layout" in cards(orders)
    assert re.search(r"<dt>Rows</dt>\s*<dd>12</dd>", orders)
    assert re.search(r"<th[^>]*>Format</th>.*parquet", built.page("/catalog/kind/dataset/"), re.DOTALL)


def test_a_kind_may_stand_in_the_site_itself(site: Path) -> None:
    """A kind written into ``kinds:`` is the same as one in a file."""
    inline = "kinds:\n  - " + KIND.replace("\n", "\n    ").rstrip() + "\n"
    (site / "site.yaml").write_text(SITE.replace("kinds: [dataset.yaml]\n", inline), encoding="utf-8")
    assert "Layout" in cards(build_site(site).page("/catalog/default/dataset/orders/"))


def test_the_site_changes_and_hides_cards(site: Path) -> None:
    """``slots:`` of site.yaml: another title, another condition, another order, hidden, and a card of the site's own."""
    before = cards(build_site(site).page("/catalog/default/dataset/orders/"))
    assert before.index("Gold") < before.index("All pets")
    slots = """\
slots:
  entity.cards:
    - {card: pets.gold, title: Golden, order: 900, when: "kind:dataset not:has:links"}
    - {card: pets.all, hide: true}
    - {view: detail, title: Ours, when: "kind:dataset", columns: [{field: spec.format, title: Kept as}], order: 1}
"""
    (site / "site.yaml").write_text(SITE + slots, encoding="utf-8")
    built = build_site(site)
    after = cards(built.page("/catalog/default/dataset/orders/"))
    assert "Gold" not in after
    assert "All pets" not in after
    assert after.index("Ours") < after.index("Layout") < after.index("Golden")
    assert "Golden" in cards(built.page("/catalog/default/dataset/Revenue/"))
    assert "Ours" not in cards(built.page("/catalog/default/group/data/"))


def test_a_tab_offers_a_slot(site: Path) -> None:
    """The tab with an API's definition leaves room for a rendered reference, which another plugin puts there."""
    api = "---\napiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: shop}\nspec: "
    api += "{type: openapi, lifecycle: production, owner: data, definition: 'openapi: 3.1.0'}\n"
    (site / "catalog.yaml").write_text(CATALOG + api, encoding="utf-8")
    (site / "site.yaml").write_text(SITE.replace("[Dataset, Group]", "[Dataset, Group, API]"), encoding="utf-8")
    built = build_site(site)
    assert "Rendered" in cards(built.page("/catalog/default/api/shop/definition/"))
    assert "Rex" in built.page("/catalog/default/api/shop/definition/")
    assert "Rendered" not in cards(built.page("/catalog/default/api/shop/"))


def test_a_condition_may_be_about_relations(site: Path) -> None:
    """A predicate sees an entity as a catalog answers it, with its relations."""
    when = "{relations: {$contains: {type: derivedFrom}}}"
    slots = f"slots: {{entity.cards: [{{view: detail, title: Made, when: {when}, columns: [metadata.name]}}]}}\n"
    (site / "site.yaml").write_text(SITE + slots, encoding="utf-8")
    built = build_site(site)
    assert "Made" in cards(built.page("/catalog/default/dataset/Revenue/"))
    assert "Made" not in cards(built.page("/catalog/default/dataset/orders/"))


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (
            "slots: {entity.cards: [{card: pets.gald, hide: true}]}",
            'site.yaml:8:25  warning: slots.entity.cards[0].card: nothing called "pets.gald" is in the slot entity.cards. '
            'Did you mean "pets.gold"? [unknown-card]',
        ),
        (
            "slots: {entity.cards: [{view: detail, title: X, when: 'kynd:dataset'}]}",
            'site.yaml:8:49  slots.entity.cards[0].when: there is no term "kynd:"; did you mean "kind"? '
            "Write for example: kind:component has:labels [wrong-predicate]",
        ),
        (
            "slots: {entity.cards: [{title: X}]}",
            "site.yaml:8:24  slots.entity.cards[0]: a card here wants a view. Write for example: view: detail [wrong-view]",
        ),
        (
            "slots: {entity.card: [{card: pets.gold, hide: true}]}",
            'site.yaml:8:24  warning: slots.entity.card[0].card: nothing fills a slot "entity.card". '
            'Did you mean "entity.cards"? [unknown-card]',
        ),
        (
            "publish: {aip: false}",
            'site.yaml:8:11  warning: publish.aip: no mounted plugin publishes "aip". Did you mean "api"? [unknown-switch]',
        ),
        (
            "kinds: [nope.yaml]",
            'site.yaml:8:9  kinds[0]: there is no file "nope.yaml" in the site. Write it, or remove the line. [missing-file]',
        ),
    ],
)
def test_a_mistake_is_said_at_its_line(site: Path, added: str, expected: str) -> None:
    """A wrong card, condition, switch or kind is answered with its place and the mend."""
    text = SITE.replace("kinds: [dataset.yaml]\n", "") if added.startswith("kinds") else SITE
    place = expected.replace("site.yaml:8", "site.yaml:7") if added.startswith("kinds") else expected
    (site / "site.yaml").write_text(text + added + "\n", encoding="utf-8")
    assert place in build_site(site).problems


def test_files_are_published_and_switched(site: Path) -> None:
    """Files once a site, once an entity and below the site's root; ``publish:`` turns them on and off."""
    built = build_site(site)
    assert (built.output / "pets/count.txt").read_text() == "3 entities of Portal"
    assert (built.output / "api/pets/all/index.html").read_text().startswith('["dataset:default/orders"')
    assert (built.output / "_headers").read_text().endswith("/portal/api/*\n  Content-Type: application/json; charset=utf-8\n")
    assert not (built.output / "pets/secret.bin").exists()
    assert not (built.output / "pets/dataset").exists()  # an each-file is made for the entities of its own mount
    (site / "site.yaml").write_text(SITE + "publish: {api: false, secret: true}\n", encoding="utf-8")
    built = build_site(site)
    assert not (built.output / "api/pets").exists()
    assert ("/api/*" in (built.output / "_headers").read_text()) == (built.output / "api").exists()
    assert (built.output / "pets/secret.bin").read_bytes() == b"\x00\x01"


def test_a_plugin_mounted_twice_publishes_its_root_files_once(site: Path) -> None:
    """Files below the mount are there for each mount; a file at the site's root is the plugin's, and no collision."""
    (site / "site.yaml").write_text(
        SITE.replace("kinds:", "  - {plugin: pets, path: /more/, title: More}\nkinds:"), encoding="utf-8"
    )
    built = build_site(site)
    assert built.problems == ()
    assert (built.output / "pets/count.txt").read_text() == (built.output / "more/count.txt").read_text()
    assert (built.output / "api/pets/all/index.html").is_file()


def test_a_function_that_gives_nothing_makes_no_file(site: Path) -> None:
    """None is an answer: there is no such file, and nothing is wrong."""
    code = site / "plugins/pets/code.py"
    code.write_text(CODE.replace('return f"{len(portal.graph.entities)}', 'return None and f"{portal.nothing}'), encoding="utf-8")
    built = build_site(site)
    assert not (built.output / "pets/count.txt").exists()
    assert built.problems == ()


def test_a_function_that_fails_costs_its_file_only(site: Path) -> None:
    """The site is published without the file, and a warning names the function's manifest line."""
    code = site / "plugins/pets/code.py"
    code.write_text(CODE.replace('return f"{len(portal.graph.entities)}', 'return f"{portal.nothing}'), encoding="utf-8")
    built = build_site(site)
    assert built.report.written
    assert not (built.output / "pets/count.txt").exists()
    [told] = [text for text in built.problems if "[file-failed]" in text]
    assert told.startswith("plugins/pets/plugin.yaml:14:")
    assert "/pets/count.txt could not be made: AttributeError" in told


def test_templates_call_functions(site: Path) -> None:
    """A function of the manifest is called in the plugin's own template, and what it returns is HTML."""
    assert "<b>HELLO</b>" in build_site(site).page("/pets/")


def test_the_line_below_a_title_is_plain(site: Path) -> None:
    """A description is often Markdown: its first paragraph stands below the title as plain words, all of it in the card."""
    about = "description: '**tl;dr** see [the docs](https://example.com) of `it`.'"
    (site / "catalog.yaml").write_text(CATALOG.replace("description: Every order.", about), encoding="utf-8")
    page = build_site(site).page("/catalog/default/dataset/orders/")
    assert '<p class="lead">tl;dr see the docs of it.</p>' in page
    assert '<strong>tl;dr</strong> see <a href="https://example.com"' in page


def test_a_theme_may_frame_cards_by_their_page(site: Path) -> None:
    """Frames are drawn once for many cards, but not those of a theme that looks at the page."""
    (site / "themes/ours/templates").mkdir(parents=True)
    (site / "themes/ours/theme.yaml").write_text("callboard: 1\ntitle: Ours\nextends: callboard\n", encoding="utf-8")
    frame = "<section><h2>{{ card.title }} of {{ page.title }}</h2>{{ body }}</section>"
    (site / "themes/ours/templates/card.html").write_text(frame, encoding="utf-8")
    (site / "site.yaml").write_text(SITE + "theme: ours\n", encoding="utf-8")
    built = build_site(site)
    assert "About of orders" in cards(built.page("/catalog/default/dataset/orders/"))
    assert "About of Revenue" in cards(built.page("/catalog/default/dataset/Revenue/"))


def callboard(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder."""
    command = [sys.executable, "-m", "callboard", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_commands_of_plugins(site: Path) -> None:
    """A plugin's group stands under its name, is listed, is given the site's data, and its return value is the exit code."""
    assert re.search(r"pets +Pets of everybody", callboard("--help", cwd=site).stdout)
    assert "Everything about pets." in callboard("pets", "--help", cwd=site).stdout
    ran = callboard("pets", "names", ".", cwd=site)
    assert ran.stdout.splitlines()[0] == "dataset:default/orders dataset:default/revenue group:default/data"
    assert "dataset" in ran.stdout.splitlines()[1].split()
    assert ran.returncode == 1
    assert callboard("import", "zoo", cwd=site).stdout == "a zoo\n"


def test_a_plugin_that_only_imports(site: Path) -> None:
    """What ``callboard import`` knows needs no group of commands beside it."""
    (site / "plugins/pets/plugin.yaml").write_text(re.sub(r"(?m)^commands:.*\n", "", MANIFEST), encoding="utf-8")
    assert callboard("import", "zoo", cwd=site).stdout == "a zoo\n"
    assert callboard("pets", "names", ".", cwd=site).returncode == 2


def test_a_command_hears_of_a_broken_site(site: Path) -> None:
    """The problems are printed as everywhere, without a traceback."""
    (site / "site.yaml").write_text(SITE.replace("pets", "pats"), encoding="utf-8")
    ran = callboard("pets", "names", ".", cwd=site)
    assert ran.returncode == 1
    assert 'there is no plugin "pats"; did you mean "pets"?' in ran.stderr
    assert "Traceback" not in ran.stderr


class Server:
    """A running ``serve`` or ``proxy``."""

    def __init__(self, site: Path, *words: str) -> None:
        command = [sys.executable, "-u", "-m", "callboard", words[0], str(site), "--port", "0", *words[1:]]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if found := re.search(r"http://[^:/]+:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise AssertionError(self.said)

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, str]:
        """Status, media type and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        self.headers = answer.headers
        found = answer.status, answer.headers["Content-Type"], answer.read().decode()
        connection.close()
        return found


@pytest.fixture
def started(site: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers, and ends them."""
    servers: list[Server] = []

    def start(*words: str) -> Server:
        servers.append(Server(site, *words))
        return servers[-1]

    yield start
    for server in servers:
        server.process.terminate()
        server.process.communicate()


@pytest.mark.parametrize("command", ["serve", "proxy"])
def test_endpoints_answer(site: Path, started: Callable[..., Server], command: str) -> None:
    """``serve`` and ``proxy`` mount a plugin's endpoints: all methods, query, body; a fault costs its answer; foreign hosts are refused."""
    if command == "proxy":
        refused = callboard("proxy", ".", cwd=site)
        assert refused.returncode == 1
        assert "Build it first" in refused.stdout
        assert callboard("build", ".", cwd=site).returncode == 0
    server = started(command)
    json_type = "application/json; charset=utf-8"
    status, kind, body = server.ask("POST", "/portal/api/pets/echo?a=1&a=%C3%A4&b=", "hello")
    assert (status, kind) == (200, json_type)
    assert json.loads(body) == ["POST", [["a", "1"], ["a", "ä"], ["b", ""]], "hello", "/portal/api/pets"]
    assert json.loads(server.ask("GET", "/portal/api/pets/kept")[2])[0] == "dataset:default/orders"
    status, _, body = server.ask("GET", "/portal/api/pets/boom")
    assert status == 500
    assert "ValueError" not in body
    assert server.ask("GET", "/portal/api/pets/more/any") == (200, "text/plain", "more")  # not what /api/pets answers
    own = {name: server.headers.get(name) for name in ("Content-Length", "Set-Cookie", "Server", "X-Pets")}
    assert own == {"Content-Length": "4", "Set-Cookie": None, "Server": "callboard", "X-Pets": "2"}
    assert server.ask("GET", "/portal/api/pets/echo", Host="evil.example")[0] == 421
    assert server.ask("GET", "/portal/api/pets/..%2f..%2fsite.yaml")[0] == 400
    assert server.ask("GET", "/portal/api/pets/other")[0] == 404
    # What no endpoint wants is the published file, as JSON and without the reload script.
    status, kind, body = server.ask("GET", "/portal/api/pets/all/")
    assert (status, kind, json.loads(body)[0]) == (200, json_type, "dataset:default/orders")
    # What nobody answers is told to a program in the form of endpoints' own errors.
    wrong = {("GET", "/other"): 404, ("POST", "/other"): 404, ("OPTIONS", "/echo"): 405, ("GET", "/..%2f..%2fsite.yaml"): 400}
    wrong |= {("GET", "/echo?a=%ff"): 400, ("DELETE", "/all/"): 404}
    for (method, path), expected in wrong.items():
        status, kind, body = server.ask(method, f"/portal/api/pets{path}")
        told = json.loads(body)
        assert (status, kind, told["response"]) == (expected, json_type, {"statusCode": expected}), (method, path)
        assert told["request"] == {"method": method, "url": f"/portal/api/pets{path}"}
        assert told["error"]["name"].endswith("Error")
    if command == "serve":
        assert server.ask("POST", "/portal/pets/")[0] == 405
    else:
        assert server.ask("GET", "/-/health")[2] == "ok\n"
        assert server.ask("GET", "/portal/pets/")[0] == 404
