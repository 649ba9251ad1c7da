"""SourceSpec: one declared origin of data, and Paging: how a service hands out a long list in parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from callboard.model.strict import Strict

SourceKind = Literal["file", "http", "graphql", "sql", "prometheus", "command"]
KINDS: Final[tuple[SourceKind, ...]] = ("file", "http", "graphql", "sql", "prometheus", "command")
"""The kinds of source: a source has the key of exactly one."""

FieldType = Literal["text", "number", "boolean", "list", "mapping", "any", "text?", "number?", "boolean?", "list?", "mapping?"]
"""What a field of a record holds; with ``?`` it may be missing or null."""

Count = Annotated[int, Field(ge=1, le=100_000)]


class Paging(Strict):
    """How a service hands out a long list in parts: exactly one of `link`, `cursor`, `page` and `offset`.

    Of plugins: `Paging(link=True)`, `Paging(cursor="next_page_token", parameter="page-token")`, `Paging(page="page", size=100)`,
    `Paging(offset="offset", limit=100, total="total")`.
    """

    link: bool = False
    """Each answer names the next one in its header `Link: <…>; rel="next"` (RFC 8288)."""
    cursor: str = ""
    """JMESPath to what stands for the next part in an answer: a token for `parameter`, or the address of the next answer without it."""
    parameter: str = ""
    """For `cursor`: the query parameter that takes the token; in what is posted, the path of the key (`variables.after`)."""
    more: str = ""
    """For `cursor`: JMESPath to whether there is more. Without it, `….endCursor` looks at `….hasNextPage` beside it."""
    page: str = ""
    """The query parameter that takes the number of the page."""
    size: Count | dict[str, Count] | None = None
    """For `page`: how many items a full page has, sent as `size`; `{per_page: 100}` sends it under that name."""
    start: Annotated[int, Field(ge=0, le=1)] = 1
    """For `page`: the number of the first page."""
    offset: str = ""
    """The query parameter that takes how many items came before."""
    limit: Count | dict[str, Count] | None = None
    """For `offset`: how many items are asked for at once, sent as `limit`; `{count: 100}` sends it under that name."""
    total: str = ""
    """For `page` and `offset`: JMESPath to how many items there are in all. Without it, a page that is not full is the last."""

    @model_validator(mode="after")
    def _one_way(self) -> Paging:
        ways = [way for way in ("link", "cursor", "page", "offset") if getattr(self, way)]
        if len(ways) != 1:
            said = f"these are {len(ways)}" if ways else "this is none"
            raise ValueError(f"paging goes one way: link, cursor, page or offset; {said}. Write for example: link: true")
        for key, needs in _NEEDS.items():
            if getattr(self, key) and ways[0] not in needs:
                raise ValueError(f"{key} belongs to {named(needs)}, not to {ways[0]}. Remove it.")
        for way, word, amount in (("page", "size", self.size), ("offset", "limit", self.limit)):
            if ways[0] == way and not amount:
                raise ValueError(f"{way} needs {word}: how many items are asked for at once. Write for example: {word}: 100")
            if isinstance(amount, dict) and len(amount) != 1:
                raise ValueError("wanted a number, or one parameter with its number. Write for example: {per_page: 100}")
        return self


_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "parameter": ("cursor",),
    "more": ("cursor",),
    "size": ("page",),
    "limit": ("offset",),
    "total": ("page", "offset"),
}


class Paginate(Paging):
    """`paginate:` of a source. What `select` finds in each part are its items; without it, the part is a list."""

    most: Annotated[int, Field(ge=1, le=1000)] = 50
    """How many parts are asked for at most; that a list was cut there is a problem."""


class SourceSpec(Strict):
    """One declared origin of raw data: exactly one of `file`, `http`, `graphql`, `sql`, `prometheus` and `command`."""

    file: str = ""
    """A path or glob relative to `site.yaml`; `{option}` is filled in. YAML, JSON, CSV, TOML, or Markdown with front matter."""
    http: str = ""
    """An address that answers JSON, YAML or CSV; `{option}` is filled in, and `{item}` with `each`."""
    graphql: str = ""
    """The address of a GraphQL service; `query` is posted to it."""
    sql: str = ""
    """A database: `sqlite:///finance.db` (relative to `site.yaml`), `postgresql://…`, or `{option}`, an option of type `secret`. It is
    only read."""
    prometheus: str = ""
    """The address of a Prometheus, or of what answers like one: `https://prometheus.example.com`."""
    command: list[str | int | float] = Field(default_factory=list)
    """A command and its words, run in the folder of `site.yaml` without a shell; what it prints is the data. `{option}` is filled in as
    one word. Only commands that `site.yaml` allows are run."""
    each: str = ""
    """An option (a list): the source is loaded once for each of its items, and the records are joined; each gets `item`."""
    format: Literal["", "yaml", "json", "csv", "toml", "markdown", "lines"] = ""
    """How to read it; without it, the file's ending or the answer's media type decides. What a command prints is JSON without it; with
    `lines`, each line that is not empty is a record `{line: …}`."""
    select: str = ""
    """A JMESPath expression: what of the document are the records."""
    fields: dict[str, FieldType] = Field(default_factory=dict)
    """What every record must have: `{id: number, "author.name": text, note: text?}`, with `?` for what may be missing. An answer with a
    record that does not fit is unusable: it is not kept, and the last good one stands."""
    query: str | dict[str, Any] = ""
    """For `http`: parameters behind the `?`, by name; a list repeats its name, and a parameter whose option has no value is left out. For
    `graphql`, `sql` and `prometheus`: the question itself; for the first two also the name of a file in the plugin's folder
    (`queries/prs.graphql`, `queries/spend.sql`)."""
    body: Any = None
    """For `http`: what is posted as JSON; `{option}` is filled in. It is a question all the same: its answer is kept like another."""
    paginate: Paginate | None = None
    """For `http` and `graphql`: the list comes in parts, and all of them are asked for."""
    variables: dict[str, Any] = Field(default_factory=dict)
    """For `graphql`: its variables. For `prometheus`: what stands for `$name` in the query. `{option}` is filled in."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """For `sql`: what `:name` in the query stands for; `{option}` is filled in."""
    rows: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    """For `sql`: how many rows are taken at most; that there are more is a problem."""
    range: str = ""
    """For `prometheus`: how far back the values go (`7d`); without it, the values of now."""
    step: str = ""
    """For `prometheus` with `range`: the time between two values (`1h`)."""
    env: dict[str, str] = Field(default_factory=dict)
    """For `command`: environment variables that it is given beside `PATH`, `HOME` and `LANG`; `{option}` is filled in, secrets too."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Request headers; `{option}` is filled in, secrets too."""
    secret: str = ""
    """An option of type `secret`, sent as `Authorization: Bearer …`."""
    ttl: str = ""
    """How long an answer counts as fresh (`15m`); without it, the manifest's `cache`."""
    stale: str = ""
    """How old a last good answer may be when the source fails (`7d`); without it, the manifest's `cache`."""
    timeout: str = ""
    """How long the source may take for one answer, tries included; without it, `30s`."""
    required: bool = False
    """Without any data of it, not even an old answer, nothing is published. Without it, a source that fails never stops a build."""
    optional: bool = False
    """For `file`: no file is no problem, the list is empty."""

    @property
    def kinds(self) -> tuple[SourceKind, ...]:
        """The kinds whose key it has: exactly one, if it is sound."""
        return tuple(kind for kind in KINDS if getattr(self, kind))

    @property
    def kind(self) -> SourceKind:
        """Its kind."""
        return self.kinds[0]

    @property
    def address(self) -> str:
        """The address that is asked over HTTP; "" of other kinds."""
        return self.http or self.graphql or self.prometheus


BELONGS: Final[Mapping[str, tuple[SourceKind, ...]]] = {
    "query": ("http", "graphql", "sql", "prometheus"),
    "body": ("http",),
    "fields": ("http", "graphql", "sql", "prometheus", "command"),
    "paginate": ("http", "graphql"),
    "variables": ("graphql", "prometheus"),
    "parameters": ("sql",),
    "rows": ("sql",),
    "range": ("prometheus",),
    "step": ("prometheus",),
    "env": ("command",),
    "headers": ("http", "graphql", "prometheus"),
    "secret": ("http", "graphql", "prometheus"),
    "format": ("file", "http", "command"),
    "ttl": ("http", "graphql", "sql", "prometheus", "command"),
    "stale": ("http", "graphql", "sql", "prometheus", "command"),
    "timeout": ("http", "graphql", "sql", "prometheus", "command"),
}
"""Keys that only some kinds know."""

_FILE: Final = {"graphql": re.compile(r"[\w./-]+\.(graphql|gql)"), "sql": re.compile(r"[\w./-]+\.sql")}
_NAMED: Final = {"sql": re.compile(r"(?<![:\w\\]):([A-Za-z_]\w*)(?!:)"), "prometheus": re.compile(r"\$(?:\{(\w+)\}|(\w+))")}


def query_file(spec: SourceSpec) -> str:
    """The file of the plugin's folder that holds the query; "" if the manifest holds it itself."""
    form = _FILE.get(spec.kind)
    return spec.query if form and isinstance(spec.query, str) and form.fullmatch(spec.query) else ""


def variables(kind: str, text: str) -> list[str]:
    """What a query leaves open: ``:name`` in SQL, ``$name`` or ``${name}`` in PromQL; each once, in order."""
    found = (next(filter(None, match.groups())) for match in _NAMED[kind].finditer(text))
    return list(dict.fromkeys(found))


def named(words: Sequence[str]) -> str:
    """``file``, ``file and http``, ``file, http and sql``."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def listed(value: Any) -> Iterator[tuple[str | int, Any]]:
    """The items of a mapping or a list, with their keys; of anything else nothing."""
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, (list, tuple)):
        yield from enumerate(value)
