"""An entity in the shape in which Backstage answers it: its own fields, ``metadata.uid`` and ``etag``, and its relations."""

from __future__ import annotations

import json
from hashlib import sha1
from typing import Any, Final

from callboard.plugin import Entity, Graph

_ETAG = "0" * 40
_MARK = f'"etag":"{_ETAG}"'
_FIRST = {"uid": "", "etag": "", "namespace": ""}
"""These stand before the other metadata."""
_COMPUTED = frozenset({"apiVersion", "kind", "metadata", "relations"})
# Bytes that may stand in an index.html: no text of an entity can open an element there.
_SAFE: Final = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def shaped(entity: Entity, graph: Graph) -> dict[str, Any]:
    """The entity as plain data. Its ``etag`` is still zeros: ``entity_text`` knows it."""
    data = entity.data
    return {
        "apiVersion": data["apiVersion"],
        "kind": data["kind"],
        "metadata": {**_FIRST, **data["metadata"], "uid": entity.uid, "etag": _ETAG, "namespace": entity.ref.namespace},
        **{name: value for name, value in data.items() if name not in _COMPUTED},
        "relations": [{"type": one.type, "targetRef": one.target} for one in graph.relations.get(str(entity.ref), ())],
    }


def entity_text(entity: Entity, graph: Graph) -> str:
    """The entity as JSON on one line; ``etag`` is a hash of all the rest."""
    text = encoded(shaped(entity, graph))
    return text.replace(_MARK, f'"etag":"{sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()}"', 1)


def encoded(value: Any) -> str:
    """JSON on one line without ``<``, ``>`` and ``&``, which stand only inside of strings."""
    text = _encode(value)
    for character, escape in _SAFE:
        text = text.replace(character, escape)
    return text
