"""The command line as people and CI use it: words, exit codes, what is printed where."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import pytest

from callboard.cli import run
from callboard.cli.commands import callboard
from callboard.cli.progress import Bars, Lines
from callboard.cli.screen import Screen, annotation
from callboard.cli.words import built, safe, seconds, size
from callboard.model.dataset import Origin, SourceRun, State
from callboard.model.effects import Effects, Reporter
from callboard.model.problem import Place, Problem, Severity
from callboard.model.report import BuildReport

COMMAND = [sys.executable, "-m", "callboard"]
GOOD = "site:\n  title: Test portal\n"
TYPO = "site:\n  title: Test portal\nplugnis: []\n"
CLEAN = {
    name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS", "GITHUB_WORKSPACE", "NO_COLOR")
}


def make(folder: Path, site: str = GOOD, **files: str) -> Path:
    """A site of a few files; ``__`` in a name stands for ``/``, one ``_`` before the ending for the dot."""
    (folder / "content").mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(site)
    (folder / "content/index.md").write_text("# Welcome\n\nHello.\n")
    for name, text in files.items():
        path = folder / ".".join(name.replace("__", "/").rsplit("_", 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def call(*words: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [*COMMAND, *words], cwd=cwd, env=CLEAN | (env or {}), capture_output=True, text=True, timeout=60, check=False
    )


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command and its words."""
    for name, command in callboard.commands.items():
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", part) for inner, part in command.commands.items())


# Words


def test_help_loads_nothing_but_click():
    """``--help`` starts at once, since it imports none of the heavy packages."""
    heavy = "pydantic jinja2 rich httpx livereload tornado sqlite_utils yaml markdown_it asyncio multiprocessing"
    script = (
        "import sys; sys.argv[1:] = ['--help']; from callboard.cli import run; run();"
        f"print([name for name in '{heavy}'.split() if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert printed.splitlines()[-1] == "[]"


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_and_option_is_explained(name, command):
    """No command and no option is without words."""
    assert command.help, name
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_help_lists_the_exit_codes(capsys):
    """The contract of exit codes is in the help."""
    assert run(["-h"]) == 0
    printed = capsys.readouterr().out
    assert all(f"\n    {code} " in printed for code in (0, 1, 2, 3, 130))


def test_version(capsys):
    """``--version`` prints name and version."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("callboard 0.")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["bild"],
        ["build", "--jobs", "0"],
        ["build", "--format", "xml"],
        ["build", "--env", "../prod"],
        ["build", "--refresh="],
        ["build", ".", "elsewhere"],
        ["schema", "theme"],
        ["serve", "--port", "70000"],
        ["new", "theme", "x"],
    ],
)
def test_a_wrong_command_line_is_exit_code_2(words, capsys):
    """Wrong words end with 2; the reason is on standard error, and standard output stays empty."""
    assert run(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Usage: callboard" in printed.err


@pytest.mark.parametrize(
    ("words", "refresh", "site"),
    [
        ([], "", "."),
        (["--refresh"], "*", "."),
        (["--refresh", "portal"], "*", "portal"),
        (["portal", "--refresh"], "*", "portal"),
        (["--refresh=people", "portal"], "people", "portal"),
        (["--refresh", "--offline", "portal"], "*", "portal"),
        (["--", "--refresh"], "", "--refresh"),
    ],
)
def test_refresh_takes_a_value_only_after_an_equals_sign(words, refresh, site):
    """``--refresh portal`` refreshes all sources of the site portal; ``--refresh=people`` one source."""
    given = callboard.commands["build"].make_context("build", words).params
    assert (given["refresh"], given["site"]) == (refresh, Path(site))


# Exit codes


def test_a_good_build_is_0_and_ends_with_one_summary_line(tmp_path):
    """Pages, sources, problems, time and size stand in the last line."""
    done = call("build", "portal", cwd=make(tmp_path / "portal").parent)
    assert (done.returncode, done.stderr) == (0, "")
    last = done.stdout.splitlines()[-1]
    assert [part.split(" ", 1)[1] for part in last.split(" · ")[2:4]] == ["errors", "warnings"]
    assert "portal/public/ " in last
    assert (tmp_path / "portal/public/index.html").is_file()


def test_problems_are_1_and_nothing_is_written(tmp_path):
    """A typo is told with its line and a suggestion; no output appears."""
    done = call("build", cwd=make(tmp_path, TYPO))
    assert (done.returncode, done.stderr) == (1, "")
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("site.yaml:3:1  "))
    assert '"plugins"' in line
    assert done.stdout.splitlines()[-1] == "1 problem; nothing was written."
    assert not (tmp_path / "public").exists()


def test_a_folder_without_a_site_is_a_problem_with_its_mend(tmp_path):
    """Nobody is left alone with an empty folder."""
    done = call("build", cwd=tmp_path)
    assert done.returncode == 1
    assert "callboard init" in done.stdout


def test_check_finds_the_same_and_writes_nothing(tmp_path):
    """``check`` is 1 for a typo and 0 for a good site, and leaves no file behind."""
    make(tmp_path, TYPO)
    before = tree(tmp_path)
    done = call("check", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("site.yaml:3:1  ")
    assert tree(tmp_path) == before
    make(tmp_path)
    assert call("check", cwd=tmp_path).returncode == 0
    assert not (tmp_path / "public").exists()
    assert not (tmp_path / ".callboard").exists()


def test_warnings_are_0_but_1_under_strict(tmp_path):
    """A broken link in a page is a warning: the site is written, unless ``--strict`` is given."""
    make(tmp_path, content__more_md="# More\n\n[nowhere](/nowhere/)\n")
    assert call("build", cwd=tmp_path).returncode == 0
    strict = call("build", "--strict", "--output", "other", cwd=tmp_path)
    assert strict.returncode == 1
    assert "a strict build stops at them: nothing was written" in strict.stdout
    assert not (tmp_path / "other").exists()


def effects_with_a_clock_that_raises(error: Exception) -> Callable[[Reporter], Effects]:
    """The real effects but for one."""

    def clock() -> datetime:
        raise error

    def made(reporter: Reporter) -> Effects:
        from callboard.build import effects

        return replace(effects(reporter), clock=clock)

    return made


def test_a_bug_is_3_with_a_log_and_without_a_traceback(tmp_path, capsys):
    """People see one line that names the log; the traceback is in the log alone."""
    make(tmp_path)

    broken = effects_with_a_clock_that_raises(RuntimeError("the clock of this test is broken"))
    assert run(["build", str(tmp_path)], effects=broken) == 3
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
    assert printed.err.count("\n") == 1
    assert "RuntimeError" in printed.err
    (log,) = (tmp_path / ".callboard/logs").iterdir()
    assert log.name in printed.err
    assert "the clock of this test is broken" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_a_full_disk_is_no_bug(tmp_path, capsys):
    """What the machine refuses is told as it is, with exit code 1 and no log."""
    make(tmp_path)

    full = effects_with_a_clock_that_raises(OSError(28, "No space left on device", "/mnt/x"))
    assert run(["build", str(tmp_path)], effects=full) == 1
    printed = capsys.readouterr()
    assert "No space left on device" in printed.out + printed.err
    assert not (tmp_path / ".callboard/logs").exists()


@pytest.fixture
def slow_service() -> Iterator[tuple[str, threading.Event]]:
    """An HTTP service that never answers, and an event: somebody asked."""
    asked, end = threading.Event(), threading.Event()

    class Never(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.set()
            end.wait(30)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Never)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    end.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_is_130_and_the_old_site_stays(number, tmp_path, slow_service):
    """Ctrl-C or SIGTERM while a service is waited for: at once, without a traceback, and no byte of the site changes."""
    url, asked = slow_service
    make(tmp_path)
    assert call("build", cwd=tmp_path).returncode == 0
    before = tree(tmp_path / "public")
    make(
        tmp_path,
        GOOD + "plugins:\n  - plugin: slow\n",
        content__other_md="# Other\n",
        plugins__slow__plugin_yaml=f"callboard: 1\ntitle: Slow\nsources:\n  items: {{http: '{url}/items'}}\n"
        "pages:\n  - {path: /, view: table, data: items}\n",
    )
    with subprocess.Popen([*COMMAND, "build"], cwd=tmp_path, env=CLEAN, stdout=-1, stderr=-1, text=True) as process:
        assert asked.wait(20), process.communicate()
        process.send_signal(number)
        out, err = process.communicate(timeout=5)
    assert process.returncode == 130
    assert err.strip() == "Interrupted."
    assert "Traceback" not in out
    assert tree(tmp_path / "public") == before


def test_a_reader_who_leaves_does_not_stop_the_build(tmp_path):
    """``callboard build | head -0``: the site is written, and nobody sees a BrokenPipeError."""
    make(tmp_path)
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen([*COMMAND, "build"], cwd=tmp_path, env=CLEAN, stdout=writing, stderr=-1, text=True) as process:
        os.close(writing)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert (tmp_path / "public/index.html").is_file()


# Making and listing


def test_init_makes_a_site_that_is_built_strictly_at_once(tmp_path):
    """Two commands lead from nothing to a portal without a warning; a second ``init`` there is refused."""
    made = call("init", "my portal", cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.splitlines()[-1] == "A new site is in my portal. Look at it: callboard serve 'my portal'"
    site = tmp_path / "my portal"
    assert (site / "site.yaml").read_text().startswith("# yaml-language-server: $schema=")
    assert {".github/workflows/pages.yml", ".gitlab-ci.yml", ".gitignore"} < set(tree(site))
    done = call("build", "my portal", "--strict", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    before = tree(site)
    assert call("init", "my portal", cwd=tmp_path).returncode == 1
    assert tree(site) == before


def test_a_new_plugin_can_be_mounted_and_is_listed(tmp_path):
    """``new plugin`` makes what ``plugins`` lists and ``build`` shows; a bad or taken name is told with the mend."""
    make(tmp_path, GOOD + "plugins:\n  - plugin: on_call\n    path: /duty/\n")
    assert call("new", "plugin", "on_call", cwd=tmp_path).returncode == 0
    assert call("new", "plugin", "on_call", cwd=tmp_path).returncode == 1
    assert "callboard new plugin on_call" in call("new", "plugin", "On-Call", cwd=tmp_path).stdout
    (line,) = (line for line in call("plugins", cwd=tmp_path).stdout.splitlines() if line.startswith("on_call "))
    assert line.split()[-2:] == ["site", "/duty/"]
    listed = json.loads(call("plugins", "--format", "json", cwd=tmp_path).stdout)
    assert [item["mounts"] for item in listed if item["name"] == "on_call"] == [["/duty/"]]
    assert call("build", cwd=tmp_path).returncode == 0
    assert (tmp_path / "public/duty/index.html").is_file()


def test_plugins_and_schemas_need_no_site(tmp_path):
    """In any folder the bundled plugins are listed, and the schemas are printed as JSON."""
    listed = call("plugins", cwd=tmp_path)
    assert listed.returncode == 0
    assert "tech_radar" in listed.stdout
    schemas = [json.loads(call("schema", what, cwd=tmp_path).stdout) for what in ("site", "plugin")]
    assert [schema["type"] for schema in schemas] == ["object", "object"]
    assert "locations" in json.dumps(schemas[0])


# JSON


def test_json_is_one_document_and_nothing_else(tmp_path):
    """The whole report is on standard output, also when a plugin prints and the site has problems."""
    make(tmp_path)
    good = json.loads(call("build", "--format", "json", cwd=tmp_path, env={"GITHUB_ACTIONS": "true"}).stdout)
    assert (good["written"], good["output"], good["problems"]) == (True, "public", [])
    assert set(good) == {
        "title", "version", "started", "commit", "output", "written", "pages", "rendered", "removed", "bytes", "seconds",
        "timings", "sources", "problems", "files", "routes", "plugins",
    }  # fmt: skip
    make(tmp_path, TYPO)
    done = call("build", "--format", "json", cwd=tmp_path)
    bad = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(p["file"], p["line"], p["column"], p["severity"]) for p in bad["problems"]] == [("site.yaml", 3, 1, "error")]


# What is printed


def problem(line: int = 1, severity: Severity = Severity.WARNING, **given: str) -> Problem:
    """Any problem."""
    return Problem("test/any", given.get("what", "it is so."), Place(given.get("file", "site.yaml"), line, 5), severity=severity)


def report(*problems: Problem, **given: object) -> BuildReport:
    """Any report."""
    return BuildReport("T", "0", datetime(2026, 1, 1, tzinfo=UTC), problems=problems, **given)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(act: Callable[[Screen], object], *, terminal: bool = True, **environ: str) -> str:
    """What ``act`` makes a screen print."""
    stream = Terminal() if terminal else io.StringIO()
    act(Screen(environ, stream=stream))
    return stream.getvalue()


def test_the_summary_names_all_figures():
    """The one line of a large build reads as documented."""
    origins = [Origin("a", "http", "x"), Origin("b", "http", "x", State.STALE)]
    runs = tuple(SourceRun("m", origin, "fetched") for origin in origins)
    value = report(problem(), written=True, pages=4210, rendered=12, sources=runs, seconds=18.3, size=61_000_000)
    wanted = "4 210 pages (12 rendered) · 2 sources (1 stale) · 0 errors · 1 warning · 18.3 s · public/ 61 MB"
    assert built(value, "public/") == wanted


def test_figures_are_short():
    """Sizes and times in the unit that fits."""
    assert [size(n) for n in (1, 640, 1500, 999_600, 61_000_000, 1_400_000_000)] == [
        "1 byte", "640 bytes", "1.5 kB", "1.0 MB", "61 MB", "1.4 GB",
    ]  # fmt: skip
    assert [seconds(n) for n in (0.214, 18.34, 192.0)] == ["0.21 s", "18.3 s", "3 min 12 s"]


def test_control_characters_never_reach_the_terminal():
    """A file name cannot move the cursor, turn the text around or begin a line of its own."""
    assert safe("a\x1b[2Jb\u202ec\nd\udc80") == "a\\x1b[2Jb\\u202ec d\\udc80"


def test_a_terminal_shows_fifty_warnings_and_says_where_the_others_are():
    """Errors are never left out."""
    found = (*(problem(n) for n in range(1, 61)), problem(99, Severity.ERROR))
    value = report(*found, written=True)
    text = printed(lambda screen: screen.problems(value, Path(), output="public/"), NO_COLOR="1", TERM="xterm")
    assert text.count("warning:") == 50
    assert "site.yaml:99:5  it is so." in text
    assert " ".join(text.split()).endswith("… and 10 more; all are in public/-/build/ and in --format json.")


def test_a_pipe_shows_all_warnings():
    """What a machine or a log keeps is complete."""
    value = report(*(problem(n) for n in range(1, 61)), written=True)
    assert printed(lambda screen: screen.problems(value, Path()), terminal=False).count("\n") == 60


@pytest.mark.parametrize(
    ("terminal", "environ", "coloured"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "xterm", "CI": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {"TERM": "xterm"}, False),
    ],
)
def test_only_the_word_warning_is_coloured_and_only_where_it_may_be(terminal, environ, coloured):
    """NO_COLOR, CI, a dumb terminal and a pipe get no control codes."""
    text = printed(lambda screen: screen.problems(report(problem()), Path()), terminal=terminal, **environ)
    assert ("\x1b[33m  warning:\x1b[0m" in text) is coloured
    assert ("\x1b" in text) is coloured


def test_github_gets_annotations_besides_the_lines():
    """The file is named from the top of the repository, and what GitHub would misread is escaped."""
    bad = Problem("test/any", "100% wrong,\r\nreally.", Place("a,b:c.yaml", 6, 5), path="plugins[0].ttl", mend="Mend it.")
    assert annotation(bad, "portal") == (
        "::error file=portal/a%2Cb%3Ac.yaml,line=6,col=5,title=test/any::plugins[0].ttl: 100%25 wrong,%0D%0Areally. Mend it."
    )
    text = printed(
        lambda screen: screen.problems(report(bad), Path.cwd() / "portal"), terminal=False, CI="true", GITHUB_ACTIONS="true"
    )
    assert [line[:8] for line in text.splitlines()] == ["a,b:c.ya", "::error "]


@pytest.mark.parametrize("name", ["::stop-commands::x", "  ::set-env name=A::b", "x##[add-mask]y"])
def test_data_gives_no_orders_to_the_runner(name):
    """A file's name cannot become a command of GitHub's log."""
    text = printed(lambda screen: screen.line(name), terminal=False, GITHUB_ACTIONS="true")
    assert not text.lstrip().startswith("::")
    assert "##[" not in text


def test_a_narrow_terminal_wraps_between_words(tmp_path):
    """On a real terminal of 50 columns no line is longer, but for a word that cannot be broken."""
    make(tmp_path, TYPO)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    env = {name: value for name, value in CLEAN.items() if name not in ("COLUMNS", "LINES")} | {"TERM": "xterm", "NO_COLOR": "1"}
    with subprocess.Popen([*COMMAND, "build"], cwd=tmp_path, env=env, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        text = b""
        while chunk := _read(ours):
            text += chunk
    os.close(ours)
    lines = text.decode().replace("\r\n", "\n").splitlines()
    assert process.returncode == 1
    assert len(lines) > 2
    assert max(len(line) for line in lines) <= 50
    assert "\x1b" not in text.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""  # how a terminal ends on Linux


def test_plain_lines_tell_each_source():
    """Name, outcome, records and milliseconds, and why it is stale."""
    origin = Origin(
        "people", "http", "x", State.STALE, as_of=datetime(2026, 1, 2, 8, 12, tzinfo=UTC), error="503 Service Unavailable"
    )
    text = printed(lambda screen: Lines(screen).source(SourceRun("hr", origin, "stale", 0.143, records=812)), terminal=False)
    assert text == "hr: people stale, 812 records, 143 ms, as of 2026-01-02 08:12 UTC, 503 Service Unavailable\n"


def test_bars_appear_when_it_takes_long_and_leave_no_thread(monkeypatch):
    """While pages are rendered no thread of ours is alive, since rendering may fork."""
    monkeypatch.setattr("callboard.cli.progress.PATIENCE", 0.01)
    stream = Terminal()
    bars = Bars(Screen({"TERM": "xterm", "NO_COLOR": "1"}, stream=stream))
    before = threading.active_count()
    bars.sources(2)
    threading.Event().wait(0.2)
    bars.source(SourceRun("hr", Origin("people", "http", "x"), "fetched", 0.143, records=812))
    bars.mount("hr")
    bars.pages(10)
    assert threading.active_count() == before
    bars.rendered(5)
    assert threading.active_count() == before
    bars.close()
    assert "hr: people fetched, 812 records, 143 ms" in stream.getvalue()
    assert "1/2" in stream.getvalue()
    assert "5/10" in stream.getvalue()


def test_check_is_as_strict_as_the_site(tmp_path):
    """``build: {strict: true}`` makes warnings of ``check`` count, as it does for ``build``."""
    make(tmp_path, "site: {title: T}\nnav: [{title: Gone, path: /gone/}]\nbuild: {strict: true}\n")
    assert call("check", cwd=tmp_path).returncode == 1
