"""Building sites, plugins and datasets in a temporary folder, at a fixed time and without a network."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from callboard import build, config, discovery, paths, yamlfile
from callboard.data import collect
from callboard.data.cache import MemoryCache
from callboard.model.effects import Effects, Transport
from callboard.model.manifest import Plugin
from callboard.model.problem import Problem, Problems, Severity
from callboard.model.report import BuildReport
from callboard.plugin import Dataset
from callboard.testing.recorded import Answers, replay

NOW: Final = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
"""The time of a test's build, unless it says another."""
_LEFT_OUT: Final = (".callboard", ".git", ".venv", "__pycache__", "node_modules", "public")


@dataclass(frozen=True, slots=True)
class Given:
    """What a plugin is given in a test: its mount's options, files of the site (name → text or bytes), and recorded answers."""

    options: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    http: Answers | Transport | None = None
    mounts: Sequence[Mapping[str, Any]] = ()
    """Other mounts of the site, as ``plugins:`` of a ``site.yaml`` has them; what the plugin needs is mounted without being said."""


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
        """The HTML of every page by its path (``/radar/``); Callboard's own pages below ``/-/``, ``/404.html`` and answers for
        machines below ``/api/`` are left out.
        """
        found = sorted(self.output.rglob("index.html"))
        paths_ = {f"/{file.parent.relative_to(self.output).as_posix()}/".replace("/./", "/"): file for file in found}
        return {path: file.read_text(encoding="utf-8") for path, file in paths_.items() if not path.startswith(("/-/", "/api/"))}

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


def rebuild(built: Built, *, http: Answers | Transport | None = None, now: datetime = NOW, offline: bool = False) -> Built:
    """Build the same site once more, with what the first build kept: later, or while a service fails."""
    base = _folder()
    shutil.copytree(built.folder, base / "site", symlinks=True)
    return _built(base, http=http, now=now, environ=None, offline=offline, strict=False, env="")


def run_provider(
    plugin: Path, given: Given | None = None, *, now: datetime = NOW, environ: Mapping[str, str] | None = None
) -> Dataset:
    """The Dataset that a plugin gives, its sources loaded and its provider run.

    Raises Problems if manifest or options are wrong, RuntimeError with the report's words if the provider failed.
    """
    given = given or Given()
    errors: tuple[Problem, ...] = ()
    with tempfile.TemporaryDirectory(prefix="callboard-test-") as base, _environment(environ):
        _plugin_site(Path(base, "site"), plugin, given)
        site, problems = config.load(Path(base, "site"))
        plugins, found = discovery.find(site) if site else ((), ())
        errors = tuple(problem for problem in (*problems, *found) if problem.severity is Severity.ERROR)
        if site is not None and not errors:
            data = collect.run(plugins, site, _effects(given.http, now), cache=MemoryCache(), now=now)
            mount = data.mounts[plugin.resolve().name]
            dataset, error = mount.dataset, mount.error
    if site is None or errors:
        raise Problems(errors)
    if error:
        raise RuntimeError(error)
    return dataset


def discovered(plugin: Path, given: Given) -> tuple[tuple[Plugin, ...], tuple[Problem, ...]]:
    """The plugins of the smallest site with ``plugin``, and what is wrong with them; nothing is run or fetched."""
    with tempfile.TemporaryDirectory(prefix="callboard-test-") as base:
        _plugin_site(Path(base, "site"), plugin, given)
        site, problems = config.load(Path(base, "site"))
        plugins, found = discovery.find(site) if site else ((), ())
        return plugins, (*problems, *found)


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
    said = [dict(mount) for mount in given.mounts]
    needed = [{"plugin": name} for name in _needed(plugin) if name not in {mount["plugin"] for mount in said}]
    mounts = [*needed, *said, {"plugin": plugin.name, "options": dict(given.options)}]
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
