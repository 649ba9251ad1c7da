"""What Callboard promises about every site, kept by whole builds: same bytes, little work, never half a site, no secrets, no lost link."""

from __future__ import annotations

import html
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from callboard.cli import run

if TYPE_CHECKING:
    from tests.browser import Browser
    from tests.faultserver import FaultServer

COMMAND = [sys.executable, "-m", "callboard"]
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}
CLEAN = {n: v for n, v in os.environ.items() if n not in ("CI", "GITHUB_ACTIONS", "SOURCE_DATE_EPOCH", "PYTHONHASHSEED")}
OF_THIS_BUILD = {"-/build/index.html", "-/build/report.json", "_/stamp.js"}
"""The files that say when and how the site was built."""
MARKER = ".callboard.json"
SITE = """\
site: {{title: Portal, description: All of it{url}}}
publish: {{api: false, twins: false}}
plugins:
  - plugin: catalog
    options: {{locations: [{{type: file, target: "catalog/*.yaml"}}], rules: [{{allow: [Component, System, Group]}}]}}
  - plugin: tech_radar
    path: /radar
  - plugin: oncall
build: {{portable: {portable}}}
"""
GROUPS, SYSTEMS = 4, 3


# A site of any size


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder, in their order."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def entity(kind: str, name: str, spec: str, *, title: str = "", about: str = "") -> str:
    """One descriptor file."""
    metadata = [f"name: {name}", *([f"title: {title}"] if title else []), *([f"description: {about}"] if about else [])]
    return f"apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: {{{', '.join(metadata)}}}\nspec: {{{spec}}}\n"


def component(number: int, *, title: str = "", about: str = "Does what it does.") -> str:
    """Component c-7 of g-3 in s-1; it depends on c-6."""
    spec = f"type: service, lifecycle: production, owner: g-{number % GROUPS}, system: s-{number % SYSTEMS}"
    needs = f", dependsOn: ['component:c-{number - 1:04}']" if number else ""
    return entity("Component", f"c-{number:04}", spec + needs, title=title, about=about)


def files(count: int, *, url: str = "", portable: bool = False) -> dict[str, str]:
    """A site with ``count`` components, a file each, a radar, Markdown and a plugin of YAML alone."""
    made = {
        "site.yaml": SITE.format(url=f", url: {url}" if url else "", portable="true" if portable else "false"),
        "content/index.md": "# Welcome\n\nSee [the guide](guide/start.md#first), [the radar](/radar/) and ![a mark](mark.svg).\n",
        "content/mark.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0h8v8z"/></svg>\n',
        "content/guide/start.md": "---\ntitle: Start\nnav: true\n---\n## First\n\n[Home](../index.md), [above](#first).\n",
        "content/about.md": "---\ntitle: About us\n---\nWe.\n",
        "content/radar.yaml": "entries:\n  - {name: Python, quadrant: Languages, ring: Adopt}\n"
        "  - {name: Rust, quadrant: Languages, ring: Trial}\n",
        "content/oncall.csv": "week,who\n1,Ann\n2,Ben\n",
        "plugins/oncall/plugin.yaml": "callboard: 1\ntitle: On call\nsources: {rota: {file: content/oncall.csv}}\n"
        "pages:\n  - {path: /, view: table, data: rota}\n",
    }
    made |= {f"catalog/g-{n}.yaml": entity("Group", f"g-{n}", "type: team, children: []") for n in range(GROUPS)}
    made |= {f"catalog/s-{n}.yaml": entity("System", f"s-{n}", f"owner: g-{n}") for n in range(SYSTEMS)}
    return made | {f"catalog/c-{n:04}.yaml": component(n) for n in range(count)}


# Building, and looking at what was built


def command(*words: str, cwd: Path, env: Mapping[str, str] | None = None, umask: int = -1) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    given = CLEAN | dict(env or {})
    return subprocess.run(
        [*COMMAND, *words], cwd=cwd, env=given, umask=umask, capture_output=True, text=True, timeout=60, check=False
    )


def tree(folder: Path, *, without: Iterable[str] = ()) -> dict[str, bytes]:
    """Every file of a folder but those named."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if name not in set(without)}


def differing(first: Mapping[str, bytes], second: Mapping[str, bytes]) -> set[str]:
    """The names of files that are in one of them only, or not the same."""
    return {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}


@dataclass
class Portal:
    """A site in a folder, built in this process: in no time, and told in JSON."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def public(self) -> Path:
        return self.root / "public"

    def build(self, *words: str, code: int = 0) -> dict[str, object]:
        """Build; the report."""
        ended = run(["build", str(self.root), "--format", "json", *words])
        report: dict[str, object] = json.loads(self.capsys.readouterr().out)
        assert ended == code, report["problems"]
        return report

    def page(self, path: str) -> str:
        """The HTML of a page."""
        return (self.public / path.strip("/") / "index.html").read_text(encoding="utf-8")

    def rebuilt(self, *words: str) -> tuple[int, set[str], dict[str, object]]:
        """Build again: how many pages were rendered, which pages have other bytes now, and the report."""
        before = tree(self.public)
        report = self.build(*words)
        changed = differing(before, tree(self.public)) - OF_THIS_BUILD - {MARKER}
        rendered = report["rendered"]
        assert isinstance(rendered, int)
        return rendered, changed, report


@pytest.fixture
def portal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Portal:
    """A site of 12 components, not built yet."""
    for name in ("CI", "GITHUB_ACTIONS", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)
    return Portal(write(tmp_path / "portal", files(12)), capsys)


class Links(HTMLParser):
    """The addresses that a page leads to or loads, and the ids that can be jumped to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.followed: set[str] = set()
        self.loaded: set[str] = set()
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        for name in ("href", "xlink:href", "src", "srcset", "poster", "data", "action"):
            if name in given:
                followed = tag in ("a", "area") or given.get("rel") == "canonical"
                (self.followed if followed else self.loaded).add(given[name])


def broken(public: Path, *, base: str = "/", without: str = "") -> list[str]:
    """Every address in every page that leads to no file of the folder, or to no id of that file."""
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in public.rglob("*.html") if path.name != without}
    found = []
    for path, links in pages.items():
        here = base + path.relative_to(public).as_posix().removesuffix("index.html")
        for address in links.followed | links.loaded:
            parts = urlsplit(urljoin(f"https://here.invalid{here}", address))
            if parts.scheme in ("mailto", "data") or (parts.netloc != "here.invalid" and address in links.followed):
                continue
            file = public / unquote(parts.path).removeprefix(base)
            file = file / "index.html" if parts.path.endswith("/") else file
            jump = unquote(parts.fragment)
            wrong = parts.netloc != "here.invalid" or not parts.path.startswith(base) or not file.is_file()
            if wrong or (jump and file in pages and jump not in pages[file].ids):
                found.append(f"{here} → {address}")
    return sorted(found)


# Same inputs, same bytes


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One site in two places, written in another order and at other times; large enough for several processes."""
    made = files(420, url="https://portal.example.com/sub/")
    first = write(tmp_path_factory.mktemp("here") / "portal", made)
    second = write(tmp_path_factory.mktemp("there") / "ein anderer Ort" / "é", dict(reversed(made.items())))
    for number, path in enumerate(sorted(second.rglob("*"))):
        os.utime(path, (1_000_000_000 - number, 1_000_000_000 - number))
    return first, second


def test_built_elsewhere_the_bytes_are_the_same(twins: tuple[Path, Path]) -> None:
    """Other path, hash seed, time zone, locale, umask, order of files, times of files, number of processes: every byte is the same."""
    here = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C", "LANG": "C"} | EPOCH
    there = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8"} | EPOCH
    first, second = twins
    for folder, env, umask, jobs in ((first, here, 0o022, "1"), (second, there, 0o077, "2")):
        done = command("build", str(folder), "--jobs", jobs, cwd=folder.parent, env=env, umask=umask)
        assert done.returncode == 0, done.stdout + done.stderr
    assert differing(tree(first / "public"), tree(second / "public")) == set()
    assert len(tree(first / "public")) > 420


def test_without_a_pinned_clock_only_the_report_differs(portal: Portal) -> None:
    """Two builds a second apart differ in the build report and the stamp, and in nothing else."""
    portal.build()
    first = tree(portal.public)
    time.sleep(1.1)
    portal.build("--output", str(portal.root.parent / "again"))
    differ = differing(first, tree(portal.root.parent / "again"))
    assert "_/stamp.js" in differ
    assert differ - {MARKER} <= OF_THIS_BUILD


def test_deleting_the_cache_changes_no_byte(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """``.callboard/`` may be deleted at any time: the next build takes longer and gives the same bytes."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    portal.build()
    before = tree(portal.public)
    shutil.rmtree(portal.root / ".callboard")
    portal.build()
    assert differing(before, tree(portal.public)) == set()


def test_built_up_in_steps_or_at_once_the_bytes_are_the_same(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that grew by builds in between is the site that is built from nothing."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    portal.build()
    write(portal.root, {"catalog/c-0003.yaml": component(3, title="Third"), "catalog/c-0012.yaml": component(12)})
    (portal.root / "catalog/c-0011.yaml").unlink()
    portal.build()
    write(portal.root, {"content/index.md": "# Hello\n", "content/more.md": "# More\n"})
    portal.build()
    grown = tree(portal.public)
    shutil.rmtree(portal.public)
    shutil.rmtree(portal.root / ".callboard")
    portal.build()
    assert differing(grown, tree(portal.public)) == set()


# Only what changed


def test_nothing_changed_nothing_done(portal: Portal) -> None:
    """A build without a change renders no page and touches no file or folder of the site."""
    portal.build()

    def marks() -> dict[str, tuple[int, int]]:
        found = (portal.public, *portal.public.rglob("*"))
        return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}

    before = marks()
    report = portal.build()
    assert (report["rendered"], report["written"], report["pages"]) == (0, True, len(list(portal.public.rglob("*.html"))))
    assert marks() == before


def catalog(*names: str) -> set[str]:
    """The files of pages of the catalog: ``component/c-0003`` or ``kind/component``."""
    return {f"catalog/{name}/index.html" if name.startswith("kind/") else f"catalog/default/{name}/index.html" for name in names}


def showing(portal: Portal, text: str) -> set[str]:
    """The names of pages that show a text."""
    return {name for name in pages_of(portal) if text in (portal.public / name).read_text(encoding="utf-8")}


def test_one_changed_entity_renders_only_what_shows_it(portal: Portal) -> None:
    """A new description, and a new title, change exactly the pages that show it: found by looking at every page for the words."""
    portal.build()
    write(portal.root, {"catalog/c-0005.yaml": component(5, about="Something else.")})
    rendered, changed, _ = portal.rebuilt()
    assert catalog("component/c-0005", "kind/component") <= changed
    assert {name for name in changed if name.endswith(".html")} == showing(portal, "Something else.")
    # The owner's page is given those it owns with their descriptions, and draws their names: made again, to the same bytes.
    assert rendered == len(showing(portal, "Something else.")) + 1
    write(portal.root, {"catalog/c-0005.yaml": component(5, about="Something else.", title="The fifth")})
    rendered, changed, _ = portal.rebuilt()
    named_on = ("component/c-0004", "component/c-0006", f"group/g-{5 % GROUPS}", f"system/s-{5 % SYSTEMS}")
    assert catalog("component/c-0005", "kind/component", *named_on) <= changed
    assert {name for name in changed if name.endswith(".html")} == showing(portal, "The fifth")
    # Pictures of relations reach two steps: a tab within reach of the title is made again, though it need not draw it.
    tabs = [name for name in pages_of(portal) if name.endswith("/relations/index.html")]
    assert len(showing(portal, "The fifth")) <= rendered <= len(showing(portal, "The fifth") | set(tabs))


def test_one_changed_page_of_markdown_renders_one_page(portal: Portal) -> None:
    """A sentence changes its own page; a title also the navigation, which all pages show."""
    portal.build()
    write(portal.root, {"content/index.md": "# Welcome\n\nAnother sentence.\n"})
    rendered, changed, _ = portal.rebuilt()
    assert (rendered, {name for name in changed if name.endswith(".html")}) == (1, {"index.html"})
    write(portal.root, {"content/about.md": "---\ntitle: Who we are\n---\nWe.\n"})
    rendered, changed, _ = portal.rebuilt()
    html = {name for name in changed if name.endswith(".html")}
    assert html == set(pages_of(portal)) - OF_THIS_BUILD
    assert rendered == len(html)


def pages_of(portal: Portal) -> list[str]:
    """The names of all HTML files but answers for machines."""
    found = [path.relative_to(portal.public).as_posix() for path in portal.public.rglob("*.html")]
    return [name for name in found if not name.startswith(("api/", "-/build/"))]


def test_an_entity_comes_and_goes(portal: Portal) -> None:
    """A new entity changes the pages that name it and those that count, and no other; gone, all is as before."""
    portal.build()
    before = tree(portal.public, without=OF_THIS_BUILD | {MARKER})
    write(portal.root, {"catalog/c-0012.yaml": component(12)})
    _, changed, _ = portal.rebuilt()
    related = ("component/c-0011", f"group/g-{12 % GROUPS}", f"system/s-{12 % SYSTEMS}")
    named = showing(portal, "c-0012")
    assert catalog("component/c-0012", "kind/component", *related) <= named
    counting = {
        "index.html",
        "search/index.html",
        *(f"catalog/{name}index.html" for name in ("", "graph/", "owner/", "system/", "type/", "lifecycle/", "people/")),
    }
    assert {name for name in changed if name.endswith(".html")} - counting == named - counting
    (portal.root / "catalog/c-0012.yaml").unlink()
    _, changed, report = portal.rebuilt()
    assert {name for name in changed if name.endswith(".html")} - counting == named - counting
    assert report["removed"] > 1
    assert differing(before, tree(portal.public, without=OF_THIS_BUILD | {MARKER})) == set()


# Never half a site


def whole(root: Path) -> bool:
    """Whether the published folder is one whole site: every page is there and complete, and all are of one edition."""
    pages = root / "public/catalog/default/component"
    wanted = {path.stem: pages / path.stem / "index.html" for path in root.glob("catalog/c-*.yaml")}
    wanted |= {name: root / "public" / name for name in ("index.html", "404.html", "catalog/index.html", "-/build/index.html")}
    if not all(path.is_file() for path in (*wanted.values(), root / "public/sitemap.xml", root / "public" / MARKER)):
        return False
    texts = {name: path.read_text(encoding="utf-8") for name, path in wanted.items()}
    editions = {text.partition("edition-")[2][:1] for name, text in texts.items() if name == "index.html" or name[:2] == "c-"}
    styles = root.glob("public/_/theme/*.css")
    return len(editions) == 1 and all(text.rstrip().endswith("</html>") for text in texts.values()) and any(styles)


def edition(root: Path, word: str, count: int) -> None:
    """Make every component's page, and the home page, another one: ``edition-a`` or ``edition-b``."""
    write(root, {f"catalog/c-{n:04}.yaml": component(n, about=f"edition-{word}") for n in range(count)})
    write(root, {"content/index.md": f"# Welcome\n\nThis is edition-{word}.\n"})


def cut_off(root: Path, moment: str, dice: random.Random) -> bool:
    """Begin a build and kill it at or soon after a moment; whether it was still alive.

    A moment is how many seconds a build may go on, or a file beside the output to wait for: the stage, or the journal.
    """
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    process = subprocess.Popen([*COMMAND, "build"], cwd=root, env=CLEAN, **quiet)  # type: ignore[call-overload]
    if moment[0].isdigit():
        time.sleep(dice.uniform(0.1, float(moment)))
    else:
        while process.poll() is None and not any(root.glob(f".public.callboard/{moment}")):
            time.sleep(0.0005)
        time.sleep(dice.uniform(0, 0.004 if moment == "journal.json" else 0.12))
    os.killpg(process.pid, signal.SIGKILL)
    return bool(process.wait() == -signal.SIGKILL)


MOMENTS = ("0.5", "stage-*", "stage-*", "journal.json", "journal.json", "stage-*", "stage-*", "journal.json")


@pytest.mark.parametrize(("count", "moments"), [(60, MOMENTS), (510, MOMENTS[:3] * 2)], ids=["journal", "swap"])
def test_killed_at_any_moment_a_whole_site_is_left(tmp_path: Path, count: int, moments: tuple[str, ...]) -> None:
    """SIGKILL at random moments: the published folder is the old site or the new one, the next command completes it.

    Many changed files are put in place by a swap, which is done or not; few one by one after a journal was written, which the next
    command finishes or undoes before anything else. Only while that journal lies there may the folder hold some of both.
    """
    root = write(tmp_path / "portal", files(count, url="https://portal.example.com/sub/"))
    dice = random.Random(20260115)
    edition(root, "a", count)
    assert command("build", cwd=root).returncode == 0
    killed = 0
    for number, moment in enumerate(moments):
        word = "ba"[number % 2]
        edition(root, word, count)
        if number % 3 == 2:
            shutil.rmtree(root / ".callboard", ignore_errors=True)
        killed += cut_off(root, moment, dice)
        if not any((root / ".public.callboard" / name).exists() for name in ("journal.json", "undo.json")):
            assert whole(root), f"half a site after round {number}, killed at {moment}"
        assert command("build", cwd=root).returncode == 0
        assert whole(root)
        assert f"edition-{word}" in (root / "public/index.html").read_text()
    assert killed >= len(moments) - 2, "most builds ended before they were killed: nothing was tried"
    assert [path.name for path in root.glob(".public.callboard/*") if path.name.startswith(("stage", "old", "journal"))] == []


def test_killed_in_its_first_build_the_next_one_completes_it(tmp_path: Path) -> None:
    """There is no site before the first one is whole."""
    root = write(tmp_path / "portal", files(60, url="https://portal.example.com/sub/"))
    edition(root, "a", 60)
    for moment in ("0.3", "0.6", "stage-*", "stage-*", "stage-*"):
        shutil.rmtree(root / "public", ignore_errors=True)
        cut_off(root, moment, random.Random(moment))
        assert not (root / "public").exists() or whole(root)
    assert command("build", cwd=root).returncode == 0
    assert whole(root)
    assert broken(root / "public", base="/sub/") == []


def test_readers_never_meet_a_missing_page(tmp_path: Path) -> None:
    """While one build after the other publishes, each page can be read at any moment, whole."""
    root = write(tmp_path / "portal", files(40, url="https://portal.example.com/sub/"))
    edition(root, "a", 40)
    assert command("build", cwd=root).returncode == 0
    page = root / "public/catalog/default/component/c-0007/index.html"
    for word in "ba":
        edition(root, word, 40)
        process = subprocess.Popen([*COMMAND, "build"], cwd=root, env=CLEAN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            assert page.read_bytes().rstrip().endswith(b"</html>")
            time.sleep(0.002)
        assert process.returncode == 0
    assert whole(root)


def test_two_builds_at_once(tmp_path: Path) -> None:
    """Two builds into one output: one waits for the other, both end well, the site is whole."""
    root = write(tmp_path / "portal", files(80, url="https://portal.example.com/sub/"))
    edition(root, "a", 80)
    both = [subprocess.Popen([*COMMAND, "build"], cwd=root, env=CLEAN, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert whole(root)


def test_a_folder_of_somebody_else_is_never_written(portal: Portal) -> None:
    """An output folder with files in it that Callboard did not make is refused, and stays as it is."""
    foreign = write(portal.root.parent / "foreign", {"thesis.txt": "Years of work."})
    report = portal.build("--output", str(foreign), code=1)
    assert [problem["code"] for problem in report["problems"]] == ["foreign-output"]  # type: ignore[attr-defined, index]
    assert tree(foreign) == {"thesis.txt": b"Years of work."}


def test_an_error_leaves_the_published_site(portal: Portal) -> None:
    """A site.yaml with an error changes no byte of what is published."""
    portal.build()
    before = tree(portal.public)
    (portal.root / "site.yaml").write_text("site: {title: Portal}\nplugnis: []\n")
    assert portal.build(code=1)["written"] is False
    assert tree(portal.public) == before


# Services that fail


RUNS = """\
callboard: 1
title: Builds
options:
  base: {type: url, help: Where the service answers.}
  token: {type: secret, env: BUILDS_TOKEN, optional: true, help: A token.}
sources:
  runs: {http: "{base}/runs", secret: token, ttl: 1h}
pages:
  - {path: /, view: table, data: runs}
"""


@pytest.fixture
def served(portal: Portal, faults: FaultServer) -> Portal:
    """The site with one more plugin, which asks a service on this machine."""
    site = (portal.root / "site.yaml").read_text()
    mount = f"  - {{plugin: builds, options: {{base: '{faults.url}'}}}}\n"
    write(portal.root, {"plugins/builds/plugin.yaml": RUNS, "site.yaml": site.replace("build: {", mount + "build: {")})
    faults.json("/runs", '[{"name": "nightly", "state": "passed"}]')
    return portal


def codes(report: Mapping[str, object]) -> list[str]:
    """The codes of a report's problems."""
    problems = report["problems"]
    assert isinstance(problems, list)
    return [problem["code"] for problem in problems]


def text_of(page: str) -> str:
    """What a reader sees of a page's main part."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape("".join(part.partition(">")[2] for part in f">{main}".split("<"))).split())


def test_a_service_that_fails_after_a_good_answer(served: Portal, faults: FaultServer) -> None:
    """The page keeps its content and says that it is stale, and as of when; ``--strict`` stops, and writes nothing."""
    served.build()
    assert "nightly" in served.page("/builds/")
    faults.on("/runs", lambda call: call.answer(b"down", status="503 Service Unavailable", kind="text/plain"))
    report = served.build("--refresh")
    assert codes(report) == ["stale-source"]
    page = served.page("/builds/")
    assert "nightly" in page
    assert "stale" in text_of(page)
    assert f'datetime="{time.strftime("%Y-")}' in page
    before = tree(served.public)
    strict = served.build("--refresh", "--strict", code=1)
    assert (strict["written"], tree(served.public)) == (False, before)


def test_a_service_that_never_answered(served: Portal, faults: FaultServer) -> None:
    """The page says what failed, all others are complete, exit 0; ``--strict`` exits with 1 and writes nothing."""
    faults.on("/runs", faults.hangs_up)
    strict = served.build("--strict", code=1)
    assert strict["written"] is False
    assert not served.public.exists()
    report = served.build()
    assert codes(report) == ["failed-source"]
    text = text_of(served.page("/builds/"))
    assert "failed" in text
    assert f"127.0.0.1:{faults.port}" in text
    assert "Ann" in served.page("/oncall/")
    assert broken(served.public) == []


def test_offline_and_refresh(served: Portal, faults: FaultServer) -> None:
    """``--offline`` asks nobody and shows the last answers; a fresh answer is not asked for again, but with ``--refresh``."""
    served.build()
    served.build()
    assert faults.asked("/runs") == 1
    faults.json("/runs", '[{"name": "hourly", "state": "passed"}]')
    served.build("--offline")
    assert (faults.asked("/runs"), "nightly" in served.page("/builds/")) == (1, True)
    served.build("--refresh=rota")
    assert faults.asked("/runs") == 1
    served.build("--refresh=runs")
    assert (faults.asked("/runs"), "hourly" in served.page("/builds/")) == (2, True)
    served.build("--refresh")
    assert faults.asked("/runs") == 3


def test_offline_from_the_start(served: Portal, faults: FaultServer) -> None:
    """Without any answer from before, ``--offline`` builds the site, and the page says that there is no answer."""
    assert codes(served.build("--offline")) == ["failed-source"]
    assert faults.calls == []
    assert "failed" in text_of(served.page("/builds/"))


def test_check_asks_and_writes_nothing(served: Portal, faults: FaultServer) -> None:
    """``check`` finds nothing wrong with this site, asks no service and leaves no file."""
    before = tree(served.root)
    assert run(["check", str(served.root)]) == 0
    assert faults.calls == []
    assert tree(served.root) == before


def test_json_is_one_document(served: Portal) -> None:
    """``--format json`` prints one JSON document and nothing else, on success and on failure."""
    done = command("build", "--format", "json", cwd=served.root)
    assert json.loads(done.stdout)["written"] is True
    (served.root / "site.yaml").write_text("plugnis: [\n")
    for words in (["build"], ["check"]):
        done = command(*words, "--format", "json", cwd=served.root)
        assert (done.returncode, len(json.loads(done.stdout)["problems"])) == (1, 1)
        assert done.stderr == ""


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("named", [False, True], ids=["environment", "option"])
def test_a_secret_is_nowhere(served: Portal, faults: FaultServer, failing: bool, named: bool) -> None:
    """A secret reaches the service, and no byte of the site, the cache or what the commands print, also if the service repeats it."""
    secret = "s3cr3t-0f-the-house"  # what is looked for
    if named:
        site = served.root / "site.yaml"
        site.write_text(site.read_text().replace("options: {base:", "options: {token: '${MY_TOKEN}', base:"))
    body = f'{{"error": "the token {secret} is wrong"}}'.encode()
    if failing:
        faults.on("/runs", lambda call: call.answer(body, status="401 Unauthorized", www_authenticate=secret))
    env = {"MY_TOKEN" if named else "BUILDS_TOKEN": secret}
    printed = told(served.root, env)
    assert {call.headers["authorization"] for call in faults.calls} == {f"Bearer {secret}"}
    assert_nowhere(secret, served.root, printed)


LEAKING = """\
from callboard.plugin import Dataset, Provider


class Leaking(Provider):
    def provide(self, options, context):
        token = options.token.reveal()
        WAY
        return Dataset()
"""


@pytest.mark.parametrize(
    "way",
    [
        'context.log(f"asking with {token}, {options}")',
        'raise ValueError(f"cannot log in with {token}")',
        "raise KeyError(options)",
        "context.http.json(f'https://api.example.com/?key={token}')",
        "return Dataset(rows=[{'options': str(options)}])",
        "return Dataset(rows=[{'token': options.token}])",
    ],
    ids=["log", "message", "options", "address", "text", "record"],
)
def test_a_careless_provider_gives_no_secret_away(portal: Portal, way: str) -> None:
    """Whatever a provider says about its options in messages, records and addresses, no secret comes out."""
    secret = "s3cr3t-0f-the-house"
    manifest = "callboard: 1\ntitle: Leaking\noptions: {token: {type: secret, env: LEAKING_TOKEN, help: A token.}}\n"
    site = (portal.root / "site.yaml").read_text()
    made = {
        "plugins/leaking/plugin.yaml": f"{manifest}provider: provider:Leaking\npages: [{{path: /, view: table, data: rows}}]\n",
        "plugins/leaking/provider.py": LEAKING.replace("WAY", way),
        "site.yaml": site.replace("build: {", "  - {plugin: leaking}\nbuild: {"),
    }
    write(portal.root, made)
    assert_nowhere(secret, portal.root, told(portal.root, {"LEAKING_TOKEN": secret}))


def told(root: Path, env: Mapping[str, str]) -> str:
    """All that the commands print about a site."""
    printed = ""
    for words in (["build"], ["build", "--refresh", "--format", "json"], ["check"], ["plugins"]):
        done = command(*words, cwd=root, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        printed += done.stdout + done.stderr
    return printed


def assert_nowhere(secret: str, root: Path, printed: str) -> None:
    """Neither the site nor the cache nor what was printed holds it."""
    written = {f"{top}/{n}": c for top in ("public", ".callboard") for n, c in tree(root / top).items()}
    assert any(name.startswith(".callboard/cache") for name in written)
    assert [name for name, content in written.items() if secret.encode() in content] == []
    assert secret not in printed


# Pages


def test_pages_do_not_grow_with_the_catalog(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An entity's page in a catalog of 2,000 entities is no larger than in one of 20."""
    sizes = []
    for count in (20, 2000):
        small = Portal(write(tmp_path / str(count), files(count)), capsys)
        # Entities without company: what is measured is what the site adds to a page, not how many relations an entity has.
        write(small.root, {"catalog/alone.yaml": entity("Component", "alone", "type: x, lifecycle: y, owner: g-none")})
        write(small.root, {"catalog/none.yaml": entity("Group", "g-none", "type: team, children: []")})
        small.build()
        pages = ("catalog/default/component/alone", "catalog/default/component/c-0007", "radar", "")
        sizes.append([len(small.page(page).encode()) for page in pages])
        tables = [path.stat().st_size for path in small.public.rglob("kind/**/index.html")]
        assert max(tables) < 100_000
        assert len(small.page("catalog").encode()) < 80_000  # its facets name eight values each, its table shows forty rows
    assert all(large <= 1.05 * little for little, large in zip(*sizes, strict=True)), sizes


@pytest.mark.parametrize(
    ("url", "portable", "base"),
    [("", False, "/"), ("https://portal.example.com/a/sub/", False, "/a/sub/"), ("", True, "/"), ("", True, "/any/where/")],
    ids=["root", "sub-path", "portable", "portable-anywhere"],
)
def test_every_link_leads_to_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str, portable: bool, base: str
) -> None:
    """Every href and src of every page is a file of the site, every #fragment an id in it, and nothing is loaded from elsewhere."""
    made = Portal(write(tmp_path / "portal", files(130, url=url, portable=portable)), capsys)
    made.build()
    # 404.html is shown at any depth, so its links are those of a site at the top of a host.
    assert broken(made.public, base=base, without="404.html" if base == "/any/where/" else "") == []
    loaded = {address for path in made.public.rglob("*.html") for address in Links(path.read_text()).loaded}
    assert [address for address in loaded if urlsplit(address).scheme not in ("", "data") or urlsplit(address).netloc] == []
    if portable:
        pages = [path for path in made.public.rglob("*.html") if path.name != "404.html"]
        absolute = {
            a for path in pages for a in Links(path.read_text()).followed | Links(path.read_text()).loaded if a[:1] == "/"
        }
        assert absolute == set()
    styles = "".join(path.read_text() for path in made.public.rglob("*.css"))
    assert "url(http" not in styles
    assert "@import" not in styles


@pytest.mark.browser
def test_a_portable_site_from_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str], browser: Browser) -> None:
    """Opened as files, a portable site shows its styles, its links work, and it asks no host for anything."""
    made = Portal(write(tmp_path / "a portal", files(8, portable=True)), capsys)
    made.build()
    page = browser.open((made.public / "index.html").as_uri())
    assert page.console == []
    assert [address for address in page.requests if not address.startswith("file://")] == []
    assert page.evaluate("getComputedStyle(document.body).fontFamily") != page.evaluate("'serif'")
    assert page.evaluate("[...document.styleSheets].length") >= 1
    for words in ("Catalog", "Components"):
        before = page.loads
        page.evaluate(f"[...document.querySelectorAll('main a, .rail a')].find(a => a.textContent.includes('{words}')).click()")
        page.wait_load(before)
    assert page.evaluate("location.pathname").endswith("/public/catalog/kind/component/index.html")
    assert page.console == []
    page.close()
