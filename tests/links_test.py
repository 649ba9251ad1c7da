"""What templates are given beside their own records: links of references, data that is the same everywhere, places inside options."""

from __future__ import annotations

import re
from pathlib import Path

from callboard.testing import build_site

SITE = """\
site: {title: Portal}
content: false
plugins:
  - plugin: catalog
    options: {locations: [{type: file, target: catalog.yaml}]}
  - plugin: notes
    options:
      told:
        - word: one
        - {word: two}
"""
CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop, title: The shop}
spec: {type: service, lifecycle: production, owner: group:default/nobody}
"""
MANIFEST = """\
callboard: 1
title: Notes
needs: [catalog]
options: {told: {type: list, items: map}}
provider: provider:Notes
pages:
  - {path: /, template: page.html, data: notes, links: "notes[].ref"}
slots:
  entity.cards: {template: card.html, data: notes, match: {ref: "@"}, shared: {legend: legend}, links: "notes[].about"}
"""
PROVIDER = """\
from callboard.plugin import Dataset, Provider


class Notes(Provider):
    def provide(self, options, context):
        places = [str(context.place("told", 1, "word")), str(context.place("told", 0, "nothing")), str(context.place("other"))]
        return Dataset(
            notes=[{"ref": "component:default/shop", "about": "group:default/nobody"}, {"ref": "component:default/gone"}],
            legend=[{"text": " ".join(places)}],
        )
"""
PAGE = """\
{% extends "page.html" %}
{% import "macros.html" as ui %}
{% block content %}{% for note in data.notes %}<p>{{ ui.target(data.links[note.ref]) }}</p>{% endfor %}{% endblock %}
"""
CARD = """\
{% import "macros.html" as ui %}
{% for note in data.notes %}<p>{{ note.ref }} {{ ui.target(data.links[note.about]) }} {{ data.legend[0].text }}</p>{% endfor %}
"""


def site(folder: Path) -> Path:
    """The site's folder."""
    files = {"site.yaml": SITE, "catalog.yaml": CATALOG}
    files |= {f"plugins/notes/{name}": text for name, text in {"plugin.yaml": MANIFEST, "provider.py": PROVIDER}.items()}
    files |= {f"plugins/notes/templates/{name}": text for name, text in {"page.html": PAGE, "card.html": CARD}.items()}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_references_in_a_page_are_links(tmp_path):
    """A page that names where its references stand has a link for each; one that leads nowhere is marked as missing."""
    page = build_site(site(tmp_path)).page("/notes/")
    assert '<p><a href="/catalog/default/component/shop/">The shop</a></p>' in page
    assert "missing</small>" in page


def test_a_card_has_its_own_records_and_what_all_have(tmp_path):
    """Data under `shared` is not narrowed by `match`; places inside options are those of their keys, or of the nearest above."""
    page = build_site(site(tmp_path)).page("/catalog/default/component/shop/")
    assert "component:default/shop" in page
    assert "component:default/gone" not in page
    assert "site.yaml:10:12 site.yaml:9:11 site.yaml:6:5" in page


def test_cards_bring_only_their_own_styles(tmp_path: Path) -> None:
    """A home page with a card loads the plugin's stylesheet of its name; the plugin's own pages load all of them."""
    folder = tmp_path / "plugins" / "oncall"
    (folder / "assets").mkdir(parents=True)
    (folder / "templates").mkdir()
    (folder / "templates" / "card.html").write_text("<p>Ada</p>")
    for name in ("oncall", "large"):
        (folder / "assets" / f"{name}.css").write_text(f".{name} {{ color: inherit; }}")
    page = "pages: [{path: /, template: card.html}]\nslots: {home.cards: {template: card.html}}\n"
    (folder / "plugin.yaml").write_text(f"callboard: 1\ntitle: On call\n{page}")
    (tmp_path / "site.yaml").write_text("site: {title: T}\ncontent: false\nplugins: [{plugin: oncall}]\n")
    built = build_site(tmp_path)
    assert built.problems == ()
    assert re.findall(r"/_/oncall/(\w+)\.", built.page("/")) == ["oncall"]
    assert re.findall(r"/_/oncall/(\w+)\.", built.page("/oncall/")) == ["large", "oncall"]
