"""The pipeline, a stage a line: the only file that knows all stages."""

from __future__ import annotations

import difflib
import functools
import gc
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from callboard import __version__, config, discovery, output, yamlfile
from callboard.data import collect
from callboard.data.asking import recorded
from callboard.data.asking.recorded import Recorder
from callboard.data.cache import CacheStore, MemoryCache, opening
from callboard.data.cache.opening import STATE
from callboard.data.http import network
from callboard.data.store import Stores
from callboard.model.dataset import Data, SourceRun, State
from callboard.model.diagrams import DIAGRAMS, MERMAID, Draw
from callboard.model.effects import Effects, Reporter, Request, Response, Silent
from callboard.model.manifest import Plugin
from callboard.model.page import Theme
from callboard.model.problem import Place, Problem, Problems, Severity, ordered
from callboard.model.report import BuildReport, OutsideLink
from callboard.model.site import Site
from callboard.pages import inputs as made_from
from callboard.pages import routes
from callboard.pages import theme as themes
from callboard.plugin import Portal


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line says of one build. None is what ``site.yaml`` says."""

    output: Path | None = None
    strict: bool | None = None
    offline: bool = False
    refresh: str = ""
    """``*`` for all sources, or the name of one."""
    env: str = ""
    jobs: int | None = None
    recording: bool = True
    """Whether providers keep what they find in their databases; never with ``offline`` and ``replay``."""
    drafts: bool = False
    """Whether drafts are shown."""
    record: Path | None = None
    """The folder that all answers are written to which the build uses."""
    replay: Path | None = None
    """The folder of recorded answers that are asked instead of services, databases and commands."""


def effects(reporter: Reporter | None = None, environ: Mapping[str, str] | None = None) -> Effects:
    """The real clock (or SOURCE_DATE_EPOCH), network, disk and, if none is given, no screen."""
    from callboard.data.http.transport import HttpxTransport

    epoch = (os.environ if environ is None else environ).get("SOURCE_DATE_EPOCH", "")
    return Effects(lambda: _now(epoch), HttpxTransport(), output.DiskWriter(), reporter or Silent())


def build(target: Path, settings: Settings, effects: Effects) -> BuildReport:
    """Builds the site. Never raises for a mistake of the user or a fault of a service: ``problems`` of the report has them."""
    run = _Run(target, settings, effects)
    with _undisturbed():
        return _build(run)


def _build(run: _Run) -> BuildReport:
    try:
        run.replay()
        with run.stage("config"):
            site = run.load_site()
        with run.stage("plugins"):
            plugins, theme = run.find_plugins(site)
        if run.erroneous or theme is None:
            run.examine(site, plugins, theme)
            return run.report()
        with _cache(site, run) as cache:
            with run.stage("data"):
                data = run.collect(site, plugins, cache)
            return run.publish(site, plugins, theme, data, cache)
    except Problems as stopped:
        run.problems += stopped.items
    except output.Refused as refused:
        run.problems.append(refused.problem)
    except OSError as error:
        run.problems.append(_disk_problem(error))
    return run.report()


def examine(target: Path, *, env: str = "") -> BuildReport:
    """Every problem that can be found without fetching or writing: what ``callboard check`` prints."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    run = _Run(target, Settings(env=env), Effects(lambda: _now(epoch), Closed(), Nowhere(), Silent()))
    try:
        site = run.load_site()
        plugins, theme = run.find_plugins(site)
        run.examine(site, plugins, theme)
    except Problems as stopped:
        run.problems += stopped.items
    return run.report()


Ask = Callable[[Site, CacheStore, Mapping[tuple[str, Place], None]], tuple[Sequence[OutsideLink], Sequence[Problem]]]
"""Asks for the links to other sites of a site, each with its place: what came of them, and problems."""


def examine_outside(target: Path, settings: Settings, effects: Effects, ask: Ask) -> BuildReport:
    """What ``examine`` finds, and what comes of the links to other sites, also of those in data that was fetched before."""
    run = _Run(target, replace(settings, recording=False, offline=True), effects)
    try:
        site = run.load_site()
        plugins, theme = run.find_plugins(site)
        if run.erroneous or theme is None:
            run.examine(site, plugins, theme)
            return run.report()
        with _cache(site, run) as cache:
            data = run.collect(site, plugins, cache)
            # Nobody was to be asked for data.
            run.problems = [problem for problem in run.problems if problem.code not in ("failed-source", "stale-source")]
            run.known["links"], found = ask(site, cache, run.looked_at(site, plugins, theme, data, gathering=True))
            run.problems += found
    except Problems as stopped:
        run.problems += stopped.items
    return run.report()


def portal(target: Path, settings: Settings, effects: Effects) -> tuple[Portal | None, tuple[Problem, ...]]:
    """The data of a site as its files and commands see it, and all problems; None if there are errors. Nothing is written."""
    run = _Run(target, replace(settings, recording=False), effects)
    found: Portal | None = None
    with _undisturbed():
        try:
            site = run.load_site()
            plugins, _ = run.find_plugins(site)
            run.stop_on_errors()
            with _cache(site, run) as cache:
                found = routes.portal(site, plugins, run.collect(site, plugins, cache))
        except Problems as stopped:
            run.problems += stopped.items
    return found, ordered(run.problems)


class Closed:
    """A network that is not there: ``check`` fetches nothing."""

    def send(self, request: Request) -> Response:
        """Refuses."""
        raise OSError(f"check fetches nothing, also not {request.url}")

    def close(self) -> None:
        """Nothing was open."""


class Nowhere:
    """A disk that takes nothing: ``check`` writes nothing."""

    def write(self, path: Path, content: bytes) -> None:
        """Refuses."""
        raise OSError(f"check writes nothing, also not {path.name} ({len(content)} bytes)")

    def replace(self, source: Path, target: Path) -> None:
        """Refuses."""
        raise OSError(f"check renames nothing, also not {source.name} to {target.name}")

    exchange = replace


@dataclass(slots=True)
class _Run:
    """One build as it goes on: what was found so far, and how long each stage took."""

    target: Path
    settings: Settings
    effects: Effects
    problems: list[Problem] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    begun: float = field(default_factory=time.perf_counter)
    started: datetime = datetime.fromtimestamp(0, UTC)
    known: dict[str, Any] = field(default_factory=dict)
    """Fields of the report, as they become known."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times a stage."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.timings[name] = self.timings.get(name, 0.0) + time.perf_counter() - begun

    def replay(self) -> None:
        """With ``--replay``, a network that knows the recorded answers only."""
        folder = self.settings.replay
        if folder is None:
            return
        try:
            answers = recorded.read(folder)
        except FileNotFoundError as error:
            name = Path(error.filename).name
            what = f'there is no file "{name}" in the folder of recorded answers.'
            mend = "Name a folder that callboard build --record has written."
            raise Problems((Problem("missing-file", what, Place(str(folder)), "--replay", mend),)) from None
        except (yamlfile.Malformed, ValueError) as error:
            what = f"the recorded answers cannot be read: {getattr(error, 'what', error)}"
            raise Problems(
                (Problem("bad-yaml", what, Place(str(folder / recorded.INDEX)), "--replay", "Record them again."),)
            ) from None
        self.effects = replace(self.effects, http=recorded.Replay(answers))
        self.settings = replace(self.settings, recording=False)

    def load_site(self) -> Site:
        """The site; every problem of its files."""
        self.started = self.effects.clock()
        site, found = config.load(self.target, env=self.settings.env)
        self.problems += found
        if site is None:
            raise Problems(())
        if self.settings.strict is not None:
            build = site.spec.build.model_copy(update={"strict": self.settings.strict})
            site = replace(site, spec=site.spec.model_copy(update={"build": build}))
        self.known["strict"] = site.spec.build.strict
        self.known |= {"title": site.spec.site.title, "output": os.path.relpath(_output(site, self.settings), site.root)}
        return site

    def find_plugins(self, site: Site) -> tuple[tuple[Plugin, ...], Theme | None]:
        """The mounted plugins that are sound, and the theme."""
        plugins, found = discovery.find(site)
        theme, amiss = themes.load(site)
        self.problems += [*found, *amiss, *network.problems(site), *opening.problems(site)]
        self.known["plugins"] = {plugin.id: f"{plugin.name} ({plugin.origin})" for plugin in plugins}
        return plugins, theme

    def examine(self, site: Site, plugins: Sequence[Plugin], theme: Theme | None) -> None:
        """Looks on for problems after there were errors (or for ``check``): data files and pages, nothing fetched or written."""
        unseen = replace(self.effects, reporter=Silent())
        data = collect.run(plugins, site, unseen, cache=MemoryCache(), now=self.started, check=True)
        mounts = data.mounts.values()
        self.known["files"] = tuple(file for mount in mounts for file in mount.files)
        self.problems += [problem for mount in mounts for problem in mount.problems]
        self.problems += routes.check(plugins, data)
        if theme is not None:
            self.looked_at(site, plugins, theme, data)

    def looked_at(
        self, site: Site, plugins: Sequence[Plugin], theme: Theme, data: Data, *, gathering: bool = False
    ) -> Mapping[tuple[str, Place], None]:
        """Makes all pages and keeps none: their problems, and their links to other sites if those are gathered."""
        from callboard.pages import portal

        unseen = replace(self.effects, reporter=Silent())
        inputs = made_from.Inputs(site, plugins, theme, data, "", self.started, reproducible=True)
        jobs = site.spec.build.jobs or os.cpu_count() or 1
        made = portal.make(
            inputs,
            known={},
            stage=_drop,
            jobs=jobs,
            reporter=unseen.reporter,
            absent=_unsound(site, plugins),
            gathering=gathering,
        )
        self.problems += made.problems
        self.known |= {"pages": made.pages, "routes": made.routes}
        return made.outside

    def collect(self, site: Site, plugins: Sequence[Plugin], cache: CacheStore) -> Data:
        """The data of all mounts; collisions that local files show are refused before anything is fetched."""
        run = functools.partial(collect.run, site=site, effects=self.effects, cache=cache, now=self.started)
        local = run(collect.local(plugins))
        self.problems += routes.check(plugins, local)
        self.stop_on_errors()
        stores, settings = Stores(site, offline=self.settings.offline), self.settings
        recorder = Recorder(settings.record) if settings.record else None
        try:
            data = run(
                plugins,
                known=local,
                offline=settings.offline,
                refresh=settings.refresh,
                recording=settings.recording,
                drafts=settings.drafts,
                stores=stores,
                recorder=recorder,
            )
        finally:
            stores.close()  # before pages are drawn: processes that are made then inherit no connection
            self.problems += stores.problems
        if recorder is not None:
            recorder.finish()
        mounts = data.mounts.values()
        self.known["sources"] = tuple(run for mount in mounts for run in mount.runs)
        self.known["files"] = tuple(file for mount in mounts for file in mount.files)
        self.problems += [problem for m in mounts for problem in m.problems]
        self.problems += [*unanswered(plugins, data), *unknown_source(self.settings.refresh, data), *cache.problems]
        return data

    def publish(self, site: Site, plugins: Sequence[Plugin], theme: Theme, data: Data, cache: CacheStore) -> BuildReport:
        """The pages, and the output folder as a whole."""
        root, folder = site.root, _output(site, self.settings)
        with output.Publication(folder, root / STATE, self.effects.writer, root=root, wait=self.wait) as publication:
            inputs = made_from.Inputs(
                site, plugins, theme, data, commit(root), self.started, _reproducible(), discovery.unmounted(site)
            )
            key = made_from.key(inputs)
            if publication.key == key and (kept := made_from.unchanged(inputs, publication.memo)):
                size = sum(entry.size for entry in publication.previous.values())
                return self.ended(site, kept.problems, written=True, size=size, **kept.counts)
            # Drawing is imported only when there is something to draw: a third of the time of a build without changes.
            from callboard.pages import portal

            with self.stage("pages"):
                made = portal.make(
                    inputs,
                    known={file: (entry.fingerprint, entry.note) for file, entry in publication.previous.items()},
                    stage=lambda file, content: output.stage_file(publication.stage, file, content),
                    jobs=self.settings.jobs or site.spec.build.jobs or os.cpu_count() or 1,
                    reporter=self.effects.reporter,
                    read=functools.partial(_read, publication, folder),
                    memo=publication.memo,
                    search=root / STATE / "search.sqlite" if site.spec.search else None,
                    draw=self.draw(site, theme, cache),
                    others=[(one.name, one.title, one.summary) for one in discovery.available(site) if not one.mounts],
                )
            self.problems += made.problems
            self.stop_on_errors()
            if site.spec.build.strict and self.problems:
                raise Problems(())
            self.known |= {"pages": made.pages, "rendered": made.rendered, "routes": made.routes}
            report = self.report()
            made.finish(report, self.timings)
            with self.stage("output"):
                published = publication.publish(made.files, staged=made.staged, key=key, memo=made.memo())
            counts = {"pages": made.pages, "rendered": made.rendered, "routes": made.routes}
            return self.ended(site, (), written=True, removed=published.removed, size=published.size, **counts)

    def draw(self, site: Site, theme: Theme, cache: CacheStore) -> Draw | None:
        """What draws the site's diagrams; None if nothing does."""
        if not any(site.spec.diagrams.draws(kind) for kind in DIAGRAMS):
            return None
        from callboard.data.diagrams import Drawing

        mermaid = next((file for folder in theme.folders if (file := folder / MERMAID).is_file()), None)
        heard: list[SourceRun] = []
        return Drawing(site, self.effects.http, cache, self.started, self.settings.offline, mermaid, heard.append).draw

    @property
    def erroneous(self) -> bool:
        """Whether there are errors so far."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def stop_on_errors(self) -> None:
        """Nothing is published while there are errors."""
        if self.erroneous:
            raise Problems(())

    def wait(self, message: str) -> None:
        """Another build holds the output."""
        self.effects.reporter.note(message)

    def ended(self, site: Site, problems: Iterable[Problem], **fields: Any) -> BuildReport:
        """The report of a build that reached its end."""
        self.problems += problems
        if site.spec.build.strict and self.problems:
            fields["written"] = False
        self.known |= fields
        return self.report()

    def report(self) -> BuildReport:
        """What is known now."""
        known = dict(self.known)
        return BuildReport(
            title=known.pop("title", ""),
            version=__version__,
            started=self.started,
            problems=ordered(self.problems),
            seconds=time.perf_counter() - self.begun,
            timings=dict(self.timings),
            commit=commit(self.target if self.target.is_dir() else self.target.parent),
            **known,
        )


def _unsound(site: Site, plugins: Sequence[Plugin]) -> list[str]:
    """The paths of mounts that have problems of their own: what leads to them is right once those are mended."""
    sound = {(plugin.name, plugin.path) for plugin in plugins}
    return [mount.path for mount in discovery.all_mounts(site) if (mount.spec.plugin, mount.path) not in sound]


def _read(publication: output.Publication, folder: Path, file: str) -> bytes | None:
    """A file that was just made, or that is published and stays."""
    for place in (publication.stage, folder):
        with suppress(OSError):
            return (place / file).read_bytes()
    return None


def _drop(file: str, content: bytes) -> None:
    """Where pages go that are only looked at."""


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without garbage collection: a build makes many small values that live to its end, and looking at them takes a third of it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def _cache(site: Site, run: _Run) -> Iterator[CacheStore]:
    # Pruned by the build's own clock: with SOURCE_DATE_EPOCH every answer would be older than the machine's allows.
    cache: CacheStore = MemoryCache() if run.settings.replay else opening.opened(site, now=run.started.timestamp)
    try:
        yield cache
        cache.prune(opening.keep(site))
    finally:
        run.problems += cache.problems
        cache.close()
        run.effects.http.close()


def unknown_source(refresh: str, data: Data) -> list[Problem]:
    """A warning if ``--refresh`` names a source that no mount has."""
    known = sorted({run.origin.name for mount in data.mounts.values() for run in mount.runs})
    if refresh in ("", "*") or refresh in known:
        return []
    close = difflib.get_close_matches(refresh, known, 1)
    mend = f'Did you mean "{close[0]}"?' if close else f"Known are {', '.join(known) or 'none'}."
    what = f'there is no source "{refresh}" to refresh.'
    return [Problem("unknown-source", what, Place("command line"), "--refresh", mend, Severity.WARNING)]


_ANSWERED: Final = {
    "http": ("did not answer", "service"),
    "sql": ("did not answer", "database"),
    "command": ("failed", "command"),
}
"""What a failure of an origin of each kind is called, and what to look at; files and providers have problems of their own."""


def unanswered(plugins: Sequence[Plugin], data: Data) -> list[Problem]:
    """A warning for each source that is stale or failed, so that ``--strict`` stops on it; a failed provider has its own."""
    by_id = {plugin.id: plugin for plugin in plugins}
    found: dict[tuple[str, str, State], Problem] = {}
    for mount in data.mounts.values():
        for origin in mount.origins:
            # One line a service: its first reason, not that it was not asked again after three failures.
            if (
                (mount.mount, origin.label, origin.state) in found
                or origin.kind not in _ANSWERED
                or origin.state not in (State.STALE, State.FAILED)
            ):
                continue
            stale = origin.state is State.STALE
            since = f"; shown is its answer of {origin.as_of:%Y-%m-%d %H:%M} UTC" if stale and origin.as_of else ""
            verb, named = _ANSWERED[origin.kind]
            what = f"{origin.label} {verb} ({origin.error or 'no reason given'}){since}."
            place = by_id[mount.mount].mount_place
            mend = f"Check the {named}; the next build asks again."
            code = "stale-source" if stale else "failed-source"
            found[mount.mount, origin.label, origin.state] = Problem(
                code, what, place, origin.name, mend, Severity.WARNING, mount.mount
            )
    return list(found.values())


def _output(site: Site, settings: Settings) -> Path:
    return settings.output.absolute() if settings.output else site.root / site.spec.build.output


def _now(epoch: str) -> datetime:
    if not epoch:
        return datetime.now(UTC).replace(microsecond=0)
    if not re.fullmatch(r"\d{1,11}", epoch):
        what = f'SOURCE_DATE_EPOCH wants seconds since 1970 as a whole number, got "{epoch}".'
        raise Problems((Problem("wrong-value", what, Place("environment"), mend="Unset it, or set it to such a number."),))
    return datetime.fromtimestamp(int(epoch), UTC)


def _reproducible() -> bool:
    return bool(os.environ.get("SOURCE_DATE_EPOCH"))


def _disk_problem(error: OSError) -> Problem:
    name = Path(error.filename).name if isinstance(error.filename, (str, os.PathLike)) else "the output"
    what = f"{name} could not be written: {error.strerror or error}. The published site is as it was."
    if isinstance(error, (NotADirectoryError, FileExistsError)):
        return Problem("disk", what, Place("output"), mend=f"Remove or rename the file that stands where {name} should be.")
    return Problem("disk", what, Place("output"), mend="Make room or mend the permissions, and build again.")


def commit(root: Path) -> str:
    """The commit that is checked out at ``root`` ("" outside a git checkout), read without running git."""
    for folder in (root.resolve(), *root.resolve().parents):
        head = folder / ".git" / "HEAD"
        if head.is_file():
            return _resolve_head(folder / ".git", head.read_text(encoding="utf-8", errors="replace").strip())
    return ""


def _resolve_head(git: Path, head: str) -> str:
    if not head.startswith("ref: "):
        return head if re.fullmatch(r"[0-9a-f]{40,64}", head) else ""
    name = head[5:]
    loose, packed = git / name, git / "packed-refs"
    if re.fullmatch(r"refs/[\w./-]+", name) and ".." not in name and loose.is_file():
        return loose.read_text(encoding="utf-8").strip()
    lines = packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else []
    return next((line.split(" ")[0] for line in lines if line.endswith(f" {name}")), "")
