"""The documentation: complete, up to date, and every example in it works."""

from __future__ import annotations

import importlib.util
import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import click
import jsonschema
import pytest
from pydantic import BaseModel

from callboard import discovery, schema, yamlfile
from callboard.cli.commands import callboard
from callboard.discovery import manifests
from callboard.model.manifest import Manifest, OptionType
from callboard.model.problem import CODES, Marks, Place
from callboard.model.shown import Column, KindSpec, ViewName
from callboard.model.site import SiteFile
from callboard.pages.theme import ThemeFile
from callboard.testing import build_site

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PLUGINS = sorted(path.parent for path in (ROOT / "plugins").glob("*/plugin.yaml"))
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted(DOCS.rglob("*.md")),
    *sorted(ROOT.glob("content/**/*.md")),
    *sorted(ROOT.glob("plugins/*/README.md")),
    *sorted(ROOT.glob("themes/*/README.md")),
]
_FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)(?P=fence) *$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
_TITLE = re.compile(r'title="([^"]+)"')
_SHELL = ("sh", "bash", "console")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    title: str
    text: str

    @property
    def name(self) -> str:
        return f"{shown(self.page)}:{self.line}"


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def blocks_of(page: Path) -> tuple[Block, ...]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        info, indent = match["info"].strip(), match["indent"]
        title = _TITLE.search(info)
        body = re.sub(rf"^{indent}", "", match["text"], flags=re.MULTILINE)
        language = info.split(" ")[0] if info else ""
        found.append(Block(page, text.count("\n", 0, match.start()) + 1, language, title[1] if title else "", body))
    return tuple(found)


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
YAML = [block for block in BLOCKS if block.language == "yaml"]


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def written(folder: str) -> str:
    """All pages below a folder of the documentation that people wrote."""
    return "\n".join(page.read_text(encoding="utf-8") for page in sorted((DOCS / folder).rglob("*.md")))


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Completeness


def test_the_reference_is_up_to_date(generate: ModuleType) -> None:
    """Every generated page is what the code says now."""
    for name, text in generate.files().items():
        assert (REFERENCE / name).is_file(), f"{name} is missing: make docs"
        assert (REFERENCE / name).read_text(encoding="utf-8") == text, f"{name} is out of date: make docs"


def commands(path: str, command: click.Command) -> list[tuple[str, click.Command]]:
    """The command and all below it, those of plugins too."""
    found = [(path, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found += commands(f"{path} {name}", below)
    return found


@pytest.mark.parametrize(("path", "command"), commands("callboard", callboard), ids=str)
def test_commands_are_documented(path: str, command: click.Command) -> None:
    """Each command has its section in the reference with each of its options, and a place in the guide."""
    section = re.search(
        rf"^## {path}$(.*?)(?=^## |\Z)", (REFERENCE / "command-line.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert section is not None
    options = [name for option in command.params if isinstance(option, click.Option) for name in option.opts]
    assert [name for name in options if name not in section[1]] == []
    if not isinstance(command, click.Group):
        assert path in (DOCS / "guide" / "command-line.md").read_text(encoding="utf-8")
        unsaid = [name for name in options if name.startswith("--") and name not in written("guide")]
        assert unsaid == []


@pytest.mark.parametrize(("model", "page"), [(SiteFile, "site.md"), (Manifest, "manifest.md"), (KindSpec, "manifest.md")])
def test_keys_are_documented(model: type[BaseModel], page: str) -> None:
    """Each key of site.yaml, plugin.yaml and kinds has its row, with words."""
    rows = re.findall(r"^\| `([\w.]+)` \|[^\n]*\| ([^|\n]+) \|$", (REFERENCE / page).read_text(encoding="utf-8"), re.MULTILINE)
    whole = schema.json_schema(model)
    keys = {key for spec in (whole, *whole.get("$defs", {}).values()) for key in spec.get("properties", {})}
    assert keys - {key for key, words in rows if words.strip()} == set()


def test_site_keys_are_explained() -> None:
    """The guide uses every key of site.yaml; what it shares with manifests and kinds stands on the pages about plugins."""
    guide = (DOCS / "guide" / "site-yaml.md").read_text(encoding="utf-8")
    whole = schema.json_schema(SiteFile)
    shared = {"KindSpec", *schema.json_schema(Manifest)["$defs"], *schema.json_schema(KindSpec)["$defs"]} - {"NavSettings"}
    slot = set(whole["$defs"]["SlotSpec"]["properties"])
    own = [spec["properties"] for name, spec in whole["$defs"].items() if name not in shared]
    keys = {key for properties in (whole["properties"], *own) for key in properties} - slot
    assert {key for key in keys if not re.search(rf"\b{key}:|`{key}`", guide)} == set()


def test_manifest_keys_are_explained() -> None:
    """The pages about plugins use every key of plugin.yaml and of kinds."""
    pages = written("plugins") + written("guide")
    wholes = [schema.json_schema(model) for model in (Manifest, KindSpec)]
    keys = {key for whole in wholes for spec in (whole, *whole["$defs"].values()) for key in spec["properties"]}
    assert {key for key in keys if not re.search(rf"\b{key}:|`{key}`", pages)} == set()


def test_codes_are_documented() -> None:
    """Each code of a problem is a heading, so that it can be linked to."""
    headings = re.findall(r"^## (\S+)$", (REFERENCE / "problems.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == sorted(CODES)


def test_views_are_documented() -> None:
    """Each view has its section, each type of column and of option its row."""
    views = (DOCS / "plugins" / "pages-and-views.md").read_text(encoding="utf-8")
    assert [name for name in get_args(ViewName) if f"### {name}\n" not in views] == []
    assert [name for name in get_args(Column.model_fields["type"].annotation) if f"| `{name}` |" not in views] == []
    sources = (DOCS / "plugins" / "sources.md").read_text(encoding="utf-8")
    assert [name for name in get_args(OptionType) if f"`{name}`" not in sources] == []


def test_slots_are_documented() -> None:
    """Each slot that a bundled plugin offers or fills is named."""
    slots = (DOCS / "plugins" / "slots.md").read_text(encoding="utf-8")
    found = [manifests.read(discovery.PluginFolder(folder.name, folder, "bundled")).manifest for folder in PLUGINS]
    names = {name for manifest in found if manifest for page in manifest.pages for name in page.slots}
    names |= {name for manifest in found if manifest for name in manifest.slots}
    assert {name for name in names if f"| `{name}` |" not in slots} == set()


def test_templates_are_documented() -> None:
    """Each macro of the theme for templates of others is named in the documentation and in the theme's README; both name no other."""
    macros = (ROOT / "themes" / "callboard" / "templates" / "macros.html").read_text(encoding="utf-8")
    names = set(re.findall(r"{% macro (\w+)\(", macros)) - {"origin", "value"}  # the theme's own parts
    for page in (DOCS / "plugins" / "templates.md", ROOT / "themes" / "callboard" / "README.md"):
        assert set(re.findall(r"\bui\.(\w+)\(", page.read_text(encoding="utf-8"))) == names


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_bundled_plugins_name_their_options(folder: Path) -> None:
    """The README of each bundled plugin names all of its options, and every option has its words."""
    cases = discovery.site_schema(None)["$defs"]["MountSpec"]["allOf"]
    [options] = [
        case["then"]["properties"]["options"]["properties"]
        for case in cases
        if case["if"]["properties"]["plugin"]["const"] == folder.name
    ]
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert [name for name in options if f"`{name}`" not in text] == []
    assert [name for name, spec in options.items() if not spec.get("description")] == []


def test_makefile_targets_are_documented() -> None:
    """Each target that people call is named in CONTRIBUTING.md."""
    targets = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[0].split()
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [name for name in targets if name != "browser" and f"`make {name}`" not in text] == []


# Examples


@pytest.mark.parametrize("block", YAML, ids=lambda block: block.name)
def test_yaml_is_valid(block: Block) -> None:
    """Each YAML block can be read as Callboard reads it; a whole file, or a part of one, fits its model."""
    text = re.sub(r"\$\{\{[^}]*\}\}", "expression", block.text)
    found = yamlfile.documents(text)
    assert [fault for fault in found if isinstance(fault, yamlfile.Malformed)] == []
    for document in found:
        value = document.value if isinstance(document, yamlfile.Document) else None
        model, whole = form_of(block, value)
        if model is not None:
            _, problems = schema.validated(model, whole, Marks({}, Place(block.title or "example", 1)))
            assert [problem.text for problem in problems] == []
            if model is SiteFile:
                jsonschema.validate(whole, discovery.site_schema(None))


def form_of(block: Block, value: Any) -> tuple[type[BaseModel] | None, Any]:
    """What a block is a file of, or a part of; the part is made whole."""
    if not isinstance(value, dict):
        return None, value
    keys = set(value)
    if "callboard" in keys:
        return (ThemeFile if block.title.endswith("theme.yaml") else Manifest), value
    if keys & {"reverse", "plural"}:
        return KindSpec, value
    if (
        keys <= {"plugins"}
        or block.title.startswith(("site", "parts/"))
        or ("site" in keys and keys <= set(SiteFile.model_fields))
    ):
        info = {"title": "Portal", **(value.get("site") or {})}
        filled = {key: item for key, item in info.items() if item is not None}
        return SiteFile, {**value, "site": filled}
    if keys <= set(Manifest.model_fields) - {"nav"} and keys & {"pages", "sources", "slots", "kinds"}:
        return Manifest, {"callboard": 1, "title": "Example", **value}
    return None, value


@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(block.title == "site.yaml" for block in blocks_of(page))], ids=shown
)
def test_sites_build(page: Path, tmp_path: Path) -> None:
    """A page that shows a whole site shows one that builds without a problem; its blocks are the files."""
    for block in blocks_of(page):
        if block.title:
            file = tmp_path / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
    built = build_site(tmp_path, strict=True)
    assert built.problems == ()
    assert built.report.written


def spoken() -> list[tuple[str, str]]:
    """Every command line that a page shows."""
    lines = [
        (f"{block.name} {line}", part)
        for block in BLOCKS
        if block.language in _SHELL
        for line in block.text.splitlines()
        for part in re.split(r"&&|\||>", line)
    ]
    lines += [(f"{shown(page)} {code}", code) for page in PAGES for code in re.findall(r"`(callboard [a-z][^`>]*)", prose(page))]
    return [(name, part.strip()) for name, part in lines if re.match(r"(\w+=\S+ |\w+=\$\(.*\) )?(callboard|make) ", part.strip())]


@pytest.mark.parametrize("line", dict.fromkeys(line for _, line in spoken()))
def test_commands_are_real(line: str) -> None:
    """Each command line that a page shows is one: the command and its options exist. Nothing is run."""
    words = shlex.split(re.sub(r"\[([^\]]*)\]", r"\1", line), comments=True)
    words = words[next(number for number, word in enumerate(words) if word in ("callboard", "make")) :]
    if words[0] == "make":
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert [word for word in words[1:] if "=" not in word and word not in targets] == []
        return
    command: click.Command = callboard
    context = command.make_context("callboard", words[1:], resilient_parsing=True)
    rest = words[1:]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(context, rest[0])
        assert found is not None, f"there is no command {rest[0]}"
        command, rest = found, rest[1:]
    if rest:
        command.make_context(words[0], [word.replace("site|plugin", "site") for word in rest])


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link names a file that is there, and a heading in it if it names one; each picture is small."""
    for target in _LINK.findall(re.sub(r"`[^`\n]*`", "", prose(page))):
        if re.match(r"[a-z]+:|/", target):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_file(), f"{target} leads nowhere"
        if fragment and file.suffix == ".md":
            assert fragment in headings_of(file), f"{target}: there is no such heading"
        if file.suffix == ".png":
            assert file.stat().st_size <= 200_000, f"{target} is larger than 200 kB"


@cache
def headings_of(page: Path) -> frozenset[str]:
    from callboard.pages.markdown import render

    return frozenset(name for _, name, _ in render(page.read_text(encoding="utf-8")).headings)


def test_every_page_has_its_place() -> None:
    """Each page of the documentation is linked from another one, and has a title in its front matter or as a heading."""
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in PAGES
        for target in _LINK.findall(page.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:|/|#", target)
    }
    pages = sorted(DOCS.rglob("*.md"))
    assert [shown(page) for page in pages if page.resolve() not in linked] == []
    starts = ("---\n", "# ")
    assert [shown(page) for page in pages if not page.read_text(encoding="utf-8").startswith(starts)] == []
