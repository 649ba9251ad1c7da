"""What readers see of GitHub's releases, in each state of the service."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import jmespath
import pytest
import yaml

from callboard.testing import Given, standard_tests

PLUGIN = Path(__file__).parents[1]
RECORDED = PLUGIN.parents[1].parent / "shared" / "data" / "services" / "github"

ADDRESS = "https://api.github.com/repos/acme/{}/releases?per_page=20"

TestStandard = standard_tests(
    PLUGIN,
    data=Given(
        options={"repos": ["acme/shop"]},
        http={ADDRESS.format("shop"): json.loads((Path(__file__).parent / "releases.json").read_text(encoding="utf-8"))},
    ),
    nothing=Given(options={"repos": ["acme/new"]}, http={ADDRESS.format("new"): []}),
)


def test_no_code():
    """The folder holds no Python beside its tests: a third-party service needs none."""
    assert [path for path in PLUGIN.rglob("*.py") if "tests" not in path.parts] == []


def test_newest_first_without_drafts(portal):
    """The index lists published releases, newest first, each linked to its page and to GitHub."""
    report = portal.build()
    page = portal.page()
    assert (report.errors, report.written) == ((), True)
    assert page.index("v2.0.0-rc.1") < page.index("v1.1.0") < page.index("First light")
    assert "A draft" not in page
    assert 'href="https://github.com/acme/shop/releases/tag/v1.0.0"' in page
    assert "pre-release" in page


def test_a_page_for_each_release(portal):
    """A release's page has its notes as safe HTML and a link to GitHub."""
    portal.build()
    page = portal.page("/releases/1001/")
    assert "<h1>acme/shop First light</h1>" in page
    assert "<strong>first</strong>" in page
    assert "<script>alert" not in page
    assert 'href="https://github.com/acme/shop/releases/tag/v1.0.0"' in page
    assert "v2.0.0-rc.1 on GitHub" in portal.page("/releases/1003/")


def test_provenance(portal):
    """The page says when and from where its data is."""
    portal.build()
    page = portal.page()
    assert "2026-11-24T08:00:00Z" in page
    assert "127.0.0.1" in page


def test_home_card(portal):
    """The home page shows the latest releases."""
    portal.build()
    page = portal.page("/")
    assert "Latest releases" in page
    assert "acme/shop v2.0.0-rc.1" in page


def test_nothing_yet(portal):
    """Without releases, the page says so and what will change it."""
    portal.say("acme/empty")
    report = portal.build()
    assert report.errors == ()
    assert "No releases yet. They appear here once" in portal.page()


def test_stale(portal):
    """When the service fails later, the releases stay, marked as stale with the reason."""
    portal.build()
    portal.github.status = 503
    report = portal.build(timedelta(hours=2))
    page = portal.page()
    assert (report.errors, report.stale) == ((), 2)
    assert "First light" in page
    assert "stale" in page
    assert "503" in page


def test_failed(portal):
    """When the service never answered, the site is written all the same and the page says what failed."""
    portal.github.status = 503
    report = portal.build()
    page = portal.page()
    assert (report.written, report.stale) == (True, 2)
    assert "failed" in page
    assert "503" in page


def test_one_repository_that_is_not_there(portal):
    """A wrong name costs its own releases only."""
    portal.say("acme/shop, acme/shpo")
    portal.build()
    page = portal.page()
    assert "First light" in page
    assert "404" in page


def test_token(portal):
    """The token goes to the service as a bearer and nowhere else."""
    portal.say("acme/shop", "      token: ghp_secretsecret\n")
    portal.build()
    assert portal.github.asked == [("/repos/acme/shop/releases?per_page=20", "Bearer ghp_secretsecret")]
    written = [path.read_bytes() for path in (portal.folder / "public").rglob("*") if path.is_file()]
    assert not any(b"ghp_secretsecret" in content for content in written)


def test_an_hour_without_asking(portal):
    """Within the time to live nothing is asked again."""
    portal.build()
    asked = len(portal.github.asked)
    portal.build(timedelta(minutes=30))
    assert (asked, len(portal.github.asked)) == (2, 2)


def test_entity_card(portal):
    """The page of an entity with the annotation shows its own repository's releases, at most three."""
    entity = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": "shop", "annotations": {"github.com/project-slug": "acme/shop"}},
        "spec": {"type": "service", "lifecycle": "production", "owner": "group:default/team"},
    }
    (portal.folder / "catalog-info.yaml").write_text(yaml.safe_dump(entity), encoding="utf-8")
    catalog = "  - plugin: catalog\n    path: /catalog/\n    options: {locations: [{type: file, target: catalog-info.yaml}]}\n"
    portal.say("acme/shop", catalog)
    portal.build()
    [page] = [p for p in (portal.folder / "public/catalog").rglob("shop/index.html") if "default" in p.parts]
    assert "First light" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["recorded/release-assets/normalized-fixture.json", "webhook-examples/release.json"])
def test_recorded_shapes(name):
    """GitHub's own recorded releases have the fields that the manifest selects."""
    if not (RECORDED / name).is_file():
        pytest.skip("the recorded answers are not here")
    [first, *_] = json.loads((RECORDED / name).read_text(encoding="utf-8"))
    select = yaml.safe_load((PLUGIN / "plugin.yaml").read_text(encoding="utf-8"))["sources"]["releases"]["select"]
    [release] = jmespath.search(select, [first.get("release") or first["response"]])
    assert all(release[field] for field in ("id", "tag", "name", "url", "published", "author", "state", "notes"))
    assert release["url"].endswith(release["tag"])
