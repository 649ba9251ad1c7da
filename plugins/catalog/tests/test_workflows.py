"""The pre-commit hook and the workflows for other repositories: each is run as it is written, on a good and on a bad repository."""

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from callboard import __version__, yamlfile

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "guide" / "pull-requests.md"
WORKFLOWS = ROOT / "docs" / "workflows"
GOOD = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop}
spec: {type: website, lifecycle: production, owner: commerce}
"""


def read(file: Path):
    """The one value of a YAML file."""
    return yamlfile.load(file.read_text(), file.name)[0]


def hook() -> dict:
    """The one hook."""
    [found] = read(ROOT / ".pre-commit-hooks.yaml")
    return found


def lines() -> dict[str, list[str]]:
    """The command lines of each workflow."""
    github = [step["run"] for step in read(WORKFLOWS / "validate-catalog.yml")["jobs"]["validate"]["steps"] if "run" in step]
    gitlab = read(WORKFLOWS / "validate-catalog.gitlab-ci.yml")["validate-catalog"]["script"]
    return {
        "github": github,
        "gitlab": gitlab,
        "pre-commit": [f"{hook()['entry']} catalog-info.yaml services/a/catalog-info.yml"],
    }


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command line of Callboard's, as its own process."""
    program, *words = shlex.split(line)
    assert program == "callboard"
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "generator"), "GITHUB_WORKSPACE": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "callboard", *words], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two descriptors."""
    (tmp_path / "services" / "a").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "catalog-info.yaml").write_text(GOOD)
    (tmp_path / "services" / "a" / "catalog-info.yml").write_text(GOOD.replace("shop", "pay"))
    return tmp_path


@pytest.mark.parametrize("name", ["github", "gitlab", "pre-commit"])
def test_the_line_that_checks(repository, name):
    """It passes on good files, fails on a bad one, and names the line."""
    line = lines()[name][-1]
    assert run(line, repository).returncode == 0
    (repository / "services" / "a" / "catalog-info.yml").write_text(GOOD.replace("owner: commerce", "owner: a/b/"))
    (repository / "catalog-info.yaml").write_text(GOOD.replace(", owner: commerce", ""))
    ran = run(line, repository)
    assert ran.returncode == 1
    wanted = "::error file=catalog-info.yaml,line=4," if name == "github" else "catalog-info.yaml:4:1  spec.owner: is missing."
    assert wanted in ran.stdout


def test_the_version_that_is_installed():
    """The workflows install the Callboard that they come with."""
    minor = __version__.rpartition(".")[0]
    for name in ("github", "gitlab"):
        assert lines()[name][0] == f'pip install "callboard=={minor}.*"'
    assert f"rev: v{__version__}" in GUIDE.read_text()


def test_the_guide_shows_the_files():
    """The blocks of the guide are the files, word for word."""
    for file in WORKFLOWS.iterdir():
        assert f'```yaml title="{file.name}"\n{file.read_text()}```' in GUIDE.read_text()


@pytest.mark.parametrize(
    ("path", "is_checked"),
    [
        ("catalog-info.yaml", True),
        ("services/a/catalog-info.yml", True),
        ("services/my-catalog-info.yaml", False),
        ("catalog-info.yaml.j2", False),
    ],
)
def test_the_files_of_the_hook(path, is_checked):
    """Descriptors by their usual name, wherever they lie."""
    assert bool(re.search(hook()["files"], path)) is is_checked


def test_kinds_of_a_portal(repository):
    """With --site, a kind that the portal's site declares is known, also where the variables of that site are not set."""
    (repository / "portal").mkdir()
    (repository / "portal" / "site.yaml").write_text("""\
site: {title: Portal, url: "${NOT_SET_HERE}"}
plugins:
  - plugin: catalog
    options: {integrations: {github: [{host: github.com, token: "${NOT_SET_EITHER}"}]}}
kinds:
  - {name: Dataset, plural: Datasets, relations: [{field: spec.owner, type: ownedBy, reverse: ownerOf, kind: Group}]}
""")
    (repository / "catalog-info.yaml").write_text(f"{GOOD}---\nkind: Dataset\napiVersion: a/v1\nmetadata: {{name: sales}}\n")
    assert run("callboard catalog validate .", repository).returncode == 1
    ran = run("callboard catalog validate . --site portal", repository)
    assert (ran.returncode, ran.stderr) == (0, "")
    (repository / "portal" / "site.yaml").write_text("site: 5")
    ran = run("callboard catalog validate . --site portal", repository)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "site.yaml:1:1  site: wanted a mapping" in ran.stderr


def test_nothing_heavy_is_loaded(repository):
    """The check starts without models, templates and HTTP."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
    command = [sys.executable, "-X", "importtime", "-m", "callboard", "catalog", "validate", "."]
    told = subprocess.run(command, cwd=repository, env=environ, capture_output=True, text=True, check=True).stderr
    assert "callboard.plugin" in told
    assert [name for name in ("pydantic", "jinja2", "httpx", "sqlite3", "rich", "asyncio") if f" {name}\n" in told] == []


def test_as_fast_as_a_hook_must_be(repository):
    """Five files take no more of a processor than 0.5 s, the start of Python included: nobody turns such a hook off."""
    for number in range(4):
        (repository / f"{number}.yaml").write_text(GOOD.replace("shop", f"shop{number}"))
    line = "callboard catalog validate catalog-info.yaml 0.yaml 1.yaml 2.yaml 3.yaml"
    spent = []
    for _ in range(3):
        before = os.times()
        begun = time.perf_counter()
        assert run(line, repository).returncode == 0
        after = os.times()
        processor = after.children_user + after.children_system - before.children_user - before.children_system
        spent.append(min(processor, time.perf_counter() - begun))
    assert min(spent) < 0.5
