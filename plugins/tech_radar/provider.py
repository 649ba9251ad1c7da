"""Reads one radar file and gives its entries, quadrants, rings and movements."""

from __future__ import annotations

import json
from typing import Any, Protocol

from callboard.plugin import Context, Dataset, File, InputFile, Malformed, Origin, Place, Problem, Provider, Severity, documents

from . import records, shape
from .faults import Faults


class Options(Protocol):
    """The options of a mount, as the manifest declares them."""

    data: str
    title: str
    quadrants: list[str]
    rings: list[str]


class TechRadar(Provider[Options]):
    """A radar from a file of Backstage's, Zalando's or Callboard's own form."""

    def provide(self, options: Options, context: Context) -> Dataset:
        """Lists: ``entries``, ``moves``, ``quadrants``, ``rings``, and ``radar`` with the one record of the whole."""
        files = list(context.files(options.data, place=context.place("data")))
        if len(files) != 1:
            return _nothing([_wrong_count(options.data, files, context.place("data"))])
        return _dataset(files[0], options, context)


def _dataset(file: File, options: Options, context: Context) -> Dataset:
    value, document, problems = _value(file)
    if problems:
        return _nothing(problems, file)
    if not shape.is_radar(value):
        return _nothing([_no_radar(file, value)], file)
    faults = Faults(file, document)
    radar = shape.read(value, faults, quadrants=options.quadrants or [], rings=options.rings or [])
    if not radar.named and radar.entries:
        faults.problems.append(_unnamed(context.place("data"), file))
    entries = records.entries(radar)
    return Dataset(
        entries=entries,
        moves=records.moves(entries),
        quadrants=records.quadrants(radar),
        rings=records.rings(radar),
        radar=[records.summary(radar, title=options.title or "")],
        origins=[Origin("radar", "file", file.name, place=Place(file.name), digest=file.digest)],
        problems=faults.all(),
        files=[InputFile(file.name, len(entries), radar.rejected)],
    )


def _value(file: File) -> tuple[Any, int | None, list[Problem]]:
    """The document, its index for finding lines (None if that cannot be done), and why it cannot be read."""
    try:
        text = file.text
    except UnicodeDecodeError as error:
        what = f"The file is no UTF-8 text (byte {error.start})."
        return None, None, [Problem("tech_radar/unreadable", what, Place(file.name), mend="Save it as UTF-8.")]
    found = documents(text)
    bad = [document for document in found if isinstance(document, Malformed)]
    if bad and text.lstrip().startswith("{"):
        value = _json(text)
        if value is not None:
            return value, None, []
    if bad:
        place = Place(file.name, bad[0].line, bad[0].column)
        return None, None, [Problem("tech_radar/unreadable", bad[0].what, place, mend=bad[0].mend)]
    good = [document for document in found if not isinstance(document, Malformed)]
    return (good[0].value, good[0].index, []) if good else (None, 0, [])


def _json(text: str) -> Any:
    """JSON that YAML does not read (an emoji written as two ``\\u`` halves); None if it is no sound JSON either."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def _nothing(problems: list[Problem], file: File | None = None) -> Dataset:
    origins = [Origin("radar", "file", file.name, place=Place(file.name), digest=file.digest)] if file else []
    files = [InputFile(file.name, 0, 1)] if file else []
    return Dataset(entries=[], moves=[], quadrants=[], rings=[], radar=[], origins=origins, problems=problems, files=files)


def _wrong_count(pattern: str, files: list[File], place: Place) -> Problem:
    mend = "Write the radar there, or name another file: options: {data: content/radar.yaml}."
    if files:
        names = ", ".join(file.name for file in files[:3])
        return Problem(
            "tech_radar/many-files", f'"{pattern}" names {len(files)} files ({names}); a radar is one file.', place, mend=mend
        )
    return Problem("tech_radar/no-file", f'There is no radar file "{pattern}".', place, path="options.data", mend=mend)


def _no_radar(file: File, value: Any) -> Problem:
    got = "is empty" if value is None else "has " + (_keys(value) if isinstance(value, dict) else "no mapping at its top")
    what = f"This is no radar: a radar is a mapping with a list of entries, and this file {got}."
    mend = "Write entries: as Backstage's or Zalando's radar does, or as the README of tech_radar shows."
    return Problem("tech_radar/no-radar", what, Place(file.name, 1, 1), mend=mend)


def _keys(value: dict[Any, Any]) -> str:
    if "entries" in value:
        return "entries that are no list"
    words = ", ".join(f'"{str(key)[:30]}"' for key in list(value)[:5])
    return f"only {words}" if words else "no keys"


def _unnamed(place: Place, file: File) -> Problem:
    return Problem(
        "tech_radar/unnamed-quadrants",
        f"{file.name} numbers its quadrants but does not name them.",
        place,
        mend="Name them under options, clockwise from the lower right: quadrants: [Languages, Infrastructure, Datastores, Methods].",
        severity=Severity.WARNING,
    )
