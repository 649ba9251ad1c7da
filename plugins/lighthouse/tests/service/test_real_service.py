"""The real lighthouse-audit-service, with a real PostgreSQL and Chromium, audits a portal of ours; the next build shows it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from callboard.plugin import LiveCall

from ..conftest import Asked, Portal, live_function

HERE = Path(__file__).parent
DESKTOP = {
    "formFactor": "desktop",
    "screenEmulation": {"mobile": False, "width": 1350, "height": 940, "deviceScaleFactor": 1, "disabled": False},
    "onlyCategories": ["best-practices", "seo"],
}

# One process at a time installs the packages, and audits.
pytestmark = pytest.mark.xdist_group("lighthouse_service")


def free_port() -> int:
    """A port on the loopback interface that nobody has."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def node(packages: Callable[[Path], str]) -> str:
    """Node.js, with the packages that ``package-lock.json`` names; a browser is not among them."""
    return packages(HERE)


@pytest.fixture(scope="module")
def chromium() -> str:
    """The browser that audits."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("Chromium is not installed")
    return str(found)


class Service:
    """A running service."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, path: str, body: Any = None) -> Any:
        """The JSON that it answers; ``body`` is posted."""
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, content, headers), timeout=100) as answer:
            return json.loads(answer.read())

    def audit(self, url: str, settings: dict[str, Any] | None = None, **options: Any) -> str:
        """Have a page audited, and wait for the end; the audit's id."""
        config = {"lighthouseConfig": {"extends": "lighthouse:default", "settings": settings}} if settings else {}
        said = {"awaitAuditCompleted": True, "upTimeout": 20_000, "chromePort": free_port(), **config, **options}
        return str(self.ask("/v1/audits", {"url": url, "options": said})["id"])


@pytest.fixture(scope="module")
def service(node: str, chromium: str, postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service, over an empty database."""
    port, log = free_port(), tmp_path_factory.mktemp("service") / "log"
    env = os.environ | {
        "LAS_PORT": str(port),
        "PGHOST": postgres.host,
        "PGPORT": str(postgres.port),
        "PGUSER": postgres.user,
        "PGPASSWORD": postgres.password,
        "PGDATABASE": postgres.database(),
        "CHROME_PATH": chromium,
        "HOME": str(log.parent),
    }
    command = [node, "node_modules/@spotify/lighthouse-audit-service/cjs/run.js"]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=HERE, env=env, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_ping", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, log.read_text(errors="replace")[-2000:]
                assert time.monotonic() < until, log.read_text(errors="replace")[-2000:]
                time.sleep(0.1)
        yield Service(port)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture
def served(portal: Portal) -> Iterator[str]:
    """Where the portal's published folder is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(portal.folder / "public"))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def scores(report: dict[str, Any]) -> dict[str, int]:
    """Each category's title and score in percent, as Lighthouse's own report rounds it."""
    return {one["title"]: int(one["score"] * 100 + 0.5) for one in report["categories"].values() if one["score"] is not None}


def test_the_service_audits_a_portal_that_shows_the_audit(portal: Portal, served: str, service: Service) -> None:
    """A portal is built and served; the service audits it on a phone and on a desktop, and a page that is not there; the next build of
    the same portal shows all three with the scores that the service has, and still does when the service is gone.
    """
    portal.options = {"service": service.url, "budgets": [{"accessibility": 90}]}
    portal.entity(served)
    first = portal.build()
    assert first.problems == ()
    assert "No audits yet." in portal.text()

    mobile = service.audit(served)
    desktop = service.audit(served, DESKTOP)
    service.audit(f"{served}nowhere/", upTimeout=500)

    report = portal.build(refresh="*")
    assert report.problems == ()
    wanted = service.ask(f"/v1/audits/{mobile}")["report"]
    [site] = [path for path in portal.paths if path.startswith("/quality/127.0.0.1") and "nowhere" not in path]
    page = portal.text(site)
    for title, score in scores(wanted).items():
        assert f"{score} {title}" in page, (title, score, page)
        assert f"{score} {title}" in portal.text(f"/quality/audits/{mobile}/")
    assert "Desktop" in page
    assert f"Lighthouse {wanted['lighthouseVersion']}" in portal.text(f"/quality/audits/{mobile}/")
    assert f'href="{service.url}/v1/audits/{desktop}"' in portal.page(f"/quality/audits/{desktop}/")
    seo = scores(service.ask(f"/v1/audits/{desktop}")["report"])["SEO"]
    assert re.search(rf"SEO\W+{seo}\b", portal.text("/catalog/default/component/shop/"))
    [failed] = [path for path in portal.paths if path.startswith("/quality/127.0.0.1") and "nowhere" in path]
    assert "Last audit failed" in portal.text(failed)

    http = Asked(lambda url: service.ask(url.removeprefix(service.url)))
    token = urlsafe_b64encode(served.encode()).decode().rstrip("=")
    live = live_function()(LiveCall({"site": token}, {}, SimpleNamespace(service=service.url, token=None), http))
    assert (live["state"], live["seo"]) == ("completed", "100")

    shutil.rmtree(portal.folder / "public")
    offline = portal.build(offline=True)
    assert offline.errors == ()
    assert all(f"{score} {title}" in portal.text(site) for title, score in scores(wanted).items())
