"""``/-/plugins/``: what is mounted with which options, what is not configured, and what else could be mounted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from callboard.model.manifest import Plugin
from callboard.model.page import PageData
from callboard.model.problem import Problem
from callboard.pages.core import OWNER
from callboard.pages.makers import Maker, Planned
from callboard.pages.records import Records

PATH = "/-/plugins/"
Others = Iterable[tuple[str, str, str]]
"""Name, title and summary of each plugin that could be mounted and is not."""


class PluginsPage(Maker):
    """The page. It tells which options are said and never what they say: they may name machines that readers should not know of."""

    template = "plugins.html"

    def __init__(self, plugins: Sequence[Plugin], records: Mapping[str, Records], others: Others) -> None:
        self._plugins, self._records, self._others = plugins, records, tuple(others)

    def plan(self, number: int) -> Iterator[Planned | Problem]:
        """The page."""
        yield Planned(PATH, "Plugins", OWNER, number, None)

    def data(self, planned: Planned) -> PageData:
        """All mounts, and the plugins that are not mounted."""
        mounted = [self._mount(plugin, planned.path) for plugin in self._plugins if plugin.manifest.pages or plugin.options]
        others = [{"name": name, "title": title, "summary": summary} for name, title, summary in self._others]
        values = {"mounted": mounted, "others": others}
        return PageData(planned.title, planned.path, "What this portal is made of.", values)

    def _mount(self, plugin: Plugin, here: str) -> dict[str, Any]:
        links = self.stage.links
        return {
            "id": plugin.id,
            "name": plugin.name,
            "title": plugin.title,
            "summary": plugin.manifest.summary,
            "origin": plugin.origin,
            "href": links.href(plugin.path, here) if plugin.path in self.stage.titles else "",
            "path": plugin.path,
            "unset": self._records[plugin.id].unset,
            "options": [{"name": n, "help": help_, "state": _state(plugin, n)} for n, help_ in _options(plugin)],
        }


def _options(plugin: Plugin) -> list[tuple[str, str]]:
    """Names and help."""
    declared = plugin.manifest.options
    if not isinstance(declared, str):
        return [(name, spec.help) for name, spec in declared.items()]
    fields = type(plugin.option_model).model_fields.items() if plugin.option_model is not None else ()
    return [(field.alias or name, field.description or "") for name, field in fields]


def _state(plugin: Plugin, option: str) -> str:
    """Whether an option is said in ``site.yaml``."""
    if option in plugin.mount.options:
        return "set"
    value = plugin.options.get(option)
    return "not set" if value is None or value in ("", [], {}) else "default"
