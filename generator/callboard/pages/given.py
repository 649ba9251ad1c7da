"""What templates are given of the site, of a mount, and of a plugin's code."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from callboard import __version__
from callboard.model.manifest import Plugin
from callboard.model.problem import Problems
from callboard.model.secret import Secret
from callboard.model.site import Site
from callboard.pages.machine import policy


class _Printed:
    """A function of a plugin's code as templates see it: its HTML is trusted like the templates themselves."""

    def __init__(self, plugin: Plugin, reference: str) -> None:
        self._plugin, self._reference = plugin, reference

    @functools.cached_property
    def _function(self) -> Any:
        return self._plugin.load(self._reference)

    def __call__(self, *arguments: Any) -> Markup:
        try:
            return Markup(self._function(*arguments))  # noqa: S704  # a plugin's own output
        except Problems as stopped:
            raise ValueError("; ".join(problem.what.rstrip(".") for problem in stopped.items)) from None


class Given:
    """What every page of one site may show of it."""

    def __init__(self, site: Site, plugins: Sequence[Plugin]) -> None:
        self._site, self.plugins = site, {plugin.id: plugin for plugin in plugins}

    @property
    def diagrams(self) -> str:
        """Who draws diagrams, as a text."""
        return self._site.spec.diagrams.model_dump_json()

    @functools.cached_property
    def site(self) -> dict[str, Any]:
        """What templates see as ``site``."""
        site = self._site.spec.site
        return {
            "title": site.title,
            "description": site.description,
            "language": site.language,
            "url": site.url,
            "source": site.source,
            "version": __version__,
            "publish": dict(self._site.spec.publish),
            # An apostrophe ends no attribute in double quotes; as it is, people can read it.
            "policy": Markup(str(escape(policy(self._site))).replace("&#39;", "'")),  # noqa: S704  # escaped
            "live": self._site.spec.proxy.url if self._site.spec.proxy.live else None,
            "search": self._site.spec.search,
            "logo": "",
        }

    @functools.cache  # noqa: B019  # lives as long as one build
    def mount(self, owner: str) -> dict[str, Any]:
        """What templates see as ``mount``; ``owner`` is its id."""
        plugin = self.plugins.get(owner)
        if plugin is None:
            return {"id": "", "title": "", "path": "/", "options": {}}
        options = {name: value for name, value in plugin.options.items() if not isinstance(value, Secret)}
        return {"id": plugin.id, "title": plugin.title, "path": plugin.path, "options": options}

    @functools.cache  # noqa: B019  # lives as long as one build
    def functions(self, owner: str) -> dict[str, Any]:
        """What the templates of one plugin may call of its code. It is loaded when a template calls it first."""
        plugin = self.plugins.get(owner)
        table = plugin.manifest.functions if plugin else {}
        return {name: _Printed(plugin, reference) for name, reference in table.items() if plugin}
