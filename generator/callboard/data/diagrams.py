"""Draws diagrams where the site is built: by commands that it allows, by services, or by a Chromium; answers are kept as all others.

Whoever writes a diagram is not trusted: PlantUML and Graphviz are told to read no file and to ask no host, Chromium is given a
page that may ask nobody, and what comes back is judged before it is published (``pages.diagrams``).
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from callboard.data.asking import running
from callboard.data.asking.answers import Body, Failed, Terms
from callboard.data.asking.client import Client
from callboard.data.cache import CacheStore
from callboard.data.http import network
from callboard.data.http.service import Trouble
from callboard.model.dataset import Origin, SourceRun
from callboard.model.diagrams import DrawerSpec, Drawn, Wanted
from callboard.model.effects import Transport
from callboard.model.site import Site

_AT_ONCE: Final = 4
_LARGEST: Final = 50_000
"""Characters of one diagram."""
_LASTING: Final = 365 * 86_400.0
"""Seconds that a drawing counts as fresh: the same text by the same command is the same picture."""
_TIMEOUT: Final = 60.0
_SAFE: Final = {"PLANTUML_SECURITY_PROFILE": "SANDBOX", "SERVER_NAME": "callboard", "GV_FILE_PATH": "/nonexistent"}
"""PlantUML includes nothing, Graphviz (which takes itself for a web server's) reads no picture."""
_SVG = re.compile(rb"\A\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE[^>]*>\s*)?(?:<!--.*?-->\s*)*<svg[\s>]", re.DOTALL)
_FOUND = re.compile(rb'id="made"[^>]*>([a-z]+):([A-Za-z0-9+/=]*)<')
_PAGE: Final = """<!doctype html><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<body><pre id="made">none:</pre><script type="application/json" id="text">{text}</script><script>{program}</script><script>
(async () => {{
  const put = (kind, words) => {{
    const bytes = new TextEncoder().encode(words);
    document.getElementById("made").textContent = kind + ":" + btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
  }};
  try {{
    mermaid.initialize({{startOnLoad: false, securityLevel: "strict", htmlLabels: false, flowchart: {{htmlLabels: false}},
      journey: {{textPlacement: "tspan"}}, suppressErrorRendering: true, deterministicIds: true, maxTextSize: 20000, maxEdges: 500,
      theme: "default", fontFamily: "sans-serif", secure: ["secure", "securityLevel", "startOnLoad", "suppressErrorRendering",
      "deterministicIds", "maxTextSize", "maxEdges", "htmlLabels", "textPlacement", "theme", "themeVariables", "themeCSS",
      "fontFamily", "altFontFamily", "dompurifyConfig"]}});
    const made = await mermaid.render("drawing", JSON.parse(document.getElementById("text").textContent));
    const svg = new DOMParser().parseFromString(made.svg, "text/html").querySelector("svg");
    const box = svg.getAttribute("viewBox").split(/[ ,]+/);
    svg.setAttribute("width", Math.ceil(box[2]));
    svg.setAttribute("height", Math.ceil(box[3]));
    put("svg", new XMLSerializer().serializeToString(svg));
  }} catch (error) {{
    put("error", String(error.message || error).split("\\n")[0]);
  }}
}})();
</script>"""


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that drawing needs of a build. ``mermaid`` is the vendored program."""

    site: Site
    transport: Transport
    cache: CacheStore
    now: datetime
    offline: bool
    mermaid: Path | None
    report: Callable[[SourceRun], None]

    def draw(self, wanted: Sequence[Wanted]) -> Drawn:
        """Each diagram's SVG, or why there is none."""
        pictures: dict[str, bytes] = {}
        failures: dict[str, str] = {}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for one, (content, why) in zip(wanted, pool.map(self._one, wanted), strict=True):
                if why:
                    failures[one.digest] = why
                else:
                    pictures[one.digest] = content
        return Drawn(pictures, failures)

    def _one(self, wanted: Wanted) -> tuple[bytes, str]:
        if len(wanted.source) > _LARGEST:
            return b"", f"it is longer than {_LARGEST:,} characters"
        try:
            return self._asked(wanted), ""
        except Failed as failed:
            return b"", (failed.run.origin.error or str(failed)).rstrip(".")
        except Trouble as trouble:
            return b"", str(trouble).rstrip(".")

    def _asked(self, wanted: Wanted) -> bytes:
        settings = self.site.spec.diagrams
        if wanted.kind == "mermaid":
            words = tuple(settings.chromium)
            return self._made(wanted, words, functools.partial(self._browsed, words, wanted.source))
        spec = settings.plantuml if wanted.kind == "plantuml" else settings.graphviz
        assert spec is not None  # only what somebody draws is wanted
        if spec.service:
            return self._served(wanted, spec)
        command = running.Command(tuple(spec.command), _SAFE, self.site.root, wanted.source.encode())
        return self._made(wanted, command.words, functools.partial(running.run, command))

    def _client(self, host: str = "") -> Client:
        return Client(
            self.transport,
            self.cache,
            namespace="diagrams",
            mount="callboard",
            hosts=frozenset((host,)) if host else frozenset(),
            now=self.now,
            offline=self.offline,
            ttl=_LASTING,
            stale=_LASTING,
            said=("ttl", "stale"),
            network=network.resolved(self.site),
            report=self.report,
        )

    def _made(self, wanted: Wanted, words: tuple[str, ...], work: Callable[[float], bytes]) -> bytes:
        self._permit(words[0] if words else "")
        origin = Origin(f"diagrams.{wanted.kind}", "command", " ".join(words)[:100])
        question = json.dumps([wanted.kind, words, wanted.source])
        terms = Terms(_LASTING, _LASTING, _TIMEOUT)
        return self._client().made(origin, question, work, accept=_picture, terms=terms).value

    def _permit(self, name: str) -> None:
        allowed = self.site.spec.allow.commands
        if name not in allowed:
            listed = ", ".join([*allowed, name])
            raise Trouble("was not drawn", f'the command "{name}" is not allowed; write allow: {{commands: [{listed}]}}')

    def _served(self, wanted: Wanted, spec: DrawerSpec) -> bytes:
        client = self._client(urlsplit(spec.service).netloc)
        headers = {"Content-Type": "text/plain; charset=utf-8", "Accept": "image/svg+xml"}
        content, name = wanted.source.encode(), f"diagrams.{wanted.kind}"
        return client.fetch(spec.service, accept=_picture, headers=headers, name=name, content=content, timeout=_TIMEOUT).value

    def _browsed(self, words: tuple[str, ...], source: str, seconds: float) -> bytes:
        """What Chromium draws of a Mermaid diagram. Raises Trouble."""
        if self.mermaid is None:
            raise Trouble("failed", "the theme brings no Mermaid")
        text = json.dumps(source).replace("<", "\\u003c")
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.html"
            program = self.mermaid.read_text(encoding="utf-8").replace("</script", "<\\/script")
            page.write_text(_PAGE.format(text=text, program=program), encoding="utf-8")
            switches = (
                "--headless",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-dev-shm-usage",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--user-data-dir={folder}/profile",
                "--virtual-time-budget=10000",
                "--dump-dom",
            )
            command = running.Command((*words, *switches, page.as_uri()), {}, self.site.root)
            printed = running.run(command, seconds)
        found = _FOUND.search(printed)
        if found is None or found[1] == b"none":
            raise Trouble("failed", "Chromium drew nothing")
        try:
            content = base64.b64decode(found[2], validate=True)
        except (binascii.Error, ValueError):
            raise Trouble("failed", "Chromium drew nothing") from None
        if found[1] == b"error":
            raise Trouble("failed", "".join(c for c in content.decode("utf-8", "replace") if c.isprintable())[:200])
        return content


def _picture(body: Body) -> bytes:
    if not _SVG.match(body.content):
        raise ValueError("it is no SVG")
    return body.content
