"""All scorecards of a mount, those of `site.yaml` and those of files, with the places of what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from callboard.plugin import Context, InputFile, Marks, Origin, Place, Problem, dotted, modelled

from .options import Options, Scorecard

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class Told:
    """A scorecard as somebody wrote it."""

    spec: Scorecard
    place: Callable[[Key], Place]
    """Where a key of it stands."""
    path: Callable[[Key], str]
    """The same as people read it: ``checks[0].level``."""


@dataclass
class Gathered:
    """What was found."""

    told: list[Told] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: list[InputFile] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)


def gather(options: Options, context: Context) -> Gathered:
    """The scorecards in the order of their writing: those of options first, then files by name."""
    found = Gathered()
    for number, spec in enumerate(options.scorecards):
        found.told.append(Told(spec, *_said_in_options(context, number)))
    if options.scorecards:
        place = context.place("scorecards")
        found.origins.append(Origin("scorecards", "file", place.file, place=place))
    for file in context.files(options.files, place=context.place("files")):
        model, problems, marks = modelled(file, Scorecard)
        found.problems += problems
        found.files.append(InputFile(file.name, 1 if model else 0, 0 if model else 1))
        found.origins.append(Origin(file.name, "file", file.name, place=Place(file.name), digest=file.digest))
        if model is not None and not problems:
            found.told.append(Told(model, *_said_in_file(marks)))
    found.problems += _twice(found.told)
    return found


def _said_in_options(context: Context, number: int) -> tuple[Callable[[Key], Place], Callable[[Key], str]]:
    return (
        lambda key: context.place("scorecards", number, *key),
        lambda key: dotted(("options", "scorecards", number, *key)),
    )


def _said_in_file(marks: Marks) -> tuple[Callable[[Key], Place], Callable[[Key], str]]:
    return marks.at, dotted


def _twice(told: list[Told]) -> Iterator[Problem]:
    first: dict[str, Told] = {}
    for one in told:
        other = first.setdefault(one.spec.id, one)
        if other is not one:
            what = f'the scorecard "{one.spec.id}" is already described at {other.place(("id",))}.'
            yield Problem("scorecards/said-twice", what, one.place(("id",)), one.path(("id",)), "Give one of the two another id.")
