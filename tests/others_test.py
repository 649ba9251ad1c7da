"""Plugins that read others' data: the order of their providers, and what pages show of another plugin."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.testing import build_site

COUNTS = """
from callboard.plugin import Dataset, Provider

class Counts(Provider):
    def provide(self, options, context):
        return Dataset(counts=[{"plugin": name, "rows": sum(map(len, data.lists.values()))} for name, data in context.datasets.items()])
"""
ROWS = "callboard: 1\ntitle: Rows\nsources: {{rows: {{file: {file}}}}}\npages: [{{path: /, view: table, data: rows}}]\n"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def counting(needs: str, name: str = "counts") -> dict[str, str]:
    manifest = f"callboard: 1\ntitle: Counts\nneeds: {needs}\nprovider: provider:Counts\n"
    pages = "pages: [{path: /, view: list, data: counts, item: {title: '{plugin} has {rows}'}, empty: Nobody is there.}]\n"
    return {f"plugins/{name}/plugin.yaml": manifest + pages, f"plugins/{name}/provider.py": COUNTS}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with two plugins of rows, and one that counts what the others have, mounted first."""
    mounts = "[{plugin: counts}, {plugin: one}, {plugin: two}, {plugin: two, path: /again}]"
    return write(
        tmp_path,
        {
            "site.yaml": f"site: {{title: T}}\ncontent: false\nplugins: {mounts}\n",
            "plugins/one/plugin.yaml": ROWS.format(file="one.yaml"),
            "plugins/two/plugin.yaml": ROWS.format(file="two.yaml"),
            "one.yaml": "[{a: 1}]",
            "two.yaml": "[{a: 1}, {a: 2}]",
        },
    )


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        ('["*"]', ["one has 1", "two has 4"]),
        ('["two?", "three?"]', ["two has 4"]),
        ('["three?"]', ["Nobody is there."]),
    ],
)
def test_needs_may_be_all_others_or_those_that_are_mounted(site: Path, needs: str, said: list[str]) -> None:
    """``*`` stands for every other plugin and ``name?`` for one if it is mounted; two mounts of one plugin are joined."""
    write(site, counting(needs))
    built = build_site(site)
    assert built.problems == ()
    page = built.page("/counts/")
    assert [words for words in ("one has 1", "two has 4", "Nobody is there.") if words in page] == said


def test_two_that_want_all_others_do_not_wait_for_each_other(site: Path) -> None:
    """``*`` leaves out those that say it too, unless they are named."""
    (site / "site.yaml").write_text(
        "site: {title: T}\ncontent: false\nplugins: [{plugin: last}, {plugin: counts}, {plugin: one}]\n"
    )
    write(site, counting('["*"]') | counting('["*", "counts?"]', "last"))
    built = build_site(site)
    assert built.problems == ()
    assert "last has" not in built.page("/counts/")
    assert "one has 1" in built.page("/counts/")
    assert "counts has 1" in built.page("/last/")


def test_plugins_that_name_each_other_are_a_circle(site: Path) -> None:
    """An optional need is a need where the other is mounted."""
    (site / "site.yaml").write_text("site: {title: T}\ncontent: false\nplugins: [{plugin: last}, {plugin: counts}]\n")
    write(site, counting('["last?"]') | counting('["counts?"]', "last"))
    assert [text for text in build_site(site).problems if "needs-loop" in text] == [
        "site.yaml:3:11  plugins[0]: these plugins need each other, so that none can be first: last → counts → last."
        " Remove one of their needs. [needs-loop]"
    ]


def test_a_page_shows_data_of_another_plugin(site: Path) -> None:
    """``two:rows`` in ``data`` is a list of another plugin's; it stands on the page with where it came from."""
    page = "{path: /, view: list, data: 'two:rows[?a>`1`]', item: {title: 'row {a}'}, empty: Nothing.}"
    shown = f"callboard: 1\ntitle: Shown\npages: [{page}]\n"
    write(site, {"plugins/one/plugin.yaml": shown})
    (site / "site.yaml").write_text("site: {title: T}\ncontent: false\nplugins: [{plugin: one}, {plugin: two}]\n")
    built = build_site(site)
    assert built.problems == ()
    assert "row 2" in built.page("/one/")
    assert "row 1" not in built.page("/one/")
    assert "two.yaml" in built.page("/one/")
    (site / "site.yaml").write_text("site: {title: T}\ncontent: false\nplugins: [{plugin: one}]\n")
    assert "Nothing." in build_site(site).page("/one/")


def test_data_of_a_plugin_that_there_is_not_is_a_problem(site: Path) -> None:
    """A misspelt name would be an empty page for ever."""
    write(
        site,
        {
            "plugins/one/plugin.yaml": "callboard: 1\ntitle: Shown\npages:\n  - path: /\n    view: table\n    data: {rows: tow:rows}\n"
        },
    )
    (site / "site.yaml").write_text("site: {title: T}\ncontent: false\nplugins: [{plugin: one}]\n")
    found = build_site(site).problems
    assert len(found) == 1
    assert found[0].startswith(
        'plugins/one/plugin.yaml:6:12  pages[0].data.rows: there is no plugin "tow"; did you mean "two"? Available are: '
    )


ASKING = """
from callboard.plugin import Dataset, NotConfigured, Provider

class Asking(Provider):
    def provide(self, options, context):
        if not options.service:
            raise NotConfigured("Set `service` under options of the mount.")
        return Dataset(rows=[{"name": "one"}])
"""
ASKED = """callboard: 1
title: Asking
summary: Shows rows of a service.
options: {service: {type: url, optional: true, help: Where it answers.}, token: {type: secret, optional: true, help: For it.}}
provider: provider:Asking
pages: [{path: /, view: table, data: rows}]
slots: {home.cards: {title: Rows of it, view: list, data: rows, item: {title: name}}}
"""


def test_what_is_not_configured_is_not_shown_to_readers(tmp_path: Path) -> None:
    """A mount without its service has no card and no place in the navigation; its page and /-/plugins/ say what it lacks."""
    site = "site: {title: T}\ncontent: false\nplugins:\n  - plugin: asking\n"
    files = {"site.yaml": site, "plugins/asking/plugin.yaml": ASKED, "plugins/asking/provider.py": ASKING}
    write(tmp_path, files | {"plugins/idle/plugin.yaml": "callboard: 1\ntitle: Idle\nsummary: Not mounted here.\npages: []\n"})
    built = build_site(tmp_path)
    assert built.problems == ()
    assert "Rows of it" not in built.page("/")
    assert 'href="/asking/"' not in built.page("/")
    assert "Set <code>service</code> under options of the mount." in built.page("/asking/")
    plugins = built.page("/-/plugins/")
    assert "not configured" in plugins
    assert "Idle" in plugins
    assert "Not mounted here." in plugins
    write(tmp_path, {"site.yaml": site + "    options: {service: 'https://secret-host.example', token: hush-hush}\n"})
    built = build_site(tmp_path)
    assert "Rows of it" in built.page("/")
    assert 'href="/asking/"' in built.page("/")
    plugins = built.page("/-/plugins/")
    assert "2 options, 2 set" in plugins
    assert "not configured" not in plugins
    assert "secret-host" not in plugins
    assert "hush-hush" not in plugins


def test_an_expression_that_does_not_fit_the_data_is_a_warning_at_its_line(site: Path) -> None:
    """What services give may have any form: the page shows that there is nothing, and nothing else suffers."""
    (site / "site.yaml").write_text("site: {title: T}\ncontent: false\nplugins: [{plugin: one}, {plugin: two}]\n")
    page = "pages:\n  - path: /\n    view: table\n    data: length(rows[0].a)\n    empty: Nothing here.\n"
    write(site, {"plugins/one/plugin.yaml": f"callboard: 1\ntitle: One\nsources: {{rows: {{file: one.yaml}}}}\n{page}"})
    built = build_site(site)
    assert built.report.written
    assert "Nothing here." in built.page("/one/")
    assert built.page("/two/")
    assert built.problems == (
        'plugins/one/plugin.yaml:7:5  warning: pages[0].data: "length(rows[0].a)" does not fit the data: In function length(), invalid'
        " type for value: 1, expected one of: ['string', 'array', 'object'], received: \"number\". Mend the expression, or the"
        " data. [bad-expression]",
    )


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        ("circleci", "No entity has the annotation <code>circleci.com/project-slug</code>"),
        ("github_actions", "No entity has the annotation <code>github.com/project-slug</code>"),
        ("lighthouse", "<code>service</code>"),
        ("scorecards", "Write scorecards under <code>scorecards</code>"),
    ],
)
def test_bundled_plugins_without_anything_to_ask_are_not_configured(tmp_path: Path, plugin: str, said: str) -> None:
    """Readers see neither card nor entry of them; their own page and /-/plugins/ say what is missing."""
    write(tmp_path, {"site.yaml": f"site: {{title: T}}\ncontent: false\nplugins: [{{plugin: catalog}}, {{plugin: {plugin}}}]\n"})
    built = build_site(tmp_path)
    path = f"/{plugin.replace('_', '-')}/"
    assert built.report.errors == ()
    assert said in built.page(path)
    assert f'href="{path}"' not in built.page("/")
    assert said in built.page("/-/plugins/")
