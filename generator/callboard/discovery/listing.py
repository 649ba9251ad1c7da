"""What there is: every plugin that a site could mount, and JSON Schemas for editors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from callboard import paths, schema, yamlfile
from callboard.discovery import code, manifests, mounts, options
from callboard.discovery.findings import Findings
from callboard.folders import Folders, Origin, PluginFolder
from callboard.model.manifest import Manifest
from callboard.model.secret import Secret
from callboard.model.site import Site, SiteFile


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin that can be mounted. ``title`` is the name and ``summary`` empty if its manifest cannot be read."""

    name: str
    title: str
    summary: str
    origin: Origin
    folder: Path
    mounts: tuple[str, ...]
    """The paths where the site mounts it."""


class _Lenient(GenerateJsonSchema):
    """Schemas also of a plugin's own models: a secret is a text to editors, and what JSON cannot say may be anything."""

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:  # noqa: ARG002  # pydantic's form
        """What to say of a type that JSON Schema does not know."""
        return {"type": "string"} if schema.get("cls") is Secret else {}


def available(site: Site | None) -> tuple[Found, ...]:
    """Every plugin of the site's own folder, bundled and installed, sorted by name; without a site, the latter two."""
    mounted = list(mounts.all_mounts(site)) if site else []
    return tuple(
        Found(
            place.name,
            *_words(place),
            place.origin,
            place.folder,
            tuple(mount.path for mount in mounted if mount.spec.plugin == place.name),
        )
        for place in Folders(site.root if site else None).everything()
    )


def unmounted(site: Site) -> str:
    """A text that changes whenever what ``available`` says of plugins that are not mounted may have: their names and when their
    manifests were written, since reading them would cost every build time.
    """
    mounted = {mount.spec.plugin for mount in mounts.all_mounts(site)}
    places = [place for place in Folders(site.root).everything() if place.name not in mounted]
    return repr([(place.name, (place.folder / "plugin.yaml").stat().st_mtime_ns) for place in places])


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema of ``plugin.yaml``."""
    return schema.json_schema(Manifest)


def site_schema(site: Site | None) -> dict[str, Any]:
    """The JSON Schema of ``site.yaml``, which knows the options of every available plugin.

    Options that a plugin says in Python are known of bundled and of mounted plugins only: nothing else runs code.
    """
    made = schema.json_schema(SiteFile)
    mounted = {spec.plugin for spec in site.spec.plugins} if site else set()
    places = {place.name: place for place in reversed(Folders(site.root if site else None).everything())}
    mount = made["$defs"]["MountSpec"]
    mount["properties"]["plugin"] |= {
        "anyOf": [{"enum": sorted(places)}, {"pattern": mount["properties"]["plugin"].pop("pattern")}]
    }
    mount["allOf"] = list(_conditions(sorted(places.items()), mounted, made["$defs"]))
    return made


def _conditions(
    places: list[tuple[str, PluginFolder]], mounted: set[str], definitions: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for name, place in places:
        found = _options_schema(place, runs=place.origin == "bundled" or name in mounted)
        if found is None:
            continue
        definitions |= {f"{name}.{word}": value for word, value in found.pop("$defs", {}).items()}
        yield {
            "if": {"properties": {"plugin": {"const": name}}, "required": ["plugin"]},
            "then": {"properties": {"options": found}},
        }


def _options_schema(place: PluginFolder, *, runs: bool) -> dict[str, Any] | None:
    """The schema of one plugin's options, its definitions renamed to ``<plugin>.<name>``; None if it is not known."""
    reading = manifests.read(place)
    if reading.manifest is None or reading.problems:
        return None
    if isinstance(reading.manifest.options, str):
        loaded = code.load(place, reading.manifest, reading.digest, Findings(reading.marks)) if runs else None
        if loaded is None or loaded.options is None:
            return None
        form = options.form_of(loaded.options)
    else:
        form = options.form(reading.manifest.options)
    model = form.model
    found = model.model_json_schema(mode="validation", ref_template=f"#/$defs/{place.name}.{{model}}", schema_generator=_Lenient)
    # a secret may come from the environment, so that no editor should ask for it
    found["required"] = [name for name in found.get("required", ()) if name not in form.secrets]
    return {key: value for key, value in found.items() if key != "title" and value != []}


def _words(place: PluginFolder) -> tuple[str, str]:
    """Title and summary, also of a manifest that is not sound otherwise."""
    try:
        value, _ = yamlfile.load(manifests.text(place), place.shown)
    except (yamlfile.Malformed, paths.Refused, UnicodeDecodeError, FileNotFoundError):
        return place.name, ""  # what is wrong with it is said where it is mounted
    said = value if isinstance(value, dict) else {}
    title, summary = said.get("title"), said.get("summary")
    return title if isinstance(title, str) else place.name, summary if isinstance(summary, str) else ""
