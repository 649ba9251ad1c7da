"""Where plugins lie: the site's own folder, the bundled ones, and installed packages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from callboard import paths

GROUP: Final = "callboard.plugins"
"""The entry-point group of installed plugins: ``oncall = "callboard_oncall"``, a package whose folder holds ``plugin.yaml``."""
MANIFEST: Final = "plugin.yaml"
_NAME = re.compile(r"[a-z][a-z0-9_]*")

Origin = Literal["site", "bundled", "installed"]


@dataclass(frozen=True, slots=True)
class PluginFolder:
    """A folder that holds (or should hold) a ``plugin.yaml``."""

    name: str
    folder: Path
    origin: Origin

    @property
    def shown(self) -> str:
        """As people see it: ``plugins/oncall`` in the site, else with the word for where it comes from."""
        prefix = "" if self.origin == "site" else f"({self.origin}) "
        return f"{prefix}plugins/{self.name}"

    @property
    def manifest(self) -> Path:
        """Its ``plugin.yaml``."""
        return self.folder / MANIFEST


class Folders:
    """The plugin folders that one site can use. Looks at the disk when asked, and at installed packages at most once."""

    def __init__(self, root: Path | None) -> None:
        self._roots: list[tuple[Origin, Path]] = [("bundled", paths.bundled("plugins"))]
        if root is not None:
            self._roots.insert(0, ("site", root / "plugins"))

    def of(self, name: str) -> tuple[PluginFolder, ...]:
        """The places that hold a plugin of this name, in the order in which they win; more than one is a mistake."""
        found = [PluginFolder(name, root / name, origin) for origin, root in self._roots]
        found += [PluginFolder(name, folder, "installed") for folder in self._installed.get(name, ())]
        return _distinct(place for place in found if place.manifest.is_file())

    def everything(self) -> tuple[PluginFolder, ...]:
        """Every plugin there is, sorted by name."""
        names = {path.parent.name for _, root in self._roots for path in root.glob(f"*/{MANIFEST}")} | set(self._installed)
        return tuple(place for name in sorted(names) if _NAME.fullmatch(name) for place in self.of(name))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all plugins, sorted."""
        return tuple(dict.fromkeys(place.name for place in self.everything()))

    @cached_property
    def _installed(self) -> Mapping[str, list[Path]]:
        from importlib.metadata import entry_points

        found: dict[str, list[Path]] = {}
        for entry in entry_points(group=GROUP):
            folder = _package_folder(entry.value)
            if folder is not None:
                found.setdefault(entry.name, []).append(folder)
        return found


def _package_folder(package: str) -> Path | None:
    """The folder of an installed package, found without running any of its code: only a mount runs anything."""
    from importlib.util import find_spec

    top, *below = package.split(":", maxsplit=1)[0].split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):  # a broken distribution; whoever mounts it hears that there is no such plugin
        return None
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location, *below)
        if (folder / MANIFEST).is_file():
            return folder
    return None


def _distinct(places: Iterator[PluginFolder]) -> tuple[PluginFolder, ...]:
    """Each folder once: Callboard's own checkout is a site whose ``plugins/`` are the bundled ones."""
    found: dict[Path, PluginFolder] = {}
    for place in places:
        found.setdefault(place.folder.resolve(), place)
    return tuple(found.values())
