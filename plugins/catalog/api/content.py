"""What live answers are made of: the published files, read once for each publication."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property

from callboard.plugin import Kind, Published

from ..checking.checker import Checker
from ..query.columns import Column, columns
from ..query.engine import Engine
from ..query.predicates import Chooser
from ..query.rows import Row
from . import locations

ENTITIES = "api/catalog/entities/index.html"
KINDS = "api/catalog/kinds.json"


class Content:
    """One publication."""

    def __init__(self, published: Published, entities: bytes) -> None:
        self.published = published
        self.engine = Engine(json.loads(entities))

    @cached_property
    def locations(self) -> Sequence[Mapping[str, str]]:
        """The registered locations, by id."""
        return locations.known(self.engine.entities)

    @cached_property
    def location_chooser(self) -> Chooser:
        """Answers predicates over them."""
        found: dict[str, Column] = columns(self.locations, rows=_rows)
        return Chooser(found, len(self.locations))

    @cached_property
    def checker(self) -> Checker:
        """Checks entities by the kinds of the site."""
        kinds = json.loads(self.published.read(KINDS) or b"[]")
        made = [Kind(one["name"], one["plural"], "", tuple(one["apiVersions"]), one["schema"]) for one in kinds]
        return Checker({kind.name.lower(): kind for kind in made})


def _rows(location: Mapping[str, str]) -> list[Row]:
    return [Row(key.lower(), value.lower(), value) for key, value in location.items()]
