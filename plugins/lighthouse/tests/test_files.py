"""Lighthouse's own files: every version, and what others wrap them in; what is none is told."""

from __future__ import annotations

import json

import pytest

from .conftest import SHARED, Elements, lhr

SITE = "/quality/shop.example.com/"


@pytest.mark.parametrize(
    ("name", "path", "version", "words"),
    [
        (
            "lhr-audit-service-fixture.json",
            "/quality/www.spotify.com/",
            "5.6.0",
            ("Performance", "35", "Progressive Web App"),
        ),
        (
            "lh-6-2-0-coursehero-a.json",
            "/quality/www.coursehero.com/",
            "6.2.0",
            ("28", "Progressive Web App", "Largest Contentful Paint"),
        ),
        ("lh-9-3-0-coursehero-a.json", "/quality/www.coursehero.com/", "9.3.0", ("23", "PWA", "8.2 s")),
        ("lh-12-0-0-coursehero-a.json", "/quality/www.coursehero.com/", "12.0.0", ("34", "83", "57", "6.6 s")),
    ],
)
def test_every_version(portal, name, path, version, words):
    """Real results of Lighthouse 5.6 to 12 build without a problem: site and audit page, small, complete, without pictures."""
    if not (SHARED / name).is_file():
        pytest.skip("the real results are not here")
    portal.write("lhr.json", (SHARED / name).read_bytes())
    portal.options = {"files": ["lhr.json"]}
    report = portal.build()
    assert report.problems == ()
    assert "Mobile" in portal.text(path)
    for word in words:
        assert word in portal.text(path)
    [audit] = [found for found in portal.paths if found.startswith("/quality/audits/")]
    page = portal.page(audit)
    assert f"Lighthouse {version}" in portal.text(audit)
    assert len(page.encode()) < 120_000
    assert len(Elements(page).found) <= 1500
    assert "data:image" not in page
    assert ("PWA" in portal.text(path) or "Progressive Web App" in portal.text(path)) == (version != "12.0.0")


@pytest.mark.parametrize(
    "wrap", [lambda value: value, lambda value: {"lighthouseResult": value}, lambda value: {"lhr": value, "report": "<html>"}]
)
def test_what_others_wrap_it_in(portal, wrap):
    """Results as Lighthouse, PageSpeed Insights and Lighthouse's Node module write them."""
    portal.write("one.json", wrap(lhr()))
    portal.options = {"files": "one.json"}
    assert portal.build().problems == ()
    assert "93" in portal.text(SITE)


def test_user_flow(portal):
    """Each step of a user flow is an audit of its own."""
    flow = {
        "steps": [
            {"name": "Open", "lhr": lhr()},
            {"name": "Buy", "lhr": lhr("https://shop.example.com/cart", gatherMode="timespan")},
        ]
    }
    portal.write("flow.json", flow)
    portal.options = {"files": ["flow.json"]}
    portal.build()
    assert "Websites 2" in portal.text()


def test_folder_of_lighthouse_ci(portal):
    """What Lighthouse CI writes beside its results is no fault, and the same result twice is one audit."""
    portal.write(".lighthouseci/lhr-1.json", lhr())
    portal.write(".lighthouseci/lhr-2.json", lhr())
    portal.write(".lighthouseci/manifest.json", [{"url": "x"}])
    portal.write(".lighthouseci/assertion-results.json", [])
    portal.options = {"files": [".lighthouseci/*.json"]}
    assert portal.build().problems == ()
    assert "Audits 1" in portal.text(SITE)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "it is no JSON (line 1, column 2)"),
        (b"\xff\xfe", "it is no UTF-8 text"),
        (b'{"a": NaN}', "it holds NaN, which is no JSON"),
        (b"[" * 50_000 + b"]" * 50_000, "it is nested too deeply"),
        (b'{"openapi": "3.1.0"}', "it is no Lighthouse result"),
        (b'{"lighthouseVersion": "2.9.1", "reportCategories": []}', "it was made by Lighthouse 2"),
        (json.dumps(lhr("chrome://settings")).encode(), "names no address of a website"),
    ],
)
def test_what_is_no_result_is_told(portal, content, said):
    """A file that is no result is left out with a warning at its first line; the others are shown."""
    portal.write("r/bad.json", content)
    portal.write("r/good.json", lhr())
    portal.options = {"files": ["r/*.json"]}
    report = portal.build()
    [problem] = report.problems
    assert said in problem.text
    assert str(problem.place).startswith("r/bad.json")
    assert (report.errors, "93" in portal.text(SITE)) == ((), True)


def test_a_missing_file_is_told(portal):
    """A path that names no file is a warning at the option; a glob that names none yet is no fault."""
    portal.options = {"files": ["results/last.json", "results/*.json"]}
    [problem] = portal.build().problems
    assert 'there is no file "results/last.json"' in problem.text
    assert "No audits yet." in portal.text()


def test_unchanged_files_render_nothing(portal):
    """A second build of the same files renders no page."""
    portal.write("one.json", lhr())
    portal.options = {"files": ["one.json"]}
    portal.build()
    assert portal.build().rendered == 0


def test_form_factors_of_all_versions(portal):
    """formFactor, emulatedFormFactor, the screen and the user agent tell the form factor, in this order."""
    settings = [
        ({"formFactor": "desktop", "emulatedFormFactor": "mobile"}, "desktop"),
        ({"emulatedFormFactor": "desktop"}, "desktop"),
        ({"emulatedFormFactor": "none", "screenEmulation": {"mobile": False}}, "desktop"),
        ({"emulatedFormFactor": "none"}, "mobile"),
    ]
    for number, (said, _) in enumerate(settings):
        portal.write(f"r/{number}.json", lhr(f"https://site-{number}.example.com/", configSettings=said))
    portal.options = {"files": ["r/*.json"]}
    portal.build()
    for number, (_, form) in enumerate(settings):
        assert f'id="{form}"' in portal.page(f"/quality/site-{number}.example.com/")


def test_some_categories_only(portal):
    """A result of performance alone has that category alone."""
    one = lhr()
    one["categories"] = {"performance": one["categories"]["performance"]}
    portal.write("one.json", one)
    portal.options = {"files": ["one.json"]}
    assert portal.build().problems == ()
    assert "Accessibility" not in portal.text(SITE)


def test_broken_inside(portal):
    """A result with parts of the wrong kind everywhere is still a page: what cannot be read is left out."""
    one = lhr()
    one["audits"]["image-alt"] = {
        "title": 7,
        "description": None,
        "score": 0,
        "scoreDisplayMode": "binary",
        "details": {
            "type": "table",
            "headings": ["x", {"key": 3}, {"key": "a", "valueType": "node"}],
            "items": [1, {"a": []}, {"a": {"type": "node"}}],
        },
    }
    one["audits"]["html-has-lang"] = None
    one["categories"]["seo"] = {"score": "1", "auditRefs": {"id": 3}}
    one["categories"]["best-practices"]["score"] = True
    one["categories"]["pwa"]["score"] = 17
    one |= {"configSettings": [], "environment": "x", "timing": None, "fetchTime": 12, "runWarnings": "x", "userAgent": 3}
    portal.write("one.json", one)
    portal.options = {"files": ["one.json"]}
    report = portal.build()
    assert report.problems == ()
    assert "N/A" in portal.text(SITE)
    assert "time unknown" in portal.text(SITE)
