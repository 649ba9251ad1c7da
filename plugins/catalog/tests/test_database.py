"""``portal.db``: opened as anybody would, with sqlite3."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from callboard.testing import Built, build_site

HEAD = "apiVersion: backstage.io/v1alpha1\n"
CATALOG = (
    f"{HEAD}kind: Component\nmetadata:\n  name: web\n  title: The Shop\n  description: Sells café things.\n  tags: [java, shop]\n"
    "  labels: {tier: '1'}\n  annotations: {example.com/a: b}\n  links: [{url: 'https://dash.example.com', title: Dash}]\n"
    "spec: {type: website, lifecycle: production, owner: team-a, system: shop}\n---\n"
    f"{HEAD}kind: System\nmetadata: {{name: shop}}\nspec: {{owner: team-a}}\n"
)
SITE = """\
site: {title: Portal, url: "https://example.com/portal/"}
publish: {database: true}
plugins:
  - {plugin: catalog, options: {locations: [{type: file, target: c.yaml, rules: [{allow: [Component, System]}]}]}}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("database")
    (folder / "c.yaml").write_text(CATALOG, encoding="utf-8")
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def built(site: Path) -> Built:
    return build_site(site)


@pytest.fixture
def ask(built: Built):
    """``ask("select …")`` → all rows."""
    with closing(sqlite3.connect(f"file:{built.output / 'portal.db'}?mode=ro", uri=True)) as database:
        yield lambda sql, *words: database.execute(sql, words).fetchall()


def test_entities(ask, built: Built):
    """A row each, with where it was read and its page, and all of it as JSON."""
    rows = ask(
        "select ref, title, type, lifecycle, owner, system, tags, page, source_file, source_line from entities order by id"
    )
    page = "https://example.com/portal/catalog/default/component/web/"
    assert rows[0] == (
        *(
            "component:default/web",
            "The Shop",
            "website",
            "production",
            "group:default/team-a",
            "system:default/shop",
            "java shop",
        ),
        *(page, "c.yaml", 1),
    )
    assert [row[0] for row in rows] == ["component:default/web", "system:default/shop"]
    [(text,)] = ask("select json from entities where name = 'web'")
    assert json.loads(text) == json.loads((built.output / "catalog/default/component/web/index.json").read_bytes())
    assert ask("select json_extract(json, '$.spec.type') from entities where id = 1") == [("website",)]


def test_full_text(ask):
    """Words of name, title, description and tags; without accents and case, and by their beginning."""
    sql = "select e.ref from entities_search s join entities e on e.id = s.rowid where entities_search match ? order by rank"
    assert ask(sql, "cafe") == [("component:default/web",)]
    assert sorted(ask(sql, "title:sho*")) == [("component:default/web",), ("system:default/shop",)]
    assert ask(sql, "nothing") == []


def test_lists(ask):
    """Relations from both sides with what they lead to; tags, labels, annotations, links; views."""
    relations = ask(
        "select e.ref, r.type, r.target_ref, r.target from relations r join entities e on e.id = r.source order by r.id"
    )
    assert relations == [
        ("component:default/web", "ownedBy", "group:default/team-a", None),
        ("component:default/web", "partOf", "system:default/shop", 2),
        ("system:default/shop", "hasPart", "component:default/web", 1),
        ("system:default/shop", "ownedBy", "group:default/team-a", None),
    ]
    assert ask("select entity, tag from tags") == [(1, "java"), (1, "shop")]
    assert ask("select entity, key, value from labels") == [(1, "tier", "1")]
    assert ("example.com/a", "b") in ask("select key, value from annotations")
    assert ask("select url, title, icon from links") == [("https://dash.example.com", "Dash", None)]
    assert ask("select * from owners") == [("group:default/team-a", "Component", 1), ("group:default/team-a", "System", 1)]
    assert [row[:3] for row in ask("select * from dangling")] == [
        ("component:default/web", "ownedBy", "group:default/team-a"),
        ("system:default/shop", "ownedBy", "group:default/team-a"),
    ]


def test_a_sound_file(ask):
    """Nothing refers to what is not there, and it knows its site."""
    assert ask("pragma integrity_check") == [("ok",)]
    assert ask("pragma foreign_key_check") == []
    assert ask("select * from site") == [("title", "Portal"), ("url", "https://example.com/portal/")]


def test_the_same_bytes(built: Built, site: Path):
    """Data that did not change gives the same file."""
    digests = {hashlib.sha256((one.output / "portal.db").read_bytes()).hexdigest() for one in (built, build_site(site))}
    assert len(digests) == 1


def test_only_if_asked(site: Path, tmp_path: Path):
    """Without ``publish: {database: true}`` there is none."""
    (tmp_path / "c.yaml").write_text(CATALOG, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(SITE.replace("publish: {database: true}\n", ""), encoding="utf-8")
    assert not (build_site(tmp_path).output / "portal.db").exists()
