"""Entity pages as readers see them: cards by what an entity has, tabs as pages of their own, what is wrong with it, downloads."""

import re
from pathlib import Path

import pytest

from callboard.testing import Built, Given, build_plugin, build_site

PLUGIN = Path(__file__).parents[1]
HEAD = "apiVersion: backstage.io/v1alpha1\n"
CATALOG = "---\n".join(
    HEAD + text
    for text in (
        "kind: Group\nmetadata: {name: pay, title: Payments}\nspec: {type: team, children: []}\n",
        "kind: Domain\nmetadata: {name: money}\nspec: {owner: pay}\n",
        "kind: System\nmetadata: {name: billing, title: Billing}\nspec: {owner: pay, domain: money}\n",
        "kind: Resource\nmetadata: {name: ledger-db}\nspec: {type: database, owner: pay, system: billing}\n",
        """kind: API
metadata: {name: orders, title: Orders API}
spec:
  type: openapi
  lifecycle: production
  owner: pay
  system: billing
  definition: |
    openapi: 3.1.0  # the version
    info:
      title: "Orders <1>"
""",
        """kind: Component
metadata:
  name: web
  title: Web shop
  description: Where people buy.
  labels: {tier: gold, region: eu}
  annotations:
    backstage.io/source-location: url:https://git.example.com/web/
    backstage.io/edit-url: https://git.example.com/web/edit/catalog-info.yaml
    backstage.io/techdocs-ref: url:https://docs.example.com/web/
    backstage.io/orphan: "true"
  links:
    - {url: "https://chat.example.com/web", title: Ask us, type: chat, icon: chat}
    - {url: "javascript:alert(1)", title: Runbook, type: runbook}
    - {url: "https://grafana.example.com", title: Graphs, type: dashboard}
spec:
  type: website
  lifecycle: production
  owner: pay
  system: billing
  providesApis: [storefront]
  consumesApis: [orders]
  dependsOn: ["resource:ledger-db", "component:cart"]
""",
        "kind: Component\nmetadata: {name: cart, description: Holds what people want.}\n"
        "spec: {type: service, lifecycle: production, owner: pay, subcomponentOf: web, dependsOn: ['component:store']}\n",
        "kind: Component\nmetadata: {name: store}\n"
        "spec: {type: service, lifecycle: production, owner: pay, dependsOn: ['component:disk']}\n",
        "kind: Component\nmetadata: {name: disk}\nspec: {type: service, lifecycle: production, owner: pay}\n",
    )
)
KINDS = ["Component", "API", "Resource", "System", "Domain", "Group", "Location"]
OPTIONS = {"locations": [{"type": "file", "target": "c.yaml", "rules": [{"allow": KINDS}]}]}


@pytest.fixture(scope="module")
def built() -> Built:
    return build_plugin(PLUGIN, Given(options=OPTIONS, files={"c.yaml": CATALOG}))


def main_of(html: str) -> str:
    return html.partition("<main")[2].partition("</main>")[0]


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main_of(html)))


def cards_of(html: str) -> dict[str, str]:
    """The text of each card, by its heading."""
    found = re.findall(r'<section class="card[^"]*">\s*<h2>(.*?)</h2>(.*?)</section>', main_of(html), re.DOTALL)
    return {re.sub(r"\s*<[^>]+>.*", "", title): text_of(f"<main>{body}</main>") for title, body in found}


def test_cards_follow_what_an_entity_has(built: Built):
    """Backstage's cards, each where its kind and relations call for it, and nowhere else."""
    page = {name: list(cards_of(built.page(f"/catalog/default/{name}/"))) for name in ("component/web", "component/cart")}
    assert page["component/web"] == [
        "About",
        "Links",
        "Labels",
        "Relations",
        "Provided APIs",
        "Consumed APIs",
        "Depends on components",
        "Depends on resources",
        "Has subcomponents",
    ]
    assert page["component/cart"] == ["About", "Relations", "Depends on components", "Dependency of components"]
    system = cards_of(built.page("/catalog/default/system/billing/"))
    assert {"Has components", "Has APIs", "Has resources"} <= set(system)
    assert "Web shop website Where people buy." in system["Has components"]
    assert "Has systems" in cards_of(built.page("/catalog/default/domain/money/"))
    api = cards_of(built.page("/catalog/default/api/orders/"))
    assert "Web shop" in api["Consumers"]
    assert "More relations" not in {*system, *api}


def test_the_head_says_what_and_whose_it_is(built: Built):
    """Kind, type, lifecycle, tier and owner; the ways to source, documents, editing and help; no address that runs."""
    page = built.page("/catalog/default/component/web/")
    head = page.partition('<header class="head">')[2].partition("</header>")[0]
    for said in ("Component</a>", "website", "production", "gold", '<a href="/catalog/default/group/pay/">Payments</a>'):
        assert said in head
    for address in ("https://git.example.com/web/", "https://docs.example.com/web/", "https://chat.example.com/web"):
        assert f'href="{address}"' in head
    assert '<a class="button" href="https://git.example.com/web/edit/catalog-info.yaml" rel="noopener" data-edit>' in head
    assert "javascript:" not in head
    assert 'data-star="component:default/web" hidden' in head


def test_the_breadcrumb_names_the_kind(built: Built):
    """Home, catalog, the list of the kind, the entity; on a tab the entity too."""
    crumbs = re.compile(r'<nav class="crumbs".*?</nav>', re.DOTALL)
    [found] = crumbs.findall(built.page("/catalog/default/component/web/"))
    assert re.findall(r'href="([^"]+)"', found) == ["/", "/catalog/", "/catalog/kind/component/"]
    [found] = crumbs.findall(built.page("/catalog/default/component/web/relations/"))
    assert re.findall(r'href="([^"]+)"', found)[-2:] == ["/catalog/kind/component/", "/catalog/default/component/web/"]


def test_what_is_wrong_is_said_on_the_page(built: Built):
    """An orphan, and a reference to nothing with its line: a banner, the mend beside the descriptor, a mark in the card."""
    page = built.page("/catalog/default/component/web/")
    banner = main_of(page).partition("catalog-notes")[2].partition("</div>")[0]
    assert "Orphan." in banner
    assert "storefront" in banner
    line = next(n for n, text in enumerate(CATALOG.splitlines(), 1) if "providesApis" in text)
    assert f"c.yaml:{line}" in banner
    assert "storefront missing" in cards_of(page)["Provided APIs"]
    descriptor = main_of(page).partition('id="descriptor"')[2]
    assert "Mend the reference" in descriptor
    assert "catalog-notes" not in built.page("/catalog/default/component/cart/")


def test_what_a_service_says_of_an_entity_is_said(built: Built):
    """The processing errors of a running Backstage stand in the banner."""
    entity = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": "far", "namespace": "default"},
        "spec": {"type": "service", "lifecycle": "x", "owner": "pay"},
        "status": {"items": [{"type": "backstage.io/catalog-processing", "level": "error", "message": "It cannot be read <b>."}]},
    }
    address = "https://backstage.example.com/api/catalog/entities/by-query?limit=500"
    given = Given(
        options={"providers": {"backstage": {"main": {"baseUrl": "https://backstage.example.com"}}}},
        http={address: {"items": [entity], "totalItems": 1, "pageInfo": {}}},
    )
    far = build_plugin(PLUGIN, given)
    page = far.page("/catalog/default/component/far/")
    assert "It cannot be read &lt;b&gt;." in page


def test_the_relations_tab_draws_two_steps_and_lists_one(built: Built):
    """A picture with what is two steps away, and every relation of the entity as a list, with the missing ones."""
    tab = built.page("/catalog/default/component/cart/relations/")
    picture = tab.partition("<svg class=")[2].partition("</section>")[0]
    assert 'href="/catalog/default/component/disk/"' in picture, "cart needs store, which needs disk"
    assert "depends on" in picture
    assert "style=" not in picture
    lists = tab.partition('id="lists"')[2]
    assert 'href="/catalog/default/component/disk/"' not in lists
    for title in ("Owner", "Part of", "Depends on", "Dependency of"):
        assert re.search(rf"<h2[^>]*>{title} ", lists)
    assert "storefront" in built.page("/catalog/default/component/web/relations/").partition('id="lists"')[2]
    lonely = f"{HEAD}kind: Location\nmetadata: {{name: alone}}\nspec: {{type: file, targets: []}}\n"
    alone = build_plugin(PLUGIN, Given(options=OPTIONS, files={"c.yaml": lonely}))
    assert "/catalog/default/location/alone/relations/" not in alone.pages
    assert "No relations." in text_of(alone.page("/catalog/default/location/alone/"))


def test_the_definition_tab(built: Built):
    """A definition with its words marked, safely, and the file as it was written, named by what it is."""
    tab = built.page("/catalog/default/api/orders/definition/")
    assert '<span class="nt">openapi</span>: 3.1.0  <span class="c"># the version</span>' in tab
    assert '<span class="s">"Orders &lt;1&gt;"</span>' in tab
    [name] = re.findall(r'href="(/catalog/default/api/orders/definition\.[a-z]+)" download="orders\.yaml"', tab)
    assert (built.output / name[1:]).read_text() == 'openapi: 3.1.0  # the version\ninfo:\n  title: "Orders <1>"\n'
    assert sorted(file.name for file in (built.output / "catalog/default/api/orders").glob("definition.*")) == ["definition.yaml"]
    assert "/catalog/default/component/web/definition/" not in built.pages


def test_a_kind_with_a_definition_of_its_own(tmp_path: Path):
    """What a site's own kind calls a definition and is no text is shown with its descriptor; its relations are shown on both sides."""
    contract = (
        "---\napiVersion: example.com/v1\nkind: Contract\nmetadata: {name: c1}\n"
        "spec: {definition: {terms: [thirty days]}, signedBy: [web, gone]}\n"
    )
    (tmp_path / "c.yaml").write_text(CATALOG + contract, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(
        """site: {title: S}
plugins: [{plugin: catalog, options: {rules: [{allow: [Component, Contract]}], locations: [{type: file, target: c.yaml}]}}]
kinds:
  - name: Contract
    plural: Contracts
    relations: [{field: spec.signedBy, type: signedBy, reverse: signs, kind: Component, title: Signed by, reverseTitle: Signs}]
""",
        encoding="utf-8",
    )
    built = build_site(tmp_path)
    assert not [problem for problem in built.problems if "template-error" in problem]
    assert "/catalog/default/contract/c1/definition/" not in built.pages
    assert "thirty days" in built.page("/catalog/default/contract/c1/")
    assert (
        "Signed by Components 2 component:gone missing Web shop website"
        in cards_of(built.page("/catalog/default/contract/c1/"))["More relations"]
    )
    assert "Signs Contracts 1 c1" in cards_of(built.page("/catalog/default/component/web/"))["More relations"]


def test_a_large_family_keeps_the_pages_small():
    """500 relations: both pages stay below 1,500 elements and 120 KB, and say how many there are."""
    member = f"---\n{HEAD}kind: Component\nmetadata: {{name: c-NNN}}\nspec: {{type: service, lifecycle: y, owner: pay, system: billing}}\n"
    many = CATALOG + "".join(member.replace("NNN", f"{number:03}") for number in range(500))
    built = build_plugin(PLUGIN, Given(options=OPTIONS, files={"c.yaml": many}))
    for path in ("", "relations/"):
        page = built.page(f"/catalog/default/system/billing/{path}")
        assert len(re.findall(r"<[a-z]", page)) < 1_500
        assert len(page.encode()) < 120_000
    assert "All 501" in text_of(built.page("/catalog/default/system/billing/"))


def test_a_site_moves_and_hides_cards(tmp_path: Path):
    """`slots:` in site.yaml: a card goes, another gets a new name and place, a tab goes."""
    (tmp_path / "c.yaml").write_text(CATALOG, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(
        """site: {title: S}
plugins: [{plugin: catalog, options: {rules: [{allow: [Component, System, Group]}], locations: [{type: file, target: c.yaml}]}}]
slots:
  entity.cards:
    - {card: catalog.labels, hide: true}
    - {card: catalog.links, title: Read more, order: 1}
    - {card: catalog.graph, when: "kind:system"}
  entity.tabs: [{card: catalog.relations, hide: true}]
""",
        encoding="utf-8",
    )
    built = build_site(tmp_path)
    cards = list(cards_of(built.page("/catalog/default/component/web/")))
    assert cards[:2] == ["Read more", "About"]
    assert not {"Labels", "Relations"} & set(cards)
    assert "Relations" in cards_of(built.page("/catalog/default/system/billing/"))
    assert not [path for path in built.pages if path.endswith("/relations/")]


@pytest.mark.parametrize("path", ["kind/component/", "tag/t0/"])
def test_a_full_list_keeps_below_the_limit_of_elements(path: str):
    """A hundred rows with labels and a missing owner are at most 1,450 elements; a site adds its rail."""
    labels = ", ".join(f"t{number}" for number in range(9))
    member = f"---\n{HEAD}kind: Component\nmetadata: {{name: c-NNN, description: About it, tags: [{labels}]}}\n"
    member += "spec: {type: service, lifecycle: live, owner: nobody, system: billing}\n"
    many = CATALOG + "".join(member.replace("NNN", f"{number:03}") for number in range(100))
    page = build_plugin(PLUGIN, Given(options=OPTIONS, files={"c.yaml": many})).page(f"/catalog/{path}")
    assert page.count("<tr") == 101
    assert len(re.findall(r"<[a-z]", page)) < 1_450
    assert "t0, t1, t2" in page
    assert '<td class="missing" data-sort="nobody"><small>missing</small> nobody</td>' in page
