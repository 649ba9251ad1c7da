"""What somebody owns: counted by kind and type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from callboard.plugin import Entity, Kind

from .masks import mask

_TYPES = 8
"""Types named of each kind; the rest is counted as others."""


class Ownership:
    """The entities that are owned, as sets that are counted by kind and type."""

    def __init__(self, owned: Mapping[str, Sequence[str]], entities: Mapping[str, Entity], kinds: Mapping[str, Kind]) -> None:
        known = {ref: entities[ref] for refs in owned.values() for ref in refs if ref in entities}
        self._rank = {ref: number for number, ref in enumerate(known)}
        self._sets = {owner: mask(refs, self._rank) for owner, refs in owned.items()}
        self._kinds = [(kind, *_parted(kind, known, self._rank)) for kind in kinds.values()]

    def of(self, owner: str) -> int:
        """The set of what one entity owns itself."""
        return self._sets.get(owner, 0)

    def all_of(self, owners: Iterable[str]) -> int:
        """The set of what any of several owns."""
        found = 0
        for owner in owners:
            found |= self.of(owner)
        return found

    def counted(self, found: int) -> dict[str, Any]:
        """``{total, kinds: [{name, plural, icon, count, types: [{name, count}], others}]}``.

        Kinds stand as they are declared, the most common types first.
        """
        kinds = [
            {
                "name": kind.name,
                "plural": kind.plural,
                "icon": kind.icon,
                "count": (found & all_).bit_count(),
                **_typed(found, types),
            }
            for kind, all_, types in self._kinds
            if found & all_
        ]
        return {"total": found.bit_count(), "kinds": kinds}


def _parted(kind: Kind, entities: Mapping[str, Entity], rank: Mapping[str, int]) -> tuple[int, dict[str, int]]:
    """The set of a kind's entities, and that of each of its types."""
    name = kind.name.lower()
    mine = {ref: entity for ref, entity in entities.items() if entity.ref.kind.lower() == name}
    types: dict[str, list[str]] = {}
    for ref, entity in mine.items():
        found = entity.spec.get("type")
        types.setdefault(found if isinstance(found, str) else "", []).append(ref)
    return mask(mine, rank), {kind_type: mask(refs, rank) for kind_type, refs in types.items() if kind_type}


def _typed(found: int, types: Mapping[str, int]) -> dict[str, Any]:
    counts = [(name, (found & members).bit_count()) for name, members in types.items() if found & members]
    counts.sort(key=lambda pair: (-pair[1], pair[0]))
    return {"types": [{"name": name, "count": count} for name, count in counts[:_TYPES]], "others": max(0, len(counts) - _TYPES)}
