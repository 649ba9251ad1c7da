"""Real catalogs and radars of other people, messy on purpose: all that is good is shown, all that is not is named with its line and why."""

from __future__ import annotations

import contextlib
import html
import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from callboard import build, yamlfile
from callboard.cli import run
from callboard.testing import replay

DATA = Path(__file__).parents[1].parent / "shared" / "data"
SITE = """\
site: {title: Real data}
content: false
plugins:
  - plugin: catalog
    options:
      locations:
        - {type: file, target: "catalogs/**/*.yaml"}
        - {type: file, target: "catalogs/**/*.yml"}
      rules: [{allow: [Component, API, System, Domain, Resource, Group, User, Location, Template, AiResource]}]
  - plugin: tech_radar
    path: /radar
    title: Backstage's radar
    options: {data: radar/BACKSTAGE}
  - plugin: tech_radar
    path: /zalando
    title: Zalando's radar
    options: {data: radar/ZALANDO}
"""
REASONS = ("bad-entity", "bad-yaml", "duplicate-entity", "unknown-kind")
"""The codes that say why a document is no entity of the site."""

pytestmark = [
    pytest.mark.skipif(not (DATA / "catalogs").is_dir(), reason="the real data lies beside the project, and is not here"),
    pytest.mark.xdist_group("real data"),
]


@dataclass(frozen=True)
class Real:
    """What became of the real data."""

    root: Path
    code: int
    report: dict[str, Any]
    printed: str

    def page(self, path: str) -> str:
        """The HTML of a page."""
        return (self.root / "public" / path / "index.html").read_text(encoding="utf-8")

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """The problems that say why a document was left out."""
        return [problem for problem in self.report["problems"] if problem["code"] in REASONS]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    """The site, built once as JSON and once as text, on a machine without a network."""
    root = tmp_path_factory.mktemp("real") / "site"
    for name in ("catalogs", "radar"):
        shutil.copytree(DATA / name, root / name, copy_function=shutil.copyfile)
    [backstage] = (path.relative_to(root / "radar").as_posix() for path in root.glob("radar/backstage/*.json"))
    [zalando] = (path.relative_to(root / "radar").as_posix() for path in root.glob("radar/zalando/*.json"))
    (root / "site.yaml").write_text(SITE.replace("BACKSTAGE", backstage).replace("ZALANDO", zalando))
    code, printed = said("build", str(root), "--format", "json")
    again, text = said("build", str(root), "--output", str(root / "as-text"))
    assert code == again
    return Real(root, code, json.loads(printed), text)


def said(*words: str) -> tuple[int, str]:
    """The exit code of a command, and what it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = run(words, effects=lambda reporter: replace(build.effects(reporter), http=replay({})))
    return code, out.getvalue()


def documents(root: Path) -> Iterator[tuple[str, int, int, Any]]:
    """Every document of every descriptor file: file, first line, line behind its end, and what it says (None if it is no YAML)."""
    for path in sorted(root.glob("catalogs/**/*.y*ml")):
        text = path.read_text(encoding="utf-8-sig")
        found = yamlfile.documents(text)
        starts = [part.line for part in found] + [text.count("\n") + 2]
        for part, (begin, end) in zip(found, pairwise(starts), strict=True):
            value = part.value if isinstance(part, yamlfile.Document) else None
            yield path.relative_to(root).as_posix(), begin, end, value


def page_of(value: Any) -> str:
    """Where the page of an entity lies; "" for what cannot be one."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if not isinstance(metadata, dict) or not isinstance(value.get("kind"), str):
        return ""
    return f"catalog/{str(metadata.get('namespace') or 'default').lower()}/{value['kind'].lower()}/{metadata.get('name')}"


def test_it_is_built(real: Real) -> None:
    """Exit 0, written, no error; 440 files were looked at."""
    assert (real.code, real.report["written"]) == (0, True)
    assert [problem["text"] for problem in real.report["problems"] if problem["severity"] == "error"] == []
    assert len(real.report["files"]) >= len(list(real.root.glob("catalogs/**/*.y*ml")))


LISTS = ("kind", "type", "lifecycle", "tag")
"""Where lists of the catalog lie: their second pages are as deep as an entity's."""


def test_every_document_is_an_entity_or_has_a_reason(real: Real) -> None:
    """Each document of each file has its page, which names file and line, or a reason at one of its lines; never both, never neither."""
    neither, both, shown = [], [], 0
    for file, begin, end, value in documents(real.root):
        path = page_of(value)
        there = bool(path) and (real.root / "public" / path / "index.html").is_file()
        own = there and f"{file}:{begin}<" in real.page(path)
        why = [reason for reason in real.reasons if reason["file"] == file and begin <= reason["line"] < end]
        neither += [f"{file}:{begin}"] if not own and not why else []
        both += [f"{file}:{begin}"] if own and why else []
        shown += own
    assert (neither, both) == ([], [])
    pages = [path for path in real.root.glob("public/catalog/*/*/*/index.html") if path.parts[-4] not in LISTS]
    assert shown == len(pages) > 400


def test_the_counts_reconcile(real: Real) -> None:
    """Of each file, accepted and rejected documents are all of its documents."""
    counted = {item["file"]: (item["accepted"], item["rejected"]) for item in real.report["files"]}
    for path in sorted(real.root.glob("catalogs/**/*.y*ml")):
        file = path.relative_to(real.root).as_posix()
        here = documents_of(real.root, file)
        assert sum(counted[file]) == len(here), file
    rejected = {file for file, (_, count) in counted.items() if count}
    assert rejected <= {reason["file"] for reason in real.reasons}


def documents_of(root: Path, file: str) -> list[Any]:
    """The documents of one file."""
    return yamlfile.documents((root / file).read_text(encoding="utf-8-sig"))


def test_every_reason_is_told_everywhere(real: Real) -> None:
    """Each reason stands with file, line and words in the JSON report, in the terminal's text and on the report page."""
    lines = set(real.printed.splitlines())
    page = real.page("-/build")
    assert len(real.reasons) > 30
    for reason in real.reasons:
        assert reason["line"] >= 1
        assert reason["what"]
        assert reason["text"] in lines
        place = f"{reason['file']}:{reason['line']}:{reason['column']}"
        assert place in page, f"{place} is not on the report page"
        assert html.escape(reason["what"]).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in page, reason["what"]


def test_both_radars_are_there(real: Real) -> None:
    """Two mounts of one plugin, two formats unchanged: each entry has its page below its own mount."""
    [backstage] = real.root.glob("radar/backstage/*.json")
    [zalando] = real.root.glob("radar/zalando/*.json")
    for file, mount in ((backstage, "radar"), (zalando, "zalando")):
        entries = json.loads(file.read_text())["entries"]
        pages = list(real.root.glob(f"public/{mount}/*/index.html"))
        assert len(pages) == len(entries) > 3
        names = {entry.get("title") or entry.get("label") for entry in entries}
        assert all(html.escape(str(name)) in real.page(mount).replace("&#39;", "&#x27;") for name in names)


def test_every_link_on_real_pages_leads_somewhere(real: Real) -> None:
    """No page of an entity links to a page that is not there: what is missing is a text with a mark."""
    public = real.root / "public"
    wanted = {
        (path, target)
        for path in public.rglob("*.html")
        for target in re.findall(r'(?:href|src)="(/[^"#?]*)', path.read_text(encoding="utf-8"))
    }
    files = {target: public / unquote(html.unescape(target)).lstrip("/") for _, target in wanted}
    missing = {t for t, file in files.items() if not (file / "index.html" if t.endswith("/") else file).is_file()}
    assert missing == set()
