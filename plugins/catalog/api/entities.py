"""Live answers about entities: lists, queries with cursors, single ones, facets."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from callboard.plugin import Call, Reply

from ..query.engine import Page
from ..query.fields import Fields, selected
from ..query.rows import BadQuery
from ..query.search import DEFAULT_LIMIT, Order, Search, decoded
from .asking import Body, Parameters, Refusal, reply
from .content import Content

_ORDER = re.compile(r"(asc|desc):(.+)")


def listed(call: Call, content: Content) -> Reply:
    """``GET /entities``: an array; with a limit, the next page in the ``link`` header."""
    said = Parameters(call.query)
    orders = [_order(text) for text in said.all("order")]
    limit, offset = said.count("limit", least=1), said.count("offset") or 0
    if (after := said.one("after")) is not None:
        limit, offset = _after(after, limit, offset)
    page = content.engine.listed(said.predicate(), orders, offset=offset, limit=limit)
    headers: tuple[tuple[str, str], ...] = ()
    if limit is not None and page.total > offset + limit:
        position = json.dumps({"limit": limit, "offset": offset + limit}, separators=(",", ":"))
        kept = [(name, value) for name, value in call.query if name not in ("offset", "after")]
        query = urlencode([*kept, ("after", base64.b64encode(position.encode()).decode())])
        headers = (("Link", f'<{call.base}/entities?{query}>; rel="next"'),)
    fields = said.fields()
    return reply([selected(entity, fields) for entity in page.entities], headers=headers)


def _order(text: str) -> Order:
    found = _ORDER.fullmatch(text)
    if not found:
        raise BadQuery(f'Invalid order parameter "{text}", expected "<asc or desc>:<field name>"')
    return Order.of(found[2], found[1])


def _after(text: str, limit: int | None, offset: int) -> tuple[int | None, int]:
    try:
        position = json.loads(base64.b64decode(text, validate=True))
        found = position.get("limit", limit), position.get("offset", offset)
    except (ValueError, AttributeError, RecursionError):
        raise BadQuery("Malformed after cursor, could not be parsed") from None
    if not all(type(number) is int and number >= 0 for number in found if number is not None):
        raise BadQuery("Malformed after cursor, limit or offset was not a number")
    return found


def queried(call: Call, content: Content) -> Reply:
    """``GET /entities/by-query``."""
    said = Parameters(call.query)
    limit = said.count("limit")
    if cursor := said.one("cursor"):
        return _page(content.engine.followed(decoded(cursor), limit=_most(limit)), said.fields())
    fields = tuple(name for text in said.all("fullTextFilterFields") for name in text.split(",") if name)
    orders = [Order.of(*(part.strip() for part in text.split(",")[:2])) for text in said.all("orderField")]
    search = Search(said.predicate(), orders[0] if orders else None, said.one("fullTextFilterTerm") or "", fields)
    page = content.engine.searched(search, limit=_most(limit), offset=said.count("offset") or 0, count=said.counted())
    return _page(page, said.fields())


def queried_by_predicate(call: Call, content: Content) -> Reply:
    """``POST /entities/by-query``."""
    body = Body(call.body)
    limit, cursor = body.count("limit"), body.text("cursor")
    if cursor is not None:
        return _page(content.engine.followed(decoded(cursor), limit=_most(limit)), body.fields())
    search = Search(body.predicate(), body.order(), *body.full_text())
    page = content.engine.searched(search, limit=_most(limit), offset=body.count("offset") or 0, count=body.counted())
    return _page(page, body.fields())


def _most(limit: int | None) -> int:
    return DEFAULT_LIMIT if limit is None else limit


def _page(page: Page, fields: Fields) -> Reply:
    cursors = {"nextCursor": page.following, "prevCursor": page.previous}
    return reply(
        {
            "items": [selected(entity, fields) for entity in page.entities],
            "totalItems": page.total,
            "pageInfo": {name: cursor.encoded() for name, cursor in cursors.items() if cursor},
        }
    )


def by_name(_call: Call, content: Content, kind: str, namespace: str, name: str) -> Reply:
    """``GET /entities/by-name/…``."""
    entity = content.engine.by_ref(f"{kind}:{namespace}/{name}")
    if entity is None:
        raise Refusal("NotFoundError", f"No entity named '{name}' found, with kind '{kind}' in namespace '{namespace}'")
    return reply(entity)


def ancestry(_call: Call, content: Content, kind: str, namespace: str, name: str) -> Reply:
    """``GET /entities/by-name/…/ancestry``, from its file: only the build knows how an entity was found."""
    ref = f"{kind}:{namespace}/{name}".lower()
    path = f"api/catalog/entities/by-name/{kind}/{namespace}/{name}/ancestry".lower()
    found = content.published.read(path) if content.engine.by_ref(ref) else None
    if found is None:
        raise Refusal("NotFoundError", f"No such entity {ref}")
    return Reply(200, found)


def by_uid(_call: Call, content: Content, uid: str) -> Reply:
    """``GET /entities/by-uid/…``."""
    entity = content.engine.by_uid(uid)
    if entity is None:
        raise Refusal("NotFoundError", f"No entity with uid {uid}")
    return reply(entity)


def by_refs(call: Call, content: Content) -> Reply:
    """``POST /entities/by-refs``: in the order asked, null for what is not there or does not match."""
    body, said = Body(call.body), Parameters(call.query)
    refs = body.texts("entityRefs")
    if refs is None:
        raise BadQuery('Malformed request body: "entityRefs" is missing')
    engine, asked = content.engine, (said.predicate(), body.predicate())
    wanted = [predicate for predicate in asked if predicate is not None]
    matching = engine.chosen({"$all": wanted}) if wanted else None
    fields = tuple(dict.fromkeys((*body.fields(), *said.fields())))
    items: list[Mapping[str, Any] | None] = []
    for ref in refs:
        entity = engine.by_ref(ref)
        shown = entity is not None and (matching is None or engine.number(ref) in matching)
        items.append(selected(entity, fields) if entity is not None and shown else None)
    return reply({"items": items})


def facets(call: Call, content: Content) -> Reply:
    """``GET /entity-facets``."""
    said = Parameters(call.query)
    names = list(filter(None, said.all("facet")))
    if not names:
        raise BadQuery("Missing facet parameter")
    return reply({"facets": content.engine.facets(names, said.predicate())})


def facets_by_predicate(call: Call, content: Content) -> Reply:
    """``POST /entity-facets``."""
    body = Body(call.body)
    names = list(filter(None, body.texts("facets") or ()))
    if not names:
        raise BadQuery("Missing or empty facets parameter")
    return reply({"facets": content.engine.facets(names, body.predicate())})
