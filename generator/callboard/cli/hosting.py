"""What commands of plugins may ask of Callboard: the data of a site, and the kinds of entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from callboard.cli.progress import reporting
from callboard.cli.screen import Screen

if TYPE_CHECKING:
    from callboard.cli.session import Session
    from callboard.model.entity import Kind
    from callboard.model.problem import Problem
    from callboard.plugin import Portal


def portal(session: Session, site: Path, *, offline: bool, env: str) -> Portal:
    """The data of a site, collected as a build does. Raises ClickException if it has errors; warnings are not said."""
    from callboard import build

    session.site = site
    screen = Screen(session.environ)
    with reporting(screen, silent=True) as reporter:
        effects = (session.effects or build.effects)(reporter)
        found, problems = build.portal(site, build.Settings(offline=offline, env=env), effects)
    if found is None:
        raise _stopped(problems)
    return found


def kinds(session: Session, site: Path | None) -> Mapping[str, Kind]:
    """Kinds by lower-cased name. Raises ClickException if the site has errors."""
    from callboard import discovery

    if site is None:
        return {kind.name.lower(): kind for kind in discovery.bundled_kinds()}
    from callboard import config
    from callboard.model.problem import Severity

    session.site = site
    loaded, problems = config.load(site)
    if loaded is None:
        raise _stopped(problems)
    plugins, found = discovery.find(loaded)
    if any(problem.severity is Severity.ERROR for problem in (*problems, *found)):
        raise _stopped([*problems, *found])
    return {kind.name.lower(): kind for plugin in plugins for kind in plugin.kinds}


def _stopped(problems: Iterable[Problem]) -> click.ClickException:
    return click.ClickException("the site cannot be read:\n" + "\n".join(problem.text for problem in problems))
