"""A Site's mounts become Plugins: folders found, manifests read, options validated; code is loaded only when mounted."""

from __future__ import annotations

from callboard.discovery.code import named
from callboard.discovery.folders import PluginFolder
from callboard.discovery.listing import Found, available, bundled_kinds, manifest_schema, site_schema
from callboard.discovery.manifests import digest
from callboard.discovery.mounts import find
from callboard.discovery.plugged import Plugged, plugged

__all__ = [
    "Found",
    "Plugged",
    "PluginFolder",
    "available",
    "bundled_kinds",
    "digest",
    "find",
    "manifest_schema",
    "named",
    "plugged",
    "site_schema",
]
