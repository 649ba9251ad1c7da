"""``callboard check --external``: links to other sites, asked of real servers on this machine."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from callboard.build import effects
from callboard.check import check_outside
from callboard.cli import run
from callboard.model.report import BuildReport

STATUSES = {"/ok": 200, "/gone": 410, "/none": 404, "/closed": 403, "/down": 503, "/busy": 429, "/later": 429, "/headless": 405}


class Host(ThreadingHTTPServer):
    """A server that counts what it is asked, and when."""

    asked: list[tuple[str, str, float, str]]


class Answers(BaseHTTPRequestHandler):
    """Statuses by path; ``/moved`` redirects, ``/round`` does so without an end."""

    server: Host

    def answer(self, *, body: bool) -> None:
        """One answer."""
        agent = str(self.headers.get("User-Agent"))
        self.server.asked.append((self.command, self.path, time.monotonic(), agent))
        status = STATUSES.get(self.path, 302 if self.path in ("/moved", "/round") else 404)
        before = [path for _, path, _, _ in self.server.asked[:-1]]
        if self.path == "/later" and "/later" in before:
            status = 200
        if self.path == "/headless" and body:
            status = 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/ok" if self.path == "/moved" else "/round")
        if status == 429:
            self.send_header("Retry-After", "0" if self.path == "/later" else "120")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_HEAD(self) -> None:
        """Without a body."""
        self.answer(body=False)

    def do_GET(self) -> None:
        """With one."""
        self.answer(body=True)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def host() -> Iterator[Host]:
    """A server on this machine."""
    server = Host(("127.0.0.1", 0), Answers)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def site(folder: Path, host: Host, text: str, *, links: str = "allow: ['http://127.0.0.1:*']") -> Path:
    """A site with one text and one entity; ``@`` is the server's address."""
    address = f"http://127.0.0.1:{host.server_address[1]}"
    files = {
        "site.yaml": f"site: {{title: T}}\nlinks: {{{links}}}\nplugins:\n  - {{plugin: pages, path: /}}\n  - plugin: catalog\n"
        "    options: {locations: [{type: file, target: catalog.yaml}]}\n",
        "content/index.md": f"---\ntitle: Home\n---\n{text}",
        "catalog.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: shop\n  links:\n"
        "    - {url: @/ok, title: Fine}\n    - {url: @/none, title: Gone}\nspec: {type: x, owner: me, lifecycle: y}\n",
    }
    for name, said in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(said.replace("@", address), encoding="utf-8")
    return folder


def states(report: BuildReport) -> dict[str, tuple[str, str]]:
    """By path: what came of a link, and where it stands."""
    return {link.url.rpartition("/")[2]: (link.state, f"{link.place.file}:{link.place.line}") for link in report.links or ()}


TEXT = "[a](@/ok), [b](@/gone)\n\n[c](@/closed) [d](@/headless)\n[e](@/moved) [f](@/round) [g](@/later)\n"


def test_what_comes_of_links_is_told_with_their_places(tmp_path: Path, host: Host) -> None:
    """Broken is what is gone; what a host does not let us see could not be checked; HEAD first, GET where that is not known."""
    report = check_outside(site(tmp_path, host, TEXT), effects(), pause=0.01)
    assert states(report) == {
        "ok": ("ok", "content/index.md:4"),
        "gone": ("broken", "content/index.md:4"),
        "closed": ("unknown", "content/index.md:6"),
        "headless": ("ok", "content/index.md:6"),
        "moved": ("ok", "content/index.md:7"),
        "round": ("broken", "content/index.md:7"),
        "later": ("ok", "content/index.md:7"),
        "none": ("broken", "catalog.yaml:7"),
    }
    address = f"http://127.0.0.1:{host.server_address[1]}"
    dead = [problem.text for problem in report.problems if problem.code == "dead-link"]
    assert dead == [
        f'catalog.yaml:7:13  the link "{address}/none" leads to nothing: 404 Not Found. '
        "Mend the address, or leave it out of the check: links.ignore. [dead-link]",
        f'content/index.md:4:1  the link "{address}/gone" leads to nothing: 410 Gone. '
        "Mend the address, or leave it out of the check: links.ignore. [dead-link]",
        f'content/index.md:7:1  the link "{address}/round" leads to nothing: it redirects more than 5 times. '
        "Mend the address, or leave it out of the check: links.ignore. [dead-link]",
    ]
    methods = [(method, path) for method, path, _, _ in host.asked]
    assert methods.count(("HEAD", "/ok")) == 2  # itself, and where /moved leads; both places of it are one question
    assert ("GET", "/ok") not in methods
    assert ("GET", "/headless") in methods
    assert all("link check" in agent for *_, agent in host.asked)


def test_a_host_that_wants_to_wait_is_left_alone(tmp_path: Path, host: Host) -> None:
    """After a long Retry-After nothing more is asked of it, and nothing of it is called broken."""
    report = check_outside(site(tmp_path, host, "[a](@/busy) [b](@/gone) [c](@/ok)\n"), effects(), pause=0.01)
    assert {state for state, _ in states(report).values()} == {"unknown"}
    assert [path for _, path, _, _ in host.asked] == ["/busy"]
    assert not [problem for problem in report.problems if problem.code == "dead-link"]


def test_a_host_is_asked_once_in_a_while(tmp_path: Path, host: Host) -> None:
    """One question after the other, with a pause between."""
    check_outside(site(tmp_path, host, "[a](@/down) [b](@/closed)\n"), effects(), pause=0.2)
    times = [at for _, _, at, _ in host.asked]
    assert len(times) >= 4
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) > 0.15


def test_what_works_is_not_asked_again(tmp_path: Path, host: Host) -> None:
    """The cache knows it; what was broken is asked again, and `--offline` asks nobody."""
    site(tmp_path, host, "[a](@/moved)\n")
    first = check_outside(tmp_path, effects(), pause=0.01)
    host.asked.clear()
    assert states(check_outside(tmp_path, effects(), pause=0.01)) == states(first)
    assert {path for _, path, _, _ in host.asked} == {"/none"}
    host.asked.clear()
    assert states(check_outside(tmp_path, effects(), offline=True)) == states(first)
    assert host.asked == []


def test_addresses_can_be_left_out(tmp_path: Path, host: Host) -> None:
    """`ignore` has patterns; this machine is asked only where `allow` says so, whatever a text links to."""
    report = check_outside(site(tmp_path, host, "[a](@/ok)\n", links="ignore: ['http://*/none']"), effects(), pause=0.01)
    assert states(report) == {"ok": ("unknown", "content/index.md:4")}
    assert host.asked == []


def test_the_command_tells_it(tmp_path: Path, host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 for what is broken, lines for people, all of it as JSON; without `--external` nobody is asked."""
    site(tmp_path, host, "[a](@/closed)\n")
    assert run(["check", str(tmp_path)]) == 0
    assert host.asked == []
    capsys.readouterr()
    assert run(["check", "--external", "--format", "json", str(tmp_path)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert {(link["state"], link["file"], link["line"]) for link in said["links"]} == {
        ("unknown", "content/index.md", 4),
        ("ok", "catalog.yaml", 6),
        ("broken", "catalog.yaml", 7),
    }
    assert run(["check", "--external", "--offline", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "could not be checked: http://127.0.0.1" in out
    assert "3 addresses · 1 broken · 1 not to be checked" in out
