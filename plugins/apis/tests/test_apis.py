"""All APIs on one page, and a page for each type."""

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
