"""``site.yaml``, with its includes, overlay and ``${VAR}`` → ``Site``; every problem of all its files in one run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from callboard import schema
from callboard.config import live, soundness
from callboard.config.files import Files
from callboard.config.nodes import Node, laid_over
from callboard.model.problem import Marks, Place, Problem, ordered
from callboard.model.site import Site, SiteFile

__all__ = ["FILE", "load"]

FILE: Final = "site.yaml"
_UNTITLED: Final = "Portal"


def load(
    path: Path, *, env: str = "", environ: Mapping[str, str] | None = None, filled: bool = True
) -> tuple[Site | None, tuple[Problem, ...]]:
    """The site in a folder, or of a site's file, and everything that is wrong with it, by place.

    ``env`` names the overlay ``site.<env>.yaml``; ``environ`` (the process's by default) is what ``${VAR}`` reads. With problems, the
    Site is made of what is valid, so that later stages find theirs in the same run; None if there is nothing to go on with. With
    ``filled=False`` every ``${…}`` stays as it is written: for who needs to know where a value comes from, and not the value.
    """
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        return None, (_no_site(file),)
    root = Path(os.path.abspath(file.parent))  # noqa: PTH100  # resolve() would follow links: the root is what people named
    files = Files(root, os.environ if environ is None else environ, filled=filled)
    node = files.read(root / file.name)
    over = _overlay(files, file, env)
    if node is None:
        return None, ordered(files.problems)
    node = live.gathered(laid_over(node, over) if over else node)
    problems, lacking = live.lacking(files.problems)
    spec, marks = _spec(node, file.name, problems)
    if spec is None:
        return None, ordered(problems)
    digest = hashlib.sha256(json.dumps([env, node.plain]).encode()).hexdigest()
    site = Site(root, file.name, spec, marks, digest, env, environ, lacking)
    site, found = soundness.check(site, silent=node.broken_places, faulty={problem.path for problem in problems})
    return site, ordered([*problems, *found, *live.check(site, problems)])


def _no_site(file: Path) -> Problem:
    shown = file.as_posix()
    if file.with_suffix(".yml").is_file():
        return Problem("no-site", "there is no such file.", Place(shown), mend=f"Rename {file.stem}.yml to {file.name}.")
    return Problem(
        "no-site", "there is no such file.", Place(shown), mend="Name the folder of a site, or make one: callboard init DIR"
    )


def _overlay(files: Files, file: Path, env: str) -> Node | None:
    """The file beside ``site.yaml`` that ``--env`` names, read with its own includes."""
    if not env:
        return None
    name = f"{file.stem}.{env}{file.suffix}"
    path = files.root / name
    if os.sep in env or "/" in env or not path.is_file():
        beside = sorted(found.name for found in files.root.glob(f"{file.stem}.?*{file.suffix}"))
        there = [found.removeprefix(f"{file.stem}.").removesuffix(file.suffix) for found in beside]
        mend = f"There are: {', '.join(there)}." if there else "Create it beside this file, or leave out --env."
        files.problems.append(Problem("missing-overlay", f'there is no overlay "{name}".', Place(file.name), mend=mend))
        return None
    return files.overlay(path)


def _spec(node: Node, file: str, problems: list[Problem]) -> tuple[SiteFile | None, Marks]:
    """The valid part of the merged file, with marks that fit it. A site without a usable title gets one, so that checks go on."""
    marks = node.marks(Place(file, 1, 1))
    value: Any = node.plain
    checked = schema.check(SiteFile, value, marks, silent=node.broken)
    problems += checked.problems
    if checked.model is None and isinstance(value, dict):
        info = value.get("site")
        titled = {**(info if isinstance(info, dict) else {}), "title": _UNTITLED}
        checked = schema.check(SiteFile, {**value, "site": titled}, marks)
    return checked.model, checked.marks
