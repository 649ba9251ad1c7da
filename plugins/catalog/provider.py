"""The catalog's provider: locations and services → one Dataset of entities, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast
from urllib.parse import urlsplit

from callboard.plugin import Context, Dataset, Entity, File, Origin, Problem, Provider, Severity, State, scm

from . import listing
from .checking import cycles
from .checking.checker import Checker
from .explore.facets import facets, first_rows
from .options import Options
from .people import organisation
from .reading.annotations import Annotations
from .reading.descriptors import Descriptors
from .reading.kept import Kept
from .reading.owners import Owners
from .reading.reader import Reader, host_of
from .reading.remote import Remote
from .reading.rules import Rules
from .scaffolding.templates import templates
from .services import providers
from .services.answered import Answered

__all__ = ["Catalog", "Options"]


class Catalog(Provider[Options]):
    """Entities of all kinds, from descriptor files and from services."""

    def provide(self, options: Options, context: Context) -> Dataset:
        """The entities, what was left out, and the counts that the index shows."""
        checker = Checker(context.kinds)
        reader, origins = _read(options, context, checker)
        answered = _asked(options, context, checker, reader)
        reader.save()
        inputs = reader.inputs
        found = [*reader.entities, *(entity for one in answered for entity in one.entities)]
        entities, twice = _once(found)
        amiss = [*(p for one in answered for p in one.problems), *twice]
        circles = cycles.found(entities, context.kinds)
        return Dataset(
            entities=entities,
            origins=[*origins, *(one.origin for one in answered)],
            problems=[*_faulty(checker, context), *reader.problems, *amiss, *circles],
            files=inputs,
            kinds=listing.kinds(entities, context.kinds),
            **organisation.lists(entities, context.kinds),
            parents=reader.parents(entities),
            left_out=listing.left_out(reader.left_out, amiss),
            templates=templates(entities, options.templates, scm.known(options.integrations)),
            facets=facets(entities, context.kinds),
            first=first_rows(entities, context.kinds),
            health=[listing.health(entities, context.kinds)],
            summary=[{"entities": len(entities), "left_out": sum(file.rejected for file in inputs)}],
        )


def _read(options: Options, context: Context, checker: Checker) -> tuple[Reader, list[Origin]]:
    """Everything that ``locations`` name and lead to, and where each of them came from."""
    place = context.place("locations")
    integrations = scm.known(options.integrations)
    # Asked for when there is an address to read: a provider that has touched the network runs again in every build.
    remote = Remote(lambda: context.http, integrations, options.reading["allow"], named=_named(options))

    def files(pattern: str) -> Iterator[File]:
        return context.files(pattern, place=place)

    site = scm.parse(options.source, integrations)
    owners = Owners(context.kinds, files, remote, site=site.path if site else "") if options.codeowners else None
    kept = Kept(context.cache, f"{checker.mark} {context.mount}{' owners' if owners else ''}")
    descriptors = Descriptors(checker, files, remote, kept, owners, source=options.source)
    reader = Reader(descriptors, Rules(options.rules), Annotations(integrations, options.source))
    origins: dict[str, Origin] = {}
    for index, location in enumerate(options.locations):
        target = location["target"]
        found = reader.read(location, target, place, f"locations[{index}].target")
        if location["type"] == "file":
            origins[target] = Origin(target, "file", target)
        else:
            missing = Origin(target, "http", host_of(target), State.OK if found else State.FAILED)
            origins[target] = remote.origins.get(target, missing)
    return reader, list(origins.values())


def _named(options: Options) -> frozenset[str]:
    """The hosts that locations and integrations name: they are read from whatever ``reading`` says."""
    hosts = {urlsplit(one["target"]).netloc for one in options.locations if one["type"] == "url"}
    said = (entry["host"] for entries in options.integrations.values() for entry in cast(list[dict[str, str]], entries))
    return frozenset(host.lower() for host in (*hosts, *said))


def _asked(options: Options, context: Context, checker: Checker, reader: Reader) -> list[Answered]:
    """What the providers gave; the descriptors among it are read like locations."""
    integrations = scm.known(options.integrations)
    answered = providers.asked(options.providers, context, checker, integrations, only=not options.locations)
    for one in answered:
        for found in one.found:
            reader.given(found.address, found.text, one.origin.name, context.place("providers"))
    return answered


def _once(found: Iterable[Entity]) -> tuple[list[Entity], list[Problem]]:
    """Each entity once, the first; and a problem for every other that says it is the same."""
    first: dict[str, Entity] = {}
    problems = []
    for entity in found:
        ref = str(entity.ref)
        winner = first.setdefault(ref, entity)
        if winner is not entity:
            what = f"{ref} is already described at {winner.place}, which is the one shown."
            mend = "Remove or rename one of the two."
            problems.append(Problem("duplicate-entity", what, entity.place, "metadata.name", mend, Severity.WARNING))
    return list(first.values()), problems


def _faulty(checker: Checker, context: Context) -> Iterable[Problem]:
    for kind in context.kinds.values():
        for what in checker.faulty.get(kind.name, ()):
            sentence = f"the kind {kind.name} is not checked: {what}"
            mend = "The README of the catalog names the keywords that may be used."
            yield Problem("catalog/bad-schema", sentence, kind.place, "schema", mend, Severity.WARNING)
