"""Several builds of one portal: what a change makes anew, trends from day to day, and 10,000 entities."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from datetime import timedelta

from callboard import build as pipeline
from callboard.plugin import Dataset, Entity, EntityRef, Kind, Place, RelationField
from callboard.testing import NOW

from .conftest import CARD, CATALOG

HISTORY = "{plugin: history}"


def built(portal, *, days: int = 0, **given) -> None:
    """One more build of the same folder."""
    portal.prepare(**given)
    effects = replace(pipeline.effects(environ={}), clock=lambda: NOW + timedelta(days=days))
    report = pipeline.build(portal.folder, pipeline.Settings(jobs=1), effects)
    assert not report.errors


def pages(portal) -> dict[str, bytes]:
    """All pages by path."""
    public = portal.folder / "public"
    return {f"/{file.parent.relative_to(public).as_posix()}/": file.read_bytes() for file in public.rglob("index.html")}


def test_a_change_touches_its_own_pages(portal):
    """When one entity gets a tag, its own tab and the lists are made anew; the pages of the others stand."""
    built(portal)
    before = pages(portal)
    built(portal, catalog=CATALOG.replace("title: Till,", "title: Till, tags: [new],"))
    after = pages(portal)
    changed = {path for path in after if after[path] != before.get(path)}
    assert {path for path in changed if path.startswith("/catalog/default/component/")} == {
        "/catalog/default/component/till/",
        "/catalog/default/component/till/scorecards/",
    }
    assert {path for path in changed if path.startswith("/scorecards/")} == {
        "/scorecards/",
        "/scorecards/ready/",
        "/scorecards/ready/checks/tags/",
        "/scorecards/ready/level/bronze/",
        "/scorecards/ready/level/none/",
        "/scorecards/ready/level/silver/",
        "/scorecards/ready/matrix/",
        "/scorecards/ready/owner/default/group/nobody/",
        "/scorecards/ready/owner/default/group/payers/",
        "/scorecards/teams/",
        "/scorecards/teams/default/group/payers/",
    }


def test_a_tab_that_comes_is_on_the_other_tabs_too(portal):
    """Once a scorecard is about an entity, all pages of that entity lead to its new tab; the others have none."""
    few = CARD.replace('"kind:component"', '"type:library"')
    built(portal, card=few)
    assert b"/component/till/scorecards/" not in pages(portal)["/catalog/default/component/till/relations/"]
    built(portal, card=CARD)
    assert b"/component/till/scorecards/" in pages(portal)["/catalog/default/component/till/relations/"]
    assert "/catalog/default/group/payers/scorecards/" not in pages(portal)


def test_trends_over_three_days(portal):
    """With history, levels, checks and teams have trends, and the index says what moved."""
    tagged = CATALOG.replace("title: Till,", "title: Till, tags: [new],")
    for days, catalog in ((0, CATALOG), (10, CATALOG), (20, tagged)):
        built(portal, days=days, catalog=catalog, more=HISTORY)
        index = pages(portal)["/scorecards/"].decode()
        assert ('class="scorecards-trend"' in index) is (catalog is tagged), "nothing is drawn of what stands still"
    figure = index[index.index('class="line scorecards-dated"') :].partition("</figure>")[0]
    assert "entities by level" in figure
    assert len(set(re.findall(r'<time datetime="([-0-9]+)', figure))) == 2
    found = {path: page.decode() for path, page in pages(portal).items()}
    assert 'class="scorecards-trend"' in found["/scorecards/ready/"]
    silver = re.findall(r'<polygon class="scorecards-t5" points="([^"]*)"', found["/scorecards/ready/"])
    assert silver == ["0.0,93.3 300.0,93.3 600.0,46.7 600.0,140.0 300.0,140.0 0.0,140.0"]
    assert "<polyline" in found["/scorecards/ready/checks/tags/"]
    assert "<polyline" in found["/scorecards/teams/default/group/payers/"]
    moved = found["/scorecards/"].partition("Moved within 30 days")[2]
    assert re.search(r">Payers</a> <span class=\"state ok\">up 25 points<", moved)
    assert re.search(r">Has tags</a> <span class=\"state ok\">up 34 points<", moved)


def test_ten_thousand_entities(code):
    """Twenty checks over 10,000 entities cost few seconds of processor time, on a slow machine too; no list page grows with them."""
    entities = [_entity(number) for number in range(10_000)]
    checks = [{"id": f"c{n}", "title": f"C {n}", "level": "gold", "pass": _PASS[n % len(_PASS)]} for n in range(20)]
    card = {"id": "ready", "title": "Ready", "filter": "kind:component", "checks": checks}
    options = code("options").Options.model_validate({"scorecards": [card]})
    started = time.process_time()
    dataset = code("provider").Scorecards().provide(options, Many(entities))
    assert time.process_time() - started < 5
    assert len(dataset["results"]) == 10_000
    assert max(len(matrix["rows"]) for matrix in dataset["matrices"]) == 41
    assert max(len(json.dumps(matrix)) for matrix in dataset["matrices"]) < 20_000


_PASS = ["has:tags", {"spec.type": "service"}, {"spec.owner": {"$exists": True}}, {"$not": {"spec.lifecycle": "deprecated"}}]


def _entity(number: int) -> Entity:
    metadata = {"name": f"c-{number}", **({"tags": ["a"]} if number % 3 else {})}
    data = {"kind": "Component", "metadata": metadata, "spec": {"type": "service", "owner": f"t-{number % 200}"}}
    return Entity(EntityRef("Component", "default", f"c-{number}"), data, Place("catalog.yaml", number + 1))


class Many:
    """A Context with many entities."""

    now, mount = NOW, "scorecards"

    def __init__(self, entities: list[Entity]) -> None:
        self.entities = entities
        self.datasets = {"catalog": Dataset(entities=entities)}
        owner = RelationField("spec.owner", "ownedBy", "ownerOf", "Group")
        self.kinds = {"component": Kind("Component", "Components", relations=(owner,))}

    def place(self, *key):
        """Line 6 of a site."""
        return Place("site.yaml", 6, 7)

    def files(self, pattern, *, place=None):
        """No files."""
        return iter(())
