"""Live answers about locations and descriptors, and the refusals of what only a running catalog can do."""

from __future__ import annotations

import base64
import json
from typing import Any

from callboard.plugin import Call, Reply, dotted

from ..query.rows import BadQuery
from . import locations
from .asking import Body, Parameters, Refusal, reply
from .content import Content

_LIMIT = 1000
_READ_ONLY = "This operation not allowed in readonly mode: a published catalog changes when its site is built again"


def listed(_call: Call, content: Content) -> Reply:
    """``GET /locations``."""
    return reply([{"data": location} for location in content.locations])


def by_id(_call: Call, content: Content, id_: str) -> Reply:
    """``GET /locations/…``."""
    for location in content.locations:
        if location["id"] == id_:
            return reply(location)
    raise Refusal("NotFoundError", f"Found no location with ID {id_}")


def by_entity(_call: Call, content: Content, kind: str, namespace: str, name: str) -> Reply:
    """``GET /locations/by-entity/…``: where an entity originally came from."""
    ref = f"{kind}:{namespace}/{name}".lower()
    entity = content.engine.by_ref(ref)
    if entity is None:
        raise Refusal("NotFoundError", f"found no entity for ref {ref}")
    if not (location := locations.of(entity)):
        raise Refusal("NotFoundError", f"found no origin annotation for ref {ref}")
    return reply(location)


def queried(call: Call, content: Content) -> Reply:
    """``POST /locations/by-query``."""
    body = Body(call.body)
    limit, query, behind = body.count("limit", least=1) or _LIMIT, body.predicate(), ""
    if (cursor := body.text("cursor")) is not None:
        limit, query, behind = _position(cursor)
    found = content.location_chooser.choose({} if query is None else query)
    matching = [location for number, location in enumerate(content.locations) if number in found]
    rest = [location for location in matching if location["id"] > behind]
    info = {}
    if len(rest) > limit:
        position = {"limit": limit, "afterId": rest[limit - 1]["id"], **({} if query is None else {"query": query})}
        info["nextCursor"] = base64.b64encode(json.dumps(position).encode()).decode()
    return reply({"items": rest[:limit], "totalItems": len(matching), "pageInfo": info})


def _position(cursor: str) -> tuple[int, Any, str]:
    try:
        form = Body(base64.b64decode(cursor, validate=True))
        limit, behind = form.count("limit", least=1), form.text("afterId")
    except ValueError:
        raise BadQuery("Malformed cursor, unknown encoding") from None
    if limit is None or behind is None:
        raise BadQuery("Malformed cursor: it is none that this catalog gave")
    return limit, form.predicate(), behind


def validated(call: Call, content: Content) -> Reply:
    """``POST /validate-entity``: nothing, or 400 with the errors."""
    try:
        body = Body(call.body)
        location = body.text("location")
        if not location or not location.startswith("url:"):
            raise BadQuery(f"Invalid location ref {location}, only 'url:<target>' is supported, e.g. url:https://host/path")
    except BadQuery as error:
        return reply({"errors": [{"name": "InputError", "message": str(error)}]}, status=400)
    verdict = content.checker.check(body.value.get("entity"))
    if verdict is None:
        return Reply(200, b"")
    errors = [{"name": "InputError", "message": f"{dotted(fault.key) or 'entity'}: {fault.what}"} for fault in verdict.faults]
    return reply({"errors": errors}, status=400)


def created(call: Call, _content: Content) -> Reply:
    """``POST /locations``: nothing can be registered, and nothing is fetched to try it."""
    if (Parameters(call.query).one("dryRun") or "").lower() in ("true", "1", "yes", "y"):
        raise Refusal("NotImplementedError", "Locations are not read on demand here: add it to the site and run callboard check")
    raise Refusal("NotAllowedError", _READ_ONLY)


def changed(_call: Call, _content: Content, _id: str) -> Reply:
    """``DELETE`` and ``PUT`` of anything."""
    raise Refusal("NotAllowedError", _READ_ONLY)


def analyzed(_call: Call, _content: Content) -> Reply:
    """``POST /analyze-location``."""
    raise Refusal(
        "NotImplementedError", "Locations are not read on demand here: run callboard catalog validate in the repository"
    )


def refreshed(_call: Call, _content: Content) -> Reply:
    """``POST /refresh``."""
    raise Refusal("NotImplementedError", "Entities are read when the site is built: build it again to refresh them")
