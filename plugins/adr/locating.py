"""Where decisions lie: the folders of the options, and those that entities name by annotation."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from callboard.plugin import Context, Entity, Malformed, Place, Problem, Severity, locate, related, scm

from .options import Folder

ANNOTATION = "backstage.io/adr-location"
LOCATION = "backstage.io/managed-by-location"
SOURCE = "backstage.io/source-location"
_SPECIAL = re.compile(r"[*?\[\]{}]")
_ADDRESS = re.compile(r"(?:url:)?(https?://\S+)", re.IGNORECASE)


class Log(NamedTuple):
    """A folder of decisions: those of one entity, or of none."""

    id: str
    title: str
    folder: str
    """Below the site's root; "" for one at an address."""
    address: str
    """The page of its folder in a repository, for one that is fetched."""
    own: bool
    """Whether that is the entity's own repository, which its author may see anyway."""
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
    def label(self) -> str:
        """What readers see of where it is."""
        return self.folder or self.address.partition("://")[2]

    @property
    def pattern(self) -> str:
        """The files that may be decisions, as a glob."""
        return f"{_SPECIAL.sub(lambda mark: f'[{mark[0]}]', self.folder)}/**/*.{{md,markdown}}"


def logs(folders: Iterable[Folder], context: Context, integrations: scm.Integrations) -> tuple[list[Log], list[Problem]]:
    """All logs: those of entities by their titles, then those of the options that no entity names."""
    owners = related(context.entities, context.kinds, "ownedBy")["ownedBy"]
    problems: list[Problem] = []
    found: list[Log] = []
    for entity in sorted(context.entities, key=lambda one: (one.title.casefold(), str(one.ref))):
        if entity.annotation(ANNOTATION):
            place = _place(entity, context)
            one = _of_entity(entity, owners.get(str(entity.ref), ()), place, integrations)
            if isinstance(one, Log):
                found.append(one)
            else:
                problems.append(one)
    named = {log.folder for log in found if log.folder}
    said = ((index, folder) for index, folder in enumerate(folders) if folder.folder not in named)
    return [*found, *(_of_folder(folder, context.place("folders", index)) for index, folder in said)], problems


def _of_folder(said: Folder, place: Place) -> Log:
    owners = (said.owner,) if said.owner else ()
    page = said.path or f"folder/{said.folder}"
    return Log(said.folder, said.title or said.folder, said.folder, "", True, said.path, page, "", owners, place)


def _place(entity: Entity, context: Context) -> Place:
    """The line of the annotation; that of its entity where the file is not here."""
    for file in context.files(entity.place.file) if "://" not in entity.place.file else ():
        try:
            return Place(file.name, *locate(file.text, entity.document, ("metadata", "annotations", ANNOTATION)))
        except (UnicodeDecodeError, Malformed):
            break
    return entity.place


def _of_entity(entity: Entity, owners: Sequence[str], place: Place, integrations: scm.Integrations) -> Log | Problem:
    said, ref = entity.annotation(ANNOTATION).strip(), entity.ref
    path = f"{ref.namespace}/{ref.kind}/{ref.name}".lower()
    location = entity.annotation(LOCATION).strip()
    written = _ADDRESS.fullmatch(said)
    remote = location.lower().startswith("url:")
    base = (entity.annotation(SOURCE).strip() or location).removeprefix("url:")
    address = written[1] if written else _resolved(said, base, integrations) if remote else ""
    folder = "" if written or remote else _folder(entity, said)
    if not address and not folder:
        return _nowhere(entity, said, place)
    own = not remote or _same(address, location.removeprefix("url:"), integrations)
    return Log(path, entity.title, folder, address, own, path, path, str(ref), tuple(owners), place)


def _folder(entity: Entity, said: str) -> str:
    """The folder below the site's root; "" for one that is not inside it."""
    base = posixpath.dirname(entity.place.file)
    found = posixpath.normpath(posixpath.join(base, said.removeprefix("dir:").strip("/") or "."))
    outside = found.startswith("../") or found in ("..", ".") or said.startswith("/")
    return "" if outside else found


def _resolved(said: str, base: str, integrations: scm.Integrations) -> str:
    """The address of a folder as seen from the file or folder at ``base``; "" if that leaves its repository."""
    try:
        folder = base if base.endswith("/") else f"{base.rpartition('/')[0]}/"
        found = scm.resolved(f"{said.removeprefix('dir:').rstrip('/')}/", folder, integrations)
    except ValueError:
        return ""
    return found if _same(found, base, integrations) else ""


def _same(one: str, other: str, integrations: scm.Integrations) -> bool:
    """Whether two addresses are of one repository."""
    first, second = scm.parse(one, integrations), scm.parse(other, integrations)
    return first is not None and second is not None and first[:3] == second[:3]


def _nowhere(entity: Entity, said: str, place: Place) -> Problem:
    what = (
        f'the annotation {ANNOTATION} of {entity.ref} says "{said[:200]}", which is no folder of this site or of its repository.'
    )
    mend = "Write a folder relative to this file, or the address of a tree: https://github.com/acme/shop/tree/main/docs/adr"
    return Problem("adr/bad-location", what, place, f"metadata.annotations.{ANNOTATION}", mend, Severity.WARNING)
