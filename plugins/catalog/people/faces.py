"""What lists show of an entity that they name, and which entities are groups and which are people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from callboard.plugin import Entity, Kind

_NUMBERS = re.compile(r"(\d+)")
_DIGITS = 16
"""A longer number is compared as text."""

Face = dict[str, Any]
"""``ref``, ``title``, and ``path`` (below the mount; "" for what is not in this catalog)."""


class Faces:
    """The faces of one catalog's entities, and the order in which people look for them."""

    def __init__(self, entities: Mapping[str, Entity]) -> None:
        self.entities = entities
        self._order: dict[str, tuple[list[tuple[int, str]], str]] = {}

    def __call__(self, ref: str) -> Face:
        """The face of a canonical reference."""
        entity = self.entities.get(ref)
        if entity is None:
            return {"ref": ref, "title": ref.partition(":")[2].removeprefix("default/"), "path": ""}
        return {"ref": ref, "title": entity.title, "path": path_of(entity)}

    def order(self, ref: str) -> tuple[list[tuple[int, str]], str]:
        """By title, whatever its case and accents; numbers in it by their value."""
        if ref not in self._order:
            entity = self.entities.get(ref)
            parts = _NUMBERS.split(folded(entity.title if entity else ref.partition("/")[2]))
            self._order[ref] = (
                [(int(part), "") if part.isdecimal() and len(part) < _DIGITS else (0, part) for part in parts],
                ref,
            )
        return self._order[ref]


def folded(title: str) -> str:
    """A title without case and accents: ``Élise`` stands with the Es."""
    plain = unicodedata.normalize("NFKD", title)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def path_of(entity: Entity) -> str:
    """Where its page lies below the mount."""
    return f"{entity.ref.namespace}/{entity.ref.kind}".lower() + f"/{entity.ref.name}/"


def owner_path(ref: str) -> str:
    """Where the list of all that it owns lies below the mount."""
    kind, _, rest = ref.partition(":")
    namespace, _, name = rest.partition("/")
    return f"owner/{namespace}/{kind}/{name}/"


def roles(kinds: Mapping[str, Kind]) -> tuple[frozenset[str], frozenset[str]]:
    """The kinds (in small letters) that have members, and those that are members: what their relation fields say."""
    fields = [(name, relation) for name, kind in kinds.items() for relation in kind.relations]
    groups = {name for name, relation in fields if relation.type == "hasMember"}
    groups |= {relation.kind.lower() for _, relation in fields if relation.type == "memberOf" and relation.kind}
    people = {name for name, relation in fields if relation.type == "memberOf"}
    people |= {relation.kind.lower() for _, relation in fields if relation.type == "hasMember" and relation.kind}
    return frozenset(groups), frozenset(people - groups)
