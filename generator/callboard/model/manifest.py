"""Manifest: a plugin's ``plugin.yaml``, readable without running it; ``Plugin``: a manifest mounted with valid options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from callboard.model.entity import Kind
from callboard.model.live import ProxySpec
from callboard.model.metric import MetricField
from callboard.model.problem import Key, Marks, Place
from callboard.model.shown import BuildsSpec, Chart, ColumnSpec, Item, LiveSpec, SlotSpec, ViewName
from callboard.model.site import MountSpec
from callboard.model.source import SourceSpec
from callboard.model.strict import NavSettings, Strict

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


class CacheSpec(Strict):
    """How long fetched answers are used."""

    ttl: str = "1h"
    """How long an answer counts as fresh."""
    stale: str = "30d"
    """How old a last good answer may be when the service fails."""


class PageSpec(Strict):
    """One page, or with `each` one page a record."""

    path: str
    """Its path below the mount: `/` or `/{run.id}`."""
    view: ViewName | None = None
    """A ready-made template of the theme."""
    template: str = ""
    """Your own template in `templates/`, instead of a view."""
    data: str | dict[str, str] = ""
    """What it shows: a list of the dataset, a JMESPath expression, or several by name. `history:series` is a list of another plugin's,
    empty while that is not mounted."""
    links: str = ""
    """A JMESPath expression over what its template is given, for the references in it (`rows[].ref`): `data.links` has the link of each."""
    each: str = ""
    """A list (or JMESPath expression): a page is made for each record. `entities` are the entities of this mount."""
    when: dict[str, Any] | str = Field(default_factory=dict)
    """With `each`: only records that match, as in slots."""
    parent: str = ""
    """With `each`: the page above in the breadcrumb, a path below the mount with the same placeholders: `/kind/{ref.kind}/`."""
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
    live: LiveSpec | None = None
    """For `table`, `detail`, `cards` and `list`: values that are asked for again while the page is read."""
    chart: Chart | None = None
    """For `chart`."""
    tree: str = ""
    """With `each`, for documents: a list (or JMESPath expression) of trees, `{id, title, href, subtitle, entity, items}`. A record says
    which it belongs to (`tree`): the rail of its page shows that tree, and it leads to the pages before and after it there."""
    text: str = "text"
    """For `markdown`: the path of the text in the record."""
    search_type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] | Literal[""] = ""
    """The group that the sections of its text are found in: `techdocs`. Without it, `page` for the view `markdown`; a template of your
    own needs it, or its texts are not found."""
    builds: BuildsSpec | None = None
    """For `ci.builds`."""
    empty: str = ""
    """What the page says while there is nothing to show."""
    slots: list[str] = Field(default_factory=list)
    """Slots that this page offers: `entity.cards`. Plugins fill them."""
    relations: Annotated[int, Field(ge=0, le=500)] = 20
    """For entities: how many targets of each relation type the page is given."""
    group: str = ""
    """Makes one page (or several, numbered) for each value of this path: `{group}` in `path` and `title`. `relations.ownedBy` makes
    one for each target of that relation: `{ref.kind}`, `{ref.namespace}`, `{ref.name}` in `path`, `{target}` in `title`."""


class FileSpec(Strict):
    """A file that is published beside the pages: for machines, and for download."""

    path: str
    """Its path below the mount: `/index.json`; a path that ends in `/` is the `index.html` of a folder."""
    content: str
    """`module:function` of the plugin: it is given the entity or record (with `each`) and the portal, and returns its text or bytes,
    or None for no file."""
    each: str = ""
    """`entities`: one file for each entity of the mount. Or a list (or JMESPath expression), as for pages: one for each record, named
    in `path` by the list's name without its `s`."""
    when: dict[str, Any] | str = Field(default_factory=dict)
    """With `each`: only entities (or records) that match, as in slots."""
    parents: str = ""
    """With `each`: a list of the dataset, of `{ref, parent}`. A file is made again as well when a parent of its entity, or one of
    theirs, changes."""
    root: bool = False
    """Its path begins at the site's root, not at the mount; made once however often the plugin is mounted."""
    publish: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | Literal[""] = ""
    """The switch under `publish:` in `site.yaml` that turns it on and off."""
    default: bool = True
    """Whether it is published if `site.yaml` does not say."""


class FeedSpec(Strict):
    """An Atom feed of records, newest first: `feeds: {changes.xml: {each: moves, title: name, updated: date}}`.

    Values are JMESPath expressions over one record. Its entries keep their ids and dates from build to build: they come from the data.
    """

    each: str
    """A list (or JMESPath expression) of the dataset: each record is an entry. `entities` are the entities of this mount."""
    when: dict[str, Any] | str = Field(default_factory=dict)
    """Only records that match, as in slots."""
    name: Annotated[str, Field(alias="as")] = ""
    """What one record is called in `href`; without it, the list's name without its `s`."""
    title: str
    """An entry's title."""
    id: str = ""
    """What tells entries apart, and never changes; without it, the entry's link."""
    updated: str
    """When it last changed: a date or moment (ISO 8601), or seconds since 1970. A record without one is no entry."""
    text: str = ""
    """Its text (Markdown)."""
    href: str = ""
    """Its page: a path below the mount (`/{run.id}/`), or an expression that gives one, an address elsewhere, or the reference of an
    entity. Without it, the page of the page spec with the same `each`."""
    heading: str = ""
    """What the feed is called; without it, the mount's title."""
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    """The most entries."""


class SearchSpec(Strict):
    """What readers find of records: `search: {each: runs, title: name, text: summary, type: build}`, or a list of these.

    Values are JMESPath expressions over one record. A text page needs none: its sections are found by themselves.
    """

    each: str
    """A list (or JMESPath expression) of the dataset: each record is found. `entities` are the entities of this mount."""
    when: dict[str, Any] | str = Field(default_factory=dict)
    """Only records that match, as in slots."""
    name: Annotated[str, Field(alias="as")] = ""
    """What one record is called in `href`; without it, the list's name without its `s`."""
    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    """The group of its results: `build`. Readers narrow down with `type:build`."""
    title: str = ""
    """What is found first of all; without it, the record's title or name."""
    text: str = ""
    """What it says, for the lines below the title."""
    href: str = ""
    """Its page: a path below the mount (`/{run.id}/`). Without it, the page of the page spec with the same `each`."""
    entity: str = ""
    """Instead of `href`: the reference of an entity, whose page it is found on."""
    below: str = ""
    """What follows the path of that page: `'#runs'`, or a page below it (`'definition/'`), if there is one."""
    keywords: list[str] | str = Field(default_factory=list)
    """Other names and tags: one expression, or several."""
    above: list[str] | str = Field(default_factory=list)
    """What it is a part of, for the line above the text; the mount's title without it."""
    kind: str = ""
    """For `kind:`."""
    owner: str = ""
    """Who owns it: the reference of an entity, for `owner:`."""
    filters: dict[Literal["type", "tag", "namespace", "lifecycle", "system"], str] = Field(default_factory=dict)
    """What else is filtered by: `{lifecycle: spec.lifecycle, tag: metadata.tags}`."""


Need = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*\??|\*)$")]


class Manifest(Strict):
    """`plugin.yaml`."""

    callboard: int
    """The version of this format: `1`."""
    title: Annotated[str, Field(min_length=1)]
    """What people call it."""
    summary: str = ""
    """One sentence: what it shows."""
    needs: list[Need] = Field(default_factory=list)
    """Plugins whose entities and datasets its provider reads; they are loaded before it. `name?` is one that need not be mounted, `*`
    stands for all others that do not say `*` themselves."""
    options: dict[str, OptionSpec] | str = Field(default_factory=dict)
    """Its options: this table, or `provider:Options` (a pydantic model)."""
    sources: dict[str, SourceSpec] = Field(default_factory=dict)
    """Its declared origins of data; each becomes a list of the dataset unless a provider says otherwise."""
    provider: str = ""
    """`module:Class`, code that makes the dataset; without it, the sources alone."""
    cache: CacheSpec = Field(default_factory=CacheSpec)
    """How long fetched answers are used."""
    metrics: dict[str, MetricField] = Field(default_factory=dict)
    """Numbers of its dataset that are kept each day, by name: the plugin `history` shows their trends."""
    database: str = ""
    """`module:name` of its code, a `callboard.plugin.Migrations`: its provider has a database of its own, built up by these."""
    pages: list[PageSpec] = Field(default_factory=list)
    """Its pages."""
    slots: dict[str, SlotSpec | list[SlotSpec]] = Field(default_factory=dict)
    """What it puts into the pages of others, by slot."""
    files: list[FileSpec] = Field(default_factory=list)
    """Files that it publishes beside its pages."""
    feeds: dict[str, FeedSpec] = Field(default_factory=dict)
    """Atom feeds, by file below the mount: `changes.xml`. A feed without entries is not published."""
    search: SearchSpec | list[SearchSpec] = Field(default_factory=list)
    """What readers find of its records."""
    functions: dict[str, str] = Field(default_factory=dict)
    """Functions that its templates may call, by name: `module:function` of its code. What they return is printed as it is (HTML)."""
    commands: str = ""
    """`module:group`, a click group: `callboard <plugin> …`."""
    imports: dict[str, str] = Field(default_factory=dict)
    """Commands that make a site from another tool's settings: `{backstage: "importing:command"}` is `callboard import backstage`."""
    endpoints: dict[str, str] = Field(default_factory=dict)
    """Live answers of `serve` and `proxy`, by the path that they begin with: `{/api/catalog: "answers:answer"}`."""
    proxy: dict[str, ProxySpec] = Field(default_factory=dict)
    """Live values of a mount, by path: `{"/runs/{org}/{repo}": {answer: "live:latest", ttl: 20s}}`. With the mount path `/builds/` it is
    answered at `/api/live/builds/runs/acme/shop`; a placeholder stands for one part of the path."""
    kinds: list[str] = Field(default_factory=list)
    """Files that declare entity kinds."""
    hosts: list[str] = Field(default_factory=list)
    """Hosts that its provider may ask, beside those of `sources` and of options of type `url`."""
    nav: NavSettings = Field(default_factory=NavSettings)
    """Where its index page stands in the navigation."""


def _no_code(reference: str) -> Any:
    raise LookupError(reference)


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
    """Where each option was said (or the mount, if it was not), and each key inside of it: ``scorecards[0].title``."""
    option_model: Any = None
    """The pydantic object, if the manifest says ``options: provider:Options``."""
    kinds: tuple[Kind, ...] = ()
    needs: tuple[str, ...] = ()
    """The names of the mounted plugins whose data its provider reads."""
    code: Any = field(default=None, compare=False)
    """The provider class, loaded; None without one."""
    load: Callable[[str], Any] = field(default=_no_code, compare=False)
    """What ``module:name`` of its code is, loaded when it is asked for. Raises Problems."""


def expressions(manifest: Manifest) -> Iterator[tuple[Key, str]]:
    """Every expression over data in a manifest's pages and slots, with its key."""
    for index, page in enumerate(manifest.pages):
        yield from _named(page.data, ("pages", index, "data"))
        yield ("pages", index, "each"), page.each
        yield ("pages", index, "tree"), page.tree
        yield ("pages", index, "links"), page.links
    for name, feed in manifest.feeds.items():
        yield ("feeds", name, "each"), feed.each
    for start, search in searches(manifest):
        yield (*start, "each"), search.each
    for name, specs in manifest.slots.items():
        several = isinstance(specs, list)
        for index, spec in enumerate(specs if isinstance(specs, list) else [specs]):
            key: Key = ("slots", name, index) if several else ("slots", name)
            yield from _named(spec.data, (*key, "data"))
            yield from _named(spec.shared, (*key, "shared"))
            yield (*key, "links"), spec.links


def searches(manifest: Manifest) -> list[tuple[Key, SearchSpec]]:
    """What a manifest says is found, each with its key."""
    if isinstance(manifest.search, SearchSpec):
        return [(("search",), manifest.search)]
    return [(("search", index), spec) for index, spec in enumerate(manifest.search)]


def _named(data: str | Mapping[str, str], key: Key) -> Iterator[tuple[Key, str]]:
    if isinstance(data, str):
        yield key, data
    else:
        yield from (((*key, name), text) for name, text in data.items())
