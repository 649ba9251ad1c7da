"""The declared sources of a mount: files, services, databases and commands → records, with where they came from and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from callboard.data.asking.client import Client
from callboard.data.cache import CacheStore
from callboard.data.filling import hosts, secrets
from callboard.data.sources.addresses import Addresses
from callboard.data.sources.command import Command
from callboard.data.sources.files import Files
from callboard.data.sources.graphql import GraphQL
from callboard.data.sources.prometheus import Prometheus
from callboard.data.sources.source import Allowed, Fault, Loaded, Source, joined
from callboard.data.sources.sql import Sql
from callboard.model.dataset import State
from callboard.model.manifest import Plugin
from callboard.model.site import Site
from callboard.model.source import SourceKind, SourceSpec

__all__ = ["Allowed", "Loaded", "allowed", "each", "hosts", "load", "secrets"]

_AT_ONCE: Final = 4
_NOTHING: Final = Allowed()
_KINDS: Final[Mapping[SourceKind, type[Source]]] = {
    "file": Files,
    "http": Addresses,
    "graphql": GraphQL,
    "sql": Sql,
    "prometheus": Prometheus,
    "command": Command,
}


def load(
    name: str,
    spec: SourceSpec,
    plugin: Plugin,
    *,
    site_root: Path,
    client: Client,
    cache: CacheStore,
    check: bool = False,
    allowed: Allowed = _NOTHING,
) -> Loaded:
    """The records of one source, once for each item if it says ``each``. Never raises for what files and services hold.

    ``check`` asks no service and runs no command. ``allowed`` says which commands may be run. What each fetch did is in ``runs``; the
    client does not report it.
    """
    try:
        source = _KINDS[spec.kind](name, spec, plugin, site_root, client, cache, check, allowed)
        items = source.items()
    except Fault as fault:
        return Loaded([], problems=(fault.problem(name, plugin),))
    if spec.file or check or len(items) < 2:
        found = joined([source.load(item) for item in items])
    else:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="source") as pool:
            found = joined(pool.map(source.load, items))
    return _required(source, found) if spec.required else found


def each(specs: Mapping[str, SourceSpec], one: Callable[[str, SourceSpec], Loaded]) -> dict[str, Loaded]:
    """What all sources of a mount gave, in their order: several are asked at one time, so that those which do not answer cost one time."""
    asked = [name for name, spec in specs.items() if not spec.file]
    if len(asked) < 2:
        return {name: one(name, spec) for name, spec in specs.items()}
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sources") as pool:
        running = {name: pool.submit(one, name, specs[name]) for name in asked}
        return {name: running[name].result() if name in running else one(name, spec) for name, spec in specs.items()}


def allowed(site: Site) -> Allowed:
    """The commands that a site allows."""
    return Allowed(tuple(site.spec.allow.commands), site.marks.at(("allow", "commands")))


def _required(source: Source, found: Loaded) -> Loaded:
    """With an error if a source that the site cannot do without gave nothing at all."""
    failed = [origin for origin in found.origins if origin.state is State.FAILED]
    if not failed or len(failed) < len(found.origins):
        return found
    why = f"{failed[0].label}: {failed[0].error}" if failed[0].error else failed[0].label
    what = f'the source "{source.name}" is required, and there is no data of it, not even from before ({why}).'
    fault = Fault("required-source", what, "Nothing is published. Mend the source, or build again when it answers.", "required")
    problem = replace(source.problem(fault), place=source.plugin.mount_place, path=f"sources.{source.name}")
    return replace(found, problems=(*found.problems, problem))
