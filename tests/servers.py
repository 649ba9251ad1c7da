"""Real servers for tests, started once a test process: PostgreSQL, memcached and Redis, where their binaries are installed.

A pytest plugin: ``tests/conftest.py`` and ``plugins/conftest.py`` register it. Tests share a server, so each takes a database, a
namespace or a number of its own.
"""

from __future__ import annotations

import itertools
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HOST = "127.0.0.1"
USER, PASSWORD = "portal", "Sesam-oeffne-dich-91"
_WAIT = 30.0
"""Seconds that a server may take to start."""


@dataclass(frozen=True)
class Server:
    """A server that runs: where it answers."""

    host: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """``127.0.0.1:11211``."""
        return f"{self.host}:{self.port}"

    def stop(self) -> None:
        """End it now, as a crash would."""
        self.process.kill()
        self.process.wait()


@dataclass(frozen=True)
class Postgres(Server):
    """A PostgreSQL with one user who may create databases and schemas. It wants a password, as real ones do."""

    bin: Path
    user: str = USER
    password: str = PASSWORD
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def database(self) -> str:
        """The name of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        command = [self.bin / "createdb", "-h", self.host, "-p", str(self.port), "-U", self.user, "-T", "template0", name]
        subprocess.run(command, check=True, env={**os.environ, "PGPASSWORD": self.password})
        return name

    def url(self, database: str = "") -> str:
        """``postgresql://…`` of a database; of a new, empty one if none is named."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{database or self.database()}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL; ``postgres.url()`` is a database of the test's own."""
    with start_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def memcached() -> Iterator[Server]:
    """A real memcached."""
    with start_memcached() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[Server]:
    """A real Redis that keeps nothing on disk."""
    with start_redis() as server:
        yield server


@contextmanager
def start_postgres(certificate: tuple[Path, Path] | None = None) -> Iterator[Postgres]:
    """A server of the test's own: for tests that stop it, or that want one with a certificate (its file, and that of its key)."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    places = [*map(str, reversed(folders)), *os.environ.get("PATH", "").split(os.pathsep)]
    initdb = shutil.which("initdb", path=os.pathsep.join(places))
    if initdb is None:
        pytest.skip("PostgreSQL is not installed (no initdb): apt install postgresql")
    bin_folder, user = Path(initdb).parent, _ordinary_user("postgres")
    with _folder(user) as folder:
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        (folder / "password").chmod(0o644)
        made = [
            initdb,
            "-D",
            "data",
            "-U",
            USER,
            "--pwfile=password",
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        done = subprocess.run(
            made, check=False, cwd=folder, user=user, group=_group(user), extra_groups=_none(user), capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()

        encrypted = _certified(certificate, folder, user) if certificate else {}

        def command(port: int) -> list[str]:
            settings = {
                "listen_addresses": HOST,
                "port": port,
                "unix_socket_directories": folder,
                "fsync": "off",
                "full_page_writes": "off",
                "synchronous_commit": "off",
                "max_connections": 40,
                "shared_buffers": "16MB",
                "dynamic_shared_memory_type": "mmap",
                **encrypted,
            }
            return [str(bin_folder / "postgres"), "-D", "data", *(f"--{name}={value}" for name, value in settings.items())]

        def ready(port: int) -> bool:
            return subprocess.run([bin_folder / "pg_isready", "-q", "-h", HOST, "-p", str(port)], check=False).returncode == 0

        with _running(command, ready, folder=folder, user=user) as (port, process):
            yield Postgres(HOST, port, process, bin_folder)


def _certified(certificate: tuple[Path, Path], folder: Path, user: str | None) -> dict[str, str]:
    """PostgreSQL's settings for a certificate: it wants its key to be readable for itself only."""
    names = ("server.crt", "server.key")
    for source, name in zip(certificate, names, strict=True):
        shutil.copy(source, folder / name)
        (folder / name).chmod(0o600)
        if user is not None:
            shutil.chown(folder / name, user, _group(user))
    return {"ssl": "on", "ssl_cert_file": str(folder / names[0]), "ssl_key_file": str(folder / names[1])}


@contextmanager
def start_memcached() -> Iterator[Server]:
    """A server of the test's own: for tests that stop it."""
    with ExitStack() as stack:
        yield _plain(stack, "memcached", lambda port: ["-l", HOST, "-p", str(port), "-U", "0", "-m", "64"])


@contextmanager
def start_redis() -> Iterator[Server]:
    """A server of the test's own: for tests that stop it."""
    with ExitStack() as stack:
        yield _plain(
            stack, "redis-server", lambda port: ["--bind", HOST, "--port", str(port), "--save", "", "--appendonly", "no"]
        )


def _plain(stack: ExitStack, name: str, arguments: Callable[[int], Sequence[str]]) -> Server:
    program = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/sbin")
    if program is None:
        pytest.skip(f"{name} is not installed: apt install {name}")
    user = _ordinary_user("nobody")
    folder = stack.enter_context(_folder(user))
    running = _running(lambda port: [program, *arguments(port)], _answers, folder=folder, user=user)
    return Server(HOST, *stack.enter_context(running))


@contextmanager
def _running(
    command: Callable[[int], Sequence[str]], ready: Callable[[int], bool], *, folder: Path, user: str | None
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A process that answers on a free port. Somebody may take the port in between, so it is tried with three."""
    for _ in range(3):
        port = _free_port()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command(port), cwd=folder, stdout=log, stderr=log, user=user, group=_group(user), extra_groups=_none(user)
            )
        until = time.monotonic() + _WAIT
        while process.poll() is None and time.monotonic() < until:
            if ready(port):
                try:
                    yield port, process
                finally:
                    _end(process)
                return
            time.sleep(0.02)
        _end(process)
    raise AssertionError((folder / "log").read_text(encoding="utf-8", errors="replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """At once, also with clients connected, and without writing anything down: for PostgreSQL, that is SIGQUIT."""
    process.send_signal(signal.SIGQUIT if "postgres" in str(process.args) else signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    """A folder below the system's own for temporary files: sockets have short paths, and another user must reach it."""
    folder = Path(tempfile.mkdtemp(prefix="callboard-"))
    if user is not None:
        shutil.chown(folder, user, _group(user))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _ordinary_user(wanted: str) -> str | None:
    """Servers refuse to run as root: who runs them then. None if we are not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return wanted if wanted in known else "nobody"


def _group(user: str | None) -> int | None:
    return None if user is None else pwd.getpwnam(user).pw_gid


def _none(user: str | None) -> list[int] | None:
    return None if user is None else []


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """``database:`` of a site, on each of the two."""
    if request.param == "sqlite":
        return ""
    pytest.importorskip("psycopg")
    return f"database: {{client: pg, connection: '{request.getfixturevalue('postgres').url()}'}}\n"
