"""The provider: annotations and folders → documents as pages, their trees, and lists of all documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from callboard.plugin import (
    Change,
    Context,
    Dataset,
    FetchError,
    InputFile,
    Origin,
    Problem,
    Provider,
    Record,
    Severity,
    State,
    scm,
    segment,
    side_by_side,
)

from .finding.places import Found, Misplaced, failed, opened
from .finding.sources import Pointer, Source, Sources
from .options import Options
from .reading.site import Broken, site
from .telling.records import Documentation, Teller, notes


class Techdocs(Provider[Options]):
    """Documents of entities, and of folders that belong to none."""

    def provide(self, options: Options, context: Context) -> Dataset:
        """Lists: ``pages``, ``trees``, ``docs`` (a line for each documentation), ``newest``, ``tabs`` (by entity), ``owners`` and ``kinds``
        (counts), ``redirects``, ``roots`` (for ``techdocs_metadata.json``), ``notes``.
        """
        integrations = scm.known(cast(dict[str, Any], options.integrations))
        sources = Sources(options, context, integrations)
        reader = _Reader(context, integrations)
        found = reader.all(sources.found)
        teller = Teller(integrations, drafts=options.drafts, old_after=options.old_after)
        first = [one for one in found if not one.source.version]
        lines = [teller.line(one) for one in first]
        tabs, lost = _tabs(first, sources.pointers, teller)
        titles = {str(entity.ref): entity.title for entity in context.entities}
        for line in lines:
            line["owners"] = [titles.get(owner, owner) for owner in line["owner"]] or ["nobody"]
        return Dataset(
            pages=[page for one in found for page in teller.pages(one)],
            trees=[teller.tree(one) for one in found],
            docs=lines,
            newest=sorted((line for line in lines if line["updated"]), key=lambda line: str(line["updated"]), reverse=True),
            tabs=tabs,
            owners=_counted(lines, "owners"),
            kinds=_counted(lines, "kind"),
            redirects=[record for one in found for record in teller.redirects(one)],
            roots=[teller.published(one) for one in found],
            notes=notes(found, context),
            origins=reader.origins,
            problems=[*sources.problems, *reader.problems, *lost],
            files=reader.files,
        )


class _Reader:
    """Reads documentation, each by itself: what is wrong with one costs no other."""

    def __init__(self, context: Context, integrations: scm.Integrations) -> None:
        self._context, self._integrations = context, integrations
        self.problems: list[Problem] = []
        self.origins: list[Origin] = []
        self.files: list[InputFile] = []

    def all(self, sources: Sequence[Source]) -> list[Documentation]:
        """What can be read, in the order of ``sources``."""
        remote = [source for source in sources if source.target.remote]
        fetched = dict(zip(remote, side_by_side(self._opened, remote), strict=True)) if remote else {}
        found = []
        for source in sources:
            got = fetched[source] if source in fetched else self._opened(source)
            if (one := self._read(source, got)) is not None:
                found.append(one)
        _together(found)
        return found

    def _opened(self, source: Source) -> Found | Misplaced | FetchError:
        try:
            return opened(source.target, self._context, self._integrations, source.path)
        except (Misplaced, FetchError) as error:
            return error

    def _read(self, source: Source, got: Found | Misplaced | FetchError) -> Documentation | None:
        if isinstance(got, (Misplaced, FetchError)):
            self.problems += filter(None, [failed(got, source.ref or source.path, source.place)])
            label = source.target.address or source.target.folder
            state = State.FAILED if isinstance(got, FetchError) else State.OK
            self.origins.append(Origin(source.path, "http" if source.target.remote else "file", label, state, error=str(got)))
            return None
        self.origins.append(got.tree.origin)
        try:
            read = site(got.tree.folder, self._context, source.place)
        except Broken as broken:
            self.problems.append(broken.problem)
            if broken.problem.place != source.place:
                self.problems.append(_costs(source, broken.problem))
            return None
        self.problems += read.problems
        self.files += [InputFile(doc.file, 1) for doc in read.docs.values() if not got.remote]
        changes: dict[str, Change] = {} if got.remote else dict(self._context.changes(got.tree.folder))
        return Documentation(source, got, read, changes)


def _costs(source: Source, problem: Problem) -> Problem:
    what = f"{source.ref or source.path} has no documents: {problem.place.file} cannot be used."
    return Problem("techdocs/unread", what, source.place, mend="Mend that file.", severity=Severity.WARNING)


def _together(found: Iterable[Documentation]) -> None:
    """Let all versions of one documentation know one another."""
    by_path: dict[str, list[Documentation]] = {}
    for one in found:
        by_path.setdefault(one.source.path.partition("/@")[0], []).append(one)
    for versions in by_path.values():
        for one in versions:
            one.others = versions


def _tabs(first: Sequence[Documentation], pointers: Iterable[Pointer], teller: Teller) -> tuple[list[Record], list[Problem]]:
    """What the entities' tabs show: their own documentation, or that of another one."""
    own = {one.source.ref: one for one in first if one.source.ref}
    tabs = [teller.tab(one, ref, "") for ref, one in own.items()]
    lost = []
    for pointer in pointers:
        if pointer.other in own:
            tabs.append(teller.tab(own[pointer.other], pointer.ref, pointer.below))
        else:
            what = f"{pointer.ref} shows the documents of {pointer.other}, which has none."
            mend = "Name an entity with documents of its own."
            lost.append(Problem("techdocs/bad-reference", what, pointer.place, mend=mend, severity=Severity.WARNING))
    return tabs, lost


def _counted(lines: Iterable[Record], name: str) -> list[Record]:
    """How much documentation there is, by the values of a field; the most first."""
    counts: dict[str, list[int]] = {}
    for value, line in _values(lines, name):
        counts.setdefault(value, []).append(line["pages"])
    found = [
        {"name": value, "path": segment(value.lower()), "docs": len(pages), "pages": sum(pages)}
        for value, pages in counts.items()
    ]
    return sorted(found, key=lambda one: (-cast(int, one["docs"]), str(one["name"]).casefold()))


def _values(lines: Iterable[Record], name: str) -> Iterator[tuple[str, Record]]:
    for line in lines:
        for value in line[name] if isinstance(line[name], list) else [line[name]]:
            if value:
                yield value, line
