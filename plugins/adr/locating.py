"""Where decisions lie: the folders of the options, and those that entities name by annotation."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from callboard.plugin import Context, Entity, Place, Problem, Severity, related

from .options import Folder

ANNOTATION = "backstage.io/adr-location"
_SPECIAL = re.compile(r"[*?\[\]{}]")
_ADDRESS = re.compile(r"(?:url:)?(https?://\S+)", re.IGNORECASE)


class Log(NamedTuple):
    """A folder of decisions: those of one entity, or of none."""

    id: str
    title: str
    folder: str
    """Below the site's root; "" for one at an address."""
    address: str
    """Where its tree is, for one that is fetched."""
    path: str
    """Where its decisions lie below the mount: "" for directly below."""
    page: str
    """Its own page's path below the mount."""
    ref: str
    """Its entity; "" for none."""
    owners: tuple[str, ...]
    place: Place
    """Who names it."""

    @property
    def pattern(self) -> str:
        """The files that may be decisions, as a glob."""
        return f"{_SPECIAL.sub(lambda mark: f'[{mark[0]}]', self.folder)}/**/*.{{md,markdown}}"


def logs(folders: Iterable[Folder], context: Context) -> tuple[list[Log], list[Problem]]:
    """All logs: those of entities by their titles, then those of the options that no entity names."""
    problems: list[Problem] = []
    owners = related(context.entities, context.kinds, "ownedBy")["ownedBy"]
    found = [
        log
        for entity in sorted(context.entities, key=lambda one: (one.title.casefold(), str(one.ref)))
        for log in _of_entity(entity, owners.get(str(entity.ref), ()), problems)
    ]
    named = {log.folder for log in found if log.folder}
    for index, folder in enumerate(folders):
        if folder.folder not in named:
            found.append(_of_folder(folder, context.place("folders", index)))
    return found, problems


def _of_folder(said: Folder, place: Place) -> Log:
    owners = (said.owner,) if said.owner else ()
    page = said.path or f"folder/{said.folder}"
    return Log(said.folder, said.title or said.folder, said.folder, "", said.path, page, "", owners, place)


def _of_entity(entity: Entity, owners: tuple[str, ...], problems: list[Problem]) -> Iterator[Log]:
    said = entity.annotation(ANNOTATION).strip()
    if not said:
        return
    ref = entity.ref
    path = f"{ref.namespace}/{ref.kind}/{ref.name}".lower()
    address = _ADDRESS.fullmatch(said)
    folder = "" if address else _folder(entity, said)
    if not address and not folder:
        problems.append(_outside(entity, said))
        return
    yield Log(path, entity.title, folder, address[1] if address else "", path, path, str(ref), owners, entity.place)


def _folder(entity: Entity, said: str) -> str:
    """The folder below the site's root; "" for one that is not inside it."""
    base = posixpath.dirname(entity.place.file)
    found = posixpath.normpath(posixpath.join(base, said.removeprefix("dir:").strip("/") or "."))
    outside = found.startswith("../") or found in ("..", ".") or "://" in found or said.startswith("/")
    return "" if outside else found


def _outside(entity: Entity, said: str) -> Problem:
    what = f'the annotation {ANNOTATION} of {entity.ref} says "{said[:200]}", which is no folder of this site.'
    mend = "Write a folder relative to this file, or the address of a tree: https://github.com/acme/shop/tree/main/docs/adr"
    return Problem("adr/bad-location", what, entity.place, f"metadata.annotations.{ANNOTATION}", mend, Severity.WARNING)
