"""The optional little server beside a published site: live answers of plugins and of Backstage's proxy endpoints."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from callboard.proxy.server import Refused, Settings, Voice, is_local, listen, run

if TYPE_CHECKING:
    from callboard.proxy.endpoints import PublishedFolder
    from callboard.proxy.log import Log
    from callboard.proxy.table import Table, load

__all__ = ["Log", "PublishedFolder", "Refused", "Settings", "Table", "Voice", "is_local", "listen", "load", "run"]

_MODULES: Final = {"Log": "log", "PublishedFolder": "endpoints", "Table": "table", "load": "table"}


def __getattr__(name: str) -> Any:
    """One of the names that are not imported yet."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    return found
