"""API documents in several files → one: what their ``$ref``s name in other files is drawn in, as Backstage does it.

The first reference to a place in another file is replaced by what stands there; every further one, and those inside of it that
lead back, become ``#/…`` references to that first place. So circles end, and nothing is there twice.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any
from urllib.parse import quote, unquote, urljoin

from callboard.plugin import yaml_text

from .sources import Read, Unreadable, only_document

_EXTERNAL = re.compile(r"\$ref[\"']?\s*:\s*[\"']?(?![\"'\s#])")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_DEEPEST = 200
_MOST_VALUES = 200_000
_MOST_FILES = 500
_MOST_HOPS = 50

_Where = tuple[str, str]
"""A place in a file: the file as the placeholder's ``read`` takes it, and a JSON pointer."""


def bundled(text: str, target: str, read: Read) -> str:
    """The document ``text``, which stands at ``target``; itself where it names no other file, else rewritten as YAML.

    Raises Unreadable: no YAML, a reference that leads nowhere, more than is good.
    """
    value = only_document(text)
    if not _EXTERNAL.search(text):
        return text
    target = target if _ADDRESS.match(target) else posixpath.normpath(target)
    bundle = _Bundle(target, value, read)
    return yaml_text(bundle.copied(value, target, "#", 0))


class _Bundle:
    def __init__(self, target: str, value: Any, read: Read) -> None:
        self._root, self._read = target, read
        self._files = {target: value}
        self._places: dict[_Where, str] = {}
        """Where in the result each place of another file now stands."""
        self._values = 0

    def copied(self, value: Any, file: str, at: str, depth: int) -> Any:
        """``value``, which stands in ``file``, as it will stand at ``at`` in the result."""
        self._values += 1
        if depth > _DEEPEST or self._values > _MOST_VALUES:
            raise Unreadable("with all that its $refs name it is too large.")
        if isinstance(value, list):
            return [self.copied(item, file, f"{at}/{index}", depth + 1) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        ref = value.get("$ref")
        if isinstance(ref, str) and _is_ref(ref):
            return self._referred(value, ref, file, at, depth)
        return {name: self.copied(item, file, f"{at}/{_token(name)}", depth + 1) for name, item in value.items()}

    def _referred(self, value: dict[str, Any], ref: str, file: str, at: str, depth: int) -> Any:
        where = _where(ref, file)
        beside = {key: item for key, item in value.items() if key != "$ref"}
        place = f"#{where[1]}" if where[0] == self._root else self._places.get(where)
        if place is not None:
            return {"$ref": place} | self.copied(beside, file, at, depth + 1)
        self._places[where] = at
        found, stands = self._found(where, ref)
        if beside and isinstance(found, dict):
            merged = self.copied(beside, file, at, depth + 1)
            return merged | self.copied({key: item for key, item in found.items() if key not in beside}, stands, at, depth + 1)
        return self.copied(found, stands, at, depth + 1)

    def _found(self, where: _Where, ref: str, hops: int = 0) -> tuple[Any, str]:
        """What stands at a place, and the file that it stands in: references on the way there are followed."""
        file, pointer = where
        value = self._file(file)
        for token in pointer.split("/")[1:]:
            value, file = self._followed(value, file, ref, hops)
            value = _below(value, unquote(token).replace("~1", "/").replace("~0", "~"), ref)
        return value, file

    def _followed(self, value: Any, file: str, ref: str, hops: int) -> tuple[Any, str]:
        if not isinstance(value, dict) or not _is_ref(value.get("$ref")):
            return value, file
        if hops > _MOST_HOPS:
            raise Unreadable(f'its $ref "{ref}" leads in a circle.')
        return self._followed(*self._found(_where(value["$ref"], file), ref, hops + 1), ref, hops + 1)

    def _file(self, name: str) -> Any:
        if name not in self._files:
            if len(self._files) >= _MOST_FILES:
                raise Unreadable(f"with all that its $refs name it is more than {_MOST_FILES} files.")
            try:
                self._files[name] = only_document(self._read(name))
            except Unreadable as reason:
                if type(reason) is not Unreadable:
                    raise  # nobody wants it read now
                raise Unreadable(f'its $ref "{name}" cannot be read: {reason}', missing=reason.missing) from None
        return self._files[name]


def _is_ref(ref: Any) -> bool:
    return isinstance(ref, str) and (ref == "#" or ref.startswith("#/") or (ref != "" and ref[0] != "#"))


def _where(ref: str, file: str) -> _Where:
    name, _, pointer = ref.partition("#")
    return (_joined(file, name) if name else file), pointer.rstrip("/")


def _joined(file: str, name: str) -> str:
    """``name`` as seen from ``file``: both paths relative to the descriptor, or addresses."""
    name = name.partition("?")[0] if not _ADDRESS.match(name) else name
    if _ADDRESS.match(name) or _ADDRESS.match(file):
        return urljoin(file, name)
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(name)))


def _below(value: Any, token: str, ref: str) -> Any:
    if isinstance(value, dict) and token in value:
        return value[token]
    if isinstance(value, list) and token.isascii() and token.isdigit() and len(token) < 9 and int(token) < len(value):
        return value[int(token)]
    raise Unreadable(f'its $ref "{ref}" leads nowhere: there is no "{token}".')


def _token(name: str) -> str:
    return quote(name.replace("~", "~0").replace("/", "~1"), safe="~!*'()")
