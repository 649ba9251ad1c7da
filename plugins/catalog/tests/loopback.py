"""A real service on this machine that answers with what was recorded."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, NamedTuple

RECORDED = Path(__file__).parent / "recorded"


class Asked(NamedTuple):
    """One request that arrived."""

    method: str
    path: str
    """With its query."""
    headers: dict[str, str]
    """Lower-cased names."""
    body: Any
    """Parsed JSON of a POST."""
    status: int


class Loopback:
    """Answers paths (with their query, or whatever it is) that ``on`` named; a good answer carries an ETag, and is not sent twice."""

    def __init__(self) -> None:
        self.url, self.host = "", ""
        self.answers: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.questions: Callable[[Any], Any] = lambda body: 404
        self.asked: list[Asked] = []
        self.connections = 0
        self.lock = Lock()

    def on(self, path: str, answer: Any, **headers: str) -> None:
        """Answer ``path``: with a status, a text, bytes of a recorded file (its name below ``recorded/``), or JSON."""
        self.answers[path] = self.prepared(answer, headers)

    def prepared(self, answer: Any, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers. ``{url}`` in a header is this service's own address."""
        said = {name.replace("_", "-"): value.replace("{url}", self.url) for name, value in headers.items()}
        if isinstance(answer, int):
            return answer, b'{"message": "no"}', said
        if isinstance(answer, Path):
            return 200, (RECORDED / answer).read_bytes(), {"content-type": "application/json; charset=utf-8"} | said
        if isinstance(answer, str):
            return 200, answer.encode(), {"content-type": "text/plain; charset=utf-8"} | said
        return 200, json.dumps(answer).encode(), {"content-type": "application/json; charset=utf-8"} | said

    def reply(self, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, bytes, dict[str, str]]:
        """The answer to one request, which is noted."""
        if method == "POST":
            status, content, said = self.prepared(self.questions(body), {})
        else:
            status, content, said = self.answers.get(path) or self.answers.get(path.partition("?")[0]) or (404, b"{}", {})
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if status == 200 and method == "GET":
            said = {"etag": etag, **said}
            if headers.get("if-none-match") == etag:
                status, content = 304, b""
        with self.lock:
            self.asked.append(Asked(method, path, headers, body, status))
        return status, content, said

    def paths(self) -> list[str]:
        """What was asked for, sorted, and forgotten."""
        found = sorted(asked.path for asked in self.asked)
        self.asked.clear()
        return found


@contextmanager
def serving() -> Iterator[Loopback]:
    """A service for one test."""
    service = Loopback()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            service.connections += 1
            super().setup()

        def do_GET(self) -> None:
            self.answer(None)

        def do_POST(self) -> None:
            self.answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def answer(self, body: Any) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content, said = service.reply(self.command, self.path, headers, body)
            self.send_response_only(status)
            for name, value in said.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a client that hangs up

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.02})
        thread.start()
        service.host = f"127.0.0.1:{server.server_port}"
        service.url = f"http://{service.host}"
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
