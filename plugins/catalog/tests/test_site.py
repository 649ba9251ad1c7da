"""The catalog as readers see it: built by the whole pipeline."""

import re
from pathlib import Path

import pytest

from callboard.testing import Built, Given, build_plugin, build_site, standard_tests

PLUGIN = Path(__file__).parents[1]
HEAD = "apiVersion: backstage.io/v1alpha1\n"
SHOP = (
    f"{HEAD}kind: Group\nmetadata: {{name: Team-A}}\nspec: {{type: team, profile: {{displayName: Team A}}, children: []}}\n---\n"
    f"{HEAD}kind: Component\n"
    r"""metadata:
  name: web
  title: The Shop
  description: |
    Sells **things**.

    <script>alert(1)</script>
  tags: [java]
  labels: {tier: "1"}
  annotations:
    backstage.io/source-location: url:https://git.example.com/shop/
    backstage.io/view-url: "javascript:alert(2)"
  links:
    - {url: "https://dash.example.com", title: Dashboard, icon: dashboard}
    - {url: "javascript:alert(3)", title: "<img src=x onerror=alert(4)>"}
spec:
  type: service
  lifecycle: production
  owner: team-a
  dependsOn: ["component:default/gone"]
---
"""
    f"{HEAD}kind: API\nmetadata: {{name: orders, namespace: shop}}\n"
    'spec: {type: openapi, lifecycle: production, owner: "group:default/team-a", definition: "openapi: </pre><script>alert(5)</script>"}\n'
)
RULES = [{"allow": ["Component", "API", "System", "Domain", "Resource", "Group", "User"]}]
GIVEN = Given(
    options={"locations": [{"type": "file", "target": "catalog/*.yaml"}], "rules": RULES}, files={"catalog/shop.yaml": SHOP}
)
SOUND = SHOP.replace('  dependsOn: ["component:default/gone"]\n', "")
TestStandard = standard_tests(PLUGIN, data=Given(options=GIVEN.options, files={"catalog/shop.yaml": SOUND}), nothing=Given())


@pytest.fixture(scope="module")
def built() -> Built:
    return build_plugin(PLUGIN, GIVEN)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2].partition("</main>")[0]))


def test_paths(built: Built):
    """An index, lists of what readers filter by, and a page for each entity: namespace and kind in small letters, the name as it is."""
    paths = {path.removeprefix("/catalog/") for path in built.pages if path.startswith("/catalog/")}
    assert paths >= {
        "",
        "graph/",
        "people/",
        "people/all/",
        "default/component/web/",
        "default/group/Team-A/",
        "default/component/web/relations/",
        "shop/api/orders/",
        "shop/api/orders/definition/",
    }
    assert {path for path in paths if path.startswith("kind/")} == {"kind/api/", "kind/component/", "kind/group/"}
    assert {path for path in paths if path.startswith("owner/")} == {"owner/", "owner/default/group/team-a/"}
    assert paths >= {"tag/java/", "type/service/", "type/openapi/", "type/team/", "lifecycle/production/"}


def test_the_index_leads_to_everything(built: Built):
    """Without a script: counts and links by kind, owner and tag, and the first rows of the first kind."""
    page = built.page("/catalog/")
    assert all(f'href="/catalog/kind/{kind}/"' in page for kind in ("component", "api", "group"))
    assert 'href="/catalog/owner/default/group/team-a/"' in page
    assert "Components 1" in text_of(page)
    assert "Team A 2" in text_of(page)
    assert '<a href="/catalog/default/component/web/">The Shop</a>' in page
    assert "Orders" in text_of(built.page("/catalog/owner/default/group/team-a/")).title()
    assert "<h1>Owned by Team A</h1>" in built.page("/catalog/owner/default/group/team-a/")


def test_an_entity_page(built: Built):
    """Title, description as Markdown, owner and links as links, relations from both sides, where it was read."""
    page, text = built.page("/catalog/default/component/web/"), text_of(built.page("/catalog/default/component/web/"))
    assert "<h1>The Shop</h1>" in page
    assert "<strong>things</strong>" in page
    assert '<a href="/catalog/default/group/Team-A/">Team A</a>' in page
    assert 'href="https://dash.example.com"' in page
    assert 'href="https://git.example.com/shop/"' in page
    assert "gone missing" in text
    assert "as of this build , from catalog/shop.yaml:6" in text
    assert "The Shop" in text_of(built.page("/catalog/default/group/Team-A/")), "the owner's page lists what it owns"


def test_nothing_that_runs(built: Built):
    """No text of a descriptor becomes markup, and no address with a script becomes a link."""
    for path in ("/catalog/default/component/web/", "/catalog/shop/api/orders/"):
        main = built.page(path).partition("<main")[2].partition("</main>")[0]
        assert "<script" not in main
        assert "<img" not in main
        assert not re.search(r"""href=["']?\s*javascript""", main, re.IGNORECASE)
    assert "&lt;/pre&gt;" in built.page("/catalog/shop/api/orders/")


def test_a_missing_reference_is_told_at_its_line(built: Built):
    """The build says where it stands."""
    assert [text for text in built.problems if "gone" in text] == [
        "catalog/shop.yaml:27:15  warning: spec.dependsOn[0]: component:default/web refers to component:default/gone, which is not in the "
        "catalog. Mend the reference, or describe that entity. [dangling-reference]"
    ]


def test_many_relations():
    """A team that owns many: its page leads to a tab with all of them, once each as a list."""
    component = f"---\n{HEAD}kind: Component\nmetadata: {{name: c-NN}}\nspec: {{type: x, lifecycle: y, owner: team-a}}\n"
    many = SHOP + "".join(component.replace("NN", f"{number:02}") for number in range(30))
    built = build_plugin(PLUGIN, Given(options=GIVEN.options, files={"catalog/shop.yaml": many}))
    page = built.page("/catalog/default/group/Team-A/")
    assert 'href="/catalog/default/group/Team-A/relations/"' in page
    tab = built.page("/catalog/default/group/Team-A/relations/")
    assert len(re.findall(r'<li><a href="/catalog/default/component/c-\d\d/"', tab)) == 30
    assert "Owns 32" in text_of(tab)


def test_a_large_definition_keeps_the_page_small():
    """Of a definition of a megabyte the page shows the beginning, and says so."""
    api = f"{HEAD}kind: API\nmetadata: {{name: big}}\nspec: {{type: grpc, lifecycle: x, owner: g, definition: {{$text: ./big.proto}}}}\n"
    files = {"catalog/api.yaml": api, "catalog/big.proto": "message A {}\n" * 80_000}
    built = build_plugin(PLUGIN, Given(options=GIVEN.options, files=files))
    assert len(built.page("/catalog/default/api/big/").encode()) < 20_000
    tab = built.page("/catalog/default/api/big/definition/")
    assert len(tab.encode()) < 120_000
    assert "the download has them all" in tab
    assert (built.output / "catalog/default/api/big/definition.proto").read_text() == files["catalog/big.proto"]


def test_a_definition_that_is_no_text():
    """Components may say anything in a field that only APIs have: it is no definition, and no page fails of it."""
    component = f"{HEAD}kind: Component\nmetadata: {{name: NAME}}\nspec: {{type: x, lifecycle: y, owner: z, definition: VALUE}}\n"
    values = {"nothing": "null", "number": "5", "list": "[a]", "text": "openapi"}
    text = "---\n".join(component.replace("NAME", name).replace("VALUE", value) for name, value in values.items())
    built = build_plugin(PLUGIN, Given(options=GIVEN.options, files={"catalog/c.yaml": text}))
    assert not [problem for problem in built.problems if "dangling" not in problem]
    shown = [name for name in values if (built.output / f"catalog/default/component/{name}/definition").exists()]
    assert shown == ["text"]


def test_a_kind_of_the_sites_own(tmp_path: Path):
    """The README's own example: a kind with relations and columns, and no code."""
    readme = (PLUGIN / "README.md").read_text(encoding="utf-8")
    manifest, kind = re.findall(r"```yaml\n(# plugins/datasets/[\s\S]*?)```", readme)
    folder = tmp_path / "plugins" / "datasets"
    folder.mkdir(parents=True)
    (folder / "plugin.yaml").write_text(manifest, encoding="utf-8")
    (folder / "dataset.yaml").write_text(kind, encoding="utf-8")
    dataset = "apiVersion: example.com/v1\nkind: Dataset\nmetadata: {name: NAME}\nspec: {owner: team-a, derivedFrom: [FROM]}\n"
    raw = dataset.replace("NAME", "raw").replace("FROM", "")
    clean = dataset.replace("NAME", "clean").replace("FROM", "raw")
    chain = "---\n".join([SHOP, raw, clean])
    (tmp_path / "c.yaml").write_text(chain, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(
        "site: {title: S}\nplugins:\n  - plugin: catalog\n    options: {locations: [{type: file, target: c.yaml}], "
        "rules: [{allow: [Dataset, Group, Component]}]}\n  - plugin: datasets\n",
        encoding="utf-8",
    )
    built = build_site(tmp_path)
    assert "More relations Source of Datasets 1 clean" in text_of(built.page("/catalog/default/dataset/raw/"))
    assert 'href="/catalog/default/dataset/clean/"' in built.page("/catalog/kind/dataset/")
    assert "Datasets 2" in text_of(built.page("/catalog/"))


def test_tags_that_differ_in_a_sharp():
    """``c`` and ``c#`` are two languages: each has its own list, and entities lead to it."""
    sheet = (
        f"{HEAD}kind: Component\nmetadata: {{name: %s, tags: ['%s']}}\nspec: {{type: service, lifecycle: production, owner: a}}\n"
    )
    files = {"catalog/c.yaml": "---\n".join(sheet % pair for pair in (("plain", "c"), ("sharp", "c#")))}
    built = build_plugin(PLUGIN, Given(options=GIVEN.options, files=files))
    assert {path for path in built.pages if path.startswith("/catalog/tag/c")} == {"/catalog/tag/c/", "/catalog/tag/c-sharp/"}
    listed = built.pages["/catalog/tag/c-sharp/"]
    assert "component/sharp/" in listed
    assert "component/plain/" not in listed
    assert "/tag/c-sharp/" in built.pages["/catalog/default/component/sharp/"]
