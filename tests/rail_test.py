"""The rail of a portal that mounts everything: its sections stand in the order that readers know from any other portal."""

from __future__ import annotations

import re
from pathlib import Path

from callboard.testing import build_site

MOUNTS = ("history", "scorecards", "github_actions", "tech_radar", "circleci", "lighthouse", "apis", "catalog")
WANTED = "Home, Catalog, APIs, Handbook, Tech radar, Quality, GitHub Actions, CircleCI, Scorecards, Graph, People, History, Own"


def test_the_sections_stand_in_their_order(tmp_path: Path) -> None:
    """Catalog, APIs, texts, radar, quality, builds, scorecards, graph, people, history, whatever site.yaml's order; then its own."""
    (tmp_path / "plugins/own").mkdir(parents=True)
    (tmp_path / "plugins/own/plugin.yaml").write_text(
        "callboard: 1\ntitle: Own\nsources: {rows: {file: rows.yaml}}\npages: [{path: /, view: table, data: rows}]\n",
        encoding="utf-8",
    )
    (tmp_path / "content/handbook").mkdir(parents=True)
    (tmp_path / "content/handbook/index.md").write_text("# Handbook\n", encoding="utf-8")
    (tmp_path / "rows.yaml").write_text("[{a: 1}]\n", encoding="utf-8")
    radar = "{rings: [{id: use, title: Use}], quadrants: [{id: t, title: T}], entries: [{title: X, ring: use, quadrant: t}]}"
    (tmp_path / "radar.yaml").write_text(radar, encoding="utf-8")
    card = "{id: ready, title: Ready, checks: [{id: tags, title: Tags, level: bronze, pass: 'has:tags'}]}"
    options = {
        "tech_radar": "{data: radar.yaml}",
        "lighthouse": "{files: lh/*.json}",
        "circleci": "{projects: [gh/acme/shop]}",
        "github_actions": "{repos: [acme/shop]}",
        "scorecards": f"{{scorecards: [{card}]}}",
    }
    mounts = "".join(f"  - {{plugin: {name}, options: {options.get(name, '{}')}}}\n" for name in ("own", *MOUNTS))
    (tmp_path / "site.yaml").write_text(f"site: {{title: Portal}}\nplugins:\n{mounts}", encoding="utf-8")
    page = build_site(tmp_path).page("/scorecards/")
    rail = page[page.index('class="rail"') :].partition("</nav>")[0]
    assert ", ".join(re.findall(r"([\w ]+)</a>", re.sub(r"</?span[^>]*>|<svg.*?</svg>", "", rail))) == WANTED
