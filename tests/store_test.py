"""The plugins' own databases: the same on SQLite and PostgreSQL, isolated, built up once, and never in the build's way."""

from __future__ import annotations

import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callboard import build as pipeline
from callboard import check
from callboard.data.store.statements import formatted

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NOTES = """\
from callboard.plugin import Dataset, Migrations, Provider, Store

migrations = Migrations()


@migrations
def create_notes(db: Store) -> None:
    db.execute("CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT NOT NULL, weight DOUBLE PRECISION)")


class Notes(Provider):
    def provide(self, options, context):
        db = context.db
        if context.recording:
            next_id = db.rows("SELECT count(*) AS n FROM notes")[0]["n"] + 1
            db.execute("INSERT INTO notes VALUES (:id, :text, :weight)", {"id": next_id, "text": "100% of 'it'", "weight": 0.5})
        return Dataset(notes=db.rows("SELECT text, weight FROM notes ORDER BY id"))
"""
MANIFEST = """\
callboard: 1
title: Notes
provider: provider:Notes
database: provider:migrations
pages:
  - {path: /, view: table, data: notes}
"""


class Portal:
    """A site whose plugins keep notes, each in a database of its own."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        self.plugins: list[str] = []

    def plugin(self, name: str, code: str = NOTES, manifest: str = MANIFEST) -> None:
        """Add a plugin, or change its code."""
        folder = self.folder / "plugins" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plugin.yaml").write_text(manifest, encoding="utf-8")
        (folder / "provider.py").write_text(code, encoding="utf-8")
        self.plugins = [*dict.fromkeys([*self.plugins, name])]
        mounts = "".join(f"  - plugin: {plugin}\n" for plugin in self.plugins)
        self.say(f"site: {{title: Portal}}\ncontent: false\nplugins:\n{mounts}{self.database}")

    def say(self, text: str) -> None:
        """Write ``site.yaml``."""
        (self.folder / "site.yaml").write_text(text, encoding="utf-8")

    def build(self, **settings):
        """One build."""
        effects = replace(pipeline.effects(environ={}), clock=lambda: NOW)
        return pipeline.build(self.folder, pipeline.Settings(jobs=1, **settings), effects)

    def page(self, plugin: str) -> str:
        """What the plugin's page shows, as text."""
        html = (self.folder / "public" / plugin / "index.html").read_text(encoding="utf-8")
        return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def said(report):
    """What a build found wrong."""
    return "\n".join(problem.text for problem in report.problems)


@pytest.fixture
def portal(tmp_path: Path, database: str) -> Portal:
    """A site with one plugin that keeps notes."""
    portal = Portal(tmp_path, database)
    portal.plugin("notes")
    return portal


def test_kept_from_build_to_build(portal):
    """What a provider writes is there in the next build as it was written; the migration ran once."""
    for _ in range(3):
        assert said(portal.build()) == ""
    assert portal.page("notes").count("100% of &#39;it&#39; 0.5") == 3


def test_not_recorded(portal):
    """A build that does not count, and an offline one, keep nothing; ``check`` opens no database at all."""
    assert check.check(portal.folder).problems == ()
    assert not (portal.folder / ".callboard" / "db").exists()
    portal.build(recording=False)
    assert "0.5" not in portal.page("notes")
    portal.build(offline=True)
    assert not portal.database or "an offline build asks none" in portal.page("notes")
    assert "0.5" not in portal.page("notes")


def test_each_its_own(portal):
    """Plugins whose tables are called the same share nothing, and none reaches another's."""
    portal.plugin("other")
    portal.build()
    portal.build()
    assert [portal.page(name).count("0.5") for name in ("notes", "other")] == [2, 2]
    tries = """        tried = []
        for sql in (
            "SELECT * FROM callboard_plugin_notes.notes",
            'SELECT * FROM "callboard_plugin_notes" . notes',
            "ATTACH DATABASE 'notes.sqlite' AS theirs",
            "SET search_path = callboard_plugin_notes",
            "DROP SCHEMA callboard_plugin_notes CASCADE",
            "SELECT 1; DROP TABLE notes",
            "/* so */ BEGIN",
        ):
            try:
                tried.append({"text": f"done: {db.execute(sql)} {sql}"})
            except StoreError as error:
                tried.append({"text": f"refused: {error}"})
        return Dataset(notes=tried)
        return"""
    portal.plugin("thief", NOTES.replace("Store\n", "Store, StoreError\n", 1).replace("        return", tries))
    portal.build()
    assert (portal.page("thief").count("refused: "), portal.page("thief").count("done: ")) == (7, 0)
    assert [portal.page(name).count("0.5") for name in ("notes", "other")] == [3, 3]


def test_migrations(portal):
    """A new step runs once, over what is there."""
    portal.build()
    step = """
@migrations(name="0002 colour")
def colour(db):
    with db.transaction():
        db.execute("ALTER TABLE notes ADD COLUMN colour TEXT")
    db.execute("UPDATE notes SET colour = 'red'")
"""
    changed = NOTES.replace("SELECT text, weight", "SELECT text, weight, colour").replace(
        "INSERT INTO notes VALUES", "INSERT INTO notes (id, text, weight) VALUES"
    )
    portal.plugin("notes", changed + step)
    assert said(portal.build()) == ""
    assert said(portal.build()) == ""
    assert (portal.page("notes").count("0.5"), portal.page("notes").count("red")) == (3, 1)


def test_a_migration_that_fails(portal):
    """It is undone as a whole, those before it stay, the plugin's pages say what failed, and the others are complete."""
    portal.plugin("other")
    steps = """
@migrations
def one(db):
    db.execute("CREATE TABLE one (id BIGINT)")

@migrations
def two(db):
    db.execute("CREATE TABLE two (id BIGINT)")
    {}
"""
    portal.plugin("notes", NOTES + steps.format("db.execute('CREAT TABLE x')"))
    report = portal.build()
    assert report.written
    assert 'the migration "two" of its database failed, and nothing of it was kept: the database says: ' in said(report)
    assert 'in the statement "CREAT TABLE x"' in said(report)
    assert 'the migration "two" of its database failed' in portal.page("notes").replace("&#34;", '"')
    assert "0.5" in portal.page("other")
    portal.plugin("notes", NOTES + steps.format("raise KeyError('colour')"))
    assert "nothing of it was kept: KeyError: 'colour'" in said(portal.build())
    portal.plugin("notes", NOTES + steps.format("pass"))
    assert said(portal.build()) == ""
    assert "0.5" in portal.page("notes")


def test_an_older_release(portal):
    """Code that is older than its database says so, and touches nothing."""
    portal.plugin("notes", NOTES + "\n@migrations\ndef later(db):\n    pass\n")
    portal.build()
    portal.plugin("notes", NOTES)
    what = 'its database was made by a newer release of the plugin "notes": this one knows no migration "later". Upgrade it'
    assert what in said(portal.build())


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("context.db.rows('SELECT * FROM note')", "note"),
        ("context.db.execute('INSERT INTO notes VALUES (:id)')", "in the statement"),
        ("context.db.rows('SELECT :id AS x', {'id': context.now})", 'the parameter "id" is a datetime, and only plain values'),
        ("context.db.rows('SELECT :text AS x', {'text': chr(0xd800)})", "in the statement"),
    ],
)
def test_a_statement_that_fails(portal, code, words):
    """The message holds what the database says, and which statement it was."""
    portal.plugin("notes", NOTES.replace("        return", f"        {code}\n        return"))
    assert words in said(portal.build())


def test_all_or_nothing(portal):
    """A transaction that fails leaves nothing, an inner one that fails leaves the outer one as it was."""
    code = """        with db.transaction():
            db.execute("UPDATE notes SET text = 'outer'")
            try:
                with db.transaction():
                    db.execute("UPDATE notes SET text = 'inner'")
                    raise KeyError
            except KeyError:
                pass
        try:
            with db.transaction():
                db.executemany("DELETE FROM notes WHERE id = :id", [{"id": 1}, {"id": 2}])
                raise KeyError
        except KeyError:
            pass
        return"""
    portal.plugin("notes", NOTES.replace("        return", code))
    assert said(portal.build()) == ""
    assert "outer 0.5" in portal.page("notes")


def test_plain_values(portal):
    """Both databases give the same plain data back."""
    code = """        db.execute("DELETE FROM notes")
        given = {"whole": 9007199254740993, "number": 0.1, "yes": True, "text": "ß ☂ % :no", "none": None}
        [row] = db.rows(
            "SELECT CAST(:whole AS BIGINT) AS whole, CAST(:number AS DOUBLE PRECISION) AS number, :yes AS yes,"
            " CAST(:text AS TEXT) AS text, CAST(:none AS TEXT) AS none, '100%' AS percent, ':x' AS colon,"
            " sum(n) AS total, avg(n) AS mean FROM (SELECT 1 AS n UNION ALL SELECT 2) AS numbers -- :really?", given
        )
        assert row == {
            "whole": 9007199254740993, "number": 0.1, "yes": 1, "text": "ß ☂ % :no", "none": None, "percent": "100%",
            "colon": ":x", "total": 3, "mean": 1.5,
        }, row
        assert type(row["total"]) is int
        return"""
    portal.plugin("notes", NOTES.replace("        return", code))
    assert said(portal.build()) == ""


def test_builds_at_once(tmp_path, database):
    """Builds that begin at once with no database at all: the migration runs once, and nothing that one of them wrote is lost."""
    code = NOTES.replace('next_id = db.rows("SELECT count(*) AS n FROM notes")[0]["n"] + 1', "import os; next_id = os.getpid()")
    portals = [
        Portal(tmp_path / str(number), database or "database: {connection: {directory: ../shared}}\n") for number in range(4)
    ]
    for portal in portals:
        portal.plugin("notes", code)
    command = [sys.executable, "-m", "callboard", "build", "--jobs", "1", "--strict"]
    running = [
        subprocess.Popen([*command, portal.folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for portal in portals
    ]
    for build in running:
        output, _ = build.communicate(timeout=60)
        assert build.returncode == 0, output.decode()
    portals[0].build(recording=False)
    assert portals[0].page("notes").count("0.5") == 4


def test_mounted_twice(portal):
    """Two mounts of one plugin share its database."""
    portal.plugin("notes", NOTES.replace('db.rows("SELECT count(*) AS n FROM notes")[0]["n"] + 1', "ord(context.mount[-1])"))
    mounts = "  - {plugin: notes, path: /a}\n  - {plugin: notes, path: /b}\n"
    portal.say(f"site: {{title: Portal}}\ncontent: false\nplugins:\n{mounts}{portal.database}")
    portal.build()
    portal.build(recording=False)
    assert (portal.page("a").count("0.5"), portal.page("b").count("0.5")) == (2, 2)


def test_a_damaged_file(tmp_path):
    """It is set aside with a warning, never deleted, and a new one is begun."""
    portal = Portal(tmp_path, "")
    portal.plugin("notes")
    portal.build()
    file = tmp_path / ".callboard" / "db" / "notes.sqlite"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(b"SQLite format 3\0" + b"garbage " * 500)
    report = portal.build()
    assert report.written
    assert "db/notes.sqlite  warning: the database could not be read" in said(report)
    assert 'set aside as "notes.sqlite.broken-1" and a new one was begun. Put a copy of it back' in said(report)
    assert file.with_name("notes.sqlite.broken-1").read_bytes().startswith(b"SQLite format 3\0garbage")
    assert portal.page("notes").count("0.5") == 1
    assert said(portal.build()) == ""


def test_a_locked_file(tmp_path, monkeypatch):
    """A file that another program keeps locked costs this plugin only, and says so."""
    monkeypatch.setattr("callboard.data.store.sqlite._BUSY", 0.2)
    portal = Portal(tmp_path, "")
    portal.plugin("notes")
    portal.build()
    with sqlite3.connect(tmp_path / ".callboard" / "db" / "notes.sqlite") as other:
        other.execute("BEGIN IMMEDIATE")
        report = portal.build()
    assert report.written
    assert "another program has kept its database locked for 0.2 seconds" in said(report)


def test_a_folder_that_nobody_may_write(tmp_path):
    """The message names the file and the reason."""
    portal = Portal(tmp_path, "database: {connection: {directory: taken}}\n")
    portal.plugin("notes")
    (tmp_path / "taken").write_text("", encoding="utf-8")
    assert 'its database "notes.sqlite" cannot be opened: ' in said(portal.build())


def test_in_memory(tmp_path):
    """``:memory:`` is forgotten after each build."""
    portal = Portal(tmp_path, "database: {client: better-sqlite3, connection: ':memory:'}\n")
    portal.plugin("notes")
    portal.build()
    portal.build()
    assert portal.page("notes").count("0.5") == 1


def test_a_server_that_is_down(tmp_path, postgres):
    """The build goes on and ends soon, the pages of plugins that keep something there say so, and no secret is shown."""
    psycopg = pytest.importorskip("psycopg")
    assert psycopg
    with closed_port() as port:
        address = f"postgresql://portal:{postgres.password}@127.0.0.1:{port}/portal"
        portal = Portal(tmp_path, f"database: {{client: postgresql, connection: '{address}'}}\n")
        portal.plugin("notes")
        portal.plugin("other")
        report = portal.build()
    assert report.written
    assert report.seconds < 15
    what = f"the database server 127.0.0.1:{port} cannot be used: Connection refused."
    assert f"site.yaml:6:1  warning: database: {what}" in said(report)
    assert "[database-unusable]" in said(report)
    assert what in portal.page("notes")
    assert what in portal.page("other")
    assert_nowhere(postgres.password, tmp_path, said(report))


def test_a_wrong_password(tmp_path, postgres):
    """The server's own words, and no password."""
    pytest.importorskip("psycopg")
    wrong = "Wrong-Password-17"
    parts = f"{{host: 127.0.0.1, port: {postgres.port}, user: portal, password: {wrong}, database: postgres}}"
    portal = Portal(tmp_path, f"database: {{client: pg, connection: {parts}}}\n")
    portal.plugin("notes")
    report = portal.build()
    assert 'cannot be used: password authentication failed for user "portal".' in said(report)
    assert_nowhere(wrong, tmp_path, said(report))


def test_parts_and_prefix(tmp_path, postgres):
    """A connection in parts, its password from the environment, and schemas with a prefix of the site's own."""
    psycopg = pytest.importorskip("psycopg")
    name = postgres.database()
    parts = f"{{host: 127.0.0.1, port: '{postgres.port}', user: portal, password: '${{DB_PASSWORD}}', database: {name}}}"
    portal = Portal(tmp_path, f"database: {{client: pg, connection: {parts}, schemaPrefix: acme_}}\n")
    portal.plugin("notes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DB_PASSWORD", postgres.password)
        assert said(portal.build()) == ""
    with psycopg.connect(postgres.url(name)) as db:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'acme_notes' ORDER BY 1"
        assert [row[0] for row in db.execute(tables)] == ["_callboard_migrations", "notes"]
        assert db.execute("SELECT migration_set, name FROM acme_notes._callboard_migrations").fetchall() == [
            ("notes", "create_notes")
        ]
    assert_nowhere(postgres.password, tmp_path, "")


def test_a_connection_that_is_not_encrypted(tmp_path, postgres):
    """With ``ssl``, nothing is sent to a server that does not encrypt."""
    pytest.importorskip("psycopg")
    for ssl in ("true", "{rejectUnauthorized: false}"):
        portal = Portal(tmp_path, parts_of(postgres, postgres.database(), f"ssl: {ssl}"))
        portal.plugin("notes")
        assert "server does not support SSL" in said(portal.build())


def test_certificates(tmp_path, certified):
    """With ``ssl`` a certificate must be good: signed by an authority that the system or ``ca`` knows, and for this very host."""
    server, authority = certified
    name = server.database()
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "ca.pem").write_bytes(authority.read_bytes())
    for ssl, words in (
        ("true", "certificate verify failed"),
        ("{ca: certs/ca.pem}", ""),
        ("{rejectUnauthorized: false}", ""),
    ):
        portal = Portal(tmp_path, parts_of(server, name, f"ssl: {ssl}"))
        portal.plugin("notes")
        found = said(portal.build())
        assert (words in found) if words else (found == ""), ssl
    portal = Portal(tmp_path, parts_of(server, name, "ssl: {ca: certs/ca.pem}").replace("127.0.0.1", "localhost"))
    portal.plugin("notes")
    assert "does not match host name" in said(portal.build())
    portal = Portal(tmp_path, parts_of(server, name, "ssl: {ca: ca.pem}"))
    portal.plugin("notes")
    assert "database.connection.ssl.ca: there is no such file. Paths begin at the folder of site.yaml." in said(portal.build())


def parts_of(server, name, *more):
    """``database:`` with a connection in parts."""
    parts = (f"port: {server.port}", f"user: {server.user}", f"password: {server.password}", f"database: {name}", *more)
    return f"database: {{client: pg, connection: {{host: 127.0.0.1, {', '.join(parts)}}}}}\n"


@pytest.fixture(scope="module")
def certified(tmp_path_factory, request):
    """A PostgreSQL with a certificate for 127.0.0.1 that signed itself, and the file of that certificate."""
    pytest.importorskip("psycopg")
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    certificate, key = folder / "server.crt", folder / "server.key"
    about = ["-subj", "/CN=database", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-out", certificate, "-keyout", key, *about]
    subprocess.run(made, check=True, capture_output=True)
    servers = request.config.pluginmanager.get_plugin("servers")
    with servers.start_postgres((certificate, key)) as server:
        yield server, certificate


def test_sqlite_utils_sees_the_migrations(tmp_path):
    """On SQLite they are sqlite-utils' own: its command line lists them."""
    import sqlite_utils

    portal = Portal(tmp_path, "")
    portal.plugin("notes")
    portal.build()
    db = sqlite_utils.Database(tmp_path / ".callboard" / "db" / "notes.sqlite")
    assert [step.name for step in sqlite_utils.Migrations("notes").applied(db)] == ["create_notes"]
    db.close()


SAYINGS = {
    "{client: oracle}": "site.yaml:4:12  database.client: ",
    "{client: pg}": "site.yaml:4:1  database.connection: it does not say where the server is.",
    "{client: pg, connection: 'mysql://u:hush-hush@h/d'}": "database.connection: wanted postgresql://user:password@host:5432/database",
    "{client: pg, connection: 'postgresql://u:hush-hush@h:port/d'}": "database.connection: wanted postgresql://",
    "{client: pg, connection: {user: u, password: hush-hush}}": "it does not say where the server is. Write for example: host:",
    "{client: pg, connection: {directory: db}}": "database.connection.directory: a directory is for SQLite",
    "{connection: 'postgresql://u:hush-hush@h/d'}": 'database.connection: for SQLite, wanted a directory or ":memory:"',
    "{connection: {host: h}}": "database.connection.host: host is for PostgreSQL, and the client is SQLite.",
    "{connection: {directory: public/db}}": "bad-output",
    "{schemaPrefix: pg_mine}": "database.schemaPrefix: wanted small letters, digits and _",
    "{conection: x}": 'unknown key "conection"; did you mean "connection"?',
}


@pytest.mark.parametrize("written", SAYINGS)
def test_what_is_wrong_with_it(tmp_path, written):
    """Each mistake is said at its line, and nothing of a connection is shown."""
    portal = Portal(tmp_path, "")
    portal.say(f"site: {{title: Portal}}\ncontent: false\nplugins: []\ndatabase: {written}\n")
    found = "\n".join(problem.text for problem in check.check(tmp_path).problems)
    assert SAYINGS[written] in found
    assert "hush" not in found


def test_a_misspelt_client_is_one_problem(tmp_path):
    """What stands beside a client that there is not, is not measured by another one."""
    portal = Portal(tmp_path, "")
    wrong = "{client: postgres, connection: {host: h, password: hush-hush}}"
    portal.say(f"site: {{title: Portal}}\ncontent: false\nplugins: []\ndatabase: {wrong}\n")
    [found] = check.check(tmp_path).problems
    assert 'Did you mean "postgresql"?' in found.text


def test_a_package_that_is_not_installed(tmp_path, monkeypatch):
    """PostgreSQL without psycopg is said at the client's line, with the command that installs it."""
    monkeypatch.setattr("callboard.config.databases.find_spec", lambda name: None)
    portal = Portal(tmp_path, "")
    portal.say("site: {title: Portal}\nplugins: []\ncontent: false\ndatabase: {client: pg, connection: postgresql://h/d}\n")
    [problem] = check.check(tmp_path).problems
    assert problem.text == (
        "site.yaml:4:12  database.client: PostgreSQL needs a package that is not installed. "
        'Run: pip install "callboard[postgres]" [missing-package]'
    )


def test_the_guides_example(tmp_path):
    """The plugin with a database that the guide shows works as it is written there."""
    guide = Path(__file__).parents[1] / "docs" / "plugins" / "database-and-metrics.md"
    blocks = re.findall(r'```\w+ title="(plugins/seen/[^"]+)"\n(.*?)```', guide.read_text(encoding="utf-8"), re.DOTALL)
    assert [name for name, _ in blocks] == ["plugins/seen/plugin.yaml", "plugins/seen/migrations.py", "plugins/seen/provider.py"]
    portal = Portal(tmp_path, "")
    entity = "{apiVersion: backstage.io/v1alpha1, kind: API, metadata: {name: pay}, spec: {type: x, lifecycle: y, owner: z, definition: d}}"
    catalog = "  - {plugin: catalog, options: {locations: [{type: file, target: api.yaml}]}}\n"
    (tmp_path / "api.yaml").write_text(entity, encoding="utf-8")
    portal.say(f"site: {{title: Portal}}\ncontent: false\nplugins:\n{catalog}  - plugin: seen\n")
    for name, text in blocks:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert portal.build().errors == ()
    assert "api:default/pay 2026-11-24" in portal.page("seen")


def test_manifests(portal):
    """What ``database`` of a manifest names must be there, and be Migrations."""
    portal.plugin("notes", manifest=MANIFEST.replace("provider:migrations", "migrations"))
    assert 'database: wanted module:name, got "migrations".' in said(portal.build())
    portal.plugin("notes", manifest=MANIFEST.replace("provider:migrations", "provider:Notes"))
    assert '"provider:Notes" is a class, and its manifest must name a callboard.plugin.Migrations' in said(portal.build())
    portal.plugin("notes", manifest=MANIFEST.replace("provider:migrations", "provider:migration"))
    assert '"provider.py" has no "migration"' in said(portal.build())
    portal.plugin("notes", manifest=MANIFEST.replace("database: provider:migrations\n", ""))
    assert "its manifest declares no database. Add for example: database: migrations:migrations" in said(portal.build())


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT :a, ':b', \":c\", x::text, 'it''s :d' -- :e", "SELECT %(a)s, ':b', \":c\", x::text, 'it''s :d' "),
        ("SELECT $q$ :a $q$, $$ ; :b $$ /* :c; */ ;", "SELECT $q$ :a $q$, $$ ; :b $$  ;"),
        ("SELECT 5 % 2, '%' WHERE a LIKE :p", "SELECT 5 %% 2, '%%' WHERE a LIKE %(p)s"),
    ],
)
def test_named_parameters(sql, wanted):
    """Names are found outside of texts, comments and casts only."""
    assert formatted(sql) == wanted


def assert_nowhere(secret: str, site: Path, *texts: str) -> None:
    """A secret is in no text, and in no file but ``site.yaml``."""
    assert not any(secret in text for text in texts)
    files = [path for path in site.rglob("*") if path.is_file() and path.name != "site.yaml"]
    assert files
    assert [path for path in files if secret.encode() in path.read_bytes()] == []


@contextmanager
def closed_port():
    """A port of this machine that nobody answers at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]
