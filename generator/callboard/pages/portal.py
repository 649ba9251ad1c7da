"""The pages stage as a whole: from the data of a build to every file of the site, made or known to be unchanged."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import TemplateSyntaxError

from callboard.model.diagrams import Draw, Wanted
from callboard.model.effects import Reporter
from callboard.model.problem import Place, Problem, Severity
from callboard.model.report import BuildReport, RouteGroup
from callboard.pages import anchors, assets, llms, machine, redirects, routes, work
from callboard.pages import theme as themes
from callboard.pages.assets import THEME, Asset, Assets
from callboard.pages.dates import updated
from callboard.pages.inputs import Inputs
from callboard.pages.makers import Planned
from callboard.pages.places import Places
from callboard.pages.plugins import Others
from callboard.pages.render import Renderer, shown_template
from callboard.pages.report import PATH as REPORT
from callboard.pages.report import values as report_values
from callboard.pages.resolve import Anchor, Noted
from callboard.pages.routes import Table
from callboard.pages.search.index import Searching

_LAZY: Final = ("mermaid",)
"""Folders of the theme's assets that are large, and published only if a page of the site uses them."""
Fingerprints = dict[str, tuple[str, str]]
"""File → (fingerprint, note)."""


@dataclass(slots=True)
class Made:
    """Every file of the site. ``staged`` are those whose bytes were written anew."""

    inputs: Inputs
    renderer: Renderer
    known: Mapping[str, tuple[str, str]]
    stage: Callable[[str, bytes], None]
    problems: tuple[Problem, ...]
    routes: tuple[RouteGroup, ...]
    files: Fingerprints = field(default_factory=dict)
    staged: set[str] = field(default_factory=set)
    noted: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """What texts include, by file."""
    outside: dict[tuple[str, Place], None] = field(default_factory=dict)
    """The links to other sites that somebody wrote into a file of this one, each with its place."""
    anchors: dict[str, tuple[str, dict[str, bool]]] = field(default_factory=dict)
    """What is known of the parts of pages that others link to."""
    uses: set[str] = field(default_factory=set)
    """What of the theme is published because a page needs it."""
    pages: int = 0
    rendered: int = 0

    def put(self, file: str, content: bytes, fingerprint: str = "") -> None:
        """One file that is no page: written unless it is known to be the same."""
        mark = fingerprint or hashlib.sha256(content).hexdigest()[:32]
        self.files[file] = (mark, "")
        if self.known.get(file, ("",))[0] != mark:
            self.stage(file, content)
            self.staged.add(file)

    def finish(self, report: BuildReport, timings: Mapping[str, float]) -> None:
        """The build report and the stamp: made anew only if anything else of the site, or what they say, has changed."""
        values = report_values(report, self.inputs.plugins, {} if self.inputs.reproducible else timings)
        lasting = {name: value for name, value in values.items() if name not in ("built", "seconds", "timings")}
        lasting["sources"] = [{k: v for k, v in s.items() if k not in ("ms", "tries", "outcome")} for s in values["sources"]]
        mark = hashlib.sha256(json.dumps([lasting, self.staged_mark()], sort_keys=True, default=str).encode()).hexdigest()[:32]
        file = f"{REPORT.lstrip('/')}index.html"
        stamp = {
            "built": values["built"],
            "commit": report.commit,
            "sources": values["counts"]["sources"],
            "stale": values["counts"]["stale"],
            "version": report.version,
        }
        own = {file, "_/stamp.js", f"{REPORT.lstrip('/')}report.json"}
        gone = set(self.known) - set(self.files) - own
        if not self.staged and not gone and own <= self.known.keys() and self.known[file][0] == mark:
            self.files |= {name: self.known[name] for name in sorted(own)}
            return
        page = self.renderer.report("Build report", REPORT, {"report": values})
        assert page.content is not None
        self.files[file] = (mark, "")
        self.stage(file, page.content)  # even if its mark is known: its time differs whenever anything else was written
        self.staged.add(file)
        self.put("_/stamp.js", machine.stamp(stamp))
        self.put(f"{REPORT.lstrip('/')}report.json", json.dumps(values, indent=1, sort_keys=True, default=str).encode())

    def staged_mark(self) -> str:
        """A digest of all pages: a build report belongs to one site."""
        return hashlib.sha256(json.dumps(sorted(self.files.items())).encode()).hexdigest()

    def memo(self) -> str:
        """What the next build needs to know if nothing changes."""
        problems = [
            [p.code, p.what, [p.place.file, p.place.line, p.place.column], p.path, p.mend, str(p.severity), p.plugin]
            for p in self.problems
        ]
        groups = [[g.pattern, g.pages, g.owner, g.place] for g in self.routes]
        known = {"files": self.noted, "texts": self.texts, "anchors": self.anchors}
        return json.dumps({**known, "problems": problems, "routes": groups, "pages": self.pages})


def _nothing(file: str) -> bytes | None:  # the form of what reads files
    """Where nothing is kept, nothing can be read."""


def make(
    inputs: Inputs,
    *,
    known: Mapping[str, tuple[str, str]],
    stage: Callable[[str, bytes], None],
    jobs: int,
    reporter: Reporter,
    others: Others = (),
    absent: Sequence[str] = (),
    read: Callable[[str], bytes | None] = _nothing,
    memo: str = "",
    search: Path | None = None,
    draw: Draw | None = None,
    gathering: bool = False,
) -> Made:
    """Every page of the site: those whose fingerprint is not ``known`` are rendered and handed to ``stage``.

    ``read`` gives the bytes of a file that is staged or published; ``memo`` is what the last build noted. ``draw`` draws
    diagrams; without it, none is drawn. ``search`` is where the search index keeps its state; without it, none is made.
    With ``gathering``, links to other sites are gathered in ``outside``.
    """
    table = routes.table(inputs.site, inputs.plugins, inputs.data, others, absent)
    theme_files = themes.asset_files(inputs.theme.folders)
    gathered = assets.gather(inputs.site, inputs.theme, inputs.plugins, theme_files)
    renderer = Renderer(inputs.site, inputs.theme, inputs.plugins, table, gathered, known, gathering=gathering)
    problems = [*table.problems, *gathered.problems]
    made = Made(inputs, renderer, known, stage, (), table.groups)
    if any(problem.severity is Severity.ERROR for problem in problems):
        made.problems = tuple(problems)
        return made
    reporter.pages(len(table.pages) + 1)
    try:
        searching = Searching(inputs, table, search) if search is not None else None
        whole = searching.known(known) if searching is not None else known
        done = work.run(work.Work(renderer, table.pages, whole, stage, searching), jobs=jobs, told=reporter.rendered)
        if draw is not None:
            done = _drawn(made, done, draw, jobs, work.Work(renderer, table.pages, {}, stage, searching))
    except TemplateSyntaxError as error:
        made.problems = (*problems, template_problem(inputs, error))
        return made
    reporter.rendered(1)
    linked = _take(made, table, done, problems, Reading(read, memo))
    if searching is not None:
        _index(made, table, done, searching)
    _rest(made, table, gathered, linked, read)
    made.pages = len(table.paths) + 1
    made.problems = tuple(problems)
    return made


def _source(redirect: redirects.Redirect) -> Planned:
    """An old address as a page with a link to a part of another."""
    return Planned(redirect.source, "", redirect.owner, -1, None, place=redirect.place)


def _split(target: str) -> tuple[str, str]:
    path, _, part = target.partition("#")
    return path, part


def _index(made: Made, table: Table, done: Sequence[work.Made], searching: Searching) -> None:
    """The files of the search index."""
    pages = {table.pages[page.plan].path: (page.fingerprint, page.found) for page in done if page.file}
    for file in searching.files(pages, made.known, made.put):
        if file not in made.files:
            made.files[file] = made.known.get(file) or (file.rpartition("/")[2].removesuffix(".json"), "")
            if file not in made.known:
                made.staged.add(file)


def _drawn(made: Made, done: list[work.Made], draw: Draw, jobs: int, again: work.Work) -> list[work.Made]:
    """The pages, those with diagrams that nobody had drawn made once more with their pictures."""
    wanted: dict[Wanted, None] = {}
    lacking: list[int] = []
    for number, page in enumerate(done):
        noted = Noted.decode(page.note)
        if noted.wanted:
            wanted |= dict.fromkeys(Wanted(*one) for one in noted.wanted)
            lacking.append(number)
    if not wanted:
        return done
    made.renderer.diagrams.take(draw(list(wanted)))
    pages = [again.pages[done[number].plan] for number in lacking]
    remade = work.run(again._replace(pages=pages), jobs=jobs, told=lambda _: None)
    for number, page in zip(lacking, remade, strict=True):
        done[number] = page._replace(plan=done[number].plan)
    return done


class Reading(NamedTuple):
    """What was there before: the bytes of files, and what the last build noted."""

    read: Callable[[str], bytes | None]
    memo: str


def _take(made: Made, table: Table, done: Sequence[work.Made], problems: list[Problem], before: Reading) -> dict[str, Asset]:
    """Notes what the pages came to; the files that they link to."""
    linked: dict[str, Asset] = {}
    asked: list[tuple[Planned, Anchor]] = []
    places = Places(made.inputs.site, table, made.inputs.plugins, made.renderer.templates)
    for page in done:
        planned = table.pages[page.plan]
        if page.file:
            made.files[page.file] = (page.fingerprint, page.note)
            made.files |= dict.fromkeys(page.beside, (page.fingerprint, ""))
        if page.staged:
            made.staged |= {page.file, *page.beside}
            made.rendered += planned.path in table.paths
        if page.note:
            noted = Noted.decode(page.note)
            problems += noted.all_problems(planned.path, functools.partial(places.at, planned), planned.owner)
            asked += ((planned, anchor) for anchor in noted.anchors)
            made.outside |= dict.fromkeys(places.written(planned, noted.away))
            made.noted |= noted.files
            made.uses |= set(noted.uses)
            made.files |= {file: made.known[file] for file in noted.diagrams.values() if file in made.known}
            made.texts |= noted.texts
            for file in noted.files:
                if asset := made.renderer.resolver.asset(file):
                    linked[asset.file] = asset
    asked += ((_source(one), (*_split(one.target), one.target, 0, "")) for one in table.redirects if "#" in one.target)
    problems += _parts(made, table, asked, places, before)
    return linked


def _parts(made: Made, table: Table, asked: Sequence[tuple[Planned, Anchor]], places: Places, before: Reading) -> list[Problem]:
    """Links to parts of other pages. Only their targets are read, and of those only what has changed."""
    if not asked:
        return []
    targets = {anchor[0] for _, anchor in asked}
    pages = {planned.path: planned for planned in table.pages if planned.path in targets}

    @functools.cache
    def html(path: str) -> bytes:
        planned = pages[path]
        # Where nothing is kept (``check``), the page is drawn once more.
        return before.read(planned.file_name) or made.renderer.make(planned).content or b""

    known = json.loads(before.memo).get("anchors", {}) if before.memo else {}
    inside = [one for one in asked if one[1][0] in pages]
    found, made.anchors = anchors.check(
        inside,
        known={path: (mark, ids) for path, (mark, ids) in known.items()},
        fingerprint=lambda path: made.files.get(pages[path].file_name, ("",))[0],
        read=html,
        at=places.at,
    )
    return found


def _rest(made: Made, table: Table, gathered: Assets, linked: Mapping[str, Asset], read: Callable[[str], bytes | None]) -> None:
    """Assets, linked files, and the files for machines."""
    site = made.inputs.site
    lazily = [(name.partition("/")[0], asset) for (by, name), asset in gathered.files.items() if by == THEME and "/" in name]
    unused = {asset.file for folder, asset in lazily if folder in _LAZY and folder not in made.uses}
    drawn = made.renderer.diagrams.files.values()
    for asset in [*gathered.files.values(), *linked.values(), *drawn]:
        if asset.file in unused:
            continue
        made.put(asset.file, asset.content, asset.digest[:32])
    for file, content in redirects.files(site, table.stage.links, table.redirects).items():
        made.put(file, content)
    for file, content in machine.sitemaps(site, table.paths, updated(table.pages, table.makers)).items():
        made.put(file, content)
    made.put(llms.SHORT, llms.short(site, made.inputs.plugins, table))
    _all_texts(made, table, read)
    made.put("robots.txt", machine.robots(site))
    made.put("_headers", machine.headers(site, made.files))


def _all_texts(made: Made, table: Table, read: Callable[[str], bytes | None]) -> None:
    """``llms-full.txt``, which is put together only if one of the texts has changed."""
    found = llms.full(made.inputs.site, table, made.files, read)
    if found is None:
        return
    mark, content = found
    if made.known.get(llms.FULL, ("",))[0] == mark:
        made.files[llms.FULL] = (mark, "")
    else:
        made.put(llms.FULL, content(), mark)


def template_problem(inputs: Inputs, error: TemplateSyntaxError) -> Problem:
    """A template that does not parse, at its line."""
    place = Place(shown_template(inputs.site, error.filename or error.name or "template"), error.lineno, 1)
    return Problem("template-error", f"{(error.message or 'it does not parse').rstrip('.')}.", place, mend="Mend the template.")
