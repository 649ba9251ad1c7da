"""Files of Backstage's configuration → one mapping, as Backstage joins them; variables stay variables, and files stay where they are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from callboard.plugin import Document, Malformed, Place, Refused, documents, locate, read_file

Key = tuple[str | int, ...]

_LIMIT = 2_000_000
_DEEPEST = 10
_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")
_VARIABLE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?::-(.*))?", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Unusable(Exception):  # read as a sentence: except Unusable
    """A file that cannot be read at all; the text says where and why."""


class Source(NamedTuple):
    """One file: what people call it, where it lies, what it says."""

    name: str
    path: Path
    text: str
    value: Any


class FromFile(str):
    """A value that Backstage reads from a file (``$file``): the file's path. Its content is not looked at."""

    __slots__ = ()


class Amiss(NamedTuple):
    """Something in a file that cannot be taken over."""

    place: Place
    key: Key
    what: str


@dataclass(slots=True)
class Config:
    """All files, joined: the later ones win, ``null`` removes."""

    sources: list[Source]
    value: dict[str, Any] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)
    """Top-level keys that the files name without saying anything."""
    amiss: list[Amiss] = field(default_factory=list)

    def place(self, key: Key) -> Place:
        """The line that says a key: in the last file that has it, or of its nearest parent."""
        for length in range(len(key), 0, -1):
            for source in reversed(self.sources):
                if _has(source.value, key[:length]):
                    return Place(source.name, *locate(source.text, 0, key[:length]))
        return Place(self.sources[0].name, 1, 1)


def loaded(paths: Iterable[Path], here: Path) -> Config:
    """The files of a command line. Raises Unusable."""
    config = Config([_source(path, here) for path in paths])
    merged: Any = {}
    for source in config.sources:
        merged = _merged(merged, _Inclusion(config, source.name, source.path.parent).of(source.value))
    bare = _without_nothing(merged)
    config.value = bare if isinstance(bare, dict) else {}
    config.empty = [name for name in merged if name not in config.value]
    return config


def _source(path: Path, here: Path) -> Source:
    near = os.path.relpath(path, here)
    name = (str(path) if near.startswith("..") else near).replace(os.sep, "/")
    text, value = _parsed(path, name)
    if value is not None and not isinstance(value, dict):
        raise Unusable(f"{name}:1:1  wanted a mapping as in Backstage's app-config.yaml.")
    return Source(name, path, text, value or {})


def _parsed(path: Path, name: str) -> tuple[str, Any]:
    """The text of a YAML or JSON file and its value. Raises Unusable."""
    try:
        text = read_file(path.parent, path, limit=_LIMIT).decode("utf-8-sig")
    except FileNotFoundError:
        raise Unusable(f'there is no file "{name}".') from None
    except Refused as refused:
        raise Unusable(str(refused)) from None
    except UnicodeDecodeError:
        raise Unusable(f"{name}:1:1  the file is no UTF-8 text. Save it as UTF-8.") from None
    found = documents(text)
    if len(found) > 1:
        raise Unusable(f"{name}:{found[1].line}:1  a second document begins here; one is wanted. Remove the line ---")
    for part in found:
        if isinstance(part, Malformed):
            raise Unusable(f"{name}:{part.line}:{part.column}  {part.what} {part.mend}".rstrip())
    only = found[0] if found else None
    return text, only.value if isinstance(only, Document) else None


@dataclass(frozen=True, slots=True)
class _Inclusion:
    """Replaces ``$env``, ``$file`` and ``$include``, and writes ``${VAR}`` as site.yaml has it."""

    config: Config
    name: str
    folder: Path
    depth: int = 0

    def of(self, value: Any, key: Key = ()) -> Any:
        """``value`` as site.yaml may hold it; None where that cannot be."""
        if isinstance(value, str):
            return self._text(value, key)
        if isinstance(value, list):
            return [self.of(item, (*key, number)) for number, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, target)] = value.items()
            if name in ("$env", "$file", "$include"):
                return self._included(name, target, key)
        return {name: self.of(item, (*key, name)) for name, item in value.items()}

    def _text(self, text: str, key: Key) -> str | None:
        for token in _TOKEN.finditer(text):
            if token[1] is not None and not (token[2] and _VARIABLE.fullmatch(token[1])):
                self._amiss(key, f'"{token[0]}" names no variable')
                return None
        return _TOKEN.sub(_rewritten, text)

    def _included(self, name: str, target: Any, key: Key) -> Any:
        if not isinstance(target, str):
            return self._amiss(key, f"{name} wants a text")
        if name == "$env":
            return f"${{{target}}}" if _NAME.fullmatch(target) else self._amiss(key, f'"{target}" names no variable')
        if name == "$file":
            return FromFile(os.path.normpath(self.folder / target))
        return self._include(target, key)

    def _include(self, target: str, key: Key) -> Any:
        file, _, inside = target.partition("#")
        path = self.folder / file
        if self.depth >= _DEEPEST:
            return self._amiss(key, f"$include goes more than {_DEEPEST} files deep")
        try:
            value = _parsed(path, file)[1]
        except Unusable as reason:
            return self._amiss(key, f'"{file}" cannot be included: {reason}'.rstrip("."))
        for part in inside.split(".") if inside else ():
            if not isinstance(value, dict) or part not in value:
                return self._amiss(key, f'"{file}" has no "{inside}"')
            value = value[part]
        return _Inclusion(self.config, self.name, path.parent, self.depth + 1).of(value, key)

    def _amiss(self, key: Key, what: str) -> None:
        source = next(source for source in self.config.sources if source.name == self.name)
        self.config.amiss.append(Amiss(Place(self.name, *locate(source.text, 0, key)), key, f"{what}."))


def _rewritten(token: re.Match[str]) -> str:
    match = _VARIABLE.fullmatch(token[1]) if token[1] is not None else None
    if match is None:
        return token[0]
    return f"${{{match[1]}}}" if match[2] is None else f"${{{match[1]}:-{match[2]}}}"


def _merged(below: Any, over: Any) -> Any:
    """Mappings merge, everything else is replaced."""
    if not (isinstance(below, dict) and isinstance(over, dict)):
        return over
    return below | {name: _merged(below.get(name), value) for name, value in over.items()}


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nothing(item) for name, item in value.items() if item is not None}
    return [_without_nothing(item) for item in value if item is not None] if isinstance(value, list) else value


def _has(value: Any, key: Key) -> bool:
    try:
        for part in key:
            value = value[part]
    except (LookupError, TypeError):
        return False
    return True


def variables(value: Any) -> dict[str, bool]:
    """The variables that a value names, by name, and whether it must be set where the site is built: it has no default anywhere."""
    found: dict[str, bool] = {}
    for text in _texts(value):
        for token in _TOKEN.finditer(text):
            match = _VARIABLE.fullmatch(token[1]) if token[1] is not None else None
            if match:
                found[match[1]] = found.get(match[1], False) or match[2] is None
    return dict(sorted(found.items()))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
