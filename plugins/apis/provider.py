"""The APIs among the catalog's entities: whose they are, how many provide and how many use them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from callboard.plugin import Context, Dataset, Entity, Origin, Problem, Provider, Severity, State, related

from .operations import operations

_RELATIONS = ("ownedBy", "partOf", "apiProvidedBy", "apiConsumedBy")


class Apis(Provider[Any]):
    """Lists ``apis`` (a record each, by title), ``types`` (how many of each type) and the ``operations`` of all definitions."""

    def provide(self, options: Any, context: Context) -> Dataset:
        """The entities of the kinds that the options name."""
        wanted = {str(kind).lower() for kind in options.kinds}
        found = sorted(
            (e for e in context.entities if e.ref.kind.lower() in wanted), key=lambda e: (e.title.casefold(), str(e.ref))
        )
        edges = related(context.entities, context.kinds, *_RELATIONS)
        spelled: dict[str, str] = {}
        apis = [_record(entity, spelled, *(edges[name].get(str(entity.ref), ()) for name in _RELATIONS)) for entity in found]
        counts = Counter(api["type"] for api in apis if api["type"])
        types = [{"name": name, "count": count} for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
        described = [
            {**operation, "owner": api["owner"], "system": api["system"], "lifecycle": api["lifecycle"]}
            for entity, api in zip(found, apis, strict=True)
            for operation in operations(entity, context.cache)
        ]
        return Dataset(
            apis=apis, types=types, operations=described, origins=_origins(context), problems=_unknown(options.kinds, context)
        )


def _record(entity: Entity, spelled: dict[str, str], *targets: tuple[str, ...]) -> dict[str, Any]:
    """``spelled`` keeps each type as it was first written: OpenAPI and openapi are one."""
    owners, systems, providers, consumers = targets
    said = entity.spec.get("type")
    kind_type = spelled.setdefault(said.lower(), said) if isinstance(said, str) else ""
    lifecycle, description = entity.spec.get("lifecycle"), entity.metadata.get("description")
    return {
        "ref": str(entity.ref),
        "title": entity.title,
        "type": kind_type,
        "lifecycle": lifecycle if isinstance(lifecycle, str) else "",
        "owner": list(owners),
        "system": list(systems),
        "providers": len(providers),
        "consumers": len(consumers),
        "description": description.strip().partition("\n")[0] if isinstance(description, str) else "",
    }


def _origins(context: Context) -> list[Origin]:
    """The catalog as one origin, as old as its oldest answer; what of it is stale or failed stands by itself."""
    all_ = [origin for dataset in context.datasets.values() for origin in dataset.origins]
    amiss = [origin for origin in all_ if origin.state in (State.STALE, State.FAILED)]
    oldest = min((origin.as_of for origin in all_ if origin.as_of), default=None)
    return amiss or [Origin("catalog", "file", "the catalog", as_of=oldest)]


def _unknown(kinds: list[Any], context: Context) -> Iterator[Problem]:
    for kind in kinds:
        if str(kind).lower() not in context.kinds:
            close = get_close_matches(str(kind).lower(), context.kinds, 1)
            hint = f" Did you mean {context.kinds[close[0]].name}?" if close else ""
            what = f'no plugin declares the kind "{kind}".{hint}'
            yield Problem("unknown-kind", what, context.place("kinds"), "kinds", "Correct its name.", Severity.WARNING)
