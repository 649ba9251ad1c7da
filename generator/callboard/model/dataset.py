"""Dataset: what a provider gave, with where it came from and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from callboard.model.entity import Entity, Graph
from callboard.model.problem import Place, Problem

Record = dict[str, Any]
"""One item of a Dataset: plain JSON data (dict, list, str, int, float, bool, None)."""


class State(StrEnum):
    """How an origin answered this time."""

    OK = "ok"
    """Read or fetched now, or cached within its time to live."""
    STALE = "stale"
    """The service failed; this is its last good answer, older than its time to live."""
    FAILED = "failed"
    """Nothing to show, not even an old answer."""
    SKIPPED = "skipped"
    """Not asked: ``check`` fetches nothing."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where records came from and how old they are: the provenance line and the build report are made of this."""

    name: str
    """The source's name in the manifest, or the provider's own word for it."""
    kind: str
    """``file`` or ``http``."""
    label: str
    """What readers see: ``content/oncall.yaml`` or ``api.github.com``."""
    state: State = State.OK
    as_of: datetime | None = None
    """When a service gave this answer (UTC, whole seconds). None for local files: they are as of the build itself."""
    href: str = ""
    """A link for readers; never holds credentials or a query."""
    place: Place | None = None
    error: str = ""
    """Why it is stale or failed: a sentence without secrets, such as ``503 Service Unavailable``."""
    ttl: float | None = None
    """Seconds that an answer counts as fresh."""
    digest: str = ""
    """SHA-256 (hex) of the content."""
    size: int = 0
    """Bytes of a service's answer."""


@dataclass(frozen=True, slots=True)
class SourceRun:
    """How loading one origin went this time: for progress and the build report, never for a page's fingerprint."""

    mount: str
    origin: Origin
    outcome: str
    """``read``, ``cached``, ``fetched``, ``revalidated``, ``stale``, ``failed`` or ``skipped``."""
    seconds: float = 0.0
    tries: int = 0
    size: int = 0
    records: int = 0


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read: how many records or entities of it were taken, and how many were left out."""

    file: str
    accepted: int
    rejected: int = 0


class Dataset:
    """Named lists of records, and entities: ``Dataset(runs=[...], entities=[...])``.

    ``origins`` says where all of it came from, ``problems`` what was left out and why, ``files`` which files were read.
    """

    __slots__ = ("entities", "files", "lists", "origins", "problems")

    def __init__(
        self,
        *,
        entities: Iterable[Entity] = (),
        origins: Iterable[Origin] = (),
        problems: Iterable[Problem] = (),
        files: Iterable[InputFile] = (),
        **lists: Sequence[Any],
    ) -> None:
        self.entities: tuple[Entity, ...] = tuple(entities)
        self.origins: tuple[Origin, ...] = tuple(origins)
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.files: tuple[InputFile, ...] = tuple(files)
        self.lists: Mapping[str, list[Any]] = {name: list(records) for name, records in lists.items()}

    def __getitem__(self, name: str) -> list[Any]:
        return self.lists[name]

    def __contains__(self, name: object) -> bool:
        return name in self.lists


def joined(datasets: Sequence[Dataset]) -> Dataset:
    """Several as one, lists of one name end to end; a single one as it is."""
    if len(datasets) == 1:
        return datasets[0]
    whole = Dataset(
        entities=[entity for one in datasets for entity in one.entities],
        origins=[origin for one in datasets for origin in one.origins],
        problems=[problem for one in datasets for problem in one.problems],
        files=[file for one in datasets for file in one.files],
    )
    names = dict.fromkeys(name for one in datasets for name in one.lists)
    whole.lists = {name: [record for one in datasets for record in one.lists.get(name, ())] for name in names}
    return whole


@dataclass(frozen=True, slots=True)
class MountData:
    """What one mount's provider gave this time. ``dataset`` is read only when a page needs it: a no-op build does not."""

    mount: str
    digest: str
    """Changes whenever anything that a page may show of it changes."""
    load: Callable[[], Dataset] = field(compare=False)
    error: str = ""
    """Why the provider failed (a sentence); its pages say so."""
    unset: str = ""
    """Which option it lacks to have anything to show (a sentence); readers do not see it, but on ``/-/plugins/``."""
    origins: tuple[Origin, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: tuple[InputFile, ...] = ()
    runs: tuple[SourceRun, ...] = ()

    @property
    def dataset(self) -> Dataset:
        """The records."""
        return self.load()


@dataclass(frozen=True, slots=True)
class Data:
    """All datasets of a build, by mount, and the Graph of all entities (made on first use)."""

    mounts: Mapping[str, MountData]
    graph: Callable[[], tuple[Graph, tuple[Problem, ...]]]
    digest: str
    seconds: float = 0.0
