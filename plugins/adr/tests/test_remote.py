"""Decisions of other repositories: fetched as one archive, shown under their own addresses, kept while their host fails."""

from __future__ import annotations

import io
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callboard.testing import Built, DeadNetwork, Given, build_plugin, rebuild

PLUGIN = Path(__file__).parents[1]
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TREE = "https://github.com/acme/shop/tree/main/docs/adr"
ARCHIVE = "https://codeload.github.com/acme/shop/tar.gz/main"
ENTITY = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: shop, annotations: {{backstage.io/adr-location: "{0}"}}}}
spec: {{type: service, lifecycle: production, owner: team}}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {{name: team}}
spec: {{type: team, children: []}}
"""
MOUNT = {
    "plugin": "catalog",
    "path": "/catalog/",
    "options": {"locations": [{"type": "file", "target": "catalog-info.yaml"}], "rules": [{"allow": ["Component", "Group"]}]},
}


def packed(**files: str) -> bytes:
    """An archive of a repository, as its host packs it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(f"shop-main/docs/adr/{name}.md")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return content.getvalue()


def built(location: str, archive: object) -> Built:
    """A site with one entity whose decisions are there."""
    given = Given(files={"catalog-info.yaml": ENTITY.format(location)}, http={ARCHIVE: archive}, mounts=[MOUNT])
    return build_plugin(PLUGIN, given, now=NOW)


GOOD = packed(**{"0001-a": "# Use A\n\n* Status: accepted\n* Date: 2026-01-02\n\nSee [B](0002-b.md).\n", "0002-b": "# Use B\n"})


@pytest.mark.parametrize("location", [TREE, f"url:{TREE}/"])
def test_fetched(location):
    """A folder at an address is read, its decisions link to one another, and each says where it is from."""
    site = built(location, GOOD)
    assert site.problems == ()
    page = site.page("/adr/default/component/shop/0001-a/")
    assert 'href="/adr/default/component/shop/0002-b/"' in page
    assert f'href="{TREE}/0001-a.md"' in page
    assert ".callboard" not in page


def test_problems_name_the_address():
    """What is wrong in another repository is said at its address and line."""
    site = built(TREE, packed(**{"0001-a": "# A\n\n* Status: frozen\n"}))
    assert site.problems[0].startswith(f"{TREE}/0001-a.md:3:1  warning: ")


def test_stale():
    """While its host fails, what was read last stays, marked with its day."""
    later = rebuild(built(TREE, GOOD), http=DeadNetwork(), now=NOW + timedelta(days=2))
    assert "Use A" in later.page("/adr/")
    assert 'class="state stale"' in later.page("/adr/")


def test_failed():
    """A host that never answered costs these decisions: the annotation's line, and the page, say so."""
    site = built(TREE, (503, b""))
    [problem] = [text for text in site.problems if "adr/unread" in text]
    assert problem.startswith("catalog-info.yaml:3:38  warning: the decisions of component:default/shop cannot be read: ")
    assert 'class="failure"' in site.page("/adr/")


def test_of_no_known_host():
    """An address of no known host is said, with the mend."""
    site = built("https://git.example.com/acme/shop/docs/adr", GOOD)
    [problem] = [text for text in site.problems if "adr/unread" in text]
    assert "is no folder of a repository whose host is known. Name the host under the option integrations." in problem
