"""What the tests of the catalog share: its kinds, and a small Context on a real folder."""

import hashlib
import importlib
import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from callboard import paths, yamlfile
from callboard.data import filling
from callboard.data.asking.client import Client
from callboard.data.cache import MemoryCache
from callboard.data.http.service import Limits
from callboard.data.http.transport import HttpxTransport
from callboard.model.entity import Kind, RelationField
from callboard.model.manifest import Manifest
from callboard.model.problem import Place, Problem, Severity
from callboard.model.shown import KindSpec
from callboard.plugin import Dataset, FetchError, File

FOLDER = Path(__file__).parent.parent


class Code:
    """The plugin's modules, loaded under a name of their own: ``code.checker``."""

    def __getattr__(self, name: str) -> ModuleType:
        found = next((file for file in FOLDER.rglob(f"{name}.py") if "tests" not in file.parts), None)
        if found is None:
            raise AttributeError(name)
        if "catalog_plugin" not in sys.modules:
            spec = importlib.util.spec_from_file_location(
                "catalog_plugin", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
            )
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
        return importlib.import_module(".".join(("catalog_plugin", *found.relative_to(FOLDER).with_suffix("").parts)))


def declared_kinds() -> dict[str, Kind]:
    manifest = Manifest.model_validate(yamlfile.load((FOLDER / "plugin.yaml").read_text(), "plugin.yaml")[0])
    found = {}
    for name in manifest.kinds:
        spec = KindSpec.model_validate(yamlfile.load((FOLDER / name).read_text(), name)[0])
        relations = tuple(RelationField(r.field, r.type, r.reverse, r.kind, r.title, r.reverse_title) for r in spec.relations)
        found[spec.name.lower()] = Kind(
            spec.name,
            spec.plural,
            spec.icon,
            tuple(spec.api_versions),
            spec.entity,
            relations,
            tuple(spec.columns),
            Place(name, 1, 1),
        )
    return found


EVERY = [{"allow": [kind.name for kind in declared_kinds().values()]}]
"""Rules that let in every kind; a test of Backstage's default says ``rules=None``."""


class NoService:
    """A network without services."""

    def text(self, url: str, **_more: object) -> object:
        """Nobody answers."""
        raise FetchError(f"{url} gives no answer.")


class Forgetful:
    """A cache that keeps nothing."""

    def get(self, key: str) -> None:
        """Nothing."""

    def set(self, key: str, value: object) -> None:
        """Into the void."""


class FolderContext:
    """A Context whose site is a folder; what the core would report about files is in ``problems``."""

    def __init__(self, root: Path, kinds: dict[str, Kind], http: object = None) -> None:
        self.root, self.kinds, self.http, self.cache = root, kinds, http or NoService(), Forgetful()
        self.problems: list[Problem] = []
        self.lines: list[str] = []
        self.sources, self.entities, self.datasets, self.mount = {}, (), {}, "catalog"
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def files(self, pattern: str, *, place: Place | None = None):
        """What a path or glob names."""
        root, found = paths.find(self.root, pattern)
        for path in found:
            name = paths.shown(self.root, path)
            try:
                content = paths.read(root, path, limit=2_000_000)
            except paths.Refused as refused:
                self.problems.append(Problem("refused-file", refused.what, Place(name), severity=Severity.WARNING))
            else:
                yield File(name, content, hashlib.sha256(content).hexdigest())

    def place(self, option: str) -> Place:
        """Always the same line."""
        return Place("site.yaml", 3, 1)

    def log(self, message: str) -> None:
        """Lines of the build's log."""
        self.lines.append(message)


def beside(name: str) -> ModuleType:
    """A module of this folder, which is no package on the path."""
    known = f"catalog_tests_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, Path(__file__).with_name(f"{name}.py"))
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


@pytest.fixture
def service():
    """A real service on this machine that answers with what was recorded."""
    with beside("loopback").serving() as loopback:
        yield loopback


@pytest.fixture(scope="session")
def transport():
    """The real network."""
    made = HttpxTransport()
    yield made
    made.close()


@pytest.fixture
def online(code, kinds, tmp_path, transport):
    """``online(options)`` → what ``provide`` gives, with a client that keeps its answers in one cache: a build an hour after the other.

    It may ask the hosts that the options name, as in a build.
    """
    cache, builds, runs = MemoryCache(), count(), []

    def run(options: dict, *, files: dict[str, str] | None = None, **changed: object) -> SimpleNamespace:
        for name, text in (files or {}).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        model = code.provider.Options.model_validate(options)
        plugin = SimpleNamespace(manifest=SimpleNamespace(options="x", sources={}, hosts=()), options=dict(model))
        runs.clear()
        said = {
            "now": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=next(builds)),
            "limits": Limits(deadline=5),
            "ttl": 900.0,
            "stale": 7 * 86_400.0,
            "sleep": lambda seconds: None,
            "secrets": filling.secrets(plugin.options),
            "hosts": filling.hosts(plugin),
            "report": runs.append,
        }
        context = FolderContext(tmp_path, kinds, Client(transport, cache, namespace="c", mount="c", **(said | changed)))
        dataset = code.provider.Catalog().provide(model, context)
        return SimpleNamespace(
            dataset=dataset,
            refs=sorted(str(entity.ref) for entity in dataset.entities),
            entities={str(entity.ref): entity for entity in dataset.entities},
            texts=[problem.text for problem in sorted(dataset.problems, key=lambda p: p.order)],
            log=context.lines,
            runs=list(runs),
        )

    run.cache = cache
    return run


@pytest.fixture(scope="session")
def code() -> Code:
    return Code()


@pytest.fixture(scope="session")
def kinds() -> dict[str, Kind]:
    return declared_kinds()


@pytest.fixture(scope="session")
def dataset_of(code: Code, kinds: dict[str, Kind]):
    """``dataset_of(folder, locations=[…])`` → its dataset."""

    def run(folder: Path, **options: object) -> Dataset:
        given = code.provider.Options.model_validate({"rules": EVERY} | options)
        return code.provider.Catalog().provide(given, FolderContext(folder, kinds))

    return run


@pytest.fixture
def provide(code: Code, kinds: dict[str, Kind], tmp_path: Path):
    """``provide({"a.yaml": "…"}, locations=[…])`` → the dataset of a site with those files; ``.refused`` is what the core reports."""

    def run(
        files: dict[str, str], *, root: Path | None = None, http: object = None, cache: object = None, **options: object
    ) -> SimpleNamespace:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        context = FolderContext(root or tmp_path, kinds, http)
        context.cache = cache or context.cache
        dataset: Dataset = code.provider.Catalog().provide(
            code.provider.Options.model_validate({"rules": EVERY} | options), context
        )
        return SimpleNamespace(
            dataset=dataset,
            refs=sorted(str(entity.ref) for entity in dataset.entities),
            texts=[problem.text for problem in sorted(dataset.problems, key=lambda p: p.order)],
            refused=[problem.text for problem in context.problems],
            log=context.lines,
        )

    return run
