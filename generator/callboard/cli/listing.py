"""``plugins`` and ``schema``: what there is, for people and for editors."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.cli.ends import FINE, PROBLEMS
from callboard.cli.screen import Screen
from callboard.cli.words import table

if TYPE_CHECKING:
    from callboard.cli.session import Session
    from callboard.discovery import Found
    from callboard.model.problem import Problem
    from callboard.model.site import Site


def list_plugins(session: Session, site: Path, *, json: bool) -> int:
    """Print every plugin that ``site`` can mount; without a site, every plugin that any site can mount."""
    from callboard import discovery

    screen = Screen(session.environ)
    loaded, problems = _site(session, site)
    found = discovery.available(loaded)
    if json:
        screen.raw(jsonlib.dumps([_as_data(item) for item in found], indent=2) + "\n")
    else:
        for line in table([("PLUGIN", "SHOWS", "FROM", "MOUNTED AT"), *map(_row, found)]):
            screen.line(line)
        for problem in problems:
            screen.line(problem.text)
    return PROBLEMS if problems and loaded is None else FINE


def print_schema(session: Session, what: str, site: Path) -> int:
    """Print the JSON Schema of ``site.yaml`` (with the options of what ``site`` can mount) or of ``plugin.yaml``."""
    from callboard import discovery

    schema = discovery.manifest_schema() if what == "plugin" else discovery.site_schema(_site(session, site)[0])
    Screen(session.environ).raw(jsonlib.dumps(schema, indent=2, ensure_ascii=False) + "\n")
    return FINE


def _site(session: Session, target: Path) -> tuple[Site | None, tuple[Problem, ...]]:
    """The site there; None without a problem if there is none and nobody named one."""
    from callboard import config

    session.site = target
    if target == Path() and not (target / "site.yaml").is_file():
        return None, ()
    return config.load(target)


def _as_data(found: Found) -> dict[str, object]:
    return {
        "name": found.name,
        "title": found.title,
        "summary": found.summary,
        "origin": found.origin,
        "folder": str(found.folder),
        "mounts": list(found.mounts),
    }


def _row(found: Found) -> tuple[str, ...]:
    return found.name, found.title, found.origin, ", ".join(found.mounts) or "-"
