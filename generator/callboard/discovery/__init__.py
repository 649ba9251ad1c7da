"""A Site's mounts become Plugins: folders found, manifests read, options validated; code is loaded only when mounted.

What the names below need is imported when they are first used: a command that only loads a plugin's code starts without the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from callboard.folders import PluginFolder, digest

if TYPE_CHECKING:
    from callboard.discovery.bundled import bundled_kinds
    from callboard.discovery.code import named
    from callboard.discovery.listing import Found, available, manifest_schema, site_schema, unmounted
    from callboard.discovery.mounts import all_mounts, find

__all__ = [
    "Found",
    "PluginFolder",
    "all_mounts",
    "available",
    "bundled_kinds",
    "digest",
    "find",
    "manifest_schema",
    "named",
    "site_schema",
    "unmounted",
]

_MODULES: Final = {
    "Found": "listing",
    "all_mounts": "mounts",
    "available": "listing",
    "bundled_kinds": "bundled",
    "find": "mounts",
    "manifest_schema": "listing",
    "named": "code",
    "site_schema": "listing",
    "unmounted": "listing",
}


def __getattr__(name: str) -> Any:
    """One of the names that are not imported yet."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    return found
