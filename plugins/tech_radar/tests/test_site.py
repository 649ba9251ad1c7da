"""The radar as readers see it: built by the whole pipeline."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from callboard import build as pipeline

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "radar"
OURS = """\
title: Ours
date: 2026-11
quadrants: [Languages, Tools, Platforms, Methods]
rings: [{name: Adopt, description: Use it.}, Trial, Hold]
entries:
  - name: Python
    quadrant: Languages
    ring: Adopt
    description: "Our **first** choice.\\n\\n<script>alert(1)</script>"
    url: https://www.python.org
  - name: Rust
    quadrant: Languages
    history:
      - {date: 2026-10-01, ring: Trial, note: Ten times *faster*.}
      - {date: 2025-01-01, ring: Hold}
  - name: '"><script>alert(2)</script>'
    quadrant: Tools
    ring: Hold
"""


class Elements(HTMLParser):
    """All start tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Keep it."""
        self.found.append((tag, dict(attrs)))


class Portal:
    """A site with one radar."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self, radar: str | bytes | None, options: str = "") -> pipeline.BuildReport:
        """One build with this radar file."""
        text = "site: {title: Portal}\nplugins:\n- plugin: tech_radar\n  path: /radar/\n"
        (self.folder / "site.yaml").write_text(f"{text}  options: {{data: radar.yaml{options}}}\n", encoding="utf-8")
        if radar is not None:
            (self.folder / "radar.yaml").write_bytes(radar if isinstance(radar, bytes) else radar.encode())
        return pipeline.build(self.folder, pipeline.Settings(jobs=1), pipeline.effects(environ={}))

    def page(self, path: str = "/radar/") -> str:
        """The HTML of one page."""
        return (self.folder / "public" / path.strip("/") / "index.html").read_text(encoding="utf-8")


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    """The site."""
    return Portal(tmp_path)


def blips(html):
    """Accessible name → href of each blip."""
    return {
        a["aria-label"]: a["href"] for tag, a in Elements(html).found if tag == "a" and "radar-blip" in (a.get("class") or "")
    }


def test_each_blip_is_a_link_with_its_words(portal):
    """A blip's accessible name says number, name, ring and movement; it leads to the entry's page."""
    report = portal.build(OURS)
    assert report.problems == ()
    assert blips(portal.page())['1. "><script>alert(2)</script>, Hold, no change'] == "/radar/script-alert-2-script/"
    assert blips(portal.page())["3. Rust, Trial, moved in"] == "/radar/rust/"


def test_the_table_has_the_same_content(portal):
    """Every entry stands in the table too, with quadrant, ring and movement."""
    portal.build(OURS)
    table = portal.page().partition("<tbody>")[2].partition("</tbody>")[0]
    row = next(row for row in table.split("<tr>") if ">Rust<" in row)
    assert [word in row for word in ("Languages", "Trial", "moved in", "1 Oct 2026")] == [True] * 4


def test_movement_is_a_shape(portal):
    """What moved has another shape, not only another colour."""
    portal.build(OURS)
    shapes = dict(re.findall(r'<a class="radar-blip radar-(\w+)"[^>]*><(\w+)', portal.page()))
    assert shapes == {"circle": "circle", "up": "path"}


def test_page_of_an_entry(portal):
    """An entry's page has its description as safe HTML, its link and its history."""
    portal.build(OURS)
    python, rust = portal.page("/radar/python/"), portal.page("/radar/rust/")
    assert "<strong>first</strong>" in python
    assert 'href="https://www.python.org"' in python
    assert "<em>faster</em>" in rust
    assert rust.index("1 Oct 2026") < rust.index("1 Jan 2025")


def test_nothing_inline_and_nothing_runs(portal):
    """No inline style, script or event attribute, also with hostile names: the page keeps its strict policy."""
    portal.build(OURS)
    for path in ("/radar/", "/radar/python/", "/radar/script-alert-2-script/"):
        for tag, attrs in Elements(portal.page(path)).found:
            assert not any(name == "style" or name.startswith("on") for name in attrs), (tag, attrs)
            assert tag != "script" or attrs.get("src"), attrs


def test_what_moved_stands_on_the_home_page(portal):
    """The home page's card names what moved and from where."""
    portal.build(OURS)
    home = portal.page("/")
    assert "Moved on the radar" in home
    assert "Hold → Trial" in home


def test_nothing_yet(portal):
    """A radar without entries says how to begin."""
    report = portal.build("entries: []\n")
    assert report.problems == ()
    assert "Nothing is on the radar yet." in portal.page()
    assert '<svg viewBox="0 0 1000 1000"' not in portal.page()


def test_provenance(portal):
    """The page says which file it comes from."""
    portal.build(OURS)
    assert ">radar.yaml<" in portal.page()


def test_no_file_stops_the_build_at_the_option(portal):
    """A radar file that is not there is an error with the place of the option and the mend."""
    report = portal.build(None)
    [problem] = report.errors
    assert (str(problem.place), report.written) == ("site.yaml:5:13", False)


def test_a_bad_entry_does_not_stop_the_build(portal):
    """A bad entry is a warning in the report; the site is written without it."""
    report = portal.build(OURS.replace("ring: Adopt", "ring: Adpot"))
    [problem] = report.warnings
    assert (report.written, str(problem.place)) == (True, "radar.yaml:8:5")
    assert not any("Python" in name for name in blips(portal.page()))


def test_unchanged_means_nothing_to_render(portal):
    """Built again, nothing is rendered; a new entry marked as new leaves the other entries' pages as they were."""
    portal.build(OURS)
    assert portal.build(OURS).rendered == 0
    report = portal.build(OURS + "  - {name: Zig, quadrant: Languages, ring: Hold, moved: 2}\n")
    assert "radar/zig/index.html" in {
        p.relative_to(portal.folder / "public").as_posix() for p in portal.folder.rglob("public/**/index.html")
    }
    assert 0 < report.rendered < report.pages


@pytest.mark.parametrize(
    ("file", "options", "count"),
    [
        ("backstage/sampleTechRadarResponse.json", "", 9),
        ("zalando/config.json", ", quadrants: [Languages, Infrastructure, Datastores, Data management]", 81),
    ],
)
def test_real_radars(portal, file, options, count):
    """Backstage's and Zalando's own files build without a problem; the page stays small."""
    if not (DATA / file).is_file():
        pytest.skip("the real radar files are not here")
    report = portal.build((DATA / file).read_bytes(), options)
    page = portal.page()
    assert (report.problems, len(blips(page))) == ((), count)
    assert len(page.encode()) < 120_000
    assert len(Elements(page).found) <= 1500
