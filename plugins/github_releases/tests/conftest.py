"""A GitHub of our own on the loopback interface, and a site that asks it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from callboard import build as pipeline
from callboard.model.report import BuildReport

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class GitHub:
    """Answers each repository's releases from ``answers``; ``status`` is what it says to everything else than 200."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.status = 200
        self.asked: list[tuple[str, str]] = []
        """Path and Authorization header of each request."""
        github = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                github.asked.append((self.path, self.headers.get("Authorization", "")))
                known = github.answers.get(self.path.partition("?")[0])
                status = github.status if github.status != 200 else 404 if known is None else 200
                body = json.dumps(known if status == 200 else {"message": "no"}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def github() -> Iterator[GitHub]:
    """The service, with two repositories: one with releases, one without."""
    service = GitHub()
    recorded = json.loads((Path(__file__).parent / "releases.json").read_text(encoding="utf-8"))
    service.answers = {"/repos/acme/shop/releases": recorded, "/repos/acme/empty/releases": []}
    yield service
    service.server.shutdown()
    service.server.server_close()


SITE = """\
site: {{title: Portal}}
plugins:
  - plugin: github_releases
    path: /releases/
    options:
      api: {api}
      repos: [{repos}]
"""


class Portal:
    """A site that shows the service's releases; ``build`` can be told how much later it is."""

    def __init__(self, folder: Path, github: GitHub) -> None:
        self.folder, self.github = folder, github
        self.say("acme/shop, acme/empty")

    def say(self, repos: str, more: str = "") -> None:
        """Write ``site.yaml``."""
        text = SITE.format(api=self.github.url, repos=repos)
        (self.folder / "site.yaml").write_text(text + more, encoding="utf-8")

    def build(self, later: timedelta = timedelta()) -> BuildReport:
        """One build."""
        effects = replace(pipeline.effects(environ={}), clock=lambda: NOW + later)
        return pipeline.build(self.folder, pipeline.Settings(jobs=1), effects)

    def page(self, path: str = "/releases/") -> str:
        """The HTML of one page."""
        return (self.folder / "public" / path.strip("/") / "index.html").read_text(encoding="utf-8")


@pytest.fixture
def portal(tmp_path: Path, github: GitHub, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """The site."""
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    return Portal(tmp_path, github)
