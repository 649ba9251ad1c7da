"""Mounts and page specs → the route table: every page of the site, who owns it, and the collisions that are refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from callboard.model.dataset import Data, State
from callboard.model.manifest import PageSpec, Plugin, expressions
from callboard.model.names import folded, portable_name
from callboard.model.problem import Problem, Severity, dotted
from callboard.model.report import RouteGroup
from callboard.model.site import Site
from callboard.pages import nav
from callboard.pages.alphabet import AlphabetPages, entries
from callboard.pages.core import OWNER, HomePage, NotFoundPage
from callboard.pages.feeds import Feed, feeds
from callboard.pages.groups import GroupPage
from callboard.pages.links import Links
from callboard.pages.makers import EachPage, Planned, Planner, SinglePage, SpecMaker
from callboard.pages.plugins import Others, PluginsPage
from callboard.pages.published import Publisher, SitePortal, publishers, unknown_switches
from callboard.pages.records import Records, records_of
from callboard.pages.redirects import Ground, Redirect, gather
from callboard.pages.searchpage import SearchPage
from callboard.pages.slots import Slots, fillings
from callboard.pages.stage import Stage
from callboard.pages.tabs import TabPage
from callboard.pages.trees import Trees


@dataclass(frozen=True, slots=True)
class Table:
    """All pages that are to be made. ``documents`` maps a content file to its page's path."""

    pages: tuple[Planned, ...]
    makers: tuple[Planner, ...]
    stage: Stage
    rail: nav.Rail
    documents: Mapping[str, str]
    paths: frozenset[str]
    groups: tuple[RouteGroup, ...]
    problems: tuple[Problem, ...]
    trees: Trees = field(default_factory=Trees)
    redirects: tuple[Redirect, ...] = ()
    """Old addresses, each with the path or address that it leads to."""
    feeds: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """The title and path of each feed, by its mount."""
    twins: bool = True
    """Whether each page has a twin in Markdown beside it."""
    absent: tuple[str, ...] = ()
    """Paths below which there may be pages that are not known this time."""


def check(plugins: Sequence[Plugin], data: Data) -> tuple[Problem, ...]:
    """Collisions that are known before anything is fetched: fixed paths, and the pages of the mounts in ``data``."""
    claims = _Claims()
    for plugin in plugins:
        records = Records(data.mounts[plugin.id]) if plugin.id in data.mounts else None
        for spec in plugin.manifest.pages:
            if not spec.each and not spec.group:
                pattern = plugin.path + spec.path.lstrip("/")
                claims.claim(Planned(pattern, "", plugin.id, 0, None, place=plugin.mount_place), derived=False)
        for maker in _makers(plugin, records) if records else ():
            if isinstance(maker, EachPage):
                for planned in maker.plan(0):
                    if isinstance(planned, Planned) and planned.file:
                        claims.claim(planned, derived=False)
    return tuple(claims.problems)


def table(site: Site, plugins: Sequence[Plugin], data: Data, others: Others = (), absent: Sequence[str] = ()) -> Table:
    """The route table. A collision of fixed paths is an error; a page made from data that collides is left out with a warning."""
    graph, problems = data.graph()
    records = records_of(plugins, data)
    filled, unknown = fillings(site, plugins, records)
    shown = [plugin for plugin in plugins if not records[plugin.id].unset]
    makers = _all_makers(site, plugins, records, shown, others)
    finders = SearchPage(), AlphabetPages()
    made_of_all = [*publishers(site, plugins, records), *feeds(plugins, records, site)]
    makers += [*_tabs(makers, filled), *finders, *made_of_all]
    titles: dict[str, str] = {}
    entities: dict[str, str] = {}
    neighbours: dict[str, tuple[str, str]] = {}
    live = site.spec.proxy.url if site.spec.proxy.live else None
    links = Links(site.base_path, graph, entities, portable=site.spec.build.portable, live=live)
    stage, slots = (
        Stage(links, graph, titles, neighbours, source=site.spec.site.source, problems=_by_entity(problems)),
        Slots(filled),
    )
    portal = SitePortal(site, data, stage, tuple(p for mount in data.mounts.values() for p in mount.problems) + problems)
    claims = _Claims()
    claims.problems += [*unknown_switches(site, plugins), *problems, *unknown, *_unoffered(plugins, makers)]
    pages: list[Planned] = []
    for number, maker in enumerate(makers):
        maker.stage, maker.fillings = stage, slots
        if isinstance(maker, HomePage) and "/" in titles:
            continue
        if isinstance(maker, Publisher):
            maker.portal = portal
        if maker is finders[0]:
            _list(finders, makers, pages, titles)
        made = list(_claimed(maker, number, claims))
        if isinstance(maker, Publisher):
            pages += made
            continue
        titles |= {planned.path: planned.title for planned in made}
        pages += made
        if isinstance(maker, EachPage) and maker.spec.each == "entities":
            _place_entities(maker, made, entities)
    trees = _trees(makers, pages, frozenset(titles))
    documents = nav.documents_of(pages, _front_matter(makers, pages, trees), plugins, trees)
    rail = nav.Rail(site, shown, documents)
    absent = (*absent, *_incomplete(plugins, data))
    claims.problems += _faults(plugins, records)
    claims.problems += _dead_links(site, titles, absent)
    neighbours |= rail.neighbours() | trees.neighbours()
    ground = Ground(claims.taken, frozenset(planned.path for planned in pages), absent)
    redirects, amiss = gather(site, plugins, records, ((planned, makers[planned.maker]) for planned in pages), ground)
    claims.problems += amiss
    return Table(
        tuple(pages),
        tuple(makers),
        stage,
        rail,
        {planned.file: planned.path for planned in pages if planned.file},
        frozenset(titles),
        _groups(makers, pages),
        tuple(claims.problems),
        trees,
        redirects,
        _feeds(makers, pages),
        site.spec.publish.get("twins", True),
        absent,
    )


def portal(site: Site, plugins: Sequence[Plugin], data: Data) -> SitePortal:
    """The data of the whole site, with the pages of its entities."""
    made = table(site, plugins, data)
    return SitePortal(site, data, made.stage, made.problems)


def _by_entity(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.about:
            found.setdefault(problem.about, []).append(problem)
    return found


def _list(
    finders: tuple[SearchPage, AlphabetPages], makers: Sequence[Planner], pages: Sequence[Planned], titles: Mapping[str, str]
) -> None:
    """Tells the pages that lead to others which there are."""
    search, alphabet = finders
    search.makers, search.pages = makers, tuple(pages)
    search.listed = alphabet.listed = entries(makers, pages, titles)


def _all_makers(
    site: Site, plugins: Sequence[Plugin], records: Mapping[str, Records], shown: Sequence[Plugin], others: Others
) -> list[Planner]:
    """Fixed paths first, then content, then what is made from data: the first to claim a path keeps it."""
    made = [maker for plugin in plugins for maker in _makers(plugin, records[plugin.id])]
    fixed: list[Planner] = [maker for maker in made if isinstance(maker, SinglePage)]
    content: list[Planner] = [maker for maker in made if isinstance(maker, EachPage) and maker.spec.view == "markdown"]
    rest: list[Planner] = [maker for maker in made if maker not in fixed and maker not in content]
    return [*fixed, *content, HomePage(site, list(shown)), NotFoundPage(), PluginsPage(plugins, records, others), *rest]


def _makers(plugin: Plugin, records: Records) -> list[SpecMaker]:
    return [_maker(plugin, spec, records) for spec in plugin.manifest.pages]


def _maker(plugin: Plugin, spec: PageSpec, records: Records) -> SpecMaker:
    if spec.each:
        return EachPage(plugin, spec, records)
    return GroupPage(plugin, spec, records) if spec.group else SinglePage(plugin, spec, records)


def _tabs(makers: Sequence[Planner], filled: Iterable[object]) -> list[Planner]:
    from callboard.pages.slots import Filling

    return [
        TabPage(maker, filling)
        for maker in makers
        if isinstance(maker, EachPage)
        for filling in filled
        if isinstance(filling, Filling) and filling.slot in maker.slots and filling.slot.endswith(".tabs")
    ]


def _unoffered(plugins: Sequence[Plugin], makers: Sequence[Planner]) -> list[Problem]:
    """A slot that no mounted page offers: said, so that a typo is not ignored silently."""
    offered = {slot for maker in makers for slot in maker.slots} | {"home.cards", "site.banner"}
    return [
        Problem(
            "unknown-slot",
            f'no page of this site offers the slot "{slot}"; known are {", ".join(sorted(offered))}.',
            plugin.manifest_marks.at(("slots", slot)),
            dotted(("slots", slot)),
            mend="Mount the plugin that offers it, or mend the name.",
            severity=Severity.WARNING,
            plugin=plugin.id,
        )
        for plugin in plugins
        for slot in plugin.manifest.slots
        if slot not in offered
        # A slot of a well-known page whose plugin is not mounted is no mistake: cards for entities in a site without a catalog.
        and slot.partition(".")[0] not in ("entity", "home")
    ]


class _Claims:
    """Who has which path, after folding."""

    def __init__(self) -> None:
        self._taken: dict[str, Planned] = {}
        self.problems: list[Problem] = []

    def taken(self, key: str) -> Planned | None:
        """Who has a folded path."""
        return self._taken.get(key)

    def claim(self, planned: Planned, *, derived: bool) -> bool:
        """Whether ``planned`` gets its path; if not, a problem says why."""
        key = folded(planned.path)
        fault = portable_name(planned.path) or _reserved(key, planned)
        other = self._taken.get(key)
        if fault is None and other is None:
            self._taken[key] = planned
            return True
        severity = Severity.WARNING if derived else Severity.ERROR
        place = planned.place
        if fault is not None:
            what, code, mend = f"{planned.path} cannot be a page: {fault}", "bad-path", "Rename it."
        else:
            assert other is not None
            by = other.file or (f"plugin {other.owner} ({other.place})" if other.owner != OWNER else "Callboard's own page")
            same = "" if other.path == planned.path else f", as {other.path}"
            what, code = f"{planned.path.rstrip('/') or '/'} is already taken by {by}{same}.", "route-collision"
            mend = "Rename the record, or move the mount." if derived else "Move one of the mounts."
            mend = "Rename the file or move the mount." if planned.file else mend
        self.problems.append(Problem(code, what, place, mend=mend, severity=severity, plugin=planned.owner))
        return False


_OWN = frozenset(("robots.txt", "sitemap.xml", "_headers", "_redirects", "llms.txt", "llms-full.txt"))


def _reserved(key: str, planned: Planned) -> str | None:
    """Why a page cannot lie where Callboard's own files do; two of them would overwrite each other."""
    parts = key.split("/")
    if planned.owner == OWNER:
        return None
    if parts[0] in ("_", "-"):
        return f"/{parts[0]}/ is kept for Callboard's own files."
    if parts[0] in _OWN:
        return f"/{parts[0]} is a file that Callboard writes."
    return "index.html is the file that every page is written to." if "index.html" in parts else None


def _faults(plugins: Sequence[Plugin], records: Mapping[str, Records]) -> Iterator[Problem]:
    """Expressions of pages and slots that cannot be asked of the data that there is: what they were to show is missing."""
    for plugin in plugins:
        mine = records[plugin.id]
        for key, text in expressions(plugin.manifest):
            if text and not text.isidentifier() and mine.evaluate(text) is None and text in mine.faults:
                place, mend = plugin.manifest_marks.at(key), "Mend the expression, or the data."
                yield Problem("bad-expression", mine.faults[text], place, dotted(key), mend, Severity.WARNING, plugin.id)


def _incomplete(plugins: Sequence[Plugin], data: Data) -> list[str]:
    """The paths of mounts whose data is not all there: a link to what lies below them is no mistake of its author's."""
    lacking = (State.FAILED, State.SKIPPED)
    mounts = [(plugin.path, data.mounts[plugin.id]) for plugin in plugins]
    return [path for path, mount in mounts if mount.error or any(origin.state in lacking for origin in mount.origins)]


def _dead_links(site: Site, titles: Mapping[str, str], absent: Sequence[str]) -> list[Problem]:
    """Entries of ``nav:`` that lead to no page: they would be dead on every page."""
    return [
        Problem(
            "broken-link",
            f'the navigation entry "{link.title}" leads to {link.path}, where no page is.',
            site.marks.at(("nav", index, "path")),
            dotted(("nav", index, "path")),
            "Mend the path, or remove the entry.",
            Severity.WARNING,
        )
        for index, link in enumerate(site.spec.nav)
        if link.path and link.path.partition("#")[0] not in titles and not link.path.startswith(tuple(absent))
    ]


def _claimed(maker: Planner, number: int, claims: _Claims) -> Iterable[Planned]:
    derived = not isinstance(maker, (SinglePage, HomePage, NotFoundPage))
    for planned in maker.plan(number):
        if isinstance(planned, Problem):
            claims.problems.append(planned)
        elif claims.claim(planned, derived=derived and not planned.file):
            yield planned


def _place_entities(maker: EachPage, made: Iterable[Planned], entities: dict[str, str]) -> None:
    from callboard.pages.records import ref_of

    items = maker.items
    for planned in made:
        entities.setdefault(ref_of(items[planned.argument]), planned.path)


def _front_matter(makers: Sequence[Planner], pages: Iterable[Planned], trees: Trees) -> dict[str, object]:
    """What each content page says of navigation. Of a tree, which has a navigation of its own, only its first is in the rail."""
    found: dict[str, object] = {}
    for planned in pages:
        maker = makers[planned.maker]
        if not planned.file or not isinstance(maker, EachPage) or not _is_content(maker):
            continue
        said = maker.items[planned.argument].get("nav", True if planned.path not in trees else None)
        if planned.path not in trees or (said is not None and trees.first(planned.path) == planned.path):
            found[planned.path] = said
    return found


def _is_content(maker: EachPage) -> bool:
    """Whether a mount's texts are content of the site; those of a mount with an index of its own are data."""
    specs = maker.plugin.manifest.pages
    has_index = any(spec.path == "/" and not spec.each for spec in specs)
    return maker.spec.view == "markdown" and maker.spec.nav is not False and not has_index


def _trees(makers: Sequence[Planner], pages: Iterable[Planned], paths: frozenset[str]) -> Trees:
    trees, mine = Trees(paths), [maker for maker in makers if isinstance(maker, EachPage) and maker.spec.tree]
    for maker in mine:
        trees.add(maker.plugin.id, maker.plugin.path, maker.records.evaluate(maker.spec.tree))
    belongs: dict[str, dict[str, str]] = {}
    for planned in pages if mine else ():
        maker_ = makers[planned.maker]
        if isinstance(maker_, EachPage) and maker_.spec.tree:
            record = maker_.items[planned.argument]
            name = record.get("tree") if isinstance(record, Mapping) else None
            if isinstance(name, str):
                belongs.setdefault(maker_.plugin.id, {})[planned.path] = name
    for mount, found in belongs.items():
        trees.place(mount, found)
    return trees


def _feeds(makers: Sequence[Planner], pages: Sequence[Planned]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for planned in pages:
        maker = makers[planned.maker]
        if isinstance(maker, Feed):
            found.setdefault(planned.owner, []).append((maker.title, planned.path))
    return found


def _groups(makers: Sequence[Planner], pages: Sequence[Planned]) -> tuple[RouteGroup, ...]:
    counts: dict[int, int] = {}
    for planned in pages:
        counts[planned.maker] = counts.get(planned.maker, 0) + 1
    groups = []
    for number, count in sorted(counts.items()):
        maker = makers[number]
        if isinstance(maker, (SpecMaker, Publisher)):
            groups.append(RouteGroup(maker.pattern, count, maker.plugin.id, str(maker.plugin.mount_place)))
        elif isinstance(maker, TabPage):
            pattern = f"{maker.parent.pattern}{maker.filling.spec.path}/"
            groups.append(RouteGroup(pattern, count, maker.plugin.id, str(maker.plugin.mount_place)))
        else:
            path = next(planned.path for planned in pages if planned.maker == number)
            groups.append(RouteGroup(path, count, OWNER, ""))
    return tuple(sorted(groups, key=lambda group: group.pattern))
