"""``callboard catalog query``: asks a site's catalog as clients ask Backstage's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

TEXT_FIELDS = ("metadata.name", "metadata.title", "metadata.description", "metadata.tags", "spec.profile.displayname")
"""Where ``--text`` looks."""


@click.command(
    short_help="Ask the catalog of a site.",
    epilog="""\b
Examples:
  callboard catalog query --filter kind=component,spec.type=service
  callboard catalog query --filter kind=api --filter kind=resource --fields metadata.name,spec.owner
  callboard catalog query --where '{"relations": {"$contains": {"type": "ownedBy"}}}' --format json
  callboard catalog query portal --text payments --order metadata.name,desc --limit 20
""",
)
@click.argument("site", default=".", type=click.Path(path_type=Path), metavar="[SITE]")
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="F",
    help="kind=component,spec.type=service: all conditions must hold; of several filters, one.",
)
@click.option("--where", metavar="JSON", help='A predicate as well: {"kind": {"$in": ["api", "system"]}}.')
@click.option("--text", default="", metavar="T", help="What occurs in the name, title, description or tags.")
@click.option("--order", "orders", multiple=True, metavar="F,asc|desc", help="What comes first; without it, by reference.")
@click.option("--fields", multiple=True, metavar="F,F", help="Only these fields.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many entities.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "yaml"]),
    default="table",
    show_default=True,
    help="How to print them.",
)
@click.option("--offline", is_flag=True, help="Ask no service: use the last answers.")
@click.option("--env", default="", metavar="NAME", help="Lay site.NAME.yaml over site.yaml, for example: production.")
@click.pass_context
def query(
    ctx: click.Context,
    /,
    site: Path,
    filters: tuple[str, ...],
    where: str | None,
    text: str,
    orders: tuple[str, ...],
    fields: tuple[str, ...],
    limit: int | None,
    form: str,
    offline: bool,
    env: str,
) -> None:
    """Print the entities of a site's catalog that match, in Backstage's filter language.

    SITE is a folder with a site.yaml, or that file. Its data is collected as a build does it; nothing is written.
    """
    from ..api.shape import entity_text
    from ..query.engine import Engine
    from ..query.fields import parsed
    from ..query.rows import BadQuery
    from .listing import printed

    try:
        wanted, order, named = _predicate(filters, where), [_order(said) for said in orders], parsed(fields)
        graph = ctx.obj.portal(site, offline=offline, env=env).graph
        engine = Engine(json.loads(entity_text(entity, graph)) for entity in graph.entities.values())
        page = engine.listed(wanted, order, limit=limit, term=text, term_fields=TEXT_FIELDS)
    except BadQuery as error:
        raise click.UsageError(f"{error}.") from None
    for line in printed(page.entities, named, form):
        click.echo(line)
    if form == "table":
        left = page.total - len(page.entities)
        click.echo(
            f"{page.total:,} of {len(engine.refs):,} entities" + (f", {left:,} of them not shown" if left else ""), err=True
        )


def _predicate(filters: tuple[str, ...], where: str | None) -> Any:
    """Filters and predicate as one. Raises BadQuery, and UsageError for what is no JSON."""
    from ..query.filters import predicate

    said = predicate(filters)
    if where is None:
        return said
    try:
        found = json.loads(where)
    except (ValueError, RecursionError) as error:
        sentence = f'--where is no JSON ({error}). Write for example: --where \'{{"kind": "api"}}\''
        raise click.UsageError(sentence) from None
    return found if said is None else {"$all": [said, found]}


def _order(said: str) -> Any:
    from ..query.search import Order

    field, _, way = said.partition(",")
    return Order.of(field.strip(), way.strip() or "asc")
