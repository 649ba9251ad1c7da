"""Annotations that a catalog derives from where an entity was read; what the entity says itself wins."""

from __future__ import annotations

import posixpath
from typing import Any

from callboard.plugin import scm

from ..options import LocationSpec

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

    def added(self, entity: dict[str, Any], name: str, location: LocationSpec) -> dict[str, Any]:
        """``entity``, which was read from the file or address ``name``, with annotations; ``location`` is the entry that led to it."""
        key = name, location["target"]
        derived, project = self._derived.get(key) or self._derive(key, location)
        metadata = entity["metadata"]
        own = metadata.get("annotations") or {}
        if entity["kind"] == _PROJECT_KIND:
            derived = derived | self._project(own, project, location)
        return {**entity, "metadata": {**metadata, "annotations": derived | own}}

    def _project(self, own: dict[str, str], project: tuple[str, str] | None, location: LocationSpec) -> dict[str, str]:
        """The annotation that names the project. A file's entity may say itself where its source lies."""
        if location["type"] == "file" and SOURCE in own and own.keys().isdisjoint(scm.PROJECTS):
            project = scm.project(own[SOURCE].removeprefix("url:"), self._integrations) or project
        return dict([project]) if project is not None else {}

    def _derive(self, key: tuple[str, str], location: LocationSpec) -> tuple[dict[str, str], tuple[str, str] | None]:
        name, target = key
        found: dict[str, str] = {
            LOCATION: f"{'url' if '://' in name else 'file'}:{name}",
            ORIGIN: f"{location['type']}:{posixpath.normpath(target) if location['type'] == 'file' else target}",
        }
        page = name if "://" in name else scm.beside(self._source, name, self._integrations)
        if not page:
            self._derived[key] = found, None
            return found, None
        folder, edit = scm.folder(page, self._integrations), scm.edit(page, self._integrations)
        found |= {VIEW: page} | ({EDIT: edit} if edit else {}) | ({SOURCE: f"url:{folder}"} if folder else {})
        self._derived[key] = found, scm.project(page, self._integrations)
        return self._derived[key]
