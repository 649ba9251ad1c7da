"""A site of one plugin that is YAML alone, whose page says what its source gave."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from callboard import build
from callboard.model.effects import Effects, Transport
from callboard.model.report import BuildReport

NOW = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)
_TEMPLATE = (
    '{% extends "page.html" %}{% block content %}<pre id="dump">{{ data.s | tojson }}</pre>{{ data | string }}{% endblock %}'
)


@dataclass
class YamlSite:
    """``build`` writes the site that was said and builds it; ``records`` are those on the page."""

    root: Path
    source: dict[str, Any] = field(default_factory=dict)
    declared: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    site: dict[str, Any] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    now: datetime = NOW
    report: BuildReport | None = None
    http: Transport | None = None

    def write(self, files: Mapping[str, str]) -> None:
        """Files below the site's root."""
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")

    def build(self, **settings: Any) -> BuildReport:
        """A build with the real network, at ``now``."""
        self._site()
        effects = self._effects()
        self.report = build.build(self.root, build.Settings(jobs=1, **settings), effects)
        return self.report

    def check(self) -> BuildReport:
        """``callboard check``."""
        self._site()
        self.report = build.examine(self.root)
        return self.report

    def later(self, **time: float) -> None:
        """Time goes on."""
        self.now += timedelta(**time)

    @property
    def page(self) -> str:
        """The plugin's page."""
        return (self.root / "public/x/index.html").read_text(encoding="utf-8")

    @property
    def records(self) -> Any:
        """What the page was given."""
        found = re.search(r'<pre id="dump">(.*?)</pre>', self.page, re.DOTALL)
        assert found, self.page
        return json.loads(html.unescape(found[1]))

    @property
    def problems(self) -> list[str]:
        """What was wrong, as people read it."""
        assert self.report is not None
        return [problem.text for problem in self.report.problems]

    @property
    def origin(self) -> Any:
        """Where the records came from."""
        assert self.report is not None
        return self.report.sources[-1].origin

    def _site(self) -> None:
        site = {"site": {"title": "T"}, "content": False, "plugins": [{"plugin": "x", "options": self.options}], **self.site}
        manifest = {
            "callboard": 1,
            "title": "X",
            "options": self.declared,
            "sources": {"s": self.source},
            "pages": [{"path": "/", "template": "dump.html", "data": "s"}],
            **self.manifest,
        }
        self.write(
            {
                "site.yaml": json.dumps(site, indent=1),
                "plugins/x/plugin.yaml": json.dumps(manifest, indent=1),
                "plugins/x/templates/dump.html": _TEMPLATE,
            }
        )

    def _effects(self) -> Effects:
        real = build.effects(environ={})
        return replace(real, clock=lambda: self.now, http=self.http or real.http)
