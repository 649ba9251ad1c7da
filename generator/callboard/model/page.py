"""Route, and the values that templates are given. Values are tuples, so that a page's fingerprint is one cheap hash of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from callboard.model.document import Document
from callboard.model.link import Link
from callboard.model.problem import Place


class Cell(NamedTuple):
    """One value as a view prints it (the macro ``cell`` of the theme draws it by ``type``)."""

    text: str
    type: str = "text"
    """A Column's type."""
    href: str = ""
    sort: str = ""
    """What sorting compares; "" is the text. Numbers are written so that they compare as numbers do."""
    parts: tuple[str, ...] = ()
    """The tags, for ``tags``; for ``entity`` with several targets the title and the href of each in turn."""
    live: str = ""
    """The name of the live value that may stand here instead; "" for none."""


class Heading(NamedTuple):
    """The head of one column."""

    title: str
    type: str = "text"


class ItemData(NamedTuple):
    """One card or list row."""

    title: str
    text: str = ""
    href: str = ""
    state: str = ""
    meta: tuple[Cell, ...] = ()
    live: tuple[str, str] = ("", "")
    """The names of the live values of ``text`` and ``state``."""


class Point(NamedTuple):
    """One bar or point of a chart; ``share`` is its part of the largest value, 0 to 1."""

    label: str
    value: float
    text: str
    share: float


class Square(NamedTuple):
    """One run in a strip."""

    state: str
    """A class of states, as ``state_word`` gives it."""
    label: str
    href: str = ""


class BuildPart(NamedTuple):
    """A workflow with its jobs, or one of these jobs; ``share`` compares its time with the longest job's, 0 to 1."""

    name: str
    state: str
    href: str = ""
    duration: str = ""
    share: float = 0.0
    started: str = ""
    note: str = ""
    artifacts: str = ""
    parts: tuple[Any, ...] = ()


class BuildRow(NamedTuple):
    """One run, or one project by the run that stands for it."""

    state: str
    number: str = ""
    href: str = ""
    """The run's own page, or its address at the service."""
    about: str = ""
    project: str = ""
    project_href: str = ""
    branch: str = ""
    workflow: str = ""
    commit: str = ""
    commit_href: str = ""
    author: str = ""
    started: str = ""
    duration: str = ""
    share: float = -1.0
    """Of twice the median, 0 to 1; -1 where no median is known."""
    compared: str = ""
    """The same in words."""
    flaky: str = ""
    """Why it is called flaky; "" if it is not."""
    attempt: int = 1
    strip: tuple[tuple[str, str], ...] = ()
    """For a project: the last runs, oldest first, as a class of states and the path that draws all of that class."""
    runs: int = 0
    counted: str = ""
    """The strip in words."""
    success: str = ""
    median: str = ""
    since: str = ""
    """For what fails: when that began."""
    streak: int = 0
    live: str = ""
    """The live answer about it, a path below the mount."""


class Builds(NamedTuple):
    """What the view ``ci.builds`` shows."""

    show: str
    """``branches``, ``projects``, ``runs``, ``failing``, ``summary``, or ``run`` for a single one with its ``parts``."""
    rows: tuple[BuildRow, ...] = ()
    project: BuildRow | None = None
    """The project that all rows are about, if there is one: its figures stand above them."""
    squares: tuple[Square, ...] = ()
    """Its last runs, oldest first."""
    parts: tuple[BuildPart, ...] = ()
    url: str = ""
    """For a single run: its address at the service."""
    host: str = ""


class View(NamedTuple):
    """What a ready-made view shows: the template ``views/<name>.html`` gets it as ``view``."""

    name: str
    empty: str = ""
    """What to say while there is nothing to show; every view must."""
    headings: tuple[Heading, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    items: tuple[ItemData, ...] = ()
    facts: tuple[tuple[str, Cell], ...] = ()
    chart: str = ""
    """``bar`` or ``line``."""
    points: tuple[Point, ...] = ()
    text: str = ""
    """Markdown."""
    builds: Builds | None = None
    """For ``ci.builds``; None while there is nothing to show."""
    same: int = 0
    """For a table: the column (from 1) that says the same on all rows because the list is about it; 0 for none. It is not shown."""
    live: tuple[str, ...] = ()
    """Where the live values of each row or item (or of the facts) are asked for, "" for one without; empty if none has any."""


class Provenance(NamedTuple):
    """The line that ends each data card: ``as of …, from …``."""

    label: str
    state: str = "ok"
    as_of: str = ""
    """ISO 8601 in UTC; "" is the build itself ("as of this build")."""
    href: str = ""
    error: str = ""
    place: str = ""
    """``file:line`` for local data."""
    ttl: str = ""
    """How long it counts as fresh, in words."""
    fresh: int = 0
    """The same in seconds."""
    size: int = 0
    """Bytes of a service's answer."""
    revision: str = ""
    """The first letters of its digest."""
    run: str = ""
    """The id of its line in the build report, which tells tries, bytes and whether it came from the cache."""


class Card(NamedTuple):
    """Something a plugin put into a slot: the theme's ``card.html`` frames it, ``template`` or ``view`` fills it."""

    title: str
    plugin: str
    template: str
    values: Mapping[str, Any]
    view: View | None = None
    provenance: tuple[Provenance, ...] = ()
    error: str = ""
    type: str = "content"
    """``info`` stands in the side column."""
    id: str = ""


class NavEntry(NamedTuple):
    """One line of the rail. ``path`` is a path of the site, ``url`` an address elsewhere."""

    title: str
    path: str = ""
    url: str = ""
    icon: str = ""
    section: str = ""
    children: tuple[Any, ...] = ()
    """NavEntry's: the pages of the section that is open."""


class Section(NamedTuple):
    """A part of a text, from one heading to the next, as the search reads it."""

    id: str
    """The heading's id; "" for what stands before the first one."""
    title: str
    text: str
    """Plain, blanks folded."""


class PageData(NamedTuple):
    """All that one page shows, and nothing else. Templates see its fields as ``page`` and ``values`` as ``data``."""

    title: str
    path: str
    summary: str = ""
    values: Mapping[str, Any] = {}
    breadcrumb: tuple[Link, ...] = ()
    provenance: tuple[Provenance, ...] = ()
    tabs: tuple[Link, ...] = ()
    pager: tuple[Link, ...] = ()
    total: int = -1
    """Records in all its numbered pages; -1 for a page that is no list."""
    shown: tuple[int, int] = (0, 0)
    """The first and last of them on this page, from 1."""
    error: str = ""
    """Why the mount's provider failed, if it did."""
    unset: str = ""
    """Which option the mount lacks to have anything to show."""
    view: View | None = None
    slots: Mapping[str, tuple[Card, ...]] = {}
    previous: Link | None = None
    next: Link | None = None
    document: Document | None = None
    """For a page that shows a text: where the text comes from, who changed it, what is above and below it."""


@dataclass(frozen=True, slots=True)
class Route:
    """A URL path of the site and what makes it."""

    path: str
    """``/radar/``, with a slash at its end; ``/404.html`` is a file."""
    owner: str
    """The mount's id, or ``callboard``."""
    place: Place
    """Who says so: the mount, the page spec or the content file."""
    title: str = ""
    pattern: str = ""
    """The page spec's path below the site, ``/catalog/{entity.name}/``."""

    @property
    def file(self) -> str:
        """The file below the output folder."""
        return self.path.lstrip("/") + "index.html" if self.path.endswith("/") else self.path.lstrip("/")


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme that was found: where its templates and assets lie, first match wins."""

    name: str
    folders: tuple[Any, ...]
    """Path's: the theme's own folder, then those of the themes it extends."""
    digest: str
    """SHA-256 of every file of those folders."""
    css: str = ""
    """Rules made from the site's accent, published as a file of their own."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The rest of ``theme.yaml``."""
