"""Manifest: a plugin's ``plugin.yaml``, readable without running it; ``Plugin``: a manifest mounted with valid options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from callboard.model.entity import Kind
from callboard.model.problem import Marks, Place
from callboard.model.site import MountSpec, NavSettings, Strict

OptionType = Literal["str", "int", "float", "bool", "secret", "duration", "url", "path", "list", "map", "any"]


class OptionSpec(Strict):
    """One option that a mount may set."""

    type: OptionType = "str"
    """What it holds. A `duration` is written `15m`, `7d` or `PT30M` and arrives in seconds; a `path` is relative to `site.yaml`."""
    help: str = ""
    """One sentence for the reference."""
    default: Any = None
    """Its value if the mount says nothing. An option without a default that is not optional is required."""
    optional: bool = False
    """It may be left out."""
    env: str = ""
    """For a `secret`: the environment variable that holds it if the mount says nothing."""
    choices: list[str] = Field(default_factory=list)
    """The only values allowed."""
    items: OptionType = "any"
    """For a `list` or `map`: what each item holds."""


class SourceSpec(Strict):
    """One declared origin of raw data: exactly one of `file` and `http`."""

    file: str = ""
    """A path or glob relative to `site.yaml`; `{option}` is filled in. YAML, JSON, CSV, TOML, or Markdown with front matter."""
    http: str = ""
    """An address that answers JSON, YAML or CSV; `{option}` is filled in, and `{item}` with `each`."""
    each: str = ""
    """An option (a list): the source is loaded once for each of its items, and the records are joined; each gets `item`."""
    format: Literal["", "yaml", "json", "csv", "toml", "markdown"] = ""
    """How to read it; without it, the file's ending or the answer's media type decides."""
    select: str = ""
    """A JMESPath expression: what of the document are the records."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Request headers; `{option}` is filled in, secrets too."""
    secret: str = ""
    """An option of type `secret`, sent as `Authorization: Bearer …`."""
    ttl: str = ""
    """How long an answer counts as fresh (`15m`); without it, the manifest's `cache`."""
    optional: bool = False
    """For `file`: no file is no problem, the list is empty."""


class CacheSpec(Strict):
    """How long fetched answers are used."""

    ttl: str = "1h"
    """How long an answer counts as fresh."""
    stale: str = "30d"
    """How old a last good answer may be when the service fails."""


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


ViewName = Literal["table", "cards", "list", "markdown", "chart", "detail"]


class PageSpec(Strict):
    """One page, or with `each` one page a record."""

    path: str
    """Its path below the mount: `/` or `/{run.id}`."""
    view: ViewName | None = None
    """A ready-made template of the theme."""
    template: str = ""
    """Your own template in `templates/`, instead of a view."""
    data: str | dict[str, str] = ""
    """What it shows: a list of the dataset, a JMESPath expression, or several by name."""
    each: str = ""
    """A list (or JMESPath expression): a page is made for each record. `entities` are the entities of this mount."""
    name: Annotated[str, Field(alias="as")] = ""
    """What one record is called in paths and templates; without it, the list's name without its `s`."""
    title: str = ""
    """The page's title; `{run.name}` is filled in. Without it, the mount's title or the record's."""
    summary: str = ""
    """One line below the title; `{path}` is filled in."""
    nav: NavSettings | bool | None = None
    """Its place in the navigation; the index page of a mount is there unless this says `false`."""
    paginate: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Records a page for table, cards and list; 100 without it."""
    columns: list[ColumnSpec] = Field(default_factory=list)
    """For `table` and `detail`; without it, the keys of the first record."""
    item: Item | None = None
    """For `cards` and `list`."""
    chart: Chart | None = None
    """For `chart`."""
    text: str = "text"
    """For `markdown`: the path of the text in the record."""
    empty: str = ""
    """What the page says while there is nothing to show."""
    slots: list[str] = Field(default_factory=list)
    """Slots that this page offers: `entity.cards`. Plugins fill them."""
    relations: Annotated[int, Field(ge=0, le=500)] = 20
    """For entities: how many targets of each relation type the page is given."""
    group: str = ""
    """Makes one page (or several, numbered) for each value of this path: `{group}` in `path` and `title`."""


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
    when: dict[str, Any] = Field(default_factory=dict)
    """A predicate over the page's record, as Backstage writes them: `{metadata.annotations.ci/project: {$exists: true}}`."""
    data: str | dict[str, str] = ""
    """What it shows, as in pages."""
    match: dict[str, str] = Field(default_factory=dict)
    """Only records that belong to the page's record: `{repo: metadata.annotations.github.com/project-slug}` compares a path of
    ours with a path of theirs. Without it, all."""
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    """The most records shown."""
    relations: Annotated[int, Field(ge=0, le=500)] = 20
    """For entities: how many targets of each relation type it is given."""
    overflow: bool = False
    """For tabs of entities: only where the page itself was given fewer relations than there are."""
    order: int = 100
    """Smaller comes first."""
    columns: list[ColumnSpec] = Field(default_factory=list)
    """For `table` and `detail`."""
    item: Item | None = None
    """For `cards` and `list`."""
    chart: Chart | None = None
    """For `chart`."""
    text: str = "text"
    """For `markdown`."""
    empty: str = ""
    """What it says while there is nothing to show."""


class Manifest(Strict):
    """`plugin.yaml`."""

    callboard: int
    """The version of this format: `1`."""
    title: Annotated[str, Field(min_length=1)]
    """What people call it."""
    summary: str = ""
    """One sentence: what it shows."""
    needs: list[str] = Field(default_factory=list)
    """Plugins whose entities and datasets its provider reads; they are loaded before it."""
    options: dict[str, OptionSpec] | str = Field(default_factory=dict)
    """Its options: this table, or `provider:Options` (a pydantic model)."""
    sources: dict[str, SourceSpec] = Field(default_factory=dict)
    """Its declared origins of data; each becomes a list of the dataset unless a provider says otherwise."""
    provider: str = ""
    """`module:Class`, code that makes the dataset; without it, the sources alone."""
    cache: CacheSpec = Field(default_factory=CacheSpec)
    """How long fetched answers are used."""
    pages: list[PageSpec] = Field(default_factory=list)
    """Its pages."""
    slots: dict[str, SlotSpec | list[SlotSpec]] = Field(default_factory=dict)
    """What it puts into the pages of others, by slot."""
    kinds: list[str] = Field(default_factory=list)
    """Files that declare entity kinds."""
    hosts: list[str] = Field(default_factory=list)
    """Hosts that its provider may ask, beside those of `sources` and of options of type `url`."""
    nav: NavSettings = Field(default_factory=NavSettings)
    """Where its index page stands in the navigation."""


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


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin as mounted: its manifest, its folder and this mount's valid options."""

    name: str
    id: str
    """Unique in the site: the name, or ``name@/path`` for a plugin that is mounted more than once."""
    folder: Path
    origin: Literal["site", "bundled", "installed"]
    manifest: Manifest
    manifest_marks: Marks
    digest: str
    """SHA-256 of every file of the folder but its tests."""
    mount: MountSpec
    mount_place: Place
    path: str
    """Where its pages begin: ``/radar/``."""
    title: str
    options: Mapping[str, Any]
    """Validated; durations in seconds, secrets as ``Secret``."""
    option_marks: Mapping[str, Place] = field(default_factory=dict)
    """Where each option was said (or the mount, if it was not)."""
    option_model: Any = None
    """The pydantic object, if the manifest says ``options: provider:Options``."""
    kinds: tuple[Kind, ...] = ()
    code: Any = field(default=None, compare=False)
    """The provider class, loaded; None without one."""
