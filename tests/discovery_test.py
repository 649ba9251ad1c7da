"""discovery: each mount of a site becomes a Plugin with valid options, or problems that say what to mend."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from callboard import config, discovery, folders, paths
from callboard.discovery import manifests
from callboard.model.manifest import Plugin
from callboard.model.problem import Place
from callboard.model.secret import Secret

PLAIN = (
    "callboard: 1\ntitle: On call\nsources:\n  rota: {file: content/oncall.csv}\npages:\n  - {path: /, view: table, data: rota}\n"
)
PROVIDER = """
from callboard.plugin import Context, Dataset, Provider
from .words import WORD

class Builds(Provider):
    def provide(self, options, context):
        return Dataset(runs=[{"word": WORD}])
"""
Found = tuple[dict[str, Plugin], list[str]]
Finder = Callable[..., Found]


@pytest.fixture
def find(tmp_path: Path) -> Finder:
    """``find({"plugins/x/plugin.yaml": text, ...}, "- plugin: x")``: the plugins by id, and the problems as people read them."""

    def found(files: Mapping[str, str], *mounts: str, root: Path = tmp_path, environ: Mapping[str, str] | None = None) -> Found:
        lines = "".join(f"  - {mount}\n" for mount in mounts)
        _write(root, {"site.yaml": f"site: {{title: Portal}}\nplugins:\n{lines}", **files})
        site, problems = config.load(root, environ=environ or {})
        assert site is not None
        assert problems == ()
        plugins, problems = discovery.find(site)
        return {plugin.id: plugin for plugin in plugins}, [problem.text for problem in problems]

    return found


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def test_a_plugin_of_the_site(find: Finder) -> None:
    """Six lines of YAML in plugins/ are a plugin at the path of its name, with the manifest's title."""
    plugins, problems = find({"plugins/on_call/plugin.yaml": PLAIN}, "plugin: on_call")
    found = plugins["on_call"]
    assert problems == []
    assert (found.path, found.title, found.origin, found.mount_place.line) == ("/on-call/", "On call", "site", 3)


def test_page_paths_are_folders(find: Finder) -> None:
    """A page at ``/all`` lies at ``/all/``, a file that hosts serve as HTML; a name that ends in .html is a file already."""
    more = "".join(f"  - {{path: {path}, view: table, data: rota}}\n" for path in ("/all", "/x/", "/old.html", "/v1.2"))
    plugins, problems = find({"plugins/on_call/plugin.yaml": PLAIN + more}, "plugin: on_call")
    assert problems == []
    assert [page.path for page in plugins["on_call"].manifest.pages] == ["/", "/all/", "/x/", "/old.html", "/v1.2/"]


def test_bundled_plugins_need_no_folder(find: Finder) -> None:
    """A bundled plugin is found by its name alone, and its code is loaded as callboard_plugins.<name>."""
    plugins, problems = find({}, "{plugin: tech_radar, path: /radar, title: Ours}")
    found = plugins["tech_radar"]
    assert problems == []
    assert (found.origin, found.path, found.title, found.folder) == (
        "bundled",
        "/radar/",
        "Ours",
        paths.bundled("plugins") / "tech_radar",
    )
    assert found.code.__module__ == "callboard_plugins.tech_radar.provider"


def test_an_installed_plugin(find: Finder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point names a package whose folder holds plugin.yaml; nothing of it runs for being listed."""
    package = "raise SystemExit('listed plugins do not run')"
    entry = "[callboard.plugins]\nrunbooks = acme_runbooks.board\nghost = no_such_package\n"
    _write(tmp_path / "lib", {"acme_runbooks/board/plugin.yaml": PLAIN, "acme_runbooks/__init__.py": package})
    _write(
        tmp_path / "lib/acme_runbooks-1.0.dist-info",
        {"entry_points.txt": entry, "METADATA": "Name: acme-runbooks\nVersion: 1.0\n"},
    )
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    plugins, problems = find({}, "plugin: runbooks")
    assert problems == []
    assert (plugins["runbooks"].origin, plugins["runbooks"].folder) == ("installed", tmp_path / "lib/acme_runbooks/board")
    assert [(item.name, item.origin) for item in discovery.available(None) if item.origin != "bundled"] == [
        ("runbooks", "installed")
    ]
    _, problems = find({"plugins/runbooks/plugin.yaml": PLAIN}, "plugin: runbooks")
    assert "plugins/runbooks and (installed) plugins/runbooks" in problems[0]


def test_the_checkout_is_no_second_place() -> None:
    """Callboard's own repository is a site whose plugins/ are the bundled ones: that is one place, not two."""
    root = paths.bundled("plugins").parent
    assert [item.name for item in folders.Folders(root).of("tech_radar")] == ["tech_radar"]


def test_mounted_twice_has_two_ids(find: Finder) -> None:
    """The same plugin at two paths is two Plugins, told apart by their path."""
    plugins, problems = find({"plugins/oncall/plugin.yaml": PLAIN}, "{plugin: oncall, path: /a}", "{plugin: oncall, path: /b/c/}")
    assert problems == []
    assert list(plugins) == ["oncall@/a", "oncall@/b/c"]


def test_content_mounts_pages(find: Finder, tmp_path: Path) -> None:
    """A Markdown file in content/ mounts the plugin pages at /, behind the others; a mount of it by hand takes its place."""
    markdown = {"content/guide/start.md": "# Start\n", "plugins/oncall/plugin.yaml": PLAIN}
    plugins, problems = find(markdown, "plugin: oncall")
    assert problems == []
    [(name, path, options)] = [(found.id, found.path, found.options) for found in plugins.values()][1:]
    assert (name, path, options["folder"]) == ("pages", "/", "content")
    assert str(plugins["pages"].mount_place) == "site.yaml:1:1"
    plugins, _ = find(markdown, "{plugin: pages, path: /docs}")
    assert [found.path for found in plugins.values()] == ["/docs/"]


def test_no_content_no_pages(find: Finder) -> None:
    """A content folder without Markdown mounts nothing."""
    assert find({"content/oncall.csv": "who\n", "plugins/oncall/plugin.yaml": PLAIN}, "plugin: oncall")[0].keys() == {"oncall"}


OPTIONS = """callboard: 1
title: Builds
options:
  every: {type: duration, default: 15m}
  grace: {type: duration, optional: true}
  api: {type: url}
  keep: {type: int, default: 10}
  share: {type: float, default: 0.5}
  order: {type: str, choices: [newest, oldest], default: newest}
  repos: {type: list, items: str}
  limits: {type: map, items: duration, default: {fast: 1m}}
  copy: {type: bool, default: true}
"""


def test_options_arrive_typed(find: Finder) -> None:
    """Durations are seconds, also inside mappings and defaults; what may be left out is None; any name will do, also copy."""
    given = (
        "plugin: builds\n    options: {api: 'https://ci.example.com', repos: [a, b], every: {minutes: 30}, limits: {slow: PT1H}}"
    )
    plugins, problems = find({"plugins/builds/plugin.yaml": OPTIONS}, given)
    assert problems == []
    assert plugins["builds"].options == {
        "every": 1800.0,
        "grace": None,
        "api": "https://ci.example.com",
        "keep": 10,
        "share": 0.5,
        "order": "newest",
        "repos": ["a", "b"],
        "limits": {"slow": 3600.0},
        "copy": True,
    }
    marks = plugins["builds"].option_marks
    assert (str(marks["api"]), str(marks["keep"])) == ("site.yaml:4:15", "site.yaml:3:5")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("api: ftp://x.example.com", 'wanted an http or https address, got "ftp://x.example.com"'),
        ("api: https://me:pw@x.example.com", "no user name or password"),
        ("keep: true", "wanted a whole number, got true"),
        ("repos: [1]", "plugins[0].options.repos[0]: wanted text, got 1"),
        ("limits: {slow: 5}", "plugins[0].options.limits.slow: wanted a duration, got 5"),
        ("every: 15", "wanted a duration, got 15. Write for example: every: 15m"),
    ],
)
def test_wrong_options(find: Finder, given: str, wanted: str) -> None:
    """Each is refused at its own key, in words that name what is wanted."""
    rest = {"api": "https://ci.example.com", "repos": "[a]"} | dict([given.split(": ", 1)])
    said = ", ".join(f"{name}: {value}" for name, value in rest.items())
    plugins, problems = find({"plugins/builds/plugin.yaml": OPTIONS}, f"plugin: builds\n    options: {{{said}}}")
    assert plugins == {}
    assert len(problems) == 1
    assert wanted in problems[0]


SECRETS = "callboard: 1\ntitle: B\noptions:\n  token: {type: secret, env: CI_TOKEN}\n  keys: {type: map, items: secret, optional: true}\n"


@pytest.mark.parametrize("said", ["", "options: {token: ''}", "options: {token: hush-hush}", "options: {keys: {a: hush-hush}}"])
def test_secrets_stay_secret(find: Finder, said: str) -> None:
    """From the site or from the environment: the value is there to be used, and in no repr of the Plugin."""
    plugins, problems = find({"plugins/b/plugin.yaml": SECRETS}, f"plugin: b\n    {said}", environ={"CI_TOKEN": "hush-hush"})
    found = plugins["b"]
    assert problems == []
    assert found.options["token"] == Secret("hush-hush")
    assert "hush-hush" not in repr(found)
    assert "hush-hush" not in str(found.mount.model_dump())


def test_a_wrong_secret_is_not_shown(find: Finder) -> None:
    """Problems of an option that holds a secret never quote it."""
    _, problems = find(
        {"plugins/b/plugin.yaml": SECRETS}, "plugin: b\n    options: {token: 471147114711, keys: {a: [4711]}, kyes: 1}"
    )
    assert len(problems) == 3
    assert "4711" not in " ".join(problems)


def test_secret_without_environment(find: Finder) -> None:
    """A credential that is neither said nor set is one problem, which names the variable."""
    _, problems = find({"plugins/b/plugin.yaml": SECRETS}, "plugin: b")
    [problem] = problems
    assert "the environment has no CI_TOKEN" in problem
    assert problem.endswith("[missing-secret]")


MODEL = """
from pydantic import BaseModel, ConfigDict, Field
from callboard.plugin import Dataset, Provider, Secret

class Options(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    org: str
    token: Secret = Field(json_schema_extra={"env": "CI_TOKEN"})

class Builds(Provider[Options]):
    def provide(self, options, context):
        return Dataset(runs=[])
"""
MODELLED = {
    "plugins/b/plugin.yaml": "callboard: 1\ntitle: B\noptions: provider:Options\nprovider: provider:Builds\n"
    'sources:\n  runs: {http: "https://ci.example.com/{org}", secret: token}\n',
    "plugins/b/provider.py": MODEL,
}


def test_options_as_a_model(find: Finder) -> None:
    """A plugin's own pydantic model is used as it is; the secret comes from its variable."""
    plugins, problems = find(MODELLED, "plugin: b\n    options: {org: acme}", environ={"CI_TOKEN": "hush-hush"})
    assert problems == []
    assert (plugins["b"].option_model.org, plugins["b"].options) == ("acme", {"org": "acme", "token": Secret("hush-hush")})


def test_options_as_a_model_are_strict(find: Finder) -> None:
    """Unknown keys are problems whatever the model says, and sources may name its fields only."""
    _, problems = find(MODELLED, "plugin: b\n    options: {orgs: acme}", environ={"CI_TOKEN": "x"})
    assert problems == ['site.yaml:4:15  plugins[0].options: unknown key "orgs"; did you mean "org"? [unknown-key]']
    faulty = {**MODELLED, "plugins/b/plugin.yaml": MODELLED["plugins/b/plugin.yaml"].replace("{org}", "{group}")}
    _, problems = find(faulty, "plugin: b\n    options: {org: acme}", environ={"CI_TOKEN": "x"})
    assert ['there is no option "group"' in problem for problem in problems] == [True]


CODE = {
    "plugins/builds/plugin.yaml": "callboard: 1\ntitle: Builds\nprovider: provider:Builds\n",
    "plugins/builds/provider.py": PROVIDER,
}


def _word(plugins: Mapping[str, Plugin]) -> str:
    return str(plugins["builds"].code().provide(None, None)["runs"][0]["word"])


def test_code_with_relative_imports(find: Finder) -> None:
    """A plugin's modules import each other, with no __init__.py needed."""
    plugins, problems = find({**CODE, "plugins/builds/words.py": "WORD = 'one'\n"}, "plugin: builds")
    assert problems == []
    assert _word(plugins) == "one"


def test_two_sites_do_not_mix(find: Finder, tmp_path: Path) -> None:
    """Plugins of one name in two sites of one process run their own code."""
    one, _ = find({**CODE, "plugins/builds/words.py": "WORD = 'one'\n"}, "plugin: builds", root=tmp_path / "one")
    two, _ = find({**CODE, "plugins/builds/words.py": "WORD = 'two'\n"}, "plugin: builds", root=tmp_path / "two")
    assert (_word(one), _word(two)) == ("one", "two")


def test_changed_code_is_loaded_anew(find: Finder) -> None:
    """As serve needs it: a file that changed, also one behind an import, counts at the next find; unchanged code stays loaded."""
    first, _ = find({**CODE, "plugins/builds/words.py": "WORD = 'one'\n"}, "plugin: builds")
    again, _ = find({}, "plugin: builds")
    changed, _ = find({"plugins/builds/words.py": "WORD = 'three'\n"}, "plugin: builds")
    assert first["builds"].code is again["builds"].code
    assert _word(changed) == "three"


def test_code_that_is_not_mounted_does_not_run(find: Finder, tmp_path: Path) -> None:
    """A plugin in the folder is listed, with its title, and not imported."""
    files = {**CODE, "plugins/builds/provider.py": "raise RuntimeError('not mounted')\n", "plugins/oncall/plugin.yaml": PLAIN}
    _, problems = find(files, "plugin: oncall")
    site, _ = config.load(tmp_path)
    assert problems == []
    assert [(item.name, item.title, item.mounts) for item in discovery.available(site) if item.origin == "site"] == [
        ("builds", "Builds", ()),
        ("oncall", "On call", ("/oncall/",)),
    ]
    assert "callboard_plugins.builds" not in sys.modules or sys.modules["callboard_plugins.builds"].__path__ != [
        str(tmp_path / "plugins/builds")
    ]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("import sys\n\nsys.exit('no')\n", "plugins/builds/provider.py:3:1  the plugin's code cannot be loaded: SystemExit: no."),
        ("x = 1\ndef broken(:\n", "plugins/builds/provider.py:2:1  the plugin's code cannot be loaded: SyntaxError"),
        ("from .words import NONE\n", "plugins/builds/provider.py:1:1  the plugin's code cannot be loaded: ImportError"),
        ("class Builds:\n    pass\n", 'provider: "Builds" is no subclass of callboard.plugin.Provider.'),
        ("class Build:\n    pass\n", 'provider: "provider.py" has no class "Builds"; did you mean "Build"?'),
    ],
)
def test_code_that_fails(find: Finder, code: str, wanted: str) -> None:
    """Whatever a plugin's code does at import, it is a problem at its own line, and the other plugins go on."""
    files = {**CODE, "plugins/builds/provider.py": code, "plugins/builds/words.py": "", "plugins/oncall/plugin.yaml": PLAIN}
    plugins, problems = find(files, "plugin: builds", "plugin: oncall")
    assert list(plugins) == ["oncall"]
    assert [wanted in problem for problem in problems] == [True]


def test_digest(find: Finder) -> None:
    """It follows every file's name and bytes, but for the tests."""
    digests = []
    for file, text in [("card.html", "a"), ("card.html", "b"), ("tests/test_x.py", ""), ("card2.html", "")]:
        plugins, _ = find({"plugins/oncall/plugin.yaml": PLAIN, f"plugins/oncall/{file}": text}, "plugin: oncall")
        digests.append(plugins["oncall"].digest)
    assert (digests[0] != digests[1], digests[1] == digests[2], digests[2] != digests[3]) == (True, True, True)


def test_kinds(find: Finder) -> None:
    """Kind files give kinds with relations and columns, at their lines."""
    kind = "- name: Machine\n  plural: Machines\n  apiVersions: [acme.example/v1]\n  schema: {type: object}\n  relations:\n"
    kind += "    - {field: spec.owner, type: ownedBy, reverse: ownerOf, kind: Group, title: Owner, reverseTitle: Owns}\n"
    kind += "  columns: [spec.type]\n"
    files = {
        "plugins/m/plugin.yaml": "callboard: 1\ntitle: M\nkinds: [kinds/machine.yaml]\n",
        "plugins/m/kinds/machine.yaml": kind,
    }
    plugins, problems = find(files, "plugin: m")
    [machine] = plugins["m"].kinds
    assert problems == []
    assert (machine.name, machine.api_versions, machine.schema) == ("Machine", ("acme.example/v1",), {"type": "object"})
    assert (machine.relations[0].reverse_title, machine.columns[0].field) == ("Owns", "spec.type")
    assert str(machine.place) == "plugins/m/kinds/machine.yaml:1:3"


def test_kind_files_with_faults(find: Finder) -> None:
    """A missing file, one outside of the plugin and one with a typo are told apart."""
    manifest = "callboard: 1\ntitle: M\nkinds:\n  - kinds/a.yaml\n  - ../../site.yaml\n  - kinds/b.yaml\n"
    _, problems = find({"plugins/m/plugin.yaml": manifest, "plugins/m/kinds/b.yaml": "name: B\nplurals: Bs\n"}, "plugin: m")
    assert [problem.split("  ")[0] for problem in problems] == [
        "plugins/m/kinds/b.yaml:2:1",
        "plugins/m/plugin.yaml:4:5",
        "plugins/m/plugin.yaml:5:5",
    ]


def test_needs(find: Finder) -> None:
    """A plugin whose need has a fault is left out with it, and only the fault is said."""
    files = {
        "plugins/a/plugin.yaml": "callboard: 1\ntitle: A\nneeds: [b]\n",
        "plugins/b/plugin.yaml": "callboard: 1\ntitel: B\n",
        "plugins/c/plugin.yaml": "callboard: 1\ntitle: C\n",
    }
    plugins, problems = find(files, "plugin: a", "plugin: b", "plugin: c")
    assert list(plugins) == ["c"]
    assert [problem.split("  ")[0] for problem in problems] == ["plugins/b/plugin.yaml:2:1"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "wanted a mapping"),
        ("title: X\n", "does not say its format. Add at its top: callboard: 1"),
        ("callboard: true\ntitle: X\n", "callboard: wanted the number of a manifest format."),
        ("callboard: 1\ntitle: [\n", "plugins/x/plugin.yaml:"),
        ("callboard: 1\ntitle: X\nprovider: provider\n", "provider: wanted module:Class"),
        ("callboard: 1\ntitle: X\noptions: {a-b: {type: str}}\n", 'an option cannot be called "a-b"'),
        ("callboard: 1\ntitle: X\noptions: {a: {type: secret, default: hush}}\n", "a secret has no default"),
        ("callboard: 1\ntitle: X\npages: [{path: /, template: ../plugin.yaml}]\n", "there is no template"),
        ("callboard: 1\ntitle: X\npages: [{path: /, view: chart}]\n", "the view chart wants a chart"),
        (
            "callboard: 1\ntitle: X\npages: [{path: /, view: table, data: {a-b: entities}}]\n",
            'templates cannot use the name "a-b"',
        ),
    ],
)
def test_manifests_with_faults(find: Finder, text: str, wanted: str) -> None:
    """Each is one problem in the manifest."""
    _, problems = find({"plugins/x/plugin.yaml": text}, "plugin: x")
    assert len(problems) == 1
    assert wanted in problems[0]


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_a_manifest_outside_is_refused(find: Finder, tmp_path: Path) -> None:
    """A plugin.yaml that is a link out of its folder is not followed."""
    _write(tmp_path, {"elsewhere.yaml": PLAIN, "plugins/x/README.md": ""})
    (tmp_path / "plugins/x/plugin.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    _, problems = find({}, "plugin: x")
    assert ["leads out of its folder" in problem for problem in problems] == [True]


def _schema(root: Path) -> dict[str, Any]:
    return discovery.site_schema(config.load(root, environ={})[0])


def _valid(schema: dict[str, Any], mount: Mapping[str, Any]) -> bool:
    checker = jsonschema.Draft202012Validator(schema)
    checker.check_schema(schema)
    return checker.is_valid({"site": {"title": "Portal"}, "plugins": [mount]})


def test_site_schema_knows_options(find: Finder, tmp_path: Path) -> None:
    """Editors check each mount's options against its plugin, local, bundled and modelled ones."""
    find({"plugins/builds/plugin.yaml": OPTIONS, **MODELLED}, "plugin: b\n    options: {org: acme, token: x}")
    schema = _schema(tmp_path)
    assert _valid(schema, {"plugin": "builds", "options": {"api": "https://x.example.com", "repos": ["a"], "every": "15m"}})
    assert _valid(schema, {"plugin": "builds", "options": {"api": "https://x.example.com", "repos": [], "every": {"minutes": 3}}})
    assert not _valid(schema, {"plugin": "builds", "options": {"api": "https://x.example.com", "repos": "a"}})
    assert not _valid(schema, {"plugin": "builds", "options": {"api": "https://x.example.com", "repos": [], "ordr": "newest"}})
    assert not _valid(schema, {"plugin": "tech_radar", "options": {"dta": "radar.yaml"}})
    assert not _valid(schema, {"plugin": "b", "options": {"orgs": "acme"}})
    assert _valid(schema, {"plugin": "b", "options": {"org": "acme"}})
    assert _valid(schema, {"plugin": "not_installed_here", "options": {"x": 1}})
    assert "hush" not in json.dumps(schema)


@pytest.mark.parametrize("name", ["apis", "catalog", "github_releases", "pages", "tech_radar"])
def test_bundled_manifests_fit_the_schema(name: str) -> None:
    """The schema of plugin.yaml accepts what we ship."""
    import yaml

    text = (paths.bundled("plugins") / name / "plugin.yaml").read_text(encoding="utf-8")
    jsonschema.Draft202012Validator(discovery.manifest_schema()).validate(yaml.safe_load(text))


CASES = sorted((Path(__file__).parent / "problems").glob("plugin-*"))


@pytest.mark.parametrize("case", [case for case in CASES if case.name != "plugin-collision"], ids=lambda case: case.name)
def test_problem_cases(case: Path) -> None:
    """Each broken site prints exactly what a person needs."""
    site, problems = config.load(case)
    assert site is not None
    found = [problem.text for problem in (*problems, *discovery.find(site)[1])]
    assert found == (case / "problem.txt").read_text(encoding="utf-8").splitlines()


def test_kinds_of_bundled_plugins_are_read_quickly_and_truly() -> None:
    """What commands are given without a site is what a mounted plugin declares, but for columns and cards."""
    declared = {}
    for found in discovery.available(None):
        if found.origin == "bundled":
            reading = manifests.read(discovery.PluginFolder(found.name, found.folder, "bundled"))
            declared |= {kind.name: replace(kind, columns=(), cards=(), place=Place("")) for kind in reading.kinds}
    assert {kind.name: replace(kind, place=Place("")) for kind in discovery.bundled_kinds()} == declared
    assert "Component" in declared
