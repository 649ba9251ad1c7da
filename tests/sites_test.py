"""Tiny sites in, the whole published folder out: each case of ``tests/sites/`` has a ``site`` and what is ``expected``.

What is compared: the names of all files, the navigation of each page, each page's main part as text with its headings, links,
tables and states, and every other file byte for byte. Left out: the assets of the theme and of bundled plugins, and the page
around the main part (a change of looks must not touch every case; the case ``whole`` holds the complete bytes once), the build
report and the stamp, which say when and how long (``promises_test.py`` looks at them). Digests in the names of assets are ``#``.

``arguments.txt`` holds more words of the command line. To see what a case gives, remove its ``expected`` and run the test once.
"""

from __future__ import annotations

import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from callboard import __version__
from callboard.cli import run
from callboard.paths import bundled

CASES = sorted(path for path in (Path(__file__).parent / "sites").iterdir() if (path / "site").is_dir())
OF_THIS_BUILD = ("-/plugins/index.html", "-/build/index.html", "-/build/report.json", "_/stamp.js", ".callboard.json")
OF_OTHERS = ("_/theme/", "_/search")
"""What tests of their own look at: the theme, and the search index."""
DIGEST = re.compile(r"(_/[\w./-]+)\.[0-9a-f]{8}\.")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = (
    *HEADINGS,
    "p",
    "div",
    "section",
    "header",
    "ul",
    "ol",
    "dl",
    "table",
    "figure",
    "details",
    "nav",
    "summary",
    "footer",
    "form",
)
BUNDLED = tuple(f"_/{path.name}/" for path in bundled("plugins").iterdir())
"""Assets of bundled plugins: their names are compared, what is in them is the plugin's own affair."""
SILENT = ("script", "style", "template")


class Outline(HTMLParser):
    """A part of a page as lines of text: what readers get, whatever it looks like."""

    def __init__(self, html: str, *, within: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._within, self._class = within.partition(".")[::2]
        self._depth = self._quiet = self._verbatim = 0
        self._line = ""
        self._links: list[str] = []
        self._cells = 0
        self.feed(html)

    @property
    def text(self) -> str:
        """The lines, each with a line end."""
        return "".join(f"{line}\n" for line in self.lines)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if not self._depth:
            self._depth = int(tag == self._within and self._class in ("", *given.get("class", "").split()))
            return
        self._depth += tag == self._within
        if self._quiet or tag in SILENT or (tag == "svg" and given.get("aria-hidden") == "true"):
            self._quiet += tag in (*SILENT, "svg")
            return
        self._open(tag, given)

    def _open(self, tag: str, given: dict[str, str]) -> None:
        if tag in BLOCKS or tag in ("li", "tr", "dt", "pre"):
            self._break()
        if tag in HEADINGS:
            self._line = f"{'#' * int(tag[1])} "
        elif tag == "li":
            self._line = "- "
        elif tag == "table":
            self.lines.append("table, sortable:" if "data-sortable" in given else "table:")
        elif tag in ("td", "th"):
            self._line += " | " if self._cells else "| "
            self._cells += 1
        elif tag == "a":
            self._links.append(given.get("href") or given.get("xlink:href") or "")
            self._line += "[*" if given.get("aria-current") else "["
        elif tag == "img":
            self._line += f"![{given.get('alt', '')}]({plain(given.get('src', ''))})"
        elif tag == "input":
            self._line += f"({given.get('type', '')}{' checked' if 'checked' in given else ''}) "
        elif tag == "span" and "state" in given.get("class", "").split():
            self._line += f"<{' '.join(name for name in given['class'].split() if name != 'state')}> "
        self._verbatim += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if not self._depth:
            return
        if self._quiet:
            self._quiet -= tag in (*SILENT, "svg")
        elif tag == "a" and self._links:
            self._line = f"{self._line.rstrip()}]({plain(self._links.pop())})"
        elif tag == "dt":
            self._line += ": "
        elif tag in (*BLOCKS, "li", "tr", "dd", "pre"):
            self._verbatim -= tag == "pre"
            self._break()
        self._depth -= tag == self._within
        if not self._depth:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._depth or self._quiet:
            return
        if self._verbatim:
            *whole, self._line = (self._line + data).split("\n")
            self.lines += [f"    {line}" for line in whole]
            return
        words = " ".join(data.split())
        before = " " if data[:1].isspace() and self._line and self._line[-1] not in " [" else ""
        self._line += f"{before}{words}{' ' if words and data[-1:].isspace() else ''}"

    def _break(self) -> None:
        line, self._line, self._cells = " ".join(self._line.split()), "", 0
        if line not in ("", "-"):
            self.lines.append(line)


def plain(text: str) -> str:
    """Names of assets without their digests."""
    return DIGEST.sub(r"\1.#.", text)


def published(public: Path) -> dict[str, bytes]:
    """Every file of a site, as it is compared."""
    found = {path.relative_to(public).as_posix(): path.read_bytes() for path in sorted(public.rglob("*")) if path.is_file()}
    kept = {name: content for name, content in found.items() if name not in OF_THIS_BUILD and not name.startswith(OF_OTHERS)}
    assert set(OF_THIS_BUILD) <= found.keys()
    shown = {"files.txt": "".join(f"{plain(name)}\n" for name in sorted(kept, key=plain)), "nav.txt": navigation(kept)}
    shown |= {
        f"{name.removesuffix('.html')}.txt": Outline(kept[name].decode(), within="main").text for name in kept if is_page(name)
    }
    others = {plain(name): content for name, content in kept.items() if not is_page(name) and not name.startswith(BUNDLED)}
    return {name: text.encode() for name, text in shown.items()} | others


def is_page(name: str) -> bool:
    """Whether a file is a page."""
    return name.endswith(".html")


def navigation(files: dict[str, bytes]) -> str:
    """What the navigation shows: once for all pages that show the same, but for the mark of where one is."""
    rails: dict[str, list[str]] = {}
    for name in sorted(filter(is_page, files)):
        rail = Outline(files[name].decode(), within="nav.rail").text
        here = ", ".join(re.findall(r"\[\*(.*?)]", rail)) or "nothing"
        rails.setdefault(rail.replace("[*", "["), []).append(f"{name}: {here}")
    return "\n".join(rail + "".join(f"{place}\n" for place in places) for rail, places in rails.items())


def complete(public: Path) -> dict[str, bytes]:
    """Every file of a site as it is, but digests of the theme's assets and the version."""
    return {
        path.relative_to(public).as_posix(): plain(path.read_text(encoding="utf-8")).replace(__version__, "VERSION").encode()
        for path in sorted(public.rglob("*"))
        if path.is_file()
        and not (name := path.relative_to(public).as_posix()).startswith((*OF_OTHERS, "-/"))
        and name != ".callboard.json"
    }


def compared(folder: Path, made: dict[str, bytes]) -> dict[str, bytes]:
    """What is expected; written from what was made where there is nothing yet, but never in CI."""
    if not folder.exists():
        if os.environ.get("CI", "").lower() not in ("", "0", "false"):
            pytest.fail(f"{folder} is missing: run this test on your machine, read what it wrote, and commit it")
        for name, content in made.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        pytest.fail(f"{folder} was missing and is written now: read it, and run again")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_site_is_as_expected(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case's site is built without an error, and every file of it is as expected: none is missing, none too many."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    site = shutil.copytree(case / "site", tmp_path / "site", ignore=shutil.ignore_patterns("__pycache__"))
    words = (case / "arguments.txt").read_text().split() if (case / "arguments.txt").exists() else []
    code = run(["build", str(site), "--output", str(tmp_path / "public"), *words])
    printed = capsys.readouterr().out
    assert code == 0, printed
    made = complete(tmp_path / "public") if case.name == "whole" else published(tmp_path / "public")
    # Warnings are a part of what a site gives; a case without them expects none.
    warnings = [line for line in printed.splitlines() if "  warning: " in line]
    if warnings:
        made["warnings.txt"] = "".join(f"{line}\n" for line in warnings).encode()
    wanted = compared(case / "expected", made)
    assert sorted(made) == sorted(wanted)
    for name, content in made.items():
        assert content.decode("utf-8", "replace").splitlines() == wanted[name].decode("utf-8", "replace").splitlines(), name
        assert content == wanted[name], name
