"""Screen: where a command's lines go: a terminal (width, colour), a pipe or CI log (plain), GitHub's log (with annotations)."""

from __future__ import annotations

import io
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

import click

from callboard.cli.ends import silence
from callboard.cli.words import count, number
from callboard.model.lines import annotation, cut, safe, unordered

if TYPE_CHECKING:
    from callboard.model.problem import Problem
    from callboard.model.report import BuildReport

SHOWN_WARNINGS: Final = 50
ANNOTATIONS: Final = 50
"""GitHub itself shows ten of a kind a step."""
_NO: Final = ("", "0", "false")


class Screen:
    """Standard output, as what it is. Everything for people goes here but wrong command lines and bugs (standard error)."""

    def __init__(self, environ: Mapping[str, str], *, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        if isinstance(self.stream, io.TextIOWrapper):
            self.stream.reconfigure(errors="backslashreplace")
        in_ci = environ.get("CI", "").lower() not in _NO
        self.live = self.stream.isatty() and not in_ci and environ.get("TERM") != "dumb"
        """Whether it is a terminal that a person watches: lines wrap, bars move, control codes are welcome."""
        self.colour = self.live and not environ.get("NO_COLOR")
        self.github = environ.get("GITHUB_ACTIONS") == "true"
        self.workspace = Path(environ.get("GITHUB_WORKSPACE") or Path.cwd())

    def line(self, text: str, *, colours: Mapping[str, str] | None = None) -> None:
        """Print one line. ``colours`` names words of it and their colour on a terminal."""
        text = safe(text)
        if self.github:
            text = unordered(text)
        if self.live:
            text = _wrapped(text, shutil.get_terminal_size().columns)
        if self.colour:
            for words, colour in (colours or {}).items():
                text = text.replace(words, click.style(words, fg=colour), 1)
        self.raw(text + "\n")

    def raw(self, text: str) -> None:
        """Print as it is. If nobody reads any more, the command goes on in silence."""
        try:
            self.stream.write(text)
            self.stream.flush()
        except BrokenPipeError:
            silence()

    def problems(self, report: BuildReport, root: Path, *, output: str = "") -> None:
        """Print all problems, one a line: on a terminal only the first 50 warnings, and where to read the others."""
        left_out = 0
        warnings = set(report.warnings[SHOWN_WARNINGS:]) if self.live else set()
        for problem in report.problems:
            if problem in warnings:
                left_out += 1
            else:
                self.line(cut(problem.text), colours={"  warning:": "yellow"})
        if left_out:
            where = f"in {output}-/build/ and " if output and report.written else ""
            self.line(f"… and {number(left_out)} more; all are {where}in --format json.")
        if self.github:
            self._annotate(report.errors, root)
            self._annotate(report.warnings, root)

    def summary(self, text: str, report: BuildReport) -> None:
        """Print the last line: how many errors and warnings in their colours."""
        counts = {count(len(report.errors), "error"): "red", count(len(report.warnings), "warning"): "yellow"}
        self.line(text, colours={words: colour for words, colour in counts.items() if not words.startswith("0 ")})

    def _annotate(self, problems: Iterable[Problem], root: Path) -> None:
        for problem in list(problems)[:ANNOTATIONS]:
            self.raw(annotation(problem, os.path.relpath(root, self.workspace)) + "\n")


def _wrapped(text: str, width: int) -> str:
    if len(text) <= width or width < 20:
        return text
    indent = text[: len(text) - len(text.lstrip())] + "    "
    return textwrap.fill(
        text,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
