"""``callboard cache``: its commands' words. What they do stands in ``cli/kept.py``, imported when one of them runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from callboard.cli.session import Session

_site = click.option(
    "--site",
    default=".",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The site whose cache it is; default: this folder.",
)
_env = click.option("--env", default="", metavar="NAME", help="Lay site.NAME.yaml over site.yaml.")
_plugin = click.option("--plugin", default="", metavar="NAME", help="Only answers of this plugin.")
_source = click.option("--source", default="", metavar="NAME", help="Only answers of the source of this name.")
_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def cache() -> None:
    """Look at, empty, save and restore the answers of services that a site keeps between builds."""


@cache.command(
    "list",
    short_help="List the answers that are kept.",
    epilog="\b\nExample:\n  callboard cache list --plugin github_releases",
)
@_site
@_env
@_plugin
@_source
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json prints one document on standard output and nothing else.",
)
@click.pass_obj
def list_(session: Session, /, form: str, **given: Any) -> int:
    """List the answers that are kept: of which source and plugin, how old and large each is, and whether it is still fresh.

    Memcached cannot say what it holds, so this, clear and export do not work with it.
    """
    from callboard.cli.kept import list_answers

    return list_answers(session, json=form == "json", **given)


@cache.command(
    short_help="Forget answers.",
    epilog="\b\nExample:\n  callboard cache clear --source runs     the next build asks for these again",
)
@_site
@_env
@_plugin
@_source
@click.pass_obj
def clear(session: Session, /, **given: Any) -> int:
    """Forget answers: all, with everything else that the cache holds, or those that are named.

    The next build asks for them again, and has no last good answer if the service fails.
    """
    from callboard.cli.kept import clear_answers

    return clear_answers(session, **given)


@cache.command(
    short_help="Save the answers to a file.",
    epilog="\b\nExample:\n  callboard cache export answers.zip",
)
@_file
@_site
@_env
@click.pass_obj
def export(session: Session, /, **given: Any) -> int:
    """Save all answers to FILE, a zip that import reads on any machine: for CI, which keeps one file between runs.

    It holds what services answered, so keep it as private as those answers are. It holds no credentials.
    """
    from callboard.cli.kept import export_answers

    return export_answers(session, **given)


@cache.command(
    "import",
    short_help="Restore answers from a file.",
    epilog="\b\nExample:\n  callboard cache import answers.zip && callboard build",
)
@_file
@_site
@_env
@click.pass_obj
def import_(session: Session, /, **given: Any) -> int:
    """Restore the answers of FILE, which export wrote. Answers that are newer here stay.

    The whole file is looked at first: what is damaged, too large or holds anything else changes nothing.
    """
    from callboard.cli.kept import import_answers

    return import_answers(session, **given)
