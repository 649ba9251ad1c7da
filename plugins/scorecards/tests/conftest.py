"""A portal with a catalog, a plugin of builds, and scorecards, each as text."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType

import pytest

from callboard.check import check
from callboard.testing import NOW, Built, build_site

CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payers, title: Payers}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop, title: The shop, tags: [python], annotations: {ci/project: acme/shop}}
spec: {type: service, lifecycle: production, owner: payers}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: till, title: Till, annotations: {ci/project: acme/till}}
spec: {type: service, lifecycle: experimental, owner: payers}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: attic}
spec: {type: library, lifecycle: experimental, owner: nobody}
"""
CARD = """\
id: ready
title: Readiness
filter: "kind:component"
levels: [{id: bronze, title: Bronze}, {id: silver, title: Silver}]
checks:
  - id: owner
    title: Has an owner that exists
    level: bronze
    pass: {relations: {$contains: {type: ownedBy}}}
    why: Somebody must **answer**.
    fix: "Write `spec.owner`."
  - id: tags
    title: Has tags
    level: silver
    pass: "has:tags"
"""
BUILDS = """\
callboard: 1
title: Builds
provider: provider:Builds
options: {state: {type: str, default: ok}, age: {type: int, default: 0}}
pages: [{path: /, view: table, data: runs}]
"""
PROVIDER = """\
from datetime import timedelta

from callboard.plugin import Dataset, Origin, Provider, State


class Builds(Provider):
    def provide(self, options, context):
        if options.state == "raise":
            raise ValueError("out of order")
        runs = [
            {"project": "acme/shop", "state": "passed", "coverage": 0.93},
            {"project": "acme/till", "state": "failed", "coverage": 0.41},
        ]
        if options.state == "failed":
            return Dataset(runs=[], origins=[Origin("runs", "http", "ci.example.com", State.FAILED, error="503 Service Unavailable")])
        as_of = context.now - timedelta(days=options.age)
        origin = Origin("runs", "http", "ci.example.com", State(options.state), as_of=as_of, error="503" if options.age else "")
        return Dataset(runs=runs, origins=[origin])
"""


class Portal:
    """A folder with a site."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **files: str) -> None:
        """Files of scorecards, by the name without its ending."""
        for name, text in files.items():
            self.file(f"content/scorecards/{name}.yaml", text)

    def file(self, name: str, text: str) -> None:
        """A file of the site."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def build(
        self, card: str = CARD, *, options: str = "", builds: str = "", more: str = "", catalog: str = CATALOG, now=NOW
    ) -> Built:
        """Build it with one scorecard."""
        self.prepare(card, options=options, builds=builds, more=more, catalog=catalog)
        return build_site(self.folder, now=now)

    def prepare(self, card: str = CARD, *, options: str = "", builds: str = "", more: str = "", catalog: str = CATALOG) -> None:
        """Write the site with one scorecard."""
        plugins = [
            "{plugin: catalog, options: {locations: [{type: file, target: catalog.yaml}], rules: [{allow: [Component, Group]}]}}"
        ]
        plugins += [f"{{plugin: builds, options: {{{builds}}}}}", f"{{plugin: scorecards, options: {{{options}}}}}"]
        plugins += [more] if more else []
        listed = "".join(f"  - {plugin}\n" for plugin in plugins)
        self.file("site.yaml", f"site: {{title: Portal}}\ncontent: false\nplugins:\n{listed}")
        self.file("catalog.yaml", catalog)
        self.file("plugins/builds/plugin.yaml", BUILDS)
        self.file("plugins/builds/provider.py", PROVIDER)
        if card:
            self.write(card=card)


@pytest.fixture(scope="session")
def code() -> Callable[[str], ModuleType]:
    """A module of the plugin by name, loaded under a package of its own."""
    spec = ModuleSpec("scorecards_under_test", None, is_package=True)
    spec.submodule_search_locations = [str(Path(__file__).parents[1])]
    sys.modules["scorecards_under_test"] = module_from_spec(spec)
    return lambda name: importlib.import_module(f"scorecards_under_test.{name}")


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    """The portal."""
    return Portal(tmp_path)


@pytest.fixture
def said(portal: Portal) -> Callable[..., list[str]]:
    """What a build says of a scorecard whose text was changed: ``said(("level: silver", "level: silvr"))``."""

    def change(*changes: tuple[str, str]) -> list[str]:
        card = CARD
        for old, new in changes:
            assert old in card
            card = card.replace(old, new, 1)
        portal.prepare(card)
        return [problem.text for problem in check(portal.folder).problems if "scorecards" in problem.text]

    return change
