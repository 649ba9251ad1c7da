"""Runs sources and providers, isolated and in parallel, in the order of their ``needs``."""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from callboard import __version__
from callboard.data import encoding, graph, metrics, sources
from callboard.data.asking.client import Client
from callboard.data.asking.recorded import Recorder
from callboard.data.cache import CacheStore
from callboard.data.context import FILE_LIMIT, MountContext, Needed
from callboard.data.http import network
from callboard.data.http.pace import Pace
from callboard.data.redact import Redactor
from callboard.data.runs import merged, raised
from callboard.data.store import Stores
from callboard.model import duration
from callboard.model.dataset import Data, Dataset, MountData, Origin, SourceRun, State
from callboard.model.effects import Effects
from callboard.model.entity import Graph, Kind
from callboard.model.manifest import Plugin
from callboard.model.network import Network
from callboard.model.problem import Problem, Severity
from callboard.model.secret import Secret
from callboard.model.site import Site
from callboard.plugin import FetchError, NotConfigured, StoreError

_THREADS = 8
"""Providers mostly wait for services, so more of them than cores."""


@dataclass(frozen=True, slots=True)
class Run:
    """What all mounts of one run share."""

    site: Site
    effects: Effects
    cache: CacheStore
    now: datetime
    kinds: Mapping[str, Kind]
    offline: bool = False
    refresh: str = ""
    check: bool = False
    recording: bool = False
    drafts: bool = False
    stores: Stores | None = None
    pace: Pace = field(default_factory=Pace)
    network: Network = Network()
    recorder: Recorder | None = None


def run(
    plugins: Sequence[Plugin],
    site: Site,
    effects: Effects,
    *,
    cache: CacheStore,
    now: datetime,
    offline: bool = False,
    refresh: str = "",
    check: bool = False,
    recording: bool = False,
    drafts: bool = False,
    stores: Stores | None = None,
    recorder: Recorder | None = None,
    known: Data | None = None,
) -> Data:
    """The data of every mount.

    ``known`` holds mounts that were loaded before (``local``). A provider that fails costs its own mount only. ``check`` fetches
    nothing; ``refresh`` is "", ``*`` or the name of one source. With ``recording``, providers may keep what they find in ``stores``;
    with ``recorder``, all answers that are used are written.
    """
    started = time.perf_counter()
    keeps = recording and not offline
    pace, way = _pace(site), network.resolved(site)
    shared = Run(site, effects, cache, now, _kinds(plugins), offline, refresh, check, keeps, drafts, stores, pace, way, recorder)
    mounts = dict(known.mounts) if known else {}
    _run_all(plugins, mounts, shared)
    ordered = {plugin.id: mounts[plugin.id] for plugin in plugins}
    return _joined(ordered, shared, time.perf_counter() - started)


def _pace(site: Site) -> Pace:
    said = site.spec.network
    return Pace(said.rate, total=network.total(site))


def local(plugins: Sequence[Plugin]) -> list[Plugin]:
    """The mounts whose data is files of the site alone: their routes are known before anything is fetched."""
    return [p for p in plugins if not p.code and all(source.file for source in p.manifest.sources.values())]


def _kinds(plugins: Iterable[Plugin]) -> dict[str, Kind]:
    return {kind.name.lower(): kind for plugin in plugins for kind in plugin.kinds}


def _joined(mounts: Mapping[str, MountData], shared: Run, seconds: float) -> Data:
    @functools.cache
    def whole() -> tuple[Graph, tuple[Problem, ...]]:
        entities = [entity for mount in mounts.values() for entity in mount.dataset.entities]
        return graph.build(entities, shared.kinds, read=functools.partial(_text, shared.site.root))

    kinds = repr(sorted(shared.kinds.items()))
    marks = json.dumps([[name, mount.digest] for name, mount in mounts.items()]) + kinds
    return Data(mounts, whole, hashlib.sha256(marks.encode()).hexdigest(), seconds)


def _text(root: Path, file: str) -> str | None:
    path = root / file
    if not path.is_file() or path.stat().st_size > FILE_LIMIT:
        return None
    return path.read_text(encoding="utf-8-sig", errors="replace")


def _run_all(plugins: Sequence[Plugin], mounts: dict[str, MountData], shared: Run) -> None:
    by_id = {plugin.id: plugin for plugin in plugins if plugin.id not in mounts}
    shared.effects.reporter.sources(len(by_id))
    sorter: TopologicalSorter[str] = TopologicalSorter(
        {plugin.id: {other.id for other in by_id.values() if other.name in plugin.needs} for plugin in by_id.values()}
    )
    sorter.prepare()
    running: dict[Future[MountData], str] = {}
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="provider") as pool:
        while sorter.is_active():
            for name in sorter.get_ready():
                others = [(by, mounts[by.id]) for by in plugins if by.name in by_id[name].needs]
                running[pool.submit(_mount, by_id[name], others, shared)] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                mounts[name] = future.result()
                shared.effects.reporter.mount(name)
                sorter.done(name)


def _mount(plugin: Plugin, others: Sequence[tuple[Plugin, MountData]], shared: Run) -> MountData:
    runs: list[SourceRun] = []

    def report(done: SourceRun) -> None:
        runs.append(done)
        shared.effects.reporter.source(done)

    client = _client(plugin, shared, report)
    load = functools.partial(
        sources.load,
        plugin=plugin,
        site_root=shared.site.root,
        client=client,
        cache=shared.cache,
        check=shared.check,
        allowed=sources.allowed(shared.site),
    )
    loaded = sources.each(plugin.manifest.sources, load)
    for one in loaded.values():
        for done in one.runs:
            report(done)
    declared = Dataset(
        origins=[origin for one in loaded.values() for origin in one.origins],
        problems=[replace(problem, plugin=plugin.id) for one in loaded.values() for problem in one.problems],
        files=[file for one in loaded.values() for file in one.files],
        **{name: one.records for name, one in loaded.items()},
    )
    if plugin.code is None:
        return _kept(plugin, declared, runs=runs, content=encoding.encode(declared), made=declared)
    struck = Redactor(sources.secrets(plugin.options)).struck
    context = MountContext(
        plugin,
        shared.site.root,
        http=client,
        now=shared.now,
        sources=declared.lists,
        needed=Needed((other.name, mount) for other, mount in others),
        kinds=shared.kinds,
        cache=shared.cache,
        db=functools.partial((shared.stores or Stores(shared.site, check=True)).of, plugin),
        recording=shared.recording,
        drafts=shared.drafts,
        measured=functools.partial(metrics.measured, others, shared.cache),
        log=lambda message: shared.effects.reporter.note(struck(message)),
    )
    return _provided(plugin, declared, context, shared, runs, report)


def _client(plugin: Plugin, shared: Run, report: Callable[[SourceRun], None]) -> Client:
    cache = plugin.manifest.cache
    return Client(
        shared.effects.http,
        shared.cache,
        namespace=plugin.name,
        mount=plugin.id,
        hosts=sources.hosts(plugin),
        now=shared.now,
        offline=shared.offline or shared.check,
        refresh=shared.refresh,
        ttl=duration.seconds(cache.ttl),
        stale=duration.seconds(cache.stale),
        said=cache.model_fields_set,
        pace=shared.pace,
        network=shared.network,
        report=report,
        secrets=sources.secrets(plugin.options),
        asks=not shared.check,
        recorder=shared.recorder,
    )


def _provided(
    plugin: Plugin,
    declared: Dataset,
    context: MountContext,
    shared: Run,
    runs: list[SourceRun],
    report: Callable[[SourceRun], None],
) -> MountData:
    """The provider's dataset: kept from an earlier build if nothing that it read has changed, else made now."""
    key = _key(plugin, declared, context, shared)
    if (kept := _from_before(key, plugin, declared, context, shared, runs, report)) is not None:
        return kept
    started, before = time.perf_counter(), len(runs)
    try:
        given = plugin.code().provide(_options(plugin), context)
        if not isinstance(given, Dataset):
            raise TypeError(f"provide() gave {type(given).__name__}, not a Dataset")
        content = encoding.encode(given)
    except NotConfigured as lacking:
        bare = Dataset(problems=declared.problems, files=declared.files)
        return _kept(plugin, bare, runs=runs, content=encoding.encode(bare), unset=str(lacking))
    except Exception as error:  # whatever a plugin does, the other plugins run on
        return _failed(plugin, declared, error, shared, runs)
    runs[before:] = merged(runs[before:])
    own = Dataset(origins=given.origins, problems=[*context.problems, *given.problems], files=given.files)
    dataset = _merged(declared, own, plugin)
    count = len(given.entities) or sum(map(len, given.lists.values()))
    told = {done.origin.name for done in runs}
    for origin in given.origins:
        if origin.name not in told:
            outcome = "read" if origin.state is State.OK else str(origin.state)
            report(SourceRun(plugin.id, origin, outcome, seconds=time.perf_counter() - started, records=count))
    if not context.live and not shared.check:
        noted = {"reads": context.reads, "meta": encoding.encode_meta(own), "records": count}
        shared.cache.set("dataset", key, json.dumps(noted).encode() + b"\n" + content)
    return _kept(plugin, dataset, runs=runs, content=content, made=given)


def _from_before(
    key: str,
    plugin: Plugin,
    declared: Dataset,
    context: MountContext,
    shared: Run,
    runs: list[SourceRun],
    report: Callable[[SourceRun], None],
) -> MountData | None:
    """The provider's dataset of an earlier build, if nothing that it read has changed since; its sources are as they are now."""
    kept = shared.cache.get("dataset", key)
    if kept is None:
        return None
    head, _, content = kept.partition(b"\n")
    noted = json.loads(head)
    if not context.unchanged(noted["reads"]):
        return None
    whole = _merged(declared, encoding.decode_meta(noted["meta"]), plugin)
    told = {done.origin.name for done in runs}
    for origin in whole.origins:
        if origin.name not in told:
            report(SourceRun(plugin.id, origin, "cached", records=noted["records"]))
    return _kept(plugin, whole, runs=runs, content=content)


def _options(plugin: Plugin) -> Any:
    from types import SimpleNamespace

    return plugin.option_model if plugin.option_model is not None else SimpleNamespace(**plugin.options)


def _merged(declared: Dataset, own: Dataset, plugin: Plugin) -> Dataset:
    """All that is known of a dataset's making: of its sources, as they are now, and of its provider, perhaps from an earlier build.

    Every figure says where it comes from: without origins, from its plugin.
    """
    origins = [*declared.origins, *own.origins] or [Origin(plugin.name, "file", plugin.title, place=plugin.mount_place)]
    problems = [*declared.problems, *own.problems]
    return Dataset(
        origins=origins,
        problems=[replace(problem, plugin=problem.plugin or plugin.id) for problem in problems],
        files=[*declared.files, *own.files],
    )


def _key(plugin: Plugin, declared: Dataset, context: MountContext, shared: Run) -> str:
    def mark(value: Any) -> str:
        return f"secret {value.digest}" if isinstance(value, Secret) else repr(value)

    options = plugin.option_model if plugin.option_model is not None else {k: mark(v) for k, v in sorted(plugin.options.items())}
    told = [
        __version__,
        plugin.id,
        plugin.path,
        plugin.digest,
        repr(options),
        context.datasets.digest,
        repr(sorted(shared.kinds.items())),
        shared.check,
        shared.drafts,
    ]
    return hashlib.sha256(repr(told).encode() + encoding.encode(declared)).hexdigest()


def _kept(
    plugin: Plugin,
    dataset: Dataset,
    *,
    runs: list[SourceRun],
    content: bytes,
    made: Dataset | None = None,
    error: str = "",
    unset: str = "",
) -> MountData:
    def shown(origin: Origin) -> list[Any]:
        return [origin.name, origin.label, origin.href, str(origin.state), str(origin.as_of), origin.error, str(origin.place)]

    digest = hashlib.sha256(content)
    digest.update(json.dumps([[shown(origin) for origin in dataset.origins], error, unset]).encode())

    @functools.cache
    def load() -> Dataset:
        return made if made is not None else encoding.decode(content, dataset)

    return MountData(
        plugin.id, digest.hexdigest(), load, error, unset, dataset.origins, dataset.problems, dataset.files, tuple(runs)
    )


def _failed(plugin: Plugin, declared: Dataset, error: Exception, shared: Run, runs: list[SourceRun]) -> MountData:
    if shared.check and isinstance(error, FetchError):
        skipped = Dataset(origins=declared.origins, problems=declared.problems, files=declared.files)
        return _kept(plugin, skipped, runs=runs, content=encoding.encode(skipped))
    what = Redactor(sources.secrets(plugin.options)).struck(
        str(error) if isinstance(error, (FetchError, StoreError)) else raised(plugin.folder, error)
    )
    problem = Problem(
        "provider-failed",
        f"the provider of {plugin.name} failed: {what.rstrip('.')}.",
        plugin.mount_place,
        mend="Its pages say so; the others are complete.",
        severity=Severity.WARNING,
        plugin=plugin.id,
    )
    origin = Origin(plugin.name, "provider", plugin.title, State.FAILED, place=plugin.mount_place, error=what)
    if not any(done.origin.state is State.FAILED for done in runs):
        runs.append(SourceRun(plugin.id, origin, "failed"))
    empty = Dataset(origins=[*declared.origins, origin], problems=[*declared.problems, problem], files=declared.files)
    return _kept(plugin, empty, runs=runs, content=encoding.encode(empty), error=what)
