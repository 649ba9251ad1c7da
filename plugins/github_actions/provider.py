"""Workflow runs of GitHub Actions with their jobs, of the catalog's repositories and those of the options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from callboard.plugin import (
    Context,
    Dataset,
    FetchError,
    NotAsked,
    NotConfigured,
    Origin,
    Place,
    Problem,
    Provider,
    Secret,
    Severity,
    State,
    build_figures,
    side_by_side,
)

from .asking import Api
from .shape import GOOD, OVER, job, record, slug_of, state_of, with_jobs

ANNOTATION: Final = "github.com/project-slug"
_NOTHING: Final = "No entity has the annotation `github.com/project-slug`, and `repos` is not set."
_TOKEN: Final = "Give a token with read access as the option token or in GITHUB_TOKEN."  # noqa: S105  # a sentence about one


class Options(Protocol):
    """The options of a mount, as the manifest declares them."""

    repos: list[str]
    branch: str | None
    limit: int
    jobs: int
    token: Secret | None
    api: str


class Wanted(NamedTuple):
    """A repository to show: who names it, and how they write it."""

    slug: str
    place: Place
    written: tuple[str, ...]


class Shown(NamedTuple):
    """One repository's answers. ``origin`` None: GitHub does not know it."""

    wanted: Wanted
    branch: str
    runs: list[dict[str, Any]]
    origin: Origin | None
    fault: str = ""


class GithubActions(Provider[Options]):
    """The last workflow runs of each repository."""

    def provide(self, options: Options, context: Context) -> Dataset:
        """Lists: builds, by_annotation (the same, once for each way an annotation names its repository), projects."""
        api, host = Api(context.http, options.api, options.token), urlsplit(options.api).netloc
        problems: list[Problem] = []
        wanted = list(_wanted(options, context, problems))
        if not (wanted or problems):
            raise NotConfigured(_NOTHING)
        try:
            shown = side_by_side(lambda one: _listed(one, options, api, host), wanted)
            builds = _builds(shown, options, api, context)
        except NotAsked:
            skipped = Origin("runs", "http", host, State.SKIPPED)
            return Dataset(origins=[skipped], problems=problems, builds=[], by_annotation=[], projects=[])
        problems += [_unknown(one) for one in shown if one.origin is None]
        if shown and all(one.fault for one in shown):
            limited = any(code in shown[0].fault for code in ("401", "403", "429"))
            raise FetchError(f"{shown[0].fault} {_TOKEN}" if limited and not options.token else shown[0].fault)
        return Dataset(
            origins=[one.origin for one in shown if one.origin is not None] or [Origin("runs", "http", host)],
            problems=problems,
            builds=builds,
            by_annotation=_by_annotation(builds, wanted),
            projects=build_figures(builds),
        )


def _wanted(options: Options, context: Context, problems: list[Problem]) -> Iterator[Wanted]:
    """The repositories of options and annotations, each once."""
    named: dict[str, Wanted] = {}
    for text, place in [*((text, context.place("repos")) for text in options.repos), *_annotated(context)]:
        slug = slug_of(text)
        if not slug:
            what = f'"{text}" is no repository of GitHub.'
            problems.append(
                Problem("github_actions/no-slug", what, place, mend="Write for example: acme/site", severity=Severity.WARNING)
            )
            continue
        known = named.get(slug.lower())
        named[slug.lower()] = known._replace(written=(*known.written, text)) if known else Wanted(slug, place, (text,))
    return iter(named.values())


def _annotated(context: Context) -> Iterator[tuple[str, Place]]:
    for entity in context.entities:
        if text := entity.annotation(ANNOTATION):
            yield text, entity.place


def _listed(wanted: Wanted, options: Options, api: Api, host: str) -> Shown:
    """A repository's newest runs and its main branch."""
    try:
        found = api.runs(wanted.slug, branch=options.branch or "", most=options.limit)
        branch = api.main_branch(wanted.slug) if found.value else ""
    except NotAsked:
        raise
    except FetchError as error:
        return Shown(wanted, "", [], Origin("runs", "http", host, State.FAILED, error=str(error)), str(error))
    return Shown(wanted, branch, found.value or [], None if found.value is None else found.origin)


def _builds(shown: Iterable[Shown], options: Options, api: Api, context: Context) -> list[dict[str, Any]]:
    tasks = [(one, index, run) for one in shown for index, run in enumerate(one.runs)]
    made = side_by_side(lambda task: _build(task[0], task[1], task[2], options, api, context), tasks)
    return list({one["path"]: one for one in reversed(made)}.values())[::-1]


def _build(shown: Shown, index: int, run: Mapping[str, Any], options: Options, api: Api, context: Context) -> dict[str, Any]:
    """One record; with jobs for the newest runs, and for as many of the others that failed or go on."""
    build = record(shown.wanted.slug, shown.branch, run)
    troubled = state_of(run) not in GOOD and index < 4 * options.jobs
    if not run.get("id") or not (index < options.jobs or troubled):
        return build
    key = f"jobs {build['path']} {build['attempt']}"
    known = context.cache.get(key)
    if known is None:
        with suppress(FetchError):  # the report has it; the run is known all the same
            known = [job(one) for one in api.jobs(shown.wanted.slug, run["id"])]
            if run.get("status") == OVER:
                context.cache.set(key, known)
    return with_jobs(build, known) if known else build


def _by_annotation(builds: list[dict[str, Any]], wanted: Iterable[Wanted]) -> list[dict[str, Any]]:
    written = {one.slug: dict.fromkeys(one.written) for one in wanted}
    return [{**build, "annotation": text} for build in builds for text in written.get(build["project"], ())]


def _unknown(one: Shown) -> Problem:
    what = f'GitHub knows no repository "{one.wanted.slug}", or shows it to nobody without a token that may see it.'
    mend = f"Mend the name. {_TOKEN}"
    return Problem("github_actions/unknown-repository", what, one.wanted.place, mend=mend, severity=Severity.WARNING)
