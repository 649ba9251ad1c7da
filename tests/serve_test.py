"""``callboard serve`` as a real process on this machine, asked over HTTP and looked at in a browser."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callboard.serve.state import State
from callboard.serve.watch import Watch

SCRIPT = re.compile(rb'<script src="/livereload\.js\?good=\d+" defer></script>')
SITE = "site:\n  title: Test portal\n  url: https://example.com/portal/\n"


def make(folder: Path, site: str = SITE) -> Path:
    """A small site under a base path."""
    (folder / "content").mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(site)
    (folder / "content/index.md").write_text("---\ntitle: Welcome\n---\n\nHello.\n")
    (folder / "content/guide.md").write_text("---\ntitle: Guide\n---\n\nOne.\n")
    return folder


class Served:
    """A running ``callboard serve``."""

    def __init__(self, site: Path, *words: str) -> None:
        command = [sys.executable, "-m", "callboard", "serve", str(site), "--port", "0", *words]
        env = os.environ | {"CI": "1", "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
        self.lines: list[str] = []
        self._reading = threading.Thread(target=self._read)
        self._reading.start()
        self.url = self.says(r"Serving (http://\S+)")[1]
        self.port = int(self.url.split(":")[2].split("/")[0])

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.rstrip("\n") for line in iter(self.process.stdout.readline, ""))

    def says(self, pattern: str, after: int = 0) -> re.Match[str]:
        """Wait for a line that matches."""
        found: list[re.Match[str]] = []

        def seen() -> bool:
            found[:] = [match for line in self.lines[after:] if (match := re.search(pattern, line))]
            return bool(found) or self.process.poll() is not None

        wait(seen)
        assert found, "\n".join(self.lines)
        return found[0]

    def get(self, path: str, *, method: str = "GET", **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def state(self) -> dict[str, object]:
        """What open pages are told."""
        return json.loads(self.get("/-/serve/problems.json")[2])

    def end(self, number: int = signal.SIGINT) -> int:
        """Interrupt it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(10)
        self._reading.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def wait(until: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until it is true."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.03)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Starts servers, and ends them."""
    started: list[Served] = []

    def start(*words: object) -> Served:
        started.append(Served(*words))
        return started[-1]

    yield start
    for served in started:
        served.end()


def test_it_serves_what_build_writes_but_for_the_reload_script(serve, tmp_path, monkeypatch):
    """Each file is the same, byte for byte, with its type and without being kept by the browser; the published folder is not touched."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    site = make(tmp_path / "portal")
    served = serve(site)
    assert not (site / "public").exists()
    subprocess.run([sys.executable, "-m", "callboard", "build", str(site)], check=True, stdout=subprocess.DEVNULL)
    public = site / "public"
    pages = 0
    for file in sorted(path for path in public.rglob("*") if path.is_file()):
        name = file.relative_to(public).as_posix()
        status, headers, body = served.get(f"/portal/{name}")
        assert status == 200, name
        assert headers["Cache-Control"] == "no-store"
        if file.suffix == ".html":
            pages += 1
            assert headers["Content-Type"] == "text/html; charset=utf-8"
            assert len(SCRIPT.findall(body)) == 1, name
            assert body.index(b"livereload") < body.index(b"</head>")
        if not name.startswith("."):  # Callboard's own mark holds the folder's state
            assert SCRIPT.sub(b"", body) == file.read_bytes(), name
    assert pages > 2


def test_paths_are_those_of_a_static_host(serve, tmp_path):
    """A folder shows its index, a missing slash is added, the top leads to the base path, a wrong path is the site's 404 page."""
    served = serve(make(tmp_path))
    assert served.url.endswith("/portal/")
    assert served.get("/")[1]["Location"] == "/portal/"
    assert served.get("/portal")[1]["Location"] == "/portal/"
    assert served.get("/portal/guide?x=1")[1]["Location"] == "/portal/guide/?x=1"
    status, _, body = served.get("/portal/guide/")
    assert (status, b"Guide" in body) == (200, True)
    status, _, body = served.get("/portal/nowhere/")
    assert (status, SCRIPT.sub(b"", body)) == (404, (tmp_path / ".callboard/served/404.html").read_bytes())
    assert served.get("/elsewhere/")[0] == 404
    status, headers, body = served.get("/portal/guide/", method="HEAD")
    assert (status, body, int(headers["Content-Length"]) > 500) == (200, b"", True)


def test_nothing_outside_the_site_can_be_read(serve, tmp_path):
    """Dots, encoded dots, backslashes and links that lead out are not found."""
    site = make(tmp_path / "site")
    (tmp_path / "secret.txt").write_text("secret")
    served = serve(site)
    folder = site / ".callboard/served"
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    paths = [
        "/portal/../site.yaml", "/portal/%2e%2e/%2e%2e/site.yaml", "/portal/..%2f..%2fsite.yaml", "/portal/..%5c..%5csite.yaml",
        "/portal//etc/passwd", "/portal/%2fetc/passwd", "/portal/out.txt", "/portal/up/secret.txt", "/portal/index.html%00.txt",
        "/portal/%ff",
    ]  # fmt: skip
    assert {path: served.get(path)[0] for path in paths} == dict.fromkeys(paths, 404)
    assert served.get("//portal/guide")[0] == 404


def test_only_reading_and_only_by_this_hosts_name(serve, tmp_path):
    """Another Host is refused with 421 (DNS rebinding), another method with 405, a socket from another page with 403."""
    served = serve(make(tmp_path))
    port = served.port
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", f"LOCALHOST:{port}"):
        assert served.get("/portal/", Host=host)[0] == 200, host
    for host in ("evil.example", f"evil.example:{port}", f"localhost.evil.example:{port}", "localhost", f"127.0.0.1:{port + 1}"):
        assert served.get("/portal/", Host=host)[0] == 421, host
        assert served.get("/livereload.js", Host=host)[0] == 421, host
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert served.get("/portal/", method=method)[0] == 405, method
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version": "13",
    }
    assert served.get("/livereload", **upgrade, Origin="http://evil.example")[0] == 403
    assert served.get("/livereload", **upgrade, Origin=f"http://localhost:{port}", Host="evil.example")[0] == 421


def test_a_server_for_all_addresses_answers_to_addresses_but_not_to_names():
    """With ``--host 0.0.0.0`` an address in figures is fine; a name could be anybody's."""
    state = State(Path(), "0.0.0.0", bug=lambda error: None, port=8000)
    assert [state.allows(host) for host in ("192.168.1.5:8000", "[fe80::1]:8000", "evil.example:8000")] == [True, True, False]
    assert not State(Path(), "127.0.0.1", bug=lambda error: None, port=8000).allows("192.168.1.5:8000")


def test_a_change_rebuilds_what_changed(serve, tmp_path):
    """An edited page is served a moment later, and the line says how many pages were rendered."""
    served = serve(make(tmp_path))
    (tmp_path / "content/guide.md").write_text("---\ntitle: Guide\n---\n\nTwo.\n")
    rebuilt = served.says(r"rebuilt (\d+) of (\d+) pages in [\d.]+ s")
    assert 0 < int(rebuilt[1]) < int(rebuilt[2])
    assert b"Two." in served.get("/portal/guide/")[2]
    (tmp_path / "content/new.md").write_text("---\ntitle: New\n---\n\nThree.\n")
    wait(lambda: served.get("/portal/new/")[0] == 200)
    (tmp_path / "content/new.md").unlink()
    wait(lambda: served.get("/portal/new/")[0] == 404)


def test_a_database_in_the_sites_folder_is_no_change_of_it(serve, tmp_path):
    """What plugins' databases write while the site is built builds it no second time; and ``serve`` keeps no numbers in them."""
    served = serve(make(tmp_path, SITE + "plugins: [{plugin: history}]\ndatabase: {connection: {directory: databases}}\n"))
    assert (tmp_path / "databases" / "history.sqlite").is_file()
    (tmp_path / "content/guide.md").write_text("---\ntitle: Guide\n---\n\nTwo.\n")
    served.says("rebuilt")
    time.sleep(1)
    assert len([line for line in served.lines if "rebuilt" in line]) == 1
    assert b"Nothing is kept yet." in served.get("/portal/history/")[2]


def test_problems_leave_the_last_good_site(serve, tmp_path):
    """A typo is told on the terminal and to open pages; the site stays as it was, until it is mended."""
    served = serve(make(tmp_path))
    before = served.get("/portal/")[2]
    (tmp_path / "site.yaml").write_text(SITE + "plugnis: []\n")
    served.says(r"nothing was written. Waiting for changes.")
    assert served.says(r"^site.yaml:4:1  ")
    assert served.get("/portal/")[2] == before
    (problem,) = served.state()["problems"]
    assert problem["text"].startswith("site.yaml:4:1  ")
    (tmp_path / "site.yaml").write_text(SITE.replace("Test", "Mended"))
    wait(lambda: b"Mended portal" in served.get("/portal/")[2])
    wait(lambda: served.state()["problems"] == [])


def test_a_site_that_was_never_good_shows_its_problems_everywhere(serve, tmp_path):
    """Every path lists the problems, with 503 and as text, until the first good build."""
    served = serve(make(tmp_path, SITE + '"<b>": []\n'))
    for path in ("/", "/portal/guide/", "/x"):
        status, headers, body = served.get(path)
        assert (status, headers["Content-Type"]) == (503, "text/html; charset=utf-8")
        assert b"site.yaml:4:1" in body
        assert b"&lt;b&gt;" in body
        assert b"<b>" not in body
    (tmp_path / "site.yaml").write_text(SITE)
    wait(lambda: served.get("/portal/")[0] == 200)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_with_130_and_leaves_no_process(number, serve, tmp_path):
    """It stops at once, says so, and its worker ends too."""
    served = serve(make(tmp_path))
    children = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text().split()
    assert served.end(number) == 130
    assert served.lines[-1] == "Stopped."
    assert not any("Traceback" in line for line in served.lines)
    wait(lambda: not any(Path(f"/proc/{child}/exe").exists() for child in children), seconds=5)


def test_a_taken_port_is_told_with_the_mend(tmp_path):
    """Exit code 1, and the words to try instead."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "callboard", "serve", str(make(tmp_path)), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stdout
    assert "--port 0" in done.stdout


def test_a_fault_of_ours_does_not_end_the_server(serve, tmp_path):
    """A build that dies is told in one line; the next change is built again."""
    served = serve(make(tmp_path))
    (worker,) = (
        child
        for child in Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text().split()
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    )
    os.kill(int(worker), signal.SIGKILL)
    (tmp_path / "content/guide.md").write_text("Two.\n")
    served.says(r"ended by itself \(code -9\)")
    (tmp_path / "content/guide.md").write_text("Three.\n")
    wait(lambda: b"Three." in served.get("/portal/guide/")[2])


# Watching


def test_watch_sees_changes_but_not_in_generated_or_hidden_folders(tmp_path):
    """A new, changed or deleted file counts; output, caches, editors' swap files and virtual environments do not."""
    make(tmp_path)
    watch = Watch(tmp_path)
    watch.changed()
    watch.look_at([], but=["public"])
    for name in ("public/a", ".callboard/a", "node_modules/a", "x/__pycache__/a", "venv/lib/a", "content/.a.swp", "content/a~"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if name.startswith("venv"):
            (tmp_path / "venv/pyvenv.cfg").write_text("")
        (tmp_path / name).write_text("a")
    assert not watch.changed()
    (tmp_path / "content/b.md").write_text("b")
    assert watch.changed()
    assert not watch.changed()
    (tmp_path / "content/b.md").write_text("bb")
    assert watch.changed()
    (tmp_path / "content/b.md").unlink()
    assert watch.changed()


def test_watch_sees_files_outside_of_the_site(tmp_path):
    """A source outside of the site's folder counts too, and a new file beside it."""
    site = make(tmp_path / "site")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/a.yaml").write_text("a")
    watch = Watch(site)
    watch.changed()
    watch.look_at(["../shared/a.yaml"])
    assert not watch.changed()
    (tmp_path / "shared/a.yaml").write_text("aa")
    assert watch.changed()
    (tmp_path / "shared/b.yaml").write_text("b")
    assert watch.changed()


# In the page


@pytest.mark.browser
def test_an_open_page_reloads_and_shows_problems_as_text(serve, browser, tmp_path):
    """The page shows a change by itself; a problem is drawn over it, without any refusal by the page's own policy, and goes when mended."""
    served = serve(make(tmp_path))
    page = browser.open(f"{served.url}guide/")
    assert page.console == []
    (tmp_path / "content/guide.md").write_text("---\ntitle: Guide\n---\n\nTwo.\n")
    page.wait_for("document.body.innerText.includes('Two.')")
    (tmp_path / "site.yaml").write_text(SITE + '"<img src=x onerror=alert(1)>": 1\n')
    page.wait_for("document.querySelector('.callboard-problems li')?.textContent.startsWith('site.yaml:4:1')")
    assert page.evaluate("document.querySelectorAll('.callboard-problems img').length") == 0
    page.wait_for("getComputedStyle(document.querySelector('.callboard-problems')).position === 'fixed'")  # its styles are loaded
    assert page.evaluate("document.body.innerText.includes('Two.')")
    page.reload()
    page.wait_for("!!document.querySelector('.callboard-problems')")
    (tmp_path / "site.yaml").write_text(SITE)
    page.wait_for("!document.querySelector('.callboard-problems')")
    assert page.console == []
    page.close()


@pytest.mark.browser
def test_the_page_of_problems_turns_into_the_site(serve, browser, tmp_path):
    """Whoever looks at the list of problems sees the site as soon as they are mended."""
    served = serve(make(tmp_path, SITE + "plugnis: []\n"))
    page = browser.open(f"http://127.0.0.1:{served.port}/portal/")
    assert "site.yaml:4:1" in page.text
    (tmp_path / "site.yaml").write_text(SITE + "plugnis: []\nthem: x\n")
    page.wait_for("document.body.innerText.includes('site.yaml:5:1')")
    (tmp_path / "site.yaml").write_text(SITE)
    page.wait_for("document.body.innerText.includes('Hello.')")
    page.close()
