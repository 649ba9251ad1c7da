"""Four real documentations, as their authors wrote them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from callboard.testing import Built, Given, build_site, run_provider

from .conftest import GROUP, component, write

if TYPE_CHECKING:
    from collections.abc import Iterator

TREES = Path(__file__).parents[4] / "shared" / "data" / "techdocs"
NAMES = ("backstage", "backstage-demo", "mkdocs", "mkdocs-material")
FOLDERS = {"user-guide/", "dev-guide/"}
"""Entries of MkDocs' own navigation that its plugin literate-nav makes sections of."""

pytestmark = pytest.mark.skipif(not TREES.is_dir(), reason="the real trees lie beside the repository, and are not here")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A portal of four components, one for each."""
    folder = tmp_path_factory.mktemp("real")
    said = "---\n".join(component(name, {"backstage.io/techdocs-ref": f"dir:./{name}"}) for name in NAMES)
    write(folder, {"catalog-info.yaml": f"{GROUP}---\n{said}"})
    for name in NAMES:
        shutil.copytree(TREES / name, folder / name)
    return build_site(folder)


class _Loader(yaml.SafeLoader):
    """Reads tags as nothing: what is compared is the navigation."""


_Loader.add_multi_constructor("", lambda _loader, _suffix, _node: None)


def titles(nav: list[Any], docs: Path) -> Iterator[Any]:
    """What a ``nav`` says, without what is not there: titles, and sections as pairs."""
    for one in nav:
        title, value = next(iter(one.items())) if isinstance(one, dict) else (None, one)
        if isinstance(value, list):
            yield [title, list(titles(value, docs))]
        elif "://" in value or value in FOLDERS or (docs / value).is_file():
            yield title


def shown(items: list[Any]) -> list[Any]:
    """A tree as ``titles`` gives it."""
    return [[one["title"], shown(one["items"])] if "items" in one else one["title"] for one in items]


def same(said: list[Any], found: list[Any]) -> bool:
    """Whether a tree is what an author wrote; a title that nobody wrote is the document's own."""
    if len(said) != len(found):
        return False
    return all(
        one is None or one == other or (isinstance(one, list) and isinstance(other, list) and one[0] == other[0] and same(one[1], other[1]))
        or (isinstance(other, list) and one == other[0])
        for one, other in zip(said, found, strict=True)
    )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_real_documentation(built: Built, name: str) -> None:
    """Every document is a page, the navigation is the author's, and nothing is a crash."""
    base = f"/docs/default/component/{name}/"
    pages = {path for path in built.pages if path.startswith(base) and '<meta http-equiv="refresh"' not in built.page(path)}
    docs = TREES / name / "docs"
    files = [file for file in docs.rglob("*.md") if not file.name.startswith(".")]
    assert len(files) <= len(pages) <= len(files) + 1, "an index of contents where there is none"
    assert not [problem for problem in built.problems if "template-error" in problem or "provider-failed" in problem]
    made = json.loads((built.output / base.strip("/") / "techdocs_metadata.json").read_text())
    config = yaml.load((TREES / name / "mkdocs.yml").read_text(), _Loader)  # safe, with tags read over
    assert made["site_name"] == config["site_name"]


def test_the_navigation_of_real_documentation() -> None:
    """Titles, sections and order as in each ``mkdocs.yml``."""
    files = {
        path.relative_to(TREES).as_posix(): path.read_bytes()
        for name in NAMES
        for path in (TREES / name).rglob("*")
        if path.suffix in (".md", ".yml")
    }
    dataset = run_provider(Path(__file__).parents[1], Given({"docs": list(NAMES)}, files))
    for tree, name in zip(dataset["trees"], NAMES, strict=True):
        config = yaml.load((TREES / name / "mkdocs.yml").read_text(), _Loader)  # as above
        if "nav" not in config:
            assert name == "backstage-demo", "the one without a navigation"
            continue
        said = list(titles(config["nav"], TREES / name / "docs"))
        assert same(said, shown(tree["items"])), (name, said, shown(tree["items"]))
