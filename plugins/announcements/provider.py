"""Gathers announcements, and says which of them are current."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Protocol
from urllib.parse import urlsplit

from callboard.plugin import (
    Context,
    Dataset,
    FetchError,
    InputFile,
    NotAsked,
    Origin,
    Place,
    Problem,
    Provider,
    Secret,
    Severity,
    State,
    related,
)

from . import records
from .reading import answers, files
from .reading.announcement import Announcement


class Options(Protocol):
    """The options of a mount, as the manifest declares them."""

    folder: str
    url: str | None
    token: Secret | None
    active: float
    banners: int


class Announcements(Provider[Options]):
    """Announcements of a folder, and of a running Backstage."""

    def provide(self, options: Options, context: Context) -> Dataset:
        """Lists: ``announcements`` (newest first), ``current`` (pinned first), ``past``, ``banners``, and ``concerns`` (by entity)."""
        found, problems, read = _files(options, context)
        origins = [Origin("announcements", "file", options.folder, place=Place(options.folder))] if read else []
        if options.url:
            answered, origin = _answered(options.url, options.token, context)
            found += answered
            origins.append(origin)
        problems += _missing(found, context)
        made = records.records(found, now=context.now, active=options.active)
        return Dataset(
            announcements=made,
            current=records.current(made),
            past=[one for one in made if one["state"] == "past"],
            banners=records.current(one for one in made if one["banner"])[: max(0, options.banners)],
            concerns=records.concerns(made, related(context.entities, context.kinds, "hasPart")["hasPart"]),
            origins=origins or [Origin("announcements", "file", options.folder, place=context.place("folder"))],
            problems=problems,
            files=read,
        )


def _files(options: Options, context: Context) -> tuple[list[Announcement], list[Problem], list[InputFile]]:
    found: list[Announcement] = []
    problems: list[Problem] = []
    read: list[InputFile] = []
    folder = options.folder.strip("/")
    for file in context.files(f"{folder}/**/*.md", place=context.place("folder")):
        if file.name.rpartition("/")[2].lower() == "readme.md":
            continue
        one, faults = files.read(file, folder)
        problems += faults
        read.append(InputFile(file.name, int(one is not None), int(one is None)))
        if one is not None:
            found.append(one)
    return found, problems, read


def _answered(url: str, token: Secret | None, context: Context) -> tuple[list[Announcement], Origin]:
    """What a Backstage announces; a failure costs its own announcements only."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    headers: dict[str, str | Secret] = {"authorization": Secret(f"Bearer {token.reveal()}")} if token else {}
    try:
        answer = context.http.json(url, headers=headers, name="service", accept=answers.accepted)
    except NotAsked:
        return [], Origin("service", "http", host, State.SKIPPED)
    except FetchError as error:
        return [], Origin("service", "http", host, State.FAILED, error=str(error))
    return list(answers.announcements(answer.value)), answer.origin


def _missing(found: Iterable[Announcement], context: Context) -> list[Problem]:
    """Entities that nobody knows; without a catalog, nobody can say."""
    known = {str(entity.ref) for entity in context.entities}
    if not known:
        return []
    unknown = [(ref, place) for one in found for ref, place in one.places.items() if ref not in known]
    return [_unknown(ref, place, known) for ref, place in unknown]


def _unknown(ref: str, place: Place, known: Iterable[str]) -> Problem:
    close = get_close_matches(ref, sorted(known), 1)
    mend = f'Did you mean "{close[0]}"?' if close else "Correct the reference, or remove it."
    what = f"it concerns {ref}, which is not in the catalog."
    return Problem("announcements/unknown-entity", what, place, mend=mend, severity=Severity.WARNING)
