"""Operations in definitions of APIs, for the search: OpenAPI's ``POST /payments``, AsyncAPI's channels, GraphQL's fields."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from callboard.plugin import Cache, Entity, Malformed, load

VERSION = 1
"""Of what is kept of a definition."""
MOST = 2_000
"""Operations of one API."""
_LONGEST = 3_000_000
"""Characters of a definition that is looked into."""
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_ROOTS = re.compile(r"^\s*(?:extend\s+)?type\s+(Query|Mutation|Subscription)\b[^{]*\{", re.MULTILINE)
_SCHEMA = re.compile(
    r'"""(?P<long>.*?)"""|"(?P<short>(?:[^"\\\n]|\\.)*)"|#[^\n]*|(?P<name>[A-Za-z_]\w*)|(?P<mark>[^\s])', re.DOTALL
)

Record = dict[str, Any]


def operations(entity: Entity, cache: Cache) -> list[Record]:
    """The operations of one API; a definition is parsed once, as long as it stays the same."""
    text = entity.spec.get("definition")
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        return []
    key = f"{VERSION} {hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
    kept = cache.get(key)
    if not isinstance(kept, list):
        kept = [list(one) for one in _found(text)]
        cache.set(key, kept)
    api = {"ref": str(entity.ref), "api": entity.title, "kind": entity.ref.kind}
    return [{**api, "name": name, "summary": summary, "keywords": keywords} for name, summary, keywords in kept]


def _found(text: str) -> list[tuple[str, str, list[str]]]:
    """Name, summary and other names of each operation."""
    made = list(_graphql(text) if _ROOTS.search(text) else _document(_parsed(text)))
    return list({name: (name, summary, keywords) for name, summary, keywords in made[:MOST]}.values())


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else load(text, "definition")[0]
    except (ValueError, Malformed, RecursionError):  # it is shown as it is; what it describes cannot be found
        return {}
    return value if isinstance(value, Mapping) else {}


def _document(value: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for path, item in _items(value.get("paths")):
        for method, operation in _items(item):
            if method.lower() in _METHODS:
                yield f"{method.upper()} {path}", _summary(operation), _names(operation)
    channels = dict(_items(value.get("channels")))
    for topic, item in channels.items():
        for action in ("publish", "subscribe"):
            said = item.get(action)
            if isinstance(said, Mapping):
                yield f"{action.upper()} {topic}", _summary(said) or _summary(item), _names(said)
    for identifier, operation in _items(value.get("operations")):
        target = operation.get("channel")
        name = str(target.get("$ref", "")).rpartition("/")[2] if isinstance(target, Mapping) else ""
        address = channels[name].get("address") if name in channels else ""
        action = str(operation.get("action", "")).upper()
        yield f"{action} {address or name}".strip(), _summary(operation), [identifier]


def _items(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, item in value.items() if isinstance(value, Mapping) else ():
        if isinstance(item, Mapping):
            yield str(name), item


def _summary(operation: Mapping[str, Any]) -> str:
    said = (operation.get(name) for name in ("summary", "title", "description"))
    found = next((one for one in said if isinstance(one, str) and one.strip()), "")
    return " ".join(found.split())[:300]


def _names(operation: Mapping[str, Any]) -> list[str]:
    tags = operation.get("tags")
    named = [tag.get("name") if isinstance(tag, Mapping) else tag for tag in (tags if isinstance(tags, list) else [])]
    return [one for one in (operation.get("operationId"), *named) if isinstance(one, str) and one]


def _graphql(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Fields of the root types: a name at the first depth that ``(`` or ``:`` follows."""
    for root in _ROOTS.finditer(text):
        depth, said, before = 0, "", ""
        for found in _SCHEMA.finditer(text, root.end()):
            mark = found["mark"] or ""
            depth += (mark in ("(", "{", "[")) - (mark in (")", "}", "]"))
            if depth < 0:
                break
            if before and ((mark == "(" and depth == 1) or (mark == ":" and depth == 0)):
                yield f"{root[1].lower()} {before}", " ".join(said.split())[:300], []
                said = ""
            before = (found["name"] or "") if depth == 0 else ""
            if depth == 0 and (found["long"] or found["short"]):
                said = found["long"] or found["short"]
