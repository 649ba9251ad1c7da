"""All that a site is made from, and whether it is what the last build was made from: nothing here draws anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callboard import __version__
from callboard.model.dataset import Data
from callboard.model.entity import Graph
from callboard.model.manifest import Plugin
from callboard.model.page import Theme
from callboard.model.problem import Place, Problem, Severity
from callboard.model.report import RouteGroup
from callboard.model.site import Site
from callboard.pages.extras import installed
from callboard.pages.links import Links
from callboard.pages.resolve import Noted, Resolver


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the site is made from."""

    site: Site
    plugins: Sequence[Plugin]
    theme: Theme
    data: Data
    commit: str
    now: datetime
    reproducible: bool
    """SOURCE_DATE_EPOCH is set: no timings in the site."""
    unmounted: str = ""
    """Changes with the plugins that could be mounted and are not: ``/-/plugins/`` lists them."""


def key(inputs: Inputs) -> str:
    """A digest of everything that the site is made from, the clock aside. Same key, same site: nothing to do."""
    plugins = [[p.id, p.digest, p.path, p.title] for p in inputs.plugins]
    pinned = inputs.now.isoformat() if inputs.reproducible else ""
    marks = [
        __version__,
        inputs.site.digest,
        inputs.theme.digest,
        inputs.theme.css,
        plugins,
        inputs.data.digest,
        inputs.commit,
        inputs.unmounted,
        pinned,
        installed(),
    ]
    return hashlib.sha256(json.dumps(marks).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Kept:
    """What an unchanged site is known to be."""

    problems: tuple[Problem, ...]
    counts: Mapping[str, Any]


def unchanged(inputs: Inputs, memo: str) -> Kept | None:
    """What the last build noted, if the files that pages point to are as they were too."""
    if not memo:
        return None
    noted = json.loads(memo)
    resolver = Resolver(inputs.site.root, Links("/", Graph(), {}), (), {})
    if not resolver.holds(Noted(files=noted["files"], texts=noted["texts"])):
        return None
    problems = tuple(
        Problem(code, what, Place(*place), path, mend, Severity(severity), plugin)
        for code, what, place, path, mend, severity, plugin in noted["problems"]
    )
    groups = tuple(RouteGroup(*group) for group in noted["routes"])
    return Kept(problems, {"pages": noted["pages"], "routes": groups})
