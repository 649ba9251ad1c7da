"""What commands of plugins may ask of Callboard: the data of a site, and the kinds of entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from callboard.cli.session import Session
    from callboard.model.entity import Kind
    from callboard.model.problem import Problem
    from callboard.plugin import Portal

_ELSEWHERE: Final = frozenset(("missing-secret", "unset-variable"))
"""Problems of where a site is read, and not of the site."""


class Hosting:
    """A ``callboard.plugin.Host`` for one run of the command line."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def portal(self, site: Path, *, offline: bool = False, env: str = "") -> Portal:
        """The data of a site, collected as a build does. Raises ClickException if it has errors; warnings are not said."""
        from callboard import build
        from callboard.cli.progress import reporting
        from callboard.cli.screen import Screen

        self._session.site = site
        with reporting(Screen(self._session.environ), silent=True) as reporter:
            effects = (self._session.effects or build.effects)(reporter)
            found, problems = build.portal(site, build.Settings(offline=offline, env=env), effects)
        if found is None:
            raise _stopped(problems)
        return found

    def kinds(self, site: Path | None = None) -> Mapping[str, Kind]:
        """Kinds by lower-cased name. Raises ClickException if the site has errors, other than variables that only its own CI sets."""
        from callboard import discovery

        bundled = discovery.bundled_kinds()
        if site is None:
            return {kind.name.lower(): kind for kind in bundled}
        from callboard import config
        from callboard.model.problem import Severity

        self._session.site = site
        loaded, problems = config.load(site)
        if loaded is None:
            raise _stopped(problems)
        plugins, found = discovery.find(loaded)
        amiss = [one for one in (*problems, *found) if one.severity is Severity.ERROR and one.code not in _ELSEWHERE]
        if amiss:
            raise _stopped(amiss)
        return {kind.name.lower(): kind for kind in (*bundled, *(kind for plugin in plugins for kind in plugin.kinds))}


def _stopped(problems: Iterable[Problem]) -> click.ClickException:
    return click.ClickException("the site cannot be read:\n" + "\n".join(problem.text for problem in problems))
