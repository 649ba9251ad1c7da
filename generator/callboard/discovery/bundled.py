"""The kinds of Callboard's own plugins, read as they are: a hook that checks descriptor files has no time for models.

Tests hold these files against their models, so nothing is looked for here that could be wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from callboard import yamlfile
from callboard.folders import Folders, PluginFolder
from callboard.model.entity import Kind, RelationField
from callboard.model.problem import Place


def bundled_kinds() -> tuple[Kind, ...]:
    """The entity kinds of the bundled plugins: what they check and how they relate, without what pages show of them."""
    places = [place for place in Folders(None).everything() if place.origin == "bundled"]
    return tuple(kind for place in places for kind in _of(place))


def _of(place: PluginFolder) -> Iterator[Kind]:
    text = place.manifest.read_text(encoding="utf-8")
    if "\nkinds:" not in text:
        return
    for name in _value(text)["kinds"]:
        said = _value((place.folder / name).read_text(encoding="utf-8"))
        for one in said if isinstance(said, list) else [said]:
            yield _kind(one, Place(f"{place.shown}/{name}", 1, 1))


def _value(text: str) -> Any:
    [document] = yamlfile.documents(text)
    if isinstance(document, yamlfile.Malformed):
        raise document
    return document.value


def _kind(said: Mapping[str, Any], place: Place) -> Kind:
    relations = tuple(
        RelationField(
            one["field"], one["type"], one["reverse"], one.get("kind"), one.get("title", ""), one.get("reverseTitle", "")
        )
        for one in said.get("relations", ())
    )
    return Kind(
        said["name"],
        said["plural"],
        said.get("icon", ""),
        tuple(said.get("apiVersions", ())),
        said.get("schema", {}),
        relations,
        place=place,
    )
