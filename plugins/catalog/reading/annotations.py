"""Annotations that a catalog derives from where an entity was read; what the entity says itself wins."""

from __future__ import annotations

import posixpath
from typing import Any

from ..options import LocationSpec
from . import scm

LOCATION = "backstage.io/managed-by-location"
ORIGIN = "backstage.io/managed-by-origin-location"
SOURCE = "backstage.io/source-location"
VIEW = "backstage.io/view-url"
EDIT = "backstage.io/edit-url"
_PROJECT_KIND = "Component"
"""The kind that released Backstage gives its project: others of the same repository would show the same builds and pull requests."""


class Annotations:
    """Annotates one entity after another. ``source`` is the address of the site's folder in its repository, or ""."""

    def __init__(self, integrations: scm.Integrations, source: str) -> None:
        self._integrations, self._source = integrations, source
        self._derived: dict[tuple[str, str], tuple[dict[str, str], tuple[str, str] | None]] = {}

    def add(self, entity: dict[str, Any], name: str, location: LocationSpec) -> None:
        """Annotate ``entity``, which was read from the file or address ``name``; ``location`` is the entry that led to it."""
        key = name, location["target"]
        derived, project = self._derived.get(key) or self._derive(key, location)
        metadata = entity["metadata"]
        own = metadata.get("annotations") or {}
        metadata["annotations"] = annotations = derived | own
        if entity["kind"] == _PROJECT_KIND:
            if location["type"] == "file" and SOURCE in own:
                project = scm.project(own[SOURCE].removeprefix("url:"), self._integrations) or project
            if project is not None and not annotations.get(project[0]):
                annotations[project[0]] = project[1]

    def _derive(self, key: tuple[str, str], location: LocationSpec) -> tuple[dict[str, str], tuple[str, str] | None]:
        name, target = key
        page = name if location["type"] == "url" or "://" in name else scm.beside(self._source, name, self._integrations)
        said = {
            LOCATION: f"{'url' if '://' in name else 'file'}:{name}",
            ORIGIN: f"{location['type']}:{posixpath.normpath(target) if location['type'] == 'file' else target}",
            VIEW: page,
            EDIT: scm.edit(page, self._integrations),
        }
        if folder := scm.folder(page, self._integrations):
            said[SOURCE] = f"url:{folder}"
        found = {name: text for name, text in said.items() if text}, scm.project(page, self._integrations)
        self._derived[key] = found
        return found
