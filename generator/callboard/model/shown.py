"""What pages show, as YAML says it: columns, items, charts, the cards and tabs of slots, and entity kinds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from callboard.model.strict import Strict


class Column(Strict):
    """One column of a table, or one line of a detail view."""

    field: str
    """A dotted path into the record; `@` is the record itself."""
    title: str = ""
    """Its heading; without it, the last word of the path."""
    type: Literal["text", "number", "date", "link", "entity", "tags", "state", "code", "markdown"] = "text"
    """How it is shown. `entity` is a reference, linked; `state` is a word with its glyph; `date` is shown as a time."""
    kind: str = ""
    """For `entity`: the kind of a reference that names none."""
    href: str = ""
    """A link: `/{id}/` is a page of this mount, `https://…` another address; `{path}` is filled from the record."""


def _column(value: Any) -> Any:
    return {"field": value} if isinstance(value, str) else value


ColumnSpec = Annotated[Column, BeforeValidator(_column, json_schema_input_type=str | Column)]


class Item(Strict):
    """What a card or a list row shows of a record: dotted paths, or texts with `{path}`."""

    title: str
    """Its headline: `{name}` or a path."""
    text: str = ""
    """One line below it."""
    href: str = ""
    """A link: `/{id}/` is a page of this mount."""
    state: str = ""
    """A path to a word such as `passed`, shown with its glyph."""
    meta: list[ColumnSpec] = Field(default_factory=list)
    """Small facts in one muted line."""


class Chart(Strict):
    """A bar or line chart, drawn at build time, with its table."""

    type: Literal["bar", "line"] = "bar"
    """Bars, or a line over the records in their order."""
    label: str
    """The path of the text of each bar or point."""
    value: str
    """The path of its number."""
    unit: str = ""
    """Written behind each number."""


class BuildsSpec(Strict):
    """For `ci.builds`: what is shown, and the path at which a record says each thing. Without it, records are standard ones."""

    show: Literal["branches", "projects", "runs", "failing", "summary"] = "branches"
    """`branches`: the last run of each branch; `projects`: one row a project; `runs`: every run; `failing`: what fails on main branches;
    `summary`: each project in a few lines, for cards. A page with `each` shows one run with its jobs."""
    project: str = "project"
    """What ran: a repository, mostly."""
    number: str = "number"
    """The run's number."""
    title: str = "title"
    """One line about it: mostly the commit's first line."""
    workflow: str = "workflow"
    """Which of the project's workflows ran, if it has several: only runs of the same are compared."""
    state: str = "state"
    """How it went: `passed`, `failed`, `running`, `queued`, `canceled`, `skipped`, or what the service calls it."""
    words: dict[str, str] = Field(default_factory=dict)
    """Words for states that nobody else says: `{green: passed}`."""
    branch: str = "branch"
    """The branch or tag."""
    main: str = "default_branch"
    """The project's main branch; without it, `main`, `master`, `trunk` or `develop`, or the one that ran most."""
    commit: str = "commit"
    """The commit's id."""
    commit_url: str = "commit_url"
    """The commit's address."""
    author: str = "author"
    """Who started it, or whose commit it is."""
    started: str = "started"
    """When it began: ISO 8601, or seconds or milliseconds since 1970."""
    finished: str = "finished"
    """When it ended; not needed where `seconds` is there."""
    seconds: str = "seconds"
    """How long it took."""
    unit: Literal["ms", "s", "min"] = "s"
    """What `seconds` counts."""
    url: str = "url"
    """Its address at the service, with logs and the button to run it again."""
    attempt: str = "attempt"
    """How often it was started, from 1."""
    workflows: str = "workflows"
    """Its workflows: a list of `{name, state, url, seconds, started, finished, note, artifacts, jobs}`."""
    jobs: str = "jobs"
    """Its jobs, if it has no workflows: a list of the same without `jobs`."""
    href: str = ""
    """The page of a run: `/{project}/{number}/` is a page of this mount."""
    project_href: str = ""
    """The page of a project."""
    live: str = ""
    """A live answer about a project's last run, below the mount's path, filled from that run's record: `/latest/{project}`."""
    last: Annotated[int, Field(ge=3, le=60)] = 30
    """How many runs the strip, the median and the success rate look back."""


LIVE = ("text", "number", "date", "state", "code")
"""The types of columns whose values may be live: those that are one plain text."""


class LiveSpec(Strict):
    """Values that are asked for again while somebody reads the page: what the build knew stands until they come."""

    path: Annotated[str, Field(min_length=1)]
    """A path of this plugin's `proxy`, filled from the record: `/status/{id}`."""
    values: Annotated[dict[str, str], Field(min_length=1)]
    """Which of the answer's values stands where: `{state: state}`. On the left a field of `columns` or of the item's `meta`, or
    the item's `state` or `text`; on the right the value's name."""


ViewName = Literal["table", "cards", "list", "markdown", "chart", "detail", "ci.builds"]


class SlotSpec(Strict):
    """Something that this plugin puts into a slot of another page."""

    template: str = ""
    """A template in `templates/`; or a `view`."""
    view: ViewName | None = None
    """A ready-made template of the theme."""
    title: str = ""
    """The card's or tab's title; without it, the mount's."""
    path: str = ""
    """For tabs: the path below the page (`builds`); a tab is a page of its own."""
    when: dict[str, Any] | str = Field(default_factory=dict)
    """Which pages get it, as Backstage writes it: a predicate over the page's record
    (`{metadata.annotations.ci/project: {$exists: true}}`) or an expression (`kind:component has:links`)."""
    data: str | dict[str, str] = ""
    """What it shows, as in pages."""
    shared: dict[str, str] = Field(default_factory=dict)
    """More of it by name, the same on every page: `match` and `limit` leave it whole."""
    links: str = ""
    """A JMESPath expression over what its template is given, for the references in it, as in pages: `data.links` has the link of each."""
    match: dict[str, str] = Field(default_factory=dict)
    """Only records that belong to the page's record: `{repo: metadata.annotations.github.com/project-slug}` compares a path of
    ours with a path of theirs. Without it, all."""
    filled: bool = False
    """Only where there are such records; without it, pages without any say what `empty` says."""
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    """The most records shown."""
    relations: Annotated[int, Field(ge=0, le=500)] = 20
    """For entities: how many targets of each relation type it is given."""
    type: Literal["content", "info"] = "content"
    """For cards: `info` stands in the side column."""
    relation: str = ""
    """For entities: the card shows the targets of this relation (`hasPart`), as `data.targets`; without any it is left out. `"*"` shows
    every relation that no other card of the slot shows, as `data.groups`, by type and kind."""
    besides: list[str] = Field(default_factory=list)
    """With `relation: "*"`: relations that it leaves out too."""
    kinds: list[str] = Field(default_factory=list)
    """With `relation`: only targets of these kinds."""
    hops: Annotated[int, Field(ge=0, le=2)] = 0
    """For entities: how far around the entity `data.graph` reaches; 0 gives none."""
    related: bool = False
    """For tabs of entities: only where there are relations."""
    slots: list[str] = Field(default_factory=list)
    """For tabs: slots that the tab's page offers, for cards."""
    order: int = 100
    """Smaller comes first."""
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")] | Literal[""] = ""
    """A name of its own: `site.yaml` changes or hides it as `<plugin>.<id>`."""
    columns: list[ColumnSpec] = Field(default_factory=list)
    """For `table` and `detail`."""
    item: Item | None = None
    """For `cards` and `list`."""
    live: LiveSpec | None = None
    """For `table`, `detail`, `cards` and `list`: what of them is live, as in pages."""
    chart: Chart | None = None
    """For `chart`."""
    text: str = "text"
    """For `markdown`."""
    builds: BuildsSpec | None = None
    """For `ci.builds`."""
    empty: str = ""
    """What it says while there is nothing to show."""


class CardSpec(SlotSpec):
    """What a site says of a slot: a card or tab of its own, or with `card` a change of somebody else's."""

    card: str = ""
    """The card or tab that is changed: `<plugin>.<id>`."""
    hide: bool = False
    """With `card`: it is not shown."""


CHANGEABLE = ("title", "when", "type", "order", "path", "limit")
"""What a site may change of somebody else's card or tab."""


class RelationSpec(Strict):
    """Which field of a kind makes which relation."""

    field: str
    """A dotted path to one reference or a list of them: `spec.owner`."""
    type: str
    """The relation from this entity: `ownedBy`."""
    reverse: str
    """The relation back: `ownerOf`."""
    kind: str | None = None
    """The kind of a reference that names none; without it, such a reference is a problem."""
    title: str = ""
    """What pages call it: `Owner`."""
    reverse_title: Annotated[str, Field(alias="reverseTitle")] = ""
    """What pages of the other side call it: `Owns`."""


class KindSpec(Strict):
    """An entity kind: one mapping of a file that `kinds:` names."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]*$")]
    """As `kind:` in descriptors: `Component`."""
    plural: Annotated[str, Field(min_length=1)]
    """What people call several of them: `Components`."""
    icon: str = ""
    """The name of an icon of the theme."""
    api_versions: Annotated[list[str], Field(alias="apiVersions")] = Field(default_factory=list)
    """The `apiVersion` values that it is known by; without them, any."""
    entity: Annotated[dict[str, Any], Field(alias="schema")] = Field(default_factory=dict)
    """A JSON Schema of the whole entity."""
    relations: list[RelationSpec] = Field(default_factory=list)
    """The fields that refer to other entities."""
    columns: list[ColumnSpec] = Field(default_factory=list)
    """The columns of its table."""
    cards: list[SlotSpec] = Field(default_factory=list)
    """Cards of its entities' pages: as in a manifest's `slots`, for `entity.cards`."""
