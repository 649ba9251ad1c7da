"""Plugins that bring commands, found by a look at their manifests alone: fast, and nothing of them runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callboard import paths, yamlfile
from callboard.discovery import manifests
from callboard.discovery.folders import Folders, PluginFolder

_SAYS = re.compile(r"^(commands|imports):", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Plugged:
    """A plugin with commands of its own, or with imports."""

    place: PluginFolder
    title: str
    summary: str
    commands: str = ""
    imports: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.place.name


def plugged(root: Path | None) -> Iterator[Plugged]:
    """Every available plugin whose manifest says ``commands`` or ``imports``; a site's own win over bundled ones of the same name.

    A manifest that cannot be read is passed over: ``callboard check`` of a site that mounts it says what is wrong.
    """
    seen: set[str] = set()
    for place in Folders(root).everything():
        if place.name not in seen and (found := _look(place)):
            seen.add(place.name)
            yield found


def _look(place: PluginFolder) -> Plugged | None:
    try:
        text = manifests.text(place)
        value: Any = yamlfile.load(text, place.shown)[0] if _SAYS.search(text) else None
    except (yamlfile.Malformed, paths.Refused, UnicodeDecodeError, OSError):
        return None
    if not isinstance(value, dict):
        return None
    commands, imports = value.get("commands"), value.get("imports")
    return Plugged(
        place,
        str(value.get("title") or place.name),
        str(value.get("summary") or ""),
        commands if isinstance(commands, str) and ":" in commands else "",
        {str(tool): named for tool, named in imports.items() if isinstance(named, str) and ":" in named}
        if isinstance(imports, dict)
        else {},
    )
