"""A Site's mounts become Plugins: folders found, manifests read, options validated; code is loaded only when mounted."""

from __future__ import annotations

from callboard.discovery.code import named
from callboard.discovery.listing import Found, available, bundled_kinds, manifest_schema, site_schema
from callboard.discovery.manifests import digest
from callboard.discovery.mounts import find
from callboard.folders import PluginFolder

__all__ = [
    "Found",
    "PluginFolder",
    "available",
    "bundled_kinds",
    "digest",
    "find",
    "manifest_schema",
    "named",
    "site_schema",
]
