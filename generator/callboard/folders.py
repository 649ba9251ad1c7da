"""Where plugins lie: the site's own folder, the bundled ones, and installed packages."""

from __future__ import annotations

import hashlib
import os
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
_IGNORED = ("tests", "__pycache__")
_PLUGGED = re.compile(r"^(commands|imports):", re.MULTILINE)

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


@dataclass(frozen=True, slots=True)
class Plugged:
    """A plugin whose manifest says ``commands`` or ``imports``: a look at its text, so that ``--help`` loads no YAML."""

    place: PluginFolder
    text: str

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.place.name

    @property
    def commands(self) -> str:
        """``module:group``, or "" if it has none."""
        return self._said("commands")

    @property
    def summary(self) -> str:
        """What it shows, or its title."""
        return self._said("summary") or self._said("title")

    @property
    def imports(self) -> Mapping[str, str]:
        """Tool → ``module:command``."""
        from callboard import yamlfile

        try:
            value = yamlfile.load(self.text, self.place.shown)[0]
        except yamlfile.Malformed:  # check says so, where the plugin is mounted
            return {}
        table = value.get("imports") if isinstance(value, dict) else None
        return {str(tool): str(reference) for tool, reference in table.items()} if isinstance(table, dict) else {}

    def _said(self, key: str) -> str:
        found = re.search(rf"^{key}: *(.+?) *$", self.text, re.MULTILINE)
        return found[1].strip("\"'") if found else ""


def plugged(root: Path | None) -> Iterator[Plugged]:
    """Every available plugin with commands or imports; a site's own come before bundled ones of the same name."""
    seen: set[str] = set()
    for place in Folders(root).everything():
        text = place.manifest.read_text(encoding="utf-8", errors="replace")
        if place.name not in seen and _PLUGGED.search(text):
            seen.add(place.name)
            yield Plugged(place, text)


def digest(folder: Path) -> str:
    """SHA-256 (hex) of the names and bytes of every file of a plugin but its tests."""
    total = hashlib.sha256()
    for path in sorted(_files(folder), key=lambda path: path.relative_to(folder).as_posix()):
        name, content = path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape"), path.read_bytes()
        total.update(b"%d %d\n%b%b" % (len(name), len(content), name, content))
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for base, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _IGNORED]
        yield from (path for name in files if (path := Path(base, name)).is_file())


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
