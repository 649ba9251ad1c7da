"""Owners from CODEOWNERS: which file counts, which line of it, and what it means."""

from pathlib import Path

import pytest

from callboard.plugin import Answer, FetchError, Origin

HEAD = "apiVersion: backstage.io/v1alpha1\n"


def component(spec: str = "{type: service, lifecycle: x}") -> str:
    return f"{HEAD}kind: Component\nmetadata: {{name: a}}\nspec: {spec}\n"


@pytest.fixture
def owner(provide):
    """``owner({"CODEOWNERS": "* @acme/a"})`` → the owner of services/shop/catalog-info.yaml, or the problem with it."""

    def run(files: dict[str, str], text: str = component(), target: str = "services/**/*.yaml", **more: object) -> str:
        there = {"services/shop/catalog-info.yaml": text, **files}
        found = provide(there, locations=[{"type": "file", "target": target}], **{"codeowners": True, **more})
        return found.dataset.entities[0].spec.get("owner", "") if found.dataset.entities else found.texts[0]

    return run


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ("* @acme/core", "core"),
        ("* @jane", "User:jane"),
        ("* jane.doe@example.com", "jane.doe"),
        ("* core-team", "core-team"),
        ("* @acme/a @acme/b", "a"),
        ("* @acme/a\n/services/ @acme/b\n/docs/ @acme/c", "b"),
        ("/services/ @acme/b\n* @acme/a", "a"),
        ("# * @acme/x\n\n  *.yaml   @acme/a # all of them", "a"),
        ("*.md @acme/docs\ncatalog-info.yaml @acme/a", "a"),
        ("services/*/catalog-info.yaml @acme/a", "a"),
        ("services/**/*.yaml @acme/a", "a"),
        ("**/shop @acme/a", "a"),
        ("shop/ @acme/a", "a"),
        ("/shop/ @acme/a\nservices/sho? @acme/b", "b"),
        ("/services/**/catalog-info.yaml @acme/a", "a"),
        ("[Section] @acme/none\n* @acme/a", "a"),
    ],
)
def test_the_last_line_that_matches(owner, lines: str, wanted: str):
    """Patterns as in .gitignore, the last wins; the first owner of the line counts."""
    assert owner({"CODEOWNERS": lines}) == wanted


@pytest.mark.parametrize("lines", ["*.md @acme/a", "/shop/ @acme/a", "* @acme/a\nservices/", "services/*.yaml @acme/a"])
def test_nobody(owner, lines: str):
    """No line, or one that takes the owner away: the entity is refused as ever, at its place."""
    assert owner({"CODEOWNERS": lines}) == (
        "services/shop/catalog-info.yaml:4:1  warning: spec.owner: component:default/a is left out: spec.owner is missing. "
        "Say who owns it, or let a line of CODEOWNERS match its file. [bad-entity]"
    )


def test_a_hostile_pattern(owner):
    """However many wildcards: it is read in no time."""
    lines = "".join(f"{'*c' * 40}z @acme/x\n{'**/' * 40}z @acme/x\n" for _ in range(50))
    assert owner({"CODEOWNERS": f"* @acme/a\n{lines}"}) == "a"
    deep = {f"services/{'c' * 200}.yaml": component(), "CODEOWNERS": f"* @acme/a\n{lines}"}
    assert owner(deep, target=f"services/{'c' * 200}.yaml") == "a"


def test_what_is_said_stays(owner):
    """An owner in the descriptor wins, and without the option nothing is read."""
    said = component("{type: service, lifecycle: x, owner: b}")
    assert owner({"CODEOWNERS": "* @acme/a"}, said) == "b"
    assert "spec.owner is missing" in owner({"CODEOWNERS": "* @acme/a"}, codeowners=False)


def test_kinds_without_an_owner_get_none(owner):
    """Only a kind whose spec.owner means something."""
    group = f"{HEAD}kind: Group\nmetadata: {{name: a}}\nspec: {{type: team, children: []}}\n"
    assert owner({"CODEOWNERS": "* @acme/a"}, group) == ""


@pytest.mark.parametrize("name", [".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"])
def test_the_nearest_file(owner, name: str):
    """Its patterns are seen from the folder that it is the CODEOWNERS of; one further down wins."""
    assert owner({name: "/services/ @acme/a"}) == "a"
    assert owner({name: "* @acme/a", "services/shop/CODEOWNERS": "/catalog-info.yaml @acme/b"}) == "b"


def test_no_file_outside(owner, tmp_path: Path):
    """Above the site's folder nothing is read, unless the option source says that the repository reaches further."""
    files = {"portal/services/a.yaml": component(), "CODEOWNERS": "/portal/ @acme/a"}
    site = {"root": tmp_path / "portal", "target": "services/a.yaml"}
    assert "spec.owner is missing" in owner(files, **site)
    assert owner(files, **site, source="https://github.com/acme/shop/blob/main/portal/") == "a"


def test_a_link_out_is_refused(owner, tmp_path: Path):
    """A CODEOWNERS that is a link to somewhere else is not read."""
    (tmp_path / "site").mkdir()
    (tmp_path / "secret").write_text("* @acme/a", encoding="utf-8")
    (tmp_path / "site/CODEOWNERS").symlink_to(tmp_path / "secret")
    assert "spec.owner is missing" in owner({"site/a.yaml": component()}, root=tmp_path / "site", target="a.yaml")


def test_of_a_repository(provide):
    """A descriptor at an address has the CODEOWNERS of its repository."""
    raw = "https://raw.githubusercontent.com/acme/shop/main/"
    there = {f"{raw}services/a.yaml": component(), f"{raw}docs/CODEOWNERS": "/services/ @acme/a"}

    class Texts:
        def text(self, url: str, **_more: object) -> Answer:
            """A text, or the answer that there is none."""
            if url not in there:
                raise FetchError("raw.githubusercontent.com answered 404 Not Found.")
            return Answer(there[url], Origin("x", "http", "x"), {})

    page = "https://github.com/acme/shop/blob/main/services/a.yaml"
    found = provide({}, http=Texts(), locations=[{"type": "url", "target": page}], codeowners=True)
    assert [entity.spec["owner"] for entity in found.dataset.entities] == ["a"]
