"""Commands that plugins bring: groups under their names, and what ``callboard import`` knows. No code is loaded to list them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from callboard.folders import Plugged


class Root(click.Group):
    """``callboard``: its own commands first, then a group for each plugin that has commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, sorted; the core's win."""
        return sorted({*super().list_commands(ctx), *_plugged(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command of the core, or a plugin's group."""
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            return found
        plugin = _plugged(ctx).get(cmd_name)
        return _Group(plugin) if plugin else None


class Hosted(click.Group):
    """A group whose commands are plugins': their context's ``obj`` is a ``callboard.plugin.Host``."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run one of them."""
        from callboard.cli.hosting import Hosting

        ctx.obj = Hosting(ctx.obj)
        return super().invoke(ctx)


class _Group(Hosted):
    """One plugin's group; its code is loaded when one of its commands is asked for."""

    def __init__(self, plugin: Plugged) -> None:
        super().__init__(plugin.name, help=plugin.summary)
        self._plugin = plugin
        self._loaded: click.Group | None = None

    def _group(self) -> click.Group:
        if self._loaded is None:
            found = load(self._plugin, self._plugin.commands)
            if not isinstance(found, click.Group):
                raise click.ClickException(f"{self._plugin.commands} of the plugin {self._plugin.name} is no click group.")
            self._loaded = found
        return self._loaded

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What its own words say; in the list of all commands stands the plugin's summary, which needs no code."""
        self.help = self._group().help or self.help
        super().format_help(ctx, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Its commands."""
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them."""
        return self._group().get_command(ctx, cmd_name)


class Imports(Hosted):
    """``callboard import``: a command for each tool whose settings a plugin reads."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The tools."""
        return sorted(_imports(ctx))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of one tool."""
        found = _imports(ctx).get(cmd_name)
        if found is None:
            return None
        command = load(*found)
        if not isinstance(command, click.Command):
            raise click.ClickException(f"{found[1]} of the plugin {found[0].name} is no click command.")
        return command


def load(plugin: Plugged, reference: str) -> Any:
    """What ``module:name`` of a plugin's code is. Raises ClickException with what is wrong with the code."""
    from callboard import discovery
    from callboard.model.problem import Problems

    try:
        return discovery.named(plugin.place, discovery.digest(plugin.place.folder), reference)
    except Problems as stopped:
        raise click.ClickException("\n".join(problem.text for problem in stopped.items)) from None


def _plugged(ctx: click.Context) -> dict[str, Plugged]:
    """The plugins that have commands: the bundled and installed ones, and those of the site in this folder."""
    from callboard import folders

    known = ctx.meta.get("callboard.plugged")
    if known is None:
        here = Path.cwd()
        root = here if (here / "site.yaml").is_file() else None
        known = ctx.meta["callboard.plugged"] = {plugin.name: plugin for plugin in folders.plugged(root)}
    return {name: plugin for name, plugin in known.items() if plugin.commands}


def _imports(ctx: click.Context) -> dict[str, tuple[Plugged, str]]:
    _plugged(ctx)
    found: dict[str, tuple[Plugged, str]] = {}
    for plugin in ctx.meta["callboard.plugged"].values():
        for tool, reference in plugin.imports.items():
            found.setdefault(tool, (plugin, reference))
    return found
