"""Banners above every page, in a browser: shown and hidden in time, dismissed by their readers, and there without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callboard.testing import build_site

pytestmark = pytest.mark.browser

SEEN = (
    "[...document.querySelectorAll('[data-banner]')].filter((node) => node.checkVisibility())"
    ".map((node) => node.querySelector('a').textContent)"
)
MOVED = """new Promise((done) => {
  const moved = (one) => one.previousRect.y !== one.currentRect.y;
  const rows = (entry) => entry.sources.filter(moved).map((one) => one.node?.nodeName);
  new PerformanceObserver((list) => done(list.getEntries().flatMap(rows))).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done([]), 300);
})"""
"""What has moved up or down since the page was first painted."""


def announce(folder: Path, *announcements: tuple[str, datetime, datetime]) -> str:
    """A site with warnings of these titles, beginnings and ends; what its ``site.yaml`` says."""
    (folder / "announcements").mkdir(exist_ok=True)
    for title, begins, ends in announcements:
        matter = (
            f"title: {title}\ndate: 2020-01-01\nstarts: {begins:%Y-%m-%dT%H:%MZ}\nexpires: {ends:%Y-%m-%dT%H:%MZ}\nkind: warning"
        )
        (folder / f"announcements/{title}.md").write_text(f"---\n{matter}\n---\nText.\n", encoding="utf-8")
    (folder / "site.yaml").write_text(
        "site: {title: T}\nplugins: [{plugin: announcements, path: /news, options: {banners: 5}}]\ncontent: false\n",
        encoding="utf-8",
    )
    return str(folder)


def test_time_passes(browser, host, tmp_path: Path):
    """A banner that expired since the build is hidden, one that has begun since is shown; without JavaScript the build's time holds."""
    built_at = datetime.now(UTC) - timedelta(days=4)
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    announce(tmp_path, ("over", built_at - hour, now - hour), ("holds", built_at, now + hour), ("begun", now - hour, now + hour))
    built = build_site(tmp_path, now=built_at)
    assert built.problems == ()
    page = browser.open(f"{host(built.output)}/news/")
    assert sorted(page.evaluate(SEEN)) == ["begun", "holds"]
    assert page.console == []
    page.close()
    page = browser.open(f"{host(built.output)}/", js=False)
    assert sorted(page.evaluate(SEEN)) == ["holds", "over"]
    assert page.evaluate("document.querySelectorAll('[data-dismiss]:not([hidden])').length") == 0
    page.close()


def test_dismissed(browser, host, tmp_path: Path):
    """A reader dismisses a banner by button, on all pages and for later visits; one that says something else is shown again."""
    now = datetime.now(UTC)
    spans = now - timedelta(hours=1), now + timedelta(hours=1)
    announce(tmp_path, ("one", *spans), ("two", *spans))
    built = build_site(tmp_path, now=now)
    home = host(built.output)
    page = browser.open(f"{home}/news/")
    name = page.evaluate("document.querySelector('[data-dismiss]').getAttribute('aria-label')")
    gone = name.removeprefix("Dismiss: ")
    page.click("[data-banner] [data-dismiss]")
    assert gone not in page.evaluate(SEEN)
    assert page.evaluate("document.activeElement.id") == "main"
    page.goto(f"{home}/")
    assert page.evaluate(SEEN) == [{"one": "two", "two": "one"}[gone]]
    file = built.output / "index.html"
    file.write_text(file.read_text(encoding="utf-8").replace(f'data-banner="{gone}-', f'data-banner="{gone}-x'), encoding="utf-8")
    page.reload()
    assert sorted(page.evaluate(SEEN)) == ["one", "two"]
    page.close()


def test_hidden_before_the_first_paint(browser, host, tmp_path: Path):
    """What was dismissed moves nothing up or down."""
    now = datetime.now(UTC)
    announce(tmp_path, ("one", now - timedelta(hours=1), now + timedelta(hours=1)))
    built = build_site(tmp_path, now=now)
    page = browser.open(f"{host(built.output)}/")
    page.click("[data-dismiss]")
    page.reload()
    page.settle(0.3)
    assert page.evaluate(MOVED) == []
    assert page.evaluate(SEEN) == []
    page.close()


def test_a_template_that_fails(tmp_path: Path):
    """What stands above every page and cannot be drawn ends the build, at the line of its template."""
    (tmp_path / "site.yaml").write_text("site: {title: T}\nplugins: [{plugin: loud}]\ncontent: false\n", encoding="utf-8")
    plugin = tmp_path / "plugins/loud"
    (plugin / "templates").mkdir(parents=True)
    (plugin / "plugin.yaml").write_text(
        "callboard: 1\ntitle: Loud\nslots: {site.banner: {template: banner.html}}\n", encoding="utf-8"
    )
    (plugin / "templates/banner.html").write_text("<p>{{ nobody.knows }}</p>\n", encoding="utf-8")
    built = build_site(tmp_path)
    assert built.problems == (
        "plugins/loud/templates/banner.html:1:1  there is no nobody here. Mend the template. [template-error]",
    )
