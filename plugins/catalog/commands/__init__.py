"""The commands of ``callboard catalog``. What a command needs is imported once it runs."""

from __future__ import annotations

from pathlib import Path

import click

from .query import query


@click.group()
def cli() -> None:
    """Checks descriptor files and asks the catalog, from the command line and in pull requests."""


@cli.command(
    short_help="Check descriptor files as the catalog does.",
    epilog="""\b
Examples:
  callboard catalog validate catalog-info.yaml
  callboard catalog validate services/ --format github
  callboard catalog validate "teams/**/*.yaml" --site portal
""",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="json prints a list of all entities; github marks the lines in a pull request.",
)
@click.option(
    "--site",
    type=click.Path(path_type=Path),
    metavar="SITE",
    help="A site whose plugins and kinds count as well; without it, those that come with Callboard.",
)
@click.option(
    "--codeowners", is_flag=True, help="An entity that names no owner gets the one of CODEOWNERS, as with the catalog's option."
)
@click.pass_context
def validate(ctx: click.Context, /, paths: tuple[str, ...], form: str, site: Path | None, codeowners: bool) -> None:
    """Check each entity of descriptor files exactly as a build does, without a site and without asking a service.

    PATH is a file, a folder that is searched for catalog-info.yaml and catalog-info.yml, or a pattern such as
    "services/**/*.yaml". References and placeholders to files are checked too. Exit code 1 if an entity is not valid.
    """
    if site is not None and not site.exists():
        raise click.BadParameter(f'There is no site "{site}".', ctx, param_hint="--site")
    from .files import found
    from .printing import printed
    from .validating import checked

    entities = checked(found(paths, Path.cwd()), ctx.obj.kinds(site), codeowners=codeowners)
    for line in printed(entities, form):
        click.echo(line)
    ctx.exit(0 if all(entity.valid for entity in entities) else 1)


cli.add_command(query)
