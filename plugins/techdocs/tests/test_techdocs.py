"""Documentation of entities and of folders: pages, navigation, lists, and what is wrong with single ones."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callboard.build import Settings, build, effects
from callboard.testing import Built, Given, run_provider, standard_tests

from .conftest import GROUP, component, write

if TYPE_CHECKING:
    from .conftest import Portal

PLUGIN = Path(__file__).parents[1]
HANDBOOK = {"handbook/docs/index.md": "# Handbook\n\nHow we work.\n", "handbook/docs/holidays.md": "Take some.\n"}
TestStandard = standard_tests(PLUGIN, data=Given({"docs": ["handbook"]}, HANDBOOK), nothing=Given())
REF = "backstage.io/techdocs-ref"
MKDOCS = """\
site_name: Payments
site_description: All about payments
nav:
  - Home: index.md
  - Guide:
      - Start here: guide/start.md
      - guide/deep dive.md
      - Runbooks:
          - guide/on-call.md
  - Status: https://status.example.org/
  - Gone: gone.md
"""
SHOP = {
    "shop/catalog-info.yaml": GROUP + "---\n" + component("Shop", {REF: "dir:."}),
    "shop/mkdocs.yml": MKDOCS,
    "shop/docs/index.md": '# Welcome\n\nSee [the guide](guide/start.md) and ![a picture](img/a.png).\n\n<a href="guide/on-call/">raw</a>\n',
    "shop/docs/guide/start.md": "---\ntitle: The start\ndescription: How to begin\ntags: [easy]\nhide: [toc]\n---\n\n# Other heading\n",
    "shop/docs/guide/deep dive.md": "## No first heading\n",
    "shop/docs/guide/on-call.md": "# On call\n",
    "shop/docs/extra.md": "Not in the navigation.\n",
    "shop/docs/img/a.png": bytes.fromhex(
        "89504e470d0a1a0a0000000d494844520000000100000001080600000"
        "01f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    ),
}
BASE = "/docs/default/component/shop/"


def tree(built: Built, path: str) -> list[str]:
    """The titles of the tree in a page's rail, indented."""
    page = built.page(path)
    rail = page[page.index("<nav") :]
    return re.findall(r">([^<>\n]+)</(?:a|summary)>", rail)


def lists(files: dict[str, str], docs: str = "handbook", **options: object) -> dict[str, list[dict[str, object]]]:
    """What the provider gives for a folder that belongs to no entity."""
    dataset = run_provider(PLUGIN, Given({"docs": [docs], **options}, files))
    return {**dataset.lists, "problems": [{"text": problem.text} for problem in dataset.problems]}


def nav(found: dict[str, list[dict[str, object]]]) -> list[object]:
    """A tree as titles: a text for a page or link, ``[title, entries]`` for a section."""

    def plain(items: object) -> list[object]:
        return [[one["title"], plain(one["items"])] if "items" in one else one["title"] for one in items]  # type: ignore[attr-defined]

    return plain(found["trees"][0]["items"])


def test_pages_of_an_entity(portal: Portal) -> None:
    """Each document is a page below the entity's path in small letters; links and images lead on."""
    built = portal.built(SHOP)
    paths = [path for path in built.pages if path.startswith(BASE)]
    assert sorted(paths) == [BASE, f"{BASE}extra/", f"{BASE}guide/deep-dive/", f"{BASE}guide/on-call/", f"{BASE}guide/start/"]
    first = built.page(BASE)
    assert f'href="{BASE}guide/start/"' in first
    assert re.search(r'<img[^>]+src="/_/files/[0-9a-f]+/a.png"', first)
    assert "Welcome" in first
    start = built.page(f"{BASE}guide/start/")
    assert "How to begin" in start
    assert built.problems == (
        'shop/mkdocs.yml:11:5  warning: nav names "gone.md", which is not in "shop/docs". '
        "Mend its name, or write the page. [techdocs/missing-page]",
    )


def test_the_navigation_is_the_authors() -> None:
    """Titles of the navigation, then of the document, then of its file; sections nested; addresses; what is missing is left out."""
    files = {
        name.replace("shop/", "handbook/"): text for name, text in SHOP.items() if "catalog" not in name and ".png" not in name
    }
    found = lists(files)  # type: ignore[arg-type]
    assert nav(found) == ["Home", ["Guide", ["Start here", "Deep dive", ["Runbooks", ["On call"]]]], "Status"]
    assert [page["title"] for page in found["pages"]] == [
        "Not in the navigation.",
        "Deep dive",
        "On call",
        "The start",
        "Welcome",
    ] or [page["title"] for page in found["pages"]] == ["Extra", "Deep dive", "On call", "The start", "Welcome"]
    assert found["trees"][0]["title"] == "Payments"


def test_lists_of_all_documentation(portal: Portal) -> None:
    """The index with owners, kinds and counts, and a page for each of them; the entity's tab; the button; the home card."""
    built = portal.built(SHOP | HANDBOOK, {"docs": [{"title": "Our handbook", "folder": "handbook", "owner": "payers"}]})
    index = built.page("/docs/")
    for words in ("Our handbook", "/docs/handbook/", BASE, "The payers", "/docs/owner/the-payers/", "/docs/kind/component/"):
        assert words in index, words
    assert "Our handbook" in built.page("/docs/owner/the-payers/")
    assert "Our handbook" not in built.page("/docs/kind/component/")
    entity = "/catalog/default/component/Shop/"
    tab = built.page(f"{entity}docs/")
    assert f'href="{BASE}guide/start/">Start here' in tab
    assert "See <a" in tab
    assert f'<a href="{BASE}guide/on-call/">raw</a>' in tab
    assert "missing" not in tab
    assert f'<a class="button" href="{entity}docs/">' in built.page(entity)


def test_another_entitys_documentation(portal: Portal) -> None:
    """techdocs-entity shows that entity's, at a path of it; one without any is a problem at the annotation's line."""
    other = component(
        "till", {"backstage.io/techdocs-entity": "component:default/shop", "backstage.io/techdocs-entity-path": "/guide/start"}
    )
    lost = component("attic", {"backstage.io/techdocs-entity": "component:default/nobody"})
    built = portal.built(SHOP | {"till/catalog-info.yaml": other, "attic/catalog-info.yaml": lost})
    assert f'href="{BASE}guide/start/"' in built.page("/catalog/default/component/till/docs/")
    assert "/catalog/default/component/attic/docs/" not in built.pages
    assert any(p.startswith("attic/catalog-info.yaml:6:") and "which has none" in p for p in built.problems), built.problems


def test_versions(portal: Portal) -> None:
    """Other versions lie below the first one's path; each page leads to the same page of the others."""
    said = component("Shop", {REF: "dir:.", "callboard.dev/techdocs-versions": "v1=dir:old"})
    built = portal.built(
        SHOP
        | {"shop/catalog-info.yaml": said, "shop/old/docs/index.md": "# Old\n", "shop/old/docs/guide/start.md": "# Old start\n"}
    )
    page = built.page(f"{BASE}@v1/guide/start/")
    assert f'href="{BASE}guide/start/"' in page
    assert f'href="{BASE}@v1/guide/start/"' in built.page(f"{BASE}guide/start/")


def test_backstage_reads_what_is_published(portal: Portal) -> None:
    """As Backstage's publishers and reader do: ``<ns>/<kind>/<name>/techdocs_metadata.json`` and the HTML files that it names."""
    built = portal.built(SHOP)
    root = built.output / "docs"
    found = json.loads((root / "default" / "component" / "shop" / "techdocs_metadata.json").read_text())
    assert list(found) == ["site_name", "site_description", "etag", "build_timestamp", "files"]
    assert found["site_name"] == "Payments"
    assert found["site_description"] == "All about payments"
    assert found["build_timestamp"] == 0
    assert re.fullmatch(r"[0-9a-f]{64}", found["etag"])
    for name in found["files"]:
        assert (root / "default" / "component" / "shop" / name).is_file(), name
    html = (root / "default" / "component" / "shop" / "index.html").read_text()
    assert "<body" in html
    assert "<h1" in html


BROKEN = [
    ({"mkdocs.yml": "site_name: [\n"}, "handbook/mkdocs.yml:1:12  warning: the document ends"),
    ({"mkdocs.yml": "docs_dir: ../other\n"}, 'handbook/mkdocs.yml:1:1  warning: docs_dir "../other" leads out of its folder.'),
    ({"mkdocs.yml": "- a\n"}, "handbook/mkdocs.yml:1:1  warning: the file is no mapping."),
    ({"mkdocs.yml": "docs_dir: none\n"}, 'there are no documents in "handbook/none"'),
]


@pytest.mark.parametrize(("files", "said"), BROKEN)
def test_what_is_broken_costs_itself_only(portal: Portal, files: dict[str, str], said: str) -> None:
    """A mkdocs.yml that is none leaves the other documentation whole, and is named by its line, and by who asks for it."""
    more = {f"handbook/{name}": text for name, text in files.items()} | {"handbook/more/a.md": "A"}
    built = portal.built(SHOP | more, {"docs": ["handbook"]})
    assert BASE in built.pages
    assert not [path for path in built.pages if path.startswith("/docs/handbook")]
    assert any(said in problem for problem in built.problems), built.problems
    assert any(problem.startswith("site.yaml:") for problem in built.problems), built.problems


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("dir:../../out", '"dir:../../out" leads out of the site'),
        ("dir:/etc", '"dir:/etc" leads out of the site'),
        ("docs", '"docs" is no reference to documents'),
        ("url:https://nowhere.example.org/x/y", "is no folder of a repository whose host is known"),
        ("dir:./missing", 'there are no documents in "shop/missing/docs"'),
    ],
)
def test_references_that_lead_nowhere(portal: Portal, said: str, words: str) -> None:
    """Named at the annotation's line; nothing outside of the site is read."""
    files = SHOP | {"shop/catalog-info.yaml": component("Shop", {REF: said}), "out/docs/index.md": "# Secret\n"}
    built = portal.built(files)
    assert any(words in problem and problem.startswith("shop/catalog-info.yaml:6:") for problem in built.problems), built.problems
    assert not [path for path in built.pages if path.startswith("/docs/default")]


def test_without_mkdocs_yml() -> None:
    """The folder docs alone, with the README beside it as the first page; a README alone."""
    found = lists({"handbook/README.md": "# Hello\n", "handbook/docs/b/c.md": "C", "handbook/docs/a.md": "# A"})
    assert nav(found) == ["Hello", "A", ["B", ["C"]]]
    assert [page["path"] for page in found["pages"]] == ["handbook", "handbook/a", "handbook/b/c"]
    assert nav(lists({"handbook/README.md": "# Hello\n"})) == ["Hello"]
    contents = lists({"handbook/docs/a.md": "# A"})
    assert contents["pages"][0]["text"] == "- [A](a/)"
    assert contents["pages"][0]["path"] == "handbook"


def test_index_and_readme() -> None:
    """README.md is the page of its folder unless index.md is there, as in MkDocs."""
    files = {f"handbook/docs/{name}": "x" for name in ("index.md", "README.md", "a/README.md", "a/b.md")}
    assert [page["path"] for page in lists(files)["pages"]] == ["handbook/a", "handbook/a/b", "handbook"]


def test_foreign_keys_are_named_once(portal: Portal) -> None:
    """Tags are text, themes and plugins are not read and said to be; hooks and INHERIT are refused."""
    text = (
        "site_name: !ENV [NAME, Payments]\nINHERIT: ../base.yml\nhooks: [run.py]\ntheme: {name: material}\nextra_css: [a.css]\n"
        "plugins: [techdocs-core, search, {macros: {}}]\n"
        "markdown_extensions: [{pymdownx.emoji: {emoji_index: !!python/name:material.extensions.emoji.twemoji ''}}]\n"
    )
    built = portal.built(HANDBOOK | {"handbook/mkdocs.yml": text}, {"docs": ["handbook"]})
    assert "theme, extra_css, plugin macros" in built.page("/docs/")
    assert [problem.partition("  ")[0] for problem in built.problems if "techdocs/" in problem] == [
        "handbook/mkdocs.yml:2:1",
        "handbook/mkdocs.yml:3:1",
    ]


def test_exclusions_and_drafts() -> None:
    """exclude_docs as a .gitignore; draft_docs and drafts get no page unless the option says so."""
    files = {
        "handbook/mkdocs.yml": "exclude_docs: |\n  /secret/\n  *.tmp.md\n  !keep.tmp.md\ndraft_docs: |\n  drafts/\n",
        **{
            f"handbook/docs/{name}": "x"
            for name in ("index.md", "secret/a.md", "b.tmp.md", "keep.tmp.md", "drafts/d.md", "templates/t.md", "x/secret/e.md")
        },
        "handbook/docs/own.md": "---\ndraft: true\n---\nx",
    }
    found = lists(files)
    assert [page["path"] for page in found["pages"]] == ["handbook", "handbook/keep.tmp", "handbook/x/secret/e"]
    assert nav(found) == ["Home", "Keep.tmp", ["X", [["Secret", ["E"]]]]]
    with_drafts = lists(files, drafts=True)
    assert [page["path"] for page in with_drafts["pages"] if page.get("draft")] == ["handbook/drafts/d", "handbook/own"]


NAV_FILES = {
    "handbook/docs/index.md": "# Home",
    "handbook/docs/.nav.yml": "nav:\n  - index.md\n  - Second: b\n  - '*'\n  - Site: https://example.org\n  - none.md\n",
    "handbook/docs/a.md": "# A",
    "handbook/docs/b/.pages": "title: The Bs\norder: desc\n",
    "handbook/docs/b/1.md": "# One",
    "handbook/docs/b/2.md": "# Two",
    "handbook/docs/c/.nav.yml": "title: Numbers\nsort: {type: natural, direction: desc}\n",
    "handbook/docs/c/n2.md": "# N2",
    "handbook/docs/c/n10.md": "# N10",
    "handbook/docs/d/.nav.yml": "hide: true\n",
    "handbook/docs/d/x.md": "# X",
    "handbook/docs/e/.pages": "nav:\n  - z.md\n  - ...\n  - Last: y.md\n",
    "handbook/docs/e/y.md": "# Y",
    "handbook/docs/e/x.md": "# X",
    "handbook/docs/e/z.md": "# Z",
}


def test_files_of_navigation() -> None:
    """.nav.yml and .pages: titles, order, patterns, what is hidden; what they name and is not there."""
    found = lists(NAV_FILES)
    assert nav(found) == ["Home", ["Second", ["Two", "One"]], "A", ["Numbers", ["N10", "N2"]], ["E", ["Z", "X", "Last"]], "Site"]
    assert [one["text"] for one in found["problems"]] == [
        'handbook/docs/.nav.yml:6:5  warning: the navigation names "none.md", which is not there. Mend its name. '
        "[techdocs/missing-page]"
    ]


def test_sites_that_are_included() -> None:
    """The plugin monorepo: one mkdocs.yml, all that a pattern names; not what leads out, nor in circles."""
    files = {
        "handbook/mkdocs.yml": "nav:\n  - Home: index.md\n  - One: '!include ./one/mkdocs.yml'\n  - '*include ./more/*/mkdocs.yml'\n"
        "  - Out: '!include ../other/mkdocs.yml'\n",
        "handbook/docs/index.md": "# Home",
        "handbook/one/mkdocs.yml": "site_name: API v1\nnav: [index.md, {Again: '!include ../mkdocs.yml'}]\n",
        "handbook/one/docs/index.md": "# First",
        "handbook/more/x/mkdocs.yml": "site_name: x/deep\n",
        "handbook/more/x/docs/a.md": "# A",
        "handbook/more/y/mkdocs.yml": "site_name: y\n",
        "handbook/more/y/docs/b.md": "# B",
        "other/mkdocs.yml": "site_name: other\n",
        "other/docs/index.md": "# Secret",
    }
    found = lists(files)
    assert nav(found) == ["Home", ["One", ["First"]], ["x/deep", ["A"]], ["y", ["B"]]]
    assert [page["path"] for page in found["pages"]] == ["handbook", "handbook/API-v1", "handbook/x/deep/a", "handbook/y/b"]
    assert sorted(str(one["text"]).partition("  ")[0] for one in found["problems"]) == [
        "handbook/mkdocs.yml:5:5",
        "handbook/one/mkdocs.yml:2:18",
    ]


def test_redirects() -> None:
    """Those of the plugin redirects, for the core: old pages to pages, parts of them, and addresses."""
    files = HANDBOOK | {
        "handbook/mkdocs.yml": "plugins:\n  - redirects:\n      redirect_maps:\n        old.md: holidays.md\n"
        "        a/index.md: holidays.md#x\n"
        "        out.md: https://example.org/\n"
    }
    assert lists(files)["redirects"] == [
        {"from": "handbook/old/", "to": "handbook/holidays/", "file": "handbook/mkdocs.yml", "line": 4},
        {"from": "handbook/a/", "to": "handbook/holidays/#x", "file": "handbook/mkdocs.yml", "line": 5},
        {"from": "handbook/out/", "to": "https://example.org/", "file": "handbook/mkdocs.yml", "line": 6},
    ]


EDITS = [
    ("repo_url: https://github.com/a/b", "https://github.com/a/b/edit/master/docs/holidays.md"),
    ("repo_url: https://gitlab.com/a/b/", "https://gitlab.com/a/b/edit/master/docs/holidays.md"),
    ("repo_url: https://bitbucket.org/a/b", "https://bitbucket.org/a/b/src/default/docs/holidays.md"),
    ("repo_url: https://github.com/a/b\nedit_uri: blob/main/doc/", "https://github.com/a/b/blob/main/doc/holidays.md"),
    ("repo_url: https://git.example.org/a\nedit_uri: '?q='", "https://git.example.org/a?q=holidays.md"),
    ("edit_uri: https://x.example.org/e/", "https://x.example.org/e/holidays.md"),
    (
        "repo_url: https://github.com/a/b\nedit_uri_template: 'x/{path_noext}.md?f={path!q}'",
        "https://github.com/a/b/x/holidays.md?f=holidays.md",
    ),
    ("repo_url: https://github.com/a/b\nedit_uri: ''", ""),
    ("edit_uri: javascript:alert(1)//", ""),
]


@pytest.mark.parametrize(("said", "edit"), EDITS)
def test_where_a_page_is_edited(said: str, edit: str) -> None:
    """As MkDocs derives it."""
    found = lists(HANDBOOK | {"handbook/mkdocs.yml": f"{said}\n"})
    assert next(page["edit"] for page in found["pages"] if page["path"] == "handbook/holidays") == edit


SOURCES = [
    (
        "https://github.com/a/b/tree/main/hb",
        "https://github.com/a/b/edit/main/hb/docs/holidays.md",
        "https://github.com/a/b/issues/new?title=",
    ),
    (
        "https://gitlab.com/a/b/-/tree/main/hb",
        "https://gitlab.com/a/b/-/edit/main/hb/docs/holidays.md",
        "/issues/new?issue%5Btitle%5D=",
    ),
    ("https://bitbucket.org/a/b/src/main/hb", "mode=edit", "https://bitbucket.org/a/b/issues/new?title="),
    ("", "", ""),
]


@pytest.mark.parametrize(("source", "edit", "report"), SOURCES)
def test_links_of_the_repository(source: str, edit: str, report: str) -> None:
    """Without a word in mkdocs.yml, the source says where pages are edited, and where an issue is written, title and page filled in."""
    docs = {"folder": "handbook"} | ({"source": source} if source else {})
    found = lists(HANDBOOK, docs)  # type: ignore[arg-type]
    page = next(page for page in found["pages"] if page["path"] == "handbook/holidays")
    assert edit in str(page["edit"])
    assert report in str(page["report"])
    if source:
        assert "Documentation%20Feedback%3A%20Holidays" in str(page["report"])


def test_front_matter_that_cannot_be_read() -> None:
    """The text is shown all the same, and the line is named."""
    found = lists(HANDBOOK | {"handbook/docs/holidays.md": "---\na: [\n---\n# H\n"})
    assert [str(one["text"]).partition("  ")[0] for one in found["problems"]] == ["handbook/docs/holidays.md:2:4"]
    assert "# H" in str(found["pages"][1]["text"])


def test_what_the_search_finds(portal: Portal) -> None:
    """Documents are found in the group techdocs, but for those whose front matter keeps them out."""
    built = portal.built(
        SHOP
        | {"shop/docs/extra.md": "---\nsearch: {exclude: true}\n---\nA zebra.\n", "shop/docs/guide/on-call.md": "# Giraffe\n"}
    )
    index = "".join(path.read_text() for path in (built.output / "_" / "search").rglob("*") if path.is_file())
    assert "Giraffe" in index
    assert "zebra" not in index
    assert "techdocs" in index


def test_when_a_page_was_changed(tmp_path: Path) -> None:
    """The last commit of each file, on its page; the newest of all in the lists and in the metadata."""
    root = write(tmp_path / "portal", SHOP)
    said = {"GIT_AUTHOR_DATE": "2026-01-02T03:04:05+01:00", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05+01:00"}
    who = ("-c", "user.name=Ann Lee", "-c", "user.email=ann@example.org")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "all")):
        subprocess.run(["git", *words], cwd=root, env={**os.environ, **said}, check=True)
    assert build(root, Settings(jobs=1), effects()).written
    page = (root / "public" / BASE.strip("/") / "index.html").read_text()
    assert "2026-01-02T02:04:05" in page
    assert "Ann Lee" in page
    found = json.loads((root / "public" / BASE.strip("/") / "techdocs_metadata.json").read_text())
    assert found["build_timestamp"] == 1_767_319_445_000
