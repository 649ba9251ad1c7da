"""``build`` and ``check``: run, then problems, then the line that sums it up."""

from __future__ import annotations

import json as jsonlib
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callboard.cli import document, words
from callboard.cli.ends import FINE, PROBLEMS
from callboard.cli.progress import reporting
from callboard.cli.screen import Screen

if TYPE_CHECKING:
    from callboard.cli.session import Session
    from callboard.model.report import BuildReport


def build_site(session: Session, site: Path, *, json: bool, strict: bool, **given: Any) -> int:
    """Build it and print the report; the exit code."""
    session.site = site
    from callboard.build import Settings, build, effects

    screen = Screen(session.environ)
    settings = Settings(strict=strict or None, **given)
    with redirect_stdout(sys.stderr if json else sys.stdout), reporting(screen, silent=json) as reporter:
        made = (session.effects or effects)(reporter)
        report = build(site, settings, made)
    if json:
        _print_json(screen, report)
    else:
        output = shown(report, site)
        screen.problems(report, root(site), output=output)
        screen.summary(words.built(report, output), report)
    return code(report, strict=strict, writes=True)


def check_site(session: Session, site: Path, *, env: str, strict: bool, json: bool) -> int:
    """Check it and print what was found; the exit code."""
    session.site = site
    from callboard.check import check

    screen = Screen(session.environ)
    with redirect_stdout(sys.stderr if json else sys.stdout):
        report = check(site, env=env)
    if json:
        _print_json(screen, report)
    else:
        screen.problems(report, root(site))
        screen.summary(words.checked(report), report)
    return code(report, strict=strict, writes=False)


def check_links(session: Session, site: Path, *, env: str, strict: bool, offline: bool, json: bool) -> int:
    """Check it and its links to other sites, and print what was found; the exit code."""
    session.site = site
    from callboard.build import effects
    from callboard.check import check_outside
    from callboard.model.effects import Silent

    screen = Screen(session.environ)
    with redirect_stdout(sys.stderr if json else sys.stdout):
        report = check_outside(site, (session.effects or effects)(Silent()), env=env, offline=offline)
    if json:
        _print_json(screen, report)
    else:
        screen.problems(report, root(site))
        for link in report.links or ():
            if link.state == "unknown":
                screen.line(f"{link.place}  could not be checked: {link.url} ({link.said})")
        screen.line(words.asked(report))
        screen.summary(words.checked(report), report)
    return code(report, strict=strict, writes=False)


def code(report: BuildReport, *, strict: bool, writes: bool) -> int:
    """The exit code of a report; ``site.yaml`` may ask for strictness too.

    A build that wrote nothing had problems, whatever they are called.
    """
    bad = bool(report.errors) or ((strict or report.strict) and bool(report.problems)) or (writes and not report.written)
    return PROBLEMS if bad else FINE


def root(site: Path) -> Path:
    """The folder that a site's problems are named from."""
    return site if site.is_dir() else site.parent


def shown(report: BuildReport, site: Path) -> str:
    """The output folder as people would type it from here, with a slash at its end."""
    path = Path(os.path.normpath(root(site).absolute() / report.output))
    short = os.path.relpath(path)
    return f"{path if short.startswith('..') else short}{os.sep}"


def _print_json(screen: Screen, report: BuildReport) -> None:
    screen.raw(jsonlib.dumps(document.report(report), ensure_ascii=True, indent=2) + "\n")
