"""scaffold: a new site builds as it is, a new plugin's tests pass as they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from callboard import config, discovery, scaffold
from callboard.paths import Refused
from callboard.testing import Built, build_site


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new site."""
    folder = tmp_path_factory.mktemp("new") / "portal"
    scaffold.init(folder, schema=json.dumps(discovery.site_schema(None)))
    return folder


@pytest.fixture(scope="module")
def built(portal: Path) -> Built:
    """The new site, built."""
    return build_site(portal, strict=True)


def test_it_builds_without_a_problem(built: Built) -> None:
    """Strictly: no warning either; each part has its page."""
    assert built.problems == ()
    assert {"/", "/guide/", "/catalog/", "/radar/", "/on-call/"} <= built.pages.keys()


def test_its_parts_show_their_data(built: Built) -> None:
    """The catalog describes the portal, the radar its tools, the local plugin a CSV file in a sortable table."""
    assert "portal-maintainers" in built.page("/catalog/default/component/developer-portal/")
    assert "Static hosting" in built.page("/radar/")
    assert "data-sortable" in built.page("/on-call/")
    assert "the on-call phone" in built.page("/on-call/")
    assert all(f'href="{path}"' in built.page("/") for path in ("/catalog/", "/radar/", "/on-call/", "/guide/"))


def test_every_file_is_named(portal: Path) -> None:
    """What is written is what is reported: hidden files have their dots, nothing is left to fill in."""
    files = sorted(path.relative_to(portal).as_posix() for path in portal.rglob("*") if path.is_file())
    assert {".gitignore", ".gitlab-ci.yml", ".github/workflows/pages.yml", "plugins/oncall/plugin.yaml"} <= set(files)
    assert [name for name in files if "dot." in name or "__" in name or "__" in (portal / name).read_text(encoding="utf-8")] == [
        ".gitignore"
    ]


def test_editors_find_the_schema(portal: Path) -> None:
    """The first line of site.yaml names the schema beside it, and the site is valid under it."""
    text = (portal / "site.yaml").read_text(encoding="utf-8")
    first = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    jsonschema.Draft202012Validator(json.loads((portal / first).read_text(encoding="utf-8"))).validate(yaml.safe_load(text))


def test_published_address(portal: Path) -> None:
    """The workflows set PORTAL_URL, which is the site's url; without it the site lies at the root."""
    assert config.load(portal, environ={"PORTAL_URL": "https://example.com/p/"})[0].base_path == "/p/"  # type: ignore[union-attr]
    assert config.load(portal, environ={})[0].base_path == "/"  # type: ignore[union-attr]
    for workflow in (".github/workflows/pages.yml", ".gitlab-ci.yml"):
        assert "PORTAL_URL: $" in (portal / workflow).read_text(encoding="utf-8")


def test_github_workflow(portal: Path) -> None:
    """On push and on a schedule; each job may do only what it does; every action is pinned to a major version."""
    workflow = yaml.load((portal / ".github/workflows/pages.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
    build, publish = workflow["jobs"]["build"], workflow["jobs"]["publish"]
    used = [step["uses"] for job in (build, publish) for step in job["steps"] if "uses" in step]
    assert {"push", "schedule"} <= workflow["on"].keys()
    assert (workflow["permissions"], publish["permissions"]) == ({"contents": "read"}, {"pages": "write", "id-token": "write"})
    assert "write" not in build["permissions"].values()
    assert all(name.split("@")[1].removeprefix("v").isdigit() for name in used)
    assert [step["with"]["path"] for step in build["steps"] if "cache@" in step.get("uses", "")] == [".callboard"]


def test_gitlab_workflow(portal: Path) -> None:
    """The job that GitLab publishes is called pages; it keeps public and the cache."""
    job = yaml.safe_load((portal / ".gitlab-ci.yml").read_text(encoding="utf-8"))["pages"]
    assert (job["artifacts"]["paths"], ".callboard/" in job["cache"]["paths"]) == (["public"], True)


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    """A folder that exists and is empty is filled; the files come back sorted."""
    made = scaffold.init(tmp_path, schema="{}")
    assert list(made) == sorted(made)
    assert all(path.is_file() for path in made)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_nothing_is_overwritten(tmp_path: Path, kind: str) -> None:
    """A folder with anything in it, or a file, is refused and stays as it is."""
    target = tmp_path / "portal"
    (target if kind == "file" else target / "notes.txt").parent.mkdir(exist_ok=True)
    (target if kind == "file" else target / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Refused, match=r"wants a folder of its own\. Name a folder that does not exist yet\.$"):
        scaffold.init(target, schema="{}")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [target.name if kind == "file" else "notes.txt"]


def test_a_new_plugin_passes_its_tests(portal: Path) -> None:
    """Under plain pytest, with nothing configured; and the plugin builds in the site as soon as it is mounted."""
    made = scaffold.new_plugin(portal, "run_books")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "plugins/run_books"],
        cwd=portal,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "8 passed" in done.stdout) == (0, True), done.stdout
    assert {path.relative_to(portal).as_posix() for path in made} == {
        f"plugins/run_books/{name}" for name in ("README.md", "example.csv", "plugin.yaml", "tests/test_run_books.py")
    }
    site = portal / "site.yaml"
    site.write_text(site.read_text(encoding="utf-8").replace("plugins:\n", "plugins:\n  - plugin: run_books\n"), encoding="utf-8")
    built = build_site(portal, strict=True)
    assert built.problems == ()
    assert "Second example" in built.page("/run-books/")


@pytest.mark.parametrize(
    ("name", "wanted"), [("On-Call", "on_call"), ("../up", "up"), ("1st", "st"), ("", "on_call"), ("class name", "class_name")]
)
def test_names_of_plugins(tmp_path: Path, name: str, wanted: str) -> None:
    """A name that no manifest could have is refused with one that it could."""
    with pytest.raises(Refused, match=rf"Write for example: callboard new plugin {wanted}$"):
        scaffold.new_plugin(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_plugin_is_not_overwritten(tmp_path: Path) -> None:
    """A folder of that name is left alone."""
    (tmp_path / "plugins/oncall").mkdir(parents=True)
    with pytest.raises(Refused, match="exists already"):
        scaffold.new_plugin(tmp_path, "oncall")
    assert list((tmp_path / "plugins/oncall").iterdir()) == []
