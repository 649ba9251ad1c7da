"""Owners from CODEOWNERS files, for entities that name none, as Backstage's CodeOwnersProcessor gives them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

from callboard.plugin import File, Kind, scm

from . import paths
from .remote import Remote
from .sources import Unreadable

NAMES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_FIELD = "spec.owner"


class Rule(NamedTuple):
    """One line of the file."""

    pattern: str
    owner: str
    """As a reference; "" for a line that takes the owner away."""


class Owners:
    """Finds owners of descriptors, each folder's file read once. ``site`` is the path of the site's folder in its repository, or ""."""

    def __init__(
        self, kinds: Mapping[str, Kind], files: Callable[[str], Iterable[File]], remote: Remote | None, *, site: str
    ) -> None:
        self._kinds = frozenset(kind.name for kind in kinds.values() if any(one.field == _FIELD for one in kind.relations))
        self._files, self._remote, self._site = files, remote, site
        self._rules: dict[str, list[Rule] | None] = {}

    def wanted(self, value: Any) -> bool:
        """Whether ``value`` is an entity that lacks an owner and might have one."""
        if not isinstance(value, dict) or value.get("kind") not in self._kinds:
            return False
        spec = value.get("spec", {})
        return isinstance(spec, dict) and not spec.get("owner")

    def fill(self, value: dict[str, Any], name: str, root: str) -> None:
        """Give ``value``, which the descriptor ``name`` says, the owner of that file; nothing if it has none."""
        owner = self._of_address(name) if "://" in name else self._of_file(name, root)
        if owner:
            value["spec"] = {**value.get("spec", {}), "owner": owner}

    def _of_file(self, name: str, root: str) -> str:
        above = "/".join([".."] * len(self._site.split("/"))) if self._site else "."
        for folder in _upwards(posixpath.dirname(name), _highest(root, above)):
            rules = self._known(folder, lambda folder=folder: self._read(folder))  # type: ignore[misc]
            if rules is not None:
                return owner_of(_below(name, folder, self._site), rules)
        return ""

    def _of_address(self, name: str) -> str:
        if self._remote is None:
            return ""
        found, root = scm.parse(name, self._remote.integrations), scm.root(name, self._remote.integrations)
        if found is None or not root:
            return ""
        rules = self._known(root, lambda: self._fetched(root))
        return owner_of(found.path, rules) if rules is not None else ""

    def _known(self, key: str, read: Callable[[], list[Rule] | None]) -> list[Rule] | None:
        if key not in self._rules:
            self._rules[key] = read()
        return self._rules[key]

    def _read(self, folder: str) -> list[Rule] | None:
        for name in NAMES:
            for file in self._files(paths.pinned(folder or ".", posixpath.normpath(posixpath.join(folder, name)), literal=True)):
                return parsed(file.content.decode("utf-8", "replace"))
        return None

    def _fetched(self, root: str) -> list[Rule] | None:
        assert self._remote is not None
        for name in NAMES:
            try:
                return parsed(self._remote.text(scm.resolved(f"./{name}", root, self._remote.integrations)))
            except Unreadable as reason:
                if not reason.missing:
                    return None  # a service that fails is told of where its descriptor is read
        return None


def parsed(text: str) -> list[Rule]:
    """The rules of a CODEOWNERS file, the last (which wins) first. Sections of GitLab are read through."""
    rules = []
    for line in text.splitlines():
        words = re.split(r"(?<!\\)\s+", line.strip())
        said = next((words[:n] for n, word in enumerate(words) if word.startswith("#")), words)
        if said and said[0] and not said[0].startswith(("[", "^[")):
            rules.append(Rule(said[0].replace("\\ ", " "), reference_of(said[1]) if len(said) > 1 else ""))
    return rules[::-1]


def owner_of(path: str, rules: Iterable[Rule]) -> str:
    """The owner of a file, by its path from the folder of the CODEOWNERS file's repository."""
    parts = path.split("/")
    return next((rule.owner for rule in rules if _fits(_parts(rule.pattern), parts)), "")


def reference_of(owner: str) -> str:
    """``@org/team`` → ``team``, ``@user`` → ``User:user``, an e-mail address → what stands before its @."""
    if owner.startswith("@"):
        return owner.split("/")[1] if "/" in owner else f"User:{owner[1:]}"
    return owner.partition("@")[0] if re.fullmatch(r".*@.*\..*", owner) else owner


@cache
def _parts(pattern: str) -> tuple[str, ...]:
    """A pattern as .gitignore has it, part by part: a slash inside it ties it to the root; a folder holds everything below it."""
    body = pattern.removesuffix("/").removeprefix("/")
    anchored = pattern.startswith("/") or "/" in body
    return (*(() if anchored else ("**",)), *body.split("/"), *(("*",) if pattern.endswith("/") else ()), "**")


def _fits(parts: tuple[str, ...], path: list[str]) -> bool:
    """Whether a path is what ``parts`` stand for. Its time grows with both lengths only: a file of others may say anything."""
    at = part = 0
    again: tuple[int, int] | None = None
    while at < len(path):
        if part < len(parts) and parts[part] == "**":
            again = (at, part)
            part += 1
        elif part < len(parts) and fnmatchcase(path[at], parts[part]):
            at, part = at + 1, part + 1
        elif again is None:
            return False
        else:
            again = (again[0] + 1, again[1])
            at, part = again[0], again[1] + 1
    return all(piece == "**" for piece in parts[part:])


def _below(name: str, folder: str, site: str) -> str:
    """The path of a file from a ``folder`` that holds it; "" if only the name of the site's own folder, which nobody said, would tell."""
    full, base = posixpath.normpath(posixpath.join(site, name)), posixpath.normpath(posixpath.join(site, folder))
    if base == ".":
        return full
    return full[len(base) + 1 :] if full.startswith(f"{base}/") else ""


def _highest(root: str, above: str) -> str:
    """The folder where the search ends: the highest of the location's root, the site's folder and its repository's root."""
    return min((root, ".", above), key=lambda name: (-name.split("/").count(".."), 0 if name == "." else name.count("/") + 1))


def _upwards(folder: str, top: str) -> Iterator[str]:
    """``folder`` and those that hold it, up to ``top``."""
    at = posixpath.normpath(folder or ".")
    while True:
        yield at
        if at == top or not paths.inside(top, at):
            return
        at = posixpath.normpath(posixpath.join(at, ".."))
