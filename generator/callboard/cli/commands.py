"""The commands: their words on the command line, and what each one calls. Heavy imports wait until a command needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NoReturn

import click

from callboard import __version__
from callboard.cli.caching import cache
from callboard.cli.plugged import Imports, Root
from callboard.cli.session import Session

_ENV: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"


class Refreshing(click.Command):
    """A command whose ``--refresh`` takes a value only as ``--refresh=SOURCE``: a word after it is the SITE."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write a bare ``--refresh`` as ``--refresh=*``."""
        end = args.index("--") if "--" in args else len(args)
        given = ["--refresh=*" if word == "--refresh" else word for word in args[:end]]
        return super().parse_args(ctx, given + args[end:])


def _env(ctx: click.Context, parameter: click.Parameter, value: str) -> str:  # noqa: ARG001  # the form of a callback
    import re

    if value and not re.match(_ENV, value):
        raise click.BadParameter(f'"{value}" is no name of an environment. Use letters, digits, - and _.')
    return value


def _refresh(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str:  # noqa: ARG001  # as above
    if value == "":
        raise click.BadParameter("name a source after the =, or write --refresh alone for all of them.")
    return value or ""


_site = click.argument("site", default=".", type=click.Path(path_type=Path))
_environment = click.option(
    "--env", default="", metavar="NAME", callback=_env, help="Lay site.NAME.yaml over site.yaml, for example: production."
)
_strict = click.option("--strict", is_flag=True, help="Count warnings, stale and failed sources as errors.")
_format = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json prints one document on standard output and nothing else.",
)


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},  # of all commands below it too
    epilog="""\b
Start with:
  callboard init my-portal      a small working site
  callboard serve my-portal     look at it while you edit
  callboard build my-portal     write it to my-portal/public

\b
Exit codes:
  0    fine
  1    problems in the site (warnings too, with --strict)
  2    a wrong command line
  3    a bug of Callboard's (its log is named)
  130  interrupted; the published site is whole, the old one or the new one
""",
)
@click.version_option(__version__, prog_name="callboard", message="%(prog)s %(version)s")
def callboard() -> None:
    """Callboard makes a developer portal out of one site.yaml: a folder of pages that any static host serves."""


@callboard.command(
    cls=Refreshing,
    epilog="""\b
Examples:
  callboard build                      the site in this folder, to public/
  callboard build portal --strict      fail on warnings, as in CI
  callboard build --refresh=releases   ask this source again, whatever its age
  callboard build --offline            use what was fetched before
  callboard build --record answers     write what was answered, for --replay answers
""",
)
@_site
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="DIR", help="The folder to write; default: public/ beside site.yaml."
)
@_strict
@click.option("--drafts", is_flag=True, help="Publish pages that say draft: true as well.")
@click.option("--offline", is_flag=True, help="Fetch nothing; use the last good answers, however old.")
@click.option(
    "--refresh",
    metavar="[=SOURCE]",
    callback=_refresh,
    help="Fetch again what is still fresh: all sources, or the one named. The name follows an =, with no space.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write all answers that are used to this folder, without secrets.",
)
@click.option(
    "--replay",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Ask the answers in this folder, and no service, database or command.",
)
@_environment
@click.option("--jobs", type=click.IntRange(1, 256), metavar="N", help="How many processes render; default: one a core.")
@_format
@click.pass_obj
def build(session: Session, /, site: Path, output: Path | None, form: str, **given: Any) -> int:
    """Write the site.

    SITE is a folder with a site.yaml, or the file itself; default: this folder. Only pages that changed are rendered and
    written. If there are errors, nothing is written, and all of them are listed with file, line and the mend.
    """
    from callboard.cli.building import build_site

    return build_site(session, site, json=form == "json", output=output.absolute() if output else None, **given)


@callboard.command(
    short_help="Find every problem; fetch and write nothing.",
    epilog="""\b
Examples:
  callboard check portal --env production
  callboard check --external              ask for every link to another site, too
""",
)
@_site
@_environment
@_strict
@click.option("--external", is_flag=True, help="Ask for every link to another site: one question a second to a host.")
@click.option("--offline", is_flag=True, help="With --external: ask nobody, and tell what is known of them.")
@_format
@click.pass_obj
def check(session: Session, /, site: Path, env: str, strict: bool, external: bool, offline: bool, form: str) -> int:
    """Find every problem of the site without fetching or writing anything.

    With --external, links to other sites that lead to nothing are errors. What could not be checked (a host that does not answer, or
    lets nobody look) is told, and is none.
    """
    from callboard.cli.building import check_links, check_site

    if offline and not external:
        usage("--offline is for --external: without it, nobody is asked in any case.")
    if external:
        return check_links(session, site, env=env, strict=strict, offline=offline, json=form == "json")
    return check_site(session, site, env=env, strict=strict, json=form == "json")


@callboard.command(
    short_help="Serve the site; rebuild it as files change.",
    epilog="\b\nExample:\n  callboard serve portal --port 0     take any free port and print it",
)
@_site
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@_environment
@click.option("--open", "browser", is_flag=True, help="Open the site in a browser.")
@click.pass_obj
def serve(session: Session, /, site: Path, **given: Any) -> int:
    """Serve the site on this machine, and rebuild it as files change.

    Open pages reload by themselves. Problems appear in the page, which stays as it last was good. Ctrl-C ends it.
    """
    from callboard.cli.serving import serve_site

    return serve_site(session, site, **given)


@callboard.command(
    short_help="Make a small working site.",
    epilog="\b\nExample:\n  callboard init my-portal && callboard build my-portal",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.pass_obj
def init(session: Session, /, folder: Path) -> int:
    """Make a small working site in DIR, which is new or empty.

    It holds site.yaml, a page, a plugin of a few lines of YAML, and workflows that publish to GitHub Pages and GitLab Pages.
    """
    from callboard.cli.making import make_site

    return make_site(session, folder)


@callboard.command(
    short_help="Answer live requests from a published site.",
    epilog="\b\nExample:\n  callboard proxy portal --port 7007 --name portal.example.com",
)
@_site
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="DIR", help="The published folder; default: what site.yaml says."
)
@click.option("--port", type=click.IntRange(0, 65535), default=7007, show_default=True, help="The port; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--name", "names", multiple=True, metavar="HOST", help="A host name that requests may use; several times for several."
)
@click.option(
    "--log", default="-", metavar="FILE", help="Where each request becomes a line of JSON; default: - (standard output)."
)
@_environment
@click.pass_obj
def proxy(session: Session, /, site: Path, **given: Any) -> int:
    """Answer live requests of a site: its proxied endpoints, live values and plugins' endpoints. Ctrl-C ends it.

    It stands beside a static host, which sends it what begins with /api/. It reads the published folder, also after the next build,
    reads site.yaml again when it changes, and writes nothing but its log. /-/health and /-/ready are for probes.
    """
    from callboard.cli.answering import answer_site

    return answer_site(session, site, **given)


callboard.add_command(cache)


@callboard.command(
    "export-rules",
    short_help="Write what a host can answer instead of the proxy.",
    epilog="""\b
Examples:
  callboard export-rules nginx portal > callboard.conf.template
  callboard export-rules netlify portal --output portal
  callboard export-rules cloudflare portal --output portal/public
""",
)
@click.argument("host", metavar="netlify|cloudflare|nginx", type=click.Choice(["netlify", "cloudflare", "nginx"]))
@_site
@click.option("--output", type=click.Path(path_type=Path), metavar="DIR", help="Write the files there; default: print them.")
@_environment
@click.pass_obj
def export_rules(session: Session, /, host: str, site: Path, env: str, output: Path | None) -> int:
    """Write the rules by which a host answers what is declared under proxy: in site.yaml and plugins, without callboard proxy.

    Credentials are names of variables, never values. What the host cannot do is said in the files and on standard error.
    """
    from callboard.cli.exporting import write_rules

    return write_rules(session, host, site, env=env, output=output)


@callboard.group("import", cls=Imports)
def import_() -> None:
    """Make a site.yaml out of another tool's settings."""


@callboard.group()
def new() -> None:
    """Make a part of a site."""


@new.command(epilog="\b\nExample:\n  callboard new plugin on_call")
@click.argument("name")
@click.option(
    "--site", default=".", type=click.Path(path_type=Path), metavar="DIR", help="The site that gets it; default: this folder."
)
@click.pass_obj
def plugin(session: Session, /, name: str, site: Path) -> int:
    """Make a plugin: a folder plugins/NAME with a manifest, a page, a README and tests that pass."""
    from callboard.cli.making import make_plugin

    return make_plugin(session, name, site)


@callboard.command(short_help="List the plugins that can be mounted.")
@_site
@_format
@click.pass_obj
def plugins(session: Session, /, site: Path, form: str) -> int:
    """List the plugins that can be mounted: what they show, where they come from, where they are mounted."""
    from callboard.cli.listing import list_plugins

    return list_plugins(session, site, json=form == "json")


@callboard.command(
    short_help="Print the JSON Schema of site.yaml or plugin.yaml.",
    epilog="""\b
Examples:
  callboard schema site > site.schema.json
  callboard schema plugin
""",
)
@click.argument("what", metavar="site|plugin", type=click.Choice(["site", "plugin"]))
@_site
@click.pass_obj
def schema(session: Session, /, what: str, site: Path) -> int:
    """Print the JSON Schema of site.yaml or of a plugin's plugin.yaml, for editors.

    The schema of site.yaml knows the options of every plugin that SITE can mount; default: this folder.
    """
    from callboard.cli.listing import print_schema

    return print_schema(session, what, site)


def usage(message: str) -> NoReturn:
    """End with a wrong command line: exit code 2."""
    raise click.UsageError(message)
