"""The public API for tests: build a site, build a plugin in the smallest site, run a provider, and the tests every plugin should pass.

    from callboard.testing import Given, build_plugin, standard_tests

    TestStandard = standard_tests(Path(__file__).parents[1])

    def test_rows():
        built = build_plugin(PLUGIN, Given(options={"file": "rows.csv"}, files={"rows.csv": "name\\nOne\\n"}))
        assert "One" in built.page("/oncall/")

Nothing here reaches the network: services answer from ``replay(...)``, everything else is refused.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar, Final

from callboard import build, config, discovery, paths, yamlfile
from callboard.data import collect
from callboard.data.cache import MemoryCache
from callboard.model.effects import Effects, Request, Response, Transport
from callboard.model.problem import Problem, Problems, Severity
from callboard.model.report import BuildReport
from callboard.plugin import Dataset

NOW: Final = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
"""The time of a test's build, unless it says another."""
_PROVENANCE: Final = "prov"
"""The class of the bundled theme's line "as of …, from …"."""
_LEFT_OUT: Final = (".callboard", ".git", ".venv", "__pycache__", "node_modules", "public")

__all__ = [
    "NOW",
    "Built",
    "Given",
    "NoAnswer",
    "StandardTests",
    "build_plugin",
    "build_site",
    "replay",
    "run_provider",
    "standard_tests",
]

Answers = Mapping[str, Any] | Path
"""Recorded answers, as ``replay`` takes them."""


class NoAnswer(OSError):
    """A request that no recorded answer fits: to the site, a service that does not answer."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a plugin is given in a test: its mount's options, files of the site (name → text or bytes), and recorded answers."""

    options: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    http: Answers | Transport | None = None


@dataclass(frozen=True)
class Built:
    """A site that was built into a temporary folder, which is removed when this value is no longer used."""

    report: BuildReport
    folder: Path
    """The copy of the site that was built."""
    output: Path
    """What would be published."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What was wrong, as people read it."""
        return tuple(problem.text for problem in self.report.problems)

    @property
    def pages(self) -> Mapping[str, str]:
        """The HTML of every page by its path (``/radar/``); Callboard's own pages below ``/-/`` and ``/404.html`` are left out."""
        found = sorted(self.output.rglob("index.html"))
        paths_ = {f"/{file.parent.relative_to(self.output).as_posix()}/".replace("/./", "/"): file for file in found}
        return {path: file.read_text(encoding="utf-8") for path, file in paths_.items() if not path.startswith("/-/")}

    def page(self, path: str) -> str:
        """The HTML of one page. Raises FileNotFoundError naming the pages that there are."""
        file = self.output / path.strip("/")
        file = file / "index.html" if path.endswith("/") or not file.is_file() else file
        if not file.is_file():
            raise FileNotFoundError(
                f"there is no page {path}; there are {', '.join(self.pages) or 'none'}. {' '.join(self.problems)}"
            )
        return file.read_text(encoding="utf-8")


def build_site(
    folder: Path,
    *,
    http: Answers | Transport | None = None,
    now: datetime = NOW,
    environ: Mapping[str, str] | None = None,
    offline: bool = False,
    strict: bool = False,
    env: str = "",
) -> Built:
    """Build a copy of the site in ``folder`` (a folder with a ``site.yaml``), at a fixed time and without a network.

    ``environ`` is laid over the process's environment while it is built. What is wrong with the site is in ``problems``.
    """
    base = _folder()
    site = base / "site"
    shutil.copytree(folder, site, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True)
    return _built(base, http=http, now=now, environ=environ, offline=offline, strict=strict, env=env)


def build_plugin(
    plugin: Path,
    given: Given | None = None,
    *,
    now: datetime = NOW,
    environ: Mapping[str, str] | None = None,
    offline: bool = False,
    strict: bool = False,
) -> Built:
    """Build the smallest site that mounts the plugin in the folder ``plugin`` at its usual path, and before it what it ``needs``."""
    given = given or Given()
    base = _folder()
    _plugin_site(base / "site", plugin, given)
    return _built(base, http=given.http, now=now, environ=environ, offline=offline, strict=strict, env="")


def run_provider(
    plugin: Path, given: Given | None = None, *, now: datetime = NOW, environ: Mapping[str, str] | None = None
) -> Dataset:
    """The Dataset that a plugin gives, its sources loaded and its provider run.

    Raises Problems if manifest or options are wrong, RuntimeError with the report's words if the provider failed.
    """
    given = given or Given()
    with tempfile.TemporaryDirectory(prefix="callboard-test-") as base, _environment(environ):
        root = Path(base, "site")
        _plugin_site(root, plugin, given)
        site, problems = config.load(root)
        plugins, found = discovery.find(site) if site else ((), ())
        errors = tuple(problem for problem in (*problems, *found) if problem.severity is Severity.ERROR)
        if site is None or errors:
            raise Problems(errors)
        data = collect.run(plugins, site, _effects(given.http, now), cache=MemoryCache(), now=now)
        mount = next(mount for mount in data.mounts.values() if mount.mount == plugin.name)
        if mount.error:
            raise RuntimeError(mount.error)
        return mount.dataset


def replay(answers: Answers) -> Transport:
    """A network that knows only recorded answers; anything else is a service that does not answer.

    A mapping from address (or ``GET address``) to a list or mapping (sent as JSON), text, bytes, ``(status, body)``,
    ``(status, body, headers)``, or an OSError to raise. Or a folder with ``answers.yaml``: address → the name of a file beside it,
    or ``{file, status, headers}``.
    """
    return _Replay(_recorded(answers) if isinstance(answers, Path) else answers)


class StandardTests:
    """The tests that every plugin should pass. ``standard_tests`` makes a subclass for one plugin."""

    plugin: ClassVar[Path]
    data: ClassVar[Given]
    nothing: ClassVar[Given]

    def test_manifest(self) -> None:
        """Its manifest and options are sound."""
        _nothing("\n".join(problem.text for problem in _discovered(self.plugin, self.data)[1]))

    def test_readme(self) -> None:
        """Its README names every option, as code."""
        text = (self.plugin / "README.md").read_text(encoding="utf-8")
        plugins, _ = _discovered(self.plugin, self.data)
        options = [name for found in plugins if found.name == self.plugin.name for name in found.options]
        _nothing(", ".join(name for name in options if f"`{name}`" not in text), "options that README.md does not name")

    def test_data(self) -> None:
        """With data it builds without a problem, and has a page."""
        built = build_plugin(self.plugin, self.data)
        _nothing("\n".join(built.problems))
        assert _own(self.plugin, built), "it has no page"

    def test_nothing_yet(self) -> None:
        """With nothing to show yet it builds without an error, and still has its page."""
        built = build_plugin(self.plugin, self.nothing)
        _nothing("\n".join(problem.text for problem in built.report.errors))
        assert _own(self.plugin, built), "it has no page"

    def test_headings(self) -> None:
        """Each of its pages has exactly one h1."""
        pages = _own(self.plugin, build_plugin(self.plugin, self.data))
        _nothing(", ".join(path for path, page in pages.items() if page.tags.count("h1") != 1), "pages without exactly one h1")

    def test_provenance(self) -> None:
        """Each of its pages says where its data is from."""
        pages = _own(self.plugin, build_plugin(self.plugin, self.data))
        _nothing(", ".join(path for path, page in pages.items() if _PROVENANCE not in page.classes), "pages without provenance")

    def test_scripts(self) -> None:
        """None of its pages holds a script, a style or an event attribute in the page itself: the site's policy forbids them."""
        for given in (self.data, self.nothing):
            pages = _own(self.plugin, build_plugin(self.plugin, given))
            _nothing(", ".join(f"{path} {page.inline}" for path, page in pages.items() if page.inline), "inline")


def standard_tests(plugin: Path, *, data: Given | None = None, nothing: Given | None = None) -> type[StandardTests]:
    """The standard tests for the plugin in a folder; bind them to a name that pytest collects, such as ``TestStandard``.

    ``data`` is what it is given to have something to show, ``nothing`` what makes it show nothing yet; without them, a mount
    without options.
    """
    words = {"__doc__": f"The standard tests of {plugin.name}.", "plugin": plugin}
    return type("TestStandard", (StandardTests,), {**words, "data": data or Given(), "nothing": nothing or Given()})


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="callboard-test-"))


def _built(
    base: Path,
    *,
    http: Answers | Transport | None,
    now: datetime,
    environ: Mapping[str, str] | None,
    offline: bool,
    strict: bool,
    env: str,
) -> Built:
    output = base / "public"
    settings = build.Settings(output=output, strict=strict or None, offline=offline, env=env, jobs=1)
    with _environment(environ):
        report = build.build(base / "site", settings, _effects(http, now))
    built = Built(report, base / "site", output)
    weakref.finalize(built, shutil.rmtree, base, ignore_errors=True)
    return built


def _plugin_site(root: Path, plugin: Path, given: Given) -> None:
    """Write the smallest site that mounts ``plugin``; a plugin that is not bundled is copied into it, and so are those it needs."""
    plugin = plugin.resolve()
    mounts = [{"plugin": name} for name in _needed(plugin)] + [{"plugin": plugin.name, "options": dict(given.options)}]
    for mount in mounts:
        folder = plugin.parent / str(mount["plugin"])
        if folder.parent != paths.bundled("plugins").resolve() and folder.is_dir():
            shutil.copytree(folder, root / "plugins" / folder.name, ignore=shutil.ignore_patterns("tests", *_LEFT_OUT))
    site = {"site": {"title": "Test"}, "plugins": mounts, "content": False}
    files = {"site.yaml": json.dumps(site, indent=1), **given.files}
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _needed(plugin: Path, seen: tuple[str, ...] = ()) -> list[str]:
    """The names of the plugins that one needs, each behind those that it needs itself."""
    found: list[str] = []
    for name in _manifest(plugin).get("needs") or ():
        folder = next((base / name for base in (plugin.parent, paths.bundled("plugins")) if (base / name).is_dir()), None)
        if folder and name not in seen:
            found += [*_needed(folder, (*seen, plugin.name)), name]
    return list(dict.fromkeys(found))


def _manifest(plugin: Path) -> Mapping[str, Any]:
    """The manifest as written; empty if it cannot be read, which ``discovery`` says better."""
    try:
        value, _ = yamlfile.load((plugin / "plugin.yaml").read_text(encoding="utf-8"), "plugin.yaml")
    except (OSError, UnicodeDecodeError, yamlfile.Malformed):
        return {}
    return value if isinstance(value, dict) else {}


@contextmanager
def _environment(environ: Mapping[str, str] | None) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(environ or {})
    os.environ.pop("SOURCE_DATE_EPOCH", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _effects(http: Answers | Transport | None, now: datetime) -> Effects:
    answers = replay(http or {}) if http is None or isinstance(http, (Mapping, Path)) else http
    return replace(build.effects(environ={}), clock=lambda: now, http=answers)


def _nothing(found: str, what: str = "problems") -> None:
    """Fail if anything was found; pytest does not explain the asserts of an installed module."""
    assert not found, f"{what}: {found}"


def _discovered(plugin: Path, given: Given) -> tuple[tuple[Any, ...], tuple[Problem, ...]]:
    with tempfile.TemporaryDirectory(prefix="callboard-test-") as base:
        _plugin_site(Path(base, "site"), plugin, given)
        site, problems = config.load(Path(base, "site"))
        plugins, found = discovery.find(site) if site else ((), ())
        return plugins, (*problems, *found)


def _own(plugin: Path, built: Built) -> dict[str, _Page]:
    """The pages of a plugin that was built by ``build_plugin``."""
    start = f"/{plugin.resolve().name.replace('_', '-')}/"
    return {path: _Page(html) for path, html in built.pages.items() if path.startswith(start)}


class _Page(HTMLParser):
    """What the standard tests look for in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.classes: set[str] = set()
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what stands in the page itself."""
        given = dict(attrs)
        self.tags.append(tag)
        self.classes |= set((given.get("class") or "").split())
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(f"<{tag}>")
        self.inline += [name for name in given if name == "style" or name.startswith("on")]


class _Replay:
    """Recorded answers by address."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def send(self, request: Request) -> Response:
        """The recorded answer. Raises NoAnswer, or the OSError that was recorded."""
        known = (f"{request.method} {request.url}", request.url)
        key = next((key for key in known if key in self._answers), None)
        if key is None:
            raise NoAnswer(f"no answer is recorded for {request.method} {request.url.partition('?')[0]}")
        answer = self._answers[key]
        if isinstance(answer, OSError):
            raise answer
        status, body, *rest = answer if isinstance(answer, tuple) else (200, answer)
        content, media = _encoded(body)
        headers = {"content-type": media, **{name.lower(): value for name, value in (rest[0] if rest else {}).items()}}
        return Response(status, headers, iter([content]), lambda: None)


def _encoded(body: Any) -> tuple[bytes, str]:
    if isinstance(body, (str, bytes)):
        return (body.encode(), "text/plain; charset=utf-8") if isinstance(body, str) else (body, "application/octet-stream")
    return json.dumps(body).encode(), "application/json"


def _recorded(folder: Path) -> dict[str, Any]:
    value, _ = yamlfile.load((folder / "answers.yaml").read_text(encoding="utf-8"), "answers.yaml")
    answers: dict[str, Any] = {}
    for address, said in (value or {}).items():
        spec: dict[str, Any] = {"file": said} if isinstance(said, str) else said
        media = {".json": "application/json", ".yaml": "application/yaml", ".csv": "text/csv"}
        file = folder / spec["file"]
        headers = {"content-type": media.get(file.suffix, "application/octet-stream"), **(spec.get("headers") or {})}
        answers[address] = (spec.get("status", 200), file.read_bytes(), headers)
    return answers
