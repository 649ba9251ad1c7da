"""All APIs on one page, and a page for each type."""

import json
import re
from pathlib import Path

import pytest

from callboard.testing import Built, Given, build_plugin, build_site, run_provider, standard_tests

PLUGIN = Path(__file__).parents[1]
TestStandard = standard_tests(PLUGIN, data=Given(), nothing=Given())
HEAD = "apiVersion: backstage.io/v1alpha1\n"


def api(name: str, kind_type: str, more: str = "") -> str:
    return (
        f"{HEAD}kind: API\nmetadata: {{name: {name}, description: The {name} of the shop.}}\n"
        f"spec: {{type: {kind_type}, lifecycle: production, owner: team, definition: x{more}}}\n"
    )


def component(name: str, more: str) -> str:
    return f"{HEAD}kind: Component\nmetadata: {{name: {name}}}\nspec: {{type: service, lifecycle: production, owner: team, {more}}}\n"


SHOP = "---\n".join(
    (
        f"{HEAD}kind: Group\nmetadata: {{name: team, title: The team}}\nspec: {{type: team, children: []}}\n",
        f"{HEAD}kind: System\nmetadata: {{name: shop}}\nspec: {{owner: team}}\n",
        api("orders", "openapi", ", system: shop"),
        api("basket", "OpenAPI"),
        api("events", "asyncapi"),
        component("web", "consumesApis: [orders, basket]"),
        component("app", "consumesApis: [orders]"),
        component("backend", "providesApis: [orders]"),
    )
)
SITE = """
site: {title: Portal}
plugins:
  - plugin: catalog
    options: {locations: [{type: file, target: shop.yaml}], rules: [{allow: [API, Component, Group, System]}]}
  - plugin: apis
    options: {kinds: [KINDS]}
"""


def site(folder: Path, kinds: str = "API") -> Built:
    (folder / "site.yaml").write_text(SITE.replace("KINDS", kinds))
    (folder / "shop.yaml").write_text(SHOP)
    return build_site(folder)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return site(tmp_path_factory.mktemp("shop"))


def rows(page: str) -> list[list[str]]:
    found = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in found
    ]


def test_the_table(built: Built) -> None:
    """One row an API: its facts, and how many provide and consume it."""
    page = built.page("/apis/")
    assert rows(page) == [
        ["basket", "OpenAPI", "production", "The team", "", "0", "1", "The basket of the shop."],
        ["events", "asyncapi", "production", "The team", "", "0", "0", "The events of the shop."],
        ["orders", "OpenAPI", "production", "The team", "shop", "1", "2", "The orders of the shop."],
    ]
    assert 'href="/catalog/default/api/orders/"' in page
    assert 'href="/catalog/default/group/team/"' in page


def test_a_page_for_each_type(built: Built) -> None:
    """Types are linked, counted, and one whatever their capitals are."""
    assert {"/apis/type/openapi/", "/apis/type/asyncapi/"} < set(built.pages)
    assert [row[0] for row in rows(built.page("/apis/type/openapi/"))] == ["basket", "orders"]
    assert rows(built.page("/apis/").partition("By type")[2]) == [["OpenAPI", "2"], ["asyncapi", "1"]]


def test_kinds_are_an_option(tmp_path: Path) -> None:
    """Other kinds may be APIs; a kind that nobody declares is told of at its line."""
    built = site(tmp_path, "System, Aqi")
    assert [row[0] for row in rows(built.page("/apis/"))] == ["shop"]
    assert [text for text in built.problems if "Aqi" in text] == [
        'site.yaml:7:15  warning: kinds: no plugin declares the kind "Aqi". Did you mean API? Correct its name. [unknown-kind]'
    ]


def test_nothing_yet() -> None:
    """A catalog without APIs gives an empty table that says where they come from."""
    assert "They are entities of the catalog" in build_plugin(PLUGIN).page("/apis/")
    assert run_provider(PLUGIN)["apis"] == []


OPENAPI = """
openapi: 3.0.0
paths:
  /payments:
    parameters: []
    post: {operationId: charge, summary: Take money., tags: [money]}
    get: {description: "All payments,\\n of a day."}
"""
ASYNCAPI2 = '{"asyncapi": "2.6.0", "channels": {"orders.paid": {"subscribe": {"summary": "An order was paid."}}}}'
ASYNCAPI3 = """
asyncapi: 3.0.0
channels: {paid: {address: orders.paid}}
operations: {onPaid: {action: receive, channel: {$ref: "#/channels/paid"}, summary: Paid.}}
"""
GRAPHQL = """
schema { query: Query }
type Query {
  "One order."
  order(id: ID!, "How much of it." deep: Boolean): Order
  orders: [Order!]! # all
}
type Order { id: ID! }
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (OPENAPI, [("POST /payments", "Take money."), ("GET /payments", "All payments, of a day.")]),
        (ASYNCAPI2, [("SUBSCRIBE orders.paid", "An order was paid.")]),
        (ASYNCAPI3, [("RECEIVE orders.paid", "Paid.")]),
        (GRAPHQL, [("query order", "One order."), ("query orders", "")]),
        ('syntax = "proto3";', []),
        ("paths: [", []),
    ],
)
def test_operations_of_definitions_are_found(text: str, names: list[tuple[str, str]], tmp_path: Path) -> None:
    """Each kind of definition gives its operations to the search; what cannot be read gives none."""
    lines = "".join(f"    {line}\n" for line in text.strip().splitlines())
    entity = f"{HEAD}kind: API\nmetadata: {{name: pay}}\nspec:\n  type: x\n  lifecycle: production\n  owner: team\n  definition: |\n{lines}"
    (tmp_path / "site.yaml").write_text(SITE.replace("KINDS", "API"))
    (tmp_path / "shop.yaml").write_text(
        f"{HEAD}kind: Group\nmetadata: {{name: team}}\nspec: {{type: team, children: []}}\n---\n{entity}"
    )
    built = build_site(tmp_path)
    blocks = [json.loads(path.read_text()) for path in (built.output / "_/search").glob("*.json")]
    shown = [one for block in blocks for one in block if isinstance(one, list) and one[:1] == ["api"] and len(one) > 2]
    assert sorted((title, said[0] if said else "") for _, title, _, *said in shown) == sorted(names)
    assert {one[2] for one in shown} <= {"/catalog/default/api/pay/definition/", "/catalog/default/api/pay/"}
