"""Relations among the entities of a site, for predicates and for whose entity is whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callboard.plugin import Entity, Kind, related


class Relations:
    """Who is related to whom; of both sides, only entities that exist count."""

    def __init__(self, entities: Sequence[Entity], kinds: Mapping[str, Kind], owning: str) -> None:
        self.known = {str(entity.ref): entity for entity in reversed(entities)}
        """Every entity by its reference; of two that are called the same, the first."""
        self._entities, self._kinds, self._owning = entities, kinds, owning
        self._all: dict[str, list[dict[str, str]]] | None = None
        self._owners = related(entities, kinds, owning)[owning]

    def owners(self, ref: str) -> tuple[str, ...]:
        """The references of an entity's owners, those that do not exist too."""
        return self._owners.get(ref, ())

    def of(self, entity: Entity) -> list[dict[str, str]]:
        """The relations of an entity as Backstage's catalog answers them: ``[{type, targetRef}]``."""
        if self._all is None:
            self._all = self._related()
        return self._all.get(str(entity.ref), [])

    def _related(self) -> dict[str, list[dict[str, str]]]:
        types = {name: None for kind in self._kinds.values() for field in kind.relations for name in (field.type, field.reverse)}
        answered = [entity.data.get("relations") for entity in self._entities]
        types |= {item["type"]: None for value in answered if isinstance(value, list) for item in value if _sound(item)}
        found: dict[str, list[dict[str, str]]] = {}
        for name, edges in related(self._entities, self._kinds, *types).items():
            for source, targets in edges.items():
                mine = [{"type": name, "targetRef": target} for target in targets if target in self.known]
                if mine:
                    found.setdefault(source, []).extend(mine)
        return found


def _sound(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("type"), str)
