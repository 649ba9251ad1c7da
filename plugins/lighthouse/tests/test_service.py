"""What the real service does that a client must know: each trap of its contract, over HTTP."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from .conftest import SHARED, Elements, lhr

SITE = "/quality/shop.example.com/"


def problems(report):
    """What was said about the plugin."""
    return [problem.text for problem in report.problems]


def test_a_report_is_asked_for_as_json_alone(asking, service):
    """Any other Accept than exactly application/json is answered with HTML; so that is what is sent, and the audit has its page."""
    audit = service.add()
    report = asking.build()
    assert problems(report) == []
    assert [accept for path, accept, _ in service.asked if "/v1/audits/" in path] == ["application/json"]
    assert "Image elements do not have" in asking.text(f"/quality/audits/{audit}/")


def test_a_report_is_fetched_once_in_its_life(asking, service):
    """The second build, a month later, asks for the list alone; the pages are the same."""
    audit = service.add()
    asking.build()
    before = asking.page(f"/quality/audits/{audit}/")
    service.paths()
    asking.build(timedelta(days=40))
    assert service.paths() == ["/v1/websites?limit=25&offset=0"]
    assert (
        asking.page(f"/quality/audits/{audit}/").partition("<main")[2].partition('class="prov"')[0]
        == before.partition("<main")[2].partition('class="prov"')[0]
    )


def test_all_pages_of_websites(asking, service):
    """Sixty websites come in three pages, and all of them are shown."""
    for number in range(60):
        service.add(f"https://site-{number}.example.com/", at=f"2026-11-22T10:{number:02d}:00.73", status="FAILED")
    asking.build()
    assert service.paths() == [f"/v1/websites?limit=25&offset={offset}" for offset in (0, 25, 50)]
    assert "Websites 60" in asking.text()
    assert {f"/quality/site-{number}.example.com/" for number in range(60)} <= asking.paths


def test_a_list_that_moves_while_it_is_read(asking, service):
    """A website that is audited between two pages moves to the front of a page that was read already: it is found all the same."""
    for number in range(30):
        service.add(f"https://site-{number}.example.com/", at=f"2026-11-22T10:{number:02d}:00.73", status="FAILED")

    def audited_in_between(path):
        if "offset=25" in path and len(service.audits) == 30:
            service.add("https://site-0.example.com/", at="2026-11-23T10:00:00.73", status="RUNNING")

    service.before = audited_in_between
    report = asking.build()
    assert problems(report) == []
    assert "Websites 30" in asking.text()
    assert "running" in asking.text("/quality/site-0.example.com/")


def test_a_total_that_is_too_high(asking, service):
    """A service that counts more websites than it gives costs one further look, and a warning; no endless asking."""
    service.add()
    [website] = service.websites()
    service.raw["/v1/websites"] = json.dumps({"items": [website], "total": 3}).encode()
    report = asking.build()
    assert any("counts 2 more websites than it gave" in text for text in problems(report))
    assert len([path for path in service.paths() if "websites" in path]) <= 6


def test_pages_that_grew_too_large(asking, service):
    """Each website comes with all its audits ever: where 25 of them are more than an answer may be, smaller pages are asked for."""
    for number in range(6):
        service.add(f"https://site-{number}.example.com/", at=f"2026-11-22T10:{number:02d}:00.73", status="FAILED")
    answered = service.answer

    def bloated(path, accept):
        status, kind, body = answered(path, accept)
        return (status, kind, body + b" " * 20_000_001) if "limit=25" in path else (status, kind, body)

    service.answer = bloated
    report = asking.build()
    assert report.errors == ()
    assert "Websites 6" in asking.text()
    assert [path for path in service.paths() if "limit=5" in path] == [
        "/v1/websites?limit=5&offset=0",
        "/v1/websites?limit=5&offset=5",
    ]


def test_times_of_both_forms(asking, service):
    """Lists write +00:00 and drop zeros, single audits write Z; with another offset, the time is shown in UTC."""
    service.add(at="2026-11-23T16:18:00.73")
    service.add("https://far.example.com/", at="2026-11-23T16:18:00.7")
    for audit in service.audits:
        audit["timeCreated"] = audit["timeCreated"]
    websites = json.dumps({"items": service.websites(), "total": 2}).replace("16:18:00.7+00:00", "12:18:00.7-04:00")
    service.raw["/v1/websites"] = websites.encode()
    asking.build()
    assert 'datetime="2026-11-23T16:18:00Z"' in asking.page(SITE)
    assert 'datetime="2026-11-23T16:18:00Z"' in asking.page("/quality/far.example.com/")


def test_running_failed_and_stuck(asking, service):
    """An audit that has run for more than a day is stuck: its service was stopped in between. None of the three has scores."""
    service.add("https://run.example.com/", at="2026-11-24T07:59:00.73", status="RUNNING")
    service.add("https://old.example.com/", at="2026-11-20T07:59:00.73", status="RUNNING")
    service.add("https://bad.example.com/", at="2026-11-24T07:00:00.73", status="FAILED")
    report = asking.build()
    assert problems(report) == []
    for host, word in (("run", "running"), ("old", "stuck"), ("bad", "failed")):
        assert f"Last audit {word}" in asking.text(f"/quality/{host}.example.com/")
    assert not any("/v1/audits/" in path for path in service.paths())


def test_categories_in_lighthouses_order(asking, service):
    """A database gives the shortest key first; readers get Lighthouse's own order."""
    service.add()
    asking.build()
    text = asking.text()
    places = [text.index(title) for title in ("Performance", "Accessibility", "Best Practices", "SEO", "PWA")]
    assert places == sorted(places)


def test_no_score_is_not_zero(asking, service):
    """A score of null is N/A, and a gap in the trend; categories that are missing are left out."""
    service.add(at="2026-11-21T10:00:00.73")
    service.add(at="2026-11-22T10:00:00.73", scores={"seo": None})
    service.add(at="2026-11-23T10:00:00.73", scores={"accessibility": None})
    asking.build()
    page = asking.text(SITE)
    assert "N/A Accessibility" in page
    assert "2026-11-22 10:00 UTC: Performance 93, Accessibility 100, Best Practices 92, SEO N/A, PWA 30" in asking.page(SITE)
    assert "Accessibility 0" not in page


def test_slash_variants_are_one_site(asking, service):
    """The service keeps https://shop.example.com and https://shop.example.com/ apart; here they are one site with both audits."""
    service.add("https://shop.example.com", at="2026-11-22T10:00:00.73")
    service.add("https://shop.example.com/", at="2026-11-23T10:00:00.73")
    asking.entity("https://SHOP.example.com/")
    asking.build()
    assert "Websites 1" in asking.text()
    assert "Audits 2" in asking.text(SITE)
    assert "Performance 93" in asking.text("/catalog/default/component/shop/")


def test_an_audit_that_was_deleted_meanwhile(asking, service):
    """A report that is gone (404) is no fault: the audit stays with what the list said of it."""
    audit = service.add()
    service.status[f"/v1/audits/{audit}"] = 404
    report = asking.build()
    assert problems(report) == []
    assert "93" in asking.text(SITE)
    assert f"/quality/audits/{audit}/" not in asking.paths


def test_a_report_that_is_html_or_no_result(asking, service):
    """An answer that is no Lighthouse result is not kept: a warning says so, the list's scores stand, and the next build asks again."""
    audit = service.add()
    service.raw[f"/v1/audits/{audit}"] = b"<!doctype html>"
    report = asking.build()
    assert any("some reports could not be read" in text for text in problems(report))
    assert "93" in asking.text(SITE)
    service.raw.clear()
    report = asking.build()
    assert problems(report) == []
    assert f"/quality/audits/{audit}/" in asking.paths


def test_reports_that_fail_end_soon(asking, service):
    """A service whose reports all fail is not asked for each of them."""
    for number in range(40):
        service.add(at=f"2026-11-22T10:{number:02d}:00.73")
    service.status["/v1/audits/"] = 500
    report = asking.build()
    assert report.written
    assert len([path for path in service.paths() if "/v1/audits/" in path]) <= 12
    assert "500" in " ".join(problems(report))


def test_a_limit_of_reports_a_build(asking, service):
    """``fetch`` bounds one build; the next one brings the rest, newest first."""
    audits = [service.add(at=f"2026-11-22T10:{number:02d}:00.73") for number in range(5)]
    asking.options["fetch"] = 2
    asking.build()
    assert sorted(path.rsplit("/", 1)[1] for path in service.paths() if "/v1/audits/" in path) == audits[3:]
    asking.build()
    assert sorted(path.rsplit("/", 1)[1] for path in service.paths() if "/v1/audits/" in path) == audits[1:3]


@pytest.mark.parametrize(
    ("status", "words"), [(500, "500 Internal Server Error"), (404, "404 Not Found"), (401, "401 Unauthorized")]
)
def test_cold_failure(asking, service, status, words):
    """Without any answer the site is written all the same: index and entity say what failed, and with which status."""
    service.status["/v1/websites"] = status
    asking.entity("https://shop.example.com")
    report = asking.build()
    assert (report.written, report.errors) == (True, ())
    for path in ("/quality/", "/", "/catalog/default/component/shop/"):
        assert asking.text(path).count(words) == 1, "told once"
        assert "No audits" not in asking.text(path)
    assert "The list of audits could not be loaded" in asking.text("/catalog/default/component/shop/")
    assert "The list of audits could not be loaded" in asking.text("/catalog/default/component/shop/quality/")


def test_stale(asking, service):
    """When the service fails later, everything stays, marked with its age and the reason."""
    audit = service.add()
    asking.build()
    service.status["/v1/"] = 503
    report = asking.build(timedelta(days=2))
    page = asking.text()
    assert report.errors == ()
    assert "stale" in page
    assert "503" in page
    assert f"/quality/audits/{audit}/" in asking.paths


def test_another_service_is_told(asking, service):
    """An address that answers something else says so, with what is expected there."""
    service.raw["/v1/websites"] = b'{"items": {}, "total": "many"}'
    report = asking.build()
    assert report.written
    assert "is this the address of a lighthouse-audit-service" in asking.text()


def test_nothing_yet(asking):
    """A service without audits: the page says what to do, the entity that there is none of its site."""
    asking.entity("https://shop.example.com")
    report = asking.build()
    assert problems(report) == []
    assert "No audits yet." in asking.text()
    assert "No audits found of https://shop.example.com" in asking.text("/catalog/default/component/shop/")


def test_token(asking, service):
    """A token goes to the service with every request, and nowhere else."""
    asking.options["token"] = "s3cret-of-the-lighthouse"
    service.add()
    asking.build()
    assert {sent for _, _, sent in service.asked} == {"Bearer s3cret-of-the-lighthouse"}
    kept = [path for path in asking.folder.rglob("*") if path.is_file() and path.name != "site.yaml"]
    assert not [path for path in kept if b"s3cret-of-the-lighthouse" in path.read_bytes()]


def test_full_reports_lead_to_the_public_address(asking, service):
    """An audit's page links to the service's own report where readers reach it."""
    audit = service.add()
    asking.options["public"] = "https://lighthouse.example.com/"
    asking.build()
    assert f'href="https://lighthouse.example.com/v1/audits/{audit}"' in asking.page(f"/quality/audits/{audit}/")


def test_older_audits_lead_to_the_service(asking, service):
    """Only the newest audits have pages here; the others lead to the service's own reports, and failed ones nowhere."""
    old = service.add(at="2026-11-21T10:00:00.73")
    bad = service.add(at="2026-11-22T10:00:00.73", status="FAILED")
    new = service.add(at="2026-11-23T10:00:00.73")
    asking.options["reports"] = 1
    asking.build()
    links = [a.get("href") for tag, a in Elements(asking.page(SITE)).found if tag == "a"]
    assert f"/quality/audits/{new}/" in links
    assert f"{service.url}/v1/audits/{old}" in links
    assert not any(bad in (link or "") for link in links)


def test_check_asks_nothing(asking, service):
    """``callboard check`` fetches nothing."""
    from callboard import check

    service.add()
    asking.build()
    service.paths()
    report = check.check(asking.folder)
    assert (report.errors, service.paths()) == ((), [])


def test_hostile_items_are_left_out(asking, service):
    """Items with an id that is no id, an address that is none, or no shape at all, cost themselves only."""
    service.add()
    [good] = service.websites()
    evil = [
        {"url": "javascript:alert(1)", "audits": [{**good["audits"][0], "url": "javascript:alert(1)"}]},
        {
            "url": "https://b.example.com",
            "audits": [{**good["audits"][0], "id": "../../etc", "url": "https://b.example.com"}, 7, None],
        },
        {"url": 3, "audits": []},
        "x",
        {"url": "https://c.example.com", "audits": "none"},
    ]
    service.raw["/v1/websites"] = json.dumps({"items": [*evil, good], "total": 3}).encode()
    report = asking.build()
    assert report.errors == ()
    assert "Websites 1" in asking.text()
    assert "javascript:" not in asking.page()


@pytest.mark.parametrize("name", ["recorded/websites.json", "list-samples/website-list-response.json"])
def test_recorded_lists(asking, service, name):
    """The real service's recorded lists build, each site with its page."""
    if not (SHARED / name).is_file():
        pytest.skip("the recorded answers are not here")
    recorded = json.loads((SHARED / name).read_text(encoding="utf-8"))
    service.raw["/v1/websites"] = json.dumps({**recorded, "total": len(recorded["items"])}).encode()
    report = asking.build()
    assert report.errors == ()
    assert f"Websites {len(recorded['items'])}" in asking.text()


def test_recorded_audit(asking, service):
    """The real service's recorded report becomes a page with its scores."""
    if not (SHARED / "recorded/audit.completed.json").is_file():
        pytest.skip("the recorded answers are not here")
    recorded = json.loads((SHARED / "recorded/audit.completed.json").read_text(encoding="utf-8"))
    website = (SHARED / "recorded/website.json").read_text(encoding="utf-8")
    service.raw["/v1/websites"] = json.dumps({"items": [json.loads(website)], "total": 1}).encode()
    service.raw[f"/v1/audits/{recorded['id']}"] = json.dumps(recorded).encode()
    report = asking.build()
    page = asking.text(f"/quality/audits/{recorded['id']}/")
    assert problems(report) == []
    assert "Lighthouse 9.6.8" in page
    assert "Chrome 156.0.0.0" in page
    assert len(asking.page(f"/quality/audits/{recorded['id']}/").encode()) < 120_000


def test_an_error_of_lighthouses_own(asking, service):
    """A completed audit whose report holds a runtime error could not read the page; it is no point of the trend."""
    service.add(at="2026-11-22T10:00:00.73")
    service.add(at="2026-11-23T10:00:00.73", runtimeError={"code": "NO_FCP", "message": "The page did not paint any content."})
    asking.build()
    page = asking.text(SITE)
    assert "Last audit page not read" in page
    assert "The page did not paint any content." in page
    assert "1 audits" not in page
    assert lhr()["lighthouseVersion"] == "9.6.8"
