"""Dataset ↔ bytes: plain JSON, so that a kept dataset can never run code and equal datasets have equal bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from callboard.model.dataset import Dataset, InputFile, Origin, State
from callboard.model.entity import Entity, EntityRef
from callboard.model.problem import Place, Problem, Severity


def _plain(value: object) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"a record holds {type(value).__name__}, which is no plain data. Use text, numbers, lists and mappings.")


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False).encode


def encode(dataset: Dataset) -> bytes:
    """The records on one line, each entity on one of its own; entities are given the digest of their line.

    Raises TypeError naming what is no plain data (a set, an object, a Secret), ValueError for NaN.
    """
    lines = [_ENCODE(dataset.lists).encode("utf-8", "surrogatepass")]
    lines += [
        _ENCODE(
            [e.ref.kind, e.ref.namespace, e.ref.name, e.data, e.place.file, e.place.line, e.place.column, e.origin, e.document]
        ).encode("utf-8", "surrogatepass")
        for e in dataset.entities
    ]
    dataset.entities = tuple(replace(e, digest=_digest(line)) for e, line in zip(dataset.entities, lines[1:], strict=True))
    return b"\n".join(lines)


def decode(content: bytes, meta: Dataset) -> Dataset:
    """What ``encode`` wrote, with the origins, problems and files of ``meta``."""
    lists, *lines = content.split(b"\n")
    kept = Dataset(entities=map(_entity, lines), origins=meta.origins, problems=meta.problems, files=meta.files)
    kept.lists = json.loads(lists.decode("utf-8", "surrogatepass"))
    return kept


def _entity(line: bytes) -> Entity:
    kind, namespace, name, data, file, start, column, origin, document = json.loads(line.decode("utf-8", "surrogatepass"))
    return Entity(EntityRef(kind, namespace, name), data, Place(file, start, column), origin, document, _digest(line))


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:32]


def encode_meta(dataset: Dataset) -> list[Any]:
    """Origins, problems and files as plain data: small, read in every build."""
    return [
        [_origin(origin) for origin in dataset.origins],
        plain_problems(dataset.problems),
        [[f.file, f.accepted, f.rejected] for f in dataset.files],
    ]


def decode_meta(value: list[Any]) -> Dataset:
    """A Dataset without records: what ``encode_meta`` wrote."""
    origins, problems, files = value
    return Dataset(
        origins=[
            Origin(**{**o, "state": State(o["state"]), "as_of": _time(o["as_of"]), "place": _place(o["place"])}) for o in origins
        ],
        problems=problems_from(problems),
        files=[InputFile(*f) for f in files],
    )


def plain_problems(problems: Iterable[Problem]) -> list[list[Any]]:
    """Problems as plain data."""
    return [_problem(problem) for problem in problems]


def problems_from(values: Iterable[list[Any]]) -> list[Problem]:
    """Problems from their plain form."""
    return [
        Problem(code, what, Place(*place), path, mend, Severity(severity), plugin, about)
        for code, what, place, path, mend, severity, plugin, about in values
    ]


def _problem(p: Problem) -> list[Any]:
    return [p.code, p.what, [p.place.file, p.place.line, p.place.column], p.path, p.mend, str(p.severity), p.plugin, p.about]


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "name": origin.name,
        "kind": origin.kind,
        "label": origin.label,
        "state": str(origin.state),
        "as_of": origin.as_of.isoformat() if origin.as_of else None,
        "href": origin.href,
        "place": [origin.place.file, origin.place.line, origin.place.column] if origin.place else None,
        "error": origin.error,
        "ttl": origin.ttl,
        "digest": origin.digest,
        "size": origin.size,
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _place(value: list[Any] | None) -> Place | None:
    return Place(*value) if value else None
