"""A build against a mock that Stoplight's Prism makes of CircleCI's own OpenAPI description, over real HTTP."""

from __future__ import annotations

import functools
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callboard.data.http.transport import HttpxTransport
from callboard.testing import Built, Given, build_plugin

PLUGIN = Path(__file__).parents[1]
HERE = Path(__file__).parent / "prism"
DESCRIPTION = PLUGIN.parents[1].parent / "shared" / "data" / "apis" / "openapi" / "circleci" / "circleci.json"
SLUG = "github/CircleCI-Public/api-preview-docs"

# One process at a time installs the packages.
pytestmark = [
    pytest.mark.xdist_group("prism"),
    pytest.mark.skipif(not DESCRIPTION.is_file(), reason="CircleCI's description is not here"),
]


@pytest.fixture(scope="module")
def prism(packages: Callable[[Path], str]) -> list[str]:
    """The command line of Prism, of the packages that ``package-lock.json`` names."""
    return [packages(HERE), str(HERE / "node_modules/@stoplight/prism-cli/dist/index.js")]


@pytest.fixture(scope="module")
def mock(prism: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Starts a mock with more words of the command line, each once, and gives its address."""
    running: list[subprocess.Popen[bytes]] = []
    folder = tmp_path_factory.mktemp("prism")

    @functools.cache
    def start(*words: str) -> str:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        command = [*prism, "mock", *words, "-h", "127.0.0.1", "-p", str(port), str(DESCRIPTION)]
        with (folder / "prism.log").open("wb") as log:
            running.append(subprocess.Popen(command, stdout=log, stderr=log))
        until = time.monotonic() + 30
        while time.monotonic() < until and running[-1].poll() is None:
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    return f"http://127.0.0.1:{port}"
            time.sleep(0.05)
        raise AssertionError((folder / "prism.log").read_text(errors="replace")[-1000:])

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=10)


def build(api: str, **options: object) -> Built:
    """A site whose builds come from the mock."""
    transport = HttpxTransport()
    given = Given(options={"projects": [SLUG], "api": api, **options}, http=transport)
    try:
        return build_plugin(PLUGIN, given)
    finally:
        transport.close()


def test_a_mock_of_its_own_description_feeds_the_pages(mock: Callable[..., str]) -> None:
    """Every request fits the description, lists end though their tokens never do, and placeholders are no figures."""
    built = build(mock(), token="cci_prismprism", insights=True)
    assert built.problems == ()
    assert {run.outcome for run in built.report.sources} == {"fetched"}
    assert len(built.report.sources) <= 9
    project = built.page("/circleci/gh/circleci-public/api-preview-docs/")
    assert "feature/design-new-api" in project
    assert "f454a02b" in project
    assert '<span class="state ok">passed</span>' in project
    pipeline = built.page("/circleci/gh/circleci-public/api-preview-docs/25/")
    assert "build-and-test" in pipeline
    assert "https://app.circleci.com/pipelines/github/CircleCI-Public/api-preview-docs/25" in pipeline
    assert not any("9007199254740991" in page for path, page in built.pages.items() if "flaky" not in path)


def test_without_a_token_the_mock_refuses(mock: Callable[..., str]) -> None:
    """The description wants a token: without one, the page says what CircleCI answered and what to do."""
    page = build(mock()).page("/circleci/")
    assert "401" in page
    assert "CIRCLECI_TOKEN" in page


def test_made_up_answers_of_the_right_shape(mock: Callable[..., str]) -> None:
    """Whatever fits the description is shown: states, times, numbers and texts that Prism makes up."""
    built = build(mock("-d", "--seed", "5"), token="cci_prismprism", insights=True, limit=5)
    assert built.report.errors == ()
    assert "/circleci/" in built.pages
    shown = [
        page for path, page in built.pages.items() if re.fullmatch(r"/circleci/gh/circleci-public/api-preview-docs/[^/]+/", path)
    ]
    assert shown
    assert all("<h1>" in page and 'class="state' in page for page in shown)
    assert not any(word in page for page in shown for word in ("NaN", "None", "Infinity"))
