"""A lighthouse-audit-service of our own on the loopback interface, with the real one's manners; and a site that asks it."""

from __future__ import annotations

import importlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

from callboard import build as pipeline
from callboard.model.report import BuildReport

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "services" / "lighthouse"
CATEGORIES = {"performance": 0.93, "accessibility": 1, "best-practices": 0.92, "seo": 0.92, "pwa": 0.3}
TITLES = {
    "performance": "Performance",
    "accessibility": "Accessibility",
    "best-practices": "Best Practices",
    "seo": "SEO",
    "pwa": "PWA",
}


def lhr(url: str = "https://shop.example.com/", **changes: Any) -> dict[str, Any]:
    """A Lighthouse result of version 9, small: one failed audit with a table, three metrics. ``scores`` replaces some of its scores."""
    scores = {**CATEGORIES, **changes.pop("scores", {})}
    audits = {
        "first-contentful-paint": {
            "title": "First Contentful Paint",
            "score": 1,
            "scoreDisplayMode": "numeric",
            "numericValue": 651.3,
        },
        "largest-contentful-paint": {
            "title": "Largest Contentful Paint",
            "score": 0.7,
            "scoreDisplayMode": "numeric",
            "numericValue": 3210.5,
        },
        "cumulative-layout-shift": {"title": "CLS", "score": 1, "scoreDisplayMode": "numeric", "numericValue": 0},
        "image-alt": {
            "title": "Image elements do not have `[alt]` attributes",
            "description": "Say what is to be seen. [Learn more](https://web.dev/image-alt/).",
            "score": 0,
            "scoreDisplayMode": "binary",
            "details": {
                "type": "table",
                "headings": [{"key": "node", "itemType": "node", "text": "Failing Elements"}],
                "items": [{"node": {"type": "node", "selector": "main > img", "snippet": '<img src="x.png">'}}],
            },
        },
        "html-has-lang": {"title": "It has a language", "score": 1, "scoreDisplayMode": "binary"},
        "focus-traps": {"title": "By hand", "score": None, "scoreDisplayMode": "manual"},
        "video-caption": {"title": "No video", "score": None, "scoreDisplayMode": "notApplicable"},
        "full-page-screenshot": {
            "title": "Screenshot",
            "score": None,
            "details": {"type": "full-page-screenshot", "data": "data:;x"},
        },
    }
    refs = {
        "performance": [{"id": "first-contentful-paint", "weight": 10, "group": "metrics"}],
        "accessibility": [{"id": name, "weight": 1} for name in ("html-has-lang", "image-alt", "focus-traps", "video-caption")],
    }
    found = {
        "lighthouseVersion": "9.6.8",
        "requestedUrl": url,
        "finalUrl": url,
        "fetchTime": "2026-11-23T16:18:00.237Z",
        "audits": audits,
        "configSettings": {"formFactor": "mobile"},
        "categories": {
            name: {"id": name, "title": TITLES.get(name, name), "score": score, "auditRefs": refs.get(name, [])}
            for name, score in scores.items()
        },
        "environment": {"hostUserAgent": "Mozilla/5.0 HeadlessChrome/156.0.0.0", "networkUserAgent": "Mozilla/5.0 Mobile"},
    }
    return {**deepcopy(found), **changes}


def listed(report: dict[str, Any]) -> dict[str, Any]:
    """``categories`` of the service's lists, in the order that a database gives keys: the shortest first."""
    found = {name: {key: one[key] for key in ("id", "title", "score")} for name, one in report["categories"].items()}
    return dict(sorted(found.items(), key=lambda item: (len(item[0]), item[0])))


def live_function() -> Any:
    """``live:newest`` of the plugin, as the core loaded it for the last build."""
    name = next(name for name in sys.modules if name.endswith(".lighthouse") and "plugins" in name)
    return importlib.import_module(f"{name}.live").newest


class Asked:
    """HTTP for a live value: what ``answer`` gives for an address; and what was asked."""

    def __init__(self, answer: Callable[[str], Any]) -> None:
        self.answer = answer
        self.urls: list[str] = []

    def json(self, url: str, *, accept: Callable[[Any], Any], headers: Any = None, name: str = "") -> Any:
        """The answer, as a real client gives it."""
        self.urls.append(url)
        return SimpleNamespace(value=accept(self.answer(url)))


class AuditService:
    """What lighthouse-audit-service answers: HTML unless ``Accept`` is exactly JSON, errors as plain text, two forms of times."""

    def __init__(self) -> None:
        self.audits: list[dict[str, Any]] = []
        self.status: dict[str, int] = {}
        """Answers with another status than 200, by the beginning of the path."""
        self.asked: list[tuple[str, str, str]] = []
        """Path, Accept and Authorization of each request."""
        self.before: Any = None
        """Called with the path before each answer."""
        self.raw: dict[str, bytes] = {}
        service = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                accept = self.headers.get("Accept", "")
                service.asked.append((self.path, accept, self.headers.get("Authorization", "")))
                if service.before:
                    service.before(self.path)
                status, kind, body = service.answer(self.path, accept)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=self.server.serve_forever, daemon=True, kwargs={"poll_interval": 0.02}).start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def add(
        self,
        url: str = "https://shop.example.com/",
        *,
        at: str = "2026-11-23T16:18:00.73",
        status: str = "COMPLETED",
        **lhr_: Any,
    ) -> str:
        """One more audit; its id."""
        audit_id = f"{len(self.audits) + 1:08d}-be85-4712-9d35-397383888431"
        audit: dict[str, Any] = {"id": audit_id, "url": url, "timeCreated": at, "status": status}
        if status != "RUNNING":
            audit["timeCompleted"] = at
        if status == "COMPLETED":
            audit["report"] = lhr(url, fetchTime=f"{at}0Z", **lhr_)
        self.audits.append(audit)
        return audit_id

    def websites(self) -> list[dict[str, Any]]:
        """As the service lists them: the last audited first."""
        grouped: dict[str, list[dict[str, Any]]] = {}
        for audit in sorted(self.audits, key=lambda audit: audit["timeCreated"], reverse=True):
            item = {name: value for name, value in audit.items() if name != "report"}
            item |= {name: f"{value}+00:00" for name, value in item.items() if name.startswith("time")}
            if "report" in audit:
                item["categories"] = listed(audit["report"])
            grouped.setdefault(audit["url"], []).append(item)
        return [{"url": url, "audits": audits, "lastAudit": audits[0]} for url, audits in grouped.items()]

    def answer(self, path: str, accept: str) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        wrong = next((status for start, status in self.status.items() if path.startswith(start)), 0)
        if wrong:
            return wrong, "text/html; charset=utf-8", b"something went wrong"
        parts, query = urlsplit(path), parse_qs(urlsplit(path).query)
        if parts.path in self.raw:
            return 200, "application/json", self.raw[parts.path]
        if parts.path == "/v1/websites":
            limit, offset = int(query["limit"][0]), int(query["offset"][0])
            found = self.websites()
            body = {"items": found[offset : offset + limit], "total": len(found), "limit": limit, "offset": offset}
            return 200, "application/json; charset=utf-8", json.dumps(body).encode()
        if parts.path.startswith("/v1/websites/"):
            wanted = unquote(parts.path.removeprefix("/v1/websites/"))
            website = next((one for one in self.websites() if one["url"] == wanted), None)
            return (
                (200, "application/json; charset=utf-8", json.dumps(website).encode()) if website else (404, "text/html", b"no")
            )
        audit = next((audit for audit in self.audits if parts.path == f"/v1/audits/{audit['id']}"), None)
        if audit is None:
            return 404, "text/html; charset=utf-8", b"No audit found for id"
        if accept != "application/json":
            return 200, "text/html; charset=utf-8", b"<!doctype html><title>Lighthouse Report</title>"
        times = {name: f"{value}0Z" for name, value in audit.items() if name.startswith("time")}
        return 200, "application/json; charset=utf-8", json.dumps({**audit, **times}).encode()

    def paths(self) -> list[str]:
        """What was asked for, and forgotten."""
        found = [path for path, _, _ in self.asked]
        self.asked.clear()
        return found


@pytest.fixture
def service() -> Iterator[AuditService]:
    """The service, empty."""
    found = AuditService()
    yield found
    found.server.shutdown()
    found.server.server_close()


class Elements(HTMLParser):
    """All start tags of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep what is no space."""
        if data.strip():
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        """All words."""
        return " ".join(self.words)


class Portal:
    """A site with one mount of the plugin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.options: dict[str, Any] = {}
        self.proxy: dict[str, Any] = {}
        self.more: list[dict[str, Any]] = []
        """Mounts before it."""

    def write(self, name: str, content: Any) -> None:
        """A file of the site: a text, bytes, or a value as JSON."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
        )

    def entity(self, url: str, name: str = "shop") -> None:
        """A component with the annotation, and a catalog that reads it."""
        text = {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Component",
            "metadata": {"name": name, "annotations": {"lighthouse.com/website-url": url}},
            "spec": {"type": "website", "lifecycle": "production", "owner": "user:default/jo"},
        }
        owner = {"apiVersion": "backstage.io/v1alpha1", "kind": "User", "metadata": {"name": "jo"}, "spec": {"memberOf": []}}
        rules = [{"allow": ["Component", "User"]}]
        self.write("catalog.yaml", yaml.safe_dump_all([text, owner]))
        options = {"locations": [{"type": "file", "target": "catalog.yaml"}], "rules": rules}
        self.more = [{"plugin": "catalog", "path": "/catalog/", "options": options}]

    def build(self, later: timedelta = timedelta(), **settings: Any) -> BuildReport:
        """One build, so much later."""
        mounts = [*self.more, {"plugin": "lighthouse", "path": "/quality/", "options": self.options}]
        site = {"site": {"title": "Portal"}, "plugins": mounts, "content": False}
        self.write("site.yaml", {**site, "proxy": self.proxy} if self.proxy else site)
        effects = replace(pipeline.effects(environ={}), clock=lambda: NOW + later)
        return pipeline.build(self.folder, pipeline.Settings(jobs=1, **settings), effects)

    def page(self, path: str = "/quality/") -> str:
        """The HTML of one page."""
        return (self.folder / "public" / path.strip("/") / "index.html").read_text(encoding="utf-8")

    def text(self, path: str = "/quality/") -> str:
        """The words of one page."""
        return Elements(self.page(path)).text

    @property
    def paths(self) -> set[str]:
        """All pages."""
        public = self.folder / "public"
        return {f"/{file.parent.relative_to(public).as_posix()}/".replace("/./", "/") for file in public.rglob("index.html")}


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """The site, without options."""
    monkeypatch.delenv("LIGHTHOUSE_TOKEN", raising=False)
    return Portal(tmp_path)


@pytest.fixture
def asking(portal: Portal, service: AuditService) -> Portal:
    """The site, with the service."""
    portal.options = {"service": service.url}
    return portal
