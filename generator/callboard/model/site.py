"""Site: all that one ``site.yaml`` describes. The pydantic models are the file as written; ``Site`` is the value that travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from callboard.model.database import DatabaseSpec
from callboard.model.diagrams import DiagramSettings
from callboard.model.live import ProxySettings
from callboard.model.network import CacheSettings, NetworkSettings
from callboard.model.problem import Marks, Problem
from callboard.model.shown import CardSpec, KindSpec
from callboard.model.strict import NavSettings, Strict


class NavLink(Strict):
    """An extra entry of the navigation: a page of the site or another address."""

    title: str
    """What readers see."""
    path: str = ""
    """A path of this site, such as `/radar/`."""
    url: str = ""
    """An address elsewhere (http, https or mailto)."""
    icon: str = ""
    """The name of an icon of the theme."""
    order: int | None = None
    """Smaller comes first."""
    section: str = ""
    """A heading to stand under."""


class SiteInfo(Strict):
    """What the portal is called and where it is published."""

    title: Annotated[str, Field(min_length=1)]
    """The portal's name, in the header and in every page's title."""
    url: str = ""
    """Where it is published, with or without a sub-path: `https://example.com/portal/`. Needed for the sitemap."""
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] = "en"
    """The language of the pages (BCP 47)."""
    logo: str = ""
    """An image file of the site (SVG, PNG, WebP), shown in the header."""
    description: str = ""
    """One sentence about the portal."""
    accent: Annotated[str, Field(pattern=r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")] | Literal[""] = ""
    """The colour of links and marks (`#rgb` or `#rrggbb`); its contrast is checked."""
    source: str = ""
    """Where the portal's sources are, for the footer: `https://github.com/acme/portal`."""


class MountSpec(Strict):
    """One entry of `plugins:`: a plugin at a path, with options. The same plugin may be mounted twice."""

    plugin: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """The plugin's name: its folder in `plugins/`, or a bundled or installed one."""
    path: str = ""
    """Where its pages begin; without it, `/` and the plugin's name with hyphens."""
    title: str = ""
    """Its title in the navigation and on its index; without it, the manifest's."""
    options: dict[str, Any] = Field(default_factory=dict)
    """The plugin's options; its README and `callboard plugins` name them."""
    nav: NavSettings | bool = True
    """Its place in the navigation; `false` leaves it out."""


class BuildSettings(Strict):
    """How the site is built."""

    output: str = "public"
    """The folder that is written, relative to `site.yaml`."""
    jobs: Annotated[int, Field(ge=1, le=256)] | None = None
    """How many processes render; without it, one a core."""
    strict: bool = False
    """Treat warnings, stale and failed sources as errors."""
    portable: bool = False
    """Write relative links, which also work from `file://` and under any path."""


class AllowSettings(Strict):
    """What plugins may do on the machine that builds the site."""

    commands: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """The commands that sources may run: names that `PATH` finds (`git`), or files of the site (`scripts/licences.sh`). Their words
    are what manifests say."""


class LinkSettings(Strict):
    """What a check of links to other sites does not ask."""

    ignore: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """Addresses that are not asked, with `*` for anything: `https://intranet.example.com/*`."""
    allow: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """Addresses of the machine that checks, or of link-local networks, that are asked all the same: `http://localhost:*`."""


class SiteFile(Strict):
    """`site.yaml`."""

    site: SiteInfo
    """What the portal is called and where it is published."""
    theme: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")] = "callboard"
    """The theme's name: a folder in `themes/`, or the bundled `callboard`."""
    plugins: list[MountSpec] = Field(default_factory=list)
    """What is mounted where."""
    nav: list[NavLink] = Field(default_factory=list)
    """Extra entries of the navigation."""
    content: str | Literal[False] = "content"
    """The folder whose Markdown files become pages at `/`; `false` for none."""
    include: list[str] = Field(default_factory=list)
    """More files of this form (paths or globs); lists are joined, one value said twice is a problem."""
    kinds: list[str | KindSpec] = Field(default_factory=list)
    """Entity kinds of the site's own: files (paths relative to `site.yaml`), or the kinds themselves."""
    redirects: dict[str, str] = Field(default_factory=dict)
    """Old paths and where they lead: a path of this site, or an address elsewhere (http or https)."""
    links: LinkSettings = Field(default_factory=LinkSettings)
    """Links to other sites, as `callboard check --external` asks for them."""
    slots: dict[str, list[CardSpec]] = Field(default_factory=dict)
    """What the site puts into the slots of pages (`entity.cards`, `entity.tabs`), and what it changes of others' cards and tabs."""
    publish: dict[str, bool] = Field(default_factory=dict)
    """Which files for machines are published: the switches that plugins name, such as `api`, `twins` and `database`."""
    search: bool = True
    """Publish an index of everything, for the search field, `/search/` and `/api/search/query`; `false` for none."""
    build: BuildSettings = Field(default_factory=BuildSettings)
    """How the site is built."""
    allow: AllowSettings = Field(default_factory=AllowSettings)
    """What plugins may do on the machine that builds the site."""
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    """How services are reached: a proxy, certificate authorities, a rate."""
    cache: CacheSettings = Field(default_factory=CacheSettings)
    """Where fetched answers are kept between builds."""
    diagrams: DiagramSettings = Field(default_factory=DiagramSettings)
    """Who draws the diagrams in texts."""
    proxy: ProxySettings = Field(default_factory=ProxySettings)
    """Live answers: of `callboard serve`, and of `callboard proxy` beside a static host."""
    database: DatabaseSpec = Field(default_factory=DatabaseSpec)
    """Where the plugins' own databases lie; without it, in files below `.callboard/db`."""


@dataclass(frozen=True, slots=True)
class Site:
    """A loaded site."""

    root: Path
    """The folder of `site.yaml`, absolute."""
    file: str
    """The name of the site's file inside the root."""
    spec: SiteFile
    marks: Marks
    """The place of each key, also through includes and overlays."""
    digest: str
    """Changes with anything that was said, environment variables included."""
    env: str = ""
    """The overlay in use (``--env``)."""
    environ: Mapping[str, str] | None = None
    """The environment that options of type secret are read from; None is the process's."""
    lacking: tuple[Problem, ...] = ()
    """Variables that only live answers need, and that are not set here: a build goes without them."""

    @property
    def base_path(self) -> str:
        """The path that the site lies under: ``/`` or ``/portal/``."""
        from urllib.parse import urlsplit

        path = urlsplit(self.spec.site.url).path.strip("/")
        return f"/{path}/" if path else "/"
