"""A Site's mounts become Plugins: folders found, manifests read, options validated; code is loaded only when mounted."""

from __future__ import annotations

from callboard.discovery.folders import PluginFolder
from callboard.discovery.listing import Found, available, manifest_schema, site_schema
from callboard.discovery.mounts import find

__all__ = ["Found", "PluginFolder", "available", "find", "manifest_schema", "site_schema"]
