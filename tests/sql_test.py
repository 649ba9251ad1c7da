"""The source ``sql``: rows of SQLite files and of a real PostgreSQL, which are only read, in a limited time."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard.model.dataset import State

if TYPE_CHECKING:
    from tests.servers import Postgres
    from tests.yamlsite import YamlSite

FOREVER = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


def write(root: Path, *statements: str) -> None:
    path = root / "data/spend.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as db:
        for statement in statements:
            db.execute(statement)
    db.close()


@pytest.fixture
def site(yaml_site: YamlSite) -> YamlSite:
    write(
        yaml_site.root,
        "create table spend (team text, service text, cost real)",
        "insert into spend values ('a', 'web', 1.5), ('a', 'api', 2), ('b', 'web', null)",
    )
    yaml_site.declared = {"team": {}, "several": {"type": "list"}, "none": {"optional": True}}
    yaml_site.options = {"team": "a", "several": ["web", "x'; drop table spend; --"]}
    return yaml_site


SPEND = {"sql": "sqlite:///data/spend.db", "query": "select team, cost from spend order by cost"}


def test_rows_of_a_file(site: YamlSite) -> None:
    """Values are bound, never part of the SQL; one list stands for several; what has no value is NULL."""
    query = "select team, cost from spend where team = :team and service in :several and :none is null order by cost;\n"
    site.write({"plugins/x/queries/spend.sql": query})
    parameters = {"team": "{team}", "several": "{several}", "none": "{none}"}
    site.source = {"sql": "sqlite:///data/spend.db", "query": "queries/spend.sql", "parameters": parameters}
    assert site.build().problems == ()
    assert site.records == [{"team": "a", "cost": 1.5}]
    assert (site.origin.kind, site.origin.label, site.origin.state) == ("sql", "data/spend.db", State.OK)
    site.source["select"] = "[].cost"
    site.options["team"] = "a' or 'a' = 'a"
    assert site.build().problems == ()
    assert site.records == []


def test_a_file_is_read_again_when_it_changed(site: YamlSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it is the same nobody asks; a changed one is asked, whatever its ttl; a broken one leaves the last good rows."""
    site.source = SPEND
    site.build()
    assert len(site.records) == 3
    with monkeypatch.context() as patched:
        patched.setattr("callboard.data.asking.database.rows", lambda *given: pytest.fail("asked again"))
        site.later(days=3)
        site.build()
    assert [run.outcome for run in site.report.sources] == ["cached"] if site.report else False
    write(site.root, "delete from spend where team = 'a'")
    site.build()
    assert site.records == [{"team": "b", "cost": None}]
    (site.root / "data/spend.db").write_bytes(b"no database at all, however it is called" * 100)
    site.build()
    assert (site.records, site.origin.state) == ([{"team": "b", "cost": None}], State.STALE)
    assert site.origin.error == "file is not a database"
    (site.root / "data/spend.db").unlink()
    site.build()
    assert site.origin.error == "no answer: there is no such file"


def test_more_rows_than_taken(site: YamlSite) -> None:
    """The first rows stay, with a warning at the manifest's line."""
    site.source = {**SPEND, "rows": 2}
    assert site.build().written
    assert len(site.records) == 2
    [problem] = site.problems
    assert 'warning: sources.s.rows: the source "s" has more than 2 rows; only the first were taken.' in problem
    site.source["rows"] = 3
    assert site.build().problems == ()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("delete from spend", "is no select: a database is only read."),
        ("select 1; delete from spend", "one statement at a time"),
        ("pragma journal_mode = delete", "PRAGMA is no statement"),
        ("attach 'x.db' as x", "ATTACH is no statement"),
        ("with x as (select 1) delete from spend", "attempt to write a readonly database"),
        ("select none_such from spend", "no such column: none_such"),
        ("select 1 as a, 2 as a", 'two columns are called "a"; name them with as'),
        ("select x'00ff' as raw", 'the column "raw" holds bytes'),
        ("select load_extension('x')", "not authorized"),
    ],
)
def test_a_file_is_only_read(site: YamlSite, query: str, words: str) -> None:
    """One select; what would write, reach elsewhere or give no plain data is refused with its reason."""
    site.source = {**SPEND, "query": query}
    site.build()
    assert any(words in problem for problem in site.problems), site.problems
    with sqlite3.connect(site.root / "data/spend.db") as db:
        assert db.execute("select count(*) from spend").fetchone() == (3,)
    db.close()
    assert sorted(path.name for path in (site.root / "data").iterdir()) == ["spend.db"]


def test_a_query_ends_in_time(site: YamlSite) -> None:
    """A query that never ends is ended."""
    site.source = {**SPEND, "query": FOREVER, "timeout": "0.3s"}
    started = time.monotonic()
    site.build()
    assert time.monotonic() - started < 5
    assert site.origin.error == "no answer: it took longer than 0.3 seconds"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("sqlite:///../outside.db", "lies outside of the folder of site.yaml"),
        ("sqlite:////etc/passwd", "lies outside of the folder of site.yaml"),
        ("mysql://user:password-in-use@host/x", "its address is not shown"),
        ("postgresql://", "its address is not shown"),
    ],
)
def test_a_database_that_is_none(site: YamlSite, address: str, words: str) -> None:
    """Files outside and other databases are refused, without a word of the address."""
    site.source = {**SPEND, "sql": address}
    assert not site.build().written
    assert words in site.problems[0]
    assert "password-in-use" not in "".join(site.problems)


def test_a_package_that_is_missing(site: YamlSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The problem says what to install."""
    site.source = {**SPEND, "sql": "postgresql://reader@localhost/x"}
    monkeypatch.setattr("callboard.data.sources.sql.find_spec", lambda name: None if name == "psycopg" else object())
    site.check()
    assert site.problems[0].endswith('Run: pip install "callboard[postgres]" [missing-package]')
    monkeypatch.setattr("callboard.data.sources.sql.find_spec", lambda name: None)
    site.source = SPEND
    site.check()
    assert site.problems[0].endswith('Run: pip install "callboard[sql]" [missing-package]')


# PostgreSQL


@pytest.fixture
def server(yaml_site: YamlSite, postgres: Postgres) -> YamlSite:
    import psycopg

    address = postgres.url(postgres.database())
    with psycopg.connect(address, autocommit=True) as db:
        db.execute(
            "create table spend (team text, cost numeric, at timestamptz, day date, tags text[], more jsonb, took interval)"
        )
        db.execute("create sequence numbers")
        db.execute(
            "insert into spend values ('a', 12.30, '2026-11-24 12:00+01', '2026-11-24', '{x,y}', '{\"k\": [1]}', '90 seconds'),"
            " ('b', 1234567890.12345678901234567890, null, null, '{}', null, null)"
        )
    yaml_site.declared = {"database": {"type": "secret"}, "team": {"optional": True}}
    yaml_site.options = {"database": address}
    yaml_site.source = {"sql": "{database}", "query": "select * from spend order by team"}
    return yaml_site


def test_rows_of_postgresql(server: YamlSite) -> None:
    """Dates are ISO texts, decimals numbers where that loses nothing, arrays and JSON what they are; the label names no account."""
    assert server.build().problems == ()
    assert server.records == [
        {
            "team": "a",
            "cost": 12.3,
            "at": "2026-11-24T11:00:00+00:00",
            "day": "2026-11-24",
            "tags": ["x", "y"],
            "more": {"k": [1]},
            "took": 90.0,
        },
        {
            "team": "b",
            "cost": "1234567890.12345678901234567890",
            "at": None,
            "day": None,
            "tags": [],
            "more": None,
            "took": None,
        },
    ]
    host, _, name = server.options["database"].rpartition("@")[2].partition("/")
    assert server.origin.label == f"{host}/{name}"
    server.source = {
        "sql": "{database}",
        "query": (
            "select true as yes, 1e40::numeric as big, gen_random_uuid() is not null as is, '10.0.0.0/8'::cidr as net, team"
            " from spend where team = :team"
        ),
        "parameters": {"team": "b"},
    }
    assert server.build().problems == ()
    assert server.records == [{"yes": True, "big": "1" + "0" * 40, "is": True, "net": "10.0.0.0/8", "team": "b"}]


def test_an_address_of_parts(server: YamlSite) -> None:
    """A password that is filled into an address is encoded, and each item of ``each`` is asked."""
    account, _, host = server.options.pop("database").removeprefix("postgresql://").partition("@")
    user, _, password = account.partition(":")
    server.declared = {"password": {"type": "secret"}, "teams": {"type": "list"}}
    server.options = {"password": password, "teams": ["b", "a"]}
    server.source = {
        "sql": f"postgresql://{user}:{{password}}@{host}",
        "query": "select team from spend where team = :team",
        "parameters": {"team": "{item}"},
        "each": "teams",
    }
    assert server.build().problems == ()
    assert server.records == [{"team": "b", "item": "b"}, {"team": "a", "item": "a"}]
    server.options["password"] = "wrong/pass@word"
    server.build(refresh="*")
    assert server.origin.state is State.STALE
    assert "wrong" not in server.origin.error


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("with x as (delete from spend returning *) select * from x", "must not contain data-modifying statements"),
        ("select set_config('transaction_read_only', 'off', true)", "transaction read-write mode must be set before any query"),
        ("select nextval('numbers')", "cannot execute nextval() in a read-only transaction"),
        ("select 1; set transaction read write; delete from spend", "one statement at a time"),
        ("select nothing from spend", 'column "nothing" does not exist'),
        ("select 'x'::bytea as raw", 'the column "raw" holds bytes'),
        ("select pg_sleep(30)", "it took longer than 1 seconds"),
    ],
)
def test_postgresql_is_only_read(server: YamlSite, query: str, words: str) -> None:
    """Nothing is written, nothing goes on for long, and the last good rows stand."""
    server.build()
    before: Any = server.records
    server.source = {**server.source, "query": query, "timeout": "1s"}
    server.build()
    assert any(words in problem for problem in server.problems), server.problems
    server.source = {"sql": "{database}", "query": "select * from spend order by team", "ttl": "0s"}
    server.build(refresh="*")
    assert server.records == before


def test_a_password_is_not_shown(server: YamlSite) -> None:
    """A server that refuses says so without the account's password or the address."""
    host = server.options["database"].rpartition("@")[2].partition("/")[0]
    server.options["database"] = f"postgresql://nobody:password-in-use@{host}/none"
    server.build()
    said = [*server.problems, server.origin.error, server.page, (server.root / "public/-/build/report.json").read_text()]
    assert server.origin.error
    assert "password-in-use" not in "".join(said)
    server.options["database"] = "postgresql://nobody:password-in-use@127.0.0.1:1/none"
    server.build()
    assert "refused" in server.origin.error
