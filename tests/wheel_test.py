"""The package as strangers get it: a wheel in a clean virtual environment, used in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.xdist_group("wheel")


def do(*words: str | Path, cwd: Path) -> str:
    """Run a command that must succeed, without what this environment would lend it; what it printed."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=env | {"CI": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    do(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (made,) = folder.glob("callboard-*.whl")
    return made


@pytest.fixture(scope="module")
def portal(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that the installed wheel made in an empty folder, and built."""
    folder = tmp_path_factory.mktemp("stranger")
    do(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    bin_ = folder / "venv" / "bin"
    do(bin_ / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=folder)
    empty = folder / "empty"
    empty.mkdir()
    do(bin_ / "callboard", "init", "p", cwd=empty)
    do(bin_ / "callboard", "build", "p", "--strict", cwd=empty)
    return empty / "p"


def test_the_wheel_holds_what_runs_and_no_tests(wheel):
    """Program, bundled plugins, themes and license are in it; tests, caches and the demo site are not."""
    names = zipfile.ZipFile(wheel).namelist()
    wanted = [
        "callboard/cli/__init__.py",
        "callboard/serve/reload.js",
        "callboard/py.typed",
        "callboard/bundled/themes/callboard/theme.yaml",
        *(f"callboard/bundled/plugins/{path.parent.name}/plugin.yaml" for path in ROOT.glob("plugins/*/plugin.yaml")),
    ]
    assert [name for name in wanted if name not in names] == []
    assert any(name.endswith("licenses/LICENSE") for name in names)
    unwanted = re.compile(r"^(tests|site\.yaml|content)\b|^callboard/bundled/plugins/.*/tests/|/__pycache__/|_test\.py$")
    assert [name for name in names if unwanted.search(name)] == []


def test_init_and_build_work_without_a_checkout(portal):
    """The two commands of the README give a whole site, strictly."""
    assert (portal / "public/index.html").is_file()
    assert (portal / "public/404.html").is_file()
    assert (portal / "site.yaml").read_text().startswith("# yaml-language-server: $schema=")


@pytest.mark.browser
def test_every_page_of_it_is_silent_in_chromium(portal, browser):
    """No page logs an error, is refused anything by its own policy, or asks another host."""
    public = portal / "public"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(public)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    top = f"http://127.0.0.1:{server.server_address[1]}"
    page = browser.open()
    try:
        paths = sorted(path.relative_to(public).as_posix() for path in public.rglob("*.html"))
        paths = [path for path in paths if not path.startswith("api/")]  # JSON, where plain hosts find it
        assert len(paths) > 3
        for path in paths:
            page.goto(f"{top}/{path.removesuffix('index.html')}")
            assert page.console == [], path
            assert [url for url in page.requests if not url.startswith((top, "data:"))] == [], path
            assert {url: status for url, status in page.statuses.items() if status >= 400} == {}, path
            assert page.evaluate("document.querySelectorAll('h1').length") == 1, path
    finally:
        page.close()
        server.shutdown()
        server.server_close()
        thread.join()


class Quiet(SimpleHTTPRequestHandler):
    """A static host that logs nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""
