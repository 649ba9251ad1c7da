"""What the core's tests share: a browser, real servers, and one that answers badly."""

from __future__ import annotations

import functools
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.browser import Browser
    from tests.faultserver import FaultServer
    from tests.yamlsite import YamlSite

    from callboard.data.asking.client import Client
    from callboard.data.cache import CacheStore
    from callboard.data.http.transport import HttpxTransport


def _module(name: str) -> Any:
    """A module of this folder, which is no package on the path."""
    known = f"callboard_tests_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


for _name in ("proxied", "upstream"):
    _module(_name)  # tests import it as callboard_tests_<name>


def pytest_configure(config: pytest.Config) -> None:
    """Fixtures ``postgres``, ``memcached``, ``redis`` and ``packages``: one of each, however many folders have tests."""
    for name in ("servers", "npm"):
        if not config.pluginmanager.has_plugin(name):
            config.pluginmanager.register(_module(name), name)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Headless Chromium, started once; mark tests that use it with ``browser``."""
    module = _module("browser")
    if module.executable() is None:
        pytest.skip("no Chromium on PATH")
    chromium = module.Browser(tmp_path_factory.mktemp("chromium"))
    yield chromium
    chromium.close()


@pytest.fixture(scope="module")
def transport() -> Iterator[HttpxTransport]:
    """A network: the real one."""
    from callboard.data.http.transport import HttpxTransport

    transport = HttpxTransport()
    yield transport
    transport.close()


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs one command; its exit code and what it printed."""
    from callboard.cli import run

    def done(*words: object) -> tuple[int, str]:
        capsys.readouterr()
        code = run([str(word) for word in words])
        return code, capsys.readouterr().out

    return done


class Quiet(SimpleHTTPRequestHandler):
    """A static host that logs nothing."""

    def log_message(self, *words: object) -> None:
        """Nothing."""


@pytest.fixture(scope="session")
def host() -> Iterator[Callable[[Path], str]]:
    """``host(folder)`` serves a folder as a plain static host does, and gives its address."""
    servers: list[ThreadingHTTPServer] = []

    def served(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield served
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def elsewhere() -> Iterator[FaultServer]:
    """Another such server, which nobody declared: it remembers who asked it."""
    with _module("faultserver").fault_server() as server:
        yield server


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    """A loopback HTTP server that answers as badly as the test says."""
    with _module("faultserver").fault_server() as server:
        yield server


@pytest.fixture
def yaml_site(tmp_path: Path) -> YamlSite:
    """A site of one plugin that is YAML alone."""
    made: YamlSite = _module("yamlsite").YamlSite(tmp_path / "site")
    return made


@pytest.fixture
def asks(transport: HttpxTransport, faults: FaultServer) -> Callable[..., Client]:
    """``asks(cache, now=…, limits=…)`` makes the client of a mount that may ask the server of faults; more words change it."""
    from callboard.data.asking.client import Client

    def make(cache: CacheStore, **changed: Any) -> Client:
        said: dict[str, Any] = {
            "namespace": "ci",
            "mount": "ci",
            "hosts": frozenset({faults.host}),
            "ttl": 60.0,
            "stale": 3600.0,
            "report": lambda run: None,
        }
        return Client(changed.pop("transport", transport), cache, **(said | changed))

    return make
