"""``callboard catalog validate``: what it says of descriptor files, in each form, and that a build says the same."""

import importlib
import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from callboard.model.entity import Kind, RelationField

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "catalogs"

GOOD = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop, namespace: trade}
spec:
  type: website
  lifecycle: production
  owner: commerce
  system: default/store
  consumesApis: [api:pay, "Component:default/odd"]
  dependsOn: [resource:other/db]
"""
NO_OWNER = GOOD.replace("  owner: commerce\n", "").replace("name: shop", "name: bare")


class Answers:
    """Every address gives a text."""

    def text(self, url: str, **_more: object) -> SimpleNamespace:
        """Always the same."""
        return SimpleNamespace(value="schema", origin=None)


class Host:
    """The kinds that come with Callboard, and one more for a site."""

    def __init__(self, kinds: dict[str, Kind]) -> None:
        self._kinds = kinds

    def kinds(self, site: Path | None) -> dict[str, Kind]:
        """By lower-cased name."""
        derived = RelationField("spec.derivedFrom", "derivedFrom", "derives", "Dataset")
        return self._kinds if site is None else {**self._kinds, "dataset": Kind("Dataset", "Datasets", relations=(derived,))}


@pytest.fixture
def validate(code, kinds, tmp_path: Path, monkeypatch):
    """``validate({"a.yaml": "…"}, "a.yaml", "--format", "json")`` in a folder with those files."""
    assert code.validating
    cli = importlib.import_module("catalog_plugin.commands").cli
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)

    def run(files: dict[str, str | bytes], *arguments: str) -> SimpleNamespace:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        result = CliRunner().invoke(cli, ["validate", *arguments], obj=Host(kinds))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        made = json.loads(result.stdout) if "json" in arguments and result.exit_code < 2 else []
        return SimpleNamespace(
            code=result.exit_code, out=result.stdout, err=result.stderr, lines=result.stdout.splitlines(), made=made
        )

    return run


def test_a_valid_entity_and_where_it_leads(validate):
    """Relations have Backstage's defaults: the field's kind, the entity's own namespace, small letters."""
    ran = validate({"a.yaml": GOOD}, "a.yaml", "--format", "json")
    assert ran.code == 0
    assert ran.made == [
        {
            "file": "a.yaml",
            "line": 1,
            "ref": "component:trade/shop",
            "valid": True,
            "problems": [],
            "relations": [
                {"type": "consumesApi", "target": "api:trade/pay"},
                {"type": "consumesApi", "target": "component:default/odd"},
                {"type": "dependsOn", "target": "resource:other/db"},
                {"type": "ownedBy", "target": "group:trade/commerce"},
                {"type": "partOf", "target": "system:default/store"},
            ],
        }
    ]


def test_a_bad_entity_beside_a_good_one(validate):
    """Only the bad one is at fault, with line, column and field; the command fails."""
    ran = validate({"a.yaml": f"{GOOD}---\n{NO_OWNER}"}, "a.yaml", "--format", "json")
    assert ran.code == 1
    assert [entity["valid"] for entity in ran.made] == [True, False]
    assert ran.made[1] == {
        "file": "a.yaml",
        "line": 12,
        "ref": "component:trade/bare",
        "valid": False,
        "problems": [{"line": 15, "column": 1, "field": "spec.owner", "message": "is missing.", "code": "bad-entity"}],
        "relations": [],
    }


def test_lines_for_people(validate):
    """One line a problem as everywhere in Callboard, and a sum."""
    ran = validate({"a.yaml": f"{GOOD}---\n{NO_OWNER}"}, "a.yaml")
    assert ran.lines == [
        "a.yaml:15:1  spec.owner: is missing. [bad-entity]",
        "2 entities in 1 file: 1 not valid, 1 problem.",
    ]
    assert validate({"b.yaml": GOOD}, "b.yaml").lines == ["1 entity in 1 file: all valid."]


def test_annotations_for_github(validate, tmp_path, monkeypatch):
    """Files are named from the top of the repository, wherever the command runs, and what they say is escaped."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path.parent))
    ran = validate({"a,b.yaml": GOOD.replace("owner: commerce", 'owner: "a%/"')}, "a,b.yaml", "--format", "github")
    assert ran.code == 1
    assert ran.lines[0] == (
        f"::error file={tmp_path.name}/a%2Cb.yaml,line=7,col=3,title=bad-reference::"
        'spec.owner: the reference "a%25/" has an empty part. Write kind:namespace/name.'
    )


@pytest.mark.parametrize(
    ("text", "line", "field", "words"),
    [
        ("kind: Component\nmetadata: {name: a\n", 2, "", "is not closed"),
        (b"kind: \xff", 1, "", "no UTF-8"),
        ("just a text", 1, "", "wanted a mapping at the root"),
        ("a: 1", 1, "", "this document is no entity"),
        (GOOD.replace("kind: Component", "kind: Komponent"), 2, "kind", "Did you mean Component? A kind of your portal's own"),
        (GOOD.replace("v1alpha1", "v9"), 1, "apiVersion", "known is"),
        (GOOD.replace("resource:other/db", "db"), 10, "spec.dependsOn[0]", "has no kind"),
        (GOOD.replace("{name: shop", "{name: -shop"), 3, "metadata.name", "is no name"),
        (GOOD + "relations: []\n", 11, "relations", "unknown field"),
    ],
)
def test_each_sort_of_fault_has_its_line(validate, text, line, field, words):
    """YAML errors, what is no entity, unknown kinds, formats and references that cannot be read."""
    ran = validate({"a.yaml": text}, "a.yaml", "--format", "json")
    assert ran.code == 1
    [problem] = ran.made[0]["problems"]
    assert (problem["line"], problem["field"]) == (line, field)
    assert words in problem["message"]


def test_an_entity_that_is_described_twice(validate):
    """The second one is at fault, and names the first."""
    ran = validate({"a.yaml": GOOD, "b.yaml": GOOD.replace("shop", "SHOP")}, "a.yaml", "b.yaml", "./a.yaml")
    assert ran.lines == [
        "b.yaml:1:1  metadata.name: component:trade/shop is already described at a.yaml:1:1. Remove or rename one of the two. "
        "[duplicate-entity]",
        "2 entities in 2 files: 1 not valid, 1 problem.",
    ]


API = """\
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: pay}
spec:
  type: openapi
  lifecycle: production
  owner: commerce
  definition:
    $text: %s
"""


def test_placeholders_as_far_as_files_go(validate, tmp_path):
    """A file of the repository is read, one outside of it or none is a fault, and an address is not asked."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    files = {"repo/openapi.yaml": "openapi: 3.1.0", "secret.yaml": "x"}
    for name, target in {
        "good": "../openapi.yaml",
        "missing": "./no.yaml",
        "outside": "../../secret.yaml",
        "address": "https://example.com/openapi.yaml",
    }.items():
        files[f"repo/apis/{name}.yaml"] = (API % target).replace("name: pay", f"name: {name}")
    ran = validate(files, "repo/apis/*.yaml", "--format", "json")
    said = {entity["ref"]: entity["problems"] for entity in ran.made}
    assert said.pop("api:default/good") == said.pop("api:default/address") == []
    assert {ref: (problem["line"], problem["field"], problem["message"]) for ref, [problem] in said.items()} == {
        "api:default/missing": (9, "spec.definition.$text", '"./no.yaml" cannot be read: there is no such file.'),
        "api:default/outside": (
            9,
            "spec.definition.$text",
            '"../../secret.yaml" cannot be read: it lies outside the repository.',
        ),
    }


def test_a_link_does_not_lead_out_of_the_repository(validate, tmp_path):
    """What a pull request links to is not read."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "secret.json").write_text("[1")
    (tmp_path / "repo" / "here.json").symlink_to(tmp_path / "secret.json")
    ran = validate({"repo/a.yaml": (API % "here.json").replace("$text", "$json")}, "repo/a.yaml")
    assert ran.code == 1
    assert "leads out of its folder" in ran.out


def test_what_lies_behind_an_address_is_not_judged(validate):
    """A part of an entity that only an address has may be of any form."""
    for said in ("{$json: https://example.com/a}", "[{$text: https://example.com/a}]"):
        text = GOOD.replace('  consumesApis: [api:pay, "Component:default/odd"]\n', f"  consumesApis: {said}\n")
        ran = validate({"a.yaml": text}, "a.yaml", "--format", "json")
        assert (ran.code, said in text) == (0, True)
        assert "consumesApi" not in {relation["type"] for relation in ran.made[0]["relations"]}


def test_folders_and_patterns(validate):
    """A folder is searched for catalog-info files, hidden folders and node_modules are not; a pattern names any files."""
    files = {
        "services/a/catalog-info.yaml": GOOD.replace("shop", "a"),
        "services/b/catalog-info.yml": GOOD.replace("shop", "b"),
        "services/b/other.yaml": GOOD.replace("shop", "c"),
        "services/node_modules/x/catalog-info.yaml": "broken",
        "services/.git/catalog-info.yaml": "broken",
    }
    assert [entity["file"] for entity in validate(files, "services", "--format", "json").made] == [
        "services/a/catalog-info.yaml",
        "services/b/catalog-info.yml",
    ]
    assert len(validate({}, "services/**/*.{yaml,yml}", "--format", "json").made) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no.yaml"], 'There is no file "no.yaml".'),
        (["empty"], 'There is no catalog-info.yaml below "empty".'),
        (["*.yml"], 'No file fits the pattern "*.yml".'),
        ([], "Missing argument"),
        (["a.yaml", "--site", "nowhere"], "There is no site"),
    ],
)
def test_a_wrong_command_line(validate, arguments, words):
    """Nothing to check is no success."""
    ran = validate({"a.yaml": GOOD, "empty/x.txt": ""}, *arguments)
    assert ran.code == 2
    assert words in ran.err
    assert ran.out == ""


def test_kinds_of_a_site(validate):
    """A kind that only a site declares is known with --site, with its relations."""
    text = "apiVersion: example.com/v1\nkind: Dataset\nmetadata: {name: sales}\nspec: {derivedFrom: [orders]}\n"
    assert validate({"a.yaml": text, "site.yaml": ""}, "a.yaml").code == 1
    ran = validate({}, "a.yaml", "--site", ".", "--format", "json")
    assert ran.code == 0
    assert ran.made[0]["relations"] == [{"type": "derivedFrom", "target": "dataset:default/orders"}]


def test_owners_from_codeowners(validate, tmp_path):
    """With --codeowners, the repository's file gives what the descriptor leaves out."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    files = {"repo/.github/CODEOWNERS": "* @acme/all\n/services/ @acme/commerce\n", "repo/services/catalog-info.yaml": NO_OWNER}
    assert validate(files, "repo").code == 1
    ran = validate({}, "repo", "--codeowners", "--format", "json")
    assert ran.code == 0
    assert {"type": "ownedBy", "target": "group:trade/commerce"} in ran.made[0]["relations"]


def test_data_gives_no_orders_to_the_runner(validate):
    """Neither a file's name nor what it says can become a command of a workflow's log, or of a terminal."""
    name = "::stop-commands::x\n::y.yaml"
    text = GOOD.replace("owner: commerce", 'owner: "a\\n::error::\\e[31m/"')
    for form in ("text", "github"):
        ran = validate({name: text}, name, "--format", form)
        assert len(ran.lines) == 2
        assert ran.lines[0].startswith("::error file=" if form == "github" else ": :stop")
        assert "\x1b" not in ran.out


@pytest.mark.skipif(not DATA.is_dir(), reason="the real catalogs lie beside the project, and are not here")
def test_real_files_have_the_verdicts_of_a_build(validate, provide, monkeypatch):
    """Over all real catalogs, what is not valid here is what a build leaves out; and it takes no time."""
    monkeypatch.chdir(DATA)
    begun = time.perf_counter()
    ran = validate({}, "**/*.{yaml,yml}", "--format", "json")
    assert time.perf_counter() - begun < 3
    built = provide({}, root=DATA, http=Answers(), locations=[{"type": "file", "target": "**/*.{yaml,yml}"}]).dataset
    left_out = {
        (problem.place.file, problem.place.line)
        for problem in built.problems
        if problem.code in ("bad-entity", "bad-yaml", "unknown-kind", "duplicate-entity")
        and not problem.place.file.startswith("https:")
    }
    said = {
        (entity["file"], problem["line"])
        for entity in ran.made
        for problem in entity["problems"]
        if problem["code"] != "bad-reference"
    }
    assert said == left_out
    assert len([entity for entity in ran.made if entity["valid"]]) == len(built.entities)


@pytest.mark.skipif(not DATA.is_dir(), reason="the real catalogs lie beside the project, and are not here")
def test_relations_are_those_of_the_graph(validate, provide, kinds, monkeypatch):
    """What is printed of an entity's relations is what pages show of those that it says itself."""
    from callboard.data import graph

    monkeypatch.chdir(DATA / "backstage")
    ran = validate({}, "**/*.{yaml,yml}", "--format", "json")
    built = provide(
        {}, root=DATA / "backstage", http=Answers(), locations=[{"type": "file", "target": "**/*.{yaml,yml}"}]
    ).dataset
    whole, _ = graph.build(built.entities, kinds)
    compared = 0
    for entity in ran.made:
        said = {(relation["type"], relation["target"]) for relation in entity["relations"]}
        shown = {(relation.type, relation.target) for relation in whole.relations.get(entity["ref"], ())}
        assert said <= shown if entity["valid"] else True
        compared += len(said)
    assert compared > 400
