"""What templates are given beside their own records: links of references, data that is the same everywhere, places inside options."""

from __future__ import annotations

import re
from pathlib import Path

from callboard.build import Settings, build, effects
from callboard.check import check
from callboard.model.report import BuildReport
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


BROKEN = {
    "site.yaml": """\
site: {title: Portal, url: https://portal.example.com/base/}
nav:
  - {title: Old, path: /gone/}
plugins:
  - plugin: pages
    path: /
  - plugin: catalog
    options: {locations: [{type: file, target: catalog.yaml}]}
  - plugin: lists
""",
    "catalog.yaml": """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop
  description: |
    Sells things.
    See [the guide](/guide/set-up/).
  links:
    - {url: https://elsewhere.example.com/, title: Elsewhere}
    - {url: https://portal.example.com/base/nothing/, title: Whole}
spec: {type: service, lifecycle: production, owner: group:default/nobody}
""",
    "plugins/lists/plugin.yaml": """\
callboard: 1
title: Lists
sources: {items: {file: items.yaml}}
pages:
  - path: /
    view: list
    data: items
    item: {title: name, href: "/{id}/"}
  - {path: /own/, template: own.html}
""",
    "plugins/lists/templates/own.html": """\
{% extends "page.html" %}
{% block content %}
<p><a href="{{ url("/guide/setup/") }}">fine</a></p>
<p><a href="{{ url("/guide/setup/#the-frist-step") }}">part</a></p>
<p><a href="{{ url("/missing/") }}">gone</a></p>
{% endblock %}
""",
    "items.yaml": "- {id: one, name: One}\n",
    "content/index.md": "---\ntitle: Home\n---\nHello.\n",
    "content/guide/setup.md": "# Set up\n\n## The first step\n\nText.\n\n## Second\n",
    "content/guide/notes.txt": "x",
    "content/guide/other/file.txt": "x",
    "content/guide/program.exe": "x",
    "content/guide/picture.png": "x",
    "content/guide/later.md": "---\ndraft: true\n---\nLater.\n",
    "content/guide/page.md": """\
# Page

A [file](steup.md) that is not there,
and [a path](/guide/setpu/) that is not.
Another [case](/Guide/Setup/), and [so](Setup.md).

No [heading](#secnod) here; none [there](setup.md#the-frist-step)
and none [by its path](/guide/setup/#nothing).

![A picture](pictre.png) and [an attachment](program.exe).

## Second

A [reference][ref], a [folder](other/), the [site](https://portal.example.com/base/guide/setpu/).

<p>Raw
<a href="/raw/gone/">HTML</a></p>

[bad](javascript:alert(1)) and [fine](setup.md#second), [fine](/guide/setup/), [fine](notes.txt).

[ref]: nowhere.md

A [draft](later.md).
""",
}


def broken(folder: Path, files: dict[str, str] | None = None) -> Path:
    """A site with links of many kinds that lead nowhere."""
    for name, text in {**BROKEN, **(files or {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_each_kind_of_broken_link_is_named_by_its_source(tmp_path: Path) -> None:
    """File, line and the mend, of links in Markdown, in raw HTML, in YAML, in templates and in manifests."""
    found = [line for line in build_site(broken(tmp_path)).problems if "[dangling-reference]" not in line]
    page, near = "content/guide/page.md", 'Did you mean "/guide/setup/"?'
    part = 'leads to a page without a part "the-frist-step". Did you mean'
    site = "https://portal.example.com/base"
    endings = "avif, csv, gif, gz, ico, jpeg, jpg, json, mp4, pdf, png, svg, txt, webm, webp, woff2, yaml, yml, zip"
    assert found == [
        f'catalog.yaml:7:21  warning: the link "/guide/set-up/" leads nowhere. {near} [broken-link]',
        f'catalog.yaml:10:13  warning: the link "{site}/nothing/" leads to no page of this site. '
        "Mend the path, or remove the link. [broken-link]",
        f'{page}:3:1  warning: the link "steup.md" leads nowhere. Did you mean "setup.md"? [broken-link]',
        f'{page}:4:1  warning: the link "/guide/setpu/" leads nowhere. {near} [broken-link]',
        f'{page}:5:1  warning: the link "/Guide/Setup/" is written in another case than its page. {near} [broken-link]',
        f'{page}:5:1  warning: the link "Setup.md" is written in another case than its file. Did you mean "setup.md"? [broken-link]',
        f'{page}:7:1  warning: the link "#secnod" leads to no heading of this page. Did you mean "#second"? [broken-link]',
        f'{page}:7:1  warning: the link "setup.md#the-frist-step" {part} "setup.md#the-first-step"? [broken-link]',
        f'{page}:8:1  warning: the link "/guide/setup/#nothing" leads to a page without a part "nothing". '
        "Mend what stands after the #. [broken-link]",
        f'{page}:10:1  warning: "pictre.png" is not published: there is no such file. '
        'Did you mean "picture.png"? [unpublished-file]',
        f'{page}:10:1  warning: "program.exe" is not published: files ending in .exe are not. '
        f"Publish one of {endings}. [unpublished-file]",
        f'{page}:14:1  warning: the link "{site}/guide/setpu/" leads to no page of this site. '
        f'Did you mean "{site}/guide/setup/"? [broken-link]',
        f'{page}:14:1  warning: the link "other/" leads to a folder that has no page. '
        'Link to a file in it, or give it an "index.md". [broken-link]',
        f'{page}:17:1  warning: the link "/raw/gone/" leads nowhere. Mend the path, or remove the link. [broken-link]',
        f'{page}:19:1  warning: the address "javascript:alert(1)" is not linked: its kind is not allowed. '
        "Use http, https, mailto or tel, or a path of this site. [broken-link]",
        f'{page}:21:1  warning: the link "nowhere.md" leads nowhere. Mend the path, or remove the link. [broken-link]',
        f'{page}:23:1  warning: the link "later.md" leads to a draft, which is not published. '
        "Publish it (remove its draft: true), or remove the link. [broken-link]",
        'plugins/lists/plugin.yaml:8:32  warning: the link "/lists/one/" leads nowhere. '
        "Mend the path, or remove the link. [broken-link]",
        f'plugins/lists/templates/own.html:4:1  warning: the link "/guide/setup/#the-frist-step" {part} '
        '"/guide/setup/#the-first-step"? [broken-link]',
        'plugins/lists/templates/own.html:5:1  warning: the link "/missing/" leads nowhere. '
        "Mend the path, or remove the link. [broken-link]",
        'site.yaml:3:18  warning: nav[0].path: the navigation entry "Old" leads to /gone/, where no page is. '
        "Mend the path, or remove the entry. [broken-link]",
    ]


def test_check_finds_what_a_build_finds(tmp_path: Path) -> None:
    """`callboard check` writes no page, and still knows the parts of those that others link to."""
    built = [line for line in build_site(broken(tmp_path)).problems if "[broken-link]" in line]
    assert [problem.text for problem in check(tmp_path).problems if problem.code == "broken-link"] == built


def rebuilt(folder: Path) -> BuildReport:
    """A build in place, as in the terminal."""
    return build(folder, Settings(), effects())


def test_a_page_is_told_of_a_part_that_its_target_lost(tmp_path: Path) -> None:
    """The page with the link is not drawn again, and its link is a problem all the same; without changes, it is told again."""
    texts = {"site.yaml": "site: {title: T}\nplugins: [{plugin: pages, path: /}]\n"}
    texts |= {"content/a.md": "See [it](b.md#part).\n", "content/b.md": "# B\n\n## Part\n"}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert rebuilt(tmp_path).problems == ()
    (tmp_path / "content" / "b.md").write_text("# B\n\n## Parts\n", encoding="utf-8")
    second, third = rebuilt(tmp_path), rebuilt(tmp_path)
    said = (
        'content/a.md:1:1  warning: the link "b.md#part" leads to a page without a part "part". '
        'Did you mean "b.md#parts"? [broken-link]'
    )
    assert [problem.text for problem in second.problems] == [said]
    assert second.rendered == 1
    assert [problem.text for problem in third.problems] == [said]
    (tmp_path / "content" / "b.md").write_text("# B\n\n## Part\n", encoding="utf-8")
    assert rebuilt(tmp_path).problems == ()
