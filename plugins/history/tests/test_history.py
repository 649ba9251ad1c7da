"""What readers see of numbers that change from day to day, on both databases."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from callboard import check
from callboard.testing import Given, standard_tests

from .conftest import NOW, Portal

PLUGIN = Path(__file__).parents[1]
TestStandard = standard_tests(PLUGIN)
TestKeeping = standard_tests(PLUGIN, data=Given({"keep": "30d"}))


def text(html):
    """What a page's main part says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2].partition("</main")[0]).replace("&nbsp;", " ").split())


def said(report):
    """What a build found wrong."""
    return [problem.text for problem in report.problems]


def days(html):
    """The table of a page with all points: day and number, newest first."""
    return re.findall(r'<tr><th scope="row"><time datetime="([\d-]+)">[^<]*</time></th><td class="n">([^<]*)</td></tr>', html)


def test_day_by_day(portal):
    """Each day's build adds a point; the index says how much that is more than a week and a month ago."""
    for day, failed in ((0, 3), (10, 9), (35, 5), (40, 4)):
        portal.runs(failed, home=90 + day / 4)
        assert said(portal.build(day)) == []
    index = text(portal.page())
    assert "Numbers Number Trend Now In 7 days In 30 days" in index
    assert "Failed runs 4 ▼ down by 5 better ▼ down by 5 better" in index
    assert "home 100% ▲ up by 7.5% better ▲ up by 7.5% better" in index
    assert portal.page().count('<svg class="history-spark"') == 2
    page = portal.page("/history/numbers/failed/")
    assert days(page) == [("2027-01-03", "4"), ("2026-12-29", "5"), ("2026-12-04", "9"), ("2026-11-24", "3")]
    assert 'aria-label="Failed runs: from 3 to 4"' in page
    assert "<h1>Score: home</h1>" in portal.page("/history/numbers/score/home/")


def test_the_days_last(portal):
    """Several builds of one day leave one point: the last one's."""
    portal.build()
    portal.runs(7)
    portal.build(0.2)
    assert days(portal.page("/history/numbers/failed/")) == [("2026-11-24", "7")]
    assert "One day is known so far; a line needs two." in portal.page("/history/numbers/failed/")


def test_times_are_said_as_builds_say_them(portal):
    """Seconds from a minute on are minutes and hours."""
    manifest = portal.folder / "plugins/numbers/plugin.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('unit: "%"', "unit: s"), encoding="utf-8")
    portal.runs(0, short=59, long=885, longest=3900)
    portal.build()
    shown = text(portal.page()).replace("\N{NO-BREAK SPACE}", " ")
    assert ("short 59 s" in shown, "long 14 min 45 s" in shown, "longest 1 h 5 min" in shown) == (True, True, True)


def test_nothing_new(portal):
    """A second build with the same numbers on the same day renders nothing."""
    portal.build()
    assert portal.build(0.1).rendered == 0
    portal.build(1)
    assert portal.build(1.1).rendered == 0


def test_a_number_that_comes_and_goes(portal):
    """A series that is gone keeps its points, a new one begins on its day."""
    portal.build()
    portal.runs(3, shop=50)
    portal.build(1)
    assert days(portal.page("/history/numbers/score/home/")) == [("2026-11-24", "90%")]
    assert days(portal.page("/history/numbers/score/shop/")) == [("2026-11-25", "50%")]


def test_empty(portal):
    """Before anything is kept, the page says what will change that; ``check``, offline builds and ``serve`` keep nothing."""
    assert check.check(portal.folder).problems == ()
    assert portal.build(recording=False).errors == ()
    assert "Nothing is kept yet. Each callboard build keeps" in text(portal.page())
    portal.build(offline=True)
    there = text(portal.page())
    assert "an offline build asks none" in there if portal.on_server else "Nothing is kept yet." in there
    portal.build()
    portal.runs(1)
    portal.build(1, offline=True)
    assert days(portal.page("/history/numbers/failed/")) == [("2026-11-24", "3")]
    assert ('class="state stale"' in portal.page()) == portal.on_server


def test_keep(tmp_path, database):
    """What is older than ``keep`` is forgotten; of what is older than 100 days, the last point of each week stays."""
    portal = Portal(tmp_path, database, "{keep: 200d}")
    portal.runs(1)
    for day in (0, 1, 2, 3, 8, 9, 130):
        portal.build(day)
    portal.build(131)
    left = [day for day, _ in days(portal.page("/history/numbers/failed/"))]
    assert left == ["2027-04-04", "2027-04-03", "2026-12-03", "2026-11-27"]
    portal.build(210)
    portal.build(211)
    assert [day for day, _ in days(portal.page("/history/numbers/failed/"))][-1] == "2027-04-03"


def test_a_wrong_clock(portal):
    """One build with a clock far in the future empties no history, and builds of earlier days show what was known by then."""
    portal.build()
    portal.build(1)
    portal.build(30000)
    portal.build(2)
    assert [day for day, _ in days(portal.page("/history/numbers/failed/"))] == ["2026-11-26", "2026-11-25", "2026-11-24"]
    portal.build(0, recording=False)
    assert [day for day, _ in days(portal.page("/history/numbers/failed/"))] == ["2026-11-24"]


def test_builds_at_once(tmp_path, database):
    """Builds of the same day that begin at once, with no database yet, leave each series and each point once."""
    shared = database or "database: {connection: {directory: ../shared}}\n"
    portals = [Portal(tmp_path / str(number), shared) for number in range(2)]
    for number, portal in enumerate(portals):
        portal.runs(5, **{f"only_{number}": 10 + number, "all": 70})
    command = [sys.executable, "-m", "callboard", "build", "--jobs", "1", "--strict"]
    running = [
        subprocess.Popen([*command, portal.folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for portal in portals
    ]
    for build in running:
        output, _ = build.communicate(timeout=60)
        assert build.returncode == 0, output.decode()
    last = portals[0]
    last.say(shared, "{keep: 10000d}")
    last.build(3000, recording=False)
    index = text(last.page())
    assert [f"only_{number} {10 + number}%" in index for number in range(2)] == [True, True]
    assert len(days(last.page("/history/numbers/score/all/"))) == 1


def test_an_entitys_tab(portal):
    """Where the key is the reference of an entity, its page has a tab with the trend; others have none."""
    catalog = "  - plugin: catalog\n    path: /catalog/\n    options: {locations: [{type: file, target: catalog.yaml}]}\n"
    start, spec = "apiVersion: backstage.io/v1alpha1, kind: Component", "spec: {{type: website, lifecycle: x, owner: a}}"
    entity = f"{{{{{start}, metadata: {{{{name: {{0}}}}}}, {spec}}}}}"
    (portal.folder / "catalog.yaml").write_text(
        "\n---\n".join(entity.format(name) for name in ("shop", "other")), encoding="utf-8"
    )
    database = (portal.folder / "site.yaml").read_text(encoding="utf-8").partition("database:")[2]
    portal.say(f"database:{database}" if database else "", more=catalog)
    portal.runs(0, component__shop=40)
    portal.build()
    portal.runs(0, component__shop=60)
    portal.build(1)
    tab = portal.page("/catalog/default/component/shop/trends/")
    assert '<svg viewBox="0 0 600 140"' in tab
    assert "Now 60% Last kept" in text(tab)
    assert 'href="/catalog/default/component/shop/"' in portal.page("/history/")
    assert "/catalog/default/component/shop/trends/" in portal.page("/catalog/default/component/shop/")
    assert not portal.has("/catalog/default/component/other/trends/")


def test_very_many_series(tmp_path):
    """Of a metric with many series the index shows those that moved most, a page of its own the hundred, and none has its own."""
    portal = Portal(tmp_path)
    portal.runs(0, **{f"s{number}": 50 for number in range(300)})
    portal.build()
    portal.runs(0, **{f"s{number}": 50 + (number == 250) for number in range(300)})
    portal.build(8)
    index, page = portal.page(), portal.page("/history/numbers/score/")
    assert "the 5 that moved most of 300" in text(index)
    assert "s250 51% ▲ up by 1% better" in text(index)
    assert page.count("history-spark") == 100
    assert not portal.has("/history/numbers/score/s250/")
    assert len(re.findall(r"<[a-z]", page)) < 1500


def test_a_database_that_does_not_answer(tmp_path, postgres):
    """What was known is shown as stale with its date and the reason; without it, the page says what failed."""
    pytest.importorskip("psycopg")
    name = postgres.database()
    portal = Portal(tmp_path, f"database: {{client: pg, connection: '{postgres.url(name)}'}}\n")
    portal.runs(3)
    portal.build()
    portal.say("database: {client: pg, connection: 'postgresql://127.0.0.1:1/d'}\n")
    report = portal.build(1)
    page = portal.page("/history/numbers/failed/")
    assert report.written
    assert days(page) == [("2026-11-24", "3")]
    assert 'class="state stale"' in page
    assert f"{NOW:%Y-%m-%dT%H:%M}" in page
    assert (
        "the database server 127.0.0.1:1 cannot be used: Connection refused; shown is what was known at 2026-11-24 08:00 UTC."
        in str(said(report))
    )
    (tmp_path / ".callboard" / "cache.db").unlink()
    portal.build(1)
    assert "the database server 127.0.0.1:1 cannot be used" in text(portal.page())
    assert 'class="failure"' in portal.page()


def test_hostile_names(portal):
    """Keys and numbers from data are text on every page, and make paths that are sound."""
    portal.runs(0, **{"<script>alert(1)</script>": 10, "../../etc": 20, "A b": 30, "A-b": 40})
    portal.build()
    portal.build(1)
    assert "<script>alert" not in portal.page()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in portal.page()
    assert sorted(path.name for path in (portal.folder / "public/history/numbers/score").iterdir()) == [
        "..-..-etc",
        "A-b",
        "A-b-2",
        "script-alert-1-script",
    ]


def test_other_plugins_show_it(portal):
    """``history:series`` gives other plugins the series with their points."""
    folder = portal.folder / "plugins" / "shows"
    folder.mkdir()
    manifest = """\
callboard: 1
title: Shows
pages:
  - path: /
    view: table
    data: "history:series[?metric=='failed'].{last: last, previous: previous, change: change, first: points[0].at}"
"""
    (folder / "plugin.yaml").write_text(manifest, encoding="utf-8")
    database = (portal.folder / "site.yaml").read_text(encoding="utf-8").partition("database:")[2]
    portal.say(f"database:{database}" if database else "", more="  - plugin: shows\n")
    portal.build()
    portal.runs(1)
    portal.build(1)
    assert "1.0 3.0 -2.0 2026-11-24" in text(portal.page("/shows/"))


def test_quick_enough(tmp_path):
    """A year of five hundred series costs a build without changes little more."""
    import sqlite3
    import time

    portal = Portal(tmp_path)
    portal.build()
    with sqlite3.connect(tmp_path / ".callboard" / "db" / "history.sqlite") as db:
        for number in range(500):
            db.execute(
                "INSERT INTO series VALUES ('numbers', 'score', ?, 'numbers', 'Score', '%', 'higher', 'Numbers')", (f"k{number}",)
            )
            rows = [("numbers", "score", f"k{number}", f"{NOW - timedelta(days=day):%Y-%m-%d}", day) for day in range(140)]
            db.executemany("INSERT INTO points VALUES (?, ?, ?, ?, ?)", rows)
    db.close()
    portal.runs(1)
    portal.build()
    begun = time.perf_counter()
    assert portal.build().rendered == 0
    assert time.perf_counter() - begun < 6
