"""Locations and rules, with the paths of files as seen from the site's folder."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from callboard.plugin import Refused, find_files

from .conversion import Conversion
from .equivalents import State
from .reading import Key

_BACKEND = Path("packages/backend")
"""Where a Backstage's backend runs while it is developed; built, it runs where app-config.yaml lies."""
_MAGIC = re.compile(r"[*?\[{]")
_OLDER = {
    "github-discovery": "write it as a provider: providers: {github: …}.",
    "github-multi-org": "write it as a provider: providers: {githubOrg: …}.",
    "github-org": "write it as a provider: providers: {githubOrg: …}.",
    "gitlab-discovery": "write it as a provider: providers: {gitlab: …}.",
}


def converted(made: Conversion, said: Any) -> list[dict[str, Any]]:
    """The locations that a catalog of ours reads."""
    if not isinstance(said, list):
        made.note(State.TODO, ("catalog", "locations"), "wanted a list of locations.")
        return []
    found = []
    for number, item in enumerate(said):
        location = _location(made, item, ("catalog", "locations", number))
        if location:
            found.append(location)
            made.numbers.setdefault(("locations",), []).append(number)
    return found


def _location(made: Conversion, said: Any, key: Key) -> dict[str, Any]:
    kind = said.get("type") if isinstance(said, dict) else None
    target = made.text((*key, "target"), said.get("target")) if isinstance(said, dict) else ""
    if not target:
        return {}
    if kind not in ("file", "url"):
        made.note(State.NONE, key, _OLDER.get(str(kind), f'a location of the type "{kind}" is not read.'))
        return {}
    if kind == "url" and not made.address((*key, "target"), target):
        return {}
    before = len(made.notes)
    shown = _seen_from_site(made, target, key) if kind == "file" else target
    if len(made.notes) == before:
        made.converted(key, shown)
    found: dict[str, Any] = {"type": kind, "target": shown}
    if isinstance(said.get("rules"), list):
        rules = enumerate(said["rules"])
        found["rules"] = [rule(made, item, (*key, "rules", number)) for number, item in rules]
    made.rest(key, said, but=("type", "target", "rules"))
    return found


def rule(made: Conversion, said: Any, key: Key) -> Any:
    """A rule whose ``locations`` name files as the site does."""
    listed = said.get("locations") if isinstance(said, dict) else None
    if not isinstance(listed, list):
        return said
    return {**said, "locations": [_match(made, item, (*key, "locations", number)) for number, item in enumerate(listed)]}


def _match(made: Conversion, said: Any, key: Key) -> Any:
    if not isinstance(said, dict) or said.get("type") != "file":
        return said
    if isinstance(said.get("exact"), str):
        return {**said, "exact": _seen_from_site(made, said["exact"], key)}
    if "pattern" in said:
        made.note(State.TODO, (*key, "pattern"), "write it as the paths of files are seen from the site's folder now.")
    return said


def _seen_from_site(made: Conversion, target: str, key: Key) -> str:
    """A path or glob relative to the site's folder; Backstage's are relative to where its backend runs."""
    if target.startswith("/") or "${" in target:
        return target
    source = next(one for one in made.config.sources if one.name == made.config.place(key).file)
    home = source.path.absolute().parent
    bases = [home / _BACKEND, home]
    base = next((one for one in bases if _exists(one, target)), None)
    if base is None:
        what = (
            f'there is no file "{target}", neither below packages/backend nor below the folder of {source.name}; mend the target.'
        )
        made.note(State.TODO, (*key, "target"), what)
        base = bases[0] if target.startswith("..") else home
    near = os.path.relpath(os.path.normpath(base / target), made.folder)
    return near.replace(os.sep, "/")


def _exists(base: Path, target: str) -> bool:
    if not _MAGIC.search(target):
        return os.path.lexists(base / target)
    try:
        return bool(find_files(base, target)[1])
    except Refused:
        return False
