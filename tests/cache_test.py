"""data/cache: answers and blobs outlive the process; damage costs the cache, never the build."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callboard.data.cache import SCHEMA, CacheStore, SqliteCache, StoredAnswer

ANSWER = StoredAnswer("https://example.com/x", 200, {"etag": "x"}, b"body", "x", "yesterday", 100, 90)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".callboard" / "cache.db"


@pytest.fixture
def cache(path: Path) -> Iterator[SqliteCache]:
    cache = SqliteCache(path, now=lambda: 1000.0)
    yield cache
    cache.close()


def codes(cache: CacheStore) -> list[str]:
    return [problem.code for problem in cache.problems]


def test_it_outlives_the_process_and_opens_at_once(path: Path) -> None:
    """A second process reads what the first wrote, and opening an existing cache does not import sqlite_utils."""
    SqliteCache(path).set("a", "k", b"blob")
    code = (
        "import sys; from pathlib import Path; from callboard.data.cache import SqliteCache\n"
        f"cache = SqliteCache(Path({str(path)!r})); assert cache.get('a', 'k') == b'blob'; assert 'sqlite_utils' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)


def test_nothing_is_made_before_it_is_used(path: Path) -> None:
    """A site that caches nothing has no cache file."""
    SqliteCache(path).close()
    assert not path.parent.exists()


def test_only_its_owner_may_read_it(cache: SqliteCache, path: Path) -> None:
    """Answers got with credentials are not left readable for everybody."""
    cache.set("a", "k", b"blob")
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_is_no_database_is_set_aside(cache: SqliteCache, path: Path) -> None:
    """The build goes on with a new cache and one warning that names the old file."""
    path.parent.mkdir()
    path.write_bytes(b"this is no database, but longer than a header of one hundred bytes" * 20)
    cache.set("a", "k", b"blob")
    assert cache.get("a", "k") == b"blob"
    assert codes(cache) == ["cache-set-aside"]
    assert path.with_name("cache.db.broken-1").exists()
    assert 'set aside as "cache.db.broken-1"' in cache.problems[0].text


def test_a_newer_cache_is_set_aside(cache: SqliteCache, path: Path) -> None:
    """An old Callboard does not write into a new one's file."""
    cache.set("a", "k", b"blob")
    cache.close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    db.close()
    assert cache.get("a", "k") is None
    assert codes(cache) == ["cache-set-aside"]


def test_an_older_cache_is_brought_up_to_date(cache: SqliteCache, path: Path) -> None:
    """Answers that the first release kept are still there."""
    cache.keep("a", "k", ANSWER)
    cache.close()
    with sqlite3.connect(path) as db:
        columns = "namespace, key, url, status, headers, etag, last_modified, fetched_at, stored_at"
        db.executescript(
            "ALTER TABLE answers RENAME TO newer; CREATE TABLE answers (namespace TEXT, key TEXT, url TEXT, status INTEGER,"
            " headers TEXT, etag TEXT, last_modified TEXT, fetched_at INTEGER, stored_at INTEGER, body BLOB,"
            f" PRIMARY KEY (namespace, key)); INSERT INTO answers SELECT {columns}, body FROM newer; DROP TABLE newer;"
            " DELETE FROM _sqlite_migrations WHERE name = 'terms'; PRAGMA user_version = 1"
        )
    db.close()
    assert cache.answer("a", "k") == ANSWER
    assert cache.keep("a", "k", ANSWER)
    assert cache.problems == ()


def test_missing_tables_are_damage(cache: SqliteCache, path: Path) -> None:
    """A file that only claims to be a cache is replaced."""
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA}")
    db.close()
    assert cache.keep("a", "k", ANSWER)
    assert codes(cache) == ["cache-set-aside"]


def test_damage_inside_is_found_after_an_unclean_end(path: Path) -> None:
    """Left open by a killed build, the file is checked, and set aside if a page of it is damaged."""
    code = (
        "import os; from pathlib import Path; from callboard.data.cache import SqliteCache\n"
        f"cache = SqliteCache(Path({str(path)!r}))\n"
        "for number in range(200): cache.set('a', str(number), bytes(5000))\n"
        "os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], check=False, timeout=20)
    assert path.with_name("cache.db-wal").stat().st_size > 0
    whole = SqliteCache(path)
    assert whole.get("a", "7") == bytes(5000)
    assert whole.problems == ()
    whole.close()
    content = bytearray(path.read_bytes())
    content[4096 * 100 : 4096 * 160] = os.urandom(4096 * 60)
    path.write_bytes(content)
    path.with_name("cache.db-wal").write_bytes(b"\0" * 32)
    cache = SqliteCache(path)
    assert cache.get("a", "0") is None  # its own pages are whole
    assert codes(cache) == ["cache-set-aside"]
    cache.close()


def test_a_cache_that_cannot_be_written_is_a_warning(path: Path) -> None:
    """Where a file stands in the way of its folder, the build goes on without a cache."""
    path.parent.write_text("in the way")
    cache = SqliteCache(path)
    assert not cache.keep("a", "k", ANSWER)
    assert cache.answer("a", "k") is None
    cache.set("a", "k", b"blob")
    assert codes(cache) == ["cache-unusable"]


def test_a_locked_cache_costs_one_wait(path: Path) -> None:
    """Where another process holds the file, a build waits once, says so, and goes on without; the next one uses it again."""
    cache = SqliteCache(path, patience=0.2)
    cache.keep("a", "k", ANSWER)
    cache.close()
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        started = time.perf_counter()
        for number in range(50):
            assert not cache.keep("a", str(number), ANSWER)
        assert time.perf_counter() - started < 2
    other.close()
    assert codes(cache) == ["cache-unusable"]
    assert "database is locked" in cache.problems[0].text
    cache.close()
    assert cache.keep("a", "1", ANSWER)
    cache.close()


def test_pruning_forgets_what_is_old(path: Path) -> None:
    """Answers not confirmed and blobs not used for long go; a blob that was read lately stays."""
    clock = [0.0]
    cache = SqliteCache(path, now=lambda: clock[0])
    cache.keep("a", "old", ANSWER)
    cache.set("a", "used", b"used")
    cache.set("a", "unused", b"unused")
    clock[0] = 10 * 86400.0
    cache.keep("a", "new", StoredAnswer("u", 200, {}, b"", fetched_at=int(clock[0])))
    cache.get("a", "used")
    cache.close()
    assert cache.prune(5 * 86400.0) == 2
    assert cache.answer("a", "old") is None
    assert cache.answer("a", "new") is not None
    assert cache.get("a", "used") == b"used"
    assert cache.get("a", "unused") is None
    cache.close()


def test_threads_share_it(cache: SqliteCache) -> None:
    """Eight threads write and read at once, and nothing is lost."""

    def work(number: int) -> None:
        for step in range(20):
            cache.set("a", f"{number}-{step}", b"x")
            cache.keep("a", f"{number}-{step}", ANSWER)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(cache.get("a", f"{n}-{s}") == b"x" and cache.answer("a", f"{n}-{s}") for n in range(8) for s in range(20))
    assert cache.problems == ()


def test_builds_share_it(path: Path) -> None:
    """Six processes that begin at once, on no file yet, all keep what they fetched."""
    code = (
        "import sys; from pathlib import Path; from callboard.data.cache import SqliteCache\n"
        f"cache = SqliteCache(Path({str(path)!r}))\n"
        "for step in range(10): cache.set('a', sys.argv[1] + '-' + str(step), b'x')\n"
        "cache.close(); sys.exit(len(cache.problems))"
    )
    builds = [subprocess.Popen([sys.executable, "-c", code, str(number)]) for number in range(6)]
    assert [build.wait(30) for build in builds] == [0] * 6
    cache = SqliteCache(path)
    assert all(cache.get("a", f"{n}-{s}") == b"x" for n in range(6) for s in range(10))
    cache.close()


def test_opening_is_cheap(cache: SqliteCache, path: Path) -> None:
    """A warm build pays a few milliseconds at most."""
    cache.set("a", "k", bytes(1_000_000))
    cache.close()
    best = min(_opening(path) for _ in range(5))
    assert best < 0.02


def _opening(path: Path) -> float:
    cache = SqliteCache(path)
    started = time.perf_counter()
    cache.get("a", "none")
    taken = time.perf_counter() - started
    cache.close()
    return taken
