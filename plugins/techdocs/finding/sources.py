"""The documentation of a site: what entities name by annotation, with its versions, and folders of the options."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from callboard.plugin import Context, Entity, EntityRef, Malformed, Place, Problem, Severity, locate, related, scm, segment

from ..options import Options
from .places import Misplaced, Target, failed, of_reference, permitted

REF = "backstage.io/techdocs-ref"
ENTITY = "backstage.io/techdocs-entity"
ENTITY_PATH = "backstage.io/techdocs-entity-path"
VERSIONS = "callboard.dev/techdocs-versions"


class Source(NamedTuple):
    """One documentation: one version of what an entity says, or a folder."""

    path: str
    """Where it lies below the mount: ``default/component/shop``, with ``/@v1`` for a version."""
    target: Target
    place: Place
    ref: str = ""
    """Its entity; "" for a folder of the options."""
    title: str = ""
    """What it is called whatever it calls itself; "" for that."""
    owners: tuple[str, ...] = ()
    kind: str = ""
    type: str = ""
    version: str = ""
    """"" for the one that is shown first."""


class Pointer(NamedTuple):
    """An entity that shows the documentation of another one."""

    ref: str
    other: str
    below: str
    """A path below the other's documentation."""
    place: Place


class Sources:
    """All of them, and what is wrong with single ones."""

    def __init__(self, options: Options, context: Context, integrations: scm.Integrations) -> None:
        self._options, self._context, self._integrations = options, context, integrations
        self._owners = related(context.entities, context.kinds, "ownedBy")["ownedBy"]
        self.problems: list[Problem] = []
        self.pointers: list[Pointer] = []
        self.found = [*self._of_entities(), *self._of_options()]

    def _of_entities(self) -> Iterator[Source]:
        for entity in sorted(self._context.entities, key=lambda one: (one.title.casefold(), str(one.ref))):
            if entity.annotation(ENTITY):
                self._point(entity)
            elif said := entity.annotation(REF):
                yield from self._of_entity(entity, said)

    def _of_entity(self, entity: Entity, said: str) -> Iterator[Source]:
        place = self._place(entity, REF)
        first = self._source(entity, said, place, "")
        if first is None:
            return
        yield first
        versions = self._place(entity, VERSIONS)
        for title, reference in _versions(entity.annotation(VERSIONS)):
            if (one := self._source(entity, reference, versions, title)) is not None:
                yield one

    def _source(self, entity: Entity, said: str, place: Place, version: str) -> Source | None:
        ref = str(entity.ref)
        try:
            target = of_reference(said, entity, self._integrations)
            if target.remote and not permitted(target, entity, self._integrations, list(self._options.allow)):
                raise Misplaced(
                    f"{target.address[:200]} is another repository than its entity's, and our token may open more than its author may see.",
                    "Allow it under the option allow.",
                )
        except Misplaced as error:
            self.problems += filter(None, [failed(error, ref, place)])
            return None
        path = "/".join(segment(part.lower()) for part in (entity.ref.namespace, entity.ref.kind, entity.ref.name))
        spec_type = entity.spec.get("type")
        return Source(
            f"{path}/@{segment(version)}" if version else path,
            target,
            place,
            ref,
            entity.title,
            self._owners.get(ref, ()),
            entity.ref.kind,
            spec_type if isinstance(spec_type, str) else "",
            version,
        )

    def _point(self, entity: Entity) -> None:
        place, said = self._place(entity, ENTITY), entity.annotation(ENTITY).strip()
        try:
            other = str(EntityRef.parse(said, kind=entity.ref.kind, namespace=entity.ref.namespace))
        except ValueError as error:
            what = f'the annotation {ENTITY} of {entity.ref} says "{said[:200]}": {error}'
            self.problems.append(Problem("techdocs/bad-reference", what, place, severity=Severity.WARNING))
            return
        self.pointers.append(Pointer(str(entity.ref), other, entity.annotation(ENTITY_PATH).strip().strip("/"), place))

    def _place(self, entity: Entity, annotation: str) -> Place:
        """The line of an annotation; that of its entity where the file is not here."""
        if "://" in entity.place.file or not entity.annotation(annotation):
            return entity.place
        for file in self._context.files(entity.place.file):
            try:
                line, column = locate(file.text, entity.document, ("metadata", "annotations", annotation))
            except (UnicodeDecodeError, Malformed):
                break
            return Place(entity.place.file, line, column)
        return entity.place

    def _of_options(self) -> Iterator[Source]:
        for index, said in enumerate(self._options.docs):
            folder = posixpath.normpath(said["folder"])
            path = said.get("path") or segment(posixpath.basename(folder if folder != "." else "documents"))
            owners = tuple(self._owned(said.get("owner", "")))
            target = Target("" if folder == "." else folder, said.get("source", ""))
            yield Source(path, target, self._context.place("docs", index, "folder"), "", said.get("title", ""), owners)

    def _owned(self, owner: str) -> Iterable[str]:
        try:
            yield from [str(EntityRef.parse(owner, kind="group"))] if owner else ()
        except ValueError as error:
            self.problems.append(
                Problem("techdocs/bad-reference", str(error), self._context.place("docs"), severity=Severity.WARNING)
            )


def _versions(said: str) -> Sequence[tuple[str, str]]:
    """``v1=dir:docs/v1, v2=url:https://…`` → the title and the reference of each."""
    parts = (part.partition("=") for part in said.replace("\n", ",").split(","))
    return [(title.strip(), reference.strip()) for title, sign, reference in parts if sign and segment(title.strip())]
