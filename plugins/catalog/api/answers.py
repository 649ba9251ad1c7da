"""The catalog API, live: what Backstage's clients ask under ``/api/catalog``, answered from the published files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from callboard.plugin import Call, Published, Reply

from ..query.rows import BadQuery
from . import entities, registry
from .asking import Refusal, refused
from .content import ENTITIES, Content

Answer = Callable[..., Reply]
_NAMED = r"([^/]+)/([^/]+)/([^/]+)"
_ROUTES: tuple[tuple[re.Pattern[str], Mapping[str, Answer]], ...] = tuple(
    (re.compile(pattern), methods)
    for pattern, methods in (
        ("/entities", {"GET": entities.listed}),
        ("/entities/by-query", {"GET": entities.queried, "POST": entities.queried_by_predicate}),
        ("/entities/by-refs", {"POST": entities.by_refs}),
        (f"/entities/by-name/{_NAMED}", {"GET": entities.by_name}),
        (f"/entities/by-name/{_NAMED}/ancestry", {"GET": entities.ancestry}),
        ("/entities/by-uid/([^/]+)", {"GET": entities.by_uid, "DELETE": registry.changed}),
        ("/entity-facets", {"GET": entities.facets, "POST": entities.facets_by_predicate}),
        ("/locations", {"GET": registry.listed, "POST": registry.created}),
        ("/locations/by-query", {"POST": registry.queried}),
        (f"/locations/by-entity/{_NAMED}", {"GET": registry.by_entity}),
        ("/locations/([^/]+)", {"GET": registry.by_id, "PUT": registry.changed, "DELETE": registry.changed}),
        ("/validate-entity", {"POST": registry.validated}),
        ("/analyze-location", {"POST": registry.analyzed}),
        ("/refresh", {"POST": registry.refreshed}),
    )
)


@dataclass(frozen=True)
class _Publication:
    """A published site that is told apart by its version."""

    version: str
    published: Published = field(compare=False)


def answer(call: Call, published: Published) -> Reply | None:
    """The answer to a request below ``/api/catalog``; None for what is none of its paths, or if the API is not published."""
    found = _route(call.path.rstrip("/"))
    if found is None:
        return None
    methods, names = found
    try:
        method = methods.get("GET" if call.method == "HEAD" else call.method)
        if method is None:
            raise Refusal("MethodNotAllowedError", f"{call.method} is not known here; known are {', '.join(methods)}")
        tag = _tag(call, published)
        if tag and tag in call.headers.get("if-none-match", ""):
            return Reply(304, b"", headers=_fresh(tag))
        content = _content(_Publication(published.version, published))
        return None if content is None else _tagged(method(call, content, *names), tag)
    except BadQuery as error:
        return refused(call, Refusal("InputError", str(error)))
    except Refusal as refusal:
        return refused(call, refusal)


def _route(path: str) -> tuple[Mapping[str, Answer], tuple[str, ...]] | None:
    for pattern, methods in _ROUTES:
        if found := pattern.fullmatch(path):
            return methods, found.groups()
    return None


@lru_cache(maxsize=2)
def _content(publication: _Publication) -> Content | None:
    """The content of a publication, kept while it is asked: an old one goes when a newer one came twice."""
    entities_ = publication.published.read(ENTITIES)
    return None if entities_ is None else Content(publication.published, entities_)


def _tag(call: Call, published: Published) -> str:
    """What names the answer: it is the same as long as the site is. Only for what is fetched."""
    if call.method not in ("GET", "HEAD"):
        return ""
    asked = repr((published.version, call.base, call.path, call.query))
    return f'"{hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()[:32]}"'


def _tagged(made: Reply, tag: str) -> Reply:
    return made._replace(headers=(*made.headers, *_fresh(tag))) if tag else made


def _fresh(tag: str) -> tuple[tuple[str, str], ...]:
    return (("ETag", tag), ("Cache-Control", "no-cache"))
