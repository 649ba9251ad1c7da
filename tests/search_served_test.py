"""``/api/search/query`` over HTTP, by ``callboard proxy``, as Backstage's clients ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import callboard_tests_proxied as proxied  # conftest.py puts it there
import pytest

from callboard.cli import run

if TYPE_CHECKING:
    from tests.proxied import Proxied

QUERY = "term=payments&types[0]=software-catalog&filters[kind]=Component&pageLimit=1"
ENTITY = """
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: payments-%s, description: Takes money.}
spec: {type: service, lifecycle: production, owner: pay}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """A running proxy beside a published site."""
    site = tmp_path_factory.mktemp("search")
    (site / "catalog.yaml").write_text(ENTITY % "api" + ENTITY % "web")
    catalog = "{plugin: catalog, options: {locations: [{type: file, target: catalog.yaml}]}}"
    (site / "site.yaml").write_text(f'site: {{title: Portal, url: "https://portal.example/p/"}}\nplugins:\n  - {catalog}\n')
    assert run(["build", str(site)]) == 0
    running = proxied.Proxied(site)
    yield running
    assert running.end() == 0


def test_a_question_and_its_next_page(server: Proxied) -> None:
    """Results in Backstage's form, one a page, and the cursor that leads on."""
    said = server.ask(f"/p/api/search/query?{QUERY}")
    assert (said.status, said.headers["content-type"].partition(";")[0]) == (200, "application/json")
    [first] = said.json["results"]
    assert said.json["numberOfResults"] == 2
    after = server.ask(f"/p/api/search/query?{QUERY}&pageCursor={said.json['nextPageCursor']}").json
    [second] = after["results"]
    assert {first["document"]["title"], second["document"]["title"]} == {"payments-api", "payments-web"}
    assert first["document"]["location"].startswith("/p/catalog/default/component/payments-")


def test_wrong_questions(server: Proxied) -> None:
    """A parameter that cannot be is named; what is not GET is refused."""
    said = server.ask("/p/api/search/query?pageLimit=101")
    assert (said.status, said.json["error"]["name"]) == (400, "InputError")
    assert server.ask("/p/api/search/query", "POST", json.dumps({}).encode()).status in (404, 405)
