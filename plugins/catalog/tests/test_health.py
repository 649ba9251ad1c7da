"""The catalog's own numbers, whose trends the history keeps."""

from __future__ import annotations

import yaml

from callboard.testing import build_site

SITE = """\
site: {title: Portal}
content: false
plugins:
  - {plugin: catalog, path: /catalog/, options: {locations: [{type: file, target: all.yaml}], rules: [{allow: [Component, API, Group]}]}}
  - {plugin: history, path: /history/}
"""


def entity(kind, name, **spec):
    """A descriptor."""
    return {"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def test_numbers(tmp_path):
    """Entities by kind, those without an owner, references that lead nowhere, and what was left out."""
    service = {"type": "service", "lifecycle": "production"}
    entities = [
        entity("Group", "team", type="team", children=[], members=["nobody"]),
        entity("Component", "shop", **service, owner="team", consumesApis=["pay", "gone"], dependsOn=["component:cart"]),
        entity("Component", "cart", **service, owner="ghosts"),
        entity("Component", "wrong", type="service"),
        entity("API", "pay", type="openapi", lifecycle="x", owner="group:default/team", definition="openapi: 3.0.0"),
    ]
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    (tmp_path / "all.yaml").write_text(yaml.safe_dump_all(entities), encoding="utf-8")
    built = build_site(tmp_path)
    pages = {
        path.removeprefix("/history/catalog/"): page for path, page in built.pages.items() if path.startswith("/history/catalog")
    }
    now = {path: page.partition("<li><span>Now</span> ")[2].partition("<")[0] for path, page in pages.items()}
    assert now == {
        "dangling/": "3",
        "entities/API/": "1",
        "entities/Component/": "2",
        "entities/Group/": "1",
        "left_out/": "1",
        "unowned/": "0",
    }
