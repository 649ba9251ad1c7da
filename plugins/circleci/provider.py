"""Pipelines of CircleCI with their workflows and jobs, of the catalog's projects and those of the options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import zip_longest
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import quote, urlsplit

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
    mapping,
    side_by_side,
)

from .asking import Api, Spent
from .shape import Slug, details, is_final, latest, record, slug_of, state_of

ANNOTATION: Final = "circleci.com/project-slug"
_ORGANISATION_PAGES: Final = 3
_NOTHING: Final = "No entity has the annotation `circleci.com/project-slug`, and neither `projects` nor `org` is set."
_UNKNOWN: Final = "Ask for it as gh/ORGANISATION/REPOSITORY, and see that the token's owner may see the project."


class Options(Protocol):
    """The options of a mount, as the manifest declares them."""

    projects: list[str]
    org: str | None
    branch: str | None
    limit: int
    jobs: int
    requests: int
    insights: bool
    token: Secret | None
    api: str
    app: str


class Wanted(NamedTuple):
    """A project to show: who names it, and how they write it."""

    slug: Slug
    place: Place
    written: tuple[str, ...]


class Shown(NamedTuple):
    """One project's answers. ``origin`` None: CircleCI does not know it."""

    wanted: Wanted
    names: Mapping[str, str]
    pipelines: list[Mapping[str, Any]]
    origin: Origin | None
    fault: str = ""


class CircleCI(Provider[Options]):
    """The last pipelines of each project."""

    def provide(self, options: Options, context: Context) -> Dataset:
        """Lists: builds, by_annotation (the same, once for each way an annotation names its project), projects, flaky_tests."""
        api = Api(context.http, options.api, options.token, options.requests)
        host = urlsplit(options.api).netloc
        problems: list[Problem] = []
        try:
            wanted = list(_wanted(options, context, api, problems))
            if not (wanted or problems or options.org):
                raise NotConfigured(_NOTHING)
            shown = side_by_side(lambda one: _listed(one, options, api, host), wanted)
        except NotAsked:
            origin = Origin("pipelines", "http", host, State.SKIPPED)
            return Dataset(origins=[origin], problems=problems, builds=[], by_annotation=[], projects=[], flaky_tests=[])
        problems += [_unknown(one) for one in shown if one.origin is None]
        if shown and all(one.fault for one in shown):
            raise FetchError(_why(shown[0].fault))
        builds, left = _builds(shown, options, api, context)
        if left:
            context.log(
                f"{left} pipelines are left for the next builds: this one has asked {api.asked} times, as `requests` allows."
            )
        flaky = list(_flaky(shown, options, api))
        return Dataset(
            origins=[one.origin for one in shown if one.origin is not None] or [Origin("pipelines", "http", host)],
            problems=problems,
            builds=builds,
            by_annotation=_by_annotation(builds, wanted),
            projects=build_figures(builds),
            flaky_tests=flaky,
        )


def _wanted(options: Options, context: Context, api: Api, problems: list[Problem]) -> Iterator[Wanted]:
    """The projects of options, annotations and the organisation, each once."""
    named: dict[str, Wanted] = {}
    for text, place in [*((text, context.place("projects")) for text in options.projects), *_annotated(context)]:
        slug = slug_of(text)
        if slug is None:
            what = f'"{text}" is no project of CircleCI.'
            mend = "Write for example: gh/acme/site"
            problems.append(Problem("circleci/no-slug", what, place, mend=mend, severity=Severity.WARNING))
            continue
        key = str(slug).lower()
        known = named.get(key)
        named[key] = known._replace(written=(*known.written, text)) if known else Wanted(slug, place, (text,))
    if options.org:
        place = context.place("org")
        for pipeline in api.of_organisation(options.org, pages=_ORGANISATION_PAGES).items:
            if slug := slug_of(pipeline.get("project_slug")):
                named.setdefault(str(slug).lower(), Wanted(slug, place, ()))
    return iter(named.values())


def _annotated(context: Context) -> Iterator[tuple[str, Place]]:
    for entity in context.entities:
        if text := entity.annotation(ANNOTATION):
            yield text, entity.place


def _listed(wanted: Wanted, options: Options, api: Api, host: str) -> Shown:
    """A project's names and newest pipelines."""
    try:
        found = api.pipelines(wanted.slug, branch=options.branch or "", most=options.limit)
        project = api.project(wanted.slug).value if found.origin else None
    except Spent:
        return Shown(wanted, {}, [], Origin("pipelines", "http", host, State.SKIPPED))
    except NotAsked:
        raise
    except FetchError as error:
        return Shown(wanted, {}, [], Origin("pipelines", "http", host, State.FAILED, error=str(error)), str(error))
    return Shown(wanted, _names(wanted.slug, mapping(project)), found.items, found.origin)


def _names(slug: Slug, project: Mapping[str, Any]) -> dict[str, str]:
    """What people call a project: its slug, unless that is made of ids; and its main branch."""
    name, org = project.get("name"), project.get("organization_name")
    branch = mapping(project.get("vcs_info")).get("default_branch")
    called = f"{org}/{name}" if slug.vcs == "circleci" and isinstance(name, str) and isinstance(org, str) else str(slug)
    return {"name": called, "default_branch": branch if isinstance(branch, str) else ""}


def _builds(shown: list[Shown], options: Options, api: Api, context: Context) -> tuple[list[dict[str, Any]], int]:
    """The records of all pipelines, and how many were not asked for. The newest of every project come first."""
    rows = zip_longest(*([(one, index, p) for index, p in enumerate(one.pipelines)] for one in shown))
    tasks = [task for row in rows for task in row if task is not None]
    made = side_by_side(lambda task: _build(task[0], task[1], task[2], options, api, context), tasks)
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for one in made:
        if one is not None:
            records.setdefault((one["project"], one["path"]), one)
    return list(records.values()), made.count(None)


def _build(
    shown: Shown, index: int, pipeline: Mapping[str, Any], options: Options, api: Api, context: Context
) -> dict[str, Any] | None:
    """One record; None if this build may ask no more. What is final is kept, by the pipeline's id and its last change."""
    identity, slug, app = str(pipeline.get("id") or ""), shown.wanted.slug, options.app.rstrip("/")
    key = f"pipeline {identity} {pipeline.get('updated_at')}"
    known = context.cache.get(key)
    if known is None:
        try:
            workflows = api.workflows(quote(identity, safe="")) if identity else []
            jobs = _jobs(pipeline, workflows, api, context, wanted=index < options.jobs)
        except Spent:
            return None
        except FetchError:  # the report has it; that something ran is known all the same
            return record(slug, shown.names, pipeline, {"state": "unknown"}, app)
        place = record(slug, shown.names, pipeline, {}, app)["url"]
        known = details(pipeline, workflows, jobs, place, context.now)
        if is_final(pipeline, workflows):
            context.cache.set(key, known)
    return record(slug, shown.names, pipeline, known, app)


def _jobs(
    pipeline: Mapping[str, Any], workflows: list[Mapping[str, Any]], api: Api, context: Context, *, wanted: bool
) -> dict[str, list[Mapping[str, Any]]]:
    """The jobs of the newest pipelines, and of all that did not pass."""
    if not wanted and state_of(pipeline, workflows, context.now) == "success":
        return {}
    identities = [str(workflow.get("id") or "") for workflow in latest(workflows)]
    return {identity: api.jobs(quote(identity, safe="")) for identity in identities if identity}


def _flaky(shown: list[Shown], options: Options, api: Api) -> Iterator[dict[str, Any]]:
    for one in shown if options.insights else ():
        if one.fault or one.origin is None:
            continue
        with suppress(Spent, FetchError):  # Insights are an extra; that they failed is in the build report
            for test in api.flaky(one.wanted.slug):
                yield {
                    "project": one.names.get("name", str(one.wanted.slug)),
                    "test": str(test.get("test-name") or ""),
                    "file": str(test.get("file") or test.get("classname") or ""),
                    "job": str(test.get("job-name") or ""),
                    "times": test.get("times-flaked"),
                }


def _by_annotation(builds: list[dict[str, Any]], wanted: Iterable[Wanted]) -> list[dict[str, Any]]:
    written = {str(one.slug): dict.fromkeys(one.written) for one in wanted}
    return [{**build, "annotation": text} for build in builds for text in written.get(build["slug"], ())]


def _unknown(one: Shown) -> Problem:
    what = f'CircleCI knows no project "{one.wanted.slug}", or shows it to nobody without a token that may see it.'
    return Problem("circleci/unknown-project", what, one.wanted.place, mend=_UNKNOWN, severity=Severity.WARNING)


def _why(fault: str) -> str:
    if "401" not in fault:
        return fault
    return f"{fault} Give a personal token as the option token or in CIRCLECI_TOKEN; CircleCI takes no project tokens here."
