"""Broken sites: what ``check`` and ``build`` print about each is exactly what a person needs, and nothing is written.

A case is a folder of ``tests/problems/`` with a site and ``problem.txt``, the lines that are printed. ``arguments.txt`` may hold
more words of the command line. To see what a new case prints, leave ``problem.txt`` out and run the test once: it is written.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from callboard.cli import run

CASES = sorted(path for path in (Path(__file__).parent / "problems").iterdir() if path.is_dir())
NOT_THE_SITES = shutil.ignore_patterns("problem.txt", "arguments.txt", "__pycache__")


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub's annotations are another test's; these are the lines that people read."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


def arguments(case: Path) -> list[str]:
    """More words of this case's command line."""
    file = case / "arguments.txt"
    return file.read_text(encoding="utf-8").split() if file.exists() else []


def expected(case: Path, printed: list[str]) -> list[str]:
    """The lines that this case prints; written from what was printed where there are none yet, but never in CI."""
    file = case / "problem.txt"
    if not file.exists():
        if os.environ.get("CI", "").lower() not in ("", "0", "false"):
            pytest.fail(f"{case.name}/problem.txt is missing: run this test on your machine, read what it wrote, and commit it")
        file.write_text("".join(f"{line}\n" for line in printed), encoding="utf-8")
        pytest.fail(f"{file} was missing and is written now: read it as the person would who made the mistake, and run again")
    return file.read_text(encoding="utf-8").splitlines()


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name != "__pycache__"
    }


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str], str]:
    """Run a command: its exit code, the lines before the last one, and the last one."""
    code = run(words)
    *lines, last = capsys.readouterr().out.splitlines()
    return code, lines, last


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_check_prints_what_a_person_needs(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``check`` prints the lines of problem.txt and one that counts them, exits with 1 if any is an error, and writes nothing."""
    site = shutil.copytree(case, tmp_path / "site", ignore=NOT_THE_SITES)
    before = tree(site)
    code, lines, last = said(capsys, "check", str(site), *arguments(case))
    assert lines == expected(case, lines)
    errors = sum("  warning: " not in line for line in lines)
    assert code == (1 if errors else 0)
    assert last.startswith(f"{errors} error")
    assert tree(site) == before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_build_prints_the_same_and_writes_nothing(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``build`` prints the same lines; where one is an error it exits with 1, says so, and leaves no file behind."""
    site = shutil.copytree(case, tmp_path / "site", ignore=NOT_THE_SITES)
    before = tree(site)
    code, lines, last = said(capsys, "build", str(site), *arguments(case))
    listed = [line for line in lines if line.endswith("]")]
    assert listed == expected(case, listed)
    if any("  warning: " not in line for line in listed):
        assert (code, last.partition(";")[2]) == (1, " nothing was written.")
        assert {name: content for name, content in tree(site).items() if not name.startswith(".callboard/")} == before
        assert not (site / "public").exists()
    else:
        assert (code, (site / "public" / "index.html").is_file()) == (0, True)


def test_each_line_has_a_place_and_a_code() -> None:
    """Every line of every problem.txt is ``file:line:column  …  [code]``: nobody has to search.

    A word of the command line has no line: ``--env`` names an overlay that is not there.
    """
    pattern = re.compile(r"^[\w./-]+:\d+:\d+  (warning: )?\S.*\S \[[a-z_/-]+\]$")
    lines = [(case.name, line) for case in CASES for line in (case / "problem.txt").read_text(encoding="utf-8").splitlines()]
    assert [item for item in lines if not pattern.match(item[1])] == [
        ("overlay-missing", 'site.yaml  there is no overlay "site.prodution.yaml". There are: production. [missing-overlay]')
    ]
    assert len(CASES) >= 20
