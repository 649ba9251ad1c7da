"""The tests' own browser."""

from __future__ import annotations

from pathlib import Path

import pytest

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
