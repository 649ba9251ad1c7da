"""The files of the API and the pages' twins, as a build publishes them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from callboard import yamlfile
from callboard.testing import Built, Given, build_plugin, build_site

PLUGIN = Path(__file__).parents[1]
HEAD = "apiVersion: backstage.io/v1alpha1\n"
SHOP = (
    f"{HEAD}kind: Group\nmetadata: {{name: Team-A}}\nspec: {{type: team, profile: {{displayName: Team A}}, children: []}}\n---\n"
    f"{HEAD}kind: System\nmetadata: {{name: shop}}\nspec: {{owner: team-a}}\n---\n"
    f"{HEAD}kind: Component\n"
    r"""metadata:
  name: Web
  title: The <b>Shop</b> & more
  description: |
    Sells **things**.

    - two
  tags: [java, shop]
  labels: {tier: "1"}
  annotations:
    backstage.io/source-location: url:https://git.example.com/shop/
    example.com/note: "a `b` c"
  links:
    - {url: "https://dash.example.com/a b", title: "Dash [1]"}
    - {url: "javascript:alert(3)", title: No}
spec:
  type: service
  lifecycle: production
  owner: team-a
  system: shop
  dependsOn: ["component:default/gone"]
  replicas: 3
"""
)
OPTIONS = {"locations": [{"type": "file", "target": "catalog/*.yaml"}], "rules": [{"allow": ["Component", "Group", "System"]}]}
GIVEN = Given(options=OPTIONS, files={"catalog/shop.yaml": SHOP})
BY_NAME = "api/catalog/entities/by-name/component/default/web"


@pytest.fixture(scope="module")
def built() -> Built:
    return build_plugin(PLUGIN, GIVEN)


def data(built: Built, path: str):
    return json.loads((built.output / path).read_bytes())


def test_an_entity_as_backstage_answers_it(built: Built):
    """Its own fields, uid, etag and relations from both sides, sorted."""
    entity = data(built, f"{BY_NAME}/index.html")
    assert list(entity) == ["apiVersion", "kind", "metadata", "spec", "relations"]
    assert list(entity["metadata"])[:4] == ["uid", "etag", "namespace", "name"]
    assert len(entity["metadata"]["etag"]) == 40
    assert entity["relations"] == [
        {"type": "dependsOn", "targetRef": "component:default/gone"},
        {"type": "ownedBy", "targetRef": "group:default/team-a"},
        {"type": "partOf", "targetRef": "system:default/shop"},
    ]
    own = {name: value for name, value in entity["metadata"].items() if name not in ("uid", "etag", "annotations")}
    document = yamlfile.documents(SHOP)[2].value
    assert own == {
        "namespace": "default",
        **{name: value for name, value in document["metadata"].items() if name != "annotations"},
    }
    assert entity["metadata"]["annotations"].items() >= document["metadata"]["annotations"].items()
    assert entity["spec"] == document["spec"]
    assert data(built, "api/catalog/entities/by-name/system/default/shop/index.html")["relations"] == [
        {"type": "hasPart", "targetRef": "component:default/web"},
        {"type": "ownedBy", "targetRef": "group:default/team-a"},
    ]


def test_the_same_entity_everywhere(built: Built):
    """By name (in small letters), by uid, among all of them, as ancestry, and beside its page."""
    entity = data(built, f"{BY_NAME}/index.html")
    everything = data(built, "api/catalog/entities/index.html")
    assert [one["metadata"]["name"] for one in everything] == ["Web", "Team-A", "shop"]
    assert everything[0] == entity
    assert data(built, f"api/catalog/entities/by-uid/{entity['metadata']['uid']}") == entity
    assert data(built, "catalog/default/component/Web/index.json") == entity
    assert data(built, f"{BY_NAME}/ancestry") == {
        "rootEntityRef": "component:default/web",
        "items": [{"entity": entity, "parentEntityRefs": []}],
    }


def test_an_ancestry_has_an_end(tmp_path: Path):
    """A chain of locations, each led to by the one before, is not written out whole at each of them."""
    mount = "{plugin: catalog, options: {locations: [{type: file, target: l0.yaml}]}}"
    (tmp_path / "site.yaml").write_text(f"site: {{title: S}}\nplugins: [{mount}]\n", encoding="utf-8")
    for number in range(130):
        text = f"metadata: {{name: l{number}}}\nspec: {{target: ./l{number + 1}.yaml}}\n"
        (tmp_path / f"l{number}.yaml").write_text(f"apiVersion: backstage.io/v1alpha1\nkind: Location\n{text}", encoding="utf-8")
    built = build_site(tmp_path)
    for name, names in (("l50", range(50, -1, -1)), ("l129", range(129, 29, -1))):
        items = data(built, f"api/catalog/entities/by-name/location/default/{name}/ancestry")["items"]
        assert [item["entity"]["metadata"]["name"] for item in items] == [f"l{number}" for number in names]


def test_a_static_server_calls_it_html(built: Built):
    """So no text of a descriptor can open an element there."""
    for path in (f"{BY_NAME}/index.html", "api/catalog/entities/index.html", "api/catalog/locations/index.html"):
        text = (built.output / path).read_text(encoding="utf-8")
        assert not set("<>&") & set(text)


def test_uid_and_etag_last(built: Built):
    """Both are the same in the next build; the etag changes with the content, and with the relations."""
    again = build_plugin(PLUGIN, GIVEN)
    assert (again.output / f"{BY_NAME}/index.html").read_bytes() == (built.output / f"{BY_NAME}/index.html").read_bytes()
    changed = build_plugin(
        PLUGIN, Given(options=GIVEN.options, files={"catalog/shop.yaml": SHOP.replace("  system: shop\n", "")})
    )
    for name in ("component/default/web", "system/default/shop"):
        before = data(built, f"api/catalog/entities/by-name/{name}/index.html")["metadata"]
        after = data(changed, f"api/catalog/entities/by-name/{name}/index.html")["metadata"]
        assert before["uid"] == after["uid"]
        assert before["etag"] != after["etag"]
    group = "api/catalog/entities/by-name/group/default/team-a/index.html"
    assert data(built, group) == data(changed, group)


def test_facets(built: Built, code):
    """The common facets are what a live answer would count over all entities."""
    everything = data(built, "api/catalog/entities/index.html")
    found = data(built, "api/catalog/entity-facets")["facets"]
    assert found["metadata.tags"] == [{"value": "java", "count": 1}, {"value": "shop", "count": 1}]
    assert found == code.engine.Engine(everything).facets(code.twins.FACETS)


def test_the_descriptor(built: Built):
    """Reads back as what was read."""
    text = (built.output / "catalog/default/component/Web/index.yaml").read_text(encoding="utf-8")
    entity = yamlfile.documents(text)[0].value
    document = yamlfile.documents(SHOP)[2].value
    assert entity["spec"] == document["spec"]
    assert "relations" not in entity
    assert entity["metadata"]["description"] == "Sells **things**.\n\n- two\n"


def test_the_page_as_markdown(built: Built):
    """Headings, the description as it is, links only to the web, relations that lead to other Markdown pages."""
    folder = built.output / "catalog/default/component/Web"
    text = (folder / "index.md").read_text(encoding="utf-8")
    assert text.startswith(
        "# The \\<b\\>Shop\\</b\\> & more\n\nSells **things**.\n\n- two\n\n## Facts\n\n- Reference: `component:default/web`\n"
    )
    assert "- Replicas: 3\n" in text
    assert "- Tags: java, shop\n" in text
    assert "[Source](<https://git.example.com/shop/>)" in text
    assert "[Dash \\[1\\]](<https://dash.example.com/a%20b>)" in text
    assert "- No: `javascript:alert(3)`" in text
    assert "### Owner\n\n- [Team A](../../group/Team-A/index.md) (`group:default/team-a`)" in text
    assert (folder / "../../group/Team-A/index.md").resolve().is_file()
    assert "- `component:default/gone`, which is missing" in text
    assert "- example.com/note: `` a `b` c ``" in text
    assert "Read from `catalog/shop.yaml:11:1`" in text


def test_switched_off(tmp_path: Path):
    """``publish:`` of the site decides; the pages stay."""
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    mount = "{plugin: catalog, options: {locations: [{type: file, target: shop.yaml}], rules: [{allow: [Component]}]}}"
    site = f"site: {{title: S}}\nplugins: [{mount}]\npublish: {{api: false, twins: false}}\n"
    (tmp_path / "site.yaml").write_text(site, encoding="utf-8")
    built = build_site(tmp_path)
    assert not (built.output / "api").exists()
    names = {path.name for path in (built.output / "catalog/default/component/Web").iterdir()}
    assert "index.html" in names
    assert not names & {"index.json", "index.yaml", "index.md"}


TREE = {
    "root.yaml": f"{HEAD}kind: Location\nmetadata: {{name: root}}\nspec: {{target: ./below/middle.yaml}}\n",
    "below/middle.yaml": f"{HEAD}kind: Location\nmetadata: {{name: middle}}\nspec: {{targets: [./a.yaml, ./b.yaml]}}\n",
    "below/a.yaml": f"{HEAD}kind: Component\nmetadata: {{name: a}}\nspec: {{type: x, lifecycle: y, owner: t, system: s}}\n",
    "below/b.yaml": f"{HEAD}kind: Component\nmetadata: {{name: b}}\nspec: {{type: x, lifecycle: y, owner: t}}\n",
}


def published(site: Path) -> dict[str, bytes]:
    """What the API and the twins came to."""
    command = [sys.executable, "-m", "callboard", "build", str(site), "--offline", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    files = (file for file in (site / "public").rglob("*") if file.is_file())
    wanted = (file for file in files if "api" in file.parts or file.suffix in (".md", ".yaml", ".json"))
    found = {file.relative_to(site / "public").as_posix(): file.read_bytes() for file in wanted}
    return {name: content for name, content in found.items() if not name.startswith(("-/", "."))}


LED = ("component/default/a", "component/default/b", "location/default/middle", "location/default/root")


@pytest.mark.parametrize(
    ("file", "before", "after", "changed"),
    [
        (
            "root.yaml",
            "name: root",
            "name: root, description: New",
            {*(f"{ref}/ancestry" for ref in LED), f"{LED[3]}/index.html"},
        ),
        ("below/b.yaml", "name: b", "name: b, title: Bee", {f"{LED[1]}/ancestry", f"{LED[1]}/index.html"}),
    ],
)
def test_only_what_changed(tmp_path: Path, file: str, before: str, after: str, changed: set[str]):
    """A build after a change makes what a new build would make, and nothing else anew: also for those that an entity led to."""
    for name, text in TREE.items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(text, encoding="utf-8")
    mount = "{plugin: catalog, options: {locations: [{type: file, target: root.yaml}]}}"
    (tmp_path / "site/site.yaml").write_text(f"site: {{title: S}}\nplugins: [{mount}]\n", encoding="utf-8")
    first = published(tmp_path / "site")
    path = tmp_path / "site" / file
    path.write_text(path.read_text().replace(before, after), encoding="utf-8")
    second = published(tmp_path / "site")
    shutil.rmtree(tmp_path / "site/public")
    shutil.rmtree(tmp_path / "site/.callboard")
    assert second == published(tmp_path / "site")
    prefix = "api/catalog/entities/by-name/"
    named = {name.removeprefix(prefix) for name in second if second[name] != first.get(name) and name.startswith(prefix)}
    assert named == changed
