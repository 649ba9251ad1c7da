"""The tests' own browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callboard.testing import build_site

pytestmark = pytest.mark.browser


def test_it_sees_what_a_page_does(browser, tmp_path):
    """Console, exceptions, requests and the DOM of a page are all seen."""
    (tmp_path / "gone.html").write_text(
        "<!doctype html><title>T</title><h1>Hi</h1><script>"
        "console.warn('careful', 1); document.body.id = 'b'; throw new Error('oh');</script>"
    )
    page = browser.open((tmp_path / "gone.html").as_uri())
    assert page.evaluate("document.title + document.body.id") == "Tb"
    assert page.text == "Hi"
    assert page.console[0] == "warning: careful 1"
    assert "Error: oh" in page.console[1]
    assert page.requests == [(tmp_path / "gone.html").as_uri()]
    page.close()


def test_it_hears_a_refusal_of_the_content_security_policy(browser, tmp_path):
    """An inline script that the page's policy forbids is an error on the console."""
    (tmp_path / "p.html").write_text(
        "<!doctype html><meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\"><title>T</title><script>x = 1</script>"
    )
    page = browser.open((tmp_path / "p.html").as_uri())
    assert any("Content Security Policy" in line for line in page.console)
    page.close()


def test_it_takes_pictures_in_the_dark(browser, tmp_path: Path):
    """Size and colour scheme of a picture are as asked for."""
    page = browser.open("data:text/html,<meta name=color-scheme content='light dark'><h1>Hi</h1>")
    picture = page.screenshot(tmp_path / "p.png", width=400, height=300, dark=True)
    assert picture.read_bytes()[16:24] == (400).to_bytes(4, "big") + (300).to_bytes(4, "big")
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is True
    page.close()


def test_without_javascript_no_script_runs(browser, tmp_path):
    """``js=False`` shows a page as readers without JavaScript see it."""
    (tmp_path / "p.html").write_text(
        "<!doctype html><title>T</title><p>plain</p><script>document.body.textContent = 'scripted'</script>"
    )
    page = browser.open((tmp_path / "p.html").as_uri(), js=False)
    assert page.text == "plain"
    page.close()


def test_answers_grow_old_with_the_page(browser, host, tmp_path: Path):
    """A page that nobody built again says that its figures are older than they count as fresh; the line leads to the build report."""
    (tmp_path / "site.yaml").write_text("site: {title: T}\nplugins: [{plugin: rows}]\ncontent: false\n")
    (tmp_path / "plugins/rows").mkdir(parents=True)
    manifest = "callboard: 1\ntitle: Rows\ncache: {ttl: 365d}\nsources: {rows: {http: https://rows.example/a}}\n"
    (tmp_path / "plugins/rows/plugin.yaml").write_text(manifest + "pages: [{path: /, view: table, data: rows}]\n")
    said = {}
    for name, ago in (("fresh", 1), ("ageing", 400), ("old", 2000)):
        now = datetime.now(UTC) - timedelta(days=ago)
        built = build_site(tmp_path, http={"https://rows.example/a": [{"a": 1}]}, now=now)
        page = browser.open(f"{host(built.output)}/rows/")
        said[name] = page.evaluate("document.querySelector('.prov').textContent.trim()")
        link = page.evaluate("document.querySelector('.prov .when').getAttribute('href')")
        report = built.page("/-/build/")
        assert f'id="{link.partition("#")[2]}"' in report
        title = page.evaluate("document.querySelector('.prov .when').title")
        assert title.startswith(f"Fetched {now:%Y-%m-%d %H:%M} UTC; counts as fresh for 365 days; 10 bytes; revision ")
        page.close()
    assert said["fresh"].startswith("as of yesterday, from rows.example")
    assert said["ageing"].startswith("ageing as of last year, from rows.example")
    assert said["old"].startswith("old as of 5 years ago, from rows.example")
