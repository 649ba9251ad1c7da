"""``init`` and ``new plugin``: what was made, and what to do next."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.cli.ends import FINE, PROBLEMS
from callboard.cli.screen import Screen

if TYPE_CHECKING:
    from callboard.cli.session import Session
    from callboard.paths import Refused


def make_site(session: Session, folder: Path) -> int:
    """Make a small working site in ``folder``; the exit code."""
    from callboard import discovery, scaffold
    from callboard.paths import Refused

    screen = Screen(session.environ)
    try:
        made = scaffold.init(folder, schema=json.dumps(discovery.site_schema(None), indent=2, ensure_ascii=False))
    except Refused as refused:
        return _refused(screen, refused)
    _list(screen, made)
    where = shlex.quote(str(folder))
    screen.line(f"A new site is in {folder}. Look at it: callboard serve {where}")
    return FINE


def make_plugin(session: Session, name: str, site: Path) -> int:
    """Make a plugin in the site's ``plugins/``; the exit code."""
    from callboard import scaffold
    from callboard.paths import Refused

    session.site = site
    screen = Screen(session.environ)
    if session.root is None:
        screen.line(f'There is no site.yaml in "{site}". Name the site: --site DIR, or make one: callboard init DIR')
        return PROBLEMS
    try:
        made = scaffold.new_plugin(session.root, name)
    except Refused as refused:
        return _refused(screen, refused)
    _list(screen, made)
    screen.line(f"A new plugin is in {os.path.relpath(session.root / 'plugins' / name)}. Mount it in site.yaml under plugins:")
    screen.line(f"  - plugin: {name}")
    return FINE


def _list(screen: Screen, files: Iterable[Path]) -> None:
    for file in files:
        screen.line(f"  {os.path.relpath(file)}")


def _refused(screen: Screen, refused: Refused) -> int:
    text = f"{refused.what} {refused.mend}".strip()
    screen.line(text[:1].upper() + text[1:])
    return PROBLEMS
