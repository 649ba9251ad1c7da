"""``export-rules``: rules for hosts that can do a part of what the proxy does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.cli.ends import FINE, PROBLEMS
from callboard.cli.screen import Screen

if TYPE_CHECKING:
    from callboard.cli.session import Session


def write_rules(session: Session, host: str, site: Path, *, env: str, output: Path | None) -> int:
    """Print the rules of one host, or write them below ``output``; what it cannot do goes to standard error."""
    from callboard.model.problem import Severity
    from callboard.proxy import rules

    session.site = site
    screen, told = Screen(session.environ), Screen(session.environ, stream=sys.stderr)
    made, problems = rules.export(host, site, env=env)
    for problem in problems:
        if problem.severity is Severity.ERROR or made is None:
            told.line(problem.text)
    if made is None:
        return PROBLEMS
    for left in made.left:
        told.line(left.text)
    for name, why in made.variables.items():
        told.line(f"Set where it runs: {name}{f' ({why})' if why else ''}")
    for name, text in made.files.items():
        if output is None:
            screen.raw(text if len(made.files) == 1 else f"# File: {name}\n{text}\n")
            continue
        file = output / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        told.line(f"Wrote {file}")
    return FINE
