"""What readers see: trends, budgets, cards, small pages, and nothing that runs."""

from __future__ import annotations

import re

import pytest

from .conftest import Elements, lhr

SITE = "/quality/shop.example.com/"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>`*_[x](javascript:alert(3))'


@pytest.fixture
def filed(portal):
    """A site with three audits on the phone and two on the desktop."""
    for number, (form, score) in enumerate(
        (("mobile", 0.5), ("mobile", 0.625), ("mobile", 0.595), ("desktop", 0.91), ("desktop", 0.9))
    ):
        result = lhr(
            fetchTime=f"2026-11-{10 + number}T08:00:00.000Z", configSettings={"formFactor": form}, scores={"performance": score}
        )
        portal.write(f"r/{number}.json", result)
    portal.options = {"files": ["r/*.json"]}
    return portal


def test_index_has_a_row_for_each_form_factor(filed):
    """Score, change since the audit before, and a sparkline, by form factor; scores are rounded half up, as Lighthouse does."""
    filed.build()
    text = filed.text()
    assert "Mobile 60 \N{MINUS SIGN}3" in text
    assert "Desktop 90 \N{MINUS SIGN}1" in text
    assert filed.page().count('class="lh-spark"') == 10


def test_trend_marks_each_audit(filed):
    """Each audit is one mark with its scores in words and a link to its page; the table has the same figures."""
    filed.build()
    page = filed.page(SITE)
    marks = [a for tag, a in Elements(page).found if tag == "a" and a.get("class") == "lh-mark"]
    assert [a["aria-label"].partition(",")[0] for a in marks] == [
        "2026-11-10 08:00 UTC: Performance 50",
        "2026-11-11 08:00 UTC: Performance 63",
        "2026-11-12 08:00 UTC: Performance 60",
        "2026-11-13 08:00 UTC: Performance 91",
        "2026-11-14 08:00 UTC: Performance 90",
    ]
    assert all(a["href"].startswith("/quality/audits/") for a in marks)
    assert page.count('<tr><th scope="row" data-sort="2026-') == 5
    lines = re.findall(r'class="lh-line" d="M([\d.]+) [^"]*L([\d.]+) [\d.]+"', page)
    assert ("6.0", "994.0") in lines, "from edge to edge"


def test_form_factor_switch_needs_no_script(filed):
    """The switch is links to sections of the page."""
    filed.build()
    found = Elements(filed.page(SITE)).found
    ids = {a.get("id") for _, a in found}
    assert {"#mobile", "#desktop"} <= {a.get("href") for tag, a in found if tag == "a"}
    assert {"mobile", "desktop"} <= ids


def test_budgets(filed):
    """A budget names a site, a form factor, or all; the later one wins; it is a dashed line and words, on every page."""
    filed.options["budgets"] = [
        {"performance": 85, "accessibility": 100, "largest-contentful-paint": "2.5s", "cumulative-layout-shift": 0.1},
        {"sites": "https://shop.example.com", "form": "mobile", "performance": 75},
        {"sites": ["https://other.example.com/*"], "seo": 100},
    ]
    report = filed.build()
    text = filed.text(SITE)
    assert report.problems == ()
    assert "2 of 2 not kept" in filed.text()
    assert "Performance 60, budget at least 75" in text
    assert "Largest Contentful Paint 3.2 s, budget at most 2.5 s" in text
    assert "Performance 90, budget" not in text
    assert 'class="lh-budget"' in filed.page(SITE)
    assert "budget 85" in text
    assert "budget 100" in text


def test_a_budget_that_is_missed_by_a_hair(filed):
    """Where both figures would be written alike, all their digits are."""
    filed.options["budgets"] = [{"largest-contentful-paint": 3205}]
    filed.build()
    assert "3,210 ms, budget at most 3,205 ms" in filed.text(SITE)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"budgets": [{"performence": 90}]}, 'did you mean "performance"?'),
        ({"budgets": [{"performance": 101}]}, "budgets[0].performance"),
        ({"budgets": [{"largest-contentful-paint": "soon"}]}, "budgets[0].largest-contentful-paint"),
        ({"budgets": [{"form": "tablet", "seo": 90}]}, "budgets[0].form"),
        ({"service": "lighthouse.example.com"}, "wanted an http or https address"),
        ({"service": "https://user:pw@lighthouse.example.com"}, "without user, query and fragment"),
        ({"history": 1}, "options.history"),
        ({"servise": "https://lighthouse.example.com"}, 'did you mean "service"?'),
    ],
)
def test_wrong_options_are_told(portal, options, said):
    """A wrong option is an error at its line, with the likely word."""
    portal.options = {"files": ["r/*.json"], **options}
    report = portal.build()
    assert (report.written, any(said in problem.text for problem in report.errors)) == (False, True), report.problems


def test_not_configured(portal):
    """Without a service and without files the mount is not shown to readers; /-/plugins/ says what it lacks."""
    report = portal.build()
    assert report.errors == ()
    assert "Name the address of an audit service under" in portal.text("/-/plugins/")
    assert 'href="/quality/"' not in portal.page("/")


def test_entity_card_and_tab(filed):
    """The entity's card has address, state and the score of each category; its tab has the whole; the site's page names the entity."""
    filed.entity("https://shop.example.com")
    filed.build()
    card = filed.text("/catalog/default/component/shop/")
    assert "Last Lighthouse audit" in card
    assert "Performance 90" in card
    assert "PWA 30" in card
    assert "Mobile" in filed.text("/catalog/default/component/shop/quality/")
    assert "/catalog/default/component/shop/" in filed.page(SITE)


def test_home_card(filed):
    """The home page lists sites that are over their budget first."""
    filed.write("r/z.json", lhr("https://z.example.com/", scores={"performance": 0.2}))
    filed.options["budgets"] = [{"sites": "https://z.*", "performance": 50}]
    filed.build()
    home = filed.text("/")
    assert home.index("z.example.com") < home.index("shop.example.com")
    assert "over budget" in home


def test_hostile_texts(portal):
    """Texts of results, wherever they stand, run nothing and lead nowhere bad."""
    one = lhr("https://shop.example.com/?q=%22%3E", runWarnings=[HOSTILE], lighthouseVersion=HOSTILE)
    one["environment"] = {"networkUserAgent": HOSTILE, "hostUserAgent": HOSTILE, "credits": {"axe-core": HOSTILE}}
    one["runtimeError"] = {"code": "X", "message": HOSTILE}
    for category in one["categories"].values():
        category["title"] = HOSTILE
    audit = one["audits"]["image-alt"]
    audit |= {"title": HOSTILE, "description": HOSTILE, "displayValue": HOSTILE}
    audit["details"] = {
        "type": "table",
        "headings": [
            {"key": "a", "valueType": kind, "label": HOSTILE, "subItemsHeading": {"key": "b"}}
            for kind in ("code", "url", "text", "link")
        ],
        "items": [{"a": HOSTILE, "subItems": {"items": [{"b": HOSTILE}]}}],
    }
    two = {**one, "runtimeError": None, "fetchTime": "2026-11-22T10:00:00Z"}
    portal.write("r/1.json", one)
    portal.write("r/2.json", two)
    portal.options = {"files": ["r/*.json"]}
    portal.entity("https://shop.example.com/?q=%22%3E")
    portal.build()
    for path in portal.paths:
        for tag, attrs in Elements(portal.page(path)).found:
            assert not any(name == "style" or name.startswith("on") for name in attrs), (path, tag, attrs)
            assert tag != "script" or attrs.get("src"), (path, attrs)
            assert tag != "img" or not (attrs.get("src") or "").startswith("x"), (path, attrs)
            assert not (attrs.get("href") or "").startswith("javascript:"), (path, attrs)


@pytest.mark.parametrize(
    "address", ["javascript://shop.example.com/%0aalert(1)", "//shop.example.com", "shop", "https://[::1", HOSTILE]
)
def test_hostile_annotations(filed, address):
    """An annotation that is no address of a website is text, and has no audits."""
    filed.entity(address)
    report = filed.build()
    page = filed.page("/catalog/default/component/shop/")
    assert report.errors == ()
    assert "No audits found" in filed.text("/catalog/default/component/shop/")
    assert not any("javascript" in (a.get("href") or "") for _, a in Elements(page).found)
    assert "<img src=x" not in page


def test_checklists_of_newer_versions(filed):
    """Lighthouse 13 tells some audits as a list of checks."""
    one = lhr(lighthouseVersion="13.0.1")
    checks = {
        "a": {"label": "Server responds quickly", "value": False},
        "b": {"label": "Applies text compression", "value": True},
    }
    one["audits"]["image-alt"]["details"] = {"type": "list", "items": [{"type": "checklist", "items": checks}]}
    filed.write("r/9.json", one)
    filed.build()
    assert any(
        "Server responds quickly no Applies text compression yes" in filed.text(path)
        for path in filed.paths
        if "/audits/" in path
    )


def test_pages_stay_small(portal):
    """Thirty audits of two form factors, and thirty sites in the index, stay below 1 500 elements and 120 KB."""
    for number in range(60):
        result = lhr(
            fetchTime=f"2026-{10 + number // 28:02d}-{number % 28 + 1:02d}T08:00:00Z",
            configSettings={"formFactor": "mobile" if number % 2 else "desktop"},
            scores={"performance": number / 60},
        )
        portal.write(f"r/{number}.json", result)
    for number in range(40):
        portal.write(f"r/s{number}.json", lhr(f"https://s{number}.example.com/"))
        portal.write(
            f"r/t{number}.json", lhr(f"https://s{number}.example.com/", fetchTime="2026-11-02T08:00:00Z", scores={"seo": 0.5})
        )
    portal.options = {"files": ["r/*.json"], "budgets": [{"performance": 50}]}
    portal.build()
    for path in ("/quality/", SITE):
        page = portal.page(path)
        assert len(Elements(page).found) <= 1500, path
        assert len(page.encode()) < 120_000, path
    assert "/quality/page/2/" in portal.paths or any(path.startswith("/quality/") and "2" in path for path in portal.paths)


def test_sites_with_like_names_have_pages_of_their_own(portal):
    """Addresses that would have one path get different ones, the same in every build."""
    urls = [
        "https://a.example.com/x/y",
        "https://a.example.com/x-y",
        "http://a.example.com/x/y",
        "https://a.example.com/x/y?z",
        "https://a.example.com:8443/x/y",
        "https://a.example.com/X/Y",
        "https://audits/",
    ]
    for number, url in enumerate(urls):
        portal.write(f"r/{number}.json", lhr(url))
    portal.options = {"files": ["r/*.json"]}
    report = portal.build()
    sites = [path for path in portal.paths if path.startswith("/quality/") and "/audits/" not in path and path != "/quality/"]
    assert report.problems == ()
    assert len(sites) == len(urls)
    assert "/quality/a.example.com-x-y/" in sites


def test_what_other_plugins_may_ask(filed):
    """A scorecard asks for the scores of an entity's site, whichever way its annotation spells the address."""
    filed.entity("https://shop.example.com")
    check = {
        "id": "fast",
        "title": "Is fast",
        "data": {"sites": "lighthouse:websites"},
        "match": {"url": "metadata.annotations.lighthouse.com/website-url"},
        "expression": "sites[0].scores.performance >= `90` && sites[0].form == 'desktop'",
        "why": "Nobody waits.",
        "fix": "Read the report.",
    }
    card = {
        "id": "web",
        "title": "Web",
        "filter": "kind:component",
        "levels": [{"id": "gold", "title": "Gold"}],
        "checks": [{**check, "level": "gold"}],
    }
    filed.more.append({"plugin": "scorecards", "path": "/scorecards/", "options": {"scorecards": [card]}})
    report = filed.build()
    assert [problem.text for problem in report.problems] == []
    assert "The top is reached." in filed.text("/catalog/default/component/shop/")


PROBE = """\
from callboard.plugin import Dataset, Provider


class Probe(Provider):
    def provide(self, options, context):
        return Dataset(found=[{"text": f"{m.name} of {m.key or 'all'} is {m.value:g}"} for m in context.metrics])
"""


def test_metrics_for_the_history(filed):
    """The latest score of each site, form factor and category, and the number of rows over their budget, are metrics."""
    filed.write("plugins/probe/provider.py", PROBE)
    pages = "pages: [{path: /, view: table, data: found}]"
    filed.write(
        "plugins/probe/plugin.yaml", f"callboard: 1\ntitle: Probe\nneeds: [lighthouse]\nprovider: provider:Probe\n{pages}\n"
    )
    filed.more = [{"plugin": "probe", "path": "/probe/"}]
    filed.options["budgets"] = [{"form": "mobile", "performance": 99}]
    report = filed.build()
    text = filed.text("/probe/")
    assert report.errors == ()
    assert "over_budget of all is 1" in text
    assert "score of shop.example.com, mobile, Performance is 60" in text
    assert "score of shop.example.com, desktop, Performance is 90" in text
