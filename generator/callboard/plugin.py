"""The public API: all that a plugin author imports.

from callboard.plugin import Context, Dataset, Provider

class Builds(Provider[Options]):
    def provide(self, options: Options, context: Context) -> Dataset:
        return Dataset(runs=context.sources["runs"])
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from callboard.matter import FrontMatter, front_matter
from callboard.model import scm
from callboard.model.builds import build_figures
from callboard.model.dataset import Dataset, InputFile, Origin, Record, State
from callboard.model.duration import seconds, spent
from callboard.model.entity import Entity, EntityRef, Graph, Kind, Relation, RelationField
from callboard.model.lines import annotation, cut, safe, unordered
from callboard.model.lookup import fill, key_of, lookup, mapping, of_plugin, path_words, segment, words
from callboard.model.plot import days_apart, line_svg, plot_svg, polyline
from callboard.model.predicate import compiled, condition_faults, conditions, matches, paths_of
from callboard.model.problem import Marks, Place, Problem, Severity, dotted
from callboard.model.query import Query, holds
from callboard.model.related import related
from callboard.model.secret import Secret
from callboard.model.states import state_said, state_word
from callboard.model.store import Migrations, Store, StoreError
from callboard.model.together import side_by_side
from callboard.model.yamltext import yaml_text
from callboard.paths import Refused
from callboard.paths import find as find_files
from callboard.paths import read as read_file
from callboard.yamlfile import TAGGED, Document, Malformed, documents, load, locate

if TYPE_CHECKING:
    from pydantic import BaseModel

    from callboard.model import hosting
    from callboard.model.metric import Metric
    from callboard.model.source import Paging

Options = TypeVar("Options")
Form = TypeVar("Form", bound="BaseModel")

__all__ = [
    "TAGGED",
    "Answer",
    "Cache",
    "Call",
    "Change",
    "Context",
    "Dataset",
    "Document",
    "Entity",
    "EntityRef",
    "FetchError",
    "File",
    "FrontMatter",
    "Graph",
    "Host",
    "Http",
    "InputFile",
    "Kind",
    "LiveCall",
    "Malformed",
    "Marks",
    "Metric",
    "Migrations",
    "NotAsked",
    "NotConfigured",
    "Origin",
    "Paging",
    "Place",
    "Portal",
    "Problem",
    "Provider",
    "Published",
    "Query",
    "Record",
    "Refused",
    "Relation",
    "RelationField",
    "Reply",
    "Secret",
    "Severity",
    "State",
    "Store",
    "StoreError",
    "Tree",
    "annotation",
    "build_figures",
    "compiled",
    "condition_faults",
    "conditions",
    "cut",
    "days_apart",
    "documents",
    "dotted",
    "fill",
    "find_files",
    "front_matter",
    "holds",
    "hosting",
    "key_of",
    "line_svg",
    "load",
    "locate",
    "lookup",
    "mapping",
    "matches",
    "modelled",
    "of_plugin",
    "path_words",
    "paths_of",
    "plot_svg",
    "polyline",
    "read_file",
    "related",
    "safe",
    "scm",
    "seconds",
    "segment",
    "side_by_side",
    "spent",
    "state_said",
    "state_word",
    "unordered",
    "words",
    "yaml_text",
]

_MODELS = {"Metric": "metric", "Paging": "source"}
"""What needs pydantic is imported when it is first named: a command of a plugin starts in half the time without it."""


def __getattr__(name: str) -> Any:
    """One of the names that are not imported yet."""
    if name == "hosting":
        return import_module("callboard.model.hosting")
    if name not in _MODELS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"callboard.model.{_MODELS[name]}"), name)
    return found


class FetchError(Exception):
    """A service gave no usable answer and none was kept from before. Its text is a sentence without secrets."""


class NotConfigured(Exception):
    """The mount lacks an option without which there is nothing to show. Its text is a sentence that says which, for whoever writes
    ``site.yaml``: its cards are left out of all pages, it stands in no navigation, and ``/-/plugins/`` lists it.
    """


class NotAsked(FetchError):
    """``callboard check`` asks no service: a provider shows what it has without this answer, and reports nothing."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that a provider reads: its name as people see it (relative to the site's root) and its bytes."""

    name: str
    content: bytes
    digest: str
    """SHA-256 (hex) of the content."""

    @property
    def text(self) -> str:
        """The content as UTF-8 (a byte order mark is dropped). Raises UnicodeDecodeError."""
        return self.content.decode("utf-8-sig")


def modelled(file: File, model: type[Form]) -> tuple[Form | None, list[Problem], Marks]:
    """A YAML file of one document as a pydantic model: for what a mount's options may say in files of their own.

    With it come what is wrong with it, each at its line, in the words in which ``site.yaml`` is answered, and the places of all keys.
    The model is made of the valid parts; None if there is none.
    """
    from callboard import schema

    marks = Marks({}, Place(file.name, 1, 1))
    try:
        value, marks = load(file.text, file.name)
    except UnicodeDecodeError as error:
        what = f"the file is no UTF-8 text (byte {error.start})."
        return None, [Problem("bad-yaml", what, Place(file.name), mend="Save it as UTF-8.")], marks
    except Malformed as error:
        place = Place(file.name, error.line, error.column)
        return None, [Problem("bad-yaml", error.what, place, mend=error.mend)], marks
    found, problems = schema.validated(model, value, marks)
    return found, problems, marks


@dataclass(frozen=True, slots=True)
class Answer:
    """A parsed answer of a service, with its provenance."""

    value: Any
    origin: Origin
    headers: Mapping[str, str]
    complete: bool = True
    """False of a list that has more parts than were asked for."""


class Tree(NamedTuple):
    """The files of a folder, local or unpacked from an archive."""

    folder: str
    """Relative to the site's root; "" is the root itself."""
    digest: str
    """Of the archive's content; "" for a local folder, whose files say themselves whether they changed."""
    origin: Origin
    at: datetime | None = None
    """The time of the archive's newest file, which is that of its commit where a host of repositories packed it (UTC)."""


class Change(NamedTuple):
    """The last commit that changed a file."""

    at: str
    """ISO 8601 with its offset, as its author wrote it."""
    author: str
    commit: str


class Http(Protocol):
    """Cached, bounded HTTP for one mount: only its declared hosts, its own secrets, its own cache.

    Of both: ``name`` is the origin's name, ``ttl`` the seconds that an answer counts as fresh, ``stale`` the seconds that a last good
    answer may be old (else what the manifest says), ``timeout`` the seconds from the first try to the last byte (else 30). With
    ``absent``, 404 and 410 are answers too, with the value None: what may not be there is asked for with it. They raise FetchError if
    there is no answer, not even an old one; NotAsked in ``callboard check``.
    """

    def json(
        self,
        url: str,
        *,
        headers: Mapping[str, str | Secret] | None = None,
        name: str = "",
        body: Any = None,
        accept: Callable[[Any], Any] | None = None,
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        absent: bool = False,
    ) -> Answer:
        """GET and parse JSON; with ``body`` (plain data without secrets), POST it as JSON: for questions such as GraphQL's, since it
        is cached, and tried again, like a GET.

        ``accept`` is given what was parsed, and gives the value. Its ValueError (a sentence) says that the answer is unusable: it is
        not kept, and the last good one stands for it.
        """

    def text(
        self,
        url: str,
        *,
        headers: Mapping[str, str | Secret] | None = None,
        name: str = "",
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        absent: bool = False,
    ) -> Answer:
        """GET a text: UTF-8, or what the answer's charset says."""

    def file(
        self,
        url: str,
        *,
        headers: Mapping[str, str | Secret] | None = None,
        name: str = "",
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        limit: int | None = None,
        absent: bool = False,
    ) -> Answer:
        """GET bytes, at most ``limit`` of them (else 20 MB): an archive, an image."""

    def pages(
        self,
        url: str,
        *,
        by: Paging,
        items: str = "",
        most: int = 50,
        headers: Mapping[str, str | Secret] | None = None,
        name: str = "",
        ttl: float | None = None,
        stale: float | None = None,
        timeout: float | None = None,
        absent: bool = False,
    ) -> Answer:
        """GET a list that comes in parts, at most ``most`` of them; ``items`` is a JMESPath to the items of one (else it is a list).

        The value is all items, in order, with ``complete`` False if there are more parts. The list is one answer: if one part fails,
        the last good list stands. ``timeout`` is for each part; all of them may take four times as long. A part at another origin is
        asked for only if its host is declared, and without ``headers``.
        """


class Cache(Protocol):
    """Plain data that a plugin keeps between builds, by content: it may always be gone. A changed plugin starts with an empty one."""

    def get(self, key: str) -> Any:
        """What was kept under ``key``; None if nothing was."""

    def set(self, key: str, value: Any) -> None:
        """Keep plain JSON data."""


class Context(Protocol):
    """What a provider may use. Nothing else reaches it: no network, file or secret that was not declared."""

    @property
    def sources(self) -> Mapping[str, list[Any]]:
        """The records of the manifest's sources, by name."""

    @property
    def http(self) -> Http:
        """Cached HTTP."""

    @property
    def cache(self) -> Cache:
        """What this plugin keeps between builds."""

    @property
    def db(self) -> Store:
        """The plugin's own database, brought up to date by the manifest's migrations. A provider that uses it runs in every build.

        Raises StoreError if it cannot be used: the plugin's pages say so. NotAsked in ``callboard check``.
        """

    @property
    def recording(self) -> bool:
        """Whether what this build finds is kept for later ones: not in ``serve``, with ``--offline`` or ``--replay``, or for a command."""

    @property
    def drafts(self) -> bool:
        """Whether this build shows drafts: in ``callboard serve`` and with ``--drafts``."""

    @property
    def path(self) -> str:
        """Where the mount's pages begin: ``/radar/``."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The numbers that the manifests of the needed mounts declare, as of this build; none of mounts whose data is no news."""

    @property
    def entities(self) -> Sequence[Entity]:
        """The entities of the mounts that the manifest ``needs``."""

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """Their datasets, by plugin name."""

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """All entity kinds of the site, by lower-cased name."""

    @property
    def now(self) -> datetime:
        """The time of this build, in UTC. A provider that reads it runs again in every build."""

    @property
    def mount(self) -> str:
        """The id of this mount, for problems."""

    def files(self, pattern: str, *, place: Place | None = None) -> Iterator[File]:
        """The files that a path or glob relative to the site's root names, sorted; what leaves the pattern's own folder through a
        link is refused and reported. Reads are remembered: the provider runs again only when one of them changed.

        Problems (too large, not a file, a link out) are reported to the build by the context itself, at the file.
        """

    def tree(
        self,
        target: str,
        *,
        name: str,
        below: str = "",
        headers: Mapping[str, str | Secret] | None = None,
        ttl: float | None = None,
        stale: float | None = None,
    ) -> Tree:
        """The folder at ``target``: one relative to the site's root, or the address of an archive (zip, tar, tar.gz), fetched as with
        ``http`` and unpacked below ``.callboard/trees``: plain files only, at most 10,000 and 200 MB. A single folder at its top is
        the tree, and of that ``below`` if it is said. What it holds is read with ``files``. Raises FetchError; NotAsked in
        ``callboard check``.
        """

    def changes(self, folder: str) -> Mapping[str, Change]:
        """The last change of each file below ``folder`` (relative to the site's root) that git knows of, by the names that ``files``
        gives. Empty without git, outside of a repository, and in a shallow clone, whose history is a lie; the log says so.
        """

    def place(self, option: str, *key: str | int) -> Place:
        """Where an option, or a key inside of it, was said in ``site.yaml`` (the nearest of its parents, or the mount)."""

    def log(self, message: str) -> None:
        """A line for the build's log."""


class Portal(Protocol):
    """The data of a whole site, read only: what functions of a manifest's ``files``, and commands, are given."""

    @property
    def graph(self) -> Graph:
        """All entities and relations."""

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """The datasets of all mounts, by mount id."""

    @property
    def title(self) -> str:
        """The site's title."""

    @property
    def url(self) -> str:
        """Where the site is published, with a slash at its end; "" if it does not say."""

    @property
    def base_path(self) -> str:
        """The path that the site lies under: ``/`` or ``/portal/``."""

    @property
    def version(self) -> str:
        """Changes with the data."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found wrong with the data, of all mounts and of the relations."""

    def path(self, ref: str) -> str:
        """The page of an entity (a canonical reference), base path included; "" if it has none."""


class Call(NamedTuple):
    """A request to a live endpoint."""

    method: str
    path: str
    """Below the endpoint's prefix, decoded: ``/entities/by-query``."""
    query: tuple[tuple[str, str], ...] = ()
    """Decoded, in order."""
    body: bytes = b""
    headers: Mapping[str, str] = MappingProxyType({})
    """By lower-cased name."""
    base: str = ""
    """The path that the endpoint lies under, base path included: ``/api/catalog``."""


class Reply(NamedTuple):
    """An endpoint's answer."""

    status: int
    content: bytes
    type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


class LiveCall(NamedTuple):
    """A request for live values. A function for them is ``def latest(call: LiveCall) -> Mapping[str, Any]``: names and plain values.

    It runs in a thread, and may raise FetchError: the last good values stand for a while, with their time.
    """

    parameters: Mapping[str, str]
    """What stands in the path where the manifest has placeholders."""
    query: Mapping[str, str]
    """Those parameters of the query that the manifest lists."""
    options: Any
    """The mount's options, as a provider is given them."""
    http: Http
    """HTTP with the mount's hosts and secrets; nothing is kept between two calls."""


class Published(Protocol):
    """A published site, as endpoints read it. An endpoint is ``def answer(call: Call, published: Published) -> Reply | None``."""

    @property
    def version(self) -> str:
        """Changes with every publication: keep what is made of the files by it."""

    def read(self, path: str) -> bytes | None:
        """A published file by its path below the site's root, ``api/catalog/entities/index.html``; None if there is none."""


class Host(Protocol):
    """What a plugin's command may use: click's context has it as ``obj``."""

    def portal(self, site: Path, *, offline: bool = False, env: str = "") -> Portal:
        """The data of a site, collected as a build does. Raises click.ClickException with all problems if there can be none."""

    def kinds(self, site: Path | None = None) -> Mapping[str, Kind]:
        """The entity kinds of the bundled plugins or, with a site, of its mounts and its own, by lower-cased name.

        Without a site they have no columns and cards: nothing is shown, and a hook must be quick.
        """


class Provider(ABC, Generic[Options]):
    """Turns options and sources into a Dataset. One instance a mount and build."""

    @abstractmethod
    def provide(self, options: Options, context: Context) -> Dataset:
        """The dataset. Raise anything: the other plugins run on, this mount's pages say what failed."""
