"""``callboard catalog query``, as it is typed."""

import csv
import json
from pathlib import Path

import pytest

from callboard import yamlfile
from callboard.cli import run

HEAD = "apiVersion: backstage.io/v1alpha1\n"
CATALOG = (
    f"{HEAD}kind: Component\nmetadata: {{name: web, title: The Shop, tags: [java, shop], description: 'Sells, \"all\"'}}\n"
    "spec: {type: website, lifecycle: production, owner: team-a, replicas: 3}\n---\n"
    f'{HEAD}kind: Component\nmetadata: {{name: cart, title: "a\\e[31m red"}}\n'
    "spec: {type: service, lifecycle: experimental, owner: team-a}\n---\n"
    f"{HEAD}kind: API\nmetadata: {{name: orders}}\nspec: {{type: grpc, lifecycle: production, owner: team-b, definition: x}}\n"
)


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """``ask("--filter", "kind=api")`` → exit code, what was printed, what was said beside it."""
    (tmp_path / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    site = "site: {title: S}\nplugins: [{plugin: catalog, options: {locations: [{type: file, target: catalog.yaml}]}}]\n"
    (tmp_path / "site.yaml").write_text(site, encoding="utf-8")

    def run_(*words: str, site: Path = tmp_path) -> tuple[int, str, str]:
        code = run(["catalog", "query", str(site), *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run_


def test_a_table(ask):
    """References, types, owners; what a descriptor says cannot steer the terminal; the count stands beside it."""
    code, out, err = ask()
    assert code == 0
    assert [line.split("  ")[0] for line in out.splitlines()] == [
        "REF",
        "api:default/orders",
        "component:default/cart",
        "component:default/web",
    ]
    assert "group:default/team-a" in out
    assert "\x1b" not in out
    assert err == "3 of 3 entities\n"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--filter", "kind=component"], ["cart", "web"]),
        (["--filter", "kind=component,metadata.tags.java"], ["web"]),
        (["--filter", "kind=api", "--filter", "metadata.tags=shop"], ["orders", "web"]),
        (["--where", '{"relations": {"$contains": {"type": "ownedBy", "targetRef": "group:default/team-a"}}}'], ["cart", "web"]),
        (["--filter", "kind=component", "--where", '{"spec.replicas": 3}'], ["web"]),
        (["--text", "SHOP"], ["web"]),
        (["--order", "spec.lifecycle,desc", "--order", "metadata.name"], ["orders", "web", "cart"]),
        (["--order", "metadata.title"], ["cart", "web", "orders"]),
        (["--limit", "1"], ["orders"]),
        (["--filter", "kind=nothing"], []),
    ],
)
def test_what_is_found(ask, words, names):
    """Filters, predicate, text, order and limit."""
    code, out, _ = ask(*words, "--format", "json")
    assert code == 0
    assert [entity["metadata"]["name"] for entity in json.loads(out)] == names


def test_forms(ask):
    """JSON and YAML are entities as Backstage answers them, or some fields; CSV has the fields as columns."""
    entity = json.loads(ask("--filter", "metadata.name=web", "--format", "json")[1])[0]
    assert len(entity["metadata"]["etag"].strip("0")) > 10
    assert entity["relations"] == [{"type": "ownedBy", "targetRef": "group:default/team-a"}]
    documents = yamlfile.documents(ask("--format", "yaml")[1])
    assert [document.value["metadata"]["name"] for document in documents] == ["orders", "cart", "web"]
    assert documents[2].value == entity
    fields = ["--fields", "ref,metadata.tags", "--fields", "relations.ownedBy,metadata.description,spec.replicas"]
    lines = list(csv.reader(ask("--filter", "metadata.name=web", "--format", "csv", *fields)[1].splitlines()))
    assert lines == [
        ["ref", "metadata.tags", "relations.ownedBy", "metadata.description", "spec.replicas"],
        ["component:default/web", "java, shop", "group:default/team-a", 'Sells, "all"', "3"],
    ]
    assert json.loads(ask("--filter", "kind=api", "--format", "json", "--fields", "kind,spec.type")[1]) == [
        {"kind": "API", "spec": {"type": "grpc"}}
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--filter", "=x"], "'=x' is not a valid statement"),
        (["--where", "{kind"], "--where is no JSON"),
        (["--where", '"api"'], "top-level primitive values are not supported"),
        (["--where", '{"kind": {"$like": "x"}}'], "$hasPrefix"),
        (["--order", "kind,up"], "must be asc or desc"),
        (["--fields", "metadata.tags[0]"], "array type fields are not supported"),
        (["--limit", "-1"], "--limit"),
    ],
)
def test_a_question_that_is_none(ask, words, said):
    """Exit code 2, and a sentence."""
    code, out, err = ask(*words)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


def test_a_site_that_cannot_be_read(ask, tmp_path: Path):
    """Exit code 1, and its problems."""
    (tmp_path / "site.yaml").write_text("site: {title: S}\nplugnis: []\n", encoding="utf-8")
    code, out, err = ask()
    assert code == 1
    assert "plugnis" in out + err
