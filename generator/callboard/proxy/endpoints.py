"""Endpoints: functions of plugins that answer requests from the published data, found by the manifests of a site's mounts."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callboard import discovery
from callboard.model.manifest import Plugin
from callboard.model.problem import Problems
from callboard.plugin import Call, Published, Reply


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One entry of a manifest's ``endpoints``: plain data, so that it travels from the process that builds to the one that serves."""

    prefix: str
    """The path that it answers below, without base path: ``/api/catalog``."""
    place: discovery.PluginFolder | None
    """None for Callboard's own."""
    digest: str
    """Of the plugin's folder: code that changed is loaded anew."""
    reference: str
    """``module:function``."""


_SEARCH = Endpoint("/api/search", None, "", "callboard.proxy.searching:answer")


def made(plugins: Iterable[Plugin], *, search: bool) -> tuple[Endpoint, ...]:
    """The endpoints of mounted plugins, and of the search if the site has one. Two plugins with one prefix: the first mounted answers."""
    endpoints: dict[str, Endpoint] = {}
    for plugin in plugins:
        place = discovery.PluginFolder(plugin.name, plugin.folder, plugin.origin)
        for prefix, reference in plugin.manifest.endpoints.items():
            endpoints.setdefault(prefix, Endpoint(prefix, place, plugin.digest, reference))
    if search:
        endpoints.setdefault(_SEARCH.prefix, _SEARCH)
    return tuple(endpoints.values())


@dataclass(frozen=True, slots=True)
class PublishedFolder:
    """A published site on disk, as ``callboard.plugin.Published`` describes it."""

    root: Path

    @property
    def version(self) -> str:
        """Changes with every publication: the build report is written whenever anything else is."""
        try:
            stat = (self.root / "-" / "build" / "report.json").stat()
        except FileNotFoundError:
            return ""
        return f"{stat.st_ino}-{stat.st_mtime_ns}-{stat.st_size}"

    def read(self, path: str) -> bytes | None:
        """A published file; None for what is none, or lies outside."""
        root = self.root.resolve()
        file = (root / path.lstrip("/")).resolve()
        return file.read_bytes() if file.is_relative_to(root) and file.is_file() else None


class Endpoints:
    """The endpoints of one server. ``fault`` hears of exceptions in the plugins' code."""

    def __init__(self, endpoints: Iterable[Endpoint], fault: Callable[[BaseException], None]) -> None:
        # The longest prefix first: /api/catalog/extra is not answered by /api/catalog.
        self._endpoints = sorted(endpoints, key=lambda one: -len(one.prefix))
        self._fault = fault
        self._loaded: dict[Endpoint, Any] = {}

    def of(self, path: str) -> Endpoint | None:
        """The endpoint that a path (without base path) lies below."""
        return next((one for one in self._endpoints if path == one.prefix or path.startswith(f"{one.prefix}/")), None)

    def answer(self, endpoint: Endpoint, call: Call, published: Published) -> Reply | None:
        """What the endpoint says; an exception in its code is a 500 that tells nothing, and told to ``fault``."""
        try:
            if endpoint not in self._loaded:
                self._loaded[endpoint] = _function(endpoint)
            reply = self._loaded[endpoint](call, published)
            if reply is not None and not isinstance(reply, Reply):
                raise TypeError(f"{endpoint.reference} gave {type(reply).__name__}, not a Reply")
        except Problems as stopped:
            self._fault(RuntimeError(str(stopped)))
            return _failed()
        except Exception as error:  # foreign code: whatever it raises costs this answer alone
            self._fault(error)
            return _failed()
        return reply


def _function(endpoint: Endpoint) -> Any:
    if endpoint.place is not None:
        return discovery.named(endpoint.place, endpoint.digest, endpoint.reference)
    module, _, name = endpoint.reference.partition(":")
    return getattr(importlib.import_module(module), name)  # loaded when it is asked first


def _failed() -> Reply:
    return Reply(500, b'{"error":{"name":"InternalError","message":"The endpoint failed."},"response":{"statusCode":500}}')
