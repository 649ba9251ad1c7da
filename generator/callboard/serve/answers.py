"""The HTTP answers: files of the served folder as they are, but for the reload script in pages."""

from __future__ import annotations

import json
import mimetypes
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from livereload.handlers import LiveReloadHandler
from tornado import web

from callboard.proxy import PublishedFolder
from callboard.proxy.live import JSON, METHODS, Answer
from callboard.serve.state import State

_HEAD_END: Final = b"</head>"
_TYPES: Final = {
    ".atom": "application/atom+xml",
    ".avif": "image/avif",
    ".js": "text/javascript",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".yaml": "application/yaml",
}
_OURS: Final = {"/livereload.js": "reload.js", "/livereload.css": "reload.css"}
_CSP: Final = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
_WAITING: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="stylesheet" href="/livereload.css">
<script src="/livereload.js?builds={builds}" defer></script>
</head>
<body class="callboard-waiting">
<main><h1>{title}</h1><ul>{items}</ul><p>{note}</p></main>
</body>
</html>
"""


class Served(Answer):
    """What all answers here share: only reading, never kept by the browser."""

    SUPPORTED_METHODS: tuple[str, ...] = ("GET", "HEAD")
    CACHE_CONTROL = "no-store"

    def initialize(self, state: State) -> None:
        """Tornado's way to give it the state."""
        super().initialize()
        self.state = state

    def allowed(self) -> bool:
        """Whether the request is for this server."""
        return self.state.allows(self.request.host)

    def base(self) -> str:
        """As of the last build."""
        return self.state.base

    def fault(self, error: BaseException) -> None:
        """Hears of an exception that is a fault of ours."""
        self.state.bug(error)


class Pages(Served):
    """Every path of the site: live answers first, then files."""

    SUPPORTED_METHODS = METHODS

    async def prepare(self) -> None:
        """What is asked below ``/api/`` is looked at by the desk; what is passed on begins now, while its body still comes."""
        await super().prepare()
        if self.for_programs() and self.state.good and self.state.desk is not None:
            self.passing = await self.state.desk.begin(self)

    def body_limit(self) -> int:
        """That of what is passed on, or of an endpoint."""
        desk = self.state.desk
        passed = desk is not None and desk.local(self).startswith("/api/proxy/")
        return desk.table.limits.request if desk is not None and passed else super().body_limit()

    async def get(self, *_: str) -> None:
        """A live answer, or a file."""
        if not await self._live():
            self._file()

    async def _live(self) -> bool:
        state = self.state
        if self.passing is not None:
            await self.passing.done()
            return True
        if not state.good or state.desk is None or self._finished:
            return self._finished
        return await state.desk.answer(self, PublishedFolder(state.folder))

    async def _changing(self, *_: str) -> None:
        """Methods that only live answers take."""
        if not await self._live():
            if self.request.method == "OPTIONS":
                raise web.HTTPError(405)
            raise web.HTTPError(503 if not self.state.good else 404 if self.for_programs() else 405)

    head = get
    post = put = patch = delete = options = _changing

    def _file(self) -> None:
        """The file, a redirect to its folder, 404.html, or the problems if there is no site yet."""
        state, path = self.state, self.request.path
        if not state.good:
            self._wait()
        elif state.base != "/" and path in ("/", state.base.rstrip("/")):
            self.redirect(state.base)
        elif (file := _find(state.folder, path, state.base)) is None:
            self._missing()
        elif file.is_dir():
            query = f"?{self.request.query}" if self.request.query else ""
            self.redirect(f"{path}/{query}")
        else:
            self._send(file)

    def _send(self, file: Path) -> None:
        kind = _type(file)
        if file.suffix in ("", ".html") and self._beside_answers(file):
            kind = JSON  # its path has no ending of its own
        self.set_header("Content-Type", kind)
        content = file.read_bytes()
        self.finish(_with_script(content, self.state.good) if kind.startswith("text/html") else content)

    def _beside_answers(self, file: Path) -> bool:
        """Whether a file lies where an endpoint answers: it is data of the endpoint's."""
        path = file.resolve().relative_to(self.state.folder.resolve()).as_posix()
        return self.state.desk is not None and self.state.desk.endpoints.of(f"/{path}") is not None

    def _missing(self) -> None:
        page = self.state.folder / "404.html"
        if self.for_programs() or not page.is_file():
            raise web.HTTPError(404)
        self.set_status(404)
        self._send(page)

    def _wait(self) -> None:
        if self.for_programs():
            raise web.HTTPError(503)
        problems = self.state.problems
        title = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}" if problems else "The site is being built"
        note = "This page reloads as soon as the site can be built." if problems else "This page reloads when it is ready."
        items = "".join(f'<li class="callboard-{p["severity"]}">{escape(p["text"])}</li>' for p in problems)
        self.set_status(503)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", _CSP)
        self.finish(_WAITING.format(title=title, builds=self.state.builds, items=items, note=note))


class Ours(Served):
    """The reload script and its looks."""

    def get(self, *_: str) -> None:
        """The file that this path names."""
        file = Path(__file__).with_name(_OURS[self.request.path])
        self.set_header("Content-Type", _type(file))
        self.finish(file.read_bytes())

    head = get


class Problems(Served):
    """``/-/serve/problems.json``: what open pages are told."""

    def get(self, *_: str) -> None:
        """The state as JSON."""
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(self.state.message()))

    head = get


class Socket(LiveReloadHandler):  # type: ignore[misc]  # livereload has no types
    """An open page, by livereload's protocol 7: hello, info, then ``reload`` or our own ``callboard`` (problems)."""

    def initialize(self, state: State) -> None:
        """Tornado's way to give it the state."""
        self.state = state

    def prepare(self) -> None:
        """Refuse a request that was meant for another host."""
        if not self.state.allows(self.request.host):
            raise web.HTTPError(421)

    def check_origin(self, origin: str) -> bool:
        """Only pages of this server may listen: livereload itself lets everybody."""
        scheme, _, host = origin.partition("://")
        return scheme == "http" and self.state.allows(host)

    def on_message(self, message: str | bytes) -> None:
        """``hello`` is answered by livereload; ``info`` says that the page is ready to hear."""
        try:
            command = json.loads(message)["command"]
        except (ValueError, KeyError, TypeError):
            self.close(1003, "not livereload's protocol")
            return
        if command == "hello":
            super().on_message(message)
        elif command == "info":
            self.state.listeners.add(self)
            self.tell(self.state.message())

    def on_close(self) -> None:
        """The page is gone."""
        self.state.listeners.discard(self)

    def tell(self, message: dict[str, Any]) -> None:
        """Send it a message."""
        self.send_message(message)


def application(state: State) -> web.Application:
    """The server's answers."""
    given = {"state": state}
    return web.Application(
        [
            (r"/livereload", Socket, given),
            (r"/livereload\.(?:js|css)", Ours, given),
            (r"/-/serve/problems\.json", Problems, given),
            (r".*", Pages, given),
        ],
        log_function=lambda _: None,
    )


def _find(folder: Path, path: str, base: str) -> Path | None:
    """The file that a path of the site names, or the folder if only its slash is missing; None if ``folder`` holds neither."""
    if not path.startswith(base):
        return None
    try:
        inside = unquote_to_bytes(path[len(base) :]).decode()
    except UnicodeDecodeError:
        return None
    parts = inside.split("/")
    if "" in parts[:-1] or {".", ".."} & set(parts) or "\0" in inside or "\\" in inside:
        return None
    root = folder.resolve()
    found = (root / inside / "index.html" if parts[-1] == "" else root / inside).resolve()
    if not found.is_relative_to(root):
        return None
    if found.is_dir():
        return found if (found / "index.html").is_file() else None
    return found if found.is_file() else None


def _with_script(content: bytes, good: int) -> bytes:
    script = f'<script src="/livereload.js?good={good}" defer></script>'.encode()
    if _HEAD_END in content:
        return content.replace(_HEAD_END, script + _HEAD_END, 1)
    return content + script


def _type(file: Path) -> str:
    known = mimetypes.MimeTypes()  # the tables of Python itself: a machine's own must not decide
    kind = _TYPES.get(file.suffix.lower()) or known.guess_type(file.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith("xml") else kind
