"""``callboard import backstage``: an existing app-config becomes a site.yaml."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(
    short_help="Make a site.yaml out of Backstage's app-config.yaml.",
    epilog="""\b
Examples:
  callboard import backstage app-config.yaml
  callboard import backstage app-config.yaml app-config.production.yaml --output portal
""",
)
@click.argument("configs", nargs=-1, required=True, metavar="APP-CONFIG...", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=".",
    show_default="this folder",
    metavar="DIR",
    help="The folder that the site.yaml is written to; a site.yaml that is there already is not touched.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json prints one document on standard output and nothing else.",
)
def backstage(configs: tuple[Path, ...], output: Path, form: str) -> None:
    """Write a site.yaml that shows what a Backstage shows, and list what of its configuration has no equivalent, and why.

    Of several files the later ones win, as Backstage reads them. Variables stay variables: no secret is read or written.
    """
    from .converting import converted
    from .reading import Unusable, loaded
    from .telling import told
    from .writing import written

    missing = next((config for config in configs if not config.is_file()), None)
    if missing is not None:
        raise click.UsageError(f'There is no file "{missing}".')
    target = output / "site.yaml"
    if output.exists() and not output.is_dir():
        raise click.UsageError(f'"{output}" is no folder.')
    if target.exists() or target.is_symlink():
        raise click.ClickException(f'"{target}" is there already and is not touched. Name another folder: --output DIR')
    try:
        config = loaded(configs, Path.cwd())
    except Unusable as reason:
        raise click.ClickException(str(reason)) from None
    made = converted(config, output)
    output.mkdir(parents=True, exist_ok=True)
    target.write_text(written(made, [source.name for source in config.sources]), encoding="utf-8", newline="\n")
    for line in told(made, target, form):
        click.echo(line)
